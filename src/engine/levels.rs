//! What a level of a task scores at every position of the sequences that a model is evaluated on.

use super::error::{Error, Result};
use super::predictors::{self, Examples, squared_error};
use super::references::{ByPosition, posterior, posterior_mean};
use super::sampler::{Sample, Sampler, Split};
use crate::program::task::{Form, Reference, Task};

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
        Some(Reference::Posterior) => posterior(sampler, test)?,
        Some(Reference::Predictor { name, args, of }) => predictor(name, args, *of, sampler, test)?,
    }))
}

/// The scores of a predictor of the registry by its name, with its numbers in the order of its parameters.
///
/// # Errors
/// A task that it says nothing of.
pub fn predictor(
    name: &str,
    args: &[f64],
    of: Option<usize>,
    sampler: &Sampler<'_>,
    test: &Sample,
) -> Result<ByPosition> {
    let task = sampler.task;
    let number = |place: usize| args.get(place).copied().unwrap_or(0.0);
    match (name, of) {
        ("posterior_mean", Some(node)) => posterior_mean(sampler, node, test),
        ("constant", _) => constant(sampler, test),
        ("ngram", _) if task.form == Form::Tokens => {
            let alpha = args.get(1).copied().unwrap_or(1.0);
            Ok(laws(task, test, |sequence| {
                let tokens: Vec<u32> = (0..task.length).map(|at| test.of(task.target).label(sequence, at)).collect();
                predictors::ngram(&tokens, task.classes, number(0) as usize, alpha)
            }))
        }
        _ if task.form != Form::Pairs => Err(Error::NotRun(format!("the reference `{name}` of {}", task.title))),
        ("averaging", _) => of_examples(sampler, test, predictors::averaging),
        ("nearest", _) => of_examples(sampler, test, |examples| predictors::nearest(examples, number(0) as usize)),
        ("least_squares", _) => of_examples(sampler, test, predictors::least_squares),
        ("ridge", _) => of_examples(sampler, test, |examples| predictors::ridge(examples, number(0))),
        ("lasso", _) => of_examples(sampler, test, |examples| predictors::lasso(examples, number(0))),
        _ => Err(Error::NotRun(format!("the reference `{name}` of {}", task.title))),
    }
}

/// A predictor of vectors; a label is predicted by the law that it gives the one-hot targets.
fn of_examples(
    sampler: &Sampler<'_>,
    test: &Sample,
    predict: impl Fn(&Examples<'_>) -> Vec<f64>,
) -> Result<ByPosition> {
    let task = sampler.task;
    let (target, outputs) = (test.of(task.target), task.classes);
    let mut total = ByPosition::zeros(task.length, task.real);
    for sequence in 0..test.sequences {
        let x = sampler.input(test, sequence).map_err(|fault| Error::Draw(fault.said(task)))?;
        let mut y: Vec<f64> =
            (0..task.length).flat_map(|position| target.at(sequence, position).iter().copied()).collect();
        let dim = x.len() / task.length.max(1);
        if !task.real {
            y = y.iter().flat_map(|label| (0..outputs).map(move |class| f64::from(*label == class as f64))).collect();
        }
        let predicted = predict(&Examples { x: &x, y: &y, dim, outputs });
        if task.real {
            for (sum, error) in total.loss.iter_mut().zip(squared_error(&predicted, &y, outputs)) {
                *sum += error;
            }
            continue;
        }
        for (position, law) in predicted.chunks_exact(outputs).enumerate() {
            let truth = target.label(sequence, position) as usize;
            let known = law.iter().sum::<f64>() > 0.0;
            let even = vec![1.0; outputs];
            total.law(position, if known { law } else { &even }, truth);
        }
    }
    Ok(total.mean(test.sequences))
}

/// A predictor of laws over labels, position by position.
fn laws(task: &Task, test: &Sample, predict: impl Fn(usize) -> Vec<f64>) -> ByPosition {
    let mut total = ByPosition::zeros(task.length, false);
    for sequence in 0..test.sequences {
        for (position, law) in predict(sequence).chunks_exact(task.classes).enumerate() {
            total.law(position, law, test.of(task.target).label(sequence, position) as usize);
        }
    }
    total.mean(test.sequences)
}

/// The best constant prediction on as many training sequences: the mean of real targets, the law of labels.
fn constant(sampler: &Sampler<'_>, test: &Sample) -> Result<ByPosition> {
    let task = sampler.task;
    let numbers: Vec<u64> = (0..test.sequences as u64).collect();
    let train = sampler.sample(Split::Train, &numbers).map_err(|fault| Error::Draw(fault.said(task)))?;
    let scored = task.scored();
    let each = || (0..train.sequences).flat_map(|sequence| scored.iter().map(move |&position| (sequence, position)));
    let count = (train.sequences * scored.len()) as f64;
    let mut mean = vec![0.0; task.classes];
    for (sequence, position) in each() {
        let value = train.of(task.target).at(sequence, position);
        if task.real {
            mean.iter_mut().zip(value).for_each(|(mean, value)| *mean += value / count);
        } else {
            mean[value[0] as usize] += 1.0;
        }
    }
    let mut total = ByPosition::zeros(task.length, task.real);
    for sequence in 0..test.sequences {
        for position in 0..task.length {
            let value = test.of(task.target).at(sequence, position);
            if task.real {
                let error = mean.iter().zip(value).map(|(mean, value)| (mean - value).powi(2)).sum::<f64>();
                total.loss[position] += error / value.len() as f64;
            } else {
                total.law(position, &mean, value[0] as usize);
            }
        }
    }
    Ok(total.mean(test.sequences))
}
