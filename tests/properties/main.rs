//! What holds of every program of the repository and of what slips of the hand make of it.

mod layout;
mod meaning;
mod spans;
#[path = "../../fuzz/targets/splice.rs"]
mod splice;
mod texts;

use icl::check::check;
use icl::diagnostic::FileId;
use icl::syntax::parse;
use icl::world::Memory;
use std::path::Path;
use texts::{Dice, borders, programs, slip};

/// Reads a text and holds its spans against it.
fn read(text: &str) {
    let (file, found) = parse(FileId(0), text);
    spans::hold(text, &file, &found);
}

#[test]
fn every_program_lies_within_its_spans() {
    for (_, text) in programs() {
        let (file, found) = parse(FileId(0), &text);
        spans::hold_alone(&text, &file, &found);
        // The same with the line ends and the mark that some editors write.
        read(&format!("\u{feff}{}", text.replace('\n', "\r\n")));
    }
}

#[test]
fn every_beginning_of_a_program_is_read() {
    for (name, text) in programs() {
        let mut dice = Dice::of(&name);
        for end in borders(&text, 30, &mut dice) {
            read(&text[..end]);
        }
    }
}

#[test]
fn a_program_with_slips_is_read() {
    for (name, text) in programs() {
        let mut dice = Dice::of(&name);
        for _ in 0..10 {
            let mut text = slip(&text, &mut dice);
            for _ in 0..dice.below(3) {
                text = slip(&text, &mut dice);
            }
            read(&text);
        }
    }
}

/// Some slips leave a text without faults that nobody would write, and it is formatted like any other.
#[test]
fn a_formatted_program_says_the_same_and_stays() {
    let mut formatted = 0;
    for (name, text) in programs() {
        let mut dice = Dice::of(&name);
        formatted += usize::from(layout::hold_formatted(&text).is_some());
        for _ in 0..3 {
            formatted += usize::from(layout::hold_formatted(&slip(&text, &mut dice)).is_some());
        }
    }
    assert!(formatted > 500, "{formatted} texts were formatted");
}

/// Whatever stands where something else was meant, checking ends, and either finds an error or gives a program.
#[test]
fn a_program_with_parts_of_another_is_checked() {
    for (name, text) in programs() {
        let mut dice = Dice::of(&name);
        let mut text = text.split("//// ").next().unwrap_or_default().to_owned();
        for _ in 0..2 {
            let Some(spliced) = splice::mutated(&text, dice.below(1 << 32) as u32) else { continue };
            text = spliced;
            let mut world = Memory::default();
            world.0.insert("main.icl".into(), text.clone());
            let checked = check(&world, Path::new("main.icl"), &[]);
            assert_eq!(checked.counts().0 > 0, checked.program.is_none(), "{text}");
        }
    }
}
