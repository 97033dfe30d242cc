//! `icl check --fix` and `--diff`: which files are written, and what is said of the rest.

use super::{folder, icl, icl_with};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

const BEFORE: &str = "let a = true // one\npub let b = a && true\npub let c = a || false\nlet d =\n";
const AFTER: &str = "let a = true // one\npub let b = a and true\npub let c = a or false\nlet d =\n";

#[test]
fn certain_cures_are_written_and_the_rest_is_told() {
    let folder = folder(&[("a.icl", BEFORE), ("b/c.icl", "pub let a = 1\n")]);
    let at = folder.path();
    fs::set_permissions(at.join("a.icl"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.icl", at.join("link.icl")).unwrap();
    let before = fs::metadata(at.join("b/c.icl")).unwrap().modified().unwrap();
    let said = icl(at, &["check", "--format", "brief"]);
    assert!(said.out.lines().count() >= 3, "{}", said.out);
    let said = icl(at, &["check", "--fix"]);
    assert_eq!(said.code, 1, "what has no certain cure is left");
    assert!(said.out.ends_with("2 files: 1 error, 2 mended\n") && said.out.contains("a.icl:4:"), "{}", said.out);
    assert_eq!(fs::read_to_string(at.join("a.icl")).unwrap(), AFTER);
    assert_eq!(fs::metadata(at.join("a.icl")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(at.join("link.icl")).unwrap().is_symlink());
    assert_eq!(
        fs::metadata(at.join("b/c.icl")).unwrap().modified().unwrap(),
        before,
        "nothing to mend, nothing written"
    );
    assert_eq!(fs::read_dir(at).unwrap().count(), 3, "nothing is left beside");
    let said = icl(at, &["check", "--fix"]);
    assert!(said.out.ends_with("2 files: 1 error\n"), "{}", said.out);
}

#[test]
fn a_diff_shows_the_cures_and_writes_nothing() {
    let folder = folder(&[("a.icl", BEFORE)]);
    let said = icl(folder.path(), &["check", "--diff", "a.icl"]);
    assert_eq!(said.code, 1, "the file is as wrong as it was");
    let wanted = "--- a.icl\n+++ a.icl\n@@ -1,4 +1,4 @@\n let a = true // one\n-pub let b = a && true\n-pub let c = a || false\n\
        +pub let b = a and true\n+pub let c = a or false\n let d =\n";
    assert_eq!(said.out, wanted);
    assert_eq!(said.told, "a.icl: 3 errors, 2 would be mended\n");
    assert_eq!(fs::read_to_string(folder.path().join("a.icl")).unwrap(), BEFORE);
}

#[test]
fn only_named_files_are_touched() {
    let user = "use \"../shared/tasks\"\npub let a = tasks.size && true\n";
    let folder = folder(&[("mine/a.icl", user), ("shared/tasks.icl", "pub let size = true || false\n")]);
    let at = folder.path();
    let said = icl(at, &["check", "--fix", "mine"]);
    assert_eq!(said.code, 1);
    assert!(said.out.ends_with("mine/a.icl: 1 error, 1 mended\n`icl check --fix` mends 1 of them\n"), "{}", said.out);
    assert_eq!(fs::read_to_string(at.join("shared/tasks.icl")).unwrap(), "pub let size = true || false\n");
    let said = icl(at, &["check", "--fix", "mine", "shared"]);
    assert_eq!((said.code, said.out.as_str()), (0, "2 files: no findings, 1 mended\n"));
}

#[test]
fn a_file_that_may_not_be_written_is_told_of() {
    let folder = folder(&[("a.icl", BEFORE)]);
    let file = folder.path().join("a.icl");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let said = icl(folder.path(), &["check", "--fix", "a.icl"]);
    assert_eq!(said.code, 1);
    assert!(said.told.contains("a.icl is left as it was: it is read-only"), "{}", said.told);
    assert_eq!(fs::read_to_string(&file).unwrap(), BEFORE);
}

#[test]
fn standard_input_is_mended_to_standard_output() {
    let folder = folder(&[("a.icl", "let a = 1\n")]);
    let said = icl_with(folder.path(), BEFORE.as_bytes(), &["check", "--fix", "-"], &[]);
    assert_eq!((said.code, said.out.as_str()), (1, AFTER));
    assert!(said.told.ends_with("<stdin>: 1 error, 2 mended\n"), "{}", said.told);
    let good = icl_with(folder.path(), b"pub let a = 1\n", &["check", "--fix", "-"], &[]);
    assert_eq!((good.code, good.out.as_str(), good.told.as_str()), (0, "pub let a = 1\n", "<stdin>: no findings\n"));
    let said = icl_with(folder.path(), b"", &["check", "--fix", "-", "a.icl"], &[]);
    assert!(said.code == 2 && said.told.contains("`-` stands alone"), "{}", said.told);
}

#[test]
fn a_document_counts_what_was_mended() {
    let folder = folder(&[("a.icl", BEFORE)]);
    let said = icl(folder.path(), &["check", "--fix", "--format", "json", "a.icl"]);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((document["counts"]["fixed"].as_u64(), document["counts"]["errors"].as_u64()), (Some(2), Some(1)));
}
