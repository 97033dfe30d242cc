//! Expressions: the flat pairs of the grammar become a tree by precedence climbing.

use std::iter::Peekable;

use super::grammar::{Pair, Rule, kids};
use super::lower::Reader;
use super::tree::{Arg, BinaryOp, Clause, Expr, ExprKind, Name, Type, UnaryOp};
use super::{cures, literals, messages};
use crate::diagnostic::Span;

/// How long a chain of operators may grow along one path, which bounds the depth of the tree.
const LONGEST: usize = 500;

/// How tight operators bind; a prefix takes what binds at least as tight as itself.
const NOT: u8 = 4;
const COMPARE: u8 = 5;
const SPREAD: u8 = 6;
const NEGATE: u8 = 9;
const POWER: u8 = 10;

/// What an infix operator builds.
#[derive(Clone, Copy)]
enum Infix {
    Binary(BinaryOp),
    Range { inclusive: bool },
    Arrow,
    Where,
}

/// The meaning of an operator and how tight it binds.
fn infix(sign: &str) -> (Infix, u8) {
    use BinaryOp as B;
    match sign {
        "where" => (Infix::Where, 1),
        "or" => (Infix::Binary(B::Or), 2),
        "and" => (Infix::Binary(B::And), 3),
        "<" => (Infix::Binary(B::Less), COMPARE),
        "<=" => (Infix::Binary(B::LessEqual), COMPARE),
        ">" => (Infix::Binary(B::Greater), COMPARE),
        ">=" => (Infix::Binary(B::GreaterEqual), COMPARE),
        "==" => (Infix::Binary(B::Equal), COMPARE),
        "!=" => (Infix::Binary(B::NotEqual), COMPARE),
        ".." => (Infix::Range { inclusive: false }, SPREAD),
        "..=" => (Infix::Range { inclusive: true }, SPREAD),
        "->" => (Infix::Arrow, SPREAD),
        "+" => (Infix::Binary(B::Add), 7),
        "-" => (Infix::Binary(B::Subtract), 7),
        "*" => (Infix::Binary(B::Multiply), 8),
        "/" => (Infix::Binary(B::Divide), 8),
        "%" => (Infix::Binary(B::Modulo), 8),
        _ => (Infix::Binary(B::Power), POWER),
    }
}

/// How tight the operator of a sign binds; a larger number binds tighter.
pub(super) fn binds(sign: &str) -> u8 {
    infix(sign).1
}

