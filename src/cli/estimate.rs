//! What the cells of a study take: memory as it is modelled, and time as it is measured on this machine.

use super::terminal::warn;
use crate::engine::footprint::rows::Rows;
use crate::engine::footprint::{self, Footprint, Footprints};
use crate::engine::pace::{Pace, pace};
use crate::plan::{Cost, Plan, Sharing};
use crate::program::training::Training;
use crate::report::number::bytes;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Footing {
    /// It follows from the program alone.
    Exact,
    /// It follows from a model of what is done.
    Modelled,
    /// It follows from what was timed on this machine.
    Measured,
}

/// Seconds of a cell on one thread, the least and the most that guards leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    pub least: f64,
    pub most: f64,
    pub footing: Footing,
}

/// What the cells of an arm take, each of them.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub cost: Cost,
    /// None of a model whose sizes are not known.
    pub footprint: Option<Footprint>,
    pub time: Option<Time>,
}

/// What a study takes.
#[derive(Debug)]
pub struct Estimate {
    /// By the place of the arm; none of arms that no cell is of.
    arms: Vec<Option<Taken>>,
    /// Bytes of embeddings, which cells share.
    pub embeddings: u64,
    /// Bytes of the whole process with so many cells at once.
    pub memory: u64,
    pub jobs: usize,
    /// Seconds of all cells, as many at once as there are jobs; what cells have in common is trained once.
    pub time: Option<Time>,
    pub sharing: Sharing,
}

/// The cores of this machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Bytes of memory that are free for new work, where the system says so.
fn available() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

impl Estimate {
    /// The estimate of a plan; `calibrate` times cells for about a second.
    pub fn of(plan: &Plan, jobs: Option<usize>, calibrate: bool) -> Self {
        let jobs = jobs.unwrap_or_else(cores).max(1);
        let mut footprints = Footprints::default();
        let mut arms: Vec<Option<Taken>> = vec![None; plan.experiment.arms.len()];
        let (mut cells, mut rows) = (Vec::new(), Rows::default());
        for cell in &plan.cells {
            rows.add(&cell.training, &cell.observation, cell.seed);
            let taken = arms[cell.arm].get_or_insert_with(|| Taken {
                cost: plan.cost(cell),
                footprint: footprints.of(&cell.training, &cell.observation).ok(),
                time: None,
            });
            cells.extend(taken.footprint);
        }
        let embeddings = rows.bytes();
        let figures = plan.experiment.plateau.is_some() || !plan.experiment.figures.is_empty();
        let memory = footprint::of_study(&cells, jobs, embeddings, figures);
        let mut estimate = Self { arms, embeddings, memory, jobs, time: None, sharing: Sharing::of(plan) };
        if calibrate {
            estimate.calibrate(plan);
        }
        estimate
    }

    /// What a cell of an arm takes.
    pub fn arm(&self, arm: usize) -> Option<&Taken> {
        self.arms.get(arm)?.as_ref()
    }

    /// Tells where a study needs more memory than is free.
    pub fn warn_of_memory(&self, plan: &Plan) {
        let Some(free) = available().filter(|free| *free < self.memory) else { return };
        let at = |jobs: usize| {
            let cells: Vec<Footprint> = plan.cells.iter().filter_map(|cell| self.arm(cell.arm)?.footprint).collect();
            footprint::of_study(&cells, jobs, self.embeddings, false)
        };
        let fewer = (1..self.jobs).rev().find(|&jobs| at(jobs) <= free);
        let cure = match fewer {
            Some(jobs) => format!("write `--jobs {jobs}`, which needs about {}", bytes(at(jobs))),
            None => "take a smaller model, batch or evaluation, or a machine with more".into(),
        };
        warn(&format!(
            "warning: `{}` needs about {} of memory with {} cells at once, and {} are free\n  help: {cure}\n",
            plan.experiment.name,
            bytes(self.memory),
            self.jobs.min(plan.cells.len()),
            bytes(free),
        ));
    }

    fn calibrate(&mut self, plan: &Plan) {
        let paces = paces(plan, &self.arms, self.jobs);
        for (arm, taken) in self.arms.iter_mut().enumerate() {
            if let Some(taken) = taken {
                let arm = &plan.experiment.arms[arm];
                let of = |at: &&(usize, Pace, f64)| Some(at.0) == taken.footprint.map(|footprint| footprint.shape);
                taken.time = match paces.iter().find(of) {
                    Some((_, pace, _)) => Some(measured(pace, arm, &taken.cost)),
                    None => modelled(&paces, &taken.cost),
                };
            }
        }
        let times = || plan.cells.iter().map(|cell| self.arm(cell.arm).and_then(|taken| taken.time));
        let Some(all) = times().collect::<Option<Vec<Time>>>() else { return };
        // Threads without a cell help the others, as many as can.
        let lanes = self.arms.iter().flatten().filter_map(|taken| taken.footprint).map(|each| each.lanes).max();
        let together = self.jobs.min(plan.cells.len() * lanes.unwrap_or(1)).max(1) as f64;
        let once = self.sharing.together.1 / self.sharing.apart.1.max(1.0);
        let sum = |of: fn(&Time) -> f64| all.iter().map(of).sum::<f64>() / together * once.min(1.0);
        let footing = if all.iter().all(|time| time.footing == Footing::Measured) {
            Footing::Measured
        } else {
            Footing::Modelled
        };
        self.time = Some(Time { least: sum(|time| time.least), most: sum(|time| time.most), footing });
    }
}

