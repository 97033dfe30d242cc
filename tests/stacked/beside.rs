//! Evaluations beside steps: the same values to the bit, in files of the same order; what hangs on a value waits for it.

use super::{Watched, cells_of, run_watched};
use icl::cluster::{Outcome, Watcher, Work};
use icl::data::{Embeddings, ShapesSpec};
use icl::engine::card::host::Host;
use icl::engine::card::{Card, Memory, Recorded, Room};
use icl::engine::corpus::Corpus;
use icl::engine::error::{Error, Result};
use icl::engine::measure::Evaluator;
use icl::engine::network::{Engine, Network};
use icl::engine::stacked::Deck;
use icl::engine::state::to_bytes;
use icl::engine::train::Trainer;
use icl::plan::Cell;
use icl::program::training::Products;
use icl::store::{Evaluated, Store};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Two stages, the second of which two arms have in common; scores, a probe, weights and the inside are looked at.
fn study(curriculum: &str, plateau: &str) -> String {
    format!(
        "use std.regression
use std.curricula
task easy = regression.linear(dim: 2, points: 6)
task hard = regression.linear(dim: 2, points: 6, noise: 0.5)
metric error = squared_error(hard) at last
metric gain = icl_score(hard, late: 5, early: 1)
metric distance = weight_distance
metric back = attention_entropy(layer: 0, head: 1)
probe told {{ of: hard, read: residual(after: all) at input, context: full, predict: w, fit: ridge(1e-2) }}
model small {{
  width: 16
  blocks: [attention(heads: 2), mlp(ratio: 2)]
}}
curriculum guarded(on: task) {{
  stage first {{ train: on, until: squared_error(on) < 100 for 2 evaluations, at_most: 30 steps }}
  stage rest {{ train: on, for: 40 steps - elapsed }}
}}
experiment study {{
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 3e-3)
  seeds: 2
  arm short {{ curriculum: {curriculum} }}
  arm long {{ curriculum: {curriculum}, optimizer: adam(lr: 1e-2) }}
  measure {{ every: 4 steps, on: 16 sequences, error, gain, distance, back, told }}
  {plateau}
  report {{ plot: error by arm }}
}}
"
    )
}

fn plain() -> Vec<Cell> {
    cells_of(&study("curricula.warm_up(easy, hard, switch: 20 steps, total: 40 steps)", ""))
}

/// What the streams of a card share.
#[derive(Debug, Default)]
struct Streams {
    /// How long a launch on a stream of copies takes.
    slow: Duration,
    /// After how many launches for copies the card is lost; 0 is never.
    until: usize,
    launched: AtomicUsize,
    lost: AtomicBool,
}

/// The processor as a card of many streams, on which launches for copies are slow or fail.
#[derive(Debug)]
struct Streamed {
    host: Arc<dyn Card>,
    /// The card's own is 0, those of stacks are 1, those of their copies are 2.
    depth: usize,
    streams: Arc<Streams>,
}

impl Streamed {
    fn card(streams: &Arc<Streams>) -> Arc<dyn Card> {
        Self::of(Host::new(), streams)
    }

    fn of(host: Host, streams: &Arc<Streams>) -> Arc<dyn Card> {
        Arc::new(Self { host: Arc::new(host), depth: 0, streams: streams.clone() })
    }

    fn answers(&self) -> Result<()> {
        let lost = self.streams.lost.load(Ordering::Relaxed);
        if lost { Err(Error::Card("the card answers no more".into())) } else { Ok(()) }
    }
}

impl Card for Streamed {
    fn name(&self) -> String {
        "streams".into()
    }

    fn beside(&self) -> Result<Arc<dyn Card>> {
        self.answers()?;
        let host = self.host.beside()?;
        Ok(Arc::new(Self { host, depth: self.depth + 1, streams: self.streams.clone() }))
    }

    fn room(&self) -> Result<Room> {
        self.answers()?;
        self.host.room()
    }

    fn allot(&self, words: usize) -> Result<Memory> {
        self.answers()?;
        self.host.allot(words)
    }

    fn write(&self, memory: &Memory, at: usize, words: &[u32]) -> Result<()> {
        self.answers()?;
        self.host.write(memory, at, words)
    }

    fn read(&self, memory: &Memory, at: usize, words: &mut [u32]) -> Result<()> {
        self.answers()?;
        self.host.read(memory, at, words)
    }

