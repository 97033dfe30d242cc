//! Tables of words: what their columns are, which labels each has, and what is wrong with them.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use super::error::DataError;
use super::files::tables::{self, Layout};

/// The largest file of a table that is read, in bytes.
pub const LARGEST: u64 = 256 << 20;

/// A table: one row an item, a column that names it, the others its attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableSpec {
    /// Where it lies; no part of an identity.
    #[serde(skip)]
    pub path: String,
    /// The BLAKE3 hash of the whole file, in hexadecimal.
    pub hash: String,
    /// The column that names the rows.
    pub key: String,
    pub rows: usize,
    /// Every other column with its distinct values in alphabetical order; a label is the place of a value there.
    #[serde(skip)]
    pub attributes: Vec<(String, Vec<String>)>,
    /// The names of the rows.
    #[serde(skip)]
    pub names: Arc<Vec<String>>,
    /// The labels of every row, `[rows, attributes]`.
    #[serde(skip)]
    pub labels: Arc<Vec<u32>>,
}

impl TableSpec {
    /// Reads what a table holds from the bytes of its file. `key` is the column that names the rows; the first column where none is
    /// given. Takes memory for its different texts, and for one row.
    ///
    /// # Errors
    /// [`DataError::Column`] where it has no such key; [`DataError::File`] with the row and column of what is malformed, counting rows
    /// from 1 below the header.
    pub fn read(path: &str, bytes: &[u8], key: Option<&str>) -> Result<Self, DataError> {
        let place = Path::new(path);
        let Some(layout) = Layout::of(place) else {
            let reason = format!("{path} is no table that is read");
            return Err(DataError::file(reason, "give it a name that ends in .tsv, .csv, .jsonl or .parquet"));
        };
        if bytes.is_empty() {
            return Err(DataError::file(
                format!("{path} is empty"),
                "write a line with the names of the columns, and rows",
            ));
        }
        let mut rows = tables::open(place, layout, Cursor::new(bytes))?;
        let columns = rows.columns().to_vec();
        headed(path, &columns)?;
        let named = key.map_or(Some(0), |key| columns.iter().position(|column| column == key));
        let Some(named) = named else {
            let column = key.unwrap_or_default().to_owned();
            return Err(DataError::Column { path: place.to_owned(), column, columns });
        };
        let mut columns: Vec<Column> = columns.into_iter().map(Column::new).collect();
        let (mut cells, mut count) = (Vec::new(), 0);
        while rows.next(&mut cells)? {
            count += 1;
            if let Some(empty) = cells.iter().position(String::is_empty) {
                let reason = format!("{path}: row {count}, column `{}` is empty", columns[empty].name);
                return Err(DataError::file(reason, "write a value, or leave the row out"));
            }
            if let Some((first, _)) = columns[named].values.get(&cells[named]) {
                let reason = format!("{path}: row {count} names `{}` again, as row {first} does", cells[named]);
                return Err(DataError::file(reason, "name every row differently"));
            }
            for (column, cell) in columns.iter_mut().zip(&mut cells) {
                column.add(std::mem::take(cell), count);
            }
        }
        if count == 0 {
            return Err(DataError::file(format!("{path} has no rows"), "write a row for each item"));
        }
        if columns.len() < 2 {
            return Err(DataError::file(format!("{path} has one column, so no attribute"), "add a column of labels"));
        }
        if let Some((column, row)) = columns.iter().find_map(|column| Some((column, column.odd()?))) {
            let reason = format!("{path}: row {row}, column `{}` is no number, though all others are", column.name);
            return Err(DataError::file(reason, "write the number, or leave the row out"));
        }
        let key = columns.remove(named);
        let mut names: Vec<(u32, String)> = key.values.into_iter().map(|(name, (_, order))| (order, name)).collect();
        names.sort_unstable();
        let names = Arc::new(names.into_iter().map(|(_, name)| name).collect());
        let ranks: Vec<Vec<u32>> = columns.iter().map(Column::ranks).collect();
        let mut labels = Vec::with_capacity(count * columns.len());
        for row in 0..count {
            labels.extend(columns.iter().zip(&ranks).map(|(column, ranks)| ranks[column.cells[row] as usize]));
        }
        let attributes = columns.into_iter().map(|column| (column.name, column.values.into_keys().collect())).collect();
        let (hash, labels) = (blake3::hash(bytes).to_hex().to_string(), Arc::new(labels));
        Ok(Self { path: path.into(), hash, key: key.name, rows: count, attributes, names, labels })
    }

    /// The different texts that the table holds, in alphabetical order.
    #[must_use]
    pub fn texts(&self) -> BTreeSet<&str> {
        let values = self.attributes.iter().flat_map(|(_, values)| values);
        self.names.iter().chain(values).map(String::as_str).collect()
    }

    /// The text of a column in every row; none where there is no such column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Vec<&str>> {
        if name == self.key {
            return Some(self.names.iter().map(String::as_str).collect());
        }
        let place = self.attributes.iter().position(|(known, _)| known == name)?;
        let values = &self.attributes[place].1;
        let labels = self.labels.iter().skip(place).step_by(self.attributes.len());
        Some(labels.map(|&label| values[label as usize].as_str()).collect())
    }
}

/// A table that is larger than [`LARGEST`].
#[must_use]
pub fn too_large(path: &str) -> DataError {
    let reason = format!("{path} is larger than {} MiB", LARGEST >> 20);
    DataError::file(reason, "leave out the columns and rows that no task uses")
}

/// A column: its different values, each with the row that has it first and how many others were before it; and which of them each
/// row has.
struct Column {
    name: String,
    values: BTreeMap<String, (usize, u32)>,
    cells: Vec<u32>,
}

impl Column {
    fn new(name: String) -> Self {
        Self { name, values: BTreeMap::new(), cells: Vec::new() }
    }

    fn add(&mut self, cell: String, row: usize) {
        let next = self.values.len() as u32;
        self.cells.push(self.values.entry(cell).or_insert((row, next)).1);
    }

    /// For each value in the order in which they came, its place in alphabetical order.
    fn ranks(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.values.len()];
        for (rank, (_, order)) in self.values.values().enumerate() {
            ranks[*order as usize] = rank as u32;
        }
        ranks
    }

    /// The row of a value such as `nan` in a column of numbers, which would be a label of its own.
    fn odd(&self) -> Option<usize> {
        let mut numbers = self.values.iter().map(|(cell, (row, _))| (cell.parse::<f64>(), *row));
        let finite = |number: &f64| number.is_finite();
        if !numbers.clone().all(|(number, _)| number.is_ok())
            || !numbers.clone().any(|(number, _)| number.is_ok_and(|n| finite(&n)))
        {
            return None;
        }
        numbers.find_map(|(number, row)| number.ok().filter(|number| !finite(number)).map(|_| row))
    }
}

fn headed(path: &str, columns: &[String]) -> Result<(), DataError> {
    for (at, column) in columns.iter().enumerate() {
        let plain = column.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if column.is_empty() || !plain {
            let reason = format!("{path}: column {} is named `{column}`", at + 1);
            return Err(DataError::file(reason, "name columns in snake_case in the first line"));
        }
    }
    Ok(())
}
