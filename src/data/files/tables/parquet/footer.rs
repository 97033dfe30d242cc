//! What stands at the end of a file: its columns, and where the pages of each are.

use super::page::Type;
use super::thrift::{Value, structure};

/// A column of the table.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    /// Its type, or why it is not read.
    pub kind: Result<Type, String>,
    /// Whether a cell may be empty.
    pub optional: bool,
}

/// The pages of a column in a group of rows.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    pub start: u64,
    pub end: u64,
    pub codec: i64,
}

/// A group of rows.
#[derive(Clone, Debug)]
pub struct Group {
    pub rows: u64,
    pub chunks: Vec<Chunk>,
}

/// The table as the footer has it; `None` where it makes no sense.
pub fn read(bytes: &[u8]) -> Option<(Vec<Column>, Vec<Group>)> {
    let (footer, _) = structure(bytes)?;
    let (root, elements) = footer.list(2).split_first()?;
    let mut columns = Vec::new();
    let mut rest = elements.iter();
    while let Some(element) = rest.next() {
        columns.push(column(element)?);
        // What lies within a column is passed over.
        let mut within = element.whole(5).unwrap_or(0);
        while within > 0 {
            within += rest.next()?.whole(5).unwrap_or(0) - 1;
        }
    }
    if root.whole(5).is_some_and(|children| children != columns.len() as i64) {
        return None;
    }
    let flat = columns.iter().all(|column| column.kind.is_ok());
    let groups = footer.list(4).iter().map(|group| {
        let chunks: Option<Vec<Chunk>> = group.list(1).iter().map(chunk).collect();
        let rows = u64::try_from(group.whole(3)?).ok()?;
        // The chunks of nested columns are more than the columns; those are told before they are read.
        chunks.filter(|chunks| !flat || chunks.len() == columns.len()).map(|chunks| Group { rows, chunks })
    });
    let groups = groups.collect::<Option<_>>()?;
    Some((columns, groups))
}

fn column(element: &Value<'_>) -> Option<Column> {
    let name = element.text(4)?;
    let repeated = element.whole(3).unwrap_or(0);
    let (kind, converted) = (element.whole(1), element.whole(6));
    let unread = |what: &str| Err(format!("holds {what}"));
    let kind = match (kind, converted) {
        _ if element.whole(5).unwrap_or(0) > 0 => unread("columns or lists within it"),
        _ if repeated == 2 => unread("lists"),
        (Some(1 | 2 | 6 | 7), Some(5)) => unread("decimal numbers"),
        (Some(1), Some(6)) => Ok(Type::Day),
        (Some(1 | 2), Some(7..=10)) => unread("times"),
        (Some(0), _) => Ok(Type::Truth),
        (Some(1), converted) => Ok(Type::Whole32 { signed: !matches!(converted, Some(11..=14)) }),
        (Some(2), converted) => match element.field(10) {
            // A time by its newer name (8: timestamp, 7: time).
            Some(logical) if logical.field(8).is_some() || logical.field(7).is_some() => unread("times"),
            _ => Ok(Type::Whole64 { signed: !matches!(converted, Some(11..=14)) }),
        },
        (Some(3), _) => unread("times"),
        (Some(4), _) => Ok(Type::Real32),
        (Some(5), _) => Ok(Type::Real64),
        (Some(6), _) => Ok(Type::Text),
        _ => unread("bytes of a fixed length"),
    };
    Some(Column { name, kind, optional: repeated == 1 })
}

fn chunk(chunk: &Value<'_>) -> Option<Chunk> {
    let about = chunk.field(3)?;
    let data = u64::try_from(about.whole(9)?).ok()?;
    // A dictionary stands before the pages that use it.
    let start = about.whole(11).and_then(|at| u64::try_from(at).ok()).filter(|&at| at > 0 && at < data).unwrap_or(data);
    let size = u64::try_from(about.whole(7)?).ok()?;
    Some(Chunk { start, end: start.checked_add(size)?, codec: about.whole(4)? })
}
