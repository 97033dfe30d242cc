//! An array of a file: its type and sizes, between which numbers it lies, which of them are none.

use serde::Serialize;

use super::super::error::DataError;
use super::super::files::Opened;
use super::super::files::arrays::{Entry, PACKED, Place, UNPACKED, blocks};
use super::Reason;

/// First numbers that are kept.
const KEPT: usize = 6;

/// An array.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Array {
    /// Empty where the file is one array.
    pub name: String,
    /// Its type as the file spells it.
    pub dtype: String,
    pub shape: Vec<u64>,
    /// Bytes of its numbers; unknown where they are of no type that is read.
    pub bytes: Option<u64>,
    /// Bytes that it takes in memory as numbers of 32 bits.
    pub memory: Option<u64>,
    /// The least, the greatest and the mean of the finite numbers.
    pub range: Option<(f64, f64)>,
    pub mean: Option<f64>,
    /// Numbers that are NaN or infinite, and the indices of the first.
    pub not_finite: u64,
    pub first_not_finite: Option<Vec<u64>>,
    /// How many bytes of it were looked at, from its beginning.
    pub looked_at: u64,
    /// Its first numbers, in the order of the file.
    pub first: Vec<f64>,
    /// Why `array` does not read it.
    pub not_read: Option<Reason>,
}

impl Array {
    /// Looks at no more than `most` bytes of an array.
    ///
    /// # Errors
    /// [`DataError::Read`]; [`DataError::File`] where it is damaged.
    pub fn look(opened: &Opened, entry: &Entry, most: u64) -> Result<Self, DataError> {
        let mut array = Self {
            name: entry.name.clone(),
            dtype: entry.dtype.clone(),
            shape: entry.shape.clone(),
            bytes: entry.bytes(),
            memory: entry.number.and(entry.count()).and_then(|count| count.checked_mul(4)),
            range: None,
            mean: None,
            not_finite: 0,
            first_not_finite: None,
            looked_at: 0,
            first: Vec::new(),
            not_read: None,
        };
        let readable = !matches!(entry.place, Place::Unread(_));
        if let Some(number) = entry.number.filter(|_| readable) {
            let (mut at, mut finite, mut sum) = (0_u64, 0_u64, 0.0);
            let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
            // Whole numbers, so that none is cut.
            let most = most / number.size() as u64 * number.size() as u64;
            blocks(opened, entry, most, |bytes| {
                array.looked_at += bytes.len() as u64;
                for bytes in bytes.chunks_exact(number.size()) {
                    let value = number.read(bytes);
                    if array.first.len() < KEPT {
                        array.first.push(value);
                    }
                    if value.is_finite() {
                        finite += 1;
                        sum += value;
                        (least, greatest) = (least.min(value), greatest.max(value));
                    } else {
                        array.not_finite += 1;
                        array.first_not_finite.get_or_insert_with(|| indices(entry, at));
                    }
                    at += 1;
                }
                Ok(())
            })?;
            if finite > 0 {
                array.range = Some((least, greatest));
                array.mean = Some(sum / finite as f64);
            }
        }
        array.not_read = array.hindrance(entry);
        Ok(array)
    }

    /// What keeps `array` from reading it.
    fn hindrance(&self, entry: &Entry) -> Option<Reason> {
        let reason = |reason: String, cure: &str| Some(Reason { reason, cure: cure.into() });
        let called = entry.called();
        if let Place::Unread(why) = &entry.place {
            return reason(format!("of {called}, {why}"), "write it again with h5py, with libver='earliest'");
        }
        let indices = self.shape.len();
        if entry.number.is_none_or(|number| !number.is_embedding()) {
            return reason(format!("{called} holds {}", self.dtype), "save it as float32, which `array` reads");
        }
        if entry.by_columns {
            return reason(format!("{called} is stored by columns"), "save numpy.ascontiguousarray of it");
        }
        if indices != 2 || self.shape.contains(&0) {
            let cure = "save it as rows of numbers: one row for each image";
            return reason(format!("{called} has {indices} {}", if indices == 1 { "index" } else { "indices" }), cure);
        }
        if entry.plain().is_none() && self.bytes.is_none_or(|bytes| bytes > UNPACKED) {
            return reason(format!("{called} unpacks to more than {} MiB", UNPACKED >> 20), PACKED);
        }
        let first = self.first_not_finite.as_deref()?;
        let place = format!("row {}, column {}", first.first()?, first.get(1)?);
        reason(format!("{called} is not finite in {place}"), "mend the program that wrote it")
    }
}

/// The indices of the number at a place of the file.
fn indices(entry: &Entry, mut at: u64) -> Vec<u64> {
    let mut indices = vec![0; entry.shape.len()];
    let mut take = |(index, &size): (&mut u64, &u64)| {
        *index = at % size.max(1);
        at /= size.max(1);
    };
    if entry.by_columns {
        indices.iter_mut().zip(&entry.shape).for_each(&mut take);
    } else {
        indices.iter_mut().zip(&entry.shape).rev().for_each(&mut take);
    }
    indices
}
