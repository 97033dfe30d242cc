//! What a study prints and writes: tables, figures, curves.

use super::Exit;
use super::form::Tabular;
use super::seen::Seen;
use super::terminal::{Terminal, print, warn};
use crate::check::Override;
use crate::plan::Plan;
use crate::report::concluded::{Concluded, conclude};
use crate::report::study::CellCurve;
use crate::report::table::render;
use crate::report::{Drawn, Look, Style, pictures, sketch};
use crate::store::{RunFolder, StoreError};
use serde::Serialize;

/// How a report is shown.
#[derive(Clone, Copy)]
pub struct Shown {
    pub form: Tabular,
    /// Whether a claim that is not supported is a failure.
    pub expect: bool,
}

/// Prints and writes everything that the experiment asks for.
pub fn show(
    plan: &Plan,
    cells: &[CellCurve],
    folder: &RunFolder,
    (program, set): (&str, &[Override]),
    shown: Shown,
) -> Exit {
    match write(plan, &Seen::of(plan, cells), cells, folder, (program, set), shown.form) {
        Ok(concluded) if shown.expect => expected(&concluded),
        Ok(_) => Exit::Done,
        Err(Trouble::Store(error)) => {
            warn(&format!("{error}\n"));
            Exit::Failed
        }
        Err(Trouble::Stats(reason)) => {
            warn(&format!("the curves are kept, but their statistics cannot be made: {reason}\n"));
            Exit::Failed
        }
    }
}

/// Whether every claim is supported, as an exit code; what is not is told.
pub fn expected(concluded: &Concluded) -> Exit {
    let unmet = concluded.unmet();
    for claim in &unmet {
        warn(&format!("not as expected: {claim}\n"));
    }
    if unmet.is_empty() { Exit::Done } else { Exit::Unmet }
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

/// The program of the report before the last, where that was another one.
pub const BEFORE: &str = "program.before.icl";

/// The tables that this or another version may have written.
const TABLES: [&str; 9] =
    ["plateau", "details", "final", "onset", "onset_2", "onset_3", "onset_4", "measures", "claims"];

fn write(
    plan: &Plan,
    seen: &Seen<'_>,
    cells: &[CellCurve],
    folder: &RunFolder,
    (program, set): (&str, &[Override]),
    form: Tabular,
) -> Result<Concluded, Trouble> {
    for name in TABLES {
        for form in ["txt", "md", "csv", "tex", "json"] {
            folder.clear(&format!("{name}.{form}"))?;
        }
    }
    folder.clear("figures")?;
    // The program of the report before stays beside the new one, so that a page can say what changed.
    let before = std::fs::read_to_string(folder.root().join("program.icl"));
    if let Some(before) = before.ok().filter(|before| before != program) {
        folder.write(BEFORE, before.as_bytes())?;
    }
    folder.write("program.icl", program.as_bytes())?;
    folder.write("run.toml", manifest(plan, set).as_bytes())?;
    folder.write("curves.jsonl", lines(plan, cells).as_bytes())?;
    let (experiment, studies) = (&*seen.experiment, seen.studies());
    let mut written = Vec::new();
    let stats = |error: crate::stats::StatsError| Trouble::Stats(error.to_string());
    let pictures = pictures(experiment, &studies).map_err(stats)?;
    for picture in &pictures {
        let name = &picture.name;
        folder.write(&format!("figures/{name}.csv"), picture.csv().as_bytes())?;
        written.push(folder.write(&format!("figures/{name}.svg"), picture.svg().as_bytes())?);
        folder.write(&format!("figures/{name}.pdf"), &picture.pdf())?;
        written.push(folder.write(&format!("figures/{name}.png"), &picture.png(2.0))?);
    }
    let curves = pictures.iter().find_map(|picture| match &picture.drawn {
        Drawn::Curves(figure) => Some(figure),
        _ => None,
    });
    if let (Some(figure), Tabular::Text) = (curves, form) {
        let terminal = Terminal::out();
        let look = Look { width: terminal.width.min(110), height: 14, colour: terminal.colour, ascii: !terminal.live };
        print(&format!("{}\n", sketch(figure, look)));
    }
    let concluded = conclude(experiment, &studies).map_err(stats)?;
    for (name, table) in &concluded.tables {
        let forms = [("txt", Style::Unicode), ("md", Style::Markdown), ("csv", Style::Csv), ("tex", Style::Latex)];
        for (form, style) in forms {
            folder.write(&format!("{name}.{form}"), render(table, style, None).as_bytes())?;
        }
    }
    // Details are for whoever looks closer: in a file, and in `icl report`.
    let printed: Vec<_> = concluded.tables.iter().filter(|(name, _)| name != "details").cloned().collect();
    form.print(&printed, &concluded.findings);
    let findings = serde_json::to_string_pretty(&concluded.findings).unwrap_or_default();
    folder.write("plateau.json", findings.as_bytes())?;
    for path in written.iter().filter(|path| path.extension().is_some_and(|extension| extension == "png")) {
        form.say(&format!("figure: {} (and .svg, .pdf, .csv)\n", path.display()));
    }
    Ok(concluded)
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
