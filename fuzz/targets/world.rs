//! The files that a fuzzed text stands for, and how it is changed.

use super::splice::mutated;
use icl::check::Override;
use icl::world::Memory;
use std::path::PathBuf;

/// The folder that the program lies in. No machine has it, so that no file on the disk is found from there.
const FOLDER: &str = "/nowhere/of/this/name";

/// The world, the path of its program and the knobs that are set. As in tests/suite, a line `//// other.icl` begins
/// another file, and `// set name=value` sets a knob. None where the text may reach the files of this machine.
pub fn of(text: &str) -> Option<(Memory, PathBuf, Vec<Override>)> {
    // `array` opens files of the disk itself, and a path may leave the folder.
    if text.contains("array") && ["\"/", "..", "\\"].iter().any(|way| text.contains(way)) {
        return None;
    }
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
    Some((world, main, set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
}

/// The mutator of a target: three times out of four a part changes, else bytes do.
pub fn changed(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let text = std::str::from_utf8(&data[..size]).ok();
    match text.filter(|_| seed % 4 > 0).and_then(|text| mutated(text, seed / 4)) {
        Some(new) if new.len() <= max_size => {
            data[..new.len()].copy_from_slice(new.as_bytes());
            new.len()
        }
        _ => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
    }
}
