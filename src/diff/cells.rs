//! What becomes of cells: which results stay, which must be made again.

use super::known::{Known, Lack};
use super::pair::{Grid, Pairs};
use crate::plan::Plan;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// How many cells of a study are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cells {
    /// Cells that were there before and for which something is to be computed.
    pub rerun: usize,
    /// Those of them whose training is the same: only what is measured along it changed.
    pub remeasured: usize,
    /// Those of them that go on from what was trained: a longer run, or one that parts later.
    pub continued: usize,
    /// Cells for which nothing is to be computed.
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
            continued: self.continued + other.continued,
            reused: self.reused + other.reused,
            new: self.new + other.new,
            dropped: self.dropped + other.dropped,
        }
    }
}

/// What becomes of the cells of a pair of plans, and what each of the new one lacks, by place. `known` is all that was
/// computed before, `kept` has the cells of now.
pub(super) fn fate(
    (before, old): (&Plan, &Grid<'_>),
    (after, new): (&Plan, &Grid<'_>),
    (arms, points): (&Pairs, &Pairs),
    (known, kept): (&Known, &Known),
) -> (Cells, Vec<Lack>) {
    let by_place: HashMap<(usize, u64), usize> =
        before.cells.iter().enumerate().map(|(at, cell)| ((cell.arm, cell.seed), at)).collect();
    // The arm of the new experiment, at its point, to the one before that it stands for.
    let mut stands_for: HashMap<usize, usize> = HashMap::new();
    for &(was, is) in points {
        stands_for.extend(arms.iter().map(|&(a, b)| (new.index(b, is), old.index(a, was))));
    }
    let (mut cells, mut lacks) = (Cells::default(), Vec::with_capacity(after.cells.len()));
    let mut met: HashSet<usize> = HashSet::new();
    for cell in &after.cells {
        let other = stands_for.get(&cell.arm).and_then(|&arm| by_place.get(&(arm, cell.seed))).copied();
        let lack = known.lack(cell);
        // The same results under a longer or a shorter list of measures are no dropped cell.
        met.extend(other.filter(|_| !known.cells.contains(cell.key.as_str())));
        match other {
            _ if lack.nothing() => cells.reused += 1,
            Some(_) => {
                cells.rerun += 1;
                cells.remeasured += usize::from(lack.only_measures());
                cells.continued += usize::from(lack.goes_on());
            }
            None => cells.new += 1,
        }
        lacks.push(lack);
    }
    let gone = |(at, cell): &(usize, &crate::plan::Cell)| !met.contains(at) && !kept.cells.contains(cell.key.as_str());
    cells.dropped = before.cells.iter().enumerate().filter(gone).count();
    (cells, lacks)
}
