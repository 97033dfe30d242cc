//! Tables of text: what their columns are, which labels each has, and what is wrong with them.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// What is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFault {
    pub reason: String,
    pub cure: String,
    /// Whether it is the key that the table does not have.
    pub of_key: bool,
}

fn fault(reason: String, cure: &str) -> TableFault {
    TableFault { reason, cure: cure.into(), of_key: false }
}

/// How a file writes its table, as its name says.
#[derive(Clone, Copy)]
enum Format {
    Tabs,
    Commas,
    Lines,
}

impl TableSpec {
    /// Reads what a table holds. `key` is the column that names the rows; the first column where none is given.
    ///
    /// # Errors
    /// Says the row and column of what is malformed, counting rows from 1 below the header.
    pub fn read(path: &str, text: &str, key: Option<&str>) -> Result<Self, TableFault> {
        let ending = path.rsplit('.').next().unwrap_or_default();
        let format = match ending {
            "tsv" => Format::Tabs,
            "csv" => Format::Commas,
            "jsonl" => Format::Lines,
            _ => {
                let reason = format!("{path} is no table that is read");
                return Err(fault(reason, "give it a name that ends in .tsv, .csv or .jsonl"));
            }
        };
        let (columns, rows) = match format {
            Format::Tabs => delimited(path, text, b'\t')?,
            Format::Commas => delimited(path, text, b',')?,
            Format::Lines => lines(path, text)?,
        };
        if rows.is_empty() {
            return Err(fault(format!("{path} has no rows"), "write a row for each item"));
        }
        let named = key.map_or(Some(0), |key| columns.iter().position(|column| column == key));
        let Some(named) = named else {
            let reason = format!("{path} has no column `{}`", key.unwrap_or_default());
            return Err(TableFault { reason, cure: format!("the columns are {}", columns.join(", ")), of_key: true });
        };
        let mut seen = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            if let Some(first) = seen.insert(&row[named], at) {
                let reason = format!("{path}: row {} names `{}` again, as row {} does", at + 1, row[named], first + 1);
                return Err(fault(reason, "name every row differently"));
            }
        }
        let mut attributes: Vec<(String, Vec<String>)> = Vec::new();
        for (place, column) in columns.iter().enumerate().filter(|(place, _)| *place != named) {
            let values: BTreeSet<&String> = rows.iter().map(|row| &row[place]).collect();
            attributes.push((column.clone(), values.into_iter().cloned().collect()));
        }
        let mut labels = Vec::with_capacity(rows.len() * attributes.len());
        for row in &rows {
            let cells = row.iter().enumerate().filter(|(place, _)| *place != named);
            labels.extend(
                cells
                    .zip(&attributes)
                    .filter_map(|((_, cell), (_, values))| values.binary_search(cell).ok().map(|label| label as u32)),
            );
        }
        if attributes.is_empty() {
            return Err(fault(format!("{path} has one column, so no attribute"), "add a column of labels"));
        }
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        let names: Vec<String> = rows.iter().map(|row| row[named].clone()).collect();
        let (names, labels) = (Arc::new(names), Arc::new(labels));
        Ok(Self { path: path.into(), hash, key: columns[named].clone(), rows: rows.len(), attributes, names, labels })
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

type Table = (Vec<String>, Vec<Vec<String>>);

fn delimited(path: &str, text: &str, delimiter: u8) -> Result<Table, TableFault> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).quoting(delimiter == b',').from_reader(text.as_bytes());
    let broken = |error: csv::Error| match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let row = pos.as_ref().map_or(0, csv::Position::record);
            let reason = format!("{path}: row {row} has {len} columns, but the header has {expected_len}");
            fault(reason, "give every row as many columns as the header")
        }
        _ => fault(format!("{path}: {error}"), "write it again with one line a row"),
    };
    let columns: Vec<String> = reader.headers().map_err(broken)?.iter().map(|name| name.trim().to_string()).collect();
    headed(path, &columns)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let row: Vec<String> = record.iter().map(|cell| cell.trim().to_string()).collect();
        if let Some(empty) = row.iter().position(String::is_empty) {
            let reason = format!("{path}: row {}, column `{}` is empty", rows.len() + 1, columns[empty]);
            return Err(fault(reason, "write a value, or leave the row out"));
        }
        rows.push(row);
    }
    Ok((columns, rows))
}

fn headed(path: &str, columns: &[String]) -> Result<(), TableFault> {
    for (at, column) in columns.iter().enumerate() {
        let plain = column.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if column.is_empty() || !plain {
            let reason = format!("{path}: column {} is named `{column}`", at + 1);
            return Err(fault(reason, "name columns in snake_case in the first line"));
        }
        if columns[..at].contains(column) {
            return Err(fault(format!("{path} has two columns `{column}`"), "rename one of them"));
        }
    }
    Ok(())
}

fn lines(path: &str, text: &str) -> Result<Table, TableFault> {
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).map_err(|error| {
            fault(format!("{path}: line {} is no JSON object: {error}", at + 1), "write one object a line")
        })?;
        if columns.is_empty() {
            columns = object.keys().cloned().collect();
            headed(path, &columns)?;
        }
        let mut row = Vec::new();
        for column in &columns {
            let cell = match object.get(column) {
                Some(serde_json::Value::String(text)) if !text.is_empty() => text.clone(),
                Some(serde_json::Value::Number(number)) => number.to_string(),
                Some(serde_json::Value::Bool(truth)) => truth.to_string(),
                _ => {
                    let reason = format!("{path}: line {} has no text or number `{column}`", at + 1);
                    return Err(fault(reason, "give every line the same keys"));
                }
            };
            row.push(cell);
        }
        if object.len() != columns.len() {
            let reason = format!("{path}: line {} has {} keys, but the first {}", at + 1, object.len(), columns.len());
            return Err(fault(reason, "give every line the same keys"));
        }
        rows.push(row);
    }
    Ok((columns, rows))
}
