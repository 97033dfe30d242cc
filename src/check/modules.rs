//! Reads a file and every module that it uses.

use crate::diagnostic::{Diagnostic, Sources, Span};
use crate::registry::nearest;
use crate::stdlib::MODULES;
use crate::syntax::parse;
use crate::syntax::tree::{Body, File, Item, Keyword};
use crate::world::World;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// One file of the program, with what its names stand for.
#[derive(Debug)]
pub struct Module {
    pub file: File,
    /// Items by name; the first of two wins.
    pub items: HashMap<String, usize>,
    /// Modules by the name they are used under.
    pub uses: HashMap<String, usize>,
}

/// Loads modules, each once.
pub struct Loader<'a> {
    pub world: &'a dyn World,
    pub sources: Sources,
    pub findings: Vec<Diagnostic>,
    pub modules: Vec<Option<Module>>,
    known: HashMap<String, usize>,
    open: Vec<String>,
}

impl<'a> Loader<'a> {
    /// A loader that has read nothing.
    pub fn new(world: &'a dyn World) -> Self {
        Self {
            world,
            sources: Sources::default(),
            findings: Vec::new(),
            modules: Vec::new(),
            known: HashMap::new(),
            open: Vec::new(),
        }
    }

    /// Reads a module's text, and what it uses; gives its place.
    pub fn load(&mut self, key: String, name: &str, text: String, folder: &Path) -> usize {
        let place = self.modules.len();
        self.modules.push(None);
        self.known.insert(key.clone(), place);
        self.open.push(key);
        let id = self.sources.add(name, text);
        let (file, faults) = parse(id, &self.sources.files[id.0 as usize].text);
        self.findings.extend(faults);
        let mut items: HashMap<String, usize> = HashMap::new();
        let mut uses = HashMap::new();
        for (at, item) in file.items.iter().enumerate() {
            if item.keyword == Keyword::Use {
                if let Some(used) = self.follow(item, folder) {
                    uses.insert(item.name.text.clone(), used);
                }
            } else if let Some(&first) = items.get(&item.name.text) {
                let name = &item.name;
                let twice = Diagnostic::error("E0208", format!("`{}` is defined twice", name.text), name.span, "the second")
                    .also(file.items[first].name.span, "the first")
                    .help("rename one of them");
                self.findings.push(twice);
            } else {
                items.insert(item.name.text.clone(), at);
            }
        }
        self.open.pop();
        self.modules[place] = Some(Module { file, items, uses });
        place
    }

    fn follow(&mut self, item: &Item, folder: &Path) -> Option<usize> {
        match &item.body {
            Body::Module(parts) => {
                let words: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
                let span = parts.first()?.span.to(parts.last()?.span);
                match words.as_slice() {
                    ["std", name] => self.standard(name, span),
                    _ => {
                        let said = words.join(".");
                        self.findings.push(
                            Diagnostic::error("E0205", format!("there is no module `{said}`"), span, "not a standard module")
                                .help(format!("write `use \"./{said}\"` for a file beside this one, `use std.name` for a standard module")),
                        );
                        None
                    }
                }
            }
            Body::Path { text, span } => self.beside(text, *span, folder),
            _ => None,
        }
    }

    fn standard(&mut self, name: &str, span: Span) -> Option<usize> {
        let names = || MODULES.iter().map(|(name, _)| *name);
        let found = MODULES.iter().find(|(known, _)| *known == name);
        let (name, text) = match found {
            Some(found) => found,
            None => {
                let meant = nearest(name, names());
                let all = names().map(|name| format!("`std.{name}`")).collect::<Vec<_>>().join(", ");
                let help = meant.map_or(format!("the standard modules are {all}"), |meant| format!("write `use std.{meant}`"));
                let title = format!("there is no standard module `{name}`");
                self.findings.push(Diagnostic::error("E0205", title, span, "not found").help(help));
                MODULES.iter().find(|(known, _)| Some(*known) == meant)?
            }
        };
        let key = format!("std.{name}");
        if let Some(&place) = self.known.get(&key) {
            return Some(place);
        }
        Some(self.load(key, &format!("<std>/{name}.icl"), (*text).to_string(), Path::new("")))
    }

    fn beside(&mut self, text: &str, span: Span, folder: &Path) -> Option<usize> {
        let mut path: PathBuf = folder.join(text.trim_start_matches("./"));
        if path.extension().is_none() {
            path.set_extension("icl");
        }
        let key = path.display().to_string();
        if let Some(at) = self.open.iter().position(|open| *open == key) {
            let mut round = self.open[at..].to_vec();
            round.push(key);
            self.findings.push(
                Diagnostic::error("E0210", "modules use each other in a circle", span, "this closes the circle")
                    .help(format!("break one of: {}", round.join(" -> "))),
            );
            return None;
        }
        if let Some(&place) = self.known.get(&key) {
            return Some(place);
        }
        match self.world.read(&path) {
            Ok(source) => {
                let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
                Some(self.load(key.clone(), &key, source, &folder))
            }
            Err(reason) => {
                self.findings.push(
                    Diagnostic::error("E0205", format!("the module file {key} cannot be read"), span, reason.to_string())
                        .help("paths start at the file that says `use`; check the spelling"),
                );
                None
            }
        }
    }
}
