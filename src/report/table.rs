//! A table of words, and the forms it can be written in.

use super::{latex, markup, terminal};

/// On which side the cells of a column are flush.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    #[default]
    Left,
    Right,
}

/// The head of one column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    pub title: String,
    pub align: Align,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn left(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left }
    }

    /// A column of numbers.
    #[must_use]
    pub fn right(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Right }
    }
}

/// Rows under headed columns, with a title above and notes below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub title: String,
    pub columns: Vec<Column>,
    /// Short rows are filled with empty cells; cells past the last column are dropped.
    pub rows: Vec<Vec<String>>,
    pub notes: Vec<String>,
}

/// The form a table is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Unicode,
    Ascii,
    Markdown,
    Csv,
    /// A `table` with the rules of the booktabs package.
    Latex,
    Json,
}

impl Table {
    /// The text of one cell, empty where the row is short.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|cells| cells.get(column)).map_or("", String::as_str)
    }
}

/// Writes the table, ending in a newline.
///
/// `width` bounds the lines of the terminal styles; the other styles have no width.
#[must_use]
pub fn render(table: &Table, style: Style, width: Option<usize>) -> String {
    match style {
        Style::Unicode => terminal::draw(table, '─', width),
        Style::Ascii => terminal::draw(&markup::to_ascii(table), '-', width),
        Style::Markdown => markup::markdown(table),
        Style::Csv => markup::csv(table),
        Style::Latex => latex::latex(table),
        Style::Json => markup::json(table),
    }
}
