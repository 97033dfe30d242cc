//! `icl fmt` as a user meets it: real processes, real files.

use icl::cli::unified::unified;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const TINY: &str = "tests/programs/tiny.icl";
const BAD: &str = "task t {\n  length 4\n}\n";

fn icl(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).current_dir(folder).env("ICL_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
    command.output().unwrap()
}

fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// Exit code, standard output and standard error.
fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The keys of all cells of a plan.
fn keys(folder: &Path, file: &str) -> Vec<String> {
    let output = icl(folder, &["plan", file, "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let cells = plan[0]["cells"].as_array().unwrap();
    cells.iter().map(|cell| cell["key"].as_str().unwrap().to_string()).collect()
}

#[test]
fn a_file_is_formatted_in_place_and_stays_the_same_study() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let tiny = fs::read_to_string(TINY).unwrap();
    let (title, rest) = tiny.split_once('\n').unwrap();
    let rest = rest.replace("  ", "\t").replace(": ", ":").replace(", ", " ,  ");
    let rough = format!("{title}\n{rest}").replace('\n', "\r\n");
    fs::write(at.join("rough.icl"), &rough).unwrap();
    fs::set_permissions(at.join("rough.icl"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(at.join("good.icl"), &tiny).unwrap();
    let before = (keys(at, "rough.icl"), fs::metadata(at.join("good.icl")).unwrap().modified().unwrap());
    assert_eq!(before.0.len(), 6);

    let (code, out, told) = said(&icl(at, &["fmt", "rough.icl", "good.icl"]));
    assert_eq!((code, out.as_str()), (0, "rough.icl\n"));
    assert_eq!(told, "1 file formatted, 1 left as written\n");
    assert_eq!(fs::read_to_string(at.join("rough.icl")).unwrap(), tiny);
    assert_eq!(fs::metadata(at.join("rough.icl")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(at).unwrap().count(), 2, "nothing is left beside");
    let after = (keys(at, "rough.icl"), fs::metadata(at.join("good.icl")).unwrap().modified().unwrap());
    assert_eq!(before, after);

    let (code, out, told) = said(&icl(at, &["fmt", "rough.icl"]));
    assert_eq!((code, out.as_str(), told.as_str()), (0, "", "0 files formatted, 1 left as written\n"));
}

#[test]
fn check_names_what_would_change_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("a.icl"), "let a=1\n").unwrap();
    fs::write(at.join("b.icl"), "let b = 1\n").unwrap();
    let (code, out, told) = said(&icl(at, &["fmt", "--check", "."]));
    assert_eq!((code, out.as_str(), told.as_str()), (1, "a.icl\n", "1 file would change, 1 would not\n"));
    assert_eq!(fs::read_to_string(at.join("a.icl")).unwrap(), "let a=1\n");
    let (code, out, _) = said(&icl(at, &["fmt", "--check", "b.icl"]));
    assert_eq!((code, out.as_str()), (0, ""));
}

#[test]
fn diff_shows_what_would_change_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("a.icl"), "let a=1\nlet b = 2\n").unwrap();
    let wanted = "--- a.icl\n+++ a.icl\n@@ -1,2 +1,2 @@\n-let a=1\n+let a = 1\n let b = 2\n";
    let (code, out, _) = said(&icl(at, &["fmt", "--diff", "a.icl"]));
    assert_eq!((code, out.as_str()), (0, wanted));
    let (code, out, _) = said(&icl(at, &["fmt", "--diff", "--check", "a.icl"]));
    assert_eq!((code, out.as_str()), (1, wanted));
    assert_eq!(fs::read_to_string(at.join("a.icl")).unwrap(), "let a=1\nlet b = 2\n");
}

#[test]
fn a_diff_has_colours_on_a_terminal() {
    assert_eq!(unified("a", "x\n", "x\n", true), "");
    assert_eq!(unified("a", "x", "x\n", false), "--- a\n+++ a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n");
    let (bold, red, green, cyan, off) = ("\u{1b}[1m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[36m", "\u{1b}[0m");
    let wanted = format!(
        "{bold}--- a{off}\n{bold}+++ a{off}\n{cyan}@@ -1,2 +1,2 @@{off}\n same\n{red}-x{off}\n{green}+y{off}\n"
    );
    assert_eq!(unified("a", "same\nx\n", "same\ny\n", true), wanted);
}

