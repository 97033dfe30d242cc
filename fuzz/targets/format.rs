//! Any text without faults is formatted to one that says the same and stays as it is when formatted again.

#![no_main]

#[path = "../../tests/properties/layout.rs"]
mod layout;
#[allow(dead_code, reason = "the property tests use the rest")]
#[path = "../../tests/properties/spans.rs"]
mod spans;

libfuzzer_sys::fuzz_target!(|text: &str| {
    layout::hold_formatted(text);
});
