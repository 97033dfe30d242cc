//! Any two engines against each other, on models of every kind.

pub use super::drawn::{Drawn, distance, drawn};

use super::drawn::{Draws, differences, wide};
use icl::engine::adam::Update;
use icl::engine::backend::Backend;
use icl::engine::batch::{Batch, Input, Targets, Term};
use icl::engine::compile::compile;
use icl::engine::crew::Crew;
use icl::engine::fast::Fast;
use icl::engine::plain::{Plain, Width};
use icl::engine::program::{Init, Interface, Program};
use icl::engine::streams::{Role, stream};
use icl::program::model::{Activation, Model, Norm, Positions, Sublayer};
use std::sync::Arc;

/// Makes an engine with the given first values.
pub type Make<'a> = &'a dyn Fn(&Arc<Program>, &[Vec<f32>]) -> Box<dyn Backend>;

/// Holds two engines against each other, in all that [`differences`] looks at.
pub fn agree(first: Make, second: Make, models: std::ops::Range<u64>, tolerance: f64) {
    let count = models.end - models.start;
    let differ: Vec<String> =
        models.filter_map(|number| compare(first, second, &drawn(number), tolerance).err()).collect();
    assert!(differ.is_empty(), "{} of {count} models differ:\n{}", differ.len(), differ.join("\n"));
}

/// The first difference, if there is one.
fn compare(first: Make, second: Make, drawn: &Drawn, tolerance: f64) -> Result<(), String> {
    let make = |make: Make| make(&drawn.program, &drawn.parameters);
    let (mut first, mut second) = (make(first), make(second));
    let all = differences(&mut *first, &mut *second, drawn).unwrap();
    match all.into_iter().find(|apart| apart.distance > tolerance) {
        Some(apart) => Err(format!("{}: {} of {}: {:e}", apart.kind, apart.what, drawn.title, apart.distance)),
        None => Ok(()),
    }
}

/// The plain engine as a [`Make`].
pub fn plain(width: Width) -> impl Fn(&Arc<Program>, &[Vec<f32>]) -> Box<dyn Backend> {
    move |program, parameters| Box::new(Plain::new(program.clone(), parameters, width).unwrap())
}

/// The fast engine, on as many threads as asked, as a [`Make`].
pub fn fast(threads: usize) -> impl Fn(&Arc<Program>, &[Vec<f32>]) -> Box<dyn Backend> {
    let crew = Arc::new(Crew::new(threads));
    move |program, parameters| Box::new(Fast::new(program.clone(), parameters, crew.clone()))
}

#[test]
fn fast_is_plain() {
    agree(&fast(2), &plain(Width::F64), 200..500, 1e-4);
}

#[test]
fn threads_change_no_bit() {
    for number in 500..530 {
        let drawn = drawn(number);
        let trained = [1, 2, 3].map(|threads| {
            let mut engine = fast(threads)(&drawn.program, &drawn.parameters);
            let update = Update::adam(1e-2);
            let losses: Vec<u64> = (0..3)
                .map(|_| engine.step(&drawn.batch, &drawn.terms, &update, drawn.noise).unwrap().total.to_bits())
                .collect();
            (losses, engine.numbers().unwrap())
        });
        assert!(trained[0] == trained[1] && trained[0] == trained[2], "{}", drawn.title);
    }
}

/// A thousand steps on fresh data, a model of two layers that learns to copy: the fast engine, and the plain one in both
/// widths. What rounding makes of a curve is what f32 and f64 of the plain engine differ by.
#[test]
fn curves_overlap() {
    const STEPS: usize = 1000;
    let layer = [Sublayer::attention(2), Sublayer::mlp(32, Activation::Gelu)];
    let model = Model::plain(16, Positions::Learned, Norm::Pre, vec![layer; 2].concat());
    let interface = Interface { input: 4, tokens: 6, outputs: 4, heads: Vec::new() };
    let program = Arc::new(compile(&model, &interface).unwrap());
    let mut draws = Draws(stream(37, Role::Init, &[]));
    let parameters: Vec<Vec<f32>> = (program.parameters.iter())
        .map(|parameter| match parameter.init {
            Init::Normal { .. } => draws.normals(parameter.count()).into_iter().map(|value| 0.1 * value).collect(),
            Init::Zeros => vec![0.0; parameter.count()],
            Init::Ones => vec![1.0; parameter.count()],
        })
        .collect();
    let batches: Vec<Batch> = (0..STEPS)
        .map(|_| {
            let labels: Vec<u32> = (0..8 * 6).map(|_| draws.below(4) as u32).collect();
            // At token 3 to 5, the label three tokens before.
            let wanted = labels.chunks(6).flat_map(|sequence| sequence[..3].to_vec()).collect();
            let (input, targets) = (Input::Labels(labels), vec![Targets::Labels(wanted)]);
            Batch { sequences: 8, tokens: 6, input, read_at: vec![3, 4, 5], targets, ..Batch::default() }
        })
        .collect();
    let terms = [Term { weight: 1.0, output: 0, columns: 0..4, targets: 0 }];
    let engines: [Make; 3] = [&fast(2), &plain(Width::F32), &plain(Width::F64)];
    let curves = engines.map(|make| {
        let mut engine = make(&program, &parameters);
        let step = |batch: &Batch| engine.step(batch, &terms, &Update::adam(1e-3), None).unwrap().total;
        batches.iter().map(step).collect::<Vec<f64>>()
    });
    let [fast, narrow, wide] = curves.each_ref().map(Vec::as_slice);
    assert!(wide[0] > 1.2 && wide[STEPS - 1] < 0.2, "it learns: {} to {}", wide[0], wide[STEPS - 1]);
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0_f64, f64::max);
    let (ours, noise) = (apart(fast, wide), apart(narrow, wide));
    assert!(ours < 10.0 * noise.max(1e-5), "{ours:e} where f32 makes {noise:e}");
    assert!(ours < 1e-2, "{ours:e}");
}

#[test]
fn widths_agree() {
    agree(&plain(Width::F32), &plain(Width::F64), 0..60, 1e-4);
}

/// Central differences in f64: what the plain engine calls a gradient is one, of every parameter of every kind of model.
#[test]
fn gradients_are_slopes() {
    const STEP: f64 = 1e-6;
    for number in 100..140 {
        let drawn = drawn(number);
        let mut model = plain(Width::F64)(&drawn.program, &drawn.parameters);
        let (batch, terms, noise) = (&drawn.batch, &drawn.terms, drawn.noise);
        let (_, gradients) = model.gradients(batch, terms, noise).unwrap();
        let numbers = model.numbers().unwrap();
        let direction: Vec<Vec<f64>> = {
            let mut draws = Draws(stream(31, Role::Test, &[number]));
            numbers.parameters.iter().map(|values| wide(draws.normals(values.len()))).collect()
        };
        let mut loss_at = |step: f64| {
            let mut moved = numbers.clone();
            for (values, direction) in moved.parameters.iter_mut().zip(&direction) {
                values.iter_mut().zip(direction).for_each(|(value, direction)| *value += step * direction);
            }
            model.take(&moved).unwrap();
            model.gradients(batch, terms, noise).unwrap().0.total
        };
        let slope = (loss_at(STEP) - loss_at(-STEP)) / (2.0 * STEP);
        let along = gradients.iter().flatten().zip(direction.iter().flatten()).map(|(a, b)| a * b).sum::<f64>();
        let error = (slope - along).abs() / along.abs().max(1e-3);
        assert!(error < 1e-5, "{}: {slope} and {along}", drawn.title);
    }
}
