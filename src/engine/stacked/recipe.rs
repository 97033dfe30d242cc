//! Batches that a card draws itself: a part of a batch is the sequences of one task, of which only the numbers come from
//! the host.

use super::record::{At, Bases};
use crate::data::Embeddings;
use crate::engine::card::{Args, Card, Kernel, Launch, Memory, Operand};
use crate::engine::drawn::{Drawing, Items, Places, Step, embeddings};
use crate::engine::error::Result;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// How the sequences of a task are drawn and written into a batch: the same for every model and seed.
#[derive(Debug)]
pub struct Recipe {
    drawing: Drawing,
    step: Step,
    code: Vec<u32>,
    shared: Vec<u32>,
    /// The words of tokens and of targets, one behind the other.
    items: Vec<u32>,
    /// Of the source that tokens are of.
    embeddings: Option<Arc<Embeddings>>,
}

impl PartialEq for Recipe {
    fn eq(&self, other: &Self) -> bool {
        let held = |recipe: &Self| recipe.embeddings.as_ref().map(Arc::as_ptr);
        self.code == other.code
            && self.shared == other.shared
            && self.items == other.items
            && self.step == other.step
            && held(self) == held(other)
    }
}

impl Recipe {
    /// A recipe; where an equal one is in use, that.
    #[must_use]
    pub fn new(drawing: Drawing, step: Step, embeddings: Option<Arc<Embeddings>>) -> Arc<Self> {
        static KNOWN: Mutex<Vec<Weak<Recipe>>> = Mutex::new(Vec::new());
        let items = step.tokens.words().into_iter().chain(step.targets.iter().flat_map(Items::words)).collect();
        let (code, shared) = (drawing.code().to_vec(), drawing.shared());
        let own = Self { drawing, step, code, shared, items, embeddings };
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|recipe| recipe.strong_count() > 0);
        if let Some(found) = known.iter().filter_map(Weak::upgrade).find(|recipe| **recipe == own) {
            return found;
        }
        let own = Arc::new(own);
        known.push(Arc::downgrade(&own));
        own
    }

    /// What is written of each of the batch's targets.
    #[must_use]
    pub fn targets(&self) -> &[Items] {
        &self.step.targets
    }

    /// Words that a model has of its own.
    #[must_use]
    pub fn own(&self) -> usize {
        self.drawing.own_words()
    }
}

/// The sequences of one task in a batch.
#[derive(Clone, Debug)]
pub struct Part {
    pub recipe: Arc<Recipe>,
    pub sequences: usize,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        // Equal recipes are one.
        self.sequences == other.sequences && Arc::ptr_eq(&self.recipe, &other.recipe)
    }
}

impl Eq for Part {}

/// What a model brings of a part.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a> {
    pub recipe: &'a Arc<Recipe>,
    /// The task under the model's seed.
    pub own: &'a [u32],
    /// Which sequences.
    pub sequences: &'a [u64],
}

/// A part with its places among the words of a model.
#[derive(Clone, Debug)]
pub struct Placed {
    pub part: Part,
    /// Sequences of the batch before it.
    pub first: usize,
    /// In the feed.
    pub own: usize,
    pub sequences: usize,
    /// In the arena: what is drawn, the batch's tokens, and its targets.
    pub room: usize,
    pub tokens: usize,
    pub targets: Vec<usize>,
    /// Among what is read back, a word that stays 0 while all goes well.
    pub fault: usize,
}

impl Placed {
    /// Words of the arena in which so many sequences are drawn.
    #[must_use]
    pub fn words(part: &Part) -> usize {
        part.recipe.drawing.room(part.sequences)
    }
}

/// What all models share of a recipe, on a card.
#[derive(Debug)]
pub struct Held {
    code: Memory,
    shared: Memory,
    items: Memory,
    embeddings: Option<Arc<Memory>>,
}

/// Embeddings on a card, which all of its stacks share.
#[derive(Clone, Debug, Default)]
pub struct Tables(Arc<Mutex<Vec<Table>>>);

/// Embeddings as the host has them, and as the card does.
type Table = (Arc<Embeddings>, Arc<Memory>);

impl Tables {
    /// Some embeddings, brought to the card where they are not there yet.
    fn hold(&self, own: &Arc<Embeddings>, card: &dyn Card) -> Result<Arc<Memory>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody has others, of which this is all that is left.
        known.retain(|(embeddings, _)| Arc::strong_count(embeddings) > 1);
        if let Some((_, memory)) = known.iter().find(|(embeddings, _)| Arc::ptr_eq(embeddings, own)) {
            return Ok(memory.clone());
        }
        let memory = Arc::new(brought(&embeddings(own), card)?);
        // Whichever stream reads them first finds them whole.
        card.finish()?;
        known.push((own.clone(), memory.clone()));
        Ok(memory)
    }
}

/// Words on a card.
fn brought(words: &[u32], card: &dyn Card) -> Result<Memory> {
    let memory = card.allot(words.len().max(1))?;
    card.write(&memory, 0, words)?;
    Ok(memory)
}

impl Held {
    /// Brings a recipe to a card.
    ///
    /// # Errors
    /// If the card has no memory for it.
    pub fn new(recipe: &Recipe, card: &dyn Card, tables: &Tables) -> Result<Self> {
        let own = recipe.embeddings.as_ref();
        Ok(Self {
            code: brought(&recipe.code, card)?,
            shared: brought(&recipe.shared, card)?,
            items: brought(&recipe.items, card)?,
            embeddings: own.map(|own| tables.hold(own, card)).transpose()?,
        })
    }

    /// The launches that draw a part and write it into the batch.
    #[must_use]
    pub fn launches(&self, placed: &Placed, bases: &Bases) -> Vec<Launch> {
        let Part { recipe, sequences } = &placed.part;
        let arena = |words: usize| Operand {
            at: bases.arena.at + 4 * words as u64,
            stride: bases.arena.stride as i64,
            by_seat: 0,
        };
        let feed = |words: usize| bases.operand(At::Feed(words));
        let at = Places {
            code: self.code.at,
            shared: self.shared.at,
            own: feed(placed.own),
            drawn: arena(placed.room),
            sequences: feed(placed.sequences),
            faults: Operand {
                at: bases.result.at + 4 * placed.fault as u64,
                stride: bases.result.stride as i64,
                by_seat: 0,
            },
            embeddings: self.embeddings.as_ref().map_or(0, |memory| memory.at),
            seats: bases.seats,
        };
        let mut launches = vec![recipe.drawing.draw(&at, *sequences)];
        let mut words = self.items.at;
        let outs = std::iter::once(placed.tokens).chain(placed.targets.iter().copied());
        for (items, out) in std::iter::once(&recipe.step.tokens).chain(&recipe.step.targets).zip(outs) {
            launches.push(items.write(&recipe.drawing, &at, words, *sequences, (arena(out), placed.first)));
            words += 4 * items.words().len() as u64;
        }
        launches
    }
}

/// A launch that makes words 0.
#[must_use]
pub fn cleared(at: Operand, seats: u64, words: usize) -> Launch {
    let mut args = Args { seats, ..Args::default() };
    args.operands[0] = at;
    args.numbers[0] = words as i64;
    Launch { kernel: Kernel::Clear, blocks: 1, parts: 1, args }
}