#[test]
fn standard_input_goes_to_standard_output() {
    for arguments in [&["fmt"][..], &["fmt", "-"]] {
        let (code, out, told) = said(&piped(arguments, b"let a=1"));
        assert_eq!((code, out.as_str(), told.as_str()), (0, "let a = 1\n", ""));
    }
    let (code, out, told) = said(&piped(&["fmt", "-"], BAD.as_bytes()));
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(told.contains("`length` needs a `:`") && told.contains("standard input:2:3"), "{told}");
    let (code, out, _) = said(&piped(&["fmt", "--check"], b"let a=1"));
    assert_eq!((code, out.as_str()), (1, "standard input\n"));
    let (code, out, _) = said(&piped(&["fmt", "--check"], b"let a = 1\n"));
    assert_eq!((code, out.as_str()), (0, ""));
    let (code, out, _) = said(&piped(&["fmt", "--diff"], b"let a=1\n"));
    assert_eq!((code, out.lines().count()), (0, 5));
    let (code, _, told) = said(&piped(&["fmt", "-"], b"let a = \"\xff\"\n"));
    assert!(code == 1 && told.starts_with("standard input cannot be read"), "{told}");
    let (code, _, told) = said(&piped(&["fmt", "-", TINY], b""));
    assert!(code == 2 && told.contains("standard input, which is formatted alone"), "{told}");
}

#[test]
fn a_bad_file_is_left_and_the_others_are_formatted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("a.icl"), BAD).unwrap();
    fs::write(at.join("b.icl"), b"let a = \"\xff\"\n").unwrap();
    fs::write(at.join("d.icl"), "let d=1\n").unwrap();
    fs::set_permissions(at.join("d.icl"), fs::Permissions::from_mode(0o444)).unwrap();
    fs::write(at.join("e.icl"), "let e=1\n").unwrap();
    fs::create_dir(at.join("empty")).unwrap();
    let names = ["fmt", "a.icl", "b.icl", "c.icl", "d.icl", "empty", "e.icl"];
    let (code, out, told) = said(&icl(at, &names));
    assert_eq!((code, out.as_str()), (1, "e.icl\n"), "{told}");
    for reason in [
        "`length` needs a `:` before its value",
        "a.icl:2:3",
        "a.icl: 1 error; left as it was",
        "b.icl cannot be read: byte 0xff in line 1 is no UTF-8",
        "c.icl cannot be read: there is no such file",
        "d.icl cannot be written: it is read-only",
        "empty holds no program",
        "1 file formatted, 0 left as written, 5 failed",
    ] {
        assert!(told.contains(reason), "{reason} in\n{told}");
    }
    assert_eq!(fs::read_to_string(at.join("a.icl")).unwrap(), BAD);
    assert_eq!(fs::read_to_string(at.join("d.icl")).unwrap(), "let d=1\n");
    assert_eq!(fs::read_to_string(at.join("e.icl")).unwrap(), "let e = 1\n");
}

#[test]
fn folders_are_formatted_with_all_below_but_what_is_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for below in ["deep/deeper", ".hidden"] {
        fs::create_dir_all(at.join(below)).unwrap();
    }
    let files = ["z.icl", "deep/a.icl", "deep/deeper/b.icl", ".hidden/c.icl", "deep/notes.txt"];
    files.iter().for_each(|file| fs::write(at.join(file), "let a=1\n").unwrap());
    symlink(at, at.join("deep/again")).unwrap();
    symlink("../z.icl", at.join("deep/link.icl")).unwrap();
    let (code, out, _) = said(&icl(at, &["fmt", "."]));
    assert_eq!((code, out.as_str()), (0, "deep/a.icl\ndeep/deeper/b.icl\ndeep/link.icl\n"));
    assert!(fs::symlink_metadata(at.join("deep/link.icl")).unwrap().is_symlink(), "a link stays one");
    let texts = files.map(|file| fs::read_to_string(at.join(file)).unwrap() == "let a = 1\n");
    assert_eq!(texts, [true, true, true, false, false]);
}
