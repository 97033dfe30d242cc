//! `icl cache why`: why cells of a program are not in the store.

use super::Exit;
use super::check::program;
use super::form::Form;
use super::rm::of;
use super::run::Choice;
use super::spending::Spending;
use super::store::{Looked, fail, print_json};
use super::terminal::{print, warn};
use crate::diagnostic::Sources;
use crate::plan::{Cell, Plan, plans};
use crate::report::number::count;
use crate::shelf::{Difference, Known, Lack, Why};
use crate::syntax::parse;
use crate::syntax::tree::{Body, Entry, EntryKind, Keyword};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

const CODES: &str = "Exit codes: 0 it was told; 1 the program has errors, or the store cannot be read; 2 the command line is \
    wrong.";

/// Arguments of `icl cache`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(clap::Subcommand)]
enum Asked {
    /// Say for each cell of a program that is not in the store what differs from the nearest one there.
    Why(OfProgram),
}

/// Arguments of `icl cache why`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
struct OfProgram {
    /// The program.
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    place: Looked,
}

pub fn run(arguments: &Arguments) -> Exit {
    let Asked::Why(arguments) = &arguments.asked;
    let selection = match arguments.choice.selection() {
        Ok(selection) => selection,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    let spending = Spending::default();
    let Some(program) = program(&arguments.file, &arguments.choice.set, (&spending, &selection)) else {
        return Exit::Failed;
    };
    let plans = match plans(program.experiments, &selection) {
        Ok(plans) => plans,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    // A store that is not there yet knows nothing.
    let store = arguments.place.any();
    let known = match store.exists().and_then(|_| Known::read(&store)) {
        Ok(known) => known,
        Err(error) => return fail(&error.to_string()),
    };
    let lines = Lines::of(&arguments.file);
    let mut json = Vec::new();
    for plan in &plans {
        let mut reasons = Vec::with_capacity(plan.cells.len());
        for cell in &plan.cells {
            match known.why(plan, cell) {
                Ok(why) => reasons.push(why),
                Err(error) => return fail(&error.to_string()),
            }
        }
        if arguments.format == Form::Json {
            json.extend(plan.cells.iter().zip(&reasons).map(|(cell, why)| as_json(plan, cell, why, &lines)));
        } else {
            print(&as_text(plan, &reasons, &known, &lines));
        }
    }
    if arguments.format == Form::Json {
        print_json(&json);
    }
    Exit::Done
}

#[derive(Serialize)]
struct Told<'a> {
    experiment: &'a str,
    key: &'a str,
    arm: &'a str,
    seed: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    point: BTreeMap<&'a str, &'a str>,
    why: &'a Why,
    /// The line of the program for each part that differs, where one says it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<Option<usize>>,
}

fn as_json(plan: &Plan, cell: &Cell, why: &Why, lines: &Lines) -> serde_json::Value {
    let parts = if let Why::Differs { parts, .. } = why { parts.as_slice() } else { &[] };
    let told = Told {
        experiment: &plan.experiment.name,
        key: cell.key.as_str(),
        arm: &cell.name,
        seed: cell.seed,
        point: plan.point(cell).iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        why,
        lines: parts.iter().map(|part| lines.find(&plan.experiment.name, &cell.name, part)).collect(),
    };
    serde_json::to_value(told).unwrap_or_default()
}

/// In place of a seed, so that cells of several are told together.
const ANOTHER: &str = "-> another";

/// Why cells are missing, with the names of arms and points and their seeds.
struct Cause {
    reason: String,
    cells: Vec<(String, Vec<u64>)>,
}

/// Cells with one cause are told together.
pub fn as_text(plan: &Plan, reasons: &[Why], known: &Known, lines: &Lines) -> String {
    let hits = reasons.iter().filter(|why| **why == Why::Hit).count();
    let all = of(reasons.len() as u64, "cell");
    let mut text = format!("{}: {} of {all} in the store\n", plan.experiment.name, count(hits as u64));
    let mut causes: Vec<Cause> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut named: HashMap<(usize, String), usize> = HashMap::new();
    for (cell, why) in plan.cells.iter().zip(reasons).filter(|(_, why)| **why != Why::Hit) {
        let point: Vec<String> = plan.point(cell).iter().map(|(name, value)| format!(", {name} {value}")).collect();
        let name = format!("{}{}", cell.name, point.concat());
        let reason = reason(plan, cell, why, known, lines);
        let place = *places.entry(reason.clone()).or_insert_with(|| {
            causes.push(Cause { reason, cells: Vec::new() });
            causes.len() - 1
        });
        let cells = &mut causes[place].cells;
        let at = *named.entry((place, name.clone())).or_insert(cells.len());
        match cells.get_mut(at) {
            Some((_, seeds)) => seeds.push(cell.seed),
            None => cells.push((name, vec![cell.seed])),
        }
    }
    for Cause { reason, cells } in causes {
        const LISTED: usize = 4;
        let named = cells.iter().take(LISTED).map(|(name, seeds)| format!("{name}, {}", seeds_of(seeds)));
        let mut named: Vec<String> = named.collect();
        let more: usize = cells.iter().skip(LISTED).map(|(_, seeds)| seeds.len()).sum();
        if more > 0 {
            named.push(format!("and {} more", count(more as u64)));
        }
        let mut seeds: Vec<u64> = cells.iter().flat_map(|(_, seeds)| seeds).copied().collect();
        seeds.dedup();
        let reason = match seeds.as_slice() {
            [seed] => reason.replace(ANOTHER, &format!("-> {seed}")),
            _ => reason,
        };
        text.push_str(&format!("\n{}:\n  {reason}\n", named.join("\n")));
    }
    text
}

/// `seed 3`, `seeds 1, 2 and 5`, `40 seeds`.
fn seeds_of(seeds: &[u64]) -> String {
    const LISTED: usize = 8;
    let words: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((only, [])) => format!("seed {only}"),
        Some((last, before)) if before.len() < LISTED => format!("seeds {} and {last}", before.join(", ")),
        _ => of(seeds.len() as u64, "seed"),
    }
}

