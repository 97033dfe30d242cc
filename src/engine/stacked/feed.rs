//! What a batch brings to a card: one row of words for each model, laid out by the shape alone. What may be another in each
//! of the steps that are asked for together comes first; what is behind it is brought once.

use super::recipe::Drawn;
use super::shape::{Asked, ConstantAs, Shape, Shaped};
use crate::engine::adam::{Step, Update};
use crate::engine::batch::{Batch, IGNORED, Input, Read, Targets, Term};
use crate::engine::changed::Constant;
use crate::engine::dropout::{Noise, key};
use crate::engine::error::{Result, ensure};
use crate::engine::network::Reading;
use crate::engine::program::{Held, Kind, Program, Rows};
use crate::program::model::Context;

/// Numbers that a rule is told with, as `step` of the kernels reads them.
pub const RULE: usize = 12;

/// Where everything lies in the row, in words. Up to `moving` it is of a step, from there on of all steps of a batch.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    pub rule: usize,
    /// Weights of the terms, f64 each.
    pub weights: usize,
    /// How many rows each term has.
    pub counts: usize,
    pub input: usize,
    /// The tokens that `Prune` keeps, by context.
    pub kept: [usize; 4],
    /// The rows at which each read output is read, in the order of the shape's reads.
    pub places: Vec<usize>,
    /// Of each reading, the rows that are read.
    pub readings: Vec<usize>,
    /// Of each term, its targets and what each of them weighs.
    pub targets: Vec<(usize, usize)>,
    /// Keys of the streams of each dropout, by its place in the model.
    pub noise: Vec<(u64, usize)>,
    /// Constants of fixed sites, with the width of a row.
    pub fixed: Vec<(usize, usize)>,
    /// Factors of patterns.
    pub scaled: Vec<usize>,
    /// Of each part that the card draws: what a model has of its own, and which sequences.
    pub drawn: Vec<(usize, usize)>,
    pub moving: usize,
    /// Words of the row.
    pub len: usize,
}

impl Feed {
    /// The layout for a shape.
    #[must_use]
    pub fn of(program: &Program, shape: &Shape) -> Self {
        let mut feed = Self::default();
        let (sequences, tokens) = (shape.sequences, shape.tokens);
        feed.weights = feed.take(2 * shape.terms.len());
        feed.rule = feed.take(RULE);
        for part in &shape.drawn {
            let start = feed.take(2 * part.sequences);
            feed.drawn.push((0, start));
        }
        if shape.noise {
            feed.take_noise(program, shape);
        }
        feed.moving = feed.len;
        feed.counts = feed.take(shape.terms.len());
        // What the card draws is not brought to it.
        let brought = usize::from(shape.drawn.is_empty());
        feed.input = feed.take(brought * sequences * tokens * input_words(program, shape));
        for (place, part) in shape.drawn.iter().enumerate() {
            feed.drawn[place].0 = feed.take(part.recipe.own());
        }
        for (place, &count) in shape.kept.iter().enumerate() {
            feed.kept[place] = feed.take(count);
        }
        for read in &shape.reads {
            let start = feed.take(read.positions * if read.each { sequences } else { 1 });
            feed.places.push(start);
        }
        for &(_, positions) in &shape.readings {
            let start = feed.take(positions);
            feed.readings.push(start);
        }
        for term in &shape.terms {
            let positions = shape.rows(Rows::Read(term.output), Context::Full);
            let count = sequences * positions * if term.labels { 1 } else { term.columns };
            let both = (feed.take(brought * count), feed.take(count));
            feed.targets.push(both);
        }
        let words = |kind: ConstantAs, width: usize| match kind {
            ConstantAs::Zero => 0,
            ConstantAs::Shared => tokens * width,
            ConstantAs::Each => sequences * tokens * width,
        };
        for &(site, kind) in &shape.fixed {
            let width = match program.listing(Context::Full).held(site) {
                Some(Held::Value(_, columns)) => columns.len(),
                _ => tokens,
            };
            let start = feed.take(words(kind, width));
            feed.fixed.push((start, width));
        }
        for &kind in &shape.scaled {
            // Factors of nothing are factors of 0.
            let kind = if kind == ConstantAs::Zero { ConstantAs::Shared } else { kind };
            let start = feed.take(words(kind, tokens));
            feed.scaled.push(start);
        }
        feed
    }

