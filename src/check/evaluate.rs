//! The second pass: what expressions come to. Faults of naming are silent here, because the first pass told them.

use super::Checker;
use super::graph::Graph;
use super::limits;
use super::scope::{Meaning, Scope, gather, member};
use super::value::{Duration, LossValue, TermValue, Value, extent};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::model::Site;
use crate::program::task::Op;
use crate::program::training::Position;
use crate::registry::{Dimension, UNITS, nearest, unit};
use crate::syntax::tree::{Arg, Expr, ExprKind, Name};
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
        if self.depth > limits::DEPTH {
            let help = "define fewer things by each other";
            return self.fault(
                "E0302",
                "these definitions lead to each other too deeply",
                expr.span,
                "given up here",
                help,
            );
        }
        self.depth += 1;
        let value = self.open_eval(expr, env);
        self.depth -= 1;
        value
    }

    fn open_eval(&mut self, expr: &Expr, env: Env<'_>) -> Value {
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
            ExprKind::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.eval(item, env)).collect();
                self.list(items, expr.span)
            }
            ExprKind::Tuple(items) => Value::Tuple(items.iter().map(|item| self.eval(item, env)).collect()),
            ExprKind::Range { from, to, inclusive } => self.range(from, to, *inclusive, env),
            ExprKind::At { subject, place } => self.at(subject, place, env),
            ExprKind::Arrow { .. } => self.later("a schedule `a -> b`", expr.span),
            ExprKind::Where { .. } => self.later("`where` on a metric", expr.span),
            ExprKind::Phrase { .. } => self.fault(
                "E0301",
                "this phrase is no value",
                expr.span,
                "a phrase",
                "write it as a `plot` or `table` of a `report` block",
            ),
            ExprKind::Error => Value::Poison,
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
            locals.extend(graph.unread.iter().cloned());
        }
        let locals = locals.iter().map(String::as_str).collect();
        let scope = Scope { modules: &self.modules, module: env.module, locals };
        scope.meant(name).and_then(|meaning| match meaning {
            Meaning::Local(name) => Some(Referent::Local(name.to_string())),
            Meaning::Item(module, item) => Some(Referent::Item(module, item)),
            Meaning::Module(module) => Some(Referent::Module(module)),
            Meaning::Builtin(name) => Some(Referent::Builtin(name)),
            Meaning::Lost => None,
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
                    let title = format!("only a row of a data source has fields, such as `{}`", name.text);
                    return self.fault(
                        "E0301",
                        title,
                        name.span,
                        "not a row",
                        "take the field of a name drawn from `rows(...)`",
                    );
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
                self.fault(
                    "E0301",
                    title,
                    base.span.to(name.span),
                    "no such field",
                    "fields belong to modules, data sources and their rows",
                )
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
                    return self.fault(
                        "E0301",
                        title,
                        callee.span,
                        "takes no arguments",
                        format!("write `{name}` alone"),
                    );
                }
                None => None,
            },
            ExprKind::Field { base, name } => match self.eval(base, env) {
                Value::Module(module) => member(&self.modules[module], &name.text).map(|item| Ok((module, item))),
                Value::Poison => None,
                other => {
                    let title = format!("{} has nothing to call", other.describe());
                    return self.fault(
                        "E0301",
                        title,
                        base.span.to(name.span),
                        "not a function",
                        "call an item, `module.item(...)`, or a builtin",
                    );
                }
            },
            _ => {
                return self.fault(
                    "E0301",
                    "this is not something to call",
                    callee.span,
                    "takes no arguments",
                    "call an item by its name",
                );
            }
        };
        if let Some(Err("fresh")) = target
            && !args.is_empty()
        {
            return self.later("`fresh(task)`", callee.span);
        }
        // `mix` takes tasks by name, so its argument names are values too.
        if let Some(Err("mix")) = target {
            return self.mix(args, span, env);
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

    fn mix(&mut self, args: &[Arg], span: Span, env: Env<'_>) -> Value {
        let mut parts = Vec::new();
        for arg in args {
            let Some(name) = &arg.name else {
                return self.fault(
                    "E0301",
                    "`mix` takes shares by name",
                    arg.value.span,
                    "no name",
                    "write `task: 50%`",
                );
            };
            let task = self.name(&name.text, name.span, env);
            let share = self.eval(&arg.value, env);
            match (task, self.number(&share, arg.value.span)) {
                (Value::Task(task), Some(share)) if share > 0.0 && share <= 1.0 => parts.push((task, share)),
                (Value::Task(_), Some(_)) => {
                    let help = "write a share above 0% and up to 100%";
                    return self.fault(
                        "E0302",
                        "a share of a mixture is out of range",
                        arg.value.span,
                        "not a share",
                        help,
                    );
                }
                (Value::Poison, _) | (_, None) => return Value::Poison,
                (other, _) => return self.mismatch("a task", &other, name.span),
            }
        }
        let total: f64 = parts.iter().map(|(_, share)| share).sum();
        if (total - 1.0).abs() > 1e-9 {
            let shares = args.first().zip(args.last()).map(|(first, last)| first.value.span.to(last.value.span));
            let title = format!("the shares of the mixture add up to {}%", (total * 1e8).round() / 1e6);
            return self.fault("E0302", title, shares.unwrap_or(span), "not 100%", "make the shares add up to 100%");
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
            (Value::List(items), at) => {
                let Some(place) = self.place(&at, index.span) else { return Value::Poison };
                items.get(place).cloned().unwrap_or_else(|| {
                    let title = format!("there is no place {place} in a list of {}", items.len());
                    self.fault(
                        "E0302",
                        title,
                        index.span,
                        "places count from 0",
                        format!("write at most {}", items.len().saturating_sub(1)),
                    )
                })
            }
            (Value::Node(table), at) => {
                let Some(graph) = env.graph else { return Value::Poison };
                let place = match at {
                    Value::Node(node) => node,
                    Value::Number { value, whole: true } if value < 0.0 => graph.borrow_mut().constant(value as i64),
                    at => {
                        let Some(place) = self.whole(&at, index.span) else { return Value::Poison };
                        graph.borrow_mut().constant(place as i64)
                    }
                };
                let made = graph.borrow_mut().gather(table, place);
                match made {
                    Ok(node) => Value::Node(node),
                    Err(reason) => {
                        let help = "index a table with labels that it has places for";
                        self.fault("E0310", reason, base.span.to(index.span), "this index", help)
                    }
                }
            }
            (Value::Draw(_), _) => self.later("a shape after a draw", base.span),
            (other, _) => self.mismatch("a list or an array", &other, base.span),
        }
    }

    fn at(&mut self, subject: &Expr, place: &Expr, env: Env<'_>) -> Value {
        if matches!(place.kind, ExprKind::Field { .. }) {
            return self.later("a place in shown text", place.span);
        }
        let value = self.eval(subject, env);
        match value {
            Value::Metric(mut metric) => {
                metric.at = match self.eval(place, env) {
                    Value::Word("last") => Position::Last,
                    Value::Word("all") => Position::All,
                    number @ Value::Number { .. } => {
                        let Some(index) = self.place(&number, place.span) else { return Value::Poison };
                        if index >= metric.task.length {
                            let title = format!("there is no prediction {index} among {}", metric.task.length);
                            let help = format!("write a number from 0 to {}, or `last`", metric.task.length - 1);
                            return self.fault("E0302", title, place.span, "predictions count from 0", help);
                        }
                        Position::Index(index)
                    }
                    Value::Poison => return Value::Poison,
                    other => return self.mismatch("`last`, `all` or a place", &other, place.span),
                };
                Value::Metric(metric)
            }
            Value::Word("output") => match self.eval(place, env) {
                Value::Word("input") => Value::Reading(Site::Output),
                Value::Poison => Value::Poison,
                other => self.mismatch("`input`", &other, place.span),
            },
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
        if end.saturating_sub(first) > limits::LIST {
            self.too_large("a range", end.saturating_sub(first) as f64, limits::LIST as f64, from.span.to(to.span));
            return Value::Poison;
        }
        Value::List((first..end).map(Value::count).collect())
    }

    /// A place that counts from 0.
    fn place(&mut self, value: &Value, span: Span) -> Option<usize> {
        if let Value::Number { value, whole: true } = value
            && *value < 0.0
        {
            let title = format!("there is no place {value}");
            self.fault("E0302", title, span, "places count from 0", "write a whole number of at least 0");
            return None;
        }
        self.whole(value, span)
    }

    /// A list of bounded size.
    pub fn list(&mut self, items: Vec<Value>, span: Span) -> Value {
        let (count, depth) = extent(&items);
        if count > limits::LIST {
            self.too_large("a list", count as f64, limits::LIST as f64, span);
            return Value::Poison;
        }
        if depth > 8 {
            return self.fault("E0302", "lists are nested too deeply", span, "over 8 deep", "write a flatter list");
        }
        Value::List(items)
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
