//! Where lines begin and end.

use super::page::Page;
use super::structure::{Block, Bracket, Comma, Entry, Joint, Node, Part, Row, RowKind, Shape, What, broken, width};

/// Characters that a line may have, comments behind it not counted.
const WIDTH: usize = 120;
/// Characters of one step of indentation.
const STEP: usize = 2;
/// The widest bracket around a sole element that is never broken to save space, and the widest index.
const SLIGHT: usize = 12;
const SLIGHT_INDEX: usize = WIDTH / 2;

/// The text of a file.
pub(super) fn lay_out(rows: &[Row<'_>]) -> String {
    let mut writer = Writer { page: Page::default() };
    writer.items(rows);
    writer.page.finish()
}

/// Lays rows on a page.
struct Writer<'s> {
    page: Page<'s>,
}

/// What stands between two items of a file.
#[derive(Default)]
struct Between {
    /// The line it begins on.
    from: usize,
    blank: bool,
    /// Whether what stands before asks for a blank line.
    wanted: bool,
}

impl<'s> Writer<'s> {
    /// The rows of a file: as those of a block, but a blank line is on both sides of an item of several lines.
    fn items(&mut self, rows: &[Row<'s>]) {
        let mut between = Between::default();
        let mut above = false;
        for (at, row) in rows.iter().enumerate() {
            if row.blank && at > 0 && !above {
                self.page.blank();
                between.blank = true;
            }
            let height = self.page.height();
            above = self.row(row, 0, above);
            let wanted = match &row.what {
                RowKind::Entry(entry) => entry.block.is_some() && self.page.height() > height + 1,
                RowKind::FileDoc(_) => true,
                RowKind::Comment(_) | RowKind::Above(_) => continue,
            };
            let item = matches!(row.what, RowKind::Entry(_));
            if item && (between.wanted || wanted) && !between.blank && between.from > 0 {
                self.page.blank_before(between.from);
            }
            between = Between { from: self.page.height(), blank: false, wanted };
        }
    }

    /// The rows of a block.
    fn rows(&mut self, rows: &[Row<'s>], indent: usize) {
        let mut above = false;
        for (at, row) in rows.iter().enumerate() {
            if row.blank && at > 0 && !above {
                self.page.blank();
            }
            above = self.row(row, indent, above);
        }
    }

    /// One row, and whether what follows belongs to a `///` or `#allow` line above it.
    fn row(&mut self, row: &Row<'s>, indent: usize, above: bool) -> bool {
        self.page.line(indent);
        match &row.what {
            RowKind::Comment(comment) => self.page.push(comment.text),
            RowKind::Above(text) | RowKind::FileDoc(text) => self.page.push(text),
            RowKind::Entry(entry) => self.entry(entry, indent),
        }
        match &row.what {
            RowKind::Comment(_) => above,
            RowKind::Above(_) => true,
            RowKind::FileDoc(_) | RowKind::Entry(_) => false,
        }
    }

    fn entry(&mut self, entry: &Entry<'s>, indent: usize) {
        let opening = match &entry.block {
            Some(block) if block.is_empty() => " {}".len(),
            Some(_) => " {".len(),
            None => 0,
        };
        self.nodes(&entry.nodes, indent + STEP, opening);
        if let Some(block) = &entry.block {
            if !entry.nodes.is_empty() {
                self.page.push(" ");
            }
            self.block(block, indent);
        }
        if let Some(comment) = entry.beside {
            self.page.beside(comment);
        }
    }

    /// A block stays on one line if it was written so and fits.
    fn block(&mut self, block: &Block<'s>, indent: usize) {
        if block.is_empty() {
            return self.page.push("{}");
        }
        if block.on_a_line && self.page.column + block.width <= WIDTH {
            return self.block_on_a_line(block);
        }
        self.page.push("{");
        if let Some(comment) = block.beside {
            self.page.beside(comment);
        }
        self.rows(&block.rows, indent + STEP);
        self.page.line(indent);
        self.page.push("}");
    }

    fn block_on_a_line(&mut self, block: &Block<'s>) {
        let mut before = "{ ";
        for row in &block.rows {
            let RowKind::Entry(entry) = &row.what else { continue };
            self.page.push(before);
            self.flat(&entry.nodes);
            if let Some(block) = &entry.block {
                self.page.push(" ");
                self.block(block, 0);
            }
            before = ", ";
        }
        self.page.push(" }");
    }

    /// Nodes after what is already on the line; `next` lines are indented by `further`, and `trail` characters follow.
    fn nodes(&mut self, nodes: &[Node<'s>], further: usize, trail: usize) {
        if !broken(nodes) && self.page.column + width(nodes) + trail <= WIDTH {
            return self.flat(nodes);
        }
        match loosest(nodes) {
            Some(joint) => self.segments(&split(nodes, joint), joint, further, trail),
            None => self.brackets(nodes, further, trail),
        }
    }

    /// Nodes on one line, where the first stands without a space.
    fn flat(&mut self, nodes: &[Node<'s>]) {
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 && node.spaced {
                self.page.push(" ");
            }
            self.flat_node(node);
        }
    }

    fn flat_node(&mut self, node: &Node<'s>) {
        match &node.what {
            What::Token(text) | What::Joint(text, _) => self.page.push(text),
            What::Comment(comment) => self.page.beside(*comment),
            What::Bracket(bracket) => {
                self.page.push(bracket.open);
                let mut before = "";
                for part in &bracket.parts {
                    self.page.push(before);
                    self.flat(&part.nodes);
                    before = ", ";
                }
                self.page.push(if bracket.comma == Comma::Always { "," } else { "" });
                self.page.push(bracket.close);
            }
        }
    }

    /// Stretches of an expression between operators of one strength, or the branches of a choice.
    ///
    /// Branches of a choice that is broken begin a line each. Operands share a line as long as they fit; one that fits
    /// on no line of its own stays behind its operator, and is broken itself.
    fn segments(&mut self, segments: &[&[Node<'s>]], joint: Joint, further: usize, trail: usize) {
        for (at, segment) in segments.iter().enumerate() {
            let trail = if at + 1 == segments.len() { trail } else { 0 };
            if at > 0 {
                let author = match joint {
                    Joint::Behind(_) => segments[at - 1].iter().rev().find(|node| !is_comment(node)),
                    Joint::Then | Joint::Else => segment.first(),
                };
                let ended = segments[at - 1].last().is_some_and(is_comment);
                let must = joint == Joint::Else || ended || author.is_some_and(|node| node.broken);
                let whole = (!broken(segment)).then(|| width(segment) + trail);
                let here = whole.unwrap_or_else(|| head(segment));
                let fits_here = self.page.column + 1 + here <= WIDTH;
                let fits_below = whole.is_some_and(|whole| further + whole <= WIDTH);
                if must || !fits_here && fits_below {
                    self.page.line(further);
                } else if fits_here || self.page.column + 1 + head(segment) <= WIDTH {
                    self.page.push(" ");
                } else {
                    self.page.line(further);
                }
            }
            let further = self.inside(further);
            self.nodes(segment, further, trail);
        }
    }

    /// How far lines inside what comes next are indented: further than it, where it begins a line.
    fn inside(&self, further: usize) -> usize {
        if self.page.column == self.page.indent { further.max(self.page.indent + STEP) } else { further }
    }

    /// Nodes where only brackets can be broken.
    fn brackets(&mut self, nodes: &[Node<'s>], further: usize, trail: usize) {
        let further = self.inside(further);
        let mut ended = false;
        for (at, node) in nodes.iter().enumerate() {
            if let What::Comment(comment) = &node.what {
                if comment.alone || ended {
                    self.page.line(further);
                    self.page.push(comment.text);
                } else {
                    self.page.beside(*comment);
                }
                ended = true;
                continue;
            }
            if ended {
                self.page.line(further);
            } else if at > 0 && node.spaced {
                self.page.push(" ");
            }
            ended = false;
            match &node.what {
                What::Bracket(bracket) if node.broken => self.broken_bracket(bracket),
                What::Bracket(bracket) if breakable(bracket, node) => {
                    let rest = &nodes[at + 1..];
                    let after = next_break(rest).unwrap_or_else(|| width_after(rest) + trail);
                    if self.page.column + node.width + after <= WIDTH {
                        self.flat_node(node);
                    } else {
                        self.broken_bracket(bracket);
                    }
                }
                _ => self.flat_node(node),
            }
        }
    }

    /// One element a line with a comma behind each; names and literals of a list share lines.
    fn broken_bracket(&mut self, bracket: &Bracket<'s>) {
        let outer = self.page.indent;
        let inner = outer + STEP;
        self.page.push(bracket.open);
        if let Some(comment) = bracket.beside {
            self.page.beside(comment);
        }
        let last = bracket.parts.iter().rposition(|part| !part.nodes.is_empty());
        let mut ended = true;
        for (at, part) in bracket.parts.iter().enumerate() {
            let comma = bracket.comma != Comma::Never || Some(at) != last;
            let apart = bracket.shape != Shape::Filled || ended || part.nodes.is_empty();
            let row = bracket.opened && part.began;
            if !apart && !row && self.page.column + " ,".len() + width(&part.nodes) <= WIDTH {
                self.page.push(" ");
            } else {
                if part.blank && at > 0 {
                    self.page.blank();
                }
                self.page.line(inner);
            }
            // Operands in brackets of their own stand under each other; elements must stay apart from what goes on.
            let further = if bracket.comma == Comma::Never { inner } else { inner + STEP };
            ended = self.part(part, further, comma);
        }
        self.page.line(outer);
        self.page.push(bracket.close);
    }

    /// An element or a comment, and whether it ends its line.
    fn part(&mut self, part: &Part<'s>, further: usize, comma: bool) -> bool {
        if part.nodes.is_empty() {
            self.page.push(part.comment.map_or("", |comment| comment.text));
            return true;
        }
        self.nodes(&part.nodes, further, usize::from(comma));
        self.page.push(if comma { "," } else { "" });
        if let Some(comment) = part.comment {
            self.page.beside(comment);
        }
        part.comment.is_some()
    }
}

fn is_comment(node: &Node<'_>) -> bool {
    matches!(node.what, What::Comment(_))
}

/// The loosest joint at which nodes can be split in two.
fn loosest(nodes: &[Node<'_>]) -> Option<Joint> {
    let end = nodes.iter().rposition(|node| !is_comment(node))?;
    let rank = |joint: Joint| match joint {
        Joint::Else => 0,
        Joint::Then => 1,
        Joint::Behind(binds) => 2 + binds,
    };
    nodes
        .iter()
        .enumerate()
        .filter_map(|(at, node)| match node.what {
            What::Joint(_, joint @ Joint::Behind(_)) => (at < end).then_some(joint),
            What::Joint(_, joint) => (at > 0).then_some(joint),
            _ => None,
        })
        .min_by_key(|joint| rank(*joint))
}

/// Nodes split at every joint of a kind; comments behind an operator stay with it.
fn split<'n, 's>(nodes: &'n [Node<'s>], joint: Joint) -> Vec<&'n [Node<'s>]> {
    let mut segments = Vec::new();
    let mut from = 0;
    let mut behind = false;
    for (at, node) in nodes.iter().enumerate() {
        let is_joint = matches!(node.what, What::Joint(_, found) if found == joint);
        let cut = match joint {
            Joint::Behind(_) => behind && !is_comment(node),
            Joint::Then | Joint::Else => is_joint && at > 0,
        };
        if cut {
            segments.push(&nodes[from..at]);
            from = at;
        }
        behind = is_joint || behind && is_comment(node);
    }
    segments.push(&nodes[from..]);
    segments
}

/// Whether a bracket may be broken where the line is too long.
fn breakable(bracket: &Bracket<'_>, node: &Node<'_>) -> bool {
    let slight = match bracket.parts.len() {
        _ if bracket.shape == Shape::Index => SLIGHT_INDEX,
        1 => SLIGHT,
        _ => 0,
    };
    node.broken || !bracket.parts.is_empty() && node.width > slight
}

/// Characters of nodes up to the first place where their line can end, if there is one.
fn next_break(nodes: &[Node<'_>]) -> Option<usize> {
    let mut reach = 0;
    for node in nodes {
        reach += usize::from(node.spaced);
        match &node.what {
            What::Bracket(bracket) if breakable(bracket, node) => return Some(reach + 1),
            What::Joint(_, Joint::Behind(_)) => return Some(reach + node.width),
            What::Joint(..) | What::Comment(_) => return Some(reach),
            _ => reach += node.width,
        }
    }
    None
}

/// Characters of nodes behind others on their line.
fn width_after(nodes: &[Node<'_>]) -> usize {
    nodes.iter().map(|node| node.width + usize::from(node.spaced)).sum()
}

/// Characters of nodes up to the first place where their line can end.
fn head(nodes: &[Node<'_>]) -> usize {
    let Some((first, rest)) = nodes.split_first() else { return 0 };
    match &first.what {
        What::Bracket(bracket) if breakable(bracket, first) => 1,
        _ => first.width + next_break(rest).unwrap_or_else(|| width_after(rest)),
    }
}
