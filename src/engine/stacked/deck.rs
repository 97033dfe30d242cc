//! The cards of a machine, with the stacks on each.

use super::recipe::Tables;
use super::{Member, Stack};
use crate::engine::card::Card;
use crate::engine::card::host::Host;
use crate::engine::error::{Error, Result};
use crate::engine::program::Program;
use crate::program::training::Products;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Cards that models are dealt to.
#[derive(Debug)]
pub struct Deck {
    places: Mutex<Vec<Place>>,
}

/// What became of cards that answer no more.
#[derive(Debug)]
pub struct Lost {
    /// Those that were not known as lost before.
    pub names: Vec<String>,
    /// How many still answer.
    pub left: usize,
}

#[derive(Debug)]
struct Place {
    card: Arc<dyn Card>,
    /// Embeddings that its stacks share.
    tables: Tables,
    stacks: Vec<Arc<Stack>>,
    lost: bool,
}

impl Deck {
    /// A deck of some cards.
    #[must_use]
    pub fn new(cards: Vec<Arc<dyn Card>>) -> Self {
        let place = |card| Place { card, tables: Tables::default(), stacks: Vec::new(), lost: false };
        Self { places: Mutex::new(cards.into_iter().map(place).collect()) }
    }

    /// The processor in the place of a card.
    #[must_use]
    pub fn host() -> Self {
        Self::new(vec![Arc::new(Host::new())])
    }

    /// What its cards are called.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.places().iter().map(|place| place.card.name()).collect()
    }

    /// Bytes that are free on the card that has the least.
    #[must_use]
    pub fn free(&self) -> Option<u64> {
        self.places().iter().filter_map(|place| Some(place.card.room().ok()?.free)).min()
    }

    /// A model with the given first values, on the card that has the fewest.
    ///
    /// # Errors
    /// If no card is left, or it has no memory for one more.
    pub fn join(&self, program: &Arc<Program>, products: Products, parameters: &[Vec<f32>]) -> Result<Member> {
        let mut places = self.places();
        let models = |place: &Place| place.stacks.iter().map(|stack| stack.models()).sum::<usize>();
        let place = places.iter_mut().filter(|place| !place.lost).min_by_key(|place| models(place));
        let place = place.ok_or_else(|| Error::Card("no card is left".into()))?;
        let known = place.stacks.iter().find(|stack| stack.computes(program, products)).cloned();
        match known {
            Some(stack) => stack.join(parameters),
            // Stacks of a card compute beside each other.
            None => {
                let of = (program.clone(), products);
                let stack = Stack::of(of, place.card.beside()?, place.tables.clone(), Weak::new())?;
                place.stacks.push(stack.clone());
                stack.join(parameters)
            }
        }
    }

    /// Looks which cards still answer, on whatever stream, and leaves out those that do not. None where every card does that
    /// was there.
    pub fn look(&self) -> Option<Lost> {
        let mut places = self.places();
        let mut names = Vec::new();
        for place in places.iter_mut().filter(|place| !place.lost) {
            // What has failed on a stream of a stack has failed on that of the card too.
            if place.card.finish().is_err() {
                place.lost = true;
                place.stacks.clear();
                names.push(place.card.name());
            }
        }
        let left = places.iter().filter(|place| !place.lost).count();
        (left < places.len()).then_some(Lost { names, left })
    }

    /// The stacks of all cards, for who wants to know how full they are.
    #[must_use]
    pub fn stacks(&self) -> Vec<Arc<Stack>> {
        self.places().iter().flat_map(|place| place.stacks.iter().cloned()).collect()
    }

    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cards that `--device` names: `cuda` all of them, `cuda:1` one.
///
/// # Errors
/// What is missing.
#[cfg(feature = "cuda")]
pub fn cuda(ordinal: Option<usize>) -> Result<Deck> {
    use crate::engine::card::cuda::{Cuda, count};
    let ordinals = match ordinal {
        Some(ordinal) => ordinal..ordinal + 1,
        None => 0..count()?,
    };
    let card = |ordinal| Ok(Arc::new(Cuda::new(ordinal)?) as Arc<dyn Card>);
    Ok(Deck::new(ordinals.map(card).collect::<Result<_>>()?))
}

/// This program was built without cards.
///
/// # Errors
/// Always.
#[cfg(not(feature = "cuda"))]
pub fn cuda(_: Option<usize>) -> Result<Deck> {
    Err(Error::Card("this program was built without CUDA (--no-default-features)".into()))
}
