//! Tasks from the text to the trained network: what is drawn, in which order, what the best predictor makes of it, and
//! curves that do not depend on how a training was cut into pieces.

use icl::check::check;
use icl::data::Embeddings;
use icl::engine::corpus::{Corpus, rows_used};
use icl::engine::references::{ByPosition, posterior};
use icl::engine::sampler::{Rows, Sample, Sampler, Split, sample};
use icl::program::experiment::{Arm, Experiment};
use icl::program::task::Op;
use icl::program::task::Task;
use icl::program::training::Training;
use icl::world::Memory;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[path = "tasks/intervened.rs"]
mod intervened;
#[path = "tasks/itinerary.rs"]
mod itinerary;
#[path = "tasks/levels.rs"]
mod levels;
#[path = "tasks/maps.rs"]
mod maps;
#[path = "tasks/streams.rs"]
mod streams;
#[path = "tasks/training.rs"]
mod training;

const SMALL: &str = "data images = shapes3d(values: [4, 1, 4, 1, 3, 1], width: 8, entangled: 0%)";

/// What checking a program says, errors alone.
fn faults(text: &str) -> Vec<String> {
    let world = Memory([(PathBuf::from("program.icl"), text.to_string())].into());
    let checked = check(&world, Path::new("program.icl"), &[]);
    let errors = checked.findings.iter().filter(|finding| finding.severity == icl::diagnostic::Severity::Error);
    errors.map(|finding| format!("{} {}", finding.id, finding.title)).collect()
}

/// The only experiment of a program.
fn experiment(text: &str) -> Experiment {
    let world = Memory([(PathBuf::from("program.icl"), text.to_string())].into());
    let checked = check(&world, Path::new("program.icl"), &[]);
    let Some(mut program) = checked.program else { panic!("{:?}\n{text}", checked.findings) };
    assert_eq!(program.experiments.len(), 1);
    program.experiments.remove(0)
}

/// A program around some items that define `easy` and `hard`, with further lines for the experiment and the measures.
fn program(items: &str, lines: &str, measures: &str) -> String {
    format!(
        "use std.shapes\nuse std.models\nuse std.curricula\n{items}\n\
         experiment study {{\n  model: models.gpt2(layers: 2, heads: 2, width: 16)\n  batch: 8\n  \
         optimizer: adam(lr: 3e-3)\n  seeds: 1\n{lines}\n  \
         measure {{ every: 5 steps, on: 16 sequences{measures} }}\n}}\n"
    )
}

/// The only arm of an experiment.
fn arm(text: &str) -> Arm {
    let mut experiment = experiment(text);
    assert_eq!(experiment.arms.len(), 1);
    experiment.arms.remove(0)
}

/// The task that an expression comes to, after some items.
fn task_of(items: &str, expression: &str) -> Task {
    let items = format!("{items}\nlet target = {expression}\nmetric right = accuracy(target) at last");
    let lines = "  data: fresh\n  curriculum: curricula.only(target, 10 steps)";
    arm(&program(&items, lines, ", right")).training.tasks.remove(0)
}

/// `shapes.classify` with the images of the paper.
fn classify(maps: usize) -> Task {
    task_of("", &format!("shapes.classify(maps: {maps})"))
}

/// A cell's data, with every embedding that it reads.
fn corpus<'a>(training: &'a Training, arm: &Arm, seed: u64) -> Corpus<'a> {
    let rows = rows_used(training, &arm.observation, seed).unwrap();
    Corpus::new(training, seed, |source| {
        let (_, rows) = rows.iter().find(|(known, _)| known == source).unwrap();
        let mut embeddings = Embeddings::open(source, None).unwrap();
        embeddings.fetch(rows, 1, &mut |_, _| {}).unwrap();
        Arc::new(embeddings)
    })
    .unwrap()
}

/// A task's sequences.
fn draw(task: &Task, seed: u64, split: Split, numbers: &[u64]) -> Sample {
    sample(task, &Rows::of(task), seed, split, numbers).unwrap()
}

/// The exact posterior of a task on its sequences.
fn exact(task: &Task, seed: u64, split: Split, numbers: &[u64]) -> ByPosition {
    let sampler = Sampler::new(task, &Rows::of(task), seed).unwrap();
    posterior(&sampler, &sampler.sample(split, numbers).unwrap()).unwrap()
}

/// The elements of the pool that a name is drawn from.
fn pool_of(task: &Task, seed: u64, name: &str) -> Vec<Vec<u32>> {
    let node = task.names[name];
    let Op::Permutations { pool: Some(pool), .. } = &task.nodes[node].op else { panic!("no pool") };
    let sampler = Sampler::new(task, &Rows::of(task), seed).unwrap();
    let element = |at| sampler.pool_element(node, at).unwrap().into_iter().map(|label| label as u32).collect();
    (0..pool.size).map(element).collect()
}

/// Pearson's statistic against equal shares.
fn chi_square(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum()
}