/// The seconds of a cell whose parts were timed.
fn measured(pace: &Pace, arm: &crate::program::Arm, cost: &Cost) -> Time {
    // Arms of one shape may have more stages than the one that was timed; their batches are the same.
    let of = |place: usize| pace.steps.get(place).or(pace.steps.last()).copied().unwrap_or(0.0);
    let stages = arm.training.stages.iter().enumerate();
    let steps: f64 = stages.map(|(place, stage)| (stage.until - stage.from) as f64 * of(place)).sum();
    let on = arm.observation.sequences as f64;
    let evaluations = pace.evaluation * on * cost.evaluations as f64;
    let once = pace.levels * on;
    let share = if cost.steps == 0 { 1.0 } else { cost.least_steps as f64 / cost.steps as f64 };
    Time { least: (steps + evaluations) * share + once, most: steps + evaluations + once, footing: Footing::Measured }
}

/// The seconds of a cell by the rate of the timed one whose steps cost the nearest.
fn modelled(paces: &[(usize, Pace, f64)], cost: &Cost) -> Option<Time> {
    let each = |cost: f64| cost.max(1.0).ln();
    let flops = cost.training_flops / cost.steps.max(1) as f64;
    let near = |(_, _, known): &&(usize, Pace, f64)| (each(*known) - each(flops)).abs();
    let (_, pace, known) = paces.iter().min_by(|a, b| near(a).total_cmp(&near(b)))?;
    let rate = known / pace.steps.first()?.max(1e-9);
    let most = cost.flops() / rate;
    let share = if cost.steps == 0 { 1.0 } else { cost.least_steps as f64 / cost.steps as f64 };
    Some(Time { least: most * share, most, footing: Footing::Modelled })
}

/// Shapes that are timed, at most, and for how long in all.
const SHAPES: usize = 5;
const BUDGET: Duration = Duration::from_millis(900);
/// Bytes that a timing may take.
const ROOM: u64 = 2_000_000_000;

/// Paces by shape, with the operations of a step; the shapes of most cells come first. What was timed once is not timed
/// again.
fn paces(plan: &Plan, arms: &[Option<Taken>], jobs: usize) -> Vec<(usize, Pace, f64)> {
    static KNOWN: Mutex<Vec<(Training, usize, Pace)>> = Mutex::new(Vec::new());
    let mut shapes: Vec<(usize, usize, usize)> = Vec::new();
    for cell in &plan.cells {
        let Some(footprint) = arms[cell.arm].and_then(|taken| taken.footprint) else { continue };
        match shapes.iter_mut().find(|(shape, ..)| *shape == footprint.shape) {
            Some((_, _, cells)) => *cells += 1,
            None => shapes.push((footprint.shape, cell.arm, 1)),
        }
    }
    shapes.sort_by_key(|(.., cells)| std::cmp::Reverse(*cells));
    shapes.truncate(SHAPES);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let (since, mut timed) = (Instant::now(), Vec::new());
    for (shape, arm, _) in &shapes {
        let (Some(taken), arm) = (arms[*arm], &plan.experiment.arms[*arm]) else { continue };
        let flops = taken.cost.training_flops / taken.cost.steps.max(1) as f64;
        if let Some((.., pace)) = known.iter().find(|(of, on, _)| *on == jobs && *of == arm.training) {
            timed.push((*shape, pace.clone(), flops));
            continue;
        }
        let each = taken.footprint.map_or(0, |footprint| footprint.weights + footprint.arena);
        let threads = jobs.min(plan.cells.len()).min(cores()).max(1);
        let threads = if each * threads as u64 > ROOM { 1 } else { threads };
        if each > ROOM {
            continue;
        }
        // The first is always timed, and what is too large for that second is modelled by it.
        if !timed.is_empty() && since.elapsed() > BUDGET {
            continue;
        }
        if let Ok(pace) = pace(&arm.training, &arm.observation, threads, BUDGET / shapes.len() as u32) {
            known.push((arm.training.clone(), jobs, pace.clone()));
            timed.push((*shape, pace, flops));
        }
    }
    timed
}