    /// Room for the keys of all dropouts.
    fn take_noise(&mut self, program: &Program, shape: &Shape) {
        for (context, slots) in shape.wanted(program) {
            let listing = program.listing(context);
            let needed = listing.needed(&slots);
            for (operation, _) in listing.operations.iter().zip(needed).filter(|(_, needed)| *needed) {
                if let Kind::Dropout { place, .. } = operation.kind
                    && self.noise.iter().all(|(known, _)| *known != place)
                {
                    let start = self.take(8 * shape.sequences);
                    self.noise.push((place, start));
                }
            }
        }
    }

    /// So many words behind all others, from an even place.
    fn take(&mut self, words: usize) -> usize {
        let start = self.len;
        self.len += words.next_multiple_of(2);
        start
    }
}

/// Words of a token.
#[must_use]
pub fn input_words(program: &Program, shape: &Shape) -> usize {
    if shape.labels { 1 } else { program.interface.input }
}

/// What is asked, besides the batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    pub terms: &'a [Term],
    /// The update, which step it is since the moments were empty, from 1, and whether it is the first of those that are
    /// asked for together.
    pub update: Option<(&'a Update, u64, bool)>,
    pub noise: Option<Noise>,
    pub readings: &'a [Reading<'a>],
    /// What the card draws; the batch then has neither tokens nor targets, but tells which of these count.
    pub drawn: &'a [Drawn<'a>],
}

/// What a step brings: the first words of the row.
#[must_use]
pub fn moving(feed: &Feed, sequences: usize, ask: &Ask) -> Vec<u32> {
    let mut words = vec![0; feed.moving];
    if let Some((update, step, first)) = ask.update {
        put(&mut words, feed.rule, rule(update, step, first).into_iter().map(f32::to_bits));
    }
    for (place, term) in ask.terms.iter().enumerate() {
        let bits = term.weight.to_bits();
        put(&mut words, feed.weights + 2 * place, [bits as u32, (bits >> 32) as u32]);
    }
    for (&(_, start), drawn) in feed.drawn.iter().zip(ask.drawn) {
        let numbers = drawn.sequences.iter().flat_map(|number| [*number as u32, (*number >> 32) as u32]);
        put(&mut words, start, numbers);
    }
    if let Some(noise) = ask.noise {
        for &(place, start) in &feed.noise {
            for sequence in 0..sequences {
                put(&mut words, start + 8 * sequence, key(noise, place, sequence as u64));
            }
        }
    }
    words
}

/// What all steps of a batch have in common: the words of the row behind those of a step.
///
/// # Errors
/// If an output is read where it has no row.
pub fn staying(program: &Program, shaped: &Shaped, feed: &Feed, batch: &Batch, ask: &Ask) -> Result<Vec<u32>> {
    let shape = &shaped.shape;
    // Places are those of the whole row.
    let mut words = vec![0; feed.len];
    for (&(own, _), drawn) in feed.drawn.iter().zip(ask.drawn) {
        put(&mut words, own, drawn.own.iter().copied());
    }
    put(
        &mut words,
        feed.input,
        match &batch.input {
            Input::Labels(labels) => labels.clone(),
            Input::Dense(values) => values.iter().map(|value| value.to_bits()).collect(),
        },
    );
    for (start, kept) in feed.kept.iter().zip(&shaped.kept) {
        put(&mut words, *start, kept.iter().map(|&token| token as u32));
    }
    for (start, read) in feed.places.iter().zip(&shape.reads) {
        let context = program.context(read.output);
        let listing = program.listing(context);
        let rows = listing.outputs[read.output].and_then(|slot| {
            // The read-out's input is what was gathered; what that was gathered from says which rows there are.
            let gathered = listing.operations[slot - 1].inputs[0];
            listing.operations[gathered - 1].inputs.first().map(|&from| listing.rows[from])
        });
        let kept = &shaped.kept[context as usize];
        let places = match (batch.read(read.output)?, rows) {
            (Read::Shared(tokens), Some(Rows::Kept)) => among(kept, tokens)?,
            (Read::Shared(tokens) | Read::Each(_, tokens), _) => tokens.iter().map(|&token| token as u32).collect(),
        };
        put(&mut words, *start, places);
    }
    for (start, reading) in feed.readings.iter().zip(ask.readings) {
        let Asked::Values(context) = shape.asked else { continue };
        let listing = program.listing(context);
        let kept = listing.source(reading.site).is_some_and(|source| listing.rows[source.slot()] == Rows::Kept);
        let places = if kept {
            among(&shaped.kept[context as usize], reading.positions)?
        } else {
            reading.positions.iter().map(|&token| token as u32).collect()
        };
        put(&mut words, *start, places);
    }
    for (place, (term, &(targets, weights))) in ask.terms.iter().zip(&feed.targets).enumerate() {
        let known = &batch.targets[term.targets];
        put(&mut words, feed.counts + place, [known.len() as u32]);
        let targets = shape.drawn.is_empty().then_some(targets);
        told(known, known.len() / batch.sequences.max(1), &mut words, targets, weights);
    }
    for (&(start, _), fixed) in feed.fixed.iter().zip(&batch.changes.fixed) {
        put(&mut words, start, numbers(&fixed.values).iter().map(|value| value.to_bits()));
    }
    for (&start, factors) in feed.scaled.iter().zip(&batch.changes.scaled) {
        put(&mut words, start, numbers(factors).iter().map(|value| value.to_bits()));
    }
    Ok(words.split_off(feed.moving))
}

