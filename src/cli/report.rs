//! What a finished study prints and writes: tables, figures, curves.

use super::Exit;
use super::terminal::{Terminal, print, warn};
use crate::check::Override;
use crate::engine::measure::Point;
use crate::plan::Plan;
use crate::program::experiment::Figure as Asked;
use crate::report::figure::{to_csv, to_png, to_svg};
use crate::report::study::{CellCurve, Study};
use crate::report::survival;
use crate::report::table::render;
use crate::report::{Figure, Look, Style, Table, sketch};
use crate::store::{RunFolder, StoreError};
use serde::Serialize;

/// Prints and writes everything that the experiment asks for.
pub fn show(plan: &Plan, folder: &RunFolder, program: &str, set: &[Override]) -> Exit {
    let cells = match curves(plan, folder) {
        Ok(cells) => cells,
        Err(error) => return fail(&error),
    };
    let mut arms: Vec<usize> = plan.cells.iter().map(|cell| cell.arm).collect();
    arms.sort_unstable();
    arms.dedup();
    let study = Study { experiment: &plan.experiment, arms, cells, limit: plan.limit };
    match write(plan, &study, folder, program, set) {
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

fn curves(plan: &Plan, folder: &RunFolder) -> Result<Vec<CellCurve>, StoreError> {
    let mut curves = Vec::new();
    for cell in &plan.cells {
        let store = folder.cell(&cell.key.to_string());
        let (points, levels, ended) = (store.curve()?, store.levels()?, store.ended()?);
        if let Some(ended) = &ended {
            let (every, last) = (cell.observation.every, ended.steps);
            let expected: Vec<u64> = (0..last).filter(|step| step % every == 0).chain([last]).collect();
            let whole = points.iter().map(|point| point.step).eq(expected);
            if !whole || levels.len() != cell.observation.measures.len() {
                return Err(store.incomplete());
            }
        }
        let written = &cell.observation.written;
        let points = points.iter().map(|point| as_written(point, written)).collect();
        let levels = written.iter().filter_map(|&column| levels.get(column).cloned()).collect();
        curves.push(CellCurve { arm: cell.arm, seed: cell.seed, points, levels, finished: ended.is_some() });
    }
    Ok(curves)
}

/// A point whose columns stand in an order of meaning, put into the order written.
fn as_written(point: &Point, written: &[usize]) -> Point {
    let values = written.iter().filter_map(|&column| point.values.get(column).copied()).collect();
    let parts = written.iter().filter_map(|&column| point.parts.get(column).cloned()).collect();
    Point { values, parts, step: point.step, loss: point.loss, by_position: point.by_position.clone() }
}

fn write(plan: &Plan, study: &Study<'_>, folder: &RunFolder, program: &str, set: &[Override]) -> Result<(), Trouble> {
    for name in ["plateau", "measures", "claims"] {
        for form in ["txt", "md", "csv", "json"] {
            folder.clear(&format!("{name}.{form}"))?;
        }
    }
    folder.clear("figures")?;
    folder.write("program.icl", program.as_bytes())?;
    folder.write("run.toml", manifest(plan, set).as_bytes())?;
    folder.write("curves.jsonl", lines(plan, study).as_bytes())?;
    let mut written = Vec::new();
    let figures: Vec<(String, Figure)> = (plan.experiment.figures.iter())
        .map(|asked| match asked {
            Asked::Curves { measure } => {
                (plan.experiment.arms[0].observation.measure(*measure).name.clone(), study.figure(*measure))
            }
            Asked::ByPosition => ("error_by_position".into(), study.by_position()),
        })
        .collect();
    for (name, figure) in &figures {
        folder.write(&format!("figures/{name}.csv"), to_csv(figure).as_bytes())?;
        written.push(folder.write(&format!("figures/{name}.svg"), to_svg(figure).as_bytes())?);
        written.push(folder.write(&format!("figures/{name}.png"), &to_png(figure, 2.0))?);
    }
    let terminal = Terminal::out();
    if let Some((_, figure)) = figures.first() {
        let look = Look { width: terminal.width.min(110), height: 14, colour: terminal.colour, ascii: !terminal.live };
        print(&format!("{}\n", sketch(figure, look)));
    }
    if let Some(rule) = &plan.experiment.plateau {
        let stats = |error: crate::stats::StatsError| Trouble::Stats(error.to_string());
        let summary = study.summary(rule).map_err(stats)?;
        table(folder, "plateau", &study.plateau_table(rule, &summary))?;
        let curves = study.survival(rule, &summary).map_err(stats)?;
        folder.write("figures/survival.csv", survival::to_csv(&curves).as_bytes())?;
        written.push(folder.write("figures/survival.svg", survival::to_svg(&curves).as_bytes())?);
        written.push(folder.write("figures/survival.png", &survival::to_png(&curves, 2.0))?);
        table(folder, "measures", &study.measures_table())?;
        let judged = study.judgements(rule).map_err(stats)?;
        if !judged.is_empty() {
            table(folder, "claims", &study.claims_table(&judged))?;
        }
        let json = serde_json::json!({ "summary": summary, "claims": judged, "limit": plan.limit });
        folder.write("plateau.json", serde_json::to_string_pretty(&json).unwrap_or_default().as_bytes())?;
    }
    for path in written.iter().filter(|path| path.extension().is_some_and(|extension| extension == "png")) {
        print(&format!("figure: {} (and .svg, .csv)\n", path.display()));
    }
    Ok(())
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
}

/// Which cells make up the study, under which names.
fn manifest(plan: &Plan, set: &[Override]) -> String {
    let cells =
        plan.cells.iter().map(|cell| ManifestCell { key: cell.key.to_string(), arm: &cell.name, seed: cell.seed });
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
fn lines(plan: &Plan, study: &Study<'_>) -> String {
    let mut text = String::new();
    for (cell, curve) in plan.cells.iter().zip(&study.cells) {
        for point in &curve.points {
            let mut values = serde_json::Map::new();
            for (place, value) in point.values.iter().enumerate() {
                values.insert(cell.observation.measure(place).name.clone(), serde_json::json!(value));
            }
            let line = serde_json::json!({
                "arm": cell.name, "seed": cell.seed, "step": point.step, "training_loss": point.loss, "measures": values,
            });
            text.push_str(&line.to_string());
            text.push('\n');
        }
    }
    text
}
