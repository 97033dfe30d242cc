//! Distributions as words, the layout of which `card/kernels/laws.h` tells.

use super::code::{Code, Value};
use crate::engine::sampler::Fault;
use crate::engine::sampler::laws::{Kind, Ready};
use crate::program::task::NodeId;

#[derive(Clone, Copy)]
enum Law {
    Normal,
    Label,
    Interval,
    Categorical,
    Bernoulli,
    Dirichlet,
    Permutations,
    Zipf,
    Student,
    Exponential,
    Bursty,
    Mixture,
}

/// Writes a law. `value` gives the values of nodes.
///
/// # Errors
/// Several draws of a mixture within another, and labels that are too many.
pub fn write(code: &mut Code, law: &Ready, value: &mut dyn FnMut(&mut Code, NodeId) -> Value) -> Result<(), Fault> {
    let mut arg = |code: &mut Code, at: usize, default: f64| match law.args.get(at).copied().flatten() {
        Some(node) => value(code, node),
        None => code.constant(&[default]),
    };
    let (kind, first, second) = match &law.kind {
        Kind::Normal => (Law::Normal, arg(code, 0, 0.0), arg(code, 1, 1.0)),
        Kind::Interval => (Law::Interval, arg(code, 0, 0.0), arg(code, 1, 1.0)),
        Kind::Categorical => one(Law::Categorical, arg(code, 0, 1.0)),
        Kind::Bernoulli => one(Law::Bernoulli, arg(code, 0, 0.5)),
        Kind::Dirichlet => one(Law::Dirichlet, arg(code, 0, 1.0)),
        Kind::StudentT => one(Law::Student, arg(code, 0, 1.0)),
        Kind::Exponential => one(Law::Exponential, arg(code, 0, 1.0)),
        Kind::Zipf { .. } => one(Law::Zipf, arg(code, 1, 1.0)),
        Kind::Bursty(bursty) => one(Law::Bursty, code.constant(&[bursty.exponent])),
        Kind::Label(_) => none(code, Law::Label),
        Kind::Permutation(_) | Kind::Permutations(_) => none(code, Law::Permutations),
        Kind::Mixture(_) => none(code, Law::Mixture),
    };
    let begun = code.words.len();
    code.words.extend([kind as i32, 0, law.copies as i32, law.width as i32]);
    code.values(&[first, second]);
    match &law.kind {
        Kind::Label(labels) => {
            let labels = u32::try_from(*labels).map_err(|_| Fault::of("has more labels than a card draws".into()))?;
            code.words.push(labels as i32);
        }
        Kind::Permutation(size) => permutations(code, &[*size]),
        Kind::Permutations(sizes) => permutations(code, sizes),
        Kind::Zipf { labels, cumulative } => {
            let upto = cumulative.as_ref().map_or(-1, |cumulative| code.share(cumulative));
            code.words.extend([*labels as i32, upto]);
        }
        Kind::Bursty(bursty) => {
            let upto = code.share(&bursty.cumulative);
            let room = code.room(1, (bursty.length - 1) / bursty.copies).place;
            let sizes = [bursty.classes, bursty.length, bursty.copies].map(|size| size as i32);
            code.words.extend(sizes);
            code.words.extend([upto, i32::from(bursty.outside), room]);
        }
        Kind::Mixture(parts) => {
            let upto = parts.iter().map(|(upto, _)| *upto).collect::<Vec<_>>();
            let upto = code.share(&upto);
            code.words.extend([parts.len() as i32, upto]);
            for (_, part) in parts {
                if matches!(part.kind, Kind::Mixture(_)) && part.copies != 1 {
                    return Err(Fault::of("is a mixture of several draws of another, which no card draws".into()));
                }
                write(code, part, value)?;
            }
        }
        _ => {}
    }
    code.end(begun);
    Ok(())
}

/// A law of one argument, which stands for the other too.
fn one(law: Law, arg: Value) -> (Law, Value, Value) {
    (law, arg, arg)
}

fn none(code: &mut Code, law: Law) -> (Law, Value, Value) {
    let none = code.constant(&[0.0]);
    (law, none, none)
}

fn permutations(code: &mut Code, sizes: &[usize]) {
    let widest = sizes.iter().copied().max().unwrap_or(1);
    code.words.extend([widest as i32, sizes.len() as i32]);
    code.words.extend(sizes.iter().map(|size| *size as i32));
}
