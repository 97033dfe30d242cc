//! What becomes of cells: which results stay, which must be made again.

use super::pair::{Grid, Pairs};
use crate::plan::Plan;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// How many cells of a study are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cells {
    /// Cells whose curves changed with the program.
    pub rerun: usize,
    /// Those of them whose training is the same: only what observes it changed.
    pub remeasured: usize,
    /// Cells that are the same as before, under whatever name.
    pub reused: usize,
    /// Cells of arms, points and seeds that were not there before.
    pub new: usize,
    /// Cells before that nothing needs any more, and that none made again stands for.
    pub dropped: usize,
}

impl Cells {
    /// Cells now.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.rerun + self.reused + self.new
    }

    /// Both together.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            rerun: self.rerun + other.rerun,
            remeasured: self.remeasured + other.remeasured,
            reused: self.reused + other.reused,
            new: self.new + other.new,
            dropped: self.dropped + other.dropped,
        }
    }
}

/// What becomes of the cells of a pair of plans, and which of the new one are to be run, by place. `known` are the keys
/// of all cells of the file before, `kept` those of all cells of it now.
pub(super) fn fate(
    (before, old): (&Plan, &Grid<'_>),
    (after, new): (&Plan, &Grid<'_>),
    (arms, points): (&Pairs, &Pairs),
    (known, kept): (&HashSet<String>, &HashSet<String>),
) -> (Cells, Vec<usize>) {
    let by_place: HashMap<(usize, u64), usize> =
        before.cells.iter().enumerate().map(|(at, cell)| ((cell.arm, cell.seed), at)).collect();
    // The arm of the new experiment, at its point, to the one before that it stands for.
    let mut stands_for: HashMap<usize, usize> = HashMap::new();
    for &(was, is) in points {
        stands_for.extend(arms.iter().map(|&(a, b)| (new.index(b, is), old.index(a, was))));
    }
    let (mut cells, mut to_run) = (Cells::default(), Vec::new());
    let mut met: HashSet<usize> = HashSet::new();
    for (at, cell) in after.cells.iter().enumerate() {
        if known.contains(&cell.key.to_string()) {
            cells.reused += 1;
            continue;
        }
        let other = stands_for.get(&cell.arm).and_then(|&arm| by_place.get(&(arm, cell.seed))).copied();
        met.extend(other);
        to_run.push(at);
        match other {
            Some(other) => {
                cells.rerun += 1;
                cells.remeasured += usize::from(trained_alike(before, other, after, at));
            }
            None => cells.new += 1,
        }
    }
    let gone = |(at, cell): &(usize, &crate::plan::Cell)| !met.contains(at) && !kept.contains(&cell.key.to_string());
    cells.dropped = before.cells.iter().enumerate().filter(gone).count();
    (cells, to_run)
}

/// Whether two cells train the same weights. Tasks that only measures ask for are no part of it.
fn trained_alike(before: &Plan, old: usize, after: &Plan, new: usize) -> bool {
    let json = |plan: &Plan, at: usize| {
        let mut training = plan.cells[at].training.clone();
        let used = training.stages.iter().flat_map(|stage| &stage.train).map(|(task, _)| *task + 1).max().unwrap_or(0);
        training.tasks.truncate(used);
        serde_json::to_string(&training).unwrap_or_default()
    };
    json(before, old) == json(after, new)
}
