//! What kind of thing is wanted where an expression stands, so that a misspelt name is taken for one of that kind.

use crate::check::expressions::items::kind_of;
use crate::registry::{BlockKind, Kind, SETTINGS, TYPES, forms, settings_of};
use crate::syntax::tree::{Keyword, Type};

/// What the keyword of an item promises of its value.
pub const fn promised(keyword: Keyword) -> Option<Kind> {
    Some(match keyword {
        Keyword::Task => Kind::Task,
        Keyword::Model => Kind::Model,
        Keyword::Curriculum => Kind::Curriculum,
        Keyword::Loss => Kind::Loss,
        Keyword::Probe => Kind::Probe,
        Keyword::Metric => Kind::Metric,
        Keyword::Data => Kind::Data,
        Keyword::Use | Keyword::Param | Keyword::Let | Keyword::Experiment => return None,
    })
}

/// What a measure block lists.
pub const MEASURED: Kind = Kind::Either(&[Kind::Metric, Kind::Probe]);

/// The kind that a setting takes, where it is one.
pub fn setting_kind(block: BlockKind, key: &str) -> Option<Kind> {
    Some(match (block, key) {
        (BlockKind::Task, "input" | "target" | "emit") => Kind::NameOfTask,
        (BlockKind::Stage, "train") | (BlockKind::Probe, "of") => Kind::Task,
        (BlockKind::Stage, "for" | "at_most") => Kind::Duration,
        // `log(20)` stands here too.
        (BlockKind::Measure, "every") => Kind::Either(&[Kind::Duration, Kind::Array]),
        (BlockKind::Probe, "read") => Kind::Site,
        (BlockKind::Probe, "fit") => Kind::Reader,
        (BlockKind::Model, "blocks") => Kind::List(&Kind::Layer),
        (BlockKind::Experiment | BlockKind::Arm, "model" | "evaluate") => Kind::Model,
        (BlockKind::Experiment | BlockKind::Arm, "optimizer") => Kind::Optimizer,
        (BlockKind::Experiment | BlockKind::Arm | BlockKind::Stage, "loss") => Kind::Loss,
        (BlockKind::Experiment | BlockKind::Arm, "curriculum") => Kind::Curriculum,
        _ => return None,
    })
}

/// The kind of the sides of an operator whose result is to be of a kind.
pub const fn side_kind(wanted: Option<Kind>) -> Option<Kind> {
    match wanted {
        Some(Kind::Loss) => Some(Kind::Either(&[Kind::Loss, Kind::Schedule])),
        Some(Kind::Duration) => Some(Kind::Either(&[Kind::Duration, Kind::Real])),
        Some(kind @ (Kind::Count | Kind::Real | Kind::Share | Kind::Schedule)) => Some(kind),
        _ => None,
    }
}

/// The words that a setting takes, where it takes words only.
pub fn setting_words(block: BlockKind, key: &str) -> Vec<&'static str> {
    let takes = settings_of(block).find(|setting| setting.key == key).map_or("", |setting| setting.takes);
    let words: Vec<&str> = takes.split(" | ").collect();
    let letter = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    let plain = words.iter().all(|word| word.bytes().all(letter));
    if plain && words.len() > 1 { words } else { Vec::new() }
}

/// The kind that an argument of a builtin must be of, where all of its forms agree.
pub fn argument_kind(name: &str, param: Option<&str>, place: usize) -> Option<Kind> {
    let mut kinds = forms(name).filter_map(|form| match param {
        Some(param) => form.params.iter().find(|known| known.name == param),
        None => form.params.get(place),
    });
    let first = kinds.next()?.kind;
    kinds.all(|param| param.kind == first).then_some(first)
}

/// The kind that a type names.
pub fn type_kind(ty: &Type) -> Option<Kind> {
    let Type::Named { name, shape, .. } = ty else { return None };
    if !shape.is_empty() {
        return None;
    }
    match name.text.as_str() {
        "count" | "class" => Some(Kind::Count),
        "real" => Some(Kind::Real),
        word => TYPES.contains(&word).then(|| kind_of(word)).flatten(),
    }
}

/// Where a setting belongs that a block does not have, or what the block has.
pub fn elsewhere(kind: BlockKind, key: &str, keys: &[&str]) -> String {
    let owner = SETTINGS.iter().find(|setting| setting.key == key).map(|setting| setting.block);
    match owner {
        Some(owner) => format!("write it in {}, which has this setting", owner.a()),
        None if keys.is_empty() => format!("write it in a block: {} has no settings of its own", kind.a()),
        None => format!("settings of {}: {}", kind.a(), keys.join(", ")),
    }
}
