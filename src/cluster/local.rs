//! Runs cells on the threads of this process, one cell a thread at a time.

use crate::data::{Embeddings, ShapesSpec};
use crate::engine::corpus::Corpus;
use crate::engine::crew::Crew;
use crate::engine::error::Error;
use crate::engine::measure::{Levels, Point};
use crate::engine::network::Engine;
use crate::engine::train::{Checkpoint, Ending, Keeper, train};
use crate::plan::{Cell, identity};
use crate::program::training::Width;
use crate::store::{CellStore, Ended, RunFolder, State, StoreError};
use std::fmt::{self, Display};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What became of a cell.
#[derive(Debug)]
pub enum Outcome {
    /// It was finished before.
    Found,
    Finished,
    /// Stopped on request after so many steps, kept in a checkpoint.
    Stopped {
        step: u64,
    },
    /// Not begun, because a stop was asked for.
    Waiting,
    Failed(Failure),
}

/// Why a cell could not go on.
#[derive(Debug)]
pub enum Failure {
    Engine(Error),
    Store(StoreError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

/// Who is told how cells go on. Calls come from several threads.
pub trait Watcher: Sync {
    /// A cell begins, or goes on from `step`.
    fn began(&self, cell: usize, step: u64);
    /// A step was made.
    fn stepped(&self, cell: usize, step: u64, loss: f64);
    /// An evaluation was made.
    fn measured(&self, cell: usize, point: &Point);
    /// A cell ended.
    fn ended(&self, cell: usize, outcome: &Outcome);
}

/// How cells are run.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Cells trained at once, one thread each.
    pub jobs: usize,
    /// Time between two checkpoints of a cell; a kill loses at most this and an evaluation.
    pub checkpoint_every: Duration,
    /// Whether the plain engine runs them in place of the fast one.
    pub plain: bool,
}

/// Runs every cell and gives their outcomes in order. A thread that finds no cell to begin helps those that still run. A
/// failing cell stops no other, but a disk that cannot be written stops all, since each would fail alike.
pub fn run_cells(
    cells: &[Cell],
    folder: &RunFolder,
    manner: Manner,
    stop: &AtomicBool,
    embeddings: &(dyn Fn(&ShapesSpec) -> Arc<Embeddings> + Sync),
    watcher: &dyn Watcher,
) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let ended = AtomicUsize::new(0);
    let crew = Arc::new(Crew::new(1));
    let work = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(cell) = cells.get(place) else {
                crew.help(&|| ended.load(Ordering::Relaxed) == cells.len());
                return done;
            };
            // Counted even if the cell panics, since others wait for it.
            let _end = End(&ended);
            let store = folder.cell(&cell.key.to_string());
            let outcome = run_cell(place, cell, &store, manner, (stop, &crew), embeddings, watcher)
                .unwrap_or_else(Outcome::Failed);
            if matches!(outcome, Outcome::Failed(Failure::Store(_))) {
                stop.store(true, Ordering::Relaxed);
            }
            watcher.ended(place, &outcome);
            done.push((place, outcome));
        }
    };
    let mut outcomes: Vec<(usize, Outcome)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..manner.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    outcomes.sort_by_key(|(place, _)| *place);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Counts a cell as ended.
struct End<'a>(&'a AtomicUsize);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn run_cell(
    place: usize,
    cell: &Cell,
    store: &CellStore,
    manner: Manner,
    (stop, crew): (&AtomicBool, &Arc<Crew>),
    embeddings: &(dyn Fn(&ShapesSpec) -> Arc<Embeddings> + Sync),
    watcher: &dyn Watcher,
) -> Result<Outcome, Failure> {
    let (resume, before) = match store.state()? {
        State::Done(_) => return Ok(Outcome::Found),
        _ if stop.load(Ordering::Relaxed) => return Ok(Outcome::Waiting),
        State::Fresh => {
            store.begin(&identity::json(cell.seed, &cell.training, &cell.observation))?;
            (None, 0.0)
        }
        State::Partial { checkpoint, seconds } => (Some(checkpoint), seconds),
    };
    watcher.began(place, resume.as_ref().map_or(0, |checkpoint| checkpoint.step));
    let corpus = Corpus::new(&cell.training, cell.seed, embeddings)?;
    let started = Instant::now();
    let mut keeper = Keeping { place, store, watcher, started, before, last: started, every: manner.checkpoint_every };
    let engine = if manner.plain { Engine::Plain(Width::F32) } else { Engine::Fast(crew.clone()) };
    let ending = train(&corpus, &cell.observation, engine, resume, stop, &mut keeper)?;
    let seconds = keeper.seconds();
    let diverged = match ending {
        Ending::Stopped { step } => return Ok(Outcome::Stopped { step }),
        Ending::Diverged { step } => Some(step),
        Ending::Complete => None,
    };
    store.end(&Ended { steps: diverged.unwrap_or_else(|| cell.training.steps()), diverged, seconds })?;
    Ok(Outcome::Finished)
}

/// Hands what a training makes to the store and the watcher.
struct Keeping<'a> {
    place: usize,
    store: &'a CellStore,
    watcher: &'a dyn Watcher,
    started: Instant,
    /// Seconds spent by earlier attempts.
    before: f64,
    last: Instant,
    every: Duration,
}

impl Keeping<'_> {
    fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }
}

impl Keeper for Keeping<'_> {
    type Error = Failure;

    fn levels(&mut self, levels: &[Levels]) -> Result<(), Failure> {
        Ok(self.store.keep_levels(levels)?)
    }

    fn point(&mut self, point: &Point) -> Result<(), Failure> {
        self.store.append(point)?;
        self.watcher.measured(self.place, point);
        Ok(())
    }

    fn wants_checkpoint(&mut self) -> bool {
        self.last.elapsed() >= self.every
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), Failure> {
        self.store.checkpoint(checkpoint, self.seconds())?;
        self.last = Instant::now();
        Ok(())
    }

    fn stepped(&mut self, step: u64, loss: f64) {
        self.watcher.stepped(self.place, step, loss);
    }
}
