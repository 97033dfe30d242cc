//! Any program is checked without a panic, and every finding lies in a text and says what to do.

#![no_main]

use icl::check::check;
use icl::world::Memory;
use std::path::{Path, PathBuf};

/// The folder that the program lies in. No machine has it, so that a data file is never found.
const FOLDER: &str = "/nowhere/of/this/name";

libfuzzer_sys::fuzz_target!(|text: &str| {
    // A path that leaves the folder would reach the files of this machine.
    if text.contains("\"/") || text.contains("..") && text.contains('"') || text.contains('\\') {
        return;
    }
    // As in tests/suite, a line `//// other.icl` begins another file.
    let mut world = Memory::default();
    let mut parts = text.split("//// ");
    let main = Path::new(FOLDER).join("main.icl");
    world.0.insert(main.clone(), parts.next().unwrap_or_default().to_owned());
    for part in parts {
        let (name, text) = part.split_once('\n').unwrap_or((part, ""));
        world.0.insert(PathBuf::from(FOLDER).join(name), text.to_owned());
    }
    let checked = check(&world, &main, &[]);
    for found in &checked.findings {
        assert!(!found.title.is_empty() && found.help.as_ref().is_some_and(|help| !help.is_empty()), "{found:?}");
        for label in &found.labels {
            let source = checked.sources.get(label.span.file).expect("a source");
            let stretch = source.text.get(label.span.start as usize..label.span.end as usize);
            assert!(stretch.is_some(), "{found:?} of {text:?}");
        }
    }
    let refused = checked.counts().0 > 0;
    assert_eq!(refused, checked.program.is_none(), "{text:?}");
});
