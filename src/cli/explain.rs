//! `icl explain`: what a finding means.

use super::Exit;
use super::terminal::{print, warn};
use crate::registry::{FINDINGS, builtin, finding, nearest};

/// Arguments of `icl explain`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The id of a finding, or a builtin name.
    word: String,
}

pub fn run(arguments: &Arguments) -> Exit {
    let word = arguments.word.as_str();
    let id = word.to_uppercase();
    if let Some(page) = finding(&id) {
        print(&format!("{}: {}\n\n{}\n", page.id, page.title, page.doc));
        return Exit::Done;
    }
    if let Some(known) = builtin(word) {
        let params: Vec<String> = (known.params.iter())
            .map(|param| {
                param.default.map_or_else(|| param.name.to_string(), |value| format!("{}: {value}", param.name))
            })
            .collect();
        let call = if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
        print(&format!("{}{call}: {}\n\n{}\n", known.name, known.gives, known.doc));
        return Exit::Done;
    }
    let meant = nearest(&id, FINDINGS.iter().map(|page| page.id));
    let hint = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
    warn(&format!("there is no page on `{word}`{hint}\n"));
    Exit::Failed
}
