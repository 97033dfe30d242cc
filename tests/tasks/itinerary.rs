//! Which sequences each step trains on.

use super::{SMALL, arm, faults, program};
use icl::engine::itinerary::{Itinerary, Step};
use icl::program::training::{Budget, Length, Stage, Training};
use std::collections::BTreeSet;

/// A training of five tasks with the given budget, batch and stages: shares by task, and steps.
fn training(budget: Budget, batch: usize, stages: &[(&[(usize, f64)], u64)]) -> Training {
    let items = format!("{SMALL}\nlet hard = shapes.classify(maps: 3, images: images, points: 4)");
    let lines = "  data: fresh\n  curriculum: curricula.only(hard, 10 steps)";
    let mut training = arm(&program(&items, lines, "")).training;
    training.tasks = vec![training.tasks[0].clone(); 5];
    training.tasks.iter_mut().enumerate().for_each(|(at, task)| task.length += at);
    (training.budget, training.batch) = (budget, batch);
    training.stages.clear();
    for (train, steps) in stages {
        let from = training.steps();
        let stage = Stage {
            name: String::new(),
            train: train.to_vec(),
            from,
            until: from + steps,
            reset: false,
            guard: None,
            earliest: None,
            loss: None,
            length: Length::default(),
        };
        training.stages.push(stage);
    }
    training
}

fn walk(training: &Training, seed: u64) -> Vec<Step> {
    let mut itinerary = Itinerary::new(training, seed);
    (0..training.steps()).map(|_| itinerary.advance()).collect()
}

/// The sequences of one task, step after step.
fn of(task: usize, steps: &[Step]) -> Vec<u64> {
    steps.iter().flatten().filter(|(at, _)| *at == task).flat_map(|(_, sequences)| sequences.clone()).collect()
}

fn sizes(steps: &[Step]) -> Vec<usize> {
    steps.iter().map(|step| step.iter().map(|(_, sequences)| sequences.len()).sum()).collect()
}

#[test]
fn an_epoch_shows_every_sequence_once_in_an_order_of_its_own() {
    let training = training(Budget::Sequences(1000), 128, &[(&[(0, 1.0)], 24)]);
    assert_eq!(training.epoch(), Some(8));
    let steps = walk(&training, 1);
    let mut orders = BTreeSet::new();
    for epoch in steps.chunks(8) {
        assert_eq!(sizes(epoch), [128, 128, 128, 128, 128, 128, 128, 104]);
        let order = of(0, epoch);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        // The sum of |order - place| has mean n^2 / 3 and sd about sqrt(2 n^3 / 45).
        let moved: u64 = order.iter().enumerate().map(|(place, &at)| at.abs_diff(place as u64)).sum();
        assert!((moved as f64 - 1e6 / 3.0).abs() < 4.0 * (2e9_f64 / 45.0).sqrt(), "{moved}");
        orders.insert(order);
    }
    assert_eq!(orders.len(), 3, "epochs differ in their order");
    assert_ne!(steps, walk(&training, 2), "each seed has orders of its own");
    assert_eq!(steps, walk(&training, 1));
}

#[test]
fn an_epoch_of_whole_batches_or_of_one_short_batch() {
    let whole = walk(&training(Budget::Sequences(256), 64, &[(&[(0, 1.0)], 8)]), 1);
    assert_eq!(sizes(&whole), [64; 8]);
    assert_eq!(of(0, &whole[..4]).into_iter().collect::<BTreeSet<_>>().len(), 256);
    let short = walk(&training(Budget::Sequences(5), 64, &[(&[(0, 1.0)], 3)]), 1);
    assert_eq!(sizes(&short), [5; 3]);
    assert!(short.iter().all(|step| step[0].1.iter().collect::<BTreeSet<_>>().len() == 5));
}

#[test]
fn seeking_equals_walking() {
    let half: &[(usize, f64)] = &[(0, 0.3), (1, 0.7)];
    for budget in [Budget::Fresh, Budget::Sequences(23)] {
        let training = training(budget, 5, &[(&[(0, 1.0)], 9), (half, 13), (&[(1, 1.0)], 4)]);
        let steps = walk(&training, 3);
        for from in 0..=steps.len() {
            let mut itinerary = Itinerary::new(&training, 3);
            itinerary.seek(from as u64);
            let rest: Vec<Step> = (from..steps.len()).map(|_| itinerary.advance()).collect();
            assert_eq!(rest, steps[from..], "from step {from}");
            assert!(itinerary.advance().is_empty(), "nothing after the last step");
        }
        // A seek may begin where a walk has been.
        let mut itinerary = Itinerary::new(&training, 3);
        itinerary.advance();
        itinerary.seek(11);
        itinerary.seek(4);
        assert_eq!(itinerary.advance(), steps[11]);
    }
}

