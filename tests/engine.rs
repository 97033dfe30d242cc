//! The engine against Hugging Face's GPT-2 and PyTorch's optimizers, finite differences, and itself.
//!
//! `tests/oracle/make_gpt2.py` writes the values that are compared with.

use icl::engine::adam::{Moments, Rule, Update};
use icl::engine::batch::{Batch, Input, Targets, Term};
use icl::engine::crew::Crew;
use icl::engine::error::Error;
use icl::engine::network::{Engine, Network, Reading};
use icl::engine::probe::{Fit, LinearProbe};
use icl::engine::program::Interface;
use icl::engine::readers::score::LabelScore;
use icl::engine::state::{Array, Values, from_bytes, to_bytes};
use icl::program::model::{Activation, Context, Model, Norm, Positions, Site, Sublayer};
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

const READ_AT: [usize; 5] = [0, 2, 4, 6, 8];

/// A small generator of roughly normal numbers.
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| (0..12).map(|_| self.uniform()).sum::<f32>() - 6.0).collect()
    }

    fn labels(&mut self, count: usize, classes: usize) -> Vec<u32> {
        (0..count).map(|_| (self.uniform() * classes as f32) as u32).collect()
    }
}

fn gpt2(layers: usize, width: usize, heads: usize) -> Model {
    let layer = [Sublayer::attention(heads), Sublayer::mlp(4 * width, Activation::Gelu)];
    Model::plain(width, Positions::Learned, Norm::Pre, vec![layer; layers].concat())
}

fn interface(input: usize, tokens: usize, outputs: usize) -> Interface {
    Interface { input, tokens, outputs, heads: vec![] }
}

fn network(model: &Model, interface: &Interface) -> Network {
    let mut draws = Draws(3);
    Network::new(model, interface, engine(1), &mut |_, count| draws.normals(count)).unwrap()
}

fn engine(threads: usize) -> Engine {
    Engine::Fast(Arc::new(Crew::new(threads)))
}

fn random_batch(sequences: usize, tokens: usize, width: usize, read_at: &[usize], classes: &[usize]) -> Batch {
    let mut draws = Draws(5);
    Batch {
        sequences,
        tokens,
        input: Input::Dense(draws.normals(sequences * tokens * width)),
        read_at: read_at.to_vec(),
        targets: (classes.iter())
            .map(|&classes| Targets::Labels(draws.labels(sequences * read_at.len(), classes)))
            .collect(),
        ..Batch::default()
    }
}

fn dense(batch: &mut Batch) -> &mut [f32] {
    match &mut batch.input {
        Input::Dense(values) => values,
        Input::Labels(_) => unreachable!("these batches are dense"),
    }
}

struct Golden(BTreeMap<String, Array>);

impl Golden {
    fn read() -> Self {
        let bytes = include_bytes!("oracle/gpt2.safetensors");
        Self(from_bytes(bytes).unwrap().0.into_iter().map(|array| (array.name.clone(), array)).collect())
    }

    fn values(&self, name: &str) -> &[f32] {
        match &self.0[name].values {
            Values::F32(values) => values,
            Values::F64(_) => panic!("{name} is written in f32"),
        }
    }

    fn network(&self) -> Network {
        let mut network = network(&gpt2(2, 16, 2), &interface(12, 10, 13));
        let mut state = network.state().unwrap();
        for array in &mut state {
            if array.name.starts_with("parameters.") {
                array.values = self.0[&array.name].values.clone();
                assert_eq!(array.shape, self.0[&array.name].shape, "{}", array.name);
            }
        }
        network.load(&state).unwrap();
        network
    }

    fn batch(&self) -> Batch {
        let labels = |at: usize| self.values(&format!("batch.targets.{at}")).iter().map(|&t| t as u32).collect();
        let targets = (0..3).map(|at| Targets::Labels(labels(at)));
        Batch {
            sequences: 3,
            tokens: 10,
            input: Input::Dense(self.values("batch.input").to_vec()),
            read_at: READ_AT.to_vec(),
            targets: targets.collect(),
            ..Batch::default()
        }
    }
}

fn terms() -> Vec<Term> {
    let term = |(weight, columns, targets)| Term { weight, output: 0, columns, targets };
    [(1.0, 0..5, 0), (0.25, 5..9, 1), (0.5, 9..13, 2)].map(term).to_vec()
}

/// The largest difference relative to the largest value.
fn distance(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let scale = theirs.iter().fold(1e-6_f32, |scale, value| scale.max(value.abs()));
    ours.iter().zip(theirs).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs())) / scale
}

