//! `icl doc`: what is to be known of a word.

use super::Exit;
use super::explain;
use super::form::Form;
use super::terminal::{Terminal, print, warn};
use crate::reference::{Found, Layout, Section, chapters, files, listing, lookup, plain, suggestions};
use std::fs;
use std::path::{Path, PathBuf};

/// Arguments of `icl doc`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A word of the language, an item of a standard module, or the id of a finding; nothing lists everything.
    words: Vec<String>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Write the reference as Markdown files into this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["words", "format"])]
    write: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Exit {
    if let Some(folder) = &arguments.write {
        return write(folder);
    }
    let word = arguments.words.join(" ");
    let layout = layout();
    let json = arguments.format == Form::Json;
    if word.is_empty() {
        let chapters = chapters();
        if json {
            let sections: Vec<serde_json::Value> =
                chapters.iter().flat_map(|chapter| &chapter.sections).map(as_json).collect();
            show_json(&sections);
        } else {
            print(&listing(chapters, layout));
            print("`icl doc NAME` says more about a name, `icl explain E0303` what a finding means.\n");
        }
        return Exit::Done;
    }
    match lookup(&word) {
        Found::Entries(entries) if json => show_json(&entries),
        Found::Entries(entries) => print(&plain(&entries, layout)),
        Found::Module(section) if json => show_json(&as_json(&section)),
        Found::Module(section) => print(&module(&section, layout)),
        Found::Finding(page) if json => show_json(&explain::as_json(page)),
        Found::Finding(page) => print(&explain::text(page, layout)),
        Found::Argument(takers) if json => show_json(&serde_json::json!({ "name": word, "argument_of": takers })),
        Found::Argument(takers) => {
            let takers: Vec<String> = takers.into_iter().map(|name| format!("`{name}`")).collect();
            print(&format!("`{word}` belongs to the arguments of {}\n", takers.join(", ")));
        }
        Found::Nothing => {
            warn(&format!("there is no `{word}` in the language{}\n", meant(&word)));
            return Exit::Failed;
        }
    }
    Exit::Done
}

/// How text for standard output is laid out: prose is not wider than a page.
pub fn layout() -> Layout {
    let terminal = Terminal::out();
    Layout { width: terminal.width.min(100), colour: terminal.colour }
}

/// "; did you mean ...?", or where to look where nothing is near.
pub fn meant(word: &str) -> String {
    let near: Vec<String> = suggestions(word).into_iter().map(|name| format!("`{name}`")).collect();
    match near.as_slice() {
        [] => "; `icl doc` lists all there is".to_string(),
        [one] => format!("; did you mean {one}?"),
        [others @ .., last] => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

fn module(section: &Section, layout: Layout) -> String {
    let mut text = format!("{}\n", layout.bold(&section.title));
    if !section.intro.is_empty() {
        text.push_str(&format!("\n{}", crate::reference::page(&section.intro, layout)));
    }
    for entry in &section.entries {
        text.push_str(&format!("\n{}\n", layout.bold(&entry.form)));
        text.push_str(&crate::reference::page(&entry.doc, layout));
    }
    text
}

fn as_json(section: &Section) -> serde_json::Value {
    serde_json::json!({ "title": section.title, "doc": section.intro, "entries": section.entries })
}

fn show_json(value: &impl serde::Serialize) {
    print(&format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default()));
}

fn write(folder: &Path) -> Exit {
    let written = fs::create_dir_all(folder)
        .and_then(|()| files().into_iter().try_for_each(|(name, text)| fs::write(folder.join(name), text)));
    match written {
        Ok(()) => {
            print(&format!("{} files in {}\n", files().len(), folder.display()));
            Exit::Done
        }
        Err(reason) => {
            warn(&format!("the reference cannot be written to {}: {reason}\n", folder.display()));
            Exit::Failed
        }
    }
}
