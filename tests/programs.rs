//! The studies that the language was designed for: each is checked without a fault and planned as it stands.

use icl::check::check;
use icl::diagnostic::Severity;
use icl::plan::{Selection, plans};
use icl::world::Disk;
use std::path::Path;

/// Name, cells, and the ids of the warnings that it is given.
const PROGRAMS: &[(&str, usize, &[&str])] = &[
    ("warmup", 25, &[]),
    ("difficulty", 30, &[]),
    ("regression", 50, &[]),
    ("growing", 15, &[]),
    ("induction", 40, &[]),
    ("markov", 30, &[]),
    ("words", 20, &[]),
    // The checkpoints of somebody else's model are not in the repository.
    ("checkpoints", 20, &["W0208"]),
];

#[test]
fn every_program_is_checked_and_planned_as_it_stands() {
    for (name, cells, warnings) in PROGRAMS {
        let path = format!("tests/programs/{name}.icl");
        let checked = check(&Disk, Path::new(&path), &[]);
        let errors: Vec<_> = checked.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let told: Vec<&str> = checked.findings.iter().map(|finding| finding.id).collect();
        assert_eq!(told, *warnings, "{name}");
        let program = checked.program.unwrap_or_else(|| panic!("{name} has no program"));
        let plans = plans(program.experiments, &Selection::default()).unwrap();
        let planned: usize = plans.iter().map(|plan| plan.cells.len()).sum();
        assert_eq!(planned, *cells, "{name}");
        // Every cell is another run.
        let keys: std::collections::BTreeSet<String> =
            plans.iter().flat_map(|plan| &plan.cells).map(|cell| cell.key.to_string()).collect();
        assert_eq!(keys.len(), *cells, "{name}: two cells have one key");
        for (plan, cell) in plans.iter().flat_map(|plan| plan.cells.iter().map(move |cell| (plan, cell))) {
            let cost = plan.cost(cell);
            assert!(cost.evaluations > 0 && cost.evaluation_flops.is_finite(), "{name}: {cost:?}");
        }
    }
}

#[test]
fn every_program_runs() {
    let told = |name: &str| {
        let checked = check(&Disk, Path::new(&format!("tests/programs/{name}.icl")), &[]);
        checked.not_run.len()
    };
    for (name, ..) in PROGRAMS {
        assert_eq!(told(name), 0, "{name} runs");
    }
}
