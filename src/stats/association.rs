//! How one number of a run goes with its exit, some runs being right-censored: rank correlation and a straight line.

use super::permutation::{MONTE_CARLO_DRAWS, index, stream};
use super::special::choose;
use serde::{Deserialize, Serialize};

/// The most runs of which all orders are gone through.
const EXACT: usize = 8;
/// Orders drawn of more runs.
const DRAWS: u64 = MONTE_CARLO_DRAWS / 20;

/// A run: a number of it, when it left its plateau, and whether it did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub x: f64,
    /// The time, or that at which it was last seen.
    pub y: f64,
    pub censored: bool,
}

/// How two numbers of runs go together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Association {
    /// Runs.
    pub n: usize,
    pub censored: usize,
    /// Kendall's tau over the pairs of runs whose order in y is known (Oakes 1982): concordant less discordant pairs, as a
    /// share of them.
    pub tau: f64,
    /// The two-sided permutation p of it.
    pub p: f64,
    /// Whether all orders were gone through.
    pub exact: bool,
    /// Slope and intercept of the line; none where more than half of the residuals are censored, or x does not vary.
    pub line: Option<(f64, f64)>,
}

/// Describes how x goes with y; none where the order of no pair is known.
///
/// The line is that of Akritas, Murphy and LaValley (1995): the slope at which the residuals show no rank correlation with x,
/// which without censoring is the median of all slopes (Theil and Sen); the intercept is the Kaplan-Meier median of the
/// residuals.
#[must_use]
pub fn associate(pairs: &[Pair]) -> Option<Association> {
    let pairs: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.x.is_finite() && pair.y.is_finite()).collect();
    let order = orders(&pairs, 0.0);
    if order.is_empty() {
        return None;
    }
    let x: Vec<f64> = pairs.iter().map(|pair| pair.x).collect();
    let score = |x: &[f64]| -> f64 { order.iter().map(|&(short, long)| sign(x[long] - x[short])).sum() };
    let observed = score(&x);
    let (mut hits, mut count) = (0_u64, 0_u64);
    let exact = pairs.len() <= EXACT;
    let mut visit = |x: &[f64]| {
        hits += u64::from(score(x).abs() >= observed.abs() - 1e-9);
        count += 1;
    };
    let mut moved = x.clone();
    if exact {
        every_order(&mut moved, x.len(), &mut visit);
    } else {
        let mut rng = stream(3);
        // The observed order counts as one more draw (Phipson and Smyth 2010).
        visit(&x);
        for _ in 0..DRAWS {
            for i in 0..moved.len() - 1 {
                let j = i + index(&mut rng, moved.len() - i);
                moved.swap(i, j);
            }
            visit(&moved);
        }
    }
    Some(Association {
        n: pairs.len(),
        censored: pairs.iter().filter(|pair| pair.censored).count(),
        tau: observed / order.len() as f64,
        p: hits as f64 / count as f64,
        exact,
        line: line(&pairs),
    })
}

/// The pairs of runs whose order in `y - slope * x` is known, the shorter first.
fn orders(pairs: &[Pair], slope: f64) -> Vec<(usize, usize)> {
    let rest = |pair: &Pair| pair.y - slope * pair.x;
    let mut known = Vec::with_capacity(choose(pairs.len(), 2.min(pairs.len())) as usize);
    for (i, a) in pairs.iter().enumerate() {
        for (j, b) in pairs.iter().enumerate() {
            // A run that is censored when another leaves stays longer than that one.
            let longer = rest(b) > rest(a) || rest(b) == rest(a) && b.censored;
            if i != j && !a.censored && longer {
                known.push((i, j));
            }
        }
    }
    known
}

fn line(pairs: &[Pair]) -> Option<(f64, f64)> {
    let mut slopes = Vec::new();
    for (i, a) in pairs.iter().enumerate() {
        for b in &pairs[..i] {
            if a.x != b.x && !(a.censored && b.censored) {
                slopes.push((a.y - b.y) / (a.x - b.x));
            }
        }
    }
    slopes.sort_by(f64::total_cmp);
    slopes.dedup();
    let (first, last) = (*slopes.first()?, *slopes.last()?);
    // Between neighbouring slopes the score of the residuals is constant, and it falls from one stretch to the next.
    let inside = |at: usize| match at {
        0 => first - 1.0 - first.abs(),
        at if at == slopes.len() => last + 1.0 + last.abs(),
        at => f64::midpoint(slopes[at - 1], slopes[at]),
    };
    let score = |at: usize| -> f64 {
        let order = orders(pairs, inside(at));
        order.iter().map(|&(short, long)| sign(pairs[long].x - pairs[short].x)).sum()
    };
    let edge = |falls: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (0, slopes.len() + 1);
        while low < high {
            let middle = usize::midpoint(low, high);
            if falls(score(middle)) { high = middle } else { low = middle + 1 }
        }
        low
    };
    // The last slope at which the score is still above 0, and the first at which it is below.
    let (above, below) = (edge(&|score| score <= 0.0), edge(&|score| score < 0.0));
    let at = |place: usize| slopes[place.clamp(1, slopes.len()) - 1];
    let slope = f64::midpoint(at(above), at(below));
    let mut rest: Vec<(f64, bool)> = pairs.iter().map(|pair| (pair.y - slope * pair.x, pair.censored)).collect();
    rest.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut share, total) = (1.0, rest.len());
    for (place, (value, censored)) in rest.into_iter().enumerate() {
        let at_risk = (total - place) as f64;
        if !censored {
            share *= 1.0 - 1.0 / at_risk;
        }
        if share <= 0.5 + 1e-9 {
            return Some((slope, value));
        }
    }
    None
}

/// Goes through all orders (Heap 1963).
fn every_order(values: &mut [f64], n: usize, visit: &mut impl FnMut(&[f64])) {
    if n <= 1 {
        visit(values);
        return;
    }
    for i in 0..n {
        every_order(values, n - 1, visit);
        if i + 1 < n {
            values.swap(if n.is_multiple_of(2) { i } else { 0 }, n - 1);
        }
    }
}

fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}
