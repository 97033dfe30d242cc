//! Streams against an independent implementation (`tests/oracle/make_streams.py`) and against their laws.

use super::chi_square;
use icl::engine::streams::{Role, Stream, named, stream, streams};
use std::collections::BTreeSet;

const ROLES: [(Role, &str); 6] = [
    (Role::Init, "init"),
    (Role::Run, "run"),
    (Role::Train, "train"),
    (Role::Test, "test"),
    (Role::Order, "order"),
    (Role::Probe, "probe"),
];

/// The top 63 bits of the first number.
fn first(mut stream: Stream) -> u64 {
    stream.below(1 << 63)
}

#[test]
fn numbers_are_those_of_an_independent_implementation() {
    let cases: serde_json::Value = serde_json::from_str(include_str!("../oracle/streams.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let seed = case["seed"].as_u64().unwrap();
        let (role, _) = *ROLES.iter().find(|(_, name)| case["role"] == *name).unwrap();
        let make = || match &case["path"] {
            serde_json::Value::String(name) => named(seed, role, name),
            path => stream(seed, role, &serde_json::from_value::<Vec<u64>>(path.clone()).unwrap()),
        };
        let list = |key: &str| serde_json::from_value::<Vec<u64>>(case[key].clone()).unwrap();
        let mut draws = make();
        let below: Vec<u64> = list("bounds").into_iter().map(|bound| draws.below(bound)).collect();
        assert_eq!(below, list("below"), "{}", case["path"]);
        let permutation: Vec<u64> = make().permutation(40).into_iter().map(u64::from).collect();
        assert_eq!(permutation, list("permutation"));
        let theirs: Vec<f32> = serde_json::from_value(case["normals"].clone()).unwrap();
        let ours = make().normals(theirs.len());
        assert_eq!(ours.len(), 7);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            // Another library of functions may round the last bit the other way.
            assert!((ours - theirs).abs() <= 2.0 * f32::EPSILON * theirs.abs(), "{ours} {theirs}");
        }
    }
}

#[test]
fn streams_side_by_side_are_those_made_one_by_one() {
    let mut made = Vec::new();
    // Whole and broken groups of lanes; fewer numbers than are taken, as many, and more than are made at a time.
    for (count, numbers) in [(1, 0), (16, 1), (17, 40), (40, 128), (3, 1000), (64, 8)] {
        let sequences: Vec<u64> = (0..count).map(|at| at * at + (at << 40)).collect();
        streams(7, Role::Train, &sequences, 1 << 35, numbers, &mut made);
        assert_eq!(made.len(), sequences.len());
        for (made, &sequence) in made.iter_mut().zip(&sequences) {
            let mut alone = stream(7, Role::Train, &[sequence, 1 << 35]);
            for taken in 0..300 {
                assert_eq!(made.bits(), alone.bits(), "number {taken} of sequence {sequence} with {numbers} at hand");
            }
        }
    }
}

#[test]
fn normal_numbers_are_the_same_one_by_one_and_all_at_once() {
    let mut all = vec![0.0; 10_000];
    named(3, Role::Train, "normals").fill_normal(&mut all);
    let mut alone = named(3, Role::Train, "normals");
    assert!(all.iter().all(|x| *x == alone.normal()));
    assert!(all.iter().any(|x| x.abs() > 3.654_152_885_361_009), "the tail was never drawn");
}

#[test]
fn every_role_seed_and_path_has_its_own_stream() {
    let paths: [&[u64]; 8] = [&[], &[0], &[1], &[0, 0], &[0, 1], &[1, 0], &[256], &[0, 0, 0]];
    let mut seen = BTreeSet::new();
    for (role, _) in ROLES {
        for seed in [0, 1, 1 << 32] {
            for path in paths {
                assert!(
                    seen.insert(first(stream(seed, role, path))),
                    "{role:?} {seed} {path:?} repeats another stream"
                );
                assert_eq!(first(stream(seed, role, path)), first(stream(seed, role, path)));
            }
            for name in ["a", "b", "ab", "blocks.0"] {
                assert!(seen.insert(first(named(seed, role, name))), "{role:?} {seed} {name} repeats another stream");
            }
        }
    }
    assert_eq!(seen.len(), 6 * 3 * 12);
}

