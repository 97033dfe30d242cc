//! `icl rm`: removes cells from a store, with the segments that nothing else needs.

use super::Exit;
use super::store::{Looked, agreed, digits, fail, failed, resolve, short, title, whole};
use super::terminal::{print, warn};
use crate::report::number::{bytes, count};
use crate::shelf::Kept;
use crate::shelf::{Filter, Marks, Removing, Row, columns, order, removing, rows};
use crate::store::{Leases, Store};
use std::collections::HashSet;

const CODES: &str = "Exit codes: 0 they were removed; 1 something is not there or cannot be removed; 2 the command line is \
    wrong, or nobody could be asked and --yes was not given.\n\nWhat a process trains is never removed.";

/// Arguments of `icl rm`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// Keys of cells, or of segments of runs that are not finished, as `icl ls` lists them; the first digits will do.
    #[arg(value_name = "KEY", required_unless_present = "filter", conflicts_with = "filter")]
    keys: Vec<String>,
    /// The cells for which these hold, as in `icl ls`: 'arm=warmup, batch>32'.
    #[arg(long, value_name = "CONDITIONS")]
    filter: Vec<String>,
    /// Remove without asking.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    place: Looked,
}

pub fn run(arguments: &Arguments) -> Exit {
    match remove(arguments) {
        Ok(exit) => exit,
        Err(reason) => fail(&reason),
    }
}

/// How many cells are listed one by one.
const LISTED: usize = 20;

fn remove(arguments: &Arguments) -> Result<Exit, String> {
    let (store, marks) = arguments.place.read()?;
    whole(&store, &marks)?;
    let chosen = chosen(arguments, &store, &marks)?;
    if chosen.is_empty() {
        warn("no cell is there for which the conditions hold\n");
        return Ok(Exit::Done);
    }
    let planned = planned(&store, &marks, &chosen)?;
    tell(&chosen, &planned);
    if planned.cells.is_empty() && planned.segments.is_empty() {
        warn("nothing can be removed\n");
        return Ok(Exit::Failed);
    }
    if !arguments.yes {
        match agreed("remove?") {
            Some(true) => {}
            Some(false) => {
                warn("nothing was removed\n");
                return Ok(Exit::Done);
            }
            None => {
                warn("nothing was removed: nobody can be asked here; --yes removes without asking\n");
                return Ok(Exit::Usage);
            }
        }
    }
    // Cells may have been finished meanwhile that need some of it.
    let (_, marks) = arguments.place.read()?;
    whole(&store, &marks)?;
    let planned = self::planned(&store, &marks, &chosen)?;
    let leases = Leases::default();
    let stayed = match planned.carry_out(&store, &leases) {
        Ok(stayed) => stayed,
        Err(error) => return Ok(failed(&error)),
    };
    for key in &stayed {
        warn(&format!("the segment {} stays: a process has begun to train it\n", short(key, 8)));
    }
    let freed: u64 = planned.segments.iter().filter(|(key, _)| !stayed.contains(key)).map(|(_, size)| size.bytes).sum();
    let (cells, segments) = (planned.cells.len() as u64, (planned.segments.len() - stayed.len()) as u64);
    print(&format!("removed {} and {}: {} are free\n", of(cells, "cell"), of(segments, "segment"), bytes(freed)));
    Ok(Exit::Done)
}

/// The rows that are meant.
fn chosen(arguments: &Arguments, store: &Store, marks: &Marks) -> Result<Vec<Row>, String> {
    let mut rows = rows(store, marks).map_err(|error| error.to_string())?;
    let columns = columns(&rows);
    if arguments.keys.is_empty() {
        for conditions in &arguments.filter {
            let filter = Filter::parse(conditions)?;
            if filter == Filter::default() {
                return Err("--filter has no condition; to remove everything, remove the folder of the store".into());
            }
            filter.keep(&mut rows, &columns)?;
        }
    } else {
        let keys: HashSet<String> = (arguments.keys.iter())
            .map(|asked| resolve(asked, rows.iter().map(|row| (row.key.as_str(), title(row)))).map(ToString::to_string))
            .collect::<Result<_, _>>()?;
        rows.retain(|row| keys.contains(&row.key));
    }
    order(&mut rows, &columns, None, false);
    Ok(rows)
}

fn planned(store: &Store, marks: &Marks, chosen: &[Row]) -> Result<Removing, String> {
    let finished = |row: &&Row| marks.finished.contains_key(&row.key);
    let keys = |rows: Vec<&Row>| rows.into_iter().map(|row| row.key.clone()).collect::<Vec<_>>();
    let cells = keys(chosen.iter().filter(finished).collect());
    let runs = keys(chosen.iter().filter(|row| !finished(row)).collect());
    removing(store, marks, &cells, &runs).map_err(|error| error.to_string())
}

fn tell(chosen: &[Row], planned: &Removing) {
    let keys = digits(chosen.iter().map(|row| row.key.as_str()));
    for row in chosen.iter().take(LISTED) {
        warn(&format!("{}  {}, {}\n", short(&row.key, keys), title(row), row.state.word()));
    }
    if let Some(more) = chosen.len().checked_sub(LISTED).filter(|more| *more > 0) {
        warn(&format!("and {} more\n", count(more as u64)));
    }
    let size = planned.size();
    let (cells, segments) = (planned.cells.len() as u64, planned.segments.len() as u64);
    warn(&format!(
        "{} and {} with {} on disk are removed\n",
        of(cells, "mark"),
        of(segments, "segment"),
        bytes(size.bytes)
    ));
    for (key, why) in planned.kept.iter().take(LISTED) {
        let why = match why {
            Kept::Needed { cell } => format!("the cell {} needs it too", short(cell, 8)),
            Kept::GoneOnFrom { segment } => format!("the run at {} goes on from it", short(segment, 8)),
            Kept::Held { by } => format!("{by} trains it, or what follows on it"),
        };
        warn(&format!("the segment {} stays: {why}\n", short(key, 8)));
    }
    if let Some(more) = planned.kept.len().checked_sub(LISTED).filter(|more| *more > 0) {
        warn(&format!("and {} more segments stay\n", count(more as u64)));
    }
}

/// So many of something.
pub fn of(number: u64, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}
