//! What changed from one arm to another.

use super::change::{Change, Class, Rename};
use super::tasks::{self, Named};
use super::{facts, observation, stages, training};
use crate::program::Arm;
use serde_json::Value;

/// What two arms have unlike.
#[derive(Clone, Debug, Default)]
pub struct Unlike {
    pub changes: Vec<Change>,
    pub renames: Vec<Rename>,
}

/// Compares an arm before with an arm now.
pub fn compare(old: &Arm, new: &Arm) -> Unlike {
    if old.training == new.training && old.observation == new.observation {
        return Unlike::default();
    }
    let pairing = tasks::pair(old, new);
    let before = Named { tasks: &old.training.tasks, numbers: &pairing.old, pairing: &pairing };
    let after = Named { tasks: &new.training.tasks, numbers: &pairing.new, pairing: &pairing };
    let alike = training::alike(&old.training.model) && training::alike(&new.training.model);
    let (stages_old, stages_new) = (&old.training.stages, &new.training.stages);
    let guarded = stages_old.iter().zip(stages_new).all(|(a, b)| a.guard.is_some() == b.guard.is_some());
    let each = stages_old.len() == stages_new.len() && guarded;
    let stated = |arm: &Arm, named: &Named<'_>| {
        let mut facts = training::facts(&arm.training, named, alike);
        facts.extend(stages::facts(&arm.training, named, each));
        facts
    };
    let mut changes = tasks::changes(old, new, &pairing);
    changes.extend(facts::changes(&stated(old, &before), &stated(new, &after)));
    let (observed, mut renames) = observation::changes(old, new, &pairing);
    changes.extend(observed);
    if each {
        for (a, b) in stages_old.iter().zip(stages_new).filter(|(a, b)| a.name != b.name) {
            renames.push(Rename { what: "stage", old: a.name.clone(), new: b.name.clone() });
        }
    }
    if changes.is_empty() {
        changes.extend(unworded(old, new));
    }
    Unlike { changes, renames }
}

/// What tells an arm from every other: all that reaches its cells but the seed.
pub fn fingerprint(arm: &Arm) -> String {
    let text = serde_json::to_string(&(&arm.training, &arm.observation)).unwrap_or_default();
    blake3::hash(text.as_bytes()).to_hex()[..32].to_string()
}

/// A difference that the words of the facts do not tell, by its path; nothing where there is none.
fn unworded(old: &Arm, new: &Arm) -> Vec<Change> {
    let json = |value: serde_json::Result<Value>| value.unwrap_or_default();
    let mut found = Vec::new();
    let (a, b) = (json(serde_json::to_value(&old.training)), json(serde_json::to_value(&new.training)));
    walk("training", &a, &b, Class::Result, &mut found);
    let (mut a, mut b) = (json(serde_json::to_value(&old.observation)), json(serde_json::to_value(&new.observation)));
    // Numbers of tasks are told by the tasks; what an error by position is compared with is told by the report.
    for side in [&mut a, &mut b] {
        if let Some(map) = side.as_object_mut() {
            map.remove("measures");
            map.remove("by_position");
        }
    }
    walk("observation", &a, &b, Class::Observation, &mut found);
    found
}

fn walk(path: &str, old: &Value, new: &Value, class: Class, found: &mut Vec<Change>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let of = |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                walk(&format!("{path}.{key}"), &of(a), &of(b), class, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (old, new)) in a.iter().zip(b).enumerate() {
                walk(&format!("{path}[{at}]"), old, new, class, found);
            }
        }
        _ => found.push(Change::new(class, path, Some(old.to_string()), Some(new.to_string()))),
    }
}
