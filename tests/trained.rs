//! Every standard task trained for a short run, from its text to the curve: finite losses that start where a model that
//! knows nothing stands and do not rise, the levels of the task beside them; and what growing tasks and mixtures of
//! different lengths are trained on.

use icl::check::check;
use icl::data::Embeddings;
use icl::engine::batch::Targets;
use icl::engine::corpus::{Corpus, rows_used};
use icl::engine::itinerary::Itinerary;
use icl::engine::measure::{Evaluator, Levels, Value};
use icl::engine::network::Engine;
use icl::engine::train::{Stepped, Trainer};
use icl::program::experiment::Arm;
use icl::program::task::Form;
use icl::stdlib::MODULES;
use icl::syntax::parse;
use icl::syntax::tree::Keyword;
use icl::world::Memory;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A standard task at a small size, and how far below the blind level the loss must be after so many steps; none where
/// nothing is learned so soon.
const TASKS: &[(&str, u64, Option<f64>)] = &[
    ("classification.bursty_classes(classes: 64, copies: 2, labels: 8, width: 12, relabelled: 50%)", 150, Some(0.9)),
    ("classification.projected_labels(maps: 1, images: images, width: 8, points: 12)", 150, Some(0.9)),
    ("classification.two_way(classes: 20, labels: 4, width: 12)", 150, Some(0.85)),
    ("classification.zipf_classes(classes: 32, labels: 8, width: 12)", 150, Some(0.6)),
    ("regression.decision_tree(dim: 4, points: 12)", 150, None),
    ("regression.linear(dim: 4, points: 9, noise: 0.5)", 150, None),
    ("regression.linear_pool(functions: 1, dim: 4, points: 8)", 200, Some(0.8)),
    ("regression.logistic(dim: 4, points: 12)", 150, None),
    ("regression.quadratic(dim: 4, points: 9)", 150, Some(0.95)),
    ("regression.relu_network(dim: 4, hidden: 8, points: 12)", 150, Some(0.95)),
    ("regression.sparse_linear(dim: 6, points: 12)", 150, None),
    ("sequences.associative_recall(keys: 8, values: 4, pairs: 4)", 150, Some(0.9)),
    ("sequences.automata(states: 4, letters: 6, tokens: 60)", 150, Some(0.95)),
    ("sequences.copy(symbols: 8, span: 8)", 150, Some(0.7)),
    ("sequences.markov(states: 3, tokens: 30)", 150, Some(0.98)),
    ("sequences.modular_addition(modulus: 13, seen: 5)", 150, Some(0.8)),
    ("sequences.moving_window_sum(numbers: 6, modulus: 5)", 150, None),
    ("sequences.parity(bits: 5, points: 12)", 150, None),
    ("sequences.sparse_parity(bits: 5, points: 12)", 150, None),
    ("sequences.trigrams(states: 3, tokens: 30)", 150, Some(0.99)),
    ("shapes.classify(maps: 1, images: images, points: 8)", 150, Some(0.8)),
];

/// Tasks of texts, which tests/texts.rs looks at.
const TEXTS: [&str; 3] = ["text.pairs", "text.word_attributes", "text.word_selection"];

fn arm(items: &str, curriculum: &str, measures: &str) -> Arm {
    let text = format!(
        "use std.classification\nuse std.curricula\nuse std.models\nuse std.regression\nuse std.sequences\nuse std.shapes\n\
         data images = shapes3d(values: [4, 1, 4, 1, 3, 1], width: 16, entangled: 0%)\n{items}\n\
         experiment study {{\n  model: models.gpt2(layers: 2, heads: 2, width: 32)\n  data: fresh\n  batch: 32\n  \
         optimizer: adam(lr: 3e-3)\n  seeds: 1\n  curriculum: {curriculum}\n  \
         measure {{ every: 50 steps, on: 128 sequences, {measures} }}\n}}\n"
    );
    let world = Memory([(PathBuf::from("program.icl"), text.clone())].into());
    let checked = check(&world, Path::new("program.icl"), &[]);
    let Some(mut program) = checked.program else { panic!("{:?}\n{text}", checked.findings) };
    assert!(checked.not_run.is_empty(), "{:?}", checked.not_run);
    program.experiments.remove(0).arms.remove(0)
}

fn corpus(arm: &Arm) -> Corpus<'_> {
    let rows = rows_used(&arm.training, &arm.observation, 1).unwrap();
    Corpus::new(&arm.training, 1, |source| {
        let (_, rows) = rows.iter().find(|(known, _)| known == source).unwrap();
        let mut embeddings = Embeddings::open(source, None).unwrap();
        embeddings.fetch(rows, 1, &mut |_, _| {}).unwrap();
        Arc::new(embeddings)
    })
    .unwrap()
}

/// A training with its evaluations.
struct Trained {
    levels: Vec<Levels>,
    points: Vec<Vec<Value>>,
}

fn trained(arm: &Arm) -> Trained {
    let corpus = corpus(arm);
    let evaluator = Evaluator::new(&corpus, &arm.observation).unwrap();
    let columns: Vec<usize> = (0..arm.observation.measures.len()).collect();
    let mut trainer = Trainer::new(&corpus, Engine::alone()).unwrap();
    let mut points = vec![evaluator.evaluate(trainer.network(), 0, &columns).unwrap()];
    let total = arm.training.steps();
    while trainer.steps() < total {
        assert!(matches!(trainer.step().unwrap(), Stepped::Loss(_)));
        if arm.observation.due(trainer.steps(), total) {
            points.push(evaluator.evaluate(trainer.network(), trainer.steps(), &columns).unwrap());
        }
    }
    Trained { levels: evaluator.levels(), points }
}

