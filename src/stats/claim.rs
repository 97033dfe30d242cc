//! Claims stated before the runs: `expect a < b at level`.
//!
//! A claim has a part for each combination of a sweep and holds if all do. Each part is a one-sided exact permutation test in
//! the stated direction; Holm's adjustment runs over the claims of an experiment.

use serde::{Deserialize, Serialize};

use super::permutation::permute;
use super::restricted::{area, area_of, check_horizon};
use super::{Permutation, Run, StatsError, holm, smallest_p_one_sided};

/// What one side of a claim is measured by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sample {
    /// Exits from a plateau, compared by restricted mean.
    Exits(Vec<Run>),
    /// One number a run, compared by mean.
    Scores(Vec<f64>),
}

impl Sample {
    fn len(&self) -> usize {
        match self {
            Self::Exits(runs) => runs.len(),
            Self::Scores(scores) => scores.len(),
        }
    }
}

/// A claim for one combination of a sweep: the statistic of `small` is below that of `large`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The combination, as shown.
    pub label: String,
    /// The side claimed to be smaller.
    pub small: Sample,
    /// The side claimed to be larger.
    pub large: Sample,
    /// The horizon that the means of exits are restricted to; scores do not use it.
    pub horizon: f64,
}

/// A claim of an experiment. `a > b` is the claim that b is below a.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The claim, as written.
    pub text: String,
    /// The level it is judged at, such as 0.05.
    pub level: f64,
    /// One part for each combination.
    pub parts: Vec<Part>,
}

/// What the runs say about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every part holds at the level.
    Supported,
    /// The reverse of some part holds at the level.
    Refuted,
    /// Neither, though so many runs could have told.
    Undecided,
    /// No outcome of so few runs could reach the level.
    Underpowered,
}

impl Verdict {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::Undecided => "undecided",
            Self::Underpowered => "underpowered",
        }
    }
}

/// The numbers of one part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartJudgement {
    /// The combination.
    pub label: String,
    /// The statistic of the side claimed to be smaller.
    pub small: f64,
    /// The statistic of the side claimed to be larger.
    pub large: f64,
    /// Runs on either side, in that order.
    pub runs: (usize, usize),
    /// One-sided p of the stated direction.
    pub p: Permutation,
    /// One-sided p of the reverse direction.
    pub reverse: Permutation,
    /// The smallest p that so many runs could give.
    pub smallest_p: f64,
}

/// The verdict on one claim, with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The claim, as written.
    pub text: String,
    /// The level.
    pub level: f64,
    /// The verdict.
    pub verdict: Verdict,
    /// The claim's p before adjustment: the largest of its parts'.
    pub p: f64,
    /// Holm's adjustment of it over the experiment's claims.
    pub p_holm: f64,
    /// The reverse's p, adjusted likewise: the smallest of the parts' times their number, then Holm.
    pub reverse_holm: f64,
    /// The smallest adjusted p that so many runs could give, every claim doing its best.
    pub smallest_holm: f64,
    /// The parts.
    pub parts: Vec<PartJudgement>,
}

/// The one-sided tests of a part: how often a random arrangement has a difference small - large as low, and as high, as seen.
fn judge_part(part: &Part) -> Result<PartJudgement, StatsError> {
    let (n, m) = (part.small.len(), part.large.len());
    if n == 0 || m == 0 {
        return Err(StatsError::Empty { what: "one side of the claim" });
    }
    let ((reverse, p), small, large) = match (&part.small, &part.large) {
        (Sample::Exits(a), Sample::Exits(b)) => {
            check_horizon(part.horizon)?;
            let all: Vec<&Run> = a.iter().chain(b).collect();
            let mut order: Vec<usize> = (0..all.len()).collect();
            order.sort_by(|&i, &j| all[i].time.total_cmp(&all[j].time));
            let sorted: Vec<(f64, bool)> = order.iter().map(|&i| (all[i].time, all[i].escaped)).collect();
            let both = permute(n + m, n, part.horizon, |first| {
                area(&sorted, part.horizon, |i| usize::from(first[order[i]]))
                    - area(&sorted, part.horizon, |i| usize::from(!first[order[i]]))
            });
            (both, area_of(a, part.horizon), area_of(b, part.horizon))
        }
        (Sample::Scores(a), Sample::Scores(b)) => {
            let all: Vec<f64> = a.iter().chain(b).copied().collect();
            if let Some(&value) = all.iter().find(|v| !v.is_finite()) {
                return Err(StatsError::Range { what: "a score", value, must: "finite" });
            }
            let scale = all.iter().fold(0.0_f64, |s, v| s.max(v.abs()));
            let mean = |of: &dyn Fn(usize) -> bool, count: usize| {
                (0..all.len()).filter(|&i| of(i)).map(|i| all[i]).sum::<f64>() / count as f64
            };
            let both = permute(n + m, n, scale, |first| mean(&|i| first[i], n) - mean(&|i| !first[i], m));
            (both, mean(&|i| i < n, n), mean(&|i| i >= n, m))
        }
        _ => return Err(StatsError::Kinds),
    };
    let smallest_p = smallest_p_one_sided(n, m);
    Ok(PartJudgement { label: part.label.clone(), small, large, runs: (n, m), p, reverse, smallest_p })
}

/// Judges the claims of one experiment together.
///
/// A claim's p is the largest of its parts', since it holds only if all do (the intersection-union test, Berger 1982); the
/// reverse of any one part refutes it, so the smallest reverse p counts, times their number. Both are then adjusted by Holm
/// over the claims. A claim is underpowered if even the smallest p that its runs could give would not reach the level.
///
/// # Errors
/// A claim without parts, a side without runs, scores that are not finite, sides of different kinds, or a level not between 0
/// and 1.
pub fn judge(claims: &[Claim]) -> Result<Vec<Judgement>, StatsError> {
    let mut parts = Vec::with_capacity(claims.len());
    for claim in claims {
        if claim.parts.is_empty() {
            return Err(StatsError::Empty { what: "the claim" });
        }
        if !(claim.level > 0.0 && claim.level < 1.0) {
            return Err(StatsError::Range { what: "the level", value: claim.level, must: "between 0 and 1" });
        }
        parts.push(claim.parts.iter().map(judge_part).collect::<Result<Vec<_>, _>>()?);
    }
    let largest = |of: &dyn Fn(&PartJudgement) -> f64| -> Vec<f64> {
        parts.iter().map(|ps| ps.iter().map(of).fold(0.0, f64::max)).collect()
    };
    let p = largest(&|part| part.p.p);
    let p_holm = holm(&p);
    let smallest_holm = holm(&largest(&|part| part.smallest_p));
    let reverse: Vec<f64> = parts
        .iter()
        .map(|ps| (ps.iter().map(|part| part.reverse.p).fold(1.0, f64::min) * ps.len() as f64).min(1.0))
        .collect();
    let reverse_holm = holm(&reverse);
    let judged = claims.iter().zip(parts).enumerate().map(|(i, (claim, parts))| {
        let reached = |p: f64| p <= claim.level + 1e-12;
        let verdict = if reached(p_holm[i]) {
            Verdict::Supported
        } else if reached(reverse_holm[i]) {
            Verdict::Refuted
        } else if reached(smallest_holm[i]) {
            Verdict::Undecided
        } else {
            Verdict::Underpowered
        };
        Judgement {
            text: claim.text.clone(),
            level: claim.level,
            verdict,
            p: p[i],
            p_holm: p_holm[i],
            reverse_holm: reverse_holm[i],
            smallest_holm: smallest_holm[i],
            parts,
        }
    });
    Ok(judged.collect())
}
