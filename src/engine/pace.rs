//! How long the parts of a cell take on this machine: a few real steps, evaluations and levels, timed. Steps and
//! evaluations of many sequences are timed on fewer and extended, since sequences cost the same each.

use super::adam::Update;
use super::corpus::{Corpus, rows_used};
use super::crew::Crew;
use super::dropout::Noise;
use super::error::{Error, Result};
use super::fast::rooms::like_many;
use super::footprint::interface;
use super::measure::Evaluator;
use super::network::{Engine, Network};
use super::plain::Width as Wide;
use super::told::terms;
use crate::data::{Embeddings, ShapesSpec};
use crate::program::training::{Budget, Observation, Training, Width};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

/// Seconds that a thread computes, whatever else the machine is busy with meanwhile.
struct Watch {
    /// Of the processor; none where several threads compute, or the system does not tell.
    computed: Option<f64>,
    since: Instant,
}

impl Watch {
    fn start(training: &Training) -> Self {
        let alone = training.numerics.width == Width::F32;
        Self { computed: alone.then(computed).flatten(), since: Instant::now() }
    }

    fn seconds(&self) -> f64 {
        let own = self.computed.and_then(|before| Some(computed()? - before));
        own.unwrap_or_else(|| self.since.elapsed().as_secs_f64())
    }
}

/// Seconds that this thread has computed so far.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn computed() -> Option<f64> {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: std::ffi::c_int, time: *mut Time) -> std::ffi::c_int;
    }
    /// From time.h: the processor's time of the calling thread.
    const CLOCK_THREAD_CPUTIME_ID: std::ffi::c_int = 3;
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    // SAFETY: the clock exists, and the structure is that of systems of 64 bits.
    let told = unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    (told == 0).then_some(time.seconds as f64 + time.nanoseconds as f64 * 1e-9)
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn computed() -> Option<f64> {
    None
}

/// Seconds of the parts of a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    /// Of a step of each stage.
    pub steps: Vec<f64>,
    /// Of an evaluation, for each of its sequences.
    pub evaluation: f64,
    /// Of held-out sequences and their levels, once a cell, for each sequence.
    pub levels: f64,
}

/// Rows whose embeddings may be made for a timing.
const ROWS: usize = 1 << 16;

/// Times a cell on as many threads at once as cells will run, for about so long.
///
/// # Errors
/// What the engine cannot do, and a data set too large to be tried for so short a time.
pub fn pace(training: &Training, observation: &Observation, threads: usize, within: Duration) -> Result<Pace> {
    let mut steps: Vec<f64> = Vec::new();
    let mut looked = None;
    let mut timed: Vec<(Vec<(usize, f64)>, f64)> = Vec::new();
    // Stages that train on the same take as long.
    let different = training.stages.iter().fold(Vec::new(), |mut known: Vec<&[(usize, f64)]>, stage| {
        if !known.contains(&stage.train.as_slice()) {
            known.push(&stage.train);
        }
        known
    });
    let share = within.mul_f64(0.5 / different.len().max(1) as f64);
    for stage in &training.stages {
        if let Some((_, seconds)) = timed.iter().find(|(train, _)| *train == stage.train) {
            steps.push(*seconds);
            continue;
        }
        let mut alone = training.clone();
        let clock = stage.until - stage.from - 1;
        alone.stages =
            vec![crate::program::training::Stage { from: 0, until: clock + 1, guard: None, ..stage.clone() }];
        alone.budget = Budget::Fresh;
        let looks = looked.is_none().then_some(within.mul_f64(0.5));
        let trial = Trial::new(&alone, observation, clock)?;
        let each = everywhere(threads, &|start| trial.run(start, share, looks))?;
        let mean = |of: fn(&(f64, f64, f64)) -> f64| each.iter().map(of).sum::<f64>() / each.len() as f64;
        steps.push(mean(|all| all.0));
        timed.push((stage.train.clone(), mean(|all| all.0)));
        looked.get_or_insert((mean(|all| all.1), mean(|all| all.2)));
    }
    let (evaluation, levels) = looked.ok_or_else(|| Error::NotRun("a cell without a stage".into()))?;
    Ok(Pace { steps, evaluation, levels })
}

/// The same on several threads, which begin to time together.
fn everywhere<T: Send>(threads: usize, run: &(dyn Fn(&Barrier) -> Result<T> + Sync)) -> Result<Vec<T>> {
    let start = Barrier::new(threads);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| run(&start))).collect();
        let failed = || Err(Error::NotRun("a timing that ended early".into()));
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| failed())).collect()
    })
}

/// A cell of one stage with few sequences, ready to be timed.
struct Trial<'a> {
    training: &'a Training,
    observation: &'a Observation,
    clock: u64,
    /// The embeddings of some rows, as wide as the real ones.
    sources: Vec<(ShapesSpec, Arc<Embeddings>)>,
}

impl<'a> Trial<'a> {
    fn new(training: &'a Training, observation: &'a Observation, clock: u64) -> Result<Self> {
        let mut one = training.limited(1);
        one.tasks.iter_mut().for_each(|task| task.growth.clear());
        let few = Observation { sequences: observation.sequences.min(MOST), ..observation.clone() };
        let mut sources = Vec::new();
        for (spec, rows) in rows_used(&one, &few, 0)? {
            if rows.len() > ROWS {
                return Err(Error::NotRun("a timing of so many rows".into()));
            }
            // Numbers of the real width are enough, and a code of factors costs nothing to make.
            let like = ShapesSpec { entangled: 0.0, ..spec.clone() };
            let unread = |error: crate::data::DataError| Error::NotRun(error.to_string());
            let mut embeddings = Embeddings::open(&like, None).map_err(unread)?;
            embeddings.fetch(&rows, 1, &mut |_, _| {}).map_err(unread)?;
            sources.push((spec, Arc::new(embeddings)));
        }
        Ok(Self { training, observation, clock, sources })
    }

