//! What must hold of a formatted text: shared by the property tests and the fuzz targets.

use super::spans::{hold, without_spans};
use icl::diagnostic::FileId;
use icl::syntax::{format, parse};

/// Fails where formatting refuses a text without faults, changes what it says, loses a comment, or would change its own
/// result; gives that result.
pub fn hold_formatted(text: &str) -> Option<String> {
    let (file, found) = parse(FileId(0), text);
    let formatted = match format(FileId(0), text) {
        Ok(formatted) => formatted,
        Err(faults) => {
            assert!(!faults.is_empty() && !found.is_empty(), "refused without a reason: {text:?}");
            return None;
        }
    };
    let (again, faults) = parse(FileId(0), &formatted);
    hold(&formatted, &again, &faults);
    assert_eq!(without_spans(&again), without_spans(&file), "formatting changed the tree of {text:?} to {formatted:?}");
    assert_eq!(comments(&formatted), comments(text), "formatting changed the comments of {text:?} to {formatted:?}");
    assert_eq!(format(FileId(0), &formatted).as_ref(), Ok(&formatted), "formatting twice changes {text:?}");
    Some(formatted)
}

/// The comments of a text in order, without the space around them.
fn comments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut quoted = false;
        let mut escaped = false;
        for (at, letter) in line.char_indices() {
            match letter {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '/' if !quoted && line[at..].starts_with("//") => {
                    found.push(line[at..].trim());
                    break;
                }
                _ => {}
            }
        }
    }
    found
}
