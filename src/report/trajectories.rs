//! Curves over training: one for each combination, in the panels that its arrangement says.

use super::arrange::{self, Part};
use super::cells::{Cells, value};
use super::figure::{Figure, Group, Panel};
use crate::program::figure::{Axis, Shown};

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
    let log = cells.arms.iter().all(|&arm| cells.experiment.arms[arm].observation.decade.is_some());
    let y_label = match shown {
        [one] => cells.name(*one).replace('_', " "),
        [one, ..] => cells.quantity(one.measure),
        [] => String::new(),
    };
    Figure {
        title: format!("{}: {}{}", cells.experiment.name, names.join(", "), cells.trial()),
        x_label: "training steps".into(),
        y_label,
        log,
        ordered: arranged.ordered,
        panels,
        ..Figure::default()
    }
}

fn panel(cells: Cells<'_>, part: &Part, shown: Shown) -> Panel {
    let arms: Vec<usize> = part.curves.iter().flat_map(|curve| curve.arms.iter().copied()).collect();
    let groups = part.curves.iter().map(|curve| {
        let runs = curve.arms.iter().flat_map(|&arm| cells.of(arm)).map(|cell| {
            cell.points.iter().map(|point| (point.step as f64, value(point, shown).unwrap_or(f64::NAN))).collect()
        });
        Group { label: curve.label.clone(), runs: runs.collect() }
    });
    Panel {
        title: part.title.clone(),
        groups: groups.collect(),
        levels: cells.levels(&arms, shown),
        marks: cells.marks(&arms),
        ..Panel::default()
    }
}
