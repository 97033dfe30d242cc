//! What icl decides and no formula: weights, sequences, and which streams probes take their random numbers from.

use super::{STEPS, STUDIES, array, arrays};
use icl::check::check;
use icl::engine::corpus::Corpus;
use icl::engine::itinerary::Itinerary;
use icl::engine::network::{Engine, arithmetic};
use icl::engine::sampler::Split;
use icl::engine::state::{Array, to_bytes};
use icl::engine::streams::meaning;
use icl::engine::told::tokens_of;
use icl::engine::train::{Stepped, Trainer, network};
use icl::program::experiment::Arm;
use icl::program::model::Site;
use icl::program::training::{MeasureKind, Reader};
use icl::world::Disk;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

const SEED: u64 = 1;

/// A program of the folder with its data.
pub struct Study {
    pub name: &'static str,
    pub text: String,
    pub arm: &'static Arm,
    pub corpus: &'static Corpus<'static>,
}

impl Study {
    pub fn open(name: &'static str) -> Self {
        let path = Path::new(super::FOLDER).join(format!("{name}.icl"));
        let checked = check(&Disk, &path, &[]);
        let titles: Vec<_> = checked.findings.iter().map(|finding| (finding.id, &finding.title)).collect();
        assert!(checked.not_run.is_empty(), "{name}: {:?}", checked.not_run);
        let program = checked.program.unwrap_or_else(|| panic!("{name}: {titles:?}"));
        let mut arm = program.experiments.into_iter().next().unwrap().arms.remove(0);
        arm.training.numerics.arithmetic = arithmetic();
        let arm: &'static Arm = Box::leak(Box::new(arm));
        let corpus = Corpus::new(&arm.training, SEED, |_| unreachable!("nothing is embedded")).unwrap();
        Self { name, text: std::fs::read_to_string(path).unwrap(), arm, corpus: Box::leak(Box::new(corpus)) }
    }

    /// The values of some sequences, `[sequences, examples, numbers]`, under their names: input and target, and what
    /// probes tell.
    fn sequences(&self, part: &str, split: Split, numbers: &[u64]) -> Vec<Array> {
        let task = &self.arm.training.tasks[0];
        let mut nodes = vec![("target", task.target)];
        if task.input != task.target {
            nodes.push(("input", task.input));
        }
        let probed: Vec<usize> = self.arm.observation.measures.iter().flat_map(|measure| told(&measure.kind)).collect();
        for (name, node) in &task.names {
            if probed.contains(node) && nodes.iter().all(|(_, known)| known != node) {
                nodes.push((name, *node));
            }
        }
        let drawn = self.corpus.draw(0, split, numbers).unwrap();
        let one = |(name, node): (&str, usize)| {
            let values = drawn.of(node);
            let each = (0..numbers.len()).flat_map(|sequence| (0..task.length).map(move |at| (sequence, at)));
            let values: Vec<f32> =
                each.flat_map(|(sequence, at)| values.at(sequence, at)).map(|&value| value as f32).collect();
            let wide = values.len() / (numbers.len() * task.length);
            array(format!("{}.{part}.{name}", self.name), vec![numbers.len(), task.length, wide], values)
        };
        nodes.into_iter().map(one).collect()
    }
}

/// What a probe tells.
fn told(kind: &MeasureKind) -> Vec<usize> {
    if let MeasureKind::Probe { nodes, .. } = kind { nodes.clone() } else { Vec::new() }
}

/// The weights after the last step that the file has, as a state.
pub fn weights(study: &str) -> Vec<Array> {
    let prefix = format!("{study}.now.");
    let own = |(name, known): (String, Array)| {
        let name = format!("parameters.{}", name.strip_prefix(&prefix)?);
        Some(Array { name, ..known })
    };
    arrays("drawn.safetensors").into_iter().filter_map(own).collect()
}

