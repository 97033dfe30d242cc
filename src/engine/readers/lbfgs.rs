//! Minima of smooth convex functions by limited-memory BFGS (Nocedal 1980).

use std::collections::VecDeque;

/// Steps that are remembered.
const MEMORY: usize = 20;
/// Evaluations of one line search. Bisection alone has met the resolution of f64 by then.
const LOOKS: usize = 60;
/// The decrease that a step must have of what its slope promises, and how much of the slope it may leave (Wolfe 1969).
const DECREASE: f64 = 1e-4;
const SLOPE: f64 = 0.9;
/// What a value may be off by rounding, relatively.
const ROUNDING: f64 = 1e-12;

/// A smooth convex function.
pub(super) trait Objective {
    /// The value at a place, and the gradient there.
    fn evaluate(&self, at: &[f64], gradient: &mut [f64]) -> f64;

    /// Multiplies a gradient by something like the inverse of the Hessian: symmetric, positive definite, the same throughout.
    fn precondition(&self, gradient: &mut [f64]);
}

/// Why no minimum was reached.
#[derive(Debug, PartialEq)]
pub(super) enum Failure {
    NotFinite,
    /// The search ended with a gradient of this norm, relative to the one at the start, after so many steps.
    Far {
        norm: f64,
        steps: usize,
    },
}

/// The function at some place.
struct Place {
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Place {
    fn new(objective: &impl Objective, at: Vec<f64>) -> Self {
        let mut gradient = vec![0.0; at.len()];
        let value = objective.evaluate(&at, &mut gradient);
        Self { at, value, gradient }
    }

    fn finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().all(|value| value.is_finite())
    }
}

/// A step, with what the gradient gained along it.
struct Step {
    moved: Vec<f64>,
    gained: Vec<f64>,
    product: f64,
}

/// The place where the norm of the gradient, measured by the preconditioner, is at most `tolerance` of that at `start`, in
/// at most `limit` steps.
pub(super) fn minimise(
    objective: &impl Objective,
    start: Vec<f64>,
    tolerance: f64,
    limit: usize,
) -> Result<Vec<f64>, Failure> {
    let mut here = Place::new(objective, start);
    if !here.finite() {
        return Err(Failure::NotFinite);
    }
    let norm = |gradient: &[f64]| {
        let mut scaled = gradient.to_vec();
        objective.precondition(&mut scaled);
        dot(gradient, &scaled).sqrt()
    };
    let first = norm(&here.gradient);
    let mut steps: VecDeque<Step> = VecDeque::with_capacity(MEMORY);
    let mut taken = 0;
    while norm(&here.gradient) > tolerance * first {
        let far = || Failure::Far { norm: norm(&here.gradient) / first, steps: taken };
        if taken == limit {
            return Err(far());
        }
        let direction = direction(objective, &here.gradient, &steps);
        let Some(next) = search(objective, &here, &direction) else {
            // What was remembered may have gone stale by rounding; without it there is nothing left to try.
            if steps.is_empty() {
                return Err(far());
            }
            steps.clear();
            continue;
        };
        let step = Step {
            moved: difference(&next.at, &here.at),
            gained: difference(&next.gradient, &here.gradient),
            product: 0.0,
        };
        let product = dot(&step.moved, &step.gained);
        if product > 0.0 {
            if steps.len() == MEMORY {
                steps.pop_front();
            }
            steps.push_back(Step { product, ..step });
        }
        here = next;
        taken += 1;
    }
    Ok(here.at)
}

/// Where the remembered curvature says the minimum lies: minus the inverse Hessian times the gradient, by two loops.
fn direction(objective: &impl Objective, gradient: &[f64], steps: &VecDeque<Step>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut shares = vec![0.0; steps.len()];
    for (step, share) in steps.iter().zip(&mut shares).rev() {
        *share = dot(&step.moved, &direction) / step.product;
        add(-*share, &step.gained, &mut direction);
    }
    objective.precondition(&mut direction);
    if let Some(last) = steps.back() {
        let mut gained = last.gained.clone();
        objective.precondition(&mut gained);
        let scale = last.product / dot(&last.gained, &gained);
        direction.iter_mut().for_each(|value| *value *= scale);
    }
    for (step, share) in steps.iter().zip(shares) {
        let other = dot(&step.gained, &direction) / step.product;
        add(share - other, &step.moved, &mut direction);
    }
    direction
}

/// A place along the direction that satisfies the conditions of Wolfe, or, where values no longer tell places apart, the
/// approximate ones of Hager and Zhang (2005), which look at slopes alone; none where there is no such place.
///
/// Slopes grow along a line, since the function is convex: what is too short and what is too long is told by them.
fn search(objective: &impl Objective, here: &Place, direction: &[f64]) -> Option<Place> {
    let start = dot(&here.gradient, direction);
    if !(start < 0.0 && start.is_finite()) {
        return None;
    }
    // Lengths that are too short and too long, with their slopes.
    let (mut short, mut long): ((f64, f64), Option<(f64, f64)>) = ((0.0, start), None);
    let mut length = 1.0;
    for _ in 0..LOOKS {
        let mut at = here.at.clone();
        add(length, direction, &mut at);
        let there = Place::new(objective, at);
        let slope = dot(&there.gradient, direction);
        if !there.finite() {
            long = Some((length, f64::INFINITY));
        } else if slope < SLOPE * start {
            short = (length, slope);
        } else {
            let decreased = there.value <= here.value + DECREASE * length * start;
            let level = there.value <= here.value + ROUNDING * here.value.abs();
            if decreased || (level && slope <= (2.0 * DECREASE - 1.0) * start) {
                return Some(there);
            }
            long = Some((length, slope));
        }
        length = match long {
            None => length * 4.0,
            Some((far, slope)) => {
                let between = far - short.0;
                // Where a line through both slopes is zero, not too near either end.
                let share = if slope.is_finite() { -short.1 / (slope - short.1) } else { 0.1 };
                short.0 + between * share.clamp(0.1, 0.9)
            }
        };
        if length == short.0 {
            return None;
        }
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(factor: f64, of: &[f64], into: &mut [f64]) {
    into.iter_mut().zip(of).for_each(|(into, of)| *into += factor * of);
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sum of e^(c x) - c x` for scales `c` that differ much: steep on one side, flat on the other, least at 0.
    struct Steep;

    impl Objective for Steep {
        fn evaluate(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
            let mut value = 0.0;
            for (place, (x, slope)) in at.iter().zip(gradient).enumerate() {
                let scale = 4_f64.powi(place as i32 - 2);
                value += libm::exp(scale * x) - scale * x;
                *slope = scale * (libm::exp(scale * x) - 1.0);
            }
            value
        }

        fn precondition(&self, _: &mut [f64]) {}
    }

    #[test]
    fn a_minimum_is_found_from_both_sides() {
        for start in [-3.0, 3.0] {
            let found = minimise(&Steep, vec![start; 4], 1e-13, 2000).unwrap();
            let mut gradient = vec![0.0; 4];
            assert!(Steep.evaluate(&found, &mut gradient) - 4.0 < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn a_search_that_ends_early_says_how_far_it_came() {
        let Err(Failure::Far { norm, steps: 2 }) = minimise(&Steep, vec![3.0; 4], 1e-12, 2) else { panic!() };
        assert!(norm > 1e-12 && norm < 1.0);
        // Overflows where it begins.
        assert_eq!(minimise(&Steep, vec![1e6; 4], 1e-12, 2), Err(Failure::NotFinite));
    }
}
