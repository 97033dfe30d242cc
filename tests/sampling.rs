//! Tasks as generative processes against other people's software: every draw's law, every function, the meaning of
//! standard tasks, exact predictors, and that data depend on meaning alone. Golden files come from the scripts of
//! tests/oracle.

use icl::check::check;
use icl::engine::sampler::{Rows, Sample, Sampler, Split};
use icl::program::task::Task;
use icl::world::Memory;
use std::path::{Path, PathBuf};

#[path = "sampling/choices.rs"]
mod choices;
#[path = "sampling/conditions.rs"]
mod conditions;
#[path = "sampling/embeddings.rs"]
mod embeddings;
#[path = "sampling/exact.rs"]
mod exact;
#[path = "sampling/functions.rs"]
mod functions;
#[path = "sampling/invariance.rs"]
mod invariance;
#[path = "sampling/laws.rs"]
mod laws;
#[path = "sampling/pools.rs"]
mod pools;
#[path = "sampling/refusals.rs"]
mod refusals;
#[path = "sampling/semantics.rs"]
mod semantics;

/// Three colours, three shapes and two sizes of images: 36 rows.
const SMALL: &str = "data images = shapes3d(values: [3, 1, 3, 1, 4, 1], width: 8, entangled: 0%)";

/// A program that trains on a task given by an expression, after some items.
fn program(items: &str, expression: &str, score: &str) -> String {
    format!(
        "use std.classification\nuse std.regression\nuse std.sequences\nuse std.shapes\nuse std.models\n\
         use std.curricula\n{items}\nlet trained = {expression}\nmetric score = {score}(trained) at last\n\
         experiment study {{\n  model: models.gpt2(layers: 2, heads: 2, width: 16)\n  batch: 8\n  data: fresh\n  \
         optimizer: adam(lr: 3e-3)\n  seeds: 1\n  curriculum: curricula.only(trained, 10 steps)\n  \
         measure {{ every: 5 steps, on: 16 sequences, score }}\n}}\n"
    )
}

/// What checking a program says, errors alone.
fn faults(items: &str, expression: &str) -> Vec<String> {
    let text = program(items, expression, "cross_entropy");
    let world = Memory([(PathBuf::from("program.icl"), text)].into());
    let checked = check(&world, Path::new("program.icl"), &[]);
    let errors = checked.findings.iter().filter(|finding| finding.severity == icl::diagnostic::Severity::Error);
    errors.map(|finding| format!("{} {}", finding.id, finding.title)).collect()
}

/// The task that an expression comes to, after some items.
fn task_of(items: &str, expression: &str) -> Task {
    let made = |score: &str| {
        let text = program(items, expression, score);
        let world = Memory([(PathBuf::from("program.icl"), text.clone())].into());
        let checked = check(&world, Path::new("program.icl"), &[]);
        let mut program = checked.program.ok_or_else(|| format!("{:?}\n{text}", checked.findings))?;
        Ok::<Task, String>(program.experiments.remove(0).arms.remove(0).training.tasks.remove(0))
    };
    made("cross_entropy").or_else(|_| made("squared_error")).unwrap_or_else(|said| panic!("{said}"))
}

/// A task that draws some lines at every position, in a sequence of 100.
fn drawing(lines: &str) -> Task {
    let items = format!(
        "task draws {{\n  per sequence {{\n    label ~ uniform(2)\n  }}\n  per example {{\n    z ~ normal()\n{lines}\n  }}\n  \
         length: 100\n  input: z\n  target: label\n  blind: log(2)\n  ideal: 0\n}}"
    );
    task_of(&items, "draws()")
}

/// A task's sequences.
fn draw(task: &Task, seed: u64, split: Split, numbers: &[u64]) -> Sample {
    let sampler = Sampler::new(task, &Rows::of(task), seed).unwrap_or_else(|fault| panic!("{}", fault.said(task)));
    sampler.sample(split, numbers).unwrap_or_else(|fault| panic!("{}", fault.said(task)))
}

/// Pearson's statistic of counts against probabilities; a value that cannot be must not occur.
fn pearson(counts: &[u64], masses: &[f64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let cells = counts.iter().zip(masses);
    cells
        .map(|(&count, &p)| match p {
            0.0 if count > 0 => f64::INFINITY,
            0.0 => 0.0,
            p => (count as f64 - total * p).powi(2) / (total * p),
        })
        .sum()
}
