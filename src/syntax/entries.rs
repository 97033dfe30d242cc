//! Blocks and their entries: settings, definitions, draws, nested blocks, claims and sweeps.

use super::expressions::nothing;
use super::grammar::{Pair, Rule, kids};
use super::lower::{Above, Reader};
use super::tree::{BinaryOp, Block, Entry, EntryKind, Expr, ExprKind, Keyword, Name, UnaryOp};
use super::{cures, messages, recover};
use crate::diagnostic::Span;

/// The settings of a task, none of which is ever the name of a definition.
const TASK_SETTINGS: [&str; 9] = ["length", "input", "target", "blind", "ideal", "score", "emit", "show", "plateaus"];

/// Where a block stands, which decides whether `=` belongs there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Draws and definitions stand here.
    Process,
    /// Settings stand here, and perhaps definitions.
    Task,
    /// Only settings stand here.
    Settings,
    /// What it is is unknown, so that nothing is said about `=`.
    Any,
}

impl Place {
    /// The place that the block of an item is.
    pub fn of(keyword: Keyword) -> Self {
        match keyword {
            Keyword::Task => Self::Task,
            Keyword::Model | Keyword::Curriculum | Keyword::Probe | Keyword::Experiment => Self::Settings,
            _ => Self::Any,
        }
    }

    fn within(self, keyword: &str) -> Self {
        match (self, keyword) {
            (Self::Any, _) => Self::Any,
            (_, "per") => Self::Process,
            (Self::Task, _) => Self::Any,
            _ => Self::Settings,
        }
    }

    fn wants_colon(self, name: &str) -> bool {
        match self {
            Self::Settings => true,
            Self::Task => TASK_SETTINGS.contains(&name),
            Self::Process | Self::Any => false,
        }
    }
}

impl<'s> Reader<'s> {
    /// The block of an item, with the finding for whatever it leaves open.
    pub(super) fn item_block(&mut self, pair: Pair<'s>, place: Place) -> Block {
        let end = pair.as_span().end();
        self.unclosed.clear();
        self.suspects.clear();
        self.left_open = kids(pair.clone()).any(|kid| kid.as_rule() == Rule::missing_close);
        let (mut block, astray) = self.block(pair, place);
        block.entries.extend(astray);
        if self.left_open {
            let blame = match (self.unclosed.as_slice(), self.suspects.as_slice()) {
                ([_], [suspect, ..]) => vec![*suspect],
                (unclosed, _) => unclosed.to_vec(),
            };
            let next = self.next_line(end);
            self.found.push(messages::missing_brace(&blame, next));
        }
        block
    }

    /// The first word of the line that ended a block left open, if a line did.
    fn next_line(&self, from: usize) -> Option<Span> {
        let rest = &self.text[from..];
        let mut at = from;
        for line in rest.split_inclusive('\n') {
            if super::tokens::starts_item(line) {
                let word = line.find([' ', '\t']).unwrap_or(line.len());
                return Some(Span::new(self.id, at, at + word));
            }
            at += line.len();
        }
        None
    }

    /// A block, and the entries behind the place where its own `}` is missing, which belong to the block around it.
    fn block(&mut self, pair: Pair<'s>, place: Place) -> (Block, Vec<Entry>) {
        let span = self.span(&pair);
        let mut entries = Vec::new();
        let mut astray = Vec::new();
        let meant_for_outer = self.left_open && self.closed_further_out(&pair);
        let header = self.indent(pair.as_span().start());
        for kid in kids(pair) {
            let at = kid.as_span().start();
            match kid.as_rule() {
                Rule::open if meant_for_outer => self.suspects.push(self.span(&kid)),
                Rule::late_open => {
                    let end = kid.as_span().end();
                    let brace = Span::new(self.id, end - 1, end);
                    self.found.push(messages::late_brace(brace).cured(cures::brace_above(self.text, brace)));
                }
                Rule::missing_close => self.unclosed.push(brace(span)),
                Rule::dangling_doc => self.dangling_doc(&kid),
                Rule::misplaced_file_doc => {
                    self.found.push(messages::late_file_doc(self.span(&kid), "it stands in a block"));
                }
                Rule::entry | Rule::bad_entry => {
                    let outer = meant_for_outer && (!astray.is_empty() || self.outdented(at, span, header));
                    let list = if outer { &mut astray } else { &mut entries };
                    if kid.as_rule() == Rule::entry {
                        self.entry(kid, place, list);
                    } else {
                        list.push(self.bad_entry(kid));
                    }
                }
                _ => {}
            }
        }
        (Block { entries, span }, astray)
    }

