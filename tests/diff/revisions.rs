//! Programs at revisions of a repository: read from git's objects, nothing checked out.

use super::{STUDY, TASKS, done, icl, printed, repository, write};
use std::fs;

#[test]
fn the_working_tree_is_compared_with_head_and_a_module_changes_who_uses_it() {
    let folder = repository(&[("studies/study.icl", STUDY), ("studies/tasks.icl", TASKS)]);
    let at = folder.path();
    let same = icl(at, &["diff", "--exit-code"]);
    assert_eq!(
        (same.code, same.out.as_str()),
        (0, "no change in meaning: no program that states an experiment differs\n")
    );
    write(at, &[("studies/tasks.icl", &TASKS.replace("w ~ normal()", "w ~ uniform(-1, 1)"))]);
    let said = icl(at, &["diff", "--exit-code"]);
    let wanted = "studies/study.icl  identity: numbers are no longer comparable with earlier ones
  identity     task linear w: ~ normal()[4] -> ~ uniform(-1, 1)[4]  studies/tasks.icl:4
  cells        4 to rerun
";
    assert!(said.code == 1 && said.out.starts_with(wanted), "{}", said.all());
    // From a folder within, paths are those of that folder.
    let within = icl(&at.join("studies"), &["diff", "study.icl"]);
    assert!(
        within.out.starts_with("study.icl  identity") && within.out.contains("  tasks.icl:4\n"),
        "{}",
        within.all()
    );
    let beside = icl(&at.join("studies"), &["diff", "HEAD", "../studies/study.icl"]);
    assert!(beside.out.contains("4 to rerun"), "{}", beside.all());
}

#[test]
fn revisions_are_compared_while_the_working_tree_is_anything() {
    let folder = repository(&[("study.icl", STUDY), ("tasks.icl", TASKS), ("other.icl", "let a = 1\n")]);
    let at = folder.path();
    write(at, &[("study.icl", &STUDY.replace("batch: 32", "batch: 64"))]);
    done(at, &["commit", "-qam", "second"]);
    done(at, &["branch", "side", "HEAD~1"]);
    write(at, &[("study.icl", "experiment {"), ("tasks.icl", "nothing at all")]);
    let wanted = "  result       batch: 32 -> 64  study.icl:11\n  cells        4 to rerun\n";
    for arguments in [
        &["HEAD~1..HEAD"][..],
        &["HEAD~1..HEAD", "study.icl"],
        &["HEAD~1", "HEAD"],
        &["HEAD~1..", "."],
        &["side...HEAD"],
    ] {
        let said = icl(at, &[&["diff"], arguments].concat());
        assert!(said.code == 0 && said.out.contains(wanted), "{arguments:?}: {}", said.all());
    }
    let back = icl(at, &["diff", "HEAD..HEAD~1"]);
    assert!(back.out.contains("batch: 64 -> 32"), "{}", back.all());
    assert_eq!(fs::read_to_string(at.join("study.icl")).unwrap(), "experiment {", "nothing is checked out");
    assert!(printed(at, &["status", "--porcelain"]).lines().count() == 2, "nothing is written");
}

#[test]
fn the_page_shows_what_is_printed() {
    let published = fs::read_to_string("tests/programs/warmup.icl").unwrap();
    let folder = repository(&[("studies/warmup.icl", &published)]);
    let at = folder.path();
    let now = published
        .replace("batch: 128", "batch: 64")
        .replace("switch: 10 epochs", "switch: 5 epochs")
        .replace("seeds: 5", "seeds: 8")
        .replace("icl_accuracy", "last_accuracy");
    write(at, &[("studies/warmup.icl", &now)]);
    let page = fs::read_to_string("docs/diff.md").unwrap();
    let shown = page.split("```").nth(1).unwrap();
    assert_eq!(format!("\n$ icl diff main\n{}", icl(at, &["diff", "main"]).out), shown);
}

#[test]
fn files_come_go_and_move() {
    let folder = repository(&[("study.icl", STUDY), ("tasks.icl", TASKS)]);
    let at = folder.path();
    done(at, &["mv", "study.icl", "renamed.icl"]);
    let said = icl(at, &["diff", "--exit-code"]);
    assert_eq!((said.code, said.out.as_str()), (0, "study.icl -> renamed.icl  no change in meaning\n"));
    // Git does not know the file yet.
    write(at, &[("another.icl", &STUDY.replace("experiment study", "experiment another"))]);
    let said = icl(at, &["diff"]);
    assert!(
        said.out.contains("+ experiment another (4 cells)  another.icl:8") && said.out.contains("4 reused"),
        "{}",
        said.all()
    );
    fs::remove_file(at.join("renamed.icl")).unwrap();
    fs::remove_file(at.join("another.icl")).unwrap();
    done(at, &["add", "-A"]);
    let said = icl(at, &["diff"]);
    assert!(
        said.out.contains("- experiment study (4 cells)  study.icl:8 before") && said.out.contains("4 dropped"),
        "{}",
        said.all()
    );
}

