//! The certain cures of any program end, bring no fault of form, and leave nothing that a second mending would change.

#![no_main]

mod splice;
mod world;

use icl::check::{Checked, check};
use icl::fix::mend;
use icl::world::Memory;
use std::path::Path;

fn faults_of_form(checked: &Checked) -> usize {
    checked.findings.iter().filter(|finding| finding.id.starts_with("E01")).count()
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((world, main, set)) = world::of(text) else { return };
    let before = check(&world, &main, &set);
    if before.findings.iter().all(|finding| finding.fix.is_empty()) {
        return;
    }
    let own = |path: &Path| (!path.starts_with("<std>")).then(|| path.to_path_buf());
    let mended = mend(&world, std::slice::from_ref(&main), &set, &own);
    assert!(faults_of_form(&mended.checked[0]) <= faults_of_form(&before), "{text:?}");
    let mut after = Memory(world.0.clone());
    for (path, change) in &mended.changes {
        assert_eq!(world.0.get(path), Some(&change.before), "{text:?}");
        after.0.insert(path.clone(), change.after.clone());
    }
    let again = mend(&after, &[main], &set, &own);
    assert!(again.changes.is_empty(), "mended twice: {:?} of {text:?}", again.changes);
});

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    world::changed(data, size, max_size, seed)
});
