//! What is measured of the inside, compared with formulas that read the same network in the plainest way.

use icl::check::check;
use icl::data::Embeddings;
use icl::engine::corpus::{Corpus, rows_used};
use icl::engine::measure::{Evaluator, Levels, Value};
use icl::engine::network::{Engine, Network};
use icl::engine::sampler::{Sample, Split};
use icl::engine::train::{Trainer, network};
use icl::program::experiment::Arm;
use icl::program::model::{Context, Site};
use icl::world::Memory;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SEQUENCES: usize = 150;

/// The one arm of a study of a task with some items and measures.
fn arm(items: &str, task: &str, measures: &str) -> Arm {
    reporting(items, task, measures, "")
}

/// The same with a report.
fn reporting(items: &str, task: &str, measures: &str, report: &str) -> Arm {
    let text = format!(
        "use std.classification\nuse std.curricula\nuse std.models\nuse std.regression\nuse std.sequences\nuse std.shapes\n\
         data images = shapes3d(values: [3, 1, 4, 1, 3, 1], width: 16, entangled: 50%)\nlet hard = {task}\n{items}\n\
         experiment study {{\n  model: models.gpt2(layers: 2, heads: 2, width: 32)\n  data: fresh\n  batch: 32\n  \
         optimizer: adam(lr: 3e-3)\n  seeds: 1\n  curriculum: curricula.only(hard, 60 steps)\n  \
         measure {{ every: 20 steps, on: {SEQUENCES} sequences, {measures} }}\n  {report}\n}}\n"
    );
    let world = Memory([(PathBuf::from("program.icl"), text.clone())].into());
    let checked = check(&world, Path::new("program.icl"), &[]);
    let titles: Vec<_> = checked.findings.iter().map(|finding| (finding.id, &finding.title)).collect();
    let program = checked.program.filter(|program| !program.experiments.is_empty());
    let program = program.unwrap_or_else(|| panic!("{titles:?}\n{text}"));
    assert!(checked.not_run.is_empty(), "{:?}", checked.not_run);
    program.experiments.into_iter().next().unwrap().arms.remove(0)
}

struct Trained {
    arm: Arm,
    corpus: &'static Corpus<'static>,
    trainer: Trainer<'static>,
}

/// A network after so many steps.
fn trained(arm: Arm, steps: u64) -> Trained {
    let kept: &'static Arm = Box::leak(Box::new(arm.clone()));
    let used = rows_used(&kept.training, &kept.observation, 1).unwrap();
    let embeddings = |spec: &icl::data::ShapesSpec| {
        let (_, rows) = used.iter().find(|(known, _)| known == spec).unwrap();
        let mut embeddings = Embeddings::open(spec, None).unwrap();
        embeddings.fetch(rows, 1, &mut |_, _| {}).unwrap();
        Arc::new(embeddings)
    };
    let corpus: &'static Corpus<'static> = Box::leak(Box::new(Corpus::new(&kept.training, 1, embeddings).unwrap()));
    let mut trainer = Trainer::new(corpus, Engine::alone()).unwrap();
    for _ in 0..steps {
        trainer.step().unwrap();
    }
    Trained { arm, corpus, trainer }
}

impl Trained {
    /// What the measures give, in the order written, with their levels.
    fn values(&self) -> Vec<(Value, Levels)> {
        let observation = &self.arm.observation;
        let evaluator = Evaluator::new(self.corpus, observation).unwrap();
        let all: Vec<usize> = (0..observation.measures.len()).collect();
        let values = evaluator.evaluate(self.trainer.network(), self.trainer.steps(), &all).unwrap();
        let levels = evaluator.levels();
        // A measure alone gives what it gives beside others.
        for &column in &all {
            let alone = evaluator.evaluate(self.trainer.network(), self.trainer.steps(), &[column]).unwrap();
            assert_eq!(alone[0], values[column]);
        }
        observation.written.iter().map(|&column| (values[column].clone(), levels[column].clone())).collect()
    }

    fn numbers(&self) -> Vec<f64> {
        self.values().iter().map(|(value, _)| value.value.unwrap()).collect()
    }

