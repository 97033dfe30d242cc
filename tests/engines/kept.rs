//! What an engine keeps, gives away and refuses.

use super::compared::{distance, drawn, plain};
use super::golden::Golden;
use icl::engine::adam::Update;
use icl::engine::batch::{Batch, Input, Term};
use icl::engine::compile::compile;
use icl::engine::error::Error;
use icl::engine::network::{Engine, Network, Reading};
use icl::engine::plain::Width;
use icl::engine::program::Interface;
use icl::engine::state::{Array, Values, from_bytes, to_bytes};
use icl::program::model::{Activation, Context, Model, Norm, Positions, Site, Sublayer};
use std::collections::BTreeMap;
use std::sync::Arc;

fn model() -> Model {
    let blocks = vec![Sublayer::attention(2), Sublayer::mlp(12, Activation::Gelu)];
    Model::plain(8, Positions::Learned, Norm::Pre, blocks)
}

fn network(width: Width) -> Network {
    let interface = Interface { input: 3, tokens: 9, outputs: 4, heads: Vec::new() };
    let mut at = 0.0_f32;
    let mut init = |_: &str, count: usize| {
        (0..count)
            .map(|_| {
                at += 0.7;
                10.0 * at.sin()
            })
            .collect()
    };
    Network::new(&model(), &interface, Engine::Plain(width), &mut init).unwrap()
}

fn batch() -> (Batch, Vec<Term>) {
    let golden = Golden::read();
    let case = golden.case("squares");
    (case.batch.clone(), case.terms.clone())
}

#[test]
fn training_goes_on_to_the_bit_from_a_state_of_either_width() {
    let (batch, terms) = batch();
    for width in [Width::F32, Width::F64] {
        let mut first = network(width);
        let step = |network: &mut Network| network.step(&batch, &terms, &Update::adam(1e-2), None).unwrap().total;
        for _ in 0..5 {
            step(&mut first);
        }
        let bytes = to_bytes(&first.state().unwrap(), [].into()).unwrap();
        let mut second = network(width);
        second.load(&from_bytes(&bytes).unwrap().0).unwrap();
        assert_eq!(second.steps(), 5);
        assert_eq!(to_bytes(&second.state().unwrap(), [].into()).unwrap(), bytes);
        let curves =
            [&mut first, &mut second].map(|network| (0..5).map(|_| step(network).to_bits()).collect::<Vec<_>>());
        assert_eq!(curves[0], curves[1]);
        let arrays = first.state().unwrap();
        for array in arrays.iter().filter(|array| array.name != "moments.steps") {
            assert_eq!(matches!(array.values, Values::F64(_)), width == Width::F64, "{}", array.name);
        }
        // In f64 the state holds what f32 cannot.
        let rounded = |value: f64| f64::from(value as f32) == value;
        let all = arrays.iter().flat_map(|array| array.values.wide()).all(rounded);
        assert_eq!(all, width == Width::F32);
    }
}

#[test]
fn moments_are_forgotten_and_parameters_stay() {
    let (batch, terms) = batch();
    let mut network = network(Width::F64);
    network.step(&batch, &terms, &Update::adam(1e-2), None).unwrap();
    let before = network.parameters().unwrap();
    network.reset_optimizer().unwrap();
    assert_eq!((network.steps(), network.parameters().unwrap()), (0, before));
    let moments = network.state().unwrap().into_iter().filter(|array| array.name.starts_with("moments"));
    assert!(moments.flat_map(|array| array.values.wide()).all(|value| value == 0.0));
}

#[test]
fn a_loss_that_is_not_finite_changes_nothing() {
    let (mut batch, terms) = batch();
    let mut network = network(Width::F32);
    network.step(&batch, &terms, &Update::adam(1e-2), None).unwrap();
    let before = network.state().unwrap();
    let Input::Dense(values) = &mut batch.input else { panic!("dense tokens") };
    values[0] = f32::INFINITY;
    let refused = network.step(&batch, &terms, &Update::adam(1e-2), None);
    assert!(matches!(refused, Err(Error::NotFinite { .. })), "{refused:?}");
    assert_eq!(network.state().unwrap(), before);
}

