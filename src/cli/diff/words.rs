//! A change in a line.

use crate::diff::{Change, Detail, Kind};

/// `batch: 64 -> 128`, `+ arm boosted (unlike direct in loss)`.
pub fn words(change: &Change) -> String {
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    match change.kind {
        Kind::Changed => format!("{}: {} -> {}", change.subject, old.unwrap_or("none"), new.unwrap_or("none")),
        Kind::Added => format!("+ {}{}", change.subject, behind(&change.subject, new)),
        Kind::Dropped => format!("- {}{}", change.subject, behind(&change.subject, old)),
    }
}

/// The same with the arms and points that have it, where not all do.
pub fn whole(change: &Change) -> String {
    let holds = holds(change);
    let details: Vec<String> = change.details.iter().map(detail).collect();
    let details = if details.is_empty() { String::new() } else { format!(" [{}]", details.join(", ")) };
    let holds = if holds.is_empty() { String::new() } else { format!(" ({holds})") };
    format!("{}{details}{holds}", words(change))
}

/// What came or went, behind its name.
fn behind(subject: &str, what: Option<&str>) -> String {
    match what {
        None => String::new(),
        Some(what) if subject.contains(' ') && !subject.starts_with("measure") => format!(" ({what})"),
        Some(what) if matches!(subject, "report" | "expect" | "plateau") => format!(" {what}"),
        Some(what) => format!(": {what}"),
    }
}

/// What a change comes to inside.
pub fn detail(detail: &Detail) -> String {
    match (&detail.old, &detail.new) {
        (Some(old), Some(new)) => format!("{}: {old} -> {new}", detail.subject),
        (Some(old), None) => format!("- {}: {old}", detail.subject),
        (None, Some(new)) => format!("+ {}: {new}", detail.subject),
        (None, None) => detail.subject.clone(),
    }
}

/// Where a change holds, where it does not hold everywhere.
pub fn holds(change: &Change) -> String {
    let arms = match change.arms.as_slice() {
        [] => String::new(),
        [one] => format!("arm {one}"),
        several => format!("arms {}", several.join(", ")),
    };
    let at = change.at.as_ref().map(|at| format!("at {at}")).unwrap_or_default();
    [arms, at].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}
