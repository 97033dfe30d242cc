//! Whether a card trains on the sequences that the processor draws: the first losses of standard tasks, of which a card
//! draws every batch itself, beside those of the fast engine.

use crate::parity::Found;
use crate::place::Place;
use icl::check::check as checked;
use icl::data::{Embeddings, ShapesSpec};
use icl::engine::corpus::Corpus;
use icl::engine::error::Result;
use icl::engine::network::Engine;
use icl::engine::stacked::Deck;
use icl::engine::train::{Stepped, Trainer};
use icl::program::training::{Products, Training};
use icl::world::Memory;
use std::path::Path;
use std::sync::Arc;

const TASKS: [&str; 9] = [
    "regression.linear(dim: 8, points: 12)",
    "regression.sparse_linear(dim: 8, points: 12)",
    "regression.decision_tree(dim: 8, points: 12)",
    "regression.logistic(dim: 8, points: 12)",
    "sequences.markov(states: 3, tokens: 24)",
    "sequences.automata()",
    "sequences.associative_recall(pairs: 6)",
    "sequences.sparse_parity(points: 12)",
    "classification.zipf_classes(classes: 20)",
];
const STEPS: u64 = 32;
/// Relative to the largest loss: draws are within 1e-6, and rounding grows along a few steps.
const ALLOWED: f64 = 1e-4;

fn training(task: &str) -> std::result::Result<Training, String> {
    let text = format!(
        "use std.classification\nuse std.regression\nuse std.sequences\nuse std.models\nuse std.curricula\n\
         let wanted = {task}\nexperiment study {{\n  model: models.gpt2(layers: 1, heads: 2, width: 16)\n  batch: 16\n  \
         data: fresh\n  optimizer: adam(lr: 1e-3)\n  seeds: 1\n  curriculum: curricula.only(wanted, 100 steps)\n  \
         measure {{ every: 100 steps, on: 16 sequences }}\n}}\n"
    );
    let mut world = Memory::default();
    world.0.insert("main.icl".into(), text);
    let found = checked(&world, Path::new("main.icl"), &[]);
    let mut program = found.program.ok_or_else(|| format!("{:?}", found.findings))?;
    Ok(program.experiments.remove(0).arms.remove(0).training)
}

/// The first losses of a training, and how many steps were asked for at once.
fn losses(training: &Training, engine: Engine) -> Result<Vec<f64>> {
    let none = |_: &ShapesSpec| -> Arc<Embeddings> { unreachable!("the tasks have no images") };
    let corpus = Corpus::new(training, 7, none)?;
    let mut trainer = Trainer::new(&corpus, engine)?;
    let mut losses = Vec::new();
    while trainer.steps() < STEPS {
        for stepped in trainer.steps_to(STEPS)? {
            match stepped {
                Stepped::Loss(loss) => losses.push(loss),
                Stepped::Diverged => return Ok(losses),
            }
        }
    }
    Ok(losses)
}

/// Compares them, task by task.
pub fn check(place: &Place, found: &mut Found) {
    for task in TASKS {
        let both = || -> std::result::Result<(Vec<f64>, Vec<f64>), String> {
            let training = training(task)?;
            let deck = Arc::new(Deck::new(vec![place.card.clone()]));
            let ours = losses(&training, Engine::Stacked(deck, Products::Whole)).map_err(|error| error.to_string())?;
            let theirs = losses(&training, Engine::alone()).map_err(|error| error.to_string())?;
            Ok((ours, theirs))
        };
        match both() {
            Ok((ours, theirs)) => {
                let largest = theirs.iter().copied().fold(0.0, f64::max);
                let far = if ours.len() == theirs.len() {
                    ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest
                } else {
                    f64::INFINITY
                };
                if found.tell("drawn data", "fast", far, ALLOWED, task.to_owned()) {
                    found.failures.push(format!("the first losses of {task}: {far:e} from fast"));
                }
            }
            Err(error) => found.failures.push(format!("{task}: {error}")),
        }
    }
}
