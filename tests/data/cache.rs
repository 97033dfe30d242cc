//! The cache: shared, killed, torn, full and forbidden.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use icl::data::{DataError, Embeddings, ShapesSpec, default_cache_dir};

use super::{all, bits, spec, truth};

/// Fetches every row through a cache: the rows and how many were computed.
fn fetched(spec: &ShapesSpec, cache: &Path) -> (Vec<f32>, usize, Embeddings) {
    let mut embeddings = Embeddings::open(spec, Some(cache)).unwrap();
    let mut computed = 0;
    embeddings.fetch(&all(spec), 2, &mut |done, _| computed = done).unwrap();
    let mut out = vec![0.0; spec.rows() * spec.width];
    embeddings.gather_into(&all(spec), &mut out);
    (out, computed, embeddings)
}

/// 320 rows, 24 wide.
fn small() -> ShapesSpec {
    spec([1, 1, 4, 4, 4, 5], 24, 0.5)
}

fn small_truth() -> &'static [f32] {
    static TRUTH: std::sync::OnceLock<Vec<f32>> = std::sync::OnceLock::new();
    TRUTH.get_or_init(|| truth(&small()))
}

/// A cache that holds the first 100 rows, and its folder.
fn part_full() -> (tempfile::TempDir, PathBuf) {
    let cache = tempfile::tempdir().unwrap();
    let mut embeddings = Embeddings::open(&small(), Some(cache.path())).unwrap();
    let rows: Vec<u32> = (0..100).rev().collect();
    embeddings.fetch(&rows, 1, &mut |_, _| ()).unwrap();
    assert!(embeddings.has(99) && !embeddings.has(100));
    assert_eq!(embeddings.gather(7), &small_truth()[7 * 24..8 * 24]);
    let folder = embeddings.folder().unwrap().to_owned();
    (cache, folder)
}

/// That the cache yields the right rows, having computed so many, and is whole afterwards.
fn assert_computes(cache: &Path, computed: usize) {
    let (rows, found, embeddings) = fetched(&small(), cache);
    assert_eq!(bits(&rows), bits(small_truth()));
    assert_eq!(found, computed);
    assert_eq!(embeddings.warnings(), []);
    let (rows, found, _) = fetched(&small(), cache);
    assert_eq!((bits(&rows), found), (bits(small_truth()), 0));
}

#[test]
fn only_missing_rows_are_computed() {
    let (cache, folder) = part_full();
    assert!(folder.starts_with(cache.path()));
    assert_computes(cache.path(), 220);
    let told = fs::read_to_string(folder.join("spec.json")).unwrap();
    assert!(told.contains("\"values\":[1,1,4,4,4,5]"), "{told}");
}

#[test]
fn rows_without_their_bits_are_computed_again() {
    // As after a kill between the rows and the bitmap.
    let (cache, folder) = part_full();
    fs::remove_file(folder.join("present.bits")).unwrap();
    assert_computes(cache.path(), 320);
}

#[test]
fn torn_bits_are_not_believed() {
    for cut in [0, 1, 40, 60] {
        let (cache, folder) = part_full();
        let bytes = fs::read(folder.join("present.bits")).unwrap();
        fs::write(folder.join("present.bits"), &bytes[..cut]).unwrap();
        assert_computes(cache.path(), 320);
    }
    let (cache, folder) = part_full();
    let mut bytes = fs::read(folder.join("present.bits")).unwrap();
    bytes[30] ^= 4;
    fs::write(folder.join("present.bits"), bytes).unwrap();
    assert_computes(cache.path(), 320);
}

#[test]
fn a_shortened_file_loses_only_what_it_lost() {
    let (cache, folder) = part_full();
    let file = fs::OpenOptions::new().write(true).open(folder.join("rows.f32")).unwrap();
    file.set_len(60 * 24 * 4 + 5).unwrap();
    assert_computes(cache.path(), 260);

    let (cache, folder) = part_full();
    fs::remove_file(folder.join("rows.f32")).unwrap();
    assert_computes(cache.path(), 320);

    // Lengthened again by someone else, with a hole.
    let (cache, folder) = part_full();
    let file = fs::OpenOptions::new().write(true).open(folder.join("rows.f32")).unwrap();
    file.set_len(60 * 24 * 4).unwrap();
    file.set_len(320 * 24 * 4).unwrap();
    assert_computes(cache.path(), 260);
}

#[test]
fn rows_beside_another_description_are_not_believed() {
    for text in ["", "{", "{\"values\":[1,1,4,4,4,5]}"] {
        let (cache, folder) = part_full();
        fs::write(folder.join("spec.json"), text).unwrap();
        assert_computes(cache.path(), 320);
    }
}