#[test]
fn a_site_that_the_model_lacks_is_refused() {
    let (batch, _) = batch();
    let network = network(Width::F32);
    for site in [Site::Residual(2), Site::MlpOut(2), Site::Pattern(1, 0)] {
        let refused = network.read(&batch, site, Context::Full, &[0]);
        assert!(matches!(refused, Err(Error::NoSuchSite(_))), "{site:?}");
    }
}

/// Every site in both contexts, of all tokens and of some.
#[test]
fn sites_are_gpt2s() {
    let (arrays, _) = from_bytes(include_bytes!("../oracle/gpt2.safetensors")).unwrap();
    let arrays: BTreeMap<String, Array> = arrays.into_iter().map(|array| (array.name.clone(), array)).collect();
    let floats = |name: &str| match &arrays[name].values {
        Values::F32(values) => values.clone(),
        Values::F64(_) => panic!("{name} is written in f32"),
    };
    let layer = [Sublayer::attention(2), Sublayer::mlp(64, Activation::Gelu)];
    let model = Model::plain(16, Positions::Learned, Norm::Pre, vec![layer; 2].concat());
    let interface = Interface { input: 12, tokens: 10, outputs: 13, heads: Vec::new() };
    let program = Arc::new(compile(&model, &interface).unwrap());
    let parameters: Vec<Vec<f32>> =
        program.parameters.iter().map(|parameter| floats(&format!("parameters.{}", parameter.name))).collect();
    let engine = plain(Width::F64)(&program, &parameters);
    let input = Input::Dense(floats("batch.input"));
    let batch = Batch { sequences: 3, tokens: 10, input, ..Batch::default() };
    let (all, some): (Vec<usize>, _) = ((0..10).collect(), [7, 0, 3]);
    for (context, name) in [(Context::Full, "full"), (Context::None, "none")] {
        let sites = [Site::Residual(0), Site::Residual(1), Site::Residual(2), Site::Output];
        for positions in [&all[..], &some] {
            let readings = sites.map(|site| Reading { site, positions });
            let values = engine.read(&batch, context, &readings).unwrap();
            for (ours, site) in values.iter().zip(["residual.0", "residual.1", "residual.2", "output"]) {
                let theirs = arrays[&format!("{name}.{site}")].values.wide();
                let theirs: Vec<f64> = (theirs.chunks(160))
                    .flat_map(|sequence| positions.iter().flat_map(move |&at| sequence[at * 16..][..16].to_vec()))
                    .collect();
                let ours: Vec<f64> = ours.iter().map(|&value| f64::from(value)).collect();
                let distance = distance(&ours, &theirs, 1e-3);
                assert!(distance < 2e-7, "{name} {site}: {distance:e}");
            }
        }
    }
}

#[test]
fn dropout_depends_on_the_step_and_is_left_out_of_readings() {
    let case = (0..100).map(drawn).find(|drawn| {
        let dropout = |kind: &_| matches!(kind, icl::engine::program::Kind::Dropout { .. });
        // What is fixed behind a dropout hides it.
        drawn.noise.is_some()
            && drawn.batch.changes.fixed.is_empty()
            && drawn.program.listing(Context::Full).operations.iter().any(|operation| dropout(&operation.kind))
    });
    let case = case.unwrap();
    let engine = plain(Width::F32)(&case.program, &case.parameters);
    let loss = |noise| engine.gradients(&case.batch, &case.terms, noise).unwrap().0.total;
    let (noise, none) = (case.noise, loss(None));
    let next = noise.map(|noise| icl::engine::dropout::Noise { step: noise.step + 1, ..noise });
    assert_eq!(loss(noise), loss(noise));
    assert!(loss(noise) != loss(next) && loss(noise) != none);
    assert_eq!(engine.outputs(&case.batch).unwrap(), engine.outputs(&case.batch).unwrap());
}
