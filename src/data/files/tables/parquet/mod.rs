//! Apache Parquet (<https://parquet.apache.org/docs/file-format/>) as pandas, Polars, DuckDB and Arrow write tables: flat columns,
//! plain or by dictionary, not packed or by Snappy or gzip. One page of each column is in memory.

mod footer;
mod page;
mod snappy;
mod thrift;

use std::io::{Read, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::super::super::error::DataError;
use super::{Bytes, Rows, columns_fit};
use footer::{Chunk, Column, Group};
use page::{Hybrid, Type, Values, plain};

/// Around every file.
const MAGIC: &[u8] = b"PAR1";
/// The longest footer that is read.
const FOOTER: u64 = 8 << 20;
/// The longest header of a page, which may have statistics in it.
const HEADER: u64 = 64 << 10;
/// The most bytes that the pages of all columns take at one time.
const PAGES: usize = 512 << 20;
/// The most rows of a table.
const ROWS: u64 = 1 << 32;

const CURE: &str = "write it again with `to_parquet` of pandas or Polars, with compression=\"snappy\"";

/// The rows of a file.
pub struct Parquet<R> {
    path: PathBuf,
    from: R,
    length: u64,
    columns: Vec<Column>,
    names: Vec<String>,
    groups: std::vec::IntoIter<Group>,
    /// Rows that are left in the group, and what is read of each column.
    left: u64,
    open: Vec<Open>,
    row: u64,
}

/// A column of a group while it is read.
struct Open {
    chunk: Chunk,
    dictionary: Vec<String>,
    /// Bytes that the dictionary takes.
    held: usize,
    page: Vec<u8>,
    /// Cells that are left in the page.
    left: u64,
    /// Whether each cell is there; `None` where all are.
    there: Option<Hybrid>,
    values: Values,
}

impl<R: Bytes> Parquet<R> {
    pub fn open(path: &Path, mut from: R) -> Result<Self, DataError> {
        let told = |reason: &str| DataError::file(format!("{} {reason}", path.display()), CURE);
        let length = from.seek(SeekFrom::End(0)).map_err(|error| DataError::unreadable(path, &error))?;
        let mut parquet = Self {
            path: path.to_owned(),
            from,
            length,
            columns: Vec::new(),
            names: Vec::new(),
            groups: Vec::new().into_iter(),
            left: 0,
            open: Vec::new(),
            row: 0,
        };
        if length < 12 || parquet.bytes(0, 4)? != MAGIC {
            return Err(told("is no Parquet file"));
        }
        let tail = parquet.bytes(length - 8, 8)?;
        if &tail[4..] != MAGIC {
            return Err(DataError::file(
                format!("{} is cut short: it has no footer", path.display()),
                "copy or download it again",
            ));
        }
        let size = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        if size > FOOTER || size > length - 12 {
            return Err(told(&format!("has a footer of {size} bytes, and at most {FOOTER} are read")));
        }
        let footer = parquet.bytes(length - 8 - size, size)?;
        let Some((columns, groups)) = footer::read(&footer) else {
            return Err(told("is damaged: its footer makes no sense"));
        };
        parquet.names = columns.iter().map(|column| column.name.clone()).collect();
        columns_fit(path, &parquet.names)?;
        if let Some((column, reason)) = columns.iter().find_map(|column| Some((column, column.kind.as_ref().err()?))) {
            let reason = format!("{}: column `{}` {reason}", path.display(), column.name);
            return Err(DataError::file(reason, "write it as text or numbers, or leave it out"));
        }
        if groups.iter().try_fold(0_u64, |sum, group| sum.checked_add(group.rows)).is_none_or(|rows| rows > ROWS) {
            return Err(told("has more rows than are read"));
        }
        (parquet.columns, parquet.groups) = (columns, groups.into_iter());
        Ok(parquet)
    }

    /// Bytes of the file, which must be there.
    fn bytes(&mut self, start: u64, count: u64) -> Result<Vec<u8>, DataError> {
        if start.checked_add(count).is_none_or(|end| end > self.length) {
            let reason = format!("{} is cut short at {} bytes", self.path.display(), self.length);
            return Err(DataError::file(reason, "copy or download it again"));
        }
        let mut bytes = vec![0; count as usize];
        let read = self.from.seek(SeekFrom::Start(start)).and_then(|_| self.from.read_exact(&mut bytes));
        read.map(|()| bytes).map_err(|error| DataError::unreadable(&self.path, &error))
    }

    fn fault(&self, place: usize, reason: &str) -> DataError {
        let name = self.names.get(place).map_or("", String::as_str);
        DataError::file(format!("{}: column `{name}` {reason}", self.path.display()), CURE)
    }

    fn kind(&self, place: usize) -> Type {
        // Columns of other types were told when the file was opened.
        self.columns[place].kind.clone().unwrap_or(Type::Text)
    }

    /// Opens the next page with cells of a column.
    fn turn(&mut self, place: usize) -> Result<(), DataError> {
        loop {
            let Chunk { start, end, codec } = self.open[place].chunk;
            if start >= end {
                return Err(self.fault(place, "ends before its rows do"));
            }
            let head = self.bytes(start, HEADER.min(end - start).min(self.length.saturating_sub(start)))?;
            let broken = "is damaged: the header of a page makes no sense";
            let Some((header, taken)) = thrift::structure(&head) else { return Err(self.fault(place, broken)) };
            let size = |number: i16| header.whole(number).and_then(|size| usize::try_from(size).ok());
            let (Some(kind), Some(whole), Some(packed)) = (header.whole(1), size(2), size(3)) else {
                return Err(self.fault(place, broken));
            };
            let from = start + taken as u64;
            if from.checked_add(packed as u64).is_none_or(|next| next > end) {
                return Err(self.fault(place, broken));
            }
            self.open[place].chunk.start = from + packed as u64;
            let others: usize = self.open.iter().map(|open| open.held + open.page.len()).sum();
            if others.saturating_add(whole) > PAGES {
                let reason = format!("takes its table to more than {} MiB of memory", PAGES >> 20);
                return Err(self.fault(place, &reason));
            }
            if kind != 0 && kind != 2 && kind != 3 {
                continue;
            }
            let body = self.bytes(from, packed as u64)?;
            // In pages of the second version, what tells which cells are there is not packed.
            let second = header.field(8).filter(|_| kind == 3);
            let plainly = second.map_or(Some(0), |second| {
                let levels = second.whole(5)?.checked_add(second.whole(6)?)?;
                usize::try_from(levels).ok().filter(|&levels| levels <= body.len() && levels <= whole)
            });
            let Some(plainly) = plainly else { return Err(self.fault(place, broken)) };
            let packed = second.is_none_or(|second| second.field(7) != Some(&thrift::Value::Truth(false)));
            let (levels, rest) = body.split_at(plainly);
            let unpacked = unpack(rest, whole - plainly, if packed { codec } else { 0 });
            let unpacked = unpacked.map_err(|reason| self.fault(place, &reason))?;
            let mut page = levels.to_vec();
            page.extend(unpacked);
            let made = if kind == 2 { self.learn(place, &header, &page) } else { self.begin(place, &header, page) };
            made.ok_or_else(|| self.fault(place, "is damaged: a page makes no sense"))??;
            if kind != 2 && self.open[place].left > 0 {
                return Ok(());
            }
        }
    }

    /// Reads a dictionary.
    fn learn(&mut self, place: usize, header: &thrift::Value<'_>, page: &[u8]) -> Option<Result<(), DataError>> {
        let about = header.field(7)?;
        let (count, mut at, kind) = (about.whole(1)?, 0, self.kind(place));
        let words: Option<Vec<String>> = (0..count).map(|_| plain(page, &mut at, kind)).collect();
        let words = words?;
        let held = words.iter().map(|word| word.len() + size_of::<String>()).sum();
        (self.open[place].dictionary, self.open[place].held) = (words, held);
        Some(Ok(()))
    }

    /// Begins with a page of cells.
    fn begin(&mut self, place: usize, header: &thrift::Value<'_>, page: Vec<u8>) -> Option<Result<(), DataError>> {
        let (about, second) = match header.field(8) {
            Some(second) => (second, true),
            None => (header.field(5)?, false),
        };
        let count = u64::try_from(about.whole(1)?).ok()?;
        let encoding = about.whole(if second { 4 } else { 2 })?;
        let optional = self.columns[place].optional;
        let mut at = 0;
        let mut there = None;
        if second {
            // Levels of repetition come first; a flat column has none.
            let (present, repeated) = (about.whole(5)? as usize, about.whole(6)? as usize);
            at = repeated + present;
            there = optional.then(|| Hybrid::new(repeated, at, 1));
        } else if optional {
            let length = u32::from_le_bytes(page.get(..4)?.try_into().ok()?) as usize;
            at = length.checked_add(4).filter(|&at| at <= page.len())?;
            there = Some(Hybrid::new(4, at, 1));
        }
        let kind = self.kind(place);
        let values = match encoding {
            0 => Values::Plain(if kind == Type::Truth { at * 8 } else { at }),
            2 | 8 => {
                // A page without a cell that is there may end here.
                let width = u32::from(page.get(at).copied().unwrap_or(0));
                if width > 32 {
                    return None;
                }
                Values::Places(Hybrid::new(at + 1, page.len(), width))
            }
            3 if kind == Type::Truth => Values::Truths(Hybrid::new(at + 4, page.len(), 1)),
            other => {
                let name = match other {
                    5 => "differences (DELTA_BINARY_PACKED)",
                    6 => "lengths (DELTA_LENGTH_BYTE_ARRAY)",
                    7 => "differences (DELTA_BYTE_ARRAY)",
                    9 => "streams of bytes (BYTE_STREAM_SPLIT)",
                    _ => "an encoding that is not known",
                };
                return Some(Err(self.fault(place, &format!("is written as {name}, which is not read"))));
            }
        };
        let open = &mut self.open[place];
        (open.page, open.left, open.there, open.values) = (page, count, there, values);
        Some(Ok(()))
    }

    /// The next cell of a column.
    fn cell(&mut self, place: usize) -> Result<String, DataError> {
        if self.open[place].left == 0 {
            self.turn(place)?;
        }
        let kind = self.kind(place);
        let Open { page, left, there, values, dictionary, .. } = &mut self.open[place];
        *left -= 1;
        let cell = match there {
            Some(there) => match there.next(page) {
                Some(0) => Some(String::new()),
                Some(_) => values.next(page, kind, dictionary),
                None => None,
            },
            None => values.next(page, kind, dictionary),
        };
        let row = self.row;
        cell.ok_or_else(|| {
            let what = if kind == Type::Text { "text in UTF-8" } else { "a value of its type" };
            self.fault(place, &format!("has no {what} in row {row}"))
        })
    }
}

impl<R: Bytes> Rows for Parquet<R> {
    fn columns(&self) -> &[String] {
        &self.names
    }

    fn next(&mut self, cells: &mut Vec<String>) -> Result<bool, DataError> {
        cells.clear();
        while self.left == 0 {
            let Some(group) = self.groups.next() else { return Ok(false) };
            self.left = group.rows;
            let open = |chunk: Chunk| Open {
                chunk,
                dictionary: Vec::new(),
                held: 0,
                page: Vec::new(),
                left: 0,
                there: None,
                values: Values::Plain(0),
            };
            self.open = group.chunks.into_iter().map(open).collect();
        }
        (self.left, self.row) = (self.left - 1, self.row + 1);
        for place in 0..self.names.len() {
            cells.push(self.cell(place)?);
        }
        Ok(true)
    }
}

/// Unpacks a page to `size` bytes.
fn unpack(bytes: &[u8], size: usize, codec: i64) -> Result<Vec<u8>, String> {
    let unpacked = match codec {
        0 => (bytes.len() == size).then(|| bytes.to_vec()),
        1 => snappy::unpack(bytes, size),
        2 => {
            let mut out = Vec::new();
            let read = MultiGzDecoder::new(bytes).take(size as u64 + 1).read_to_end(&mut out);
            read.ok().filter(|&read| read == size).map(|_| out)
        }
        other => {
            let name = match other {
                3 => "LZO",
                4 => "Brotli",
                5 | 7 => "LZ4",
                6 => "Zstandard",
                _ => "a way that is not known",
            };
            return Err(format!("is packed by {name}, which is not read"));
        }
    };
    unpacked.ok_or_else(|| "is damaged: a page does not unpack".to_owned())
}
