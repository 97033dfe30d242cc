//! How well an exit is placed on simulated curves whose exit is known: bias, spread, missed and false exits of icl's own rule,
//! beside a raw 20% threshold and half-way to the run's own minimum; and how often the bootstrap intervals of few seeds hold
//! what they are of. `cargo bench --bench estimator` prints the tables that docs/statistics.md holds. `-- SEED` draws anew.

mod simulate;

use icl::stats::{Curve, EndArm, Rule, ends, median, plateau};
use simulate::{Course, Noise, curve, numbers};

/// Curves of each kind.
const CURVES: usize = 2000;

/// A way to read an exit off a curve of losses that falls from 1 to 0.
struct Estimator {
    name: &'static str,
    exit: fn(&Curve) -> Option<f64>,
}

const ESTIMATORS: [Estimator; 3] = [
    Estimator { name: "icl: half-way of P and F, held", exit: own },
    Estimator { name: "raw 20% below P", exit: raw },
    Estimator { name: "half-way to the run's minimum", exit: relative },
];

/// The rule of the language: the median of five, half-way, held for three evaluations.
fn own(curve: &Curve) -> Option<f64> {
    plateau(curve, &Rule::between(1.0, 0.0)).ok()?.exit.time()
}

/// The first raw evaluation that lies 20% of the way below the plateau.
fn raw(curve: &Curve) -> Option<f64> {
    curve.values.iter().position(|value| *value <= 0.8).map(|at| curve.steps[at])
}

/// The first raw evaluation half-way between the first one and the run's own minimum.
fn relative(curve: &Curve) -> Option<f64> {
    let least = curve.values.iter().copied().fold(f64::INFINITY, f64::min);
    let half = f64::midpoint(curve.values[0], least);
    curve.values.iter().position(|value| *value <= half).map(|at| curve.steps[at])
}

fn main() {
    let seed = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(1);
    println!("{CURVES} curves of each kind, 10,000 steps, an evaluation every 100; seed {seed}\n");
    println!("| noise | estimator | bias, steps | sd, steps | missed | false, stuck | false, drifting |");
    println!("|---:|---|---:|---:|---:|---:|---:|");
    for noise in [Noise(0.05), Noise(0.2)] {
        for Estimator { name, exit } in &ESTIMATORS {
            let mut errors = Vec::new();
            let mut rng = numbers(seed, 1);
            for at in 0..CURVES {
                let truth = 3000.0 + 4000.0 * at as f64 / CURVES as f64;
                errors.extend(exit(&curve(&mut rng, Course::Leaves(truth), noise)).map(|time| time - truth));
            }
            let missed = CURVES - errors.len();
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            let spread = (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (errors.len() as f64 - 1.0)).sqrt();
            let falsely = |course: Course, stream: u64| {
                let mut rng = numbers(seed, stream);
                (0..CURVES).filter(|_| exit(&curve(&mut rng, course, noise)).is_some()).count()
            };
            let share = |count: usize| format!("{:.1}%", 100.0 * count as f64 / CURVES as f64);
            println!(
                "| {} | {name} | {mean:+.0} | {spread:.0} | {} | {} | {} |",
                noise.0,
                share(missed),
                share(falsely(Course::Stuck, 2)),
                share(falsely(Course::Drifts, 3)),
            );
        }
    }
    coverage(seed);
}

/// How often a 95% percentile interval of a mean over seeds holds the mean that the values were drawn around.
fn coverage(seed: u64) {
    println!("\n| seeds | normal values: held by the 95% interval | its median width, in sd |");
    println!("|---:|---:|---:|");
    for seeds in [3, 5, 8, 10, 20] {
        let mut rng = numbers(seed, 4);
        let (mut held, mut widths) = (0, Vec::new());
        for _ in 0..CURVES {
            let runs = (0..seeds).map(|at| (at as u64, Some(simulate::normal(&mut rng)))).collect();
            let arm = EndArm { name: "arm".into(), planned: seeds, runs };
            let Some((low, high)) = ends(&[arm])[0].interval else { continue };
            held += usize::from(low <= 0.0 && 0.0 <= high);
            widths.push(high - low);
        }
        let share = 100.0 * f64::from(held as u32) / CURVES as f64;
        println!("| {seeds} | {share:.1}% | {:.2} |", median(&widths).unwrap_or(f64::NAN));
    }
}
