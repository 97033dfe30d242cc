//! What standard tasks predict, against plain Python that rebuilds it from what they drew
//! (`tests/oracle/make_semantics.py`), and what recurrences do, by counts.

use super::{draw, task_of};
use icl::engine::sampler::{Sample, Split};
use icl::program::task::{Scope, Task};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Standard tasks with small arguments, all of which the script looks at, and the names that it needs.
fn cases() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("regression.decision_tree", json!({ "dim": 4, "points": 10 }), "coordinate leaf x"),
        (
            "regression.linear",
            json!({ "dim": 4, "active": 3, "points": 5, "noise": 0.5, "scale": 2.0, "shift": 1.0 }),
            "z w e",
        ),
        (
            "regression.linear",
            json!({ "dim": 3, "active": 3, "points": 4, "noise": 0, "scale": 1, "shift": 0 }),
            "z w e",
        ),
        ("regression.sparse_linear", json!({ "dim": 6, "nonzero": 2, "points": 3 }), "full rank x"),
        ("regression.quadratic", json!({ "dim": 3, "points": 4 }), "w x"),
        ("regression.relu_network", json!({ "dim": 3, "hidden": 4, "points": 4 }), "first second x"),
        ("regression.logistic", json!({ "dim": 3, "points": 2, "signal": 4 }), "direction"),
        ("regression.linear_pool", json!({ "functions": 3, "dim": 3, "points": 4, "noise": 0.5 }), "w x e"),
        (
            "sequences.automata",
            json!({ "states": 5, "letters": 6, "edges": 2, "stop": 0.1, "tokens": 60 }),
            "rank hop letter ends",
        ),
        ("sequences.trigrams", json!({ "states": 3, "tokens": 30 }), "before s"),
        ("sequences.modular_addition", json!({ "modulus": 11, "seen": 4, "held_out": false }), "partner a place"),
        ("sequences.modular_addition", json!({ "modulus": 11, "seen": 4, "held_out": true }), "partner a place"),
        ("sequences.moving_window_sum", json!({ "numbers": 5, "modulus": 7 }), "drawn"),
        ("sequences.copy", json!({ "symbols": 9, "span": 6 }), "string"),
        ("sequences.associative_recall", json!({ "keys": 7, "values": 4, "pairs": 3 }), "order value asked"),
        ("sequences.parity", json!({ "bits": 6, "points": 8 }), "set x"),
        ("sequences.sparse_parity", json!({ "bits": 6, "points": 8 }), "first gap flip x"),
        (
            "classification.bursty_classes",
            json!({ "classes": 7, "copies": 2, "labels": 4, "width": 3, "noise": 0.3, "items": 6, "exponent": 1,
                    "relabelled": 0.5, "query": "inside" }),
            "mean usual member order novel e",
        ),
        (
            "classification.bursty_classes",
            json!({ "classes": 7, "copies": 1, "labels": 4, "width": 2, "noise": 0.3, "items": 4, "exponent": 0,
                    "relabelled": 0.5, "query": "outside" }),
            "mean usual member order novel e",
        ),
        ("classification.two_way", json!({ "classes": 6, "labels": 4, "width": 2, "noise": 0.1 }), "member order"),
        (
            "classification.zipf_classes",
            json!({ "classes": 6, "exponent": 1, "labels": 4, "width": 2, "noise": 0.1, "items": 5 }),
            "usual member",
        ),
    ]
}

fn nested(data: &[f64], shape: &[usize]) -> Value {
    let Some((_, rest)) = shape.split_first() else { return json!(data[0]) };
    data.chunks_exact(rest.iter().product()).map(|part| nested(part, rest)).collect()
}

/// What a name holds in one sequence: one value a position, or a single one.
pub fn held(task: &Task, drawn: &Sample, name: &str, sequence: usize) -> Value {
    let (values, node) = (drawn.of(task.names[name]), &task.nodes[task.names[name]]);
    let at = |position| nested(values.at(sequence, position), &node.shape);
    if node.scope == Scope::Example { (0..task.length).map(at).collect() } else { at(0) }
}

/// Three sequences of either split.
fn sequences(task: &Task) -> Vec<(Sample, usize)> {
    let numbers = [0, 1, 2];
    [Split::Train, Split::Test]
        .into_iter()
        .flat_map(|split| numbers.map(|at| (draw(task, 31, split, &numbers), at as usize)))
        .collect()
}

fn same(ours: &Value, theirs: &Value, tolerance: f64) -> bool {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs, tolerance))
        }
        (ours, theirs) => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            (ours - theirs).abs() <= tolerance * theirs.abs().max(1.0)
        }
    }
}

