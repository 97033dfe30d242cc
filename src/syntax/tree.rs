//! The tree of one file as written: every construct of the language with its span, nothing resolved.
//!
//! Faulty stretches are `Error` nodes, so that what surrounds them is still checked.

use crate::diagnostic::{FileId, Span};

/// A word with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub id: FileId,
    /// The `//!` lines at the top, joined by newlines.
    pub doc: Option<String>,
    pub items: Vec<Item>,
}

/// `use`, `param`, `let`, `data`, `task`, `model`, `curriculum`, `loss`, `probe`, `metric`, `experiment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Keyword {
    Use,
    Param,
    Let,
    Data,
    Task,
    Model,
    Curriculum,
    Loss,
    Probe,
    Metric,
    Experiment,
}

/// `#allow(W0207, "why")`: keeps a warning silent within what stands below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Allow {
    /// The id of the warning.
    pub id: Name,
    pub reason: String,
    pub span: Span,
}

/// A top-level item.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The `///` lines above it.
    pub doc: Option<String>,
    /// The `#allow` lines above it.
    pub allows: Vec<Allow>,
    pub public: bool,
    pub keyword: Keyword,
    /// For `use`, the last part of the path (`std.shapes` binds `shapes`; `"./my_tasks"` binds `my_tasks`).
    pub name: Name,
    pub params: Vec<Param>,
    pub body: Body,
    /// From the keyword (or `pub`) to the end.
    pub span: Span,
}

/// What follows an item's header.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `use std.shapes` (parts `std`, `shapes`).
    Module(Vec<Name>),
    /// `use "./my_tasks"`.
    Path {
        text: String,
        span: Span,
    },
    /// `= expression`; a `param` or `let` may carry a type.
    Value {
        ty: Option<Type>,
        value: Expr,
    },
    Block(Block),
    /// The body could not be read; a finding says why.
    Error,
}

/// A parameter of an item: `dim: count = 20`.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: Name,
    pub ty: Type,
    pub default: Option<Expr>,
    pub span: Span,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `count`, or `class(k)`, or `real[n, m]`, `class(k)[n]`.
    Named { name: Name, args: Vec<Expr>, shape: Vec<Expr>, span: Span },
    /// `inside | outside`.
    Choice { words: Vec<Name>, span: Span },
}

/// `{ ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub entries: Vec<Entry>,
    /// From `{` to `}`.
    pub span: Span,
}

/// One line of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub doc: Option<String>,
    /// The `#allow` lines above it.
    pub allows: Vec<Allow>,
    pub kind: EntryKind,
    pub span: Span,
}

/// The kinds of line.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryKind {
    /// `key: value`. `target: y : class(k)` fills `ty`; `plot: M by arm for each dim` fills `clauses`.
    Setting { key: Name, value: Expr, ty: Option<Type>, clauses: Vec<Clause> },
    /// `name = expression`, with an optional `: type` after the expression.
    Definition { name: Name, value: Expr, ty: Option<Type> },
    /// `name ~ distribution in pool(m)` / `without replacement`.
    Draw { name: Name, distribution: Expr, pool: Option<Expr>, distinct: bool },
    /// `per sequence { }`, `arm direct { }`, `stage warm { }`, `measure { }`, `plateau { }`, `report { }`.
    Nested { keyword: Name, name: Option<Name>, block: Block },
    /// A bare expression: the measures of a `measure` block.
    Bare(Expr),
    /// `expect a < b at 5%`.
    Expect { claim: Expr, level: Option<Expr> },
    /// `sweep maps in [..]`, `sweep (a, b) in [..]`.
    Sweep { names: Vec<Name>, values: Expr },
    /// `where maps > 1`.
    Where(Expr),
    /// A line that could not be read; a finding says why.
    Error,
}

/// A word and what it governs in a report phrase or a guard: `by arm`, `for each dim` (word `for each`), `against maps`,
/// `along step`, `before icl_accuracy`, `for 3 evaluations` (word `for`), and `at 50 epochs` where the phrase goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    pub word: Name,
    pub value: Expr,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `20`, `20_000`, `20k`, `1.5M`, `3e-4`, `80%` (glued: 0.8). `whole` is false when it is written as a real or a percentage.
    Number {
        value: f64,
        whole: bool,
    },
    /// `10 epochs`.
    Quantity {
        value: f64,
        whole: bool,
        unit: Name,
    },
    /// Without the quotes, escapes undone, `{name}` kept.
    Text(String),
    Bool(bool),
    Name(String),
    /// `a.b`
    Field {
        base: Box<Expr>,
        name: Name,
    },
    Call {
        callee: Box<Expr>,
        args: Vec<Arg>,
    },
    /// `a[i, j]`; also the shape suffix of a draw.
    Index {
        base: Box<Expr>,
        index: Vec<Expr>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
        op_span: Span,
    },
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    /// `1..6` or `1..=6`
    Range {
        from: Box<Expr>,
        to: Box<Expr>,
        inclusive: bool,
    },
    /// `5 -> 20`
    Arrow {
        from: Box<Expr>,
        to: Box<Expr>,
    },
    /// `accuracy(t) at last`, `residual(after: 3) at input`: binds like a call.
    At {
        subject: Box<Expr>,
        place: Box<Expr>,
    },
    /// `accuracy(t) where factor == 2`
    Where {
        subject: Box<Expr>,
        condition: Box<Expr>,
    },
    /// `onset of A before B`, `distance to [..]`, `error by position for [..]`, `survival by arm`: the words as written,
    /// the expression (if any) that follows them.
    Phrase {
        words: Vec<Name>,
        subject: Option<Box<Expr>>,
    },
    /// `inside | outside` where a choice is written as a value.
    Error,
}

/// An argument; `name` for `layers: 4`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Negate,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}
