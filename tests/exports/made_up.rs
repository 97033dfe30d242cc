//! Made-up runs with round values, so that golden files are the same on every machine.

use icl::check::check;
use icl::engine::measure::{Beside, Levels, LossByPosition, Point};
use icl::export::curves::rows::Clock;
use icl::export::curves::{Layout, Run};
use icl::plan::{Cell, Plan, Selection, plans};
use icl::program::model::Site;
use icl::program::training::{MeasureKind, Reader};
use icl::world::Memory;
use std::path::Path;

/// The plans of a program.
pub struct Study(Vec<Plan>);

/// The study of the golden files.
pub fn golden() -> Study {
    let path = Path::new("golden.icl");
    let mut world = Memory::default();
    world.0.insert(path.into(), include_str!("golden.txt").into());
    let checked = check(&world, path, &[]);
    let errors: Vec<_> = checked.findings.iter().map(|finding| &finding.title).collect();
    let program = checked.program.unwrap_or_else(|| panic!("{errors:?}"));
    Study(plans(program.experiments, &Selection::default()).unwrap())
}

impl Study {
    pub fn layout(&self) -> Layout {
        Layout::of(self.0.iter().map(|plan| &plan.experiment))
    }

    /// Gives every run.
    pub fn each(&self, take: &mut dyn FnMut(&Run<'_>)) {
        for plan in &self.0 {
            for (place, cell) in plan.cells.iter().enumerate() {
                let arm = &plan.experiment.arms[cell.arm];
                let diverged = place == 1;
                let points = points(cell, place, diverged);
                let levels = levels(cell);
                let total = cell.training.steps();
                let entries: Vec<u64> =
                    std::iter::once(0).chain(cell.training.stages.iter().map(|stage| stage.until)).collect();
                let fine = [(20, Some(0.5)), (25, Some(0.5625)), (30, Some(0.625)), (35, None)];
                let clock = Clock { spent: vec![(total, 0.25 * total as f64)], ended: 1.7e9 + 0.25 * total as f64 };
                // Keys are hashes of the program; here they are numbers, so that golden files outlive a revision.
                let key = format!("{}-{place}", plan.experiment.name);
                take(&Run {
                    study: &plan.experiment.name,
                    of: arm,
                    knobs: plan.point(cell),
                    numbers: &plan.experiment.numbers[arm.point],
                    seed: cell.seed,
                    cell: &key,
                    status: if diverged { "diverged" } else { "finished" },
                    points: &points,
                    levels: &levels,
                    entries: &entries,
                    fine: if plan.experiment.plateau.is_some() { &fine } else { &[] },
                    plateau: plan.experiment.plateau.as_ref(),
                    clock: &clock,
                });
            }
        }
    }
}

fn points(cell: &Cell, place: usize, diverged: bool) -> Vec<Point> {
    let total = cell.training.steps();
    let observation = &cell.observation;
    let count = observation.written.len();
    let value = |measure: usize, step: u64| {
        // In 24 bits, so that the scalars of TensorBoard have it too.
        (measure + 1) as f64 / 8.0 + step as f64 / 1024.0 + place as f64 / 65536.0
    };
    let point = |step: u64| {
        let broken = diverged && step == total;
        let mut point = Point { step, loss: None, values: vec![], parts: vec![], beside: vec![], by_position: None };
        point.loss = (step > 0 && !broken).then(|| 4.0 - step as f64 / 32.0);
        for measure in 0..count {
            let kind = &observation.measure(measure).kind;
            let parts = match kind {
                MeasureKind::Probe { site: Site::Everywhere, .. } => cell.training.model.layers() + 1,
                MeasureKind::Probe { task, nodes, .. } => {
                    let task = &cell.training.tasks[*task];
                    nodes.iter().map(|&node| task.nodes[node].labels.len().max(1)).sum()
                }
                _ => 0,
            };
            let sites = if matches!(kind, MeasureKind::Probe { site: Site::Everywhere, .. }) { parts } else { 1 };
            let part = |at: usize| value(measure, step) + at as f64 / 16.0;
            let each = |plus: f64| -> Vec<f64> { (0..sites).map(|at| part(at) + plus).collect() };
            let beside = match kind {
                MeasureKind::Probe { reader: Reader::Logistic { .. }, .. } => {
                    Some(Beside { control: each(-0.125), cross_entropy: each(1.0), r2: vec![] })
                }
                // A share that is no number is left out.
                MeasureKind::Probe { task, .. } if cell.training.tasks[*task].real => {
                    Some(Beside { control: each(-0.125), cross_entropy: vec![], r2: vec![f64::NEG_INFINITY] })
                }
                MeasureKind::Probe { .. } => Some(Beside { control: each(-0.125), cross_entropy: vec![], r2: vec![] }),
                _ => None,
            };
            point.values.push((!broken).then(|| value(measure, step)));
            point.parts.push(if broken { vec![] } else { (0..parts).map(part).collect() });
            point.beside.push(beside.filter(|_| !broken));
        }
        if step == total && observation.by_position.is_some() {
            point.by_position = Some(LossByPosition {
                positions: vec![0, 1, 2],
                model: vec![2.0, 1.5, f64::NAN],
                references: vec![vec![2.0, 1.0, 0.25]],
            });
        }
        point
    };
    observation.steps(total).map(point).collect()
}

fn levels(cell: &Cell) -> Vec<Levels> {
    let level = |measure: usize| match cell.observation.measure(measure).kind {
        MeasureKind::Score { .. } => Levels { blind: Some(0.25), ideal: Some(1.0), stairs: vec![] },
        MeasureKind::Probe { .. } => Levels { blind: Some(0.5), ideal: None, stairs: vec![] },
        MeasureKind::Distance { .. } | MeasureKind::Inside { .. } => {
            Levels { blind: None, ideal: None, stairs: vec![] }
        }
    };
    (0..cell.observation.written.len()).map(level).collect()
}
