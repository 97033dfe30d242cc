//! The losses of 100 steps on a card and on the processor.
//!
//! Rounding grows along a curve, so that what may differ is told by how far the processor's own engines are from f64.

use crate::drawn::{Drawn, distance};
use crate::parity::{Against, Found, alone};
use crate::place::Place;
use icl::engine::adam::{Rule, Update};
use icl::engine::backend::Backend;
use icl::engine::dropout::Noise;
use icl::engine::error::{Error, Result};
use icl::engine::plain::Width;

const STEPS: u64 = 100;
/// What is allowed at the least, relative to the largest loss of the curve.
const LEAST: f64 = 1e-4;
/// How many times as far as an engine of the processor in f32.
const TIMES: f64 = 10.0;

/// Every optimizer in turn, every other model's gradients clipped.
fn update(number: u64) -> Update {
    let betas = (0.9, 0.999);
    let rule = match number % 3 {
        0 => Rule::default(),
        1 => Rule::Adam { betas, eps: 1e-8, weight_decay: 0.1, decoupled: true },
        _ => Rule::Sgd { momentum: 0.9, weight_decay: 0.01 },
    };
    Update { rule, lr: if number % 3 == 2 { 1e-2 } else { 1e-3 }, clip: number.is_multiple_of(2).then_some(1.0) }
}

/// The losses up to where one is not finite, and how many there are.
fn curve(engine: &mut dyn Backend, of: &Drawn, update: &Update) -> Result<Vec<f64>> {
    let mut losses = Vec::new();
    for step in 0..STEPS {
        let noise = of.noise.map(|noise| Noise { step, ..noise });
        match engine.step(&of.batch, &of.terms, update, noise) {
            Ok(loss) => losses.push(loss.total),
            Err(Error::NotFinite { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(losses)
}

/// Follows one model.
///
/// # Errors
/// What an engine says.
pub fn follow(place: &Place, of: &Drawn, number: u64, found: &mut Found) -> Result<()> {
    let update = update(number);
    let ours = curve(&mut *alone(place, of)?, of, &update)?;
    let by = |against: Against| curve(&mut *against.make(of)?, of, &update);
    let (wide, narrow, fast) = (by(Against::Plain(Width::F64))?, by(Against::Plain(Width::F32))?, by(Against::Fast)?);
    let rounding = apart(&narrow, &wide).max(apart(&fast, &wide));
    let allowed = LEAST.max(TIMES * rounding);
    for (against, theirs) in [(Against::Plain(Width::F64), wide), (Against::Fast, fast)] {
        let (far, at) = (apart(&ours, &theirs), format!("model {number}, f32 is {rounding:.1e} from f64"));
        if found.tell("100 steps", against.name(), far, allowed, at) {
            let (name, title) = (against.name(), &of.title);
            found.failures.push(format!("losses of 100 steps of {title}: {far:e} from {name}, {allowed:e} allowed"));
        }
    }
    Ok(())
}

/// How far two curves are apart, relative to the largest loss.
fn apart(ours: &[f64], theirs: &[f64]) -> f64 {
    if ours.len() == theirs.len() { distance(ours, theirs, 1e-3) } else { f64::INFINITY }
}
