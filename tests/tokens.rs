//! Texts whose words are cut into tokens: which tokens there are, where they are read, and what padding changes.

use flate2::read::GzDecoder;
use icl::check::check;
use icl::data::{Tokens, tokens::Token};
use icl::engine::batch::{Batch, Input, Targets};
use icl::engine::corpus::Corpus;
use icl::engine::itinerary::Itinerary;
use icl::engine::measure::Evaluator;
use icl::engine::network::{Engine, Network};
use icl::engine::plain::Width;
use icl::engine::sampler::{Sample, Split};
use icl::engine::state::to_bytes;
use icl::engine::told::terms;
use icl::engine::train::{Trainer, network};
use icl::program::experiment::Arm;
use icl::program::model::{Context, Place, Site};
use icl::program::task::Task;
use icl::report::sequences::prompt;
use icl::world::Memory;
use std::io::Read;
use std::path::{Path, PathBuf};

const FILE: &str = include_str!("oracle/tokenizer.json");

/// Sixty animals and things whose names have different lengths, some outside ASCII.
fn table() -> String {
    let mut text = "word\tkind\tsize\n".to_string();
    for row in 0..60 {
        let (kind, size) = (["bird", "fish", "hand tool"][row % 3], ["tiny", "huge", "flät"][row / 3 % 3]);
        let name = ["oriole", "naïve", "ox", "Ærø", "candidacy"][row % 5];
        text += &format!("{name}{row}\t{kind}\t{size}\n");
    }
    text
}

const ITEMS: &str = r#"
data words = table("words.tsv", key: "word")

task named(maps: count, shots: count = 5) {
  per sequence {
    attribute ~ uniform(words.attributes)
    map ~ permutations(words.sizes) in pool(maps)
  }
  per example {
    row ~ rows(words) without replacement
    values = row.attributes
    label = words.label(attribute, map[attribute][values[attribute]])
  }
  length: shots + 1
  show: "{row.word} -> {label}\n"
  score: label
  blind: levels(loss: log(3), accuracy: 1 / 3)
  ideal: posterior
}

let hard = named(maps: 4)
probe weights { of: hard, read: residual(after: 1) at row.word, context: none, predict: values, fit: ridge(1e-2) }
metric answer = accuracy(hard)
metric loss = cross_entropy(hard)
metric seen = cross_entropy(hard, on: training)
metric before = previous_token_score(layer: 0, head: 1)
metric spread = attention_entropy(layer: 1, head: 0)
metric copied = induction_score(layer: 1, head: 1)
metric again = duplicate_token_score(layer: 0, head: 0)
metric lens = logit_lens(hard, after: 2)
"#;

const MEASURED: &str = "answer, loss, seen, before, spread, copied, again, lens, weights";

fn program(tokenizer: &str, loss: &str, more: &str) -> String {
    format!(
        "use std.curricula\nuse std.models\n{ITEMS}\nexperiment study {{\n  \
         model: models.gpt2(layers: 2, heads: 2, width: 32, tokenizer: {tokenizer})\n  data: fresh\n  batch: 16\n  \
         optimizer: adam(lr: 3e-3)\n  loss: {loss}\n  seeds: 1\n  curriculum: curricula.only(hard, 300 steps)\n  \
         measure {{ every: 300 steps, on: 40 sequences, {MEASURED} }}\n{more}}}\n"
    )
}

fn checked(text: &str, tokenizer: &str) -> (Option<Arm>, Vec<String>) {
    let files =
        [("program.icl", text.to_string()), ("words.tsv", table()), ("tokens/tokenizer.json", tokenizer.to_string())];
    let world = Memory(files.map(|(name, text)| (PathBuf::from(name), text)).into());
    let checked = check(&world, Path::new("program.icl"), &[]);
    let told = checked.findings.iter().chain(&checked.not_run);
    let told = told.map(|finding| format!("{} {}", finding.id, finding.title)).collect();
    let arm = checked.program.and_then(|mut program| Some(program.experiments.pop()?.arms.remove(0)));
    (arm, told)
}

