//! Mutations that keep the form of a program: expressions, entries and items change places with others of their kind, so
//! that what is made of a text passes the grammar and reaches the checker.

use icl::diagnostic::{FileId, Span};
use icl::syntax::parse;
use icl::syntax::tree::{Block, Body, EntryKind, Expr, ExprKind, File, Type};
use std::sync::OnceLock;

/// What expressions, entries and items are taken from.
const PROGRAMS: [&str; 14] = [
    include_str!("../../experiments/quickstart.icl"),
    include_str!("../../stdlib/classification.icl"),
    include_str!("../../stdlib/curricula.icl"),
    include_str!("../../stdlib/models.icl"),
    include_str!("../../stdlib/regression.icl"),
    include_str!("../../stdlib/sequences.icl"),
    include_str!("../../tests/programs/checkpoints.icl"),
    include_str!("../../tests/programs/difficulty.icl"),
    include_str!("../../tests/programs/growing.icl"),
    include_str!("../../tests/programs/induction.icl"),
    include_str!("../../tests/programs/markov.icl"),
    include_str!("../../tests/programs/regression.icl"),
    include_str!("../../tests/programs/warmup.icl"),
    include_str!("../../tests/programs/words.icl"),
];

/// Where the parts of a program stand: expressions, entries, items.
#[derive(Default)]
struct Parts {
    spans: [Vec<Span>; 3],
}

const EXPRESSIONS: usize = 0;
const ENTRIES: usize = 1;
const ITEMS: usize = 2;

impl Parts {
    fn of(file: &File) -> Self {
        let mut parts = Self::default();
        for item in &file.items {
            parts.spans[ITEMS].push(item.span);
            for param in &item.params {
                parts.type_(&param.ty);
                param.default.iter().for_each(|value| parts.expr(value));
            }
            match &item.body {
                Body::Value { value, .. } => parts.expr(value),
                Body::Block(block) => parts.block(block),
                _ => {}
            }
        }
        parts
    }

    fn block(&mut self, block: &Block) {
        for entry in &block.entries {
            self.spans[ENTRIES].push(entry.span);
            match &entry.kind {
                EntryKind::Setting { value, ty, clauses, .. } => {
                    self.expr(value);
                    ty.iter().for_each(|ty| self.type_(ty));
                    clauses.iter().for_each(|clause| self.expr(&clause.value));
                }
                EntryKind::Definition { value, ty, .. } => {
                    self.expr(value);
                    ty.iter().for_each(|ty| self.type_(ty));
                }
                EntryKind::Draw { distribution, pool, .. } => {
                    self.expr(distribution);
                    pool.iter().for_each(|pool| self.expr(pool));
                }
                EntryKind::Nested { block, .. } => self.block(block),
                EntryKind::Bare(value) | EntryKind::Where(value) | EntryKind::Expect { claim: value, .. } => {
                    self.expr(value);
                }
                EntryKind::Sweep { values, .. } => self.expr(values),
                EntryKind::Error => {}
            }
        }
    }

    fn type_(&mut self, ty: &Type) {
        if let Type::Named { args, shape, .. } = ty {
            args.iter().chain(shape).for_each(|size| self.expr(size));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.spans[EXPRESSIONS].push(expr.span);
        match &expr.kind {
            ExprKind::Field { base, .. } => self.expr(base),
            ExprKind::Call { callee, args } => {
                self.expr(callee);
                args.iter().for_each(|arg| self.expr(&arg.value));
            }
            ExprKind::Index { base, index } => {
                self.expr(base);
                index.iter().for_each(|part| self.expr(part));
            }
            ExprKind::Unary { operand: one, .. } | ExprKind::Phrase { subject: Some(one), .. } => self.expr(one),
            ExprKind::Binary { left, right, .. }
            | ExprKind::Range { from: left, to: right, .. }
            | ExprKind::Arrow { from: left, to: right }
            | ExprKind::At { subject: left, place: right }
            | ExprKind::Where { subject: left, condition: right } => {
                [left, right].into_iter().for_each(|e| self.expr(e));
            }
            ExprKind::If { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|part| self.expr(part));
            }
            ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            _ => {}
        }
    }
}

/// The texts of all parts of [`PROGRAMS`].
fn pool() -> &'static [Vec<&'static str>; 3] {
    static POOL: OnceLock<[Vec<&'static str>; 3]> = OnceLock::new();
    POOL.get_or_init(|| {
        let mut pool = [Vec::new(), Vec::new(), Vec::new()];
        for text in PROGRAMS {
            let parts = Parts::of(&parse(FileId(0), text).0);
            for (texts, spans) in pool.iter_mut().zip(parts.spans) {
                texts.extend(spans.iter().map(|span| &text[span.start as usize..span.end as usize]));
            }
        }
        pool
    })
}

/// Exchanges one part of a text for another of its kind, drops it, or writes another behind it. None where the text has no
/// such part.
pub fn mutated(text: &str, seed: u32) -> Option<String> {
    // A step of xorshift at each choice: few choices are made, and they need not be good.
    let mut state = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as usize % bound
    };
    let parts = Parts::of(&parse(FileId(0), text).0);
    let kind = [EXPRESSIONS, EXPRESSIONS, EXPRESSIONS, ENTRIES, ENTRIES, ITEMS][below(6)];
    let spans = &parts.spans[kind];
    let span = *spans.get(below(spans.len().max(1)))?;
    let stretch = |span: Span| &text[span.start as usize..span.end as usize];
    let other = match below(3) {
        0 => stretch(spans[below(spans.len())]),
        _ => pool()[kind][below(pool()[kind].len())],
    };
    let new = match below(4) {
        0 if kind != EXPRESSIONS => String::new(),
        1 if kind != EXPRESSIONS => format!("{}\n{other}", stretch(span)),
        0 => format!("{} + {other}", stretch(span)),
        1 => format!("[{}, {other}]", stretch(span)),
        _ => other.to_owned(),
    };
    Some(format!("{}{new}{}", &text[..span.start as usize], &text[span.end as usize..]))
}
