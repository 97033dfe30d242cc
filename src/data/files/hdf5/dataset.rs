//! Datasets: their sizes, type, and where their numbers are.

use super::super::super::error::DataError;
use super::super::number::{Kind, Number};
use super::Hdf5;
use super::cursor::Cursor;
use super::object::Message;

const SPACE: u16 = 0x01;
const TYPE: u16 = 0x03;
const LAYOUT: u16 = 0x08;
const FILTERS: u16 = 0x0B;

/// An array of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its path, from the root.
    pub name: String,
    pub shape: Vec<u64>,
    pub dtype: String,
    pub number: Option<Number>,
    /// Why its numbers cannot be read.
    pub unread: Option<String>,
    pub layout: Layout,
    pub filters: Vec<Filter>,
    /// What addresses count from.
    pub base: u64,
    pub wide: (usize, usize),
}

/// Where its numbers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// With its header.
    Compact(Vec<u8>),
    /// From an address on; nowhere where nothing was written.
    Contiguous(Option<u64>),
    /// In chunks of these sizes, under a tree.
    Chunked(Option<u64>, Vec<u64>),
}

/// What a chunk went through before it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    Deflate,
    /// The first bytes of all numbers, then the second ones, of numbers of so many bytes.
    Shuffle(usize),
    /// A checksum behind it.
    Fletcher,
}

impl Hdf5<'_> {
    /// The dataset with these messages; `None` where they are of another object.
    pub(super) fn dataset(
        &mut self,
        name: &str,
        address: u64,
        messages: &[Message],
    ) -> Result<Option<Dataset>, DataError> {
        let find = |kind: u16| messages.iter().find(|(known, _)| *known == kind).map(|(_, body)| body.as_slice());
        let Some(layout) = find(LAYOUT) else { return Ok(None) };
        let broken = || self.damaged(&format!("the header of {name}"), address);
        let cursor = |body| Cursor::new(body, self.wide);
        let shape = find(SPACE).and_then(|body| space(&mut cursor(body))).ok_or_else(broken)?;
        let mut dataset = Dataset {
            name: name.to_owned(),
            shape,
            dtype: "a type kept elsewhere".into(),
            number: None,
            unread: None,
            layout: Layout::Contiguous(None),
            filters: Vec::new(),
            base: self.base,
            wide: self.wide,
        };
        if let Some(body) = find(TYPE) {
            (dataset.dtype, dataset.number) = number(&mut cursor(body)).ok_or_else(broken)?;
        }
        match place(&mut cursor(layout), dataset.shape.len()).ok_or_else(broken)? {
            Ok(layout) => dataset.layout = layout,
            Err(reason) => dataset.unread = Some(reason),
        }
        if let Some(body) = find(FILTERS) {
            match filters(&mut cursor(body)).ok_or_else(broken)? {
                Ok(filters) => dataset.filters = filters,
                Err(reason) => dataset.unread = Some(reason),
            }
        }
        Ok(Some(dataset))
    }
}

/// The sizes of a dataset; none where it is one number.
fn space(cursor: &mut Cursor<'_>) -> Option<Vec<u64>> {
    let (version, rank, flags) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
    match version {
        1 => cursor.skip(5)?,
        2 => {
            // One that has no number at all.
            if cursor.u8()? == 2 {
                return Some(vec![0]);
            }
        }
        _ => return None,
    }
    let _ = flags;
    (0..rank).map(|_| cursor.length()).collect()
}

/// How a type is called, and the number that it is.
fn number(cursor: &mut Cursor<'_>) -> Option<(String, Option<Number>)> {
    let class = cursor.u8()? & 15;
    let bits = cursor.number(3)?;
    let size = cursor.u32()?;
    let order = bits & 1 == 1;
    let signed = bits & 8 != 0;
    let kind = match (class, size) {
        (0, 1) => Some(if signed { Kind::I8 } else { Kind::U8 }),
        (0, 2) => Some(if signed { Kind::I16 } else { Kind::U16 }),
        (0, 4) => Some(if signed { Kind::I32 } else { Kind::U32 }),
        (0, 8) => Some(if signed { Kind::I64 } else { Kind::U64 }),
        (1, 2) => Some(Kind::F16),
        (1, 4) => Some(Kind::F32),
        (1, 8) => Some(Kind::F64),
        // Of the names of whole numbers, as h5py writes truths, which are bytes.
        (8, 1) => Some(Kind::U8),
        _ => None,
    };
    let number = kind.map(|kind| Number { kind, big: order && size > 1 });
    let name = match number {
        Some(number) if number.big => format!("{} (big-endian)", number.name()),
        Some(number) => number.name().to_owned(),
        None => match class {
            3 => "text".into(),
            6 => "records".into(),
            9 => "lists of any length".into(),
            _ => format!("a type of class {class} and {size} bytes"),
        },
    };
    Some((name, number))
}

/// Where the numbers are, or why they are not read.
fn place(cursor: &mut Cursor<'_>, rank: usize) -> Option<Result<Layout, String>> {
    let version = cursor.u8()?;
    let class = cursor.u8()?;
    match (version, class) {
        (3 | 4, 0) => {
            let size = usize::from(cursor.u16()?);
            Some(Ok(Layout::Compact(cursor.take(size)?.to_vec())))
        }
        (3 | 4, 1) => Some(Ok(Layout::Contiguous(cursor.address()?))),
        (3, 2) => {
            let indices = usize::from(cursor.u8()?);
            let tree = cursor.address()?;
            let sizes: Vec<u64> = (0..indices).map(|_| cursor.u32().map(u64::from)).collect::<Option<_>>()?;
            // The last is the size of a number.
            let (_, chunk) = sizes.split_last()?;
            if chunk.len() != rank || rank == 0 || chunk.contains(&0) {
                return None;
            }
            Some(Ok(Layout::Chunked(tree, chunk.to_vec())))
        }
        (3 | 4, _) => Some(Err("its chunks are listed in a form of later versions of HDF5".into())),
        _ => Some(Err(format!("its layout is of version {version}"))),
    }
}

/// The filters in the order in which they were applied, or the first that is not read.
fn filters(cursor: &mut Cursor<'_>) -> Option<Result<Vec<Filter>, String>> {
    let (version, count) = (cursor.u8()?, cursor.u8()?);
    cursor.skip(if version == 1 { 6 } else { 0 })?;
    let mut filters = Vec::new();
    for _ in 0..count {
        let id = cursor.u16()?;
        let name = if version == 1 || id >= 256 { usize::from(cursor.u16()?) } else { 0 };
        cursor.u16()?;
        let values = usize::from(cursor.u16()?);
        cursor.skip(if version == 1 { name.next_multiple_of(8) } else { name })?;
        let mut first = None;
        for _ in 0..values {
            first = Some(cursor.u32()?).filter(|_| first.is_none()).or(first);
        }
        if version == 1 && values % 2 == 1 {
            cursor.skip(4)?;
        }
        filters.push(match id {
            1 => Filter::Deflate,
            2 => Filter::Shuffle(first.unwrap_or(1).max(1) as usize),
            3 => Filter::Fletcher,
            32_000 => return Some(Err("it is packed by LZF".into())),
            4 => return Some(Err("it is packed by SZIP".into())),
            other => return Some(Err(format!("it is packed by filter {other}"))),
        });
    }
    Some(Ok(filters))
}
