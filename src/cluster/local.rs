//! Runs cells on the threads of this process. A thread takes one segment at a time; whoever finds none to begin helps the
//! others. What another process trains is left to it, and looked at again when nothing else is left.

use super::course::Course;
use super::finer::placed;
use super::unit::{Bench, Errand, Ran, Unit};
use crate::data::{Embeddings, ShapesSpec};
use crate::engine::crew::Crew;
use crate::engine::error::Error;
use crate::engine::stacked::Deck;
use crate::plan::{Cell, Key};
use crate::store::{Evaluated, Finished, Leases, Names, Store, StoreError};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Display};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What became of a cell.
#[derive(Debug)]
pub enum Outcome {
    /// Everything was there, or came from other processes.
    Found,
    Finished,
    /// Stopped on request after so many steps, kept in a checkpoint.
    Stopped {
        step: u64,
    },
    /// Not begun, because a stop was asked for.
    Waiting,
    Failed(Arc<Failure>),
}

/// Why a cell could not go on.
#[derive(Debug)]
pub enum Failure {
    Engine(Error),
    Store(StoreError),
    /// The segment before has no checkpoint of the step at which this one begins.
    Lacks {
        step: u64,
    },
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
            Self::Lacks { step } => write!(f, "the checkpoint of step {step} cannot be made again"),
        }
    }
}

/// A piece of work that is shown to who watches.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// The cell that it is named after, by place.
    pub cell: usize,
    pub stage: usize,
    /// How many cells share it.
    pub cells: usize,
    /// Its first step, and the step after its last.
    pub from: u64,
    pub until: u64,
}

/// Who is told how work goes on. Calls come from several threads; a unit is named by a number.
pub trait Watcher: Sync {
    /// What a unit is, before it begins.
    fn planned(&self, unit: usize, work: Work);
    /// A unit begins, or goes on, at a step.
    fn began(&self, unit: usize, step: u64);
    /// A step was made.
    fn stepped(&self, unit: usize, step: u64, loss: f64);
    /// An evaluation was made.
    fn measured(&self, unit: usize, point: &Evaluated);
    /// Nothing more happens in a unit.
    fn left(&self, unit: usize);
    /// A cell ended.
    fn ended(&self, cell: usize, outcome: &Outcome);
    /// Another process trains what is left.
    fn waits(&self, units: usize, process: u32, host: &str);
    /// Cards answer no more, for a reason; so many are left. None is named where another thread has told already.
    fn lost(&self, cards: &[String], reason: &str, left: usize);
}

/// What computes.
#[derive(Clone, Debug)]
pub enum Compute {
    /// The fast engine, on the threads of this process.
    Fast,
    /// The plain engine.
    Plain,
    /// The stacked engine, on cards.
    Stacked(Arc<Deck>),
}

/// How cells are run.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Segments trained at once, one thread each.
    pub jobs: usize,
    /// Time between two checkpoints on the way; a kill loses at most this.
    pub checkpoint_every: Duration,
    pub compute: Compute,
    /// Checkpoints on the way that stay; none means one at every evaluation.
    pub keep: Option<usize>,
}

/// What is run, and where it is kept.
pub struct Study<'a> {
    /// The cells that are not finished.
    pub cells: &'a [Cell],
    pub store: &'a Store,
    pub leases: &'a Leases,
    pub embeddings: &'a (dyn Fn(&ShapesSpec) -> Arc<Embeddings> + Sync),
    /// What a cell is called.
    pub names: &'a (dyn Fn(usize) -> Names + Sync),
}

/// How often work that another process has is looked at again.
const LOOK: Duration = Duration::from_millis(500);

/// A segment with the cells that share it, by place.
struct Group {
    key: Key,
    members: Vec<usize>,
    children: Vec<usize>,
    parent: Option<usize>,
}

/// What all threads share.
struct Board<'a> {
    groups: Vec<Group>,
    courses: Vec<Option<Course<'a>>>,
    ready: VecDeque<usize>,
    /// Work that another process had when it was looked at last.
    elsewhere: Vec<(usize, Instant)>,
    /// Groups that are not closed.
    open: usize,
    outcomes: Vec<Option<Outcome>>,
    /// Whether something of a cell was computed here.
    computed: Vec<bool>,
}

