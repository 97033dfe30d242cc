//! Whether a card's products and attention are those of the same source compiled as C, in every form of tile and on matrix
//! units, whose instructions no processor has.

use crate::parity::Found;
use crate::place::Place;
use icl::engine::card::host::Host;
use icl::engine::card::{Args, Card, Kernel, Launch, Operand, Recorded};
use icl::engine::error::Result;
use icl::engine::stacked::flash::Kernels;
use icl::engine::streams::{Role, stream};

/// What two orders of the same sums may differ by, relative to the largest number.
const ALLOWED: f64 = 1e-5;

/// Widths of heads, of which each has kernels of its own.
const WIDTHS: [usize; 3] = [20, 64, 100];

/// A launch on arrays one behind the other: of each operand where it begins, or that there is none.
struct Trial {
    kernel: Kernel,
    blocks: usize,
    operands: Vec<Option<usize>>,
    numbers: Vec<usize>,
    factor: f64,
}

/// Compares all of them.
pub fn check(place: &Place, found: &mut Found) {
    for kernel in Kernel::PRODUCTS {
        let (high, wide) = kernel.tile();
        for transposed in 0..4 {
            let (rows, columns, inner): (usize, usize, usize) = (300, 145, 83);
            let [left, right, out, bias, summands, active] =
                [rows * inner, inner * columns, rows * columns, columns, rows * columns, rows * columns]
                    .iter()
                    .scan(0, |end, count| {
                        *end += count;
                        Some(*end - count)
                    })
                    .collect::<Vec<_>>()[..]
            else {
                continue;
            };
            let (lda, ldb) =
                (if transposed & 1 > 0 { rows } else { inner }, if transposed & 2 > 0 { inner } else { columns });
            let flags = transposed + 8;
            let numbers = vec![rows, columns, inner, lda, ldb, columns, flags, 1, 1, 0, 0, 0, 0, 0, 0, inner];
            let blocks = rows.div_ceil(high) * columns.div_ceil(wide);
            let operands = [left, right, out, bias, summands, active].map(Some).to_vec();
            let trial = Trial { kernel, blocks, operands, numbers, factor: 0.5 };
            tell(place, &[trial], active + rows * columns, &format!("{kernel:?}, {transposed}"), found);
        }
    }
    for width in WIDTHS {
        let Some(Kernels { ahead, rows: by_rows, keys: by_keys, block }) = Kernels::of(width) else { continue };
        for softmax in [0, 1] {
            let (sequences, heads, tokens) = (3, 2, 75);
            let (whole, pairs) = (heads * width, sequences * heads);
            let each = sequences * tokens * whole;
            let at = |place: usize| Some(place * each);
            let kept = Some(9 * each);
            let sizes = [pairs, heads, width, tokens, tokens, whole, whole, whole, softmax, whole];
            let trial = |kernel: Kernel, own: &[Option<usize>], numbers: &[usize]| Trial {
                kernel,
                blocks: tokens.div_ceil(block) * pairs,
                operands: [&[at(0), at(1), at(2), kept, None, None], own].concat(),
                numbers: [&sizes, numbers].concat(),
                factor: 1.0 / (width as f64).sqrt(),
            };
            let trials = [
                trial(ahead, &[at(3)], &[]),
                trial(by_rows, &[at(3), at(4), at(5)], &[whole, 0]),
                trial(by_keys, &[at(4), at(6), at(7)], &[whole, whole, 0, 0]),
            ];
            tell(place, &trials, 9 * each + 3 * pairs * tokens, &format!("heads of {width}, softmax {softmax}"), found);
        }
    }
}

/// Makes the launches on the card and on the processor, and compares all that is in memory then.
fn tell(place: &Place, trials: &[Trial], words: usize, at: &str, found: &mut Found) {
    let kind = if trials.len() == 1 { "products" } else { "attention" };
    let both = made(&*place.card, trials, words).and_then(|ours| Ok((ours, made(&Host::new(), trials, words)?)));
    match both {
        Ok((ours, theirs)) => {
            let largest = theirs.iter().map(|value| value.abs()).fold(0.0, f64::max);
            let far = ours
                .iter()
                .zip(&theirs)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, |far: f64, one| if one.is_nan() { f64::NAN } else { far.max(one) });
            if found.tell(kind, "the same in C", far / largest, ALLOWED, at.to_owned()) {
                found.failures.push(format!("{kind}, {at}: {:e} from the same in C", far / largest));
            }
        }
        Err(error) => found.failures.push(format!("{kind}, {at}: {error}")),
    }
}

/// All words of a memory behind some launches; before them they are normal draws.
fn made(card: &dyn Card, trials: &[Trial], words: usize) -> Result<Vec<f64>> {
    use std::sync::atomic::{AtomicU64, Ordering};
    // Others count from below, or from the end.
    static NUMBERS: AtomicU64 = AtomicU64::new(u64::MAX / 2);
    let memory = card.allot(words)?;
    let drawn = stream(44, Role::Test, &[]).normals(words);
    card.write(&memory, 0, &drawn.iter().map(|value| value.to_bits()).collect::<Vec<_>>())?;
    let launches = trials.iter().map(|trial| {
        // Nothing is looked up by seat, but the address is one.
        let mut args = Args { factors: [trial.factor, 0.0, 0.0, 0.0], seats: memory.at, ..Args::default() };
        for (to, from) in args.operands.iter_mut().zip(&trial.operands) {
            *to = from.map_or_else(Operand::default, |word| Operand {
                at: memory.at + 4 * word as u64,
                stride: 0,
                by_seat: 0,
            });
        }
        args.numbers.iter_mut().zip(&trial.numbers).for_each(|(to, &number)| *to = number as i64);
        Launch { kernel: trial.kernel, blocks: trial.blocks as u32, parts: 1, args }
    });
    let recorded = Recorded { number: NUMBERS.fetch_add(1, Ordering::Relaxed), launches: launches.collect() };
    card.launch(&recorded, 1)?;
    let mut read = vec![0; words];
    card.read(&memory, 0, &mut read)?;
    Ok(read.into_iter().map(|word| f64::from(f32::from_bits(word))).collect())
}