    fn copy(&self, from: (&Memory, usize), to: (&Memory, usize), words: usize) -> Result<()> {
        self.answers()?;
        self.host.copy(from, to, words)
    }

    fn launch(&self, recorded: &Recorded, models: usize) -> Result<()> {
        self.answers()?;
        if self.depth == 2 {
            std::thread::sleep(self.streams.slow);
            let launched = self.streams.launched.fetch_add(1, Ordering::Relaxed) + 1;
            if launched == self.streams.until {
                self.streams.lost.store(true, Ordering::Relaxed);
            }
        }
        self.answers()?;
        self.host.launch(recorded, models)
    }

    fn finish(&self) -> Result<()> {
        self.answers()?;
        self.host.finish()
    }
}

/// How many evaluations were made beside steps, by what is heard of them: the losses of steps behind one were told before it.
#[derive(Default)]
struct Heard {
    watched: Watched,
    /// Of each unit, the sum of losses told so far, and the last evaluation's.
    sums: Mutex<BTreeMap<usize, (f64, f64)>>,
    beside: AtomicUsize,
}

impl Watcher for Heard {
    fn planned(&self, _: usize, _: Work) {}
    fn began(&self, unit: usize, _: u64) {
        self.sums.lock().unwrap().insert(unit, (0.0, 0.0));
    }
    fn stepped(&self, unit: usize, _: u64, loss: f64) {
        self.sums.lock().unwrap().entry(unit).or_default().0 += loss;
    }
    fn measured(&self, unit: usize, point: &Evaluated) {
        let mut sums = self.sums.lock().unwrap();
        let (told, last) = sums.entry(unit).or_default();
        assert!(point.loss_sum >= *last, "evaluations are told in the order of their steps");
        *last = point.loss_sum;
        self.beside.fetch_add(usize::from(*told > point.loss_sum), Ordering::Relaxed);
        for value in point.values.values() {
            assert!(value.value.is_some_and(f64::is_finite), "{value:?}");
        }
    }
    fn left(&self, _: usize) {}
    fn ended(&self, _: usize, _: &Outcome) {}
    fn waits(&self, _: usize, _: u32, _: &str) {}
    fn lost(&self, cards: &[String], reason: &str, left: usize) {
        self.watched.lost(cards, reason, left);
    }
}

/// The outcomes, every value of every segment, and what was heard.
fn run(
    cells: &[Cell],
    cards: Vec<Arc<dyn Card>>,
    keep: Option<usize>,
    root: &Path,
) -> (Vec<Outcome>, BTreeMap<String, String>, Heard) {
    let heard = Heard::default();
    let (outcomes, curves) = run_watched(cells, &Arc::new(Deck::new(cards)), (cells.len(), keep), root, &heard);
    (outcomes, curves, heard)
}

fn finished(outcomes: &[Outcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, Outcome::Finished))
}

/// Where every evaluation keeps a checkpoint it is waited for; else it is made of a copy, to the same bits.
#[test]
fn values_are_the_same_beside_steps_and_between_them() {
    let folder = tempfile::tempdir().unwrap();
    let cells = plain();
    let slow = Arc::new(Streams { slow: Duration::from_millis(5), ..Streams::default() });
    let (outcomes, beside, heard) = run(&cells, vec![Streamed::card(&slow)], Some(1), &folder.path().join("beside"));
    assert!(finished(&outcomes), "{outcomes:?}");
    assert!(heard.beside.load(Ordering::Relaxed) > 4, "steps went on");
    let none = Arc::new(Streams::default());
    let (outcomes, between, heard) = run(&cells, vec![Streamed::card(&none)], None, &folder.path().join("between"));
    assert!(finished(&outcomes), "{outcomes:?}");
    assert_eq!(heard.beside.load(Ordering::Relaxed), 0);
    assert_eq!(none.launched.load(Ordering::Relaxed), 0, "nothing was copied");
    assert_eq!(beside, between);
    assert!(beside.values().all(|points| points.len() > 100));
}

