//! The second pass: what expressions come to. Faults of naming are silent here, because the first pass told them.

use super::Checker;
use super::graph::Graph;
use super::names::{Meaning, Scope, gather, member};
use super::value::{Duration, LossValue, TermValue, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::Op;
use crate::program::training::Position;
use crate::registry::{Dimension, UNITS, nearest, unit};
use crate::syntax::tree::{Arg, BinaryOp, Expr, ExprKind, Name, UnaryOp};
use std::cell::RefCell;
use std::collections::HashMap;

/// Where an expression stands.
#[derive(Clone, Copy)]
pub struct Env<'e> {
    pub module: usize,
    pub locals: &'e HashMap<String, Value>,
    /// The task being built, inside one.
    pub graph: Option<&'e RefCell<Graph<'e>>>,
}

/// What a name stands for.
enum Referent {
    Local(String),
    Item(usize, usize),
    Module(usize),
    Builtin(&'static str),
}

/// An argument after evaluation.
pub struct Given {
    pub name: Option<String>,
    pub value: Value,
    pub span: Span,
}

impl Checker {
    /// The value of an expression.
    pub fn eval(&mut self, expr: &Expr, env: Env<'_>) -> Value {
        match &expr.kind {
            ExprKind::Number { value, whole } => Value::Number { value: *value, whole: *whole },
            ExprKind::Quantity { value, unit, .. } => quantity(*value, unit),
            ExprKind::Text(text) => Value::Text(text.clone()),
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Name(name) => self.name(name, expr.span, env),
            ExprKind::Field { base, name } => self.field(base, name, env),
            ExprKind::Call { callee, args } => self.call(callee, args, expr.span, env),
            ExprKind::Index { base, index } => self.index(base, index, env),
            ExprKind::Unary { op, operand } => {
                let value = self.eval(operand, env);
                self.unary(*op, value, expr.span)
            }
            ExprKind::Binary { op, left, right, op_span } => {
                let (a, b) = (self.eval(left, env), self.eval(right, env));
                self.binary(*op, a, b, *op_span)
            }
            ExprKind::If { condition, then, otherwise } => match self.eval(condition, env) {
                Value::Bool(true) => self.eval(then, env),
                Value::Bool(false) => self.eval(otherwise, env),
                Value::Poison => Value::Poison,
                other => self.mismatch("true or false", &other, condition.span),
            },
            ExprKind::List(items) => Value::List(items.iter().map(|item| self.eval(item, env)).collect()),
            ExprKind::Tuple(items) => Value::Tuple(items.iter().map(|item| self.eval(item, env)).collect()),
            ExprKind::Range { from, to, inclusive } => self.range(from, to, *inclusive, env),
            ExprKind::At { subject, place } => self.at(subject, place, env),
            ExprKind::Arrow { .. } => self.later("a schedule `a -> b`", expr.span),
            ExprKind::Where { .. } => self.later("`where` on a metric", expr.span),
            ExprKind::Phrase { .. } | ExprKind::Error => Value::Poison,
        }
    }

    /// What a name means where it stands, a misspelt one counting as its nearest.
    fn meant(&self, name: &str, env: Env<'_>) -> Option<Referent> {
        let mut locals: Vec<String> = env.locals.keys().cloned().collect();
        if let Some(graph) = env.graph {
            let graph = graph.borrow();
            let mut names = Vec::new();
            gather(graph.block, &mut names);
            locals.extend(names.into_iter().map(ToString::to_string));
        }
        let locals = locals.iter().map(String::as_str).collect();
        let scope = Scope { modules: &self.modules, module: env.module, locals };
        scope.meant(name).map(|meaning| match meaning {
            Meaning::Local(name) => Referent::Local(name.to_string()),
            Meaning::Item(module, item) => Referent::Item(module, item),
            Meaning::Module(module) => Referent::Module(module),
            Meaning::Builtin(name) => Referent::Builtin(name),
        })
    }

    fn name(&mut self, name: &str, span: Span, env: Env<'_>) -> Value {
        match self.meant(name, env) {
            None => Value::Poison,
            Some(Referent::Local(local)) => match env.locals.get(&local) {
                Some(value) => value.clone(),
                None => self.graph_name(&local, env),
            },
            Some(Referent::Item(module, item)) => self.bare_item(module, item, span),
            Some(Referent::Module(module)) => Value::Module(module),
            Some(Referent::Builtin(name)) => self.bare_builtin(name, span),
        }
    }

