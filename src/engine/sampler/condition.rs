//! Rows of a data source for which a condition holds: the condition's nodes run over many candidate rows at once.

use super::made::Made;
use super::offered::Offered;
use super::values::{Numbers, Values};
use super::{Cone, Fault, Sampler, width};
use crate::engine::streams::Stream;
use crate::program::task::{NodeId, Op};

/// Up to so many rows are all looked at; of more, some are drawn and looked at.
pub const ALL: usize = 4096;
/// Candidates that are drawn at a time.
const SOME: usize = 256;
/// Times that candidates are drawn before all rows are looked at.
const TRIES: usize = 64;

/// A condition on rows.
pub struct Condition {
    pub asked: NodeId,
    pub candidates: Vec<NodeId>,
    pub cone: Cone,
}

impl Condition {
    /// The condition that a node states.
    pub fn of(sampler: &Sampler<'_>, asked: NodeId) -> Self {
        let nodes = sampler.task.nodes.iter().enumerate();
        let candidates: Vec<NodeId> =
            nodes.filter(|(_, node)| matches!(node.op, Op::Candidate { .. })).map(|(id, _)| id).collect();
        let cone = sampler.cone(asked, &candidates);
        Self { asked, candidates, cone }
    }

    /// Whether it is the same in every sequence.
    pub fn fixed(&self) -> bool {
        self.cone.given.is_empty()
    }

    /// The rows for which it holds at a sequence and position.
    ///
    /// # Errors
    /// A part of it that cannot be computed.
    pub fn of_these(
        &self,
        sampler: &Sampler<'_>,
        numbers: Numbers<'_>,
        (sequence, position): (usize, usize),
        rows: &[u32],
    ) -> Result<Vec<u32>, Fault> {
        let mut values = vec![Values::default(); sampler.task.nodes.len()];
        for &id in &self.candidates {
            values[id] = Values::zeros(rows.len(), 1, 1);
            values[id].data.iter_mut().zip(rows).for_each(|(value, row)| *value = f64::from(*row));
        }
        for &id in &self.cone.given {
            values[id] = Values::fixed(numbers[id].at(sequence, position).to_vec());
        }
        for &id in &self.cone.computed {
            let mut out = Values::zeros(rows.len(), 1, width(&sampler.task.nodes[id]));
            let given = Numbers { known: numbers.known, drawn: &values, same: &[] };
            sampler.compute(id, given, &mut out, 0..1)?;
            values[id] = out;
        }
        let held = &values[self.asked];
        Ok(rows.iter().enumerate().filter(|(at, _)| held.at(*at, 0)[0] != 0.0).map(|(_, row)| *row).collect())
    }

    /// A row for which it holds, each as likely, none of `shown`.
    ///
    /// # Errors
    /// Where it holds for no row.
    pub fn draw(
        &self,
        sampler: &Sampler<'_>,
        numbers: Numbers<'_>,
        place: (usize, usize),
        offered: &Offered,
        shown: &[f64],
        stream: &mut Stream,
    ) -> Result<u32, Fault> {
        let new = |row: &u32| !shown.contains(&f64::from(*row));
        if offered.len() > ALL {
            for _ in 0..TRIES {
                let drawn: Vec<u32> = (0..SOME).map(|_| offered.draw(stream)).collect();
                let held = self.of_these(sampler, numbers, place, &drawn)?;
                if let Some(row) = held.iter().copied().find(new) {
                    return Ok(row);
                }
            }
        }
        let held = self.of_these(sampler, numbers, place, &offered.all())?;
        let left: Vec<u32> = held.into_iter().filter(new).collect();
        if left.is_empty() {
            return Err(Fault::of("has no row left for which its condition holds".into()));
        }
        Ok(left[stream.below(left.len() as u64) as usize])
    }
}

/// The nodes that ask about a candidate row, and so have no value of their own.
pub fn asking(sampler: &Sampler<'_>) -> Vec<bool> {
    let mut asks = vec![false; sampler.task.nodes.len()];
    for &id in sampler.groups.iter().flat_map(|group| &group.nodes) {
        let candidate = matches!(sampler.made[id], Made::Candidate);
        let drawn = matches!(sampler.made[id], Made::Rows { .. });
        asks[id] = candidate || !drawn && sampler.needs(id).iter().any(|&need| asks[need]);
    }
    asks
}
