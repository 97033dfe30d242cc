//! Files, items, parameters and types: from the pairs of the grammar to the tree.

use std::collections::{HashMap, HashSet};

use super::entries::{Place, brace};
use super::grammar::{Pair, Pairs, Rule, kids};
use super::tokens::{KEYWORDS, starts_item};
use super::tree::{Allow, Body, Expr, ExprKind, File, Item, Keyword, Name, Param, Type};
use super::{cures, literals, messages, recover};
use crate::diagnostic::{Diagnostic, FileId, Span};

/// What the grammar skips. Other characters that Unicode calls space are strays, which have a place.
const SPACE: [char; 5] = [' ', '\n', '\t', '\r', '\u{FEFF}'];

/// Reads one text and gathers what is wrong with it.
pub(super) struct Reader<'s> {
    pub id: FileId,
    pub text: &'s str,
    pub found: Vec<Diagnostic>,
    /// How many operators stand around the expression being read.
    pub links: usize,
    /// Whether the item being read has a block that nothing closes.
    pub left_open: bool,
    /// The `{`s of the item that nothing closes.
    pub unclosed: Vec<Span>,
    /// The `{`s of the item whose `}` stands further out than they do, so that it was meant for another block.
    pub suspects: Vec<Span>,
    /// Names with capitals that have been reported, each once.
    blamed: HashSet<String>,
    /// Comments by their end, since a rule may run on over the comment behind it.
    comments: HashMap<usize, usize>,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl<'s> Reader<'s> {
    pub fn new(id: FileId, text: &'s str) -> Self {
        Self {
            id,
            text,
            found: Vec::new(),
            links: 0,
            left_open: false,
            unclosed: Vec::new(),
            suspects: Vec::new(),
            blamed: HashSet::new(),
            comments: HashMap::new(),
            lines: std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1)).collect(),
        }
    }

    /// The whole file, out of what the grammar makes of its text.
    pub fn file(&mut self, pairs: Option<Pairs<'s>>) -> File {
        let mut file = File { id: self.id, doc: None, items: Vec::new() };
        let Some(pairs) = pairs else {
            self.found.push(messages::unreadable(Span::new(self.id, 0, 0)));
            return file;
        };
        for pair in pairs.clone().flatten().filter(|pair| pair.as_rule() == Rule::COMMENT) {
            let start = pair.as_span().start();
            self.comments.insert(start + pair.as_str().trim_end_matches(SPACE).len(), start);
        }
        let mut docs = Vec::new();
        let mut astray = false;
        for pair in pairs.flat_map(kids) {
            match pair.as_rule() {
                Rule::file_doc => docs.push(doc_line(pair.as_str(), "//!")),
                Rule::item => {
                    astray = false;
                    file.items.extend(self.item(pair));
                }
                Rule::bad_item => {
                    // What follows a fault outside every item is part of it, as long as it is indented.
                    let follows = astray && self.continues(&pair);
                    astray = true;
                    if !follows {
                        file.items.extend(self.bad_item(pair));
                    }
                }
                Rule::misplaced_file_doc => {
                    self.found.push(messages::late_file_doc(self.span(&pair), "items come before it"));
                }
                Rule::dangling_doc => self.dangling_doc(&pair),
                _ => {}
            }
        }
        file.doc = (!docs.is_empty()).then(|| docs.join("\n"));
        file
    }

    /// The span of a pair, without the space and comments that its rule may have run over.
    pub fn span(&self, pair: &Pair<'s>) -> Span {
        let (start, mut end) = (pair.as_span().start(), pair.as_span().end());
        loop {
            end = start + self.text[start..end].trim_end_matches(SPACE).len();
            match self.comments.get(&end) {
                Some(&begin) if begin > start => end = begin,
                _ => break,
            }
        }
        Span::new(self.id, start, end)
    }

    /// The doc comment and the `#allow` lines above an item or an entry.
    pub fn above(&mut self, pair: Pair<'s>) -> Above {
        let mut lines = Vec::new();
        let mut allows = Vec::new();
        for line in kids(pair) {
            if line.as_rule() == Rule::allow {
                allows.extend(self.allow(&line));
            } else {
                lines.push(doc_line(line.as_str(), "///"));
            }
        }
        Above { doc: (!lines.is_empty()).then(|| lines.join("\n")), allows }
    }

    /// `#allow(W0207, "why")`.
    fn allow(&mut self, pair: &Pair<'s>) -> Option<Allow> {
        let span = self.span(pair);
        let written = pair.as_str().trim_end();
        let inner = written.strip_prefix("#allow").and_then(|rest| rest.trim_start().strip_prefix('('));
        let parts = inner.and_then(|inner| inner.strip_suffix(')')).and_then(|inner| inner.split_once(','));
        let read = parts.and_then(|(id, reason)| {
            let (id, reason) = (id.trim(), reason.trim());
            let plain =
                id.len() == 5 && id.starts_with(['E', 'W']) && id[1..].bytes().all(|byte| byte.is_ascii_digit());
            let quoted = reason.len() > 2 && reason.starts_with('"') && reason.ends_with('"');
            let at = span.start as usize + written.find(id)?;
            let id = Name { text: id.to_owned(), span: Span::new(self.id, at, at + id.len()) };
            let reason = literals::text(reason).0;
            (plain && quoted && !reason.trim().is_empty()).then_some(Allow { id, reason, span })
        });
        if read.is_none() {
            self.found.push(messages::bad_allow(span));
        }
        // Without its reason it still silences what it names, so that one slip costs one finding.
        read.or_else(|| {
            let mut words = written.split(|letter: char| !letter.is_ascii_alphanumeric());
            let id = words.find(|word| word.len() == 5 && word.starts_with('W'))?;
            let at = span.start as usize + written.find(id)?;
            let id = Name { text: id.to_owned(), span: Span::new(self.id, at, at + id.len()) };
            Some(Allow { id, reason: String::new(), span })
        })
    }

    /// A name, reported if it has capitals.
    pub fn name(&mut self, pair: &Pair<'s>) -> Name {
        let name = Name { text: pair.as_str().to_owned(), span: self.span(pair) };
        if name.text.contains(|letter: char| letter.is_ascii_uppercase()) && self.blamed.insert(name.text.clone()) {
            self.found.push(messages::capitals(name.span, &name.text));
        }
        name
    }

    /// Where the line that holds a byte begins.
    pub fn line(&self, at: usize) -> usize {
        self.lines[self.lines.partition_point(|&start| start <= at) - 1]
    }

    /// Lines above nothing.
    pub fn dangling_doc(&mut self, pair: &Pair<'s>) {
        let span = self.span(pair);
        self.found.push(messages::dangling_doc(span).cured(cures::plain_comments(self.text, span)));
    }

    /// How far the line at a byte is indented.
    pub fn indent(&self, at: usize) -> usize {
        let rest = &self.text[self.line(at)..];
        rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }

    fn continues(&self, pair: &Pair<'s>) -> bool {
        let at = pair.as_span().start();
        self.indent(at) > 0 || pair.as_str().starts_with(['}', ')', ']'])
    }

    fn item(&mut self, pair: Pair<'s>) -> Option<Item> {
        let mut above = Above::default();
        let mut header = None;
        let mut body = None;
        let mut span = self.span(&pair);
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::item_docs => above = self.above(kid),
                Rule::use_item => return self.use_item(kid, above),
                Rule::header => {
                    span.start = self.span(&kid).start;
                    header = Some(self.header(kid));
                }
                Rule::block => {
                    let place =
                        header.as_ref().and_then(|header: &Header| header.keyword).map_or(Place::Any, Place::of);
                    body = Some(Body::Block(self.item_block(kid, place)));
                }
                Rule::item_value => {
                    let value = kids(kid).next().map(|value| self.expr(value));
                    body = value.map(|value| Body::Value { ty: None, value });
                }
                _ => {}
            }
        }
        let header = header?;
        let body = match (body.unwrap_or(Body::Error), header.ty) {
            (Body::Value { value, .. }, ty) => Body::Value { ty, value },
            (body, Some(ty)) => {
                self.found.push(messages::type_before_block(type_span(&ty), &header.name.text));
                body
            }
            (body, None) => body,
        };
        let keyword = header.keyword?;
        let Above { doc, allows } = above;
        Some(Item { doc, allows, public: header.public, keyword, name: header.name, params: header.params, body, span })
    }

    fn use_item(&mut self, pair: Pair<'s>, above: Above) -> Option<Item> {
        let span = self.span(&pair);
        let mut public = false;
        for kid in kids(pair) {
            let (name, body) = match kid.as_rule() {
                Rule::public => {
                    public = true;
                    continue;
                }
                Rule::path => {
                    let parts: Vec<Name> = kids(kid).map(|part| self.name(&part)).collect();
                    (parts.last()?.clone(), Body::Module(parts))
                }
                Rule::text => {
                    let at = self.span(&kid);
                    let Expr { kind: ExprKind::Text(text), .. } = self.expr(kid) else { continue };
                    // A path without a file is told when it is read; it needs a name until then.
                    let last = text.rsplit('/').find(|part| !part.is_empty() && *part != ".icl").unwrap_or("module");
                    let bound = last.strip_suffix(".icl").unwrap_or(last).to_owned();
                    (Name { text: bound, span: at }, Body::Path { text, span: at })
                }
                _ => continue,
            };
            let Above { doc, allows } = above;
            return Some(Item { doc, allows, public, keyword: Keyword::Use, name, params: Vec::new(), body, span });
        }
        None
    }

    fn header(&mut self, pair: Pair<'s>) -> Header {
        let nowhere = Name { text: String::new(), span: self.span(&pair) };
        let mut header = Header { public: false, keyword: None, name: nowhere, params: Vec::new(), ty: None };
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::public => header.public = true,
                Rule::item_word => {
                    header.keyword = keyword(kid.as_str().trim());
                    if header.keyword.is_none() {
                        let (finding, near) = recover::unknown_item(self.span(&kid), kid.as_str().trim());
                        self.found.push(finding);
                        header.keyword = near.and_then(keyword);
                    }
                }
                Rule::name => header.name = self.name(&kid),
                Rule::params => header.params = kids(kid).filter_map(|param| self.param(param)).collect(),
                Rule::item_type => header.ty = kids(kid).next().map(|kid| self.type_(kid)),
                _ => {}
            }
        }
        header
    }

    fn param(&mut self, pair: Pair<'s>) -> Option<Param> {
        let span = self.span(&pair);
        let mut name = None;
        let mut ty = None;
        let mut default = None;
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::name => name = Some(self.name(&kid)),
                Rule::param_type => ty = kids(kid).next().map(|kid| self.type_(kid)),
                _ => default = Some(self.expr(kid)),
            }
        }
        let name = name?;
        let ty = ty.unwrap_or_else(|| {
            let guess = guessed_type(default.as_ref());
            let cure = cures::parameter_type(name.span, guess);
            self.found.push(messages::untyped_param(name.span, &name.text, guess).cured(cure));
            let guess = Name { text: guess.to_owned(), span: name.span };
            Type::Named { name: guess, args: Vec::new(), shape: Vec::new(), span: name.span }
        });
        Some(Param { name, ty, default, span })
    }

    /// A type; several words joined by `|` are a choice.
    pub fn type_(&mut self, pair: Pair<'s>) -> Type {
        let span = self.span(&pair);
        let mut named: Vec<Type> = Vec::new();
        for kid in kids(pair) {
            let span = self.span(&kid);
            let mut name = Name { text: String::new(), span };
            let (mut args, mut shape) = (Vec::new(), Vec::new());
            for part in kids(kid) {
                match part.as_rule() {
                    Rule::type_args => args = kids(part).map(|arg| self.expr(arg)).collect(),
                    Rule::type_shape => shape = kids(part).map(|size| self.expr(size)).collect(),
                    _ => name = self.name(&part),
                }
            }
            named.push(Type::Named { name, args, shape, span });
        }
        if named.len() == 1
            && let Some(only) = named.pop()
        {
            return only;
        }
        let mut words = Vec::new();
        for ty in named {
            let Type::Named { name, args, shape, span } = ty else { continue };
            if !args.is_empty() || !shape.is_empty() {
                self.found.push(messages::choice_of_types(span));
            }
            words.push(name);
        }
        Type::Choice { words, span }
    }

    /// A stretch among the items that could not be read; what names an item still counts as one.
    fn bad_item(&mut self, pair: Pair<'s>) -> Option<Item> {
        let span = self.span(&pair);
        let mut above = Above::default();
        let mut read = None;
        let mut lined = false;
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::item_docs => above = self.above(kid),
                Rule::stray_close => self.found.push(messages::closes_nothing(self.span(&kid), "}")),
                Rule::bad_line => {
                    lined = true;
                    let span = self.span(&kid);
                    let stretch = &self.text[span.start as usize..span.end as usize];
                    self.found.push(recover::item(self.text, span));
                    read = starts_item(stretch).then_some(stretch);
                }
                Rule::block => {
                    if !lined {
                        self.found.push(messages::headless_block(brace(self.span(&kid))));
                    }
                    self.item_block(kid, Place::Any);
                }
                _ => {}
            }
        }
        let mut words = read?.split_whitespace();
        let mut word = words.next()?;
        let public = word == "pub";
        if public {
            word = words.next()?;
        }
        let end = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
        let text = words.next()?.split(end).next().filter(|text| !text.is_empty())?.to_owned();
        let keyword = keyword(word)?;
        let name = Name { text, span };
        let Above { doc, allows } = above;
        Some(Item { doc, allows, public, keyword, name, params: Vec::new(), body: Body::Error, span })
    }
}

