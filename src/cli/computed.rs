//! Which numbers of a study a store has: those of the processor, of a card, or of the plain engine, which have keys of
//! their own.

use super::check::compute_with;
use crate::engine::network::arithmetic;
use crate::plan::{Plan, Selection, plans};
use crate::program::experiment::Experiment;
use crate::program::training::Arithmetic;
use crate::store::Store;

/// The plans of some experiments by each arithmetic, this machine's usual one first, each made when it is asked for.
pub fn each<'a>(
    experiments: &'a [Experiment],
    selection: &'a Selection,
) -> impl Iterator<Item = Result<Vec<Plan>, String>> + 'a {
    let usual = arithmetic();
    let others = [Arithmetic::Card, Arithmetic::Fused, Arithmetic::Unfused, Arithmetic::Composed, Arithmetic::Emulated];
    let all = std::iter::once(usual).chain(others.into_iter().filter(move |other| *other != usual));
    all.map(|arithmetic| {
        let mut experiments = experiments.to_vec();
        compute_with(&mut experiments, arithmetic);
        plans(experiments, selection)
    })
}

/// The plans of some experiments as their cells were computed: by the usual arithmetic, unless the store has more cells
/// that were finished by another.
///
/// # Errors
/// What is wrong with the selection.
pub fn of_store(experiments: Vec<Experiment>, selection: &Selection, store: &Store) -> Result<Vec<Plan>, String> {
    let marks = store.cells().unwrap_or_default();
    if marks.is_empty() {
        return plans(experiments, selection);
    }
    let mut best: Option<(usize, Vec<Plan>)> = None;
    for found in each(&experiments, selection) {
        let found = found?;
        let cells = || found.iter().flat_map(|plan| &plan.cells);
        let finished = cells().filter(|cell| marks.contains(cell.key.as_str())).count();
        let whole = finished == cells().count();
        if best.as_ref().is_none_or(|(most, _)| finished > *most) {
            best = Some((finished, found));
        }
        // Most stores have one arithmetic, and all of it.
        if whole {
            break;
        }
    }
    Ok(best.map(|(_, plans)| plans).unwrap_or_default())
}
