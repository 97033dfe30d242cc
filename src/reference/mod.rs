//! The registry and the standard library, as pages for a reader: of a terminal, of a program, of docs/reference.

mod contents;
mod entry;
mod library;
mod lookup;
mod markdown;
mod page;
mod plain;
mod wrap;

pub use contents::{Chapter, Section, chapters};
pub use entry::{Entry, Kind, Parameter};
pub use library::{LibraryItem, Module, modules};
pub use lookup::{Found, lookup, suggestions};
pub use markdown::files;
pub use page::{Layout, page};
pub use plain::{listing, plain};
