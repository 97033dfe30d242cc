//! What is read, changed and scored inside of a model, against PyTorch.
//!
//! `tests/oracle/make_inside.py` writes programs and, of weights and sequences that icl gives it, what PyTorch makes of them.
//! `ORACLE=overwrite` has the first test write what icl gives.

#[path = "oracle_inside/drawn.rs"]
mod drawn;
#[path = "oracle_inside/exported.rs"]
mod exported;

use drawn::{Study, drawn, weights};
use icl::engine::intervene::Changing;
use icl::engine::measure::{Evaluator, Levels, Value};
use icl::engine::network::{Engine, Network, Reading};
use icl::engine::plain::Width;
use icl::engine::sampler::Split;
use icl::engine::state::{Array, Values, from_bytes};
use icl::engine::train::{Stepped, Trainer, network};
use icl::program::model::{Context, Site};
use icl::program::training::{Change, Measure, MeasureKind, Reader};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

const STUDIES: [&str; 5] = ["tokens", "labels", "points", "numbers", "changed"];
/// Steps after which the first four are measured.
const STEPS: u64 = 20;
/// Sequences whose values at every site are in the file.
const SHOWN: usize = 2;
const FOLDER: &str = "tests/oracle/inside";

/// A file of the folder.
fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(FOLDER).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn arrays(name: &str) -> BTreeMap<String, Array> {
    let (arrays, _) = from_bytes(&file(name)).unwrap();
    arrays.into_iter().map(|array| (array.name.clone(), array)).collect()
}

fn measures() -> Json {
    serde_json::from_slice(&file("measures.json")).unwrap()
}

/// Both engines: the fast one, and the plain one in 64 bits, which hands over what it reads in 32.
fn engines() -> [(&'static str, Engine, f64); 2] {
    [("fast", Engine::alone(), 1e-5), ("plain", Engine::Plain(Width::F64), 1e-5)]
}

/// The largest difference of some numbers over the largest of them.
fn distance(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let largest = theirs.iter().fold(1e-3_f64, |largest, value| largest.max(value.abs()));
    // What is not a number is as far away as can be.
    let apart = ours.iter().zip(theirs).map(|(a, b)| if (a - b).is_nan() { f64::INFINITY } else { (a - b).abs() });
    apart.fold(0.0, f64::max) / largest
}

/// The largest distance of each kind, told at the end of a test.
#[derive(Default)]
struct Worst(BTreeMap<String, (f64, String)>);

impl Worst {
    fn hold(&mut self, kind: &str, what: &str, distance: f64, tolerance: f64) {
        let known = self.0.entry(kind.to_string()).or_default();
        if distance >= known.0 {
            *known = (distance, what.to_string());
        }
        if distance.is_nan() || distance > tolerance {
            self.0.insert(format!("! {what}"), (distance, "too far".into()));
        }
    }

    fn told(&self) {
        self.0.iter().for_each(|(kind, (distance, what))| println!("{distance:.1e}  {kind}: {what}"));
        assert!(!self.0.keys().any(|kind| kind.starts_with('!')), "some are too far from PyTorch");
    }
}

/// The network of a study with the weights of the file.
fn trained(study: &Study, engine: Engine) -> Network {
    let mut network = network(&study.arm.training, 1, engine).unwrap();
    network.load_weights(&weights(study.name)).unwrap();
    network
}

#[test]
fn what_icl_draws_is_what_the_file_has() {
    if std::env::var("ORACLE").is_ok_and(|word| word == "overwrite") {
        drawn::overwrite();
        exported::overwrite();
    }
    let (known, notes) = from_bytes(&file("drawn.safetensors")).unwrap();
    let (mut ours, told) = drawn();
    ours.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(serde_json::from_str::<Json>(&notes["icl"]).unwrap(), told);
    let known: Vec<&Array> = known.iter().filter(|array| !array.name.contains(".now.")).collect();
    assert_eq!(ours.len(), known.len());
    for (ours, known) in ours.iter().zip(known) {
        assert!(ours == known, "{} is another now", ours.name);
    }
}

/// The numbers of a measure under their names.
fn told(value: &Value, levels: &Levels, probe: bool) -> BTreeMap<&'static str, Vec<f64>> {
    let mut all = BTreeMap::from([("value", vec![value.value.unwrap_or(f64::NAN)])]);
    if let (true, Some(beside)) = (probe, &value.beside) {
        all.insert("parts", value.parts.clone());
        all.insert("control", beside.control.clone());
        all.insert("chance", vec![levels.blind.unwrap_or(f64::NAN)]);
        let more = [("cross_entropy", &beside.cross_entropy), ("r2", &beside.r2)];
        all.extend(more.into_iter().filter(|(_, of)| !of.is_empty()).map(|(name, of)| (name, of.clone())));
    }
    all
}

