//! The data that studies are about: images that are drawn, embedded and kept on disk; tables and arrays in files.

pub mod array;
pub mod atomic;
pub mod blend;
pub mod cache;
pub mod code;
pub mod conv;
pub mod describe;
pub mod encoder;
pub mod error;
pub mod files;
pub mod pictures;
pub mod random;
pub mod scene;
pub mod shapes;
pub mod sheet;
pub mod source;
pub mod store;
pub mod table;
pub mod tokens;

pub use array::{ArrayInfo, inspect, square};
pub use cache::{Embeddings, default_cache_dir};
pub use error::DataError;
pub use sheet::contact_sheet;
pub use source::{ArraySource, ImageSource, ShapesSpec, Source, Split};
pub use table::TableSpec;
pub use tokens::{Token, Tokens};
