//! The commands over a store: `icl ls`, `show`, `rm`, `gc`, `verify`, `cache why`, and the index behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

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

#[test]
fn cells_are_listed_with_what_tells_them_apart() {
    let (study, _guard) = Study::copy();
    let listed = study.out(&["ls"]);
    let head: Vec<&str> = listed.lines().next().unwrap().split_whitespace().collect();
    // A direct arm is the same cell at both points.
    assert_eq!(head, ["key", "experiment", "arm", "seed", "pause", "right"]);
    assert_eq!(study.marks().len(), 3);
    assert!(listed.contains("the same in all: batch 6, layers 1, width 8, steps 30, file "), "{listed}");
    assert!(listed.ends_with("3 rows\n"), "{listed}");
    // Values in full are those of the marks.
    let csv = study.out(&["ls", "--format", "csv", "--columns", "key,pause,right,batch"]);
    let rows: BTreeSet<String> = csv.lines().skip(1).map(ToString::to_string).collect();
    let wanted = study.marks().into_iter().map(|(key, mark)| {
        let pause = mark["names"]["point"]["pause"].as_str().unwrap().to_string();
        format!("{key},{pause},{},6", mark["results"]["right"].as_float().unwrap())
    });
    assert_eq!(rows, wanted.collect());
    let json: serde_json::Value = serde_json::from_str(&study.out(&["ls", "--format", "json"])).unwrap();
    for row in json.as_array().unwrap() {
        let mark = &study.marks()[row["key"].as_str().unwrap()];
        assert_eq!(row["steps"].as_i64(), mark["steps"].as_integer());
        assert_eq!(row["results"]["right"].as_f64(), mark["results"]["right"].as_float());
        assert_eq!(row["state"], "finished");
    }
    let keys = |arguments: &[&str]| {
        let csv = study.out(&[&["ls", "--format", "csv", "--columns", "key"], arguments].concat());
        csv.lines().skip(1).map(ToString::to_string).collect::<Vec<_>>()
    };
    let (ten, twenty) = (study.cell("warmup", "10"), study.cell("warmup", "20"));
    assert_eq!(keys(&["--filter", "arm=warmup", "--sort", "pause", "--reverse"]), [twenty.clone(), ten.clone()]);
    assert_eq!(keys(&["--filter", "arm=warmup, pause>10"]), [twenty]);
    assert_eq!(keys(&["--filter", "arm=warmup", "--sort", "pause", "--limit", "1"]), [ten]);
    assert_eq!(keys(&["--filter", "arm=nobody"]), Vec::<String>::new());
    let (code, _, err) = study.told(&["ls", "--sort", "rihgt"]);
    assert_eq!(code, 1);
    assert!(err.contains("there is no column `rihgt`; did you mean `right`?"), "{err}");
    let all = study.out(&["ls", "--all"]);
    let head: Vec<&str> = all.lines().next().unwrap().split_whitespace().collect();
    let every = [
        "key",
        "state",
        "experiment",
        "arm",
        "seed",
        "pause",
        "batch",
        "layers",
        "width",
        "steps",
        "time",
        "file",
        "right",
    ];
    assert_eq!(head, every);
}