#[test]
fn bounded_integers_are_unbiased() {
    // Critical values at 0.1%: 5, 9 and 2 degrees of freedom.
    for (bound, critical) in [(6u64, 20.52), (10, 27.88)] {
        let mut draws = stream(11, Role::Train, &[bound]);
        let mut counts = vec![0u64; bound as usize];
        (0..60_000).for_each(|_| counts[draws.below(bound) as usize] += 1);
        assert!(chi_square(&counts) < critical, "{counts:?}");
    }
    // Without rejection a third of these would fall into the first of three equal parts twice as often.
    let bound = 3u64 << 62;
    let mut draws = stream(11, Role::Train, &[bound]);
    let mut counts = [0u64; 3];
    for _ in 0..30_000 {
        let value = draws.below(bound);
        assert!(value < bound);
        counts[(value % 3) as usize] += 1;
    }
    assert!(chi_square(&counts) < 13.82, "{counts:?}");
}

#[test]
fn open_reals_lie_above_zero_up_to_one() {
    let mut draws = stream(3, Role::Probe, &[]);
    let mut counts = [0u64; 10];
    for _ in 0..50_000 {
        let value = draws.open();
        assert!(value > 0.0 && value <= 1.0);
        counts[((value * 10.0) as usize).min(9)] += 1;
    }
    assert!(chi_square(&counts) < 27.88, "{counts:?}");
}

#[test]
fn normals_are_normal_and_neighbours_independent() {
    const COUNT: usize = 100_000;
    let drawn = stream(5, Role::Init, &[]).normals(COUNT);
    let mut sorted: Vec<f64> = drawn.iter().map(|&value| f64::from(value)).collect();
    sorted.sort_by(f64::total_cmp);
    let distance = sorted.iter().enumerate().fold(0.0_f64, |worst, (rank, &value)| {
        let law = 0.5 * libm::erfc(-value / std::f64::consts::SQRT_2);
        let (below, above) = (rank as f64 / COUNT as f64, (rank + 1) as f64 / COUNT as f64);
        worst.max((law - below).abs()).max((law - above).abs())
    });
    // Kolmogorov's law: 1.949 / sqrt(n) at 0.1%.
    assert!(distance < 1.949 / (COUNT as f64).sqrt(), "{distance}");
    // Both of a pair of Box and Muller share a radius: neither they nor their squares may be correlated.
    for power in [1, 2] {
        let centred = |value: f32| f64::from(value).powi(power) - f64::from(power - 1);
        let products = drawn.as_chunks::<2>().0.iter().map(|[a, b]| centred(*a) * centred(*b));
        let mean = products.sum::<f64>() / (COUNT / 2) as f64;
        let sd = f64::from(power) / ((COUNT / 2) as f64).sqrt();
        assert!(mean.abs() < 4.0 * sd, "power {power}: {mean}");
    }
    assert_eq!(stream(5, Role::Init, &[]).normals(7), drawn[..7], "an odd count is a beginning of a longer one");
}

#[test]
fn permutations_are_uniform() {
    let mut draws = stream(9, Role::Run, &[]);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..24_000 {
        *counts.entry(draws.permutation(4)).or_insert(0u64) += 1;
    }
    assert_eq!(counts.len(), 24);
    // 23 degrees of freedom, 0.1%.
    assert!(chi_square(&counts.into_values().collect::<Vec<_>>()) < 49.73);
    assert_eq!(draws.permutation(0), Vec::<u32>::new());
    assert_eq!(draws.permutation(1), [0]);
}
