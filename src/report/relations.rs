//! Figures whose horizontal axis is not time: numbers of runs against a knob, and against each other.

use super::arrange::{self, Named};
use super::cells::{Cells, moment};
use super::number::{fixed, p_value};
use super::points::{PointGroup, PointPanel, Points, RunPoint};
use super::spread;
use super::study::CellCurve;
use crate::program::PlateauRule;
use crate::program::figure::{Axis, Quantity};
use crate::stats::{self, Pair, StatsError};

/// From which ratio of the largest to the smallest value on the values of a knob are told apart by their ratios.
const DECADES: f64 = 20.0;

/// One number of a run and whether it was cut off there.
fn number(
    cells: Cells<'_>,
    cell: &CellCurve,
    quantity: Quantity,
    rule: Option<&PlateauRule>,
) -> Result<Option<(f64, bool)>, StatsError> {
    match (quantity, rule) {
        (Quantity::Exit, Some(rule)) => cells.exit(cell, rule),
        (Quantity::Exit, None) => Ok(None),
        (Quantity::Value { shown, at }, _) => Ok(cells.at(cell, shown, at).map(|value| (value, false))),
    }
}

/// What a number of a run is called.
pub fn named(cells: Cells<'_>, quantity: Quantity) -> String {
    match quantity {
        Quantity::Exit => "plateau".into(),
        Quantity::Value { shown, at } => {
            let at = at.map_or(String::new(), |at| format!(" at {}", moment(at)));
            format!("{}{at}", cells.name(shown))
        }
    }
}

/// The label of an axis of it.
fn axis(cells: Cells<'_>, quantity: Quantity, rule: Option<&PlateauRule>) -> String {
    let from = rule.and_then(|rule| rule.stage.as_ref()).map_or(String::new(), |stage| format!(" from `{stage}` on"));
    match quantity {
        Quantity::Exit => format!("end of the plateau, training steps{from}"),
        Quantity::Value { .. } => named(cells, quantity).replace('_', " "),
    }
}

