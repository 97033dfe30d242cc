//! Cards, from the command line: what is said where there is none, and that the stacked engine, its kernels compiled for
//! the processor, computes a study as the others do: together or one by one, killed or not, on cards that are lost.

#[path = "stacked/beside.rs"]
mod beside;

use icl::cluster::{Compute, Manner, Outcome, Study, Watcher, Work, run_cells};
use icl::data::{Embeddings, ShapesSpec};
use icl::engine::card::Card;
use icl::engine::card::host::Host;
use icl::engine::corpus::Corpus;
use icl::engine::network::Engine;
use icl::engine::stacked::Deck;
use icl::engine::state::to_bytes;
use icl::engine::train::{Stepped, Trainer};
use icl::plan::{Cell, Selection, plans};
use icl::program::training::{Arithmetic, Optimizer, Products, Rate, Training};
use icl::store::{Evaluated, Leases, Names, Store};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Regression in context with a dropout, a curriculum and a stage of its own task.
const STUDY: &str = "use std.regression
use std.curricula
let task = regression.linear(dim: 3, points: 6)
metric error = squared_error(task) at last
model small {
  width: 16
  dropout: 0.1
  blocks: [attention(heads: 2), mlp(ratio: 2)]
}
#allow(W0202, \"arms that end apart\")
experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 3e-3)
  seeds: 3
  arm short { curriculum: curricula.only(task, 24 steps) }
  arm long { curriculum: curricula.only(task, 40 steps), optimizer: adam(lr: 1e-2) }
  measure { every: 8 steps, on: 16 sequences, error }
  report { plot: error by arm }
}
";

/// What a process ended with and printed.
struct Said {
    code: i32,
    out: String,
    err: String,
}

fn icl(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    // Where a test machine has a card, it is hidden.
    command.args(arguments).current_dir(folder).env("CUDA_VISIBLE_DEVICES", "").env_remove("COLUMNS");
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("study.icl"), STUDY).unwrap();
    folder
}

/// The cells of the study, as they are computed by the kernels on the processor.
fn cells(folder: &Path) -> Vec<Cell> {
    cells_of(&fs::read_to_string(folder.join("study.icl")).unwrap())
}

/// The same of a program.
fn cells_of(program: &str) -> Vec<Cell> {
    let world = icl::world::Memory([("study.icl".into(), program.to_string())].into());
    let checked = icl::check::check(&world, Path::new("study.icl"), &[]);
    let mut experiments = checked.program.expect("the study has no fault").experiments;
    let arms = experiments.iter_mut().flat_map(|experiment| &mut experiment.arms);
    arms.for_each(|arm| arm.training.numerics.arithmetic = Arithmetic::Emulated);
    plans(experiments, &Selection::default()).unwrap().into_iter().flat_map(|plan| plan.cells).collect()
}

/// Counts lost cards.
#[derive(Default)]
struct Watched {
    lost: AtomicUsize,
}

impl Watcher for Watched {
    fn planned(&self, _: usize, _: Work) {}
    fn began(&self, _: usize, _: u64) {}
    fn stepped(&self, _: usize, _: u64, _: f64) {}
    fn measured(&self, _: usize, _: &Evaluated) {}
    fn left(&self, _: usize) {}
    fn ended(&self, _: usize, _: &Outcome) {}
    fn waits(&self, _: usize, _: u32, _: &str) {}
    fn lost(&self, cards: &[String], _: &str, _: usize) {
        self.lost.fetch_add(cards.len(), Ordering::Relaxed);
    }
}

/// Every value of every segment, after a run with so many cells at once.
fn run(cells: &[Cell], deck: &Arc<Deck>, jobs: usize, root: &Path) -> (Vec<Outcome>, BTreeMap<String, String>, usize) {
    let watched = Watched::default();
    let (outcomes, curves) = run_watched(cells, deck, (jobs, Some(1)), root, &watched);
    (outcomes, curves, watched.lost.load(Ordering::Relaxed))
}

/// The same, where so many checkpoints stay, or one is kept at every evaluation.
fn run_watched(
    cells: &[Cell],
    deck: &Arc<Deck>,
    (jobs, keep): (usize, Option<usize>),
    root: &Path,
    watcher: &dyn Watcher,
) -> (Vec<Outcome>, BTreeMap<String, String>) {
    let store = Store::at(root.to_path_buf());
    store.open().unwrap();
    let leases = Leases::default();
    let none = |_: &ShapesSpec| -> Arc<Embeddings> { unreachable!("the study has no images") };
    let names = |_: usize| Names::default();
    let study = Study { cells, store: &store, leases: &leases, embeddings: &none, names: &names };
    let compute = Compute::Stacked(deck.clone());
    let manner = Manner { jobs, checkpoint_every: Duration::from_millis(50), compute, keep };
    let outcomes = run_cells(&study, manner, &AtomicBool::new(false), watcher);
    let mut curves = BTreeMap::new();
    for key in cells.iter().flat_map(|cell| &cell.segments) {
        let curve = store.segment(key.as_str()).curve().unwrap();
        curves.insert(key.to_string(), format!("{:?}", curve.points));
    }
    (outcomes, curves)
}

