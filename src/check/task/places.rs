//! The place of every line in the task as written: its canonical form, which neither names, nor the order of lines, nor
//! the arguments of a call change. It keys random numbers, so that all instances of a task share their pools.

use crate::check::task::graph::{Line, Named};
use crate::syntax::tree::{Arg, Block, EntryKind, Expr, ExprKind};
use std::collections::{HashMap, HashSet};

/// Settings that lead to lines, in the order in which they are followed.
const ROOTS: [&str; 4] = ["target", "emit", "input", "show"];

/// Numbers the lines by following names from what is predicted, then from what is read; lines that neither reaches
/// come last, by what they say.
pub fn of(block: &Block, lines: &HashMap<&str, Named<'_>>) -> HashMap<String, u64> {
    let mut walk = Walk { lines, places: HashMap::new(), said: Said::new() };
    walk.said = walk.all_said(&lines.keys().copied().collect::<Vec<_>>());
    for root in ROOTS {
        for entry in &block.entries {
            if let EntryKind::Setting { key, value, .. } = &entry.kind
                && key.text == root
            {
                walk.expr(value);
            }
        }
    }
    let rest: Vec<&str> = lines.keys().copied().filter(|name| !walk.places.contains_key(*name)).collect();
    // What another of them leads to comes behind it, in the order in which it is led to.
    let mut led_to = HashSet::new();
    for name in &rest {
        let mut inner = Walk { lines, places: HashMap::from([((*name).to_string(), 0)]), said: Said::new() };
        inner.line(lines[name]);
        led_to.extend(inner.places.into_keys().filter(|other| other != name));
    }
    let said = walk.all_said(&rest);
    let mut rest: Vec<(bool, &String, &str)> =
        rest.into_iter().map(|name| (led_to.contains(name), &said[name], name)).collect();
    rest.sort_unstable();
    for (_, _, name) in rest {
        walk.name(name);
    }
    walk.places
}

/// What lines without a place say, by their names.
type Said<'a> = HashMap<&'a str, String>;

struct Walk<'a> {
    lines: &'a HashMap<&'a str, Named<'a>>,
    places: HashMap<String, u64>,
    /// What all lines say before any has a place.
    said: Said<'a>,
}

