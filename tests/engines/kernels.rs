//! Kernels that small models hardly fill, one by one against their formulas in f64: products in every form of tile, with all
//! that is done to them besides, and attention that does not write its weights, over many tiles.

use icl::engine::card::host::Host;
use icl::engine::card::{Args, Card, Kernel, Launch, Memory, Operand, Recorded};
use icl::engine::stacked::flash::Kernels;
use icl::engine::streams::{Role, Stream, stream};

/// Arrays on a card, one behind the other.
struct Board {
    card: Host,
    memory: Memory,
    words: usize,
}

/// Cards whose threads take their turns in one order and in the other: where a number hangs on that, one of them has it wrong.
fn orders() -> [Host; 2] {
    [Host::new(), Host::backwards()]
}

impl Board {
    fn on(card: Host) -> Self {
        let memory = card.allot(1 << 20).unwrap();
        Self { card, memory, words: 0 }
    }

    fn put(&mut self, values: &[f32]) -> Operand {
        self.bits(&values.iter().map(|value| value.to_bits()).collect::<Vec<u32>>())
    }

    fn bits(&mut self, words: &[u32]) -> Operand {
        let operand = Operand { at: self.memory.at + 4 * self.words as u64, stride: 0, by_seat: 0 };
        self.card.write(&self.memory, self.words, words).unwrap();
        self.words += words.len();
        operand
    }

    fn launch(
        &self,
        kernel: Kernel,
        (blocks, parts): (usize, usize),
        operands: &[Operand],
        numbers: &[usize],
        factor: f64,
    ) {
        let mut args = Args { factors: [factor, 0.0, 0.0, 0.0], ..Args::default() };
        args.operands[..operands.len()].copy_from_slice(operands);
        args.numbers.iter_mut().zip(numbers).for_each(|(to, &number)| *to = number as i64);
        let launch = Launch { kernel, blocks: blocks as u32, parts: parts as u32, args };
        self.card.launch(&Recorded { number: 0, launches: vec![launch] }, 1).unwrap();
    }

    fn read(&self, operand: Operand, count: usize) -> Vec<f64> {
        let mut words = vec![0; count];
        self.card.read(&self.memory, ((operand.at - self.memory.at) / 4) as usize, &mut words).unwrap();
        words.into_iter().map(|word| f64::from(f32::from_bits(word))).collect()
    }
}

fn close(ours: &[f64], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (place, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() <= tolerance, "{what} at {place}: {ours} {theirs}");
    }
}

/// The number with so many digits, the first of which is not written: to the nearest, and of two as near away from 0, or to
/// the one whose last digit is 0.
fn rounded(value: f32, digits: u32, even: bool) -> f64 {
    let wide = f64::from(value);
    if digits >= 24 {
        return wide;
    }
    let unit = 2.0_f64.powi(wide.abs().log2().floor() as i32 - (digits as i32 - 1));
    let (whole, rest) = ((wide.abs() / unit).floor(), (wide.abs() / unit).fract());
    let up = rest > 0.5 || rest == 0.5 && (!even || whole % 2.0 == 1.0);
    wide.signum() * unit * (whole + f64::from(u8::from(up)))
}

fn turned(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..rows * columns).map(|at| values[at % rows * columns + at / rows]).collect()
}

/// The digits that a product keeps of a number, and whether of two as near the even one is taken.
fn kept(kernel: Kernel) -> (u32, bool) {
    match kernel {
        Kernel::ProductTf32 => (11, false),
        Kernel::ProductBf16 => (8, true),
        _ => (24, false),
    }
}

