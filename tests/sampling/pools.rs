//! The posterior mean over large pools, whose elements are weighed side by side where the target is an affine function of
//! them, against plain sums over all elements in the test's own arithmetic.

use super::task_of;
use icl::engine::references::posterior_mean;
use icl::engine::sampler::{Rows, Sample, Sampler, Split};
use icl::program::task::{Op, Task};

const SEQUENCES: usize = 5;

/// A task with a target in some words, `w` from a pool, `x` read, `e` the noise.
fn pooled(size: usize, exponent: f64, target: &str, noise: &str) -> Task {
    let two = target.contains("[[");
    let items = format!(
        "task pooled {{\n  per run {{\n    fixed ~ normal()[3]\n  }}\n  per sequence {{\n    \
         w ~ normal()[3] in pool({size}, exponent: {exponent})\n  }}\n  per example {{\n    x ~ normal()[3]\n    \
         e ~ normal(){}\n    y = {target} + {noise} * e\n  }}\n  length: 7\n  input: x\n  target: y\n  blind: 30\n  \
         ideal: posterior_mean(w)\n}}",
        if two { "[2]" } else { "" }
    );
    task_of(&items, "pooled()")
}

/// What an element predicts for an input.
type Predict = fn(w: &[f64], x: &[f64], fixed: &[f64], index: f64) -> Vec<f64>;

