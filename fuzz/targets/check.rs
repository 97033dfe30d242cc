//! Any program is checked and planned without a panic; every finding lies in a text and says what to do.

#![no_main]

mod splice;
mod world;

use icl::check::check;
use icl::plan::{Selection, plans};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((world, main, set)) = world::of(text) else { return };
    let checked = check(&world, &main, &set);
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

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    world::changed(data, size, max_size, seed)
});
