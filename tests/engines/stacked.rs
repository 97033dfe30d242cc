//! The stacked engine, its kernels compiled for the processor, against the plain one; and that nothing of a model's
//! numbers hangs on what stands beside it.

use crate::compared::{Drawn, Make, agree, drawn, plain};
use icl::engine::adam::Update;
use icl::engine::backend::{Backend, Numbers};
use icl::engine::card::host::Host;
use icl::engine::card::{Args, Card, Kernel, Launch, Operand, Recorded};
use icl::engine::plain::Width;
use icl::engine::stacked::footprint::{Footprint, footprint};
use icl::engine::stacked::shape::{Asked, Shape};
use icl::engine::stacked::{Deck, Stack};
use icl::engine::streams::{Role, stream};
use icl::program::training::Products;
use std::sync::{Arc, Barrier};

/// The stacked engine as a [`Make`], each model alone.
fn stacked() -> Deck {
    Deck::host()
}

#[test]
fn stacked_is_plain() {
    let deck = stacked();
    let make: Make = &|program, parameters| Box::new(deck.join(program, Products::Whole, parameters).unwrap());
    agree(make, &plain(Width::F64), 600..900, 1e-4);
}

/// What three steps make of a model.
fn trained(engine: &mut dyn Backend, of: &Drawn, seed: u64) -> (Vec<u64>, Numbers) {
    let losses = (0..3).map(|step| {
        let update = Update { clip: seed.is_multiple_of(2).then_some(1.0), ..Update::adam(1e-3 * (seed + 1) as f64) };
        let noise = of.noise.map(|_| icl::engine::dropout::Noise { seed, step });
        engine.step(&of.batch, &of.terms, &update, noise).unwrap().total.to_bits()
    });
    (losses.collect(), engine.numbers().unwrap())
}

/// Models that differ in weights, rates, clipping, noise and targets: in one stack of eight threads, two by two, and each
/// alone, their numbers have the same bits.
#[test]
fn a_models_bits_do_not_hang_on_its_group() {
    for number in 600..606 {
        let of = drawn(number);
        let parameters = |seed: u64| -> Vec<Vec<f32>> {
            let scale = 1.0 + 0.01 * seed as f32;
            of.parameters.iter().map(|values| values.iter().map(|value| value * scale).collect()).collect()
        };
        let on = |card: Host, models: std::ops::Range<u64>| -> Vec<(Vec<u64>, Numbers)> {
            let stack = Stack::new(of.program.clone(), Products::Whole, Arc::new(card)).unwrap();
            let barrier = Barrier::new(models.clone().count());
            std::thread::scope(|scope| {
                let threads: Vec<_> = (models.clone())
                    .map(|seed| {
                        let (stack, of, barrier, parameters) = (&stack, &of, &barrier, &parameters);
                        scope.spawn(move || {
                            let mut member = stack.join(&parameters(seed)).unwrap();
                            barrier.wait();
                            trained(&mut member, of, seed)
                        })
                    })
                    .collect();
                let ended = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
                let (rounds, served) = stack.asked();
                assert_eq!(served, 3 * models.clone().count() as u64, "every step was asked for");
                assert!(models.clone().count() == 1 || rounds < served, "some steps were computed together");
                ended
            })
        };
        let together = |models| on(Host::new(), models);
        let all = together(0..8);
        // Where memory holds three of them at once, a step goes through all in turns.
        let asked = Asked::Step { clips: true };
        let shaped = Shape::of(&of.program, &of.batch, asked, &of.terms, of.noise.is_some()).unwrap();
        let Footprint { seat, computed } = footprint(&of.program, &[shaped.shape]);
        let short = on(Host::with_room(12 * seat + 4096 + 7 * computed), 0..8);
        assert!(all == short, "{}", of.title);
        let pairs: Vec<_> = (0..4).flat_map(|pair| together(2 * pair..2 * pair + 2)).collect();
        let alone: Vec<_> = (0..8).flat_map(|seed| together(seed..seed + 1)).collect();
        assert!(all == pairs && all == alone, "{}", of.title);
    }
}

/// The number with so many digits, the first of which is not written: to the nearest, and of two as near away from 0, or to
/// the one whose last digit is 0.
fn rounded(value: f32, digits: u32, even: bool) -> f64 {
    let wide = f64::from(value);
    let unit = 2.0_f64.powi(wide.abs().log2().floor() as i32 - (digits as i32 - 1));
    let (whole, rest) = ((wide.abs() / unit).floor(), (wide.abs() / unit).fract());
    let up = rest > 0.5 || rest == 0.5 && (!even || whole % 2.0 == 1.0);
    wide.signum() * unit * (whole + f64::from(u8::from(up)))
}

/// Products of rounded numbers, transposed or not, cut at the edges of their tiles, with sums of several parts: against
/// the formula in f64.
#[test]
fn products_round_as_they_say() {
    let card = Host::new();
    let (rows, columns, inner) = (70, 65, 83);
    let mut draws = stream(41, Role::Test, &[]);
    let (left, right) = (draws.normals(rows * inner), draws.normals(inner * columns));
    for (kernel, digits, even) in [(Kernel::ProductTf32, 11, false), (Kernel::ProductBf16, 8, true)] {
        for transposed in 0..4 {
            let turned = |values: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|at| values[at % rows * columns + at / rows]).collect()
            };
            let a = if transposed & 1 == 0 { left.clone() } else { turned(&left, rows, inner) };
            let b = if transposed & 2 == 0 { right.clone() } else { turned(&right, inner, columns) };
            let memory = card.allot(a.len() + b.len() + 3 * rows * columns).unwrap();
            let words: Vec<u32> = a.iter().chain(&b).map(|value| value.to_bits()).collect();
            card.write(&memory, 0, &words).unwrap();
            let operand = |at: usize| Operand { at: memory.at + 4 * at as u64, stride: 0, by_seat: 0 };
            let mut args = Args::default();
            args.operands[..3].copy_from_slice(&[operand(0), operand(a.len()), operand(a.len() + b.len())]);
            let lies = |turned: bool, usual: usize, other: usize| if turned { other } else { usual };
            let numbers = [
                rows,
                columns,
                inner,
                lies(transposed & 1 > 0, inner, rows),
                lies(transposed & 2 > 0, columns, inner),
                columns,
                transposed,
                1,
                1,
            ];
            for (to, number) in args.numbers.iter_mut().zip(numbers) {
                *to = number as i64;
            }
            args.numbers[15] = 30;
            args.factors[0] = 0.5;
            let launch = Launch { kernel, blocks: 4, parts: 3, args };
            card.launch(&Recorded { number: 0, launches: vec![launch] }, 1).unwrap();
            let mut read = vec![0; 3 * rows * columns];
            card.read(&memory, a.len() + b.len(), &mut read).unwrap();
            for row in 0..rows {
                for column in 0..columns {
                    let part =
                        |part: usize| f64::from(f32::from_bits(read[part * rows * columns + row * columns + column]));
                    let ours: f64 = (0..3).map(part).sum();
                    let term = |k: usize| {
                        rounded(left[row * inner + k], digits, even)
                            * rounded(right[k * columns + column], digits, even)
                    };
                    let theirs: f64 = 0.5 * (0..inner).map(term).sum::<f64>();
                    assert!(
                        (ours - theirs).abs() < 2e-5,
                        "{kernel:?} {transposed} at {row}, {column}: {ours} {theirs}"
                    );
                }
            }
        }
    }
}
