//! The exact posterior against the levels that another program found, and against plain enumeration
//! (`tests/oracle/make_posterior.py`).

use super::{SMALL, classify, draw, exact, pool_of, task_of};
use icl::engine::sampler::Split;
use icl::program::task::{Op, Reference, Task};
use serde_json::{Value, json};

/// Accuracy at some predictions (counted from 1), its mean over 40 and the mean loss, with how many seeds of how many
/// sequences are to be compared with them.
struct Level {
    maps: usize,
    seeds: u64,
    sequences: u64,
    accuracy: [(usize, f64); 6],
    mean: f64,
    loss: f64,
}

/// From 3,000 sequences each; accuracies to two places, the other two to three.
const LEVELS: [Level; 3] = [
    Level {
        maps: 1,
        seeds: 30,
        sequences: 50,
        accuracy: [(1, 0.33), (2, 0.82), (5, 1.0), (10, 1.0), (20, 1.0), (40, 1.0)],
        mean: 0.978,
        loss: 0.045,
    },
    Level {
        maps: 10,
        seeds: 30,
        sequences: 50,
        accuracy: [(1, 0.16), (2, 0.39), (5, 0.99), (10, 1.0), (20, 1.0), (40, 1.0)],
        mean: 0.957,
        loss: 0.102,
    },
    Level {
        maps: 100,
        seeds: 10,
        sequences: 50,
        accuracy: [(1, 0.14), (2, 0.26), (5, 0.94), (10, 1.0), (20, 1.0), (40, 1.0)],
        mean: 0.940,
        loss: 0.154,
    },
];