fn reason(plan: &Plan, cell: &Cell, why: &Why, known: &Known, lines: &Lines) -> String {
    match why {
        Why::Hit => "finished".into(),
        Why::New => "new: nothing in the store is like it".into(),
        Why::Partial { from_step, lacks } => {
            let words: Vec<String> = lacks.iter().map(lack).collect();
            let from =
                if *from_step > 0 { format!("; it goes on from step {}", count(*from_step)) } else { String::new() };
            format!("its segments are there, but {}{from}", words.join(", "))
        }
        Why::Differs { shared, nearest, parts } => {
            let before = match shared {
                0 => String::new(),
                1 => "its first stage is there; then it ".into(),
                more => format!("its first {more} stages are there; then it "),
            };
            let mut text = format!("{before}differs from the nearest cell{}", nearest_of(plan, cell, nearest, known));
            for part in parts {
                let at = lines.find(&plan.experiment.name, &cell.name, part);
                let at = at.map_or(String::new(), |line| format!("  ({}:{line})", lines.file));
                let new = if part.path == "seed" { ANOTHER.into() } else { format!("-> {}", part.new) };
                text.push_str(&format!("\n    {}: {} {new}{at}", part.path, part.old));
            }
            text
        }
    }
}

/// What the nearest cell is called, as far as it is called otherwise.
fn nearest_of(plan: &Plan, cell: &Cell, nearest: &str, known: &Known) -> String {
    let Some(names) = known.finished(nearest).map(|mark| &mark.names) else { return String::new() };
    let mut words = Vec::new();
    if (&names.experiment, &names.arm) != (&plan.experiment.name, &cell.name) {
        words.push(format!("{} of {}", names.arm, names.experiment));
    }
    let point = plan.point(cell).iter().cloned().collect::<BTreeMap<_, _>>();
    if names.point != point {
        words.extend(names.point.iter().map(|(name, value)| format!("{name} {value}")));
    }
    if names.seed != cell.seed {
        words.push(format!("seed {}", names.seed));
    }
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

fn lack(lack: &Lack) -> String {
    match lack {
        Lack::Steps { have, of } => format!("{} of {} steps are trained", count(*have), count(*of)),
        Lack::Measure(name) => format!("`{name}` was never measured"),
        Lack::Evaluations { missing, of } => format!("{} of {} evaluations are missing", count(*missing), count(*of)),
        Lack::ByPosition => "the error by position was not measured".into(),
        Lack::Mark => "it was not asked for in this way; it is put together from what is there".into(),
    }
}

/// The lines of a program on which the settings of its experiments stand.
pub struct Lines {
    file: String,
    text: String,
    items: Vec<crate::syntax::tree::Item>,
}

impl Lines {
    pub fn of(file: &std::path::Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let mut sources = Sources::default();
        let (tree, _) = parse(sources.add("program", text.clone()), &text);
        Self { file: file.display().to_string(), text, items: tree.items }
    }

    /// The line that says a part: that of the arm before that of the experiment.
    fn find(&self, experiment: &str, arm: &str, part: &Difference) -> Option<usize> {
        let head = part.path.split(['.', '[']).next().unwrap_or_default();
        let setting = match head {
            "train" | "parent" | "reset" => "curriculum",
            "seed" => "seeds",
            known => known,
        };
        let item =
            self.items.iter().find(|item| item.keyword == Keyword::Experiment && item.name.text == experiment)?;
        let Body::Block(block) = &item.body else { return None };
        let own = block.entries.iter().find_map(|entry| match &entry.kind {
            EntryKind::Nested { keyword, name: Some(name), block } if keyword.text == "arm" && name.text == arm => {
                start(&block.entries, setting)
            }
            _ => None,
        });
        let at = own.or_else(|| start(&block.entries, setting))?;
        Some(self.text.get(..at as usize)?.matches('\n').count() + 1)
    }
}

fn start(entries: &[Entry], setting: &str) -> Option<u32> {
    entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Setting { key, .. } if key.text == setting => Some(key.span.start),
        _ => None,
    })
}
