//! What was measured along a segment: lines that are appended one by one, each with its checksum.

use crate::engine::measure::{LossByPosition, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// An evaluation, of some measures or all.
    Evaluated { step: u64, of: Evaluated },
    /// The loss of the step that would have been this one was not finite.
    Diverged { step: u64 },
    /// Time that training took, and the steps that were made in it.
    Worked { steps: u64, seconds: f64 },
}

/// What was measured after one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// The losses of all steps of the run so far, summed.
    pub loss_sum: f64,
    /// By the keys of measures.
    pub values: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_position: BTreeMap<String, LossByPosition>,
}

/// A segment's records, put together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// By step.
    pub points: BTreeMap<u64, Evaluated>,
    pub diverged: Option<u64>,
    /// Steps that were made, those made again among them, and the time that they took.
    pub worked: (u64, f64),
    /// Lines that were cut short or are damaged, and count as not written.
    pub damaged: usize,
}

impl Curve {
    /// Adds a record. What is known already is the same to the bit, since it follows from the segment and the step.
    pub fn add(&mut self, record: Record) {
        match record {
            Record::Evaluated { step, of } => {
                let point = self.points.entry(step).or_default();
                point.loss_sum = of.loss_sum;
                point.values.extend(of.values);
                point.by_position.extend(of.by_position);
            }
            Record::Diverged { step } => self.diverged = Some(step),
            Record::Worked { steps, seconds } => {
                self.worked.0 += steps;
                self.worked.1 += seconds;
            }
        }
    }

    /// Adds the lines of a file.
    pub fn read(&mut self, text: &[u8]) {
        for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            match parse(line) {
                Some(record) => self.add(record),
                None => self.damaged += 1,
            }
        }
    }

    /// All of it as the lines of one file.
    #[must_use]
    pub fn lines(&self) -> String {
        let points = self.points.iter().map(|(&step, of)| Record::Evaluated { step, of: of.clone() });
        let diverged = self.diverged.map(|step| Record::Diverged { step });
        let (steps, seconds) = self.worked;
        let worked = (steps > 0).then_some(Record::Worked { steps, seconds });
        points.chain(diverged).chain(worked).map(|record| line(&record)).collect()
    }
}

/// The lines that are damaged, counted from 1, but for a last one without its end: that is being written, or its writer was
/// killed.
#[must_use]
pub fn damaged_lines(text: &[u8]) -> Vec<usize> {
    let ended = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let lines = text[..ended].split(|&byte| byte == b'\n').enumerate();
    lines.filter(|(_, line)| !line.is_empty() && parse(line).is_none()).map(|(at, _)| at + 1).collect()
}

const OPEN: &str = "{\"blake3\":\"";
const BETWEEN: &str = "\",\"record\":";
/// Hexadecimal digits of a line's checksum.
const DIGITS: usize = 16;

/// A record as a line, with the checksum of its text.
#[must_use]
pub fn line(record: &Record) -> String {
    let text = serde_json::to_string(record).unwrap_or_default();
    format!("{OPEN}{}{BETWEEN}{text}}}\n", checksum(text.as_bytes()))
}

fn checksum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..DIGITS].to_string()
}

fn parse(line: &[u8]) -> Option<Record> {
    let line = std::str::from_utf8(line).ok()?.strip_prefix(OPEN)?;
    let (sum, rest) = line.split_at_checked(DIGITS)?;
    let text = rest.strip_prefix(BETWEEN)?.strip_suffix('}')?;
    (checksum(text.as_bytes()) == sum).then(|| serde_json::from_str(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::{Curve, Record, line};

    #[test]
    fn a_line_that_is_cut_or_changed_counts_as_not_written() {
        let whole = line(&Record::Worked { steps: 3, seconds: 0.5 });
        let read = |text: &str| {
            let mut curve = Curve::default();
            curve.read(text.as_bytes());
            (curve.worked.0, curve.damaged)
        };
        assert_eq!(read(&whole), (3, 0));
        for end in 1..whole.len() - 1 {
            assert_eq!(read(&whole[..end]), (0, 1));
        }
        assert_eq!(read(&whole.replace('3', "4")), (0, 1));
        // A line behind one that was cut short is whole.
        assert_eq!(read(&format!("{}\n{whole}", &whole[..20])), (3, 1));
    }
}
