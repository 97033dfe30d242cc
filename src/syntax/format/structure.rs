//! Pieces gathered into rows, entries, blocks and brackets, each with the width it has on one line.

use super::pieces::{Kind, Piece};

/// A comment that stays as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment<'s> {
    pub text: &'s str,
    /// Whether nothing stands before it on its line.
    pub alone: bool,
    /// Where it stood: characters from the line's start, and from what stands before it.
    pub column: usize,
    pub gap: usize,
}

/// What takes lines of its own in a file or a block.
#[derive(Debug)]
pub(super) struct Row<'s> {
    /// Whether blank lines stand before it.
    pub blank: bool,
    pub what: RowKind<'s>,
}

#[derive(Debug)]
pub(super) enum RowKind<'s> {
    Comment(Comment<'s>),
    /// `///` or `#allow`.
    Above(&'s str),
    /// `//!`.
    FileDoc(&'s str),
    Entry(Entry<'s>),
}

/// An item of a file or an entry of a block.
#[derive(Debug)]
pub(super) struct Entry<'s> {
    pub nodes: Vec<Node<'s>>,
    pub block: Option<Block<'s>>,
    /// The comment behind it on its last line.
    pub beside: Option<Comment<'s>>,
}

/// `{ ... }`.
#[derive(Debug)]
pub(super) struct Block<'s> {
    /// The comment behind the `{`.
    pub beside: Option<Comment<'s>>,
    pub rows: Vec<Row<'s>>,
    /// Whether it was written on one line.
    pub on_a_line: bool,
    /// Characters on one line, braces included.
    pub width: usize,
}

/// A piece of an entry, or a bracket with all that is in it.
#[derive(Debug)]
pub(super) struct Node<'s> {
    /// Whether a space stands before it on a line.
    pub spaced: bool,
    /// Characters on one line.
    pub width: usize,
    /// Whether it cannot stay on one line, since its author broke it or a comment ends a line in it.
    pub broken: bool,
    pub what: What<'s>,
}

#[derive(Debug)]
pub(super) enum What<'s> {
    Token(&'s str),
    /// A token at which a line may be broken; `broken` of its node says whether one was.
    Joint(&'s str, Joint),
    Comment(Comment<'s>),
    Bracket(Bracket<'s>),
}

/// Where a line may be broken outside brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// Behind an operator that binds so tight.
    Behind(u8),
    /// Before `then`.
    Then,
    /// Before `else`.
    Else,
}

/// `( ... )` or `[ ... ]`.
#[derive(Debug)]
pub(super) struct Bracket<'s> {
    pub open: &'s str,
    pub close: &'s str,
    pub shape: Shape,
    /// The comment behind the opening bracket.
    pub beside: Option<Comment<'s>>,
    pub parts: Vec<Part<'s>>,
    pub comma: Comma,
    /// Whether the author ended the line behind the opening bracket.
    pub opened: bool,
}

/// How a bracket is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One element a line.
    Plain,
    /// An index, or the shape of a draw or a type: broken only if it is wide.
    Index,
    /// A list of nothing but names and literals, which share lines.
    Filled,
}

/// Whether a comma stands behind the last element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comma {
    /// Never: `(a)`, which `(a,)` is not.
    Never,
    /// Where the bracket is broken.
    Broken,
    /// Always: `(a,)`.
    Always,
}

/// What stands in a bracket: elements, and the comments on lines of their own between them.
#[derive(Debug)]
pub(super) struct Part<'s> {
    /// Whether blank lines stand before it.
    pub blank: bool,
    /// Whether it began a line.
    pub began: bool,
    /// Empty for a comment.
    pub nodes: Vec<Node<'s>>,
    /// The comment behind the element, or the comment itself.
    pub comment: Option<Comment<'s>>,
}