impl<'s> Reader<'s> {
    /// Any pair that stands for an expression.
    pub(super) fn expr(&mut self, pair: Pair<'s>) -> Expr {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::expr => {
                let parts = kids(pair.clone()).count();
                self.along(parts, span, |reader| {
                    let mut parts = kids(pair).peekable();
                    reader.climb(&mut parts, 0)
                })
            }
            Rule::operand => self.operand(pair),
            Rule::place | Rule::subject => kids(pair).next().map_or_else(|| nothing(span), |kid| self.expr(kid)),
            Rule::path => self.path(pair),
            Rule::number | Rule::percent => {
                let (value, whole) = self.value_of(&pair);
                Expr { kind: ExprKind::Number { value, whole }, span }
            }
            Rule::quantity => self.quantity(pair, span),
            Rule::text => {
                let (text, unknown) = literals::text(pair.as_str());
                for (start, end) in unknown {
                    let at = pair.as_span().start();
                    self.found.push(messages::unknown_escape(Span::new(self.id, at + start, at + end)));
                }
                Expr { kind: ExprKind::Text(text), span }
            }
            Rule::boolean => Expr { kind: ExprKind::Bool(pair.as_str() == "true"), span },
            Rule::name => {
                let name = self.name(&pair);
                Expr { kind: ExprKind::Name(name.text), span }
            }
            Rule::list => {
                let items = kids(pair).map(|kid| self.expr(kid)).collect();
                Expr { kind: ExprKind::List(items), span }
            }
            Rule::group => self.group(pair, span),
            Rule::if_ => self.choose(pair, span),
            Rule::phrase => self.phrase(pair, span),
            _ => nothing(span),
        }
    }

    /// Runs `build` if the chain of operators around this place stays short enough.
    fn along(&mut self, parts: usize, span: Span, build: impl FnOnce(&mut Self) -> Expr) -> Expr {
        if self.links + parts > LONGEST {
            self.found.push(messages::too_long(span, LONGEST));
            return nothing(span);
        }
        self.links += parts;
        let read = build(self);
        self.links -= parts;
        read
    }

    fn value_of(&mut self, pair: &Pair<'s>) -> (f64, bool) {
        let (value, whole) = literals::number(pair.as_str());
        if value.is_finite() {
            return (value, whole);
        }
        self.found.push(messages::number_too_large(self.span(pair), pair.as_str()));
        (0.0, whole)
    }

    fn quantity(&mut self, pair: Pair<'s>, span: Span) -> Expr {
        let mut parts = kids(pair);
        let (Some(amount), Some(unit)) = (parts.next(), parts.next()) else { return nothing(span) };
        let (value, whole) = self.value_of(&amount);
        let unit = Name { text: unit.as_str().to_owned(), span: self.span(&unit) };
        Expr { kind: ExprKind::Quantity { value, whole, unit }, span }
    }

    /// `(a)` is `a` with the brackets in its span; `(a,)` and `(a, b)` are tuples.
    fn group(&mut self, pair: Pair<'s>, span: Span) -> Expr {
        let mut trailing = false;
        let mut items = Vec::new();
        for kid in kids(pair) {
            if kid.as_rule() == Rule::trailing {
                trailing = true;
            } else {
                items.push(self.expr(kid));
            }
        }
        match items.pop() {
            Some(only) if items.is_empty() && !trailing => Expr { kind: only.kind, span },
            Some(last) => {
                items.push(last);
                Expr { kind: ExprKind::Tuple(items), span }
            }
            None => nothing(span),
        }
    }

    /// A chain of `if`s, folded from its end.
    fn choose(&mut self, pair: Pair<'s>, span: Span) -> Expr {
        let parts = kids(pair.clone()).count();
        self.along(parts, span, |reader| {
            let mut arms = Vec::new();
            let mut otherwise = nothing(span);
            for kid in kids(pair) {
                if kid.as_rule() == Rule::if_arm {
                    let start = reader.span(&kid);
                    let mut parts = kids(kid).filter(|part| part.as_rule() == Rule::expr);
                    if let (Some(condition), Some(then)) = (parts.next(), parts.next()) {
                        arms.push((start, reader.expr(condition), reader.expr(then)));
                    }
                } else {
                    otherwise = reader.expr(kid);
                }
            }
            for (start, condition, then) in arms.into_iter().rev() {
                let span = start.to(otherwise.span);
                let (condition, then) = (Box::new(condition), Box::new(then));
                otherwise = Expr { kind: ExprKind::If { condition, then, otherwise: Box::new(otherwise) }, span };
            }
            otherwise
        })
    }

    /// `onset of a`, `distance to [..]`: the words as written and what follows them.
    fn phrase(&mut self, pair: Pair<'s>, span: Span) -> Expr {
        let mut words = Vec::new();
        let mut subject = None;
        for kid in kids(pair) {
            if matches!(kid.as_rule(), Rule::expr | Rule::subject | Rule::place) {
                subject = Some(Box::new(self.expr(kid)));
            } else {
                words.push(Name { text: kid.as_str().to_owned(), span: self.span(&kid) });
            }
        }
        Expr { kind: ExprKind::Phrase { words, subject }, span }
    }

    /// `row.word` as fields of a name.
    fn path(&mut self, pair: Pair<'s>) -> Expr {
        let span = self.span(&pair);
        let parts = kids(pair.clone()).count();
        self.along(parts, span, |reader| {
            let mut built: Option<Expr> = None;
            for kid in kids(pair) {
                let name = reader.name(&kid);
                built = Some(match built {
                    None => Expr { span: name.span, kind: ExprKind::Name(name.text) },
                    Some(base) => {
                        let span = base.span.to(name.span);
                        Expr { kind: ExprKind::Field { base: Box::new(base), name }, span }
                    }
                });
            }
            built.unwrap_or_else(|| nothing(span))
        })
    }

    /// An atom with the calls, indices and fields glued to it.
    fn operand(&mut self, pair: Pair<'s>) -> Expr {
        let span = self.span(&pair);
        let parts = kids(pair.clone()).count();
        self.along(parts, span, |reader| {
            let mut built = nothing(span);
            for kid in kids(pair) {
                let reach = built.span.to(reader.span(&kid));
                let kind = match kid.as_rule() {
                    Rule::call => {
                        let args = kids(kid).map(|arg| reader.arg(arg)).collect();
                        ExprKind::Call { callee: Box::new(built), args }
                    }
                    Rule::index => {
                        let index = kids(kid).map(|part| reader.expr(part)).collect();
                        ExprKind::Index { base: Box::new(built), index }
                    }
                    Rule::field => {
                        let name = kids(kid).next().map(|name| reader.name(&name));
                        let name = name.unwrap_or(Name { text: String::new(), span });
                        ExprKind::Field { base: Box::new(built), name }
                    }
                    _ => {
                        built = reader.expr(kid);
                        continue;
                    }
                };
                built = Expr { kind, span: reach };
            }
            built
        })
    }

    /// `value` or `name: value`; an `=` there is read as the `:` that was meant.
    fn arg(&mut self, pair: Pair<'s>) -> Arg {
        let span = self.span(&pair);
        let mut name = None;
        let mut value = nothing(span);
        let mut equals = None;
        for kid in kids(pair) {
            if kid.as_rule() == Rule::arg_name {
                let mut parts = kids(kid);
                name = parts.next().map(|part| self.name(&part));
                equals = parts.next().map(|sign| self.span(&sign));
            } else {
                value = self.expr(kid);
            }
        }
        if let (Some(equals), Some(name)) = (equals, &name) {
            let written = &self.text[value.span.start as usize..value.span.end as usize];
            let cure = cures::sign_after(self.text, name.span, equals, ":");
            self.found.push(messages::equals_in_argument(equals, &name.text, written).cured(cure));
        }
        Arg { name, value }
    }

    /// Precedence climbing: reads operands joined by operators that bind at least as tight as `least`.
    fn climb<I: Iterator<Item = Pair<'s>>>(&mut self, parts: &mut Peekable<I>, least: u8) -> Expr {
        let mut left = self.prefixed(parts);
        let mut chained: Option<u8> = None;
        // What stands before a second comparison, which is read as `a < b and b < c`.
        let mut middle: Option<Expr> = None;
        while let Some(sign) = parts.next_if(|next| next.as_rule() == Rule::infix && infix(next.as_str()).1 >= least) {
            let (meaning, binds) = infix(sign.as_str());
            let op_span = self.span(&sign);
            let again = chained == Some(binds);
            if again {
                self.found.push(messages::chained(op_span, sign.as_str(), binds == COMPARE));
            }
            chained = (binds == COMPARE || binds == SPREAD).then_some(binds);
            let right = self.climb(parts, if binds == POWER { POWER } else { binds + 1 });
            let span = left.span.to(right.span);
            let before = if binds == COMPARE { middle.replace(right.clone()) } else { None };
            let (left_side, right_side) = (Box::new(left), Box::new(right));
            let kind = match meaning {
                Infix::Binary(op) => match before.filter(|_| again) {
                    Some(before) => {
                        let second = ExprKind::Binary { op, left: Box::new(before), right: right_side, op_span };
                        let right = Box::new(Expr { kind: second, span });
                        ExprKind::Binary { op: BinaryOp::And, left: left_side, right, op_span }
                    }
                    None => ExprKind::Binary { op, left: left_side, right: right_side, op_span },
                },
                Infix::Range { .. } | Infix::Arrow if again => ExprKind::Error,
                Infix::Range { inclusive } => ExprKind::Range { from: left_side, to: right_side, inclusive },
                Infix::Arrow => ExprKind::Arrow { from: left_side, to: right_side },
                Infix::Where => ExprKind::Where { subject: left_side, condition: right_side },
            };
            left = Expr { kind, span };
        }
        left
    }

    /// An operand with its prefixes and its `at`s.
    fn prefixed<I: Iterator<Item = Pair<'s>>>(&mut self, parts: &mut Peekable<I>) -> Expr {
        let Some(first) = parts.next() else { return nothing(Span::new(self.id, 0, 0)) };
        let span = self.span(&first);
        if first.as_rule() == Rule::prefix {
            let (op, least) = if first.as_str() == "-" { (UnaryOp::Negate, NEGATE) } else { (UnaryOp::Not, NOT) };
            let operand = self.climb(parts, least);
            let span = span.to(operand.span);
            return Expr { kind: ExprKind::Unary { op, operand: Box::new(operand) }, span };
        }
        let mut built = self.expr(first);
        while let Some(at) = parts.next_if(|next| next.as_rule() == Rule::at) {
            let span = built.span.to(self.span(&at));
            let place = kids(at).find(|kid| kid.as_rule() == Rule::place);
            let place = place.map_or_else(|| nothing(span), |place| self.expr(place));
            built = Expr { kind: ExprKind::At { subject: Box::new(built), place: Box::new(place) }, span };
        }
        built
    }

    /// What stands after `:` or `=`: an expression, a type, clauses.
    pub(super) fn value(&mut self, pair: Pair<'s>) -> (Expr, Option<Type>, Vec<Clause>) {
        let mut value = nothing(self.span(&pair));
        let mut ty = None;
        let mut clauses = Vec::new();
        for kid in kids(pair) {
            match kid.as_rule() {
                Rule::value_type => ty = kids(kid).next().map(|kid| self.type_(kid)),
                Rule::clause => {
                    let mut parts = kids(kid);
                    let (Some(word), Some(what)) = (parts.next(), parts.next()) else { continue };
                    let text = word.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
                    let word = Name { text, span: self.span(&word) };
                    clauses.push(Clause { word, value: self.expr(what) });
                }
                _ => value = self.expr(kid),
            }
        }
        (value, ty, clauses)
    }
}

/// The place of an expression that could not be read.
pub(super) fn nothing(span: Span) -> Expr {
    Expr { kind: ExprKind::Error, span }
}
