//! The columns of a table: how many different values each has, between which numbers they lie, what is missing.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

/// Different values that are counted in all columns together; beyond, counts are lower bounds.
const COUNTED: usize = 4 << 20;
/// First values that are kept of a column, and their letters.
const KEPT: (usize, usize) = (8, 64);

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Whole numbers.
    Whole,
    /// Numbers.
    Number,
    /// Text of which every value stands in two rows or more, in the mean.
    Label,
    /// Any other text.
    Text,
    /// Nothing stands in any row.
    Empty,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Type,
    /// Different values.
    pub distinct: u64,
    /// Whether there may be more.
    pub at_least: bool,
    /// Rows in which nothing stands, and the first of them, from 1.
    pub empty: u64,
    pub first_empty: Option<u64>,
    /// The least and the greatest number.
    pub range: Option<(f64, f64)>,
    /// Rows of NaN and infinity among numbers, and the first of them.
    pub not_finite: u64,
    pub first_not_finite: Option<u64>,
    /// The first different values, cut after 64 letters.
    pub first: Vec<String>,
}

impl Column {
    /// Whether each of so many rows has another value.
    #[must_use]
    pub fn names_rows(&self, rows: u64) -> bool {
        self.distinct == rows && self.empty == 0 && !self.at_least
    }
}

/// Columns while rows are added.
pub struct Gathered {
    rows: u64,
    counted: usize,
    columns: Vec<(Column, Seen)>,
}

struct Seen {
    values: HashSet<u64>,
    numbers: bool,
    whole: bool,
    range: (f64, f64),
}

impl Gathered {
    pub fn new(names: &[String]) -> Self {
        let column = |name: &String| {
            let seen =
                Seen { values: HashSet::new(), numbers: true, whole: true, range: (f64::INFINITY, f64::NEG_INFINITY) };
            let column = Column {
                name: name.clone(),
                kind: Type::Empty,
                distinct: 0,
                at_least: false,
                empty: 0,
                first_empty: None,
                range: None,
                not_finite: 0,
                first_not_finite: None,
                first: Vec::new(),
            };
            (column, seen)
        };
        Self { rows: 0, counted: 0, columns: names.iter().map(column).collect() }
    }

    pub fn add(&mut self, cells: &[String]) {
        self.rows += 1;
        for ((column, seen), cell) in self.columns.iter_mut().zip(cells) {
            if cell.is_empty() {
                column.empty += 1;
                column.first_empty.get_or_insert(self.rows);
                continue;
            }
            if self.counted < COUNTED {
                // Two texts of the same 64 bits are not met by chance.
                let mut hasher = DefaultHasher::new();
                cell.hash(&mut hasher);
                if seen.values.insert(hasher.finish()) {
                    self.counted += 1;
                    if column.first.len() < KEPT.0 {
                        column.first.push(cell.chars().take(KEPT.1).collect());
                    }
                }
            } else {
                column.at_least = true;
            }
            if !seen.numbers {
                continue;
            }
            match cell.parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    seen.range = (seen.range.0.min(number), seen.range.1.max(number));
                    seen.whole &= cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'+');
                }
                Ok(_) => {
                    column.not_finite += 1;
                    column.first_not_finite.get_or_insert(self.rows);
                }
                Err(_) => seen.numbers = false,
            }
        }
    }

    /// The rows, and the columns.
    pub fn done(self) -> (u64, Vec<Column>) {
        let rows = self.rows;
        let finish = |(mut column, seen): (Column, Seen)| {
            column.distinct = seen.values.len() as u64;
            let filled = rows - column.empty;
            // Words such as `nan` alone are text.
            let numbers = seen.numbers && seen.range.0.is_finite();
            if numbers {
                column.range = Some(seen.range);
            } else {
                (column.not_finite, column.first_not_finite) = (0, None);
            }
            column.kind = match numbers {
                _ if filled == 0 => Type::Empty,
                true if seen.whole && column.not_finite == 0 => Type::Whole,
                true => Type::Number,
                false if column.distinct.saturating_mul(2) <= filled && !column.at_least => Type::Label,
                false => Type::Text,
            };
            column
        };
        (rows, self.columns.into_iter().map(finish).collect())
    }
}
