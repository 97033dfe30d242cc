//! Sequences for other programs: every named line's values, what is read and predicted, the references.

use super::{Sequences, type_of};
use crate::engine::texts::prompt;
use crate::program::task::{Form, NodeId, Op, Scope};
use serde_json::{Map, Value, json};

/// All of it as one value; docs/sampling.md describes it.
#[must_use]
pub fn json(drawn: &Sequences<'_>) -> Value {
    let task = drawn.task();
    let named = |scope| drawn.named(scope);
    let all = [Scope::Run, Scope::Sequence, Scope::Example].map(named).concat();
    let names: Map<String, Value> = (all.iter())
        .map(|(name, id)| {
            let said = json!({ "per": task.nodes[*id].scope, "type": type_of(task, *id) });
            ((*name).to_string(), said)
        })
        .collect();
    let once: Map<String, Value> =
        named(Scope::Run).iter().map(|(name, id)| ((*name).to_string(), value(drawn, *id, 0, 0))).collect();
    let sequences: Vec<Value> = (0..drawn.numbers.len()).map(|place| sequence(drawn, place)).collect();
    let positions = task.scored();
    let levels: Vec<Value> = (drawn.references.levels.iter())
        .map(|level| {
            let loss: Vec<Option<f64>> = positions.iter().map(|&at| level.scores.loss.get(at).copied()).collect();
            let accuracy: Vec<Option<f64>> =
                positions.iter().map(|&at| level.accuracy(at).filter(|_| !task.real)).collect();
            json!({ "role": level.role, "is": level.said, "loss": loss, "accuracy": accuracy })
        })
        .collect();
    let chance = super::references::chance(task).map(|(loss, accuracy)| json!({ "loss": loss, "accuracy": accuracy }));
    json!({
        "task": drawn.title,
        "form": match task.form {
            Form::Tokens => "tokens",
            Form::Pairs => "pairs",
            Form::Text { .. } => "text",
        },
        "length": task.length,
        "real": task.real,
        "labels": (!task.real).then_some(task.outcomes()),
        "input": drawn.name_of(task.input, ""),
        "target": drawn.name_of(task.target, ""),
        "seed": drawn.seed,
        "held_out": drawn.split == crate::engine::sampler::Split::Test,
        "names": names,
        "run": once,
        "sequences": sequences,
        "scored": positions,
        "references": { "on": drawn.references.on, "levels": levels, "notes": drawn.references.notes },
        "chance": chance,
    })
}

fn sequence(drawn: &Sequences<'_>, place: usize) -> Value {
    let task = drawn.task();
    let along = |id: NodeId| -> Value {
        (0..task.length).map(|position| value(drawn, id, place, position)).collect::<Vec<_>>().into()
    };
    let mut values: Map<String, Value> = Map::new();
    for (name, id) in drawn.named(Scope::Sequence) {
        values.insert(name.to_string(), value(drawn, id, place, 0));
    }
    for (name, id) in drawn.named(Scope::Example) {
        values.insert(name.to_string(), along(id));
    }
    let elements: Map<String, Value> = (drawn.named(Scope::Sequence).into_iter())
        .filter_map(|(name, id)| Some((name.to_string(), drawn.element(id, place)?.0.into())))
        .collect();
    let mut said = json!({ "number": drawn.numbers[place], "values": values, "elements": elements });
    match task.form {
        Form::Tokens => said["tokens"] = along(task.target),
        _ => {
            said["input"] = along(task.input_row().unwrap_or(task.input));
            said["target"] = along(task.target);
        }
    }
    if let Some(text) = prompt(task, drawn.sample, place) {
        said["text"] = text.into();
    }
    if let Some(text) = &drawn.sample.text {
        said["tokens"] = text.ids(place).into();
    }
    if let Some((row, names)) = drawn.row(task.input) {
        let labels = (0..task.length).map(|position| {
            let labels = drawn.attributes(row, place, position);
            names.iter().zip(labels).map(|(name, label)| ((*name).to_string(), label.into())).collect::<Map<_, Value>>()
        });
        said["attributes"] = labels.map(Value::Object).collect::<Vec<_>>().into();
    }
    said
}

/// What a node holds, nested by its shape; labels are whole numbers.
fn value(drawn: &Sequences<'_>, id: NodeId, place: usize, position: usize) -> Value {
    let node = &drawn.task().nodes[id];
    if drawn.task().is_text(id) {
        let word = drawn.sample.of(id).label(place, position) as usize;
        return drawn.task().vocabulary.word(word).into();
    }
    let row = matches!(node.op, Op::Embedding { .. }) && !drawn.task().is_operand(id);
    let whole = row || !node.labels.is_empty() || matches!(node.op, Op::Rows { .. } | Op::Permutations { .. });
    let number = |value: f64| if whole { Value::from(value as i64) } else { Value::from(value) };
    let numbers = drawn.sample.of(id).at(place, position);
    let shape = if numbers.len() == node.shape.iter().product::<usize>() { node.shape.as_slice() } else { &[] };
    nested(numbers, shape, &number)
}

fn nested(numbers: &[f64], shape: &[usize], number: &dyn Fn(f64) -> Value) -> Value {
    match shape {
        [] => numbers.first().map_or(Value::Null, |value| number(*value)),
        [_] => numbers.iter().map(|value| number(*value)).collect::<Vec<_>>().into(),
        [lines, rest @ ..] => {
            let each = numbers.len() / (*lines).max(1);
            numbers.chunks(each.max(1)).map(|line| nested(line, rest, number)).collect::<Vec<_>>().into()
        }
    }
}