#[test]
fn an_experiment_that_moves_to_another_file_takes_its_cells_along() {
    let (head, body) = STUDY.split_once("experiment").unwrap();
    let wide = format!("\nexperiment wide{}", body.strip_prefix(" study").unwrap().replace("width: 32", "width: 64"));
    let folder = repository(&[("study.icl", &format!("{STUDY}{wide}")), ("tasks.icl", TASKS)]);
    let at = folder.path();
    write(at, &[("study.icl", STUDY), ("wide.icl", &format!("{head}{}", wide.trim_start()))]);
    let said = icl(at, &["diff"]);
    let cells: Vec<&str> = said.out.lines().filter(|line| line.starts_with("  cells")).collect();
    assert_eq!(cells, ["  cells        4 reused", "  cells        4 reused"], "{}", said.all());
}

#[test]
fn a_table_is_read_at_the_revision() {
    let rows: String = (0..30).map(|at| format!("word{at}\tkind{}\n", at % 3)).collect();
    let words = format!("word\tkind\n{rows}");
    let study = "use std.curricula\nuse std.models\nuse std.text\n\ndata words = table(\"words.tsv\", key: \"word\")\n\
        let hidden = text.word_attributes(words, maps: 4, shots: 3)\nmetric correct = accuracy(hidden) at last\n\n\
        experiment words {\n  model: models.gpt2(layers: 1, heads: 1, width: 16, tokenizer: words)\n  data: fresh\n  batch: 8\n  \
        optimizer: adam(lr: 1e-3)\n  seeds: 1\n  curriculum: curricula.only(hidden, 100 steps)\n  \
        measure { every: 10 steps, on: 32 sequences, correct }\n}\n";
    let folder = repository(&[("words.icl", study), ("words.tsv", &words)]);
    let at = folder.path();
    write(at, &[("words.tsv", &words.replace("word4\tkind1", "word4\tkind2"))]);
    let said = icl(at, &["diff"]);
    assert!(said.out.contains("identity     table contents: 30 rows, hash"), "{}", said.all());
    let there = icl(at, &["diff", "HEAD", "HEAD", "words.icl"]);
    assert_eq!(there.out, "words.icl  no change in meaning\n", "{}", there.all());
}

#[test]
fn a_side_with_errors_is_told_and_the_others_are_compared() {
    let other = STUDY.replace("experiment study", "experiment other");
    let folder = repository(&[("study.icl", STUDY), ("other.icl", &other), ("tasks.icl", TASKS)]);
    let at = folder.path();
    write(
        at,
        &[
            ("study.icl", &STUDY.replace("batch: 32", "batch: 3.2")),
            ("other.icl", &other.replace("seeds: 2", "seeds: 3")),
        ],
    );
    let said = icl(at, &["diff"]);
    assert_eq!(said.code, 2, "{}", said.all());
    for part in ["E0301", "study.icl, now: 1 error; not compared", "seeds: 2 -> 3", "4 reused, 2 new"] {
        assert!(said.out.contains(part), "{part} in {}", said.all());
    }
    let markdown = icl(at, &["diff", "--format", "markdown"]);
    assert!(markdown.out.contains("`study.icl` cannot be compared: a side has errors"), "{}", markdown.all());
    assert!(markdown.out.contains("- now: `study.icl:11` E0301:"), "{}", markdown.all());
    let json: serde_json::Value = serde_json::from_str(&icl(at, &["diff", "--format", "json"]).out).unwrap();
    let study = json["files"].as_array().unwrap().iter().find(|file| file["file"] == "study.icl").unwrap();
    assert_eq!((&study["errors"][0]["side"], &study["errors"][0]["findings"][0]["line"]), (&"now".into(), &11.into()));
    // The fault before is told as that of the side before.
    done(at, &["commit", "-qam", "faulty"]);
    write(at, &[("study.icl", STUDY)]);
    let said = icl(at, &["diff"]);
    assert!(said.code == 2 && said.out.contains("study.icl, before: 1 error; not compared"), "{}", said.all());
    // A module with a fault is told with the study that uses it, once.
    write(
        at,
        &[("study.icl", STUDY), ("other.icl", "let a = 1\n"), ("tasks.icl", &TASKS.replace("dot(w, x)", "dot(w, z)"))],
    );
    let said = icl(at, &["diff", "HEAD~1"]);
    assert_eq!(said.out.matches("E0201").count(), 1, "{}", said.all());
}

