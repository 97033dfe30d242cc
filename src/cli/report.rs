//! What a finished study prints and writes: tables, figures, curves.

use super::Exit;
use super::terminal::{Terminal, print, warn};
use crate::check::Override;
use crate::engine::measure::{Point, Value};
use crate::plan::{Cell, Plan};
use crate::report::study::{CellCurve, Study};
use crate::report::table::render;
use crate::report::{Drawn, Look, Style, Table, pictures, sketch, whole};
use crate::stats::{Judgement, Summary};
use crate::store::{Curve, Finished, RunFolder, Store, StoreError};
use serde::Serialize;
use std::collections::HashMap;

/// Prints and writes everything that the experiment asks for.
pub fn show(plan: &Plan, cells: Vec<Option<CellCurve>>, folder: &RunFolder, program: &str, set: &[Override]) -> Exit {
    let missing = |cell: &Cell| CellCurve {
        arm: cell.arm,
        seed: cell.seed,
        points: Vec::new(),
        levels: Vec::new(),
        entries: Vec::new(),
        finished: false,
    };
    let cells: Vec<CellCurve> =
        plan.cells.iter().zip(cells).map(|(cell, curve)| curve.unwrap_or_else(|| missing(cell))).collect();
    let mut arms: Vec<usize> = plan.cells.iter().map(|cell| cell.arm).collect();
    arms.sort_unstable();
    arms.dedup();
    let mut studies: Vec<Study<'_>> = Vec::new();
    for arm in arms {
        let point = plan.experiment.arms[arm].point;
        match studies.last_mut().filter(|study| study.point == point) {
            Some(study) => study.arms.push(arm),
            None => studies.push(Study {
                experiment: &plan.experiment,
                point,
                arms: vec![arm],
                cells: &cells,
                limit: plan.limit,
            }),
        }
    }
    match write(plan, &studies, &cells, folder, program, set) {
        Ok(()) => Exit::Done,
        Err(Trouble::Store(error)) => fail(&error),
        Err(Trouble::Stats(reason)) => {
            warn(&format!("the curves are kept, but their statistics cannot be made: {reason}\n"));
            Exit::Failed
        }
    }
}

fn fail(error: &StoreError) -> Exit {
    warn(&format!("{error}\n"));
    Exit::Failed
}

