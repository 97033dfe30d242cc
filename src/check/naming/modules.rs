//! Reads a file and every module that it uses.

use crate::diagnostic::{Diagnostic, Sources, Span};
use crate::registry::nearest;
use crate::stdlib::MODULES;
use crate::syntax::parse;
use crate::syntax::tree::{Body, File, Item, Keyword, Type};
use crate::world::World;
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

/// One file of the program, with what its names stand for.
#[derive(Debug)]
pub struct Module {
    pub file: File,
    /// Items by name; the first of two wins.
    pub items: HashMap<String, usize>,
    /// Modules by the name they are used under.
    pub uses: HashMap<String, usize>,
    /// Names of modules that could not be read.
    pub lost: HashSet<String>,
    /// Words of the choices that params and parameters are, such as `inside | outside`.
    pub words: HashSet<String>,
    pub text: String,
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
        let id = self.sources.add(name, text.clone());
        let (file, faults) = parse(id, &self.sources.files[id.0 as usize].text);
        self.findings.extend(faults);
        let mut items: HashMap<String, usize> = HashMap::new();
        let (mut uses, mut lost) = (HashMap::new(), HashSet::new());
        // Experiments have a name space of their own, and no expression names one.
        let mut heads: HashMap<(bool, &str), &Item> = HashMap::new();
        for (at, item) in file.items.iter().enumerate() {
            let name = &item.name;
            let space = (item.keyword == Keyword::Experiment, name.text.as_str());
            if let Some(first) = heads.get(&space) {
                let twice =
                    Diagnostic::error("E0208", format!("`{}` is defined twice", name.text), name.span, "the second")
                        .also(first.name.span, "the first")
                        .help(if item.keyword == Keyword::Use { "keep one of them" } else { "rename one of them" });
                self.findings.push(twice);
                continue;
            }
            heads.insert(space, item);
            if item.keyword == Keyword::Experiment {
                continue;
            }
            if item.keyword != Keyword::Use {
                items.insert(name.text.clone(), at);
            } else if let Some((used, meant)) = self.follow(item, folder) {
                // A misspelt module is reached under both names.
                uses.entry(meant).or_insert(used);
                uses.insert(name.text.clone(), used);
            } else {
                lost.insert(name.text.clone());
            }
        }
        self.open.pop();
        let words = choices(&file);
        self.modules[place] = Some(Module { file, items, uses, lost, words, text });
        place
    }

    fn follow(&mut self, item: &Item, folder: &Path) -> Option<(usize, String)> {
        match &item.body {
            Body::Module(parts) => {
                let words: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
                let span = parts.first()?.span.to(parts.last()?.span);
                match words.as_slice() {
                    ["std", name] => self.standard(name, span),
                    _ => {
                        let said = words.join(".");
                        let last = words.last().copied().unwrap_or_default();
                        let meant = nearest(last, MODULES.iter().map(|(name, _)| *name));
                        let help = match meant {
                            Some(meant) => format!("write `use std.{meant}`"),
                            None => format!("write `use \"./{said}\"` for a file beside this one"),
                        };
                        let title = format!("there is no module `{said}`");
                        self.findings.push(Diagnostic::error("E0205", title, span, "not a standard module").help(help));
                        self.open_standard(meant?)
                    }
                }
            }
            Body::Path { text, span } => Some((self.beside(text, *span, folder)?, item.name.text.clone())),
            _ => None,
        }
    }

    fn standard(&mut self, name: &str, span: Span) -> Option<(usize, String)> {
        let names = || MODULES.iter().map(|(name, _)| *name);
        if names().any(|known| known == name) {
            return self.open_standard(name);
        }
        let meant = nearest(name, names());
        let all = names().map(|name| format!("`std.{name}`")).collect::<Vec<_>>().join(", ");
        let help = meant.map_or(format!("the standard modules are {all}"), |meant| format!("write `use std.{meant}`"));
        let title = format!("there is no standard module `{name}`");
        self.findings.push(Diagnostic::error("E0205", title, span, "not found").help(help));
        self.open_standard(meant?)
    }

    fn open_standard(&mut self, name: &str) -> Option<(usize, String)> {
        let (name, text) = MODULES.iter().find(|(known, _)| *known == name)?;
        let key = format!("std.{name}");
        let place = match self.known.get(&key) {
            Some(&place) => place,
            None => self.load(key, &format!("<std>/{name}.icl"), (*text).to_string(), Path::new("")),
        };
        Some((place, (*name).to_string()))
    }

    fn beside(&mut self, text: &str, span: Span, folder: &Path) -> Option<usize> {
        let mut path: PathBuf = plain(&folder.join(text));
        if path.extension().is_none() {
            path.set_extension("icl");
        }
        let key = path.display().to_string();
        if let Some(at) = self.open.iter().position(|open| *open == key) {
            let mut round = self.open[at..].to_vec();
            let finding = if round.len() == 1 {
                Diagnostic::error("E0210", "this module uses itself", span, "this very file").help("take it away")
            } else {
                round.push(key);
                Diagnostic::error("E0210", "modules use each other in a circle", span, "this closes the circle")
                    .help(format!("break one of: {}", round.join(" -> ")))
            };
            self.findings.push(finding);
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
                    Diagnostic::error(
                        "E0205",
                        format!("the module file {key} cannot be read"),
                        span,
                        reason.to_string(),
                    )
                    .help("paths start at the file that says `use`; check the spelling"),
                );
                None
            }
        }
    }
}

/// Every word of a choice in a file.
fn choices(file: &File) -> HashSet<String> {
    let mut words = HashSet::new();
    for item in &file.items {
        let own = if let Body::Value { ty, .. } = &item.body { ty.as_ref() } else { None };
        for ty in item.params.iter().map(|param| &param.ty).chain(own) {
            if let Type::Choice { words: known, .. } = ty {
                words.extend(known.iter().map(|word| word.text.clone()));
            }
        }
    }
    words
}

/// The same path without `.` and `name/..`, so that a file has one name however it is reached.
pub fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