    /// Whether an entry stands on a later line than the block's `{` and no further in than its header.
    fn outdented(&self, at: usize, block: Span, header: usize) -> bool {
        self.line(at) > block.start as usize && self.indent(at) <= header
    }

    /// Whether the `}` of a block begins a line further out than the line of its `{`.
    fn closed_further_out(&self, pair: &Pair<'s>) -> bool {
        let (start, end) = (pair.as_span().start(), pair.as_span().end());
        let Some(close) = end.checked_sub(1).filter(|_| pair.as_str().ends_with('}')) else { return false };
        let (line, indent) = (self.line(close), self.indent(close));
        line > start && line + indent == close && indent < self.indent(start)
    }

    fn entry(&mut self, pair: Pair<'s>, place: Place, list: &mut Vec<Entry>) {
        let mut above = Above::default();
        let mut read_to = 0_u32;
        for kid in kids(pair) {
            let span = self.span(&kid);
            let mut astray = Vec::new();
            let kind = match kid.as_rule() {
                Rule::docs => {
                    above = self.above(kid);
                    continue;
                }
                Rule::no_sep => {
                    // A block ends with its brace, which is one byte.
                    let brace = Span { start: read_to.saturating_sub(1), end: read_to, ..span };
                    self.found.push(messages::two_on_a_line(brace).cured(cures::comma_after(brace)));
                    continue;
                }
                Rule::nested => self.nested(kid, place, &mut astray),
                Rule::sweep => self.sweep(kid),
                Rule::expect => self.expect(kid),
                Rule::filter => EntryKind::Where(self.last_expr(kid, span)),
                Rule::bare => {
                    if place == Place::Process {
                        let written = &self.text[span.start as usize..span.end as usize];
                        let cure = cures::tilde(self.text, span);
                        self.found.push(messages::bare_in_process(span, written).cured(cure));
                        meant_as_draw(self.last_expr(kid, span))
                    } else {
                        EntryKind::Bare(self.last_expr(kid, span))
                    }
                }
                Rule::draw => self.draw(kid, span),
                Rule::definition => self.definition(kid, place, span),
                Rule::setting => self.setting(kid, span),
                Rule::colonless => self.colonless(kid, place, span),
                _ => continue,
            };
            read_to = span.end;
            let Above { doc, allows } = std::mem::take(&mut above);
            list.push(Entry { doc, allows, kind, span });
            list.append(&mut astray);
        }
    }

    /// The one expression of an entry that begins with a word.
    fn last_expr(&mut self, pair: Pair<'s>, span: Span) -> Expr {
        let found = kids(pair).find(|kid| kid.as_rule() == Rule::expr);
        found.map_or_else(|| nothing(span), |found| self.expr(found))
    }

    fn nested(&mut self, pair: Pair<'s>, place: Place, astray: &mut Vec<Entry>) -> EntryKind {
        let mut names = Vec::new();
        for kid in kids(pair) {
            if kid.as_rule() == Rule::name {
                names.push(self.name(&kid));
                continue;
            }
            let within = names.first().map_or(Place::Any, |keyword| place.within(&keyword.text));
            let (block, outer) = self.block(kid, within);
            *astray = outer;
            let mut names = names.into_iter();
            let Some(keyword) = names.next() else { return EntryKind::Error };
            return EntryKind::Nested { keyword, name: names.next(), block };
        }
        EntryKind::Error
    }

