//! Operators and signs of expressions and lines.

/// One operator.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    pub sign: &'static str,
    pub form: &'static str,
    pub doc: &'static str,
}

const fn op(sign: &'static str, form: &'static str, doc: &'static str) -> Operator {
    Operator { sign, form, doc }
}

/// Every operator, from those that bind least to those that bind most.
pub const OPERATORS: &[Operator] = &[
    op(
        "~",
        "name ~ distribution",
        "Draws a name. `[n, m]` behind the distribution gives independent copies, its sizes first.",
    ),
    op("=", "name = expression", "Defines a name."),
    op(
        ":",
        "key: value\nexpression : class(k)",
        "Gives a setting or an argument its value; behind an expression, with spaces, makes a label of an integer.",
    ),
    op("if", "if condition then a else b", "a where the condition holds, else b. Only the chosen branch counts."),
    op("or", "a or b", "Either condition."),
    op("and", "a and b", "Both conditions."),
    op("not", "not a", "The opposite of a condition."),
    op("==", "a == b", "Equal. Comparisons do not chain."),
    op("!=", "a != b", "Not equal."),
    op("<", "a < b", "Less; in `expect`, the direction of a claim."),
    op("<=", "a <= b", "Less or equal."),
    op(">", "a > b", "Greater."),
    op(">=", "a >= b", "Greater or equal."),
    op("->", "a -> b", "A span from one value to another, for a schedule."),
    op("..", "a..b", "The whole numbers from a on, b excluded."),
    op("..=", "a..=b", "The whole numbers from a to b, b included."),
    op("+", "a + b", "Sum, entry by entry. Quantities add only to quantities of their kind."),
    op("-", "a - b\n-a", "Difference, entry by entry; the negative."),
    op("*", "a * b", "Product, entry by entry. A computed amount of a unit is `n * 1 step`."),
    op("/", "a / b", "Quotient, entry by entry; never rounded."),
    op("%", "a % b\n80%", "With spaces the remainder, from 0 up to b; glued to a number, a percentage."),
    op("^", "a ^ b", "Power, entry by entry. Binds to the right: `2 ^ 3 ^ 2` is 512."),
    op(
        "[]",
        "table[i]\ntable[i, j]\ndistribution[n]\n[a, b, c]",
        "An entry of an array, counted from 0; independent copies of a draw; a list.",
    ),
    op(".", "module.item\nrow.attribute", "An item of a module, a field of a row, a name of a task."),
    op("()", "name(value, name: value)\n(a, b)", "A call, with arguments by place or by name; a group; a tuple."),
];