fn arm(text: &str) -> Arm {
    let (arm, told) = checked(text, FILE);
    assert!(told.is_empty(), "{told:?}");
    arm.unwrap_or_else(|| panic!("{text}"))
}

const TOKENIZERS: [&str; 2] = ["bytes", "\"tokens/tokenizer.json\""];

fn no_embeddings(_: &icl::data::ShapesSpec) -> std::sync::Arc<icl::data::Embeddings> {
    panic!("a table has no embeddings")
}

fn tokens_of(tokenizer: &str) -> Tokens {
    if tokenizer == "bytes" { Tokens::bytes() } else { Tokens::read("tokenizer.json", FILE.as_bytes()).unwrap() }
}

/// The tokens that overlap a stretch, by looking at all of them.
fn among(tokens: &[Token], start: usize, end: usize) -> Vec<usize> {
    let overlaps = |at: &usize| tokens[*at].range.start < end && tokens[*at].range.end > start;
    (0..tokens.len()).filter(overlaps).collect()
}

/// By example, the tokens of the word and of the label of a prompt, found in its text.
fn fields(text: &str, tokens: &[Token]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut start = 0;
    let mut all = Vec::new();
    for line in text.split_inclusive('\n') {
        let arrow = start + line.find(" -> ").unwrap();
        all.push((among(tokens, start, arrow), among(tokens, arrow + 4, start + line.len() - 1)));
        start += line.len();
    }
    all
}

#[test]
fn tokens_are_those_of_the_library_in_python() {
    let tokens = tokens_of("file");
    assert_eq!(tokens.count(), 500);
    let mut golden = String::new();
    GzDecoder::new(&include_bytes!("oracle/tokenizer_ids.gz")[..]).read_to_string(&mut golden).unwrap();
    let (mut lines, mut odd) = (0, 0);
    for line in golden.lines() {
        let (text, ids) = line.split_once('\t').unwrap();
        let text: String = serde_json::from_str(text).unwrap();
        let ids: Vec<u32> = ids.split_whitespace().map(|id| id.parse().unwrap()).collect();
        let ours = tokens.encode(&text).unwrap();
        assert_eq!(ours.iter().map(|token| token.id).collect::<Vec<_>>(), ids, "{text:?}");
        // What they stand for is the whole text, blanks too, in its order.
        let mut end = 0;
        for token in &ours {
            assert!(token.range.start <= end && token.range.end >= end, "{text:?} {ours:?}");
            end = token.range.end;
        }
        assert_eq!(end, text.len());
        (lines, odd) = (lines + 1, odd + usize::from(!text.is_ascii()));
    }
    assert!(lines == 10_000 && odd > 2_000, "{lines} {odd}");
}

#[test]
fn a_batch_has_the_tokens_of_the_prompts_and_reads_before_those_of_labels() {
    for tokenizer in TOKENIZERS {
        let (arm, cut) = (arm(&program(tokenizer, "icl", "")), tokens_of(tokenizer));
        let (task, corpus) = (&arm.training.tasks[0], Corpus::new(&arm.training, 1, no_embeddings).unwrap());
        assert_eq!((task.classes, arm.training.outputs(), arm.training.token_width()), [cut.count(); 3].into());
        let drawn = corpus.draw(0, Split::Train, &(0..12).collect::<Vec<_>>()).unwrap();
        let batch = corpus.evaluation_batch(0, &drawn, 3..9, &[1, 4, 5]).unwrap();
        let (Input::Labels(ids), Targets::Labels(targets)) = (&batch.input, &batch.targets[0]) else {
            panic!("labels")
        };
        let reads = batch.each_at[0].len() / 6;
        let mut longest = 0;
        for sequence in 0..6 {
            let text = prompt(task, &drawn, 3 + sequence).unwrap();
            let tokens = cut.encode(&text).unwrap();
            let own = &ids[sequence * batch.tokens..(sequence + 1) * batch.tokens];
            assert_eq!(own[..tokens.len()], tokens.iter().map(|token| token.id).collect::<Vec<_>>());
            assert!(own[tokens.len()..].iter().all(|id| *id == 0) && tokens.len() <= task.tokens());
            assert_eq!(batch.lengths[sequence], tokens.len());
            longest = longest.max(tokens.len());
            let predicted: Vec<(usize, u32)> = (0..reads)
                .map(|slot| (batch.each_at[0][sequence * reads + slot], targets[sequence * reads + slot]))
                .filter(|(_, target)| *target != u32::MAX)
                .collect();
            let fields = fields(&text, &tokens);
            let labels = [1, 4, 5].into_iter().flat_map(|example: usize| &fields[example].1);
            assert_eq!(predicted, labels.map(|&token| (token - 1, tokens[token].id)).collect::<Vec<_>>());
            if tokenizer == "bytes" {
                assert_eq!(own[..text.len()], text.bytes().map(u32::from).collect::<Vec<_>>());
            }
        }
        let all = (0..12).map(|sequence| cut.encode(&prompt(task, &drawn, sequence).unwrap()).unwrap().len());
        assert!(all.clone().max() == Some(batch.tokens) && longest <= batch.tokens);
        assert!(all.clone().min() < all.max(), "texts differ in length");
    }
}

