//! Event files of TensorBoard: a folder for each run, which TensorBoard lays over one another.
//!
//! A file is records of TensorFlow's `TFRecord` form, each an `Event` of `tensorflow/core/util/event.proto`: the step, the
//! time, and the scalars of that step.

use super::{Exporter, Row, Run, thrift::varint};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// How the file of a run begins and ends; TensorBoard looks for `tfevents` in names.
pub const FILE: (&str, &str) = ("events.out.tfevents.", ".icl");

/// Writes a folder that is there.
pub struct TensorBoard {
    root: PathBuf,
    /// Whether runs of several studies are apart.
    several: bool,
    known: BTreeSet<PathBuf>,
    open: Option<Open>,
}

/// The file of a run, and the step whose scalars are gathered.
struct Open {
    out: BufWriter<File>,
    step: Option<(u64, f64)>,
    scalars: Vec<u8>,
}

impl TensorBoard {
    #[must_use]
    pub fn new(root: &Path, several: bool) -> Self {
        Self { root: root.into(), several, known: BTreeSet::new(), open: None }
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.event()?;
        let file = open.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}

impl Exporter for TensorBoard {
    fn run(&mut self, run: &Run<'_>) -> io::Result<()> {
        self.close()?;
        let folder = folder(run, self.several);
        // Knobs whose values differ in signs alone that are in no name.
        let folder = if self.known.contains(&folder) { folder.join(run.cell) } else { folder };
        self.known.insert(folder.clone());
        let folder = self.root.join(folder);
        fs::create_dir_all(&folder)?;
        let begun = run.clock.at(0);
        let name = format!("{}{:010}{}", FILE.0, begun.max(0.0) as u64, FILE.1);
        let mut out = BufWriter::new(File::create(folder.join(name))?);
        let mut event = Vec::new();
        field_double(&mut event, 1, begun);
        field_bytes(&mut event, 3, b"brain.Event:2");
        out.write_all(&record(&event))?;
        self.open = Some(Open { out, step: None, scalars: Vec::new() });
        Ok(())
    }

    fn row(&mut self, run: &Run<'_>, row: &Row<'_>) -> io::Result<()> {
        // A loss at a position of a sequence is no curve over training.
        let Some(open) = self.open.as_mut().filter(|_| !row.of.of_the_end()) else { return Ok(()) };
        if open.step.is_none_or(|(step, _)| step != row.step) {
            open.event()?;
            open.step = Some((row.step, run.clock.at(row.step)));
        }
        let tag = tag(row);
        open.scalar(&tag, row.value.unwrap_or(f64::NAN));
        for (name, value) in [("control", row.control), ("cross_entropy", row.cross_entropy), ("r2", row.r2)] {
            if let Some(value) = value {
                open.scalar(&format!("{tag}/{name}"), value);
            }
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.close()
    }
}

impl Open {
    /// One value of the step: a `Summary.Value` of a tag and a simple value, which has 32 bits.
    fn scalar(&mut self, tag: &str, value: f64) {
        let mut one = Vec::new();
        field_bytes(&mut one, 1, tag.as_bytes());
        one.push(2 << 3 | 5);
        one.extend((value as f32).to_le_bytes());
        field_bytes(&mut self.scalars, 1, &one);
    }

    /// Writes the step that was gathered.
    fn event(&mut self) -> io::Result<()> {
        let Some((step, time)) = self.step.take() else { return Ok(()) };
        let mut event = Vec::new();
        field_double(&mut event, 1, time);
        if step > 0 {
            event.push(2 << 3);
            varint(&mut event, step);
        }
        field_bytes(&mut event, 5, &self.scalars);
        self.scalars.clear();
        self.out.write_all(&record(&event))
    }
}

/// The tag of a value: its measure, and behind a slash, by which TensorBoard groups charts, the layer or the target.
fn tag(row: &Row<'_>) -> String {
    let of = row.of;
    match (&of.target, of.layer) {
        (Some(target), _) => format!("{}/target {target}", of.measure),
        (None, Some(layer)) if of.one_of_many() => format!("{}/layer {layer}", of.measure),
        _ => of.measure.to_string(),
    }
}

/// Where a run stands: `direct/maps=10/seed=1`, in the folder of its study where there are several.
fn folder(run: &Run<'_>, several: bool) -> PathBuf {
    let plain = |text: &str| -> String {
        let sign = |c: char| if c.is_alphanumeric() || "-_.,=+%".contains(c) { c } else { '_' };
        let text: String = text.chars().map(sign).collect();
        // A name of dots alone is another folder.
        if text.chars().all(|c| c == '.') { "_".into() } else { text }
    };
    let mut path = PathBuf::new();
    if several {
        path.push(plain(run.study));
    }
    path.push(plain(&run.of.name));
    let knobs: Vec<String> = run.knobs.iter().map(|(name, value)| plain(&format!("{name}={value}"))).collect();
    if !knobs.is_empty() {
        path.push(knobs.join(","));
    }
    path.join(format!("seed={}", run.seed))
}

fn field_double(out: &mut Vec<u8>, number: u8, value: f64) {
    out.push(number << 3 | 1);
    out.extend(value.to_le_bytes());
}

fn field_bytes(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A record: its length, that length's checksum, its bytes, their checksum.
fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    [&length[..], &masked(&length).to_le_bytes(), bytes, &masked(bytes).to_le_bytes()].concat()
}

/// A checksum as records have it, turned and shifted so that it is not that of bytes with their checksum among them.
fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Castagnoli's checksum (RFC 3720, appendix B.4), bit by bit: what is summed here is short.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = sum >> 1 ^ (0x82f6_3b78 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::crc32c;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // RFC 3720, appendix B.4, and the check value of the algorithm.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&(0..32).collect::<Vec<u8>>()), 0x46dd_794e);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