#[test]
fn shares_are_exact_with_remainders_carried() {
    let steps = walk(&training(Budget::Fresh, 5, &[(&[(0, 0.5), (1, 0.5)], 10)]), 1);
    let counts: Vec<[usize; 2]> = steps.iter().map(|step| [step[0].1.len(), step[1].1.len()]).collect();
    assert_eq!(counts[..4], [[3, 2], [2, 3], [3, 2], [2, 3]]);
    assert_eq!((of(0, &steps).len(), of(1, &steps).len()), (25, 25));
    // Every step is a full batch, and no part is ever two sequences from its share.
    let skewed = [5.0, 1.0, 20.0, 20.0, 1.0].map(|weight| weight / 47.0);
    let mixtures: [&[f64]; 5] = [&[0.5, 0.5], &[0.9, 0.1], &[1.0 / 3.0; 3], &[0.2; 5], &skewed];
    for shares in mixtures {
        for batch in [1, 2, 3, 8, 32] {
            let train: Vec<(usize, f64)> = shares.iter().copied().enumerate().collect();
            let steps = walk(&training(Budget::Fresh, batch, &[(&train, 1410)]), 1);
            assert!(sizes(&steps).iter().all(|&size| size == batch), "{shares:?} of {batch}");
            let mut so_far = vec![0usize; shares.len()];
            for (place, step) in steps.iter().enumerate() {
                for (task, sequences) in step {
                    so_far[*task] += sequences.len();
                    let due = shares[*task] * (batch * (place + 1)) as f64;
                    assert!((so_far[*task] as f64 - due).abs() < 1.5, "{shares:?} of {batch}: {so_far:?} at {place}");
                }
            }
            for (task, share) in shares.iter().enumerate() {
                assert_eq!(so_far[task], (share * (batch * 1410) as f64).round() as usize, "{shares:?} of {batch}");
            }
        }
    }
}

#[test]
fn fresh_data_never_repeats() {
    let half: &[(usize, f64)] = &[(0, 0.5), (1, 0.5)];
    let steps = walk(&training(Budget::Fresh, 7, &[(&[(0, 1.0)], 5), (half, 6), (&[(1, 1.0)], 3)]), 1);
    // Each task counts its own sequences, in order.
    assert_eq!(of(0, &steps), (0..35 + 21).collect::<Vec<_>>());
    assert_eq!(of(1, &steps), (0..21 + 21).collect::<Vec<_>>());
    assert_eq!(steps[5][1].1[0], 0, "the second task begins at its first sequence");
}

#[test]
fn a_mixture_of_a_task_with_itself_takes_no_sequence_twice() {
    let itself: &[(usize, f64)] = &[(0, 0.5), (0, 0.5)];
    let fresh = walk(&training(Budget::Fresh, 8, &[(itself, 6)]), 1);
    assert_eq!(of(0, &fresh), (0..48).collect::<Vec<_>>());
    let fixed = walk(&training(Budget::Sequences(20), 8, &[(itself, 3)]), 1);
    assert_eq!(of(0, &fixed).into_iter().collect::<BTreeSet<_>>().len(), 20);
}

#[test]
fn stages_and_mixtures_pass_through_each_task_by_itself() {
    let half: &[(usize, f64)] = &[(0, 0.5), (1, 0.5)];
    let training = training(Budget::Sequences(20), 8, &[(&[(0, 1.0)], 4), (half, 8)]);
    let steps = walk(&training, 5);
    // Three steps an epoch, the last of 4.
    assert_eq!(sizes(&steps), [8, 8, 4, 8, 8, 4, 8, 8, 4, 8, 8, 4]);
    for task in [0, 1] {
        let seen = of(task, &steps);
        assert_eq!(seen.len(), if task == 0 { 28 + 26 } else { 26 });
        for pass in seen.chunks_exact(20) {
            assert_eq!(pass.iter().collect::<BTreeSet<_>>().len(), 20, "a pass shows every sequence once");
        }
    }
    assert_ne!(of(0, &steps)[..20], of(1, &steps)[..20], "tasks have orders of their own");
    // The order of a task's sequences is the same whatever stands beside it.
    let mut alone = training.clone();
    alone.tasks.rotate_left(1);
    alone.stages = vec![Stage { train: vec![(0, 1.0)], ..training.stages[1].clone() }];
    (alone.stages[0].from, alone.stages[0].until) = (0, 3);
    assert_eq!(of(0, &walk(&alone, 5)), of(1, &steps)[..20]);
}

#[test]
fn mixtures_that_cannot_be_batched_are_refused() {
    let with = |points: usize, shares: &str| {
        let items = format!(
            "{SMALL}\nlet easy = shapes.classify(maps: 1, images: images, points: 4)\n\
             let hard = shapes.classify(maps: 3, images: images, points: {points})\n\
             curriculum both {{\n  stage main {{ train: mix({shares}), for: 5 steps }}\n}}"
        );
        let text = program(&items, "  data: fresh\n  curriculum: both", "");
        let told = faults(&text);
        if told.is_empty() {
            let arm = &crate::experiment(&text).arms[0];
            let runs = icl::engine::support::runs(&arm.training, &arm.observation);
            assert!(runs.is_ok(), "{runs:?}");
        }
        told
    };
    assert_eq!(with(4, "easy: 50%, hard: 50%"), Vec::<String>::new());
    // Sequences of different lengths share a batch.
    assert_eq!(with(5, "easy: 50%, hard: 50%"), Vec::<String>::new());
    for (points, shares, id) in [
        (4, "easy: 50%, hard: 40%", "E0302"),
        (4, "easy: 0 - 50%, hard: 150%", "E0302"),
        (4, "easy: 0%, hard: 100%", "E0302"),
    ] {
        let faults = with(points, shares);
        assert!(faults.len() == 1 && faults[0].starts_with(id), "{shares}: {faults:?}");
    }
}
