//! A cell from the text to its curve: batches, measures, and trainings that are stopped and resumed.

use super::{SMALL, arm, corpus, exact, program};
use icl::data::Embeddings;
use icl::engine::corpus::{Corpus, labels_of, rows_used};
use icl::engine::itinerary::Itinerary;
use icl::engine::measure::{Evaluator, Value};
use icl::engine::network::Engine;
use icl::engine::sampler::Split;
use icl::engine::state::{Array, from_bytes, to_bytes};
use icl::engine::told::terms;
use icl::engine::train::{Checkpoint, Stepped, Trainer, network};
use icl::program::experiment::Arm;
use icl::program::training::{MeasureKind, Observation};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) const ITEMS: &str = "
data images = shapes3d(values: [4, 1, 4, 1, 3, 1], width: 8, entangled: 0%)
let easy = shapes.classify(maps: 1, images: images, points: 5)
let hard = shapes.classify(maps: 20, images: images, points: 5)
curriculum three(a: task, b: task) {
  stage warm { train: a, for: 7 steps }
  stage both { train: mix(a: 30%, b: 70%), for: 9 steps, optimizer: reset }
  stage main { train: b, for: 6 steps }
}
probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 2, lr: 1e-2)
}
metric right = accuracy(hard) at last
metric right_easy = accuracy(easy) at all
metric first_loss = cross_entropy(hard) at 0
loss boosted = icl + 0.1 * readout(weights, context: full, at: output)
";

pub(super) fn three(data: &str) -> Arm {
    let lines = format!("  data: {data}\n  loss: boosted\n  curriculum: three(easy, hard)");
    arm(&program(ITEMS, &lines, ", right, right_easy, first_loss, weights"))
}

/// A training with what it makes on the way: after every evaluation its values and a checkpoint.
#[derive(Default)]
pub(super) struct Walk {
    pub points: Vec<(u64, f64, Vec<Value>)>,
    pub checkpoints: Vec<Checkpoint>,
    pub losses: Vec<u64>,
}

/// Trains from the first weights or a checkpoint until so many steps are made.
pub(super) fn walk(corpus: &Corpus<'_>, observation: &Observation, from: Option<&Checkpoint>, until: u64) -> Walk {
    let evaluator = Evaluator::new(corpus, observation).unwrap();
    let columns: Vec<usize> = (0..observation.measures.len()).collect();
    let mut trainer = Trainer::new(corpus, Engine::alone()).unwrap();
    if let Some(from) = from {
        trainer.seek(from).unwrap();
    }
    let total = corpus.training.steps();
    let mut walked = Walk::default();
    let look = |walked: &mut Walk, trainer: &Trainer<'_>| {
        let (step, sum) = (trainer.steps(), trainer.loss_sum());
        walked.points.push((step, sum, evaluator.evaluate(trainer.network(), step, &columns).unwrap()));
    };
    if from.is_none() {
        look(&mut walked, &trainer);
    }
    while trainer.steps() < until {
        let Stepped::Loss(loss) = trainer.step().unwrap() else { panic!("diverged") };
        walked.losses.push(loss.to_bits());
        if observation.due(trainer.steps(), total) {
            look(&mut walked, &trainer);
            walked.checkpoints.push(trainer.checkpoint().unwrap());
        }
    }
    if !observation.due(until, total) || until == 0 {
        walked.checkpoints.push(trainer.checkpoint().unwrap());
    }
    walked
}

/// A point of a curve as step, sum of losses, values and parts.
type Bits = (u64, u64, Vec<Option<u64>>, Vec<u64>);

/// Every bit of a curve.
fn bits(points: &[(u64, f64, Vec<Value>)]) -> Vec<Bits> {
    let point = |(step, sum, values): &(u64, f64, Vec<Value>)| {
        let parts = values.iter().flat_map(|value| &value.parts).map(|value| value.to_bits()).collect();
        (*step, sum.to_bits(), values.iter().map(|value| value.value.map(f64::to_bits)).collect(), parts)
    };
    points.iter().map(point).collect()
}

fn array_bits(arrays: &[Array]) -> Vec<(String, Vec<u64>)> {
    let bits = |array: &Array| array.values.wide().into_iter().map(f64::to_bits).collect();
    arrays.iter().map(|array| (array.name.clone(), bits(array))).collect()
}

