//! The index, which is only a cache, and stores that cannot be written.

use super::{Study, age, out};
use std::fs;
use std::time::Duration;
use std::time::Instant;

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
