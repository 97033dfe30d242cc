//! The second pass: what expressions come to. Faults of naming are silent here, because the first pass told them.

use crate::check::Checker;
use crate::check::limits;
use crate::check::naming::scope::{Meaning, Scope, gather, member};
use crate::check::task::graph::Graph;
use crate::check::values::size::Size;
use crate::check::values::value::{Duration, LossValue, MetricKind, MetricValue, RateValue, TermValue, Value, extent};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::model::{Place, Site};
use crate::program::training::Position;
use crate::registry::{Dimension, UNITS, nearest, unit};
use crate::syntax::tree::{Expr, ExprKind, Name};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Where an expression stands.
#[derive(Clone, Copy)]
pub struct Env<'e> {
    pub module: usize,
    pub locals: &'e HashMap<String, Value>,
    /// The task being built, inside one.
    pub graph: Option<&'e RefCell<Graph<'e>>>,
}

/// What a name stands for.
#[derive(Debug)]
pub enum Referent {
    Local(String),
    Item(usize, usize),
    Module(usize),
    Builtin(&'static str),
    Word(String),
}

impl Checker<'_> {
    /// The value of an expression.
    pub fn eval(&mut self, expr: &Expr, env: Env<'_>) -> Value {
        if self.depth > limits::DEPTH {
            let help = "define fewer things by each other";
            let title = "these definitions lead to each other too deeply";
            return self.fault("E0302", title, expr.span, "given up here", help);
        }
        self.depth += 1;
        // Definitions lead to each other deeper than a thread's stack may be.
        let value = stacker::maybe_grow(256 * 1024, 8 * 1024 * 1024, || self.open_eval(expr, env));
        self.depth -= 1;
        value
    }

