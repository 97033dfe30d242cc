//! RFC 4180 with line feeds: a head, then a line for each row; what a row has not is empty.

use super::{Exporter, Layout, Row, Run, Value};
use std::io::{self, Write};

/// Writes the head at once.
pub struct Csv<W: Write> {
    layout: Layout,
    out: csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    /// # Errors
    /// If the head cannot be written.
    pub fn new(layout: Layout, out: W) -> io::Result<Self> {
        let mut out = csv::WriterBuilder::new().from_writer(out);
        out.write_record(layout.columns.iter().map(|column| column.name.as_str())).map_err(inner)?;
        Ok(Self { layout, out })
    }
}

impl<W: Write> Exporter for Csv<W> {
    fn row(&mut self, run: &Run<'_>, row: &Row<'_>) -> io::Result<()> {
        for value in self.layout.values(run, row) {
            match value {
                Value::Missing => self.out.write_field(""),
                Value::Text(text) => self.out.write_field(text),
                Value::Whole(number) => self.out.write_field(number.to_string()),
                Value::Real(number) => self.out.write_field(serde_json::to_string(&number)?),
            }
            .map_err(inner)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(inner)
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The error of the file system itself, by whose kind it is known.
fn inner(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
