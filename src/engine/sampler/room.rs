//! Room for the numbers of batches. Batches are alike, and fresh memory would be zeroed before it is written.

use super::values::Values;
use std::sync::Mutex;

/// The values of batches that nobody needs any more.
#[derive(Debug, Default)]
pub struct Room(Mutex<Vec<Vec<Values>>>);

/// Batches that are kept, and numbers in the largest that is.
const BATCHES: usize = 2;
const NUMBERS: usize = 1 << 20;

impl Room {
    /// The values of such a batch, one entry a node; nothing where there is none.
    pub fn take(&self) -> Vec<Values> {
        self.0.lock().ok().and_then(|mut batches| batches.pop()).unwrap_or_default()
    }

    /// Takes the values of a batch back.
    pub fn give(&self, values: Vec<Values>) {
        let numbers: usize = values.iter().map(|values| values.data.len()).sum();
        if numbers <= NUMBERS
            && let Ok(mut batches) = self.0.lock()
            && batches.len() < BATCHES
        {
            batches.push(values);
        }
    }
}
