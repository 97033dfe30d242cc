//! What the store has of the cells of a plan, put together from their segments.

use crate::engine::measure::{Levels, Point, Value};
use crate::plan::{Cell, Plan, Refine};
use crate::report::study::CellCurve;
use crate::stats::{self, Rule, Window};
use crate::store::{Curve, Evaluated, Finished, Store, StoreError};
use std::collections::{BTreeSet, HashMap};

/// Curves that were read, by the keys of their segments.
type Known = HashMap<String, Curve>;

/// What the store has of every finished cell; none of one that is not finished, or of which something is gone.
///
/// # Errors
/// If the store cannot be read.
pub fn finished(plan: &Plan, store: &Store) -> Result<Vec<Option<CellCurve>>, StoreError> {
    let mut known = Known::new();
    let marks = store.cells()?;
    let curve = |cell| Ok(of_finished(cell, store, &marks, &mut known)?.map(|(curve, _)| curve));
    plan.cells.iter().map(curve).collect()
}

/// What the store has of every cell, of those that are not finished as far as they are.
///
/// # Errors
/// If the store cannot be read.
pub fn all(plan: &Plan, store: &Store) -> Result<Vec<CellCurve>, StoreError> {
    let mut curves = Vec::with_capacity(plan.cells.len());
    each(plan, store, &mut |_, stored| {
        curves.push(stored.curve);
        Ok::<_, StoreError>(())
    })?;
    Ok(curves)
}

/// A cell as far as the store has it.
pub struct Stored {
    pub curve: CellCurve,
    /// Of one that is finished, whether its loss was not finite in the end.
    pub diverged: bool,
    /// The steps at which its segments so far end, each with the seconds of training up to there.
    pub spent: Vec<(u64, f64)>,
}

/// What the store has of every cell, one after another, so that a study of any size is read in little memory: a segment is
/// kept for as long as a later cell needs it.
///
/// # Errors
/// If the store cannot be read, and that of the first cell which could not be taken.
pub fn each<E: From<StoreError>>(
    plan: &Plan,
    store: &Store,
    take: &mut dyn FnMut(&Cell, Stored) -> Result<(), E>,
) -> Result<(), E> {
    let mut needed: HashMap<&str, usize> = HashMap::new();
    plan.cells.iter().flat_map(|cell| &cell.segments).for_each(|key| *needed.entry(key.as_str()).or_default() += 1);
    let mut known = Known::new();
    let marks = store.cells()?;
    for cell in &plan.cells {
        let (curve, diverged) = match of_finished(cell, store, &marks, &mut known)? {
            Some((curve, finished)) => (curve, finished.diverged.is_some()),
            None => (partial(cell, store, &mut known)?, false),
        };
        let spent = spent(cell, &curve, &known);
        take(cell, Stored { curve, diverged, spent })?;
        for key in &cell.segments {
            if let Some(left) = needed.get_mut(key.as_str()) {
                *left -= 1;
                if *left == 0 {
                    known.remove(key.as_str());
                }
            }
        }
    }
    Ok(())
}

/// How long a cell took up to the end of each of its segments: their steps at the pace at which those were made.
fn spent(cell: &Cell, curve: &CellCurve, known: &Known) -> Vec<(u64, f64)> {
    let last = curve.points.last().map_or(0, |point| point.step);
    let (mut before, mut total) = (0, 0.0);
    let mut spent = Vec::new();
    for (place, key) in cell.segments.iter().enumerate() {
        let planned = cell.training.stages[place].until;
        let until = curve.entries.get(place + 1).copied().unwrap_or(planned).min(last);
        let (steps, seconds) = known.get(key.as_str()).map_or((0, 0.0), |known| known.worked);
        if until > before && steps > 0 {
            total += seconds * (until - before) as f64 / steps as f64;
            spent.push((until, total));
        }
        before = until.max(before);
    }
    spent
}

fn read<'k>(known: &'k mut Known, store: &Store, key: &str) -> Result<&'k Curve, StoreError> {
    if !known.contains_key(key) {
        known.insert(key.to_string(), store.segment(key).curve()?);
    }
    Ok(&known[key])
}

fn levels(cell: &Cell, store: &Store) -> Result<Vec<Levels>, StoreError> {
    let mut levels = Vec::with_capacity(cell.measures.len());
    for &column in &cell.observation.written {
        levels.extend(store.levels(cell.measures[column].as_str())?);
    }
    Ok(levels)
}

fn of_finished(
    cell: &Cell,
    store: &Store,
    marks: &BTreeSet<String>,
    known: &mut Known,
) -> Result<Option<(CellCurve, Finished)>, StoreError> {
    let key = cell.key.as_str();
    let Some(finished) = (if marks.contains(key) { store.finished(key)? } else { None }) else { return Ok(None) };
    for (key, _) in &finished.segments {
        read(known, store, key)?;
    }
    let levels = levels(cell, store)?;
    let points = points(cell, &finished, known).filter(|_| levels.len() == cell.measures.len());
    let ends = finished.segments.iter().map(|(_, left)| *left);
    let entries = [0].into_iter().chain(ends).collect();
    let Some(points) = points else { return Ok(None) };
    let mut curve = CellCurve {
        arm: cell.arm,
        seed: cell.seed,
        points,
        levels,
        entries,
        finished: true,
        stands: None,
        fine: Vec::new(),
    };
    let Some(fine) = fine(cell, &finished, &curve, known) else { return Ok(None) };
    curve.fine = fine;
    Ok(Some((curve, finished)))
}

