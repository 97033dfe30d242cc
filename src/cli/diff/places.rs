//! Where a text states what changed: the setting, or what it leads to that differs between the two sides.

use crate::diagnostic::{Sources, Span};
use crate::diff::{Change, Kind};
use crate::syntax::parse;
use crate::syntax::tree::{Block, Body, Entry, EntryKind, Expr, ExprKind, File, Item, Keyword};
use std::collections::HashSet;
use std::path::Path;

/// The texts of one side, read again.
#[derive(Default)]
pub struct Texts {
    sources: Sources,
    files: Vec<File>,
}

/// A place in the texts of a side: the file and its line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    pub file: String,
    pub line: usize,
}

/// What stands at a place, in each of the two sides.
type Causes = Vec<(Span, Span)>;

impl Texts {
    /// Reads the sources of a checked program; the first is the program itself.
    pub fn new(sources: &Sources) -> Self {
        let mut own = Sources::default();
        let mut files = Vec::new();
        for source in &sources.files {
            let id = own.add(source.name.clone(), source.text.clone());
            files.push(parse(id, &source.text).0);
        }
        Self { sources: own, files }
    }

    /// The phrases of every report, each on one line, with the axis that models are measured along.
    pub fn reports(&self) -> std::collections::BTreeMap<String, Vec<String>> {
        let Some(root) = self.files.first() else { return std::collections::BTreeMap::new() };
        let experiments = root.items.iter().filter(|item| item.keyword == Keyword::Experiment);
        let phrases = |item: &Item| {
            let Body::Block(block) = &item.body else { return Vec::new() };
            let inner = nested(block, "report").map(|(_, inner)| inner.entries.as_slice()).unwrap_or_default();
            let along = setting(block, "along").map(|(span, _)| self.said(span));
            inner.iter().map(|entry| self.said(entry.span)).chain(along).collect()
        };
        experiments.map(|item| (item.name.text.clone(), phrases(item))).collect()
    }

    /// The words of a stretch, spaced alike however they are laid out.
    fn said(&self, span: Span) -> String {
        let text =
            self.sources.get(span.file).and_then(|source| source.text.get(span.start as usize..span.end as usize));
        let code = text.unwrap_or_default().lines().map(|line| line.split("//").next().unwrap_or_default());
        let words: Vec<&str> = code.flat_map(str::split_whitespace).collect();
        words.join(" ").replace("[ ", "[").replace("( ", "(").replace(", ]", "]").replace(", )", ")")
    }

    fn line(&self, span: Span) -> Option<Line> {
        let file = self.sources.get(span.file)?.name.clone();
        Some(Line { file, line: self.sources.position(span).0 })
    }

    fn experiment(&self, name: &str) -> Option<&Item> {
        let mut items = self.files.first()?.items.iter();
        items.find(|item| item.keyword == Keyword::Experiment && item.name.text == name)
    }

    /// The entry that states something of an experiment, or the place of the experiment itself.
    fn stated<'t>(&'t self, experiment: &str, arm: Option<&str>, place: &[String]) -> Option<(Span, Option<&'t Expr>)> {
        let item = self.experiment(experiment)?;
        let Body::Block(block) = &item.body else { return None };
        let own = |arm: &str| {
            block.entries.iter().find_map(|entry| match &entry.kind {
                EntryKind::Nested { keyword, name: Some(name), block } if keyword.text == "arm" && name.text == arm => {
                    Some((entry, name, block))
                }
                _ => None,
            })
        };
        let words: Vec<&str> = place.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => Some((item.name.span, None)),
            ["arm"] => own(arm?).map(|(_, name, _)| (name.span, None)),
            ["sweep"] => {
                let entry = block.entries.iter().find(|entry| matches!(entry.kind, EntryKind::Sweep { .. }))?;
                Some((entry.span, None))
            }
            ["expect", text] => {
                let claim = |entry: &&Entry| matches!(&entry.kind, EntryKind::Expect { claim, .. } if self.said(claim.span) == *text);
                Some((block.entries.iter().find(claim)?.span, None))
            }
            ["report", phrase] => {
                let inner = nested(block, "report").map(|(_, inner)| inner.entries.as_slice()).unwrap_or_default();
                let entries = inner.iter().chain(&block.entries);
                Some((entries.map(|entry| entry.span).find(|span| self.said(*span) == *phrase)?, None))
            }
            [outer, key] => {
                let (head, inner) = nested(block, outer)?;
                let found = setting(inner, key).or_else(|| bare(inner, key));
                found.map(|(span, value)| (span, Some(value))).or(Some((head.span, None)))
            }
            [outer @ ("plateau" | "measure" | "report")] => nested(block, outer).map(|(entry, _)| (entry.span, None)),
            [key] => {
                let of_arm = arm.and_then(own).and_then(|(_, _, inner)| setting(inner, key));
                of_arm.or_else(|| setting(block, key)).map(|(span, value)| (span, Some(value)))
            }
            _ => None,
        }
    }

    /// The item that a name in a file stands for.
    fn item(&self, file: usize, reference: &Reference<'_>) -> Option<(usize, &Item)> {
        let named = |file: usize, name: &str| {
            let items = &self.files.get(file)?.items;
            let plain = |item: &&Item| !matches!(item.keyword, Keyword::Use | Keyword::Experiment);
            items.iter().filter(plain).find(|item| item.name.text == name).map(|item| (file, item))
        };
        match reference {
            Reference::Name(name) => named(file, name),
            Reference::Field(module, name) => named(self.module(file, module)?, name),
        }
    }

    /// The file that a module of a file is.
    fn module(&self, file: usize, name: &str) -> Option<usize> {
        let used = |item: &&Item| item.keyword == Keyword::Use && item.name.text == name;
        let ending = match &self.files.get(file)?.items.iter().find(used)?.body {
            Body::Module(parts) => format!("<std>/{}.icl", parts.last()?.text),
            Body::Path { text, .. } => {
                let plain = text.trim_start_matches("./").trim_start_matches("../");
                if Path::new(plain).extension().is_some() { plain.to_string() } else { format!("{plain}.icl") }
            }
            _ => return None,
        };
        self.sources.files.iter().position(|source| source.name.ends_with(&ending))
    }
}

