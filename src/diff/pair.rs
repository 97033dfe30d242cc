//! Which experiment, point of a sweep and arm before stands for which now: by name, and by content where names differ.

use super::arms::{compare, fingerprint};
use super::change::Change;
use crate::plan::Plan;
use crate::program::{Arm, Experiment};
use std::collections::{HashMap, HashSet};

/// Places of what stands for each other, before and now.
pub type Pairs = Vec<(usize, usize)>;

/// Pairs experiments: those of one name, then those that share cells, then a last one on each side.
pub fn experiments(olds: &[Plan], news: &[Plan]) -> Pairs {
    let mut pairs: Pairs = Vec::new();
    for (at, old) in olds.iter().enumerate() {
        if let Some(other) = news.iter().position(|new| new.experiment.name == old.experiment.name) {
            pairs.push((at, other));
        }
    }
    let free = |pairs: &Pairs| -> (Vec<usize>, Vec<usize>) {
        let old = (0..olds.len()).filter(|at| pairs.iter().all(|(old, _)| old != at));
        let new = (0..news.len()).filter(|at| pairs.iter().all(|(_, new)| new != at));
        (old.collect(), new.collect())
    };
    let keys = |plan: &Plan| -> HashSet<String> { plan.cells.iter().map(|cell| cell.key.to_string()).collect() };
    let (free_old, free_new) = free(&pairs);
    for at in free_old {
        let own = keys(&olds[at]);
        let shared = |other: usize| keys(&news[other]).intersection(&own).count();
        let found = free_new.iter().copied().filter(|other| pairs.iter().all(|(_, new)| new != other));
        if let Some(other) = found.filter(|&other| shared(other) > 0).max_by_key(|&other| shared(other)) {
            pairs.push((at, other));
        }
    }
    if let (&[old], &[new]) = (free(&pairs).0.as_slice(), free(&pairs).1.as_slice()) {
        let names =
            |plan: &Plan| -> HashSet<String> { plan.experiment.arms.iter().map(|arm| arm.name.clone()).collect() };
        let (a, b) = (names(&olds[old]), names(&news[new]));
        if a.len() == 1 && b.len() == 1 || a.intersection(&b).count() > 0 {
            pairs.push((old, new));
        }
    }
    pairs
}

/// An experiment with its arms by place and point.
pub struct Grid<'e> {
    pub experiment: &'e Experiment,
    /// What tells each arm, in the order of [`Experiment::arms`].
    prints: Vec<String>,
}

impl<'e> Grid<'e> {
    pub fn new(experiment: &'e Experiment) -> Self {
        Self { experiment, prints: experiment.arms.iter().map(fingerprint).collect() }
    }

    /// How many arms there are at a point.
    pub fn arms(&self) -> usize {
        self.experiment.arms.len() / self.experiment.points.len().max(1)
    }

    pub fn points(&self) -> usize {
        self.experiment.points.len()
    }

    pub fn arm(&self, place: usize, point: usize) -> &'e Arm {
        &self.experiment.arms[self.index(place, point)]
    }

    /// The name of an arm, the same at every point.
    pub fn name(&self, place: usize) -> &'e str {
        &self.experiment.arms[place].name
    }

    pub fn index(&self, place: usize, point: usize) -> usize {
        point * self.arms() + place
    }

    fn print(&self, place: usize, point: usize) -> &str {
        &self.prints[self.index(place, point)]
    }

    /// What tells a point: all of its arms, whatever their order.
    fn content(&self, point: usize) -> Vec<&str> {
        let mut prints: Vec<&str> = (0..self.arms()).map(|place| self.print(place, point)).collect();
        prints.sort_unstable();
        prints
    }

    /// What a point binds, whatever the order of the sweeps.
    fn bound(&self, point: usize) -> Vec<(&str, &str)> {
        let mut bound: Vec<(&str, &str)> =
            self.experiment.points[point].iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        bound.sort_unstable();
        bound
    }

    fn unbound(&self) -> bool {
        self.points() == 1 && self.experiment.points[0].is_empty()
    }
}

