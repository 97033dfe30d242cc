//! Figures from phrase to picture, of made-up runs: what is refused, what is drawn, and that it is what was measured.

#[path = "../examples/gallery/simulated.rs"]
mod simulated;

use icl::check::check;
use icl::plan::{Plan, Selection, plans};
use icl::report::pictures::{Drawn, Picture};
use icl::report::study::CellCurve;
use icl::stats::{Pair, associate};
use icl::world::Memory;
use std::path::Path;

fn checked(program: &str) -> icl::check::Checked {
    let path = Path::new("study.icl");
    let mut world = Memory::default();
    world.0.insert(path.into(), program.into());
    check(&world, path, &[])
}

/// The plan of an experiment of the gallery's program, with its report replaced.
fn plan(name: &str, report: &str) -> Plan {
    let text = with_report(name, report);
    let checked = checked(&text);
    assert!(checked.findings.is_empty(), "{:#?}", checked.findings);
    // What the engine does not run yet is no matter here, but every plot must be.
    assert!(checked.not_run.iter().all(|finding| !finding.title.contains("plot")), "{:#?}", checked.not_run);
    let experiments = checked.program.unwrap().experiments;
    let all = plans(experiments, &Selection::default()).unwrap();
    all.into_iter().find(|plan| plan.experiment.name == name).unwrap()
}

fn with_report(name: &str, report: &str) -> String {
    let (before, rest) = simulated::STUDY.split_once(&format!("experiment {name} {{")).unwrap();
    let (inside, after) = rest.split_once("  report {").unwrap();
    let (_, after) = after.split_once("\n  }").unwrap();
    format!("{before}experiment {name} {{{inside}  report {{\n    {report}\n  }}{after}")
}

/// The one figure of a report beside survival, its plan and its runs.
fn one(name: &str, report: &str) -> (Plan, Vec<CellCurve>, Picture) {
    let plan = plan(name, report);
    let cells = simulated::cells(&plan);
    let picture = simulated::of(&plan, &cells).into_iter().next().unwrap();
    (plan, cells, picture)
}

