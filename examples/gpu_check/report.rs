//! What was found, as it is written and read again.

use serde::{Deserialize, Serialize};

/// Everything.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub version: String,
    /// What the card is called.
    pub ran_on: String,
    /// Whether it is a card, rather than the processor in its place.
    pub is_card: bool,
    pub quick: bool,
    pub roof: Option<Roof>,
    pub parity: Option<Parity>,
    pub determinism: Option<Determinism>,
    /// Counted, on whatever machine.
    #[serde(default)]
    pub work: Vec<Work>,
    pub speed: Vec<Speed>,
    pub peers: Vec<Peer>,
    pub peer_roofs: Vec<PeerRoof>,
    pub studies: Vec<Trained>,
    pub left_out: Vec<LeftOut>,
    /// Whether parity and determinism held, as far as they were looked at.
    pub passed: bool,
}

impl Report {
    pub fn leave_out(&mut self, part: &str, why: impl Into<String>) {
        self.left_out.push(LeftOut { part: part.into(), why: why.into() });
    }

    /// Whether everything that was looked at held.
    pub fn held(&self) -> bool {
        self.parity.as_ref().is_none_or(|parity| parity.passed)
            && self.determinism.as_ref().is_none_or(|determinism| determinism.passed)
    }
}

/// A part that was not done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeftOut {
    pub part: String,
    pub why: String,
}

/// The rates that a card reaches on one thing alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Roof {
    /// Bytes read and written a second, where numbers are moved.
    pub copy_bytes_per_s: f64,
    /// Floating-point operations a second of a product of large matrices by the engine's own kernel.
    pub product_operations_per_s: f64,
    /// The same by how the matrices lie.
    pub products: Vec<(String, f64)>,
}

/// How far the card is from the processor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parity {
    pub models: u64,
    pub kinds: Vec<Largest>,
    /// What was too far, or went wrong.
    pub failures: Vec<String>,
    pub passed: bool,
}

/// One sort of thing, against one engine: the largest difference, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Largest {
    pub kind: String,
    pub against: String,
    /// Nothing if it is not finite.
    pub by: Option<f64>,
    pub allowed: f64,
    pub at: String,
    pub compared: usize,
}

/// Whether the bits are always the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Determinism {
    pub programs: u64,
    pub models: u64,
    pub groups: Vec<Grouped>,
    pub failures: Vec<String>,
    pub passed: bool,
}

/// Models that were trained in some way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grouped {
    pub way: String,
    /// Models whose numbers have other bits than those of the first run of all together.
    pub differ: usize,
    /// Models that were computed together, on average.
    pub together: f64,
}

/// What a step of all models of a case is, in numbers that no card is needed for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Work {
    pub case: String,
    pub models: usize,
    pub operations: f64,
    pub compulsory_bytes: f64,
    /// What its launches move, whatever a cache keeps.
    pub moved_bytes: f64,
    pub launches: usize,
}

/// How fast one case is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Speed {
    pub case: String,
    pub models: usize,
    /// Milliseconds of a step of all models, by round.
    pub ms: Vec<f64>,
    pub median_ms: f64,
    /// Milliseconds of these in which the card computes.
    pub card_ms: f64,
    pub model_steps_per_s: f64,
    /// Kernels of a step, and rows of them.
    pub launches: f64,
    pub rows: f64,
    /// Bytes to the card and back in a step.
    pub bus_bytes: f64,
    /// What a step of all models must compute and move at the least.
    pub operations: f64,
    pub compulsory_bytes: f64,
    /// Milliseconds of that at the roof.
    pub product_ms: f64,
    pub copy_ms: f64,
    /// The measured step over the larger of both.
    pub times_bound: f64,
    /// Bytes that the stack has allotted, and by how much the card's room has shrunk.
    pub stack_bytes: u64,
    pub room_bytes: u64,
    /// By step, the loss of the first models before it.
    pub losses: Vec<Vec<f64>>,
    pub error: Option<String>,
}

/// A line that is added.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    Peer(Peer),
    PeerRoof(PeerRoof),
    Study(Trained),
    LeftOut(LeftOut),
}

/// How fast somebody else is on a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Peer {
    pub case: String,
    /// eager, graphs, vmap, vmap_graphs.
    pub way: String,
    pub device: String,
    pub models: usize,
    /// Models that were stepped; the time is that of all, in proportion.
    pub stepped: usize,
    pub ms: Vec<f64>,
    pub median_ms: Option<f64>,
    #[serde(default)]
    pub losses: Vec<Vec<f64>>,
    #[serde(default)]
    pub bytes: u64,
    #[serde(default)]
    pub error: Option<String>,
    /// How many times icl's time it is.
    #[serde(default)]
    pub times: Option<f64>,
    /// The largest difference of losses from icl's over the first steps, relative to them.
    #[serde(default)]
    pub apart: Option<f64>,
}

/// The rates that somebody else reaches on one thing alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerRoof {
    pub who: String,
    pub device: String,
    pub copy_bytes_per_s: f64,
    pub product_operations_per_s: f64,
}

/// How fast a study is trained.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trained {
    pub study: String,
    pub device: String,
    pub cells: usize,
    /// Steps of every cell between the two trials whose times are subtracted.
    pub steps: u64,
    pub seconds: f64,
    pub ms_per_step: f64,
    /// The case whose models it trains.
    #[serde(default)]
    pub case: Option<String>,
    /// The fastest way of PyTorch on that case, over it.
    #[serde(default)]
    pub times: Option<f64>,
}
