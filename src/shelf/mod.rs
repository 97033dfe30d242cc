//! What stands in a store, seen as a whole: its cells as rows, what is of no more use, what is damaged, and why a cell of a
//! program is not there.
//!
//! Everything here looks at a store that other processes may be writing: what goes away between two looks is passed over.

mod columns;
mod compare;
mod filter;
mod index;
mod marks;
mod removal;
mod row;
mod usage;
mod verify;
mod waste;
mod why;
mod words;

pub use columns::{Column, Kind, Value, columns, differing, order};
pub use compare::Difference;
pub use filter::Filter;
pub use index::FILE as INDEX;
pub use marks::{Damaged, Marks};
pub use removal::{Kept, Removing, chain, removing};
pub use row::{Row, State, rows};
pub use usage::{Size, is_key, newest, size};
pub use verify::{Fault, Repair, repair, verify};
pub use waste::{Waste, waste};
pub use why::{Known, Lack, Why, why};
pub use words::{identity, value as words_of};
