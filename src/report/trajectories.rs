//! Curves over training: one for each combination, in the panels that its arrangement says.

use super::arrange::{self, Part};
use super::cells::{Cells, value};
use super::figure::{Figure, Group, Panel};
use crate::engine::measure::Point;
use crate::program::figure::{Axis, Shown};
use crate::program::training::DISTANCE;

/// The curves of some measures.
#[must_use]
pub fn figure(cells: Cells<'_>, shown: &[Shown], by: &Axis, each: Option<&Axis>) -> Figure {
    let arranged = arrange::curves(cells.experiment, cells.arms, by, each);
    let several = shown.len() > 1;
    let names: Vec<String> = shown.iter().map(|&one| cells.name(one)).collect();
    let mut panels = Vec::new();
    for &one in shown {
        for part in &arranged.panels {
            let mut panel = panel(cells, part, one);
            if several {
                panel.title = Some(match panel.title {
                    Some(title) => format!("{}, {title}", cells.name(one)),
                    None => cells.name(one),
                });
                panel.quantity = cells.quantity(one.measure);
            }
            panels.push(panel);
        }
    }
    let y_label = match shown {
        [one] => cells.name(*one).replace('_', " "),
        [one, ..] => cells.quantity(one.measure),
        [] => String::new(),
    };
    Figure {
        title: format!("{}: {}{}", cells.experiment.name, names.join(", "), cells.trial()),
        x_label: cells.time(),
        y_label,
        log: spaced(cells),
        ordered: arranged.ordered,
        panels,
        ..Figure::default()
    }
}

/// How far predictions lie from those of references: a curve for each of these, in a panel for each combination.
#[must_use]
pub fn distances(cells: Cells<'_>, shown: &[Shown]) -> Figure {
    let parts = arrange::apart(cells.experiment, cells.arms);
    let panels = parts.iter().map(|part| {
        let arms: Vec<usize> = part.curves.iter().flat_map(|curve| curve.arms.iter().copied()).collect();
        let groups = shown.iter().map(|&one| Group::of(reference(cells, one), runs(cells, &arms, one)));
        Panel { title: part.title.clone(), groups: groups.collect(), marks: cells.marks(&arms), ..Panel::default() }
    });
    Figure {
        title: format!("{}: distance to references{}", cells.experiment.name, cells.trial()),
        x_label: cells.time(),
        y_label: shown.first().map_or_else(String::new, |one| cells.quantity(one.measure)),
        log: spaced(cells),
        panels: panels.collect(),
        ..Figure::default()
    }
}

/// The reference that a distance is one to.
#[must_use]
pub fn reference(cells: Cells<'_>, shown: Shown) -> String {
    let name = cells.name(shown);
    name.strip_prefix(DISTANCE).map_or_else(|| name.clone(), ToOwned::to_owned)
}

/// Whether all evaluations are spaced by decades.
fn spaced(cells: Cells<'_>) -> bool {
    if cells.experiment.along.is_some() {
        // Checkpoints are published at steps that double, or as far apart each as the other.
        let steps: Vec<u64> = cells.all.iter().flat_map(|cell| &cell.points).map(|point| point.step).collect();
        let least = steps.iter().filter(|step| **step > 0).min();
        return least.zip(steps.iter().max()).is_some_and(|(least, most)| most / least >= 100);
    }
    cells.arms.iter().all(|&arm| cells.experiment.arms[arm].observation.decade.is_some())
}

/// The curves of a measure of all runs of some arms, each with its seed.
fn runs(cells: Cells<'_>, arms: &[usize], shown: Shown) -> Vec<(u64, Vec<(f64, f64)>)> {
    let at = |point: &Point| (point.step as f64, value(point, shown).unwrap_or(f64::NAN));
    let runs = arms.iter().flat_map(|&arm| cells.of(arm));
    runs.map(|cell| (cell.seed, cell.points.iter().map(at).collect())).collect()
}

fn panel(cells: Cells<'_>, part: &Part, shown: Shown) -> Panel {
    let arms: Vec<usize> = part.curves.iter().flat_map(|curve| curve.arms.iter().copied()).collect();
    let groups = part.curves.iter().map(|curve| Group::of(&curve.label, runs(cells, &curve.arms, shown)));
    Panel {
        title: part.title.clone(),
        groups: groups.collect(),
        levels: cells.levels(&arms, shown),
        marks: cells.marks(&arms),
        ..Panel::default()
    }
}
