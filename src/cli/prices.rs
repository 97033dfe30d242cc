//! The table of a plan: what each cell takes, and all of them.

use super::estimate::{Estimate, Footing, Taken, Time};
use crate::plan::{Cell, Key, Plan};
use crate::program::training::Width;
use crate::report::number::{bytes, count, duration, flops, short};
use crate::report::{Column, Table};
use crate::shelf::Why;
use std::collections::{BTreeMap, HashMap};

/// Rows that one looks through; points of a sweep that cost the same are folded where there are more.
const MOST: usize = 40;

/// Cells of one row.
struct Row<'a> {
    cells: Vec<&'a Cell>,
    points: Vec<&'a [(String, String)]>,
}

/// The table; `every` cell has a row of its own, or else cells that cost the same share one.
pub fn table(plan: &Plan, estimate: &Estimate, stored: Option<&[Why]>, every: bool) -> Table {
    let rows = rows(plan, estimate, every);
    let mut table =
        Table { title: format!("{}: {}", plan.experiment.name, counted(plan.cells.len(), "cell")), ..Table::default() };
    if every {
        table.columns.push(Column::left("cell"));
    }
    table.columns.push(Column::left("arm"));
    let swept = plan.experiment.points.first().map(Vec::as_slice).unwrap_or_default();
    table.columns.extend(swept.iter().map(|(name, _)| Column::right(name)));
    table.columns.push(Column::right(if every { "seed" } else { "seeds" }));
    table.columns.extend(["steps", "params", "work", "tokens", "memory", "disk", "time"].map(Column::right));
    let by_key: Option<HashMap<&Key, &Why>> =
        stored.map(|stored| plan.cells.iter().map(|cell| &cell.key).zip(stored).collect());
    if by_key.is_some() {
        table.columns.push(Column::left("stored"));
    }
    for row in &rows {
        let first = row.cells[0];
        let mut line = Vec::new();
        if every {
            line.push(first.key.to_string()[..8].to_string());
        }
        line.push(first.name.clone());
        line.extend((0..swept.len()).map(|place| span(&row.points, place)));
        line.push(seeds(row.cells.iter().map(|cell| cell.seed)));
        line.extend(estimate.arm(first.arm).map(numbers).unwrap_or_default());
        if let Some(by_key) = &by_key {
            line.push(there(row, by_key));
        }
        table.rows.push(line);
    }
    notes(plan, estimate, rows.len() < plan.cells.len(), &mut table);
    table
}

/// How many cells of a row are in the store: whole, in part, or not.
fn there(row: &Row<'_>, stored: &HashMap<&Key, &Why>) -> String {
    let (mut hit, mut part) = (0, 0);
    for why in row.cells.iter().filter_map(|cell| stored.get(&cell.key)) {
        match why {
            Why::Hit => hit += 1,
            Why::Partial { .. } => part += 1,
            Why::Differs { shared, .. } => part += usize::from(*shared > 0),
            Why::New => {}
        }
    }
    let miss = row.cells.len() - hit - part;
    let words = [(hit, "hit"), (part, "part"), (miss, "miss")];
    let mut some = words.iter().filter(|(count, _)| *count > 0);
    match (some.next(), some.next()) {
        (Some((_, word)), None) => (*word).to_string(),
        _ => {
            let said = words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
            said.collect::<Vec<_>>().join(", ")
        }
    }
}

fn rows<'a>(plan: &'a Plan, estimate: &Estimate, every: bool) -> Vec<Row<'a>> {
    let of = |cell: &'a Cell| Row { cells: vec![cell], points: vec![plan.point(cell)] };
    if every {
        return plan.cells.iter().map(of).collect();
    }
    let mut by_arm: BTreeMap<usize, Row<'a>> = BTreeMap::new();
    for cell in &plan.cells {
        by_arm.entry(cell.arm).and_modify(|row| row.cells.push(cell)).or_insert_with(|| of(cell));
    }
    if by_arm.len() <= MOST {
        return by_arm.into_values().collect();
    }
    let said = |row: &Row<'_>| (row.cells[0].name.clone(), estimate.arm(row.cells[0].arm).map(numbers));
    let mut folded: Vec<Row<'a>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for row in by_arm.into_values() {
        match places.get(&said(&row)) {
            Some(&place) => {
                let known: &mut Row<'a> = &mut folded[place];
                known.cells.extend(row.cells);
                known.points.extend(row.points);
            }
            None => {
                places.insert(said(&row), folded.len());
                folded.push(row);
            }
        }
    }
    folded
}

/// Steps, parameters, work, tokens, memory, disk and time, as the table says them.
fn numbers(taken: &Taken) -> Vec<String> {
    let cost = &taken.cost;
    let known = cost.parameters > 0;
    let share = if cost.steps == 0 { 1.0 } else { cost.least_steps as f64 / cost.steps as f64 };
    let range = |say: &dyn Fn(f64) -> String, most: f64| between(&say(most * share), &say(most));
    let or = |text: String| if known { text } else { "?".into() };
    vec![
        between(&count(cost.least_steps), &count(cost.steps)),
        or(short(cost.parameters)),
        or(range(&flops, cost.flops())),
        range(&|tokens| short(tokens as u64), cost.tokens as f64),
        taken.footprint.map_or("?".into(), |footprint| bytes(footprint.bytes(1))),
        bytes(cost.disk),
        taken.time.map_or("-".into(), |time| said(&time)),
    ]
}