/// A card with little room comes to the same: where there is none for copies as well, evaluations are waited for.
#[test]
fn a_card_with_room_for_one_alone_has_room() {
    let folder = tempfile::tempdir().unwrap();
    let cells = &plain()[..1];
    let (_, whole, _) = run(cells, vec![Arc::new(Host::new())], Some(1), &folder.path().join("whole"));
    let with = |room: u64| {
        let streams = Arc::new(Streams::default());
        let card = Streamed::of(Host::with_room(room), &streams);
        let (outcomes, curves, _) = run(cells, vec![card], Some(1), &folder.path().join(format!("{room}")));
        finished(&outcomes).then(|| (curves, streams.launched.load(Ordering::Relaxed)))
    };
    let rooms = (4..16).step_by(2).map(|times| times * 100_000).chain([100_000_000]);
    // From the least room on in which anything can be computed.
    let enough: Vec<_> = rooms.map(with).skip_while(Option::is_none).collect();
    assert!(enough.len() > 5);
    for ran in enough {
        assert_eq!(ran.unwrap().0, whole);
    }
}

/// What is done to a model changes no copy of it, and a copy is measured as the model was.
#[test]
fn a_copy_stays_as_the_model_was() {
    let cells = plain();
    let (training, observation) = (&*cells[0].training, &*cells[0].observation);
    let none = |_: &ShapesSpec| -> Arc<Embeddings> { unreachable!("the study has no images") };
    let corpus = Corpus::new(training, 3, none).unwrap();
    let mut trainer = Trainer::new(&corpus, Engine::Stacked(Arc::new(Deck::host()), Products::Whole)).unwrap();
    trainer.steps_to(7).unwrap();
    let evaluator = Evaluator::without_levels(&corpus, observation).unwrap();
    let columns: Vec<usize> = (0..observation.measures.len()).collect();
    let measured = |network: &Network| format!("{:?}", evaluator.evaluate(network, 7, &columns).unwrap());
    let bytes = |network: &Network| to_bytes(&network.state().unwrap(), [].into()).unwrap();
    let (values, state) = (measured(trainer.network()), bytes(trainer.network()));
    let copy = trainer.network().snapshot().unwrap();
    while trainer.steps() < 20 {
        trainer.steps_to(20).unwrap();
    }
    assert!(values != measured(trainer.network()) && state != bytes(trainer.network()));
    assert_eq!(values, measured(&copy));
    assert!(state == bytes(&copy), "moments and steps are copied too");
    // Nor is a model changed by what is done to its copy.
    let state = bytes(trainer.network());
    let mut copy = trainer.network().snapshot().unwrap();
    copy.reset_optimizer().unwrap();
    assert!(state == bytes(trainer.network()) && state != bytes(&copy));
}

/// The steps of the evaluations that a file has, in its order.
fn written(file: &Path) -> Vec<u64> {
    let text = fs::read_to_string(file).unwrap();
    let steps = text.lines().filter_map(|line| line.split_once("\"evaluated\":{\"step\":"));
    steps.map(|(_, rest)| rest.split(',').next().unwrap().parse().unwrap()).collect()
}

/// A card that is lost while it measures a copy is one that is lost: cells go on elsewhere, and files have what came before.
#[test]
fn a_card_that_is_lost_while_it_measures_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let cells = plain();
    let (_, whole, _) = run(&cells, vec![Arc::new(Host::new())], Some(1), &folder.path().join("whole"));
    for until in [1, 5, 23] {
        let streams = || Arc::new(Streams { until, slow: Duration::from_millis(2), ..Streams::default() });
        let root = folder.path().join(format!("lost {until}"));
        let (outcomes, curves, heard) =
            run(&cells, vec![Streamed::card(&streams()), Arc::new(Host::new())], Some(1), &root);
        assert!(finished(&outcomes), "{outcomes:?}");
        assert_eq!(heard.watched.lost.load(Ordering::Relaxed), 1);
        assert_eq!(curves, whole);
        // The only card: what was written before is in order, without a gap, and is gone on with.
        let root = folder.path().join(format!("alone {until}"));
        let (outcomes, ..) = run(&cells, vec![Streamed::card(&streams())], Some(1), &root);
        let said = |outcome: &Outcome| match outcome {
            Outcome::Failed(failure) => failure.to_string(),
            other => format!("{other:?}"),
        };
        assert!(outcomes.iter().any(|outcome| said(outcome) == "the card answers no more"), "{outcomes:?}");
        ordered(&root, &cells);
        let (_, again, _) = run(&cells, vec![Arc::new(Host::new())], Some(1), &root);
        assert_eq!(again, whole);
    }
}