#[test]
fn a_study_has_the_same_curves_together_and_one_by_one() {
    let folder = study();
    let cells = cells(folder.path());
    assert_eq!(cells.len(), 6);
    let deck = Arc::new(Deck::host());
    let (outcomes, together, _) = run(&cells, &deck, cells.len(), &folder.path().join("together"));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Finished)), "{outcomes:?}");
    let stacks = deck.stacks();
    assert_eq!(stacks.len(), 1, "all cells have one model");
    let (rounds, served) = stacks[0].asked();
    assert!(served > rounds, "{served} asked in {rounds} rounds");
    let (_, alone, _) = run(&cells, &Arc::new(Deck::host()), 1, &folder.path().join("alone"));
    assert_eq!(together, alone);
    // On a card nobody comes first.
    let backwards: Arc<dyn Card> = Arc::new(Host::backwards());
    let (_, pairs, _) = run(&cells, &Arc::new(Deck::new(vec![backwards])), 2, &folder.path().join("pairs"));
    assert_eq!(together, pairs);
}

#[test]
fn the_cells_of_a_card_that_is_lost_go_on_elsewhere_to_the_same_bits() {
    let folder = study();
    let cells = cells(folder.path());
    let (_, whole, _) = run(&cells, &Arc::new(Deck::host()), 6, &folder.path().join("whole"));
    let cards: Vec<Arc<dyn Card>> = vec![Arc::new(Host::failing(2_000)), Arc::new(Host::new())];
    let (outcomes, curves, lost) = run(&cells, &Arc::new(Deck::new(cards)), 6, &folder.path().join("lost"));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Finished)), "{outcomes:?}");
    assert_eq!(lost, 1);
    assert_eq!(curves, whole);
    // Where the only card is lost, what was computed is kept, and the same study goes on from there.
    let root = folder.path().join("again");
    let cards: Vec<Arc<dyn Card>> = vec![Arc::new(Host::failing(2_000))];
    let (outcomes, ..) = run(&cells, &Arc::new(Deck::new(cards)), 6, &root);
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed(_))), "{outcomes:?}");
    let (_, again, _) = run(&cells, &Arc::new(Deck::host()), 6, &root);
    assert_eq!(again, whole);
}