/// The width of nodes on one line.
pub(super) fn width(nodes: &[Node<'_>]) -> usize {
    let spaces = nodes.iter().skip(1).filter(|node| node.spaced).count();
    nodes.iter().map(|node| node.width).sum::<usize>() + spaces
}

/// Whether nodes cannot stay on one line.
pub(super) fn broken(nodes: &[Node<'_>]) -> bool {
    nodes.iter().any(|node| node.broken)
}

impl Entry<'_> {
    /// Characters on one line.
    fn width(&self) -> usize {
        let block = self.block.as_ref().map_or(0, |block| block.width);
        width(&self.nodes) + block + usize::from(block > 0 && !self.nodes.is_empty())
    }
}

impl Block<'_> {
    /// Whether nothing stands in it, not even a comment.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.beside.is_none()
    }
}

fn comment<'s>(piece: &Piece<'s>) -> Comment<'s> {
    Comment { text: piece.text, alone: piece.ends > 0, column: piece.column, gap: piece.gap }
}

/// Whether a space stands between two pieces on one line.
fn spaced(before: &Piece<'_>, piece: &Piece<'_>) -> bool {
    let glues = |piece: &Piece<'_>| piece.kind == Kind::Range || piece.text == ".";
    let holds = piece.kind == Kind::Glued || piece.kind == Kind::Plain && piece.text == ":";
    !(before.kind == Kind::Minus || glues(before) || glues(piece) || holds)
}

/// Whether an element is a name or a literal, perhaps with a sign and a unit.
fn is_atom(part: &Part<'_>) -> bool {
    part.nodes.len() <= 3 && part.nodes.iter().all(|node| matches!(node.what, What::Token(_)))
}

/// The rows of a whole file.
pub(super) fn rows<'s>(pieces: &[Piece<'s>]) -> Vec<Row<'s>> {
    Gatherer { pieces, at: 0 }.rows()
}

/// A walk along the pieces.
struct Gatherer<'p, 's> {
    pieces: &'p [Piece<'s>],
    at: usize,
}

