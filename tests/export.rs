//! `icl export`: weights where Hugging Face's transformers write them (`tests/oracle/make_export.py`), and a run exported.

use icl::engine::state::{Array, Notes, from_bytes};
use icl::export::described::{Described, own_names};
use icl::export::gpt2::Gpt2;
use icl::program::model::{Activation, Model, Norm, Positions, Sublayer};
use icl::program::training::NUMERICS;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

fn model(norm: Norm, positions: Positions) -> Model {
    let layer = [Sublayer::attention(2), Sublayer::mlp(64, Activation::Gelu)];
    Model::plain(16, positions, norm, [layer.clone(), layer].concat())
}

/// The model of gpt2.safetensors, with its weights.
fn golden() -> (Described, Vec<Array>) {
    let (arrays, _) = from_bytes(include_bytes!("oracle/gpt2.safetensors")).unwrap();
    let model = model(Norm::Pre, Positions::Learned);
    let described = Described { seed: 1, numerics: NUMERICS, model, input: 12, tokens: 10, outputs: 13, heads: vec![] };
    (described, own_names(&arrays))
}

#[test]
fn weights_stand_where_transformers_write_them() {
    let (theirs, notes) = from_bytes(include_bytes!("oracle/export.safetensors")).unwrap();
    let (described, own) = golden();
    let gpt2 = Gpt2::of(&described.model).unwrap();
    let mut ours = gpt2.weights(&described, &own).unwrap();
    ours.body.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(ours.body.len(), theirs.len());
    for (ours, theirs) in ours.body.iter().zip(&theirs) {
        assert_eq!((&ours.name, &ours.shape), (&theirs.name, &theirs.shape));
        for (ours, theirs) in ours.values.wide().iter().zip(theirs.values.wide()) {
            assert!((ours - theirs).abs() < 1e-6, "{ours}, not {theirs}");
        }
    }
    let around: Vec<&str> = ours.around.iter().map(|array| array.name.as_str()).collect();
    assert_eq!(around, ["read_in.weight", "read_in.bias", "read_out.weight", "read_out.bias"]);

    let (ours, theirs): (Value, Value) = (gpt2.config(&described), serde_json::from_str(&notes["config"]).unwrap());
    for (name, value) in ours.as_object().unwrap() {
        assert_eq!(Some(value), theirs.get(name), "{name}");
    }
}

#[test]
fn a_tied_read_out_is_the_turned_read_in() {
    let (mut described, mut own) = golden();
    own.retain(|array| array.name != "read_out.weight");
    described.model.tied = true;
    described.outputs = 5;
    let around = Gpt2::of(&described.model).unwrap().weights(&described, &own).unwrap().around;
    let values = |name: &str| {
        let array = around.iter().find(|array| array.name == name).unwrap();
        (array.shape.clone(), array.values.wide())
    };
    let ((_, read_in), (shape, read_out)) = (values("read_in.weight"), values("read_out.weight"));
    assert_eq!(shape, [16, 5]);
    assert_eq!(read_out[3 * 5 + 2], read_in[2 * 16 + 3]);
}

#[test]
fn what_is_no_gpt2_is_told() {
    let refused = |model: &Model| Gpt2::of(model).unwrap_err();
    let with = |change: &dyn Fn(&mut Vec<Sublayer>)| {
        let mut model = model(Norm::Pre, Positions::Learned);
        change(&mut model.blocks);
        refused(&model)
    };
    assert!(refused(&model(Norm::Post, Positions::Learned)).contains("after its sublayers"));
    assert!(refused(&model(Norm::None, Positions::Learned)).contains("no layer norm"));
    for (positions, word) in [
        (Positions::Rope, "rotary"),
        (Positions::Alibi, "biases"),
        (Positions::Sinusoidal, "sines"),
        (Positions::None, "no positions"),
    ] {
        assert!(refused(&model(Norm::Pre, positions)).contains(word));
    }
    assert!(with(&|blocks| blocks[3] = Sublayer::mlp(64, Activation::Relu)).contains("relu"));
    assert!(with(&|blocks| blocks[3] = Sublayer::mlp(32, Activation::Gelu)).contains("differ"));
    assert!(with(&|blocks| blocks[2] = Sublayer::attention(4)).contains("differ"));
    assert!(
        with(&|blocks| blocks[2] = Sublayer::Attention { heads: 2, linear: true, dropout: 0.0 }).contains("linear")
    );
    assert!(with(&|blocks| blocks.swap(0, 1)).contains("an mlp after it"));
    assert!(with(&|blocks| blocks.truncate(3)).contains("no mlp"));
    assert!(with(&Vec::clear).contains("no layers"));
}

const PROGRAM: &str = "use std.curricula
use std.models
use std.regression

let plane = regression.linear(dim: 3, points: 4)
metric loss_now = squared_error(plane)

experiment study {
  data: fresh
  batch: 6
  optimizer: adam(lr: 3e-3)
  seeds: 1
  keep: all
  curriculum: curricula.only(plane, 20 steps)
  arm learned { model: models.gpt2(layers: 2, heads: 2, width: 8) }
  arm turned { model: models.attention_only(layers: 1, heads: 2, width: 8) }
  measure { every: 10 steps, on: 12 sequences, loss_now }
}
";