/// What a measure is, in words.
fn kind(of: &MeasureKind, part: &str) -> String {
    match of {
        MeasureKind::Score { under: Some(_), .. } => "score under an intervention".into(),
        MeasureKind::Score { .. } => "score".into(),
        MeasureKind::Distance { .. } => "distance to a reference".into(),
        MeasureKind::Inside { measure, .. } => measure.clone(),
        MeasureKind::Probe { reader, .. } => {
            let reader = match reader {
                Reader::Linear { .. } => "linear",
                Reader::Ridge { .. } => "ridge",
                Reader::Logistic { .. } => "logistic",
                Reader::Centroid => "centroid",
            };
            format!("{reader} probe, {part}")
        }
    }
}

/// Holds all measures of a study at a step against the file.
fn hold(study: &Study, golden: &Json, network: &Network, step: u64, tolerance: f64, worst: &mut Worst) {
    let observation = &study.arm.observation;
    let evaluator = Evaluator::new(study.corpus, observation).unwrap();
    let columns: Vec<usize> = (0..observation.measures.len()).collect();
    let values = evaluator.evaluate(network, step, &columns).unwrap();
    let levels = evaluator.levels();
    let golden = golden["measures"][&step.to_string()].as_object().unwrap();
    assert_eq!(golden.len(), observation.written.len(), "every measure of {} is in the file", study.name);
    for &column in &observation.written {
        let name = &observation.measures[column].name;
        let theirs = golden[name].as_object().unwrap();
        let ours = told(&values[column], &levels[column], theirs.contains_key("control"));
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (part, ours) in ours {
            let theirs = &theirs[part];
            let list = |value: &Json| -> Vec<f64> {
                value.as_array().map_or_else(
                    || vec![value.as_f64().unwrap()],
                    |all| all.iter().map(|value| value.as_f64().unwrap()).collect(),
                )
            };
            assert_eq!(ours.len(), list(theirs).len(), "{part} of {name}");
            // Of R2 what is left to 1, which is what errors are divided by.
            let left = |value: f64| if part == "r2" { 1.0 - value } else { value };
            let each = ours.iter().zip(list(theirs)).map(|(ours, theirs)| distance(&[left(*ours)], &[left(theirs)]));
            let apart = each.fold(0.0, f64::max);
            let kind = kind(&observation.measures[column].kind, part);
            worst.hold(&kind, &format!("{part} of {} {name}, {ours:?} not {theirs}", study.name), apart, tolerance);
        }
    }
}

#[test]
fn every_measure_is_pytorchs() {
    let golden = measures();
    for (called, engine, tolerance) in engines() {
        println!("{called}");
        let mut worst = Worst::default();
        for name in &STUDIES[..4] {
            let study = Study::open(name);
            hold(&study, &golden[name], &trained(&study, engine.clone()), STEPS, tolerance, &mut worst);
        }
        worst.told();
    }
}

#[test]
fn a_training_under_interventions_is_pytorchs() {
    let (golden, theirs) = (measures(), arrays("sites.safetensors"));
    let golden = &golden["changed"];
    let losses: Vec<f64> = golden["losses"].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect();
    let study = Study::open("changed");
    for (called, engine, tolerance) in engines() {
        println!("{called}");
        let mut worst = Worst::default();
        let mut trainer = Trainer::new(study.corpus, engine).unwrap();
        hold(&study, golden, trainer.network(), 0, tolerance, &mut worst);
        let first = trainer.network().parameters().unwrap();
        for (step, theirs) in losses.iter().enumerate() {
            let Stepped::Loss(ours) = trainer.step().unwrap() else { panic!("diverged") };
            worst.hold("loss of a step", &format!("step {step}"), distance(&[ours], &[*theirs]), tolerance);
        }
        hold(&study, golden, trainer.network(), losses.len() as u64, tolerance, &mut worst);
        // Of all that the weights have moved. Those that f32 holds are rounded in the file.
        let ours = trainer.network().parameters().unwrap();
        let mut moved = [Vec::new(), Vec::new()];
        for ((name, ours), (_, first)) in ours.iter().zip(&first) {
            let theirs = theirs[&format!("changed.trained.{name}")].values.wide();
            for (moved, now) in moved.iter_mut().zip([ours, &theirs]) {
                moved.extend(now.iter().zip(first).map(|(now, first)| now - first));
            }
        }
        worst.hold("weights", "what they moved by", distance(&moved[0], &moved[1]), tolerance.max(1e-6));
        worst.told();
    }
}

