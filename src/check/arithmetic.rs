//! Arithmetic on values: numbers, durations, lists of numbers, losses.

use super::value::{Duration, LossValue, Value};
use super::{Checker, limits};
use crate::diagnostic::Span;
use crate::syntax::tree::{BinaryOp, UnaryOp};

impl Checker {
    pub fn unary(&mut self, op: UnaryOp, value: Value, span: Span) -> Value {
        match (op, value) {
            (_, Value::Poison) => Value::Poison,
            (UnaryOp::Negate, Value::Number { value, whole }) => Value::Number { value: -value, whole },
            (UnaryOp::Not, Value::Bool(value)) => Value::Bool(!value),
            (UnaryOp::Negate, other) => self.mismatch("a number", &other, span),
            (UnaryOp::Not, other) => self.mismatch("true or false", &other, span),
        }
    }

    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value, span: Span) -> Value {
        use BinaryOp::{Add, Divide, Multiply, Subtract};
        match (op, a, b) {
            (_, Value::Poison, _) | (_, _, Value::Poison) => Value::Poison,
            (op, Value::Number { value: a, whole: p }, Value::Number { value: b, whole: q }) => {
                self.arithmetic(op, (a, p), (b, q), span)
            }
            (op, Value::List(items), b @ Value::Number { .. }) => {
                Value::List(items.into_iter().map(|item| self.binary(op, item, b.clone(), span)).collect())
            }
            (op, a @ Value::Number { .. }, Value::List(items)) => {
                Value::List(items.into_iter().map(|item| self.binary(op, a.clone(), item, span)).collect())
            }
            (BinaryOp::And, Value::Bool(a), Value::Bool(b)) => Value::Bool(a && b),
            (BinaryOp::Or, Value::Bool(a), Value::Bool(b)) => Value::Bool(a || b),
            (Add, Value::Duration(a), Value::Duration(b)) => {
                Value::Duration(Duration { steps: a.steps + b.steps, epochs: a.epochs + b.epochs })
            }
            (Subtract, Value::Duration(a), Value::Duration(b)) => {
                Value::Duration(Duration { steps: a.steps - b.steps, epochs: a.epochs - b.epochs })
            }
            (Multiply, Value::Number { value, .. }, Value::Duration(time))
            | (Multiply, Value::Duration(time), Value::Number { value, .. }) => {
                Value::Duration(Duration { steps: time.steps * value, epochs: time.epochs * value })
            }
            (Divide, Value::Duration(time), Value::Number { value, .. }) if value != 0.0 => {
                Value::Duration(Duration { steps: time.steps / value, epochs: time.epochs / value })
            }
            (Multiply, Value::Number { value, .. }, Value::Loss(loss))
            | (Multiply, Value::Loss(loss), Value::Number { value, .. }) => {
                Value::Loss(LossValue(loss.0.into_iter().map(|(weight, term)| (weight * value, term)).collect()))
            }
            (Add, Value::Loss(mut a), Value::Loss(b)) => {
                a.0.extend(b.0);
                if a.0.len() > limits::TERMS {
                    self.too_large("a sum of losses", a.0.len() as f64, limits::TERMS as f64, span);
                    return Value::Poison;
                }
                Value::Loss(a)
            }
            (_, Value::Node(_), _) | (_, _, Value::Node(_)) => self.later("arithmetic on draws", span),
            (op, Value::Duration(_), Value::Number { .. }) | (op, Value::Number { .. }, Value::Duration(_)) => {
                let title = format!("`{}` cannot join a duration and a number without a unit", symbol(op));
                self.fault("E0301", title, span, "units differ", "give the number a unit, such as `steps` or `epochs`")
            }
            (op, a, b) => {
                let title = format!("`{}` cannot join {} and {}", symbol(op), a.describe(), b.describe());
                self.fault(
                    "E0301",
                    title,
                    span,
                    "kinds differ",
                    "add losses to losses, durations to durations, numbers to numbers",
                )
            }
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, (a, p): (f64, bool), (b, q): (f64, bool), span: Span) -> Value {
        use BinaryOp::{Add, And, Divide, Equal, Greater, GreaterEqual, Less, LessEqual, Modulo, Multiply, NotEqual};
        use BinaryOp::{Or, Power, Subtract};
        let whole = p && q;
        let (value, whole) = match op {
            Divide | Modulo if b == 0.0 => {
                return self.fault(
                    "E0302",
                    "division by zero",
                    span,
                    "the right side is 0",
                    "divide by something else",
                );
            }
            Add => (a + b, whole),
            Subtract => (a - b, whole),
            Multiply => (a * b, whole),
            Divide => (a / b, whole && a % b == 0.0),
            Modulo => (a.rem_euclid(b), whole),
            Power => (libm::pow(a, b), whole && b >= 0.0),
            Less => return Value::Bool(a < b),
            LessEqual => return Value::Bool(a <= b),
            Greater => return Value::Bool(a > b),
            GreaterEqual => return Value::Bool(a >= b),
            Equal => return Value::Bool(a == b),
            NotEqual => return Value::Bool(a != b),
            And | Or => {
                let title = format!("`{}` joins truths, not numbers", symbol(op));
                return self.fault("E0301", title, span, "numbers on its sides", "compare the numbers first: `a > 0`");
            }
        };
        self.finite(value, whole, span)
    }

    /// A number, if arithmetic has not left the numbers.
    pub fn finite(&mut self, value: f64, whole: bool, span: Span) -> Value {
        if value.is_finite() {
            return Value::Number { value, whole };
        }
        let title =
            if value.is_nan() { "this result is not a number" } else { "this result is too large for a number" };
        self.fault("E0302", title, span, "here", "write smaller numbers, and roots of positive ones")
    }
}

const fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
        BinaryOp::Power => "^",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
    }
}
