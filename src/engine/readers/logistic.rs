//! Multinomial logistic regression to its optimum.

use super::cholesky::Cholesky;
use super::lbfgs::{Failure, Objective, minimise};
use super::linear::Linear;
use super::panels::{self, BLOCK, Row, SIDE, add_crossed, add_times, pack, pack_numbers};
use super::ridge::Gram;
use super::{check_labels, rows};
use crate::engine::error::{Error, Result, ensure};

/// The gradient's norm at the optimum, relative to the one without weights, both measured by the inverse of the bound of
/// the Hessian: half the square of this norm is at most what the loss is above its minimum.
const TOLERANCE: f64 = 1e-9;
/// Steps after which the search ends as not converged.
pub const LIMIT: usize = 2000;
/// Rows that are predicted at once, a multiple of [`BLOCK`].
const AT_ONCE: usize = 16 * BLOCK;

/// Features whose labels are fitted, target after target.
pub struct Logistic<'a> {
    features: &'a [f32],
    width: usize,
    lambda: f64,
    means: Vec<f64>,
    /// A bound of the Hessian in the weights of one class (Böhning 1992): half the covariance of the features, plus
    /// `lambda`. It makes the search indifferent to how features are scaled and depend on each other.
    bound: Cholesky,
}

impl<'a> Logistic<'a> {
    /// `features` `[n, width]` with the penalty `lambda / 2 |W|^2`.
    ///
    /// # Errors
    /// If sizes do not fit, the penalty is negative or not a number, or features are not finite.
    pub fn new(features: &'a [f32], width: usize, lambda: f64) -> Result<Self> {
        ensure(lambda >= 0.0 && lambda.is_finite(), || format!("a penalty of {lambda}"))?;
        let count = rows(features, width)?;
        ensure(count > 0, || "a logistic regression without rows".into())?;
        let mut gram = Gram::new(width, 0);
        gram.add_columns(features, &[])?;
        let mut bound = gram.squares();
        bound.iter_mut().for_each(|value| *value /= 2.0 * count as f64);
        if !bound.iter().all(|value| value.is_finite()) {
            return Err(Error::NotFinite { what: "one of the features of a logistic regression".into() });
        }
        let largest = (0..width).map(|at| bound[at * width + at]).fold(0.0, f64::max);
        // Only the way to the optimum depends on it, so that a little more may be added where it is singular.
        let more = if largest > 0.0 { 1e-10 * largest } else { 1.0 };
        (0..width).for_each(|at| bound[at * width + at] += lambda.max(more));
        let bound =
            Cholesky::of(bound, width).ok_or_else(|| Error::NotFinite { what: "a bound of the Hessian".into() })?;
        Ok(Self { features, width, lambda, means: gram.means(), bound })
    }

    /// The minimum of `mean cross-entropy + lambda / 2 |W|^2`, in nats, whose intercept is not penalised: scikit-learn's
    /// `LogisticRegression(C = 1 / (lambda n))` with several classes. Intercepts sum to 0, as weights do where they are
    /// penalised. It ends where the gradient's norm is 1e-9 of that without weights, both as far as they promise a
    /// smaller loss. Classes that no label names score minus infinity.
    ///
    /// # Errors
    /// If sizes do not fit, if the optimum is not reached in [`LIMIT`] steps, or if there is none: without a penalty, larger
    /// weights are always better where classes can be told apart without fault.
    pub fn fit(&self, labels: &[u32], classes: usize) -> Result<Linear> {
        check_labels(labels, self.features.len() / self.width, classes)?;
        let mut place = vec![None; classes];
        labels.iter().for_each(|&label| place[label as usize] = Some(0));
        let seen: Vec<usize> = (0..classes).filter(|&class| place[class].is_some()).collect();
        seen.iter().enumerate().for_each(|(at, &class)| place[class] = Some(at));
        let labels: Vec<usize> = labels.iter().filter_map(|&label| place[label as usize]).collect();
        let target = Target { of: self, labels, classes: seen.len() };
        let start = vec![0.0; (self.width + 1) * seen.len()];
        let at = minimise(&target, start, TOLERANCE, LIMIT).map_err(|failure| match failure {
            Failure::NotFinite => Error::NotFinite { what: "the loss of a logistic regression".into() },
            Failure::Far { norm, steps } => Error::NotConverged(format!(
                "a logistic regression of {classes} classes, whose gradient after {steps} steps has {norm:.1e} of its \
                 first norm, not {TOLERANCE:.0e}"
            )),
        })?;
        let fitted = target.linear(&at);
        if self.lambda == 0.0 && seen.len() > 1 && target.told_apart(&fitted)? {
            return Err(Error::NotConverged(format!(
                "a logistic regression of {classes} classes, which can be told apart without fault: without a penalty, \
                 larger weights are always better"
            )));
        }
        let mut linear = Linear { weight: vec![0.0; self.width * classes], bias: vec![f64::NEG_INFINITY; classes] };
        for (at, &class) in seen.iter().enumerate() {
            linear.bias[class] = fitted.bias[at];
            for row in 0..self.width {
                linear.weight[row * classes + class] = fitted.weight[row * seen.len() + at];
            }
        }
        Ok(linear)
    }
}

