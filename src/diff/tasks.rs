//! The tasks of two arms: which of them correspond, and what changed within one.

use super::change::{Change, Class, Detail};
use super::expression;
use super::facts::{self, Fact};
use super::words;
use crate::data::Source;
use crate::program::Arm;
use crate::program::task::{Form, NodeId, Piece, Task};
use crate::program::training::{MeasureKind, TermKind};
use std::collections::BTreeSet;

/// Which task of one arm stands for which of the other.
pub struct Pairing {
    /// For each task of the old arm, and of the new one, the number that both sides know it by.
    pub old: Vec<usize>,
    pub new: Vec<usize>,
    /// Places of tasks that stand for each other and are not the same.
    pub changed: Vec<(usize, usize)>,
    /// Numbers of tasks that are the same on both sides.
    same: BTreeSet<usize>,
}

/// The tasks of one side, as facts speak of them.
pub struct Named<'t> {
    pub tasks: &'t [Task],
    pub numbers: &'t [usize],
    pub pairing: &'t Pairing,
}

impl Named<'_> {
    /// How a reader is told of a task.
    pub fn task(&self, at: usize) -> String {
        self.tasks.get(at).map_or_else(|| "?".into(), title)
    }

    /// What tells it from all others.
    pub fn number(&self, at: usize) -> String {
        format!("#{}", self.numbers.get(at).copied().unwrap_or(usize::MAX))
    }

    /// How a reader is told of a node.
    pub fn node(&self, at: usize, node: NodeId) -> String {
        self.tasks.get(at).map_or_else(|| "?".into(), |task| expression::inner(task, node))
    }

    /// What tells a node from the others: its place where the whole task is the same, else its name.
    pub fn meant(&self, at: usize, node: NodeId) -> String {
        let same = self.numbers.get(at).is_some_and(|number| self.pairing.same.contains(number));
        if same { format!("@{node}") } else { self.node(at, node) }
    }
}

/// The title with numbers as the language writes them; an instance that grows says so.
pub fn title(task: &Task) -> String {
    if let Some(inner) = task.title.strip_prefix("fresh(").and_then(|rest| rest.strip_suffix(')')) {
        return format!("fresh({})", title(&Task { title: inner.to_string(), ..task.clone() }));
    }
    let mut text = task.title.clone();
    if let Some((name, args)) = arguments(task) {
        let args: Vec<String> = args.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        text = if args.is_empty() { name } else { format!("{name}({})", args.join(", ")) };
    }
    if task.growth.is_empty() { text } else { format!("{text} growing") }
}

/// The name of a task and its arguments that are numbers; `None` where the title is no plain call.
fn arguments(task: &Task) -> Option<(String, Vec<(String, String)>)> {
    let Some((name, rest)) = task.title.split_once('(') else { return Some((task.title.clone(), Vec::new())) };
    let inner = rest.strip_suffix(')')?;
    let mut args = Vec::new();
    for part in inner.split(", ") {
        let (key, value) = part.split_once(": ")?;
        args.push((key.to_string(), words::number(value.parse().ok()?)));
    }
    Some((name.to_string(), args))
}

/// Pairs the tasks of two arms: those that are the same, then those that have the same part to play.
pub fn pair(old: &Arm, new: &Arm) -> Pairing {
    let (olds, news) = (&old.training.tasks, &new.training.tasks);
    let text = |task: &Task| serde_json::to_string(task).unwrap_or_default() + &task.input_width.to_string();
    let (old_texts, new_texts): (Vec<String>, Vec<String>) =
        (olds.iter().map(text).collect(), news.iter().map(text).collect());
    let mut pairing =
        Pairing { old: vec![usize::MAX; olds.len()], new: Vec::new(), changed: Vec::new(), same: BTreeSet::new() };
    let mut next = 0;
    let mut numbers: Vec<Option<usize>> = vec![None; news.len()];
    for (at, text) in old_texts.iter().enumerate() {
        if let Some(other) = (0..news.len()).find(|&other| numbers[other].is_none() && new_texts[other] == *text) {
            numbers[other] = Some(next);
            pairing.old[at] = next;
            pairing.same.insert(next);
            next += 1;
        }
    }
    let (old_parts, new_parts) = (parts(old), parts(new));
    for (at, own) in old_parts.iter().enumerate() {
        if pairing.old[at] != usize::MAX {
            continue;
        }
        let shared = |other: usize| own.intersection(&new_parts[other]).count();
        let free = (0..news.len()).filter(|&other| numbers[other].is_none() && shared(other) > 0);
        if let Some(other) = free.max_by_key(|&other| (shared(other), std::cmp::Reverse(other))) {
            numbers[other] = Some(next);
            pairing.changed.push((at, other));
        }
        pairing.old[at] = next;
        next += 1;
    }
    pairing.new = numbers.into_iter().enumerate().map(|(at, number)| number.unwrap_or(next + at)).collect();
    pairing
}

