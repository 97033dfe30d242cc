//! What must hold of the places in a tree, whatever the text: shared by the property tests and the fuzz targets.

use icl::diagnostic::{Diagnostic, FileId, Span};
use icl::syntax::parse;
use icl::syntax::tree::{
    Allow, Arg, Block, Body, Clause, Entry, EntryKind, Expr, ExprKind, File, Item, Name, Param, Type,
};

/// Fails where a span of the tree or of a finding leaves the text, cuts a character, or leaves what holds it, and where
/// items or entries stand out of order. Of a text without faults it also demands that all between items and between
/// entries is space, comments and separators, so that nothing was dropped.
pub fn hold(text: &str, file: &File, found: &[Diagnostic]) {
    Walk { text, whole: found.is_empty(), alone: false }.file(file, found);
}

/// [`hold`], and of a text without faults that the stretch of every expression, read alone, is that expression.
pub fn hold_alone(text: &str, file: &File, found: &[Diagnostic]) {
    Walk { text, whole: found.is_empty(), alone: found.is_empty() }.file(file, found);
}

/// What a part of a tree says, without the places where it says it.
pub fn without_spans(part: &impl std::fmt::Debug) -> String {
    let printed = format!("{part:?}");
    let mut parts = printed.split("Span { file: FileId(");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        bare.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    bare
}

struct Walk<'t> {
    text: &'t str,
    /// Whether the text has no fault, so that the tree stands for all of it.
    whole: bool,
    /// Whether expressions are read alone too.
    alone: bool,
}

