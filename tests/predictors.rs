//! The reference predictors against other software on the same arrays (`tests/oracle/make_predictors.py`), and against
//! what formulas say of them.

use icl::engine::predictors::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("oracle/predictors.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn size(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn assert_close(ours: &[f64], theirs: &[f64], within: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() <= within, "{what}, number {at}: {ours}, not {theirs}");
    }
}

/// A predictor by its name in the golden file, and how far it may be from the other software, in units of the largest
/// number.
fn predict(name: &str, examples: &Examples) -> (Vec<f64>, f64) {
    let (rule, number) = name.split_once(' ').unwrap_or((name, "0"));
    let number: f64 = number.parse().unwrap();
    match rule {
        "averaging" => (averaging(examples), 1e-12),
        "nearest" => (nearest(examples, number as usize), 1e-12),
        "least_squares" => (least_squares(examples), 1e-8),
        "ridge" => (ridge(examples, number), 1e-8),
        "lasso" => (lasso(examples, number), 1e-8),
        other => panic!("{other}"),
    }
}

#[test]
fn predictors_agree_with_other_software() {
    let golden = golden();
    let cases = golden["examples"].as_array().unwrap();
    assert!(cases.len() > 15);
    for case in cases {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let examples = Examples { x: &x, y: &y, dim: size(&case["dim"]), outputs: size(&case["outputs"]) };
        for (name, theirs) in case["predicted"].as_object().unwrap() {
            let theirs = numbers(theirs);
            let (ours, within) = predict(name, &examples);
            let scale = largest(&theirs).max(largest(&y));
            assert_close(&ours, &theirs, within * scale, &format!("{}: {name}", case["name"]));
        }
        if case["name"] == "several outputs" {
            let errors = squared_error(&ridge(&examples, 0.25), &y, examples.outputs);
            assert_close(&errors, &numbers(&case["squared_error"]), 1e-9, "squared error");
        }
    }
}

