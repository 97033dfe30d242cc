//! The lines of the result, and the columns of the comments behind them.

use super::structure::Comment;

/// The least space between a line and the comment behind it.
const GAP: usize = 2;

/// Lines being written.
#[derive(Default)]
pub(super) struct Page<'s> {
    lines: Vec<Line<'s>>,
    /// Characters on the last line.
    pub column: usize,
    /// How far the last line is indented.
    pub indent: usize,
}

#[derive(Default)]
struct Line<'s> {
    text: String,
    beside: Option<Comment<'s>>,
}

impl<'s> Page<'s> {
    /// Begins a line.
    pub fn line(&mut self, indent: usize) {
        self.lines.push(Line { text: " ".repeat(indent), beside: None });
        self.column = indent;
        self.indent = indent;
    }

    /// Leaves a line blank.
    pub fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    /// Leaves a line blank before the line of this number.
    pub fn blank_before(&mut self, line: usize) {
        self.lines.insert(line, Line::default());
    }

    /// How many lines there are.
    pub fn height(&self) -> usize {
        self.lines.len()
    }

    /// Goes on with the last line.
    pub fn push(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.text.push_str(text);
            self.column += text.chars().count();
        }
    }

    /// Puts a comment behind the last line.
    pub fn beside(&mut self, comment: Comment<'s>) {
        if let Some(line) = self.lines.last_mut() {
            line.beside = Some(comment);
        }
    }

    /// The text of all lines.
    pub fn finish(self) -> String {
        let columns = self.columns();
        let mut text = String::with_capacity(self.lines.iter().map(|line| line.text.len() + 1).sum());
        for (line, column) in self.lines.iter().zip(columns) {
            text.push_str(&line.text);
            if let Some(comment) = line.beside {
                let gap = column.saturating_sub(line.text.chars().count());
                text.extend(std::iter::repeat_n(' ', gap));
                text.push_str(comment.text);
            }
            text.push('\n');
        }
        text
    }

    /// The column of the comment behind each line, 0 where there is none.
    ///
    /// Comments that stood in one column, with no blank line and no comment in another column between them, stay in
    /// one. The narrowest gap among them stays as wide as it was.
    fn columns(&self) -> Vec<usize> {
        let mut columns = vec![0; self.lines.len()];
        let mut run: Vec<usize> = Vec::new();
        let mut set = |run: &mut Vec<usize>| {
            let lines = || run.iter().map(|at| &self.lines[*at]);
            let longest = lines().map(|line| line.text.chars().count()).max().unwrap_or(0);
            let gap = lines().filter_map(|line| line.beside).map(|comment| comment.gap).min().unwrap_or(0);
            run.drain(..).for_each(|at| columns[at] = longest + gap.max(GAP));
        };
        for (at, line) in self.lines.iter().enumerate() {
            let blank = line.text.is_empty();
            let other = line.beside.is_some_and(|comment| {
                let last = run.last().and_then(|last| self.lines[*last].beside);
                last.is_some_and(|last| last.column != comment.column)
            });
            if blank || other {
                set(&mut run);
            }
            if line.beside.is_some() {
                run.push(at);
            }
        }
        set(&mut run);
        columns
    }
}
