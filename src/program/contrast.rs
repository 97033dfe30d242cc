//! In which settings two arms differ, as a reader of a comparison counts them.

use super::training::{Term, Training};

/// The settings in which an arm differs from its baseline: more than one gives a difference in results several explanations.
#[must_use]
pub fn contrast(a: &Training, b: &Training) -> Vec<&'static str> {
    let differs = [
        ("model", a.model != b.model),
        ("data", a.budget != b.budget),
        ("batch", a.batch != b.batch),
        ("optimizer", a.optimizer != b.optimizer),
        ("loss", a.loss != b.loss),
        ("clip", a.clip != b.clip),
        ("interventions", a.interventions != b.interventions),
        ("curriculum", a.stages.iter().map(|s| &s.train).ne(b.stages.iter().map(|s| &s.train))),
    ];
    let named: Vec<&str> = differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    // Another curriculum may list other tasks, which renumbers those that a loss speaks of.
    if named == ["loss", "curriculum"] && same_loss(&a.loss, &b.loss) { vec!["curriculum"] } else { named }
}

fn same_loss(a: &[Term], b: &[Term]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.weight == b.weight && a.kind.width() == b.kind.width())
}
