//! Curves of a loss whose exit is known.

use icl::stats::Curve;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a run does.
#[derive(Clone, Copy)]
pub enum Course {
    /// It leaves its plateau around this step, within about 400 steps.
    Leaves(f64),
    /// It stays.
    Stuck,
    /// It falls slowly, by 30% of the way over the whole run, and leaves no plateau.
    Drifts,
}

/// The standard deviation of an evaluation, in the way from the plateau to the level to reach.
#[derive(Clone, Copy)]
pub struct Noise(pub f64);

/// A stream of random numbers for one purpose.
pub fn numbers(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// A standard normal number (Box and Muller 1958).
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let mut uniform = || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    libm::sqrt(-2.0 * libm::log(1.0 - uniform())) * libm::cos(std::f64::consts::TAU * uniform())
}

/// A curve of 10,000 steps, evaluated every 100.
pub fn curve(rng: &mut ChaCha8Rng, course: Course, noise: Noise) -> Curve {
    let steps: Vec<f64> = (0..=100).map(|at| f64::from(at) * 100.0).collect();
    let clean = |step: f64| match course {
        Course::Leaves(at) => 1.0 / (1.0 + libm::exp((step - at) / 100.0)),
        Course::Stuck => 1.0,
        Course::Drifts => 1.0 - 0.3 * step / 10_000.0,
    };
    let values = steps.iter().map(|&step| clean(step) + noise.0 * normal(rng)).collect();
    Curve { steps, values }
}
