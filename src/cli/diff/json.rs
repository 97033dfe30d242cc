//! The differences of files as one JSON document.

use super::{Outcome, Told};
use crate::diff::{Change, Study};
use serde_json::{Value, json};

/// One document, ending in a newline.
pub fn json(told: &[Told]) -> String {
    let class = told.iter().map(Told::class).max().unwrap_or_default();
    let files: Vec<Value> = told.iter().map(file).collect();
    let document = json!({ "version": 1, "class": class, "files": files });
    format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default())
}

fn file(told: &Told) -> Value {
    match &told.outcome {
        Outcome::Faulty(sides) => {
            let sides: Vec<Value> = sides
                .iter()
                .map(|faulty| {
                    let findings = faulty.errors.iter().map(|finding| {
                        let (line, column) = faulty.sources.position(finding.span());
                        let file = faulty.sources.get(finding.span().file).map_or("", |source| &source.name);
                        json!({ "id": finding.id, "title": finding.title, "file": file, "line": line, "column": column })
                    });
                    json!({ "side": faulty.side, "findings": findings.collect::<Vec<_>>() })
                })
                .collect();
            json!({ "file": told.name, "was": told.was, "errors": sides })
        }
        Outcome::Compared(difference, places) => {
            let studies: Vec<Value> =
                difference.studies.iter().zip(places).map(|(study, places)| experiment(study, places)).collect();
            let (before, after, to_run) = difference.costs();
            json!({
                "file": told.name, "was": told.was, "class": difference.class(), "experiments": studies,
                "cells": difference.cells(), "cost": { "before": before, "after": after, "to_run": to_run },
            })
        }
    }
}

fn experiment(study: &Study, places: &[[Option<super::Line>; 2]]) -> Value {
    let changes =
        study.changes.iter().zip(places).map(|(change, [old, new])| stated(change, old.as_ref(), new.as_ref()));
    json!({
        "old": study.old, "new": study.new, "class": study.class(), "changes": changes.collect::<Vec<_>>(),
        "renames": study.renames, "warnings": study.warnings, "cells": study.cells,
        "cost": { "before": study.before, "after": study.after, "to_run": study.to_run },
    })
}

fn stated(change: &Change, old: Option<&super::Line>, new: Option<&super::Line>) -> Value {
    let mut value = serde_json::to_value(change).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.insert("old_place".into(), json!(old));
        map.insert("new_place".into(), json!(new));
    }
    value
}