/// The head of an item.
struct Header {
    public: bool,
    keyword: Option<Keyword>,
    name: Name,
    params: Vec<Param>,
    ty: Option<Type>,
}

/// What stands above an item or an entry: its doc comment without the slashes, and its `#allow` lines.
#[derive(Default)]
pub(super) struct Above {
    pub doc: Option<String>,
    pub allows: Vec<Allow>,
}

fn doc_line(line: &str, slashes: &str) -> String {
    let line = line.trim_end();
    let line = line.strip_prefix(slashes).unwrap_or(line);
    line.strip_prefix(' ').unwrap_or(line).to_owned()
}

fn keyword(word: &str) -> Option<Keyword> {
    const MEANT: [Keyword; 11] = [
        Keyword::Use,
        Keyword::Param,
        Keyword::Let,
        Keyword::Data,
        Keyword::Task,
        Keyword::Model,
        Keyword::Curriculum,
        Keyword::Loss,
        Keyword::Probe,
        Keyword::Metric,
        Keyword::Experiment,
    ];
    KEYWORDS.iter().position(|known| *known == word).map(|at| MEANT[at])
}

/// The type that a default value suggests.
fn guessed_type(default: Option<&Expr>) -> &'static str {
    match default.map(|default| &default.kind) {
        Some(ExprKind::Number { whole: true, .. }) => "count",
        Some(ExprKind::Quantity { .. }) => "duration",
        Some(ExprKind::Text(_)) => "text",
        Some(ExprKind::Bool(_)) => "bool",
        _ => "real",
    }
}

fn type_span(ty: &Type) -> Span {
    match ty {
        Type::Named { span, .. } | Type::Choice { span, .. } => *span,
    }
}
