//! Tables that are text: with tabs, with commas, of JSON objects.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::super::super::error::DataError;
use super::super::text::{Fault, Text};
use super::{Rows, columns_fit};

/// What reading met, as a fault of the file.
fn met(path: &Path, error: &io::Error) -> DataError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
        Some(fault) => DataError::file(format!("{} {}", path.display(), fault.reason), fault.cure.clone()),
        None => DataError::unreadable(path, error),
    }
}

/// Rows of cells that a tab or a comma parts. Cells with commas may stand in quotes (RFC 4180); a quote in a table with tabs is
/// a letter as any other.
pub struct Delimited<R> {
    path: PathBuf,
    reader: csv::Reader<Text<R>>,
    columns: Vec<String>,
    record: csv::StringRecord,
    row: u64,
    /// Whether the last cell of the last row has a line break in it.
    broken: bool,
}

impl<R: Read> Delimited<R> {
    pub fn open(path: &Path, from: R, delimiter: u8) -> Result<Self, DataError> {
        let text = Text::new(from).map_err(|error| met(path, &error))?;
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).quoting(delimiter == b',').from_reader(text);
        let columns = reader.headers().map_err(|error| broken(path, 0, error))?;
        let columns: Vec<String> = columns.iter().map(|name| name.trim().to_owned()).collect();
        columns_fit(path, &columns)?;
        Ok(Self { path: path.to_owned(), reader, columns, record: csv::StringRecord::new(), row: 0, broken: false })
    }
}

fn broken(path: &Path, row: u64, error: csv::Error) -> DataError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => met(path, &error),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let columns = if len == 1 { "1 column".to_owned() } else { format!("{len} columns") };
            let reason = format!("{}: row {row} has {columns}, but the header has {expected_len}", path.display());
            DataError::file(reason, "give every row as many columns as the header")
        }
        other => {
            DataError::file(format!("{}: row {row}: {other:?}", path.display()), "write it again with one line a row")
        }
    }
}

impl<R: Read> Rows for Delimited<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, cells: &mut Vec<String>) -> Result<bool, DataError> {
        self.row += 1;
        self.reader.get_mut().renew();
        let more = self.reader.read_record(&mut self.record).map_err(|error| broken(&self.path, self.row, error))?;
        if !more && self.broken && self.reader.get_ref().last() != b'"' {
            let reason = format!("{}: row {} opens a quote that nothing closes", self.path.display(), self.row - 1);
            return Err(DataError::file(reason, "close it; a quote within a cell is written twice"));
        }
        cells.clear();
        if more {
            self.broken = self.record.iter().next_back().is_some_and(|cell| cell.contains('\n'));
            cells.extend(self.record.iter().map(|cell| cell.trim().to_owned()));
        }
        Ok(more)
    }
}

/// The keys of an object and their values, in the order in which they are written.
struct Object(Vec<(String, Value)>);

impl Object {
    /// The value of a key, which is looked for at its place in the first object and then everywhere.
    fn get(&self, key: &str, place: usize) -> Option<&Value> {
        let there = self.0.get(place).filter(|(known, _)| known == key);
        there.or_else(|| self.0.iter().find(|(known, _)| known == key)).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        from.deserialize_map(Pairs)
    }
}

/// A JSON object a line, all with the same keys; lines without anything are passed over.
pub struct Lines<R> {
    path: PathBuf,
    reader: BufReader<Text<R>>,
    columns: Vec<String>,
    /// The first object, from which the columns are known.
    first: Option<Object>,
    line: u64,
}

impl<R: Read> Lines<R> {
    pub fn open(path: &Path, from: R) -> Result<Self, DataError> {
        let text = Text::new(from).map_err(|error| met(path, &error))?;
        let reader = BufReader::new(text);
        let mut lines = Self { path: path.to_owned(), reader, columns: Vec::new(), first: None, line: 0 };
        lines.first = lines.object()?;
        if let Some(object) = &lines.first {
            lines.columns = object.0.iter().map(|(key, _)| key.clone()).collect();
        }
        columns_fit(path, &lines.columns)?;
        Ok(lines)
    }

    fn fault(&self, reason: &str, cure: &str) -> DataError {
        DataError::file(format!("{}: line {} {reason}", self.path.display(), self.line), cure)
    }

    /// The object of the next line that has one.
    fn object(&mut self) -> Result<Option<Object>, DataError> {
        let mut line = String::new();
        loop {
            self.line += 1;
            line.clear();
            self.reader.get_mut().renew();
            if self.reader.read_line(&mut line).map_err(|error| met(&self.path, &error))? == 0 {
                return Ok(None);
            }
            if !line.trim().is_empty() {
                let object = serde_json::from_str::<Object>(&line);
                let told = |error: serde_json::Error| {
                    // The line of the file is told; the one within the text that was read is always the first.
                    let reason = error.to_string().replace(" at line 1 column ", ", column ");
                    self.fault(&format!("is no JSON object: {reason}"), "write one object a line")
                };
                return object.map(Some).map_err(told);
            }
        }
    }
}

impl<R: Read> Rows for Lines<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, cells: &mut Vec<String>) -> Result<bool, DataError> {
        cells.clear();
        let first = self.first.take();
        let Some(object) = (if first.is_some() { first } else { self.object()? }) else { return Ok(false) };
        let cure = "give every line the same keys";
        for (place, column) in self.columns.iter().enumerate() {
            cells.push(match object.get(column, place) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Bool(truth)) => truth.to_string(),
                Some(Value::Null) => String::new(),
                Some(Value::Array(_)) => return Err(self.nested(column, "a list")),
                Some(Value::Object(_)) => return Err(self.nested(column, "an object")),
                None => return Err(self.fault(&format!("has no text or number `{column}`"), cure)),
            });
        }
        if object.0.len() != self.columns.len() {
            let reason = format!("has {} keys, but the first {}", object.0.len(), self.columns.len());
            return Err(self.fault(&reason, cure));
        }
        Ok(true)
    }
}

impl<R> Lines<R> {
    fn nested(&self, column: &str, what: &str) -> DataError {
        let reason = format!("{}: line {}: `{column}` is {what}", self.path.display(), self.line);
        DataError::file(reason, "give every key a text, a number, true or false")
    }
}
