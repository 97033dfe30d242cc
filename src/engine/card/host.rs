//! The processor in the place of a card.

use super::{Card, Launch, Memory, Recorded, Room, compiled, within};
use crate::engine::error::{Error, Result, ensure};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs the kernels' own source, compiled as C, one block after the other on the caller's thread: every thread is a stream.
#[derive(Clone, Debug)]
pub struct Host {
    /// Whether blocks, and the threads of each, take their turns from the last to the first.
    backwards: bool,
    /// Launches after which it fails, for trying out what is done about a card that is lost.
    fails_after: Option<u64>,
    launched: Arc<AtomicU64>,
    /// Bytes that it has, and that are taken.
    room: u64,
    taken: Arc<AtomicU64>,
}

impl Default for Host {
    fn default() -> Self {
        /// What a test or a trial needs; a study on the processor runs on its own engine.
        const ROOM: u64 = 4 << 30;
        Self { backwards: false, fails_after: None, launched: Arc::default(), room: ROOM, taken: Arc::default() }
    }
}

impl Host {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One whose blocks and threads take their turns from the last to the first, for trying out whether a number hangs on who
    /// comes first.
    #[must_use]
    pub fn backwards() -> Self {
        Self { backwards: true, ..Self::default() }
    }

    /// One that answers no more after so many launches.
    #[must_use]
    pub fn failing(after: u64) -> Self {
        Self { fails_after: Some(after), ..Self::default() }
    }

    /// One with so many bytes, for trying out what is done where memory is short.
    #[must_use]
    pub fn with_room(room: u64) -> Self {
        Self { room, ..Self::default() }
    }

    /// How many kernels it has run.
    #[must_use]
    pub fn launched(&self) -> u64 {
        self.launched.load(Ordering::Relaxed)
    }

    fn answers(&self) -> Result<()> {
        let lost = self.fails_after.is_some_and(|after| self.launched() >= after);
        if lost { Err(Error::Card("the card answers no more".into())) } else { Ok(()) }
    }
}

/// Memory that kernels write through its address.
struct Words {
    words: Box<[u64]>,
    taken: Arc<AtomicU64>,
}

impl Drop for Words {
    fn drop(&mut self) {
        self.taken.fetch_sub(8 * self.words.len() as u64, Ordering::Relaxed);
    }
}

impl Card for Host {
    fn name(&self) -> String {
        "the processor".into()
    }

    fn beside(&self) -> Result<Arc<dyn Card>> {
        self.answers()?;
        Ok(Arc::new(self.clone()))
    }

    fn room(&self) -> Result<Room> {
        Ok(Room { free: self.room.saturating_sub(self.taken.load(Ordering::Relaxed)), total: self.room })
    }

    fn allot(&self, words: usize) -> Result<Memory> {
        self.answers()?;
        let bytes = 8 * words.div_ceil(2) as u64;
        if self.taken.fetch_add(bytes, Ordering::Relaxed) + bytes > self.room {
            self.taken.fetch_sub(bytes, Ordering::Relaxed);
            return Err(Error::Card(format!("the card has no {:.1} MB left", bytes as f64 / 1e6)));
        }
        let mut own = Words { words: vec![0; words.div_ceil(2)].into(), taken: self.taken.clone() };
        let at = own.words.as_mut_ptr() as u64;
        Ok(Memory::new(at, words, Box::new(own)))
    }

    fn write(&self, memory: &Memory, at: usize, words: &[u32]) -> Result<()> {
        self.answers()?;
        ensure(within(memory, at, words.len()), || "words beyond a card's memory".into())?;
        let to = memory.at as *mut u32;
        // SAFETY: the words lie within the memory, which nobody else looks at while a stack's lock is held.
        unsafe { std::ptr::copy_nonoverlapping(words.as_ptr(), to.add(at), words.len()) };
        Ok(())
    }

    fn read(&self, memory: &Memory, at: usize, words: &mut [u32]) -> Result<()> {
        self.answers()?;
        ensure(within(memory, at, words.len()), || "words beyond a card's memory".into())?;
        let from = memory.at as *const u32;
        // SAFETY: as in `write`.
        unsafe { std::ptr::copy_nonoverlapping(from.add(at), words.as_mut_ptr(), words.len()) };
        Ok(())
    }

    fn copy(&self, (from, at): (&Memory, usize), (to, place): (&Memory, usize), words: usize) -> Result<()> {
        self.answers()?;
        ensure(within(from, at, words) && within(to, place, words), || "words beyond a card's memory".into())?;
        let (from, to) = (from.at as *const u32, to.at as *mut u32);
        // SAFETY: as in `write`, for both memories.
        unsafe { std::ptr::copy(from.add(at), to.add(place), words) };
        Ok(())
    }

    fn launch(&self, recorded: &Recorded, models: usize) -> Result<()> {
        for Launch { kernel, blocks, parts, args } in &recorded.launches {
            self.answers()?;
            self.launched.fetch_add(1, Ordering::Relaxed);
            let compute = compiled::of(*kernel);
            let mut args = *args;
            args.factors[3] = f64::from(u8::from(self.backwards));
            let turns = |count: i32| (0..count).map(move |at| if self.backwards { count - 1 - at } else { at });
            for lane in turns(models as i32) {
                for part in turns(*parts as i32) {
                    for block in turns(*blocks as i32) {
                        // SAFETY: the planner gave addresses of memory that holds what the kernel reads and writes.
                        unsafe { compute(args, block, lane, part) };
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        self.answers()
    }
}