/// The mean squared error of the posterior mean at each position of a sequence.
fn plainly(
    task: &Task,
    sampler: &Sampler<'_>,
    drawn: &Sample,
    sequence: usize,
    predict: Predict,
    sd: fn(&[f64]) -> f64,
) -> Vec<f64> {
    let node = task.names["w"];
    let Op::Draw { pool: Some(pool), .. } = &task.nodes[node].op else { panic!("no pool") };
    let elements: Vec<Vec<f64>> = (0..pool.size).map(|at| sampler.pool_element(node, at).unwrap()).collect();
    let mut log: Vec<f64> = (0..pool.size).map(|at| -pool.exponent * ((at + 1) as f64).ln()).collect();
    let of = |name: &str, position| drawn.of(task.names[name]).at(sequence, position).to_vec();
    (0..task.length)
        .map(|position| {
            let (x, y, fixed) = (of("x", position), of("y", position), of("fixed", position));
            let most = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let (mut weight, mut sums) = (0.0, vec![0.0; y.len()]);
            for (element, log) in elements.iter().zip(&mut log) {
                let said = predict(element, &x, &fixed, position as f64);
                let own = (*log - most).exp();
                weight += own;
                sums.iter_mut().zip(&said).for_each(|(sum, said)| *sum += own * said);
                let distance: f64 = said.iter().zip(&y).map(|(said, y)| (said - y).powi(2)).sum();
                *log -= distance / (2.0 * sd(&x).powi(2));
            }
            let errors = sums.iter().zip(&y).map(|(sum, y)| (sum / weight - y).powi(2));
            errors.sum::<f64>() / y.len() as f64
        })
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A size, an exponent, the target and its noise as written, and both as plain functions.
type Case = (usize, f64, &'static str, &'static str, Predict, fn(&[f64]) -> f64);

#[test]
fn elements_side_by_side_weigh_what_each_weighs_alone() {
    let cases: [Case; 8] = [
        (1000, 0.0, "dot(w, x)", "0.5", |w, x, _, _| vec![dot(w, x)], |_| 0.5),
        // Blocks that are not full, one alone, and more than are drawn at a time.
        (17, 0.0, "dot(x, w)", "1", |w, x, _, _| vec![dot(w, x)], |_| 1.0),
        (5, 1.0, "dot(x, w)", "1", |w, x, _, _| vec![dot(w, x)], |_| 1.0),
        (12_345, 1.5, "dot(w, x)", "0.2", |w, x, _, _| vec![dot(w, x)], |_| 0.2),
        // Little noise, which leaves one element, and much, which leaves all.
        (300, 0.0, "dot(w, x)", "1e-5", |w, x, _, _| vec![dot(w, x)], |_| 1e-5),
        (300, 0.5, "dot(w, x)", "40", |w, x, _, _| vec![dot(w, x)], |_| 40.0),
        // A constant beside it, a scale that the input shows, a noise that it shows.
        (
            400,
            0.0,
            "(3 + x[0] - sum(w * x ^ 2) / 2 + (if index > 2 then w[1] else dot(w, fixed)))",
            "(1 + abs(x[2]))",
            |w, x, fixed, index| {
                let squares: f64 = w.iter().zip(x).map(|(w, x)| w * x * x).sum();
                vec![3.0 + x[0] - squares / 2.0 + if index > 2.0 { w[1] } else { dot(w, fixed) }]
            },
            |x| 1.0 + x[2].abs(),
        ),
        // Two numbers at once.
        (
            400,
            0.0,
            "matmul([[1, 2, 0], [0, -1, 3]], w * x)",
            "2",
            |w, x, _, _| vec![w[0] * x[0] + 2.0 * w[1] * x[1], 3.0 * w[2] * x[2] - w[1] * x[1]],
            |_| 2.0,
        ),
    ];
    for (size, exponent, target, noise, predict, sd) in cases {
        let task = pooled(size, exponent, target, noise);
        let sampler = Sampler::new(&task, &Rows::of(&task), 6).unwrap();
        let drawn = sampler.sample(Split::Test, &(0..SEQUENCES as u64).collect::<Vec<_>>()).unwrap();
        let ours = posterior_mean(&sampler, task.names["w"], &drawn).unwrap();
        assert_eq!(ours.accuracy, [0.0; 0]);
        let mut theirs = vec![0.0; task.length];
        for sequence in 0..SEQUENCES {
            let one = plainly(&task, &sampler, &drawn, sequence, predict, sd);
            theirs.iter_mut().zip(one).for_each(|(sum, loss)| *sum += loss / SEQUENCES as f64);
        }
        for (position, (ours, theirs)) in ours.loss.iter().zip(&theirs).enumerate() {
            let within = (ours - theirs).abs() <= 1e-9 * theirs;
            assert!(within, "{size}, {target}, {noise} @{position}: {ours}, not {theirs}");
        }
        assert!(theirs[0] > 0.0 && theirs.iter().any(|loss| *loss != theirs[0]));
    }
}

#[test]
fn a_target_that_is_no_affine_function_is_weighed_element_by_element() {
    let predict: Predict = |w, x, _, _| vec![dot(w, x).tanh() + w[0] * w[1]];
    let task = pooled(200, 1.0, "tanh(dot(w, x)) + w[0] * w[1]", "0.5");
    let sampler = Sampler::new(&task, &Rows::of(&task), 6).unwrap();
    for sequence in 0..3 {
        let drawn = sampler.sample(Split::Test, &[sequence]).unwrap();
        let ours = posterior_mean(&sampler, task.names["w"], &drawn).unwrap();
        for (ours, theirs) in ours.loss.iter().zip(plainly(&task, &sampler, &drawn, 0, predict, |_| 0.5)) {
            assert!((ours - theirs).abs() <= 1e-9 * theirs, "{ours}, not {theirs}");
        }
    }
}

#[test]
fn without_noise_one_example_leaves_one_element() {
    let task = pooled(3000, 0.0, "dot(w, x)", "0");
    let sampler = Sampler::new(&task, &Rows::of(&task), 6).unwrap();
    let drawn = sampler.sample(Split::Test, &[0, 1, 2]).unwrap();
    let ours = posterior_mean(&sampler, task.names["w"], &drawn).unwrap();
    assert!(ours.loss[0] > 0.1, "{:?}", ours.loss);
    assert!(ours.loss[1..].iter().all(|loss| *loss < 1e-24), "{:?}", ours.loss);
}
