//! Why findings of several studies are not of one kind: what they state unlike that a number hangs on.

use super::observation::{in_order, phrase};
use super::study::seeds;
use super::tasks::title;
use super::words::{counted, number, percent};
use crate::plan::Plan;
use crate::program::{Experiment, PlateauRule};
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that studies state unlike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unlike {
    pub what: String,
    /// What each study states, in their order.
    pub said: Vec<String>,
    /// What it does to the findings.
    pub so: &'static str,
}

/// What is said of a plateau.
type Say<'s> = &'s dyn Fn(&PlateauRule, &Experiment) -> String;

/// What some studies state unlike that their plateaus hang on, and the last values of the measures with these names.
#[must_use]
pub fn unlike(plans: &[&Plan], measures: &[String]) -> Vec<Unlike> {
    let mut found = Vec::new();
    let mut look = |what: String, so: &'static str, say: &dyn Fn(&Plan) -> String| {
        let said: Vec<String> = plans.iter().map(|plan| say(plan)).collect();
        if said.iter().any(|other| *other != said[0]) {
            found.push(Unlike { what, said, so });
        }
    };
    let none = || "none".to_string();
    let rule = |plan: &Plan, say: Say<'_>| {
        plan.experiment.plateau.as_ref().map_or_else(none, |rule| say(rule, &plan.experiment))
    };
    let level = |level: Option<f64>| level.map_or_else(|| "of the task".into(), number);
    let plateau: [(&str, &str, Say<'_>); 8] = [
        ("plateau of", "the plateaus are of unlike scores", &|rule, of| scored(of, rule)),
        ("plateau exit", "another share of progress is crossed sooner or later", &|rule, _| percent(rule.exit)),
        ("plateau held", "an exit must last for longer in one of them", &|rule, _| {
            counted(rule.held as u64, "evaluation")
        }),
        ("plateau from", "progress runs from another level", &|rule, _| level(rule.from)),
        ("plateau to", "progress runs to another level", &|rule, _| level(rule.to)),
        ("plateau counts from", "time counts from another step", &|rule, _| {
            rule.stage.as_ref().map_or_else(|| "step 0".into(), |stage| format!("stage {stage}"))
        }),
        ("plateau refine", "exits are placed more finely in one of them", &|rule, _| {
            rule.refine.map_or_else(none, |every| counted(every, "step"))
        }),
        ("plateau stop", "last values are those at the exit in one of them", &|rule, _| {
            if rule.stop { "at exit".into() } else { none() }
        }),
    ];
    if plans.iter().any(|plan| plan.experiment.plateau.is_some()) {
        for (what, so, say) in plateau {
            look(what.into(), so, &|plan| rule(plan, say));
        }
    }
    look("measure every".into(), "an exit is seen no more finely, and `held` is another time", &spacing);
    look("measure on".into(), "values have another sampling error", &|plan| {
        each(plan, &|arm| counted(arm.observation.sequences as u64, "sequence"))
    });
    look("steps".into(), "means are restricted to another horizon, and last values are of another step", &|plan| {
        each(plan, &|arm| counted(arm.training.steps(), "step"))
    });
    look("seeds".into(), "intervals and p come of other runs", &|plan| seeds(&plan.experiment.seeds));
    look("numerics".into(), "numbers are computed in another way", &|plan| {
        each(plan, &|arm| {
            let numerics = arm.training.numerics;
            format!("{}, {:?}, revision {}", numerics.word(), numerics.arithmetic, numerics.revision).to_lowercase()
        })
    });
    look("trial".into(), "a trial says nothing about its study", &|plan| {
        plan.limit.map_or_else(none, |limit| counted(limit, "step"))
    });
    for name in measures {
        look(format!("measure {name}"), "these are unlike numbers under one name", &|plan| meaning(plan, name));
    }
    let plateaus = plans.iter().all(|plan| plan.experiment.plateau.is_some());
    let tasks = |plan: &&Plan| tasks(&plan.experiment, measures, plateaus);
    let tasks: Vec<BTreeMap<String, String>> = plans.iter().map(tasks).collect();
    if tasks.iter().any(|other| other.keys().ne(tasks[0].keys())) {
        found.push(Unlike {
            what: "task".into(),
            said: told_apart(&tasks),
            so: "what is learned is another problem, so that neither lengths nor scores are on one scale",
        });
    }
    found
}

/// What a plateau is of.
fn scored(experiment: &Experiment, rule: &PlateauRule) -> String {
    let arm = experiment.arms.first();
    let measure = arm.and_then(|arm| Some((arm, in_order(arm).nth(rule.measure)?)));
    let site = rule.site.map(|site| format!(" [{site}]")).unwrap_or_default();
    measure.map_or_else(String::new, |(arm, measure)| phrase(measure, arm)) + &site
}

fn spacing(plan: &Plan) -> String {
    each(plan, &|arm| match arm.observation.decade {
        Some(decade) => format!("log({decade})"),
        None => counted(arm.observation.every, "step"),
    })
}

/// What the arms of a study state, each thing once.
fn each(plan: &Plan, say: &dyn Fn(&crate::program::Arm) -> String) -> String {
    let mut said: Vec<String> = Vec::new();
    for text in plan.experiment.arms.iter().map(say) {
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said.join(", ")
}

/// What a measure is, whatever its task.
fn meaning(plan: &Plan, name: &str) -> String {
    // A site of a probe of all layers has its probe's name before the bracket.
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let arm = plan.experiment.arms.first();
    let measure = arm.and_then(|arm| Some((arm, in_order(arm).find(|measure| measure.name == name)?)));
    measure.map_or_else(|| "none".into(), |(arm, measure)| phrase(measure, arm))
}

/// The tasks that the plateau, where that is asked for, and the measures are of: all that each of them is, with what it is
/// called.
fn tasks(experiment: &Experiment, measures: &[String], plateau: bool) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for arm in &experiment.arms {
        let plateau = experiment.plateau.as_ref().filter(|_| plateau).and_then(|rule| in_order(arm).nth(rule.measure));
        let named = in_order(arm).filter(|measure| measures.contains(&measure.name));
        for task in plateau.into_iter().chain(named).filter_map(|measure| measure.kind.task()) {
            if let Some(task) = arm.training.tasks.get(task) {
                found.insert(serde_json::to_string(task).unwrap_or_default(), title(task));
            }
        }
    }
    found
}

/// What tasks are called; those of one name that are not the same have a mark behind it.
fn told_apart(tasks: &[BTreeMap<String, String>]) -> Vec<String> {
    let all: BTreeMap<&String, &String> = tasks.iter().flatten().collect();
    let several = |title: &String| all.values().filter(|other| **other == title).count() > 1;
    let told = |(content, title): (&String, &String)| {
        let mark = || blake3::hash(content.as_bytes()).to_hex()[..4].to_string();
        if several(title) { format!("{title} #{}", mark()) } else { title.clone() }
    };
    tasks.iter().map(|tasks| tasks.iter().map(told).collect::<Vec<_>>().join(", ")).collect()
}