enum Trouble {
    Store(StoreError),
    Stats(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What the store has of every cell, put together from its segments; none of a cell that is not finished, or of which
/// something is gone.
///
/// # Errors
/// If the store cannot be read.
pub fn curves(plan: &Plan, store: &Store) -> Result<Vec<Option<CellCurve>>, StoreError> {
    let mut known: HashMap<String, Curve> = HashMap::new();
    let marks = store.cells()?;
    let mut curves = Vec::with_capacity(plan.cells.len());
    for cell in &plan.cells {
        let finished = if marks.contains(cell.key.as_str()) { store.finished(cell.key.as_str())? } else { None };
        let Some(finished) = finished else {
            curves.push(None);
            continue;
        };
        for (key, _) in &finished.segments {
            if !known.contains_key(key) {
                known.insert(key.clone(), store.segment(key).curve()?);
            }
        }
        let mut levels = Vec::with_capacity(cell.measures.len());
        for &column in &cell.observation.written {
            levels.extend(store.levels(cell.measures[column].as_str())?);
        }
        let points = points(cell, &finished, &known).filter(|_| levels.len() == cell.measures.len());
        let ends = finished.segments.iter().map(|(_, left)| *left);
        let entries = [0].into_iter().chain(ends).collect();
        let curve = |points| CellCurve { arm: cell.arm, seed: cell.seed, points, levels, entries, finished: true };
        curves.push(points.map(curve));
    }
    Ok(curves)
}

/// The curve of a finished cell, measures in the order written.
fn points(cell: &Cell, finished: &Finished, known: &HashMap<String, Curve>) -> Option<Vec<Point>> {
    let written = &cell.observation.written;
    let (mut before, mut sum) = (0, 0.0);
    let mut points = Vec::new();
    for step in cell.observation.steps(finished.steps) {
        if finished.diverged == Some(step) {
            let (values, parts) = (vec![None; written.len()], vec![Vec::new(); written.len()]);
            points.push(Point { step, loss: None, values, parts, by_position: None });
            break;
        }
        let (key, _) = finished.segments.iter().find(|(_, left)| step <= *left)?;
        let found = known.get(key)?.points.get(&step)?;
        let told = written.iter().map(|&column| found.values.get(cell.measures[column].as_str()));
        let told: Vec<&Value> = told.collect::<Option<_>>()?;
        points.push(Point {
            step,
            loss: (step > 0).then(|| (found.loss_sum - sum) / (step - before) as f64),
            values: told.iter().map(|value| value.value).collect(),
            parts: told.iter().map(|value| value.parts.clone()).collect(),
            by_position: cell.by_position.as_ref().and_then(|key| found.by_position.get(key.as_str()).cloned()),
        });
        (before, sum) = (step, found.loss_sum);
    }
    Some(points)
}

fn write(
    plan: &Plan,
    studies: &[Study<'_>],
    cells: &[CellCurve],
    folder: &RunFolder,
    program: &str,
    set: &[Override],
) -> Result<(), Trouble> {
    for name in ["plateau", "measures", "claims"] {
        for form in ["txt", "md", "csv", "json"] {
            folder.clear(&format!("{name}.{form}"))?;
        }
    }
    folder.clear("figures")?;
    folder.write("program.icl", program.as_bytes())?;
    folder.write("run.toml", manifest(plan, set).as_bytes())?;
    folder.write("curves.jsonl", lines(plan, cells).as_bytes())?;
    let experiment = &plan.experiment;
    let mut written = Vec::new();
    let stats = |error: crate::stats::StatsError| Trouble::Stats(error.to_string());
    let pictures = pictures(experiment, studies).map_err(stats)?;
    for picture in &pictures {
        let name = &picture.name;
        folder.write(&format!("figures/{name}.csv"), picture.csv().as_bytes())?;
        written.push(folder.write(&format!("figures/{name}.svg"), picture.svg().as_bytes())?);
        folder.write(&format!("figures/{name}.pdf"), &picture.pdf())?;
        written.push(folder.write(&format!("figures/{name}.png"), &picture.png(2.0))?);
    }
    let terminal = Terminal::out();
    let curves = pictures.iter().find_map(|picture| match &picture.drawn {
        Drawn::Curves(figure) => Some(figure),
        _ => None,
    });
    if let Some(figure) = curves {
        let look = Look { width: terminal.width.min(110), height: 14, colour: terminal.colour, ascii: !terminal.live };
        print(&format!("{}\n", sketch(figure, look)));
    }
    if let Some(rule) = &experiment.plateau {
        let summaries: Vec<Summary> =
            studies.iter().map(|study| study.summary(rule)).collect::<Result<_, _>>().map_err(stats)?;
        table(folder, "plateau", &whole::plateau_table(studies, rule, &summaries))?;
        table(folder, "measures", &whole::measures_table(studies))?;
        let judged = whole::judgements(studies, rule).map_err(stats)?;
        if !judged.is_empty() {
            table(folder, "claims", &whole::claims_table(&judged))?;
        }
        folder.write("plateau.json", findings(plan, studies, &summaries, &judged).as_bytes())?;
    }
    for path in written.iter().filter(|path| path.extension().is_some_and(|extension| extension == "png")) {
        print(&format!("figure: {} (and .svg, .pdf, .csv)\n", path.display()));
    }
    Ok(())
}

/// The statistics in full: of the one point, or a list with what each point binds.
fn findings(plan: &Plan, studies: &[Study<'_>], summaries: &[Summary], judged: &[Judgement]) -> String {
    let json = match (studies, summaries) {
        ([study], [summary]) if study.bound().is_none() => {
            serde_json::json!({ "summary": summary, "claims": judged, "limit": plan.limit })
        }
        _ => {
            let points: Vec<_> = (studies.iter().zip(summaries))
                .map(|(study, summary)| {
                    let bound: HashMap<_, _> = plan.experiment.points[study.point].iter().cloned().collect();
                    serde_json::json!({ "point": bound, "summary": summary })
                })
                .collect();
            serde_json::json!({ "points": points, "claims": judged, "limit": plan.limit })
        }
    };
    serde_json::to_string_pretty(&json).unwrap_or_default()
}

/// Prints a table and writes it as text, Markdown and CSV.
fn table(folder: &RunFolder, name: &str, table: &Table) -> Result<(), StoreError> {
    let terminal = Terminal::out();
    let style = if terminal.live { Style::Unicode } else { Style::Ascii };
    print(&format!("{}\n", render(table, style, Some(terminal.width))));
    folder.write(&format!("{name}.txt"), render(table, Style::Unicode, None).as_bytes())?;
    folder.write(&format!("{name}.md"), render(table, Style::Markdown, None).as_bytes())?;
    folder.write(&format!("{name}.csv"), render(table, Style::Csv, None).as_bytes())?;
    Ok(())
}

#[derive(Serialize)]
struct Manifest<'a> {
    icl: &'a str,
    experiment: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial_steps: Option<u64>,
    set: std::collections::BTreeMap<&'a str, &'a str>,
    cells: Vec<ManifestCell<'a>>,
}

#[derive(Serialize)]
struct ManifestCell<'a> {
    key: String,
    arm: &'a str,
    seed: u64,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    point: std::collections::BTreeMap<&'a str, &'a str>,
}

/// Which cells make up the study, under which names.
fn manifest(plan: &Plan, set: &[Override]) -> String {
    let cells = plan.cells.iter().map(|cell| ManifestCell {
        key: cell.key.to_string(),
        arm: &cell.name,
        seed: cell.seed,
        point: plan.point(cell).iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    });
    let manifest = Manifest {
        icl: env!("CARGO_PKG_VERSION"),
        experiment: &plan.experiment.name,
        trial_steps: plan.limit,
        set: set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        cells: cells.collect(),
    };
    toml::to_string_pretty(&manifest).unwrap_or_default()
}

/// Every value of every curve on a line of its own, under the names of the program.
fn lines(plan: &Plan, cells: &[CellCurve]) -> String {
    let mut text = String::new();
    for (cell, curve) in plan.cells.iter().zip(cells) {
        let point: serde_json::Map<String, serde_json::Value> =
            plan.point(cell).iter().map(|(name, value)| (name.clone(), serde_json::json!(value))).collect();
        for at in &curve.points {
            let mut values = serde_json::Map::new();
            for (place, value) in at.values.iter().enumerate() {
                values.insert(cell.observation.measure(place).name.clone(), serde_json::json!(value));
            }
            let mut line = serde_json::json!({
                "arm": cell.name, "seed": cell.seed, "step": at.step, "training_loss": at.loss, "measures": values,
            });
            if let (false, Some(line)) = (point.is_empty(), line.as_object_mut()) {
                line.insert("point".into(), serde_json::Value::Object(point.clone()));
            }
            text.push_str(&line.to_string());
            text.push('\n');
        }
    }
    text
}