/// The same checkpoint after a journey through bytes.
fn stored(mut checkpoint: Checkpoint) -> Checkpoint {
    checkpoint.arrays = from_bytes(&to_bytes(&checkpoint.arrays, [].into()).unwrap()).unwrap().0;
    checkpoint
}

pub(super) fn resumes_to_the_bit(arm: &Arm, stops: &[u64]) {
    let corpus = corpus(&arm.training, arm, 2);
    let total = arm.training.steps();
    let whole = walk(&corpus, &arm.observation, None, total);
    assert_eq!(whole.points.iter().map(|point| point.0).collect::<Vec<_>>(), [0, 5, 10, 15, 20, 22]);
    assert_eq!(whole.checkpoints.iter().map(|at| at.step).collect::<Vec<_>>(), [5, 10, 15, 20, 22]);
    assert_eq!(whole.losses.len() as u64, total);
    let ending = array_bits(&whole.checkpoints[4].arrays);
    // The second stage, from step 7, began with fresh moments; the third kept them.
    let counted = whole.checkpoints[4].arrays.iter().find(|array| array.name == "moments.steps").unwrap();
    assert_eq!(counted.values.wide(), [0.0, 15.0]);
    for &after in stops {
        let first = walk(&corpus, &arm.observation, None, after);
        let checkpoint = first.checkpoints.last().unwrap();
        assert_eq!(checkpoint.step, after);
        let second = walk(&corpus, &arm.observation, Some(&stored(checkpoint.clone())), total);
        assert_eq!([first.losses, second.losses].concat(), whole.losses, "stopped after {after}");
        let curve = [bits(&first.points), bits(&second.points)].concat();
        assert_eq!(curve, bits(&whole.points), "stopped after {after}");
        assert_eq!(array_bits(&second.checkpoints.last().unwrap().arrays), ending, "stopped after {after}");
    }
    // Checkpoints on the way resume as well.
    for checkpoint in &whole.checkpoints[..4] {
        let rest = walk(&corpus, &arm.observation, Some(checkpoint), total);
        let known: Vec<_> = whole.points.iter().filter(|point| point.0 > checkpoint.step).cloned().collect();
        assert_eq!(bits(&rest.points), bits(&known));
    }
}

#[test]
fn a_stopped_training_resumes_to_the_bit() {
    // Before the first step, amid a stage, at an evaluation, where a stage begins, before the last step.
    resumes_to_the_bit(&three("fresh"), &[0, 3, 7, 10, 12, 16, 21]);
}

/// A read-out loss tells what its probe tells: on tokens each of its own example, where the model predicts the next.
#[test]
fn a_readout_loss_on_tokens_tells_each_its_own_labels() {
    let items = "use std.sequences
let chain = sequences.trigrams(states: 3, tokens: 6)
probe seen { of: chain, read: output at input, context: full, predict: before, fit: centroid }
loss helped = icl + 0.5 * readout(seen)";
    let arm =
        arm(&program(items, "  data: fresh\n  loss: helped\n  curriculum: curricula.only(chain, 3 steps)", ", seen"));
    let corpus = corpus(&arm.training, &arm, 2);
    let step = Itinerary::new(&arm.training, 2).advance();
    let batch = corpus.training_batch(&step, 0).unwrap();
    let tokens: Vec<usize> = (0..6).collect();
    assert_eq!((&batch.read_at, &batch.heads_at), (&tokens[..5].to_vec(), &vec![tokens.clone()]));
    let drawn = corpus.draw(0, Split::Train, &step[0].1).unwrap();
    let before = labels_of(&drawn, arm.training.tasks[0].names["before"], 0, &tokens);
    assert_eq!(batch.targets[1].labels(), before);
}

#[test]
fn schedules_count_from_the_last_stage_that_resets_the_optimizer() {
    let training = three("fresh").training;
    assert_eq!([0, 6, 7, 15, 16, 21].map(|step| training.origin(step)), [0, 0, 7, 7, 7, 7]);
    let sooner = training.ended(0, 4);
    assert_eq!(
        sooner.stages.iter().map(|stage| (stage.from, stage.until)).collect::<Vec<_>>(),
        [(0, 4), (4, 13), (13, 19)]
    );
    assert_eq!([3, 4, 18].map(|step| sooner.origin(step)), [0, 4, 4]);
}

