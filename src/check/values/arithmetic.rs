//! Arithmetic on values: numbers, durations, lists of numbers, losses, names of a task.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::values::size::Size;
use crate::check::values::value::{Duration, GuardValue, LossValue, RateValue, Value};
use crate::diagnostic::Span;
use crate::registry::Kind;
use crate::syntax::tree::{BinaryOp, UnaryOp};
use std::rc::Rc;

/// The operator and the whole expression.
type Spans = (Span, Span);

impl Checker<'_> {
    pub fn unary(&mut self, op: UnaryOp, value: Value, span: Span, env: Env<'_>) -> Value {
        match (op, value) {
            (_, Value::Poison) => Value::Poison,
            (UnaryOp::Negate, Value::Number { value, whole }) => {
                Value::Number { value: Size::Known(-1.0) * value, whole }
            }
            (UnaryOp::Negate, Value::Series { name, whole, shape }) => {
                Value::Series { name: format!("-{name}"), whole, shape }
            }
            (UnaryOp::Negate, list @ Value::List(_)) => {
                self.binary(BinaryOp::Multiply, Value::number(-1.0, true), list, (span, span), env)
            }
            (UnaryOp::Not, Value::Bool(value)) => Value::Bool(!value),
            (UnaryOp::Not, Value::Unknown(Kind::Bool)) => Value::Unknown(Kind::Bool),
            (op, node @ Value::Node(_)) if env.graph.is_some() => self.unary_node(op, node, span, env),
            (UnaryOp::Negate, other) => self.mismatch("a number", &other, span),
            (UnaryOp::Not, other) => self.mismatch("true or false", &other, span),
        }
    }

    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value, spans: Spans, env: Env<'_>) -> Value {
        use BinaryOp::{Add, And, Divide, Equal, Multiply, NotEqual, Or, Subtract};
        // Truths by the list are names of the task, since no list of numbers holds them.
        let compares = !matches!(op, Add | Subtract | Multiply | Divide | BinaryOp::Modulo | BinaryOp::Power);
        let listed = |value: &Value| matches!(value, Value::List(_) | Value::Series { .. });
        if compares && env.graph.is_some() && (listed(&a) || listed(&b)) {
            return self.binary_nodes(op, a, b, spans, env);
        }
        match (op, a, b) {
            (_, Value::Poison, _) | (_, _, Value::Poison) => Value::Poison,
            (_, a, b) if std::mem::discriminant(&a) != std::mem::discriminant(&b) && self.misread(spans.1) => {
                Value::Poison
            }
            (op, Value::Number { value: a, whole: p }, Value::Number { value: b, whole: q }) => {
                self.arithmetic(op, (&a, p), (&b, q), spans.0)
            }
            (op, a @ Value::Node(_), b) | (op, a, b @ Value::Node(_)) => {
                if env.graph.is_none() {
                    return Value::Poison;
                }
                self.binary_nodes(op, a, b, spans, env)
            }
            (op, Value::List(items), b @ Value::Number { .. }) => {
                let each = items.into_iter().map(|item| self.binary(op, item, b.clone(), spans, env));
                Value::List(each.collect())
            }
            (op, a @ Value::Number { .. }, Value::List(items)) => {
                let each = items.into_iter().map(|item| self.binary(op, a.clone(), item, spans, env));
                Value::List(each.collect())
            }
            (op, Value::List(a), Value::List(b)) if a.len() == b.len() => {
                let each = a.into_iter().zip(b).map(|(a, b)| self.binary(op, a, b, spans, env));
                Value::List(each.collect())
            }
            (op, a @ (Value::List(_) | Value::Series { .. }), b @ (Value::List(_) | Value::Series { .. })) => {
                self.series(op, &a, &b, spans)
            }
            (op, a @ Value::Series { .. }, b @ Value::Number { .. })
            | (op, a @ Value::Number { .. }, b @ Value::Series { .. }) => self.series(op, &a, &b, spans),
            (And, Value::Bool(a), Value::Bool(b)) => Value::Bool(a && b),
            (Or, Value::Bool(a), Value::Bool(b)) => Value::Bool(a || b),
            (And | Or, Value::Bool(_) | Value::Unknown(Kind::Bool), Value::Bool(_) | Value::Unknown(Kind::Bool)) => {
                Value::Unknown(Kind::Bool)
            }
            (Equal, Value::Word(a), Value::Word(b)) => Value::Bool(a == b),
            (NotEqual, Value::Word(a), Value::Word(b)) => Value::Bool(a != b),
            (Equal, Value::Text(a), Value::Text(b)) => Value::Bool(a == b),
            (NotEqual, Value::Text(a), Value::Text(b)) => Value::Bool(a != b),
            (
                Equal | NotEqual,
                Value::Word(_) | Value::Text(_) | Value::Unknown(Kind::Word(_) | Kind::Text),
                Value::Word(_) | Value::Text(_) | Value::Unknown(Kind::Word(_) | Kind::Text),
            ) => Value::Unknown(Kind::Bool),
            (op, Value::Metric(metric), Value::Number { value, .. }) => self.guard(op, &metric, &value, spans),
            (Add, Value::Duration(a), Value::Duration(b)) => Value::Duration(a.plus(b, 1.0)),
            (Subtract, Value::Duration(a), Value::Duration(b)) => Value::Duration(a.plus(b, -1.0)),
            (Multiply, Value::Number { value, .. }, Value::Duration(time))
            | (Multiply, Value::Duration(time), Value::Number { value, .. }) => match value.known() {
                Some(factor) => Value::Duration(time.times(factor)),
                None => Value::Unknown(Kind::Duration),
            },
            (Divide, Value::Duration(time), Value::Number { value, .. }) if value.known() != Some(0.0) => {
                match value.known() {
                    Some(divisor) => Value::Duration(time.times(1.0 / divisor)),
                    None => Value::Unknown(Kind::Duration),
                }
            }
            (
                Add | Subtract,
                Value::Unknown(Kind::Duration) | Value::Duration(_),
                Value::Unknown(Kind::Duration) | Value::Duration(_),
            )
            | (Multiply, Value::Number { .. }, Value::Unknown(Kind::Duration))
            | (Multiply | Divide, Value::Unknown(Kind::Duration), Value::Number { .. }) => {
                Value::Unknown(Kind::Duration)
            }
            (Multiply, weight @ (Value::Number { .. } | Value::Schedule(_)), Value::Loss(loss))
            | (Multiply, Value::Loss(loss), weight @ (Value::Number { .. } | Value::Schedule(_))) => {
                self.weighted(&weight, loss, spans.0)
            }
            (Add, Value::Loss(mut a), Value::Loss(b)) => {
                a.0.extend(b.0);
                if a.0.len() > limits::TERMS {
                    self.too_large("a sum of losses", a.0.len() as f64, limits::TERMS as f64, spans.0);
                    return Value::Poison;
                }
                Value::Loss(a)
            }
            (Add, Value::Unknown(Kind::Loss), Value::Unknown(Kind::Loss) | Value::Loss(_))
            | (Add, Value::Loss(_), Value::Unknown(Kind::Loss))
            | (
                Multiply,
                Value::Unknown(Kind::Loss),
                Value::Number { .. } | Value::Schedule(_) | Value::Unknown(Kind::Schedule),
            )
            | (
                Multiply,
                Value::Number { .. } | Value::Schedule(_) | Value::Unknown(Kind::Schedule),
                Value::Unknown(Kind::Loss),
            )
            | (Multiply, Value::Unknown(Kind::Schedule), Value::Loss(_))
            | (Multiply, Value::Loss(_), Value::Unknown(Kind::Schedule)) => Value::Unknown(Kind::Loss),
            (Multiply, Value::Unknown(Kind::Schedule), Value::Number { .. })
            | (Multiply, Value::Number { .. }, Value::Unknown(Kind::Schedule)) => Value::Unknown(Kind::Schedule),
            (_, Value::Unknown(Kind::Metric), Value::Number { .. }) => Value::Unknown(Kind::Metric),
            (op, Value::Duration(_), Value::Number { .. }) | (op, Value::Number { .. }, Value::Duration(_)) => {
                let title = format!("`{}` cannot join a duration and a number without a unit", symbol(op));
                let help = "give the number a unit, such as `steps` or `epochs`";
                self.fault("E0301", title, spans.0, "units differ", help)
            }
            (_, draw @ Value::Draw(_), _) | (_, _, draw @ Value::Draw(_)) => {
                self.mismatch("a number or a name of the task", &draw, spans.1)
            }
            (op, a, b) => {
                let join = if compares { "compare" } else { "join" };
                let title = format!("`{}` cannot {join} {} and {}", symbol(op), a.describe(), b.describe());
                self.fault("E0301", title, spans.0, "kinds differ", joined_by(op, &a, &b))
            }
        }
    }

    /// Numbers by the list, at least one of which depends on a parameter.
    fn series(&mut self, op: BinaryOp, a: &Value, b: &Value, spans: Spans) -> Value {
        let parts = [a, b].map(|value| match value {
            Value::Series { name, whole, shape } => (name.clone(), *whole, shape.clone()),
            Value::Number { value, whole } => (value.to_string(), *whole, Vec::new()),
            Value::List(items) => ("[..]".into(), false, vec![Size::of(items.len())]),
            _ => (String::new(), false, Vec::new()),
        });
        let [(a, p, left), (b, q, right)] = parts;
        let Some(shape) = crate::check::values::shape::joined(&left, &right) else {
            let [left, right] = [left, right].map(|shape| {
                crate::check::values::shape::Type::array(crate::check::values::shape::Element::Real, shape).to_string()
            });
            return self.shapes_differ(symbol(op), &left, &right, spans.0);
        };
        let whole = p && q && op != BinaryOp::Divide;
        Value::Series { name: format!("({a} {} {b})", symbol(op)), whole, shape }
    }

    fn weighted(&mut self, weight: &Value, loss: LossValue, span: Span) -> Value {
        let weigh = |old: &RateValue| match (weight, old) {
            (Value::Number { value, .. }, RateValue::Constant(old)) => {
                value.known().map(|value| RateValue::Constant(value * old))
            }
            (Value::Number { value, .. }, RateValue::Schedule(old)) => value.known().map(|value| {
                let mut scaled = old.clone();
                scaled.from *= value;
                scaled.to *= value;
                RateValue::Schedule(scaled)
            }),
            (Value::Schedule(schedule), RateValue::Constant(old)) => {
                let mut scaled = schedule.clone();
                scaled.from *= old;
                scaled.to *= old;
                Some(RateValue::Schedule(scaled))
            }
            _ => None,
        };
        let twice =
            matches!(weight, Value::Schedule(_)) && loss.0.iter().any(|(old, _)| matches!(old, RateValue::Schedule(_)));
        if twice {
            let title = "a part of this loss is weighted by two schedules";
            return self.fault("E0301", title, span, "the second schedule", "weight each part by one schedule");
        }
        let terms = loss.0.into_iter().map(|(old, term)| Some((weigh(&old)?, term))).collect::<Option<Vec<_>>>();
        terms.map_or(Value::Unknown(Kind::Loss), |terms| Value::Loss(LossValue(terms)))
    }

    /// A comparison of a metric with a number, which ends a stage.
    fn guard(
        &mut self,
        op: BinaryOp,
        metric: &Rc<crate::check::values::value::MetricValue>,
        than: &Size,
        spans: Spans,
    ) -> Value {
        let above = match op {
            BinaryOp::Greater | BinaryOp::GreaterEqual => true,
            BinaryOp::Less | BinaryOp::LessEqual => false,
            _ => {
                let title = format!("`{}` cannot join a metric and a number", symbol(op));
                let help = "compare them with `>` or `<`, as the `until` of a stage";
                return self.fault("E0301", title, spans.0, "no comparison", help);
            }
        };
        let Some(than) = than.known() else { return Value::Unknown(Kind::Metric) };
        // At least a number is above every smaller one.
        let than = match op {
            BinaryOp::GreaterEqual => than.next_down(),
            BinaryOp::LessEqual => than.next_up(),
            _ => than,
        };
        Value::Guard(Rc::new(GuardValue { metric: Rc::clone(metric), above, than, held: 1, held_span: spans.1 }))
    }

    fn arithmetic(&mut self, op: BinaryOp, (a, p): (&Size, bool), (b, q): (&Size, bool), span: Span) -> Value {
        use BinaryOp::{Add, And, Divide, Equal, Greater, GreaterEqual, Less, LessEqual, Modulo, Multiply, NotEqual};
        use BinaryOp::{Or, Power, Subtract};
        let whole = p && q;
        match op {
            Divide | Modulo if b.known() == Some(0.0) => {
                let help = "divide by something else";
                return self.fault("E0302", "division by zero", span, "the right side is 0", help);
            }
            And | Or => {
                let title = format!("`{}` joins truths, not numbers", symbol(op));
                let help = "compare the numbers first: `a > 0`";
                return self.fault("E0301", title, span, "numbers on its sides", help);
            }
            _ => {}
        }
        let (Some(x), Some(y)) = (a.known(), b.known()) else { return symbolic(op, (a, p), (b, q)) };
        let (value, whole) = match op {
            Add => (x + y, whole),
            Subtract => (x - y, whole),
            Multiply => (x * y, whole),
            Divide => (x / y, whole && x % y == 0.0),
            Modulo => (x.rem_euclid(y), whole),
            Power => (libm::pow(x, y), whole && y >= 0.0),
            Less => return Value::Bool(x < y),
            LessEqual => return Value::Bool(x <= y),
            Greater => return Value::Bool(x > y),
            GreaterEqual => return Value::Bool(x >= y),
            Equal => return Value::Bool(x == y),
            NotEqual => return Value::Bool(x != y),
            And | Or => return Value::Poison,
        };
        self.finite(value, whole, span)
    }

    /// A number, if arithmetic has not left the numbers.
    pub fn finite(&mut self, value: f64, whole: bool, span: Span) -> Value {
        if value.is_finite() {
            return Value::number(value, whole);
        }
        let title =
            if value.is_nan() { "this result is not a number" } else { "this result is too large for a number" };
        self.fault("E0302", title, span, "here", "write smaller numbers, and roots of positive ones")
    }
}

