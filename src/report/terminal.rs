//! Tables for a terminal: a rule under the head, and lines that fit the width.

use super::table::{Align, Table};
use tabled::builder::Builder;
use tabled::grid::util::string::get_string_width;
use tabled::settings::formatting::AlignmentStrategy;
use tabled::settings::object::Columns;
use tabled::settings::style::HorizontalLine;
use tabled::settings::{Alignment, Modify, Padding, Style};

/// Blank columns between neighbours.
const GAP: usize = 2;

/// Draws the table with `rule` under its head, in lines of at most `width` where that can be.
pub fn draw(table: &Table, rule: char, width: Option<usize>) -> String {
    let limit = width.unwrap_or(usize::MAX).max(16);
    let mut out = String::new();
    if !table.title.is_empty() {
        out.push_str(&wrap(&table.title, limit, false).join("\n"));
        out.push_str("\n\n");
    }
    for (i, block) in blocks(table, limit).iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        out.push_str(&draw_block(table, block, rule, limit));
    }
    if !table.notes.is_empty() && !table.columns.is_empty() {
        out.push('\n');
    }
    for note in &table.notes {
        out.push_str(&wrap(note, limit, false).join("\n"));
        out.push('\n');
    }
    out
}

/// The widest and the narrowest a column can be.
fn reach(table: &Table, column: usize) -> (usize, usize) {
    let title = &table.columns[column].title;
    let cells = || (0..table.rows.len()).map(|row| table.cell(row, column));
    let atom = |text: &str| atoms(text).map(get_string_width).max().unwrap_or(0);
    let wide = cells().chain([title.as_str()]).map(lines_width).max().unwrap_or(0);
    let narrow = cells().chain([title.as_str()]).map(atom).max().unwrap_or(0);
    (wide, narrow.min(wide))
}

/// The width of the longest line of a text.
fn lines_width(text: &str) -> usize {
    text.lines().map(get_string_width).max().unwrap_or(0)
}

/// The least width of a column when the table is split: intervals then stay on one line.
fn split_width(table: &Table, column: usize, room: usize) -> usize {
    let (_, narrow) = reach(table, column);
    let body = (0..table.rows.len()).map(|row| lines_width(table.cell(row, column))).max().unwrap_or(0);
    let whole = narrow.max(body);
    if table.columns[column].align == Align::Right && whole <= room { whole } else { narrow }
}

/// Splits the columns into blocks that fit, each led by the first column.
///
/// Words are never cut: a column that is wider than the lines allow stands out.
fn blocks(table: &Table, limit: usize) -> Vec<Vec<usize>> {
    let count = table.columns.len();
    if count == 0 {
        return Vec::new();
    }
    let all: usize = (0..count).map(|c| reach(table, c).1 + GAP).sum();
    if all <= limit.saturating_add(GAP) || count < 3 {
        return vec![(0..count).collect()];
    }
    let first = reach(table, 0).1 + GAP;
    let mut blocks = vec![vec![0]];
    let mut used = first;
    for column in 1..count {
        let need = split_width(table, column, limit.saturating_sub(first)) + GAP;
        if blocks.last().is_some_and(|block| block.len() > 1) && used + need > limit + GAP {
            blocks.push(vec![0]);
            used = first;
        }
        if let Some(block) = blocks.last_mut() {
            block.push(column);
        }
        used += need;
    }
    blocks
}

/// Chooses a width for each column of a block: heads wrap first, then words, then intervals.
fn widths(table: &Table, block: &[usize], limit: usize) -> Vec<usize> {
    let reaches: Vec<(usize, usize)> = block.iter().map(|&c| reach(table, c)).collect();
    let mut widths: Vec<usize> = reaches.iter().map(|r| r.0).collect();
    let room = limit.saturating_add(GAP).saturating_sub(GAP * block.len());
    let bodies: Vec<usize> = block
        .iter()
        .map(|&c| (0..table.rows.len()).map(|row| lines_width(table.cell(row, c))).max().unwrap_or(0))
        .collect();
    for stage in 0..3 {
        while widths.iter().sum::<usize>() > room {
            let words = |i: usize| table.columns[block[i]].align == Align::Left;
            let free = |i: usize| stage == 2 || (stage == 1 && words(i));
            let floor = |i: usize| if free(i) { reaches[i].1 } else { reaches[i].1.max(bodies[i]) };
            let Some(at) = (0..widths.len()).filter(|&i| widths[i] > floor(i)).max_by_key(|&i| (widths[i], i)) else {
                break;
            };
            widths[at] -= 1;
        }
    }
    widths
}

/// Draws one block of columns.
fn draw_block(table: &Table, block: &[usize], rule: char, limit: usize) -> String {
    let widths = widths(table, block, limit);
    let mut builder = Builder::default();
    let line = |text: &dyn Fn(usize) -> String, balance: bool| -> Vec<String> {
        block.iter().zip(&widths).map(|(&c, &w)| wrap(&text(c), w, balance).join("\n")).collect()
    };
    builder.push_record(line(&|c| table.columns[c].title.clone(), true));
    for row in 0..table.rows.len() {
        builder.push_record(line(&|c| table.cell(row, c).to_owned(), false));
    }
    let mut drawn = builder.build();
    drawn.with(Style::empty().horizontals([(1, HorizontalLine::new(rule))]));
    drawn.with(Padding::new(0, GAP, 0, 0));
    drawn.with(AlignmentStrategy::PerLine);
    for (i, &column) in block.iter().enumerate() {
        let side = match table.columns[column].align {
            Align::Left => Alignment::left(),
            Align::Right => Alignment::right(),
        };
        drawn.with(Modify::new(Columns::one(i)).with(side));
    }
    drawn.with(Modify::new(Columns::one(block.len() - 1)).with(Padding::zero()));
    let text = drawn.to_string();
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The pieces a line may be broken between: words, with a bracketed interval kept whole.
fn atoms(text: &str) -> impl Iterator<Item = &str> {
    let mut pieces = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if c.is_whitespace() && c != '\u{a0}' && (depth == 0 || c == '\n') => {
                pieces.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    pieces.into_iter().filter(|piece| !piece.is_empty())
}

/// Breaks a text into lines of at most `width`; an atom that is longer stands alone.
///
/// With `balance`, the lines are made as even as the same count of lines allows.
pub fn wrap(text: &str, width: usize, balance: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut fitted = fill(paragraph, width);
        if balance {
            let mut tighter = lines_width(&fitted.join("\n"));
            while tighter > 1 {
                tighter -= 1;
                let next = fill(paragraph, tighter);
                if next.len() > fitted.len() || next.iter().any(|l| get_string_width(l) > tighter) {
                    break;
                }
                fitted = next;
            }
        }
        lines.extend(fitted);
    }
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Greedy filling of lines.
fn fill(text: &str, width: usize) -> Vec<String> {
    if get_string_width(text) <= width {
        return vec![text.trim_end().to_owned()];
    }
    let mut lines: Vec<String> = vec![String::new()];
    for atom in atoms(text) {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(atom);
        } else if get_string_width(line) + 1 + get_string_width(atom) <= width {
            line.push(' ');
            line.push_str(atom);
        } else {
            lines.push(atom.to_owned());
        }
    }
    lines
}