fn put(words: &mut [u32], start: usize, values: impl IntoIterator<Item = u32>) {
    for (word, value) in words[start..].iter_mut().zip(values) {
        *word = value;
    }
}

fn numbers(constant: &Constant) -> &[f32] {
    match constant {
        Constant::Zero => &[],
        Constant::Shared(values) | Constant::Each(values) => values,
    }
}

/// The places of tokens among some that are in order.
fn among(tokens: &[usize], wanted: &[usize]) -> Result<Vec<u32>> {
    let place = |token: &usize| {
        let place = tokens.binary_search(token);
        ensure(place.is_ok(), || format!("token {token} among {tokens:?}"))?;
        Ok(place.unwrap_or_default() as u32)
    };
    wanted.iter().map(place).collect()
}

/// Targets, and what each weighs: its share in the mean over what counts of its sequence, and then over the sequences in which
/// something does.
fn told(targets: &Targets, rows: usize, words: &mut [u32], at: Option<usize>, weights: usize) {
    let width = match targets {
        Targets::Labels(_) => 1,
        Targets::Numbers { width, .. } => *width,
    };
    let counts: Vec<bool> = match targets {
        Targets::Labels(labels) => labels.iter().map(|&label| label != IGNORED).collect(),
        Targets::Numbers { values, .. } => values.chunks(width).map(|row| !row[0].is_nan()).collect(),
    };
    let counted: Vec<usize> =
        counts.chunks(rows.max(1)).map(|rows| rows.iter().filter(|&&counts| counts).count()).collect();
    let sequences = counted.iter().filter(|&&count| count > 0).count();
    let share = |row: usize| (1.0 / (sequences * counted[row / rows.max(1)] * width) as f64) as f32;
    let weigh = |row: usize| if counts[row] { share(row) } else { 0.0 };
    match targets {
        Targets::Labels(labels) => {
            if let Some(at) = at {
                put(words, at, labels.iter().map(|&label| if label == IGNORED { 0 } else { label }));
            }
            put(words, weights, (0..labels.len()).map(|row| weigh(row).to_bits()));
        }
        Targets::Numbers { values, .. } => {
            // What is not a number does not count; it is replaced, since nothing times it would not be 0.
            if let Some(at) = at {
                put(words, at, values.iter().map(|value| if value.is_nan() { 0 } else { value.to_bits() }));
            }
            let weight =
                |(place, value): (usize, &f32)| if value.is_nan() { 0 } else { weigh(place / width).to_bits() };
            put(words, weights, values.iter().enumerate().map(weight));
        }
    }
}

/// A rule as the kernel `step` reads it.
fn rule(update: &Update, step: u64, first: bool) -> [f32; RULE] {
    let first = f32::from(u8::from(first));
    let largest = update.clip.map_or(-1.0, |largest| largest as f32);
    // The factor is 1 where nothing is clipped; else the card computes it.
    match Step::new(&Update { clip: None, ..*update }, step, 0.0) {
        Step::Adam { factor, decay, shrink, keep, take, size, root, eps } => {
            [1.0, factor, decay, shrink, keep, take.0, take.1, size, root, eps, largest, first]
        }
        Step::Sgd { factor, decay, momentum, lr } => {
            [0.0, factor, decay, momentum, lr, 0.0, 0.0, 0.0, 0.0, 0.0, largest, first]
        }
    }
}
