//! Two identities beside each other: which parts of them differ, in words.

use super::words;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A part that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where it stands in the identity: `optimizer.adam.lr`, `model.blocks[..].mlp.hidden`.
    pub path: String,
    pub old: String,
    pub new: String,
}

/// How many differences within one graph of a task are told one by one.
const IN_TASK: usize = 4;

/// What differs between two identities of segments, in the order of their fields. That they follow on different segments
/// is left out: it follows from what differs before.
#[must_use]
pub fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    fields("", old, new, &mut found);
    found.retain(|difference| difference.path != "parent.key");
    merged(found)
}

/// How many of the parts of an identity differ, of how many; the seed and what comes before are no parts.
pub fn distance(old: &Value, new: &Value) -> (usize, usize) {
    let (a, b) = (parts(old), parts(new));
    let all: std::collections::BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
    let differing = all.iter().filter(|name| a.get(*name) != b.get(*name)).count();
    (differing, all.len())
}

fn parts(identity: &Value) -> BTreeMap<&str, &Value> {
    let own = identity.as_object().into_iter().flatten().filter(|(name, _)| *name != "parent" && *name != "start");
    let start = identity["start"].as_object().into_iter().flatten().filter(|(name, _)| *name != "seed");
    own.chain(start).map(|(name, value)| (name.as_str(), value)).collect()
}

fn fields(path: &str, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    let join = |name: &str| match path {
        // What the first weights follow from needs no word of its own.
        "" if name == "start" => String::new(),
        "" => name.to_string(),
        _ => format!("{path}.{name}"),
    };
    match (old, new) {
        (Value::Object(a), Value::Object(b)) if alike(path, a, b) => {
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            for name in names {
                let (x, y) = (a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null));
                if path.ends_with("task") && name == "nodes" {
                    nodes(&join(name), x, y, found);
                } else {
                    fields(&join(name), x, y, found);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (x, y)) in a.iter().zip(b).enumerate() {
                fields(&format!("{path}[{at}]"), x, y, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if path == "model.blocks" => {
            let layers = |blocks: &[Value]| blocks.iter().filter(|block| block.get("attention").is_some()).count();
            let (x, y) = (layers(a), layers(b));
            let (old, new) =
                if x == y { (words::value(old), words::value(new)) } else { (x.to_string(), y.to_string()) };
            found.push(Difference { path: if x == y { path.into() } else { "model.layers".into() }, old, new });
        }
        _ => found.push(Difference { path: path.into(), old: words::part(path, old), new: words::part(path, new) }),
    }
}

/// Whether two objects are of one kind, so that their fields can be compared: a choice with its fields, such as an
/// optimizer, is another kind where its one name is another.
fn alike(path: &str, a: &serde_json::Map<String, Value>, b: &serde_json::Map<String, Value>) -> bool {
    let one = |map: &serde_json::Map<String, Value>| map.len() == 1;
    path.is_empty() || !(one(a) && one(b)) || a.keys().eq(b.keys())
}

/// Graphs of tasks are numbered, so that one node more moves all behind it: then only the number is told.
fn nodes(path: &str, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    let count = |nodes: &Value| nodes.as_array().map_or(0, Vec::len);
    if count(old) != count(new) {
        let told = |nodes: &Value| format!("a graph of {} nodes", count(nodes));
        found.push(Difference { path: path.into(), old: told(old), new: told(new) });
        return;
    }
    let mut inside = Vec::new();
    fields(path, old, new, &mut inside);
    let inside = merged(inside);
    let more = inside.len().saturating_sub(IN_TASK);
    found.extend(inside.into_iter().take(IN_TASK));
    if more > 0 {
        found.push(Difference { path: path.into(), old: format!("{more} more parts"), new: "changed".into() });
    }
}

/// The same change at several places of a list is told once.
fn merged(found: Vec<Difference>) -> Vec<Difference> {
    let mut merged: Vec<(Difference, String, bool)> = Vec::new();
    for difference in found {
        let general = general(&difference.path);
        let known = merged.iter_mut().find(|(known, path, _)| {
            *path == general
                && general != difference.path
                && (&known.old, &known.new) == (&difference.old, &difference.new)
        });
        match known {
            Some((_, _, several)) => *several = true,
            None => merged.push((difference, general, false)),
        }
    }
    let told =
        |(difference, general, several)| if several { Difference { path: general, ..difference } } else { difference };
    merged.into_iter().map(told).collect()
}

/// A path with `[..]` in place of numbers.
fn general(path: &str) -> String {
    let mut parts = path.split('[');
    let mut text = parts.next().unwrap_or_default().to_string();
    for part in parts {
        text.push_str("[..]");
        text.push_str(part.split_once(']').map_or("", |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{differences, distance};
    use serde_json::json;

    fn told(old: &serde_json::Value, new: &serde_json::Value) -> Vec<String> {
        differences(old, new).into_iter().map(|d| format!("{}: {} -> {}", d.path, d.old, d.new)).collect()
    }

    #[test]
    fn every_part_that_differs_is_told_once_and_in_words() {
        let old = json!({
            "start": { "seed": 1, "model": { "width": 16, "blocks": [{ "mlp": { "hidden": 64 } }, { "mlp": { "hidden": 64 } }] } },
            "batch": 12, "data": "fresh",
            "optimizer": { "adam": { "lr": 0.001, "beta1": 0.9 } },
        });
        let mut new = old.clone();
        assert_eq!(told(&old, &new), Vec::<String>::new());
        new["start"]["seed"] = json!(2);
        new["start"]["model"]["blocks"] = json!([{ "mlp": { "hidden": 32 } }, { "mlp": { "hidden": 32 } }]);
        new["data"] = json!({ "sequences": 320 });
        new["optimizer"]["adam"]["lr"] = json!({ "shape": "linear", "from": 0.003, "to": 0.0, "over": 100 });
        new["clip"] = json!(1.0);
        let mut found = told(&old, &new);
        found.sort();
        assert_eq!(
            found,
            [
                "clip: none -> 1",
                "data: fresh -> 320 sequences",
                "model.blocks[..].mlp.hidden: 64 -> 32",
                "optimizer.adam.lr: 0.001 -> linear(0.003 -> 0, over: 100 steps)",
                "seed: 1 -> 2",
            ]
        );
        assert_eq!(
            distance(&old, &new),
            (4, 5),
            "the model, data, optimizer and clip, not batch, and the seed is no part"
        );
        // Another optimizer is another one, not another field.
        new["optimizer"] = json!({ "sgd": { "lr": 0.1 } });
        assert!(told(&old, &new).contains(&"optimizer: adam(beta1: 0.9, lr: 0.001) -> sgd(lr: 0.1)".to_string()));
    }
}
