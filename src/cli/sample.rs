//! `icl sample`: sequences of a task, before anything is trained on it.

use super::check::{further, knob, tell};
use super::files::{Piped, unreadable};
use super::formats::{Counts, Format, Report};
use super::terminal::{Terminal, print, warn};
use super::{Exit, check};
use crate::check::{Asked, Offer, Override, asked};
use crate::data::pictures::Pictures;
use crate::data::{ShapesSpec, atomic, default_cache_dir, shapes};
use crate::diagnostic::Severity;
use crate::engine::levels;
use crate::engine::references::weighs_side_by_side;
use crate::engine::sampler::{Rows, Sampler, Split};
use crate::engine::texts::Text;
use crate::program::experiment::Program;
use crate::program::task::{NodeId, Op, Reference, Task};
use crate::report::sequences::{Level, References, Sequences, json, said, text};
use crate::report::strips::{self, Picture, Strip};
use crate::report::{Column, Style, Table, table};
use crate::world::{Disk, World};
use std::path::{Path, PathBuf};

/// What exit codes of `icl sample` mean.
const CODES: &str = "Exit codes: 0 done; 1 the program has errors, or the task cannot be sampled; 2 the command line is \
    wrong, TASK among it.\n\nThe same seed and numbers give the sequences that `icl run` trains on. docs/sampling.md \
    tells more.";

/// Arguments of `icl sample`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// The program; `-` is standard input.
    file: PathBuf,
    /// A task of it, by name or as a call: `hard`, 'regression.linear(dim: 5)'; without it the tasks are listed, or the
    /// only one is sampled.
    task: Option<String>,
    /// How many sequences.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    count: u64,
    /// The number of the first sequence.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=1 << 53))]
    from: u64,
    /// The seed of the run.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Held-out sequences, of held-out rows, in place of training ones.
    #[arg(long)]
    held_out: bool,
    /// Held-out sequences that references are averaged over: 200, or fewer where that would take long; 0 for none.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=100_000))]
    on: Option<u64>,
    /// Set a param of the program: `--set maps=100`.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = knob)]
    set: Vec<Override>,
    /// Draw the images to this PNG file, a sequence a row, with their targets beneath.
    #[arg(long, value_name = "FILE.png")]
    sheet: Option<PathBuf>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Printed::Text)]
    format: Printed,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Printed {
    Text,
    Json,
}

pub fn run(arguments: &Arguments) -> Exit {
    let piped = arguments.file == Path::new("-");
    let world: Box<dyn World> = if piped { Box::new(Piped(check::standard_input())) } else { Box::new(Disk) };
    let path = if piped { Path::new(super::files::PIPED) } else { arguments.file.as_path() };
    if let Err(reason) = world.read(path) {
        return faulty(unreadable(path, &reason), Exit::Failed);
    }
    let mut answer = asked(&*world, path, &arguments.set, arguments.task.as_deref());
    if answer.misasked {
        return faulty(Report::of(answer.checked), Exit::Usage);
    }
    if answer.checked.findings.iter().any(|finding| finding.severity == Severity::Error) {
        return faulty(Report::of(answer.checked), Exit::Failed);
    }
    let mut title = arguments.task.clone();
    if title.is_none() {
        let whole = |offer: &&Offer| offer.own && offer.needs.is_empty();
        match answer.offered.iter().filter(whole).collect::<Vec<_>>().as_slice() {
            [only] => {
                let name = only.name.clone();
                answer = asked(&*world, path, &arguments.set, Some(&name));
                title = Some(name);
            }
            _ => return list(arguments, &answer),
        }
    }
    let (Some(task), Some(title)) = (&answer.task, title) else {
        warn("nothing was sampled: this expression makes no task\n");
        return Exit::Failed;
    };
    // A name is told with what it stands for; a call says it already.
    let same = title.rsplit('.').next() == Some(task.title.as_str());
    let title = if same || title.contains('(') { title } else { format!("{title} = {}", task.title) };
    let cut = as_read(answer.checked.program.as_ref(), task);
    match drawn(arguments, cut.unwrap_or(task), title) {
        Ok(exit) => exit,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            Exit::Failed
        }
    }
}

/// Prints errors as `icl check` does, to standard error, since standard output is for sequences.
fn faulty(report: Report, exit: Exit) -> Exit {
    let reports = [report];
    let counts = Counts::of(&reports);
    tell(&reports, &counts, Format::Full, warn);
    match exit {
        // The words of the command line are no file to be mended.
        Exit::Usage => warn("nothing was sampled\n"),
        _ => warn(&format!("{}; nothing was sampled\n{}", counts.line(&reports).trim_end(), further(&counts))),
    }
    exit
}