#[test]
fn sites_and_logits_are_gpt2s() {
    let golden = Golden::read();
    let (network, batch) = (golden.network(), golden.batch());
    let all: Vec<usize> = (0..10).collect();
    for (context, name) in [(Context::Full, "full"), (Context::None, "none")] {
        let sites = [Site::Residual(0), Site::Residual(1), Site::Residual(2), Site::Output];
        let names = ["residual.0", "residual.1", "residual.2", "output"];
        let readings = sites.map(|site| Reading { site, positions: &all });
        let together = network.read_all(&batch, context, &readings).unwrap();
        for ((site, part), values) in sites.into_iter().zip(names).zip(together) {
            let theirs = golden.values(&format!("{name}.{part}"));
            assert!(distance(&values, theirs) < 2e-6, "{name} {part}: {}", distance(&values, theirs));
            // Some tokens of one site, read alone.
            let some = network.read(&batch, site, context, &READ_AT).unwrap();
            let of_all = values.chunks_exact(16).enumerate().filter(|(row, _)| READ_AT.contains(&(row % 10)));
            let of_all: Vec<f32> = of_all.flat_map(|(_, row)| row.to_vec()).collect();
            assert!(distance(&some, &of_all) < 1e-6);
        }
    }
    let full =
        golden.values("full.logits").chunks_exact(13).enumerate().filter(|(row, _)| READ_AT.contains(&(row % 10)));
    let full: Vec<f32> = full.flat_map(|(_, row)| row.to_vec()).collect();
    assert!(distance(&network.logits(&batch).unwrap(), &full) < 2e-6);
}

#[test]
fn readings_at_different_tokens_share_a_pass() {
    let golden = Golden::read();
    let (network, batch) = (golden.network(), golden.batch());
    let readings = [
        Reading { site: Site::Output, positions: &[9, 1] },
        Reading { site: Site::Residual(1), positions: &[3] },
        Reading { site: Site::Output, positions: &[0] },
    ];
    for context in [Context::Full, Context::None] {
        let together = network.read_all(&batch, context, &readings).unwrap();
        for (reading, values) in readings.iter().zip(together) {
            let alone = network.read(&batch, reading.site, context, reading.positions).unwrap();
            assert!(distance(&values, &alone) < 1e-6);
        }
    }
}

#[test]
fn loss_and_gradients_are_pytorchs() {
    let golden = Golden::read();
    let (network, batch) = (golden.network(), golden.batch());
    let (loss, gradients) = network.gradients(&batch, &terms(), None).unwrap();
    let ours: Vec<f32> = std::iter::once(loss.total).chain(loss.terms).map(|loss| loss as f32).collect();
    assert!(distance(&ours, golden.values("loss")) < 1e-6);
    for (name, gradient) in gradients {
        let gradient: Vec<f32> = gradient.into_iter().map(|value| value as f32).collect();
        let theirs = golden.values(&format!("gradients.{name}"));
        assert!(distance(&gradient, theirs) < 1e-5, "{name}: {}", distance(&gradient, theirs));
        assert!(gradient.iter().any(|&value| value != 0.0), "{name}");
    }
}

#[test]
fn hundred_adam_steps_end_where_pytorch_ends() {
    let golden = Golden::read();
    let (mut network, batch) = (golden.network(), golden.batch());
    let mut losses = Vec::new();
    for _ in 0..100 {
        losses.push(network.step(&batch, &terms(), &Update::adam(1e-3), None).unwrap().total as f32);
    }
    assert!(
        distance(&losses, golden.values("trained.losses")) < 2e-5,
        "{}",
        distance(&losses, golden.values("trained.losses"))
    );
    for (name, values) in network.parameters().unwrap() {
        let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
        let theirs = golden.values(&format!("trained.{name}"));
        // A key's bias changes no attention, so its gradient is rounding noise, which Adam makes steps of.
        let counts = |at: usize| !(name.ends_with("attention.in.bias") && (16..32).contains(&at));
        let worst = values.iter().zip(theirs).enumerate().filter(|(at, _)| counts(*at));
        let worst = worst.fold(0.0_f32, |worst, (_, (a, b))| worst.max((a - b).abs()));
        assert!(worst < 1e-5, "{name}: {worst}");
    }
}

