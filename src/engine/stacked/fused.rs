//! Which operations are computed together with others, so that what lies between them is not written to memory and read
//! again, and how long what is written is needed.

use super::ahead::{Left, Planner, Walk};
use super::record::At;
use crate::engine::program::{Kind, Listing, Operation, Slot};

/// Who reads the slots of a context.
#[derive(Debug)]
pub struct Uses {
    /// By slot, the places of the needed operations that read it.
    readers: Vec<Vec<usize>>,
    /// Slots that are read from outside.
    wanted: Vec<bool>,
}

impl Uses {
    #[must_use]
    pub fn new(listing: &Listing, needed: &[bool], wanted: &[Slot]) -> Self {
        let mut uses = Self { readers: vec![Vec::new(); needed.len() + 1], wanted: vec![false; needed.len() + 1] };
        wanted.iter().for_each(|&slot| uses.wanted[slot] = true);
        for (place, operation) in listing.operations.iter().enumerate().filter(|(place, _)| needed[*place]) {
            operation.inputs.iter().for_each(|&slot| uses.readers[slot].push(place));
        }
        uses
    }

    /// The place of the one operation that reads a slot; none where others do too.
    #[must_use]
    pub fn only(&self, slot: Slot) -> Option<usize> {
        match self.readers[slot][..] {
            [place] if !self.wanted[slot] => Some(place),
            _ => None,
        }
    }
}

impl Planner<'_> {
    /// The operation that is computed together with a linear one, since it alone reads it: a sum of which it is the second
    /// part, or an activation.
    pub fn follower<'w>(&self, walk: &'w Walk, linear: &Operation) -> Option<&'w Operation> {
        let follower = &walk.listing.operations[walk.uses.only(linear.output)?];
        let fits = match follower.kind {
            Kind::Add => follower.inputs[1] == linear.output && follower.inputs[0] != linear.output,
            Kind::Activation(_) => true,
            _ => false,
        };
        (fits && self.constants(walk, linear.output).is_empty()).then_some(follower)
    }

    /// The activation whose output a linear operation alone reads, so that its slopes can be taken where the gradient of
    /// that is made.
    pub fn activated<'w>(&self, walk: &'w Walk, linear: &Operation) -> Option<&'w Operation> {
        let slot = linear.inputs[0];
        walk.uses.only(slot)?;
        let before = &walk.listing.operations[slot.checked_sub(1)?];
        let fits = matches!(before.kind, Kind::Activation(_)) && self.constants(walk, slot).is_empty();
        fits.then_some(before)
    }

    /// Whether the second part of a sum can read its gradient where that of the first lies: it is a linear operation, unwound
    /// next, and writes nothing there.
    pub fn lends(&self, walk: &Walk, sum: &Operation) -> bool {
        let [first, second] = sum.inputs[..] else { return false };
        let Some(update) = second.checked_sub(1).map(|place| &walk.listing.operations[place]) else { return false };
        let into = self.activated(walk, update).map_or(update.inputs[0], |activation| activation.inputs[0]);
        linear(&update.kind) && second + 1 == sum.output && into != first && self.constants(walk, second).is_empty()
    }

    /// Gives back the room of what nothing reads behind an operation, where no gradient flows.
    pub fn outlived(&mut self, walk: &mut Walk, place: usize) {
        if self.shape.asked.trains() {
            return;
        }
        let operation = &walk.listing.operations[place];
        // A sum is computed with its second part.
        let mut read = operation.inputs.clone();
        if operation.kind == Kind::Add && walk.values[operation.inputs[1]] == At::Nothing {
            read.push(walk.listing.operations[operation.inputs[1] - 1].inputs[0]);
        }
        for slot in read {
            let at = walk.values[slot];
            if slot == 0 || at == At::Nothing || !self.dead(walk, slot, place) {
                continue;
            }
            // Several slots may be one value.
            let same = |other: Slot| other != slot && walk.values[other] == at;
            if !(1..walk.values.len()).any(|other| same(other) && !self.dead(walk, other, place)) {
                let words = self.words(walk, slot);
                self.recorder.free(at, words);
                walk.values.iter_mut().filter(|value| **value == at).for_each(|value| *value = At::Nothing);
            }
        }
        if let Left::Norm(at) = walk.left[place] {
            let rows = self.rows(walk, operation.output);
            self.recorder.free(at, 2 * rows);
        }
    }

    /// Whether nothing reads a slot behind an operation.
    fn dead(&self, walk: &Walk, slot: Slot, place: usize) -> bool {
        let last = walk.uses.readers[slot].iter().map(|&reader| {
            let operation = &walk.listing.operations[reader];
            match linear(&operation.kind).then(|| self.follower(walk, operation)).flatten() {
                Some(Operation { kind: Kind::Add, output, .. }) => output - 1,
                _ => reader,
            }
        });
        !walk.uses.wanted[slot] && last.max().is_none_or(|last| last <= place)
    }
}

/// Whether an operation is a product with a matrix of parameters.
fn linear(kind: &Kind) -> bool {
    matches!(kind, Kind::ReadIn { .. } | Kind::Linear { .. } | Kind::Tied { .. })
}