/// Numbers of runs against a knob: each run a point, their middles joined.
///
/// # Errors
/// If the plateau has no two different levels.
pub fn against(
    cells: Cells<'_>,
    quantities: &[Quantity],
    (knob, each): (&str, Option<&Axis>),
    rule: Option<&PlateauRule>,
) -> Result<Points, StatsError> {
    let experiment = cells.experiment;
    let arranged = arrange::across(experiment, cells.arms, knob, each);
    let mut ticks: Vec<(f64, String)> = Vec::new();
    for &arm in cells.arms {
        if let (Some(at), Some(text)) = (arrange::knob(experiment, arm, knob), arrange::written(experiment, arm, knob))
            && !ticks.iter().any(|tick| tick.0 == at)
        {
            ticks.push((at, text.split(' ').next().unwrap_or_default().to_owned()));
        }
    }
    ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let above: Vec<f64> = ticks.iter().map(|tick| tick.0).filter(|at| *at > 0.0).collect();
    let log = ticks.iter().all(|tick| tick.0 >= 0.0)
        && above.first().zip(above.last()).is_some_and(|(low, high)| high / low >= DECADES);
    let unit = cells.arms.first().and_then(|&arm| arrange::written(experiment, arm, knob)?.split_once(' '));
    let unit = unit.map_or(String::new(), |(_, unit)| format!(", {unit}"));
    let several = quantities.len() > 1;
    let mut panels = Vec::new();
    let mut censored = 0;
    for &quantity in quantities {
        for part in &arranged.panels {
            let mut groups = Vec::new();
            for curve in &part.curves {
                let group = group(cells, curve, quantity, knob, rule)?;
                censored += group.runs.iter().filter(|run| run.censored).count();
                groups.push(group);
            }
            let arms: Vec<usize> = part.curves.iter().flat_map(|curve| curve.arms.iter().copied()).collect();
            let levels = match quantity {
                Quantity::Exit => Vec::new(),
                Quantity::Value { shown, .. } => cells.levels(&arms, shown),
            };
            let name = several.then(|| named(cells, quantity));
            let title = [name, part.title.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
            panels.push(PointPanel {
                title: Some(title).filter(|title| !title.is_empty()),
                quantity: match quantity {
                    _ if !several => String::new(),
                    Quantity::Exit => axis(cells, quantity, rule),
                    Quantity::Value { shown, .. } => cells.quantity(shown.measure),
                },
                groups,
                levels,
                line: None,
            });
        }
    }
    let exits = quantities.contains(&Quantity::Exit);
    let mut caption = vec!["Points are runs.".to_owned()];
    caption.push(if exits {
        "Lines join Kaplan-Meier medians, where they are reached.".into()
    } else {
        "Lines join medians, bands the quartiles.".into()
    });
    if censored > 0 {
        caption.push(triangles(censored));
    }
    Ok(Points {
        title: format!(
            "{}: {} against {knob}{}",
            experiment.name,
            quantities.iter().map(|&quantity| named(cells, quantity)).collect::<Vec<_>>().join(", "),
            cells.trial()
        ),
        x_label: format!("{}{unit}", knob.replace('_', " ")),
        y_label: quantities.first().map_or(String::new(), |&quantity| axis(cells, quantity, rule)),
        caption,
        log,
        ticks,
        ordered: false,
        joined: true,
        panels,
    })
}

fn triangles(censored: usize) -> String {
    match censored {
        1 => "The triangle is a run that was still on its plateau when it was last seen.".into(),
        _ => format!("Triangles are {censored} runs that were still on their plateau when they were last seen."),
    }
}

/// The runs that share a name, at the values that a knob has for them.
fn group(
    cells: Cells<'_>,
    curve: &Named,
    quantity: Quantity,
    knob: &str,
    rule: Option<&PlateauRule>,
) -> Result<PointGroup, StatsError> {
    let mut group = PointGroup { label: curve.label.clone(), ..PointGroup::default() };
    let mut places: Vec<(f64, usize)> =
        (curve.arms.iter()).filter_map(|&arm| Some((arrange::knob(cells.experiment, arm, knob)?, arm))).collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (x, arm) in places {
        let mut runs: Vec<RunPoint> = Vec::new();
        for cell in cells.of(arm) {
            let y = number(cells, cell, quantity, rule)?;
            runs.extend(y.map(|(y, censored)| RunPoint { seed: cell.seed, x, y, censored }));
        }
        let mut ys: Vec<f64> = runs.iter().map(|run| run.y).collect();
        ys.sort_by(f64::total_cmp);
        match quantity {
            Quantity::Exit => {
                let run =
                    |run: &RunPoint| stats::Run { seed: run.seed, time: run.y, escaped: !run.censored, bracket: None };
                let estimate = stats::kaplan_meier(&runs.iter().map(run).collect::<Vec<_>>());
                group.middle.extend(estimate.median.value.map(|median| (x, median)));
            }
            Quantity::Value { .. } if !ys.is_empty() => {
                group.middle.push((x, spread::quantile(&ys, 0.5)));
                if ys.len() >= spread::BANDED {
                    group.band.push((x, spread::quantile(&ys, 0.25), spread::quantile(&ys, 0.75)));
                }
            }
            Quantity::Value { .. } => {}
        }
        group.runs.extend(runs);
    }
    Ok(group)
}

/// One number of a run against another: a point for each run, the relation between the two, and how sure it is.
///
/// # Errors
/// If the plateau has no two different levels.
pub fn scatter(
    cells: Cells<'_>,
    (y, x): (Quantity, Quantity),
    rule: Option<&PlateauRule>,
) -> Result<Points, StatsError> {
    let arranged = arrange::combinations(cells.experiment, cells.arms);
    let mut panel = PointPanel::default();
    let (mut pairs, mut hidden) = (Vec::new(), 0);
    for curve in arranged.panels.iter().flat_map(|part| &part.curves) {
        let mut group = PointGroup { label: curve.label.clone(), ..PointGroup::default() };
        for cell in curve.arms.iter().flat_map(|&arm| cells.of(arm)).filter(|cell| cell.finished) {
            let across = number(cells, cell, x, rule)?.filter(|(_, censored)| !censored);
            let (Some((across, _)), Some((up, censored))) = (across, number(cells, cell, y, rule)?) else {
                hidden += 1;
                continue;
            };
            group.runs.push(RunPoint { seed: cell.seed, x: across, y: up, censored });
            pairs.push(Pair { x: across, y: up, censored });
        }
        panel.groups.push(group);
    }
    let told = stats::associate(&pairs);
    panel.line = told.as_ref().and_then(|told| told.line);
    let mut caption = vec![format!("Points are runs (n = {}).", pairs.len())];
    let censored = pairs.iter().filter(|pair| pair.censored).count();
    if censored > 0 {
        caption.push(triangles(censored));
    }
    if hidden > 0 {
        caption.push(format!("Not shown, since they have no such number: {hidden}."));
    }
    match &told {
        Some(told) => {
            let how = if told.exact { "all orders" } else { "permutation" };
            let over = if censored > 0 { " over the pairs whose order is known" } else { "" };
            let p = p_value(told.p);
            let p = if p.starts_with('<') { p } else { format!("= {p}") };
            caption.push(format!("Kendall's τ = {}{over}, n = {}, p {p} ({how}).", fixed(told.tau, 2), told.n));
            if told.line.is_some() {
                caption.push(if censored > 0 { "Line: Akritas-Theil-Sen.".into() } else { "Line: Theil-Sen.".into() });
            }
        }
        None => caption.push("The order of no two runs is known, so no correlation is.".into()),
    }
    Ok(Points {
        title: format!("{}: {} against {}{}", cells.experiment.name, named(cells, y), named(cells, x), cells.trial()),
        x_label: axis(cells, x, rule),
        y_label: axis(cells, y, rule),
        caption,
        ordered: arranged.ordered,
        panels: vec![panel],
        ..Points::default()
    })
}