/// A name in an expression, alone or of a module.
#[derive(Debug)]
enum Reference<'e> {
    Name(&'e str),
    Field(&'e str, &'e str),
}

/// Where a change is stated before and now, each where it can be known.
pub fn find(old: &Texts, new: &Texts, (was, is): (Option<&str>, Option<&str>), change: &Change) -> [Option<Line>; 2] {
    let place = &change.place;
    let before = was.and_then(|name| old.stated(name, change.stated.0.as_deref(), place));
    let after = is.and_then(|name| new.stated(name, change.stated.1.as_deref(), place));
    let (before, after) = match change.kind {
        Kind::Changed => (before, after),
        Kind::Added => (None, after),
        Kind::Dropped => (before, None),
    };
    if let (Some((_, Some(a))), Some((_, Some(b)))) = (&before, &after) {
        let mut causes = Vec::new();
        Search { old, new, seen: HashSet::new() }.expressions(a, b, &mut causes);
        // A change may have several causes in the text; the likeliest has its words.
        let word = change.subject.rsplit([' ', ':']).next().unwrap_or_default();
        let rank = |(_, span): &(Span, Span)| {
            let line = new.whole_line(*span);
            let told = change.new.as_ref().is_some_and(|value| line.contains(value.as_str()));
            usize::from(!word.is_empty() && line.contains(word)) + 2 * usize::from(told)
        };
        if let Some((a, b)) = causes.iter().rev().max_by_key(|cause| rank(cause)) {
            return [old.line(*a), new.line(*b)];
        }
    }
    [before.and_then(|(span, _)| old.line(span)), after.and_then(|(span, _)| new.line(span))]
}

impl Texts {
    fn whole_line(&self, span: Span) -> &str {
        let Some(source) = self.sources.get(span.file) else { return "" };
        let start = source.text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let end = source.text[span.end as usize..].find('\n').map_or(source.text.len(), |at| at + span.end as usize);
        &source.text[start..end]
    }
}

/// Looks for what differs between two expressions, or in what they name.
struct Search<'t> {
    old: &'t Texts,
    new: &'t Texts,
    /// Items of the new side that were looked at.
    seen: HashSet<(usize, String)>,
}

