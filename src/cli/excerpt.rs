//! The lines of a source that a finding shows, cut to the width of the terminal.
//!
//! What a terminal could not draw in its place is replaced here: tabs, control characters, and the parts of long lines
//! that carry no label.

use super::places::{Place, Places};
use crate::diagnostic::{FileId, Label};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::Range;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// Columns that the text of a label is given where the line can be cut for it, and at least.
const TEXT: usize = 28;
const LEAST: usize = 10;

/// What stands for the parts of a line that are left out.
const CUT: char = '…';

/// Lines of one file that follow each other, with labels on them; every label lies on one line.
#[derive(Debug, Default)]
pub struct Excerpt {
    name: String,
    text: String,
    /// The number of the first line, from 0, and how many there are.
    first: usize,
    lines: usize,
    labels: Vec<(LabeledSpan, Place)>,
}

impl Excerpt {
    /// The lines around the first label, and the labels that are too far from it to be shown with it. All labels are of
    /// one file.
    #[must_use]
    pub fn new<'l>(labels: &[&'l Label], places: &Places<'_>, width: usize) -> (Self, Vec<&'l Label>) {
        let nothing = (Self::default(), Vec::new());
        let Some(span) = labels.first().map(|label| label.span) else { return nothing };
        let Some(source) = places.source(span).filter(|source| !source.text.is_empty()) else { return nothing };
        let starts = places.lines(span.file);
        let rows: Vec<usize> = labels.iter().map(|label| places.start(label.span).line - 1).collect();
        let shown = around(&rows, |row| {
            // A last line that the file's end leaves empty is no line.
            starts.get(row).is_some_and(|&start| start < source.text.len() || rows.contains(&row))
        });
        let digits = (shown.end).to_string().len();
        let room = width.saturating_sub(digits + 4).max(TAB);

        let (name, first, lines) = (source.name.clone(), shown.start, shown.len());
        let mut excerpt = Self { name, first, lines, ..Self::default() };
        let mut drawn: Vec<Option<(LabeledSpan, Place)>> = labels.iter().map(|_| None).collect();
        for row in shown {
            let line = text_of(&source.text, &starts, row);
            let on: Vec<usize> = (0..labels.len()).filter(|&at| rows[at] == row).collect();
            let marks: Vec<Mark<'_>> = on.iter().map(|&at| Mark::new(labels[at], starts[row], line.len())).collect();
            let cut = Line::cut(line, &marks, room);
            for (&at, label) in on.iter().zip(cut.labels) {
                let Some(((start, end), text)) = label else { continue };
                let span = (excerpt.text.len() + start, end - start);
                let labelled = if at == 0 {
                    LabeledSpan::new_primary_with_span(Some(text), span)
                } else {
                    LabeledSpan::new_with_span(Some(text), span)
                };
                drawn[at] = Some((labelled, places.start(labels[at].span)));
            }
            excerpt.text.push_str(&cut.text);
            excerpt.text.push('\n');
        }
        let left = labels.iter().zip(&drawn).filter(|(_, drawn)| drawn.is_none()).map(|(label, _)| *label).collect();
        excerpt.labels = drawn.into_iter().flatten().collect();
        (excerpt, left)
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The labels at their places in the excerpt.
    pub fn labels(&self) -> impl Iterator<Item = LabeledSpan> + '_ {
        self.labels.iter().map(|(label, _)| label.clone())
    }
}

/// The lines from the first of some rows in both directions, as long as each is one of the rows or beside one.
fn around(rows: &[usize], exists: impl Fn(usize) -> bool) -> Range<usize> {
    let near = |row: usize| exists(row) && rows.iter().any(|&other| other.abs_diff(row) <= 1);
    let first = rows.first().copied().unwrap_or(0);
    let (mut start, mut end) = (first, first + 1);
    while start > 0 && near(start - 1) {
        start -= 1;
    }
    while near(end) {
        end += 1;
    }
    start..end
}

/// One line of a text, without its end.
fn text_of<'t>(text: &'t str, starts: &[usize], row: usize) -> &'t str {
    let end = starts.get(row + 1).map_or(text.len(), |next| next - 1);
    let line = &text[starts[row]..end];
    line.strip_suffix('\r').unwrap_or(line)
}

impl SourceCode for Excerpt {
    /// Gives all lines, with the place of the span in the file where no lines around it are asked for.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if span.offset() + span.len() > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let exact = self.labels.iter().find(|(label, _)| before + after == 0 && label.inner() == span);
        let (line, column) = exact.map_or((self.first, 0), |(_, place)| (place.line - 1, place.column - 1));
        let (data, whole) = (self.text.as_bytes(), SourceSpan::from((0, self.text.len())));
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, whole, line, column, self.lines)))
    }
}

/// A label on a line, in bytes of that line.
struct Mark<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

