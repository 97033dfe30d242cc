//! The middle and the spread of several runs at the places they share.

use super::axis::drawable;
use super::figure::Group;

/// From how many runs on there is a middle to band.
pub const BANDED: usize = 3;

/// What one group's runs say together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// Each run cut at its gaps, in rising order of x.
    pub pieces: Vec<Vec<Vec<(f64, f64)>>>,
    /// The median over the runs at the places shared by all.
    pub median: Vec<(f64, f64)>,
    /// The quartiles at the same places; empty for fewer than three runs.
    pub band: Vec<(f64, f64, f64)>,
}

/// Reads a group's runs; runs without one drawable point count for nothing.
pub fn spread(group: &Group) -> Spread {
    let runs: Vec<Vec<(f64, f64)>> = group.runs.iter().map(|run| ordered(&run.points)).collect();
    let pieces: Vec<Vec<Vec<(f64, f64)>>> =
        runs.iter().map(|run| cut(run)).filter(|pieces| !pieces.is_empty()).collect();
    let whole: Vec<Vec<(f64, f64)>> = pieces.iter().map(|pieces| pieces.concat()).collect();
    let Some(first) = whole.first() else {
        return Spread::default();
    };
    let (mut median, mut band) = (Vec::new(), Vec::new());
    for &(x, _) in first {
        let mut ys: Vec<f64> = whole.iter().filter_map(|run| value_at(run, x)).collect();
        if ys.len() < whole.len() {
            continue;
        }
        ys.sort_by(f64::total_cmp);
        median.push((x, quantile(&ys, 0.5)));
        if whole.len() >= BANDED {
            band.push((x, quantile(&ys, 0.25), quantile(&ys, 0.75)));
        }
    }
    Spread { pieces, median, band }
}

/// The run in rising order of x, the last of several values at one place kept.
fn ordered(run: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut run: Vec<(f64, f64)> = run.iter().copied().filter(|p| drawable(p.0)).collect();
    run.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out: Vec<(f64, f64)> = Vec::with_capacity(run.len());
    for point in run {
        match out.last_mut() {
            Some(last) if last.0 == point.0 => *last = point,
            _ => out.push(point),
        }
    }
    out
}

/// Cuts a run where a value cannot be drawn.
fn cut(run: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    run.split(|p| !drawable(p.1)).filter(|piece| !piece.is_empty()).map(<[(f64, f64)]>::to_vec).collect()
}

/// The value of an ordered run at exactly `x`.
fn value_at(run: &[(f64, f64)], x: f64) -> Option<f64> {
    run.binary_search_by(|p| p.0.total_cmp(&x)).ok().map(|at| run[at].1)
}

/// The quantile of ordered values, by linear interpolation.
pub fn quantile(ordered: &[f64], share: f64) -> f64 {
    let place = share * (ordered.len() - 1) as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let below = place.floor() as usize;
    let above = (below + 1).min(ordered.len() - 1);
    let part = place - below as f64;
    ordered[below] * (1.0 - part) + ordered[above] * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_taken_where_all_runs_have_a_value() {
        let runs = vec![
            vec![(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN)],
            vec![(1.0, 4.0), (0.0, 3.0), (2.0, 5.0)],
            vec![(0.0, f64::NAN)],
        ];
        let got = spread(&Group::of("", (1..).zip(runs)));
        assert_eq!(got.median, vec![(0.0, 2.0), (1.0, 3.0)]);
        assert_eq!(got.band, vec![], "two runs have no middle");
        assert_eq!(got.pieces.len(), 2);
        let runs = [1.0, 2.0, 3.0, 4.0, 5.0].map(|y| vec![(0.0, y)]).to_vec();
        assert_eq!(spread(&Group::of("", (1..).zip(runs))).band, vec![(0.0, 2.0, 4.0)]);
    }
}