/// What an operator joins, where it stands between things that it does not join.
fn joined_by(op: BinaryOp, a: &Value, b: &Value) -> &'static str {
    use BinaryOp::{Add, And, Divide, Modulo, Multiply, Or, Power, Subtract};
    let either = |is: fn(&Value) -> bool| is(a) || is(b);
    let loss = |value: &Value| matches!(value, Value::Loss(_) | Value::Unknown(Kind::Loss));
    match op {
        _ if either(|value| matches!(value, Value::Item(_) | Value::Builtin)) => {
            "give the name its arguments in brackets"
        }
        And | Or => "join truths, such as two comparisons",
        Add | Subtract | Multiply if either(|value| matches!(value, Value::Probe(_))) => {
            "write `readout(...)` of the probe, which is a loss"
        }
        Multiply if matches!((a, b), (Value::Schedule(_), Value::Schedule(_))) => "keep one of the two schedules",
        Multiply if loss(a) && loss(b) => "add losses, each with its weight: `icl + 0.1 * readout(...)`",
        Add | Subtract if loss(a) && matches!(b, Value::Number { .. }) => {
            "give the number a loss to weigh: `icl + 0.1 * readout(...)`"
        }
        Add | Subtract | Multiply | Divide | Modulo | Power => {
            "add losses to losses, durations to durations, numbers to numbers"
        }
        _ if either(|value| matches!(value, Value::Metric(_))) => {
            "compare a score with a number, as in `accuracy(task) > 90%`"
        }
        _ if either(|value| matches!(value, Value::Probe(_))) => {
            "compare a score of a task, as in `accuracy(task) > 90%`"
        }
        _ => "compare numbers with numbers, and words with words",
    }
}

