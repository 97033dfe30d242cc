//! How much memory a model takes on a card, told by its plans alone.

use super::layout::Layout;
use super::plan::Plan;
use super::shape::Shape;
use crate::engine::program::Program;
use crate::program::training::Products;

/// Bytes of a model's own, and of what is computed for it at its largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    pub seat: u64,
    pub computed: u64,
}

/// What a program takes for some shapes of batches.
#[must_use]
pub fn footprint(program: &Program, shapes: &[Shape]) -> Footprint {
    let layout = Layout::new(program);
    let words = shapes.iter().map(|shape| {
        let plan = Plan::new(program, &layout, shape, Products::Whole);
        plan.feed + plan.batch + plan.arena + plan.result
    });
    Footprint { seat: 4 * layout.seat() as u64, computed: 4 * words.max().unwrap_or(0) as u64 }
}
