//! Batches of training steps, written by a card where it keeps them, against those of the corpus.

use super::nodes::cheap;
use super::{NUMBERS, Trial, arms_of};
use icl::data::{Embeddings, ShapesSpec};
use icl::engine::batch::{Batch, Input, Targets};
use icl::engine::card::Operand;
use icl::engine::corpus::Corpus;
use icl::engine::drawn::{Drawing, Step, embeddings, wanted};
use icl::engine::outline::Outline;
use icl::engine::sampler::{Rows, Sampler, Split};
use icl::engine::told::told;
use icl::program::task::{Op, Task};
use icl::program::training::Training;
use std::sync::Arc;

const SEEDS: [u64; 3] = [1, 5, 1 << 40];

/// The embeddings of the rows that some sequences of a task show.
fn table(task: &Task, spec: &ShapesSpec, sequences: &[u64]) -> Embeddings {
    let mut table = Embeddings::open(spec, None).unwrap();
    for seed in SEEDS {
        let sample = Sampler::new(task, &Rows::of(task), seed).unwrap().sample_rows(Split::Train, sequences).unwrap();
        for (id, node) in task.nodes.iter().enumerate().filter(|(_, node)| matches!(node.op, Op::Rows { .. })) {
            assert!(node.labels.is_empty());
            table
                .fetch(&sample.of(id).data.iter().map(|row| *row as u32).collect::<Vec<_>>(), 1, &mut |_, _| {})
                .unwrap();
        }
    }
    table
}

/// The step of each task with some sequences of its own.
fn step_of(tasks: &[usize]) -> Vec<(usize, Vec<u64>)> {
    let each = tasks.iter().enumerate();
    each.map(|(part, &task)| (task, NUMBERS.iter().copied().skip(part).step_by(1 + part).collect())).collect()
}

/// The batch of a step of a training for several seeds, as a card writes it: tokens and targets, model by model.
fn written(
    training: &Training,
    number: u64,
    step: &[(usize, Vec<u64>)],
    tables: &[Option<Arc<Embeddings>>],
) -> Vec<(Vec<u32>, Vec<Vec<u32>>)> {
    let stage = training.stage_of(number).unwrap();
    let told = told(training, stage);
    let instance = |task: &usize| {
        let at = &training.tasks[*task];
        at.growth.get(at.grown(training.clock(number))).map_or(at, |grown| &grown.task)
    };
    let tasks: Vec<&Task> = step.iter().map(|(task, _)| instance(task)).collect();
    let outline = Outline::of(&tasks, &told);
    let sequences: usize = step.iter().map(|(_, sequences)| sequences.len()).sum();
    let mut trial = Trial::new();
    let mut out: Vec<Operand> = Vec::new();
    let mut first = 0;
    for ((place, numbers), task) in step.iter().zip(tasks) {
        let rows = Rows::of(task);
        let samplers: Vec<Sampler<'_>> = SEEDS.iter().map(|&seed| Sampler::new(task, &rows, seed).unwrap()).collect();
        let drawing = Drawing::of(&samplers[0], Split::Train, &wanted(training, (*place, task))).unwrap();
        let items = Step::of(training, stage, (*place, task), &drawing, &outline).unwrap();
        assert!(drawing.source().is_none());
        let all = vec![numbers.clone(); SEEDS.len()];
        let mut places = trial.draw(&drawing, &samplers.iter().collect::<Vec<_>>(), &all, None);
        places.embeddings = tables[*place].as_ref().map_or(0, |table| trial.put(&[embeddings(table)]).at);
        let parts: Vec<_> = std::iter::once(&items.tokens).chain(&items.targets).collect();
        if out.is_empty() {
            out = parts.iter().map(|part| trial.put(&vec![vec![0; part.each() * sequences]; SEEDS.len()])).collect();
        }
        assert_eq!(parts.len(), out.len());
        for (part, out) in parts.into_iter().zip(&out) {
            let at = trial.put(&[part.words()]).at;
            trial.launch(vec![part.write(&drawing, &places, at, numbers.len(), (*out, first))], SEEDS.len());
        }
        assert!(trial.get(places.faults, SEEDS.len()).iter().all(|fault| fault[0] == 0), "{}", task.title);
        first += numbers.len();
    }
    let all: Vec<Vec<Vec<u32>>> = out.iter().map(|out| trial.get(*out, SEEDS.len())).collect();
    (0..SEEDS.len())
        .map(|model| (all[0][model].clone(), all[1..].iter().map(|target| target[model].clone()).collect()))
        .collect()
}

