//! From gradients to new parameters.

use super::Fast;
use super::ahead::add;
use super::buffer::Buffer;
use super::layout::Across;
use crate::engine::adam::{Step, Update, apply, squares};
use crate::engine::kernels::product::transpose;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of a piece of work, at least; smaller ones are not worth another thread.
const PIECE: usize = 1 << 15;

/// Some parameters whose change is computed together.
struct Piece {
    range: Range<usize>,
    across: Vec<Across>,
}

/// A buffer of which every thread changes its own stretch.
struct Stretches(*mut f32, usize);

// SAFETY: threads take stretches that do not overlap.
unsafe impl Sync for Stretches {}

impl Stretches {
    fn of(buffer: &mut Buffer) -> Self {
        Self(buffer.as_mut_ptr(), buffer.len())
    }

    /// # Safety
    /// No other thread may hold numbers of the same stretch.
    #[allow(clippy::mut_from_ref)]
    unsafe fn get(&self, range: Range<usize>) -> &mut [f32] {
        assert!(range.end <= self.1);
        // SAFETY: inside the buffer, and nobody else's, as the caller says.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(range.start), range.len()) }
    }
}

impl Fast {
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for part in self.layout.parameters.iter().flatten() {
            match pieces.last_mut() {
                Some(piece) if piece.range.len() < PIECE => piece.range.end = part.range().end,
                _ => pieces.push(Piece { range: part.range(), across: Vec::new() }),
            }
        }
        for across in &self.layout.across {
            let own = pieces.iter_mut().find(|piece| piece.range.contains(&across.of.offset));
            own.expect("pieces cover all parameters").across.push(*across);
        }
        pieces
    }

    /// One optimizer step on the sum of the lanes' gradients.
    pub(super) fn change(&mut self, update: &Update, lanes: &mut [Buffer]) {
        let pieces = self.pieces();
        self.steps += 1;
        let (sum, others) = lanes.split_at_mut(1);
        let sum = Stretches::of(&mut sum[0]);
        let total = |range: &Range<usize>| {
            // SAFETY: pieces do not overlap, and each is one thread's.
            let own = unsafe { sum.get(range.clone()) };
            others.iter().for_each(|other| add(own, &other[range.clone()]));
            own
        };
        let mut norm = 0.0;
        if update.clip.is_some() {
            let each: Vec<AtomicU64> = pieces.iter().map(|_| AtomicU64::new(0)).collect();
            self.crew.each(pieces.len(), &|at| {
                each[at].store(squares(total(&pieces[at].range)).to_bits(), Ordering::Relaxed);
            });
            norm = each.iter().map(|bits| f64::from_bits(bits.load(Ordering::Relaxed))).sum();
        }
        let step = Step::new(update, self.steps, norm);
        let parameters = Stretches::of(&mut self.parameters);
        let (first, second) = (Stretches::of(&mut self.first), Stretches::of(&mut self.second));
        let turned = Stretches::of(&mut self.across);
        self.crew.each(pieces.len(), &|at| {
            let Piece { range, across } = &pieces[at];
            // SAFETY: pieces and their transposes do not overlap, and each is one thread's.
            unsafe {
                let grads = if update.clip.is_some() { sum.get(range.clone()) } else { total(range) };
                let values = parameters.get(range.clone());
                apply(&step, values, grads, first.get(range.clone()), second.get(range.clone()));
                for across in across {
                    let of = across.of;
                    let weight = &values[of.offset - range.start..][..of.range().len()];
                    transpose(weight, of.rows, of.columns, across.used, turned.get(across.range()));
                }
            }
        });
    }
}