/// Runs every cell and gives their outcomes in order. A failing segment stops no other than those that follow on it, but a
/// disk that cannot be written stops all, since each would fail alike.
pub fn run_cells(study: &Study<'_>, manner: Manner, stop: &AtomicBool, watcher: &dyn Watcher) -> Vec<Outcome> {
    let board = Mutex::new(Board::new(study.cells));
    let crew = Arc::new(Crew::new(1));
    let jobs = manner.jobs.max(1);
    let bench = Bench {
        store: study.store,
        leases: study.leases,
        manner,
        stop,
        crew: Arc::clone(&crew),
        embeddings: study.embeddings,
        watcher,
    };
    let work = || {
        while let Some(place) = next(&board, &bench) {
            let _close = Closing { board: &board, place };
            attend(place, &board, &bench, study);
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let _ = worker.join();
        }
    });
    let board = board.into_inner().unwrap_or_else(PoisonError::into_inner);
    board.outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Waiting)).collect()
}

fn lock<'b, 'a>(board: &'b Mutex<Board<'a>>) -> MutexGuard<'b, Board<'a>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes a group whose thread panicked, since others wait for it.
struct Closing<'b, 'a> {
    board: &'b Mutex<Board<'a>>,
    place: usize,
}

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(self.board).close(self.place);
        }
    }
}

/// The next group to work on; none once all are closed.
fn next(board: &Mutex<Board<'_>>, bench: &Bench<'_>) -> Option<usize> {
    loop {
        {
            let mut board = lock(board);
            if let Some(place) = board.ready.pop_front() {
                return Some(place);
            }
            if board.open == 0 {
                return None;
            }
            let due = board.elsewhere.iter().position(|(_, since)| since.elapsed() >= LOOK);
            if let Some(at) = due {
                return Some(board.elsewhere.swap_remove(at).0);
            }
        }
        let asked = std::cell::Cell::new(Instant::now());
        bench.crew.help(&|| {
            // Looked at now and then: the board is shared with those that work.
            if asked.get().elapsed() < Duration::from_millis(2) {
                return false;
            }
            asked.set(Instant::now());
            let board = lock(board);
            !board.ready.is_empty()
                || board.open == 0
                || board.elsewhere.iter().any(|(_, since)| since.elapsed() >= LOOK)
        });
    }
}