/// The tasks that there are.
fn list(arguments: &Arguments, answer: &Asked) -> Exit {
    let file = arguments.file.display();
    if arguments.format == Printed::Json {
        let offers = answer.offered.iter().map(|offer| serde_json::json!({ "name": offer.name, "needs": offer.needs }));
        print(&format!("{}\n", serde_json::to_string_pretty(&offers.collect::<Vec<_>>()).unwrap_or_default()));
        return Exit::Done;
    }
    if answer.offered.is_empty() {
        warn(&format!("{file} states no task, and uses no module that does\n"));
        return Exit::Failed;
    }
    let row = |offer: &Offer| {
        let what = match offer.needs.as_slice() {
            [] if offer.name.rsplit('.').next() == Some(offer.title.as_str()) => String::new(),
            [] => offer.title.clone(),
            needs => format!("needs {}", needs.join(", ")),
        };
        vec![offer.name.clone(), what]
    };
    let shown = match answer.offered.iter().find(|offer| offer.needs.is_empty()) {
        Some(offer) => offer.name.clone(),
        None => {
            let offer = &answer.offered[0];
            let needs: Vec<String> = offer.needs.iter().map(|name| format!("{name}: ...")).collect();
            format!("'{}({})'", offer.name, needs.join(", "))
        }
    };
    let tasks = Table {
        title: format!("tasks of {file}"),
        columns: vec![Column::left("task"), Column::left("is")],
        rows: answer.offered.iter().map(row).collect(),
        notes: vec![format!("`icl sample {file} {shown}` prints sequences of one.")],
    };
    let terminal = Terminal::out();
    print(&table::render(&tasks, style(terminal), Some(terminal.width)));
    Exit::Done
}

fn style(terminal: Terminal) -> Style {
    if terminal.live { Style::Unicode } else { Style::Ascii }
}

/// Draws the sequences and prints them.
fn drawn(arguments: &Arguments, task: &Task, title: String) -> Result<Exit, String> {
    let images = images(task);
    if arguments.sheet.is_some() && images.is_none() {
        warn(&format!("--sheet draws images, and {title} reads none\n"));
        return Ok(Exit::Usage);
    }
    let split = if arguments.held_out { Split::Test } else { Split::Train };
    let numbers: Vec<u64> = (0..arguments.count).map(|at| arguments.from + at).collect();
    let cache = default_cache_dir(|name| std::env::var(name).ok());
    let rows = Rows::embedded(task, |_| None, cache.as_deref());
    let sampler = Sampler::new(task, &rows, arguments.seed).map_err(|fault| fault.said(task))?;
    let mut sample = sampler.sample(split, &numbers).map_err(|fault| fault.said(task))?;
    sample.text = Text::of(task, &sample).map_err(|fault| fault.to_string())?;
    let references = references(&sampler, arguments.on)?;
    let sequences =
        Sequences { title, sampler: &sampler, sample: &sample, split, seed: arguments.seed, numbers, references };
    if let (Some(path), Some(images)) = (&arguments.sheet, images) {
        sheet(path, images, &sequences)?;
    }
    if arguments.format == Printed::Json {
        print(&format!("{}\n", serde_json::to_string_pretty(&json(&sequences)).unwrap_or_default()));
        return Ok(Exit::Done);
    }
    let terminal = Terminal::out();
    print(&text(&sequences, style(terminal), terminal.width));
    if let Some(path) = &arguments.sheet {
        print(&format!("\nsheet: {}\n", path.display()));
    }
    Ok(Exit::Done)
}

/// The task as the first experiment reads it that cuts its words into tokens.
fn as_read<'a>(program: Option<&'a Program>, task: &Task) -> Option<&'a Task> {
    let tasks = program?.experiments.iter().flat_map(|experiment| &experiment.arms).flat_map(|arm| &arm.training.tasks);
    let same = |known: &&Task| {
        known.rendering.is_some()
            && (&known.nodes, &known.sources, &known.form) == (&task.nodes, &task.sources, &task.form)
            && (known.length, known.score, known.fresh) == (task.length, task.score, task.fresh)
    };
    tasks.into_iter().find(same)
}

/// Sequences that references are averaged over where none are asked for.
const ON: u64 = 200;
/// Values looked at for references before fewer sequences will do, a second or two of work.
const WORK: u64 = 500_000_000;
/// How many times as many elements of a pool are looked at in the time where they are weighed side by side.
const SIDE_BY_SIDE: u64 = 32;
/// So few sequences tell nothing.
const LEAST: u64 = 8;

