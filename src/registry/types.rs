//! Types of parameters and targets.

/// Every type that has a name.
pub const TYPES: &[&str] = &[
    "count",
    "real",
    "bool",
    "text",
    "duration",
    "class",
    "task",
    "data",
    "model",
    "curriculum",
    "loss",
    "probe",
    "metric",
    "optimizer",
    "schedule",
    "distribution",
];