/// The labels of one target, all of whose classes are seen. Unknowns are `[width, classes]` weights, then the intercepts of
/// centred features.
struct Target<'a> {
    of: &'a Logistic<'a>,
    labels: Vec<usize>,
    classes: usize,
}

impl Target<'_> {
    /// The map of features as they are.
    fn linear(&self, at: &[f64]) -> Linear {
        let (weight, bias) = at.split_at(self.of.width * self.classes);
        let mut bias = bias.to_vec();
        for (mean, row) in self.of.means.iter().zip(weight.chunks_exact(self.classes)) {
            add_times(-mean, row, &mut bias);
        }
        Linear { weight: weight.to_vec(), bias }
    }

    /// Whether a map gives every row's own class the largest score.
    fn told_apart(&self, map: &Linear) -> Result<bool> {
        let mut scores = Vec::new();
        for (features, labels) in self.of.features.chunks(AT_ONCE * self.of.width).zip(self.labels.chunks(AT_ONCE)) {
            map.predict(features, &mut scores)?;
            let right = |(row, &own): (&[f64], &usize)| {
                row.iter().enumerate().all(|(class, score)| class == own || *score < row[own])
            };
            if !scores.chunks_exact(self.classes).zip(labels).all(right) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Objective for Target<'_> {
    fn evaluate(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let (width, classes) = (self.of.width, self.classes);
        let (panels, apart) = (panels::count(width), panels::count(width) * SIDE);
        let linear = self.linear(at);
        let nothing = vec![0.0; classes];
        let mut packed: Vec<Row> = vec![[0.0; SIDE]; panels * BLOCK];
        let mut errors: Vec<Row> = vec![[0.0; SIDE]; BLOCK];
        let (mut crossed, mut sums) = (vec![0.0; classes * apart], vec![0.0; classes]);
        let (mut scores, mut loss) = (Vec::new(), 0.0);
        for (features, labels) in self.of.features.chunks(AT_ONCE * width).zip(self.labels.chunks(AT_ONCE)) {
            if linear.predict(features, &mut scores).is_err() {
                return f64::NAN;
            }
            for (scores, &label) in scores.chunks_exact_mut(classes).zip(labels) {
                loss += cross_entropy(scores, label);
                sums.iter_mut().zip(&*scores).for_each(|(sum, error)| *sum += error);
            }
            for (features, scores) in features.chunks(BLOCK * width).zip(scores.chunks(BLOCK * classes)) {
                let count = features.len() / width;
                let (packed, errors) = (&mut packed[..panels * count], &mut errors[..count]);
                pack(features, &self.of.means, packed);
                for first in (0..classes).step_by(SIDE) {
                    pack_numbers(scores, &nothing, first, errors);
                    let crossed = &mut crossed[first * apart..classes.min(first + SIDE) * apart];
                    add_crossed(errors, packed, crossed, apart);
                }
            }
        }
        let share = 1.0 / self.labels.len() as f64;
        let (weight, bias) = gradient.split_at_mut(width * classes);
        let mut square = 0.0;
        for (row, (gradient, weight)) in weight.chunks_exact_mut(classes).zip(at.chunks_exact(classes)).enumerate() {
            for (class, (gradient, weight)) in gradient.iter_mut().zip(weight).enumerate() {
                square += weight * weight;
                *gradient = crossed[class * apart + row] * share + self.of.lambda * weight;
            }
        }
        bias.iter_mut().zip(sums).for_each(|(gradient, sum)| *gradient = sum * share);
        loss * share + self.of.lambda / 2.0 * square
    }

    fn precondition(&self, gradient: &mut [f64]) {
        let (weight, bias) = gradient.split_at_mut(self.of.width * self.classes);
        self.of.bound.solve(weight, self.classes);
        bias.iter_mut().for_each(|value| *value *= 2.0);
    }
}

/// The cross-entropy of one row's softmax, whose scores become its gradient.
fn cross_entropy(scores: &mut [f64], label: usize) -> f64 {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = scores[label];
    let (mut others, mut exact) = (0.0, 0.0);
    for (class, score) in scores.iter_mut().enumerate() {
        *score = libm::exp(*score - largest);
        if class == label {
            exact = *score;
        } else {
            others += *score;
        }
    }
    let sum = others + exact;
    scores.iter_mut().for_each(|score| *score /= sum);
    // p - 1 as minus the sum of the others' probabilities, which loses nothing when p is nearly 1.
    scores[label] = -others / sum;
    libm::log(sum) + largest - own
}