/// The arrays of every study, without the weights that training gives, with notes.
pub fn drawn() -> (Vec<Array>, Json) {
    let (mut all, mut notes) = (Vec::new(), json!({}));
    for name in STUDIES {
        let study = Study::open(name);
        let training = &study.arm.training;
        let evaluated: Vec<u64> = (0..study.arm.observation.sequences as u64).collect();
        all.extend(study.sequences("test", Split::Test, &evaluated));
        all.extend(study.sequences("train", Split::Train, &evaluated));
        let mut itinerary = Itinerary::new(training, SEED);
        let changed = !training.interventions.is_empty();
        for step in (0..training.steps()).filter(|_| changed) {
            let numbers = itinerary.advance().remove(0).1;
            let own = study.sequences(&format!("step.{step}"), Split::Train, &numbers);
            all.extend(own.into_iter().filter(|array| array.name.ends_with("put") || array.name.ends_with("target")));
        }
        let first = network(training, SEED, Engine::alone()).unwrap();
        let shapes = first.program().parameters.iter().map(|parameter| parameter.shape.clone());
        for ((parameter, values), shape) in first.parameters().unwrap().into_iter().zip(shapes) {
            let values = values.into_iter().map(|value| value as f32).collect();
            all.push(array(format!("{name}.first.{parameter}"), shape, values));
        }
        notes[name] =
            json!({ "program": blake3::hash(study.text.as_bytes()).to_hex().as_str(), "probes": probes(&study) });
    }
    (all, notes)
}

/// What tells the streams of each probe apart, and how many numbers it takes from them.
fn probes(study: &Study) -> BTreeMap<String, Json> {
    let (training, observation) = (&study.arm.training, &study.arm.observation);
    let mut found = BTreeMap::new();
    for measure in &observation.measures {
        let MeasureKind::Probe { task, site, place, context, nodes, reader } = &measure.kind else { continue };
        let task = &training.tasks[*task];
        let meaning = match (reader, nodes.as_slice()) {
            (Reader::Linear { epochs, .. }, [node]) => meaning(&(task, site, place, context, node, epochs)),
            (Reader::Linear { epochs, .. }, nodes) => meaning(&(task, site, place, context, nodes, epochs)),
            (_, nodes) => meaning(&(task, place, nodes)),
        };
        let rows = observation.sequences * tokens_of(place, task).len();
        let mut own = json!({ "meaning": format!("{meaning:016x}"), "rows": rows });
        if let Reader::Linear { epochs, .. } = reader {
            let outputs = nodes.iter().map(|&node| {
                let node = &task.nodes[node];
                if node.labels.is_empty() {
                    node.shape.iter().product::<usize>().max(1)
                } else {
                    node.labels.iter().sum()
                }
            });
            assert!(!matches!(site, Site::Pattern(..) | Site::Everywhere), "as wide as the stream");
            own["epochs"] = json!(epochs);
            own["weights"] = json!(training.model.width * outputs.sum::<usize>());
        }
        found.insert(measure.name.clone(), own);
    }
    found
}

/// Trains, and writes all that the file has.
pub fn overwrite() {
    let (mut all, notes) = drawn();
    for name in &STUDIES[..4] {
        let study = Study::open(name);
        let mut trainer = Trainer::new(study.corpus, Engine::alone()).unwrap();
        for _ in 0..STEPS {
            assert!(matches!(trainer.step().unwrap(), Stepped::Loss(_)));
        }
        let state = trainer.checkpoint().unwrap().arrays;
        let own = |array: &Array| {
            let parameter = array.name.strip_prefix("parameters.")?;
            Some(Array { name: format!("{name}.now.{parameter}"), ..array.clone() })
        };
        all.extend(state.iter().filter_map(own));
    }
    let bytes = to_bytes(&all, HashMap::from([("icl".into(), notes.to_string())])).unwrap();
    std::fs::write(Path::new(super::FOLDER).join("drawn.safetensors"), bytes).unwrap();
}
