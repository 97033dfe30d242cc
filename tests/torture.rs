//! A run under hard conditions: killed two hundred times, shared by two processes, frozen, its files damaged.

use icl::store::{Kept, Kind, Leases, Record, Store, StoreError, Taken, Writer};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Two arms that share their first stage, another of their own, a read-out loss, a probe and a dropout.
const STUDY: &str = "use std.shapes
use std.models
use std.curricula
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)
let easy = shapes.classify(maps: 1, images: images, points: 6)
let hard = shapes.classify(maps: 8, images: images, points: 6)
probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}
metric right = accuracy(hard) at last
model small {
  width: 16
  dropout: 0.1
  blocks: [attention(heads: 2), mlp(ratio: 2)]
}
#allow(W0203, \"a test of kills\")
experiment study {
  model: small
  data: 400 sequences
  batch: 12
  optimizer: adam(lr: cosine(3e-3 -> 1e-3, over: 900 steps))
  seeds: 1
  sweep pause in [300, 500]
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: pause * 1 step, total: 900 steps) }
  arm boosted { curriculum: curricula.only(hard, 900 steps), loss: icl + 0.1 * readout(weights, at: output) }
  measure { every: 40 steps, on: 48 sequences, right, weights }
  report { plot: right by arm }
}
";

fn icl(folder: &Path, out: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(["run", "study.icl", "--out", out]).args(more).current_dir(folder);
    command.env("ICL_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache")).env_remove("COLUMNS");
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("study.icl"), STUDY).unwrap();
    folder
}

fn ended(child: Child) -> (bool, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

/// The reported curves, and the weights and moments where segments end, by name, as hashes.
fn results(out: &Path) -> BTreeMap<String, String> {
    let hash = |file: &Path| blake3::hash(&fs::read(file).unwrap()).to_hex().to_string();
    let mut found = BTreeMap::from([("curves".to_string(), hash(&out.join("curves.jsonl")))]);
    let store = Store::at(out.join("store"));
    for key in store.segments().unwrap() {
        let segment = store.segment(&key);
        for kept in segment.checkpoints().unwrap().into_iter().filter(|kept| kept.kind == Kind::End) {
            let file = segment.folder().join("checkpoints").join(kept.name());
            found.insert(format!("{key} {}", kept.step), hash(&file));
        }
    }
    found
}

fn steps(out: &Path) -> u64 {
    let store = Store::at(out.join("store"));
    store.segments().unwrap().iter().map(|key| store.segment(key).curve().unwrap().worked.0).sum()
}

/// A generator for the instants of kills (xorshift, Marsaglia 2003).
struct Instants(u64);

impl Instants {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// What a kill left behind.
#[derive(Debug, Default)]
struct Faults {
    cut_lines: usize,
    leases: usize,
    unrenamed: usize,
}

/// Looks through a store that nobody writes: files that were renamed into place are whole, whenever the kill came.
fn look(out: &Path, faults: &mut Faults) {
    let store = Store::at(out.join("store"));
    for key in store.segments().unwrap() {
        let segment = store.segment(&key);
        faults.cut_lines += segment.curve().unwrap().damaged;
        if let Some(identity) = segment.identity().unwrap() {
            serde_json::from_str::<serde_json::Value>(&identity).unwrap();
        }
        for kept in segment.checkpoints().unwrap() {
            assert_eq!(segment.fault(kept).unwrap(), None, "{key}, step {}", kept.step);
        }
        faults.leases += usize::from(segment.folder().join("LEASE").exists());
        let files = fs::read_dir(segment.folder().join("checkpoints")).into_iter().flatten();
        faults.unrenamed +=
            files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "part")).count();
    }
    for key in store.cells().unwrap() {
        store.finished(&key).unwrap().unwrap();
    }
}