    fn sample(&self, split: Split) -> Sample {
        self.corpus.draw(0, split, &(0..SEQUENCES as u64).collect::<Vec<_>>()).unwrap()
    }

    /// `[sequences][tokens]` of a site.
    fn read(&self, network: &Network, site: Site, tokens: &[usize]) -> Vec<Vec<Vec<f64>>> {
        let drawn = self.sample(Split::Test);
        let task = &self.arm.training.tasks[0];
        let batch = self.corpus.evaluation_batch(0, &drawn, 0..SEQUENCES, &task.predicted()).unwrap();
        let values = network.read(&batch, site, Context::Full, tokens).unwrap();
        let width = values.len() / (SEQUENCES * tokens.len());
        let rows: Vec<Vec<f64>> =
            values.chunks(width).map(|row| row.iter().map(|&value| f64::from(value)).collect()).collect();
        rows.chunks(tokens.len()).map(<[Vec<f64>]>::to_vec).collect()
    }

    /// `[sequences][predicted positions]` of what the read-out gives.
    fn predictions(&self) -> Vec<Vec<Vec<f64>>> {
        let drawn = self.sample(Split::Test);
        let predicted = self.arm.training.tasks[0].predicted();
        let batch = self.corpus.evaluation_batch(0, &drawn, 0..SEQUENCES, &predicted).unwrap();
        let outputs = self.trainer.network().logits(&batch).unwrap();
        let rows: Vec<Vec<f64>> = (outputs.chunks(self.arm.training.outputs()))
            .map(|row| row.iter().map(|&value| f64::from(value)).collect())
            .collect();
        rows.chunks(predicted.len()).map(<[Vec<f64>]>::to_vec).collect()
    }

    fn first(&self) -> Network {
        network(&self.arm.training, 1, Engine::alone()).unwrap()
    }
}

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1e-3), "{a} is not {b}");
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Centred kernel alignment by the kernels of all pairs of rows, as its definition has it.
fn alignment(x: &[Vec<f64>], y: &[Vec<f64>]) -> f64 {
    let centred = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let width = rows[0].len();
        let mean: Vec<f64> =
            (0..width).map(|at| rows.iter().map(|row| row[at]).sum::<f64>() / rows.len() as f64).collect();
        rows.iter().map(|row| row.iter().zip(&mean).map(|(value, mean)| value - mean).collect()).collect()
    };
    let (x, y) = (centred(x), centred(y));
    let kernel = |rows: &[Vec<f64>], i: usize, j: usize| dot(&rows[i], &rows[j]);
    let product = |a: &[Vec<f64>], b: &[Vec<f64>]| -> f64 {
        (0..a.len()).map(|i| (0..a.len()).map(|j| kernel(a, i, j) * kernel(b, i, j)).sum::<f64>()).sum()
    };
    product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt()
}

const LABELS: &str = "shapes.classify(maps: 4, images: images, points: 6)";