#[test]
fn a_stopped_training_on_a_fixed_set_resumes_to_the_bit() {
    // Epochs of five steps, the last of 5 sequences.
    resumes_to_the_bit(&three("37 sequences"), &[4, 5, 7, 13]);
}

#[test]
fn a_stopped_training_in_f64_resumes_to_the_bit() {
    let arm = three("fresh\n  numerics: f64");
    resumes_to_the_bit(&arm, &[7, 12]);
    let corpus = corpus(&arm.training, &arm, 2);
    let walked = walk(&corpus, &arm.observation, None, arm.training.steps());
    let rounded = |value: f64| f64::from(value as f32) == value;
    let arrays = &walked.checkpoints.last().unwrap().arrays;
    assert!(!arrays.iter().flat_map(|array| array.values.wide()).all(rounded), "numbers that f32 cannot hold are kept");
}

#[test]
fn the_width_of_numbers_is_part_of_an_identity_where_it_is_not_the_usual_one() {
    let text = |arm: &Arm| {
        let meaning = icl::plan::identity::segment(1, &arm.training, &arm.observation, 0, None);
        serde_json::to_string_pretty(&meaning).unwrap()
    };
    let [usual, stated, wide] = ["fresh", "fresh\n  numerics: f32", "fresh\n  numerics: f64"].map(three);
    assert_eq!(text(&usual), text(&stated));
    assert!(text(&wide).contains("\"width\": \"f64\"") && !text(&usual).contains("f32"), "{}", text(&wide));
}

#[test]
fn what_is_observed_changes_no_weight() {
    let arm = three("fresh");
    let corpus = corpus(&arm.training, &arm, 2);
    let end = |observation: &Observation| {
        let walked = walk(&corpus, observation, None, arm.training.steps());
        (array_bits(&walked.checkpoints.last().unwrap().arrays), walked.points)
    };
    let (weights, points) = end(&arm.observation);
    let mut less = arm.observation.clone();
    (less.every, less.measures) = (11, less.measures.split_off(3));
    let (same, probed) = end(&less);
    assert_eq!(weights, same);
    // The probe says the same without the other measures beside it, and the losses so far have the same sum.
    let (last, alone) = (points.last().unwrap(), probed.last().unwrap());
    assert_eq!((&alone.2[0].parts, alone.1.to_bits()), (&last.2[3].parts, last.1.to_bits()));
}

#[test]
fn a_batch_is_inputs_and_labels_in_turn_with_a_target_for_each_term() {
    let arm = three("fresh");
    let corpus = corpus(&arm.training, &arm, 2);
    let step = vec![(0, vec![4, 9]), (1, vec![2])];
    let batch = corpus.training_batch(&step, 0).unwrap();
    assert_eq!((batch.sequences, batch.tokens, batch.read_at.clone()), (3, 10, vec![0, 2, 4, 6, 8]));
    let input = batch.input.dense();
    assert_eq!((batch.targets.len(), input.len()), (4, 3 * 10 * 8));
    let terms = terms(&arm.training, 0, 0, 0);
    let columns: Vec<_> = terms.iter().map(|term| (term.columns.clone(), term.targets)).collect();
    assert_eq!(columns, [(0..4, 0), (4..8, 1), (8..12, 2), (12..15, 3)]);
    assert_eq!(arm.training.outputs(), 15);
    assert_eq!(terms.iter().map(|term| term.weight).collect::<Vec<_>>(), [1.0, 0.1 / 3.0, 0.1 / 3.0, 0.1 / 3.0]);
    let mut place = 0;
    for (at, sequences) in step {
        let task = &arm.training.tasks[at];
        let drawn = corpus.draw(at, Split::Train, &sequences).unwrap();
        let value = |name: &str, sequence, example| -> Vec<u32> {
            drawn.of(task.names[name]).at(sequence, example).iter().map(|label| *label as u32).collect()
        };
        for sequence in 0..sequences.len() {
            for example in 0..5 {
                let token = |token: usize| &input[(place * 2 + token) * 8..][..8];
                let label = value("y", sequence, example)[0];
                let mut one_hot = [0.0; 8];
                one_hot[label as usize] = 1.0;
                assert_eq!(token(1), one_hot);
                assert_eq!(batch.targets[0].labels()[place], label);
                let factors = value("factors", sequence, example);
                assert_eq!([1, 2, 3].map(|term: usize| batch.targets[term].labels()[place])[..], factors[..]);
                // One image, one embedding: the same values give the same token, others another.
                for other in 0..place {
                    let theirs = [1, 2, 3].map(|term: usize| batch.targets[term].labels()[other]);
                    assert_eq!(token(0) == &input[other * 16..][..8], theirs[..] == factors[..]);
                }
                place += 1;
            }
        }
    }
    assert_eq!(place, batch.sequences * batch.read_at.len());
}

