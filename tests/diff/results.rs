//! `icl diff --results`: what two runs found.

use super::{icl, write};
use icl::stats::{Arm, Claim, Exit, Part, Plateau, Run, Sample, SeedRun, judge, summarise};

/// A run whose arms leave their plateaus at some steps, or not within 1,000.
fn run(arms: &[(&str, &[Option<f64>])]) -> String {
    let plateau = |exit: &Option<f64>| Plateau {
        exit: exit.map_or(Exit::Censored { last: 1000.0 }, |time| Exit::At { time, bracket: (time - 5.0, time + 5.0) }),
        t10: None,
        t90: None,
        width: None,
        final_progress: None,
        resolution: 10.0,
        evaluations: 101,
        diverged: None,
    };
    let seeds = |exits: &[Option<f64>]| -> Vec<SeedRun> {
        let all = exits.iter().enumerate();
        all.map(|(seed, exit)| SeedRun { seed: seed as u64 + 1, plateau: plateau(exit), horizon: 1000.0 }).collect()
    };
    let arms: Vec<Arm> = arms
        .iter()
        .map(|(name, exits)| Arm { name: (*name).into(), planned: exits.len(), runs: seeds(exits) })
        .collect();
    let sample =
        |arm: &Arm| Sample::Exits(arm.runs.iter().map(|run| Run::new(run.seed, &run.plateau, run.horizon)).collect());
    let part = Part { label: String::new(), small: sample(&arms[1]), large: sample(&arms[0]), horizon: 1000.0 };
    let claim = Claim { text: "rmst(warm) < rmst(direct)".into(), level: 0.05, parts: vec![part] };
    let judged = judge(&[claim]).unwrap();
    serde_json::json!({ "summary": summarise(&arms).unwrap(), "claims": judged, "limit": null }).to_string()
}

#[test]
fn exits_means_and_verdicts_stand_side_by_side_with_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let slow = [Some(600.0), Some(640.0), Some(680.0), Some(720.0)];
    let before = run(&[("direct", &slow), ("warm", &[Some(610.0), Some(630.0), None, None])]);
    let now = run(&[("direct", &slow), ("warm", &[Some(200.0), Some(240.0), Some(280.0), Some(320.0)])]);
    write(at, &[("a/plateau.json", &before), ("b/plateau.json", &now)]);
    let said = icl(at, &["diff", "--results", "a", "b", "--exit-code"]);
    assert_eq!(said.code, 1, "{}", said.all());
    let row = |of: &str, what: &str| {
        let line = said
            .out
            .lines()
            .find(|line| line.starts_with(of) && line.contains(what))
            .unwrap_or_else(|| panic!("{}", said.out));
        line.split(what)
            .nth(1)
            .unwrap()
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(row("warm", "escaped"), ["2 of 4", "4 of 4", "+2"]);
    // Four exits 40 steps apart have their median at the second, by S at or below one half, and their mean in the middle.
    assert_eq!(row("warm", "median exit"), ["630", "240", "-390"]);
    assert_eq!(row("warm", "restricted mean"), ["810", "260", "-550"]);
    assert!(!said.out.lines().any(|line| line.starts_with("direct")), "what is the same is not told: {}", said.out);
    let verdict = row("rmst(warm)", "verdict");
    assert_eq!(verdict[0], "undecided, p .843", "59 of the 70 arrangements");
    assert_eq!(verdict[1], "supported, p .014", "1 of the 70 arrangements");
    let json: serde_json::Value =
        serde_json::from_str(&icl(at, &["diff", "--results", "a", "b", "--format", "json"]).out).unwrap();
    let findings = json[0]["findings"].as_array().unwrap();
    let mean = findings.iter().find(|line| line["of"] == "warm" && line["what"] == "restricted mean").unwrap();
    assert_eq!(mean["difference"], -550.0);
    let same = icl(at, &["diff", "--results", "a", "a", "--exit-code"]);
    assert_eq!((same.code, same.out.as_str()), (0, "a -> a: the same findings\n"));
}

#[test]
fn runs_of_several_experiments_are_compared_by_name_and_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (a, b) =
        (run(&[("direct", &[None]), ("warm", &[Some(5.0)])]), run(&[("direct", &[None]), ("warm", &[Some(9.0)])]));
    write(
        at,
        &[("old/one/plateau.json", &a), ("old/two/plateau.json", &a), ("new/one/plateau.json", &b), ("empty/x", "")],
    );
    let said = icl(at, &["diff", "--results", "old", "new"]);
    assert!(said.code == 0 && said.out.starts_with("one: old -> new\n"), "{}", said.all());
    for (arguments, wanted) in [
        (&["old"][..], "takes two run folders"),
        (&["old", "missing"], "missing is no folder"),
        (&["old", "empty"], "empty holds no findings (plateau.json)"),
    ] {
        let said = icl(at, &[&["diff", "--results"], arguments].concat());
        assert!(said.code == 2 && said.told.contains(wanted), "{arguments:?}: {}", said.all());
    }
}

#[test]
fn an_arm_at_a_point_of_a_sweep_is_compared_with_itself_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let summary = |exit: f64| {
        let run: serde_json::Value =
            serde_json::from_str(&run(&[("direct", &[Some(700.0)]), ("warm", &[Some(exit)])])).unwrap();
        run["summary"].clone()
    };
    let points = |exits: [f64; 2]| {
        let point = |maps: &str, exit: f64| serde_json::json!({ "point": { "maps": maps }, "summary": summary(exit) });
        serde_json::json!({ "points": [point("1", exits[0]), point("10", exits[1])], "claims": [], "limit": null })
            .to_string()
    };
    write(at, &[("a/plateau.json", &points([300.0, 500.0])), ("b/plateau.json", &points([300.0, 400.0]))]);
    let said = icl(at, &["diff", "--results", "a", "b"]);
    assert!(said.out.contains("warm at maps = 10") && said.out.contains("-100"), "{}", said.all());
    assert!(!said.out.contains("maps = 1 ") && !said.out.contains("direct"), "{}", said.all());
}