/// What each task is for: a share of a stage, what a measure is of.
fn parts(arm: &Arm) -> Vec<BTreeSet<String>> {
    let mut parts = vec![BTreeSet::new(); arm.training.tasks.len()];
    let mut plays = |at: usize, part: String| {
        if let Some(parts) = parts.get_mut(at) {
            parts.insert(part);
        }
    };
    for (stage, lines) in arm.training.stages.iter().enumerate() {
        for (place, (task, _)) in lines.train.iter().enumerate() {
            plays(*task, format!("stage {stage} {place}"));
        }
        if let Some(guard) = &lines.guard {
            plays(guard.task, format!("guard {stage}"));
        }
    }
    for measure in &arm.observation.measures {
        if let Some(task) = measured(&measure.kind) {
            plays(task, format!("measure {}", measure.name));
        }
    }
    for term in &arm.training.loss {
        if let TermKind::Readout { nodes, .. } = &term.kind {
            nodes.iter().for_each(|(task, _)| plays(*task, "loss".into()));
        }
    }
    parts
}

/// The task that a measure is of.
pub fn measured(kind: &MeasureKind) -> Option<usize> {
    kind.task()
}

/// The changes within tasks that stand for each other.
pub fn changes(old: &Arm, new: &Arm, pairing: &Pairing) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    for &(before, after) in &pairing.changed {
        let measured_by =
            new.observation.measures.iter().find(|measure| measured(&measure.kind) == Some(after)).map(|m| &m.name);
        let trained = new.training.stages.iter().any(|stage| stage.train.iter().any(|(task, _)| *task == after));
        let class = if measured_by.is_some() { Class::Identity } else { Class::Result };
        for mut change in within(&old.training.tasks[before], &new.training.tasks[after], class) {
            let place: Vec<&str> = match measured_by {
                Some(name) if !trained => vec!["measure", name],
                _ => vec!["curriculum"],
            };
            change = change.stated_by(&place);
            match found.iter_mut().find(|known| known.alike(&change)) {
                Some(known) => known.class = known.class.max(change.class),
                None => found.push(change),
            }
        }
    }
    found
}

/// The changes from one task to the other.
fn within(old: &Task, new: &Task, class: Class) -> Vec<Change> {
    let (of_old, of_new) = (arguments(old), arguments(new));
    let name = of_new.as_ref().map_or(new.title.as_str(), |(name, _)| name);
    let renamed = of_old.as_ref().map(|(name, _)| name) != of_new.as_ref().map(|(name, _)| name);
    let mut first = Vec::new();
    if let (Some((_, before)), Some((_, after)), false) = (&of_old, &of_new, renamed) {
        let fact = |(key, value): &(String, String)| Fact::new(class, &[], key, value.clone());
        let (before, after) = (before.iter().map(fact).collect::<Vec<_>>(), after.iter().map(fact).collect::<Vec<_>>());
        // An argument that one side leaves out stands at its default, which is the same or shows inside.
        first.extend(
            facts::changes(&before, &after).into_iter().filter(|change| change.old.is_some() && change.new.is_some()),
        );
        first.iter_mut().for_each(|change| change.subject = format!("task {name} {}", change.subject));
    }
    let (sources, inside) = (facts::changes(&sources(old), &sources(new)), facts::changes(&inside(old), &inside(new)));
    first.extend(sources.into_iter().map(|change| Change { class, ..change }));
    if first.is_empty() && renamed && inside.len() > 2 {
        first.push(Change::new(class, "task", Some(title(old)), Some(title(new))));
    }
    let Some(head) = first.first_mut() else {
        // Levels alone change what progress is measured against, and nothing that is trained or scored.
        let levels = inside.iter().all(|change| LEVELS.contains(&change.subject.as_str()));
        let class = if levels { Class::Observation } else { class };
        let told = |change: Change| Change { class, subject: format!("task {name} {}", change.subject), ..change };
        return inside.into_iter().map(told).collect();
    };
    let detail = |change: Change| Detail { subject: change.subject, old: change.old, new: change.new };
    head.details = inside.into_iter().map(detail).collect();
    first
}

