//! What observes an arm: cadence and evaluation set as facts, measures one by one.

use super::change::{Change, Class, Rename};
use super::expression;
use super::facts::{self, Fact};
use super::tasks::{Named, Pairing};
use super::words;
use crate::program::Arm;
use crate::program::training::{Measure, MeasureKind};

/// The changes of what is observed, and the measures that go by other names.
pub fn changes(old: &Arm, new: &Arm, pairing: &Pairing) -> (Vec<Change>, Vec<Rename>) {
    let mut found = facts::changes(&cadence(old), &cadence(new));
    let before = Named { tasks: &old.training.tasks, numbers: &pairing.old, pairing };
    let after = Named { tasks: &new.training.tasks, numbers: &pairing.new, pairing };
    let (mut renames, mut gone) = (Vec::new(), Vec::new());
    let mut came: Vec<&Measure> = Vec::new();
    for measure in in_order(new) {
        match in_order(old).find(|known| known.name == measure.name) {
            Some(known) if meant(known, &before) == meant(measure, &after) => {}
            Some(known) => found.extend(redefined((known, &before), (measure, &after))),
            None => came.push(measure),
        }
    }
    for measure in in_order(old).filter(|known| in_order(new).all(|measure| measure.name != known.name)) {
        let same = came.iter().position(|other| meant(measure, &before) == meant(other, &after));
        match same {
            Some(at) => {
                let other = came.remove(at);
                renames.push(Rename { what: "measure", old: measure.name.clone(), new: other.name.clone() });
            }
            None => gone.push(measure),
        }
    }
    for measure in came {
        let change =
            Change::added(Class::Observation, format!("measure {}", measure.name), Some(said(measure, &after)));
        found.push(change.stated_by(&["measure", &measure.name]));
    }
    for measure in gone {
        let change =
            Change::dropped(Class::Observation, format!("measure {}", measure.name), Some(said(measure, &before)));
        found.push(change.stated_by(&["measure", &measure.name]));
    }
    (found, renames)
}

/// The changes of a measure that goes by one name and is another: part by part where it is a probe on both sides.
fn redefined((old, before): (&Measure, &Named<'_>), (new, after): (&Measure, &Named<'_>)) -> Vec<Change> {
    let subject = format!("measure {}", new.name);
    let mut found = facts::changes(&parts(old, before), &parts(new, after));
    if found.is_empty() {
        let (from, mut to) = (said(old, before), said(new, after));
        if from == to {
            to = format!("{to}, of another task");
        }
        found.push(Change::new(Class::Identity, "", Some(from), Some(to)));
    }
    for change in &mut found {
        change.subject = format!("{subject} {}", change.subject).trim_end().to_string();
        change.place = vec!["measure".into(), new.name.clone()];
    }
    found
}

/// The settings of a probe; none of another measure, which a phrase says whole.
fn parts(measure: &Measure, named: &Named<'_>) -> Vec<Fact> {
    let MeasureKind::Probe { task, site, place, context, nodes, reader } = &measure.kind else { return Vec::new() };
    let fact = |subject: &str, said: String| Fact::new(Class::Identity, &[], subject, said);
    let told = |name: &dyn Fn(usize, usize) -> String| {
        nodes.iter().map(|node| name(*task, *node)).collect::<Vec<_>>().join(", ")
    };
    vec![
        fact("of", named.task(*task)).meaning(named.number(*task)),
        fact("read", words::site(*site) + &words::place(place)),
        fact("context", words::context(*context).into()),
        fact("predict", told(&|task, node| named.node(task, node)))
            .meaning(told(&|task, node| named.meant(task, node))),
        fact("fit", words::reader(*reader)),
    ]
}

/// Measures in the order written.
pub fn in_order(arm: &Arm) -> impl Iterator<Item = &Measure> {
    arm.observation.written.iter().filter_map(|&column| arm.observation.measures.get(column))
}

fn cadence(arm: &Arm) -> Vec<Fact> {
    let observation = &arm.observation;
    let every = Fact::new(Class::Observation, &["measure", "every"], "measure every", String::new());
    let every = match observation.decade {
        Some(each) => Fact { said: facts::Said::Text(format!("log({each})")), ..every },
        None => every.time(observation.every, arm.training.epoch()),
    };
    let sequences = words::counted(observation.sequences as u64, "sequence");
    let mut facts = vec![every, Fact::new(Class::Observation, &["measure", "on"], "measure on", sequences)];
    if !observation.also.is_empty() {
        let steps: Vec<String> = observation.also.iter().map(|step| words::counted(*step, "step")).collect();
        facts.push(Fact::new(Class::Observation, &["report", "plot"], "figures look at", steps.join(", ")));
    }
    facts
}

/// What a measure is, whatever the task.
pub fn phrase(measure: &Measure, arm: &Arm) -> String {
    let node = |task: usize, node: usize| {
        let task = arm.training.tasks.get(task);
        task.map_or_else(|| "?".into(), |task| expression::inner(task, node))
    };
    told(measure, &|_| "task".into(), &node)
}

fn said(measure: &Measure, named: &Named<'_>) -> String {
    told(measure, &|task| named.task(task), &|task, node| named.node(task, node))
}

fn meant(measure: &Measure, named: &Named<'_>) -> String {
    told(measure, &|task| named.number(task), &|task, node| named.meant(task, node))
}

fn told(measure: &Measure, task_name: &dyn Fn(usize) -> String, node_name: &dyn Fn(usize, usize) -> String) -> String {
    match &measure.kind {
        MeasureKind::Score { task, score, at, only, under, training } => {
            let name = |node: usize| node_name(*task, node);
            let only = only.as_ref().map(|rule| format!(" where {}", rule.said(&name))).unwrap_or_default();
            let on = if *training { ", on: training" } else { "" };
            let under = under.as_ref().map(|change| format!(" under {}", words::intervention(change)));
            let (score, at, task) = (words::score(*score), words::position(*at), task_name(*task));
            format!("{score}({task}{on}){at}{only}{}", under.unwrap_or_default())
        }
        MeasureKind::Probe { task, site, place, context, nodes, reader } => {
            let names: Vec<String> = nodes.iter().map(|node| node_name(*task, *node)).collect();
            let (site, place, reader) = (words::site(*site), words::place(place), words::reader(*reader));
            let context = words::context(*context);
            let (names, task) = (names.join(", "), task_name(*task));
            format!("{names} of {task} read at {site}{place}, context: {context}, fit: {reader}")
        }
        MeasureKind::Distance { task, .. } => format!("{} on {}", measure.name, task_name(*task)),
        MeasureKind::Inside { measure, numbers, task } => {
            let numbers = numbers.iter().map(ToString::to_string);
            let args: Vec<String> = task.iter().map(|task| task_name(*task)).chain(numbers).collect();
            format!("{measure}({})", args.join(", "))
        }
    }
}