fn rows(picture: &Picture) -> Vec<Vec<String>> {
    let text = picture.csv();
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn wrong_phrases_are_found_with_their_reason() {
    let cases = [
        ("plot: icl_accuracy by mups", "E0201", "a plot has no axis `mups`"),
        ("plot: icl_accuracy by arm for each seed", "E0201", "a plot has no axis `seed`"),
        ("plot: icl_accuracy by layer", "E0301", "`icl_accuracy` has no value for each layer"),
        ("plot: everywhere by arm", "E0301", "`everywhere` has a value for every layer, but one is wanted here"),
        ("plot: everywhere[13] by arm", "E0304", "`everywhere` has no value after layer 13 of a model with 12 layers"),
        ("plot: weights[3] by arm", "E0301", "`weights` is one number, so there is no place to choose"),
        ("plot: weights against arm", "E0301", "`arm` is no number to draw against"),
        ("plot: weights against layer", "E0301", "`layer` is no number to draw against"),
        ("plot: weights against shape", "E0301", "the values of `shape` are no numbers"),
        ("plot: weights at 50 epochs by maps", "E0211", "`at` does nothing in curves over training"),
        ("plot: weights at 99 epochs against maps", "E0317", "step 9900 lies beyond the run"),
        ("plot: weights at 50 sequences against maps", "E0301", "this is no time of a run"),
        ("plot: plateau by maps", "E0301", "a plateau is no curve over training"),
        ("plot: weights against [weights, icl_accuracy]", "E0301", "a plot has one horizontal axis"),
        ("plot: weights by maps by arm", "E0211", "`by` stands twice in this plot"),
        ("plot: wieghts by maps", "E0312", "nobody measures `wieghts`"),
    ];
    for (phrase, id, title) in cases {
        let program = with_report("difficulty", phrase).replace(
            "  sweep maps in [1, 10, 100, 1k, 10k, 20k]\n",
            "  sweep maps in [1, 10, 100, 1k, 10k, 20k]\n  sweep shape in [gelu, relu]\n",
        );
        let program = if phrase.contains("shape") { program } else { with_report("difficulty", phrase) };
        let program = program.replace("experiment difficulty {\n  model: models.gpt2(layers: 12, heads: 4, width: 128)\n  data: 10k sequences\n", &if phrase.contains("shape") {
            "model shaped(shape: relu | gelu) { width: 128, blocks: repeat(12, [attention(heads: 4), mlp(ratio: 4, activation: shape)]) }\n\nexperiment difficulty {\n  model: shaped(shape)\n  data: 10k sequences\n".to_owned()
        } else {
            "experiment difficulty {\n  model: models.gpt2(layers: 12, heads: 4, width: 128)\n  data: 10k sequences\n".to_owned()
        });
        let told = checked(&program).findings;
        let found = told.iter().any(|finding| finding.id == id && finding.title.starts_with(title));
        assert!(found, "{phrase}: {told:#?}");
        assert_eq!(told.len(), 1, "{phrase} is one slip: {told:#?}");
    }
}

#[test]
fn no_two_words_touch_and_none_is_cut_in_any_figure() {
    let drawn = simulated::drawn(simulated::STUDY);
    assert!(drawn.len() > 12, "a figure of each kind");
    for (experiment, picture) in drawn {
        let (width, height, words) = picture.words();
        assert!(words.len() > 8, "{}", picture.name);
        for (place, (text, area)) in words.iter().enumerate() {
            let inside = area[0] >= 0.0 && area[1] >= 0.0 && area[2] <= width && area[3] <= height;
            assert!(inside, "{experiment} {}: `{text}` is cut: {area:?} of {width} x {height}", picture.name);
            for (other, beside) in &words[..place] {
                let apart = area[2] <= beside[0]
                    || beside[2] <= area[0]
                    || area[3] <= beside[1] + 1.0
                    || beside[3] <= area[1] + 1.0;
                assert!(apart, "{experiment} {}: `{text}` {area:?} touches `{other}` {beside:?}", picture.name);
            }
        }
    }
}

#[test]
fn a_time_that_is_asked_for_is_evaluated_and_changes_nothing_else() {
    let (without, _, _) = one("difficulty", "plot: plateau against maps");
    let (with, cells, picture) = one("difficulty", "plot: weights at 1234 steps against maps");
    assert_eq!(with.cells[0].observation.also, [1234]);
    assert!(with.cells[0].observation.steps(6000).any(|step| step == 1234));
    assert!(with.cells[0].observation.aside(1234) && !with.cells[0].observation.aside(1200));
    assert_ne!(with.cells[0].key, without.cells[0].key, "more is reported");
    assert_eq!(with.cells[0].segments, without.cells[0].segments, "the same is trained");
    let (regular, _, _) = one("difficulty", "plot: weights at 12 epochs against maps");
    assert_eq!(regular.cells[0].key, without.cells[0].key, "evaluated anyway");
    // Every run at its knob and its value there.
    let rows = rows(&picture);
    assert_eq!(rows.len(), with.cells.len());
    let weights = 2;
    for row in &rows {
        let maps: f64 = row[3].parse().unwrap();
        let arm = with.experiment.numbers.iter().position(|numbers| numbers[0] == Some(maps)).unwrap();
        let cell = cells.iter().find(|cell| cell.arm == arm && cell.seed.to_string() == row[2]).unwrap();
        let point = cell.points.iter().find(|point| point.step == 1234).unwrap();
        assert_eq!(point.values[weights].unwrap().to_string(), row[4]);
    }
    // The plateau does not see the evaluation that was added: at the same runs it ends where it did.
    let exits = |plan: &Plan, cells: &[CellCurve]| {
        let picture =
            simulated::of(plan, cells).into_iter().find(|picture| picture.name.starts_with("plateau")).unwrap();
        self::rows(&picture)
    };
    let both = plan("difficulty", "plot: weights at 1234 steps against maps, plot: plateau against maps");
    let thinned: Vec<CellCurve> = cells
        .iter()
        .map(|cell| {
            let points = cell.points.iter().filter(|point| point.step != 1234).cloned().collect();
            CellCurve { points, ..cell.clone() }
        })
        .collect();
    assert_eq!(exits(&both, &cells), exits(&without, &thinned));
}

#[test]
fn curves_are_what_was_measured() {
    let (plan, cells, picture) = one("difficulty", "plot: [icl_accuracy, everywhere[3]] by maps");
    let Drawn::Curves(figure) = &picture.drawn else { panic!("{picture:?}") };
    assert_eq!(figure.panels.len(), 2, "a panel for each measure");
    assert!(figure.ordered, "the maps are numbers in order");
    let labels: Vec<&str> = figure.panels[0].groups.iter().map(|group| group.label.as_str()).collect();
    assert_eq!(labels, ["maps = 1", "maps = 10", "maps = 100", "maps = 1k", "maps = 10k", "maps = 20k"]);
    let rows = rows(&picture);
    let points: usize = cells.iter().map(|cell| cell.points.len()).sum();
    assert_eq!(rows.len(), 2 * points);
    let seeds = plan.experiment.seeds.len();
    for (place, group) in figure.panels[1].groups.iter().enumerate() {
        assert_eq!(group.runs.len(), seeds, "nothing is averaged away");
        for (run, seed) in group.runs.iter().zip(&plan.experiment.seeds) {
            let cell = cells.iter().find(|cell| cell.arm == place && cell.seed == *seed).unwrap();
            let site: Vec<f64> = cell.points.iter().map(|point| point.parts[3][3]).collect();
            assert_eq!(run.seed, *seed);
            assert_eq!(run.points.iter().map(|point| point.1).collect::<Vec<_>>(), site);
        }
    }
}

#[test]
fn combinations_stand_apart() {
    // Arms times a knob: panels of one, curves of the other, none averaged away.
    let (_, _, picture) = one("functions", "plot: query_error by dim");
    let Drawn::Curves(figure) = &picture.drawn else { panic!("{picture:?}") };
    let panels: Vec<_> = figure.panels.iter().map(|panel| (panel.title.as_deref(), panel.groups.len())).collect();
    assert_eq!(panels, [(Some("plain"), 3), (Some("clipped"), 3)]);
    let (_, _, picture) = one("functions", "plot: query_error by arm for each dim");
    let Drawn::Curves(figure) = &picture.drawn else { panic!("{picture:?}") };
    let panels: Vec<_> = figure.panels.iter().map(|panel| (panel.title.as_deref(), panel.groups.len())).collect();
    assert_eq!(panels, [(Some("dim = 10"), 2), (Some("dim = 20"), 2), (Some("dim = 40"), 2)]);
    assert!(figure.log, "evaluations spaced by decades");
    // A sweep over pairs: what belongs to one value alone is said beside it.
    let program = with_report("difficulty", "plot: [icl_accuracy, easy_accuracy] by maps").replace(
        "sweep maps in [1, 10, 100, 1k, 10k, 20k]",
        "sweep (maps, total) in [(1, 60 epochs), (10, 60 epochs), (10, 50 epochs)]",
    );
    let program =
        program.replacen("curricula.only(hard, 60 epochs)\n\n  sweep", "curricula.only(hard, total)\n\n  sweep", 1);
    let checked = checked(&program);
    assert!(checked.findings.is_empty(), "{:#?}", checked.findings);
    let all = plans(checked.program.unwrap().experiments, &Selection::default()).unwrap();
    let plan = all.iter().find(|plan| plan.experiment.name == "difficulty").unwrap();
    let picture = simulated::of(plan, &simulated::cells(plan)).remove(0);
    let Drawn::Curves(figure) = &picture.drawn else { panic!("{picture:?}") };
    let labels: Vec<&str> = figure.panels[0].groups.iter().map(|group| group.label.as_str()).collect();
    assert_eq!(labels, ["maps = 1, total = 60 epochs", "maps = 10, total = 60 epochs", "maps = 10, total = 50 epochs"]);
}

#[test]
fn a_censored_run_is_drawn_where_it_was_last_seen() {
    for report in ["plot: plateau against maps", "plot: plateau against weights at 10 epochs"] {
        let (plan, cells, picture) = one("difficulty", report);
        let rows = rows(&picture);
        assert_eq!(rows.len(), cells.len(), "a point for each run");
        let censored: Vec<f64> =
            rows.iter().filter(|row| row[5] == "true").map(|row| row[4].parse().unwrap()).collect();
        assert!(!censored.is_empty() && censored.len() < rows.len(), "{report}");
        // The last exit that three further evaluations could have confirmed.
        assert!(censored.iter().all(|time| *time >= 5600.0 && *time <= 6000.0), "{censored:?}");
        assert_eq!(picture.svg().matches("stroke-width=\"1.2\"").count(), censored.len(), "{report}");
        if report.contains("weights") {
            let Drawn::Points(points) = &picture.drawn else { panic!("{picture:?}") };
            let caption = points.caption.join(" ");
            assert!(
                caption.contains(&format!("n = {}", plan.cells.len())) && caption.contains("Kendall's τ = -0."),
                "{caption}"
            );
            assert!(points.panels[0].line.is_some_and(|line| line.0 < 0.0), "knowing more ends it sooner");
        }
    }
}

#[test]
fn layers_over_time_are_medians_of_what_was_measured() {
    let (_, cells, picture) = one("difficulty", "plot: everywhere by layer");
    let rows = rows(&picture);
    let values: usize = cells.iter().flat_map(|cell| &cell.points).map(|point| point.parts[3].len()).sum();
    assert_eq!(rows.len(), values);
    assert_eq!(values, cells.len() * 61 * 13);
    let svg = picture.svg();
    for text in ["maps = 20k", "chance", "step 0", "emb.", "12"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}");
    }
}

