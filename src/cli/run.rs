//! `icl run`: trains what is missing of a study, then says what it shows.

use super::check::{compute_with, knob, runnable};
use super::device::{self, Chosen};
use super::estimate::Estimate;
use super::form::Tabular;
use super::planned::{Planned, is_plan};
use super::progress::Progress;
use super::spending::Spending;
use super::store::Place;
use super::terminal::{Terminal, warn};
use super::work::Work;
use super::{Exit, curves, report};
use crate::check::Override;
use crate::cluster::{Manner, Outcome, Study, run_cells};
use crate::data::{Embeddings, ShapesSpec, default_cache_dir};
use crate::engine::corpus::rows_used;
use crate::plan::{Cell, Plan, Selection, plans};
use crate::report::number::{count, duration};
use crate::store::{Leases, Names, RunFolder, Store};
use crate::syntax::parse;
use crate::syntax::tree::{Body, ExprKind};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Arguments of `icl run`.
#[derive(Clone, clap::Args)]
pub struct Arguments {
    /// The program, or a plan that `icl plan --out plan.json` wrote: then exactly its cells are run.
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    spending: Spending,
    /// Cells trained at once, one thread each; as many as there are cores by default, and on cards all, 1,024 at most.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Seconds between two checkpoints of a cell; a kill loses at most these.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    checkpoint_every: u64,
    #[command(flatten)]
    device: device::Computing,
    /// Measure the models that are here, where some of those that are to be measured are not.
    #[arg(long)]
    allow_missing: bool,
    /// The folder of the reports; runs/NAME by default.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// How to print the tables; what else is told then goes to standard error.
    #[arg(long, value_enum, default_value_t = Tabular::Text)]
    format: Tabular,
    /// End with exit code 3 unless every `expect` line is supported.
    #[arg(long, conflicts_with = "limit")]
    expect: bool,
    #[command(flatten)]
    place: Place,
}

/// What of a study is asked for.
#[derive(Clone, Default, clap::Args)]
pub struct Choice {
    /// Set a param of the program: `--set maps=100`.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = knob)]
    pub set: Vec<Override>,
    /// Only these arms.
    #[arg(long = "arm", value_name = "NAME")]
    arms: Vec<String>,
    /// A number of seeds, or a list as in 2,5.
    #[arg(long, value_name = "N | A,B,..")]
    seeds: Option<String>,
    /// End every cell after so long, as a trial: "20 steps".
    #[arg(long, value_name = "DURATION")]
    limit: Option<String>,
}

impl Choice {
    /// Whether anything was chosen.
    pub fn made(&self) -> bool {
        !self.arms.is_empty() || self.seeds.is_some() || self.limit.is_some() || !self.set.is_empty()
    }

    /// The selection, or what is wrong with it.
    pub fn selection(&self) -> Result<Selection, String> {
        Ok(Selection {
            arms: self.arms.clone(),
            seeds: self.seeds.as_deref().map(seeds).transpose()?,
            limit: self.limit.as_deref().map(limit).transpose()?,
        })
    }
}

/// More seeds than this are a slip of the finger.
const MOST_SEEDS: u64 = 10_000;

fn seeds(text: &str) -> Result<Vec<u64>, String> {
    let cure = || format!("--seeds takes a number, as in 3, or a list, as in 2,5: not `{text}`");
    if !text.contains(',') {
        let n: u64 = text.trim().parse().map_err(|_| cure())?;
        return match n {
            1..=MOST_SEEDS => Ok((1..=n).collect()),
            _ => Err(format!("--seeds takes from 1 to {MOST_SEEDS} seeds: not {n}")),
        };
    }
    let mut seeds = Vec::new();
    for part in text.split(',').filter(|part| !part.trim().is_empty()) {
        let seed = part.trim().parse().map_err(|_| cure())?;
        if !seeds.contains(&seed) {
            seeds.push(seed);
        }
    }
    if seeds.is_empty() { Err(cure()) } else { Ok(seeds) }
}

/// Reads a duration in the language's own words.
fn limit(text: &str) -> Result<u64, String> {
    let cure = || format!("--limit takes a number of steps, as in \"20 steps\": not `{text}`");
    let mut sources = crate::diagnostic::Sources::default();
    let written = format!("let limit = {text}\n");
    let (file, faults) = parse(sources.add("--limit", written.clone()), &written);
    let value = file.items.into_iter().next().map(|item| item.body);
    match value {
        Some(Body::Value { value, .. }) if faults.is_empty() => match value.kind {
            ExprKind::Quantity { value, unit, .. }
                if matches!(unit.text.as_str(), "step" | "steps") && value >= 1.0 && value.fract() == 0.0 =>
            {
                Ok(value as u64)
            }
            _ => Err(cure()),
        },
        _ => Err(cure()),
    }
}