/// Holds the words that a card wrote against labels or numbers.
fn same(found: &[u32], labels: Option<&[u32]>, numbers: &[f32], what: &str) {
    if let Some(labels) = labels {
        assert_eq!(&found[..labels.len()], labels, "{what}");
        return;
    }
    assert!(found.len() - numbers.len() < 2, "{what}");
    for (at, (found, expected)) in found.iter().zip(numbers).enumerate() {
        let found = f32::from_bits(*found);
        let near = (found - expected).abs() <= 1e-6 * (1.0 + expected.abs());
        assert!(near || found.is_nan() && expected.is_nan(), "{what}, number {at}: {found}, not {expected}");
    }
}

/// Every stage of a training; gives how many batches were compared.
fn compare(mut training: Training, what: &str) -> usize {
    training.tasks.iter_mut().for_each(cheap);
    let training = &training;
    let tables: Vec<Option<Arc<Embeddings>>> =
        (training.tasks.iter()).map(|task| Some(Arc::new(table(task, task.input_source()?, NUMBERS)))).collect();
    let spec = |spec: &ShapesSpec| {
        let place = training.tasks.iter().position(|task| task.input_source() == Some(spec)).unwrap();
        Arc::clone(tables[place].as_ref().unwrap())
    };
    let corpora: Vec<Corpus<'_>> = SEEDS.iter().map(|&seed| Corpus::new(training, seed, spec).unwrap()).collect();
    let mut compared = 0;
    for stage in &training.stages {
        let step = step_of(&stage.train.iter().map(|(task, _)| *task).collect::<Vec<_>>());
        for number in [stage.from, u64::midpoint(stage.from, stage.until.min(stage.from + 1_000_000))] {
            let written = written(training, number, &step, &tables);
            for ((corpus, seed), (tokens, targets)) in corpora.iter().zip(SEEDS).zip(written) {
                let Batch { input, targets: expected, .. } = corpus.training_batch(&step, number).unwrap();
                let what = format!("{what}, step {number} under {seed}");
                match &input {
                    Input::Labels(labels) => same(&tokens, Some(labels), &[], &what),
                    Input::Dense(numbers) => same(&tokens, None, numbers, &what),
                }
                assert_eq!(targets.len(), expected.len());
                for (found, expected) in targets.iter().zip(&expected) {
                    match expected {
                        Targets::Labels(labels) => same(found, Some(labels), &[], &what),
                        Targets::Numbers { values, .. } => same(found, None, values, &what),
                    }
                }
                compared += 1;
            }
        }
    }
    compared
}

#[test]
fn batches_of_the_programs_are_the_corpus_s() {
    let programs = ["warmup", "difficulty", "regression", "growing", "induction", "markov", "tiny", "words"];
    let paths = programs.map(|name| format!("tests/programs/{name}.icl"));
    let studies = ["quickstart", "linear", "induction", "difficulty"];
    for path in paths.into_iter().chain(studies.map(|name| format!("experiments/{name}.icl"))) {
        for arm in arms_of(&path) {
            let what = format!("{path}, {}", arm.name);
            assert!(compare(arm.training, &what) >= SEEDS.len(), "{what}");
        }
    }
}

#[test]
fn rows_without_embeddings_in_memory_are_told() {
    let mut training = arms_of("experiments/quickstart.icl").remove(0).training;
    training.tasks.iter_mut().for_each(cheap);
    let task = &training.tasks[training.stages[0].train[0].0];
    let spec = task.input_source().unwrap();
    let sampler = Sampler::new(task, &Rows::of(task), 1).unwrap();
    let drawing = Drawing::of(&sampler, Split::Train, &wanted(&training, (0, task))).unwrap();
    let outline = Outline::of(&[task], &told(&training, 0));
    let items = Step::of(&training, 0, (0, task), &drawing, &outline).unwrap();
    for (sequences, lacking) in [(vec![3, 4], false), (vec![3, 5], true)] {
        // Those of sequences 3 and 4 alone.
        let table = table(task, spec, &[3, 4]);
        let mut trial = Trial::new();
        let places = trial.draw(&drawing, &[&sampler], &[sequences], Some(&table));
        let (at, out) = (trial.put(&[items.tokens.words()]).at, trial.put(&[vec![0; 2 * items.tokens.each()]]));
        trial.launch(vec![items.tokens.write(&drawing, &places, at, 2, (out, 0))], 1);
        assert_eq!(Drawing::fault(trial.get(places.faults, 1)[0][0]).is_some(), lacking);
    }
}