    /// Seconds of a step, and for each sequence of an evaluation and of its levels.
    fn run(&self, start: &Barrier, share: Duration, looks: Option<Duration>) -> Result<(f64, f64, f64)> {
        // Whoever fails before has still to let the others begin.
        let made = self.made();
        start.wait();
        let (corpus, mut network) = made?;
        let step = self.step(&corpus, &mut network, share)?;
        let Some(within) = looks else { return Ok((step, 0.0, 0.0)) };
        let (evaluation, levels) = self.looks(&corpus, &network, within)?;
        Ok((step, evaluation, levels))
    }

    fn made(&self) -> Result<(Corpus<'_>, Network)> {
        let held = |spec: &ShapesSpec| {
            let found = self.sources.iter().find(|(known, _)| known == spec);
            found.map_or_else(|| unreachable!("a source whose rows were not named"), |(_, held)| Arc::clone(held))
        };
        let corpus = Corpus::new(self.training, 0, held)?;
        let engine = match self.training.numerics.width {
            Width::F32 => Engine::Fast(Arc::new(Crew::new(1))),
            Width::F64 => Engine::Plain(Wide::F64),
        };
        // What weights are changes no time, and normal ones take long to draw.
        let mut weights = |_: &str, count: usize| (0..count).map(|at| (at * 7919 % 2001) as f32 * 1e-3 - 1.0).collect();
        let network = Network::new(&self.training.model, &interface(self.training), engine, &mut weights)?;
        Ok((corpus, network))
    }

    /// Seconds of a whole step.
    fn step(&self, corpus: &Corpus<'_>, network: &mut Network, share: Duration) -> Result<f64> {
        let training = self.training;
        let terms = terms(training, 0, 0, self.clock);
        let update = Update { clip: training.clip, ..Update::adam(1e-9) };
        let mut step = |sequences: u64| -> Result<f64> {
            let watch = Watch::start(training);
            let train = &training.stages[0].train;
            let parts: Vec<(usize, Vec<u64>)> =
                train.iter().map(|(task, part)| (*task, (0..(sequences as f64 * part) as u64).collect())).collect();
            let batch = corpus.training_batch(&parts, self.clock)?;
            network.step(&batch, &terms, &update, Some(Noise { seed: 0, step: 0 }))?;
            Ok(watch.seconds())
        };
        let (whole, few) = (training.batch as u64, few(training));
        let since = Instant::now();
        // The first fetches its memory, which makes it a little longer; of large models it has to do.
        let first = step(few.min(whole))?;
        if since.elapsed() > share / 3 {
            return Ok(first * whole as f64 / few.min(whole) as f64);
        }
        let one = step(few.min(whole))?;
        if few >= whole || one * whole as f64 / few as f64 * 3.0 < share.as_secs_f64() {
            let since = Instant::now();
            step(whole)?;
            let mut all = Vec::new();
            while all.len() < 2 || since.elapsed() < share && all.len() < 200 {
                all.push(step(whole)?);
            }
            all.sort_by(f64::total_cmp);
            return Ok(all[all.len() / 2]);
        }
        // The optimizer's part does not grow with the sequences.
        let more = (2 * few).min(whole);
        step(more)?;
        let two = step(more)?;
        let each = if two > one { (two - one) / (more - few) as f64 } else { one / few as f64 };
        Ok(one + each * (whole - few) as f64)
    }

    /// Seconds of an evaluation and of the levels, for each sequence.
    fn looks(&self, corpus: &Corpus<'_>, network: &Network, within: Duration) -> Result<(f64, f64)> {
        let on = self.observation.sequences;
        let of = |sequences: usize| Observation { sequences, ..self.observation.clone() };
        let timed = |observation: &Observation| -> Result<f64> {
            let watch = Watch::start(self.training);
            Evaluator::new(corpus, observation)?;
            Ok(watch.seconds())
        };
        // Pools are drawn once, however many sequences there are.
        timed(&of(1))?;
        let (least, more) = (1, on.min(5));
        let (one, five) = (timed(&of(least))?, timed(&of(more))?);
        let mut levels = if more > least { ((five - one) / (more - least) as f64).max(0.0) } else { one };
        let many = on.min(few(self.training) as usize).min(MOST);
        if levels * (many as f64) < 0.25 * within.as_secs_f64() {
            levels = timed(&of(many))? / many as f64;
        }
        let observation = of(many);
        let evaluator = Evaluator::new(corpus, &observation)?;
        let (since, watch) = (Instant::now(), Watch::start(self.training));
        let columns: Vec<usize> = (0..observation.measures.len()).collect();
        evaluator.evaluate(network, 0, &columns)?;
        if since.elapsed() > within / 3 {
            return Ok((watch.seconds() / many as f64, levels));
        }
        let (since, watch) = (Instant::now(), Watch::start(self.training));
        let mut times = 0;
        while times == 0 || times < 20 && since.elapsed() < within / 2 {
            evaluator.evaluate(network, 0, &columns)?;
            times += 1;
        }
        Ok((watch.seconds() / f64::from(times) / many as f64, levels))
    }
}

/// Sequences of an evaluation that is timed, at most.
const MOST: usize = 128;

/// Sequences that cost as much each as those of a large batch.
fn few(training: &Training) -> u64 {
    like_many(training.tokens()) as u64
}