impl<'s> Gatherer<'_, 's> {
    fn peek(&self) -> Option<Piece<'s>> {
        self.pieces.get(self.at).copied()
    }

    /// Everything up to the `}` of the block around, or to the end of the file.
    fn rows(&mut self) -> Vec<Row<'s>> {
        let mut rows: Vec<Row<'s>> = Vec::new();
        while let Some(piece) = self.peek() {
            let blank = piece.ends > 1;
            let what = match piece.kind {
                Kind::Comment => {
                    self.at += 1;
                    match rows.last_mut().map(|row| &mut row.what) {
                        Some(RowKind::Entry(entry)) if piece.ends == 0 && entry.beside.is_none() => {
                            entry.beside = Some(comment(&piece));
                            continue;
                        }
                        _ => RowKind::Comment(comment(&piece)),
                    }
                }
                Kind::Above | Kind::FileDoc => {
                    self.at += 1;
                    if piece.kind == Kind::Above { RowKind::Above(piece.text) } else { RowKind::FileDoc(piece.text) }
                }
                _ if piece.text == "}" => break,
                _ if piece.text == "," => {
                    self.at += 1;
                    continue;
                }
                _ => RowKind::Entry(self.entry()),
            };
            rows.push(Row { blank, what });
        }
        rows
    }

    fn entry(&mut self) -> Entry<'s> {
        let nodes = self.nodes();
        let block = self.peek().filter(|piece| piece.text == "{").map(|open| self.block(&open));
        if nodes.is_empty() && block.is_none() {
            // No text without faults gets here; going on keeps the walk finite.
            self.at += 1;
        }
        Entry { nodes, block, beside: None }
    }

    fn block(&mut self, open: &Piece<'s>) -> Block<'s> {
        self.at += 1;
        let beside = self.beside();
        let rows = self.rows();
        let on_a_line = self.peek().is_none_or(|close| close.line == open.line);
        self.at += 1;
        let mut width = 0;
        for row in &rows {
            if let RowKind::Entry(entry) = &row.what {
                width += if width == 0 { 0 } else { 2 } + entry.width();
            }
        }
        Block { beside, rows, on_a_line, width: if width == 0 { 2 } else { width + 4 } }
    }

    /// A comment on the line of the piece before.
    fn beside(&mut self) -> Option<Comment<'s>> {
        let piece = self.peek().filter(|piece| piece.kind == Kind::Comment && piece.ends == 0)?;
        self.at += 1;
        Some(comment(&piece))
    }

    /// What stands up to a comma, a brace, a closing bracket, or the next entry, without the comments behind it.
    fn nodes(&mut self) -> Vec<Node<'s>> {
        let mut nodes: Vec<Node<'s>> = Vec::new();
        let mut before: Option<Piece<'s>> = None;
        while let Some(piece) = self.peek() {
            let next = piece.leads && !nodes.is_empty();
            if next || matches!(piece.kind, Kind::Above | Kind::FileDoc) {
                break;
            }
            if piece.kind != Kind::Comment && matches!(piece.text, "," | "{" | "}" | ")" | "]") {
                break;
            }
            let spaced = before.is_some_and(|before| spaced(&before, &piece));
            nodes.push(self.node(&piece, spaced));
            before = Some(piece);
        }
        while nodes.pop_if(|node| matches!(node.what, What::Comment(_))).is_some() {
            self.at -= 1;
        }
        nodes
    }

    fn node(&mut self, piece: &Piece<'s>, spaced: bool) -> Node<'s> {
        if piece.kind != Kind::Comment && matches!(piece.text, "(" | "[") {
            return self.bracket(piece, spaced);
        }
        self.at += 1;
        let broke = piece.ends > 0 || self.peek().is_some_and(|next| next.ends > 0);
        let (broken, what) = match (piece.kind, piece.text) {
            (Kind::Comment, _) => (true, What::Comment(comment(piece))),
            (Kind::Infix(binds), text) => (broke, What::Joint(text, Joint::Behind(binds))),
            (_, "then") => (broke, What::Joint("then", Joint::Then)),
            (_, "else") => (broke, What::Joint("else", Joint::Else)),
            (_, text) => (false, What::Token(text)),
        };
        Node { spaced, width: piece.text.chars().count(), broken, what }
    }

    fn bracket(&mut self, open: &Piece<'s>, spaced: bool) -> Node<'s> {
        self.at += 1;
        let opened = self.peek().is_some_and(|first| first.ends > 0 && !matches!(first.text, ")" | "]"));
        let beside = self.beside();
        let mut parts: Vec<Part<'s>> = Vec::new();
        let mut comma = false;
        while let Some(piece) = self.peek() {
            if piece.kind == Kind::Comment {
                self.at += 1;
                let comment = Some(comment(&piece));
                match parts.last_mut() {
                    Some(part) if piece.ends == 0 && part.comment.is_none() => part.comment = comment,
                    _ => parts.push(Part { blank: piece.ends > 1, began: true, nodes: Vec::new(), comment }),
                }
                continue;
            }
            match piece.text {
                ")" | "]" => break,
                "," => {
                    comma = true;
                    self.at += 1;
                }
                _ => {
                    comma = false;
                    let nodes = self.nodes();
                    if nodes.is_empty() {
                        // No text without faults gets here; going on keeps the walk finite.
                        self.at += 1;
                    }
                    parts.push(Part { blank: piece.ends > 1, began: piece.ends > 0, nodes, comment: None });
                }
            }
        }
        self.at += 1;
        let elements = || parts.iter().filter(|part| !part.nodes.is_empty());
        let lone = !matches!(open.kind, Kind::Glued | Kind::List) && elements().count() == 1;
        let comma = match (lone, comma) {
            (false, _) => Comma::Broken,
            (true, false) => Comma::Never,
            (true, true) => Comma::Always,
        };
        let shape = match open.kind {
            Kind::Glued if open.text == "[" => Shape::Index,
            Kind::List if elements().all(is_atom) => Shape::Filled,
            _ => Shape::Plain,
        };
        let widths: usize = elements().map(|part| width(&part.nodes) + 2).sum();
        let close = if open.text == "(" { ")" } else { "]" };
        let bracket = Bracket { open: open.text, close, shape, beside, parts, comma, opened };
        let inside = bracket.parts.iter().any(|part| part.comment.is_some() || broken(&part.nodes));
        let broken = opened || inside || bracket.beside.is_some();
        let width = 2 + widths.saturating_sub(2) + usize::from(comma == Comma::Always);
        Node { spaced, width, broken, what: What::Bracket(bracket) }
    }
}
