//! The page of a report: nothing of the author's becomes markup, its policy fits it, and Chromium shows it without a fault.

#[path = "../examples/gallery/simulated.rs"]
#[allow(dead_code)]
mod simulated;

use icl::check::check;
use icl::plan::{Plan, Selection, plans};
use icl::report::concluded::conclude;
use icl::report::page::{Page, SCRIPT, hash};
use icl::report::study::Study;
use icl::report::{Column, Table, pictures};
use icl::world::Memory;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Words that would be markup if they were taken as they are.
const EVIL: &str =
    "</script><script>window.faults.push('injected')</script><img src=x onerror=alert(1)> \"quoted\" & 'so'";

/// Three arms, ten seeds and 201 evaluations each.
fn plan() -> Plan {
    let program = include_str!("../experiments/quickstart.icl")
        .replace("seeds: 4", "seeds: 10")
        .replace("every: 50 steps", "every: 25 steps")
        .replace("/// Many maps from the start.", &format!("/// {EVIL}"));
    let path = Path::new("study.icl");
    let mut world = Memory::default();
    world.0.insert(path.into(), program);
    let checked = check(&world, path, &[]);
    let errors: Vec<_> = checked.findings.iter().map(|finding| &finding.title).collect();
    let program = checked.program.unwrap_or_else(|| panic!("{errors:?}"));
    plans(program.experiments, &Selection::default()).unwrap().remove(0)
}

fn page(change: Option<&str>) -> String {
    let plan = plan();
    let mut cells = simulated::cells(&plan);
    assert_eq!((cells.len(), cells[0].points.len()), (30, 201));
    for (number, point) in cells.iter_mut().flat_map(|cell| &mut cell.points).enumerate() {
        point.loss = (point.step > 0).then(|| 1.0 / (1.0 + number as f64));
    }
    // One run stands half way, with a value that is not finite.
    cells[7].points.truncate(100);
    cells[7].points[50].values[0] = Some(f64::NAN);
    cells[7].finished = false;
    cells[7].stands = Some(2475);
    let experiment = &plan.experiment;
    let arms = (0..experiment.arms.len()).collect();
    let studies = [Study { experiment, point: 0, arms, cells: &cells, limit: None, left_out: &[] }];
    let concluded = conclude(experiment, &studies).unwrap();
    let table = |title: &str| Table {
        title: title.into(),
        columns: vec![Column::left("what"), Column::right(EVIL)],
        rows: vec![vec![EVIL.into(), "1".into()]],
        notes: vec![EVIL.into()],
    };
    let page = Page {
        experiment,
        studies: &studies,
        pictures: &pictures(experiment, &studies).unwrap(),
        tables: &concluded.tables,
        runs: table("runs"),
        work: table("work"),
        environment: table("environment"),
        command: format!("icl run '{EVIL}'"),
        program: EVIL,
        change: change.map(str::to_owned),
    };
    page.html()
}

/// What stands between two texts.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn digests_are_those_of_other_programs() {
    // The example of the policy's own specification (CSP Level 3, 8.3), and lengths around a block by Python's hashlib.
    assert_eq!(hash::source("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    assert_eq!(hash::source(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    for (length, digest) in [
        (55, "n0OQ+NMMLdkuyfCVtl4rmumwqSWlJY4kHJ8ekQ9zQxg="),
        (56, "s1Q5pKxvCUi21vnjxq8PX1kM4g8b3nCQ73lwaG7Gc4o="),
        (64, "/+BU/nrgy23GXDr5th1SCfQ5hR20PQulmXM33xVGaOs="),
        (1000, "Qe3s5C1j6Nm/UVqbppMuHCDLyfWl0TRkWttdsblzfqM="),
    ] {
        assert_eq!(hash::source(&"a".repeat(length)), format!("sha256-{digest}"));
    }
}