#[test]
fn a_store_that_is_not_there_or_is_of_another_form_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().join("none");
    for arguments in [&["ls"][..], &["show", "a"], &["rm", "a"], &["gc"], &["verify"]] {
        let (code, _, err) = told(&[arguments, &["--store", root.to_str().unwrap()]].concat());
        assert_eq!(code, 1, "{arguments:?}");
        assert!(err.contains("there is no store at") && err.contains("icl run"), "{err}");
    }
    assert!(!root.exists(), "looking makes nothing");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("store.toml"), "form = 99\n").unwrap();
    let (code, _, err) = told(&["ls", "--store", root.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(err.contains("form 99"), "{err}");
    fs::write(root.join("store.toml"), "form = 1\n").unwrap();
    let (code, _, err) = told(&["ls", "--store", root.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, "no cell is there, or none for which the conditions hold\n"));
}

#[test]
fn a_cell_is_shown_by_the_first_digits_of_its_key() {
    let (study, _guard) = Study::copy();
    let cell = study.cell("warmup", "20");
    let segments = study.segments(&cell);
    let shown = study.out(&["show", &cell[..10]]);
    assert!(shown.starts_with(&format!("cell        {cell}\n")), "{shown}");
    for part in [
        "study, warmup, pause 20, seed 1",
        "finished, 30 steps",
        "4 evaluations along the run",
        "steps 0 to 20",
        "steps 20 to 30",
        "  seed         1\n",
        "adam(beta1: 0.9, beta2: 0.999, eps: 1e-8, lr: 0.003)",
        "after step 10, 20\n",
        "part of      2 finished cells",
        &segments[0],
        &segments[1],
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let right = study.marks()[&cell]["results"]["right"].as_float().unwrap();
    let line = shown.lines().find(|line| line.trim_start().starts_with("right ")).unwrap();
    assert!(line.contains(&format!(" to {right:.4}")) || right == 0.0, "{line}");
    // A segment alone, and as JSON.
    assert!(study.out(&["show", &segments[0]]).starts_with(&format!("segment     {}\n", segments[0])));
    let json: serde_json::Value = serde_json::from_str(&study.out(&["show", &cell, "--format", "json"])).unwrap();
    assert_eq!(json["segments"][1]["identity"]["parent"]["key"], segments[0].as_str());
    assert_eq!(json["curves"]["right"].as_array().unwrap().len(), 4);
    // What several keys begin with is told with all of them.
    let (code, _, err) = study.told(&["show", ""]);
    assert_eq!(code, 1);
    assert!(err.contains("write more digits") && err.contains(&cell[..8]) && err.contains(&segments[0][..8]), "{err}");
    let (code, _, err) = study.told(&["show", "xyz"]);
    assert_eq!(code, 1);
    assert!(err.contains("begins with `xyz`"), "{err}");
}

#[test]
fn a_cell_is_removed_with_what_no_other_needs_and_made_again_by_the_next_run() {
    let (study, _guard) = Study::copy();
    let before = study.curves();
    let (cell, other) = (study.cell("warmup", "20"), study.cell("warmup", "10"));
    let (segments, shared) = (study.segments(&cell), study.segments(&other));
    assert_eq!(segments[0], shared[0]);
    // Nobody can be asked on a pipe.
    let (code, _, err) = study.told(&["rm", &cell[..8]]);
    assert_eq!(code, 2);
    assert!(err.contains("--yes") && err.contains("1 mark and 1 segment"), "{err}");
    assert!(study.marks().contains_key(&cell));
    let (code, printed, err) = study.told(&["rm", "--filter", "pause=20, arm=warmup", "--yes"]);
    assert_eq!(code, 0, "{err}");
    assert!(printed.starts_with("removed 1 cell and 1 segment: "), "{printed}");
    assert!(
        err.contains(&format!("the segment {} stays: the cell {} needs it too", &segments[0][..8], &other[..8])),
        "{err}"
    );
    assert!(!study.marks().contains_key(&cell) && study.marks().contains_key(&other));
    assert!(!study.names("segments").contains(&segments[1]) && study.names("segments").contains(&segments[0]));
    assert!(!study.path("removed").exists());
    study.run(&[]);
    assert_eq!(study.curves(), before);
    assert!(study.marks().contains_key(&cell));
    let (code, _, err) = study.told(&["rm", "ffffffffffffffffffffffff", "--yes"]);
    assert_eq!((code, err.contains("begins with")), (1, true));
    let (code, _, err) = study.told(&["rm", "--filter", "", "--yes"]);
    assert_eq!((code, err.contains("no condition")), (1, true));
}

#[test]
fn what_a_process_trains_is_never_removed() {
    let (study, _guard) = Study::copy();
    let cell = study.cell("warmup", "20");
    let segments = study.segments(&cell);
    let lease = study.path(&format!("segments/{}/LEASE", segments[1]));
    fs::write(&lease, living()).unwrap();
    let listed = study.out(&["ls", "--filter", "state=training", "--all"]);
    assert!(listed.contains(&segments[1][..8]), "{listed}");
    let (code, _, err) = study.told(&["rm", &cell, "--yes"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains(&format!("the segment {} stays: process {}", &segments[1][..8], std::process::id())), "{err}");
    study.out(&["rm", &study.cell("warmup", "10"), "--yes"]);
    age(&study.path("segments"), Duration::from_hours(24 * 30));
    let freed = study.out(&["gc", "--older-than", "0s"]);
    assert!(freed.contains("nothing is of no use"), "{freed}");
    for segment in &segments {
        assert!(study.names("segments").contains(segment), "what a held segment goes on from stays with it");
    }
    // The process is gone: the lease first, then the segments, are of no use.
    fs::write(&lease, living().replace("\"began\":", "\"began\":1")).unwrap();
    let listed = study.out(&["ls", "--all"]);
    assert!(listed.contains("unfinished") && !listed.contains("training"), "{listed}");
    let kept = study.told(&["gc", "--older-than", "0s", "--dry-run"]).2;
    assert!(
        kept.contains("kept: 1 segment of runs that are not finished"),
        "what was just written may be of a run: {kept}"
    );
    age(&study.path("segments"), Duration::from_mins(2));
    study.out(&["gc", "--older-than", "0s"]);
    assert!(!study.names("segments").contains(&segments[1]) && !study.names("segments").contains(&segments[0]));
    assert_eq!(study.marks().len(), 1);
    assert!(study.out(&["verify"]).starts_with("nothing is damaged: 1 finished cell"));
}

#[test]
fn gc_removes_what_is_of_no_use_and_keeps_what_goes_on() {
    let (study, _guard) = Study::copy();
    let before = study.curves();
    let cell = study.cell("warmup", "20");
    let segments = study.segments(&cell);
    // A run that was killed before its mark was made.
    fs::remove_file(study.path(&format!("cells/{cell}.toml"))).unwrap();
    let other = study.cell("warmup", "10");
    let listed = study.out(&[
        "ls",
        "--filter",
        "state=unfinished",
        "--format",
        "csv",
        "--columns",
        "key,seed,steps,batch,width",
    ]);
    assert_eq!(listed.lines().nth(1), Some(format!("{},1,30,6,8", segments[1]).as_str()), "{listed}");
    assert_eq!(study.out(&["gc"]), "nothing is of no use\n", "it is young");
    age(&study.path(&format!("segments/{}", segments[1])), Duration::from_hours(24 * 8));
    // Left behind by processes that were killed.
    let hours = Duration::from_hours(2);
    let part = study
        .path(&format!("segments/{}/checkpoints/0000000030.end.safetensors.77.0.1.part", study.segments(&other)[1]));
    let young = study.path("cells/some.toml.78.0.1.part");
    let beat = study.path(&format!("segments/{}/LEASE.cafe", segments[0]));
    let going = study.path("removed/0123.4.5");
    for path in [&part, &young, &beat] {
        fs::write(path, "x").unwrap();
    }
    fs::create_dir_all(&going).unwrap();
    fs::write(going.join("segment.json"), "{}").unwrap();
    age(&part, hours);
    age(&beat, hours);
    let lease = study.path(&format!("segments/{}/LEASE", segments[0]));
    fs::write(&lease, living().replace("\"process\":", "\"process\":1")).unwrap();
    let level = study.path("levels/0123456789abcdef0123456789abcdef.json");
    fs::write(&level, "{\"blind\":null,\"ideal\":null}").unwrap();
    age(&study.path("levels"), Duration::from_hours(24 * 8));
    let names = |study: &Study| (study.names("segments"), study.names("levels"), study.names("cells"));
    let all = names(&study);
    let planned = study.out(&["gc", "--dry-run"]);
    assert!(planned.contains("would remove 1 segment, 1 level, 3 left-over files, 1 stale lease: "), "{planned}");
    assert_eq!(names(&study), all);
    let done = study.out(&["gc"]);
    assert!(done.contains("removed 1 segment, 1 level, 3 left-over files, 1 stale lease: "), "{done}");
    assert!(!study.names("segments").contains(&segments[1]) && study.names("segments").contains(&segments[0]));
    for gone in [&part, &beat, &going, &lease, &level] {
        assert!(!gone.exists(), "{}", gone.display());
    }
    assert!(young.exists(), "it may be written just now");
    assert_eq!(study.names("levels").len(), all.1.len() - 1);
    assert_eq!(study.out(&["gc"]), "nothing is of no use\n");
    study.run(&[]);
    assert_eq!(study.curves(), before);
}

type Harm<'a> = Box<dyn Fn(&Study) + 'a>;

#[test]
fn every_kind_of_damage_is_told_with_its_place_taken_away_and_made_again() {
    let (fresh, _guard) = Study::copy();
    assert!(fresh.out(&["verify"]).starts_with("nothing is damaged: 3 finished cells"));
    let before = fresh.curves();
    let cell = fresh.cell("warmup", "20");
    let segments = fresh.segments(&cell);
    let (first, last) = (format!("segments/{}", segments[0]), format!("segments/{}", segments[1]));
    let level = format!("levels/{}", fresh.names("levels").first().unwrap());
    let mark = format!("cells/{cell}.toml");
    let harms: Vec<(&str, String, Harm<'_>)> = vec![
        (
            "a byte of a curve",
            format!("{last}/curve.jsonl:2"),
            Box::new(|s| {
                let path = s.path(&format!("{last}/curve.jsonl"));
                let line = fs::read_to_string(&path).unwrap().find('\n').unwrap();
                flip(&path, line + 60);
            }),
        ),
        (
            "a curve that is cut",
            mark.clone(),
            Box::new(|s| {
                let path = s.path(&format!("{last}/curve.jsonl"));
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, &text[..text.len() / 3]).unwrap();
            }),
        ),
        ("no curve", mark.clone(), Box::new(|s| fs::remove_file(s.path(&format!("{last}/curve.jsonl"))).unwrap())),
        (
            "a byte of a checkpoint",
            format!("{last}/checkpoints/0000000030.end.safetensors"),
            Box::new(|s| {
                flip(&s.path(&format!("{last}/checkpoints/0000000030.end.safetensors")), usize::MAX);
            }),
        ),
        (
            "an empty checkpoint",
            format!("{first}/checkpoints/0000000020.end.safetensors"),
            Box::new(|s| {
                fs::write(s.path(&format!("{first}/checkpoints/0000000020.end.safetensors")), "").unwrap();
            }),
        ),
        (
            "a checkpoint of another step",
            format!("{first}/checkpoints/0000000011.end.safetensors"),
            Box::new(|s| {
                let folder = s.path(&format!("{first}/checkpoints"));
                fs::copy(folder.join("0000000010.end.safetensors"), folder.join("0000000011.end.safetensors")).unwrap();
            }),
        ),
        (
            "another identity",
            format!("{last}/segment.json"),
            Box::new(|s| {
                let path = s.path(&format!("{last}/segment.json"));
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text.replace("\"batch\": 6", "\"batch\": 7")).unwrap();
            }),
        ),
        (
            "no identity",
            format!("{last}/segment.json"),
            Box::new(|s| {
                fs::remove_file(s.path(&format!("{last}/segment.json"))).unwrap();
            }),
        ),
        ("a mark that is no TOML", mark.clone(), Box::new(|s| fs::write(s.path(&mark), "steps = = 3").unwrap())),
        ("a mark of other bytes", mark.clone(), Box::new(|s| fs::write(s.path(&mark), [0xff, 0xfe, 0]).unwrap())),
        (
            "a mark that promises too much",
            mark.clone(),
            Box::new(|s| {
                let text = fs::read_to_string(s.path(&mark)).unwrap();
                let at = text.find("[results]\n").unwrap();
                fs::write(s.path(&mark), format!("{}[results]\nright = 0.987\n", &text[..at])).unwrap();
            }),
        ),
        ("no segment", mark.clone(), Box::new(|s| fs::remove_dir_all(s.path(&last)).unwrap())),
        ("a level that is no JSON", level.clone(), Box::new(|s| fs::write(s.path(&level), "{").unwrap())),
        ("no level", "cells/".into(), Box::new(|s| fs::remove_file(s.path(&level)).unwrap())),
    ];
    let mut counted = 0;
    for (what, place, harm) in &harms {
        let (study, _guard) = Study::copy();
        harm(&study);
        let (code, printed, err) = study.told(&["verify"]);
        assert_eq!(code, 1, "{what}: {printed}{err}");
        assert!(printed.contains(study.path(place).to_str().unwrap()), "{what}: {place}\n{printed}");
        let json: serde_json::Value = serde_json::from_str(&study.told(&["verify", "--format", "json"]).1).unwrap();
        counted += json.as_array().unwrap().len();
        let (code, printed, err) = study.told(&["verify", "--repair"]);
        assert_eq!(code, 0, "{what}: {printed}{err}");
        let (code, printed, err) = study.told(&["verify"]);
        assert_eq!(code, 0, "{what}: {printed}{err}");
        study.run(&[]);
        assert_eq!(study.curves(), before, "{what}");
        assert_eq!(study.marks().len(), 3, "{what}");
        assert_eq!(study.told(&["verify"]).0, 0, "{what}");
        assert_eq!(study.names("levels"), fresh.names("levels"), "{what}");
    }
    println!("{} kinds of damage, {counted} faults told", harms.len());
    // What is not of icl is told and left alone.
    for place in [
        "notes.txt".to_string(),
        "cells/notes.txt".into(),
        format!("{first}/notes.txt"),
        format!("{first}/checkpoints/a"),
    ] {
        let (study, _guard) = Study::copy();
        fs::write(study.path(&place), "mine").unwrap();
        let (code, printed, _) = study.told(&["verify", "--repair"]);
        assert_eq!(code, 1);
        assert!(printed.contains(&format!("{place}: nothing of a")), "{printed}");
        assert!(study.path(&place).exists());
    }
    // A line that is being written is no damage.
    let growing = fresh.path(&format!("{first}/curve.cafe.jsonl"));
    fs::write(&growing, "{\"blake3\":\"0123").unwrap();
    assert_eq!(fresh.told(&["verify"]).0, 0);
}

#[test]
fn nothing_is_removed_while_a_mark_cannot_be_read() {
    let (study, _guard) = Study::copy();
    let (cell, other) = (study.cell("warmup", "20"), study.cell("warmup", "10"));
    fs::write(study.path(&format!("cells/{cell}.toml")), "?").unwrap();
    age(&study.path("segments"), Duration::from_hours(24 * 30));
    let segments = study.names("segments");
    for arguments in [&["gc"][..], &["rm", &other, "--yes"]] {
        let (code, _, err) = study.told(arguments);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains("nothing was removed") && err.contains("icl verify --repair"), "{err}");
    }
    assert_eq!(study.names("segments"), segments);
    let (code, listed, err) = study.told(&["ls"]);
    assert_eq!(code, 0);
    assert!(err.contains(&cell) && err.contains("icl verify"), "{err}");
    assert!(listed.contains(&other[..8]) && listed.contains("unfinished"), "{listed}");
}

