//! The curves of a page as compact data, which its script draws.

use crate::program::figure::Shown;
use crate::report::cells::Cells;
use crate::report::study::{CellCurve, Study};
use serde::Serialize;

/// All curves; runs share the steps at which they were evaluated.
#[derive(Serialize)]
struct Data {
    arms: Vec<String>,
    grids: Vec<Vec<u64>>,
    runs: Vec<RunData>,
    charts: Vec<Chart>,
    marks: Vec<(String, f64)>,
}

#[derive(Serialize)]
struct RunData {
    arm: usize,
    seed: u64,
    grid: usize,
    finished: bool,
}

/// One measure: a list of values for each run, in the order of its steps.
#[derive(Serialize)]
struct Chart {
    name: String,
    quantity: String,
    levels: Vec<(String, Option<f64>)>,
    values: Vec<Vec<Option<f64>>>,
}

/// No curves at all.
const EMPTY: &str = r#"{"arms":[],"grids":[],"runs":[],"charts":[],"marks":[]}"#;

/// Four digits: more than a screen can show.
fn short(value: f64) -> Option<f64> {
    if value.is_finite() { format!("{value:.3e}").parse().ok() } else { None }
}

/// What an arm is called among those of all points of a sweep.
pub fn label(study: &Study<'_>, arm: usize) -> String {
    let name = &study.experiment.arms[arm].name;
    study.bound().map_or_else(|| name.clone(), |bound| format!("{name}, {bound}"))
}

/// The curves as JSON that may stand in a script element: no `<` in it can end that.
pub fn json(studies: &[Study<'_>]) -> String {
    let Some(first) = studies.first() else { return EMPTY.to_owned() };
    let arms: Vec<usize> = studies.iter().flat_map(|study| study.arms.iter().copied()).collect();
    let cells = Cells { experiment: first.experiment, all: first.cells, arms: &arms, limit: first.limit };
    let shown: Vec<&CellCurve> =
        arms.iter().flat_map(|&arm| cells.of(arm)).filter(|cell| !cell.points.is_empty()).collect();
    let mut grids: Vec<Vec<u64>> = Vec::new();
    let mut runs = Vec::new();
    for cell in &shown {
        let steps: Vec<u64> = cell.points.iter().map(|point| point.step).collect();
        let grid = grids.iter().position(|known| *known == steps).unwrap_or_else(|| {
            grids.push(steps);
            grids.len() - 1
        });
        let arm = arms.iter().position(|arm| *arm == cell.arm).unwrap_or(0);
        runs.push(RunData { arm, seed: cell.seed, grid, finished: cell.finished });
    }
    let observation = &first.experiment.arms[arms.first().copied().unwrap_or(0)].observation;
    let mut charts: Vec<Chart> = (0..observation.written.len())
        .map(|measure| {
            let value = |value: &Option<f64>| value.and_then(short);
            let curve =
                |cell: &&CellCurve| cell.points.iter().map(|at| at.values.get(measure).and_then(value)).collect();
            let one = Shown { measure, site: None };
            let levels = cells.levels(&arms, one).into_iter().map(|level| (level.label, short(level.value)));
            Chart {
                name: cells.name(one),
                quantity: cells.quantity(measure),
                levels: levels.collect(),
                values: shown.iter().map(curve).collect(),
            }
        })
        .collect();
    let loss =
        |cell: &&CellCurve| -> Vec<Option<f64>> { cell.points.iter().map(|at| at.loss.and_then(short)).collect() };
    let losses: Vec<Vec<Option<f64>>> = shown.iter().map(loss).collect();
    if losses.iter().flatten().any(Option::is_some) {
        let quantity = "mean since the evaluation before".to_owned();
        charts.push(Chart { name: "training loss".into(), quantity, levels: Vec::new(), values: losses });
    }
    let mut names = Vec::new();
    for study in studies {
        names.extend(study.arms.iter().map(|&arm| label(study, arm)));
    }
    let marks = cells.marks(&arms).into_iter().map(|mark| (mark.label, mark.x)).collect();
    let data = Data { arms: names, grids, runs, charts, marks };
    serde_json::to_string(&data).unwrap_or_else(|_| EMPTY.to_owned()).replace('<', "\\u003c")
}