impl<'a> Mark<'a> {
    /// What reaches over the end of the line is shown up to there.
    fn new(label: &'a Label, line: usize, length: usize) -> Self {
        let within = |at: u32| (at as usize).saturating_sub(line).min(length);
        Self { start: within(label.span.start), end: within(label.span.end), text: &label.text }
    }
}

/// A line as it is drawn, and where its labels then are.
struct Line {
    text: String,
    /// Bytes and text of each label; nothing where it has no room.
    labels: Vec<Option<((usize, usize), String)>>,
}

/// A character as it is drawn.
struct Cell {
    /// Where it stands in the source line, in bytes.
    at: usize,
    shown: String,
    column: usize,
    width: usize,
}

impl Line {
    /// Cuts a line to `room` columns around its labels. The first of them is always shown.
    fn cut(line: &str, marks: &[Mark<'_>], room: usize) -> Self {
        let cells = cells(line);
        let total = cells.last().map_or(0, |cell| cell.column + cell.width);
        let column = |at: usize| cells.iter().find(|cell| cell.at >= at).map_or(total, |cell| cell.column);
        let columns = |mark: &Mark<'_>| (column(mark.start), column(mark.end).max(column(mark.start) + 1));
        // How far the text of a label, or its underline, reaches.
        let reach = |mark: &Mark<'_>| {
            let (start, end) = columns(mark);
            (usize::midpoint(start, end) + 4 + mark.text.width().min(TEXT)).max(end)
        };
        let wanted = marks.iter().map(reach).max().unwrap_or(0);
        let first = marks.first().map_or(0, |mark| column(mark.start));
        // One column of the window is the sign that something is left out.
        let shift = if wanted > room { (wanted - room + 1).min(first.saturating_sub(2)) } else { 0 };
        let over = total > shift + room;
        let begin = if shift > 0 { shift + 1 } else { 0 };
        let end = if over { shift + room - 1 } else { total };

        let mut text = String::new();
        let mut known: Vec<(usize, usize)> = Vec::new();
        if shift > 0 {
            text.push(CUT);
        }
        for cell in &cells {
            if cell.column + cell.width <= begin && cell.width > 0 || cell.column >= end {
                continue;
            }
            known.push((cell.at, text.len()));
            if cell.column < begin || cell.column + cell.width > end {
                // Half of a wide character lies outside.
                text.push(' ');
            } else {
                text.push_str(&cell.shown);
            }
        }
        let last = text.len();
        if over {
            text.push(CUT);
        }
        let place = |at: usize| known.iter().find(|(from, _)| *from >= at).map_or(last, |(_, to)| *to);
        let labels = marks.iter().enumerate().map(|(at, mark)| {
            let (from, to) = columns(mark);
            let stem = usize::midpoint(from.max(begin), to.min(end.max(from + 1))) - shift.min(from);
            let left = room.saturating_sub(stem + 4);
            let fits = at == 0 || from >= begin && from < end.max(1) && left >= LEAST.min(mark.text.width());
            let (start, end) = (place(mark.start), place(mark.end));
            fits.then(|| ((start, end.max(start)), wrapped(mark.text, left.max(LEAST))))
        });
        Self { labels: labels.collect(), text }
    }
}

fn cells(line: &str) -> Vec<Cell> {
    let mut column = 0;
    let mut cells = Vec::new();
    for (at, letter) in line.char_indices() {
        let (shown, width) = match letter {
            '\t' => {
                let width = TAB - column % TAB;
                (" ".repeat(width), width)
            }
            // Pictures of control characters stand for those that would move the cursor.
            '\0'..='\u{1f}' => (char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}').to_string(), 1),
            '\u{7f}' => ("\u{2421}".to_owned(), 1),
            _ if letter.is_control() || turns(letter) => ("\u{fffd}".to_owned(), 1),
            _ => (letter.to_string(), letter.width().unwrap_or(0)),
        };
        cells.push(Cell { at, shown, column, width });
        column += width;
    }
    cells
}

/// Whether a character turns the direction of the text behind it, so that a terminal would draw another program.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text in lines of so many columns, broken between words, and within those that are longer.
fn wrapped(text: &str, room: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let used = lines.last().map_or(0, |line| line.width());
        if used > 0 && used + 1 + word.width() > room {
            lines.push(String::new());
        } else if used > 0 {
            lines.iter_mut().last().into_iter().for_each(|line| line.push(' '));
        }
        for letter in word.chars() {
            let used = lines.last().map_or(0, |line| line.width());
            if used > 0 && used + letter.width().unwrap_or(0) > room {
                lines.push(String::new());
            }
            lines.iter_mut().last().into_iter().for_each(|line| line.push(letter));
        }
    }
    lines.join("\n")
}

/// The files that labels lie in, in the order of the labels.
#[must_use]
pub fn files(labels: &[Label]) -> Vec<FileId> {
    let mut files = Vec::new();
    for label in labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
}
