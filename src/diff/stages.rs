//! The stages of a curriculum, as facts.

use super::change::Class;
use super::facts::Fact;
use super::tasks::Named;
use super::training::loss;
use super::words;
use crate::program::training::{Stage, Training};

const PLACE: &[&str] = &["curriculum"];

/// What each stage states, or the whole curriculum in a line where the sides have stages of other kinds.
pub fn facts(training: &Training, named: &Named<'_>, each: bool) -> Vec<Fact> {
    let epoch = training.epoch();
    if !each {
        let whole: Vec<String> = training
            .stages
            .iter()
            .map(|stage| format!("{} {{ {} }}", stage.name, in_line(stage, epoch, named)))
            .collect();
        return vec![Fact::new(Class::Result, PLACE, "curriculum", whole.join(", "))];
    }
    let single = training.stages.len() == 1;
    let mut facts = Vec::new();
    for (at, stage) in training.stages.iter().enumerate() {
        let fact = |subject: &str, said: String| {
            let told = if single { subject.to_string() } else { format!("stage {} {subject}", stage.name) };
            Fact::new(Class::Result, PLACE, told, said).key(format!("stage {at} {subject}"))
        };
        facts.push(
            fact("train", trained(stage, &|task| named.task(task))).meaning(trained(stage, &|task| named.number(task))),
        );
        let length = stage.until - stage.from;
        match &stage.guard {
            None => facts.push(fact("for", String::new()).time(length, epoch)),
            Some(guard) => {
                let until = words::guard(guard, &named.task(guard.task));
                facts.push(fact("until", until).meaning(words::guard(guard, &named.number(guard.task))));
                facts.push(fact("at_most", String::new()).time(length, epoch));
            }
        }
        facts.push(fact("optimizer", if stage.reset { "reset" } else { "keep" }.into()));
        if let Some(terms) = &stage.loss {
            let (said, meant) = loss(terms, named);
            facts.push(fact("loss", said).meaning(meant));
        }
    }
    facts
}

/// What a stage trains on, tasks told by a name.
fn trained(stage: &Stage, name: &dyn Fn(usize) -> String) -> String {
    match stage.train.as_slice() {
        [(task, _)] => name(*task),
        several => {
            let parts = several.iter().map(|(task, share)| format!("{}: {}", name(*task), words::percent(*share)));
            format!("mix({})", parts.collect::<Vec<_>>().join(", "))
        }
    }
}

fn in_line(stage: &Stage, epoch: Option<u64>, named: &Named<'_>) -> String {
    let length = stage.until - stage.from;
    let time = match epoch.filter(|&epoch| epoch > 1 && length.is_multiple_of(epoch)) {
        Some(epoch) => words::counted(length / epoch, "epoch"),
        None => words::counted(length, "step"),
    };
    let end = match &stage.guard {
        None => format!("for: {time}"),
        Some(guard) => format!("until: {}, at_most: {time}", words::guard(guard, &named.task(guard.task))),
    };
    let reset = if stage.reset { ", optimizer: reset" } else { "" };
    format!("train: {}, {end}{reset}", trained(stage, &|task| named.task(task)))
}