#[test]
fn two_hundred_kills_change_no_bit() {
    const KILLS: usize = 200;
    let folder = study();
    let folder = folder.path();
    assert!(ended(icl(folder, "whole", &[]).spawn().unwrap()).0);
    let whole = results(&folder.join("whole"));
    let mut instants = Instants(0x9e37_79b9_7f4a_7c15);
    let mut faults = Faults::default();
    let (mut kills, mut completed, mut out) = (0, 0, "broken 0".to_string());
    while kills < KILLS {
        // Checkpoints after every step, so that kills meet the writing of files again and again.
        let mut child = icl(folder, &out, &["--checkpoint-every", "0"]).spawn().unwrap();
        let patience = Duration::from_micros(3_000 + instants.below(140_000));
        let begun = Instant::now();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if begun.elapsed() > patience => break None,
                None => std::thread::sleep(Duration::from_micros(500)),
            }
        };
        if status.is_some() {
            let (done, told) = ended(child);
            assert!(done, "{told}");
            assert_eq!(results(&folder.join(&out)), whole, "after {kills} kills");
            completed += 1;
            out = format!("broken {completed}");
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        if folder.join(&out).join("store").exists() {
            look(&folder.join(&out), &mut faults);
        }
    }
    let (done, told) = ended(icl(folder, &out, &[]).spawn().unwrap());
    assert!(done, "{told}");
    assert_eq!(results(&folder.join(&out)), whole, "after {kills} kills");
    assert!(faults.leases > 0, "no kill came while something was trained, so nothing was tested");
    println!("{kills} kills, {} studies completed to the same bits; left behind on the way: {faults:?}", completed + 1);
}

#[test]
fn two_runs_at_once_share_the_work() {
    let folder = study();
    let folder = folder.path();
    assert!(ended(icl(folder, "alone", &[]).spawn().unwrap()).0);
    let both = [icl(folder, "shared", &["--jobs", "1"]), icl(folder, "shared", &["--jobs", "1"])];
    let both = both.map(|mut command| command.spawn().unwrap());
    for child in both {
        let (done, told) = ended(child);
        assert!(done, "{told}");
    }
    assert_eq!(results(&folder.join("shared")), results(&folder.join("alone")));
    assert_eq!(steps(&folder.join("shared")), steps(&folder.join("alone")), "nothing was trained twice");
}

/// Another process than this one, that has ended.
fn gone() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

#[test]
fn a_lease_is_taken_over_from_the_dead_and_the_silent_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    store.open().unwrap();
    let segment = store.segment("0123");
    segment.begin("{}").unwrap();
    let at = segment.folder().to_path_buf();
    // One that counts, one that never does; both watch for a third of a second.
    let watch = Duration::from_millis(300);
    let lively = Leases::new(Duration::from_millis(20), watch);
    let frozen = Leases::new(Duration::from_hours(1), watch);
    let taken = |leases: &Leases| match leases.take(&at).unwrap() {
        Taken::Lease(lease) => Some(lease),
        Taken::By(_) => None,
    };
    let lease = taken(&lively).unwrap();
    let begun = Instant::now();
    while begun.elapsed() < 3 * watch {
        assert!(taken(&frozen).is_none(), "it gives signs of life");
        std::thread::sleep(Duration::from_millis(20));
    }
    lease.hold().unwrap();
    lease.release();
    // A holder that gives none for as long as a watcher looks is taken for dead; when it wakes it writes nothing.
    let mut sleeper = Writer::new(segment.clone(), taken(&frozen).unwrap()).unwrap();
    sleeper.append(&Record::Diverged { step: 1 }).unwrap();
    assert!(taken(&lively).is_none());
    let begun = Instant::now();
    let lease = loop {
        if let Some(lease) = taken(&lively) {
            break lease;
        }
        assert!(begun.elapsed() < 20 * watch);
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(begun.elapsed() + Duration::from_millis(50) >= watch);
    let before = segment.curve().unwrap();
    let checkpoint = icl::engine::train::Checkpoint { step: 2, loss_sum: 0.0, arrays: Vec::new() };
    let kept = Kept { step: 2, kind: Kind::End };
    assert!(matches!(sleeper.append(&Record::Diverged { step: 2 }), Err(StoreError::Lost { .. })));
    assert!(matches!(sleeper.keep(&checkpoint, Kind::End), Err(StoreError::Lost { .. })));
    assert!(matches!(sleeper.drop(kept), Err(StoreError::Lost { .. })));
    assert!(matches!(sleeper.settle(), Err(StoreError::Lost { .. })));
    drop(sleeper);
    lease.hold().expect("the sleeper takes nothing with it");
    assert_eq!((segment.curve().unwrap(), segment.checkpoints().unwrap()), (before, vec![]));
    lease.release();
    // The number of a process says something on its own host and boot alone.
    let mut holder: serde_json::Value = {
        let lease = taken(&lively).unwrap();
        let holder = serde_json::from_str(&fs::read_to_string(at.join("LEASE")).unwrap()).unwrap();
        lease.release();
        holder
    };
    holder["process"] = gone().into();
    fs::write(at.join("LEASE"), holder.to_string()).unwrap();
    taken(&lively).expect("its process is gone").release();
    holder["host"] = "elsewhere".into();
    fs::write(at.join("LEASE"), holder.to_string()).unwrap();
    assert!(taken(&lively).is_none(), "on another host that process may live");
    fs::write(at.join("LEASE"), "{ cut sho").unwrap();
    taken(&lively).expect("what names no holder has none").release();
    assert_eq!(fs::read_dir(&at).unwrap().count(), 3, "the identity, the curve of the sleeper, the checkpoints");
}