#[test]
fn optimizers_are_pytorchs() {
    let golden = Golden::read();
    let adam = |betas, eps, weight_decay, decoupled| Rule::Adam { betas, eps, weight_decay, decoupled };
    let rules = [
        ("adam", adam((0.8, 0.95), 1e-6, 0.0, false), None),
        ("adam_decay", adam((0.9, 0.999), 1e-8, 0.1, false), None),
        ("adamw", adam((0.9, 0.999), 1e-8, 0.1, true), None),
        ("sgd", Rule::Sgd { momentum: 0.9, weight_decay: 0.1 }, None),
        ("adam_clipped", Rule::default(), Some(1.0)),
    ];
    for (name, rule, clip) in rules {
        let update = Update { rule, lr: 0.01, clip };
        let mut values = golden.values("optimizer.start").to_vec();
        let mut moments = Moments::new([37]);
        for gradient in golden.values("optimizer.gradients").chunks_exact(37) {
            moments.step(&update, &mut [&mut values], &[gradient]);
        }
        let theirs = golden.values(&format!("optimizer.{name}"));
        assert!(distance(&values, theirs) < 1e-6, "{name}: {}", distance(&values, theirs));
    }
}

#[test]
fn every_shape_of_model_trains_every_parameter() {
    let mlp = Sublayer::mlp(8, Activation::Relu);
    let attention = Sublayer::attention(2);
    for positions in [Positions::Learned, Positions::None] {
        for norm in [Norm::Pre, Norm::None] {
            for blocks in [vec![], vec![mlp.clone()], vec![attention.clone(); 2], vec![mlp.clone(), attention.clone()]]
            {
                let model = Model::plain(6, positions, norm, blocks);
                let network = network(&model, &interface(4, 5, 3));
                let batch = random_batch(2, 5, 4, &[1, 4], &[3]);
                let terms = [Term { weight: 1.0, output: 0, columns: 0..3, targets: 0 }];
                let (_, gradients) = network.gradients(&batch, &terms, None).unwrap();
                assert_eq!(gradients.len(), network.program().parameters.len());
                let layers = model.layers();
                for context in [Context::Full, Context::None] {
                    for site in [Site::Residual(0), Site::Residual(layers), Site::Output] {
                        assert_eq!(network.read(&batch, site, context, &[2]).unwrap().len(), 2 * 6);
                    }
                    let beyond = network.read(&batch, Site::Residual(layers + 1), context, &[2]);
                    assert!(matches!(beyond, Err(Error::NoSuchSite(_))));
                }
            }
        }
    }
}

#[test]
fn later_tokens_change_no_earlier_logits() {
    let network = network(&gpt2(2, 32, 4), &interface(6, 21, 4));
    let all: Vec<usize> = (0..21).collect();
    let mut batch = random_batch(2, 21, 6, &all, &[4]);
    let before = network.logits(&batch).unwrap();
    for token in [20, 16, 7] {
        for sequence in 0..2 {
            dense(&mut batch)[(sequence * 21 + token) * 6] += 3.0;
        }
        let after = network.logits(&batch).unwrap();
        for row in 0..42 {
            let same = before[row * 4..][..4] == after[row * 4..][..4];
            assert_eq!(same, row % 21 < token, "token {} after a change at {token}", row % 21);
        }
    }
}

#[test]
fn without_context_tokens_do_not_see_each_other() {
    let network = network(&gpt2(2, 32, 4), &interface(6, 9, 4));
    let mut batch = random_batch(1, 9, 6, &[0], &[4]);
    let all: Vec<usize> = (0..9).collect();
    let before = network.read(&batch, Site::Output, Context::None, &all).unwrap();
    dense(&mut batch)[4 * 6] += 3.0;
    let after = network.read(&batch, Site::Output, Context::None, &all).unwrap();
    for token in 0..9 {
        assert_eq!(before[token * 32..][..32] == after[token * 32..][..32], token != 4);
    }
}

#[test]
fn a_state_round_trip_is_exact_and_training_goes_on_the_same() {
    let model = gpt2(2, 16, 2);
    let interface = interface(6, 8, 5);
    let batch = random_batch(4, 8, 6, &[1, 3, 7], &[5]);
    let terms = [Term { weight: 1.0, output: 0, columns: 0..5, targets: 0 }];
    let update = Update::adam(3e-3);
    let mut first = network(&model, &interface);
    for _ in 0..7 {
        first.step(&batch, &terms, &update, None).unwrap();
    }
    let state = first.state().unwrap();
    let bytes = to_bytes(&state, HashMap::default()).unwrap();
    let mut second = Network::new(&model, &interface, engine(1), &mut |_, count| vec![0.5; count]).unwrap();
    second.load(&from_bytes(&bytes).unwrap().0).unwrap();
    assert_eq!(second.steps(), 7);
    assert_eq!(to_bytes(&second.state().unwrap(), HashMap::default()).unwrap(), bytes);
    for _ in 0..5 {
        assert_eq!(
            first.step(&batch, &terms, &update, None).unwrap(),
            second.step(&batch, &terms, &update, None).unwrap()
        );
    }
    assert_eq!(
        to_bytes(&first.state().unwrap(), HashMap::default()).unwrap(),
        to_bytes(&second.state().unwrap(), HashMap::default()).unwrap()
    );
}