/// The batch of one sequence alone, without padding, read at every token.
fn alone(task: &Task, drawn: &Sample, sequence: usize, cut: &Tokens) -> (Batch, String, Vec<Token>) {
    let text = prompt(task, drawn, sequence).unwrap();
    let tokens = cut.encode(&text).unwrap();
    let ids = tokens.iter().map(|token| token.id).collect();
    let read_at = (0..tokens.len()).collect();
    let batch = Batch { sequences: 1, tokens: tokens.len(), input: Input::Labels(ids), read_at, ..Batch::default() };
    (batch, text, tokens)
}

fn trained(corpus: &Corpus<'static>, steps: u64) -> Network {
    let corpus: &'static Corpus<'static> = Box::leak(Box::new(Corpus::new(corpus.training, 1, no_embeddings).unwrap()));
    let mut trainer = Trainer::new(corpus, Engine::alone()).unwrap();
    for _ in 0..steps {
        trainer.step().unwrap();
    }
    let mut copy = network(corpus.training, 1, Engine::alone()).unwrap();
    copy.load(&trainer.checkpoint().unwrap().arrays).unwrap();
    copy
}

/// A study that lives as long as the test.
fn study(tokenizer: &str, loss: &str) -> (&'static Arm, &'static Corpus<'static>) {
    let arm: &'static Arm = Box::leak(Box::new(arm(&program(tokenizer, loss, ""))));
    (arm, Box::leak(Box::new(Corpus::new(&arm.training, 1, no_embeddings).unwrap())))
}

#[test]
fn padding_changes_no_bit() {
    for tokenizer in TOKENIZERS {
        let ((arm, corpus), cut) = (study(tokenizer, "icl"), tokens_of(tokenizer));
        let (task, network) = (&arm.training.tasks[0], trained(corpus, 3));
        let drawn = corpus.draw(0, Split::Train, &(0..9).collect::<Vec<_>>()).unwrap();
        let scored = task.scored();
        let together = corpus.evaluation_batch(0, &drawn, 0..9, &scored).unwrap();
        let (outputs, reads) = (arm.training.outputs(), together.each_at[0].len() / 9);
        let logits = network.logits(&together).unwrap();
        for sequence in 0..9 {
            let (batch, ..) = alone(task, &drawn, sequence, &cut);
            let own = network.logits(&batch).unwrap();
            for slot in 0..reads {
                let token = together.each_at[0][sequence * reads + slot];
                let row = &logits[(sequence * reads + slot) * outputs..][..outputs];
                assert_eq!(*row, own[token * outputs..(token + 1) * outputs], "{tokenizer} {sequence} {slot}");
            }
        }
    }
}

