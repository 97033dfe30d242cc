//! Sweeps: the points that they go over, and whether anything changes from one to the next.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::study::lint::counted;
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::Arm;
use crate::syntax::tree::{Block, Body, Entry, EntryKind, Expr, ExprKind, Item, Keyword, Name, Type};
use std::collections::HashMap;

/// One combination of values.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// Name, value, its place in the file, and how it is written.
    pub bound: Vec<(String, Value, Span, String)>,
}

impl Point {
    /// The names with their values.
    pub fn locals(&self) -> HashMap<String, Value> {
        self.bound.iter().map(|(name, value, ..)| (name.clone(), value.clone())).collect()
    }

    /// The names with their values as written.
    pub fn shown(&self) -> Vec<(String, String)> {
        self.bound.iter().map(|(name, _, _, text)| (name.clone(), text.clone())).collect()
    }

    /// The values as numbers, where they are; durations in the unit they are written in.
    pub fn numbers(&self) -> Vec<Option<f64>> {
        let number = |value: &Value| match value {
            Value::Number { value, .. } => value.known(),
            Value::Quantity { value, .. } => Some(*value),
            Value::Duration(time) if time.elapsed != 0.0 => None,
            Value::Duration(time) if time.epochs == 0.0 => Some(time.steps),
            Value::Duration(time) => (time.steps == 0.0).then_some(time.epochs),
            _ => None,
        };
        self.bound.iter().map(|(_, value, ..)| number(value)).collect()
    }

    fn said(&self) -> String {
        self.bound.iter().map(|(name, _, _, text)| format!("{name} = {text}")).collect::<Vec<_>>().join(", ")
    }
}

