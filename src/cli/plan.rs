//! `icl plan`: the cells of a study and what they take, before anything is trained.

use super::cache::{Lines, as_text};
use super::check::{compute_with, program};
use super::estimate::{Estimate, Footing, Time};
use super::form::Form;
use super::planned::{self, is_plan};
use super::prices::table;
use super::spending::Spending;
use super::store::Place;
use super::terminal::{Terminal, print, warn};
use super::{Exit, device, groups, run::Choice, why};
use crate::plan::{Plan, plans};
use crate::report::Style;
use crate::report::table::render;
use crate::shelf::{Known, Why};
use crate::store::StoreError;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Arguments of `icl plan`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The program.
    #[arg(required_unless_present = "why")]
    file: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    spending: Spending,
    /// Cells trained at once, for memory and time; all cores by default.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    device: device::Computing,
    /// Give every cell a row.
    #[arg(long)]
    cells: bool,
    /// Time nothing: leave the second out in which real steps are made.
    #[arg(long)]
    no_calibrate: bool,
    /// Write the plan to a file, for `icl run plan.json`, which runs exactly that or nothing.
    #[arg(long, value_name = "PLAN.json")]
    out: Option<PathBuf>,
    /// Say instead where the value of every setting was written, or of those called NAME, such as lr or model.width.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    why: Option<String>,
    #[command(flatten)]
    place: Place,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

