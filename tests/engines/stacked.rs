//! The stacked engine, its kernels compiled for the processor, against the plain one; and that nothing of a model's
//! numbers hangs on what stands beside it.

use crate::compared::{Drawn, Make, agree, drawn, plain};
use icl::engine::adam::Update;
use icl::engine::backend::{Backend, Numbers};
use icl::engine::batch::{Batch, Input};
use icl::engine::card::host::Host;
use icl::engine::compile::compile;
use icl::engine::plain::Width;
use icl::engine::program::Interface;
use icl::engine::stacked::footprint::{Footprint, footprint};
use icl::engine::stacked::shape::{Asked, Shape};
use icl::engine::stacked::{Deck, Stack};
use icl::program::model::{Model, Norm, Positions, Sublayer};
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
        // A card's threads come in no order.
        assert!(all == on(Host::backwards(), 0..8), "{}", of.title);
        let alone: Vec<_> = (0..8).flat_map(|seed| together(seed..seed + 1)).collect();
        assert!(all == pairs && all == alone, "{}", of.title);
    }
}

/// Kernels count the numbers of an array with 31 digits: a batch with more is told, before anything is asked for.
#[test]
fn an_array_beyond_what_kernels_count_is_told() {
    let model = Model::plain(8, Positions::None, Norm::Pre, vec![Sublayer::attention(1)]);
    let interface = Interface { input: 4, tokens: 2, outputs: 60_000, heads: Vec::new() };
    let program = Arc::new(compile(&model, &interface).unwrap());
    let parameters: Vec<Vec<f32>> = program.parameters.iter().map(|parameter| vec![0.0; parameter.count()]).collect();
    let stack = Stack::new(program, Products::Whole, Arc::new(Host::with_room(u64::MAX / 2))).unwrap();
    let member = stack.join(&parameters).unwrap();
    let sequences = 40_000;
    let input = Input::Labels(vec![0; 2 * sequences]);
    let batch = Batch { sequences, tokens: 2, input, read_at: vec![1], ..Batch::default() };
    let told = member.outputs(&batch).unwrap_err().to_string();
    assert!(told.contains("2.4 thousand million numbers") && told.contains("smaller batches"), "{told}");
}
