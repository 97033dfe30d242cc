//! `icl gc`: removes what of a store is of no more use.

use super::Exit;
use super::rm::of;
use super::store::{Looked, fail, failed, short, whole};
use super::terminal::{print, warn};
use crate::report::number::bytes;
use crate::shelf::waste;
use crate::store::Leases;
use std::time::Duration;

const CODES: &str = "Exit codes: 0 nothing of no use is left, or --dry-run told what is; 1 the store cannot be read or \
    written; 2 the command line is wrong.";

/// Arguments of `icl gc`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// Say what would be removed, and remove nothing.
    #[arg(long)]
    dry_run: bool,
    /// Runs that are not finished are kept while something was written for them within so long: 90m, 12h, 7d.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = time)]
    older_than: Duration,
    #[command(flatten)]
    place: Looked,
}

/// Reads `90m`, `12h`, `7d`.
fn time(text: &str) -> Result<Duration, String> {
    let cure = || "write a number with s, m, h or d, such as 7d".to_string();
    let text = text.trim();
    let unit = text.chars().last().ok_or_else(cure)?;
    let seconds = match unit {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86_400.0,
        _ => return Err(cure()),
    };
    let number: f64 = text[..text.len() - 1].trim().parse().map_err(|_| cure())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| cure())
}

pub fn run(arguments: &Arguments) -> Exit {
    match clear(arguments) {
        Ok(exit) => exit,
        Err(reason) => fail(&reason),
    }
}

fn clear(arguments: &Arguments) -> Result<Exit, String> {
    let (store, marks) = arguments.place.read()?;
    whole(&store, &marks)?;
    let waste = waste(&store, &marks, arguments.older_than).map_err(|error| error.to_string())?;
    let size = waste.size();
    let mut told = Vec::new();
    for (number, what) in [
        (waste.segments.len(), "segment"),
        (waste.levels.len(), "level"),
        (waste.files.len(), "left-over file"),
        (waste.leases.len(), "stale lease"),
    ] {
        if number > 0 {
            told.push(of(number as u64, what));
        }
    }
    for (key, size) in &waste.segments {
        print(&format!("segment {}  {}\n", short(key, 8), bytes(size.bytes)));
    }
    for (path, size) in &waste.files {
        let path = path.strip_prefix(store.root()).unwrap_or(path);
        print(&format!("{}  {}\n", path.display(), bytes(size.bytes)));
    }
    let mut stays = Vec::new();
    if waste.held > 0 {
        stays.push(format!("{} that a process trains", of(waste.held as u64, "segment")));
    }
    if waste.young > 0 {
        stays.push(format!("{} of runs that are not finished (--older-than)", of(waste.young as u64, "segment")));
    }
    if !stays.is_empty() {
        warn(&format!("kept: {}\n", stays.join(", ")));
    }
    if waste.is_empty() {
        print("nothing is of no use\n");
        return Ok(Exit::Done);
    }
    let told = told.join(", ");
    if arguments.dry_run {
        print(&format!("would remove {told}: {}\n", bytes(size.bytes)));
        return Ok(Exit::Done);
    }
    let stayed = match waste.clear(&store, &Leases::default()) {
        Ok(stayed) => stayed,
        Err(error) => return Ok(failed(&error)),
    };
    for key in &stayed {
        warn(&format!("the segment {} stays: a process has begun to train it\n", short(key, 8)));
    }
    let less: u64 = waste.segments.iter().filter(|(key, _)| stayed.contains(key)).map(|(_, size)| size.bytes).sum();
    print(&format!("removed {told}: {} are free\n", bytes(size.bytes - less)));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::time;
    use std::time::Duration;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(time("7d"), Ok(Duration::from_hours(168)));
        assert_eq!(time("1.5h"), Ok(Duration::from_mins(90)));
        assert_eq!(time("0s"), Ok(Duration::ZERO));
        for wrong in ["", "7", "d", "-1d", "7y", "nand", "7 days"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