#[test]
fn a_miss_says_which_part_differs_with_both_values_and_the_line() {
    let (study, _guard) = Study::copy();
    let why = |program: &str, more: &[&str]| {
        study.write(program);
        let file = study.program();
        study.out(&[&["cache", "why", &file], more].concat())
    };
    assert_eq!(why(PROGRAM, &[]), "study: 4 of 4 cells in the store\n");
    // Comments, names of tasks and layout are in no key.
    assert_eq!(
        why(&PROGRAM.replace("easy", "simple").replace("let", "// a\nlet"), &[]),
        "study: 4 of 4 cells in the store\n"
    );
    let file = study.program();
    let line = |setting: &str| PROGRAM.lines().position(|line| line.trim_start().starts_with(setting)).unwrap() + 1;
    for (from, to, part, setting) in [
        ("batch: 6", "batch: 8", "batch: 6 -> 8", "batch"),
        ("data: fresh", "data: 60 sequences", "data: fresh -> 60 sequences", "data: fresh"),
        ("lr: 3e-3", "lr: 1e-3", "optimizer.adam.lr: 0.003 -> 0.001", "optimizer"),
        ("layers: 1", "layers: 2", "model.layers: 1 -> 2", "model"),
    ] {
        let told = why(&PROGRAM.replace(from, to), &[]);
        assert!(told.starts_with("study: 0 of 4 cells in the store\n"), "{told}");
        assert!(told.contains(&format!("{part}  ({file}:{})", line(setting))), "{part}\n{told}");
        assert_eq!(told.matches(" -> ").count(), told.matches(part).count(), "nothing else differs: {told}");
    }
    let told = why(PROGRAM, &["--seeds", "1,5"]);
    assert!(told.starts_with("study: 4 of 8 cells in the store\n") && told.contains("seed: 1 -> 5"), "{told}");
    // An arm whose first stage is there.
    let told = why(&PROGRAM.replace("[10, 20]", "[15]"), &["--arm", "warmup"]);
    assert!(told.contains("its first stage is there; then it differs from the nearest cell"), "{told}");
    assert!(told.contains("parent.left.after: 10 -> 15") || told.contains("parent.left.after: 20 -> 15"), "{told}");
    // A longer run, and a measure more.
    let told = why(PROGRAM, &["--set", "total=50 steps", "--arm", "direct"]);
    assert!(told.contains("30 of 50 steps are trained; it goes on from step 30"), "{told}");
    let told = why(&PROGRAM.replace("sequences, right", "sequences, right, loss_now"), &[]);
    assert!(told.contains("`loss_now` was never measured"), "{told}");
    // In JSON.
    let json: serde_json::Value =
        serde_json::from_str(&why(&PROGRAM.replace("batch: 6", "batch: 8"), &["--format", "json", "--arm", "direct"]))
            .unwrap();
    let part = &json[0]["why"]["differs"]["parts"][0];
    assert_eq!(
        (part["path"].as_str(), part["old"].as_str(), part["new"].as_str()),
        (Some("batch"), Some("6"), Some("8"))
    );
    assert_eq!(json[0]["lines"][0], line("batch"));
    // In a store that is not there everything is new.
    study.write(PROGRAM);
    let nowhere = study.root.join("nowhere");
    let told = out(&["cache", "why", &file, "--store", nowhere.to_str().unwrap()]);
    assert!(told.contains("new: nothing in the store is like it"), "{told}");
    assert!(!nowhere.exists());
}

