//! What became of a sweep.

use super::change::{Change, Class, Detail, Rename};
use super::pair::{Grid, Pairs};
use super::words::{counted, list};
use std::collections::BTreeSet;

/// A point as a reader knows it: `maps = 10, dim = 5`.
pub fn said(bound: &[(String, String)]) -> String {
    bound.iter().map(|(name, text)| format!("{name} = {text}")).collect::<Vec<_>>().join(", ")
}

/// Points that came or went, told once, and swept names that are called otherwise.
pub fn changes(old: &Grid<'_>, new: &Grid<'_>, points: &Pairs) -> (Option<Change>, Vec<Rename>) {
    let names = |grid: &Grid<'_>| -> Vec<String> {
        grid.experiment
            .points
            .first()
            .map(|bound| bound.iter().map(|(name, _)| name.clone()).collect())
            .unwrap_or_default()
    };
    let (before, now) = (names(old), names(new));
    let mut renames = Vec::new();
    if !points.is_empty() && before.len() == now.len() {
        let renamed = before.iter().zip(&now).filter(|(a, b)| a != b && !now.contains(a) && !before.contains(b));
        renames.extend(renamed.map(|(a, b)| Rename { what: "sweep", old: a.clone(), new: b.clone() }));
    }
    let gone: Vec<usize> = (0..old.points()).filter(|at| points.iter().all(|(a, _)| a != at)).collect();
    let came: Vec<usize> = (0..new.points()).filter(|at| points.iter().all(|(_, b)| b != at)).collect();
    if gone.is_empty() && came.is_empty() {
        return (None, renames);
    }
    let subject = if now.is_empty() { before.join(", ") } else { now.join(", ") };
    let mut change = match (before.is_empty(), now.is_empty()) {
        (true, false) => Change::added(Class::Cost, format!("sweep {subject}"), Some(values(new))),
        (false, true) => Change::dropped(Class::Cost, format!("sweep {subject}"), Some(values(old))),
        _ => Change::new(Class::Cost, format!("sweep {subject}"), Some(values(old)), Some(values(new))),
    };
    if before.len() > 1 || now.len() > 1 {
        let point = |grid: &Grid<'_>, at: &usize| Some(said(&grid.experiment.points[*at]));
        let gone = gone.iter().map(|at| Detail { subject: "point".into(), old: point(old, at), new: None });
        let came = came.iter().map(|at| Detail { subject: "point".into(), old: None, new: point(new, at) });
        change.details = gone.chain(came).collect();
    }
    (Some(change.stated_by(&["sweep"])), renames)
}

/// The values of a sweep over one name, or how many points there are.
fn values(grid: &Grid<'_>) -> String {
    let points = &grid.experiment.points;
    if points.iter().all(|bound| bound.len() == 1) && points.len() <= 12 {
        let mut seen = BTreeSet::new();
        return list(points.iter().map(|bound| bound[0].1.as_str()).filter(|text| seen.insert(*text)));
    }
    counted(points.len() as u64, "point")
}
