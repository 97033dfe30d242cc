//! Frameworks in processes of their own, asked for a stretch of steps at a time and stopped while others have their turn.

use crate::case::{BATCHES, Case};
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What some steps took and gave.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Stretch {
    /// Milliseconds of each step.
    pub ms: Vec<f64>,
    /// By step, the loss of each cell before it.
    pub losses: Vec<Vec<f64>>,
}

impl Stretch {
    pub fn push(&mut self, ms: f64, losses: Vec<f64>) {
        self.ms.push(ms);
        self.losses.push(losses);
    }

    /// This one and one of other cells that ran at the same time. The longer one counts.
    pub fn beside(self, other: Self) -> Self {
        let ms = if self.typical() < other.typical() { other.ms } else { self.ms };
        let losses = self.losses.into_iter().zip(other.losses).map(|(own, further)| [own, further].concat());
        Self { ms, losses: losses.collect() }
    }

    /// The median of the steps, which a short disturbance does not move.
    pub fn typical(&self) -> f64 {
        median(&self.ms)
    }
}

/// The middle of some numbers; the mean of two.
pub fn median(of: &[f64]) -> f64 {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

/// A framework, in so many processes that share the cells and the threads.
pub struct Peer {
    processes: Vec<Process>,
}

struct Process {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

/// What a framework does, and in how many processes.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub name: &'static str,
    /// What peers.py calls it.
    pub framework: &'static str,
    pub processes: usize,
    /// Whether PyTorch made it; the figures to reach are against the fastest of those.
    pub torch: bool,
}

/// The ways that a case is trained.
pub fn ways(case: &Case) -> Vec<Way> {
    let way = |name, framework, processes, torch| Way { name, framework, processes, torch };
    let mut ways = vec![way("PyTorch eager", "eager", 1, true), way("torch.compile", "compile", 1, true)];
    if case.cells > 1 {
        ways.push(way("PyTorch eager, 2 x 1", "eager", 2, true));
        ways.push(way("torch.compile, 2 x 1", "compile", 2, true));
    }
    ways.push(way("JAX jit", "jit", 1, false));
    if case.cells > 1 {
        ways.push(way("JAX vmap", "vmap", 1, false));
    }
    ways
}

impl Peer {
    /// Starts a framework on the cells of a file.
    pub fn start(way: Way, case: &Case, python: &Path, file: &Path, threads: usize) -> Self {
        let share = case.cells.div_ceil(way.processes);
        let each = threads / way.processes;
        let process = |place: usize| {
            let mut child = Command::new(python)
                .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/peers.py"))
                .args([way.framework, &each.to_string()])
                .env("PEERS_FIRST", (place * each).to_string())
                .envs(["OMP_NUM_THREADS", "MKL_NUM_THREADS"].map(|name| (name, each.to_string())))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap_or_else(|error| panic!("{} does not start: {error}", python.display()));
            let (ask, answer) = (child.stdin.take(), child.stdout.take());
            let (Some(ask), Some(answer)) = (ask, answer) else { unreachable!("both ends are piped") };
            let mut process = Process { child, ask, answer: BufReader::new(answer) };
            let cells: Vec<usize> = (place * share..((place + 1) * share).min(case.cells)).collect();
            process.say(&json!({
                "cmd": "load",
                "file": file,
                "cells": cells,
                "layers": case.layers(),
                "heads": case.heads(),
                "read_at": case.read_at(),
                "loss": if case.real { "squared_error" } else { "cross_entropy" },
                "lr": case.lr,
                "batches": BATCHES,
            }));
            process
        };
        let mut peer = Self { processes: (0..way.processes).map(process).collect() };
        for process in &mut peer.processes {
            process.hear::<serde_json::Value>(way);
        }
        peer
    }

    /// So many steps of all cells.
    pub fn steps(&mut self, way: Way, count: usize) -> Stretch {
        for process in &mut self.processes {
            process.signal("CONT");
            process.say(&json!({ "cmd": "step", "count": count }));
        }
        let stretches: Vec<Stretch> = self.processes.iter_mut().map(|process| process.hear(way)).collect();
        // Threads that wait for work would spin through the others' turns.
        self.processes.iter().for_each(|process| process.signal("STOP"));
        stretches.into_iter().reduce(Stretch::beside).expect("there is a process")
    }
}

impl Process {
    fn say(&mut self, command: &serde_json::Value) {
        writeln!(self.ask, "{command}").expect("peers.py listens");
    }

    fn hear<T: for<'a> Deserialize<'a>>(&mut self, way: Way) -> T {
        let mut line = String::new();
        self.answer.read_line(&mut line).expect("peers.py answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{} says `{}`: {error}", way.name, line.trim()))
    }

    fn signal(&self, name: &str) {
        let told = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()), "{name} reaches the peer");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It waits for a line that never comes, or was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