/// Pairs the points of two sweeps.
pub fn points(old: &Grid<'_>, new: &Grid<'_>) -> Pairs {
    let mut pairs: Pairs = Vec::new();
    matched(&mut pairs, old, new, &|grid, point| Some(grid.bound(point)));
    matched(&mut pairs, old, new, &|grid, point| Some(grid.content(point)));
    // Values under another name, where names are as many.
    let values = |grid: &Grid<'_>, point: usize| -> Option<Vec<String>> {
        Some(grid.experiment.points[point].iter().map(|(_, text)| text.clone()).collect::<Vec<_>>())
            .filter(|values| !values.is_empty())
    };
    matched(&mut pairs, old, new, &values);
    if pairs.is_empty() && (old.unbound() || new.unbound()) && old.arms() > 0 && new.arms() > 0 {
        // What was not swept stands where least differs.
        const LOOKED_AT: usize = 64;
        let unlike = |a: usize, b: usize| compare(old.arm(0, a), new.arm(0, b)).changes.len();
        let all = (0..old.points()).flat_map(|a| (0..new.points()).map(move |b| (a, b))).take(LOOKED_AT);
        pairs.extend(all.min_by_key(|&(a, b)| unlike(a, b)));
    }
    pairs.sort_by_key(|&(_, new)| new);
    pairs
}

fn matched<'g, K: Eq + std::hash::Hash>(
    pairs: &mut Pairs,
    old: &'g Grid<'g>,
    new: &'g Grid<'g>,
    key: &dyn Fn(&'g Grid<'g>, usize) -> Option<K>,
) {
    let taken: HashSet<usize> = pairs.iter().map(|(old, _)| *old).collect();
    let mut known: HashMap<K, Vec<usize>> = HashMap::new();
    for point in (0..old.points()).rev().filter(|point| !taken.contains(point)) {
        if let Some(key) = key(old, point) {
            known.entry(key).or_default().push(point);
        }
    }
    let taken: HashSet<usize> = pairs.iter().map(|(_, new)| *new).collect();
    for point in (0..new.points()).filter(|point| !taken.contains(point)) {
        if let Some(other) = key(new, point).and_then(|key| known.get_mut(&key)).and_then(Vec::pop) {
            pairs.push((other, point));
        }
    }
}

/// Pairs arms: those that are the same at every point, whatever their names; those of one name; and those that differ
/// by nothing but what all others have changed too.
pub fn arms(old: &Grid<'_>, new: &Grid<'_>, points: &Pairs) -> Pairs {
    let mut pairs: Pairs = Vec::new();
    let free = |pairs: &Pairs, a: usize, b: usize| pairs.iter().all(|(old, new)| *old != a && *new != b);
    let same = |a: usize, b: usize| {
        !points.is_empty() && points.iter().all(|&(before, now)| old.print(a, before) == new.print(b, now))
    };
    let each = || (0..old.arms()).flat_map(|a| (0..new.arms()).map(move |b| (a, b)));
    for named in [true, false] {
        for (a, b) in each() {
            if free(&pairs, a, b) && (old.name(a) == new.name(b)) == named && same(a, b) {
                pairs.push((a, b));
            }
        }
    }
    for (a, b) in each() {
        if free(&pairs, a, b) && old.name(a) == new.name(b) {
            pairs.push((a, b));
        }
    }
    let Some(&(before, now)) = points.first() else { return pairs };
    let unlike = |a: usize, b: usize| compare(old.arm(a, before), new.arm(b, now)).changes;
    let common: Option<Vec<Change>> = (pairs.iter().map(|&(a, b)| unlike(a, b))).reduce(|common, more| {
        common.into_iter().filter(|change| more.iter().any(|other| other.alike(change))).collect()
    });
    for (a, b) in each() {
        if !free(&pairs, a, b) {
            continue;
        }
        let renamed = match &common {
            None => old.arms() == 1 && new.arms() == 1,
            Some(common) => unlike(a, b).iter().all(|change| common.iter().any(|other| other.alike(change))),
        };
        if renamed {
            pairs.push((a, b));
        }
    }
    pairs.sort_by_key(|&(_, new)| new);
    pairs
}