#[test]
fn the_stream_is_compared_between_tokens_layers_and_steps() {
    let items = "metric collapse = cosine_collapse(after: 1)\nmetric turned = cosine_similarity(after: 2, with: 1)\n\
                 metric moved = cosine_similarity(after: 2, with: 2, against: start)\n\
                 metric alike = cka(after: 0, with: 2)\nmetric kept = cka(after: 2, with: 2, against: start)\n\
                 metric distance = weight_distance";
    let trained = trained(arm(items, LABELS, "collapse, turned, moved, alike, kept, distance"), 40);
    let numbers = trained.numbers();
    let (now, start) = (trained.trainer.network(), trained.first());
    let tokens: Vec<usize> = (0..6).map(|example| 2 * example).collect();
    let after = |network: &Network, layers: usize| trained.read(network, Site::Residual(layers), &tokens);
    let (early, middle, late, first) = (after(now, 0), after(now, 1), after(now, 2), after(&start, 2));
    let pairs = middle.iter().map(|rows| {
        let all = (0..6).flat_map(|i| (0..6).map(move |j| (i, j))).filter(|(i, j)| i != j);
        all.map(|(i, j)| cosine(&rows[i], &rows[j])).sum::<f64>() / 30.0
    });
    close(numbers[0], pairs.sum::<f64>() / SEQUENCES as f64, 1e-6);
    let mean = |a: &[Vec<Vec<f64>>], b: &[Vec<Vec<f64>>]| {
        let each = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| cosine(a, b));
        each.sum::<f64>() / (6 * SEQUENCES) as f64
    };
    close(numbers[1], mean(&late, &middle), 1e-6);
    close(numbers[2], mean(&late, &first), 1e-6);
    assert!(numbers[2] < 0.999, "training turns the stream: {}", numbers[2]);
    close(numbers[3], alignment(&early.concat(), &late.concat()), 1e-6);
    close(numbers[4], alignment(&late.concat(), &first.concat()), 1e-6);
    let moved = |name: &str| {
        let get = |of: &Network| of.parameters().unwrap().into_iter().find(|(known, _)| known == name).unwrap().1;
        get(now).iter().zip(get(&start)).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
    };
    let names: Vec<String> = now.parameters().unwrap().into_iter().map(|(name, _)| name).collect();
    close(numbers[5], names.iter().map(|name| moved(name)).sum::<f64>().sqrt(), 1e-9);
}

#[test]
fn at_the_start_nothing_has_moved() {
    let items = "metric moved = cosine_similarity(after: 2, with: 2, against: start)\n\
                 metric kept = cka(after: 1, with: 1, against: start)\nmetric distance = weight_distance";
    let numbers = trained(arm(items, LABELS, "moved, kept, distance"), 0).numbers();
    close(numbers[0], 1.0, 1e-9);
    close(numbers[1], 1.0, 1e-9);
    assert_eq!(numbers[2], 0.0);
}

#[test]
fn a_lens_after_the_last_layer_is_the_model() {
    let items = "metric lens = logit_lens(hard, after: 2)\nmetric early = logit_lens(hard, after: 0)\n\
                 metric loss = cross_entropy(hard)";
    let numbers = trained(arm(items, LABELS, "lens, early, loss"), 60).numbers();
    close(numbers[0], numbers[2], 1e-5);
    assert!(numbers[1] > numbers[0] + 0.01, "an early lens is worse: {numbers:?}");
}

#[test]
fn a_context_score_is_the_difference_of_two_positions() {
    let items = "metric gain = icl_score(hard, late: 5, early: 1)\nmetric late = cross_entropy(hard) at 5\n\
                 metric early = cross_entropy(hard) at 1";
    let numbers = trained(arm(items, LABELS, "gain, late, early"), 60).numbers();
    assert_eq!(numbers[0], numbers[1] - numbers[2]);
}

#[test]
fn chosen_sequences_make_up_all_of_them() {
    let items = "metric all = accuracy(hard)\nmetric colour = accuracy(hard) where factor == 0\n\
                 metric rest = accuracy(hard) where not factor == 0\nmetric never = accuracy(hard) where factor > 9";
    let trained = trained(arm(items, LABELS, "all, colour, rest, never"), 60);
    let values = trained.values();
    let drawn = trained.sample(Split::Test);
    let node = trained.arm.training.tasks[0].names["factor"];
    let first = (0..SEQUENCES).filter(|&sequence| drawn.of(node).at(sequence, 0)[0] == 0.0).count() as f64;
    let at = |place: usize| values[place].0.value.unwrap();
    let share = first / SEQUENCES as f64;
    close(share * at(1) + (1.0 - share) * at(2), at(0), 1e-12);
    assert!((at(1) - at(2)).abs() > 0.01, "the factors differ in how well they are told");
    // Levels are those of the chosen sequences: the first factor has three values of four labels.
    let ideal = |place: usize| values[place].1.ideal.unwrap();
    close(share * ideal(1) + (1.0 - share) * ideal(2), ideal(0), 1e-9);
    assert_eq!(values[3].0.value, None);
}

