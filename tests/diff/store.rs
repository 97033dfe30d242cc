//! What `icl diff` says of cells is what `icl run` then does in a store where the study before was run.

use super::{icl_with, write};
use std::fs;

#[test]
fn cells_that_are_told_to_be_reused_or_to_go_on_train_nothing_again() {
    let tiny = fs::read_to_string("tests/programs/tiny.icl").unwrap();
    let arms: Vec<&str> = tiny.lines().filter(|line| line.starts_with("  arm ")).collect();
    let study = tiny
        .replace(&arms.join("\n"), "  arm warmed { curriculum: curricula.warm_up(easy, hard, 20 steps, total) }")
        .replace("= 120 steps", "= 40 steps")
        .replace("seeds: 2", "seeds: 1");
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/cache");
    // A store for each, so that none finds what another one left.
    for (name, from, to, rerun, continued, remeasured, trained, again) in [
        ("coarser", "every: 10 steps", "every: 20 steps", 0, 0, 0, 40, false),
        ("fewer", "icl_accuracy, weights }", "icl_accuracy }", 0, 0, 0, 40, false),
        ("longer", "= 40 steps", "= 60 steps", 1, 1, 0, 60, false),
        ("later", "20 steps, total", "30 steps, total", 1, 1, 0, 40, false),
        // What a longer run measured is there for a shorter one.
        ("shorter", "= 40 steps", "= 30 steps", 0, 0, 0, 40, true),
        ("another", "batch: 12", "batch: 10", 1, 0, 0, 40, false),
    ] {
        let now = study.replace(from, to);
        assert_ne!(now, study, "{name}");
        write(at, &[("old.icl", &study), ("new.icl", &now)]);
        let store = at.join(name);
        let env = [("ICL_CACHE", cache), ("ICL_STORE", store.to_str().unwrap())];
        let run = |program: &str| {
            let said = icl_with(at, &["run", program], &env);
            assert_eq!(said.code, 0, "{name}: {}", said.all());
            said.out
        };
        run("old.icl");
        let said = icl_with(at, &["diff", "old.icl", "new.icl", "--format", "json"], &[]);
        let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        let cells =
            ["rerun", "continued", "remeasured"].map(|key| document["files"][0]["cells"][key].as_u64().unwrap());
        assert_eq!(cells, [rerun, continued, remeasured], "{name}");
        let out = run("new.icl");
        assert!(out.contains(&format!("trained {trained} steps")), "{name}: {out}");
        assert_eq!(out.contains("are needed"), again, "{name}: {out}");
    }
}
