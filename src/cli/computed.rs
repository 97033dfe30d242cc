//! Which numbers of a study a store has: those of the processor, of a card, or of the plain engine, which have keys of
//! their own.

use super::check::compute_with;
use crate::engine::network::arithmetic;
use crate::plan::{Plan, Selection, plans};
use crate::program::experiment::Experiment;
use crate::program::training::Arithmetic;
use crate::store::Store;

/// The plans of some experiments by each arithmetic, this machine's usual one first.
///
/// # Errors
/// What is wrong with the selection.
pub fn each(experiments: &[Experiment], selection: &Selection) -> Result<Vec<Vec<Plan>>, String> {
    let usual = arithmetic();
    let others = [Arithmetic::Card, Arithmetic::Fused, Arithmetic::Unfused, Arithmetic::Composed, Arithmetic::Emulated];
    let all = std::iter::once(usual).chain(others.into_iter().filter(|other| *other != usual));
    let of = |arithmetic| {
        let mut experiments = experiments.to_vec();
        compute_with(&mut experiments, arithmetic);
        plans(experiments, selection)
    };
    all.map(of).collect()
}

/// The plans of some experiments as their cells were computed: by the usual arithmetic, unless the store has more cells
/// that were finished by another.
///
/// # Errors
/// What is wrong with the selection.
pub fn of_store(experiments: Vec<Experiment>, selection: &Selection, store: &Store) -> Result<Vec<Plan>, String> {
    let Ok(marks) = store.cells() else { return plans(experiments, selection) };
    if marks.is_empty() {
        return plans(experiments, selection);
    }
    let finished = |plans: &[Plan]| {
        let cells = plans.iter().flat_map(|plan| &plan.cells);
        cells.filter(|cell| marks.contains(cell.key.as_str())).count()
    };
    let all = each(&experiments, selection)?;
    let most = all.iter().map(|plans| finished(plans)).max().unwrap_or(0);
    let found = all.into_iter().find(|plans| finished(plans) == most);
    found.map_or_else(|| plans(experiments, selection), Ok)
}