#[test]
fn gradients_of_both_engines_agree_where_positions_vary() {
    let told = "icl + 0.5 * readout(weights, context: full, at: output) + 0.3 * readout(weights)";
    for (tokenizer, loss) in [("bytes", "icl"), ("bytes", told), (TOKENIZERS[1], told)] {
        let (arm, corpus) = study(tokenizer, loss);
        let mut itinerary = Itinerary::new(&arm.training, 1);
        let mut batch = corpus.training_batch(&itinerary.advance(), 0).unwrap();
        let of = terms(&arm.training, 0, 0, 0);
        let [fast, plain] = [Engine::alone(), Engine::Plain(Width::F64)]
            .map(|engine| network(&arm.training, 1, engine).unwrap().gradients(&batch, &of, None).unwrap());
        assert!((fast.0.total - plain.0.total).abs() < 1e-5 * plain.0.total, "{:?} {:?}", fast.0, plain.0);
        for ((name, fast), (_, plain)) in fast.1.iter().zip(&plain.1) {
            let most = plain.iter().copied().map(f64::abs).fold(0.0, f64::max);
            let far = fast.iter().zip(plain).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(far <= 2e-4 * most + 1e-9, "{tokenizer} {name}: {far} of {most}");
            assert!(most > 0.0 || name.contains("weight") || name.contains("bias") || name.contains("positions"));
        }
        // The same tokens with more padding behind them have the same loss, and gradients but for the order of sums.
        let (Input::Labels(ids), tokens) = (&batch.input, batch.tokens) else { panic!("labels") };
        let padded = ids.chunks(tokens).flat_map(|own| own.iter().copied().chain([7; 5])).collect();
        (batch.input, batch.tokens) = (Input::Labels(padded), tokens + 5);
        if batch.tokens <= arm.training.tokens() {
            let padded = network(&arm.training, 1, Engine::alone()).unwrap().gradients(&batch, &of, None).unwrap();
            assert!((padded.0.total - fast.0.total).abs() < 1e-9, "{:?} {:?}", padded.0, fast.0);
            for ((name, padded), (_, fast)) in padded.1.iter().zip(&fast.1) {
                let most = fast.iter().copied().map(f64::abs).fold(0.0, f64::max);
                let far = fast.iter().zip(padded).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(far <= 1e-4 * most + 1e-9, "{tokenizer} {name}: {far} of {most}");
            }
        }
    }
}

/// `-ln p` of each token of a text given those before it, and which token is the likeliest there; nothing is known of the first.
fn judged(network: &Network, batch: &Batch, outputs: usize) -> Vec<(f64, usize)> {
    let Input::Labels(ids) = &batch.input else { panic!("labels") };
    let logits = network.logits(batch).unwrap();
    let each = logits.chunks(outputs).zip(&ids[1..]).map(|(row, &id)| {
        let row: Vec<f64> = row.iter().map(|&logit| f64::from(logit)).collect();
        let total: f64 = row.iter().map(|logit| logit.exp()).sum();
        let best = (0..row.len()).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
        (total.ln() - row[id as usize], best)
    });
    [(f64::NAN, usize::MAX)].into_iter().chain(each).collect()
}