#[test]
fn the_rows_of_a_cell_are_those_that_it_draws() {
    let few = ITEMS.replace("values: [4, 1, 4, 1, 3, 1], width: 8, ", "width: 16, ");
    let lines = "  data: 37 sequences\n  loss: boosted\n  curriculum: three(easy, hard)";
    for measures in [", right", ", right_easy, weights"] {
        let arm = arm(&program(&few, lines, measures));
        let corpus = Corpus::new(&arm.training, 2, |_| {
            Arc::new(Embeddings::open(arm.training.tasks[0].sources[0].shapes().unwrap(), None).unwrap())
        })
        .unwrap();
        let mut drawn = BTreeSet::new();
        let mut draw = |task: usize, split: Split, numbers: &[u64]| {
            let image = arm.training.tasks[task].names["image"];
            drawn.extend(corpus.draw(task, split, numbers).unwrap().of(image).data.iter().map(|row| *row as u32));
        };
        let mut itinerary = Itinerary::new(&arm.training, 2);
        for _ in 0..arm.training.steps() {
            itinerary.advance().into_iter().for_each(|(task, numbers)| draw(task, Split::Train, &numbers));
        }
        let observed: Vec<u64> = (0..16).collect();
        for measure in &arm.observation.measures {
            match measure.kind {
                MeasureKind::Score { task, .. } => draw(task, Split::Test, &observed),
                MeasureKind::Probe { task, .. } => {
                    draw(task, Split::Train, &observed);
                    draw(task, Split::Test, &observed);
                }
                MeasureKind::Inside { .. } | MeasureKind::Distance { .. } => unreachable!("tiny.icl has none"),
            }
        }
        let source = arm.training.tasks[0].sources[0].shapes().unwrap().clone();
        let drawn: Vec<u32> = drawn.into_iter().collect();
        assert_eq!(rows_used(&arm.training, &arm.observation, 2).unwrap(), [(source, drawn)]);
    }
    // Where nearly all rows are drawn, those of the training part are all named.
    let arm = three("fresh");
    let used = rows_used(&arm.training, &arm.observation, 2).unwrap();
    let split = arm.training.tasks[0].sources[0].split();
    assert!(used.iter().all(|(_, used)| split.training_rows().iter().all(|row| used.contains(row))));
}

