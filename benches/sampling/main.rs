//! How many sequences a second the sampler draws, beside numpy's vectorised equivalents in the same run, and which share of
//! a training step that is: `just bench sampling`. Both sides run on one thread and take turns; the ratio is the median
//! of those of neighbouring turns. `ICL_PYTHON` names a Python with numpy where `python3` has none.

mod clock;
mod peer;

use clock::{median, seconds};
use icl::check::check;
use icl::data::Embeddings;
use icl::engine::adam::Update;
use icl::engine::corpus::{Corpus, rows_used};
use icl::engine::itinerary::Itinerary;
use icl::engine::network::Engine;
use icl::engine::sampler::{Rows, Sampler, Split};
use icl::engine::told::terms;
use icl::engine::train::network;
use icl::program::experiment::Arm;
use icl::world::Memory;
use peer::Numpy;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

/// A task with the model that it is trained with.
struct Case {
    name: &'static str,
    task: &'static str,
    batch: usize,
    model: &'static str,
    /// Training steps that are timed.
    steps: usize,
}

const CASES: [Case; 3] = [
    Case {
        name: "linear",
        task: "regression.linear(dim: 20, points: 41)",
        batch: 64,
        model: "layers: 12, heads: 8, width: 256",
        steps: 1,
    },
    Case {
        name: "label_maps",
        task: "shapes.classify(maps: 20k, images: images, points: 40)",
        batch: 128,
        model: "layers: 12, heads: 4, width: 128",
        steps: 1,
    },
    Case {
        name: "markov",
        task: "sequences.markov(states: 3, tokens: 100)",
        batch: 64,
        model: "layers: 2, heads: 2, width: 64",
        steps: 5,
    },
];

/// The only arm of a study of a task.
fn arm(case: &Case) -> Arm {
    let text = format!(
        "use std.regression\nuse std.shapes\nuse std.sequences\nuse std.models\nuse std.curricula\n\
         data images = shapes3d(width: 64, entangled: 0%)\nlet wanted = {}\n\
         experiment study {{\n  model: models.gpt2({})\n  batch: {}\n  data: fresh\n  optimizer: adam(lr: 1e-4)\n  \
         seeds: 1\n  curriculum: curricula.only(wanted, 100 steps)\n  \
         measure {{ every: 100 steps, on: 16 sequences }}\n}}\n",
        case.task, case.model, case.batch
    );
    let mut world = Memory::default();
    world.0.insert("main.icl".into(), text);
    let checked = check(&world, Path::new("main.icl"), &[]);
    let mut program = checked.program.unwrap_or_else(|| panic!("{}: {:?}", case.name, checked.findings));
    program.experiments.remove(0).arms.remove(0)
}

/// Sequences a second of the sampler and of numpy, and how many times numpy's the sampler's are.
fn sampled(case: &Case, arm: &Arm, numpy: Option<&mut Numpy>, turns: usize) -> (f64, Option<(f64, f64)>) {
    let task = &arm.training.tasks[0];
    let sampler = Sampler::new(task, &Rows::of(task), 1).expect("the task is sampled");
    let mut next = 0;
    let mut draw = |batches: usize| {
        seconds(|| {
            for _ in 0..batches {
                let sequences: Vec<u64> = (next..next + case.batch as u64).collect();
                next += case.batch as u64;
                black_box(sampler.sample(Split::Train, &sequences).expect("the task is sampled"));
            }
        })
    };
    let batches = ((0.1 / (draw(100) / 100.0)) as usize).max(1);
    let drawn = (batches * case.batch) as f64;
    let mut peer = numpy;
    let (mut own, mut other, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..turns {
        own.push(drawn / draw(batches));
        if let Some(numpy) = &mut peer {
            // As long a turn, of fewer batches where numpy is slower.
            let batches = (batches / 3).max(1);
            other.push((batches * case.batch) as f64 / numpy.seconds(case.name, batches));
            ratios.push(own[own.len() - 1] / other[other.len() - 1]);
        }
    }
    let beside = (!ratios.is_empty()).then(|| (median(other), median(ratios)));
    (median(own), beside)
}

/// Milliseconds that drawing and assembling a batch takes, and a whole step with it.
fn stepped(case: &Case, arm: &Arm) -> (f64, f64) {
    let training = &arm.training;
    let rows = rows_used(training, &arm.observation, 1).expect("the task is sampled");
    let corpus = Corpus::new(training, 1, |source| {
        let (_, rows) = rows.iter().find(|(known, _)| known == source).expect("its rows are named");
        let mut embeddings = Embeddings::open(source, None).expect("embeddings");
        embeddings.fetch(rows, 1, &mut |_, _| {}).expect("embeddings");
        Arc::new(embeddings)
    })
    .expect("the task is sampled");
    let mut itinerary = Itinerary::new(training, 1);
    let mut network = network(training, 1, Engine::alone()).expect("the model is compiled");
    let terms = terms(training, 0, 0, 0);
    let steps: Vec<_> = (0..100).map(|_| itinerary.advance()).collect();
    let (mut batch, mut batches, mut drawing) = (None, 0, 0.0);
    // One batch passes faster than the clock ticks.
    while drawing < 0.1 {
        drawing += seconds(|| {
            for step in &steps {
                batch = Some(black_box(corpus.training_batch(step, 0).expect("the task is sampled")));
            }
        });
        batches += steps.len();
    }
    let batch = batch.expect("batches were drawn");
    let stepping = seconds(|| {
        for _ in 0..case.steps {
            network.step(&batch, &terms, &Update::adam(1e-4), None).expect("the step is made");
        }
    });
    let drawing = drawing / batches as f64 * 1e3;
    (drawing, drawing + stepping / case.steps as f64 * 1e3)
}

fn main() {
    // `cargo test --benches` asks for a run that only shows that it runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let mut numpy = Numpy::start();
    if numpy.is_none() {
        println!("no numpy here; ICL_PYTHON names a Python that has it");
    }
    println!("sequences a second     icl         numpy  ratio");
    let arms: Vec<Arm> = CASES.iter().map(arm).collect();
    // A word that is no flag asks for the tasks whose names have it.
    let word = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let wanted = |case: &Case| case.name.contains(&word);
    for (case, arm) in CASES.iter().zip(&arms).filter(|(case, _)| wanted(case)) {
        match sampled(case, arm, numpy.as_mut(), if quick { 1 } else { 15 }) {
            (own, Some((other, ratio))) => println!("{:<12} {own:>13.0} {other:>13.0} {ratio:>6.2}", case.name),
            (own, None) => println!("{:<12} {own:>13.0}", case.name),
        }
    }
    println!("a training step    sampling ms     step ms   share");
    for (case, arm) in CASES.iter().zip(&arms).filter(|(case, _)| wanted(case)).skip(if quick { 2 } else { 0 }) {
        let (drawing, step) = stepped(case, arm);
        println!("{:<12} {drawing:>17.3} {step:>11.1} {:>6.2}%", case.name, 100.0 * drawing / step);
    }
}
