//! The standard modules, written in the language and compiled in.

/// Name and text of every module under `std`.
pub const MODULES: &[(&str, &str)] = &[
    ("classification", include_str!("../stdlib/classification.icl")),
    ("curricula", include_str!("../stdlib/curricula.icl")),
    ("models", include_str!("../stdlib/models.icl")),
    ("probes", include_str!("../stdlib/probes.icl")),
    ("regression", include_str!("../stdlib/regression.icl")),
    ("sequences", include_str!("../stdlib/sequences.icl")),
    ("shapes", include_str!("../stdlib/shapes.icl")),
    ("text", include_str!("../stdlib/text.icl")),
];
