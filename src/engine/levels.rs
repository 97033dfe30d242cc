//! What a level of a task predicts and scores at every position of the sequences that a model is evaluated on.

use super::error::{Error, Result};
use super::predictors::{self, Examples};
use super::references::{ByPosition, Told, posterior_laws, posterior_means};
use super::sampler::{Sample, Sampler, Split};
use crate::program::task::{Form, Reference};

/// The scores of a reference; none where the task declares none. A score that it does not tell is empty.
///
/// # Errors
/// References that this version does not compute.
pub fn of(reference: Option<&Reference>, sampler: &Sampler<'_>, test: &Sample) -> Result<Option<ByPosition>> {
    let task = sampler.task;
    let level = |value: Option<f64>| value.map_or_else(Vec::new, |value| vec![value; task.length]);
    Ok(Some(match reference {
        None => return Ok(None),
        Some(Reference::Levels { loss, accuracy }) => ByPosition { accuracy: level(*accuracy), loss: level(*loss) },
        Some(Reference::Formula(node)) => {
            let loss: Vec<f64> = (0..task.length).map(|position| test.of(*node).at(0, position)[0]).collect();
            ByPosition { accuracy: Vec::new(), loss }
        }
        // Of a task that has none, the checker has told; a plateau with levels of its own needs none.
        Some(Reference::Posterior) if task.tractable().is_err() => return Ok(None),
        Some(predicts) => ByPosition::scored(task, test, |told| predictions(predicts, sampler, test, told))?,
    }))
}

/// What a reference predicts at every position of every sequence.
///
/// # Errors
/// A level, which predicts nothing; references that this version does not compute.
pub fn predictions(reference: &Reference, sampler: &Sampler<'_>, test: &Sample, told: &mut Told<'_>) -> Result<()> {
    match reference {
        Reference::Posterior => posterior_laws(sampler, test, told),
        Reference::Predictor { name, args, of } => predictor(name, args, *of, sampler, test, told),
        Reference::Levels { .. } | Reference::Formula(_) => {
            Err(Error::NotRun(format!("the predictions of a level of {}", sampler.task.title)))
        }
    }
}

/// What a predictor of the registry predicts, by its name, with its numbers in the order of its parameters.
fn predictor(
    name: &str,
    args: &[f64],
    of: Option<usize>,
    sampler: &Sampler<'_>,
    test: &Sample,
    told: &mut Told<'_>,
) -> Result<()> {
    let task = sampler.task;
    let number = |place: usize| args.get(place).copied().unwrap_or(0.0);
    match (name, of) {
        ("posterior_mean", Some(node)) => posterior_means(sampler, node, test, told),
        ("constant", _) => constant(sampler, test, told),
        ("ngram", _) if task.form == Form::Tokens => {
            let alpha = args.get(1).copied().unwrap_or(1.0);
            for sequence in 0..test.sequences {
                let tokens: Vec<u32> = (0..task.length).map(|at| test.of(task.target).label(sequence, at)).collect();
                let laws = predictors::ngram(&tokens, task.classes, number(0) as usize, alpha);
                laws.chunks_exact(task.classes).enumerate().for_each(|(position, law)| told(sequence, position, law));
            }
            Ok(())
        }
        _ if task.form != Form::Pairs => Err(Error::NotRun(format!("the reference `{name}` of {}", task.title))),
        ("averaging", _) => of_examples(sampler, test, predictors::averaging, told),
        ("nearest", _) => {
            of_examples(sampler, test, |examples| predictors::nearest(examples, number(0) as usize), told)
        }
        ("least_squares", _) => of_examples(sampler, test, predictors::least_squares, told),
        ("ridge", _) => of_examples(sampler, test, |examples| predictors::ridge(examples, number(0)), told),
        ("lasso", _) => of_examples(sampler, test, |examples| predictors::lasso(examples, number(0)), told),
        _ => Err(Error::NotRun(format!("the reference `{name}` of {}", task.title))),
    }
}

/// A predictor of vectors; a label is predicted by the law that it gives the one-hot targets, and by an even one where
/// it gives none.
fn of_examples(
    sampler: &Sampler<'_>,
    test: &Sample,
    predict: impl Fn(&Examples<'_>) -> Vec<f64>,
    told: &mut Told<'_>,
) -> Result<()> {
    let task = sampler.task;
    let (target, outputs) = (test.of(task.target), task.classes);
    let even = vec![1.0; outputs];
    for sequence in 0..test.sequences {
        let x = sampler.input(test, sequence).map_err(|fault| Error::Draw(fault.said(task)))?;
        let mut y: Vec<f64> =
            (0..task.length).flat_map(|position| target.at(sequence, position).iter().copied()).collect();
        let dim = x.len() / task.length.max(1);
        if !task.real {
            y = y.iter().flat_map(|label| (0..outputs).map(move |class| f64::from(*label == class as f64))).collect();
        }
        let predicted = predict(&Examples { x: &x, y: &y, dim, outputs });
        for (position, predicted) in predicted.chunks_exact(outputs).enumerate() {
            let known = task.real || predicted.iter().sum::<f64>() > 0.0;
            told(sequence, position, if known { predicted } else { &even });
        }
    }
    Ok(())
}

/// The best constant prediction on as many training sequences: the mean of real targets, the law of labels.
fn constant(sampler: &Sampler<'_>, test: &Sample, told: &mut Told<'_>) -> Result<()> {
    let task = sampler.task;
    let numbers: Vec<u64> = (0..test.sequences as u64).collect();
    let train = sampler.sample(Split::Train, &numbers).map_err(|fault| Error::Draw(fault.said(task)))?;
    let scored = task.scored();
    let each = || (0..train.sequences).flat_map(|sequence| scored.iter().map(move |&position| (sequence, position)));
    let count = (train.sequences * scored.len()) as f64;
    let mut mean = vec![0.0; task.outcomes()];
    for (sequence, position) in each() {
        let value = train.of(task.target).at(sequence, position);
        if task.real {
            mean.iter_mut().zip(value).for_each(|(mean, value)| *mean += value / count);
        } else {
            mean[value[0] as usize] += 1.0;
        }
    }
    for sequence in 0..test.sequences {
        (0..task.length).for_each(|position| told(sequence, position, &mean));
    }
    Ok(())
}
