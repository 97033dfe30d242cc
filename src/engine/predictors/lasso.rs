//! The lasso on the examples so far.

use super::examples::{Examples, Scaled};
use super::least_squares::least_squares;
use super::vectors::{add, dot, norm};

/// Rounds of descent at a position after which the weights are taken as they are. With 20 coordinates a dozen is rare;
/// 100 of them and a small penalty take up to some thirty.
const ROUNDS: usize = 500;

/// Passes over the coordinates in a round.
const PASSES: usize = 3;

/// The predictor whose weights minimise `1/(2 i) |y - X w|^2 + lambda |w|_1` over the i examples so far, without
/// intercept: the objective of scikit-learn. A penalty of 0 means [`least_squares`]; it must not be negative. Where
/// several weights are optimal, as for columns that were alike so far, it is one of them.
///
/// Coordinate descent (Friedman et al. 2010) from the previous position's weights finds which of them are not 0; a
/// Newton step among those is then exact. Both only ever lower the objective, and they end where the conditions of the
/// optimum hold up to rounding.
#[must_use]
pub fn lasso(examples: &Examples, lambda: f64) -> Vec<f64> {
    debug_assert!(lambda >= 0.0, "a penalty is not negative");
    let scaled = Scaled::of(examples);
    let data = scaled.examples();
    let lambda = lambda / scaled.unit_x / scaled.unit_y;
    if lambda == 0.0 {
        return least_squares(examples);
    }
    let mut predictions = vec![0.0; data.y.len()];
    let mut weights = vec![0.0; data.outputs * data.dim];
    let mut gram = vec![0.0; data.dim * data.dim];
    for at in 0..data.count() {
        let input = data.input(at);
        for output in 0..data.outputs {
            let weights = &mut weights[output * data.dim..][..data.dim];
            if at > 0 {
                Problem { data: &data, seen: at, output, gram: &gram, threshold: at as f64 * lambda }.solve(weights);
            }
            predictions[at * data.outputs + output] = dot(weights, input);
        }
        gram.chunks_exact_mut(data.dim.max(1)).zip(input).for_each(|(row, &factor)| add(row, factor, input));
    }
    scaled.restore(predictions)
}

/// The lasso of one output on the first examples, in terms of sums over them.
struct Problem<'a> {
    data: &'a Examples<'a>,
    seen: usize,
    output: usize,
    /// X'X, `[dim, dim]`.
    gram: &'a [f64],
    /// The number of examples times lambda, which the gradient of the squares must reach for a weight to differ from 0.
    threshold: f64,
}