/// The plan that is to be run, with the arguments that it stands for.
fn planned(arguments: &Arguments) -> Result<(Arguments, Option<Planned>), String> {
    let mut arguments = arguments.clone();
    if !is_plan(&arguments.file) {
        return Ok((arguments, None));
    }
    if arguments.choice.made() {
        return Err("a plan says which cells to run: leave --arm, --seeds, --limit and --set out".into());
    }
    let planned = Planned::read(&arguments.file)?;
    arguments.file = planned.program().to_path_buf();
    arguments.choice.set = planned.set().to_vec();
    Ok((arguments, Some(planned)))
}

pub fn run(arguments: &Arguments) -> Exit {
    let (arguments, planned) = match planned(arguments) {
        Ok((arguments, planned)) => (arguments, planned),
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    let arguments = &arguments;
    let selection = planned.as_ref().map_or_else(|| arguments.choice.selection(), |planned| Ok(planned.selection()));
    let selection = match selection {
        Ok(selection) => selection,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    if let Some(reason) = arguments.device.misfit() {
        warn(reason);
        return Exit::Usage;
    }
    let spending = arguments.spending.clone().with_jobs(arguments.jobs);
    let asked = (&spending, &selection);
    let Some(mut program) = runnable(&arguments.file, &arguments.choice.set, asked) else { return Exit::Failed };
    let chosen = match arguments.device.open() {
        Ok(chosen) => chosen,
        Err(reason) => return fail(&reason),
    };
    if let Some(said) = &chosen.said {
        warn(said);
    }
    compute_with(&mut program.experiments, chosen.arithmetic);
    let stop = Arc::new(AtomicBool::new(false));
    listen(&stop);
    if arguments.expect && program.experiments.iter().all(|experiment| experiment.claims.is_empty()) {
        warn("--expect has nothing to look at: the program has no `expect` line\n");
        return Exit::Usage;
    }
    let several = program.experiments.len() > 1;
    let plans = match plans(program.experiments, &selection) {
        Ok(plans) => plans,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    if let Some(reason) = planned.and_then(|planned| planned.holds(&plans).err()) {
        return fail(&reason);
    }
    let plans = match here(plans, arguments.allow_missing) {
        Ok(plans) => plans,
        Err(reason) => return fail(&reason),
    };
    if let Err(reason) = chosen.computes(&plans) {
        return fail(&reason);
    }
    let mut whole = Exit::Done;
    for plan in plans {
        let jobs = chosen.jobs(arguments.jobs, plan.cells.len());
        // Models on cards take none of what is told here.
        if !chosen.cards {
            Estimate::of(&plan, Some(jobs), false).warn_of_memory(&plan);
        }
        let root = folder((&arguments.file, arguments.out.as_deref()), &plan, several);
        match run_plan((arguments, &chosen), &plan, &root, &stop) {
            Exit::Done => {}
            // Other experiments are run whatever this one shows.
            Exit::Unmet => whole = Exit::Unmet,
            exit => return exit,
        }
    }
    whole
}

/// The plans without models that are not on this machine, where it is allowed to leave these out.
fn here(plans: Vec<Plan>, allowed: bool) -> Result<Vec<Plan>, String> {
    /// Folders that are named one by one.
    const NAMED: usize = 5;
    for plan in &plans {
        let absent = plan.absent();
        let all = plan.cells.iter().all(|cell| cell.absent().is_some());
        if absent.is_empty() || allowed && !all {
            continue;
        }
        let named: Vec<String> = absent.iter().take(NAMED).map(|folder| format!("  {}\n", folder.display())).collect();
        let more = absent.len().saturating_sub(NAMED);
        let more = if more > 0 { format!("  and {more} more\n") } else { String::new() };
        let cure = match (all, plan.experiment.along.is_some()) {
            (false, true) => "put the folders there, or measure those that are here with --allow-missing",
            (false, false) => "put the folders there, or leave them out with --allow-missing",
            (true, _) => "put the folders there, or mend the path in `pretrained`",
        };
        let which =
            if all { "none of the models is here".into() } else { format!("{} models are not here", absent.len()) };
        let name = &plan.experiment.name;
        return Err(format!("{name}: {which}:\n{}{more}{cure}; nothing was run", named.concat()));
    }
    Ok(plans.into_iter().map(Plan::without_absent).collect())
}

/// The first Ctrl-C asks every cell to stop after its step; the second ends the process at once.
fn listen(stop: &Arc<AtomicBool>) {
    let stop = Arc::clone(stop);
    let heard = AtomicBool::new(false);
    let listening = ctrlc::set_handler(move || {
        if heard.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Stopped as i32);
        }
        stop.store(true, Ordering::Relaxed);
        warn("\nstopping: every running cell finishes its step and keeps a checkpoint (again to end at once)\n");
    });
    if listening.is_err() {
        warn("signals cannot be heard; a run that is killed goes on from its last checkpoint\n");
    }
}

/// The folder of a plan's reports: of its program, or the one that was asked for; one of several has its own within.
pub fn folder((file, out): (&Path, Option<&Path>), plan: &Plan, several: bool) -> PathBuf {
    let stem = file.file_stem().map_or_else(|| "study".into(), |stem| stem.to_string_lossy().to_string());
    let usual = || {
        // A trial is kept apart, so that it cannot be taken for the study.
        let name = if plan.limit.is_some() { format!("{stem}-trial") } else { stem };
        Path::new("runs").join(name)
    };
    let base = out.map_or_else(usual, Path::to_path_buf);
    if several { base.join(&plan.experiment.name) } else { base }
}

fn run_plan((arguments, chosen): (&Arguments, &Chosen), plan: &Plan, root: &Path, stop: &Arc<AtomicBool>) -> Exit {
    let started = Instant::now();
    let store = arguments.place.store(arguments.out.as_deref());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = chosen.jobs(arguments.jobs, plan.cells.len());
    let mut found = match curves::finished(plan, &store) {
        Ok(curves) => curves,
        Err(error) => return fail(&error.to_string()),
    };
    let missing: Vec<usize> = (0..found.len()).filter(|&place| found[place].is_none()).collect();
    if !missing.is_empty() {
        if let Err(error) = store.open() {
            return fail(&error.to_string());
        }
        let todo: Vec<_> = missing.iter().map(|&place| plan.cells[place].clone()).collect();
        let library = match Library::load(plan, &missing, cores, stop) {
            Ok(library) => library,
            Err(reason) => return fail(&reason),
        };
        if stop.load(Ordering::Relaxed) {
            return stopped(plan, &store, &[]);
        }
        let shown = plan.experiment.plateau.as_ref().map_or(0, |rule| rule.measure);
        let progress = Progress::new(&todo, shown, Terminal::err().live);
        let checkpoint_every = Duration::from_secs(arguments.checkpoint_every);
        let manner = Manner { jobs, checkpoint_every, compute: chosen.compute.clone(), keep: plan.experiment.keep };
        let leases = Leases::default();
        let study = Study {
            cells: &todo,
            store: &store,
            leases: &leases,
            embeddings: &|source| library.of(source),
            names: &|cell| names(arguments, plan, &todo[cell]),
        };
        let outcomes = run_cells(&study, manner, stop, &progress);
        progress.finish();
        let mut failures: Vec<(String, Vec<String>)> = Vec::new();
        for (cell, outcome) in todo.iter().zip(&outcomes) {
            if let Outcome::Failed(reason) = outcome {
                let (reason, cell) = (reason.to_string(), format!("{} seed {}", cell.name, cell.seed));
                match failures.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, cells)) => cells.push(cell),
                    None => failures.push((reason, vec![cell])),
                }
            }
        }
        for (reason, cells) in &failures {
            let (first, more) = (&cells[0], cells.len() - 1);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            warn(&format!("{first}{more}: {reason}\n"));
        }
        if !failures.is_empty() {
            warn("what was finished is kept; run the same command again to go on\n");
            return Exit::Failed;
        }
        if stop.load(Ordering::Relaxed) {
            return stopped(plan, &store, &outcomes);
        }
        found = match curves::finished(plan, &store) {
            Ok(curves) => curves,
            Err(error) => return fail(&error.to_string()),
        };
    }
    let text = match std::fs::read_to_string(&arguments.file) {
        Ok(text) => text,
        Err(error) => return fail(&format!("{} cannot be read: {error}", arguments.file.display())),
    };
    let folder = match RunFolder::open(root) {
        Ok(folder) => folder,
        Err(error) => return fail(&error.to_string()),
    };
    // What is not there though it was trained was taken away meanwhile, and is told of as unfinished.
    let cells = if found.iter().all(Option::is_some) {
        found.into_iter().flatten().collect()
    } else {
        match curves::all(plan, &store) {
            Ok(cells) => cells,
            Err(error) => return fail(&error.to_string()),
        }
    };
    let shown = report::Shown { form: arguments.format, expect: arguments.expect };
    let exit = report::show(plan, &cells, &folder, (&text, &arguments.choice.set), shown);
    let took = if missing.is_empty() {
        format!("all {} cells were finished before", count(plan.cells.len() as u64))
    } else {
        format!(
            "{} of {} cells {} in {}",
            missing.len(),
            plan.cells.len(),
            if plan.cells.iter().all(|cell| cell.training.steps() == 0) { "measured" } else { "trained" },
            duration(started.elapsed().as_secs_f64())
        )
    };
    match Work::of(plan, &store) {
        Ok(work) => {
            let text = serde_json::to_string_pretty(&work).unwrap_or_default();
            if let Err(error) = folder.write("work.json", text.as_bytes()) {
                return fail(&error.to_string());
            }
            arguments.format.say(&work.said());
        }
        Err(error) => return fail(&error.to_string()),
    }
    arguments.format.say(&format!("{took}; run folder: {}\n", root.display()));
    exit
}

