//! Models that somebody else trained against PyTorch's own computation with them (tests/oracle/make_pretrained.py): every
//! layout and number type, both engines, and what is said of folders that are damaged.

use icl::engine::batch::{Batch, Input};
use icl::engine::network::{Engine, Network, Reading};
use icl::engine::plain::Width;
use icl::engine::program::Interface;
use icl::pretrained::Published;
use icl::program::model::{Context, Family, Site, Sublayer};
use safetensors::SafeTensors;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [(&str, Family); 9] = [
    ("gpt2-f32", Family::Gpt2),
    ("gpt2-bare", Family::Gpt2),
    ("gpt2-untied", Family::Gpt2),
    ("gpt2-sharded-f16", Family::Gpt2),
    ("neox-f32", Family::GptNeox),
    ("neox-serial", Family::GptNeox),
    ("neox-f16", Family::GptNeox),
    ("neox-bf16-sharded", Family::GptNeox),
    ("neox-old", Family::GptNeox),
];

fn folder(name: &str) -> PathBuf {
    Path::new("tests/oracle/pretrained").join(name)
}

/// What PyTorch computed.
struct Golden(Vec<u8>);

impl Golden {
    fn of(name: &str) -> Self {
        Self(fs::read(folder(name).join("golden.safetensors")).unwrap())
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let all = SafeTensors::deserialize(&self.0).unwrap();
        all.tensor(name).unwrap().data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    fn whole(&self, name: &str) -> Vec<usize> {
        let all = SafeTensors::deserialize(&self.0).unwrap();
        let numbers = all.tensor(name).unwrap().data().as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes));
        numbers.map(|number| usize::try_from(number).unwrap()).collect()
    }
}

/// A model with its weights.
fn network(published: &Published, engine: Engine) -> Network {
    let vocabulary = published.model.pretrained.as_ref().unwrap().vocabulary;
    let interface = Interface { input: vocabulary, tokens: 20, outputs: vocabulary, heads: Vec::new() };
    Network::begun(&published.model, &interface, engine, &mut |parameter| {
        let found = published.read(&parameter.name)?.unwrap_or_else(|| vec![0.0; parameter.count()]);
        Ok(found.into_iter().take(parameter.count()).collect())
    })
    .unwrap()
}

fn batch(golden: &Golden) -> Batch {
    let tokens: Vec<u32> = golden.whole("tokens").into_iter().map(|token| token as u32).collect();
    let read_at = (0..20).collect();
    Batch { sequences: 4, tokens: 20, input: Input::Labels(tokens), read_at, ..Batch::default() }
}

/// The largest difference, over the largest number that is expected.
fn off(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / scale
}

#[test]
fn both_engines_compute_what_pytorch_computes() {
    for (name, family) in FOLDERS {
        let golden = Golden::of(name);
        let published = Published::open(&folder(name), family).unwrap();
        let engines = [("fast", Engine::alone()), ("plain", Engine::Plain(Width::F32))];
        for (engine, network) in engines.map(|(said, engine)| (said, network(&published, engine))) {
            let batch = batch(&golden);
            let logits = network.logits(&batch).unwrap();
            let expected = golden.floats("logits");
            let apart = off(&logits, &expected);
            assert!(apart < 1e-5, "{name}, {engine}: logits are {apart} off");
            let vocabulary = logits.len() / 80;
            let likeliest = logits
                .chunks(vocabulary)
                .map(|row| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(place, _)| place));
            assert_eq!(likeliest.collect::<Vec<_>>(), golden.whole("greedy"), "{name}, {engine}");
            // The stream after each layer, and what the read-out reads.
            let (layers, all): (usize, Vec<usize>) = (published.model.layers(), (0..20).collect());
            let mut sites: Vec<Site> = (0..=layers).map(Site::Residual).collect();
            sites.push(Site::Output);
            let readings: Vec<Reading<'_>> = sites.iter().map(|&site| Reading { site, positions: &all }).collect();
            let found = network.read_all(&batch, Context::Full, &readings).unwrap();
            let mut expected: Vec<Vec<f32>> =
                golden.floats("hidden").chunks(4 * 20 * published.model.width).map(<[f32]>::to_vec).collect();
            expected.push(golden.floats("last"));
            assert_eq!(found.len(), expected.len());
            for ((site, found), expected) in sites.iter().zip(&found).zip(&expected) {
                let apart = off(found, expected);
                assert!(apart < 1e-5, "{name}, {engine}: {site:?} is {apart} off");
            }
            // Patterns of the first sequence.
            let Some(Sublayer::Attention { heads, .. }) = published.model.blocks.first() else {
                panic!("no attention")
            };
            let patterns = golden.floats("attention");
            for (place, expected) in patterns.chunks(400).enumerate() {
                let site = Site::Pattern(place / heads, place % heads);
                let found = network.read(&batch, site, Context::Full, &all).unwrap();
                let apart = off(&found[..400], expected);
                assert!(apart < 1e-5, "{name}, {engine}: {site:?} is {apart} off");
            }
        }
    }
}

