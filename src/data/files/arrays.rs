//! Arrays of numbers: which ones a file holds, and their bytes in order.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

use flate2::read::GzDecoder;

use super::super::error::DataError;
use super::number::Number;
use super::{Kind, Opened, hdf5, idx, npy, safetensors, zip};

/// The most bytes of an array that are unpacked into memory.
pub const UNPACKED: u64 = 1 << 30;
/// The longest header that is read; the longest known, of a model of a terabyte, is a tenth of it.
pub const HEADER: u64 = 16 << 20;

/// What to do about an array that is too large when it is unpacked.
pub const PACKED: &str = "save it with numpy.save or numpy.savez, which pack nothing";

/// An array of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Empty where the file is one array.
    pub name: String,
    /// Its type as the format spells it.
    pub dtype: String,
    /// What that is, where it is a number that is read.
    pub number: Option<Number>,
    pub shape: Vec<u64>,
    /// Whether the first index runs fastest.
    pub by_columns: bool,
    pub place: Place,
}

/// Where the bytes of an array are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// As they are, from this byte of the file on.
    Plain(u64),
    /// In a member of an archive that is packed, from this byte of what it unpacks to on.
    Member(zip::Member, u64),
    /// In a file that is packed as a whole, from this byte of what it unpacks to on.
    Gzip(u64),
    /// In a dataset of an HDF5 file.
    Hdf5(Box<hdf5::Dataset>),
    /// In a form that is not read, for this reason.
    Unread(String),
}

impl Entry {
    /// How many numbers it has, where that can be counted.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |product, &n| product.checked_mul(n))
    }

    /// Its bytes, where its type is known.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        self.count()?.checked_mul(self.number?.size() as u64)
    }

    /// A reader of its bytes, which says where the file is damaged.
    ///
    /// # Errors
    /// [`DataError::Read`].
    pub fn open(&self, opened: &Opened) -> Result<Box<dyn Read>, DataError> {
        let mut file = opened.again()?;
        let failed = |error: std::io::Error| opened.unreadable(&error);
        let skip = |mut from: Box<dyn Read>, count: u64| {
            std::io::copy(&mut (&mut from).take(count), &mut std::io::sink()).map_err(failed).map(|_| from)
        };
        match &self.place {
            Place::Plain(start) => {
                file.seek(SeekFrom::Start(*start)).map_err(failed)?;
                Ok(Box::new(BufReader::with_capacity(1 << 18, file)))
            }
            Place::Member(member, start) => skip(member.open(opened, file)?, *start),
            Place::Gzip(start) => skip(Box::new(GzDecoder::new(BufReader::new(file))), *start),
            Place::Hdf5(dataset) => Ok(Box::new(hdf5::Reader::new(Opened::new(&opened.path)?, (**dataset).clone())?)),
            Place::Unread(reason) => {
                Err(opened.fault(&format!("cannot be read: of {}, {reason}", self.called()), hdf5::CURE))
            }
        }
    }

    /// Where it lies in the file as it is.
    #[must_use]
    pub fn plain(&self) -> Option<u64> {
        match self.place {
            Place::Plain(start) => Some(start),
            _ => None,
        }
    }

    /// Its bytes in memory.
    ///
    /// # Errors
    /// [`DataError::File`] where they are more than [`UNPACKED`], or damaged.
    pub fn unpack(&self, opened: &Opened) -> Result<Cursor<Vec<u8>>, DataError> {
        let Some(count) = self.bytes().filter(|&count| count <= UNPACKED) else { return Err(self.too_large(opened)) };
        // Room is made as bytes come, so that a file cannot make it by what it declares.
        let mut bytes = Vec::new();
        let read = self.open(opened)?.take(count).read_to_end(&mut bytes);
        read.map_err(|error| self.damaged(opened, &error))?;
        if (bytes.len() as u64) < count {
            return Err(self.ended(opened, bytes.len() as u64));
        }
        Ok(Cursor::new(bytes))
    }

    /// It is packed, and larger than [`UNPACKED`] when it is not.
    #[must_use]
    pub fn too_large(&self, opened: &Opened) -> DataError {
        opened.fault(&format!("unpacks {} to more than {} MiB", self.called(), UNPACKED >> 20), PACKED)
    }

    /// How it is called in a message.
    #[must_use]
    pub fn called(&self) -> String {
        if self.name.is_empty() { "its array".into() } else { format!("`{}`", self.name) }
    }

    /// What unpacks wrongly, or cannot be read.
    #[must_use]
    pub fn damaged(&self, opened: &Opened, error: &std::io::Error) -> DataError {
        if let Some(known) = error.get_ref().and_then(|inner| inner.downcast_ref::<DataError>()) {
            return known.clone();
        }
        match error.kind() {
            _ if self.plain().is_some() => opened.unreadable(error),
            std::io::ErrorKind::UnexpectedEof => opened.short(),
            _ => opened.fault(
                &format!("is damaged: {} does not unpack ({error})", self.called()),
                "write or download it again",
            ),
        }
    }

    /// An array whose bytes end before they should.
    #[must_use]
    pub fn ended(&self, opened: &Opened, at: u64) -> DataError {
        let whole = self.bytes().map_or_else(String::new, |whole| format!(" of {whole}"));
        opened.fault(
            &format!("is cut short: {} ends after {at}{whole} bytes", self.called()),
            "write or download it again",
        )
    }
}

