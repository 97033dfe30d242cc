//! Every function and operator against numpy on the same numbers (`tests/oracle/make_functions.py`).

use super::{draw, task_of};
use icl::engine::sampler::{Sample, Split};
use icl::program::task::Task;
use icl::registry::{BUILTINS, Group, OPERATORS};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    /// Lines that draw the inputs, by how often they are drawn.
    drawn: BTreeMap<String, Vec<String>>,
    lines: Vec<Line>,
    /// By name, sequence and position.
    #[serde(default)]
    inputs: Map<String, Value>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "line")]
    said: String,
    #[serde(default)]
    shape: Vec<usize>,
    /// One position after the other.
    #[serde(default)]
    values: Vec<f64>,
}

const SEQUENCES: usize = 2;
const LENGTH: usize = 5;

/// A node's numbers in the nesting of its shape.
fn nested(data: &[f64], shape: &[usize]) -> Value {
    let Some((_, rest)) = shape.split_first() else { return json!(data[0]) };
    let each = rest.iter().product();
    data.chunks_exact(each).map(|part| nested(part, rest)).collect()
}

fn all(drawn: &Sample, task: &Task, node: usize) -> Value {
    let at = |s, e| nested(drawn.of(node).at(s, e), &task.nodes[node].shape);
    (0..SEQUENCES).map(|s| (0..LENGTH).map(|e| at(s, e)).collect::<Value>()).collect()
}

#[test]
fn functions_are_numpys() {
    let golden: Golden = serde_json::from_str(include_str!("../oracle/functions.json")).unwrap();
    let blocks: String = (golden.drawn.iter())
        .map(|(scope, lines)| format!("  per {scope} {{\n    {}\n  }}\n", lines.join("\n    ")))
        .collect();
    let lines: String =
        golden.lines.iter().enumerate().map(|(at, line)| format!("    f{at} = {}\n", line.said)).collect();
    let items = format!(
        "task functions {{\n{blocks}  per example {{\n{lines}    all = a[0] * b[0] * m[0, 0] * n[0, 0] * v[0] * u[0] * s * \
         p[0] * k * g * l[0] * t[0] * c * o * walk * fixed[0] * table[0, 0, 0] * w[0] * j\n  }}\n  length: {LENGTH}\n  \
         input: a\n  target: all\n  blind: 1\n  ideal: 0\n}}"
    );
    let task = task_of(&items, "functions()");
    let drawn = draw(&task, 22, Split::Test, &(0..SEQUENCES as u64).collect::<Vec<_>>());
    let names = golden.drawn.values().flatten().filter_map(|line| Some(line.split_once(" ~ ")?.0));
    let inputs: Map<String, Value> =
        names.map(|name| (name.to_string(), all(&drawn, &task, task.names[name]))).collect();
    if let Ok(file) = std::env::var("ICL_DUMP_FUNCTIONS") {
        std::fs::write(file, serde_json::to_string(&inputs).unwrap()).unwrap();
    }
    assert!(inputs == golden.inputs, "other inputs than numpy had");
    for (at, line) in golden.lines.iter().enumerate() {
        let said = &line.said;
        let node = *task.names.get(&format!("f{at}")).unwrap_or_else(|| panic!("{said} is no node"));
        assert_eq!(task.nodes[node].shape, line.shape, "{said}");
        let width: usize = line.shape.iter().product();
        assert_eq!(line.values.len(), SEQUENCES * LENGTH * width);
        for (place, theirs) in line.values.chunks_exact(width).enumerate() {
            let ours = drawn.of(node).at(place / LENGTH, place % LENGTH);
            for (ours, theirs) in ours.iter().zip(theirs) {
                let within = (ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0);
                assert!(within, "{said} at {place}: {ours}, not {theirs}");
            }
        }
        let first = &line.values[..width];
        let moves = line.values.chunks_exact(width).any(|other| other != first) || said == "dot(fixed, fixed)";
        assert!(moves, "{said} is the same everywhere, so that it shows nothing");
    }
}

#[test]
fn no_function_is_left_out() {
    let golden: Golden = serde_json::from_str(include_str!("../oracle/functions.json")).unwrap();
    let lines: Vec<&str> = golden.lines.iter().map(|line| line.said.as_str()).collect();
    let words =
        |line: &str| line.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(String::from).collect::<Vec<_>>();
    let used: Vec<String> = lines.iter().flat_map(|line| words(line)).collect();
    for builtin in BUILTINS.iter().filter(|builtin| builtin.group == Group::Functions) {
        assert!(used.iter().any(|word| word == builtin.name), "{} is never called", builtin.name);
    }
    // Signs of lines, of schedules, of modules and of types compute nothing.
    for sign in OPERATORS.iter().map(|operator| operator.sign) {
        let told = matches!(sign, "~" | "=" | ":" | "->" | ".." | "." | "()" | "[]");
        assert!(told || lines.iter().any(|line| line.contains(sign)), "{sign} is never used");
    }
}