/// Mean and standard error over seeds.
fn over_seeds(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

#[test]
fn the_posterior_reaches_the_known_levels() {
    for level in LEVELS {
        let task = classify(level.maps);
        let numbers: Vec<u64> = (0..level.sequences).collect();
        let scores: Vec<_> = (1..=level.seeds).map(|seed| exact(&task, seed, Split::Test, &numbers)).collect();
        let count = (level.seeds * level.sequences) as f64;
        // Both sides are samples, ours of `count` sequences and theirs of 3,000: four standard errors of the
        // difference, the binomial one for accuracies and that over seeds for means, and half a unit of the last place.
        let both = (1.0 + count / 3000.0).sqrt();
        for (place, expected) in level.accuracy {
            let found = scores.iter().map(|score| score.accuracy[place - 1]).sum::<f64>() / level.seeds as f64;
            let tolerance = 4.0 * both * (expected * (1.0 - expected) / count).sqrt() + 0.005;
            assert!((found - expected).abs() <= tolerance, "{} maps @{place}: {found}, not {expected}", level.maps);
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / 40.0;
        let (accuracy, accuracy_se) = over_seeds(&scores.iter().map(|score| mean(&score.accuracy)).collect::<Vec<_>>());
        let (loss, loss_se) = over_seeds(&scores.iter().map(|score| mean(&score.loss)).collect::<Vec<_>>());
        assert!(accuracy_se < 0.002 && loss_se < 0.003, "{accuracy_se} {loss_se}");
        assert!((accuracy - level.mean).abs() <= 4.0 * both * accuracy_se + 0.0005, "{} maps: {accuracy}", level.maps);
        assert!((loss - level.loss).abs() <= 4.0 * both * loss_se + 0.0005, "{} maps: {loss}", level.maps);
    }
}

#[test]
fn the_blind_level_is_that_of_guessing_within_the_factors_range() {
    const SEQUENCES: usize = 4000;
    let task = classify(100);
    let Some(Reference::Levels { loss: Some(loss), accuracy: Some(accuracy) }) = task.blind else {
        panic!("{:?}", task.blind)
    };
    let sizes: [f64; 6] = [10.0, 10.0, 10.0, 8.0, 4.0, 15.0];
    assert!((loss - sizes.iter().map(|size| size.ln()).sum::<f64>() / 6.0).abs() < 1e-12);
    assert!((accuracy - sizes.iter().map(|size| 1.0 / size).sum::<f64>() / 6.0).abs() < 1e-12);
    assert!((loss - 2.18).abs() < 0.005 && (accuracy - 0.122).abs() < 0.002);
    assert_eq!(task.ideal, Some(Reference::Posterior));
    // Played out: whoever sees no image does no better with any label of the range.
    let numbers: Vec<u64> = (0..SEQUENCES as u64).collect();
    let drawn = draw(&task, 1, Split::Test, &numbers);
    for guess in 0..4 {
        let right: Vec<f64> = (0..SEQUENCES)
            .map(|at| {
                (0..40).filter(|&example| drawn.of(task.target).label(at, example) == guess).count() as f64 / 40.0
            })
            .collect();
        let (found, se) = over_seeds(&right);
        assert!((found - accuracy).abs() < 4.0 * se && se < 0.002, "label {guess}: {found}");
    }
}

/// Some sequences as plain numbers: the pool, and for each sequence its images' factor values and its labels.
fn plain(task: &Task, seed: u64, sequences: u64) -> Value {
    let numbers: Vec<u64> = (0..sequences).collect();
    let drawn = draw(task, seed, Split::Test, &numbers);
    let (map, values) = (task.names["map"], task.names["factors"]);
    let Op::Permutations { sizes, .. } = &task.nodes[map].op else { panic!("no pool") };
    let maps = pool_of(task, seed, "map")
        .into_iter()
        .map(|table| table.chunks(table.len() / sizes.len()).map(<[u32]>::to_vec).collect::<Vec<_>>());
    let whole = |numbers: &[f64]| numbers.iter().map(|number| *number as u32).collect::<Vec<_>>();
    let sequence = |at: usize| {
        let each = |node: usize| (0..task.length).map(move |example| (node, example));
        let values: Vec<_> = each(values).map(|(node, example)| whole(drawn.of(node).at(at, example))).collect();
        let labels: Vec<_> = each(task.target).map(|(node, example)| drawn.of(node).label(at, example)).collect();
        json!({ "values": values, "labels": labels })
    };
    json!({
        "title": task.title,
        "seed": seed,
        "classes": task.classes,
        "maps": maps.collect::<Vec<_>>(),
        "sequences": (0..sequences as usize).map(sequence).collect::<Vec<_>>(),
    })
}

#[test]
fn the_posterior_is_that_of_plain_enumeration() {
    let small = "shapes.classify(maps: 2, images: images, points: 9)";
    let tasks = [(classify(1), 1, 4), (classify(10), 2, 6), (classify(60), 3, 5), (task_of(SMALL, small), 4, 12)];
    let cases: Vec<Value> = tasks.iter().map(|(task, seed, sequences)| plain(task, *seed, *sequences)).collect();
    if let Ok(file) = std::env::var("ICL_DUMP_SEQUENCES") {
        std::fs::write(file, serde_json::to_string(&cases).unwrap()).unwrap();
    }
    let mut golden: Vec<Value> = serde_json::from_str(include_str!("../oracle/posterior.json")).unwrap();
    assert_eq!(golden.len(), tasks.len());
    for ((task, seed, sequences), (case, golden)) in tasks.iter().zip(cases.iter().zip(&mut golden)) {
        let predicted = golden.as_object_mut().unwrap().remove("predicted").unwrap();
        assert_eq!(case, golden, "{}: other sequences than were looked at", task.title);
        assert_eq!(predicted.as_array().unwrap().len() as u64, *sequences);
        let mut blunders = 0;
        for (number, theirs) in predicted.as_array().unwrap().iter().enumerate() {
            let ours = exact(task, *seed, Split::Test, &[number as u64]);
            for (key, ours) in [("accuracy", &ours.accuracy), ("loss", &ours.loss)] {
                let theirs: Vec<f64> = serde_json::from_value(theirs[key].clone()).unwrap();
                assert_eq!(ours.len(), theirs.len());
                for (example, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                    let place = format!("{} sequence {number} @{}", task.title, example + 1);
                    assert!((ours - theirs).abs() < 1e-9, "{place}: {key} {ours}, not {theirs}");
                    blunders += usize::from(*theirs > 0.0 && *theirs < 1.0);
                }
            }
        }
        assert!(blunders > 0, "{}: nothing was ever uncertain", task.title);
    }
}

#[test]
fn scores_are_means_over_sequences() {
    let task = task_of(SMALL, "shapes.classify(maps: 5, images: images, points: 6)");
    let all = exact(&task, 2, Split::Train, &(0..40).collect::<Vec<_>>());
    let each: Vec<_> = (0..40).map(|number| exact(&task, 2, Split::Train, &[number])).collect();
    for place in 0..6 {
        let accuracy = each.iter().map(|one| one.accuracy[place]).sum::<f64>() / 40.0;
        let loss = each.iter().map(|one| one.loss[place]).sum::<f64>() / 40.0;
        assert!((all.accuracy[place] - accuracy).abs() < 1e-12 && (all.loss[place] - loss).abs() < 1e-12);
        assert!(loss >= 0.0);
    }
    assert!(all.loss[0] > all.loss[5] && all.accuracy[0] < all.accuracy[5], "examples help");
}
