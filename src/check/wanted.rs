//! What kind of thing is wanted where an expression stands, so that a misspelt name is taken for one of that kind.

use crate::registry::{BlockKind, Kind};
use crate::syntax::tree::Keyword;

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

/// What a setting takes, where it is one kind of thing.
pub fn setting_kind(block: BlockKind, key: &str) -> Option<Kind> {
    Some(match (block, key) {
        (BlockKind::Task, "input" | "target" | "emit") => Kind::NameOfTask,
        (BlockKind::Stage, "train") | (BlockKind::Probe, "of") => Kind::Task,
        (BlockKind::Stage | BlockKind::Experiment | BlockKind::Arm, "loss") => Kind::Loss,
        (BlockKind::Experiment | BlockKind::Arm, "model" | "evaluate") => Kind::Model,
        (BlockKind::Experiment | BlockKind::Arm, "curriculum") => Kind::Curriculum,
        (BlockKind::Experiment | BlockKind::Arm, "optimizer") => Kind::Optimizer,
        _ => return None,
    })
}
