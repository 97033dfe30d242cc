//! Which combinations of an experiment stand in which panel, and what each is called there.

use crate::program::Experiment;
use crate::program::figure::Axis;

/// The panels of a figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrangement {
    pub panels: Vec<Part>,
    /// Whether the curves are values of a knob that is a number, in rising order.
    pub ordered: bool,
}

/// One panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub title: Option<String>,
    pub curves: Vec<Named>,
}

/// What stands under one name: arms by their places in the experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    pub label: String,
    pub arms: Vec<usize>,
}

/// One curve a combination: told apart by `by`, in panels of `each` and of all else that is crossed with `by`. What belongs to
/// single values of `by` alone, as in a sweep over pairs, is said in their labels.
#[must_use]
pub fn curves(experiment: &Experiment, arms: &[usize], by: &Axis, each: Option<&Axis>) -> Arrangement {
    let mut panel: Vec<Axis> = each.into_iter().cloned().collect();
    let mut label = vec![by.clone()];
    for axis in varying(experiment, arms) {
        if axis == *by || Some(&axis) == each {
            continue;
        }
        let apart = *by == Axis::Arm || crossed(experiment, arms, by, &axis);
        if apart { panel.push(axis) } else { label.push(axis) }
    }
    let number = |arm: usize| match by {
        Axis::Arm => None,
        Axis::Knob(name) => knob(experiment, arm, name),
    };
    let mut arms = arms.to_vec();
    let numbers: Option<Vec<f64>> = arms.iter().map(|&arm| number(arm)).collect();
    let ordered = numbers.is_some_and(|mut numbers| {
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        numbers.len() > 2
    });
    if ordered {
        let place = |arm: &usize| number(*arm).unwrap_or(f64::NAN);
        arms.sort_by(|a, b| place(a).total_cmp(&place(b)));
    }
    let mut panels = grouped(experiment, &arms, &panel, &label);
    if ordered {
        // Sorting by the knob may have taken the panels out of the order of the sweep.
        panels.sort_by_key(|part| part.curves.iter().flat_map(|curve| &curve.arms).min().copied());
    }
    Arrangement { panels, ordered }
}

/// A group for every combination of what varies besides a knob, which is the horizontal axis.
#[must_use]
pub fn across(experiment: &Experiment, arms: &[usize], name: &str, each: Option<&Axis>) -> Arrangement {
    let knob = Axis::Knob(name.to_owned());
    let label: Vec<Axis> =
        varying(experiment, arms).into_iter().filter(|axis| *axis != knob && Some(axis) != each).collect();
    let panel: Vec<Axis> = each.into_iter().cloned().collect();
    Arrangement { panels: grouped(experiment, arms, &panel, &label), ordered: false }
}

/// A group for every combination; ordered where one knob that is a number is all that varies.
#[must_use]
pub fn combinations(experiment: &Experiment, arms: &[usize]) -> Arrangement {
    let label = varying(experiment, arms);
    match label.as_slice() {
        [by @ Axis::Knob(_)] => curves(experiment, arms, by, None),
        _ => Arrangement { panels: grouped(experiment, arms, &[], &label), ordered: false },
    }
}

/// A panel for every combination.
#[must_use]
pub fn apart(experiment: &Experiment, arms: &[usize]) -> Vec<Part> {
    grouped(experiment, arms, &varying(experiment, arms), &[])
}

/// The number that a knob has for an arm.
#[must_use]
pub fn knob(experiment: &Experiment, arm: usize, name: &str) -> Option<f64> {
    let point = experiment.arms[arm].point;
    let place = experiment.points.get(point)?.iter().position(|(known, _)| known == name)?;
    experiment.numbers.get(point)?.get(place).copied()?
}

/// What a knob is for an arm, as written.
#[must_use]
pub fn written<'e>(experiment: &'e Experiment, arm: usize, name: &str) -> Option<&'e str> {
    let bound = experiment.points.get(experiment.arms[arm].point)?;
    bound.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
}

/// The axes along which some arms differ.
fn varying(experiment: &Experiment, arms: &[usize]) -> Vec<Axis> {
    let names = experiment.points.first().into_iter().flatten().map(|(name, _)| Axis::Knob(name.clone()));
    let axes = std::iter::once(Axis::Arm).chain(names);
    axes.filter(|axis| distinct(experiment, arms, &[axis]).len() > 1).collect()
}

/// The value of an arm along an axis.
fn value<'e>(experiment: &'e Experiment, arm: usize, axis: &Axis) -> &'e str {
    match axis {
        Axis::Arm => &experiment.arms[arm].name,
        Axis::Knob(name) => written(experiment, arm, name).unwrap_or_default(),
    }
}

/// The combinations along some axes that there are, in the order of the arms.
fn distinct<'e>(experiment: &'e Experiment, arms: &[usize], axes: &[&Axis]) -> Vec<Vec<&'e str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    for &arm in arms {
        let values: Vec<&str> = axes.iter().map(|axis| value(experiment, arm, axis)).collect();
        if !found.contains(&values) {
            found.push(values);
        }
    }
    found
}

/// Whether every value of one axis stands with every value of another.
fn crossed(experiment: &Experiment, arms: &[usize], a: &Axis, b: &Axis) -> bool {
    let count = |axes: &[&Axis]| distinct(experiment, arms, axes).len();
    count(&[a, b]) == count(&[a]) * count(&[b])
}

fn grouped(experiment: &Experiment, arms: &[usize], panel: &[Axis], label: &[Axis]) -> Vec<Part> {
    let said = |arm: usize, axes: &[Axis]| -> String {
        let each = axes.iter().map(|axis| match axis {
            Axis::Arm => experiment.arms[arm].name.clone(),
            Axis::Knob(name) => format!("{name} = {}", value(experiment, arm, axis)),
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let mut parts: Vec<Part> = Vec::new();
    for &arm in arms {
        let title = Some(said(arm, panel)).filter(|_| !panel.is_empty());
        let at = parts.iter().position(|part| part.title == title).unwrap_or_else(|| {
            parts.push(Part { title, curves: Vec::new() });
            parts.len() - 1
        });
        let label = said(arm, label);
        let curves = &mut parts[at].curves;
        match curves.iter_mut().find(|curve| curve.label == label) {
            Some(curve) => curve.arms.push(arm),
            None => curves.push(Named { label, arms: vec![arm] }),
        }
    }
    parts
}
