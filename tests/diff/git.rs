//! `icl git`: what git shows of programs, and what its hook keeps out.

use super::{STUDY, TASKS, done, git, icl, printed, repository, write};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn installed_twice_is_installed_once_and_uninstalled_is_as_before() {
    let folder = repository(&[("study.icl", STUDY), (".gitattributes", "*.png binary")]);
    let at = folder.path();
    let before = fs::read_to_string(at.join(".git/config")).unwrap();
    let first = icl(at, &["git", "install", "--hook"]);
    assert_eq!(first.code, 0, "{}", first.all());
    assert_eq!(fs::read_to_string(at.join(".gitattributes")).unwrap(), "*.png binary\n*.icl diff=icl\n");
    let config = fs::read_to_string(at.join(".git/config")).unwrap();
    let again = icl(at, &["git", "install", "--hook"]);
    assert_eq!((again.code, again.out.as_str()), (0, "everything is in place already\n"));
    assert_eq!(fs::read_to_string(at.join(".git/config")).unwrap(), config);
    assert!(printed(at, &["config", "--local", "diff.icl.textconv"]).ends_with("git textconv\n"));
    let taken = icl(at, &["git", "uninstall"]);
    assert_eq!(taken.code, 0, "{}", taken.all());
    assert_eq!(fs::read_to_string(at.join(".git/config")).unwrap(), before);
    assert_eq!(fs::read_to_string(at.join(".gitattributes")).unwrap(), "*.png binary\n");
    assert!(!at.join(".git/hooks/pre-commit").exists());
    assert_eq!(icl(at, &["git", "uninstall"]).out, "nothing was installed\n");
    let outside = tempfile::tempdir().unwrap();
    let said = icl(outside.path(), &["git", "install"]);
    assert!(said.code == 1 && said.told.contains("lies in no git repository"), "{}", said.all());
}

#[test]
fn git_shows_programs_in_the_one_layout_with_the_item_around() {
    let folder = repository(&[("study.icl", STUDY), ("tasks.icl", TASKS)]);
    let at = folder.path();
    assert_eq!(icl(at, &["git", "install"]).code, 0);
    done(at, &["add", "-A"]);
    done(at, &["commit", "-qm", "attributes"]);
    // Layout alone is no difference; a line within an experiment stands under its header.
    write(at, &[("study.icl", &STUDY.replace("  batch: 32\n", "      batch:32\n"))]);
    assert_eq!(printed(at, &["diff"]), "");
    write(at, &[("study.icl", &STUDY.replace("  seeds: 2\n", "      seeds : 3\n"))]);
    write(at, &[("tasks.icl", &TASKS.replace("  blind: dim\n", "  blind:   dim + 1\n"))]);
    let shown = printed(at, &["diff", "-U0"]);
    for part in [
        "@@ experiment study {\n-  seeds: 2\n+  seeds: 3\n",
        "@@ pub task linear(dim: count, points: count = 11) {\n-  blind: dim\n+  blind: dim + 1\n",
    ] {
        assert!(shown.contains(part), "{part}in\n{shown}");
    }
    done(at, &["commit", "-qam", "three seeds"]);
    for arguments in [&["show", "--textconv"][..], &["log", "-p", "-1"]] {
        let shown = printed(at, arguments);
        assert!(shown.contains("-  seeds: 2\n+  seeds: 3\n") && !shown.contains("seeds : 3"), "{arguments:?}\n{shown}");
    }
    // A program that cannot be read is shown as it is.
    write(at, &[("study.icl", "experiment study {\n   batch ==== 3\n")]);
    let shown = printed(at, &["diff"]);
    assert!(shown.contains("+   batch ==== 3\n"), "{shown}");
}

#[test]
fn textconv_prints_what_cannot_be_read_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("bytes"), b"let a = \xff\n").unwrap();
    write(at, &[("broken", "task {{{\n\tx"), ("empty", ""), ("fine", "let   a=1")]);
    for (file, wanted) in
        [("bytes", "let a = \u{fffd}\n"), ("broken", "task {{{\n\tx"), ("empty", ""), ("fine", "let a = 1\n")]
    {
        let said = icl(at, &["git", "textconv", file]);
        assert_eq!((said.code, said.out.as_str()), (0, wanted), "{file}");
    }
}

#[test]
fn the_hook_refuses_what_is_staged_broken_or_unformatted_and_looks_at_nothing_else() {
    let folder = repository(&[("study.icl", STUDY), ("tasks.icl", TASKS)]);
    let at = folder.path();
    let installed = icl(at, &["git", "install", "--hook"]);
    assert!(installed.out.contains("wrote .git/hooks/pre-commit"), "{}", installed.all());
    done(at, &["add", "-A"]);
    done(at, &["commit", "-qm", "attributes"]);
    let commit = || git(at, &["commit", "-qam", "try"]);
    write(at, &[("study.icl", &STUDY.replace("batch: 32", "batch: 3.2"))]);
    let refused = commit();
    assert!(
        refused.code != 0 && refused.told.contains("E0301") && refused.told.contains("nothing was committed"),
        "{}",
        refused.all()
    );
    write(at, &[("study.icl", &STUDY.replace("  batch: 32", "    batch:  32"))]);
    let refused = commit();
    assert!(refused.code != 0 && refused.told.contains("icl fmt study.icl"), "{}", refused.all());
    // A module that breaks who uses it is refused where both are staged.
    write(at, &[("study.icl", &STUDY.replace("dim: 4", "dim: 5")), ("tasks.icl", &TASKS.replace("linear", "plane"))]);
    let refused = commit();
    assert!(refused.code != 0 && refused.told.contains("E0201"), "{}", refused.all());
    // What is staged counts, not what lies in the working tree.
    write(at, &[("study.icl", &STUDY.replace("seeds: 2", "seeds: 3")), ("tasks.icl", TASKS)]);
    done(at, &["add", "-A"]);
    write(at, &[("study.icl", "broken {")]);
    let taken = git(at, &["commit", "-qm", "three seeds"]);
    assert_eq!(taken.code, 0, "{}", taken.all());
    assert!(printed(at, &["show", "HEAD:study.icl"]).contains("seeds: 3"));
}

#[test]
fn a_hook_of_somebody_else_is_never_overwritten_in_silence() {
    let folder = repository(&[("study.icl", STUDY)]);
    let at = folder.path();
    let hook = at.join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 0\n").unwrap();
    let said = icl(at, &["git", "install", "--hook"]);
    assert!(said.code == 1 && said.told.contains("was written by somebody else"), "{}", said.all());
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexit 0\n");
    let said = icl(at, &["git", "uninstall"]);
    assert!(said.code == 0 && hook.exists(), "{}", said.all());
    let said = icl(at, &["git", "install", "--hook", "--force"]);
    assert!(
        said.code == 0 && said.out.contains("moved .git/hooks/pre-commit to pre-commit.before-icl"),
        "{}",
        said.all()
    );
    assert_eq!(fs::read_to_string(hook.with_extension("before-icl")).unwrap(), "#!/bin/sh\nexit 0\n");
    assert_eq!(fs::metadata(&hook).unwrap().permissions().mode() & 0o111, 0o111);
}
