//! `icl new`: programs to start from.

use super::{folder, icl};
use icl::check::check;
use icl::cli::new::TEMPLATES;
use icl::syntax::format;
use icl::world::Memory;
use std::fs;
use std::path::Path;

#[test]
fn every_template_is_a_program_without_findings_in_the_one_layout() {
    for template in TEMPLATES {
        let text = template.filled("my_study");
        let path = Path::new("my_study.icl");
        let checked = check(&Memory([(path.to_path_buf(), text.clone())].into()), path, &[]);
        assert!(checked.findings.is_empty(), "{}: {:?}", template.name, checked.findings);
        let program = checked.program.unwrap();
        assert_eq!(program.experiments.len(), 1, "{}", template.name);
        assert_eq!(program.experiments[0].name, "my_study");
        assert_eq!(format(icl::diagnostic::FileId(0), &text).unwrap(), text, "{}", template.name);
        assert!(program.experiments[0].arms.len() >= 2 && text.contains("//!"), "{}", template.name);
    }
}

#[test]
fn a_new_study_can_be_checked_and_planned_at_once() {
    let folder = folder(&[]);
    let at = folder.path();
    let said = icl(at, &["new", "studies/deep/my_study"]);
    assert_eq!((said.code, said.told.as_str()), (0, ""));
    for command in ["check", "plan", "run"] {
        assert!(said.out.contains(&format!("  icl {command} studies/deep/my_study.icl\n")), "{}", said.out);
    }
    let said = icl(at, &["check", "--deny-warnings", "studies/deep/my_study.icl"]);
    assert_eq!((said.code, said.out.as_str()), (0, "studies/deep/my_study.icl: no findings\n"));
    let said = icl(at, &["plan", "studies/deep/my_study.icl"]);
    assert!(said.code == 0 && said.out.starts_with("my_study: 4 cells"), "{}", said.out);
    let said = icl(at, &["new", "warm.icl", "--template", "warmup"]);
    assert_eq!(said.code, 0);
    assert!(fs::read_to_string(at.join("warm.icl")).unwrap().contains("experiment warm {"));
}

#[test]
fn nothing_is_overwritten_and_bad_names_are_told_with_a_better_one() {
    let folder = folder(&[("taken.icl", "let a = 1\n"), ("file", "")]);
    let at = folder.path();
    let cases: [(&[&str], i32, &str); 10] = [
        (&["taken"], 1, "taken.icl exists and is left as it is; choose another name"),
        (&["MyStudy"], 2, "names are snake_case; write `icl new my_study`"),
        (&["studies/my-study.icl"], 2, "write `icl new studies/my_study`"),
        (&["2nd try"], 2, "write `icl new nd_try`"),
        (&["if"], 2, "it is a word of the language; choose a name"),
        (&["..", "--template", "plain"], 2, "cannot be the name of a study"),
        (&["file/study"], 1, "the folder file cannot be made"),
        (&["study", "--template", "wramup"], 2, "there is no template `wramup`; did you mean `warmup`?"),
        (&[], 2, "required arguments"),
        (&["été"], 2, "choose a name of small letters"),
    ];
    for (arguments, code, shown) in cases {
        let said = icl(at, &[&["new"], arguments].concat());
        assert_eq!(said.code, code, "{arguments:?}\n{}", said.told);
        assert!(said.told.contains(shown), "{arguments:?} said\n{}", said.told);
    }
    assert_eq!(fs::read_to_string(at.join("taken.icl")).unwrap(), "let a = 1\n");
    assert_eq!(fs::read_dir(at).unwrap().count(), 2, "nothing else was made");
}

#[test]
fn the_list_names_every_template() {
    let folder = folder(&[]);
    let said = icl(folder.path(), &["new", "--list"]);
    assert_eq!(said.code, 0);
    for template in TEMPLATES {
        assert!(said.out.lines().any(|line| line.trim_start().starts_with(template.name)), "{}", said.out);
    }
}