#[test]
fn ngrams_agree_with_plain_counting() {
    for case in golden()["tokens"].as_array().unwrap() {
        let tokens: Vec<u32> = serde_json::from_value(case["tokens"].clone()).unwrap();
        let states = size(&case["states"]);
        let laws = ngram(&tokens, states, size(&case["n"]), case["alpha"].as_f64().unwrap());
        assert_close(&laws, &numbers(&case["laws"]), 1e-12, "laws");
        for law in laws.chunks_exact(states) {
            assert!((law.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let scores: Vec<_> =
            laws.chunks_exact(states).zip(&tokens).map(|(law, &token)| score_law(law, token as usize)).collect();
        let accuracy: Vec<f64> = scores.iter().map(|score| score.accuracy).collect();
        assert_close(&accuracy, &numbers(&case["scores"]["accuracy"]), 1e-12, "accuracy");
        let losses = case["scores"]["loss"].as_array().unwrap();
        for (ours, theirs) in scores.iter().map(|score| score.loss).zip(losses) {
            // What the law excludes costs infinitely much, which the file cannot write.
            let theirs = theirs.as_f64().unwrap_or(f64::INFINITY);
            assert!(ours == theirs || (ours - theirs).abs() < 1e-12, "{ours}, not {theirs}");
        }
    }
}

/// Standard normal numbers.
fn normal(count: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut uniform = || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    (0..count).map(|_| (-2.0 * (1.0 - uniform()).ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()).collect()
}

/// Inputs and targets of a linear function, `[n, dim]` and `[n]`.
fn linear(n: usize, dim: usize, noise: f64, rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<f64>) {
    let (x, w, e) = (normal(n * dim, rng), normal(dim, rng), normal(n, rng));
    let y = x.chunks_exact(dim).zip(e).map(|(x, e)| x.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>() + noise * e);
    let y = y.collect();
    (x, y)
}

fn of_one<'a>(x: &'a [f64], y: &'a [f64], dim: usize) -> Examples<'a> {
    Examples { x, y, dim, outputs: 1 }
}

#[test]
fn least_squares_without_noise_is_exact_from_as_many_examples_as_coordinates_on() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..50 {
        let (x, y) = linear(41, 20, 0.0, &mut rng);
        let errors = squared_error(&least_squares(&of_one(&x, &y, 20)), &y, 1);
        assert!(largest(&errors[20..]) < 1e-16, "{errors:?}");
        assert!(errors[..20].iter().sum::<f64>() > 1.0);
    }
}

#[test]
fn least_squares_expects_the_share_of_the_norm_that_no_example_shows() {
    // Projected on a random subspace of i of d dimensions, standard normal weights keep i of their squared norm d.
    const SEQUENCES: usize = 4000;
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut means = [0.0; 8];
    for _ in 0..SEQUENCES {
        let (x, y) = linear(8, 8, 0.0, &mut rng);
        let errors = squared_error(&least_squares(&of_one(&x, &y, 8)), &y, 1);
        means.iter_mut().zip(errors).for_each(|(mean, error)| *mean += error / SEQUENCES as f64);
    }
    for (at, mean) in means.iter().enumerate() {
        let expected = (8 - at) as f64;
        assert!((mean / expected - 1.0).abs() < 0.12, "@{at}: {mean}, not {expected}");
    }
}

#[test]
fn a_rank_that_only_rounding_could_raise_is_not_raised() {
    // Inputs in a plane of three coordinates, the second nearly in line with the first: of the plane fewer places are
    // known then, so that later inputs leave it by more than their own rounding. Were that a third direction, it would
    // fit the noise. In coordinates of the plane nothing can leave it.
    for tilt in [1e-2, 1e-4, 1e-6] {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (u, v) = ([0.6, -0.3, 0.7], [0.1, 0.9, -0.2]);
        let mut plane = normal(24, &mut rng);
        plane[..4].copy_from_slice(&[1.0, 0.0, 1.0, tilt]);
        let x: Vec<f64> = plane.chunks_exact(2).flat_map(|z| (0..3).map(|i| z[0] * u[i] + z[1] * v[i])).collect();
        let y = normal(12, &mut rng);
        let expected = least_squares(&of_one(&plane, &y, 2));
        for predictions in [least_squares(&of_one(&x, &y, 3)), ridge(&of_one(&x, &y, 3), 1e-26)] {
            assert_close(&predictions[3..], &expected[3..], 1e-13 / tilt, "in the plane");
        }
    }
}

#[test]
fn ridge_is_the_posterior_mean_of_normal_weights() {
    // One coordinate: the posterior mean by summing over a grid of weights.
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (x, y) = linear(10, 1, 0.7, &mut rng);
    let predictions = ridge(&of_one(&x, &y, 1), 0.49);
    for at in 0..10 {
        let (mut mass, mut first) = (0.0, 0.0);
        for step in -80_000..=80_000 {
            let w = f64::from(step) * 1e-4;
            let misfit: f64 = (0..at).map(|i| (y[i] - w * x[i]).powi(2)).sum();
            let density = (-0.5 * w * w - misfit / (2.0 * 0.49)).exp();
            mass += density;
            first += w * density;
        }
        assert!((predictions[at] - first / mass * x[at]).abs() < 1e-9, "@{at}");
    }
}

#[test]
fn ridge_goes_over_into_least_squares() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (x, y) = linear(30, 12, 0.3, &mut rng);
    let examples = of_one(&x, &y, 12);
    let exact = least_squares(&examples);
    assert_eq!(ridge(&examples, 0.0), exact);
    for lambda in [1e-16, 1e-20, 1e-30, 1e-300] {
        assert_close(&ridge(&examples, lambda), &exact, 1e-8, "a vanishing penalty");
    }
    // Either side of where one way of computing gives over to the other.
    let border = 16.0 * 1e-10;
    assert_close(&ridge(&examples, border), &ridge(&examples, border / 1e4), 1e-6, "two ways");
    assert!(largest(&ridge(&examples, 1e300)) < 1e-200);
}

#[test]
fn the_lasso_of_one_example_is_a_soft_threshold() {
    let (x, y) = ([2.0, 3.0, 0.5], [1.6, 9.0, 0.0]);
    // The optimum on (2, 1.6) is (2 * 1.6 - lambda) / 4, and 0 from lambda 3.2 on; on both examples one of two.
    for (lambda, weight) in [(0.2, 0.75), (3.1, 0.025), (3.2, 0.0), (50.0, 0.0)] {
        let predictions = lasso(&of_one(&x, &y, 1), lambda);
        assert_eq!(predictions[0], 0.0);
        assert!((predictions[1] - 3.0 * weight).abs() < 1e-14);
        let both = ((30.2 - 2.0 * lambda) / 13.0_f64).max(0.0);
        assert!((predictions[2] - 0.5 * both).abs() < 1e-14);
    }
}

#[test]
fn predictions_know_nothing_of_their_own_target_nor_of_what_follows() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let (x, y) = linear(14, 5, 0.2, &mut rng);
    let all = ["averaging", "nearest 2", "least_squares", "ridge 0.1", "ridge 1e-15", "lasso 0.05"];
    for name in all {
        let whole = predict(name, &of_one(&x, &y, 5)).0;
        for cut in 1..14 {
            let (x, mut y) = (x[..cut * 5].to_vec(), y[..cut].to_vec());
            y[cut - 1] += 100.0;
            let part = predict(name, &of_one(&x, &y, 5)).0;
            assert_close(&part, &whole[..cut], 1e-11, name);
        }
        assert_eq!(whole[0], 0.0);
    }
}

#[test]
fn scales_change_units_alone() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (x, y) = linear(16, 5, 0.2, &mut rng);
    let examples = of_one(&x, &y, 5);
    let times = |values: &[f64], factor: f64| values.iter().map(|value| value * factor).collect::<Vec<_>>();
    // Of inputs and of targets, as powers of two, with penalties that go along.
    for (a, b) in [(600, 0), (-600, 0), (0, 900), (0, -900), (-500, 400), (1000, -900), (-1000, -900)] {
        let (a, b) = (2.0_f64.powi(a), 2.0_f64.powi(b));
        let (x, y) = (times(&x, a), times(&y, b));
        let moved = of_one(&x, &y, 5);
        assert_eq!(least_squares(&moved), times(&least_squares(&examples), b));
        assert_eq!(nearest(&moved, 3), times(&nearest(&examples, 3), b));
        let penalty = 0.1 * a * b;
        if penalty.is_normal() {
            assert_eq!(lasso(&moved, penalty), times(&lasso(&examples, 0.1), b));
        }
        let penalty = 0.25 * a * a;
        if penalty.is_normal() {
            assert_eq!(ridge(&moved, penalty), times(&ridge(&examples, 0.25), b));
        }
        assert!(lasso(&moved, 0.1).iter().chain(&ridge(&moved, 0.25)).all(|prediction| prediction.is_finite()));
    }
}

#[test]
fn nothing_makes_a_predictor_panic() {
    let values = [0.0, -0.0, 1.0, -1.0, 5e-324, -1e-300, 1e300, f64::MAX, f64::INFINITY, f64::NAN];
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut pick = |count: usize, among: usize| -> Vec<f64> {
        (0..count).map(|_| values[rng.next_u32() as usize % among]).collect()
    };
    for round in 0..400 {
        // Undefined numbers come in one round of four alone.
        let among = if round % 4 == 0 { values.len() } else { 8 };
        let (n, dim, outputs) = (round % 7, round % 5 + usize::from(round % 3 == 0), 1 + round % 2);
        let (x, y) = (pick(n * dim, among), pick(n * outputs, among));
        let examples = Examples { x: &x, y: &y, dim, outputs };
        let all = ["averaging", "nearest 2", "least_squares", "ridge 0.1", "ridge 1e-300", "ridge 1e300", "lasso 0.1"];
        for name in all {
            assert_eq!(predict(name, &examples).0.len(), n * outputs, "{name}");
        }
    }
}
