//! Engines against PyTorch.

use super::compared::{distance, fast};
use icl::engine::adam::{Rule, Update};
use icl::engine::backend::{Backend, Numbers};
use icl::engine::batch::{Batch, IGNORED, Input, Targets, Term};
use icl::engine::compile::compile;
use icl::engine::dropout::Noise;
use icl::engine::plain::{Plain, Width};
use icl::engine::program::{Head, Interface, Program};
use icl::engine::state::{Array, Values, from_bytes};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One case of the file, as its JSON says.
pub struct Case {
    pub name: String,
    pub program: Arc<Program>,
    pub batch: Batch,
    pub terms: Vec<Term>,
    pub noise: Option<Noise>,
    /// In the order of the program.
    pub parameters: Vec<Vec<f32>>,
}

/// The file.
pub struct Golden {
    arrays: BTreeMap<String, Array>,
    pub cases: Vec<Case>,
}

fn of<'a, T: Deserialize<'a>>(value: &'a Value, key: &str) -> T {
    T::deserialize(&value[key]).unwrap_or_else(|error| panic!("{key} of {value}: {error}"))
}

impl Golden {
    pub fn read() -> Self {
        let (arrays, notes) = from_bytes(include_bytes!("../oracle/models.safetensors")).unwrap();
        let arrays: BTreeMap<String, Array> = arrays.into_iter().map(|array| (array.name.clone(), array)).collect();
        let described: BTreeMap<String, Value> = serde_json::from_str(&notes["cases"]).unwrap();
        let cases = described.iter().map(|(name, spec)| case(&arrays, name, spec)).collect();
        Self { arrays, cases }
    }

    pub fn case(&self, name: &str) -> &Case {
        self.cases.iter().find(|case| case.name == name).unwrap()
    }

    fn values(&self, name: &str) -> Vec<f64> {
        self.arrays[name].values.wide()
    }

    /// The arrays under a prefix, in the order of a program's parameters.
    fn by_parameter(&self, prefix: &str, program: &Program) -> Vec<Vec<f64>> {
        program.parameters.iter().map(|parameter| self.values(&format!("{prefix}.{}", parameter.name))).collect()
    }
}

fn floats(arrays: &BTreeMap<String, Array>, name: &str) -> Vec<f32> {
    match &arrays[name].values {
        Values::F32(values) => values.clone(),
        Values::F64(_) => panic!("{name} is written in f32"),
    }
}

fn case(arrays: &BTreeMap<String, Array>, name: &str, spec: &Value) -> Case {
    let (input, outputs, tokens, sequences) =
        (of(spec, "input"), of(spec, "outputs"), of(spec, "tokens"), of(spec, "sequences"));
    let heads = spec["heads"].as_array().unwrap();
    let head =
        |head: &Value| Head { outputs: of(head, "outputs"), site: of(head, "site"), context: of(head, "context") };
    let interface = Interface { input, outputs, tokens: of(spec, "longest"), heads: heads.iter().map(head).collect() };
    let program = compile(&of(spec, "model"), &interface).unwrap();
    let parameters = program.parameters.iter().map(|parameter| {
        let array = format!("{name}.parameters.{}", parameter.name);
        assert_eq!(arrays[&array].shape, parameter.shape, "{array}");
        floats(arrays, &array)
    });
    let parameters = parameters.collect();
    let written = arrays.keys().filter(|array| array.starts_with(&format!("{name}.parameters."))).count();
    assert_eq!(written, program.parameters.len(), "parameters of {name}");
    let values = floats(arrays, &format!("{name}.input"));
    let input = if of(spec, "labels") {
        Input::Labels(values.iter().map(|&label| label as u32).collect())
    } else {
        Input::Dense(values)
    };
    let (mut terms, mut targets) = (Vec::new(), Vec::new());
    for (place, term) in spec["terms"].as_array().unwrap().iter().enumerate() {
        let [from, to]: [usize; 2] = of(term, "columns");
        terms.push(Term { weight: of(term, "weight"), output: of(term, "output"), columns: from..to, targets: place });
        let values = floats(arrays, &format!("{name}.targets.{place}"));
        targets.push(match of(term, "kind") {
            "labels" => Targets::Labels(values.iter().map(|&t| if t < 0.0 { IGNORED } else { t as u32 }).collect()),
            _ => Targets::Numbers { width: to - from, values },
        });
    }
    let heads_at = heads.iter().map(|head| of(head, "read_at")).collect();
    let noise: Option<[u64; 2]> = of(spec, "noise");
    let noise = noise.map(|[seed, step]| Noise { seed, step });
    let batch = Batch { sequences, tokens, input, read_at: of(spec, "read_at"), heads_at, targets, ..Batch::default() };
    Case { name: name.into(), program: Arc::new(program), batch, terms, noise, parameters }
}