/// Transposed or not, cut at the edges of their tiles, with sums of several parts and sums of columns.
#[test]
fn products_round_as_they_say() {
    let (rows, columns, inner) = (150, 145, 83);
    let mut draws = stream(41, Role::Test, &[]);
    let (left, right) = (draws.normals(rows * inner), draws.normals(inner * columns));
    for kernel in Kernel::PRODUCTS {
        let ((digits, even), (high, wide)) = (kept(kernel), kernel.tile());
        for (transposed, card) in (0..4).flat_map(|at| orders().map(|card| (at, card))) {
            let mut board = Board::on(card);
            let a = board.put(&if transposed & 1 == 0 { left.clone() } else { turned(&left, rows, inner) });
            let b = board.put(&if transposed & 2 == 0 { right.clone() } else { turned(&right, inner, columns) });
            let out = board.put(&vec![0.0; 3 * rows * columns]);
            let sums = board.put(&vec![0.0; 3 * columns]);
            let lies = |turned: bool, usual: usize, other: usize| if turned { other } else { usual };
            let (lda, ldb) = (lies(transposed & 1 > 0, inner, rows), lies(transposed & 2 > 0, columns, inner));
            let numbers = [rows, columns, inner, lda, ldb, columns, transposed, 1, 1, 0, 0, 0, 0, 0, 0, 30];
            let none = Operand::default();
            let blocks = rows.div_ceil(high) * columns.div_ceil(wide);
            board.launch(kernel, (blocks, 3), &[a, b, out, none, none, none, sums], &numbers, 0.5);
            let parts = board.read(out, 3 * rows * columns);
            let ours: Vec<f64> =
                (0..rows * columns).map(|at| (0..3).map(|part| parts[part * rows * columns + at]).sum()).collect();
            let theirs: Vec<f64> = (0..rows * columns)
                .map(|at| {
                    let (row, column) = (at / columns, at % columns);
                    let term = |k: usize| {
                        rounded(left[row * inner + k], digits, even)
                            * rounded(right[k * columns + column], digits, even)
                    };
                    0.5 * (0..inner).map(term).sum::<f64>()
                })
                .collect();
            close(&ours, &theirs, 2e-5, &format!("{kernel:?} {transposed}"));
            let added = board.read(sums, 3 * columns);
            let column = |part: usize, column: usize| -> f64 {
                (part * 30..inner.min(30 * part + 30)).map(|k| f64::from(right[k * columns + column])).sum()
            };
            let theirs: Vec<f64> = (0..3 * columns).map(|at| column(at / columns, at % columns)).collect();
            close(&added, &theirs, 2e-5, &format!("sums of {kernel:?} {transposed}"));
        }
    }
}

/// What is done to a product besides: a bias and summands, then either activations beside it, or slopes and what is there.
#[test]
fn products_take_more_along() {
    let (rows, columns, inner) = (130, 131, 20);
    let mut draws = stream(42, Role::Test, &[]);
    let [left, right, bias, summands, there, active] =
        [rows * inner, inner * columns, columns, rows * columns, rows * columns, rows * columns]
            .map(|count| draws.normals(count));
    // The exact GELU and its slope.
    let share = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
    let slope = |x: f64| share(x) + x * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    for kernel in Kernel::PRODUCTS.into_iter().filter(|kernel| kept(*kernel).0 == 24) {
        let (high, wide) = kernel.tile();
        for (flags, card) in [8 + 32, 4 + 16 + 32].into_iter().flat_map(|flags| orders().map(|card| (flags, card))) {
            let mut board = Board::on(card);
            let operands = [&left, &right, &there, &bias, &summands, &active].map(|values| board.put(values));
            let numbers = [rows, columns, inner, inner, columns, columns, flags, 1, 1, 0, 0, 0, 0, 0, 0, inner];
            let blocks = rows.div_ceil(high) * columns.div_ceil(wide);
            board.launch(kernel, (blocks, 1), &operands, &numbers, 1.0);
            let value = |at: usize| {
                let (row, column) = (at / columns, at % columns);
                let term = |k: usize| f64::from(left[row * inner + k]) * f64::from(right[k * columns + column]);
                let sum = (0..inner).map(term).sum::<f64>() + f64::from(bias[column]) + f64::from(summands[at]);
                if flags & 8 > 0 { sum } else { sum * slope(f64::from(active[at])) + f64::from(there[at]) }
            };
            let theirs: Vec<f64> = (0..rows * columns).map(value).collect();
            close(&board.read(operands[2], rows * columns), &theirs, 2e-5, &format!("{kernel:?} {flags}"));
            if flags & 8 > 0 {
                let theirs: Vec<f64> = theirs.iter().map(|&x| x * share(x)).collect();
                close(&board.read(operands[5], rows * columns), &theirs, 2e-5, &format!("active of {kernel:?}"));
            }
        }
    }
}

/// The sizes of an attention.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    sequences: usize,
    heads: usize,
    /// Of a head.
    width: usize,
    rows: usize,
    keys: usize,
    softmax: bool,
    biased: bool,
}