/// Works on a group, and closes it or puts it aside.
fn attend<'a>(place: usize, board: &Mutex<Board<'a>>, bench: &Bench<'_>, study: &Study<'a>) {
    let (members, key, mut courses) = {
        let mut board = lock(board);
        let members: Vec<usize> =
            board.groups[place].members.iter().copied().filter(|&cell| board.outcomes[cell].is_none()).collect();
        let courses: Vec<Course<'a>> = members.iter().filter_map(|&cell| board.courses[cell].take()).collect();
        (members, board.groups[place].key.clone(), courses)
    };
    if courses.is_empty() {
        lock(board).close(place);
        return;
    }
    let (from, _) = courses[0].span();
    let until = courses.iter().map(|course| course.span().1).max().unwrap_or(from);
    let work = Work { cell: members[0], stage: courses[0].stage, cells: members.len(), from, until };
    bench.watcher.planned(place, work);
    let names = (study.names)(members[0]);
    let alone = |key: &Key| {
        let board = lock(board);
        let group = board.groups.iter().find(|group| group.key == *key);
        group.is_none_or(|group| {
            group.members.iter().all(|cell| members.contains(cell) || board.outcomes[*cell].is_some())
        })
    };
    let trained = run((place, &names), &key, &mut courses, Errand::Cells, bench);
    let ran = trained.and_then(|ran| match ran {
        Ran::Done { computed } => match placed((place, &names), &courses, &alone, bench)? {
            Ran::Done { computed: more } => Ok(Ran::Done { computed: computed || more }),
            other => Ok(other),
        },
        other => Ok(other),
    });
    let ran = match ran {
        // Who took it over goes on with it, from what was kept.
        Err(Failure::Store(StoreError::Lost { .. })) => Ok(Ran::Elsewhere { process: 0, host: String::new() }),
        ran => ran,
    };
    bench.watcher.left(place);
    if let Ok(Ran::Done { .. }) = ran {
        courses.iter_mut().for_each(Course::leave);
    }
    let outcomes: Vec<Option<Outcome>> = match &ran {
        Ok(Ran::Done { computed }) => {
            let finish = |(cell, course): (&usize, &Course<'a>)| {
                course.end?;
                let computed = *computed || lock(board).computed[*cell];
                Some(match finished(course, study, *cell) {
                    Ok(()) if computed => Outcome::Finished,
                    Ok(()) => Outcome::Found,
                    Err(error) => Outcome::Failed(Arc::new(error)),
                })
            };
            members.iter().zip(&courses).map(finish).collect()
        }
        Ok(Ran::Stopped { step }) => members
            .iter()
            .map(|_| Some(if *step == 0 { Outcome::Waiting } else { Outcome::Stopped { step: *step } }))
            .collect(),
        Ok(Ran::Elsewhere { .. }) => members.iter().map(|_| None).collect(),
        Err(_) => Vec::new(),
    };
    let mut board = lock(board);
    for (cell, course) in members.iter().zip(courses) {
        board.courses[*cell] = Some(course);
    }
    match ran {
        Ok(Ran::Elsewhere { process, host }) => {
            board.elsewhere.push((place, Instant::now()));
            let (aside, open) = (board.elsewhere.len(), board.open);
            if bench.stop.load(Ordering::Relaxed) {
                board.elsewhere.retain(|(aside, _)| *aside != place);
                board.close(place);
            } else if aside == open && board.ready.is_empty() {
                bench.watcher.waits(aside, process, &host);
            }
            return;
        }
        Err(failure) => {
            if matches!(failure, Failure::Store(_)) {
                bench.stop.store(true, Ordering::Relaxed);
            }
            let failure = Arc::new(failure);
            for &cell in &members {
                board.settle(cell, Outcome::Failed(Arc::clone(&failure)), bench.watcher);
            }
        }
        Ok(Ran::Done { computed }) => {
            for (&cell, outcome) in members.iter().zip(outcomes) {
                board.computed[cell] |= computed;
                if let Some(outcome) = outcome {
                    board.settle(cell, outcome, bench.watcher);
                }
            }
        }
        Ok(Ran::Stopped { .. }) => {
            for (&cell, outcome) in members.iter().zip(outcomes) {
                if let Some(outcome) = outcome {
                    board.settle(cell, outcome, bench.watcher);
                }
            }
        }
    }
    board.close(place);
}

