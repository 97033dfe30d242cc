//! The embeddings of rows as numbers, where a task computes with them. What the model itself reads is copied from the table
//! as it is when a batch is assembled.

use super::fault::Fault;
use super::values::Values;
use crate::data::{Embeddings, ShapesSpec};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The embeddings of one data source.
pub struct Lookup {
    spec: ShapesSpec,
    /// Those that whoever runs the task has in memory.
    held: Option<Arc<Embeddings>>,
    /// Those of other rows, which are embedded when they are first asked for.
    further: Mutex<Option<Embeddings>>,
    /// Where embeddings of earlier runs lie.
    cache: Option<PathBuf>,
}

impl Lookup {
    pub fn new(spec: &ShapesSpec, held: Option<Arc<Embeddings>>, cache: Option<PathBuf>) -> Self {
        Self { spec: spec.clone(), held, further: Mutex::new(None), cache }
    }

    /// Writes the embeddings of rows at some positions.
    ///
    /// # Errors
    /// Embeddings of the user's that cannot be read.
    pub fn write(&self, rows: &Values, out: &mut Values, positions: Range<usize>) -> Result<(), Fault> {
        let held = |row: u32| self.held.as_ref().filter(|held| held.has(row));
        let each = (0..out.sequences).flat_map(|sequence| positions.clone().map(move |position| (sequence, position)));
        let rows_of = |(sequence, position)| rows.label(sequence, position);
        let absent: Vec<u32> = each.clone().map(rows_of).filter(|row| held(*row).is_none()).collect();
        // What a thread that failed left behind holds whole rows alone.
        let mut further = self.further.lock().unwrap_or_else(PoisonError::into_inner);
        if !absent.is_empty() {
            self.fetch(&mut further, &absent).map_err(|reason| Fault::of(format!("has no embeddings: {reason}")))?;
        }
        for (sequence, position) in each {
            let row = rows.label(sequence, position);
            let Some(table) = held(row).map(Arc::as_ref).or(further.as_ref()) else { continue };
            let numbers = out.at_mut(sequence, position).iter_mut().zip(table.gather(row));
            numbers.for_each(|(out, number)| *out = f64::from(*number));
        }
        Ok(())
    }

    fn fetch(&self, further: &mut Option<Embeddings>, rows: &[u32]) -> Result<(), crate::data::DataError> {
        let table = match further {
            Some(table) => table,
            None => further.insert(Embeddings::open(&self.spec, self.cache.as_deref())?),
        };
        table.fetch(rows, 1, &mut |_, _| {})
    }
}
