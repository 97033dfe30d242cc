//! What is asked for on the command line.

use clap::Parser;
use std::path::PathBuf;

/// Check a machine's card: that it computes what the processor does, always the same, and how fast.
///
/// `tools/gpu_check/gpu-check.sh` runs this, PyTorch beside it, and some studies, and has it write all of it as one table.
#[derive(Parser)]
#[command(name = "gpu_check", version)]
pub struct Options {
    /// What to do: parity, determinism, speed. The script does peers and studies.
    #[arg(long, value_delimiter = ',', default_value = "parity,determinism,speed")]
    pub parts: Vec<Part>,
    /// Fewer models and shorter rounds.
    #[arg(long)]
    pub quick: bool,
    /// A card's number, or `host` for the processor in its place; by default card 0, or the processor where there is none.
    #[arg(long, value_name = "N | host")]
    pub card: Option<String>,
    /// Where everything is written as JSON.
    #[arg(long, value_name = "FILE", default_value = "gpu-check.json")]
    pub out: PathBuf,
    /// A folder for the weights and batches of the cases that are timed, from which tools/gpu_check/peers.py starts.
    #[arg(long, value_name = "FOLDER")]
    pub weights: Option<PathBuf>,
    /// Measure nothing: add what the peers and studies said, a line each, to what was written before, and print all of it.
    #[arg(long, value_name = "FILE", conflicts_with = "card")]
    pub merge: Option<PathBuf>,
    /// Lines to add.
    #[arg(long = "with", value_name = "FILE", requires = "merge")]
    pub lines: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    Parity,
    Determinism,
    Speed,
    Peers,
    Studies,
}