/// What the references of a task score on held-out sequences; one that cannot be told is a note.
fn references(sampler: &Sampler<'_>, on: Option<u64>) -> Result<References, String> {
    let task = sampler.task;
    let bound = WORK / work(task).max(1);
    let on = on.unwrap_or(if bound < LEAST { 0 } else { bound.min(ON) });
    let mut found = References { on: on as usize, ..References::default() };
    if on == 0 {
        if bound < LEAST {
            found.notes.push(format!("References would take long; `--on {LEAST}` computes them on {LEAST} sequences."));
        }
        return Ok(found);
    }
    let numbers: Vec<u64> = (0..on).collect();
    let test = sampler.sample(Split::Test, &numbers).map_err(|fault| fault.said(task))?;
    let plateaus = task.plateaus.iter().map(|reference| ("plateau", reference));
    let all = task.blind.iter().map(|reference| ("blind", reference)).chain(plateaus);
    for (role, reference) in all.chain(task.ideal.iter().map(|reference| ("ideal", reference))) {
        match levels::of(Some(reference), sampler, &test) {
            Ok(Some(scores)) => found.levels.push(Level { role, said: said(reference), scores }),
            Ok(None) => {
                let reason = task.tractable().err().unwrap_or_default();
                found.notes.push(format!("The {role} level is not told: {reason}."));
            }
            Err(error) => found.notes.push(format!("The {role} level is not told: {error}.")),
        }
    }
    Ok(found)
}

/// Values that the references look at for each sequence.
fn work(task: &Task) -> u64 {
    let all = task.blind.iter().chain(&task.plateaus).chain(&task.ideal);
    let one = |reference: &Reference| match reference {
        Reference::Posterior => task.tractable().unwrap_or(0),
        Reference::Predictor { of: Some(node), .. } => match &task.nodes[*node].op {
            Op::Draw { pool: Some(pool), .. } => {
                let all = pool.size.saturating_mul(task.nodes[*node].shape.iter().product::<usize>() as u64);
                if weighs_side_by_side(task, *node) { all / SIDE_BY_SIDE } else { all }
            }
            _ => 0,
        },
        // Coordinate descent goes over the inputs so far a few times.
        Reference::Predictor { name, .. } if name == "lasso" => 5 * (task.input_width * task.length) as u64,
        _ => 0,
    };
    all.map(one).fold(0u64, u64::saturating_add).saturating_mul(task.length as u64)
}

/// The node of the rows whose images a task shows, as they are or after some arithmetic, with their source.
fn images(task: &Task) -> Option<(NodeId, &ShapesSpec)> {
    let row = task.input_row().or_else(|| {
        let row = |id: NodeId| if let Op::Embedding { row } = task.nodes[id].op { Some(row) } else { None };
        task.behind(task.input, None).into_iter().find_map(row)
    })?;
    Some((row, task.sources.get(task.source_of(row)?)?.shapes()?))
}

/// Draws the images of sequences, one a row, with the targets beneath.
fn sheet(path: &Path, (row, source): (NodeId, &ShapesSpec), drawn: &Sequences<'_>) -> Result<(), String> {
    let (task, sample) = (drawn.sampler.task, drawn.sample);
    let shown = |place: usize| (0..task.length).map(move |position| sample.of(row).label(place, position));
    let rows: Vec<u32> = (0..sample.sequences).flat_map(shown).collect();
    let (pictures, places) = Pictures::of(source, &rows).map_err(|error| error.to_string())?;
    let strip = |place: usize| {
        let picture = |position: usize| {
            let mut rgb = vec![0; shapes::IMAGE_BYTES];
            pictures.copy(places[place * task.length + position], &mut rgb);
            Picture { rgb, word: sample.of(task.target).at(place, position)[0].to_string() }
        };
        let latents = task.latents();
        let said = task.names.iter().filter(|(_, id)| latents.contains(id)).map(|(name, id)| {
            match (drawn.element(*id, place), task.nodes[*id].shape.is_empty()) {
                (Some((element, size)), _) => format!(", {name} {element} of {size}"),
                (None, true) => format!(", {name} {}", sample.of(*id).at(place, 0)[0]),
                (None, false) => String::new(),
            }
        });
        let title = format!("sequence {}{}", drawn.numbers[place], said.collect::<String>());
        Strip { title, pictures: (0..task.length).map(picture).collect() }
    };
    let strips: Vec<Strip> = (0..sample.sequences).map(strip).collect();
    let png = strips::to_png(&strips, shapes::SIDE);
    let bytes = png.ok_or("so many images do not fit on one sheet; ask for fewer sequences")?;
    atomic::write(path, &bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