/// Exit code, standard output, standard error.
fn icl(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).current_dir(folder).env_remove("ICL_STORE").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn arrays(path: &Path) -> (Vec<Array>, Notes) {
    from_bytes(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_run_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("study.icl"), PROGRAM).unwrap();
    let (code, out, err) = icl(at, &["run", "study.icl"]);
    assert_eq!(code, 0, "{out}{err}");
    let (_, listed, _) = icl(at, &["ls", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let key = |arm: &str| {
        let row = listed.as_array().unwrap().iter().find(|row| row["arm"] == arm).unwrap();
        row["key"].as_str().unwrap().to_string()
    };
    let (learned, turned) = (key("learned"), key("turned"));

    let (code, out, err) = icl(at, &["export", &learned, "--to", "transformers", "--out", "gpt2", "--with", "3"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("a GPT-2 of 2 layers, study, learned, seed 1 after step 20"), "{out}");
    let config: Value = serde_json::from_slice(&fs::read(at.join("gpt2/config.json")).unwrap()).unwrap();
    assert_eq!((&config["n_layer"], &config["n_embd"], &config["n_inner"]), (&2.into(), &8.into(), &32.into()));
    assert_eq!((&config["n_positions"], &config["vocab_size"]), (&8.into(), &3.into()));
    let (body, notes) = arrays(&at.join("gpt2/model.safetensors"));
    assert_eq!((body.len(), notes["format"].as_str()), (2 * 12 + 4, "pt"));
    assert!(at.join("gpt2/check.py").exists());

    // Logits are the read-out of the output, and the embedding is what the read-in and the positions make of the tokens.
    let (batch, _) = arrays(&at.join("gpt2/batch.safetensors"));
    let (around, _) = arrays(&at.join("gpt2/around.safetensors"));
    let of = |arrays: &[Array], name: &str| arrays.iter().find(|array| array.name == name).unwrap().values.wide();
    let (input, output, logits) = (of(&batch, "input"), of(&batch, "output"), of(&batch, "logits"));
    let (stream, wpe) = (of(&batch, "residual.0"), of(&body, "wpe.weight"));
    assert_eq!((input.len(), stream.len(), logits.len()), (3 * 8 * 3, 3 * 8 * 8, 3 * 8));
    let (weight, bias) = (of(&around, "read_out.weight"), of(&around, "read_out.bias"));
    let (into, into_bias) = (of(&around, "read_in.weight"), of(&around, "read_in.bias"));
    for token in 0..3 * 8 {
        let read = (0..8).map(|at| output[token * 8 + at] * weight[at]).sum::<f64>() + bias[0];
        assert!((read - logits[token]).abs() < 1e-5);
        for at in 0..8 {
            let made = (0..3).map(|from| input[token * 3 + from] * into[from * 8 + at]).sum::<f64>();
            let made = made + into_bias[at] + wpe[token % 8 * 8 + at];
            assert!((made - stream[token * 8 + at]).abs() < 1e-5);
        }
    }

    let (code, out, err) = icl(at, &["export", &learned, "--to", "safetensors", "--out", "plain"]);
    assert_eq!(code, 0, "{out}{err}");
    let (own, _) = arrays(&at.join("plain/model.safetensors"));
    assert_eq!(of(&own, "blocks.3.mlp.in.weight"), of(&body, "h.1.mlp.c_fc.weight"));
    let told: Value = serde_json::from_slice(&fs::read(at.join("plain/icl.json")).unwrap()).unwrap();
    assert_eq!((&told["step"], &told["described"]["model"]["width"]), (&20.into(), &8.into()));

    // A checkpoint by its file, and one on the way.
    let segment = told["segment"].as_str().unwrap();
    let checkpoints = format!("runs/store/segments/{segment}/checkpoints");
    let name =
        fs::read_dir(at.join(&checkpoints)).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let name = name.max().unwrap();
    let (code, out, err) =
        icl(at, &["export", &format!("{checkpoints}/{name}"), "--to", "safetensors", "--out", "plain"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(arrays(&at.join("plain/model.safetensors")).0, own);
    let (code, out, err) = icl(at, &["export", segment, "--to", "safetensors", "--out", "earlier", "--step", "10"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_ne!(arrays(&at.join("earlier/model.safetensors")).0, own);

    let refused = |arguments: &[&str], word: &str| {
        let (code, _, err) = icl(at, arguments);
        assert!(code == 1 && err.contains(word), "{code}: {err}");
    };
    refused(&["export", &turned, "--to", "transformers", "--out", "no"], "rotary positions");
    refused(&["export", &turned, "--to", "transformers", "--out", "no"], "--to safetensors");
    refused(&["export", &learned, "--to", "safetensors", "--out", "no", "--step", "7"], "step 10, 20");
    refused(&["export", &learned, "--to", "safetensors", "--out", "no", "--with", "13"], "12");
    refused(&["export", &learned, "--to", "safetensors", "--out", "."], "holds other files");
    refused(&["export", "study.safetensors", "--to", "safetensors", "--out", "no"], "cannot read");
    refused(&["export", "ffffff", "--to", "safetensors", "--out", "no"], "begins with");
    assert!(!at.join("no").exists());
    fs::write(at.join("study.icl"), PROGRAM.replace("lr: 3e-3", "lr: 1e-3")).unwrap();
    refused(&["export", &learned, "--to", "safetensors", "--out", "no", "--with", "3"], "it has changed since");
}