/// What a cell is called where results are listed.
fn names(arguments: &Arguments, plan: &Plan, cell: &Cell) -> Names {
    let model = &cell.training.model;
    let settings = [
        ("layers", model.layers().to_string()),
        ("width", model.width.to_string()),
        ("batch", cell.training.batch.to_string()),
        ("steps", cell.training.steps().to_string()),
    ];
    Names {
        file: arguments.file.display().to_string(),
        experiment: plan.experiment.name.clone(),
        arm: cell.name.clone(),
        seed: cell.seed,
        point: plan.point(cell).iter().cloned().collect(),
        settings: settings.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
    }
}

fn fail(reason: &str) -> Exit {
    warn(&format!("{reason}\n"));
    Exit::Failed
}

fn stopped(plan: &Plan, store: &Store, outcomes: &[Outcome]) -> Exit {
    let finished = curves::finished(plan, store).map_or(0, |curves| curves.iter().flatten().count());
    let partial = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Stopped { .. })).count();
    warn(&format!(
        "stopped; kept {finished} finished cells of {} and checkpoints of {partial} more in {}; the same command goes on from there\n",
        plan.cells.len(),
        store.root().display()
    ));
    Exit::Stopped
}

/// The embeddings of every data source of a plan, with the rows that its missing cells use.
struct Library {
    sources: Vec<(ShapesSpec, Arc<Embeddings>)>,
}

