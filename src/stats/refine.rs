//! Placing an exit more finely: which finer evaluations that takes, and where they say that it lies.

use super::plateau::{WINDOW, crossing, finite_prefix, smoothed};
use super::{Curve, Exit, Rule, StatsError};

/// The stretch of a run whose finer evaluations place its exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Steps between the finer evaluations; they lie at its multiples.
    pub every: u64,
    /// The first of them, early enough that running medians in the bracket are full.
    pub low: u64,
    /// The last of them, late enough for that and for the exit to be held; the end of the run where that comes before.
    pub high: u64,
    /// The evaluations around the exit, widened to multiples of `every`.
    bracket: (u64, u64),
    /// Whether `high` is the last evaluation of the run, after which running medians shrink as they do there.
    ends: bool,
}

impl Window {
    /// The steps of the finer evaluations, in order.
    pub fn steps(&self) -> impl Iterator<Item = u64> {
        let last = (!self.high.is_multiple_of(self.every)).then_some(self.high);
        (self.low..=self.high).step_by(usize::try_from(self.every).unwrap_or(usize::MAX)).chain(last)
    }
}

/// The finer evaluations that place the exit of a curve: those in the bracket of two evaluations around it, and as many
/// beyond as a running median and a held exit need. `None` where there is no exit, it lies before the counting, or its
/// bracket is no wider than `every`.
///
/// # Errors
/// A malformed curve or rule, and P = F.
pub fn window(curve: &Curve, rule: &Rule, every: u64) -> Result<Option<Window>, StatsError> {
    let finite = finite_prefix(curve, rule)?;
    let g = smoothed(curve, rule, finite);
    let Some(exit) = crossing(&curve.steps, &g, rule, rule.exit).filter(|exit| exit.bracket.is_some()) else {
        return Ok(None);
    };
    let (before, after) = (curve.steps[exit.index - 1] as u64, curve.steps[exit.index] as u64);
    if every == 0 || after - before <= every {
        return Ok(None);
    }
    let last = curve.steps[finite - 1] as u64;
    let bracket = (before / every * every, after.div_ceil(every) * every);
    let half = WINDOW as u64 / 2;
    let high = bracket.1 + (half + rule.held as u64 - 1) * every;
    let (low, ends) = (bracket.0.saturating_sub(half * every), high >= last);
    Ok(Some(Window { every, low, high: high.min(last), bracket, ends }))
}

/// The exit as finer evaluations of a [`Window`] place it, by the same rule: the first crossing within the bracket after
/// which progress stays for `held` of them. `None` where they have none there, so that it stays where it was.
///
/// # Errors
/// A malformed curve or rule, and P = F.
pub fn refined(fine: &Curve, rule: &Rule, window: &Window) -> Result<Option<Exit>, StatsError> {
    let finite = finite_prefix(fine, rule)?;
    let g = smoothed(fine, rule, finite);
    let half = WINDOW / 2;
    // Medians that shrink because the window does, and not the run, say nothing.
    let first = if window.low == 0 { 0 } else { half };
    let until = if window.ends { finite } else { finite.saturating_sub(half) };
    for at in first + 1..until {
        let (before, after) = (fine.steps[at - 1], fine.steps[at]);
        let within = before >= window.bracket.0 as f64 && after <= window.bracket.1 as f64 && after >= rule.from;
        let held = at + rule.held <= until && g[at..at + rule.held].iter().all(|value| *value >= rule.exit);
        if !within || g[at - 1] >= rule.exit || !held {
            continue;
        }
        let time = before + (rule.exit - g[at - 1]) / (g[at] - g[at - 1]) * (after - before) - rule.from;
        let bracket = ((before - rule.from).max(0.0), after - rule.from);
        return Ok(Some(if time <= 0.0 { Exit::AtStart } else { Exit::At { time, bracket } }));
    }
    Ok(None)
}