/// The arrays of a file of a kind that holds arrays, in the order of the file.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::File`] and [`DataError::Format`] where it is damaged.
pub fn entries(kind: Kind, opened: &mut Opened) -> Result<Vec<Entry>, DataError> {
    let entries = match kind {
        Kind::Npy => {
            let (header, start) = npy::header(opened, &mut opened.again()?)?;
            vec![header.entry(String::new(), Place::Plain(start))]
        }
        Kind::Npz => zipped(opened)?,
        Kind::Safetensors => safetensors::entries(opened)?,
        Kind::Hdf5 => hdf5::entries(opened)?,
        Kind::Idx { packed } => vec![idx::entry(opened, packed)?],
        _ => return Err(opened.fault("holds no arrays", "give a .npy, .npz, .safetensors or .h5 file")),
    };
    for entry in &entries {
        let end = entry.bytes().map(|count| entry.plain().map(|start| start.saturating_add(count)));
        match end {
            None if entry.number.is_some() => {
                let reason = format!("says that {} is larger than any memory", entry.called());
                return Err(opened.fault(&reason, "write it again"));
            }
            Some(Some(end)) if end > opened.length => return Err(opened.short()),
            _ => {}
        }
    }
    Ok(entries)
}

/// The arrays of an archive that numpy wrote.
fn zipped(opened: &mut Opened) -> Result<Vec<Entry>, DataError> {
    let members = zip::members(opened)?;
    let mut entries = Vec::new();
    for member in members {
        let name = member.name.strip_suffix(".npy").unwrap_or(&member.name).to_owned();
        let start = member.start(opened)?;
        let file: File = opened.again()?;
        let mut from = member.open(opened, file)?;
        let (header, skip) = npy::header(opened, &mut from).map_err(|error| match error {
            DataError::Format { path, reason } => {
                DataError::Format { path, reason: format!("member `{}`: {reason}", member.name) }
            }
            other => other,
        })?;
        let place = if member.packs() { Place::Member(member.clone(), skip) } else { Place::Plain(start + skip) };
        let entry = header.entry(name, place);
        if let Some(count) = entry.bytes().filter(|count| count.checked_add(skip).is_none_or(|end| end > member.size)) {
            let reason = format!(
                "says that `{}` has {count} bytes, but its member of the archive has {}",
                entry.name, member.size
            );
            return Err(opened.fault(&reason, "write it again"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Bytes that are looked at together.
const BLOCK: usize = 1 << 16;

/// Hands on the bytes of an array block by block, whole numbers each, and no more than `most` of them.
///
/// # Errors
/// Those of `each`; [`DataError::Read`]; [`DataError::File`] where the array ends early or is damaged.
pub fn blocks(
    opened: &Opened,
    entry: &Entry,
    most: u64,
    mut each: impl FnMut(&[u8]) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let Some(whole) = entry.bytes() else { return Ok(()) };
    let mut from = entry.open(opened)?;
    let (mut done, wanted) = (0, whole.min(most));
    let mut block = vec![0; BLOCK];
    while done < wanted {
        let count = (wanted - done).min(BLOCK as u64) as usize;
        let mut filled = 0;
        while filled < count {
            match from.read(&mut block[filled..count]).map_err(|error| entry.damaged(opened, &error))? {
                0 => return Err(entry.ended(opened, done + filled as u64)),
                read => filled += read,
            }
        }
        each(&block[..count])?;
        done += count as u64;
    }
    if wanted == whole && entry.plain().is_none() {
        // What follows the last number tells whether it was all, and its checksum.
        let more = from.read(&mut block[..1]).map_err(|error| entry.damaged(opened, &error))?;
        if more > 0 {
            return Err(opened
                .fault(&format!("is damaged: {} goes on behind its last number", entry.called()), "write it again"));
        }
    }
    Ok(())
}
