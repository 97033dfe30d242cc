//! Any text is read without a panic, and the places of its tree and of its findings hold.

#![no_main]

#[path = "../../tests/properties/spans.rs"]
#[allow(dead_code, reason = "the property tests use the rest")]
mod spans;

use icl::diagnostic::FileId;
use icl::syntax::parse;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (file, found) = parse(FileId(0), text);
    spans::hold_alone(text, &file, &found);
});