#[test]
fn an_index_that_is_damaged_old_or_locked_changes_nothing_that_is_told() {
    let (study, _guard) = Study::copy();
    age(&study.path("cells"), Duration::from_mins(1));
    let index = study.path("index.sqlite");
    let wanted = study.out(&["ls", "--all"]);
    let rows = || -> i64 {
        let connection = rusqlite::Connection::open(&index).unwrap();
        connection.query_row("SELECT count(*) FROM marks", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows(), 3);
    let damage: Vec<Box<dyn Fn()>> = vec![
        Box::new(|| fs::write(&index, "no database at all, but long enough to be read as one").unwrap()),
        Box::new(|| fs::write(&index, "").unwrap()),
        Box::new(|| {
            let bytes = fs::read(&index).unwrap();
            fs::write(&index, &bytes[..bytes.len() / 2]).unwrap();
        }),
        Box::new(|| {
            // A value within a row, of which SQLite itself has no checksum.
            let mut bytes = fs::read(&index).unwrap();
            let at = bytes.windows(6).position(|six| six == b"warmup").unwrap();
            bytes[at..at + 6].copy_from_slice(b"wormup");
            fs::write(&index, bytes).unwrap();
        }),
        Box::new(|| {
            let connection = rusqlite::Connection::open(&index).unwrap();
            connection.execute_batch("PRAGMA user_version = 99").unwrap();
        }),
        Box::new(|| {
            let connection = rusqlite::Connection::open(&index).unwrap();
            connection.execute_batch("DROP TABLE marks; CREATE TABLE other (a)").unwrap();
        }),
        Box::new(|| fs::remove_file(&index).unwrap()),
    ];
    for (at, damage) in damage.iter().enumerate() {
        damage();
        assert_eq!(study.out(&["ls", "--all"]), wanted, "{at}");
        assert_eq!(rows(), 3, "{at}");
    }
    // Locked by another process: done without.
    let connection = rusqlite::Connection::open(&index).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(study.out(&["ls", "--all"]), wanted);
    connection.execute_batch("ROLLBACK").unwrap();
    drop(connection);
    // No file can be there.
    fs::remove_file(&index).unwrap();
    fs::create_dir(&index).unwrap();
    assert_eq!(study.out(&["ls", "--all"]), wanted);
    fs::remove_dir(&index).unwrap();
    // A mark that changes, one that comes, and one that goes are seen.
    study.out(&["ls"]);
    let cell = study.cell("direct", "10");
    let path = study.path(&format!("cells/{cell}.toml"));
    let mark = fs::read_to_string(&path).unwrap();
    fs::write(&path, mark.replace("arm = \"direct\"", "arm = \"DIRECT\"")).unwrap();
    assert!(study.out(&["ls"]).contains("DIRECT"));
    let new = study.path("cells/0123456789abcdef0123456789abcdef.toml");
    fs::write(&new, mark.replace("arm = \"direct\"", "arm = \"copied\"")).unwrap();
    assert!(study.out(&["ls"]).contains("copied"));
    fs::remove_file(&new).unwrap();
    assert!(!study.out(&["ls"]).contains("copied"));
}

#[cfg(unix)]
#[test]
fn a_store_that_may_not_be_written_can_be_looked_at() {
    use std::os::unix::fs::PermissionsExt;
    let (study, _guard) = Study::copy();
    let wanted = study.out(&["ls"]);
    let _ = fs::remove_file(study.path("index.sqlite"));
    let folders = [study.path(""), study.path("cells")];
    let set = |mode: u32| {
        folders.iter().for_each(|path| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap());
    };
    set(0o555);
    // Whoever may write everywhere is not stopped by permissions.
    let stopped = fs::write(study.path("probe"), "").is_err();
    let (listed, verified) = (study.told(&["ls"]), study.told(&["verify"]));
    let removed = study.told(&["rm", &study.cell("direct", "10"), "--yes"]);
    set(0o755);
    let _ = fs::remove_file(study.path("probe"));
    assert_eq!((listed.0, listed.1), (0, wanted));
    if stopped {
        assert_eq!(verified.0, 0, "{}", verified.1);
        assert_eq!(removed.0, 1);
        assert!(removed.2.contains("cannot remove"), "{}", removed.2);
    }
}

#[test]
fn ten_thousand_cells_are_listed_at_once() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path();
    for folder in ["cells", "segments", "levels"] {
        fs::create_dir(root.join(folder)).unwrap();
    }
    fs::write(root.join("store.toml"), "form = 1\n").unwrap();
    for cell in 0..10_000_u32 {
        let (key, segment) = (format!("{cell:032x}"), format!("{:032x}", cell + 0x0100_0000));
        let (seed, rate, arm) = (cell % 10 + 1, cell / 10 % 100 + 1, cell / 1000);
        let path = root.join(format!("cells/{key}.toml"));
        let text = format!(
            "steps = 240\nseconds = 1.5\nsegments = [[\"{segment}\", 240]]\n\n[names]\nfile = \"big.icl\"\nexperiment = \"big\"\n\
             arm = \"arm{arm}\"\nseed = {seed}\n\n[names.point]\nrate = \"{rate}e-4\"\n\n[names.settings]\nbatch = \"12\"\n\
             layers = \"1\"\nsteps = \"240\"\nwidth = \"16\"\n\n[results]\nicl_accuracy = {}\nloss = {}\n",
            f64::from(cell) / 1e4,
            f64::from(cell) * 7.0 % 10_000.0
        );
        fs::write(&path, text).unwrap();
        fs::create_dir(root.join("segments").join(segment)).unwrap();
    }
    age(&root.join("cells"), Duration::from_mins(1));
    let store = root.to_str().unwrap();
    let timed = |arguments: &[&str]| {
        let since = Instant::now();
        let printed = out(&[arguments, &["--store", store]].concat());
        (since.elapsed(), printed)
    };
    let (first, printed) = timed(&["ls"]);
    assert_eq!(printed.lines().count(), 1 + 10_000 + 2);
    let (mut least, mut again) = (Duration::MAX, String::new());
    for _ in 0..5 {
        let (took, printed) = timed(&["ls"]);
        (least, again) = (least.min(took), printed);
    }
    assert_eq!(again, printed);
    println!("ls over 10,000 cells: {first:?} the first time, {least:?} once indexed");
    // A third of this on a machine that does nothing else; tests run beside each other, and unoptimized programs are slower.
    let most = if cfg!(debug_assertions) { Duration::from_secs(5) } else { Duration::from_secs(1) };
    assert!(least < most, "{least:?}");
    let (_, printed) = timed(&[
        "ls",
        "--filter",
        "arm=arm3, rate>50e-4, seed=2",
        "--sort",
        "loss",
        "--reverse",
        "--format",
        "csv",
        "--columns",
        "loss",
    ]);
    let mut wanted: Vec<u32> =
        (0..10_000).filter(|cell| cell / 1000 == 3 && cell / 10 % 100 + 1 > 50 && cell % 10 + 1 == 2).collect();
    wanted.sort_by_key(|cell| std::cmp::Reverse(cell * 7 % 10_000));
    let wanted: Vec<String> = wanted.iter().map(|cell| (cell * 7 % 10_000).to_string()).collect();
    assert_eq!(printed.lines().skip(1).collect::<Vec<_>>(), wanted);
}

#[test]
fn a_store_that_is_being_written_can_be_looked_at_and_cleaned() {
    let temporary = tempfile::tempdir().unwrap();
    let study = Study { root: temporary.path().to_path_buf() };
    study.write(PROGRAM);
    let folder = study.root.join("out");
    let program = study.program();
    let mut running = command(&["run", &program, "--out", folder.to_str().unwrap(), "--checkpoint-every", "0"]);
    let mut running = running.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut looks = 0;
    let status = loop {
        if let Some(status) = running.try_wait().unwrap() {
            break status;
        }
        if study.path("store.toml").exists() {
            for arguments in
                [&["ls", "--all"][..], &["verify"], &["gc", "--older-than", "0s"], &["ls", "--format", "json"]]
            {
                let (code, printed, err) = study.told(arguments);
                assert_eq!(code, 0, "{arguments:?}: {printed}{err}");
                looks += 1;
            }
        }
    };
    assert!(status.success());
    println!("{looks} looks at a store while it was written");
    let (fresh, _guard) = Study::copy();
    assert_eq!(study.curves(), fresh.curves());
    assert_eq!(study.told(&["verify"]).0, 0);
}
