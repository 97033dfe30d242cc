//! A node of a task's graph as an expression of the language, under the author's names.

use super::words::{count, list, number, percent};
use crate::data::Source;
use crate::program::task::{First, Law, NodeId, Op, Pool, Scope, Task};

/// What nests deeper than this is not shown.
const DEEPEST: usize = 24;

/// How a named line of a task reads: `~ normal()[20]` where it is drawn, `dot(w, x)` where it is defined.
pub fn line(task: &Task, id: NodeId) -> String {
    let sign = if task.nodes[id].op.is_draw() { "~ " } else { "" };
    format!("{sign}{}", Writer { task }.whole(id, DEEPEST))
}

/// The block that a line stands in.
pub fn block(task: &Task, id: NodeId) -> &'static str {
    match task.nodes[id].scope {
        Scope::Run => "per run",
        Scope::Sequence => "per sequence",
        Scope::Example => "per example",
    }
}

/// A node inside an expression: its name where it has one.
pub fn inner(task: &Task, id: NodeId) -> String {
    Writer { task }.part(id, DEEPEST)
}

struct Writer<'t> {
    task: &'t Task,
}

impl Writer<'_> {
    fn name(&self, id: NodeId) -> Option<&str> {
        self.task.names.iter().find(|(_, node)| **node == id).map(|(name, _)| name.as_str())
    }

    fn part(&self, id: NodeId, deep: usize) -> String {
        match self.name(id) {
            Some(name) => name.to_string(),
            None if deep == 0 => "...".into(),
            None => self.whole(id, deep - 1),
        }
    }

    fn parts(&self, ids: &[NodeId], deep: usize) -> String {
        ids.iter().map(|&id| self.part(id, deep)).collect::<Vec<_>>().join(", ")
    }

    fn whole(&self, id: NodeId, deep: usize) -> String {
        let Some(node) = self.task.nodes.get(id) else { return "?".into() };
        let suffix = if node.shape.is_empty() { String::new() } else { list(node.shape.iter()) };
        match &node.op {
            Op::Constant(value) => value.to_string(),
            Op::Numbers(values) => match values.as_slice() {
                [one] => number(*one),
                [first, .., last] if values.len() > 8 => {
                    format!("[{}, ..., {}] of {}", number(*first), number(*last), values.len())
                }
                all => list(all.iter().map(|value| number(*value))),
            },
            Op::Index => "index".into(),
            Op::Uniform { classes } => format!("uniform({}){suffix}", count(*classes)),
            Op::Permutations { sizes, pool } => format!("permutations({}){}", list(sizes.iter()), pooled(*pool)),
            Op::Rows { source, distinct, only } => {
                let rule = only.map(|node| format!(", where: {}", self.part(node, deep))).unwrap_or_default();
                let apart = if *distinct { " without replacement" } else { "" };
                format!("rows({}{rule}){apart}", self.source(*source))
            }
            Op::Candidate { .. } => "row".into(),
            Op::Attributes { row } => format!("{}.attributes", self.part(*row, deep)),
            Op::Embedding { row } => format!("{}.embedding", self.part(*row, deep)),
            Op::Column { row, column } => format!("{}.{column}", self.part(*row, deep)),
            Op::Gather { table, index } => format!("{}[{}]", self.part(*table, deep), self.part(*index, deep)),
            Op::Previous { of } => format!("previous({})", self.part(*of, deep)),
            Op::Draw { law, pool, distinct, first } => {
                let start = match first.as_deref() {
                    None => String::new(),
                    Some(First::Node(node)) => format!(", first: {}", self.part(*node, deep)),
                    Some(First::Law(law)) => format!(", first: {}", self.law(law, "", deep)),
                };
                let apart = if *distinct { " without replacement" } else { "" };
                format!("{}{suffix}{}{apart}", self.law(law, &start, deep), pooled(*pool))
            }
            Op::Apply { function, args } => self.applied(function, args, deep),
        }
    }

    fn source(&self, at: usize) -> &'static str {
        match self.task.sources.get(at) {
            Some(Source::Shapes(_)) => "shapes3d",
            _ => "table",
        }
    }

    fn law(&self, law: &Law, more: &str, deep: usize) -> String {
        if !law.parts.is_empty() {
            let parts =
                law.parts.iter().map(|(share, part)| format!("{}: {}", self.law(part, "", deep), percent(*share)));
            return format!("mixture({}{more})", parts.collect::<Vec<_>>().join(", "));
        }
        let args = law.args.iter().flatten().map(|&arg| self.part(arg, deep)).chain(law.word.clone());
        let args = args.collect::<Vec<_>>().join(", ");
        let more = if args.is_empty() { more.trim_start_matches(", ") } else { more };
        format!("{}({args}{more})", law.name)
    }

    fn applied(&self, function: &str, args: &[NodeId], deep: usize) -> String {
        let sign =
            !function.starts_with(|letter: char| letter.is_ascii_alphabetic()) || matches!(function, "and" | "or");
        match (function, args) {
            ("if", [condition, then, otherwise]) => {
                let (a, b, c) = (self.part(*condition, deep), self.part(*then, deep), self.part(*otherwise, deep));
                format!("if {a} then {b} else {c}")
            }
            (_, [left, right]) if sign => {
                let binds = binding(function);
                let (left, right) = (self.operand(*left, binds, deep), self.operand(*right, binds + 1, deep));
                format!("{left} {function} {right}")
            }
            (_, [one]) if sign => format!("{function}{}", self.operand(*one, binding("^"), deep)),
            _ => format!("{function}({})", self.parts(args, deep)),
        }
    }

    /// An operand, in brackets where it binds less than asked for.
    fn operand(&self, id: NodeId, least: u8, deep: usize) -> String {
        let text = self.part(id, deep);
        let inner = match self.task.nodes.get(id).map(|node| &node.op) {
            Some(Op::Apply { function, .. }) if self.name(id).is_none() => binding(function),
            _ => u8::MAX,
        };
        if inner < least { format!("({text})") } else { text }
    }
}

/// How tightly an operator binds; a call binds most.
fn binding(function: &str) -> u8 {
    match function {
        "if" => 0,
        "or" => 1,
        "and" => 2,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 3,
        "+" | "-" => 4,
        "*" | "/" | "%" => 5,
        "^" => 6,
        _ => u8::MAX,
    }
}

fn pooled(pool: Option<Pool>) -> String {
    match pool {
        None => String::new(),
        Some(Pool { size, exponent: 0.0 }) => format!(" in pool({})", number(size as f64)),
        Some(Pool { size, exponent }) => {
            format!(" in pool({}, exponent: {})", number(size as f64), number(exponent))
        }
    }
}