impl Walk<'_> {
    fn file(&self, file: &File, found: &[Diagnostic]) {
        let all = Span::new(file.id, 0, self.text.len());
        for finding in found {
            assert_ne!(finding.id, "E0100", "the grammar has no rule for {:?}", self.text);
            assert!(!finding.labels.is_empty(), "{}: a finding without a place", finding.id);
            for label in &finding.labels {
                self.within(label.span, all, finding.id);
            }
            for edit in &finding.fix {
                self.within(edit.span, all, finding.id);
            }
        }
        assert!(
            found.windows(2).all(|pair| pair[0].span().start <= pair[1].span().start),
            "findings are out of order: {:?}",
            self.text
        );
        for item in &file.items {
            self.item(item, all);
        }
        self.in_order(all, file.items.iter().map(|item| item.span));
    }

    fn within(&self, span: Span, parent: Span, what: &str) {
        let (start, end) = (span.start as usize, span.end as usize);
        let text = self.text;
        assert!(start <= end && end <= text.len(), "{what} at {start}..{end} leaves the text: {text:?}");
        assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{what} cuts a character: {text:?}");
        assert!(
            parent.start <= span.start && span.end <= parent.end,
            "{what} at {start}..{end} leaves {}..{}: {text:?}",
            parent.start,
            parent.end
        );
    }

    /// Siblings in the order of the text. Entries that stand where a `}` is missing are moved out of their block, so a
    /// faulty text promises the order of their starts alone.
    fn in_order(&self, parent: Span, spans: impl Iterator<Item = Span>) {
        let mut reached = parent.start;
        let mut before = parent.start;
        for span in spans {
            assert!(before <= span.start, "{span:?} stands before its predecessor: {:?}", self.text);
            before = span.start;
            if self.whole {
                assert!(reached <= span.start, "{span:?} overlaps its predecessor: {:?}", self.text);
                self.empty(reached, span.start);
                reached = span.end;
            }
        }
        if self.whole {
            self.empty(reached, parent.end);
        }
    }

    /// Only space, comments, `#allow` lines and separators stand here.
    fn empty(&self, start: u32, end: u32) {
        for line in self.text[start as usize..end as usize].split('\n') {
            let line = line.trim_matches([' ', '\t', '\r', '\u{feff}', ',', '{', '}']);
            let silent = line.is_empty() || line.starts_with("//") || line.starts_with("#allow");
            assert!(silent, "{line:?} stands in no node: {:?}", self.text);
        }
    }

    fn item(&self, item: &Item, parent: Span) {
        self.within(item.span, parent, "item");
        self.name(&item.name, item.span);
        self.allows(&item.allows, parent);
        for param in &item.params {
            self.param(param, item.span);
        }
        match &item.body {
            Body::Module(parts) => parts.iter().for_each(|part| self.name(part, item.span)),
            Body::Path { span, .. } => self.within(*span, item.span, "path"),
            Body::Value { ty, value } => {
                if let Some(ty) = ty {
                    self.type_(ty, item.span);
                }
                self.expr(value, item.span);
            }
            Body::Block(block) => self.block(block, item.span),
            Body::Error => {}
        }
    }

    fn name(&self, name: &Name, parent: Span) {
        self.within(name.span, parent, "name");
        assert!(!self.whole || !name.text.is_empty(), "a name is empty: {:?}", self.text);
    }

    /// They stand above what they silence, so outside of its span.
    fn allows(&self, allows: &[Allow], parent: Span) {
        for allow in allows {
            self.within(allow.span, parent, "allow");
            self.name(&allow.id, allow.span);
        }
    }

    fn param(&self, param: &Param, parent: Span) {
        self.within(param.span, parent, "parameter");
        self.name(&param.name, param.span);
        self.type_(&param.ty, param.span);
        if let Some(default) = &param.default {
            self.expr(default, param.span);
        }
    }

    fn type_(&self, ty: &Type, parent: Span) {
        match ty {
            Type::Named { name, args, shape, span } => {
                self.within(*span, parent, "type");
                self.name(name, *span);
                args.iter().chain(shape).for_each(|part| self.expr(part, *span));
            }
            Type::Choice { words, span } => {
                self.within(*span, parent, "choice");
                words.iter().for_each(|word| self.name(word, *span));
            }
        }
    }

    fn block(&self, block: &Block, parent: Span) {
        self.within(block.span, parent, "block");
        for entry in &block.entries {
            // An entry that was moved out of a block without its `}` still lies in the item.
            self.entry(entry, if self.whole { block.span } else { parent });
        }
        self.in_order(block.span, block.entries.iter().map(|entry| entry.span));
    }

    fn entry(&self, entry: &Entry, parent: Span) {
        let at = entry.span;
        self.within(at, parent, "entry");
        self.allows(&entry.allows, parent);
        match &entry.kind {
            EntryKind::Setting { key, value, ty, clauses } => {
                self.name(key, at);
                self.expr(value, at);
                ty.iter().for_each(|ty| self.type_(ty, at));
                clauses.iter().for_each(|clause| self.clause(clause, at));
            }
            EntryKind::Definition { name, value, ty } => {
                self.name(name, at);
                self.expr(value, at);
                ty.iter().for_each(|ty| self.type_(ty, at));
            }
            EntryKind::Draw { name, distribution, pool, .. } => {
                self.name(name, at);
                self.expr(distribution, at);
                pool.iter().for_each(|pool| self.expr(pool, at));
            }
            EntryKind::Nested { keyword, name, block } => {
                self.name(keyword, at);
                name.iter().for_each(|name| self.name(name, at));
                self.block(block, at);
            }
            EntryKind::Bare(expr) | EntryKind::Where(expr) => self.expr(expr, at),
            EntryKind::Expect { claim, level } => {
                self.expr(claim, at);
                level.iter().for_each(|level| self.expr(level, at));
            }
            EntryKind::Sweep { names, values } => {
                names.iter().for_each(|name| self.name(name, at));
                self.expr(values, at);
            }
            EntryKind::Error => assert!(!self.whole, "an unread entry without a finding: {:?}", self.text),
        }
    }

    fn clause(&self, clause: &Clause, parent: Span) {
        self.name(&clause.word, parent);
        self.expr(&clause.value, parent);
    }

    fn arg(&self, arg: &Arg, parent: Span) {
        arg.name.iter().for_each(|name| self.name(name, parent));
        self.expr(&arg.value, parent);
    }

    /// Reads the stretch of an expression alone.
    fn reads_the_same(&self, expr: &Expr) {
        // A phrase stands only behind a `:`, and only one bracket may be added to those that a text may nest.
        let stretch = &self.text[expr.span.start as usize..expr.span.end as usize];
        if matches!(expr.kind, ExprKind::Phrase { .. }) || stretch.matches(['(', '[']).count() > 30 {
            return;
        }
        let (file, found) = parse(FileId(0), &format!("let a = (\n{stretch}\n)\n"));
        assert!(found.is_empty(), "{stretch:?} is faulty alone: {found:?}");
        let Some(Body::Value { value, .. }) = file.items.first().map(|item| &item.body) else {
            panic!("{stretch:?} is no expression alone");
        };
        assert_eq!(without_spans(&value.kind), without_spans(&expr.kind), "{stretch:?} reads otherwise alone");
    }

    fn expr(&self, expr: &Expr, parent: Span) {
        let at = expr.span;
        self.within(at, parent, "expression");
        if self.alone && at.end - at.start < 400 {
            self.reads_the_same(expr);
        }
        match &expr.kind {
            ExprKind::Number { .. } | ExprKind::Text(_) | ExprKind::Bool(_) | ExprKind::Name(_) => {}
            ExprKind::Quantity { unit, .. } => self.name(unit, at),
            ExprKind::Field { base, name } => {
                self.expr(base, at);
                self.name(name, at);
            }
            ExprKind::Call { callee, args } => {
                self.expr(callee, at);
                args.iter().for_each(|arg| self.arg(arg, at));
            }
            ExprKind::Index { base, index } => {
                self.expr(base, at);
                index.iter().for_each(|part| self.expr(part, at));
            }
            ExprKind::Unary { operand, .. } => self.expr(operand, at),
            ExprKind::Binary { left, right, op_span, .. } => {
                self.within(*op_span, at, "operator");
                // `a < b < c` is told and read as `a < b and b < c`, which share their middle.
                let chained = matches!((&left.kind, &right.kind), (ExprKind::Binary { right: end, .. }, ExprKind::Binary { left: start, .. }) if end.span == start.span);
                if chained {
                    self.expr(left, at);
                    self.expr(right, at);
                } else {
                    self.pair(left, right, at);
                }
            }
            ExprKind::If { condition, then, otherwise } => {
                self.pair(condition, then, at);
                self.pair(then, otherwise, at);
            }
            ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item, at)),
            ExprKind::Range { from, to, .. } | ExprKind::Arrow { from, to } => self.pair(from, to, at),
            ExprKind::At { subject, place } => self.pair(subject, place, at),
            ExprKind::Where { subject, condition } => self.pair(subject, condition, at),
            ExprKind::Phrase { words, subject } => {
                words.iter().for_each(|word| self.name(word, at));
                subject.iter().for_each(|subject| self.expr(subject, at));
            }
            ExprKind::Error => assert!(!self.whole, "an unread expression without a finding: {:?}", self.text),
        }
    }

    /// Two parts of one expression, one behind the other.
    fn pair(&self, first: &Expr, second: &Expr, parent: Span) {
        self.expr(first, parent);
        self.expr(second, parent);
        assert!(first.span.end <= second.span.start, "{first:?} overlaps {second:?}: {:?}", self.text);
    }
}
