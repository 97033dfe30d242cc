//! Whether a model's numbers have the same bits from run to run, and whatever stands beside it.

use crate::drawn::{Drawn, drawn};
use crate::parity::FIRST;
use crate::place::Place;
use crate::report::{Determinism, Grouped};
use icl::engine::adam::Update;
use icl::engine::backend::Backend;
use icl::engine::dropout::Noise;
use icl::engine::error::{Error, Result};
use icl::engine::stacked::Stack;
use icl::program::model::Context;
use icl::program::training::Products;
use std::ops::Range;
use std::sync::Barrier;

/// Models of a program.
const MODELS: u64 = 64;
/// How they are trained: in groups of some size, and whether another program's models are trained on the card meanwhile.
const WAYS: [(&str, u64, bool); 6] = [
    ("all together", MODELS, false),
    ("all once more", MODELS, false),
    ("groups of 7", 7, false),
    ("groups of 2", 2, false),
    ("alone", 1, false),
    ("all, beside another program", MODELS, true),
];

/// Trains models that differ in weights, rates, clipping and noise, in every way.
pub fn check(place: &Place, quick: bool) -> Determinism {
    let (programs, steps) = match (place.real, quick) {
        (true, false) => (24, 5),
        (true, true) => (6, 5),
        (false, false) => (4, 3),
        (false, true) => (1, 3),
    };
    let grouped = |&(way, ..): &(&str, u64, bool)| Grouped { way: way.into(), differ: 0, together: 0.0 };
    let mut groups: Vec<Grouped> = WAYS.iter().map(grouped).collect();
    let mut failures = Vec::new();
    // Programs of the tests with all kinds of sums, small enough for many models of each.
    let fits = |of: &Drawn| {
        let attends = !of.program.listing(Context::Full).mixes.is_empty();
        attends && (8..=80).contains(&(of.batch.sequences * of.batch.tokens))
    };
    let chosen: Vec<Drawn> = (FIRST..).map(drawn).filter(fits).take(programs + 1).collect();
    for pair in chosen.windows(2) {
        let [of, other] = pair else { continue };
        let mut first: Option<Vec<Vec<u64>>> = None;
        for (&(way, size, accompanied), group) in WAYS.iter().zip(&mut groups) {
            let trained = if accompanied { beside(place, of, other, steps) } else { all(place, of, size, steps) };
            match trained {
                Ok((bits, together)) => {
                    let known = first.get_or_insert_with(|| bits.clone());
                    let differ = bits.iter().zip(&*known).filter(|(ours, known)| ours != known).count();
                    group.differ += differ;
                    group.together += together / programs as f64;
                    if differ > 0 {
                        failures.push(format!("{differ} of {MODELS} models, {way}: {}", of.title));
                    }
                }
                Err(error) => failures.push(format!("{way}: {error}: {}", of.title)),
            }
        }
    }
    let passed = failures.is_empty();
    Determinism { programs: programs as u64, models: MODELS, groups, failures, passed }
}

/// All models of one program, while another's come and go in pairs.
fn beside(place: &Place, of: &Drawn, other: &Drawn, steps: u64) -> Result<(Vec<Vec<u64>>, f64)> {
    std::thread::scope(|scope| {
        let others = scope.spawn(|| all(place, other, 2, steps));
        let ours = all(place, of, MODELS, steps);
        others.join().unwrap_or_else(|_| Err(fell())).and(ours)
    })
}

fn fell() -> Error {
    Error::Card("a model's thread fell over".into())
}

/// The bits of every model, and how many were computed together.
fn all(place: &Place, of: &Drawn, size: u64, steps: u64) -> Result<(Vec<Vec<u64>>, f64)> {
    let (mut bits, mut rounds, mut served) = (Vec::new(), 0, 0);
    for from in (0..MODELS).step_by(size as usize) {
        let stack = Stack::new(of.program.clone(), Products::Whole, place.card.beside()?)?;
        let group = from..(from + size).min(MODELS);
        let members = group.clone().map(|model| stack.join(&parameters(of, model))).collect::<Result<Vec<_>>>()?;
        bits.extend(together(members, of, group, steps)?);
        let (asked, answered) = stack.asked();
        rounds += asked;
        served += answered;
    }
    Ok((bits, served as f64 / rounds.max(1) as f64))
}

/// Weights of its own.
fn parameters(of: &Drawn, model: u64) -> Vec<Vec<f32>> {
    let scale = 1.0 + 0.01 * model as f32;
    of.parameters.iter().map(|values| values.iter().map(|value| value * scale).collect()).collect()
}

fn together(members: Vec<impl Backend>, of: &Drawn, models: Range<u64>, steps: u64) -> Result<Vec<Vec<u64>>> {
    let barrier = Barrier::new(members.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (members.into_iter().zip(models))
            .map(|(mut member, model)| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    trained(&mut member, of, model, steps)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(fell()))).collect()
    })
}

/// The bits of its losses, of its outputs, and of all its numbers after some steps.
fn trained(member: &mut impl Backend, of: &Drawn, model: u64, steps: u64) -> Result<Vec<u64>> {
    let mut bits = Vec::new();
    for step in 0..steps {
        let update = Update { clip: model.is_multiple_of(2).then_some(1.0), ..Update::adam(1e-3 * (model + 1) as f64) };
        let noise = of.noise.map(|_| Noise { seed: model, step });
        bits.push(member.step(&of.batch, &of.terms, &update, noise)?.total.to_bits());
    }
    bits.extend(member.outputs(&of.batch)?.into_iter().map(|value| u64::from(value.to_bits())));
    let numbers = member.numbers()?;
    for array in [numbers.parameters, numbers.first, numbers.second].into_iter().flatten() {
        bits.extend(array.into_iter().map(f64::to_bits));
    }
    Ok(bits)
}
