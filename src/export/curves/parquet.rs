//! Apache Parquet (<https://parquet.apache.org/docs/file-format/>): flat columns, not compressed. Text has a dictionary for
//! each row group, since a study has few words and many rows; numbers stand as they are. Memory holds one row group.

use super::thrift::{Struct, varint};
use super::{Column, Exporter, Kind, Layout, Row, Run, Value};
use std::collections::HashMap;
use std::io::{self, Write};

/// Around every file.
const MAGIC: &[u8; 4] = b"PAR1";
/// Rows of a group: some MB in memory.
pub const GROUP: usize = 1 << 16;

/// The numbers of the format's words.
mod word {
    pub const INT64: i32 = 2;
    pub const DOUBLE: i32 = 5;
    pub const BYTE_ARRAY: i32 = 6;
    pub const REQUIRED: i32 = 0;
    pub const OPTIONAL: i32 = 1;
    pub const UTF8: i32 = 0;
    pub const DATA_PAGE: i32 = 0;
    pub const DICTIONARY_PAGE: i32 = 2;
    pub const PLAIN: i32 = 0;
    pub const RLE: i32 = 3;
    pub const RLE_DICTIONARY: i32 = 8;
    pub const UNCOMPRESSED: i32 = 0;
}

/// Writes row groups as they fill, and the footer at the end.
pub struct Parquet<W> {
    layout: Layout,
    out: W,
    /// Bytes that were written.
    at: u64,
    group: Vec<Chunk>,
    rows: usize,
    most: usize,
    groups: Vec<Struct>,
    written: u64,
}

/// A column of the row group that is gathered.
#[derive(Default)]
struct Chunk {
    /// Whether a row has something there.
    there: Vec<bool>,
    /// The values of numbers, plain.
    plain: Vec<u8>,
    /// The values of texts, as places in the dictionary.
    places: Vec<u32>,
    dictionary: HashMap<String, u32>,
    /// The texts of the dictionary, plain, in the order of their places.
    texts: Vec<u8>,
}

impl<W: Write> Parquet<W> {
    /// A file in groups of [`GROUP`] rows.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(layout: Layout, out: W) -> io::Result<Self> {
        Self::grouped(layout, out, GROUP)
    }

    /// A file in groups of so many rows.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn grouped(layout: Layout, out: W, most: usize) -> io::Result<Self> {
        let group = layout.columns.iter().map(|_| Chunk::default()).collect();
        let mut file = Self { layout, out, at: 0, group, rows: 0, most, groups: Vec::new(), written: 0 };
        file.write(MAGIC)?;
        Ok(file)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn close_group(&mut self) -> io::Result<()> {
        let (rows, start) = (self.rows, self.at);
        let mut chunks = Vec::with_capacity(self.group.len());
        for place in 0..self.group.len() {
            let chunk = std::mem::take(&mut self.group[place]);
            let column = self.layout.columns[place].clone();
            chunks.push(self.chunk(&column, &chunk)?);
        }
        let bytes = (self.at - start) as i64;
        self.groups.push(Struct::default().structs(1, chunks).i64(2, bytes).i64(3, rows as i64));
        self.written += rows as u64;
        self.rows = 0;
        Ok(())
    }

    /// Writes the pages of a column, and gives what the footer says of them.
    fn chunk(&mut self, column: &Column, chunk: &Chunk) -> io::Result<Struct> {
        let start = self.at;
        let rows = chunk.there.len() as i32;
        let mut encodings = vec![word::PLAIN, word::RLE];
        if column.kind == Kind::Text {
            let entries = Struct::default().i32(1, chunk.dictionary.len() as i32).i32(2, word::PLAIN);
            self.page(word::DICTIONARY_PAGE, 7, entries, &chunk.texts)?;
            encodings.push(word::RLE_DICTIONARY);
        }
        let data = self.at;
        let mut page = Vec::new();
        if column.gaps {
            let levels = hybrid(chunk.there.iter().map(|&there| u32::from(there)), chunk.there.len(), 1);
            page.extend((levels.len() as u32).to_le_bytes());
            page.extend(levels);
        }
        let encoding = if column.kind == Kind::Text {
            let bits = (chunk.dictionary.len().max(2) - 1).ilog2() + 1;
            page.push(bits as u8);
            page.extend(hybrid(chunk.places.iter().copied(), chunk.places.len(), bits));
            word::RLE_DICTIONARY
        } else {
            page.extend_from_slice(&chunk.plain);
            word::PLAIN
        };
        let told = Struct::default().i32(1, rows).i32(2, encoding).i32(3, word::RLE).i32(4, word::RLE);
        self.page(word::DATA_PAGE, 5, told, &page)?;
        let bytes = (self.at - start) as i64;
        let mut meta = Struct::default()
            .i32(1, physical(column.kind))
            .numbers(2, &encodings)
            .texts(3, &[&column.name])
            .i32(4, word::UNCOMPRESSED)
            .i64(5, rows.into())
            .i64(6, bytes)
            .i64(7, bytes)
            .i64(9, data as i64);
        if data > start {
            meta = meta.i64(11, start as i64);
        }
        Ok(Struct::default().i64(2, 0).inner(3, meta))
    }

    /// Writes a page behind its header.
    fn page(&mut self, kind: i32, field: u8, told: Struct, bytes: &[u8]) -> io::Result<()> {
        let size = i32::try_from(bytes.len()).map_err(|_| io::Error::other("a page of more than 2 GB"))?;
        let header = Struct::default().i32(1, kind).i32(2, size).i32(3, size).inner(field, told);
        self.write(&header.done())?;
        self.write(bytes)
    }
}