impl Library {
    fn load(plan: &Plan, missing: &[usize], threads: usize, stop: &AtomicBool) -> Result<Self, String> {
        let mut wanted: Vec<(ShapesSpec, Vec<u32>)> = Vec::new();
        for &place in missing {
            let cell = &plan.cells[place];
            let used = rows_used(&cell.training, &cell.observation, cell.seed).map_err(|error| error.to_string())?;
            for (source, rows) in used {
                match wanted.iter_mut().find(|(spec, _)| *spec == source) {
                    Some((_, known)) => known.extend(rows),
                    None => wanted.push((source, rows)),
                }
            }
            for (_, rows) in &mut wanted {
                rows.sort_unstable();
                rows.dedup();
            }
        }
        let cache = default_cache_dir(|name| std::env::var(name).ok());
        let mut sources = Vec::new();
        for (spec, rows) in wanted {
            sources.push((spec.clone(), Arc::new(embed(&spec, &rows, cache.as_deref(), threads, stop)?)));
        }
        Ok(Self { sources })
    }

    fn of(&self, source: &ShapesSpec) -> Arc<Embeddings> {
        let found = self.sources.iter().find(|(spec, _)| spec == source);
        // Every source of the plan was asked for when the library was loaded.
        found.map_or_else(|| unreachable!("a source outside the plan"), |(_, embeddings)| Arc::clone(embeddings))
    }
}

/// Rows that are embedded between two looks at whether a stop was asked for: some seconds of work.
const FETCHED: usize = 1 << 15;

/// The embeddings of some rows, made where they are not kept yet.
pub(super) fn embed(
    spec: &ShapesSpec,
    rows: &[u32],
    cache: Option<&Path>,
    threads: usize,
    stop: &AtomicBool,
) -> Result<Embeddings, String> {
    let mut embeddings = Embeddings::open(spec, cache).map_err(|error| error.to_string())?;
    let target =
        if Terminal::err().live { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(rows.len() as u64), target);
    if let Ok(style) = ProgressStyle::with_template("images and embeddings {bar:20} {pos}/{len}  {per_sec}  {eta} left")
    {
        bar.set_style(style.progress_chars("━╸─"));
    }
    for (place, part) in rows.chunks(FETCHED).enumerate() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let before = place * FETCHED;
        let fetched = embeddings.fetch(part, threads, &mut |done, _| bar.set_position((before + done) as u64));
        fetched.map_err(|error| error.to_string())?;
        bar.set_position((before + part.len()) as u64);
    }
    bar.finish_and_clear();
    for warning in embeddings.warnings() {
        warn(&format!("warning: {warning}\n"));
    }
    Ok(embeddings)
}