/// The predictions of the last sequences under every intervention, since a mean loss hides much.
#[test]
fn predictions_under_every_intervention_are_pytorchs() {
    let golden = arrays("sites.safetensors");
    for (called, engine, tolerance) in engines() {
        println!("{called}");
        let mut worst = Worst::default();
        for name in &STUDIES[..4] {
            let study = Study::open(name);
            let network = trained(&study, engine.clone());
            let observation = &study.arm.observation;
            let under = |measure: &'static Measure| match &measure.kind {
                MeasureKind::Score { under: Some(under), .. } if measure.name.starts_with("under_") => {
                    Some((measure.name.as_str(), &under.change))
                }
                _ => None,
            };
            let changes: BTreeMap<&str, &Change> = observation.measures.iter().filter_map(under).collect();
            let theirs = golden[&format!("{name}.under")].values.wide();
            let sequences = observation.sequences;
            let drawn = study.corpus.draw(0, Split::Test, &(0..sequences as u64).collect::<Vec<_>>()).unwrap();
            let predicted = study.arm.training.tasks[0].predicted();
            let golden = theirs.chunks(theirs.len() / changes.len());
            for ((change_name, change), theirs) in changes.into_iter().zip(golden) {
                let changing = Changing { network: &network, changes: vec![change] };
                let make = study.corpus.made(&changing, (0, &drawn), &predicted);
                let means = changing.over([0..100, 100..sequences].into_iter(), &make).unwrap();
                let batch = changing.evaluated(sequences - SHOWN..sequences, sequences, &means, &make).unwrap();
                let ours = network.logits(&batch).unwrap();
                let kind = change_name.split('_').find(|word| WORDS.contains(word)).unwrap();
                worst.hold(kind, &format!("{name} {change_name}"), distance(&wide(ours), theirs), tolerance);
            }
        }
        worst.told();
    }
}

/// What the names of interventions say that they do.
const WORDS: [&str; 9] = ["zero", "mean", "resample", "kept", "previous", "array", "matching", "twice", "half"];

fn wide(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}

/// Every site of a model in a context, with its name in the file.
fn sites(network: &Network, context: Context) -> Vec<(String, Site)> {
    let listing = network.program().listing(Context::Full);
    let layers = listing.mixes.len();
    let mut sites: Vec<(String, Site)> = (0..=layers).map(|n| (format!("residual.{n}"), Site::Residual(n))).collect();
    sites.push(("output".into(), Site::Output));
    for (layer, (_, heads)) in listing.mixes.iter().enumerate() {
        sites.push((format!("attention_out.{layer}"), Site::AttentionOut(layer)));
        sites.push((format!("mlp_out.{layer}"), Site::MlpOut(layer)));
        for head in 0..*heads {
            sites.push((format!("head.{layer}.{head}"), Site::Head(layer, head)));
            sites.push((format!("pattern.{layer}.{head}"), Site::Pattern(layer, head)));
        }
    }
    sites.retain(|(_, site)| context.has(*site) && (listing.source(*site).is_some()));
    sites
}

#[test]
fn every_site_in_every_context_is_pytorchs() {
    let golden = arrays("sites.safetensors");
    for (called, engine, tolerance) in engines() {
        println!("{called}");
        let (mut worst, mut count) = (Worst::default(), 0);
        for name in &STUDIES[..4] {
            let study = Study::open(name);
            let network = trained(&study, engine.clone());
            let drawn = study.corpus.draw(0, Split::Test, &(0..SHOWN as u64).collect::<Vec<_>>()).unwrap();
            let predicted = study.arm.training.tasks[0].predicted();
            let batch = study.corpus.evaluation_batch(0, &drawn, 0..SHOWN, &predicted).unwrap();
            let positions: Vec<usize> = (0..batch.tokens).collect();
            for context in Context::ALL {
                let sites = sites(&network, context);
                let readings: Vec<Reading<'_>> =
                    sites.iter().map(|&(_, site)| Reading { site, positions: &positions }).collect();
                let read = network.read_all(&batch, context, &readings).unwrap();
                for ((site, _), ours) in sites.iter().zip(read) {
                    let at = format!("{name}.{}.{site}", context.word());
                    let apart = distance(&wide(ours), &golden[&at].values.wide());
                    let kind = site.split('.').next().unwrap();
                    worst.hold(kind, &at, apart, tolerance);
                    count += 1;
                }
            }
            let logits =
                distance(&wide(network.logits(&batch).unwrap()), &golden[&format!("{name}.logits")].values.wide());
            worst.hold("logits", name, logits, tolerance);
        }
        let read = |name: &&String| Context::ALL.iter().any(|context| name.contains(&format!(".{}.", context.word())));
        assert_eq!(count, golden.keys().filter(read).count(), "every site of the file is read");
        worst.told();
    }
}

/// An array under a name.
fn array(name: String, shape: Vec<usize>, values: Vec<f32>) -> Array {
    Array { name, shape, values: Values::F32(values) }
}
