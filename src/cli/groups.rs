//! How the cells of a study fall into groups on a card: those of one model are computed together.

use crate::engine::compile::compile;
use crate::engine::footprint::card::on_card;
use crate::engine::footprint::interface;
use crate::engine::program::Program;
use crate::engine::stacked::footprint::Footprint;
use crate::plan::Plan;
use crate::report::number::{bytes, count};
use crate::report::{Column, Table};
use serde::Serialize;

/// Cells that are computed together.
#[derive(Debug, Serialize)]
pub struct Group {
    #[serde(skip)]
    program: Option<Program>,
    /// Arms whose cells they are.
    arms: Vec<String>,
    cells: usize,
    /// Bytes of a cell's parameters and moments, and of what is computed for it at its largest.
    seat: u64,
    computed: u64,
    /// How many are computed at once in the memory at hand.
    at_once: usize,
}

/// Memory of a card that is not at hand, in bytes: the least that today's cards for such work have.
const USUAL: u64 = 80_000_000_000;

/// The groups of a plan, the largest first, in so much memory.
pub fn groups(plan: &Plan, memory: Option<u64>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (place, arm) in plan.experiment.arms.iter().enumerate() {
        let cells = plan.cells.iter().filter(|cell| cell.arm == place);
        let mut cells = cells.peekable();
        let Some(first) = cells.peek().copied() else { continue };
        let own = cells.count();
        let program = compile(&first.training.model, &interface(&first.training)).ok();
        let taken = on_card(&first.training, &first.observation).ok().flatten();
        // Wider numbers are computed on the processor.
        let (Some(program), Some(Footprint { seat, computed })) = (program, taken) else { continue };
        let name = if arm.name.is_empty() { first.name.clone() } else { arm.name.clone() };
        match groups.iter_mut().find(|group| group.program.as_ref() == Some(&program)) {
            Some(group) => {
                group.cells += own;
                group.computed = group.computed.max(computed);
                if !group.arms.contains(&name) {
                    group.arms.push(name);
                }
            }
            None => {
                groups.push(Group { program: Some(program), arms: vec![name], cells: own, seat, computed, at_once: 0 });
            }
        }
    }
    let memory = memory.unwrap_or(USUAL);
    for group in &mut groups {
        // Of each there may be a copy that is measured, in the other half what is computed for these.
        let free = memory.saturating_sub(2 * group.seat * group.cells as u64) / 2;
        group.at_once = usize::try_from(free / group.computed.max(1)).unwrap_or(usize::MAX).clamp(1, group.cells);
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.cells));
    groups
}

/// The groups as a table.
pub fn table(groups: &[Group], memory: Option<u64>) -> Table {
    let mut table = Table { title: "on a card".into(), ..Table::default() };
    table.columns.extend(["cells", "each", "computing", "at once"].map(Column::right));
    table.columns.push(Column::left("arms"));
    for group in groups {
        table.rows.push(vec![
            count(group.cells as u64),
            bytes(group.seat),
            bytes(group.computed),
            count(group.at_once as u64),
            group.arms.join(", "),
        ]);
    }
    table.notes.push("cells of one row have one model, and are computed together; each: parameters and moments".into());
    let size = bytes(memory.unwrap_or(USUAL));
    table.notes.push(match memory {
        Some(_) => format!("at once: in the {size} that are free on the card"),
        None => format!("at once: on a card of {size}, since none is here"),
    });
    table
}
