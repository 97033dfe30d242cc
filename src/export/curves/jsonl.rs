//! A line of JSON for each row, with every column in order; what a row has not is `null`.

use super::{Exporter, Layout, Row, Run, Value};
use std::io::{self, Write};

/// Writes lines.
pub struct Jsonl<W> {
    layout: Layout,
    out: W,
    line: String,
}

impl<W: Write> Jsonl<W> {
    #[must_use]
    pub const fn new(layout: Layout, out: W) -> Self {
        Self { layout, out, line: String::new() }
    }
}

impl<W: Write> Exporter for Jsonl<W> {
    fn row(&mut self, run: &Run<'_>, row: &Row<'_>) -> io::Result<()> {
        self.line.clear();
        let values = self.layout.values(run, row);
        for (place, (column, value)) in self.layout.columns.iter().zip(values).enumerate() {
            self.line.push(if place == 0 { '{' } else { ',' });
            self.line.push_str(&serde_json::to_string(&column.name)?);
            self.line.push(':');
            self.line.push_str(&match value {
                Value::Missing => "null".into(),
                Value::Text(text) => serde_json::to_string(text)?,
                Value::Whole(number) => number.to_string(),
                Value::Real(number) => serde_json::to_string(&number)?,
            });
        }
        self.line.push_str("}\n");
        self.out.write_all(self.line.as_bytes())
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