#[test]
fn states_that_do_not_fit_are_refused_and_change_nothing() {
    let mut network = network(&gpt2(1, 8, 2), &interface(4, 5, 3));
    let state = network.state().unwrap();
    let mut refuse = |state: Vec<Array>, expected: fn(&Error) -> bool| {
        let before = network.state().unwrap();
        let error = network.load(&state).unwrap_err();
        assert!(expected(&error), "{error}");
        assert_eq!(network.state().unwrap(), before);
    };
    refuse(state[1..].to_vec(), |error| matches!(error, Error::MissingArray { .. }));
    let mut other = state.clone();
    other[0].shape.reverse();
    refuse(other, |error| matches!(error, Error::WrongShape { .. }));
    let mut other = state.clone();
    let Values::F32(values) = &mut other[4].values else { panic!("the engine computes in f32") };
    values[0] = f32::NAN;
    refuse(other, |error| matches!(error, Error::NotFinite { .. }));
    let mut other = state.clone();
    other.push(Array { name: "parameters.other".into(), shape: vec![1], values: Values::F32(vec![0.0]) });
    refuse(other, |error| matches!(error, Error::UnknownArray { .. }));
    assert!(matches!(from_bytes(b"nothing"), Err(Error::Unreadable(_))));
}

#[test]
fn a_loss_that_is_not_finite_is_refused_and_changes_nothing() {
    let mut network = network(&gpt2(1, 8, 2), &interface(4, 5, 3));
    let mut batch = random_batch(2, 5, 4, &[4], &[3]);
    dense(&mut batch)[3] = f32::NAN;
    let before = network.state().unwrap();
    let terms = [Term { weight: 1.0, output: 0, columns: 0..3, targets: 0 }];
    assert!(matches!(network.step(&batch, &terms, &Update::adam(1e-3), None), Err(Error::NotFinite { .. })));
    assert_eq!(network.state().unwrap(), before);
}

#[test]
fn sizes_that_do_not_fit_are_errors() {
    let network = network(&gpt2(1, 8, 2), &interface(4, 5, 3));
    let good = random_batch(2, 5, 4, &[4], &[3]);
    let term = Term { weight: 1.0, output: 0, columns: 0..3, targets: 0 };
    let refused = |batch: &Batch, term: &Term| {
        assert!(matches!(network.gradients(batch, std::slice::from_ref(term), None), Err(Error::Shape(_))));
    };
    refused(&Batch { read_at: vec![5], ..good.clone() }, &term);
    refused(&Batch { read_at: vec![], ..good.clone() }, &term);
    refused(&Batch { input: Input::Dense(vec![0.0; 3]), ..good.clone() }, &term);
    refused(&Batch { targets: vec![Targets::Labels(vec![3, 0])], ..good.clone() }, &term);
    refused(&random_batch(2, 6, 4, &[4], &[3]), &term);
    refused(&good, &Term { columns: 1..4, ..term.clone() });
    refused(&good, &Term { targets: 1, ..term.clone() });
    let heads = Network::new(&gpt2(1, 9, 2), &interface(4, 5, 3), engine(1), &mut |_, count| vec![0.0; count]);
    assert!(matches!(heads, Err(Error::Shape(_))));
}