/// Runs a unit. Where a card is lost meanwhile, it goes on from what was kept on one that is left.
pub(super) fn run(
    (id, names): (usize, &Names),
    key: &Key,
    courses: &mut [Course<'_>],
    errand: Errand<'_>,
    bench: &Bench<'_>,
) -> Result<Ran, Failure> {
    let mut ran = run_here((id, names), key, courses, errand, bench);
    let Compute::Stacked(deck) = &bench.manner.compute else { return ran };
    // Each card can be lost once.
    for _ in 1..deck.names().len() {
        let Err(Failure::Engine(Error::Card(reason))) = &ran else { break };
        // What fails on a card that answers would fail on every other.
        match deck.look() {
            Some(lost) if lost.left > 0 => bench.watcher.lost(&lost.names, reason, lost.left),
            _ => break,
        }
        ran = run_here((id, names), key, courses, errand, bench);
    }
    ran
}

/// Runs a unit; where the segment before lacks the checkpoint that it begins with, that is made again first.
fn run_here(
    (id, names): (usize, &Names),
    key: &Key,
    courses: &mut [Course<'_>],
    errand: Errand<'_>,
    bench: &Bench<'_>,
) -> Result<Ran, Failure> {
    let mut all: Vec<&mut Course<'_>> = courses.iter_mut().collect();
    let ran = Unit { id, key, courses: &mut all, names, errand }.run(bench);
    let Err(Failure::Lacks { step }) = ran else { return ran };
    let Some(before) = courses[0].stage.checked_sub(1) else { return ran };
    let mut again = replayed(courses[0].cell, before, bench)?;
    let parent = &courses[0].cell.segments[before];
    match run((id, names), parent, std::slice::from_mut(&mut again), Errand::Checkpoint(step), bench)? {
        Ran::Done { .. } => {}
        other => return Ok(other),
    }
    let mut all: Vec<&mut Course<'_>> = courses.iter_mut().collect();
    Unit { id, key, courses: &mut all, names, errand }.run(bench)
}

/// A cell on its way again, at a stage that it has behind it.
pub(super) fn replayed<'a>(cell: &'a Cell, stage: usize, bench: &Bench<'_>) -> Result<Course<'a>, Failure> {
    let mut course = Course::new(cell);
    let levels = |key: &Key| bench.levels(key);
    while course.stage < stage {
        let curve = bench.store.segment(cell.segments[course.stage].as_str()).curve()?;
        course.need(&curve, &levels);
        let before = course.stage;
        course.leave();
        if course.stage == before {
            return Err(Failure::Lacks { step: course.span().0 });
        }
    }
    Ok(course)
}

/// Marks a cell as finished.
fn finished(course: &Course<'_>, study: &Study<'_>, cell: usize) -> Result<(), Failure> {
    let Some(end) = course.end else { return Ok(()) };
    let (mut seconds, mut results) = (0.0, BTreeMap::new());
    for (key, left) in &course.behind {
        let curve = study.store.segment(key.as_str()).curve()?;
        seconds += curve.worked.1;
        if let Some(point) = curve.points.get(left) {
            let written = &course.cell.observation.written;
            for (place, &column) in written.iter().enumerate() {
                let key = &course.cell.measures[column];
                if let Some(value) = point.values.get(key.as_str()).and_then(|value| value.value) {
                    results.insert(course.cell.observation.measure(place).name.clone(), value);
                }
            }
        }
    }
    let finished = Finished {
        steps: end.step,
        diverged: end.diverged.then_some(end.step),
        stopped: end.stopped,
        seconds,
        segments: course.behind.iter().map(|(key, left)| (key.to_string(), *left)).collect(),
        names: (study.names)(cell),
        results,
    };
    Ok(study.store.finish(course.cell.key.as_str(), &finished)?)
}

impl<'a> Board<'a> {
    fn new(cells: &'a [Cell]) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut known: BTreeMap<&Key, usize> = BTreeMap::new();
        for (place, cell) in cells.iter().enumerate() {
            let mut parent = None;
            for key in &cell.segments {
                let at = *known.entry(key).or_insert_with(|| {
                    groups.push(Group { key: key.clone(), members: Vec::new(), children: Vec::new(), parent });
                    groups.len() - 1
                });
                groups[at].members.push(place);
                parent = Some(at);
            }
        }
        for child in 0..groups.len() {
            if let Some(parent) = groups[child].parent {
                groups[parent].children.push(child);
            }
        }
        let ready = (0..groups.len()).filter(|&at| groups[at].parent.is_none()).collect();
        Self {
            open: groups.len(),
            groups,
            courses: cells.iter().map(|cell| Some(Course::new(cell))).collect(),
            ready,
            elsewhere: Vec::new(),
            outcomes: cells.iter().map(|_| None).collect(),
            computed: vec![false; cells.len()],
        }
    }

    fn settle(&mut self, cell: usize, outcome: Outcome, watcher: &dyn Watcher) {
        watcher.ended(cell, &outcome);
        self.outcomes[cell] = Some(outcome);
    }

    /// Nothing more happens in a group; those that follow on it can begin.
    fn close(&mut self, place: usize) {
        self.open -= 1;
        let children = std::mem::take(&mut self.groups[place].children);
        // What was begun is ended first, so that a study that is stopped early has whole cells.
        for child in children.into_iter().rev() {
            self.ready.push_front(child);
        }
    }
}