#[test]
fn training_sequences_are_those_that_are_trained_on() {
    let items = "metric seen = cross_entropy(hard, on: training)\nmetric unseen = cross_entropy(hard)";
    let trained = trained(arm(items, LABELS, "seen, unseen"), 30);
    let numbers = trained.numbers();
    let drawn = trained.sample(Split::Train);
    let task = &trained.arm.training.tasks[0];
    let batch = trained.corpus.evaluation_batch(0, &drawn, 0..SEQUENCES, &task.scored()).unwrap();
    let logits = trained.trainer.network().logits(&batch).unwrap();
    let classes = trained.arm.training.outputs();
    let losses = logits.chunks(classes).zip(batch.targets[0].labels()).map(|(row, &label)| {
        let sum: f64 = row.iter().map(|&logit| f64::from(logit).exp()).sum();
        sum.ln() - f64::from(row[label as usize])
    });
    close(numbers[0], losses.sum::<f64>() / (6 * SEQUENCES) as f64, 1e-6);
    assert!(numbers[0] != numbers[1]);
}

fn probe(name: &str, read: &str, context: &str, predict: &str, fit: &str) -> String {
    format!("probe {name} {{ of: hard, read: {read}, context: {context}, predict: {predict}, fit: {fit} }}\n")
}

#[test]
fn a_probe_at_every_site_is_one_at_each() {
    let mut items = probe("everywhere", "residual(after: all) at input", "none", "factors", "ridge(1e-2)");
    for layers in 0..3 {
        let read = format!("residual(after: {layers}) at input");
        items += &probe(&format!("after_{layers}"), &read, "none", "factors", "ridge(1e-2)");
    }
    let values = trained(arm(&items, LABELS, "everywhere, after_0, after_1, after_2"), 30).values();
    let (all, beside) = (&values[0].0, values[0].0.beside.as_ref().unwrap());
    assert_eq!(all.parts.len(), 3);
    for layers in 0..3 {
        let one = &values[1 + layers].0;
        assert_eq!(one.value, Some(all.parts[layers]));
        assert_eq!(one.beside.as_ref().unwrap().control, [beside.control[layers]]);
        assert_eq!(one.parts.len(), 3);
        // The control knows no more than chance.
        assert!(one.beside.as_ref().unwrap().control[0] < one.value.unwrap() - 0.1, "{one:?}");
    }
    let chance = (1.0 / 3.0 + 1.0 / 4.0 + 1.0 / 3.0) / 3.0;
    close(values[0].1.blind.unwrap(), chance, 1e-12);
}

#[test]
fn every_reader_tells_what_is_there() {
    let mut items = String::new();
    let readers = ["ridge(1e-2)", "logistic(1e-3)", "centroid", "linear(epochs: 20, lr: 1e-2)"];
    for (place, fit) in readers.iter().enumerate() {
        items += &probe(&format!("reader_{place}"), "residual(after: 0) at input", "full", "factors", fit);
    }
    let values = trained(arm(&items, LABELS, "reader_0, reader_1, reader_2, reader_3"), 0).values();
    for (place, (value, levels)) in values.iter().enumerate() {
        let (score, beside) = (value.value.unwrap(), value.beside.as_ref().unwrap());
        let likes = levels.blind.unwrap() + 0.15;
        assert!(score > likes && beside.control[0] < score - 0.1, "{place}: {value:?} {levels:?}");
        // Ridge and centroids give no probabilities.
        assert_eq!(beside.cross_entropy.len(), place % 2, "{place}");
        assert!(beside.r2.is_empty());
    }
}

