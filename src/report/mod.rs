//! What people look at: tables, figures, terminal sketches and the wording of numbers.
//!
//! Nothing here reads files or runs; every function maps plain data to text or bytes.

pub mod along;
pub mod arrange;
pub mod columns;
pub mod compared;
pub mod concluded;
pub mod figure;
pub mod forest;
pub mod heat;
pub mod number;
pub mod page;
pub mod pictures;
pub mod points;
pub mod sequences;
pub mod sketch;
pub mod stairs;
mod straight;
pub mod strips;
pub mod study;
pub mod survival;
pub mod table;
pub mod whole;

mod axis;
mod braille;
mod cells;
mod curve;
mod details;
mod direct;
mod ends;
mod frame;
mod glyph;
mod inside;
mod latex;
mod legend;
mod markup;
mod measures;
mod notes;
mod onsets;
mod palette;
mod panel;
mod pdf;
mod plot;
mod raster;
mod relations;
mod scene;
mod spread;
mod svg;
mod terminal;
mod trajectories;
mod upright;

pub use figure::{CurveRun, Figure, Group, Level, Mark, Panel};
pub use pictures::{Drawn, Picture, pictures};
pub use sketch::{Look, sketch};
pub use survival::{Curve, Survival};
pub use table::{Align, Column, Style, Table};