#[test]
fn the_work_is_told_in_time_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let tiny = fs::read_to_string("tests/programs/tiny.icl").unwrap();
    write(at, &[("old.icl", &tiny), ("new.icl", &tiny.replace("= 120 steps", "= 240 steps"))]);
    let asked = ["diff", "old.icl", "new.icl", "--format", "json"];
    let seconds = |more: &[&str]| {
        let said = icl(at, &[&asked[..], more].concat());
        let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        let work = document["files"][0]["cost"].clone();
        ["before", "after", "to_run"].map(|which| work[which]["seconds"].as_f64())
    };
    assert_eq!(seconds(&[]), [None; 3]);
    let timed = seconds(&["--time"]);
    assert!(timed.iter().all(|seconds| seconds.is_some_and(|seconds| seconds > 0.0)), "{timed:?}");
}

#[test]
fn knobs_are_set_on_both_sides() {
    let knob =
        STUDY.replace("let target = tasks.linear(dim: 4)", "param dim: count = 4\nlet target = tasks.linear(dim: dim)");
    let folder = repository(&[("study.icl", &knob), ("tasks.icl", TASKS)]);
    let at = folder.path();
    write(at, &[("study.icl", &knob.replace("= 4\n", "= 8\n"))]);
    let said = icl(at, &["diff"]);
    assert!(said.out.contains("task linear dim: 4 -> 8  study.icl:5"), "{}", said.all());
    let said = icl(at, &["diff", "--set", "dim=6", "--exit-code"]);
    assert_eq!((said.code, said.out.as_str()), (0, "study.icl  no change in meaning\n"));
}

#[test]
fn a_command_line_that_makes_no_sense_says_why() {
    let folder = repository(&[("study.icl", STUDY), ("tasks.icl", TASKS)]);
    let at = folder.path();
    for (arguments, wanted) in [
        (&["nowhere"][..], "there is no revision `nowhere`, nor a file of that name"),
        (&["nowhere.icl"], "nowhere.icl is on neither side"),
        (&["HEAD", "study.icl", "HEAD"], "`HEAD` is no file; revisions stand before files"),
        (&["a", "b", "c"], "too many revisions"),
        (&["study.icl", "tasks.icl", "study.icl"], "name two files, or a revision before the files"),
        (&["study.icl", "missing.icl"], "missing.icl cannot be read"),
    ] {
        let said = icl(at, &[&["diff"], arguments].concat());
        assert!(said.code == 2 && said.told.contains(wanted), "{arguments:?}: {}", said.all());
    }
    let outside = tempfile::tempdir().unwrap();
    let said = icl(outside.path(), &["diff"]);
    assert!(said.code == 2 && said.told.contains("lies in no git repository"), "{}", said.all());
    let empty = tempfile::tempdir().unwrap();
    done(empty.path(), &["init", "-q"]);
    let said = icl(empty.path(), &["diff"]);
    assert!(said.code == 2 && said.told.contains("commit something first"), "{}", said.all());
}

#[test]
fn markdown_is_one_comment_with_a_headline_and_folds_long_lists() {
    let arms: String = (0..14)
        .map(|at| format!("  arm more_{at} {{ curriculum: curricula.only(target, {}k steps) }}\n", at + 3))
        .collect();
    let folder = repository(&[("study.icl", STUDY), ("tasks.icl", TASKS)]);
    let at = folder.path();
    let now = STUDY.replace("batch: 32", "batch: 64").replace("  measure", &format!("{arms}  measure"));
    write(at, &[("study.icl", &now)]);
    let said = icl(at, &["diff", "--format", "markdown"]);
    let mut lines = said.out.lines();
    assert_eq!(lines.next(), Some("<!-- icl diff -->"));
    let headline = lines.next().unwrap();
    assert!(
        headline.starts_with("`study.icl`: `batch: 32 -> 64` and 14 more changes (**result**, what is trained changes); 32 of 32 cells to run, "),
        "{headline}"
    );
    assert_eq!(lines.next(), Some(""));
    assert_eq!(said.out.matches("<details><summary>5 more changes</summary>").count(), 1, "{}", said.out);
    assert!(said.out.contains("| result | `batch: 32 -> 64` |  | study.icl:11 |\n"), "{}", said.out);
    assert!(said.out.contains("Cells: 4 to rerun, 28 new."), "{}", said.out);
    let cosmetic = now.replace("arm fast", "arm quick");
    done(at, &["commit", "-qam", "more"]);
    write(at, &[("study.icl", &cosmetic)]);
    assert_eq!(icl(at, &["diff", "--format", "markdown"]).out, "", "silent where the meaning is the same");
}