#[test]
fn measures_are_those_of_sequences_alone() {
    for tokenizer in TOKENIZERS {
        let ((arm, corpus), cut) = (study(tokenizer, "icl"), tokens_of(tokenizer));
        let (task, network) = (&arm.training.tasks[0], trained(corpus, 40));
        let evaluator = Evaluator::new(corpus, &arm.observation).unwrap();
        let all: Vec<usize> = (0..arm.observation.measures.len()).collect();
        let values = evaluator.evaluate(&network, 40, &all).unwrap();
        let named = |name: &str| {
            let place = arm.observation.measures.iter().position(|measure| measure.name == name).unwrap();
            values[place].value.unwrap()
        };
        let drawn = corpus.draw(0, Split::Test, &(0..40).collect::<Vec<_>>()).unwrap();
        let mut sums = std::collections::BTreeMap::<&str, (f64, f64)>::new();
        for sequence in 0..40 {
            let (batch, text, tokens) = alone(task, &drawn, sequence, &cut);
            let (judged, fields) = (judged(&network, &batch, arm.training.outputs()), fields(&text, &tokens));
            let mut add = |name, value: f64| {
                let sum = sums.entry(name).or_default();
                *sum = (sum.0 + value, sum.1 + 1.0);
            };
            let everywhere: Vec<usize> = (0..tokens.len()).collect();
            let pattern = |layer, head| {
                let site = Site::Pattern(layer, head);
                let values = network.read(&batch, site, Context::Full, &everywhere).unwrap();
                values.chunks(tokens.len()).map(<[f32]>::to_vec).collect::<Vec<_>>()
            };
            let to = |row: &[f32], at: &[usize]| at.iter().map(|&at| f64::from(row[at])).sum::<f64>();
            let (first, own, copied) = (pattern(0, 1), pattern(0, 0), pattern(1, 1));
            for token in 1..tokens.len() {
                add("before", f64::from(first[token][token - 1]));
            }
            for (token, row) in pattern(1, 0).iter().enumerate() {
                let part = |share: f32| if share > 0.0 { f64::from(share) * f64::from(share).ln() } else { 0.0 };
                add("spread", -row[..=token].iter().map(|&share| part(share)).sum::<f64>());
            }
            let said = |node, example| drawn.of(node).label(sequence, example);
            for (example, (word, label)) in fields.iter().enumerate() {
                add("loss", label.iter().map(|&token| judged[token].0).sum());
                let right = label.iter().all(|&token| judged[token].1 == tokens[token].id as usize);
                add("answer", f64::from(u8::from(right)));
                let earlier = || fields[..example].iter().enumerate();
                let is = |at: usize| said(task.target, at) == said(task.target, example);
                if earlier().any(|(at, _)| is(at)) {
                    let row = &copied[label[0] - 1];
                    let sum =
                        |same| earlier().filter(|(at, _)| is(*at) == same).map(|(_, of)| to(row, &of.1)).sum::<f64>();
                    add("copied", sum(true) - sum(false));
                }
                let same = earlier().filter(|(at, _)| said(task.input, *at) == said(task.input, example));
                let same: Vec<f64> =
                    same.map(|(_, (of, _))| to(&own[*word.last().unwrap()], &of[of.len() - 1..])).collect();
                if !same.is_empty() {
                    add("again", same.iter().sum());
                }
            }
        }
        for (name, (sum, count)) in &sums {
            let (ours, naive) = (named(name), sum / count);
            assert!((ours - naive).abs() < 1e-5 * naive.abs().max(1.0), "{tokenizer} {name}: {ours} {naive}");
        }
        // Behind the last layer the lens is the read-out itself.
        assert!((named("lens") - named("loss")).abs() < 1e-4, "{} {}", named("lens"), named("loss"));
        assert!(sums.contains_key("copied") && named("answer") < 1.0);
    }
}

#[test]
fn a_field_is_read_at_its_last_token() {
    for tokenizer in TOKENIZERS {
        let ((arm, corpus), cut) = (study(tokenizer, "icl"), tokens_of(tokenizer));
        let task = &arm.training.tasks[0];
        let drawn = corpus.draw(0, Split::Test, &[0, 1, 2]).unwrap();
        let text = drawn.text.as_ref().unwrap();
        for sequence in 0..3 {
            let (_, said, tokens) = alone(task, &drawn, sequence, &cut);
            let fields = fields(&said, &tokens);
            let at = |place| text.tokens(&icl::engine::texts::Spot::Place(place), task, sequence);
            let words: Vec<usize> = fields.iter().map(|(word, _)| *word.last().unwrap()).collect();
            assert_eq!([at(Place::Piece(0)), at(Place::Input)], [words.clone(), words]);
            assert_eq!(at(Place::Target), fields.iter().map(|(_, label)| *label.last().unwrap()).collect::<Vec<_>>());
            assert_eq!(at(Place::Query), [fields.last().unwrap().1[0] - 1]);
        }
    }
}