#[test]
fn tasks_predict_what_plain_python_rebuilds() {
    let (mut written, mut tasks) = (Vec::new(), Vec::new());
    for (name, arguments, needed) in cases() {
        let given: Vec<String> = (arguments.as_object().unwrap().iter())
            .map(|(key, value)| format!("{key}: {}", value.to_string().trim_matches('"')))
            .collect();
        let task = task_of("", &format!("{name}({})", given.join(", ")));
        let once = |name: &&str| task.nodes[task.names[*name]].scope == Scope::Run;
        let drawn = sequences(&task);
        let (run, each): (Vec<&str>, Vec<&str>) = needed.split(' ').partition(once);
        let of = |names: &[&str], drawn: &Sample, at: usize| -> Map<String, Value> {
            names.iter().map(|name| ((*name).to_string(), held(&task, drawn, name, at))).collect()
        };
        written.push(json!({
            "task": name,
            "arguments": arguments,
            "run": of(&run, &drawn[0].0, 0),
            "sequences": drawn.iter().map(|(drawn, at)| of(&each, drawn, *at)).collect::<Vec<_>>(),
        }));
        tasks.push((task, drawn));
    }
    if let Ok(file) = std::env::var("ICL_DUMP_SEMANTICS") {
        std::fs::write(file, serde_json::to_string(&written).unwrap()).unwrap();
    }
    let mut golden: Vec<Value> = serde_json::from_str(include_str!("../oracle/semantics.json")).unwrap();
    assert_eq!(golden.len(), written.len());
    for (((task, drawn), ours), golden) in tasks.iter().zip(&written).zip(&mut golden) {
        let expected = golden.as_object_mut().unwrap().remove("expected").unwrap();
        assert!(ours == golden, "{}: other sequences than were looked at", task.title);
        let expected = expected.as_array().unwrap();
        assert_eq!(expected.len(), 6);
        for ((drawn, at), expected) in drawn.iter().zip(expected) {
            for (name, theirs) in expected.as_object().unwrap() {
                let ours = held(task, drawn, name, *at);
                // Labels and copied numbers are exact; sums may round another way.
                let real = task.nodes[task.names[name]].labels.is_empty() && name != "s";
                let within = same(&ours, theirs, if real && !task.title.contains("tree") { 1e-12 } else { 0.0 });
                assert!(within, "{} `{name}` of {at}: {ours}, not {theirs}", task.title);
            }
        }
    }
}

/// How far counts lie from what was expected, in standard deviations.
#[derive(Clone, Copy, Default)]
struct Deviation {
    sum: f64,
    variance: f64,
}

impl Deviation {
    fn see(&mut self, happened: bool, p: f64) {
        self.sum += f64::from(u8::from(happened)) - p;
        self.variance += p * (1.0 - p);
    }

    /// Beyond four standard deviations lies one of 15,000; some dozens are looked at.
    fn small(&self, what: &str) {
        let z = self.sum / self.variance.sqrt();
        assert!(self.variance > 50.0 && z.abs() < 4.0, "{what}: {z}");
    }
}

#[test]
fn chains_step_by_their_own_tables() {
    let numbers: Vec<u64> = (0..400).collect();
    let bigrams = task_of("", "sequences.markov(states: 3, tokens: 60)");
    let drawn = draw(&bigrams, 32, Split::Test, &numbers);
    let (p, s) = (drawn.of(bigrams.names["p"]), drawn.of(bigrams.names["s"]));
    let (mut starts, mut steps) = ([Deviation::default(); 3], [[Deviation::default(); 3]; 3]);
    for sequence in 0..400 {
        for state in 0..3 {
            starts[state].see(s.label(sequence, 0) as usize == state, 1.0 / 3.0);
            for position in 1..60 {
                let before = s.label(sequence, position - 1) as usize;
                let law = p.at(sequence, 0)[3 * before + state];
                steps[before][state].see(s.label(sequence, position) as usize == state, law);
            }
        }
    }
    starts.iter().for_each(|start| start.small("starts"));
    steps.iter().flatten().for_each(|step| step.small("markov"));

    let trigrams = task_of("", "sequences.trigrams(states: 2, tokens: 60)");
    let drawn = draw(&trigrams, 33, Split::Train, &numbers);
    let (p, s) = (drawn.of(trigrams.names["p"]), drawn.of(trigrams.names["s"]));
    let mut steps = [Deviation::default(); 4];
    for sequence in 0..400 {
        for position in 2..60 {
            let place = 2 * s.label(sequence, position - 2) + s.label(sequence, position - 1);
            let law = p.at(sequence, 0)[2 * place as usize];
            steps[place as usize].see(s.label(sequence, position) == 0, law);
        }
    }
    steps.iter().for_each(|step| step.small("trigrams"));
}

#[test]
fn automata_draw_each_of_their_letters_as_often_and_stop_as_often_as_asked() {
    let task = task_of("", "sequences.automata(states: 4, letters: 6, edges: 3, stop: 20%, tokens: 50)");
    let drawn = draw(&task, 34, Split::Test, &(0..400).collect::<Vec<_>>());
    let of = |name: &str| drawn.of(task.names[name]);
    let (rank, state, letter, ends) = (of("rank"), of("state"), of("letter"), of("ends"));
    let (mut letters, mut stops) = ([Deviation::default(); 3], Deviation::default());
    for sequence in 0..400 {
        for position in 0..50 {
            let place = 6 * state.label(sequence, position) + letter.label(sequence, position);
            let rank = rank.at(sequence, 0)[place as usize] as usize;
            (0..3).for_each(|known| letters[known].see(rank == known, 1.0 / 3.0));
            stops.see(ends.label(sequence, position) == 1, 0.2);
        }
    }
    letters.iter().for_each(|letter| letter.small("letters"));
    stops.small("stops");
}

#[test]
fn pairs_that_train_and_those_held_out_share_none_and_leave_none() {
    let pairs = |held_out: bool| {
        let task = task_of("", &format!("sequences.modular_addition(modulus: 7, seen: 3, held_out: {held_out})"));
        let both = [Split::Train, Split::Test].map(|split| {
            let drawn = draw(&task, 35, split, &(0..1000).collect::<Vec<_>>());
            let s = drawn.of(task.target);
            (0..1000).map(|at| (s.label(at, 0), s.label(at, 1))).collect::<BTreeSet<_>>()
        });
        assert_eq!(both[0], both[1], "the share of the pairs is drawn once a run");
        both[0].clone()
    };
    let (seen, held_out) = (pairs(false), pairs(true));
    assert!(seen.is_disjoint(&held_out));
    for a in 0..7 {
        let with = |pairs: &BTreeSet<(u32, u32)>| pairs.iter().filter(|pair| pair.0 == a).count();
        assert_eq!((with(&seen), with(&held_out)), (3, 4), "of {a}");
    }
}