#[test]
fn measures_are_what_their_definitions_say() {
    let mut arm = three("fresh");
    arm.observation.sequences = 200;
    let corpus: Corpus = corpus(&arm.training, &arm, 6);
    let net = network(&arm.training, 6, Engine::alone()).unwrap();
    let evaluator = Evaluator::new(&corpus, &arm.observation).unwrap();
    let point = evaluator.evaluate(&net, 0, &[0, 1, 2, 3]).unwrap();
    let numbers: Vec<u64> = (0..200).collect();
    // Recomputed from the logits of each sequence by itself: share right and loss, by example.
    let scores = |task: usize| {
        let (mut right, mut loss) = ([0.0; 5], [0.0; 5]);
        let drawn = corpus.draw(task, Split::Test, &numbers).unwrap();
        for sequence in 0..200 {
            let batch = corpus.evaluation_batch(task, &drawn, sequence..sequence + 1, &[0, 1, 2, 3, 4]).unwrap();
            let logits = net.logits(&batch).unwrap();
            for (example, (row, &label)) in logits.chunks_exact(15).zip(batch.targets[0].labels()).enumerate() {
                let row: Vec<f64> = row[..4].iter().map(|&logit| f64::from(logit)).collect();
                let best = row.iter().copied().fold(f64::MIN, f64::max);
                right[example] += f64::from(u8::from(row[label as usize] == best)) / 200.0;
                let sum: f64 = row.iter().map(|logit| logit.exp()).sum();
                loss[example] -= (row[label as usize].exp() / sum).ln() / 200.0;
            }
        }
        (right, loss)
    };
    let hard = arm.training.tasks.iter().position(|task| task.tractable() == Ok(60)).unwrap();
    let (hard_right, hard_loss) = scores(hard);
    let (easy_right, easy_loss) = scores(1 - hard);
    let expected = [hard_right[4], easy_right.iter().sum::<f64>() / 5.0, hard_loss[0]];
    let column = |place: usize| arm.observation.written[place];
    for (place, expected) in expected.into_iter().enumerate() {
        let value = point[column(place)].value;
        assert!((value.unwrap() - expected).abs() < 1e-6, "{point:?}, not {expected}");
    }
    // Nothing is learned: 4, 4 and 3 labels. 200 sequences of 5 examples, four standard errors. Under one fixed map the
    // few images that are held out decide how often a constant guess is right, so it is left out.
    let chance = (0.25 + 0.25 + 1.0 / 3.0) / 3.0;
    let tolerance = |count: f64| 4.0 * (chance * (1.0 - chance) / count).sqrt();
    assert!((point[column(0)].value.unwrap() - chance).abs() < tolerance(200.0));
    assert!((hard_right.iter().sum::<f64>() / 5.0 - chance).abs() < tolerance(1000.0));
    for loss in hard_loss.iter().chain(&easy_loss) {
        assert!((loss - 4.0_f64.ln()).abs() < 0.1, "an even guess over four labels costs {loss}");
    }
    // A probe's value is the mean over what it tells, and levels are those of the very sequences.
    let parts = &point[column(3)].parts;
    assert_eq!((parts.len(), point[column(0)].parts.len()), (3, 0));
    assert!((parts.iter().sum::<f64>() / 3.0 - point[column(3)].value.unwrap()).abs() < 1e-12);
    let all = evaluator.levels();
    let levels: Vec<_> = (0..4).map(|place| &all[column(place)]).collect();
    let best = exact(&arm.training.tasks[hard], 6, Split::Test, &numbers);
    assert!((levels[0].blind.unwrap() - chance).abs() < 1e-12 && levels[0].ideal == Some(best.accuracy[4]));
    assert!((levels[2].blind.unwrap() - (2.0 * 4.0_f64.ln() + 3.0_f64.ln()) / 3.0).abs() < 1e-12);
    assert_eq!(levels[2].ideal, Some(best.loss[0]));
    assert!((levels[3].blind.unwrap() - chance).abs() < 1e-12 && levels[3].ideal.is_none());
}

#[test]
fn arms_with_and_without_a_readout_loss_predict_the_same_at_first() {
    let boosted = three("fresh");
    let mut plain = boosted.clone();
    plain.training.loss.truncate(1);
    let first = |arm: &Arm| {
        let corpus = corpus(&arm.training, arm, 2);
        let net = network(&arm.training, 2, Engine::alone()).unwrap();
        let drawn = corpus.draw(0, Split::Test, &[0, 1, 2]).unwrap();
        let logits = net.logits(&corpus.evaluation_batch(0, &drawn, 0..3, &[0, 1, 2, 3, 4]).unwrap()).unwrap();
        let of_task = logits.chunks_exact(arm.training.outputs()).flat_map(|row| row[..4].to_vec());
        (of_task.collect::<Vec<f32>>(), logits)
    };
    let ((boosted, all), (plain, _)) = (first(&boosted), first(&plain));
    assert_eq!((all.len(), plain.len()), (15 * 15, 15 * 4));
    assert!(boosted.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-6), "{boosted:?} {plain:?}");
    // The further logits have weights of their own.
    let columns: Vec<&[f32]> = all[..15].chunks(1).collect();
    assert!((4..15).all(|at| columns[..at].iter().all(|other| (other[0] - columns[at][0]).abs() > 1e-7)));
}

#[test]
fn training_learns_one_fixed_map() {
    let items = format!(
        "{SMALL}\nlet easy = shapes.classify(maps: 1, images: images, points: 8)\nmetric right = accuracy(easy) at last"
    );
    let mut arm = arm(&program(&items, "  data: fresh\n  curriculum: curricula.only(easy, 400 steps)", ", right"));
    (arm.observation.every, arm.observation.sequences, arm.training.batch) = (400, 200, 32);
    let corpus = corpus(&arm.training, &arm, 1);
    let walked = walk(&corpus, &arm.observation, None, 400);
    let [before, after] = [0, 1].map(|at: usize| walked.points[at].2[0].value.unwrap());
    assert!(before < 0.4 && after > 0.55, "{before} then {after}");
}