/// The files of a segment that has a checkpoint on the way.
fn files(out: &Path) -> (PathBuf, Vec<PathBuf>) {
    let store = Store::at(out.join("store"));
    let keys = store.segments().unwrap();
    let longest = keys.iter().max_by_key(|key| store.segment(key).curve().unwrap().points.len()).unwrap();
    let folder = store.segment(longest).folder().to_path_buf();
    let kept = fs::read_dir(folder.join("checkpoints")).unwrap().map(|file| file.unwrap().path()).collect();
    (folder, kept)
}

#[test]
fn what_is_damaged_is_computed_again_to_the_same_bits() {
    let folder = study();
    let folder = folder.path();
    let run = || ended(icl(folder, "out", &[]).spawn().unwrap());
    assert!(run().0);
    let out = folder.join("out");
    let whole = results(&out);
    let (segment, kept) = files(&out);
    let damage: [&dyn Fn(); 6] = [
        // A byte of a line, a line that is gone, a curve that is gone.
        &|| {
            let text = fs::read_to_string(segment.join("curve.jsonl")).unwrap();
            fs::write(segment.join("curve.jsonl"), text.replacen("\"value\":0.", "\"value\":1.", 1)).unwrap();
        },
        &|| {
            let text = fs::read_to_string(segment.join("curve.jsonl")).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            fs::write(segment.join("curve.jsonl"), [&lines[..3], &lines[4..]].concat().join("\n") + "\n").unwrap();
        },
        &|| fs::remove_file(segment.join("curve.jsonl")).unwrap(),
        // Every checkpoint of it cut short, and a line gone, so that one is needed.
        &|| {
            for file in &kept {
                let bytes = fs::read(file).unwrap();
                fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
            }
            fs::remove_file(segment.join("curve.jsonl")).unwrap();
        },
        &|| fs::remove_dir_all(out.join("store/levels")).unwrap(),
        &|| fs::remove_dir_all(&segment).unwrap(),
    ];
    for (number, damage) in damage.iter().enumerate() {
        damage();
        let (done, told) = run();
        assert!(done, "damage {number}: {told}");
        assert_eq!(results(&out)["curves"], whole["curves"], "damage {number}");
    }
    let after = results(&out);
    assert_eq!(after, whole, "the segment that was removed is there again");
}