#[test]
fn every_figure_is_written_in_every_form_and_always_the_same() {
    for (experiment, picture) in simulated::drawn(simulated::STUDY) {
        let pdf = picture.pdf();
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF\n"), "{experiment} {}", picture.name);
        assert!(pdf.len() < 1_500_000, "{} bytes", pdf.len());
        assert_eq!(pdf, picture.pdf());
        // The table of objects points at them.
        let text = String::from_utf8_lossy(&pdf);
        let start: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        let table = String::from_utf8_lossy(&pdf[start..]).into_owned();
        for (number, line) in table.lines().skip(3).take_while(|line| line.ends_with(" n ")).enumerate() {
            let at: usize = line[..10].parse().unwrap();
            assert!(pdf[at..].starts_with(format!("{} 0 obj", number + 1).as_bytes()), "{line}");
        }
        let svg = picture.svg();
        assert!(svg.starts_with("<svg ") && !svg.contains("NaN") && !svg.contains("inf\""));
    }
}

#[test]
fn associations_are_those_of_scipy_and_lifelines() {
    let cases: serde_json::Value = serde_json::from_str(include_str!("oracle/association.json")).unwrap();
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    };
    for case in cases.as_array().unwrap() {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let censored = case["censored"].as_array().unwrap().iter().map(|cut| cut.as_bool().unwrap());
        let pairs: Vec<Pair> =
            x.into_iter().zip(y).zip(censored).map(|((x, y), censored)| Pair { x, y, censored }).collect();
        let got = associate(&pairs).unwrap();
        let close = |got: f64, of: &str| {
            let expected = case[of].as_f64().unwrap();
            assert!((got - expected).abs() < 1e-9 * expected.abs().max(1.0), "{of}: {got} against {expected}");
        };
        close(got.tau, "tau");
        let Some(p) = case.get("p").and_then(serde_json::Value::as_f64) else { continue };
        assert_eq!(got.exact, pairs.len() <= 8);
        if got.exact {
            close(got.p, "p");
        } else {
            assert!(p < 1e-3 && got.p < 1e-3);
        }
        close(got.line.unwrap().0, "slope");
        if pairs.len() % 2 == 1 {
            close(got.line.unwrap().1, "intercept");
        }
    }
    // Without a pair whose order is known there is no correlation; without a spread of x no line.
    let run = |x: f64, y: f64, censored: bool| Pair { x, y, censored };
    assert_eq!(associate(&[run(0.0, 1.0, true), run(1.0, 1.0, true)]), None);
    assert_eq!(associate(&[]), None);
    let flat = associate(&[run(1.0, 1.0, false), run(1.0, 2.0, false)]).unwrap();
    assert_eq!((flat.tau, flat.p, flat.line), (0.0, 1.0, None));
}