/// What a task says of the levels that its scores lie between.
const LEVELS: [&str; 3] = ["blind", "ideal", "plateaus"];

fn sources(task: &Task) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (at, source) in task.sources.iter().enumerate() {
        let kind = if matches!(source, Source::Shapes(_)) { "shapes3d" } else { "table" };
        for (field, value) in words::source(source) {
            facts.push(Fact::new(Class::Result, &[], format!("{kind} {field}"), value).key(format!("{at} {field}")));
        }
    }
    facts
}

/// Everything that a task states itself.
fn inside(task: &Task) -> Vec<Fact> {
    let fact = |subject: &str, said: String| Fact::new(Class::Result, &[], subject, said);
    let label = |width: usize| if task.real { format!(", {width} wide") } else { format!(" : class({width})") };
    let mut facts = vec![
        fact("form", form(task)),
        fact("length", task.length.to_string()),
        fact("score", words::scored(task.score)),
        fact("input", format!("{}, {} wide", expression::inner(task, task.input), task.input_width)),
        fact("target", expression::inner(task, task.target) + &label(task.classes)),
    ];
    for (name, node) in &task.names {
        facts.push(fact(name, expression::line(task, *node)));
        facts.push(fact(&format!("{name} is"), expression::block(task, *node).into()));
    }
    facts.extend(words::reference(task.blind.as_ref(), task).map(|level| fact("blind", level)));
    facts.extend(words::reference(task.ideal.as_ref(), task).map(|level| fact("ideal", level)));
    let steps: Vec<String> = task.plateaus.iter().filter_map(|level| words::reference(Some(level), task)).collect();
    if !steps.is_empty() {
        facts.push(fact("plateaus", words::list(steps.iter())));
    }
    if task.fresh {
        facts.push(fact("pools", "fresh".into()));
    }
    if !task.growth.is_empty() {
        facts.push(fact("growth", growth(task)).meaning(serde_json::to_string(&task.growth).unwrap_or_default()));
    }
    facts
}

/// What changes over a stage, with its values: `length: 11, 13, 15, ..., 41; every 2000 steps`.
fn growth(task: &Task) -> String {
    /// Longer values say more about the task than about how it grows.
    const SHORT: usize = 16;
    let each: Vec<Vec<Fact>> = task.growth.iter().map(|grown| inside(&grown.task)).collect();
    let mut parts = Vec::new();
    for key in each.first().into_iter().flatten().map(|fact| &fact.key) {
        let of = |facts: &Vec<Fact>| facts.iter().find(|fact| fact.key == *key).map(|fact| fact.said.to_string());
        let values: Vec<String> = each.iter().filter_map(of).collect();
        let varies = values.iter().any(|value| *value != values[0]);
        if varies && values.iter().all(|value| value.len() <= SHORT) {
            let shown = match values.as_slice() {
                [a, b, c, .., last] if values.len() > 5 => format!("{a}, {b}, {c}, ..., {last}"),
                all => all.join(", "),
            };
            parts.push(format!("{key}: {shown}"));
        }
    }
    let steps: Vec<u64> = task.growth.iter().map(|grown| grown.from).collect();
    let apart: BTreeSet<u64> = steps.windows(2).map(|pair| pair[1] - pair[0]).collect();
    parts.push(match apart.iter().collect::<Vec<_>>().as_slice() {
        [every] => format!("every {}", words::counted(**every, "step")),
        _ => format!("at steps {}", words::list(steps.iter())),
    });
    parts.join("; ")
}

fn form(task: &Task) -> String {
    match &task.form {
        Form::Pairs => "inputs and targets".into(),
        Form::Tokens => "tokens".into(),
        Form::Text { pieces } => {
            let pieces = pieces.iter().map(|piece| match piece {
                Piece::Literal(text) => text.escape_default().to_string(),
                Piece::Field { node, column, .. } => {
                    let field = expression::inner(task, *node);
                    let column = column.as_ref().map(|column| format!(".{column}"));
                    let column = column.filter(|column| !field.ends_with(column)).unwrap_or_default();
                    format!("{{{field}{column}}}")
                }
            });
            format!("\"{}\"", pieces.collect::<String>())
        }
    }
}
