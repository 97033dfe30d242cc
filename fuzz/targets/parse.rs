//! Any text is read without a panic, and the places of its tree and of its findings hold.

#![no_main]

#[path = "../../tests/properties/spans.rs"]
mod spans;

use icl::diagnostic::FileId;
use icl::syntax::parse;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (file, found) = parse(FileId(0), text);
    spans::hold(text, &file, &found);
});
