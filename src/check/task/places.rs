//! The place of every line in the task as written: its canonical form, which neither names, nor the order of lines, nor
//! the arguments of a call change. It keys random numbers, so that all instances of a task share their pools.

use crate::check::task::graph::{Line, Named};
use crate::syntax::tree::{Arg, Block, EntryKind, Expr, ExprKind};
use std::collections::HashMap;

/// Settings that lead to lines, in the order in which they are followed.
const ROOTS: [&str; 4] = ["target", "emit", "input", "show"];

/// Numbers the lines by following names from what is predicted, then from what is read; lines that neither reaches
/// come last, by what they say.
pub fn of(block: &Block, lines: &HashMap<&str, Named<'_>>) -> HashMap<String, u64> {
    let mut walk = Walk { lines, places: HashMap::new() };
    for root in ROOTS {
        for entry in &block.entries {
            if let EntryKind::Setting { key, value, .. } = &entry.kind
                && key.text == root
            {
                walk.expr(value);
            }
        }
    }
    let mut rest: Vec<(String, &str)> = (lines.keys().copied())
        .filter(|name| !walk.places.contains_key(*name))
        .map(|name| (walk.said(lines[name]), name))
        .collect();
    rest.sort_unstable();
    for (_, name) in rest {
        walk.name(name);
    }
    walk.places
}

struct Walk<'a> {
    lines: &'a HashMap<&'a str, Named<'a>>,
    places: HashMap<String, u64>,
}

impl Walk<'_> {
    fn name(&mut self, name: &str) {
        let Some(named) = self.lines.get(name) else { return };
        if self.places.contains_key(name) {
            return;
        }
        self.places.insert(name.to_string(), self.places.len() as u64);
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
        children(expr).into_iter().for_each(|child| self.expr(child));
    }

    /// What a line says, with its names by their places; names without one are alike.
    fn said(&self, named: Named<'_>) -> String {
        let mut said = format!("{:?} ", named.scope);
        match named.line {
            Line::Draw { distribution, pool, distinct } => {
                said.push_str(if distinct { "distinct " } else { "draw " });
                self.say(distribution, &mut said);
                pool.into_iter().for_each(|pool| self.say(pool, &mut said));
            }
            Line::Definition { value, .. } => self.say(value, &mut said),
        }
        said
    }

    fn say(&self, expr: &Expr, said: &mut String) {
        match &expr.kind {
            ExprKind::Name(name) => match (self.places.get(name), self.lines.contains_key(name.as_str())) {
                (Some(place), _) => said.push_str(&format!("#{place} ")),
                (None, true) => said.push_str("# "),
                (None, false) => said.push_str(&format!("{name} ")),
            },
            ExprKind::Number { value, .. } => said.push_str(&format!("{value} ")),
            ExprKind::Text(text) => said.push_str(&format!("{text:?} ")),
            ExprKind::Field { name, .. } => said.push_str(&format!(".{} ", name.text)),
            ExprKind::Binary { op, .. } => said.push_str(&format!("{op:?} ")),
            ExprKind::Unary { op, .. } => said.push_str(&format!("{op:?} ")),
            _ => said.push_str("( "),
        }
        children(expr).into_iter().for_each(|child| self.say(child, said));
    }
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
