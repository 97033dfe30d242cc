//! The standard modules, written in the language and compiled in.

/// Name and text of every module under `std`.
pub const MODULES: &[(&str, &str)] = &[
    ("curricula", include_str!("../stdlib/curricula.icl")),
    ("models", include_str!("../stdlib/models.icl")),
    ("shapes", include_str!("../stdlib/shapes.icl")),
];