pub fn run(arguments: &Arguments) -> Exit {
    let selection = match arguments.choice.selection() {
        Ok(selection) => selection,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    if let Some(reason) = arguments.device.misfit() {
        warn(reason);
        return Exit::Usage;
    }
    // `--why FILE` reads the file as a name.
    let (file, why) = match (&arguments.file, arguments.why.as_deref()) {
        (Some(file), why) => (file.clone(), why),
        (None, why) => (PathBuf::from(why.unwrap_or_default()), Some("")),
    };
    if let Some(out) = arguments.out.as_ref().filter(|out| !is_plan(out)) {
        warn(&format!("a plan is a file that ends in .json: not `{}`\n", out.display()));
        return Exit::Usage;
    }
    let spending = arguments.spending.clone().with_jobs(arguments.jobs);
    let Some(mut program) = program(&file, &arguments.choice.set, (&spending, &selection)) else { return Exit::Failed };
    let (arithmetic, memory) = arguments.device.planned();
    compute_with(&mut program.experiments, arithmetic);
    let plans = match plans(program.experiments, &selection) {
        Ok(plans) => plans,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    if let Some(name) = why {
        let name = Some(name).filter(|name| !name.is_empty());
        let json = arguments.format == Form::Json;
        return why::show(&file, &arguments.choice.set, &selection.arms, name, json);
    }
    let terminal = Terminal::out();
    let style = if terminal.live { Style::Unicode } else { Style::Ascii };
    // A store that is not there yet knows nothing.
    let store = arguments.place.store(None);
    let known = match store.exists().and_then(|there| there.then(|| Known::read(&store)).transpose()) {
        Ok(known) => known,
        Err(error) => {
            warn(&format!("{error}\n"));
            return Exit::Failed;
        }
    };
    let mut json = Vec::new();
    for plan in &plans {
        let stored: Option<Vec<Why>> = match known.as_ref().map(|known| stored(plan, known)).transpose() {
            Ok(stored) => stored,
            Err(error) => {
                warn(&format!("{error}\n"));
                return Exit::Failed;
            }
        };
        let stored = stored.as_deref();
        let estimate = Estimate::of(plan, arguments.jobs, !arguments.no_calibrate);
        if arguments.format == Form::Json || arguments.out.is_some() {
            let mut told = as_json(plan, &estimate, stored);
            if arguments.device.cards() {
                told["card"] = json!({ "free_bytes": memory, "groups": groups::groups(plan, memory) });
            }
            json.push(told);
        }
        match arguments.format {
            Form::Json => {}
            Form::Text => {
                print(&render(&table(plan, &estimate, stored, arguments.cells), style, Some(terminal.width)));
                if arguments.device.cards() {
                    let groups = groups::groups(plan, memory);
                    print(&format!("\n{}", render(&groups::table(&groups, memory), style, Some(terminal.width))));
                }
                let told = |why: &Why| matches!(why, Why::Partial { .. } | Why::Differs { .. });
                if let (Some(known), Some(stored)) = (&known, stored)
                    && stored.iter().any(told)
                {
                    print(&format!("\n{}", as_text(plan, stored, known, &Lines::of(&file))));
                }
            }
        }
        estimate.warn_of_memory(plan);
    }
    if arguments.format == Form::Json {
        print(&format!("{}\n", serde_json::to_string_pretty(&json).unwrap_or_default()));
    }
    if let Some(out) = &arguments.out {
        if let Err(reason) = planned::write(out, &file, &arguments.choice.set, &selection, json) {
            warn(&format!("{reason}\n"));
            return Exit::Failed;
        }
        if arguments.format == Form::Text {
            print(&format!("\nwritten to {0}; `icl run {0}` runs exactly that\n", out.display()));
        }
    }
    Exit::Done
}

/// Which cells are in the store, and why others are not.
fn stored(plan: &Plan, known: &Known) -> Result<Vec<Why>, StoreError> {
    plan.cells.iter().map(|cell| known.why(plan, cell)).collect()
}

/// Everything of a plan, each number beside what it stands on.
fn as_json(plan: &Plan, estimate: &Estimate, stored: Option<&[Why]>) -> Value {
    let cells = plan.cells.iter().enumerate().map(|(place, cell)| {
        let cost = plan.cost(cell);
        let taken = estimate.arm(cell.arm);
        let time = taken.and_then(|taken| taken.time);
        json!({
            "key": cell.key, "arm": cell.name, "point": plan.point(cell).iter().cloned().collect::<BTreeMap<_, _>>(),
            "seed": cell.seed, "steps": cost.steps, "least_steps": cost.least_steps,
            "parameters": (cost.parameters > 0).then_some(cost.parameters),
            "tokens": cost.tokens, "evaluations": cost.evaluations, "disk_bytes": cost.disk,
            "training_flops": cost.training_flops, "evaluation_flops": cost.evaluation_flops,
            "memory_bytes": taken.and_then(|taken| taken.footprint).map(|footprint| footprint.bytes(1)),
            "seconds": time.map(|time| time.most), "least_seconds": time.map(|time| time.least),
            "stored": stored.map_or(&Why::New, |stored| &stored[place]),
            "footing": footings(time),
        })
    });
    let cells: Vec<Value> = cells.collect();
    json!({
        "experiment": plan.experiment.name, "limit": plan.limit, "cells": cells,
        "all": {
            "steps": estimate.sharing.apart.0, "steps_once": estimate.sharing.together.0,
            "flops": estimate.sharing.apart.1, "flops_once": estimate.sharing.together.1,
            "jobs": estimate.jobs, "memory_bytes": estimate.memory, "embeddings_bytes": estimate.embeddings,
            "seconds": estimate.time.map(|time| time.most), "least_seconds": estimate.time.map(|time| time.least),
            "footing": { "steps": Footing::Exact, "steps_once": Footing::Exact,
                "flops": Footing::Exact, "flops_once": Footing::Exact, "memory_bytes": Footing::Modelled, "embeddings_bytes": Footing::Modelled,
                "seconds": estimate.time.map(|time| time.footing), "least_seconds": estimate.time.map(|time| time.footing) },
        },
    })
}

/// What each number of a cell stands on.
fn footings(time: Option<Time>) -> Value {
    let exact = ["steps", "least_steps", "parameters", "tokens", "evaluations", "training_flops", "evaluation_flops"];
    let mut footings: BTreeMap<&str, Option<Footing>> = exact.map(|name| (name, Some(Footing::Exact))).into();
    footings.extend(["disk_bytes", "memory_bytes"].map(|name| (name, Some(Footing::Modelled))));
    footings.extend(["seconds", "least_seconds"].map(|name| (name, time.map(|time| time.footing))));
    json!(footings)
}