#[test]
fn every_standard_task_trains() {
    let mut shown = BTreeSet::new();
    for (task, steps, below) in TASKS {
        shown.insert(task.split('(').next().unwrap().to_string());
        let real = task.starts_with("regression") && !task.contains("logistic");
        let score = if real { "squared_error" } else { "cross_entropy" };
        let right = if real { "" } else { ", right" };
        let items = format!(
            "let target = {task}\nmetric bits = {score}(target)\n{}metric way = progress(target)",
            if real { "" } else { "metric right = accuracy(target)\n" }
        );
        let arm = arm(&items, &format!("curricula.only(target, {steps} steps)"), &format!("bits{right}, way"));
        let notes = trained(&arm);
        let written = |place: usize| arm.observation.written[place];
        let losses: Vec<f64> = notes.points.iter().map(|point| point[written(0)].value.unwrap()).collect();
        let levels = &notes.levels[written(0)];
        let (blind, ideal) = (levels.blind.unwrap(), levels.ideal.unwrap());
        assert!(ideal < blind, "{task}: {levels:?}");
        let (first, last) = (losses[0], *losses.last().unwrap());
        assert!(first > 0.7 * blind && last < 1.1 * first.max(blind), "{task}: {losses:?} from {blind} to {ideal}");
        assert!(last > ideal - 0.05 * (blind - ideal), "{task}: {last} is below what can be reached, {ideal}");
        if let Some(below) = below {
            assert!(last < below * blind, "{task}: {losses:?} from {blind}");
        }
        // Progress is the share of the way of this very loss.
        let way = notes.points.last().unwrap()[written(if real { 1 } else { 2 })].value.unwrap();
        assert!((way - (blind - last) / (blind - ideal)).abs() < 1e-9, "{task}: {way}");
        if !real {
            let right = notes.points.last().unwrap()[written(1)].value.unwrap();
            assert!((0.0..=1.0).contains(&right), "{task}: {right}");
        }
    }
    let mut all = BTreeSet::new();
    for (module, text) in MODULES {
        let (file, _) = parse(icl::diagnostic::FileId(0), text);
        let tasks = file.items.iter().filter(|item| item.public && item.keyword == Keyword::Task);
        all.extend(tasks.map(|item| format!("{module}.{}", item.name.text)));
    }
    shown.extend(TEXTS.map(ToString::to_string));
    assert_eq!(shown, all, "every task of the standard library is here");
}

#[test]
fn a_growing_task_is_trained_at_each_of_its_sizes() {
    let items = "let full = regression.linear(dim: 3, points: 8)
let growing = regression.linear(dim: 3, active: ramp(1 -> 3, by: 1, every: 4 steps), points: ramp(4 -> 8, by: 2, every: 6 steps))
metric error = squared_error(full)";
    let arm = arm(items, "curricula.only(growing, 20 steps)", "error");
    let corpus = corpus(&arm);
    let mut itinerary = Itinerary::new(&arm.training, 1);
    let mut seen = Vec::new();
    for step in 0..20 {
        let batch = corpus.training_batch(&itinerary.advance(), step).unwrap();
        let width = batch.input.dense().len() / (batch.sequences * batch.tokens);
        // Inputs stand at even tokens; a coordinate is active where any of them is not 0.
        let active = (0..width).filter(|&at| {
            let inputs = batch.input.dense().chunks(width).step_by(2);
            inputs.clone().count() > 0 && inputs.into_iter().any(|token| token[at] != 0.0)
        });
        seen.push((active.count(), batch.tokens / 2));
    }
    // active 1, 2 from step 4, 3 from step 8; points 4, 6 from step 6, 8 from step 12.
    let expected: Vec<(usize, usize)> =
        (0..20).map(|step: usize| (1 + (step / 4).min(2), 4 + 2 * (step / 6).min(2))).collect();
    assert_eq!(seen, expected);
    // No sequence is drawn twice, whichever size it has.
    let notes = trained(&arm);
    assert_eq!(notes.points.len(), 2);
}

#[test]
fn a_mixture_of_lengths_weighs_sequences_alike() {
    let items = "let short = sequences.copy(symbols: 4, span: 3)
let long = sequences.markov(states: 4, tokens: 12)
metric bits = cross_entropy(long)
curriculum both { stage main { train: mix(short: 25%, long: 75%), for: 4 steps } }";
    let arm = arm(items, "both", "bits");
    assert!(arm.training.tasks.iter().all(|task| task.form == Form::Tokens));
    let corpus = corpus(&arm);
    let mut itinerary = Itinerary::new(&arm.training, 1);
    let batch = corpus.training_batch(&itinerary.advance(), 0).unwrap();
    assert_eq!((batch.sequences, batch.tokens), (32, 12));
    assert_eq!(batch.read_at, (0..11).collect::<Vec<_>>());
    let Targets::Labels(labels) = &batch.targets[0] else { panic!("labels") };
    let counted = |row: &[u32]| row.iter().filter(|&&label| label != icl::engine::batch::IGNORED).count();
    let counts: Vec<usize> = labels.chunks(11).map(counted).collect();
    // Of a copy only the second half counts, three tokens; of a chain all but the first.
    assert_eq!(counts.iter().filter(|&&count| count == 3).count(), 8);
    assert_eq!(counts.iter().filter(|&&count| count == 11).count(), 24);
    assert!(trained(&arm).points.iter().all(|point| point[0].value.is_some()));
}