/// Attention in f64: mixed values, and the gradients of queries, keys and values for those of the mixed values. Arrays are
/// `[sequences, rows or keys, heads, width]`.
fn attended(of: Sizes, tokens: &[usize], slopes: &[f32], all: [&[f32]; 4]) -> [Vec<f64>; 4] {
    let Sizes { sequences, heads, width, rows, keys, softmax, .. } = of;
    let [queries, key, value, grads] = all.map(|values| values.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>());
    let (factor, whole) = (1.0 / (width as f64).sqrt(), heads * width);
    let mut out = [rows, rows, keys, keys].map(|count| vec![0.0; sequences * count * whole]);
    for (sequence, head) in (0..sequences).flat_map(|sequence| (0..heads).map(move |head| (sequence, head))) {
        let row = |at: usize| (sequence * rows + at) * whole + head * width;
        let place = |at: usize| (sequence * keys + at) * whole + head * width;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for (at, &token) in tokens.iter().enumerate() {
            let query = &queries[row(at)..][..width];
            let scores: Vec<f64> = (0..=token)
                .map(|seen| {
                    let bias = f64::from(slopes[head]) * (token - seen) as f64;
                    factor * dot(query, &key[place(seen)..][..width]) - bias
                })
                .collect();
            let total: f64 = scores.iter().map(|score| score.exp()).sum();
            let weigh = |score: &f64| if softmax { score.exp() / total } else { score / (token + 1) as f64 };
            let weights: Vec<f64> = scores.iter().map(weigh).collect();
            let grad = &grads[row(at)..][..width];
            let along: Vec<f64> = (0..=token).map(|seen| dot(grad, &value[place(seen)..][..width])).collect();
            let common = dot(&weights, &along);
            for seen in 0..=token {
                let (weight, share) = (weights[seen], (token + 1) as f64);
                let slope = if softmax { weight * (along[seen] - common) } else { along[seen] / share };
                for k in 0..width {
                    out[0][row(at) + k] += weight * value[place(seen) + k];
                    out[1][row(at) + k] += factor * slope * key[place(seen) + k];
                    out[2][place(seen) + k] += factor * slope * query[k];
                    out[3][place(seen) + k] += weight * grad[k];
                }
            }
        }
    }
    out
}

/// Heads of every width, more rows and keys than tiles have, rows at some tokens alone, with and without the softmax and
/// biases, gradients that are added to what is there.
#[test]
fn attention_without_weights() {
    let widths = [1, 6, 20, 32, 33, 50, 64, 65, 100, 128].into_iter().enumerate();
    for ((case, width), card) in widths.flat_map(|of| orders().map(|card| (of, card))) {
        let mut draws: Stream = stream(43, Role::Test, &[width as u64]);
        let kept = case % 2 == 1;
        let keys = [70, 33, 9][case % 3];
        let tokens: Vec<usize> = if kept { (0..keys).filter(|at| at % 3 == 2).collect() } else { (0..keys).collect() };
        let rows = tokens.len();
        let of = Sizes { sequences: 2, heads: 3, width, rows, keys, softmax: case % 4 < 3, biased: case % 3 == 0 };
        let whole = of.heads * width;
        let [queries, key, value, grads, there] =
            [rows, keys, keys, rows, rows.max(keys)].map(|count| draws.normals(of.sequences * count * whole));
        let slopes = if of.biased { vec![0.5, 0.25, 0.125] } else { vec![0.0; 3] };
        let theirs = attended(of, &tokens, &slopes, [&queries, &key, &value, &grads]);
        let mut board = Board::on(card);
        let none = Operand::default();
        let [q, k, v, g] = [&queries, &key, &value, &grads].map(|values| board.put(values));
        let stats = board.put(&vec![0.0; 3 * of.sequences * of.heads * rows]);
        let at = if kept { board.bits(&tokens.iter().map(|&token| token as u32).collect::<Vec<_>>()) } else { none };
        let biases = if of.biased { board.put(&slopes) } else { none };
        let [mixed, to_queries, to_keys, to_values] =
            [rows, rows, keys, keys].map(|count| board.put(&there[..of.sequences * count * whole]));
        let pairs = of.sequences * of.heads;
        let sizes = [pairs, of.heads, width, rows, keys, whole, whole, whole, usize::from(of.softmax), whole];
        let Kernels { ahead, rows: by_rows, keys: by_keys, block } = Kernels::of(width).unwrap();
        let shared = [q, k, v, stats, at, biases];
        let launch = |kernel: Kernel, count: usize, own: &[Operand], numbers: &[usize]| {
            let (operands, numbers) = ([&shared, own].concat(), [&sizes, numbers].concat());
            board.launch(kernel, (count.div_ceil(block) * pairs, 1), &operands, &numbers, 1.0 / (width as f64).sqrt());
        };
        launch(ahead, rows, &[mixed], &[]);
        launch(by_rows, rows, &[mixed, g, to_queries], &[whole, 1]);
        launch(by_keys, keys, &[g, to_keys, to_values], &[whole, whole, 1, 0]);
        let added = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&there).map(|(value, there)| value + f64::from(*there)).collect()
        };
        let wanted = [theirs[0].clone(), added(&theirs[1]), added(&theirs[2]), theirs[3].clone()];
        let of_what = ["mixed values", "queries", "keys", "values"];
        for ((what, operand), theirs) in of_what.iter().zip([mixed, to_queries, to_keys, to_values]).zip(&wanted) {
            close(&board.read(operand, theirs.len()), theirs, 5e-5, &format!("{what} of {of:?}"));
        }
    }
}
