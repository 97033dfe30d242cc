//! Every word of the language has an example, and every example, in its frame, is a program without errors.

mod files;

use files::{embeddings, words};
use icl::check::check;
use icl::diagnostic::Severity;
use icl::registry::{
    BUILTINS, ITEMS, LINES, SETTINGS, TYPE_WORDS, UNITS, example_of_builtin, example_of_item, example_of_line,
    example_of_setting, example_of_type, example_of_unit, examples,
};
use icl::world::Memory;
use std::fs;
use std::path::PathBuf;

#[test]
fn every_example_in_its_frame_is_a_program_without_errors() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("examples");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("words.tsv"), words()).unwrap();
    fs::write(folder.join("embeddings.npy"), embeddings()).unwrap();
    fs::copy("tests/oracle/files/shapes.h5", folder.join("3dshapes.h5")).unwrap();
    let program = folder.join("study.icl");
    let mut wrong = Vec::new();
    for example in examples() {
        let mut world = Memory::default();
        world.0.insert(program.clone(), example.program());
        world.0.insert(folder.join("words.tsv"), words());
        world.0.insert(folder.join("my_tasks.icl"), "pub let points = 4\n".into());
        let checked = check(&world, &program, &[]);
        let errors = checked.findings.iter().filter(|found| found.severity == Severity::Error);
        let told: Vec<String> = errors
            .map(|found| {
                let (line, column) = checked.sources.position(found.span());
                format!("{} {line}:{column} {}", found.id, found.title)
            })
            .collect();
        if !told.is_empty() {
            wrong.push(format!("== {}\n{}\n{}", example.of, example.text, told.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_example_shows_what_it_is_an_example_of() {
    for example in examples() {
        assert!(example.program().contains(example.text.lines().next().unwrap()), "{}: no place", example.of);
        let words: Vec<&str> =
            example.text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
        let shown = example.of.split(' ').all(|word| {
            words.iter().any(|shown| *shown == word || shown.strip_suffix('s') == Some(word))
                || example.text.contains("//")
                || example.text.contains(word)
        });
        assert!(shown, "{}: {}", example.of, example.text);
    }
}

#[test]
fn every_word_of_the_language_has_an_example() {
    let mut missing: Vec<String> = Vec::new();
    let mut want = |what: String, has: bool| {
        if !has {
            missing.push(what);
        }
    };
    let mut counted = 0;
    for form in BUILTINS {
        let example = example_of_builtin(form);
        want(format!("{:?} {}", form.group, form.name), example.is_some());
        counted += 1;
    }
    for setting in SETTINGS {
        want(
            format!("{} {}", setting.block.word(), setting.key),
            example_of_setting(setting.block, setting.key).is_some(),
        );
        counted += 1;
    }
    for item in ITEMS {
        want(item.word.into(), example_of_item(item.word).is_some());
        counted += 1;
    }
    for (at, line) in LINES.iter().enumerate() {
        let place = LINES[..at].iter().filter(|other| other.words == line.words).count();
        want(line.words.into(), example_of_line(line.words, place).is_some());
        counted += 1;
    }
    for word in TYPE_WORDS {
        want(word.name.into(), example_of_type(word.name).is_some());
        counted += 1;
    }
    for unit in UNITS {
        want(unit.singular.into(), example_of_unit(unit.singular).is_some());
        counted += 1;
    }
    assert!(missing.is_empty(), "no example in src/registry/examples shows {missing:#?}");
    assert_eq!(examples().count(), counted, "an example is of something that the language does not have");
}