impl Search<'_> {
    fn expressions(&mut self, a: &Expr, b: &Expr, causes: &mut Causes) {
        if self.old.said(a.span) == self.new.said(b.span) {
            self.named(a, b, causes);
            return;
        }
        if let (ExprKind::Call { callee: f, args: a_args }, ExprKind::Call { callee: g, args: b_args }) =
            (&a.kind, &b.kind)
            && self.old.said(f.span) == self.new.said(g.span)
            && a_args.len() == b_args.len()
        {
            for (x, y) in a_args.iter().zip(b_args) {
                self.expressions(&x.value, &y.value, causes);
            }
            if !causes.is_empty() {
                return;
            }
        }
        causes.push((a.span, b.span));
    }

    /// What the names of two equal expressions lead to.
    fn named(&mut self, a: &Expr, b: &Expr, causes: &mut Causes) {
        let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
        references(a, &mut of_a);
        references(b, &mut of_b);
        for (x, y) in of_a.iter().zip(&of_b) {
            let before = self.old.item(a.span.file.0 as usize, x);
            let after = self.new.item(b.span.file.0 as usize, y);
            let (Some((_, before)), Some((file, after))) = (before, after) else { continue };
            if self.seen.insert((file, after.name.text.clone())) {
                self.items(before, after, causes);
            }
        }
    }

    fn items(&mut self, before: &Item, after: &Item, causes: &mut Causes) {
        for (x, y) in before.params.iter().zip(&after.params) {
            if let (Some(a), Some(b)) = (&x.default, &y.default) {
                self.expressions(a, b, causes);
            }
        }
        match (&before.body, &after.body) {
            (Body::Value { value: a, .. }, Body::Value { value: b, .. }) => self.expressions(a, b, causes),
            (Body::Block(a), Body::Block(b)) => self.blocks(a, b, causes),
            _ => causes.push((before.name.span, after.name.span)),
        }
    }

    fn blocks(&mut self, a: &Block, b: &Block, causes: &mut Causes) {
        for after in &b.entries {
            let same = a.entries.iter().find(|before| self.old.said(before.span) == self.new.said(after.span));
            let alike = |before: &&Entry| head(before).is_some() && head(before) == head(after);
            match same.or_else(|| a.entries.iter().find(alike)) {
                Some(before) => match (&before.kind, &after.kind) {
                    (EntryKind::Nested { block: a, .. }, EntryKind::Nested { block: b, .. }) => {
                        self.blocks(a, b, causes);
                    }
                    _ => match (value(before), value(after)) {
                        (Some(a), Some(b)) if self.old.said(before.span) == self.new.said(after.span) => {
                            self.named(a, b, causes);
                        }
                        (Some(a), Some(b)) if self.old.said(a.span) != self.new.said(b.span) => {
                            self.expressions(a, b, causes);
                        }
                        _ => causes.push((before.span, after.span)),
                    },
                },
                None => causes.push((a.span, after.span)),
            }
        }
    }
}

/// What an entry is of: its key or the name that it gives a value.
fn head(entry: &Entry) -> Option<String> {
    match &entry.kind {
        EntryKind::Setting { key, .. } => Some(key.text.clone()),
        EntryKind::Definition { name, .. } | EntryKind::Draw { name, .. } => Some(name.text.clone()),
        EntryKind::Nested { keyword, name, .. } => {
            Some(format!("{} {}", keyword.text, name.as_ref().map_or("", |name| &name.text)))
        }
        _ => None,
    }
}

fn value(entry: &Entry) -> Option<&Expr> {
    match &entry.kind {
        EntryKind::Setting { value, .. } | EntryKind::Definition { value, .. } => Some(value),
        EntryKind::Draw { distribution, .. } => Some(distribution),
        EntryKind::Bare(value) | EntryKind::Where(value) => Some(value),
        _ => None,
    }
}

fn nested<'b>(block: &'b Block, word: &str) -> Option<(&'b Entry, &'b Block)> {
    block.entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Nested { keyword, block, .. } if keyword.text == word => Some((entry, block)),
        _ => None,
    })
}

fn setting<'b>(block: &'b Block, word: &str) -> Option<(Span, &'b Expr)> {
    block.entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Setting { key, value, .. } if key.text == word => Some((entry.span, value)),
        _ => None,
    })
}

fn bare<'b>(block: &'b Block, word: &str) -> Option<(Span, &'b Expr)> {
    block.entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Bare(value) if matches!(&value.kind, ExprKind::Name(name) if name == word) => {
            Some((entry.span, value))
        }
        _ => None,
    })
}

/// The names in an expression, in order.
fn references<'e>(expr: &'e Expr, found: &mut Vec<Reference<'e>>) {
    match &expr.kind {
        ExprKind::Name(name) => found.push(Reference::Name(name)),
        ExprKind::Field { base, name } => match &base.kind {
            ExprKind::Name(module) => found.push(Reference::Field(module, &name.text)),
            _ => references(base, found),
        },
        ExprKind::Call { callee, args } => {
            references(callee, found);
            // An argument of `mix` is named after the task that it is a share of.
            found.extend(args.iter().filter_map(|arg| arg.name.as_ref()).map(|name| Reference::Name(&name.text)));
            args.iter().for_each(|arg| references(&arg.value, found));
        }
        ExprKind::Index { base, index } => {
            references(base, found);
            index.iter().for_each(|part| references(part, found));
        }
        ExprKind::Unary { operand, .. } => references(operand, found),
        ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(|part| references(part, found)),
        ExprKind::If { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|part| references(part, found));
        }
        ExprKind::List(parts) | ExprKind::Tuple(parts) => parts.iter().for_each(|part| references(part, found)),
        ExprKind::Range { from, to, .. } | ExprKind::Arrow { from, to } => {
            [from, to].into_iter().for_each(|part| references(part, found));
        }
        ExprKind::At { subject, place } => [subject, place].into_iter().for_each(|part| references(part, found)),
        ExprKind::Where { subject, condition } => {
            [subject, condition].into_iter().for_each(|part| references(part, found));
        }
        ExprKind::Phrase { subject: Some(subject), .. } => references(subject, found),
        _ => {}
    }
}