#[test]
fn what_distinguishes_two_folders_is_their_weights_and_sizes() {
    let hash =
        |name: &str, family: Family| Published::open(&folder(name), family).unwrap().model.pretrained.unwrap().hash;
    let all: Vec<String> = FOLDERS.iter().map(|(name, family)| hash(name, *family)).collect();
    let mut different = all.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), all.len());
    // Wherever it lies, and whatever it is called.
    let copy = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        fs::copy(folder("neox-f16").join(file), copy.path().join(file)).unwrap();
    }
    let moved = Published::open(copy.path(), Family::GptNeox).unwrap();
    assert_eq!(moved.model.pretrained.unwrap().hash, hash("neox-f16", Family::GptNeox));
    let mut bytes = fs::read(copy.path().join("model.safetensors")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(copy.path().join("model.safetensors"), bytes).unwrap();
    let changed = Published::open(copy.path(), Family::GptNeox).unwrap();
    assert_ne!(changed.model.pretrained.unwrap().hash, hash("neox-f16", Family::GptNeox));
}

#[test]
fn a_damaged_folder_is_told_with_its_cure() {
    let said = |name: &str, family: Family| match Published::open(&folder(name), family) {
        Ok(_) => panic!("{name} opens"),
        Err(error) => (error.reason(), error.cure()),
    };
    let cases = [
        ("broken-no-config", Family::GptNeox, "config.json", ""),
        ("broken-family", Family::GptNeox, "is of a model of type llama, not gpt_neox", "gpt2 or gpt_neox"),
        ("broken-shard", Family::GptNeox, "lacks model-00002-of-00003.safetensors", "download the missing file"),
        ("broken-shape", Family::GptNeox, "has the shape [127, 32], and config.json asks for [128, 32]", "same model"),
        ("broken-short", Family::GptNeox, "is cut short", "download it again"),
        ("gpt2-f32", Family::GptNeox, "is of a model of type gpt2, not gpt_neox", "write `family: gpt2`"),
        ("nowhere", Family::Gpt2, "cannot read tests/oracle/pretrained/nowhere/config.json", ""),
    ];
    for (name, family, reason, cure) in cases {
        let found = said(name, family);
        assert!(found.0.contains(reason) && found.1.contains(cure), "{name}: {found:?}");
    }
    // Settings that would be computed otherwise than the authors did, sizes that no file has, numbers that are none.
    let spoilt = tempfile::tempdir().unwrap();
    fs::copy(folder("gpt2-f32").join("model.safetensors"), spoilt.path().join("model.safetensors")).unwrap();
    let config = fs::read_to_string(folder("gpt2-f32").join("config.json")).unwrap();
    for (from, to, reason) in [
        ("\"gelu_new\"", "\"silu\"", "has `activation_function: silu`"),
        ("\"layer_norm_epsilon\": 1e-05", "\"layer_norm_epsilon\": 1e-06", "layer norm here adds 1e-5"),
        ("\"n_head\": 4", "\"n_head\": 5", "has 5 heads, which do not divide 32"),
        ("\"n_layer\": 3", "\"n_layer\": 4", "has no tensor `transformer.h.3."),
        ("\"n_layer\": 3", "\"n_layer\": 9000000", "has 9000000 layers"),
        ("\"n_embd\": 32", "\"n_embd\": -1", "which is no size"),
        ("{", "[", "is no JSON object"),
    ] {
        assert!(config.contains(from), "{from}");
        fs::write(spoilt.path().join("config.json"), config.replacen(from, to, 1)).unwrap();
        let reason_found = Published::open(spoilt.path(), Family::Gpt2).err().expect(reason).reason();
        assert!(reason_found.contains(reason), "{reason_found}");
    }
    fs::write(spoilt.path().join("config.json"), &config).unwrap();
    let mut bytes = fs::read(spoilt.path().join("model.safetensors")).unwrap();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(spoilt.path().join("model.safetensors"), bytes).unwrap();
    let published = Published::open(spoilt.path(), Family::Gpt2).unwrap();
    let read = |name: &str| published.read(name).err().map(|error| error.reason());
    let names = ["positions", "read_in.weight", "norm.bias", "norm.weight"];
    let told: Vec<String> = names.into_iter().filter_map(read).collect();
    assert!(matches!(told.as_slice(), [one] if one.contains("that are not finite")), "{told:?}");
}
