//! The lines of a source that a finding shows, cut to the width of the terminal.
//!
//! What a terminal could not draw in its place is replaced here: tabs, control characters, and the parts of long lines
//! that carry no label.

use super::places::{Place, Places};
use crate::diagnostic::{FileId, Label};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// Columns that the text of a label is given at least.
const TEXT: usize = 28;

/// What stands for the parts of a line that are left out.
const CUT: char = '…';

/// Lines of one file with labels on them; every label lies on one line.
#[derive(Debug)]
pub struct Excerpt {
    name: String,
    text: String,
    groups: Vec<Group>,
    labels: Vec<(LabeledSpan, Place)>,
}

/// Lines that follow each other in the file.
#[derive(Debug)]
struct Group {
    /// The number of the first line, from 0.
    first: usize,
    lines: usize,
    /// Where they stand in the text of the excerpt.
    start: usize,
    end: usize,
}

impl Excerpt {
    /// The lines around the labels, all of one file; the first label is the place of the fault.
    #[must_use]
    pub fn new(labels: &[&Label], places: &Places<'_>, width: usize) -> Self {
        let Some(span) = labels.first().map(|label| label.span) else { return Self::empty() };
        let Some(source) = places.source(span).filter(|source| !source.text.is_empty()) else { return Self::empty() };
        let starts = places.lines(span.file);
        let rows: Vec<usize> = labels.iter().map(|label| places.start(label.span).line - 1).collect();
        let mut shown: Vec<usize> = rows.iter().flat_map(|&row| row.saturating_sub(1)..=row + 1).collect();
        shown.retain(|&row| row < starts.len());
        // A last line that the file's end leaves empty is no line.
        shown.retain(|&row| starts[row] < source.text.len() || rows.contains(&row));
        shown.sort_unstable();
        shown.dedup();
        let digits = shown.last().map_or(1, |last| (last + 1).to_string().len());
        let room = width.saturating_sub(digits + 4).max(TAB);

        let mut excerpt = Self { name: source.name.clone(), ..Self::empty() };
        let mut drawn: Vec<Option<(LabeledSpan, Place)>> = labels.iter().map(|_| None).collect();
        for row in shown {
            let line = text_of(&source.text, &starts, row);
            let on: Vec<usize> = (0..labels.len()).filter(|&at| rows[at] == row).collect();
            let marks: Vec<Mark<'_>> =
                on.iter().map(|&at| Mark::new(labels[at], starts[row], line.len(), at == 0)).collect();
            let cut = Line::cut(line, &marks, room);
            let base = excerpt.start(row);
            for (&at, (span, text)) in on.iter().zip(cut.labels) {
                let span = (base + span.0, span.1 - span.0);
                let labelled = if at == 0 {
                    LabeledSpan::new_primary_with_span(Some(text), span)
                } else {
                    LabeledSpan::new_with_span(Some(text), span)
                };
                drawn[at] = Some((labelled, places.start(labels[at].span)));
            }
            excerpt.text.push_str(&cut.text);
            excerpt.text.push('\n');
            excerpt.close();
        }
        excerpt.labels = drawn.into_iter().flatten().collect();
        excerpt
    }

    fn empty() -> Self {
        Self { name: String::new(), text: String::new(), groups: Vec::new(), labels: Vec::new() }
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

    /// Begins a line of the file, in the open group if it follows that; gives where it stands.
    fn start(&mut self, row: usize) -> usize {
        let at = self.text.len();
        match self.groups.last_mut() {
            Some(group) if group.first + group.lines == row => group.lines += 1,
            _ => self.groups.push(Group { first: row, lines: 1, start: at, end: at }),
        }
        at
    }

    fn close(&mut self) {
        if let Some(group) = self.groups.last_mut() {
            group.end = self.text.len();
        }
    }
}

/// One line of a text, without its end.
fn text_of<'t>(text: &'t str, starts: &[usize], row: usize) -> &'t str {
    let end = starts.get(row + 1).map_or(text.len(), |next| next - 1);
    let line = &text[starts[row]..end];
    line.strip_suffix('\r').unwrap_or(line)
}

impl SourceCode for Excerpt {
    /// Gives the whole group that a span lies in, or the span's own place where no lines around it are asked for.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let group = self.groups.iter().find(|group| group.start <= start && end < group.end.max(1));
        let group = group.ok_or(MietteError::OutOfBounds)?;
        let exact = self.labels.iter().find(|(label, _)| before + after == 0 && label.inner() == span);
        let (line, column) = exact.map_or((group.first, 0), |(_, place)| (place.line - 1, place.column - 1));
        let data = &self.text.as_bytes()[group.start..group.end];
        let whole = SourceSpan::from((group.start, group.end - group.start));
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, whole, line, column, group.lines)))
    }
}

/// A label on a line, in bytes of that line.
struct Mark<'a> {
    start: usize,
    end: usize,
    text: &'a str,
    primary: bool,
}

impl<'a> Mark<'a> {
    /// What reaches over the end of the line is shown up to there.
    fn new(label: &'a Label, line: usize, length: usize, primary: bool) -> Self {
        let within = |at: u32| (at as usize).saturating_sub(line).min(length);
        Self { start: within(label.span.start), end: within(label.span.end), text: &label.text, primary }
    }
}

/// A line as it is drawn, and where its labels then are.
struct Line {
    text: String,
    labels: Vec<((usize, usize), String)>,
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
    fn cut(line: &str, marks: &[Mark<'_>], room: usize) -> Self {
        let cells = cells(line);
        let total = cells.last().map_or(0, |cell| cell.column + cell.width);
        let column = |at: usize| cells.iter().find(|cell| cell.at >= at).map_or(total, |cell| cell.column);
        // Where the stem of a label stands, and how far its text or its underline reaches from there.
        let stem = |mark: &Mark<'_>| usize::midpoint(column(mark.start), column(mark.end).max(column(mark.start) + 1));
        let reach = |mark: &Mark<'_>| (stem(mark) + 4 + mark.text.width().min(TEXT)).max(column(mark.end));
        let wanted = marks.iter().map(reach).max().unwrap_or(0);
        let first = marks.iter().find(|mark| mark.primary).or(marks.first()).map_or(0, |mark| column(mark.start));
        // One column of the window is the sign that something is left out.
        let shift = if wanted > room { (wanted - room + 1).min(first.saturating_sub(2)) } else { 0 };
        let over = total > shift + room;
        let end = if over { shift + room - 1 } else { total };

        let mut text = String::new();
        let mut known: Vec<(usize, usize)> = Vec::new();
        if shift > 0 {
            text.push(CUT);
        }
        let begin = if shift > 0 { shift + 1 } else { 0 };
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
        let labels = marks.iter().map(|mark| {
            let left = stem(mark).saturating_sub(shift) + 4;
            let text = wrapped(mark.text, room.saturating_sub(left).max(TEXT / 2));
            let (start, end) = (place(mark.start), place(mark.end));
            ((start, end.max(start)), text)
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

/// A text in lines of so many columns, broken between words.
fn wrapped(text: &str, room: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |line| line.width());
        if line > 0 && line + 1 + word.width() > room {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
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
