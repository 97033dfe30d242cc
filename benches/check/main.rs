//! How long reading, formatting and checking take on generated programs, how they grow with their length, and how long
//! the whole process takes on a study as people write them: `just bench`.

mod generate;
mod hostile;

use icl::check::check;
use icl::diagnostic::{FileId, Severity};
use icl::syntax::{format, parse};
use icl::world::Memory;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const LINES: [usize; 3] = [500, 5_000, 50_000];

/// The median of the times in milliseconds that `run` takes, once warmed up.
fn median(times: usize, mut run: impl FnMut()) -> f64 {
    run();
    let mut passed: Vec<f64> = (0..times)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    passed.sort_by(f64::total_cmp);
    passed[passed.len() / 2]
}

/// The power of the length with which a time grows from each row to the next: 1 is linear.
fn exponents(lines: &[usize], times: &[f64]) -> Vec<String> {
    let pairs = lines.windows(2).zip(times.windows(2));
    pairs.map(|(n, t)| format!("{:.2}", (t[1] / t[0]).ln() / (n[1] as f64 / n[0] as f64).ln())).collect()
}

/// How the time to read a text grows as its piece is repeated four times as often, the longer time in milliseconds, and
/// the piece with what stands before it: fastest growing first.
fn hostile(times: usize) -> Vec<(f64, f64, String)> {
    let mut grown: Vec<(f64, f64, String)> = hostile::TEXTS
        .iter()
        .map(|(before, piece, after)| {
            let read = |times: usize| {
                let text = format!("{before}{}{after}", piece.repeat(times));
                // The shortest of several: the growth is the text's, what a busy machine adds is not.
                (0..5).map(|_| median(1, || drop(parse(FileId(0), &text)))).fold(f64::INFINITY, f64::min)
            };
            let (short, long) = (read(times), read(4 * times));
            ((long / short).ln() / 4_f64.ln(), long, format!("{before}{piece}"))
        })
        .collect();
    grown.sort_by(|a, b| b.0.total_cmp(&a.0));
    grown
}

fn main() {
    // `cargo bench` hands over flags of its own, and `cargo test --benches` asks for a run that only shows that it runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let wanted = if quick { &LINES[..1] } else { &LINES[..] };
    let rounds = |lines: usize| if quick { 1 } else { (50_000 / lines).clamp(3, 15) };
    let (mut lengths, mut reading, mut checking, mut formatting) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    println!("  lines      parse ms        fmt ms      check ms  findings");
    for &lines in wanted {
        let text = generate::program(lines);
        let lines = text.lines().count();
        let (_, faults) = parse(FileId(0), &text);
        assert!(faults.is_empty(), "a generated program has faults of form: {:?}", faults[0]);
        let read = median(rounds(lines), || drop(parse(FileId(0), &text)));
        assert_eq!(format(FileId(0), &text).as_ref(), Ok(&text), "a generated program is not formatted");
        let formatted = median(rounds(lines), || drop(format(FileId(0), &text)));
        let mut world = Memory::default();
        world.0.insert("main.icl".into(), text);
        let findings = check(&world, Path::new("main.icl"), &[]).findings;
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        let checked = median(rounds(lines), || drop(check(&world, Path::new("main.icl"), &[])));
        println!(
            "{lines:>7} {read:>13.2} {formatted:>13.2} {checked:>13.2}  {errors} errors, {} warnings",
            findings.len() - errors
        );
        lengths.push(lines);
        reading.push(read);
        formatting.push(formatted);
        checking.push(checked);
    }
    for (what, times) in [("parse", reading), ("fmt", formatting), ("check", checking)] {
        println!("{what} grows as n to the power of {}", exponents(&lengths, &times).join(", then "));
    }
    println!("texts that are no programs, fastest growth first:");
    for (power, passed, piece) in hostile(if quick { 100 } else { 4_000 }).into_iter().take(5) {
        println!("{passed:>15.2} ms, grows as n to the power of {power:.2}: {piece:?}");
    }
    let start = median(if quick { 1 } else { 20 }, || {
        let status = Command::new(env!("CARGO_BIN_EXE_icl"))
            .args(["check", "tests/programs/warmup.icl"])
            .stdout(Stdio::null())
            .status()
            .expect("the binary starts");
        assert!(status.success(), "warmup.icl has errors");
    });
    println!("icl check tests/programs/warmup.icl as a whole process: {start:.1} ms (median of 20)");
}
