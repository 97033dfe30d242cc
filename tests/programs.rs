//! Programs of the language that this version does not run yet: told so, and nothing false said of them.

use icl::check::check;
use icl::world::Disk;
use std::path::Path;

#[test]
fn what_is_not_run_yet_is_told_and_nothing_else() {
    // Standard modules that are still to be written are not found.
    for (name, besides) in [
        ("difficulty", vec![]),
        ("regression", vec![]),
        ("markov", vec![]),
        ("induction", vec![]),
        ("words", vec![]),
        ("growing", vec!["E0205"]),
        ("checkpoints", vec!["E0205"]),
    ] {
        let checked = check(&Disk, Path::new(&format!("tests/programs/{name}.icl")), &[]);
        let ids: Vec<&str> = checked.findings.iter().map(|finding| finding.id).collect();
        assert!(ids.contains(&"E0901"), "{name}");
        assert!(checked.program.is_none(), "{name}");
        let others: Vec<&str> = ids.into_iter().filter(|id| *id != "E0901").collect();
        assert_eq!(others, besides, "{name}: {:#?}", checked.findings);
    }
}

#[test]
fn the_published_study_has_no_finding() {
    let checked = check(&Disk, Path::new("tests/programs/warmup.icl"), &[]);
    assert_eq!(checked.findings, []);
    assert!(checked.program.is_some());
}
