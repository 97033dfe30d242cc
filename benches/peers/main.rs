//! icl beside PyTorch and JAX on the same work, in turns: `just bench-peers`, or `just bench-peers T S` for some cases.
//!
//! All start from the same weights and see the same batches; their losses over the first steps must agree. Then every round
//! gives each engine a stretch of about a second while the others are stopped. A ratio is the median over rounds of a
//! peer's time over icl's in the same round. `just bench-peers study` times the whole quickstart study. `PEERS_ROUNDS` and `PEERS_SECONDS` change how many and how long.

mod case;
mod file;
mod own;
mod peer;
mod study;
mod table;

use case::Case;
use own::Own;
use peer::{Peer, Stretch, Way, ways};
use std::path::{Path, PathBuf};
use table::{Measured, Row};

const THREADS: usize = 2;
/// Steps whose losses must agree, and how well.
const CHECKED: usize = 5;
const AGREE: f64 = 1e-4;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` asks for a run that only shows that it builds.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let folder = PathBuf::from(std::env::var("PEERS_FOLDER").unwrap_or_else(|_| "target/peers".into()));
    let python = folder.join("venv/bin/python");
    assert!(python.exists(), "no {}: `just bench-peers` makes it", python.display());
    let wanted = |case: &Case| {
        let mut names = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
        names.peek().is_none() || names.any(|name| name == case.name)
    };
    if let Some(load) = load().filter(|&load| load > 0.3) {
        println!("other programs are running (load {load}): barriers among threads make these figures worthless\n");
    }
    if arguments.iter().any(|argument| argument == "study") {
        return study::study(&python, &folder, setting("PEERS_ROUNDS", 1.0) as usize);
    }
    let measured: Vec<Measured> =
        case::all().iter().filter(|case| wanted(case)).map(|case| measure(case, &python, &folder)).collect();
    print!("{}", table::text(&measured));
    let result = folder.join("result.json");
    std::fs::write(&result, table::json(&measured)).expect("target/peers can be written");
    println!("\n{} has every round", result.display());
}

/// Processors that were busy over the last minute, where the system tells.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// A number from the environment.
fn setting(name: &str, otherwise: f64) -> f64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Whoever makes steps.
enum Side {
    Own(Own),
    Peer(Way, Peer),
}

impl Side {
    fn name(&self) -> &'static str {
        match self {
            Self::Own(_) => "icl",
            Self::Peer(way, _) => way.name,
        }
    }

    fn is_torch(&self) -> bool {
        matches!(self, Self::Peer(way, _) if way.torch)
    }

    fn steps(&mut self, count: usize) -> Stretch {
        match self {
            Self::Own(own) => own.steps(count),
            Self::Peer(way, peer) => peer.steps(*way, count),
        }
    }
}

fn measure(case: &Case, python: &Path, folder: &Path) -> Measured {
    let mut own = Own::new(case, THREADS);
    let path = folder.join(format!("{}.safetensors", case.name));
    file::write(&own, case.cells, &path);
    let expected = own.steps(CHECKED).losses;
    let mut sides = vec![Side::Own(own)];
    for way in ways(case) {
        eprintln!("{}: starting {}", case.name, way.name);
        let mut side = Side::Peer(way, Peer::start(way, case, python, &path, THREADS));
        // The first steps compile, and show whether the work is the same.
        agree(case, way, &expected, &side.steps(CHECKED).losses);
        sides.push(side);
    }
    let _ = std::fs::remove_file(&path);
    let (rounds, seconds) = (setting("PEERS_ROUNDS", 7.0) as usize, setting("PEERS_SECONDS", 1.0));
    let warm = sides.iter_mut().map(|side| side.steps(3).typical());
    let counts: Vec<usize> = warm.map(|ms| ((seconds * 1e3 / ms) as usize).max(1)).collect();
    let mut rows: Vec<Row> = sides.iter().map(|side| Row::new(side.name(), side.is_torch())).collect();
    for round in 0..rounds {
        eprintln!("{}: round {} of {rounds}", case.name, round + 1);
        for ((side, row), &count) in sides.iter_mut().zip(&mut rows).zip(&counts) {
            row.ms.push(side.steps(count).typical());
        }
    }
    Measured { case: case.name, operations: case.operations(), rows }
}

/// Whether a peer does the same work: the same losses, step by step and cell by cell.
///
/// # Panics
/// If they differ.
fn agree(case: &Case, way: Way, expected: &[Vec<f64>], found: &[Vec<f64>]) {
    assert_eq!(expected.len(), found.len(), "{}: {} makes as many steps", case.name, way.name);
    for (step, (expected, found)) in expected.iter().zip(found).enumerate() {
        assert_eq!(expected.len(), found.len(), "{}: {} has as many cells", case.name, way.name);
        for (cell, (own, other)) in expected.iter().zip(found).enumerate() {
            assert!(
                (own - other).abs() <= AGREE * own.abs(),
                "{}: the loss of cell {cell} before step {} is {own} here and {other} with {}",
                case.name,
                step + 1,
                way.name
            );
        }
    }
}