/// Holds an engine against every case, `tolerance` relative to the largest number of each array.
pub fn hold(engine: &dyn Fn(&Case) -> Box<dyn Backend>, tolerance: f64) {
    let golden = Golden::read();
    assert_eq!(golden.cases.len(), 17);
    for case in &golden.cases {
        let (name, backend) = (&case.name, engine(case));
        let close = |what: &str, (ours, theirs): (&[f64], &[f64]), least: f64, tolerance: f64| {
            let distance = distance(ours, theirs, least);
            assert!(distance < tolerance, "{what} of {name}: {distance:e}");
        };
        let (loss, gradients) = backend.gradients(&case.batch, &case.terms, case.noise).unwrap();
        let loss = [vec![loss.total], loss.terms].concat();
        close("losses", (&loss, &golden.values(&format!("{name}.loss"))), 1e-3, tolerance);
        let theirs = golden.by_parameter(&format!("{name}.gradients"), &case.program);
        // Some parameters have no gradient but what rounding leaves, such as the biases of keys: the scale is that of all.
        let largest = theirs.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        for ((parameter, ours), theirs) in case.program.parameters.iter().zip(&gradients).zip(&theirs) {
            close(&format!("gradient of {}", parameter.name), (ours, theirs), 1e-3 * largest, tolerance);
        }
        if case.noise.is_none() {
            let logits: Vec<f64> = backend.outputs(&case.batch).unwrap().into_iter().map(f64::from).collect();
            // They are handed over as f32.
            close("logits", (&logits, &golden.values(&format!("{name}.logits"))), 1e-3, tolerance.max(1e-7));
        }
    }
}

fn plain(case: &Case, width: Width) -> Plain {
    Plain::new(case.program.clone(), &case.parameters, width).unwrap()
}

#[test]
fn plain_f64_is_pytorchs() {
    hold(&|case| Box::new(plain(case, Width::F64)), 1e-9);
}

#[test]
fn plain_f32_is_pytorchs() {
    hold(&|case| Box::new(plain(case, Width::F32)), 1e-5);
}

#[test]
fn fast_is_pytorchs() {
    let make = fast(2);
    hold(&|case| make(&case.program, &case.parameters), 1e-5);
}

/// The optimizers of the file, with what they minimise.
pub fn rules() -> [(&'static str, Update); 5] {
    let rule = |rule, lr, clip| Update { rule, lr, clip };
    let adam = |weight_decay, decoupled| Rule::Adam { betas: (0.9, 0.999), eps: 1e-8, weight_decay, decoupled };
    let own = Rule::Adam { betas: (0.8, 0.95), eps: 1e-6, weight_decay: 0.0, decoupled: false };
    [
        ("adam", rule(own, 0.01, None)),
        ("adam_decay", rule(adam(0.1, false), 0.01, None)),
        ("adamw", rule(adam(0.1, true), 0.01, None)),
        ("sgd", rule(Rule::Sgd { momentum: 0.9, weight_decay: 0.1 }, 0.1, None)),
        ("clipped", rule(adam(0.0, false), 0.01, Some(0.5))),
    ]
}

#[test]
fn optimizers_of_plain_are_pytorchs() {
    let golden = Golden::read();
    let case = golden.case("squares");
    for (name, update) in rules() {
        let mut model = plain(case, Width::F64);
        let curve: Vec<f64> =
            (0..10).map(|_| model.step(&case.batch, &case.terms, &update, None).unwrap().total).collect();
        assert!(distance(&curve, &golden.values(&format!("{name}.losses")), 1e-3) < 1e-9, "{name}");
        let theirs = golden.by_parameter(&format!("{name}.parameters"), &case.program);
        let Numbers { parameters, .. } = model.numbers().unwrap();
        for ((parameter, ours), theirs) in case.program.parameters.iter().zip(&parameters).zip(&theirs) {
            let distance = distance(ours, theirs, 1e-3);
            assert!(distance < 1e-9, "{} after {name}: {distance:e}", parameter.name);
        }
        assert_eq!(model.steps(), 10);
    }
}
