//! What a machine's card makes of icl: whether it computes what the processor does, always the same bits, and how fast.
//!
//! `just gpu-check` runs it with all that stands beside it; docs/gpu_check.md says what is checked and how. It needs nothing
//! but the driver, so that it can be carried to a machine without Rust. Where there is no card, the kernels' own source,
//! compiled as C, takes its place in what makes sense there.

mod cases;
mod cost;
mod curves;
mod determinism;
#[path = "../../tests/engines/drawn.rs"]
mod drawn;
mod draws;
mod kernels;
mod merge;
mod moved;
mod options;
mod parity;
mod place;
mod report;
mod roof;
mod speed;
mod table;
mod watched;
mod weights;

use cases::Case;
use clap::Parser;
use options::{Options, Part};
use place::Place;
use report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = Options::parse();
    let report = match &options.merge {
        Some(own) => merge::merged(own, &options.lines),
        None => checked(&options),
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            eprintln!("gpu_check: {error}");
            return ExitCode::from(2);
        }
    };
    print!("{}", table::text(&report));
    let json = serde_json::to_string_pretty(&report).expect("all numbers are finite or none");
    if let Err(error) = std::fs::write(&options.out, json + "\n") {
        eprintln!("gpu_check: {}: {error}", options.out.display());
        return ExitCode::from(2);
    }
    println!("{} has all of it", options.out.display());
    ExitCode::from(u8::from(!report.passed))
}

fn checked(options: &Options) -> Result<Report, String> {
    let place = Place::open(options.card.as_deref())?;
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION").into(),
        ran_on: place.card.name(),
        is_card: place.real,
        quick: options.quick,
        ..Report::default()
    };
    if let Some(missing) = &place.missing {
        report.leave_out("card", missing);
    }
    let asked = |part| options.parts.contains(&part);
    if asked(Part::Parity) {
        eprintln!("gpu_check: parity");
        report.parity = Some(parity::check(&place, options.quick));
    }
    if asked(Part::Determinism) {
        eprintln!("gpu_check: determinism");
        report.determinism = Some(determinism::check(&place, options.quick));
    }
    let cases: &[Case] = if place.real { &cases::ALL } else { &cases::TRIALS };
    if let Some(folder) = options.weights.as_ref().filter(|_| place.missing.is_none()) {
        weights::write(cases, folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    if asked(Part::Speed) {
        let work = cases::ALL.iter().map(cost::work).collect::<Result<_, _>>();
        report.work = work.map_err(|error| error.to_string())?;
    }
    if asked(Part::Speed) && place.missing.is_some() {
        report.leave_out("speed", "there is no card to time; `--card host` shows that it runs");
    } else if asked(Part::Speed) {
        timed(cases, &place, &mut report);
    }
    report.passed = report.held();
    Ok(report)
}

/// How fast the card is, alone and on every case.
fn timed(cases: &[Case], place: &Place, report: &mut Report) {
    eprintln!("gpu_check: copies and products alone");
    let roof = match roof::measure(&*place.card, place.real) {
        Ok(roof) => roof,
        Err(error) => return report.leave_out("speed", error.to_string()),
    };
    for case in cases {
        eprintln!("gpu_check: {}", case.name);
        report.speed.push(speed::measure(case, place, &roof, report.quick));
    }
    report.roof = Some(roof);
}
