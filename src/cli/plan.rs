//! `icl plan`: the cells of a study, before anything is trained.

use super::check::{knob, program};
use super::spending::Spending;
use super::terminal::{Terminal, print, warn};
use super::{Exit, run::Choice};
use crate::check::Override;
use crate::plan::{Plan, plans};
use crate::program::training::Width;
use crate::report::number::{bytes, count, flops};
use crate::report::table::render;
use crate::report::{Column, Style, Table};
use std::collections::BTreeMap;
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
    #[command(flatten)]
    spending: Spending,
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
    let selection = match arguments.choice.selection() {
        Ok(selection) => selection,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    let asked = (&arguments.spending, &selection);
    let Some(program) = program(&arguments.file, &arguments.set, asked) else { return Exit::Failed };
    let mut json = Vec::new();
    let plans = match plans(program.experiments, &selection) {
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
        columns: vec![Column::left("cell"), Column::left("arm")],
        ..Table::default()
    };
    let swept = plan.experiment.points.first().map(Vec::as_slice).unwrap_or_default();
    table.columns.extend(swept.iter().map(|(name, _)| Column::right(name)));
    table.columns.extend([
        Column::right("seed"),
        Column::right("steps"),
        Column::right("parameters"),
        Column::right("tokens"),
        Column::right("evaluations"),
        Column::right("work"),
    ]);
    let (mut total, mut disk) = (0.0, 0);
    let mut elsewhere = false;
    for cell in &plan.cells {
        let cost = plan.cost(cell);
        total += cost.flops();
        disk += cost.disk;
        elsewhere |= cost.parameters == 0;
        let mut row = vec![cell.key.to_string()[..8].to_string(), cell.name.clone()];
        row.extend(plan.point(cell).iter().map(|(_, value)| value.clone()));
        let steps = if cost.least_steps == cost.steps {
            count(cost.steps)
        } else {
            format!("{} to {}", count(cost.least_steps), count(cost.steps))
        };
        row.extend([
            cell.seed.to_string(),
            steps,
            if cost.parameters == 0 { "?".into() } else { count(cost.parameters) },
            count(cost.tokens),
            count(cost.evaluations),
            if cost.parameters == 0 { "?".into() } else { flops(cost.flops()) },
        ]);
        table.rows.push(row);
    }
    table.notes.push(format!(
        "in all {}; counted from the sizes of matrix products, evaluations and probes included",
        flops(total)
    ));
    table
        .notes
        .push(format!("on disk about {}, by the checkpoints that are kept and the lengths of the curves", bytes(disk)));
    let wide = plan.cells.iter().filter(|cell| cell.training.numerics.width == Width::F64).count();
    if wide > 0 {
        let cells = if wide == plan.cells.len() {
            "every cell computes".into()
        } else {
            format!("{} of the cells compute", count(wide as u64))
        };
        table.notes.push(format!("{cells} in f64, on the plain engine, which is many times slower than the fast one"));
    }
    if elsewhere {
        table.notes.push("? stands in the folder of a model that exists".to_string());
    }
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
                "key": cell.key, "arm": cell.name, "point": plan.point(cell).iter().cloned().collect::<BTreeMap<_, _>>(),
                "seed": cell.seed, "steps": cost.steps, "least_steps": cost.least_steps,
                "parameters": (cost.parameters > 0).then_some(cost.parameters),
                "tokens": cost.tokens, "evaluations": cost.evaluations, "disk_bytes": cost.disk,
                "training_flops": cost.training_flops, "evaluation_flops": cost.evaluation_flops,
            })
        })
        .collect();
    serde_json::json!({ "experiment": plan.experiment.name, "limit": plan.limit, "cells": cells })
}
