//! `icl check` and `icl new` as a user meets them: what is printed in each form, which files are looked at, exit codes.

#[path = "checking/drawing.rs"]
mod drawing;
#[path = "checking/mending.rs"]
mod mending;
#[path = "checking/starting.rs"]
mod starting;

use snapbox::{IntoData, assert_data_eq, str};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program with three faults.
const WRONG: &str = "model m(heads: count = 3) {\n  width: 64\n  blocks: repeat(2, [attention(heads: heads), mlp()])\n}\n\nlet a = f(100%, b: c)\n";

/// What a process ended with and printed.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub told: String,
}

/// Runs `icl` in a folder, with what it reads from standard input.
#[must_use]
pub fn icl_with(folder: &Path, input: &[u8], arguments: &[&str], env: &[(&str, &str)]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let mut child = command.envs(env.iter().copied()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = Said { code: output.status.code().unwrap(), out: text(output.stdout), told: text(output.stderr) };
    assert!(!said.told.contains("panicked"), "{}", said.told);
    said
}

#[must_use]
pub fn icl(folder: &Path, arguments: &[&str]) -> Said {
    icl_with(folder, b"", arguments, &[])
}

/// A folder with files.
#[must_use]
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn a_finding_is_drawn_with_its_line_and_a_summary_ends_all() {
    let folder = folder(&[("wrong.icl", WRONG)]);
    let said = icl(folder.path(), &["check", "wrong.icl"]);
    assert_eq!((said.code, said.told.as_str()), (1, ""));
    assert_data_eq!(
        said.out,
        str![[r#"
E0303

  × 3 heads cannot share a width of 64
   ╭─[wrong.icl:3:39]
 2 │   width: 64
 3 │   blocks: repeat(2, [attention(heads: heads), mlp()])
   ·                                       ──┬──
   ·                                         ╰── 64 is not divisible by 3
 4 │ }
   ╰────
  help: use one of 1, 2, 4, 8, 16, 32, 64 heads, or another width

E0201

  × `f` is not defined
   ╭─[wrong.icl:6:9]
 5 │ 
 6 │ let a = f(100%, b: c)
   ·         ┬
   ·         ╰── not found
   ╰────
  help: define it with `let`, or take it in as a parameter

E0201

  × `c` is not defined
   ╭─[wrong.icl:6:20]
 5 │ 
 6 │ let a = f(100%, b: c)
   ·                    ┬
   ·                    ╰── not found
   ╰────
  help: define it with `let`, or take it in as a parameter

wrong.icl: 3 errors

"#]]
        .raw()
    );
}

#[test]
fn brief_is_a_line_for_each_finding() {
    let folder = folder(&[("wrong.icl", WRONG), ("long/path.icl", "let a = b &&\n")]);
    let said = icl(folder.path(), &["check", "--format", "brief", "."]);
    assert_eq!(said.code, 1);
    assert_data_eq!(said.out, str![[r#"
long/path.icl:1:11: error[E0112]: `&&` has no meaning here (write `and`)
wrong.icl:3:39: error[E0303]: 3 heads cannot share a width of 64 (use one of 1, 2, 4, 8, 16, 32, 64 heads, or another width)
wrong.icl:6:9: error[E0201]: `f` is not defined (define it with `let`, or take it in as a parameter)
wrong.icl:6:20: error[E0201]: `c` is not defined (define it with `let`, or take it in as a parameter)

"#]].raw());
    assert_data_eq!(
        said.told,
        str![[r"
2 files: 4 errors

"]]
        .raw()
    );
}

#[test]
fn json_is_one_document_with_places_edits_and_counts() {
    let folder = folder(&[("wrong.icl", "model m {\n  width: 64\n  norm = prè\n  positions = learned\n}\n")]);
    let said = icl(folder.path(), &["check", "--format", "json", "wrong.icl"]);
    assert_eq!((said.code, said.told.as_str()), (1, ""));
    assert_data_eq!(
        said.out,
        str![[r#"
{
  "version": 1,
  "icl": "0.1.0",
  "findings": [
    {
      "id": "E0207",
      "severity": "error",
      "title": "`m` has no `blocks`",
      "help": "add `blocks: ...`",
      "labels": [
        {
          "file": "wrong.icl",
          "on_disk": true,
          "line": 1,
          "column": 7,
          "end_line": 1,
          "end_column": 8,
          "start_byte": 6,
          "end_byte": 7,
          "text": "setting missing"
        }
      ],
      "fix": []
    },
    {
      "id": "E0112",
      "severity": "error",
      "title": "`è` has no meaning here",
      "help": "write names with a to z, digits and `_`",
      "labels": [
        {
          "file": "wrong.icl",
          "on_disk": true,
          "line": 3,
          "column": 12,
          "end_line": 3,
          "end_column": 13,
          "start_byte": 33,
          "end_byte": 35,
          "text": "this character is not part of the language"
        }
      ],
      "fix": []
    },
    {
      "id": "E0105",
      "severity": "error",
      "title": "the setting `positions` is written with `=`",
      "help": "write `positions: learned`",
      "labels": [
        {
          "file": "wrong.icl",
          "on_disk": true,
          "line": 4,
          "column": 13,
          "end_line": 4,
          "end_column": 14,
          "start_byte": 48,
          "end_byte": 49,
          "text": "`:` is needed here"
        }
      ],
      "fix": [
        {
          "file": "wrong.icl",
          "on_disk": true,
          "line": 4,
          "column": 12,
          "end_line": 4,
          "end_column": 14,
          "start_byte": 47,
          "end_byte": 49,
          "text": ":"
        }
      ]
    }
  ],
  "silenced": [],
  "not_run": [],
  "counts": {
    "files": 1,
    "errors": 3,
    "warnings": 0,
    "silenced": 0,
    "fixable": 1,
    "fixed": 0,
    "not_run": 0
  }
}

"#]]
        .raw()
    );
}

#[test]
fn json_is_a_document_without_findings_too() {
    let folder = folder(&[("good.icl", "pub let a = 3\n")]);
    let said = icl(folder.path(), &["check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(document["findings"], serde_json::json!([]));
    assert_eq!((document["version"].as_u64(), document["counts"]["files"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn github_is_told_in_its_own_commands() {
    let folder = folder(&[("a,b:c.icl", WRONG), ("d.icl", "let a = 5%3\n")]);
    let said = icl(folder.path(), &["check", "--format", "github", "."]);
    assert_eq!(said.code, 1);
    assert_data_eq!(said.out, str![[r#"
::error file=a%2Cb%3Ac.icl,line=3,endLine=3,col=39,endColumn=44,title=E0303::3 heads cannot share a width of 64%0Ahelp: use one of 1, 2, 4, 8, 16, 32, 64 heads, or another width
::error file=a%2Cb%3Ac.icl,line=6,endLine=6,col=9,endColumn=10,title=E0201::`f` is not defined%0Ahelp: define it with `let`, or take it in as a parameter
::error file=a%2Cb%3Ac.icl,line=6,endLine=6,col=20,endColumn=21,title=E0201::`c` is not defined%0Ahelp: define it with `let`, or take it in as a parameter
::error file=d.icl,line=1,endLine=1,col=9,endColumn=12,title=E0115::`5%253` is no number%0Ahelp: write `5 %25 3` for a remainder

"#]].raw());
    assert_data_eq!(
        said.told,
        str![[r"
2 files: 4 errors

"]]
        .raw()
    );
}

/// A study whose two arms differ in two things, which is a warning.
fn warned() -> String {
    let tiny = fs::read_to_string("tests/programs/tiny.icl").unwrap();
    tiny.replacen("curricula.mixed(easy, hard, total) }", "curricula.mixed(easy, hard, total), batch: 16 }", 1)
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let warned = warned();
    let silenced = warned.replacen("  arm mixed", "  #allow(W0201, \"the batch is meant\")\n  arm mixed", 1);
    let good = fs::read_to_string("tests/programs/tiny.icl").unwrap();
    let folder =
        folder(&[("good.icl", &good), ("warned.icl", &warned), ("silenced.icl", &silenced), ("wrong.icl", WRONG)]);
    fs::write(folder.path().join("bytes.icl"), b"let a = 1\nlet b = \"\xff\"\n").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let cases: [(&[&str], i32, &str); 14] = [
        (&["good.icl"], 0, "good.icl: no findings\n"),
        (&["warned.icl"], 0, "warned.icl: 1 warning\n"),
        (&["--deny-warnings", "good.icl"], 0, "good.icl: no findings\n"),
        (&["--deny-warnings", "warned.icl"], 1, "warned.icl: 1 warning\n"),
        (&["--deny-warnings", "silenced.icl"], 0, "silenced.icl: no findings, 1 warning silenced by #allow\n"),
        (&["wrong.icl"], 1, "wrong.icl: "),
        (&["good.icl", "warned.icl"], 0, "2 files: 1 warning\n"),
        (&["nowhere.icl"], 1, "nowhere.icl cannot be read: there is no such file"),
        (&["bytes.icl"], 1, "byte 0xff in line 2 is no UTF-8"),
        (&["empty"], 1, "empty holds no program: no file in it or below ends in .icl"),
        (&["--format", "yaml", "good.icl"], 2, ""),
        (&["--set", "total", "good.icl"], 2, ""),
        (&["--colour", "good.icl"], 2, ""),
        (&["--set", "total=3 stpes", "good.icl"], 1, "`stpes` is not a unit"),
    ];
    for (arguments, code, shown) in cases {
        let said = icl(folder.path(), &[&["check"], arguments].concat());
        assert_eq!(said.code, code, "{arguments:?}\n{}{}", said.out, said.told);
        assert!(said.out.contains(shown), "{arguments:?} said\n{}", said.out);
    }
    let help = icl(folder.path(), &["check", "--help"]).out;
    assert!(help.contains("Exit codes: 0 there are no errors; 1 there are errors"), "{help}");
}

#[test]
fn what_cannot_be_read_is_told_with_what_is_there() {
    let folder = folder(&[("studies/plateau.icl", "let a = 1\n"), ("studies/warm.icl", "let a = 1\n")]);
    let cures = [
        ("studies/plateua.icl", "write `studies/plateau.icl`"),
        ("studies/plateau", "write `studies/plateau.icl`"),
        ("studies/something.icl", "the programs of that folder are: plateau.icl, warm.icl"),
        ("sutdies/warm.icl", "there is no folder `sutdies` either; write `studies/warm.icl`"),
        ("nowhere/warm.icl", "there is no folder `nowhere` either; paths start at the current folder"),
        ("other.icl", "`icl new NAME` writes a program to start from"),
    ];
    for (path, cure) in cures {
        for command in ["check", "plan", "run"] {
            let said = icl_with(folder.path(), b"", &[command, path], &[("COLUMNS", "200")]);
            let shown = said.out + &said.told;
            assert!(said.code == 1 && shown.contains(cure), "{command} {path}\n{shown}");
        }
    }
    let said = icl(folder.path(), &["plan", "studies"]);
    assert!(said.told.contains("it is a folder") && said.told.contains("`studies/plateau.icl`"), "{}", said.told);
}

#[test]
fn a_folder_is_every_program_below_but_what_is_hidden_or_made() {
    let wrong = "let a = b &&\n";
    let names =
        ["z.icl", "a/b.icl", "a/a/c.icl", ".hidden/d.icl", "target/e.icl", "runs/f.icl", "a/runs/g.icl", "a/h.txt"];
    let folder = folder(&names.map(|name| (name, wrong)));
    let files = |arguments: &[&str]| -> Vec<String> {
        let said = icl(folder.path(), &[&["check", "--format", "brief"], arguments].concat());
        said.out.lines().map(|line| line.split(':').next().unwrap().to_string()).collect()
    };
    assert_eq!(files(&[]), ["a/a/c.icl", "a/b.icl", "z.icl"], "no path is the current folder");
    assert_eq!(files(&["z.icl", "a", "./z.icl"]), ["z.icl", "a/a/c.icl", "a/b.icl"], "each once");
    assert_eq!(files(&["runs"]), ["runs/f.icl"], "what is named is looked at");
}

#[test]
fn a_module_of_two_programs_is_told_of_once() {
    let user = "use \"./tasks\"\nlet a = tasks.size\n";
    let folder = folder(&[("a.icl", user), ("b.icl", user), ("tasks.icl", "pub let size = siez\npub let siez_ = 1\n")]);
    let said = icl(folder.path(), &["check", "--format", "brief"]);
    assert_eq!(said.out.lines().count(), 1, "{}", said.out);
    assert!(said.out.starts_with("tasks.icl:1:16: error[E0201]"), "{}", said.out);
    assert_eq!(said.told, "3 files: 1 error\n");
}

#[test]
fn a_dash_is_standard_input() {
    let folder = folder(&[("tasks.icl", "pub let size = 3\n"), ("a.icl", "pub let a = 1\n")]);
    let input = b"use \"./tasks\"\nlet a = tasks.sizes\n";
    let said = icl_with(folder.path(), input, &["check", "--format", "brief", "-"], &[]);
    assert_eq!(said.code, 1);
    assert!(said.out.starts_with("<stdin>:2:"), "{}", said.out);
    let said = icl_with(folder.path(), b"pub let a = 1\n", &["check", "-", "a.icl"], &[]);
    assert_eq!((said.code, said.out.as_str()), (0, "2 files: no findings\n"));
    let said = icl_with(folder.path(), b"\xff", &["check", "-"], &[]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("<stdin> cannot be read"), "{}", said.out);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let folder = folder(&[("wrong.icl", WRONG)]);
    let coloured = |arguments: &[&str], env: &[(&str, &str)]| {
        let said = icl_with(folder.path(), b"", &[&["check", "wrong.icl"], arguments].concat(), env);
        said.out.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color=always", "--format", "brief"], &[("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["--color", "always", "--format", "json"], &[]), "a document has no colours");
    let help = |when| icl(folder.path(), &["check", "--color", when, "--help"]).out.contains('\u{1b}');
    assert_eq!((help("always"), help("never")), (true, false));
}

/// Every file that a program of the repository is in.
#[must_use]
pub fn programs() -> Vec<PathBuf> {
    let folders = ["tests/programs", "experiments", "src/cli/templates"];
    let all = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    all.map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "icl"))
        .collect()
}

/// Every name of a field in a document.
fn fields(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                found.insert(name.clone());
                fields(value, found);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

#[test]
fn the_page_describes_every_field_form_and_code() {
    let page = fs::read_to_string("docs/checking.md").unwrap();
    let silenced = warned().replacen("  arm mixed", "  #allow(W0201, \"the batch is meant\")\n  arm mixed", 1);
    let folder = folder(&[("a.icl", &silenced), ("b.icl", "let a = 5%3\n")]);
    let said = icl(folder.path(), &["check", "--format", "json"]);
    let mut found = std::collections::BTreeSet::new();
    fields(&serde_json::from_str(&said.out).unwrap(), &mut found);
    assert!(found.contains("reason") && found.contains("end_byte"), "{found:?}");
    for name in found {
        assert!(page.contains(&format!("`{name}`")), "docs/checking.md does not describe `{name}`");
    }
    let help = icl(folder.path(), &["check", "--help"]).out;
    for form in ["full", "brief", "json", "github"] {
        assert!(page.contains(&format!("| `{form}` |")) && help.contains(&format!("- {form}:")), "{form}");
    }
    let codes = page.lines().filter(|line| line.starts_with("| ") && line[2..].starts_with(char::is_numeric)).count();
    assert_eq!(codes, 4);
}