    /// A bare name whose parameters all have defaults is a call.
    fn bare_item(&mut self, module: usize, item: usize, span: Span) -> Value {
        let at = &self.modules[module].file.items[item];
        if at.params.iter().all(|param| param.default.is_some()) {
            self.item(module, item, Vec::new(), span)
        } else {
            Value::Item
        }
    }

    fn field(&mut self, base: &Expr, name: &Name, env: Env<'_>) -> Value {
        match self.eval(base, env) {
            Value::Module(module) => match member(&self.modules[module], &name.text) {
                Some(item) => self.bare_item(module, item, base.span.to(name.span)),
                None => Value::Poison,
            },
            Value::Data(source) => {
                let attributes = source.attributes();
                match self.nearest_field(name, &["attributes", "sizes"]) {
                    Some("attributes") => Value::count(attributes.len()),
                    Some(_) => Value::List(attributes.iter().map(|(_, size)| Value::count(*size)).collect()),
                    None => Value::Poison,
                }
            }
            Value::Node(row) => {
                let Some(graph) = env.graph else { return Value::Poison };
                let is_row = matches!(graph.borrow().nodes[row].op, Op::Rows { .. });
                if !is_row {
                    return self.fault("E0301", "only a row of a data source has fields", name.span, "no such field");
                }
                match self.nearest_field(name, &["attributes", "embedding"]) {
                    Some("attributes") => Value::Node(graph.borrow_mut().attributes(row)),
                    Some(_) => Value::Node(graph.borrow_mut().embedding(row)),
                    None => Value::Poison,
                }
            }
            Value::Poison => Value::Poison,
            other => {
                let title = format!("{} has no field `{}`", other.describe(), name.text);
                self.fault("E0301", title, name.span, "no such field")
            }
        }
    }

