//! A card that tells how long it computes, and how much goes to it and comes back.

use icl::engine::card::{Card, Memory, Recorded, Room};
use icl::engine::error::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// A card with counters.
#[derive(Debug)]
pub struct Watched {
    card: Arc<dyn Card>,
    /// Whether every launch is waited for and timed.
    timing: AtomicBool,
    nanoseconds: AtomicU64,
    rows: AtomicU64,
    launches: AtomicU64,
    words: AtomicU64,
}

/// What was counted since it was last asked.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// From a launch until it is done, where that was timed.
    pub ms: f64,
    /// How often a row of launches was made.
    pub rows: u64,
    /// Kernels launched.
    pub launches: u64,
    /// Bytes written to the card and read back.
    pub bytes: u64,
}

impl Watched {
    pub fn new(card: Arc<dyn Card>) -> Self {
        let zero = AtomicU64::default;
        let timing = AtomicBool::new(false);
        Self { card, timing, nanoseconds: zero(), rows: zero(), launches: zero(), words: zero() }
    }

    /// Whether every launch is waited for from now on.
    pub fn time(&self, timing: bool) {
        self.timing.store(timing, Relaxed);
    }

    pub fn counts(&self) -> Counts {
        let take = |of: &AtomicU64| of.swap(0, Relaxed);
        Counts {
            ms: take(&self.nanoseconds) as f64 * 1e-6,
            rows: take(&self.rows),
            launches: take(&self.launches),
            bytes: 4 * take(&self.words),
        }
    }
}

impl Card for Watched {
    fn name(&self) -> String {
        self.card.name()
    }

    /// What is asked beside is not counted.
    fn beside(&self) -> Result<Arc<dyn Card>> {
        self.card.beside()
    }

    fn room(&self) -> Result<Room> {
        self.card.room()
    }

    fn allot(&self, words: usize) -> Result<Memory> {
        self.card.allot(words)
    }

    fn write(&self, memory: &Memory, at: usize, words: &[u32]) -> Result<()> {
        self.words.fetch_add(words.len() as u64, Relaxed);
        self.card.write(memory, at, words)
    }

    fn read(&self, memory: &Memory, at: usize, words: &mut [u32]) -> Result<()> {
        self.words.fetch_add(words.len() as u64, Relaxed);
        self.card.read(memory, at, words)
    }

    fn copy(&self, from: (&Memory, usize), to: (&Memory, usize), words: usize) -> Result<()> {
        self.card.copy(from, to, words)
    }

    fn launch(&self, recorded: &Recorded, models: usize) -> Result<()> {
        self.rows.fetch_add(1, Relaxed);
        self.launches.fetch_add(recorded.launches.len() as u64, Relaxed);
        if !self.timing.load(Relaxed) {
            return self.card.launch(recorded, models);
        }
        self.card.finish()?;
        let start = Instant::now();
        self.card.launch(recorded, models)?;
        self.card.finish()?;
        self.nanoseconds.fetch_add(start.elapsed().as_nanos() as u64, Relaxed);
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        self.card.finish()
    }
}