#[test]
fn nothing_of_the_author_is_markup() {
    let html = page(Some(&format!("--- a\n+++ b\n-{EVIL}\n+so\n")));
    assert_eq!(html.matches("<script").count(), 2, "the data and the script");
    assert_eq!(html.matches("</script>").count(), 2);
    assert!(!html.contains("<img"));
    assert!(html.contains("<del>-&lt;/script&gt;"));
    let data: serde_json::Value = serde_json::from_str(between(&html, "id=\"data\">", "</script>")).unwrap();
    assert_eq!(data["runs"].as_array().unwrap().len(), 30);
    assert_eq!(data["charts"].as_array().unwrap().len(), 3);
    // Runs stand arm by arm; what is not finite is in one of them.
    let curves = data["charts"][0]["values"].as_array().unwrap();
    assert_eq!(curves.iter().filter(|curve| curve[50].is_null()).count(), 1);
    assert!(html.contains("29 of 30 runs are finished"));
}

#[test]
fn the_policy_lets_in_the_script_and_the_style_alone() {
    let html = page(None);
    let policy = between(&html, "Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"));
    let style = between(&html, "<style>", "</style>");
    let script = between(&html, "<script>", "</script>");
    assert_eq!(script, SCRIPT);
    assert!(policy.contains(&format!("style-src '{}'", hash::source(style))));
    assert!(policy.contains(&format!("script-src '{}'", hash::source(script))));
    // The policy forbids attributes with style and handlers, and there is nothing to fetch.
    let shown = html.replace(SCRIPT, "").replace("&lt;img src=", "");
    for forbidden in [" style=", " onclick=", " src=", "<link", "@import", "url(http"] {
        assert!(!shown.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn tables_have_headers_that_say_of_what() {
    let html = page(None);
    let html = html.replace(SCRIPT, "");
    assert!(html.matches("<th ").count() > 20 && !html.contains("<th>"));
    for head in html.split("<th ").skip(1) {
        assert!(head.starts_with("scope=\"col\"") || head.starts_with("scope=\"row\""), "{head:.40}");
    }
    assert_eq!(html.matches("<table>").count(), html.matches("<caption>").count());
    assert_eq!(html.matches("<figure>").count(), html.matches("<figcaption>").count());
    assert_eq!(html.matches("<figure>").count(), html.matches("<svg role=\"img\"").count());
}

#[test]
fn thirty_runs_of_two_hundred_evaluations_weigh_less_than_300_kb() {
    let html = page(None);
    assert!(html.len() < 300_000, "{} bytes", html.len());
}

/// Chromium, if there is one: `CHROMIUM`, or by its usual names.
fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chromium-headless-shell"];
    let asked = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = || std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    asked.or_else(|| found().find(|file| file.is_file()))
}

/// The document as it is once its scripts have run, at the width of a phone.
fn shown(chromium: &Path, folder: &Path, html: &str) -> String {
    let file = folder.join("page.html");
    std::fs::write(&file, html).unwrap();
    let mut command = Command::new(chromium);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=500,2000",
        "--dump-dom",
    ]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    let output = command.arg(format!("file://{}", file.display())).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn chromium_shows_it_and_everything_works() {
    let Some(chromium) = chromium() else {
        eprintln!("no Chromium here: the page was not looked at in a browser");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let html = page(None);
    // As it is: its own script runs under its own policy.
    let dom = shown(&chromium, folder.path(), &html);
    let ready: f64 = between(&dom, "data-ready=\"", "\"").parse().unwrap();
    eprintln!("{} bytes, interactive after {ready} ms", html.len());
    // With a script more, which its hash lets in: listens for faults, then uses the page.
    let before = "window.faults = [];\naddEventListener('error', event => faults.push('error: ' + event.message));\n\
                  addEventListener('securitypolicyviolation', event => faults.push('policy: ' + event.violatedDirective));\n\
                  const CHARTS = 3, RUNS = 30, SEEDS = 10;\n";
    let script = format!("{before}{SCRIPT}{}", include_str!("page/checks.js"));
    let html = html.replace(SCRIPT, &script).replace(&hash::source(SCRIPT), &hash::source(&script));
    let dom = shown(&chromium, folder.path(), &html);
    let faults = between(&dom, "data-faults=\"", "\"");
    assert_eq!((faults, dom.contains("data-checked=\"yes\"")), ("[]", true));
    // The check can fail: a policy with the hash of another script lets nothing run.
    let dom = shown(&chromium, folder.path(), &html.replace(&hash::source(&script), &hash::source(SCRIPT)));
    assert!(!dom.contains("data-ready"));
}