/// The curve of a finished cell, measures in the order written.
fn points(cell: &Cell, finished: &Finished, known: &Known) -> Option<Vec<Point>> {
    let written = &cell.observation.written;
    let (mut before, mut sum) = (0, 0.0);
    let mut points = Vec::new();
    for step in cell.observation.steps(finished.steps) {
        if finished.diverged == Some(step) {
            let (values, parts) = (vec![None; written.len()], vec![Vec::new(); written.len()]);
            let beside = vec![None; written.len()];
            points.push(Point { step, loss: None, values, parts, beside, by_position: None });
            break;
        }
        let (key, _) = finished.segments.iter().find(|(_, left)| step <= *left)?;
        let found = known.get(key)?.points.get(&step)?;
        points.push(point(cell, step, found, (before, sum))?);
        (before, sum) = (step, found.loss_sum);
    }
    Some(points)
}

/// The finer evaluations of a finished cell that place its exit; none where one of them is gone.
fn fine(cell: &Cell, finished: &Finished, curve: &CellCurve, known: &Known) -> Option<Vec<(u64, Option<f64>)>> {
    let Some(refine) = &cell.refine else { return Some(Vec::new()) };
    let Some(window) = window(cell, refine, curve) else { return Some(Vec::new()) };
    let key = cell.measures[refine.exit.measure].as_str();
    let value = |step: u64| {
        let (segment, _) = finished.segments.iter().find(|(_, left)| step <= *left)?;
        Some((step, known.get(segment)?.points.get(&step)?.values.get(key)?.at(refine.exit.site)))
    };
    window.steps().map(value).collect()
}

/// Which finer evaluations place the exit of a cell.
fn window(cell: &Cell, Refine { exit, every }: &Refine, curve: &CellCurve) -> Option<Window> {
    let place = cell.observation.written.iter().position(|column| *column == exit.measure)?;
    let known = curve.levels.get(place)?;
    let rule = Rule {
        blind: exit.from.or(known.blind)?,
        ideal: exit.to.or(known.ideal)?,
        exit: exit.exit,
        held: exit.held,
        from: exit.stage.map_or(Some(0), |stage| curve.entries.get(stage).copied())? as f64,
    };
    // What is measured for figures alone is no part of the curve that an exit is read off.
    let end = curve.points.last().map(|point| point.step);
    let regular = |point: &&Point| Some(point.step) == end || !cell.observation.aside(point.step);
    let values = curve.points.iter().filter(regular).map(|point| match exit.site {
        None => point.values[place].unwrap_or(f64::NAN),
        Some(site) => point.parts[place].get(site).copied().unwrap_or(f64::NAN),
    });
    let steps = curve.points.iter().filter(regular).map(|point| point.step as f64);
    stats::window(&stats::Curve { steps: steps.collect(), values: values.collect() }, &rule, *every).ok().flatten()
}

/// What was measured after a step, `before` being the step and the sum of losses of the evaluation before; none where a
/// measure is missing.
fn point(cell: &Cell, step: u64, found: &Evaluated, (before, sum): (u64, f64)) -> Option<Point> {
    let told = cell.observation.written.iter().map(|&column| found.values.get(cell.measures[column].as_str()));
    let told: Vec<&Value> = told.collect::<Option<_>>()?;
    Some(Point {
        step,
        loss: (step > 0).then(|| (found.loss_sum - sum) / (step - before) as f64),
        values: told.iter().map(|value| value.value).collect(),
        parts: told.iter().map(|value| value.parts.clone()).collect(),
        beside: told.iter().map(|value| value.beside.clone()).collect(),
        by_position: cell.by_position.as_ref().and_then(|key| found.by_position.get(key.as_str()).cloned()),
    })
}

/// An unfinished cell as far as it is. Where a guard ends a stage, only the run itself knows when; it is followed up to there.
fn partial(cell: &Cell, store: &Store, known: &mut Known) -> Result<CellCurve, StoreError> {
    let levels = levels(cell, store)?;
    let mut curve = CellCurve {
        arm: cell.arm,
        seed: cell.seed,
        points: Vec::new(),
        levels,
        entries: vec![0],
        finished: false,
        stands: None,
        fine: Vec::new(),
    };
    let stages = &cell.training.stages;
    let (mut before, mut sum) = (0, 0.0);
    for step in cell.observation.steps(cell.training.steps()) {
        let Some(stage) = stages.iter().position(|stage| step <= stage.until) else { break };
        if stages[..stage].iter().any(|stage| stage.guard.is_some()) {
            break;
        }
        let Some(found) = read(known, store, cell.segments[stage].as_str())?.points.get(&step) else { break };
        let Some(point) = point(cell, step, found, (before, sum)) else { break };
        (before, sum) = (step, found.loss_sum);
        curve.points.push(point);
        curve.stands = Some(step);
    }
    if curve.levels.len() != cell.measures.len() {
        curve.points.clear();
        curve.levels.clear();
    }
    Ok(curve)
}
