//! The log-rank test of two arms.

use serde::{Deserialize, Serialize};

use super::Run;
use super::special::chi2_tail;

/// The log-rank statistic, counted on the first of two arms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRank {
    /// Exits observed in the first arm.
    pub observed: f64,
    /// Exits expected there if both arms leave alike.
    pub expected: f64,
    /// The hypergeometric variance of their difference.
    pub variance: f64,
    /// `(O - E)^2 / V`; 0 where V is 0.
    pub chi2: f64,
    /// Its asymptotic p, on one degree of freedom.
    pub p: f64,
}

/// Runs that share a rank time.
struct Group {
    /// Places of its runs among all.
    members: Vec<usize>,
    /// Places of those that left.
    leavers: Vec<usize>,
    /// Runs of both arms followed until then.
    at_risk: f64,
}

/// The runs of two arms prepared so that the statistic of any arrangement takes one pass.
pub(super) struct Ranked {
    /// From the latest time to the earliest.
    groups: Vec<Group>,
}

impl Ranked {
    /// Orders runs by their rank times; places refer to `runs`.
    pub(super) fn new<'a>(runs: impl Iterator<Item = &'a Run>) -> Self {
        let runs: Vec<&Run> = runs.collect();
        let mut order: Vec<usize> = (0..runs.len()).collect();
        order.sort_by(|&a, &b| runs[b].rank_time().total_cmp(&runs[a].rank_time()));
        let mut groups: Vec<Group> = Vec::new();
        let mut last = f64::NAN;
        for (seen, &place) in order.iter().enumerate() {
            let time = runs[place].rank_time();
            if time != last || groups.is_empty() {
                groups.push(Group { members: Vec::new(), leavers: Vec::new(), at_risk: 0.0 });
                last = time;
            }
            if let Some(group) = groups.last_mut() {
                group.members.push(place);
                group.at_risk = (seen + 1) as f64;
                if runs[place].escaped {
                    group.leavers.push(place);
                }
            }
        }
        Self { groups }
    }

    /// O, E and V of the arm whose runs `first` marks (Mantel 1966): at each time, of n at risk with d leaving,
    /// `E = d n1 / n` and `V = d (n1 / n) (1 - n1 / n) (n - d) / (n - 1)`.
    pub(super) fn statistic(&self, first: &[bool]) -> (f64, f64, f64) {
        let (mut observed, mut expected, mut variance, mut mine) = (0.0, 0.0, 0.0, 0.0);
        for group in &self.groups {
            mine += group.members.iter().filter(|&&i| first[i]).count() as f64;
            let (n, d) = (group.at_risk, group.leavers.len() as f64);
            if d == 0.0 {
                continue;
            }
            let share = mine / n;
            observed += group.leavers.iter().filter(|&&i| first[i]).count() as f64;
            expected += d * share;
            if n > 1.0 {
                variance += d * share * (1.0 - share) * (n - d) / (n - 1.0);
            }
        }
        (observed, expected, variance)
    }

    /// The chi2 of an arrangement.
    pub(super) fn chi2(&self, first: &[bool]) -> f64 {
        chi2(self.statistic(first))
    }
}

fn chi2((observed, expected, variance): (f64, f64, f64)) -> f64 {
    if variance > 1e-12 { (observed - expected).powi(2) / variance } else { 0.0 }
}

/// The log-rank test of arm `a` against arm `b`, exits of the same two evaluations tied.
#[must_use]
pub fn log_rank(a: &[Run], b: &[Run]) -> LogRank {
    let first: Vec<bool> = (0..a.len() + b.len()).map(|i| i < a.len()).collect();
    let statistic = Ranked::new(a.iter().chain(b)).statistic(&first);
    let chi2 = chi2(statistic);
    LogRank { observed: statistic.0, expected: statistic.1, variance: statistic.2, chi2, p: chi2_tail(chi2) }
}