#[test]
fn numbers_are_told_with_their_squared_error() {
    let mut items = probe("inputs", "residual(after: 0) at input", "none", "x", "ridge(1e-4)");
    items += &probe("both", "residual(after: 0) at input", "none", "[x, y]", "ridge(1e-4)");
    items += &probe("answers", "residual(after: 0) at input", "none", "y", "ridge(1e-4)");
    items += &probe("trained", "residual(after: 0) at input", "none", "x", "linear(epochs: 60, lr: 3e-2)");
    let task = "regression.linear(dim: 4, points: 6)";
    let values = trained(arm(&items, task, "inputs, both, answers, trained"), 0).values();
    let r2 = |place: usize| values[place].0.beside.as_ref().unwrap().r2[0];
    // The embedding is a linear map of the inputs into more dimensions, and knows nothing of the function.
    assert!(r2(0) > 0.999 && r2(3) > 0.99, "{values:?}");
    assert!(r2(2).abs() < 0.1, "{values:?}");
    // Chance is the variance of standard normals, and of a sum of four products of such.
    close(values[0].1.blind.unwrap(), 1.0, 0.1);
    close(values[2].1.blind.unwrap(), 4.0, 0.4);
    let parts = &values[1].0.parts;
    assert_eq!(parts, &[values[0].0.parts[0], values[2].0.parts[0]]);
    assert_eq!(values[1].0.value, Some(f64::midpoint(parts[0], parts[1])));
    assert!(values[0].0.beside.as_ref().unwrap().control[0] > 0.9);
}

#[test]
fn heads_are_scored_by_their_patterns() {
    let items = "metric back = previous_token_score(layer: 0, head: 1)\nmetric spread = attention_entropy(layer: 1, head: 0)\n\
                 metric same = duplicate_token_score(layer: 0, head: 0)\nmetric induction = induction_score(layer: 1, head: 1)";
    let task = "sequences.markov(states: 3, tokens: 12)";
    let trained = trained(arm(items, task, "back, spread, same, induction"), 30);
    let numbers = trained.numbers();
    let drawn = trained.sample(Split::Test);
    let tokens = |sequence: usize| -> Vec<u32> {
        let node = trained.arm.training.tasks[0].target;
        (0..12).map(|at| drawn.of(node).label(sequence, at)).collect()
    };
    let all: Vec<usize> = (0..12).collect();
    let pattern = |layer, head| trained.read(trained.trainer.network(), Site::Pattern(layer, head), &all);
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let back = pattern(0, 1).iter().flat_map(|rows| (1..12).map(|at| rows[at][at - 1]).collect::<Vec<_>>()).collect();
    close(numbers[0], mean(back), 1e-6);
    let entropy =
        |row: &Vec<f64>| -row.iter().filter(|share| **share > 0.0).map(|share| share * share.ln()).sum::<f64>();
    close(numbers[1], mean(pattern(1, 0).iter().flatten().map(entropy).collect()), 1e-6);
    let (mut same, mut followed) = (Vec::new(), Vec::new());
    for (sequence, (first, second)) in pattern(0, 0).iter().zip(pattern(1, 1)).enumerate() {
        let tokens = tokens(sequence);
        for at in 0..12 {
            let earlier: Vec<usize> = (0..at).filter(|&before| tokens[before] == tokens[at]).collect();
            if !earlier.is_empty() {
                same.push(earlier.iter().map(|&before| first[at][before]).sum::<f64>());
                // The last token predicts nothing.
                if at < 11 {
                    followed.push(earlier.iter().map(|&before| second[at][before + 1]).sum::<f64>());
                }
            }
        }
    }
    close(numbers[2], mean(same), 1e-6);
    close(numbers[3], mean(followed), 1e-6);
    for (site, row) in [(pattern(0, 1), 5), (pattern(1, 0), 11)] {
        close(site[3][row].iter().sum::<f64>(), 1.0, 1e-5);
    }
}

#[test]
fn induction_over_examples_looks_at_their_labels() {
    let items = "metric induction = induction_score(layer: 1, head: 0)";
    let trained = trained(arm(items, LABELS, "induction"), 30);
    let drawn = trained.sample(Split::Test);
    let target = trained.arm.training.tasks[0].target;
    let read: Vec<usize> = (0..6).map(|example| 2 * example).collect();
    let patterns = trained.read(trained.trainer.network(), Site::Pattern(1, 0), &read);
    let mut all = Vec::new();
    for (sequence, rows) in patterns.iter().enumerate() {
        for (at, row) in rows.iter().enumerate() {
            let label = |place: usize| drawn.of(target).label(sequence, place);
            if (0..at).any(|before| label(before) == label(at)) {
                let sign = |before: usize| if label(before) == label(at) { 1.0 } else { -1.0 };
                all.push((0..at).map(|before| sign(before) * row[2 * before + 1]).sum::<f64>());
            }
        }
    }
    close(trained.numbers()[0], all.iter().sum::<f64>() / all.len() as f64, 1e-6);
}

