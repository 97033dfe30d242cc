//! What is taken out of a store, and what never is.

use super::{PROGRAM, Study, age, command, living};
use std::fs;
use std::process::Stdio;
use std::time::Duration;

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
