//! `icl export --to transformers`, of weights that are fixed, against what Hugging Face's GPT-2 makes of the folder.

use super::drawn::{Study, weights};
use super::{FOLDER, STEPS, Worst, arrays, distance, file, wide};
use icl::engine::network::{Engine, Reading};
use icl::engine::state::{Array, from_bytes};
use icl::engine::train::Checkpoint;
use icl::plan::Key;
use icl::plan::identity::segment;
use icl::program::model::{Context, Site};
use icl::store::{Kind, Leases, Store, Taken, Writer};
use std::path::Path;
use std::process::{Command, Stdio};

/// Exports the weights of the file out of a store, with the first three sequences of the evaluation.
fn export(to: &Path) {
    let study = Study::open("tokens");
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    store.open().unwrap();
    let meaning = segment(1, &study.arm.training, &study.arm.observation, 0, None);
    let key = Key::of(&meaning);
    let kept = store.segment(key.as_str());
    kept.begin(&serde_json::to_string_pretty(&meaning).unwrap()).unwrap();
    let leases = Leases::default();
    let Taken::Lease(lease) = leases.take(kept.folder()).unwrap() else { panic!("nobody else holds it") };
    let checkpoint = Checkpoint { step: STEPS, loss_sum: 0.0, arrays: weights("tokens") };
    let mut writer = Writer::new(kept, lease).unwrap();
    writer.keep(&checkpoint, Kind::Weights).unwrap();
    writer.release();
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(["export", key.as_str(), "--to", "transformers", "--with", "3"]);
    command.arg("--program").arg(Path::new(FOLDER).join("tokens.icl"));
    command.arg("--store").arg(folder.path()).arg("--out").arg(to).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const WHOLE: [&str; 3] = ["config.json", "model.safetensors", "around.safetensors"];

/// Writes the folder that Python reads.
pub fn overwrite() {
    let (to, kept) = (tempfile::tempdir().unwrap(), Path::new(FOLDER).join("gpt2"));
    export(to.path());
    std::fs::create_dir_all(&kept).unwrap();
    for name in [&WHOLE[..], &["batch.safetensors"]].concat() {
        std::fs::copy(to.path().join(name), kept.join(name)).unwrap();
    }
}

#[test]
fn an_exported_model_is_transformers_gpt2() {
    let folder = tempfile::tempdir().unwrap();
    export(folder.path());
    let written = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    for name in WHOLE {
        assert!(written(name) == file(&format!("gpt2/{name}")), "{name} is written otherwise");
    }
    let (batch, _) = from_bytes(&written("batch.safetensors")).unwrap();
    let (known, _) = from_bytes(&file("gpt2/batch.safetensors")).unwrap();
    let golden = arrays("sites.safetensors");
    let theirs = |name: &str| golden[&format!("exported.{name}")].values.wide();
    let mut worst = Worst::default();
    let input: fn(&&Array) -> bool = |array| array.name == "input";
    assert_eq!(batch.iter().find(input), known.iter().find(input), "the sequences are those that Python ran");
    for array in batch.iter().filter(|array| !input(array)) {
        worst.hold(&array.name, "in the folder", distance(&array.values.wide(), &theirs(&array.name)), 1e-5);
    }
    // The network itself, on labels in place of one-hot vectors, and where its heads look.
    let study = Study::open("tokens");
    let network = super::trained(&study, Engine::alone());
    let drawn = study.corpus.draw(0, icl::engine::sampler::Split::Test, &[0, 1, 2]).unwrap();
    let sequences = study.corpus.evaluation_batch(0, &drawn, 0..3, &study.arm.training.tasks[0].predicted()).unwrap();
    let positions: Vec<usize> = (0..sequences.tokens).collect();
    let read = |site| wide(network.read(&sequences, site, Context::Full, &positions).unwrap());
    for layer in 0..=2 {
        let apart = distance(&read(Site::Residual(layer)), &theirs(&format!("residual.{layer}")));
        worst.hold("residual", &format!("after {layer}"), apart, 1e-5);
    }
    worst.hold("output", "of the network", distance(&read(Site::Output), &theirs("output")), 1e-5);
    let readings = |layer| [0, 1].map(|head| Reading { site: Site::Pattern(layer, head), positions: &positions });
    for layer in 0..2 {
        // [sequences, heads, tokens, tokens]
        let theirs = theirs(&format!("pattern.{layer}"));
        let each = positions.len() * positions.len();
        for (head, ours) in
            network.read_all(&sequences, Context::Full, &readings(layer)).unwrap().into_iter().enumerate()
        {
            let theirs: Vec<f64> = theirs.chunks(each).skip(head).step_by(2).flatten().copied().collect();
            worst.hold("pattern", &format!("{layer}, {head}"), distance(&wide(ours), &theirs), 1e-5);
        }
    }
    worst.told();
    assert_eq!(golden.keys().filter(|name| name.starts_with("exported.")).count(), 3 + 1 + 1 + 2);
}