impl Walk<'_> {
    fn name(&mut self, name: &str) {
        let Some(named) = self.lines.get(name) else { return };
        if self.places.contains_key(name) {
            return;
        }
        self.places.insert(name.to_string(), self.places.len() as u64);
        self.line(*named);
    }

    /// Follows what a line names.
    fn line(&mut self, named: Named<'_>) {
        match named.line {
            Line::Draw { distribution, pool, .. } => {
                self.expr(distribution);
                pool.into_iter().for_each(|pool| self.expr(pool));
            }
            Line::Definition { value, .. } => self.expr(value),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Text(text) = &expr.kind {
            texts_names(text).for_each(|name| self.name(name));
        }
        if let ExprKind::Name(name) = &expr.kind {
            self.name(name);
        }
        if let Some(parts) = mixture(expr) {
            // Parts are named, and neither their names nor their order mean anything.
            let mut parts: Vec<(String, &Arg)> =
                parts.iter().map(|part| (self.part_said(part, &self.said), part)).collect();
            parts.sort_by(|a, b| a.0.cmp(&b.0));
            for (_, part) in parts {
                self.expr(&part.value);
                part.name.iter().for_each(|name| self.name(&name.text));
            }
            return;
        }
        children(expr).into_iter().for_each(|child| self.expr(child));
    }

    /// What lines without a place say, with what the lines say that they lead to, and those again.
    fn all_said<'a>(&self, names: &[&'a str]) -> Said<'a> {
        /// Lines that differ only further along than this are told apart by their names.
        const DEPTH: usize = 6;
        let mut said = Said::new();
        for _ in 0..DEPTH {
            // Hashed, because a line may stand in many others.
            let now =
                |name: &&'a str| (*name, blake3::hash(self.said(self.lines[*name], &said).as_bytes()).to_string());
            said = names.iter().map(now).collect();
        }
        said
    }

    /// A share and what it is of.
    fn part_said(&self, part: &Arg, others: &Said<'_>) -> String {
        let mut said = String::new();
        self.say(&part.value, &mut said, others);
        part.name.iter().for_each(|name| self.say_name(&name.text, &mut said, others));
        said
    }

    fn say_name(&self, name: &str, said: &mut String, others: &Said<'_>) {
        match (self.places.get(name), self.lines.contains_key(name)) {
            (Some(place), _) => said.push_str(&format!("#{place} ")),
            (None, true) => said.push_str(&format!("#{} ", others.get(name).map_or("", String::as_str))),
            (None, false) => said.push_str(&format!("{name} ")),
        }
    }

    /// What a line says, with its names by their places; names without one by what their lines say, as far as that is
    /// known.
    fn said(&self, named: Named<'_>, others: &Said<'_>) -> String {
        let mut said = format!("{:?} ", named.scope);
        match named.line {
            Line::Draw { distribution, pool, distinct } => {
                said.push_str(if distinct { "distinct " } else { "draw " });
                self.say(distribution, &mut said, others);
                pool.into_iter().for_each(|pool| self.say(pool, &mut said, others));
            }
            Line::Definition { value, .. } => self.say(value, &mut said, others),
        }
        said
    }

    fn say(&self, expr: &Expr, said: &mut String, others: &Said<'_>) {
        if let Some(parts) = mixture(expr) {
            let mut parts: Vec<String> = parts.iter().map(|part| self.part_said(part, others)).collect();
            parts.sort_unstable();
            said.push_str("mixture ");
            parts.iter().for_each(|part| said.push_str(part));
            return;
        }
        match &expr.kind {
            ExprKind::Name(name) => self.say_name(name, said, others),
            ExprKind::Number { value, .. } => said.push_str(&format!("{value} ")),
            ExprKind::Text(text) => said.push_str(&format!("{text:?} ")),
            ExprKind::Field { name, .. } => said.push_str(&format!(".{} ", name.text)),
            ExprKind::Binary { op, .. } => said.push_str(&format!("{op:?} ")),
            ExprKind::Unary { op, .. } => said.push_str(&format!("{op:?} ")),
            _ => said.push_str("( "),
        }
        children(expr).into_iter().for_each(|child| self.say(child, said, others));
    }
}

/// The parts of a mixture.
fn mixture(expr: &Expr) -> Option<&[Arg]> {
    let ExprKind::Call { callee, args } = &expr.kind else { return None };
    matches!(&callee.kind, ExprKind::Name(name) if name == "mixture").then_some(args)
}

/// Arguments by position, then by name in alphabetical order.
fn ordered(args: &[Arg]) -> Vec<&Expr> {
    let mut order: Vec<&Arg> = args.iter().collect();
    order.sort_by_key(|arg| arg.name.as_ref().map(|name| name.text.clone()));
    order.into_iter().map(|arg| &arg.value).collect()
}

fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Field { base, .. } => vec![base],
        ExprKind::Call { callee, args } => std::iter::once(&**callee).chain(ordered(args)).collect(),
        ExprKind::Index { base, index } => std::iter::once(&**base).chain(index).collect(),
        ExprKind::Unary { operand, .. } => vec![operand],
        ExprKind::Binary { left, right, .. } => vec![left, right],
        ExprKind::If { condition, then, otherwise } => vec![condition, then, otherwise],
        ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().collect(),
        ExprKind::Range { from, to, .. } | ExprKind::Arrow { from, to } => vec![from, to],
        ExprKind::At { subject, place } => vec![subject, place],
        ExprKind::Where { subject, condition } => vec![subject, condition],
        ExprKind::Phrase { subject, .. } => subject.iter().map(|subject| &**subject).collect(),
        _ => Vec::new(),
    }
}

/// The names that stand in braces in a text.
fn texts_names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).map(|rest| {
        let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
        &rest[..end]
    })
}
