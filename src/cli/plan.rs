//! `icl plan`: the cells of a study, before anything is trained.

use super::check::{knob, program};
use super::terminal::{Terminal, print, warn};
use super::{Exit, run::Choice};
use crate::check::Override;
use crate::plan::{Plan, plans};
use crate::report::number::{count, flops};
use crate::report::table::render;
use crate::report::{Column, Style, Table};
use std::path::PathBuf;

/// Arguments of `icl plan`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The program.
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Set a param of the program: `--set maps=100`.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = knob)]
    set: Vec<Override>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(arguments: &Arguments) -> Exit {
    let Some(program) = program(&arguments.file, &arguments.set) else { return Exit::Failed };
    let mut json = Vec::new();
    let chosen = arguments.choice.selection().and_then(|selection| plans(program.experiments, &selection));
    let plans = match chosen {
        Ok(plans) => plans,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    for plan in plans {
        if arguments.format == Format::Json {
            json.push(as_json(&plan));
        } else {
            show(&plan);
        }
    }
    if arguments.format == Format::Json {
        print(&format!("{}\n", serde_json::to_string_pretty(&json).unwrap_or_default()));
    }
    Exit::Done
}

fn show(plan: &Plan) {
    let terminal = Terminal::out();
    let mut table = Table {
        title: format!("{}: {} cells", plan.experiment.name, plan.cells.len()),
        columns: vec![Column::left("cell"), Column::left("arm"), Column::right("seed"), Column::right("steps")],
        ..Table::default()
    };
    table.columns.extend([
        Column::right("parameters"),
        Column::right("tokens"),
        Column::right("evaluations"),
        Column::right("work"),
    ]);
    let mut total = 0.0;
    for cell in &plan.cells {
        let cost = plan.cost(cell);
        total += cost.flops();
        table.rows.push(vec![
            cell.key.to_string()[..8].to_string(),
            cell.name.clone(),
            cell.seed.to_string(),
            count(cost.steps),
            count(cost.parameters),
            count(cost.tokens),
            count(cost.evaluations),
            flops(cost.flops()),
        ]);
    }
    table.notes.push(format!(
        "in all {}; counted from the sizes of matrix products, evaluations and probes included",
        flops(total)
    ));
    if let Some(limit) = plan.limit {
        table.notes.push(format!("a trial: every cell ends after {} steps", count(limit)));
    }
    let style = if terminal.live { Style::Unicode } else { Style::Ascii };
    print(&render(&table, style, Some(terminal.width)));
}

fn as_json(plan: &Plan) -> serde_json::Value {
    let cells: Vec<serde_json::Value> = (plan.cells.iter())
        .map(|cell| {
            let cost = plan.cost(cell);
            serde_json::json!({
                "key": cell.key, "arm": cell.name, "seed": cell.seed, "steps": cost.steps, "parameters": cost.parameters,
                "tokens": cost.tokens, "evaluations": cost.evaluations,
                "training_flops": cost.training_flops, "evaluation_flops": cost.evaluation_flops,
            })
        })
        .collect();
    serde_json::json!({ "experiment": plan.experiment.name, "limit": plan.limit, "cells": cells })
}