/// A number, or the least and the most that it may be.
fn between(least: &str, most: &str) -> String {
    if least == most { most.to_string() } else { format!("[{least}, {most}]") }
}

fn said(time: &Time) -> String {
    let text = between(&duration(time.least), &duration(time.most));
    if time.footing == Footing::Measured { text } else { format!("~{text}") }
}

/// What a sweep binds in a row: one value, or from the first to the last.
fn span(points: &[&[(String, String)]], place: usize) -> String {
    let mut values: Vec<&str> =
        points.iter().filter_map(|point| point.get(place)).map(|(_, value)| value.as_str()).collect();
    values.dedup();
    match values.as_slice() {
        [] => String::new(),
        [one] => (*one).to_string(),
        [first, .., last] => format!("{first}..{last}"),
    }
}

/// Seeds as few words: `1..5`, `2, 4`.
fn seeds(of: impl Iterator<Item = u64>) -> String {
    let mut seeds: Vec<u64> = of.collect();
    seeds.sort_unstable();
    seeds.dedup();
    let runs = seeds.chunk_by(|a, b| a + 1 == *b);
    let said = runs.map(|run| match run {
        [one] => one.to_string(),
        [a, b] => format!("{a}, {b}"),
        [first, .., last] => format!("{first}..{last}"),
        [] => String::new(),
    });
    said.collect::<Vec<_>>().join(", ")
}

fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", crate::report::number::count(count as u64), if count == 1 { "" } else { "s" })
}

fn notes(plan: &Plan, estimate: &Estimate, folded: bool, table: &mut Table) {
    let costs = || plan.cells.iter().filter_map(|cell| estimate.arm(cell.arm));
    let least = |taken: &Taken, most: f64| most * taken.cost.least_steps as f64 / taken.cost.steps.max(1) as f64;
    let work: (f64, f64) = costs()
        .fold((0.0, 0.0), |(low, high), taken| (low + least(taken, taken.cost.flops()), high + taken.cost.flops()));
    let tokens: u64 = costs().map(|taken| taken.cost.tokens).sum();
    let disk: u64 = costs().map(|taken| taken.cost.disk).sum();
    let at_once = counted(estimate.jobs.min(plan.cells.len()).max(1), "cell");
    let mut all = format!(
        "in all {}, {} tokens, {} on disk, {} of memory with {at_once} at once",
        between(&flops(work.0), &flops(work.1)),
        short(tokens),
        bytes(disk),
        bytes(estimate.memory),
    );
    if let Some(time) = &estimate.time {
        all.push_str(&format!(", {}", said(time)));
    }
    table.notes.push(all);
    let (apart, together) = (estimate.sharing.apart, estimate.sharing.together);
    if together.0 < apart.0 {
        table.notes.push(format!(
            "what cells have in common is trained once: {} steps of {}, {} of work",
            count(together.0),
            count(apart.0),
            flops(together.1),
        ));
    }
    if folded {
        table.notes.push("a row's numbers are those of each of its cells; --cells gives every cell a row".into());
    }
    if plan
        .cells
        .iter()
        .any(|cell| estimate.arm(cell.arm).is_some_and(|taken| taken.cost.least_steps < taken.cost.steps))
    {
        table.notes.push("[least, most]: guards may end stages early, and a run may end at its exit".into());
    }
    table.notes.push("exact: steps, params, tokens, and work, the sizes of all products of matrices".into());
    let shared = match estimate.embeddings {
        0 => String::new(),
        some => format!("; cells share {} of embeddings, which stand in the sum alone", bytes(some)),
    };
    table.notes.push(format!("modelled: memory, and disk by the checkpoints that are kept{shared}"));
    match timed(plan, estimate) {
        (0, 0) => table.notes.push("time was not measured".into()),
        (_, 0) => table.notes.push("measured on this machine: time, of a cell on one core".into()),
        (0, _) => table.notes.push("modelled: time (~), of a cell on one core".into()),
        _ => table.notes.push(
            "measured on this machine: time, of a cell on one core; ~ is modelled, by the rate of the cells that were timed"
                .into(),
        ),
    }
    let wide = plan.cells.iter().filter(|cell| cell.training.numerics.width == Width::F64).count();
    if wide > 0 {
        let cells = if wide == plan.cells.len() {
            "every cell computes".into()
        } else {
            format!("{} of the cells compute", count(wide as u64))
        };
        table.notes.push(format!("{cells} in f64, on the plain engine, which is many times slower than the fast one"));
    }
    if costs().any(|taken| taken.cost.parameters == 0) {
        table.notes.push("? is not known, since the model is not on this machine".to_string());
    }
    if let Some(limit) = plan.limit {
        table.notes.push(format!("a trial: every cell ends after {} steps", count(limit)));
    }
}

/// Arms whose time was measured and modelled.
fn timed(plan: &Plan, estimate: &Estimate) -> (usize, usize) {
    let arms = (0..plan.experiment.arms.len()).filter_map(|arm| estimate.arm(arm)?.time);
    arms.fold((0, 0), |(measured, modelled), time| match time.footing {
        Footing::Measured => (measured + 1, modelled),
        _ => (measured, modelled + 1),
    })
}
