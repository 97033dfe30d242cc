//! What names stand for where they are used.

use crate::check::naming::modules::Module;
use crate::registry::{BUILTINS, builtin, forms, nearest};
use crate::syntax::tree::{Block, EntryKind, Keyword};

/// What a name can stand for where it is used.
pub struct Scope<'a> {
    pub modules: &'a [Module],
    pub module: usize,
    pub locals: Vec<&'a str>,
    /// How many of them, the first, are parameters of the item.
    pub params: usize,
}

/// What a written name means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning<'a> {
    Local(&'a str),
    Item(usize, usize),
    Module(usize),
    Builtin(&'static str),
    /// A word of a choice, such as `inside | outside`.
    Word(&'a str),
    /// A module that could not be read: whatever it holds is not known.
    Lost,
}

impl<'a> Scope<'a> {
    /// What `name` means as it is written.
    pub fn exact(&self, name: &str) -> Option<Meaning<'a>> {
        let module = &self.modules[self.module];
        if let Some(local) = self.locals.iter().find(|local| **local == name) {
            return Some(Meaning::Local(local));
        }
        if let Some(&item) = module.items.get(name) {
            return Some(Meaning::Item(self.module, item));
        }
        if let Some(&used) = module.uses.get(name) {
            return Some(Meaning::Module(used));
        }
        if module.lost.contains(name) {
            return Some(Meaning::Lost);
        }
        builtin(name).map(|builtin| Meaning::Builtin(builtin.name)).or_else(|| {
            let word = module.words.get(name)?;
            Some(Meaning::Word(word))
        })
    }

    /// Every name that can be used here.
    pub fn candidates(&self) -> impl Iterator<Item = &'a str> {
        let module = &self.modules[self.module];
        let mut names: Vec<&str> = self.locals.clone();
        names.extend(module.items.keys().map(String::as_str));
        names.extend(module.uses.keys().map(String::as_str));
        names.extend(module.words.iter().map(String::as_str));
        names.extend(BUILTINS.iter().map(|builtin| builtin.name));
        names.into_iter()
    }
}

/// The public items of a module.
pub fn exports(module: &Module) -> impl Iterator<Item = &str> {
    module.file.items.iter().filter(|item| item.public).map(|item| item.name.text.as_str())
}

/// The arguments that a callee takes, and whether it takes others too.
pub fn parameters(modules: &[Module], meaning: Meaning<'_>) -> Option<(Vec<String>, bool)> {
    match meaning {
        Meaning::Item(module, item) => {
            let item = &modules[module].file.items[item];
            let mut names: Vec<String> = item.params.iter().map(|param| param.name.text.clone()).collect();
            // A model of tokens is told how to make them, whatever its own parameters are.
            if item.keyword == Keyword::Model {
                names.push("tokenizer".into());
            }
            Some((names, false))
        }
        Meaning::Builtin(name) => {
            let names = forms(name).flat_map(|form| form.params).map(|param| param.name.to_string()).collect();
            Some((names, forms(name).any(|form| form.others.is_some())))
        }
        Meaning::Local(_) | Meaning::Module(_) | Meaning::Word(_) | Meaning::Lost => None,
    }
}

/// Every name that a block defines or draws, wherever in it.
pub fn gather<'a>(block: &'a Block, names: &mut Vec<&'a str>) {
    for entry in &block.entries {
        match &entry.kind {
            EntryKind::Definition { name, .. } | EntryKind::Draw { name, .. } => names.push(&name.text),
            EntryKind::Nested { block, .. } => gather(block, names),
            EntryKind::Sweep { names: swept, .. } => names.extend(swept.iter().map(|name| name.text.as_str())),
            _ => {}
        }
    }
}

/// The words of every line of a block that could not be read: what such a line says is not known, so nothing that it
/// may have said is missing.
pub fn unread<'a>(block: &Block, text: &'a str) -> Vec<&'a str> {
    let mut words = Vec::new();
    for entry in &block.entries {
        match &entry.kind {
            EntryKind::Error => {
                let line = text.get(entry.span.start as usize..entry.span.end as usize).unwrap_or_default();
                let parts = line.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
                words.extend(parts.filter(|word| !word.is_empty()));
            }
            EntryKind::Nested { block, .. } => words.extend(unread(block, text)),
            _ => {}
        }
    }
    words
}

/// The public item of a module that a name means, or most likely means.
pub fn member(module: &Module, name: &str) -> Option<usize> {
    let name = if exports(module).any(|export| export == name) { name } else { nearest(name, exports(module))? };
    module.items.get(name).copied()
}