#[test]
fn a_probe_learns_what_is_linear() {
    let mut draws = Draws(21);
    let (rows, width) = (2000, 12);
    let features = draws.normals(rows * width);
    let label = |row: usize, at: usize| u32::from(features[row * width + at] > 0.0);
    let told: Vec<u32> = (0..rows).map(|row| label(row, 0) + 2 * label(row, 1)).collect();
    let noise = draws.labels(rows, 3);
    // Numbers beside labels: the sum of two features, and one without noise.
    let sums = (0..rows).flat_map(|row| [features[row * width] + features[row * width + 1], features[row * width + 2]]);
    let numbers = Targets::Numbers { width: 2, values: sums.collect() };
    let targets = [Targets::Labels(told.clone()), Targets::Labels(noise.clone()), numbers];
    let order: Vec<u32> = (0..rows as u32).map(|row| row * 7 % rows as u32).collect();
    let fit = Fit { batch: 64, epochs: 20, lr: 1e-2 };
    let probe =
        |seed| LinearProbe::fit(&features, &targets, &[4, 3, 2], &fit, &order, &mut |_, n| Draws(seed).normals(n));
    let first = probe(1).unwrap();
    assert_eq!(first, probe(1).unwrap());
    let mut outputs = Vec::new();
    first.predict(&features, &mut outputs).unwrap();
    let scored = |labels: &[u32], at: std::ops::Range<usize>| {
        let mut score = LabelScore::new(true);
        score.add(&outputs, 9, at, labels).unwrap();
        (score.accuracy(), score.cross_entropy().unwrap())
    };
    let (right, nats) = scored(&told, 0..4);
    assert!(right > 0.9 && nats < 0.4, "{right} {nats}");
    let (right, nats) = scored(&noise, 4..7);
    assert!(right < 0.45 && nats > 1.0, "{right} {nats}");
    for row in 0..rows {
        let x = |at: usize| f64::from(features[row * width + at]);
        assert!((outputs[row * 9 + 7] - x(0) - x(1)).abs() < 0.1 && (outputs[row * 9 + 8] - x(2)).abs() < 0.1);
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    let trained = |threads: usize| {
        let mut draws = Draws(3);
        let init = &mut |_: &str, count: usize| draws.normals(count);
        let mut network = Network::new(&gpt2(2, 64, 2), &interface(64, 24, 8), engine(threads), init).unwrap();
        // Enough sequences for every lane to have several slabs.
        let batch = random_batch(90, 24, 64, &[0, 8, 23], &[8]);
        let terms = [Term { weight: 1.0, output: 0, columns: 0..8, targets: 0 }];
        for clip in [None, Some(0.1), None] {
            network.step(&batch, &terms, &Update { clip, ..Update::adam(1e-3) }, None).unwrap();
        }
        (to_bytes(&network.state().unwrap(), HashMap::default()).unwrap(), network.logits(&batch).unwrap())
    };
    let alone = trained(1);
    for threads in [2, 3, 5] {
        for _ in 0..3 {
            assert!(trained(threads) == alone, "{threads} threads");
        }
    }
}

#[test]
fn bits_do_not_depend_on_the_width_of_vectors() {
    if std::env::var_os("ICL_TEST_STATE").is_some() {
        let mut network = network(&gpt2(2, 48, 3), &interface(20, 23, 7));
        let batch = random_batch(19, 23, 20, &[0, 8, 22], &[7]);
        let terms = [Term { weight: 1.0, output: 0, columns: 0..7, targets: 0 }];
        for _ in 0..5 {
            network.step(&batch, &terms, &Update::adam(1e-3), None).unwrap();
        }
        let logits = network.logits(&batch).unwrap();
        let bits: Vec<String> = logits.iter().map(|value| value.to_bits().to_string()).collect();
        println!("logits {}", bits.join(" "));
        return;
    }
    let logits = |vectors: &str| -> Vec<f32> {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "bits_do_not_depend_on_the_width_of_vectors", "--nocapture"])
            .env("ICL_VECTORS", vectors)
            .env("ICL_TEST_STATE", "1")
            .output()
            .unwrap();
        let text = String::from_utf8(child.stdout).unwrap();
        let line = text.lines().find_map(|line| line.split_once("logits ")).unwrap().1;
        line.split(' ').map(|bits| f32::from_bits(bits.parse().unwrap())).collect()
    };
    let widest = logits("widest");
    // On a machine without AVX-512 these are the same vectors, and on one without AVX2 all three.
    assert!(logits("avx2") == widest);
    assert!(distance(&logits("plain"), &widest) < 1e-4);
}

#[test]
fn the_plan_counts_the_parameters_that_the_engine_makes() {
    let checked = icl::check::check(&icl::world::Disk, std::path::Path::new("tests/programs/warmup.icl"), &[]);
    for arm in &checked.program.unwrap().experiments[0].arms {
        let training = &arm.training;
        let interface = interface(training.token_width(), training.tokens(), training.outputs());
        let made = icl::engine::compile::compile(&training.model, &interface).unwrap().parameter_count();
        assert_eq!(icl::plan::Cost::of(training, &arm.observation, Some(2)).parameters, made as u64, "{}", arm.name);
    }
}
