//! Attention whose weights nobody looks at, in kernels that do not write them: forwards one launch, backwards one for
//! queries and one for keys and values.

use super::ahead::{Planner, Walk};
use super::attend::{Attention, Left, Projected};
use super::record::{At, Recorder};
use crate::engine::card::Kernel;
use crate::program::training::Products;

/// The kernels for a width of heads, with the rows of a block.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    pub ahead: Kernel,
    pub rows: Kernel,
    pub keys: Kernel,
    pub block: usize,
}

impl Kernels {
    /// None for heads that are wider than any kernel takes.
    #[must_use]
    pub fn of(width: usize) -> Option<Self> {
        Some(match width {
            0..=32 => {
                Self { ahead: Kernel::Attend32, rows: Kernel::AttendRows32, keys: Kernel::AttendKeys32, block: 32 }
            }
            33..=64 => {
                Self { ahead: Kernel::Attend64, rows: Kernel::AttendRows64, keys: Kernel::AttendKeys64, block: 32 }
            }
            65..=128 => {
                Self { ahead: Kernel::Attend128, rows: Kernel::AttendRows128, keys: Kernel::AttendKeys128, block: 16 }
            }
            _ => return None,
        })
    }
}

/// What attention leaves for its way back where it does not write its weights.
#[derive(Clone, Copy, Debug)]
pub struct Unwritten {
    /// `[B, heads, rows, 3]`: the largest score of each row, the sum of exponentials, and room for what `attend_rows` finds.
    pub kept: At,
    /// The mixed values, before anything takes their place.
    pub mixed: At,
    slopes: At,
}

/// Where the gradients of what attention reads go, each with the words between two rows and whether it is added to what
/// is there.
#[derive(Clone, Copy, Debug)]
pub struct Into {
    pub queries: (At, usize, bool),
    pub keys: (At, usize, bool),
    pub values: (At, usize, bool),
}

impl Planner<'_> {
    /// Whether the weights need not be written: nothing reads or changes them, and they would not be made on matrix units,
    /// which these kernels do not use.
    pub fn unwritten(&self, walk: &Walk, of: &Attention) -> bool {
        const UNITS: usize = 32;
        let small = [of.rows, of.tokens, of.own()].into_iter().any(|side| side < UNITS);
        Kernels::of(of.own()).is_some()
            && (self.recorder.products() == Products::Whole || small)
            && self.shape.scaled.is_empty()
            && self.fixed_patterns(walk, of).is_empty()
            && !self.looked_into(walk, of)
    }

    /// The mixed values.
    pub fn flash(&mut self, of: &Attention, from: &Projected) -> (At, Unwritten) {
        let sequences = self.shape.sequences;
        let mixed = self.recorder.room(sequences * of.rows * of.width);
        let kept = self.recorder.room(3 * sequences * of.heads * of.rows);
        let slopes = self.slopes(of);
        let left = Unwritten { kept, mixed, slopes };
        if let Some(kernels) = Kernels::of(of.own()) {
            let further = [of.width];
            self.launch(of, from, &left, (kernels.ahead, of.rows.div_ceil(kernels.block)), &[mixed], &further);
        }
        (mixed, left)
    }

    /// The gradients of queries, keys and values, of those of the mixed values.
    pub fn flash_back(&mut self, left: &Left, from: &Unwritten, grads: At, into: &Into) {
        let of = &left.attention;
        let Some(kernels) = Kernels::of(of.own()) else { return };
        let (queries, row, adds) = into.queries;
        let rows = (kernels.rows, of.rows.div_ceil(kernels.block));
        let further = [of.width, row, usize::from(adds)];
        self.launch(of, &left.from, from, rows, &[from.mixed, grads, queries], &further);
        let ((keys, keys_row, keys_add), (values, values_row, values_add)) = (into.keys, into.values);
        let tiles = (kernels.keys, of.tokens.div_ceil(kernels.block));
        let further = [of.width, keys_row, values_row, usize::from(keys_add), usize::from(values_add)];
        self.launch(of, &left.from, from, tiles, &[grads, keys, values], &further);
    }

    /// One launch, with the operands and numbers that all of them have before its own.
    fn launch(
        &mut self,
        of: &Attention,
        from: &Projected,
        left: &Unwritten,
        (kernel, tiles): (Kernel, usize),
        operands: &[At],
        numbers: &[usize],
    ) {
        let pairs = self.shape.sequences * of.heads;
        let all = [from.queries, from.keys, from.values, left.kept, of.at, left.slopes];
        let sizes = [
            pairs,
            of.heads,
            of.own(),
            of.rows,
            of.tokens,
            of.width,
            from.keys_row,
            from.values_row,
            usize::from(of.softmax),
        ];
        let recorder: &mut Recorder = &mut self.recorder;
        let factor = 1.0 / (of.own() as f64).sqrt();
        recorder.parted(kernel, (tiles * pairs, 1), &[&all, operands].concat(), &[&sizes, numbers].concat(), factor);
    }
}