#[test]
fn distances_to_references_are_those_of_their_definitions() {
    let task = "sequences.markov(states: 3, tokens: 12)";
    let report = "report { plot: distance to [ngram(1, 1), ngram(2, 0.5)] }";
    let at = trained(reporting("metric loss = cross_entropy(hard)", task, "loss", report), 20);
    let names: Vec<&str> = at.arm.observation.measures.iter().map(|measure| measure.name.as_str()).collect();
    assert_eq!(names, ["loss", "distance to ngram(1, 1)", "distance to ngram(2, 0.5)"]);
    let values = at.numbers();
    let drawn = at.sample(Split::Test);
    let node = at.arm.training.tasks[0].target;
    let (mut unigram, mut bigram) = (0.0, 0.0);
    for (sequence, logits) in at.predictions().iter().enumerate() {
        let tokens: Vec<usize> = (0..12).map(|place| drawn.of(node).label(sequence, place) as usize).collect();
        for next in 1..12 {
            let model: Vec<f64> = logits[next - 1][..3].iter().map(|logit| logit.exp()).collect();
            let total: f64 = model.iter().sum();
            let before = |state: usize, follows: Option<usize>| {
                let after = |&place: &usize| follows.is_none_or(|last| place > 0 && tokens[place - 1] == last);
                (0..next).filter(after).filter(|&place| tokens[place] == state).count() as f64
            };
            for (sum, follows, alpha) in [(&mut unigram, None, 1.0), (&mut bigram, Some(tokens[next - 1]), 0.5)] {
                let all: f64 = (0..3).map(|state| before(state, follows) + alpha).sum();
                for state in 0..3 {
                    let law = (before(state, follows) + alpha) / all;
                    *sum += law * (law / (model[state] / total)).ln();
                }
            }
        }
    }
    let count = (SEQUENCES * 11) as f64;
    close(values[1], unigram / count, 1e-9);
    close(values[2], bigram / count, 1e-9);

    // Numbers differ by squares; least squares of fewer points than dimensions is the interpolating one of least norm.
    let task = "regression.linear(dim: 2, points: 4)";
    let report = "report { plot: distance to [least_squares, ridge(0.5)] }";
    let at = trained(reporting("metric error = squared_error(hard)", task, "error", report), 20);
    let values = at.numbers();
    let (drawn, of) = (at.sample(Split::Test), &at.arm.training.tasks[0]);
    let sampler = at.corpus.sampler(0);
    let mut sums = [0.0; 2];
    for (sequence, outputs) in at.predictions().iter().enumerate() {
        let x = sampler.input(&drawn, sequence).unwrap();
        let y: Vec<f64> = (0..4).map(|place| drawn.of(of.target).at(sequence, place)[0]).collect();
        for place in of.scored() {
            for (sum, lambda) in sums.iter_mut().zip([1e-9, 0.5]) {
                // (X'X + lambda I) w = X'y in two dimensions.
                let (mut a, mut b, mut c, mut p, mut q) = (lambda, 0.0, lambda, 0.0, 0.0);
                for (point, y) in x.chunks(2).zip(&y).take(place) {
                    (a, b, c) = (a + point[0] * point[0], b + point[0] * point[1], c + point[1] * point[1]);
                    (p, q) = (p + point[0] * y, q + point[1] * y);
                }
                let det = a * c - b * b;
                let (u, v) = ((c * p - b * q) / det, (a * q - b * p) / det);
                let predicted = u * x[2 * place] + v * x[2 * place + 1];
                *sum += (outputs[place][0] - predicted).powi(2);
            }
        }
    }
    let count = (SEQUENCES * of.scored().len()) as f64;
    close(values[1], sums[0] / count, 1e-5);
    close(values[2], sums[1] / count, 1e-9);
}