impl Problem<'_> {
    /// Moves weights to the optimum.
    fn solve(&self, weights: &mut [f64]) {
        for _ in 0..ROUNDS {
            let (mut slope, rounding) = self.slope(weights);
            if self.violation(&slope, weights) <= rounding {
                return;
            }
            for _ in 0..PASSES {
                self.pass(&mut slope, weights);
            }
            // Each step that is cut short sets a weight to 0.
            while self.step(&self.slope(weights).0, weights) {}
        }
    }

    /// `X'(y - X w)` from the residuals themselves, which lose less than sums of products do, and what rounding may
    /// make of it.
    fn slope(&self, weights: &[f64]) -> (Vec<f64>, f64) {
        let mut slope = vec![0.0; weights.len()];
        let mut magnitude = 0.0;
        for at in 0..self.seen {
            let (input, target) = (self.data.input(at), self.data.target(at)[self.output]);
            let residual = target - dot(weights, input);
            add(&mut slope, residual, input);
            magnitude += target * target;
        }
        let column = |at: usize| self.gram[at * weights.len() + at].sqrt();
        let longest = (0..weights.len()).map(column).fold(0.0, f64::max);
        (slope, 1e-14 * longest * (magnitude.sqrt() + longest * norm(weights)))
    }

    /// How far the conditions of the optimum are missed: the slope is the threshold, with the sign of the weight, where
    /// that is not 0, and not beyond the threshold elsewhere.
    fn violation(&self, slope: &[f64], weights: &[f64]) -> f64 {
        let miss = |(&slope, &weight): (&f64, &f64)| {
            if weight == 0.0 {
                (slope.abs() - self.threshold).max(0.0)
            } else {
                (slope - self.threshold.copysign(weight)).abs()
            }
        };
        slope.iter().zip(weights).map(miss).fold(0.0, f64::max)
    }

    /// Minimises over each coordinate in turn.
    fn pass(&self, slope: &mut [f64], weights: &mut [f64]) {
        let dim = weights.len();
        for (at, row) in self.gram.chunks_exact(dim.max(1)).enumerate() {
            let curvature = row[at];
            let pull = slope[at] + curvature * weights[at];
            let beyond = pull.abs() - self.threshold;
            let next = if beyond > 0.0 && curvature > 0.0 { beyond.copysign(pull) / curvature } else { 0.0 };
            if next != weights[at] {
                add(slope, weights[at] - next, row);
                weights[at] = next;
            }
        }
    }

    /// Steps to the minimum among weights of the present signs, or as far as the first that would change its sign,
    /// which becomes 0; says whether there was one.
    fn step(&self, slope: &[f64], weights: &mut [f64]) -> bool {
        let face = self.face(weights);
        let pull = |at: usize| slope[at] - self.threshold.copysign(weights[at]);
        let (step, mut share) = match &face.dependent {
            None => (face.solve(face.members.iter().map(|&at| pull(at)).collect()), 1.0),
            // Along weights that cancel, only their absolute norm changes, until one of them is 0.
            Some(cancel) => {
                let growth: f64 = face.members.iter().zip(cancel).map(|(&at, step)| step * weights[at].signum()).sum();
                (cancel.iter().map(|step| if growth > 0.0 { -step } else { *step }).collect::<Vec<_>>(), f64::INFINITY)
            }
        };
        let mut first = None;
        for (&at, step) in face.members.iter().zip(&step) {
            let room = -weights[at] / step;
            if room > 0.0 && room < share {
                (share, first) = (room, Some(at));
            }
        }
        if share.is_infinite() {
            return false;
        }
        face.members.iter().zip(&step).for_each(|(&at, step)| weights[at] += share * step);
        if let Some(at) = first {
            weights[at] = 0.0;
        }
        first.is_some()
    }

    /// The weights that are not 0, up to the first whose column depends on those before.
    fn face(&self, weights: &[f64]) -> Face {
        let dim = weights.len();
        let mut face = Face { members: Vec::new(), rows: Vec::new(), dependent: None };
        for at in (0..dim).filter(|&at| weights[at] != 0.0) {
            let mut row = Vec::with_capacity(face.members.len() + 1);
            for (&other, above) in face.members.iter().zip(&face.rows) {
                let known = dot(&row, &above[..row.len()]);
                row.push((self.gram[at * dim + other] - known) / above[row.len()]);
            }
            let whole = self.gram[at * dim + at];
            let left = whole - dot(&row, &row);
            face.members.push(at);
            // Less than this may be rounding alone.
            if left <= 1e-13 * whole {
                let mut cancel = face.solve_transposed(row);
                cancel.iter_mut().for_each(|weight| *weight = -*weight);
                cancel.push(1.0);
                face.dependent = Some(cancel);
                break;
            }
            row.push(left.sqrt());
            face.rows.push(row);
        }
        face
    }
}

/// Weights that are not 0.
struct Face {
    members: Vec<usize>,
    /// The Cholesky factor L of the members' sums of products, as far as they are independent.
    rows: Vec<Vec<f64>>,
    /// Weights of the members that add up to nothing on every example, where the last depends on the others.
    dependent: Option<Vec<f64>>,
}

impl Face {
    /// Solves L L' a = values.
    fn solve(&self, mut values: Vec<f64>) -> Vec<f64> {
        for (at, row) in self.rows.iter().enumerate() {
            values[at] = (values[at] - dot(&row[..at], &values[..at])) / row[at];
        }
        self.solve_transposed(values)
    }

    /// Solves L' a = values.
    fn solve_transposed(&self, mut values: Vec<f64>) -> Vec<f64> {
        for (at, row) in self.rows.iter().enumerate().rev() {
            values[at] /= row[at];
            let (before, solved) = values.split_at_mut(at);
            add(before, -solved[0], &row[..at]);
        }
        values
    }
}
