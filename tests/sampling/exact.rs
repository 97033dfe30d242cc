//! The best predictors on the very sequences that a task draws, against plain enumeration and plain counting
//! (`tests/oracle/make_exact.py`).

use super::semantics::held;
use super::task_of;
use icl::engine::levels;
use icl::engine::references::{ByPosition, posterior, posterior_mean};
use icl::engine::sampler::{Rows, Sample, Sampler, Split};
use icl::program::task::{Reference, Task};
use serde_json::{Value, json};

const SEED: u64 = 41;
const SEQUENCES: u64 = 3;

/// How a case is scored.
#[derive(Clone, Copy)]
enum By {
    Posterior,
    /// The posterior mean over the pool of a name.
    Pool(&'static str),
    /// What the task itself states as its ideal.
    Ideal,
    /// The place of a level of its staircase.
    Stair(usize),
}

/// A case of the script: a task, who predicts it, the input's name, and what the predictor may know.
struct Case {
    items: &'static str,
    call: &'static str,
    by: By,
    input: &'static str,
    known: Value,
}

fn case(items: &'static str, call: &'static str, by: By, input: &'static str, known: Value) -> Case {
    Case { items, call, by, input, known }
}

const COINS: &str = "task coins {\n  per sequence {\n    which ~ zipf(4, 1.5)\n  }\n  per example {\n    x ~ uniform(3)\n    \
    y ~ bernoulli([[0.1, 0.5, 0.9], [0.8, 0.2, 0.7], [0.95, 0.4, 0.05], [0.3, 0.3, 1]][which][x])\n  }\n  length: 12\n  \
    input: x\n  target: y : class(2)\n  blind: log(2)\n  ideal: posterior\n}";

const DICE: &str = "task dice {\n  per run {\n    share = [0.5, 0.2, 0.3]\n  }\n  per sequence {\n    die ~ categorical(share)\n    \
    turned ~ bernoulli(20%)\n    law = [[0.6, 0.3, 0.1, 0], [0.25, 0.25, 0.25, 0.25], [0.1, 0.1, 0.2, 0.6]][die]\n  }\n  \
    per example {\n    x ~ normal()\n    y ~ categorical(if turned then [law[3], law[2], law[1], law[0]] else law)\n  }\n  length: 10\n  \
    input: x\n  target: y : class(4)\n  blind: log(4)\n  ideal: posterior\n}";

const POOLED: &str = "task pooled(noise: real) {\n  per sequence {\n    w ~ normal()[3] in pool(5, exponent: 1)\n  }\n  per example {\n    \
    x ~ normal()[3]\n    e ~ normal(0, noise)\n    y = e + dot(w, x)\n  }\n  length: 6\n  input: x\n  target: y\n  blind: 3\n  \
    ideal: posterior_mean(w)\n}";

fn cases() -> Vec<Case> {
    let zipf = |count: usize, exponent: f64| (1..=count).map(|rank| (rank as f64).powf(-exponent)).collect::<Vec<_>>();
    let coins = [[0.1, 0.5, 0.9], [0.8, 0.2, 0.7], [0.95, 0.4, 0.05], [0.3, 0.3, 1.0]];
    let dice = [[0.6, 0.3, 0.1, 0.0], [0.25; 4], [0.1, 0.1, 0.2, 0.6]];
    vec![
        case("", "sequences.parity(bits: 5, points: 9)", By::Posterior, "x", json!({ "kind": "parity" })),
        case("", "sequences.sparse_parity(bits: 5, points: 9)", By::Posterior, "x", json!({ "kind": "sparse_parity" })),
        case(COINS, "coins()", By::Posterior, "x", json!({ "kind": "coins", "prior": zipf(4, 1.5), "table": coins })),
        case(
            DICE,
            "dice()",
            By::Ideal,
            "x",
            json!({ "kind": "dice", "priors": [[0.5, 0.2, 0.3], [0.8, 0.2]], "table": dice }),
        ),
        case(
            "",
            "regression.linear_pool(functions: 6, dim: 3, points: 8)",
            By::Ideal,
            "x",
            json!({ "kind": "pool", "noise": 0.5, "prior": [1, 1, 1, 1, 1, 1] }),
        ),
        case(
            "",
            "regression.linear_pool(functions: 6, dim: 3, points: 5, noise: 0)",
            By::Pool("w"),
            "x",
            json!({ "kind": "pool", "noise": 0.0, "prior": [1, 1, 1, 1, 1, 1] }),
        ),
        case(POOLED, "pooled(2)", By::Pool("w"), "x", json!({ "kind": "pool", "noise": 2.0, "prior": zipf(5, 1.0) })),
        case(
            "",
            "regression.linear(dim: 3, points: 8, noise: 0.3)",
            By::Ideal,
            "x",
            json!({ "kind": "ridge", "penalty": 0.09 }),
        ),
        case("", "regression.linear(dim: 3, points: 6)", By::Ideal, "x", json!({ "kind": "ridge", "penalty": 0.0 })),
        case(
            "",
            "sequences.markov(tokens: 40)",
            By::Ideal,
            "s",
            json!({ "kind": "ngram", "n": 2, "alpha": 1, "states": 3 }),
        ),
        case(
            "",
            "sequences.markov(tokens: 40)",
            By::Stair(0),
            "s",
            json!({ "kind": "ngram", "n": 1, "alpha": 1, "states": 3 }),
        ),
        case(
            "",
            "sequences.trigrams(tokens: 40)",
            By::Ideal,
            "s",
            json!({ "kind": "ngram", "n": 3, "alpha": 1, "states": 3 }),
        ),
    ]
}

fn scored(case: &Case, task: &Task, sampler: &Sampler<'_>, drawn: &Sample) -> ByPosition {
    let level = |level: Option<&Reference>| levels::of(level, sampler, drawn).unwrap().unwrap();
    match case.by {
        By::Posterior => posterior(sampler, drawn).unwrap(),
        By::Pool(name) => posterior_mean(sampler, task.names[name], drawn).unwrap(),
        By::Ideal => level(task.ideal.as_ref()),
        By::Stair(place) => level(task.plateaus.get(place)),
    }
}

#[test]
fn best_predictors_score_what_plain_enumeration_scores() {
    let tasks: Vec<Task> = cases().iter().map(|case| task_of(case.items, case.call)).collect();
    let mut written = Vec::new();
    for (case, task) in cases().iter().zip(&tasks) {
        let sampler = Sampler::new(task, &Rows::of(task), SEED).unwrap();
        let drawn = sampler.sample(Split::Test, &(0..SEQUENCES).collect::<Vec<_>>()).unwrap();
        let target = task.names.iter().find(|(_, node)| **node == task.target).unwrap().0;
        let sequence = |at| match case.input {
            // Of a task of tokens these are one.
            name if name == target => json!({ "y": held(task, &drawn, target, at) }),
            name => json!({ "x": held(task, &drawn, name, at), "y": held(task, &drawn, target, at) }),
        };
        let mut known = case.known.clone();
        let object = known.as_object_mut().unwrap();
        object.insert("sequences".into(), (0..SEQUENCES as usize).map(sequence).collect());
        if object["kind"] == "pool" {
            let elements = object["prior"].as_array().unwrap().len() as u64;
            let element = |at| json!(sampler.pool_element(task.names["w"], at).unwrap());
            object.insert("pool".into(), (0..elements).map(element).collect());
        }
        written.push(known);
    }
    if let Ok(file) = std::env::var("ICL_DUMP_EXACT") {
        std::fs::write(file, serde_json::to_string(&written).unwrap()).unwrap();
    }
    let mut golden: Vec<Value> = serde_json::from_str(include_str!("../oracle/exact.json")).unwrap();
    assert_eq!(golden.len(), written.len());
    for ((case, task), (ours, golden)) in cases().iter().zip(&tasks).zip(written.iter().zip(&mut golden)) {
        let expected = golden.as_object_mut().unwrap().remove("expected").unwrap();
        assert!(ours == golden, "{}: other sequences than were looked at", task.title);
        let sampler = Sampler::new(task, &Rows::of(task), SEED).unwrap();
        let numbers: Vec<u64> = (0..SEQUENCES).collect();
        let together = scored(case, task, &sampler, &sampler.sample(Split::Test, &numbers).unwrap());
        let mut mean = vec![0.0; task.length];
        for (at, expected) in expected.as_array().unwrap().iter().enumerate() {
            let single = scored(case, task, &sampler, &sampler.sample(Split::Test, &[at as u64]).unwrap());
            for (key, ours) in [("loss", &single.loss), ("accuracy", &single.accuracy)] {
                let theirs: Vec<f64> = serde_json::from_value(expected.get(key).cloned().unwrap_or(json!([]))).unwrap();
                assert_eq!(ours.len(), theirs.len(), "{} {key}", task.title);
                for (position, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                    let place = format!("{} sequence {at} @{position}", task.title);
                    assert!(
                        (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
                        "{place}: {key} {ours}, not {theirs}"
                    );
                }
                if key == "loss" {
                    mean.iter_mut().zip(theirs).for_each(|(mean, loss)| *mean += loss / SEQUENCES as f64);
                }
            }
        }
        for (ours, theirs) in together.loss.iter().zip(&mean) {
            assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{}: a mean over sequences", task.title);
        }
        assert!(mean.iter().any(|loss| *loss > 1e-3), "{}: nothing was ever uncertain", task.title);
    }
}

#[test]
fn a_posterior_mean_knows_no_more_than_the_model() {
    let refused = |lines: &str, target: &str| {
        let items = format!(
            "task pooled {{\n  per sequence {{\n    w ~ normal()[3] in pool(5)\n    b ~ normal()\n  }}\n  per example {{\n    \
             x ~ normal()[3]\n    e ~ normal()\n{lines}\n    y = {target}\n  }}\n  length: 6\n  input: x\n  target: y\n  \
             blind: 3\n  ideal: posterior_mean(w)\n}}"
        );
        let task = task_of(&items, "pooled()");
        let sampler = Sampler::new(&task, &Rows::of(&task), 1).unwrap();
        let drawn = sampler.sample(Split::Test, &[0, 1]).unwrap();
        posterior_mean(&sampler, task.names["w"], &drawn).map_err(|error| error.to_string())
    };
    refused("", "dot(w, x) + 0.5 * e").unwrap();
    refused("", "dot(w, x) + x[0] * e").unwrap();
    for (lines, target, why) in [
        ("", "dot(w, x) + b + e", "further draws"),
        ("    u ~ uniform(0, 1)", "u * dot(w, x) + e", "further draws"),
        ("", "dot(w, x) + norm(w) * e", "a size"),
        ("    u ~ uniform(1, 2)", "dot(w, x) + u * e", "a size"),
        ("", "x + w + e", "each entry"),
        ("", "dot(w, x) * e", "no sum"),
    ] {
        let said = refused(lines, target).unwrap_err();
        assert!(said.contains(why), "{target}: {said}");
    }
}