/// Evaluations lie in each file by their steps, none is left out, and no checkpoint is ahead of one before it.
fn ordered(root: &Path, cells: &[Cell]) {
    let store = Store::at(root.to_path_buf());
    for (stage, key) in cells.iter().flat_map(|cell| cell.segments.iter().enumerate()) {
        let segment = store.segment(key.as_str());
        let curve = segment.curve().unwrap();
        let steps: Vec<u64> = curve.points.keys().copied().collect();
        assert!(steps.windows(2).all(|pair| pair[1] == pair[0] + 4), "{steps:?}");
        assert!(curve.points.values().all(|point| point.values.values().all(|value| value.value.is_some())));
        let last = steps.last().copied().unwrap_or(20 * stage as u64);
        let kept = segment.checkpoints().unwrap();
        assert!(kept.iter().all(|kept| kept.step <= last + 4), "{kept:?} {steps:?}");
        for name in segment.parts().unwrap() {
            let steps = written(&segment.folder().join(name));
            assert!(steps.is_sorted(), "{steps:?}");
        }
    }
}

/// Copies what there is of a store, without its leases, as a kill would leave it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else if !entry.file_name().to_string_lossy().starts_with("LEASE") {
            // What is renamed meanwhile is not there any more.
            let _ = fs::copy(path, to);
        }
    }
}

/// Copies the store at some steps.
struct Killed<'a> {
    root: &'a Path,
    steps: AtomicUsize,
}

impl Watcher for Killed<'_> {
    fn planned(&self, _: usize, _: Work) {}
    fn began(&self, _: usize, _: u64) {}
    fn stepped(&self, _: usize, _: u64, _: f64) {
        let steps = self.steps.fetch_add(1, Ordering::Relaxed);
        if steps.is_multiple_of(13) {
            copy(&self.root.join("whole"), &self.root.join(format!("killed {steps}")));
        }
    }
    fn measured(&self, _: usize, _: &Evaluated) {}
    fn left(&self, _: usize) {}
    fn ended(&self, _: usize, _: &Outcome) {}
    fn waits(&self, _: usize, _: u32, _: &str) {}
    fn lost(&self, _: &[String], _: &str, _: usize) {}
}

/// Whatever there is at an instant, while evaluations are on their way, comes to the same end.
#[test]
fn a_run_that_is_killed_meanwhile_comes_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let cells = &plain()[..2];
    let slow = Arc::new(Streams { slow: Duration::from_millis(5), ..Streams::default() });
    let killed = Killed { root: folder.path(), steps: AtomicUsize::new(1) };
    let deck = Arc::new(Deck::new(vec![Streamed::card(&slow)]));
    let (outcomes, whole) = run_watched(cells, &deck, (2, Some(1)), &folder.path().join("whole"), &killed);
    assert!(finished(&outcomes), "{outcomes:?}");
    let stores = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path());
    let stores: Vec<_> = stores.filter(|path| path.to_string_lossy().contains("killed")).collect();
    assert!(stores.len() >= 5, "{stores:?}");
    for root in stores {
        let (_, curves, _) = run(cells, vec![Arc::new(Host::new())], Some(1), &root);
        assert_eq!(curves, whole, "{}", root.display());
    }
}

/// A guard and an exit that ends a run look at values: there nothing goes on before they are known.
#[test]
fn what_ends_by_a_value_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let stop = "plateau { of: error, exit: 1%, held: 3 evaluations, from: 0, to: 1e-3, stop: at exit }";
    let straight = "curricula.only(hard, 40 steps)";
    for (name, curriculum, plateau) in [("guard", "guarded(hard)", ""), ("stop", straight, stop)] {
        let cells = cells_of(&study(curriculum, plateau));
        let streams = Arc::new(Streams::default());
        let root = |kept: &str| folder.path().join(format!("{name} {kept}"));
        let (outcomes, curves, heard) = run(&cells, vec![Streamed::card(&streams)], Some(1), &root("one"));
        assert!(finished(&outcomes), "{outcomes:?}");
        let (_, between, _) = run(&cells, vec![Arc::new(Host::new())], None, &root("all"));
        assert_eq!(curves, between);
        let segment = |cell: &Cell| Store::at(root("one")).segment(cell.segments[0].as_str()).curve().unwrap();
        let ends: Vec<u64> = cells.iter().map(|cell| *segment(cell).points.keys().max().unwrap()).collect();
        // The guard holds at the second evaluation of its stage; the exit once it has held.
        assert!(ends.iter().all(|end| *end < 30), "{name}: {ends:?}");
        // Only the stage behind the guard is measured beside its steps.
        let copied = streams.launched.load(Ordering::Relaxed);
        assert_eq!(copied > 0, name == "guard", "{copied}");
        drop(heard);
    }
}