    fn sweep(&mut self, pair: Pair<'s>) -> EntryKind {
        let mut names = Vec::new();
        let mut values = nothing(self.span(&pair));
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::name => names.push(self.name(&kid)),
                Rule::expr => values = self.expr(kid),
                _ => {}
            }
        }
        EntryKind::Sweep { names, values }
    }

    fn expect(&mut self, pair: Pair<'s>) -> EntryKind {
        let mut claim = nothing(self.span(&pair));
        let mut level = None;
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::expr => claim = self.expr(kid),
                Rule::level => {
                    let percent = kids(kid).find(|part| part.as_rule() == Rule::percent);
                    level = percent.map(|percent| self.expr(percent));
                }
                _ => {}
            }
        }
        EntryKind::Expect { claim, level }
    }

    fn draw(&mut self, pair: Pair<'s>, span: Span) -> EntryKind {
        let mut name = None;
        let mut distribution = nothing(span);
        let mut pool = None;
        let mut distinct = false;
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::name => name = Some(self.name(&kid)),
                Rule::pool => pool = Some(self.last_expr(kid, span)),
                Rule::distinct => distinct = true,
                _ => distribution = self.expr(kid),
            }
        }
        match name {
            Some(name) => EntryKind::Draw { name, distribution, pool, distinct },
            None => EntryKind::Error,
        }
    }

    /// `name = value`; where only settings stand it is the setting that was meant.
    fn definition(&mut self, pair: Pair<'s>, place: Place, span: Span) -> EntryKind {
        let mut sign = span;
        let mut name = None;
        let mut read = (nothing(span), None, Vec::new());
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::name => name = Some(self.name(&kid)),
                Rule::assign => sign = self.span(&kid),
                _ => read = self.value(kid),
            }
        }
        let Some(name) = name else { return EntryKind::Error };
        let (value, ty, clauses) = read;
        if place.wants_colon(&name.text) {
            let written = &self.text[value.span.start as usize..value.span.end as usize];
            let cure = cures::sign_after(self.text, name.span, sign, ":");
            self.found.push(messages::equals_for_colon(sign, &name.text, written).cured(cure));
            return EntryKind::Setting { key: name, value, ty, clauses };
        }
        if let Some(clause) = clauses.first() {
            self.found.push(messages::unexpected(clause.word.span, &clause.word.text, "the end of the definition"));
        }
        EntryKind::Definition { name, value, ty }
    }

    fn setting(&mut self, pair: Pair<'s>, span: Span) -> EntryKind {
        let mut key = None;
        let mut read = (nothing(span), None, Vec::new());
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::name => key = Some(self.name(&kid)),
                _ => read = self.value(kid),
            }
        }
        let (value, ty, clauses) = read;
        key.map_or(EntryKind::Error, |key| EntryKind::Setting { key, value, ty, clauses })
    }

    /// `width 128`: a setting whose colon is missing.
    fn colonless(&mut self, pair: Pair<'s>, place: Place, span: Span) -> EntryKind {
        let read = self.setting(pair, span);
        let EntryKind::Setting { key, value, .. } = &read else { return read };
        let written = &self.text[value.span.start as usize..span.end as usize];
        let headers = ["per", "arm", "stage"];
        if headers.contains(&key.text.as_str()) {
            self.found.push(messages::nested_without_block(span, &key.text, written));
            return EntryKind::Error;
        }
        let setting = matches!(place, Place::Any) || place.wants_colon(&key.text);
        let said = if setting { messages::missing_colon } else { messages::missing_sign };
        let finding = said(key.span, &key.text, written);
        let certain = place.wants_colon(&key.text) && !written.starts_with('(');
        self.found.push(finding.cured(certain.then(|| cures::colon(key.span))));
        match read {
            // What it is made of is unknown, so that nothing more is said about it.
            EntryKind::Setting { key, value, .. } if !setting => {
                EntryKind::Definition { name: key, value: nothing(value.span), ty: None }
            }
            read => read,
        }
    }

    fn bad_entry(&mut self, pair: Pair<'s>) -> Entry {
        let span = self.span(&pair);
        let mut above = Above::default();
        let mut headless = true;
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::docs => above = self.above(kid),
                Rule::bad_head => {
                    headless = false;
                    let at = self.span(&kid);
                    let opens = self.text[at.end as usize..].trim_start_matches([' ', '\t']).starts_with('{');
                    self.found.push(recover::entry(self.text, at, opens));
                }
                Rule::block => {
                    if headless {
                        self.found.push(messages::headless_block(brace(self.span(&kid))));
                    }
                    // Its entries are read for their faults alone.
                    self.block(kid, Place::Any);
                }
                _ => {}
            }
        }
        let Above { doc, allows } = above;
        Entry { doc, allows, kind: EntryKind::Error, span }
    }
}

/// The `{` of a block.
pub(super) fn brace(block: Span) -> Span {
    Span { end: (block.start + 1).max(block.start), ..block }
}

/// `w <- normal()` reads as `w` less the negative of a draw, and is meant as `w ~ normal()`.
fn meant_as_draw(written: Expr) -> EntryKind {
    if let ExprKind::Binary { op: BinaryOp::Less, left, right, .. } = written.kind
        && let (ExprKind::Name(text), ExprKind::Unary { op: UnaryOp::Negate, operand }) = (left.kind, right.kind)
    {
        let name = Name { text, span: left.span };
        return EntryKind::Draw { name, distribution: *operand, pool: None, distinct: false };
    }
    EntryKind::Error
}
