//! `icl verify`: what is damaged in a store, and taking it away.

use super::Exit;
use super::form::Form;
use super::rm::of;
use super::store::{Looked, fail, failed, print_json};
use super::terminal::{Terminal, print, warn};
use crate::report::number::count;
use crate::shelf::{repair, verify};
use crate::store::Leases;
use indicatif::{ProgressBar, ProgressDrawTarget};

const CODES: &str = "Exit codes: 0 nothing is damaged, or --repair took all of it away; 1 something is damaged, or the store \
    cannot be read; 2 the command line is wrong.";

/// Arguments of `icl verify`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// Remove what is damaged, so that the next run makes it again; files that are not of icl are left alone.
    #[arg(long)]
    repair: bool,
    /// How to print what is found.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    place: Looked,
}

pub fn run(arguments: &Arguments) -> Exit {
    let (store, marks) = match arguments.place.read() {
        Ok(read) => read,
        Err(reason) => return fail(&reason),
    };
    let target =
        if Terminal::err().live { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    let found = verify(&store, &marks, &|done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let faults = match found {
        Ok(faults) => faults,
        Err(error) => return failed(&error),
    };
    if arguments.format == Form::Json {
        let faults: Vec<_> = (faults.iter())
            .map(|fault| serde_json::json!({ "place": fault.place, "fault": fault.what, "cure": fault.repair.cure() }))
            .collect();
        print_json(&faults);
    } else {
        for fault in &faults {
            let place = store.root().join(&fault.place);
            print(&format!("{}: {}\n  {}\n", place.display(), fault.what, fault.repair.cure()));
        }
    }
    if faults.is_empty() {
        if arguments.format == Form::Text {
            let cells = of(marks.finished.len() as u64, "finished cell");
            print(&format!("nothing is damaged: {cells}, every checksum is right\n"));
        }
        return Exit::Done;
    }
    let number = of(faults.len() as u64, "fault");
    if !arguments.repair {
        warn(&format!("{number}\n"));
        return Exit::Failed;
    }
    let repaired = match repair(&store, &marks, &faults, &Leases::default()) {
        Ok(repaired) => repaired,
        Err(error) => return failed(&error),
    };
    for (fault, why) in &repaired.left {
        warn(&format!("{} is left as it is: {why}\n", store.root().join(&fault.place).display()));
    }
    warn(&format!("{number}, {} taken away; run the programs again to make it anew\n", count(repaired.cured as u64)));
    if repaired.left.is_empty() { Exit::Done } else { Exit::Failed }
}
