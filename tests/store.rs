//! The commands over a store: `icl ls`, `show`, `rm`, `gc`, `verify`, `cache why`, and the index behind them.

#[path = "store/damaged.rs"]
mod damaged;
#[path = "store/index.rs"]
mod index;
#[path = "store/looked_at.rs"]
mod looked_at;
#[path = "store/removed.rs"]
mod removed;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).env("ICL_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
    command.env_remove("COLUMNS").env_remove("ICL_STORE").stdin(Stdio::null());
    command
}

fn icl(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Exit code, standard output, standard error.
fn told(arguments: &[&str]) -> (i32, String, String) {
    let output = icl(arguments);
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn out(arguments: &[&str]) -> String {
    let (code, out, err) = told(arguments);
    assert_eq!(code, 0, "{arguments:?}\n{out}{err}");
    out
}

/// A sweep whose warm-up arms share their easy stage.
const PROGRAM: &str = "use std.shapes
use std.models
use std.curricula

param total: duration = 30 steps
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 8)
let easy = shapes.classify(maps: 1, images: images, points: 3)
let hard = shapes.classify(maps: 8, images: images, points: 3)
metric right = accuracy(hard) at last
metric loss_now = cross_entropy(hard)

#allow(W0203, \"a test of the store\")
experiment study {
  model: models.gpt2(layers: 1, heads: 2, width: 8)
  data: fresh
  batch: 6
  optimizer: adam(lr: 3e-3)
  seeds: 1
  sweep pause in [10, 20]
  arm direct { curriculum: curricula.only(hard, total) }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: pause * 1 step, total: total) }
  measure { every: 10 steps, on: 12 sequences, right }
}
";

/// The study, run once for all tests: its folder, which is only copied.
fn made() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Those of earlier test processes are of no more use.
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            if name.strip_prefix("shelf.").is_some_and(|process| !Path::new("/proc").join(process).exists()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let root = folder.join(format!("shelf.{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let study = Study { root };
        study.write(PROGRAM);
        study.run(&[]);
        study.root
    })
}

/// A folder with a program and its store.
struct Study {
    root: PathBuf,
}

impl Study {
    /// A copy of the study, in a folder that goes away with the guard.
    fn copy() -> (Self, tempfile::TempDir) {
        let temporary = tempfile::tempdir().unwrap();
        copy(made(), temporary.path());
        (Self { root: temporary.path().to_path_buf() }, temporary)
    }

    fn write(&self, program: &str) {
        fs::write(self.root.join("study.icl"), program).unwrap();
    }

    fn program(&self) -> String {
        self.root.join("study.icl").to_str().unwrap().to_string()
    }

    fn store(&self) -> String {
        self.root.join("out/store").to_str().unwrap().to_string()
    }

    fn run(&self, more: &[&str]) -> String {
        let (program, folder) = (self.program(), self.root.join("out"));
        let mut arguments = vec!["run", &program, "--out", folder.to_str().unwrap()];
        arguments.extend(more);
        out(&arguments)
    }

    /// A command on its store.
    fn told(&self, arguments: &[&str]) -> (i32, String, String) {
        let store = self.store();
        told(&[arguments, &["--store", &store]].concat())
    }

    fn out(&self, arguments: &[&str]) -> String {
        let (code, out, err) = self.told(arguments);
        assert_eq!(code, 0, "{arguments:?}\n{out}{err}");
        out
    }

    fn curves(&self) -> BTreeSet<String> {
        let text = fs::read_to_string(self.root.join("out/curves.jsonl")).unwrap();
        text.lines().map(ToString::to_string).collect()
    }

    fn names(&self, folder: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(self.root.join("out/store").join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Marks by their keys.
    fn marks(&self) -> BTreeMap<String, toml::Value> {
        let key = |name: &String| name.strip_suffix(".toml").unwrap().to_string();
        let read = |name: &String| {
            toml::from_str(&fs::read_to_string(self.root.join("out/store/cells").join(name)).unwrap()).unwrap()
        };
        self.names("cells").iter().map(|name| (key(name), read(name))).collect()
    }

    /// The key of the cell of an arm at a pause; the direct arm has one cell at both.
    fn cell(&self, arm: &str, pause: &str) -> String {
        let marks = self.marks();
        let fits = |mark: &toml::Value| {
            mark["names"]["arm"].as_str() == Some(arm)
                && (arm == "direct" || mark["names"]["point"]["pause"].as_str() == Some(pause))
        };
        marks.iter().find(|(_, mark)| fits(mark)).unwrap().0.clone()
    }

    /// The segments of a cell.
    fn segments(&self, cell: &str) -> Vec<String> {
        let segments = self.marks()[cell]["segments"].as_array().unwrap().clone();
        segments.iter().map(|segment| segment[0].as_str().unwrap().to_string()).collect()
    }

    fn path(&self, place: &str) -> PathBuf {
        self.root.join("out/store").join(place)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Sets the time of a file, or of a folder with all in it, back.
fn age(path: &Path, by: Duration) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            age(&entry.unwrap().path(), by);
        }
    }
    File::open(path).unwrap().set_modified(SystemTime::now() - by).unwrap();
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// This process, as a lease names it.
fn living() -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let began = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().to_string();
    let read = |path: &str| fs::read_to_string(path).unwrap().trim().to_string();
    let (host, boot) = (read("/proc/sys/kernel/hostname"), read("/proc/sys/kernel/random/boot_id"));
    let process = std::process::id();
    format!(r#"{{"host":"{host}","boot":"{boot}","process":{process},"began":{began},"nonce":"0123456789ab"}}"#)
}