#[test]
fn a_cache_that_cannot_be_made_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let (rows, computed, embeddings) = fetched(&small(), &file);
    assert_eq!((bits(&rows), computed), (bits(small_truth()), 320));
    let [warning] = embeddings.warnings() else { panic!("{:?}", embeddings.warnings()) };
    assert!(warning.reason().contains(file.to_str().unwrap()), "{warning}");
    assert!(warning.cure().contains("ICL_CACHE"), "{warning}");
}

#[test]
fn a_cache_that_cannot_be_written_is_still_read() {
    let (cache, folder) = part_full();
    // Stops even the superuser, whom permissions do not.
    fs::remove_file(folder.join("lock")).unwrap();
    fs::create_dir(folder.join("lock")).unwrap();
    let before = fs::read(folder.join("present.bits")).unwrap();
    let (rows, computed, embeddings) = fetched(&small(), cache.path());
    assert_eq!((bits(&rows), computed), (bits(small_truth()), 220));
    assert_eq!(embeddings.warnings().len(), 1);
    assert_eq!(fs::read(folder.join("present.bits")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_warning() {
    let (cache, folder) = part_full();
    fs::remove_file(folder.join("rows.f32")).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.join("rows.f32")).unwrap();
    let (rows, computed, embeddings) = fetched(&small(), cache.path());
    assert_eq!((bits(&rows), computed), (bits(small_truth()), 320));
    let [warning] = embeddings.warnings() else { panic!("{:?}", embeddings.warnings()) };
    assert!(warning.to_string().contains(folder.to_str().unwrap()), "{warning}");
    drop(embeddings);
    // Nothing is said to be there that is not.
    fs::remove_file(folder.join("rows.f32")).unwrap();
    assert_computes(cache.path(), 320);
}

#[test]
fn two_threads_share_a_cache() {
    let cache = tempfile::tempdir().unwrap();
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let (rows, _, embeddings) = fetched(&small(), cache.path());
                found.lock().unwrap().push((bits(&rows), embeddings.warnings().len()));
            });
        }
    });
    assert_eq!(found.into_inner().unwrap(), vec![(bits(small_truth()), 0); 2]);
    assert_computes(cache.path(), 0);
}

/// 5,120 rows: two batches.
fn batches() -> ShapesSpec {
    spec([4, 4, 4, 4, 4, 5], 16, 1.0)
}

/// Not a test by itself: what the next test runs in processes of their own.
#[test]
fn child_process() {
    if let Some(cache) = std::env::var_os("ICL_TEST_CHILD_CACHE") {
        fetched(&batches(), Path::new(&cache));
    }
}

#[test]
fn processes_share_a_cache_and_may_be_killed() {
    let cache = tempfile::tempdir().unwrap();
    let child = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cache::child_process"])
            .env("ICL_TEST_CHILD_CACHE", cache.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut store = icl::data::store::Store::new(&batches(), cache.path());
    let mut count = || {
        store.look();
        (0..5_120).filter(|&row| store.has(row)).count()
    };
    let (mut killed, mut other) = (child(), child());
    let start = std::time::Instant::now();
    while count() == 0 {
        assert!(start.elapsed().as_secs() < 120, "no batch was ever finished");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(other.wait().unwrap().success());
    assert_eq!(count(), 5_120);
    let (rows, computed, _) = fetched(&batches(), cache.path());
    assert_eq!(computed, 0);
    assert_eq!(bits(&rows), bits(&truth(&batches())));
}

#[test]
fn what_costs_nothing_is_not_cached() {
    let cache = tempfile::tempdir().unwrap();
    let mut embeddings = Embeddings::open(&spec([2; 6], 8, 0.0), Some(cache.path())).unwrap();
    embeddings.fetch(&[63, 0, 63], 2, &mut |_, total| assert_eq!(total, 2)).unwrap();
    assert_eq!(embeddings.gather(63).len(), 8);
    assert_eq!(embeddings.folder(), None);
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    let error = embeddings.fetch(&[64], 2, &mut |_, _| ()).unwrap_err();
    assert_eq!(error, DataError::Row { row: 64, rows: 64 });
}

#[test]
fn the_cache_lies_where_the_environment_says() {
    let at = |pairs: &[(&str, &str)]| {
        default_cache_dir(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    };
    let (icl, xdg, home) = (("ICL_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c"));
    assert_eq!(at(&[icl, xdg, home]), Some("/a".into()));
    assert_eq!(at(&[("ICL_CACHE", ""), xdg, home]), Some("/b/icl".into()));
    assert_eq!(at(&[("XDG_CACHE_HOME", "b"), home]), Some("/c/.cache/icl".into()));
    assert_eq!(at(&[]), None);
}
