//! Any program is checked and planned without a panic; every finding lies in a text and says what to do.

#![no_main]

use icl::check::{Override, check};
use icl::plan::{Selection, plans};
use icl::world::Memory;
use std::path::{Path, PathBuf};

/// The folder that the program lies in. No machine has it, so that no file on the disk is found from there.
const FOLDER: &str = "/nowhere/of/this/name";

libfuzzer_sys::fuzz_target!(|text: &str| {
    // `array` opens files of the disk itself, and a path may leave the folder.
    if text.contains("array") && ["\"/", "..", "\\"].iter().any(|way| text.contains(way)) {
        return;
    }
    // As in tests/suite, a line `//// other.icl` begins another file, and `// set name=value` sets a knob.
    let folder = PathBuf::from(FOLDER);
    let main = folder.join("main.icl");
    let mut world = Memory::default();
    world.0.insert(folder.join("words.tsv"), include_str!("../../tests/programs/words.tsv").to_owned());
    let mut parts = text.split("//// ");
    world.0.insert(main.clone(), parts.next().unwrap_or_default().to_owned());
    for part in parts {
        let (name, text) = part.split_once('\n').unwrap_or((part, ""));
        world.0.insert(folder.join(name), text.to_owned());
    }
    let set = text.lines().filter_map(|line| line.strip_prefix("// set ")?.split_once('='));
    let set: Vec<Override> = set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let checked = check(&world, Path::new(&main), &set);
    for found in &checked.findings {
        assert!(!found.title.is_empty() && found.help.as_ref().is_some_and(|help| !help.is_empty()), "{found:?}");
        for span in found.labels.iter().map(|label| label.span).chain(found.fix.iter().map(|edit| edit.span)) {
            let source = checked.sources.get(span.file).expect("a source");
            assert!(source.text.get(span.start as usize..span.end as usize).is_some(), "{found:?} of {text:?}");
        }
    }
    assert_eq!(checked.counts().0 > 0, checked.program.is_none(), "{text:?}");
    if let Some(program) = checked.program {
        let planned = plans(program.experiments, &Selection::default()).expect("no arm is asked for");
        for plan in &planned {
            let cells = plan.cells.iter().take(5);
            assert!(cells.map(|cell| plan.cost(cell)).all(|cost| cost.flops() >= 0.0), "{text:?}");
        }
    }
});
