//! Comparisons that have come to have two explanations.

use super::change::Warning;
use super::pair::{Grid, Pairs};
use super::words::and;
use crate::program::contrast::contrast;

/// Arms that differ from their baseline in more than one setting now, and did not before.
pub fn warnings(old: &Grid<'_>, new: &Grid<'_>, arms: &Pairs, points: &Pairs) -> Vec<Warning> {
    let (Some(&(was, is)), true) = (points.first(), new.arms() > 1) else { return Vec::new() };
    let unlike = |grid: &Grid<'_>, place: usize, point: usize| {
        contrast(&grid.arm(0, point).training, &grid.arm(place, point).training)
    };
    let mut warnings = Vec::new();
    for place in 1..new.arms() {
        let now = unlike(new, place, is);
        let before = arms.iter().find(|(_, new)| *new == place).map(|(old_place, _)| unlike(old, *old_place, was));
        if now.len() < 2 || before.as_ref().is_some_and(|before| before.len() > 1) {
            continue;
        }
        let (arm, baseline) = (new.name(place), new.name(0));
        let then = match before.as_deref() {
            Some([one]) => format!(", before only in {one}"),
            _ => String::new(),
        };
        let text = format!(
            "arm `{arm}` now differs from `{baseline}` in {}{then}: a difference in results has two explanations",
            and(&now)
        );
        warnings.push(Warning { text, arm: arm.to_string() });
    }
    warnings
}