/// What some calls make of a training: every loss, and the state behind the last.
fn trained(training: &Training, ask: &dyn Fn(&mut Trainer<'_>) -> Vec<Stepped>) -> (Vec<Stepped>, Vec<u8>, usize) {
    let none = |_: &ShapesSpec| -> Arc<Embeddings> { unreachable!("the study has no images") };
    let corpus = Corpus::new(training, 3, none).unwrap();
    let engine = Engine::Stacked(Arc::new(Deck::host()), Products::Whole);
    let mut trainer = Trainer::new(&corpus, engine).unwrap();
    let (mut made, mut calls) = (Vec::new(), 0);
    while trainer.steps() < training.steps() && !matches!(made.last(), Some(Stepped::Diverged)) {
        made.extend(ask(&mut trainer));
        calls += 1;
    }
    (made, to_bytes(&trainer.checkpoint().unwrap().arrays, [].into()).unwrap(), calls)
}

/// Steps that a card is asked for together are those that it makes one by one; where one diverges, nothing behind it counts.
#[test]
fn steps_together_are_steps_one_by_one() {
    let folder = study();
    let mut training = (*cells(folder.path())[5].training).clone();
    for (lr, diverges) in [(1e-2, false), (3e3, true)] {
        training.optimizer = Optimizer::Sgd { lr: Rate::Constant(lr), momentum: 0.9, weight_decay: 0.0 };
        let (apart, state, calls) = trained(&training, &|trainer| vec![trainer.step().unwrap()]);
        let (together, same, fewer) = trained(&training, &|trainer| trainer.steps_to(u64::MAX).unwrap());
        assert_eq!(apart, together);
        assert_eq!(matches!(apart.last(), Some(Stepped::Diverged)), diverges, "{apart:?}");
        assert!(state == same && fewer < calls.min(4), "{fewer} calls for {calls} steps");
    }
}

/// Interventions that follow from sizes alone are in force on what a card draws, from the step on and up to the one that they
/// name; the fast engine is changed by them as much.
#[test]
fn interventions_are_in_force_on_what_a_card_draws() {
    let intervene = "  intervene: [scale_attention(0.5, cells: previous_token, from: 5 steps, until: 20 steps), \
                     clamp(head(0, 0), to: previous_token), ablate(head(0, 1), with: zero, from: 20 steps)]\n";
    let program = STUDY.replacen("  seeds: 3\n", &format!("  seeds: 3\n{intervene}"), 1);
    let training = &*cells_of(&program)[5].training;
    let none = |_: &ShapesSpec| -> Arc<Embeddings> { unreachable!("the study has no images") };
    let corpus = Corpus::new(training, 3, none).unwrap();
    let losses = |engine: Engine| -> (Vec<f64>, usize) {
        let mut trainer = Trainer::new(&corpus, engine).unwrap();
        let (mut losses, mut calls) = (Vec::new(), 0);
        while trainer.steps() < training.steps() {
            for stepped in trainer.steps_to(u64::MAX).unwrap() {
                let Stepped::Loss(loss) = stepped else { panic!("it does not diverge") };
                losses.push(loss);
            }
            calls += 1;
        }
        (losses, calls)
    };
    let (ours, calls) = losses(Engine::Stacked(Arc::new(Deck::host()), Products::Whole));
    // Steps 0 to 4, 5 to 19, and 16 and 4 behind them.
    assert_eq!((ours.len(), calls), (40, 4));
    let (theirs, _) = losses(Engine::alone());
    for (step, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert!((ours - theirs).abs() <= 1e-4 * theirs.abs().max(1.0), "step {step}: {ours} and {theirs}");
    }
    let plain = &*cells_of(STUDY)[5].training;
    assert_ne!(plain.interventions, training.interventions);
}

/// The curves of a study on the processor's own engine and on the stacked one differ by rounding.
#[test]
fn a_study_comes_to_the_same_by_both_engines() {
    let folder = study();
    let last = |engine: &str| -> Vec<f64> {
        let arguments = ["run", "study.icl", "--engine", engine, "--out", engine, "--format", "json"];
        let said = icl(folder.path(), &arguments);
        assert_eq!(said.code, 0, "{}", said.err);
        let text = fs::read_to_string(folder.path().join(engine).join("curves.jsonl")).unwrap();
        let points = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        points
            .flat_map(|point| [point["measures"]["error"].as_f64(), point["training_loss"].as_f64()])
            .flatten()
            .collect()
    };
    let (fast, stacked) = (last("fast"), last("stacked"));
    assert!(fast.len() > 30 && fast.len() == stacked.len(), "{} and {}", fast.len(), stacked.len());
    for (ours, theirs) in stacked.iter().zip(&fast) {
        assert!((ours - theirs).abs() <= 1e-3 * theirs.abs().max(1.0), "{ours} and {theirs}");
    }
    // What was computed by the kernels is found by who reads the store.
    let said = icl(folder.path(), &["report", "study.icl", "--out", "stacked"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("not finished"), "{}", said.err);
}

#[test]
fn without_a_card_it_says_what_is_missing() {
    let folder = study();
    let run = |device: &str| icl(folder.path(), &["run", "study.icl", "--device", device, "--limit", "4 steps"]);
    for device in ["cuda", "cuda:1"] {
        let said = run(device);
        assert_eq!(said.code, 1);
        assert!(said.err.contains("CUDA") && said.err.contains("help: compute on the processor"), "{}", said.err);
        assert!(!folder.path().join("runs").exists(), "nothing was begun");
    }
    let said = run("auto");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("computing on the processor"), "{}", said.err);
    let said = run("tpu");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("cpu, cuda, cuda:0 or auto"), "{}", said.err);
    // No card has the processor's engines.
    for (command, engine, device) in [("run", "plain", "cuda"), ("run", "fast", "cuda:1"), ("plan", "plain", "cuda")] {
        let said = icl(folder.path(), &[command, "study.icl", "--engine", engine, "--device", device]);
        assert_eq!(said.code, 2);
        assert!(said.err.contains("leave --engine or --device out"), "{}", said.err);
    }
}

/// What cells take on a card is told by the plan, whether or not one is there.
#[test]
fn a_plan_tells_the_groups() {
    let folder = study();
    let said = icl(folder.path(), &["plan", "study.icl", "--device", "auto", "--no-calibrate", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let plan: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let groups = plan[0]["card"]["groups"].as_array().unwrap();
    assert_eq!((groups.len(), groups[0]["cells"].as_u64()), (1, Some(6)));
    // Parameters of the model: read-in 4 x 16 and bias, positions, attention, MLP, norms, read-out; with both moments.
    let parameters = plan[0]["cells"][0]["parameters"].as_u64().unwrap();
    assert_eq!(groups[0]["seat"].as_u64(), Some(12 * parameters));
}

/// The kernels that are built in were made of the sources beside them: `tools/ptx.py` writes their hash (Fowler, Noll and
/// Vo, 64 bits) into the first line.
#[test]
fn the_kernels_are_of_these_sources() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine/card/kernels");
    let mut sources: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    sources.retain(|path| path.extension().is_some_and(|kind| kind == "cu" || kind == "h"));
    sources.sort();
    let mut text = Vec::new();
    for path in sources {
        let own = fs::read(&path).unwrap();
        text.extend(format!("{} {}\n", path.file_name().unwrap().to_str().unwrap(), own.len()).bytes());
        text.extend(own);
    }
    let hash = text
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let kernels = fs::read_to_string(folder.join("kernels.ptx")).unwrap();
    let wanted = format!("// sources {hash:016x}");
    assert_eq!(kernels.lines().next(), Some(wanted.as_str()), "the kernels were changed: `just ptx` makes them again");
}