#[test]
fn a_model_of_bytes_learns_and_goes_on_to_the_same_bits() {
    let items = ITEMS.replace("maps: 4", "maps: 1").replace("shots: count = 5", "shots: count = 3");
    let text = program("bytes", "icl", "").replace(ITEMS, &items).replace("lr: 3e-3", "lr: 6e-3");
    let arm = arm(&text);
    let corpus = Corpus::new(&arm.training, 1, no_embeddings).unwrap();
    let evaluator = Evaluator::new(&corpus, &arm.observation).unwrap();
    let place = arm.observation.measures.iter().position(|measure| measure.name == "seen").unwrap();
    let loss = |trainer: &Trainer<'_>| {
        evaluator.evaluate(trainer.network(), trainer.steps(), &[place]).unwrap()[0].value.unwrap()
    };
    let mut trainer = Trainer::new(&corpus, Engine::alone()).unwrap();
    let before = loss(&trainer);
    let mut half = None;
    while trainer.steps() < 240 {
        if trainer.steps() == 225 {
            half = Some(trainer.checkpoint().unwrap());
        }
        trainer.step().unwrap();
    }
    // A label is five bytes in the mean, of which nothing is known at first; chance among the six is ln 6.
    assert!((before - 5.0 * 256.0_f64.ln()).abs() < 4.0, "{before}");
    assert!(loss(&trainer) < 6.0_f64.ln(), "{before} {}", loss(&trainer));
    let mut again = Trainer::new(&corpus, Engine::alone()).unwrap();
    again.seek(&half.unwrap()).unwrap();
    while again.steps() < 240 {
        again.step().unwrap();
    }
    let bits = |trainer: &Trainer<'_>| {
        (trainer.loss_sum().to_bits(), to_bytes(&trainer.checkpoint().unwrap().arrays, [].into()).unwrap())
    };
    assert!(bits(&again) == bits(&trainer));
}

#[test]
fn a_tokenizer_counts_by_its_content() {
    let json = |text: &str| serde_json::to_string(&arm(text).training.model).unwrap();
    let text = program(TOKENIZERS[1], "icl", "");
    assert!(json(&text).contains(&blake3::hash(FILE.as_bytes()).to_hex().to_string()));
    assert!(!json(&text).contains("tokenizer.json"), "a path is no part of a meaning");
    assert_ne!(json(&text), json(&program("bytes", "icl", "")));
}

#[test]
fn what_cannot_be_cut_is_told() {
    let file = program(TOKENIZERS[1], "icl", "");
    let told = |text: &str, tokenizer: &str| checked(text, tokenizer).1;
    let missing = told(&file.replace("tokens/", "token/"), FILE);
    assert!(missing[0].starts_with("E0314 cannot read token/tokenizer.json"), "{missing:?}");
    let broken = told(&file, "{\"model\": 3}");
    assert!(broken[0].starts_with("E0314 tokens/tokenizer.json is no tokenizer.json that is read"), "{broken:?}");
    // Small letters alone, so that two labels are one.
    let mut small: serde_json::Value = serde_json::from_str(FILE).unwrap();
    small["normalizer"] = serde_json::json!({ "type": "Lowercase" });
    let small = small.to_string();
    assert!(told(&file, &small).is_empty(), "{:?}", told(&file, &small));
    let files = [
        ("program.icl", file.clone()),
        ("words.tsv", table().replace("\thuge", "\tTiny")),
        ("tokens/tokenizer.json", small),
    ];
    let world = Memory(files.map(|(name, text)| (PathBuf::from(name), text)).into());
    let findings = check(&world, Path::new("program.icl"), &[]).findings;
    assert!(findings[0].title.contains("are the same tokens"), "{findings:?}");
    // No token for what is unknown.
    let mut few: serde_json::Value = serde_json::from_str(FILE).unwrap();
    few["normalizer"] = serde_json::json!({ "type": "Replace", "pattern": { "String": "fish" }, "content": "" });
    let lost = told(&file, &few.to_string());
    assert!(lost[0].starts_with("E0319 the tokenizer has no token for `fish`"), "{lost:?}");
    let place = told(&file.replace("at row.word", "at 3"), FILE);
    assert_eq!(place, ["E0319 token 3 is another part of every text"]);
    let change = "  intervene: ablate(head(0, 1), with: resample)\n";
    let changed = told(&program("bytes", "icl", change), FILE);
    assert_eq!(changed, ["E0319 this intervention needs sequences that are equally long"]);
    let mean = told(&program("bytes", "icl", &change.replace("resample", "mean")), FILE);
    assert!(mean.is_empty(), "{mean:?}");
}
