//! The reusable workflow: what it does to the comments of a pull request, with a `gh` that writes down what it is asked.

use super::write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// The script of a step of the workflow.
fn script(step: &str) -> String {
    let workflow = fs::read_to_string(".github/workflows/icl.yml").unwrap();
    let (_, after) = workflow.split_once(&format!("- name: {step}\n")).unwrap();
    let (_, body) = after.split_once("        run: |\n").unwrap();
    body.lines()
        .take_while(|line| line.is_empty() || line.starts_with("          "))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Runs the step that keeps one comment, where one is known or not, and gives what it asked of `gh` last.
fn kept(known: &str, body: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let gh = "#!/bin/sh\necho \"$@\" >> \"$LOG\"\ncase \"$*\" in *--paginate*) [ -z \"$KNOWN\" ] || echo \"$KNOWN\" ;; esac\n";
    write(at, &[("bin/gh", gh), ("icl-diff.md", body), ("log", "")]);
    fs::set_permissions(at.join("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", at.join("bin").display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", &script("Keep one comment")])
        .env("PATH", path)
        .env("LOG", at.join("log"))
        .env("KNOWN", known)
        .env("RUNNER_TEMP", at)
        .env("REPOSITORY", "someone/studies")
        .env("NUMBER", "7")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = fs::read_to_string(at.join("log")).unwrap();
    log.lines().last().unwrap().replace(&at.display().to_string(), "TEMP")
}

#[test]
fn there_is_one_comment_and_none_where_nothing_changes() {
    let said = "<!-- icl diff -->\n`a.icl`: more\n";
    assert_eq!(
        kept("", said),
        "api --silent --method POST repos/someone/studies/issues/7/comments -F body=@TEMP/icl-diff.md"
    );
    assert_eq!(
        kept("42", said),
        "api --silent --method PATCH repos/someone/studies/issues/comments/42 -F body=@TEMP/icl-diff.md"
    );
    assert_eq!(kept("42", ""), "api --silent --method DELETE repos/someone/studies/issues/comments/42");
    assert!(kept("", "").contains("--paginate"), "nothing is asked for but what there is");
}

#[test]
fn the_workflow_asks_icl_for_what_it_has() {
    let workflow = fs::read_to_string(".github/workflows/icl.yml").unwrap();
    let asked: Vec<&str> =
        workflow.lines().filter_map(|line| line.trim().trim_start_matches("run: ").strip_prefix("icl ")).collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    for line in asked {
        let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('>')).collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.contains('$')).chain(["--help"]).collect();
        let said = super::icl(std::path::Path::new("."), &words);
        assert_eq!(said.code, 0, "{line}: {}", said.all());
    }
}