impl Checker<'_> {
    /// Every combination that the sweeps of an experiment go over; one that binds nothing where there is none.
    pub fn points(&mut self, module: usize, block: &Block) -> Option<Vec<Point>> {
        let locals = HashMap::new();
        let env = Env { module, locals: &locals, graph: None };
        let mut points = vec![Point::default()];
        let mut bound: Vec<(&str, Span)> = Vec::new();
        let mut whole = true;
        for entry in &block.entries {
            let EntryKind::Sweep { names, values } = &entry.kind else { continue };
            for name in names {
                if let Some((_, first)) = bound.iter().find(|(known, _)| *known == name.text) {
                    let title = format!("`{}` is swept twice", name.text);
                    let finding = Diagnostic::error("E0208", title, name.span, "the second");
                    self.report(finding.also(*first, "the first").help("keep one of them"));
                    whole = false;
                }
                bound.push((&name.text, name.span));
            }
            let Some(list) = self.swept_values(names, values, env) else {
                whole = false;
                continue;
            };
            let product = points.len() * list.len();
            if product > limits::POINTS {
                self.too_large("a number of points", product as f64, limits::POINTS as f64, values.span);
                return None;
            }
            let mut more = Vec::with_capacity(product);
            for point in &points {
                for (value, span, text) in &list {
                    let mut next = point.clone();
                    match value {
                        Value::Tuple(items) if names.len() > 1 => {
                            let texts = parts(text, items.len());
                            for ((name, item), text) in names.iter().zip(items).zip(texts) {
                                next.bound.push((name.text.clone(), item.clone(), *span, text));
                            }
                        }
                        value => {
                            let name = names.first().map(|name| name.text.clone()).unwrap_or_default();
                            next.bound.push((name, value.clone(), *span, text.clone()));
                        }
                    }
                    more.push(next);
                }
            }
            points = more;
        }
        if !whole {
            return None;
        }
        self.filtered(module, block, points)
    }

    /// The points for which every `where` holds.
    fn filtered(&mut self, module: usize, block: &Block, points: Vec<Point>) -> Option<Vec<Point>> {
        let conditions: Vec<&Expr> = (block.entries.iter())
            .filter_map(|entry| if let EntryKind::Where(condition) = &entry.kind { Some(condition) } else { None })
            .collect();
        let Some(first) = conditions.first() else { return Some(points) };
        if points.first().is_none_or(|point| point.bound.is_empty()) {
            let help = "add a `sweep`, or take it away";
            self.fault("E0211", "`where` does nothing without a sweep", first.span, "nothing to choose from", help);
            return Some(points);
        }
        let mut kept = Vec::new();
        for point in points {
            self.enter(&point);
            let locals = point.locals();
            let env = Env { module, locals: &locals, graph: None };
            let mut holds = true;
            for condition in &conditions {
                match self.eval(condition, env) {
                    Value::Bool(truth) => holds &= truth,
                    Value::Poison => return None,
                    other => {
                        self.mismatch("true or false", &other, condition.span);
                        return None;
                    }
                }
            }
            if holds {
                kept.push(point);
            }
        }
        self.leave();
        if kept.is_empty() {
            let help = "loosen the condition, or sweep over other values";
            self.fault("E0318", "no point of the sweep is left", first.span, "holds for none of them", help);
            return None;
        }
        Some(kept)
    }

    /// The values of one sweep with their places and texts.
    fn swept_values(&mut self, names: &[Name], values: &Expr, env: Env<'_>) -> Option<Vec<(Value, Span, String)>> {
        let value = match (names, &values.kind) {
            ([name], ExprKind::List(items)) => {
                let ty = self.param_type(&name.text);
                Value::List(items.iter().map(|item| self.chosen(item, ty.as_ref(), env)).collect())
            }
            _ => self.eval(values, env),
        };
        let names = names.len();
        let items = match value {
            Value::List(items) => items,
            other => return self.none("a list or a range of values", &other, values.span),
        };
        if items.is_empty() {
            let help = "write at least one value, such as `[1, 10, 100]`";
            self.fault("E0318", "this sweep has no values", values.span, "nothing is run", help);
            return None;
        }
        let spans: Vec<Span> = match &values.kind {
            ExprKind::List(written) => written.iter().map(|item| item.span).collect(),
            _ => vec![values.span; items.len()],
        };
        let mut list = Vec::new();
        for (item, span) in items.into_iter().zip(spans) {
            match &item {
                Value::Poison => return None,
                Value::Tuple(inner) if inner.len() != names || names == 1 => {
                    let title = format!("{} values are swept under {}", inner.len(), counted(names, "name"));
                    let help = "give each combination as many values as there are names";
                    self.fault("E0301", title, span, "another number", help);
                    return None;
                }
                Value::Tuple(_) => {}
                _ if names > 1 => {
                    let title = format!("one value is swept under {names} names");
                    self.fault("E0301", title, span, "a single value", "write combinations, such as `(1, 2)`");
                    return None;
                }
                _ => {}
            }
            let text = match (&item, &values.kind) {
                (Value::Number { value, .. }, ExprKind::Range { .. }) => value.to_string(),
                _ => self.text(span),
            };
            if let Some((_, first, _)) = list.iter().find(|(_, _, known)| *known == text) {
                let finding =
                    Diagnostic::error("E0208", format!("the value {text} is swept twice"), span, "the second");
                self.report(finding.also(*first, "the first").help("keep one of them"));
                return None;
            }
            list.push((item, span, text));
        }
        Some(list)
    }

    /// The type of a param of the file.
    fn param_type(&self, name: &str) -> Option<Type> {
        let items = &self.modules[self.root].file.items;
        let item = items.iter().find(|item| item.keyword == Keyword::Param && item.name.text == name)?;
        if let Body::Value { ty, .. } = &item.body { ty.clone() } else { None }
    }

    /// Binds what a point binds; values of items that it may reach are forgotten.
    pub fn enter(&mut self, point: &Point) {
        if point.bound.is_empty() {
            return;
        }
        self.swept = point.bound.iter().map(|(name, value, span, _)| (name.clone(), (value.clone(), *span))).collect();
        self.known.clear();
    }

    /// Binds nothing again.
    pub fn leave(&mut self) {
        if !self.swept.is_empty() {
            self.swept.clear();
            self.known.clear();
        }
    }

    /// Keeps what was found at the points: once, and with the point where it does not hold for all of them.
    pub fn told_at(&mut self, told: Vec<Vec<Diagnostic>>, points: &[Point], block: &Block) {
        let total = told.len();
        let mut counted: HashMap<(&'static str, Span), usize> = HashMap::new();
        for finding in told.iter().flatten() {
            *counted.entry((finding.id, finding.span())).or_default() += 1;
        }
        let sweep = block.entries.iter().find(|entry| matches!(entry.kind, EntryKind::Sweep { .. })).map(names_of);
        for (list, point) in told.into_iter().zip(points) {
            for mut finding in list {
                let place = (finding.id, finding.span());
                if !self.seen.insert(place) {
                    continue;
                }
                if counted[&place] < total
                    && let Some(sweep) = sweep
                {
                    let at = point.bound.first().map_or(sweep, |(_, _, span, _)| *span);
                    let more = match counted[&place] - 1 {
                        0 => String::new(),
                        more => format!(", and at {more} more of {total} points"),
                    };
                    finding = finding.also(at, format!("at {}{more}", point.said()));
                }
                self.findings.push(finding);
            }
        }
    }

    /// A sweep that changes nothing would run the same study again under other names.
    pub fn sweeps_matter(&mut self, block: &Block, points: &[Point], all: &[Arm], arms: usize) {
        for entry in &block.entries {
            let EntryKind::Sweep { names, .. } = &entry.kind else { continue };
            let swept = |name: &str| names.iter().any(|known| known.text == name);
            let others = |point: &Point| -> Vec<String> {
                let rest = point.bound.iter().filter(|(name, ..)| !swept(name));
                rest.map(|(_, _, _, text)| text.clone()).collect()
            };
            let mut first: HashMap<Vec<String>, usize> = HashMap::new();
            let mut several = false;
            let mut differs = false;
            for (place, point) in points.iter().enumerate() {
                let head = *first.entry(others(point)).or_insert(place);
                if head == place {
                    continue;
                }
                several = true;
                let of = |place: usize| &all[place * arms..(place + 1) * arms];
                differs |= of(head)
                    .iter()
                    .zip(of(place))
                    .any(|(a, b)| a.training != b.training || a.observation != b.observation);
            }
            if several && !differs {
                let said = names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ");
                let title = format!("nothing changes with `{said}`");
                let modules = std::rc::Rc::clone(&self.modules);
                let params = modules[self.root].file.items.iter().filter(|item| item.keyword == Keyword::Param);
                let meant = names.first().and_then(|name| {
                    crate::registry::nearest(&name.text, params.map(|item| item.name.text.as_str()))
                        .filter(|meant| *meant != name.text)
                });
                let first = names.first().map_or("", |name| name.text.as_str());
                let lets = |item: &Item| item.keyword == Keyword::Let && item.name.text == first;
                let help = match meant {
                    Some(meant) => format!("write `sweep {meant} in ...`"),
                    None if modules[self.root].file.items.iter().any(lets) => {
                        format!("write `param {first}: ...` in place of `let {first}`, so that it can be swept")
                    }
                    None => "use the name in a task, a model or a setting, or take the sweep away".into(),
                };
                self.fault("E0318", title, names_of(entry), "the same study at every point", help);
            }
        }
    }
}

/// Where the names of a sweep stand.
fn names_of(entry: &Entry) -> Span {
    match &entry.kind {
        EntryKind::Sweep { names, .. } => match (names.first(), names.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => entry.span,
        },
        _ => entry.span,
    }
}

/// The texts of the parts of a written tuple; a part with commas inside is shown by its place.
fn parts(text: &str, count: usize) -> Vec<String> {
    let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
    let split: Vec<String> =
        inner.split(',').map(|part| part.trim().to_string()).filter(|part| !part.is_empty()).collect();
    if split.len() == count { split } else { (1..=count).map(|place| format!("{text}[{place}]")).collect() }
}