/// Arithmetic on numbers that depend on parameters.
fn symbolic(op: BinaryOp, (a, p): (&Size, bool), (b, q): (&Size, bool)) -> Value {
    use BinaryOp::{
        Add, Divide, Equal, Greater, GreaterEqual, Less, LessEqual, Modulo, Multiply, NotEqual, Power, Subtract,
    };
    let whole = p && q;
    let compared = |holds: fn(f64) -> bool| match a.excess(b) {
        Some(excess) => Value::Bool(holds(excess)),
        None => Value::Unknown(Kind::Bool),
    };
    let named = |whole| Value::Number { value: Size::name(&format!("({a}) {} ({b})", symbol(op))), whole };
    match op {
        Add => Value::Number { value: a.clone() + b.clone(), whole },
        Subtract => Value::Number { value: a.clone() - b.clone(), whole },
        Multiply => Value::Number { value: a.clone() * b.clone(), whole },
        Divide => match b.known() {
            Some(divisor) => Value::Number { value: a.over(divisor), whole: false },
            None => named(false),
        },
        Power => match b.axis().filter(|power| *power <= 8) {
            Some(power) => {
                let value = (0..power).fold(Size::Known(1.0), |product, _| product * a.clone());
                Value::Number { value, whole: p }
            }
            None => named(whole),
        },
        Modulo => named(whole),
        Less => compared(|excess| excess < 0.0),
        LessEqual => compared(|excess| excess <= 0.0),
        Greater => compared(|excess| excess > 0.0),
        GreaterEqual => compared(|excess| excess >= 0.0),
        Equal => compared(|excess| excess == 0.0),
        NotEqual => compared(|excess| excess != 0.0),
        BinaryOp::And | BinaryOp::Or => Value::Unknown(Kind::Bool),
    }
}

impl Duration {
    /// The sum, the other weighted.
    pub fn plus(self, other: Self, weight: f64) -> Self {
        Self {
            steps: self.steps + weight * other.steps,
            epochs: self.epochs + weight * other.epochs,
            elapsed: self.elapsed + weight * other.elapsed,
        }
    }

    /// So many times as long.
    pub fn times(self, factor: f64) -> Self {
        Self { steps: self.steps * factor, epochs: self.epochs * factor, elapsed: self.elapsed * factor }
    }
}

/// An operator as it is written.
pub const fn symbol(op: BinaryOp) -> &'static str {
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
