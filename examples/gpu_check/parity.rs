//! Whether a card computes what the processor's engines do: models of every option, drawn at random as the tests draw them.

use crate::curves;
use crate::drawn::{Drawn, differences, drawn};
use crate::place::Place;
use crate::report::{Largest, Parity};
use crate::{draws, kernels};
use icl::engine::backend::Backend;
use icl::engine::crew::Crew;
use icl::engine::error::Result;
use icl::engine::fast::Fast;
use icl::engine::plain::{Plain, Width};
use icl::engine::stacked::Stack;
use icl::program::training::Products;
use std::sync::Arc;

/// Where the models of the tests begin.
pub const FIRST: u64 = 600;
/// What the tests allow against the plain engine in f64.
const ALLOWED: f64 = 1e-4;

/// Who a card is held against.
#[derive(Clone, Copy)]
pub enum Against {
    Plain(Width),
    Fast,
}

impl Against {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain(Width::F64) => "plain, f64",
            Self::Plain(Width::F32) => "plain, f32",
            Self::Fast => "fast",
        }
    }

    /// What is allowed. The fast engine is as far from f64 as a card may be.
    const fn allowed(self) -> f64 {
        match self {
            Self::Plain(_) => ALLOWED,
            Self::Fast => 2.0 * ALLOWED,
        }
    }

    pub fn make(self, of: &Drawn) -> Result<Box<dyn Backend>> {
        Ok(match self {
            Self::Plain(width) => Box::new(Plain::new(of.program.clone(), &of.parameters, width)?),
            Self::Fast => Box::new(Fast::new(of.program.clone(), &of.parameters, Arc::new(Crew::new(1)))),
        })
    }
}

/// A model on the card, with nobody beside it.
pub fn alone(place: &Place, of: &Drawn) -> Result<Box<dyn Backend>> {
    let stack = Stack::new(of.program.clone(), Products::Whole, place.card.clone())?;
    Ok(Box::new(stack.join(&of.parameters)?))
}

/// Compares, and follows some models for 100 steps; then kernels one by one, and steps on data that the card draws.
pub fn check(place: &Place, quick: bool) -> Parity {
    let (models, followed) = match (place.real, quick) {
        (true, false) => (300, 60),
        (true, true) => (60, 12),
        (false, false) => (60, 12),
        (false, true) => (12, 3),
    };
    let mut found = Found::default();
    for number in FIRST..FIRST + models {
        let of = drawn(number);
        for against in [Against::Plain(Width::F64), Against::Fast] {
            if let Err(error) = one(place, &of, number, against, &mut found) {
                found.failures.push(format!("{}: {error}", of.title));
            }
        }
    }
    for number in FIRST..FIRST + followed {
        let of = drawn(number);
        if let Err(error) = curves::follow(place, &of, number, &mut found) {
            found.failures.push(format!("{}: {error}", of.title));
        }
    }
    kernels::check(place, &mut found);
    draws::check(place, &mut found);
    let passed = found.failures.is_empty();
    Parity { models, kinds: found.kinds, failures: found.failures, passed }
}

fn one(place: &Place, of: &Drawn, number: u64, against: Against, found: &mut Found) -> Result<()> {
    let (mut ours, mut theirs) = (alone(place, of)?, against.make(of)?);
    for apart in differences(&mut *ours, &mut *theirs, of)? {
        let what = format!("{}, model {number}", apart.what.trim_end_matches(','));
        if found.tell(apart.kind, against.name(), apart.distance, against.allowed(), what) {
            let failure = format!("{} of {}: {:e} from {}", apart.what, of.title, apart.distance, against.name());
            found.failures.push(failure);
        }
    }
    Ok(())
}

/// What was found so far.
#[derive(Default)]
pub struct Found {
    kinds: Vec<Largest>,
    pub failures: Vec<String>,
}

impl Found {
    /// Notes a difference; whether it is too large.
    pub fn tell(&mut self, kind: &str, against: &str, distance: f64, allowed: f64, at: String) -> bool {
        let known = self.kinds.iter().position(|known| known.kind == kind && known.against == against);
        let place = known.unwrap_or_else(|| {
            let (kind, against) = (kind.to_owned(), against.to_owned());
            self.kinds.push(Largest { kind, against, by: Some(0.0), allowed, at: String::new(), compared: 0 });
            self.kinds.len() - 1
        });
        let known = &mut self.kinds[place];
        known.compared += 1;
        if known.by.is_some_and(|largest| distance > largest || !distance.is_finite()) {
            known.by = distance.is_finite().then_some(distance);
            known.at = at;
        }
        let holds = distance <= allowed;
        !holds
    }
}