impl<W: Write> Exporter for Parquet<W> {
    fn row(&mut self, run: &Run<'_>, row: &Row<'_>) -> io::Result<()> {
        for (chunk, value) in self.group.iter_mut().zip(self.layout.values(run, row)) {
            chunk.add(value);
        }
        self.rows += 1;
        if self.rows == self.most { self.close_group() } else { Ok(()) }
    }

    fn end(&mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.close_group()?;
        }
        let root = Struct::default().text(4, "schema").i32(5, self.layout.columns.len() as i32);
        let schema = std::iter::once(root).chain(self.layout.columns.iter().map(element)).collect();
        let footer = Struct::default()
            .i32(1, 1)
            .structs(2, schema)
            .i64(3, self.written as i64)
            .structs(4, std::mem::take(&mut self.groups))
            .text(6, concat!("icl version ", env!("CARGO_PKG_VERSION")))
            .done();
        self.write(&footer)?;
        self.write(&(footer.len() as u32).to_le_bytes())?;
        self.write(MAGIC)?;
        self.out.flush()
    }
}

impl Chunk {
    fn add(&mut self, value: Value<'_>) {
        self.there.push(value != Value::Missing);
        match value {
            Value::Missing => {}
            Value::Whole(number) => self.plain.extend(number.to_le_bytes()),
            Value::Real(number) => self.plain.extend(number.to_le_bytes()),
            Value::Text(text) => {
                let place = match self.dictionary.get(text) {
                    Some(&place) => place,
                    None => {
                        let place = self.dictionary.len() as u32;
                        self.dictionary.insert(text.into(), place);
                        self.texts.extend((text.len() as u32).to_le_bytes());
                        self.texts.extend_from_slice(text.as_bytes());
                        place
                    }
                };
                self.places.push(place);
            }
        }
    }
}

const fn physical(kind: Kind) -> i32 {
    match kind {
        Kind::Text => word::BYTE_ARRAY,
        Kind::Whole => word::INT64,
        Kind::Real => word::DOUBLE,
    }
}

/// A column in the schema.
fn element(column: &Column) -> Struct {
    let repetition = if column.gaps { word::OPTIONAL } else { word::REQUIRED };
    let told = Struct::default().i32(1, physical(column.kind)).i32(3, repetition).text(4, &column.name);
    match column.kind {
        // That bytes are text is said in the old way and in the new one.
        Kind::Text => told.i32(6, word::UTF8).inner(10, Struct::default().inner(1, Struct::default())),
        Kind::Whole | Kind::Real => told,
    }
}

/// Numbers of a few bits: one run where all are the same, else packed, the lowest bits first, in eights.
fn hybrid(values: impl Iterator<Item = u32> + Clone, count: usize, bits: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut first = values.clone();
    match first.next() {
        None => {}
        Some(one) if first.all(|value| value == one) => {
            varint(&mut out, (count as u64) << 1);
            out.extend(&one.to_le_bytes()[..bits.div_ceil(8) as usize]);
        }
        Some(_) => {
            let eights = count.div_ceil(8);
            varint(&mut out, (eights as u64) << 1 | 1);
            let (mut held, mut filled) = (0_u64, 0);
            let fill = std::iter::repeat_n(0, eights * 8 - count);
            for value in values.chain(fill) {
                held |= u64::from(value) << filled;
                filled += bits;
                while filled >= 8 {
                    out.push(held as u8);
                    held >>= 8;
                    filled -= 8;
                }
            }
        }
    }
    out
}
