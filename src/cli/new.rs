//! `icl new`: a program to start from.

use super::Exit;
use super::terminal::{print, warn};
use crate::registry::nearest;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A program to start from: its name on the command line, what it asks, and its text.
///
/// The experiment of every text is called `study`, which stands for the name that is given.
pub const TEMPLATES: &[Template] = &[
    Template {
        name: "plain",
        about: "two arms that differ in one thing, the learning rate",
        text: include_str!("templates/plain.icl"),
    },
    Template {
        name: "warmup",
        about: "practice on an easy task first: does it shorten the plateau, and what does it cost?",
        text: include_str!("templates/warmup.icl"),
    },
    Template {
        name: "probe",
        about: "what the weights know meanwhile, and a loss that asks them for it",
        text: include_str!("templates/probe.icl"),
    },
    Template {
        name: "task",
        about: "a task that is written out, to make your own of it",
        text: include_str!("templates/task.icl"),
    },
    Template {
        name: "regression",
        about: "linear functions in context, from a small or a large pool",
        text: include_str!("templates/regression.icl"),
    },
];

/// One program to start from.
#[derive(Debug)]
pub struct Template {
    pub name: &'static str,
    pub about: &'static str,
    pub text: &'static str,
}

/// Arguments of `icl new`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The name of the study, in snake_case, with a folder before it if you like: `my_study`, `studies/my_study`.
    #[arg(required_unless_present = "list")]
    name: Option<PathBuf>,
    /// Which program to start from; `--list` names them.
    #[arg(long, default_value = "plain", value_name = "TEMPLATE")]
    template: String,
    /// List the templates.
    #[arg(long)]
    list: bool,
}

pub fn run(arguments: &Arguments) -> Exit {
    if arguments.list {
        print(&list());
        return Exit::Done;
    }
    let Some(name) = &arguments.name else { return Exit::Usage };
    let Some(template) = TEMPLATES.iter().find(|template| template.name == arguments.template) else {
        let near = nearest(&arguments.template, TEMPLATES.iter().map(|template| template.name));
        let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        warn(&format!("there is no template `{}`{meant}\n{}", arguments.template, list()));
        return Exit::Usage;
    };
    let (path, name) = match named(name) {
        Ok(named) => named,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    if let Err(reason) = write(&path, &template.filled(&name)) {
        warn(&format!("{reason}\n"));
        return Exit::Failed;
    }
    let file = path.display();
    print(&format!("{file}: {}\n\n  icl check {file}\n  icl plan {file}\n", template.about));
    print(&format!(
        "  icl run {file}\n\nThe run takes about half a minute on two cores; the comments say what to change.\n"
    ));
    Exit::Done
}

impl Template {
    /// The text with the name of the study in its place.
    #[must_use]
    pub fn filled(&self, name: &str) -> String {
        self.text.replace("experiment study {", &format!("experiment {name} {{"))
    }
}

fn list() -> String {
    let line = |template: &Template| format!("  {:10}  {}\n", template.name, template.about);
    TEMPLATES.iter().map(line).collect()
}

/// The file for a name, and the name of its experiment.
fn named(given: &Path) -> Result<(PathBuf, String), String> {
    let last = given.file_name().map(|name| name.to_string_lossy().to_string()).unwrap_or_default();
    let name = last.strip_suffix(".icl").unwrap_or(&last).to_string();
    let letters = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(letters);
    let reserved = ["if", "then", "else", "and", "or", "not", "in", "true", "false"].contains(&name.as_str());
    if plain && !reserved {
        return Ok((given.with_file_name(format!("{name}.icl")), name));
    }
    let meant = snake(&name);
    let cure = if meant.is_empty() || reserved || !name.is_ascii() {
        "choose a name of small letters, digits and `_`, such as `my_study`".to_string()
    } else {
        format!("write `icl new {}`", given.with_file_name(meant).display())
    };
    let why = if reserved { "it is a word of the language" } else { "names are snake_case" };
    Err(format!("`{last}` cannot be the name of a study: {why}; {cure}"))
}

/// A name in snake_case that is near to another; empty if there is none.
fn snake(name: &str) -> String {
    let mut plain = String::new();
    let mut small = false;
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && small {
                plain.push('_');
            }
            plain.push(letter.to_ascii_lowercase());
        } else if !plain.is_empty() && !plain.ends_with('_') {
            plain.push('_');
        }
        small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    plain.trim_end_matches('_').trim_start_matches(|first: char| !first.is_ascii_lowercase()).to_string()
}

/// Writes a new file, and the folders that it lies in.
fn write(path: &Path, text: &str) -> Result<(), String> {
    let file = path.display();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)
            .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
    }
    let mut new = File::options().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("{file} exists and is left as it is; choose another name, or remove it first")
        }
        _ => format!("{file} cannot be written: {error}"),
    })?;
    new.write_all(text.as_bytes()).and_then(|()| new.sync_all()).map_err(|error| {
        // A part of a program is of no use.
        let _ = fs::remove_file(path);
        format!("{file} cannot be written: {error}")
    })
}