    fn nearest_field(&mut self, name: &Name, known: &[&'static str]) -> Option<&'static str> {
        if let Some(exact) = known.iter().find(|field| **field == name.text) {
            return Some(exact);
        }
        let meant = nearest(&name.text, known.iter().copied());
        let all = known.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
        let help = meant.map_or(format!("the fields are {all}"), |meant| format!("write `{meant}`"));
        let title = format!("there is no field `{}`", name.text);
        self.report(Diagnostic::error("E0201", title, name.span, "not found").help(help));
        known.iter().find(|field| Some(**field) == meant).copied()
    }

    fn call(&mut self, callee: &Expr, args: &[Arg], span: Span, env: Env<'_>) -> Value {
        let target = match &callee.kind {
            ExprKind::Name(name) => match self.meant(name, env) {
                Some(Referent::Item(module, item)) => Some(Ok((module, item))),
                Some(Referent::Builtin(name)) => Some(Err(name)),
                Some(Referent::Local(_) | Referent::Module(_)) => {
                    let title = format!("`{name}` is not something to call");
                    return self.fault("E0301", title, callee.span, "takes no arguments");
                }
                None => None,
            },
            ExprKind::Field { base, name } => match self.eval(base, env) {
                Value::Module(module) => member(&self.modules[module], &name.text).map(|item| Ok((module, item))),
                Value::Poison => None,
                other => {
                    let title = format!("{} has nothing to call", other.describe());
                    return self.fault("E0301", title, name.span, "not a function");
                }
            },
            _ => return self.fault("E0301", "this is not something to call", callee.span, "takes no arguments"),
        };
        // `mix` takes tasks by name, so its argument names are values too.
        if let Some(Err("mix")) = target {
            return self.mix(args, env);
        }
        let given: Vec<Given> = (args.iter())
            .map(|arg| Given {
                name: arg.name.as_ref().map(|name| name.text.clone()),
                value: self.eval(&arg.value, env),
                span: arg.value.span,
            })
            .collect();
        match target {
            Some(Ok((module, item))) => self.item(module, item, given, span),
            Some(Err(name)) => self.builtin(name, given, span),
            None => Value::Poison,
        }
    }

    fn mix(&mut self, args: &[Arg], env: Env<'_>) -> Value {
        let mut parts = Vec::new();
        for arg in args {
            let Some(name) = &arg.name else {
                return self.fault("E0301", "`mix` takes shares by name", arg.value.span, "write `name: 50%`");
            };
            let task = self.name(&name.text, name.span, env);
            let share = self.eval(&arg.value, env);
            match (task, self.number(&share, arg.value.span)) {
                (Value::Task(task), Some(share)) => parts.push((task, share)),
                (Value::Poison, _) | (_, None) => return Value::Poison,
                (other, _) => return self.mismatch("a task", &other, name.span),
            }
        }
        let total: f64 = parts.iter().map(|(_, share)| share).sum();
        if (total - 1.0).abs() > 1e-9 {
            let span = args.first().map_or_else(Span::default, |arg| arg.value.span);
            let title = format!("the shares of the mixture add up to {}%", total * 100.0);
            self.report(Diagnostic::error("E0302", title, span, "not 100%").help("make the shares add up to 100%"));
            return Value::Poison;
        }
        if let Some(part) = parts.iter().position(|(_, share)| *share <= 0.0) {
            return self.fault("E0302", "every part of a mixture needs a share above 0%", args[part].value.span, "no share");
        }
        if let Some(part) = parts.iter().position(|(task, _)| task.length != parts[0].0.length) {
            let at = &args[part];
            let span = self.blame(at.name.as_ref().map_or(at.value.span, |name| name.span));
            return self.later("a mixture of tasks of different lengths", span);
        }
        Value::Mixture(parts)
    }

    fn index(&mut self, base: &Expr, index: &[Expr], env: Env<'_>) -> Value {
        let table = self.eval(base, env);
        let [index] = index else {
            return self.later("an index with several places", base.span);
        };
        let at = self.eval(index, env);
        match (table, at) {
            (Value::Poison, _) | (_, Value::Poison) => Value::Poison,
            (Value::List(items), Value::Number { value, whole: true }) => {
                let place = (value >= 0.0).then_some(value as usize);
                place.and_then(|place| items.get(place)).cloned().unwrap_or_else(|| {
                    let title = format!("there is no place {value} in a list of {}", items.len());
                    self.fault("E0302", title, index.span, "places count from 0")
                })
            }
            (Value::Node(table), at) => {
                let Some(graph) = env.graph else { return Value::Poison };
                let place = match at {
                    Value::Node(node) => node,
                    Value::Number { value, whole: true } => graph.borrow_mut().constant(value as i64),
                    other => return self.mismatch("a count or a label", &other, index.span),
                };
                match graph.borrow_mut().gather(table, place) {
                    Ok(node) => Value::Node(node),
                    Err(reason) => self.fault("E0310", reason, base.span.to(index.span), "this index"),
                }
            }
            (Value::Draw(_), _) => self.later("a shape after a draw", base.span),
            (other, _) => self.mismatch("a list or an array", &other, base.span),
        }
    }

    fn at(&mut self, subject: &Expr, place: &Expr, env: Env<'_>) -> Value {
        let value = self.eval(subject, env);
        match value {
            Value::Metric(mut metric) => {
                metric.at = match self.eval(place, env) {
                    Value::Word("last") => Position::Last,
                    Value::Word("all") => Position::All,
                    Value::Number { value, whole: true } if value >= 0.0 && (value as usize) < metric.task.length => {
                        Position::Index(value as usize)
                    }
                    Value::Number { value, .. } => {
                        let title = format!("there is no prediction {value} among {}", metric.task.length);
                        return self.fault("E0302", title, place.span, "predictions count from 0");
                    }
                    Value::Poison => return Value::Poison,
                    other => return self.mismatch("`last`, `all` or a place", &other, place.span),
                };
                Value::Metric(metric)
            }
            Value::Site(site) => match self.eval(place, env) {
                Value::Word("input") => Value::Reading(site),
                Value::Poison => Value::Poison,
                other => self.mismatch("`input`", &other, place.span),
            },
            Value::Poison => Value::Poison,
            other => self.mismatch("a metric or a site", &other, subject.span),
        }
    }

    fn range(&mut self, from: &Expr, to: &Expr, inclusive: bool, env: Env<'_>) -> Value {
        let (first, last) = (self.eval(from, env), self.eval(to, env));
        let (Some(first), Some(last)) = (self.whole(&first, from.span), self.whole(&last, to.span)) else {
            return Value::Poison;
        };
        let end = if inclusive { last + 1 } else { last };
        if end.saturating_sub(first) > 1_000_000 {
            return self.fault("E0302", "this range has over a million numbers", from.span.to(to.span), "too long");
        }
        Value::List((first..end).map(Value::count).collect())
    }

    fn unary(&mut self, op: UnaryOp, value: Value, span: Span) -> Value {
        match (op, value) {
            (_, Value::Poison) => Value::Poison,
            (UnaryOp::Negate, Value::Number { value, whole }) => Value::Number { value: -value, whole },
            (UnaryOp::Not, Value::Bool(value)) => Value::Bool(!value),
            (UnaryOp::Negate, other) => self.mismatch("a number", &other, span),
            (UnaryOp::Not, other) => self.mismatch("true or false", &other, span),
        }
    }

    fn binary(&mut self, op: BinaryOp, a: Value, b: Value, span: Span) -> Value {
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
                Value::Loss(a)
            }
            (_, Value::Node(_), _) | (_, _, Value::Node(_)) => self.later("arithmetic on draws", span),
            (op, Value::Duration(_), Value::Number { .. }) | (op, Value::Number { .. }, Value::Duration(_)) => {
                let title = format!("a duration and a bare number cannot stand around `{}`", symbol(op));
                let finding = Diagnostic::error("E0301", title, span, "units differ").help("give the number a unit: `200 steps`");
                self.report(finding);
                Value::Poison
            }
            (op, a, b) => {
                let title = format!("`{}` cannot stand between {} and {}", symbol(op), a.describe(), b.describe());
                self.fault("E0301", title, span, "kinds differ")
            }
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, (a, p): (f64, bool), (b, q): (f64, bool), span: Span) -> Value {
        use BinaryOp::{Add, And, Divide, Equal, Greater, GreaterEqual, Less, LessEqual, Modulo, Multiply, NotEqual};
        use BinaryOp::{Or, Power, Subtract};
        let whole = p && q;
        match op {
            Add => Value::Number { value: a + b, whole },
            Subtract => Value::Number { value: a - b, whole },
            Multiply => Value::Number { value: a * b, whole },
            Divide | Modulo if b == 0.0 => self.fault("E0302", "division by zero", span, "the right side is 0"),
            Divide => Value::Number { value: a / b, whole: whole && a % b == 0.0 },
            Modulo => Value::Number { value: a.rem_euclid(b), whole },
            Power => Value::Number { value: libm::pow(a, b), whole: whole && b >= 0.0 },
            Less => Value::Bool(a < b),
            LessEqual => Value::Bool(a <= b),
            Greater => Value::Bool(a > b),
            GreaterEqual => Value::Bool(a >= b),
            Equal => Value::Bool(a == b),
            NotEqual => Value::Bool(a != b),
            And | Or => self.fault("E0301", "`and` and `or` join truths, not numbers", span, "kinds differ"),
        }
    }

    /// A finding that a part of the language is not run by this version.
    pub fn later(&mut self, what: &str, span: Span) -> Value {
        let title = format!("{what} is not run by this version yet");
        self.report(Diagnostic::error("E0901", title, span, "read, but not run").help("see docs/reference.md for what runs today"));
        Value::Poison
    }

    /// Reports a fault and gives poison.
    pub fn fault(&mut self, id: &'static str, title: impl Into<String>, span: Span, label: &str) -> Value {
        self.report(Diagnostic::error(id, title, span, label));
        Value::Poison
    }

    /// Reports that something else was expected.
    pub fn mismatch(&mut self, expected: &str, found: &Value, span: Span) -> Value {
        if !matches!(found, Value::Poison) {
            let title = format!("expected {expected}, found {}", found.describe());
            self.report(Diagnostic::error("E0301", title, span, format!("expected {expected}")));
        }
        Value::Poison
    }

    /// The number that a value must be.
    pub fn number(&mut self, value: &Value, span: Span) -> Option<f64> {
        match value {
            Value::Number { value, .. } => Some(*value),
            other => {
                self.mismatch("a number", other, span);
                None
            }
        }
    }

    /// The whole number, at least 0, that a value must be.
    pub fn whole(&mut self, value: &Value, span: Span) -> Option<usize> {
        match value {
            Value::Number { value, whole: true } if *value >= 0.0 => Some(*value as usize),
            other => {
                self.mismatch("a count", other, span);
                None
            }
        }
    }

    /// The whole number, at least 1, that a value must be.
    pub fn positive(&mut self, value: &Value, span: Span) -> Option<usize> {
        let whole = self.whole(value, span)?;
        if whole == 0 {
            self.fault("E0302", "this must be at least 1", span, "is 0");
            return None;
        }
        Some(whole)
    }

    /// The task's own loss.
    pub fn icl() -> LossValue {
        LossValue(vec![(1.0, TermValue::Icl)])
    }
}

fn quantity(value: f64, word: &Name) -> Value {
    // A misspelt unit was told by the first pass; the nearest one is meant.
    let meant = unit(&word.text)
        .or_else(|| nearest(&word.text, UNITS.iter().flat_map(|unit| [unit.plural, unit.singular])).and_then(unit));
    match meant {
        None => Value::Poison,
        Some(unit) => match unit.dimension {
            Dimension::Steps => Value::Duration(Duration { steps: value, epochs: 0.0 }),
            Dimension::Epochs => Value::Duration(Duration { steps: 0.0, epochs: value }),
            dimension => Value::Quantity { value: value * unit.scale, dimension },
        },
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