    fn open_eval(&mut self, expr: &Expr, env: Env<'_>) -> Value {
        match &expr.kind {
            ExprKind::Number { value, whole } => Value::number(*value, *whole),
            ExprKind::Quantity { value, unit, .. } => quantity(*value, unit),
            ExprKind::Text(text) => self.filled(text, env),
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Name(name) => self.name(name, expr.span, env),
            ExprKind::Field { base, name } => self.field(base, name, env),
            ExprKind::Call { callee, args } => self.call(callee, args, expr.span, env),
            ExprKind::Index { base, index } => self.index(base, index, env),
            ExprKind::Unary { op, operand } => {
                let value = self.eval(operand, env);
                self.unary(*op, value, expr.span, env)
            }
            ExprKind::Binary { op, left, right, op_span } => {
                let (a, b) = (self.eval(left, env), self.eval(right, env));
                self.binary(*op, a, b, (*op_span, expr.span), env)
            }
            ExprKind::If { condition, then, otherwise } => self.choose(condition, then, otherwise, env),
            ExprKind::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.eval(item, env)).collect();
                self.list(items, expr.span)
            }
            ExprKind::Tuple(items) => Value::Tuple(items.iter().map(|item| self.eval(item, env)).collect()),
            ExprKind::Range { from, to, inclusive } => self.range(from, to, *inclusive, env),
            ExprKind::At { subject, place } => self.at(subject, place, env),
            ExprKind::Arrow { from, to } => {
                let (from, to) = (self.eval(from, env), self.eval(to, env));
                Value::Arrow(Box::new(from), Box::new(to))
            }
            ExprKind::Where { subject, condition } => self.only(subject, condition, env),
            ExprKind::Phrase { .. } => {
                let help = "write it as a `plot` or `table` of a `report` block";
                self.fault("E0301", "this phrase is no value", expr.span, "a phrase", help)
            }
            ExprKind::Error => Value::Poison,
        }
    }

    /// What a name means where it stands, a misspelt one counting as its nearest.
    pub fn meant(&self, name: &str, env: Env<'_>) -> Option<Referent> {
        if env.locals.contains_key(name) {
            return Some(Referent::Local(name.to_string()));
        }
        if let Some(graph) = env.graph
            && graph.borrow().knows(name)
        {
            return Some(Referent::Local(name.to_string()));
        }
        let plain = Scope { modules: &self.modules, module: env.module, locals: Vec::new(), params: 0 };
        let meaning = match plain.exact(name) {
            Some(meaning) => Some(meaning),
            None => {
                let graph = env.graph.map(RefCell::borrow);
                let mut locals: Vec<&str> = env.locals.keys().map(String::as_str).collect();
                if let Some(graph) = &graph {
                    gather(graph.block, &mut locals);
                }
                let scope = Scope { modules: &self.modules, module: env.module, locals, params: 0 };
                let own = self.open.last().filter(|(module, _)| *module == env.module);
                let own = own.map(|(module, at)| self.modules[*module].file.items[*at].name.text.as_str());
                return match scope.near(name, None, own)? {
                    Meaning::Local(name) => Some(Referent::Local(name.to_string())),
                    Meaning::Item(module, item) => Some(Referent::Item(module, item)),
                    Meaning::Module(module) => Some(Referent::Module(module)),
                    Meaning::Builtin(name) => Some(Referent::Builtin(name)),
                    Meaning::Word(word) => Some(Referent::Word(word.to_string())),
                    Meaning::Lost => None,
                };
            }
        };
        match meaning? {
            Meaning::Item(module, item) => Some(Referent::Item(module, item)),
            Meaning::Module(module) => Some(Referent::Module(module)),
            Meaning::Builtin(name) => Some(Referent::Builtin(name)),
            Meaning::Word(word) => Some(Referent::Word(word.to_string())),
            Meaning::Lost | Meaning::Local(_) => None,
        }
    }

    /// Whether a name means something where it stands, as it is written.
    pub fn meant_exactly(&self, name: &str, env: Env<'_>) -> bool {
        let known = env.graph.is_some_and(|graph| graph.borrow().knows(name));
        let scope = Scope { modules: &self.modules, module: env.module, locals: Vec::new(), params: 0 };
        known || env.locals.contains_key(name) || scope.exact(name).is_some()
    }

    /// The value of a name.
    pub fn name(&mut self, name: &str, span: Span, env: Env<'_>) -> Value {
        // In a task the nearest name may be of another kind or size, from which faults would seem to follow.
        if env.graph.is_some() && !self.meant_exactly(name, env) {
            return Value::Poison;
        }
        match self.meant(name, env) {
            None => Value::Poison,
            Some(Referent::Local(local)) => match env.locals.get(&local) {
                Some(value) => value.clone(),
                None => self.graph_name(&local, span, env),
            },
            Some(Referent::Item(module, item)) => self.bare_item(module, item, span),
            Some(Referent::Module(module)) => Value::Module(module),
            Some(Referent::Builtin(name)) => self.bare_builtin(name, span, env),
            Some(Referent::Word(word)) => Value::word(&word),
        }
    }

    /// A bare name whose parameters all have defaults is a call.
    fn bare_item(&mut self, module: usize, item: usize, span: Span) -> Value {
        let at = &self.modules[module].file.items[item];
        if at.params.iter().all(|param| param.default.is_some()) {
            self.item(module, item, Vec::new(), span)
        } else {
            Value::Item(crate::check::naming::wanted::promised(at.keyword))
        }
    }

    /// A text with `{name}` filled in, where the name is a known number or text.
    fn filled(&mut self, text: &str, env: Env<'_>) -> Value {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else { break };
            filled.push_str(before);
            match env.locals.get(name.trim()) {
                Some(Value::Number { value, .. }) => match value.known() {
                    Some(value) => filled.push_str(&value.to_string()),
                    None => return Value::Unknown(crate::registry::Kind::Text),
                },
                Some(Value::Text(inner)) => filled.push_str(inner),
                Some(Value::Word(word)) => filled.push_str(word),
                Some(value) if value.open() => return Value::Unknown(crate::registry::Kind::Text),
                _ => filled.push_str(&format!("{{{name}}}")),
            }
            rest = behind;
        }
        filled.push_str(rest);
        Value::Text(filled)
    }

    fn choose(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, env: Env<'_>) -> Value {
        match self.eval(condition, env) {
            Value::Bool(true) => self.eval(then, env),
            Value::Bool(false) => self.eval(otherwise, env),
            Value::Poison => Value::Poison,
            Value::Unknown(crate::registry::Kind::Bool) => {
                let (a, b) = (self.eval(then, env), self.eval(otherwise, env));
                self.either(a, b, then.span.to(otherwise.span), env)
            }
            Value::Node(node) if env.graph.is_some() => {
                let (a, b) = (self.eval(then, env), self.eval(otherwise, env));
                self.if_node(node, a, b, (condition.span, then.span.to(otherwise.span)), env)
            }
            other => self.mismatch("true or false", &other, condition.span),
        }
    }

    /// One of two values, which is known only where the item is called.
    fn either(&mut self, a: Value, b: Value, span: Span, env: Env<'_>) -> Value {
        match (a, b) {
            (Value::Poison, _) | (_, Value::Poison) => Value::Poison,
            (Value::Number { value: a, whole: p }, Value::Number { value: b, whole: q }) => {
                if a == b {
                    return Value::Number { value: a, whole: p && q };
                }
                Value::Number { value: Size::name(&self.text(span)), whole: p && q }
            }
            (a @ (Value::Node(_) | Value::Number { .. }), b @ (Value::Node(_) | Value::Number { .. }))
                if env.graph.is_some() =>
            {
                self.joined_nodes(a, b, span, env)
            }
            (a, b) => {
                if std::mem::discriminant(&a) == std::mem::discriminant(&b) {
                    return self.unknown_like(&a);
                }
                a
            }
        }
    }

    /// Something of the same kind whose value is not known.
    fn unknown_like(&self, value: &Value) -> Value {
        use crate::registry::Kind;
        match value {
            Value::Bool(_) => Value::Unknown(Kind::Bool),
            Value::Text(_) => Value::Unknown(Kind::Text),
            Value::Duration(_) => Value::Unknown(Kind::Duration),
            Value::Task(_) | Value::Mixture(_) => Value::Unknown(Kind::Task),
            Value::Model(_) => Value::Unknown(Kind::Model),
            Value::Layer(_) => Value::Unknown(Kind::Layer),
            Value::List(_) => Value::Unknown(Kind::List(&Kind::Layer)),
            other => other.clone(),
        }
    }

    fn at(&mut self, subject: &Expr, place: &Expr, env: Env<'_>) -> Value {
        let value = self.eval(subject, env);
        if matches!(place.kind, ExprKind::Field { .. }) {
            return match value {
                Value::Site(site) => Value::Reading(site, Place::Field(self.text(place.span))),
                Value::Poison | Value::Unknown(_) => value,
                other => self.mismatch("a site", &other, subject.span),
            };
        }
        let at = self.eval(place, env);
        match value {
            Value::Metric(metric) => self.metric_at(&metric, at, place.span),
            Value::Site(site) => self.reading(site, at, place.span),
            Value::Poison => Value::Poison,
            Value::Unknown(kind) => Value::Unknown(kind),
            other => self.mismatch("a metric or a site", &other, subject.span),
        }
    }

    fn metric_at(&mut self, metric: &Rc<MetricValue>, at: Value, span: Span) -> Value {
        let MetricKind::Score { score, ref only, ref under, training, .. } = metric.kind else {
            let title = "this measure is not of single predictions";
            return self.fault("E0301", title, span, "no place to choose", "leave the `at` out");
        };
        let length = metric.task.as_ref().map_or(usize::MAX, |task| task.length);
        let at = match at {
            word if word.is_word("last") => Position::Last,
            word if word.is_word("all") => Position::All,
            number @ Value::Number { .. } => {
                let Some(index) = self.place(&number, span) else { return Value::Poison };
                let Some(index) = index.axis() else { return Value::Unknown(crate::registry::Kind::Metric) };
                if index >= length {
                    let title = format!("there is no prediction {index} among {length}");
                    let help = format!("write a number from 0 to {}, or `last`", length - 1);
                    return self.fault("E0302", title, span, "predictions count from 0", help);
                }
                Position::Index(index)
            }
            Value::Poison => return Value::Poison,
            other => return self.mismatch("`last`, `all` or a place", &other, span),
        };
        let kind = MetricKind::Score { score, at, only: only.clone(), under: under.clone(), training };
        Value::Metric(Rc::new(MetricValue { kind, ..(**metric).clone() }))
    }

    fn reading(&mut self, site: Site, at: Value, span: Span) -> Value {
        let place = match at {
            word if word.is_word("input") => Place::Input,
            word if word.is_word("target") => Place::Target,
            word if word.is_word("query") => Place::Query,
            number @ Value::Number { .. } => {
                let Some(index) = self.place(&number, span) else { return Value::Poison };
                match index.axis() {
                    Some(index) => Place::Position(index),
                    None => return Value::Unknown(crate::registry::Kind::Site),
                }
            }
            Value::Poison => return Value::Poison,
            Value::Unknown(_) => return Value::Unknown(crate::registry::Kind::Site),
            other => return self.mismatch("`input`, `target`, `query` or a position", &other, span),
        };
        Value::Reading(site, place)
    }

    fn range(&mut self, from: &Expr, to: &Expr, inclusive: bool, env: Env<'_>) -> Value {
        let (first, last) = (self.eval(from, env), self.eval(to, env));
        let (Some(first), Some(last)) = (self.whole(&first, from.span), self.whole(&last, to.span)) else {
            return Value::Poison;
        };
        let end = if inclusive { last + Size::of(1) } else { last };
        let (Some(first), Some(end)) = (first.axis(), end.axis()) else {
            let name = format!("{}..{}", self.text(from.span), self.text(to.span));
            return Value::Series { name, whole: true, shape: vec![end - first] };
        };
        if end.saturating_sub(first) > limits::LIST {
            self.too_large("a range", end.saturating_sub(first) as f64, limits::LIST as f64, from.span.to(to.span));
            return Value::Poison;
        }
        Value::List((first..end).map(Value::count).collect())
    }

    /// A place that counts from 0.
    pub fn place(&mut self, value: &Value, span: Span) -> Option<Size> {
        if let Value::Number { value: size, whole: true } = value
            && let Some(value) = size.known()
            && value < 0.0
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
        LossValue(vec![(RateValue::Constant(1.0), TermValue::Icl)])
    }

    /// One of the fields of something; what a misspelt one would come to is not looked at.
    pub fn nearest_field<'f>(&mut self, name: &Name, known: &[&'f str]) -> Option<&'f str> {
        if let Some(exact) = known.iter().find(|field| **field == name.text) {
            return Some(exact);
        }
        let meant = nearest(&name.text, known.iter().copied());
        let all = known.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
        let help = meant.map_or(format!("the fields are {all}"), |meant| format!("write `{meant}`"));
        let title = format!("there is no field `{}`", name.text);
        let mut finding = Diagnostic::error("E0201", title, name.span, "not found").help(help);
        if let Some(meant) = meant {
            finding = finding.fix(name.span, meant);
        }
        self.report(finding);
        None
    }

    /// The item that `module.name` means.
    pub fn member_item(&self, module: usize, name: &str) -> Option<(usize, usize)> {
        member(&self.modules[module], name).map(|item| (module, item))
    }

    fn field(&mut self, base: &Expr, name: &Name, env: Env<'_>) -> Value {
        if self.misread(base.span) && !matches!(self.eval(base, env), Value::Module(_) | Value::Node(_)) {
            return Value::Poison;
        }
        match self.eval(base, env) {
            Value::Module(module) => match self.member_item(module, &name.text) {
                Some((module, item)) => self.bare_item(module, item, base.span.to(name.span)),
                None => Value::Poison,
            },
            Value::Data(source) => match self.nearest_field(name, fields(&source)) {
                Some("attributes") => Value::count(source.attributes().len()),
                Some("width") => Value::count(source.shapes().map_or(0, |spec| spec.width)),
                Some(_) => Value::List(source.attributes().iter().map(|(_, size)| Value::count(*size)).collect()),
                None => Value::Poison,
            },
            Value::UnknownData(source) => match self.nearest_field(name, &["attributes", "sizes", "width"]) {
                Some(field @ ("attributes" | "width")) => {
                    Value::Number { value: Size::name(&format!("{source}.{field}")), whole: true }
                }
                Some(_) => Value::Series {
                    name: format!("{source}.sizes"),
                    whole: true,
                    shape: vec![Size::name(&format!("{source}.attributes"))],
                },
                None => Value::Poison,
            },
            Value::Node(row) => self.row_field(row, name, env),
            Value::Poison => Value::Poison,
            draw @ Value::Draw(_) => self.mismatch("a row", &draw, base.span),
            other => {
                let title = format!("{} has no field `{}`", other.describe(), name.text);
                let help = "fields belong to modules, data sources and their rows";
                self.fault("E0301", title, base.span.to(name.span), "no such field", help)
            }
        }
    }
}

/// What a data source tells of itself.
fn fields(source: &crate::data::Source) -> &'static [&'static str] {
    if source.shapes().is_some() { &["attributes", "sizes", "width"] } else { &["attributes", "sizes"] }
}

fn quantity(value: f64, word: &Name) -> Value {
    // A misspelt unit was told by the first pass; the nearest one is meant.
    let meant = unit(&word.text)
        .or_else(|| nearest(&word.text, UNITS.iter().flat_map(|unit| [unit.plural, unit.singular])).and_then(unit));
    match meant {
        None => Value::Poison,
        Some(unit) => match unit.dimension {
            Dimension::Steps => Value::Duration(Duration { steps: value, ..Duration::default() }),
            Dimension::Epochs => Value::Duration(Duration { epochs: value, ..Duration::default() }),
            dimension => Value::Quantity { value: value * unit.scale, dimension },
        },
    }
}
