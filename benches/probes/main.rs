//! What probes cost beside training: both probes of tests/programs/warmup.icl at every epoch, and the layer by time picture
//! of tests/programs/difficulty.icl, thirteen sites at every epoch of fifty.
//!
//! Steps and evaluations are timed in turns in one process on one thread, so that their ratio stands on a busy machine too.

use icl::check::check;
use icl::data::Embeddings;
use icl::engine::corpus::{Corpus, rows_used};
use icl::engine::measure::Evaluator;
use icl::engine::network::Engine;
use icl::engine::train::Trainer;
use icl::program::training::{MeasureKind, Observation};
use icl::world::Disk;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A study, and which of its measures are timed.
const CASES: [(&str, &str, &[&str]); 2] = [
    ("warmup", "both probes at every epoch", &["weights", "context_known"]),
    ("difficulty", "ridge at every layer at every epoch", &["weights_everywhere"]),
];
/// Evaluations, and steps before each.
const TURNS: usize = 3;
const STEPS: usize = 3;

fn main() {
    // Cargo calls benches with words of its own.
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!(
        "study        measures                               a step  an evaluation  steps between  share of training"
    );
    for (name, what, measures) in CASES.iter().filter(|case| asked.is_empty() || asked.iter().any(|at| at == case.0)) {
        let (step, evaluation, between) = time(name, measures);
        let share = evaluation.as_secs_f64() / (step.as_secs_f64() * between as f64);
        println!(
            "{name:<12} {what:<36} {:>7.0} ms {:>12.2} s {between:>14} {:>17.1}%",
            step.as_secs_f64() * 1e3,
            evaluation.as_secs_f64(),
            100.0 * share
        );
    }
}

/// The shortest step, the shortest evaluation, and how many steps lie between two evaluations.
fn time(name: &str, measures: &[&str]) -> (Duration, Duration, u64) {
    let checked = check(&Disk, Path::new(&format!("tests/programs/{name}.icl")), &[]);
    let experiment = &checked.program.expect("a program that checks").experiments[0];
    let arm = &experiment.arms[0];
    let training = arm.training.limited((TURNS * STEPS) as u64);
    let observation = Observation {
        measures: (arm.observation.measures.iter())
            .filter(|measure| measures.contains(&measure.name.as_str()))
            .inspect(|measure| assert!(matches!(measure.kind, MeasureKind::Probe { .. })))
            .cloned()
            .collect(),
        ..arm.observation.clone()
    };
    let used = rows_used(&training, &observation, 1).expect("rows");
    let corpus = Corpus::new(&training, 1, |spec| {
        let (_, rows) = used.iter().find(|(known, _)| known == spec).expect("a source");
        let mut embeddings = Embeddings::open(spec, None).expect("embeddings");
        embeddings.fetch(rows, 2, &mut |_, _| {}).expect("images");
        Arc::new(embeddings)
    });
    let corpus = corpus.expect("a corpus");
    let mut trainer = Trainer::new(&corpus, Engine::alone()).expect("a model");
    let evaluator = Evaluator::new(&corpus, &observation).expect("held-out sequences");
    let columns: Vec<usize> = (0..observation.measures.len()).collect();
    let (mut step, mut evaluation) = (Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        for _ in 0..STEPS {
            let since = Instant::now();
            trainer.step().expect("a step");
            step = step.min(since.elapsed());
        }
        let since = Instant::now();
        let values = evaluator.evaluate(trainer.network(), trainer.steps(), &columns).expect("values");
        evaluation = evaluation.min(since.elapsed());
        assert_eq!(values.len(), columns.len());
    }
    (step, evaluation, arm.observation.every)
}
