//! How fast a card moves numbers and multiplies large matrices, with the engine's own kernels.

use crate::report::Roof;
use icl::engine::card::{Args, Card, Kernel, Launch, Memory, NUMBERS, Operand, Recorded};
use icl::engine::error::Result;
use std::time::{Duration, Instant};

/// Launches that are made as one.
const ROW: usize = 4;

/// Measures a card; on the processor with sizes that only show that it runs.
///
/// # Errors
/// If the card does not answer.
pub fn measure(card: &dyn Card, real: bool) -> Result<Roof> {
    // Both arrays of a copy are together larger than any cache of a card.
    let (words, side) = if real { (1 << 26, 4096) } else { (1 << 18, 128) };
    let words = words.min((card.room()?.free / 16) as usize).max(side * side);
    let from = card.allot(words.max(2 * side * side))?;
    let to = card.allot(words)?;
    let moved = launch(Kernel::Move, words.div_ceil(NUMBERS), &[(&from, 0), (&to, 0)], &[1, words, words, words, 0]);
    let copy_bytes_per_s = 8.0 * words as f64 / seconds(card, &moved, real)?;
    let mut products = Vec::new();
    for (flags, lie) in [(0, "A B"), (1, "A^T B"), (2, "A B^T")] {
        let numbers = [side, side, side, side, side, side, flags, 1, 1, 0, 0, 0, 0, 0, 0, side];
        let (high, wide) = Kernel::ProductTall.tile();
        let blocks = side.div_ceil(high) * side.div_ceil(wide);
        let product = launch(Kernel::ProductTall, blocks, &[(&from, 0), (&from, side * side), (&to, 0)], &numbers);
        products.push((lie.to_owned(), 2.0 * (side as f64).powi(3) / seconds(card, &product, real)?));
    }
    let product_operations_per_s = products.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    Ok(Roof { copy_bytes_per_s, product_operations_per_s, products })
}

/// A launch for one model.
fn launch(kernel: Kernel, blocks: usize, operands: &[(&Memory, usize)], numbers: &[usize]) -> Launch {
    let mut args = Args { factors: [1.0, 0.0, 0.0, 0.0], ..Args::default() };
    for (to, (memory, word)) in args.operands.iter_mut().zip(operands) {
        *to = Operand { at: memory.at + 4 * *word as u64, stride: 0, by_seat: 0 };
    }
    for (to, number) in args.numbers.iter_mut().zip(numbers) {
        *to = *number as i64;
    }
    // Nothing is looked up by seat, but the address is one.
    args.seats = args.operands[0].at;
    Launch { kernel, blocks: blocks as u32, parts: 1, args }
}

/// Seconds of one launch: the least over some stretches.
fn seconds(card: &dyn Card, launch: &Launch, real: bool) -> Result<f64> {
    use std::sync::atomic::{AtomicU64, Ordering};
    // The engine counts its recordings from below.
    static NUMBERS: AtomicU64 = AtomicU64::new(u64::MAX);
    let number = NUMBERS.fetch_sub(1, Ordering::Relaxed);
    let recorded = Recorded { number, launches: vec![*launch; ROW] };
    let stretch = |count: usize| -> Result<Duration> {
        let start = Instant::now();
        for _ in 0..count {
            card.launch(&recorded, 1)?;
        }
        card.finish()?;
        Ok(start.elapsed())
    };
    // The first loads and records.
    stretch(1)?;
    let one = stretch(1)?.as_secs_f64().max(1e-6);
    let (long, stretches) = if real { (0.1, 5) } else { (0.0, 1) };
    let count = ((long / one) as usize).clamp(1, 10_000);
    let mut least = f64::INFINITY;
    for _ in 0..stretches {
        least = least.min(stretch(count)?.as_secs_f64() / (ROW * count) as f64);
    }
    Ok(least.max(1e-9))
}
