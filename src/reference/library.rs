//! The standard modules as a reader meets them: what each exports, with its header and its sentence.

use super::entry::{Entry, Kind, Parameter};
use crate::diagnostic::{FileId, Span};
use crate::stdlib::MODULES;
use crate::syntax::parse;
use crate::syntax::tree::{Body, Item, Keyword, Type};

/// A standard module.
#[derive(Clone, Debug)]
pub struct Module {
    /// With `std.` before it.
    pub name: String,
    pub doc: String,
    pub items: Vec<LibraryItem>,
    pub text: &'static str,
}

/// What a module exports.
#[derive(Clone, Debug)]
pub struct LibraryItem {
    pub name: String,
    pub keyword: &'static str,
    /// The header as it is written, without `pub`.
    pub header: String,
    pub doc: String,
    pub parameters: Vec<Parameter>,
}

impl LibraryItem {
    /// What is said of it, as of any other word.
    #[must_use]
    pub fn entry(&self, module: &Module) -> Entry {
        let others = module.items.iter().filter(|other| other.name != self.name);
        Entry {
            name: format!("{}.{}", module.name, self.name),
            kind: Kind::Library,
            group: module.name.clone(),
            form: self.header.clone(),
            what: format!("a {} of {}; `use {}`", self.keyword, module.name, module.name),
            doc: self.doc.clone(),
            parameters: self.parameters.clone(),
            example: None,
            taken_by: Vec::new(),
            see_also: others.map(|other| format!("{}.{}", module.name, other.name)).collect(),
        }
    }
}

/// Every standard module, in the order of their names.
#[must_use]
pub fn modules() -> Vec<Module> {
    MODULES.iter().map(|(name, text)| module(name, text)).collect()
}

fn module(name: &str, text: &'static str) -> Module {
    let (file, _) = parse(FileId(0), text);
    let items = file.items.iter().filter(|item| item.public).map(|item| exported(item, text)).collect();
    Module { name: format!("std.{name}"), doc: flowing(file.doc.as_deref()), items, text }
}

fn exported(item: &Item, text: &str) -> LibraryItem {
    let end = match &item.body {
        Body::Block(block) => block.span.start,
        Body::Value { value, .. } => value.span.start,
        _ => item.span.end,
    };
    let header = text.get(item.span.start as usize..end as usize).unwrap_or_default().trim_end();
    let header = header.strip_suffix('=').unwrap_or(header).trim_end();
    let header = header.strip_prefix("pub").unwrap_or(header).trim_start();
    let parameters = item.params.iter().map(|param| Parameter {
        name: param.name.text.clone(),
        takes: written(text, type_span(&param.ty)),
        default: param.default.as_ref().map(|value| written(text, value.span)),
    });
    LibraryItem {
        name: item.name.text.clone(),
        keyword: word(item.keyword),
        header: header.into(),
        doc: flowing(item.doc.as_deref()),
        parameters: parameters.collect(),
    }
}

fn written(text: &str, span: Span) -> String {
    text.get(span.start as usize..span.end as usize).unwrap_or_default().to_string()
}

const fn type_span(ty: &Type) -> Span {
    match ty {
        Type::Named { span, .. } | Type::Choice { span, .. } => *span,
    }
}

/// Comment lines as running text; an empty line between paragraphs stays.
fn flowing(doc: Option<&str>) -> String {
    let mut text = String::new();
    for line in doc.unwrap_or_default().lines().map(str::trim) {
        let gap = match line {
            "" => "\n\n",
            _ if text.is_empty() || text.ends_with('\n') => "",
            _ => " ",
        };
        text.push_str(gap);
        text.push_str(line);
    }
    text
}

const fn word(keyword: Keyword) -> &'static str {
    match keyword {
        Keyword::Use => "use",
        Keyword::Param => "param",
        Keyword::Let => "let",
        Keyword::Data => "data",
        Keyword::Task => "task",
        Keyword::Model => "model",
        Keyword::Curriculum => "curriculum",
        Keyword::Loss => "loss",
        Keyword::Probe => "probe",
        Keyword::Metric => "metric",
        Keyword::Experiment => "experiment",
    }
}
