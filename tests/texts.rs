//! Tasks that show text: what a model reads of a table, token by token, and what the best predictor makes of it.

use icl::check::check;
use icl::engine::batch::{Input, Targets};
use icl::engine::corpus::Corpus;
use icl::engine::levels;
use icl::engine::measure::Evaluator;
use icl::engine::network::Engine;
use icl::engine::sampler::{Rows, Sampler, Split, sample};
use icl::engine::told::tokens_of;
use icl::engine::train::Trainer;
use icl::program::experiment::Arm;
use icl::program::task::{Op, Task};
use icl::program::training::MeasureKind;
use icl::report::sequences::prompt;
use icl::world::Memory;
use std::path::{Path, PathBuf};

/// Sixty animals and things, each of one of three kinds and three sizes.
fn table() -> String {
    let mut text = "word\tkind\tsize\n".to_string();
    for row in 0..60 {
        let (kind, size) = (["bird", "fish", "tool"][row % 3], ["tiny", "huge", "flat"][row / 3 % 3]);
        text += &format!("w{row}\t{kind}\t{size}\n");
    }
    text
}

const ITEMS: &str = r#"
data words = table("words.tsv", key: "word")

task named(maps: count, shots: count = 7) {
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
metric answer = accuracy(hard) at last
metric loss = cross_entropy(hard)
"#;

fn program(items: &str, loss: &str, steps: u64) -> String {
    format!(
        "use std.curricula\nuse std.models\n{items}\nexperiment study {{\n  \
         model: models.gpt2(layers: 2, heads: 2, width: 32, tokenizer: words)\n  data: fresh\n  batch: 32\n  \
         optimizer: adam(lr: 3e-3)\n  loss: {loss}\n  seeds: 1\n  curriculum: curricula.only(hard, {steps} steps)\n  \
         measure {{ every: {steps} steps, on: 100 sequences, answer, loss, weights }}\n}}\n"
    )
}

fn checked(text: &str) -> (Option<Arm>, Vec<String>) {
    let files = [("program.icl", text.to_string()), ("words.tsv", table())];
    let world = Memory(files.map(|(name, text)| (PathBuf::from(name), text)).into());
    let checked = check(&world, Path::new("program.icl"), &[]);
    let told = checked.findings.iter().chain(&checked.not_run);
    let told = told.map(|finding| format!("{} {}", finding.id, finding.title)).collect();
    let arm = checked.program.and_then(|mut program| Some(program.experiments.pop()?.arms.remove(0)));
    (arm, told)
}

fn arm(text: &str) -> Arm {
    let (arm, told) = checked(text);
    assert!(told.is_empty(), "{told:?}");
    arm.unwrap_or_else(|| panic!("{text}"))
}

fn no_embeddings(_: &icl::data::ShapesSpec) -> std::sync::Arc<icl::data::Embeddings> {
    panic!("a table has no embeddings")
}

#[test]
fn the_tokens_of_a_text_are_its_words() {
    let arm = arm(&program(ITEMS, "icl", 10));
    let corpus = Corpus::new(&arm.training, 1, no_embeddings).unwrap();
    let task = &arm.training.tasks[0];
    assert_eq!((task.length, task.tokens()), (8, 32));
    // 60 names, 6 labels, an arrow and the end of a line.
    assert_eq!((task.classes, arm.training.token_width(), arm.training.outputs()), (68, 68, 68));
    let drawn = corpus.draw(0, Split::Test, &[0, 1, 2]).unwrap();
    let predicted = task.predicted();
    let batch = corpus.evaluation_batch(0, &drawn, 0..3, &predicted).unwrap();
    let Input::Labels(labels) = &batch.input else { panic!("words are labels") };
    for (sequence, tokens) in labels.chunks(32).enumerate() {
        let said: Vec<&str> = tokens.iter().map(|&token| task.vocabulary.word(token as usize).unwrap()).collect();
        let prompt = prompt(task, &drawn, sequence).unwrap();
        let words: Vec<&str> = prompt.lines().flat_map(|line| line.split(' ').chain(["\n"])).collect();
        assert_eq!(said, words);
        // A word stands in the table with the labels that the task computed.
        for (example, line) in prompt.lines().enumerate() {
            let (word, label) = line.split_once(" -> ").unwrap();
            let row: usize = word[1..].parse().unwrap();
            assert_eq!(drawn.of(task.names["row"]).label(sequence, example) as usize, row);
            let values = drawn.of(task.names["values"]).at(sequence, example);
            let own = table();
            let cells: Vec<&str> = own.lines().nth(1 + row).unwrap().split('\t').collect();
            let sorted = [["bird", "fish", "tool"], ["flat", "huge", "tiny"]];
            assert_eq!([sorted[0][values[0] as usize], sorted[1][values[1] as usize]], [cells[1], cells[2]]);
            let attribute = drawn.of(task.names["attribute"]).label(sequence, 0) as usize;
            assert!(sorted[attribute].contains(&label), "{line}");
        }
    }
    // The label of an example is predicted at the arrow before it.
    assert_eq!(batch.read_at, (0..8).map(|example| 4 * example + 1).collect::<Vec<_>>());
    let Targets::Labels(targets) = &batch.targets[0] else { panic!("labels") };
    for (sequence, targets) in targets.chunks(8).enumerate() {
        for (example, target) in targets.iter().enumerate() {
            assert_eq!(*target, labels[sequence * 32 + 4 * example + 2]);
        }
    }
}

#[test]
fn a_field_is_read_at_its_token() {
    let arm = arm(&program(ITEMS, "icl", 10));
    let place = arm.observation.measures.iter().find_map(|measure| match &measure.kind {
        MeasureKind::Probe { place, .. } => Some(place.clone()),
        _ => None,
    });
    let task = &arm.training.tasks[0];
    let tokens: Vec<(usize, usize)> = (0..8).map(|example| (4 * example, example)).collect();
    assert_eq!(tokens_of(&place.unwrap(), task), tokens);
}

#[test]
fn training_and_held_out_sequences_share_no_row() {
    let arm = arm(&program(ITEMS, "icl", 10));
    let task = &arm.training.tasks[0];
    let rows = |split| {
        let drawn = sample(task, &Rows::of(task), 1, split, &(0..50).collect::<Vec<_>>()).unwrap();
        let row = |at: usize| drawn.of(task.names["row"]).label(at / 8, at % 8);
        (0..400).map(row).collect::<std::collections::BTreeSet<u32>>()
    };
    // A fifth is held out, but a sequence has eight rows.
    let (train, test) = (rows(Split::Train), rows(Split::Test));
    assert!(train.is_disjoint(&test) && train.len() + test.len() <= 60, "{train:?} {test:?}");
}

/// The posterior by its definition: every attribute and every map of the pool that fits all labels so far, each as likely.
fn best(task: &Task, drawn: &icl::engine::sampler::Sample, sampler: &Sampler<'_>) -> Vec<(f64, f64)> {
    let map = task.names["map"];
    let Op::Permutations { pool: Some(pool), .. } = &task.nodes[map].op else { panic!("a pool") };
    let maps: Vec<Vec<f64>> = (0..pool.size).map(|element| sampler.pool_element(map, element).unwrap()).collect();
    let sorted = [["bird", "fish", "tool"], ["flat", "huge", "tiny"]];
    let mut scores = vec![(0.0, 0.0); task.length];
    for sequence in 0..drawn.sequences {
        let mut alive: Vec<(usize, usize)> =
            (0..2).flat_map(|attribute| (0..maps.len()).map(move |map| (attribute, map))).collect();
        for (example, score) in scores.iter_mut().enumerate() {
            let values = drawn.of(task.names["values"]).at(sequence, example);
            let says = |&(attribute, map): &(usize, usize)| {
                sorted[attribute][maps[map][3 * attribute + values[attribute] as usize] as usize]
            };
            let truth = task.vocabulary.word(drawn.of(task.target).label(sequence, example) as usize).unwrap();
            let share = |word: &str| alive.iter().filter(|one| says(one) == word).count() as f64 / alive.len() as f64;
            let all: Vec<f64> = sorted.iter().flatten().map(|word| share(word)).collect();
            let most = all.iter().copied().fold(0.0, f64::max);
            let ties = all.iter().filter(|share| (**share - most).abs() < 1e-12).count() as f64;
            score.0 += if (share(truth) - most).abs() < 1e-12 { 1.0 / ties } else { 0.0 };
            score.1 -= share(truth).ln();
            alive.retain(|one| says(one) == truth);
        }
    }
    scores.into_iter().map(|(a, b)| (a / drawn.sequences as f64, b / drawn.sequences as f64)).collect()
}

#[test]
fn the_posterior_of_a_text_weighs_attributes_and_maps() {
    let arm = arm(&program(ITEMS, "icl", 10));
    let task = &arm.training.tasks[0];
    let sampler = Sampler::new(task, &Rows::of(task), 1).unwrap();
    let drawn = sampler.sample(Split::Train, &(0..200).collect::<Vec<_>>()).unwrap();
    let ours = levels::of(task.ideal.as_ref(), &sampler, &drawn).unwrap().unwrap();
    for (place, (accuracy, loss)) in best(task, &drawn, &sampler).into_iter().enumerate() {
        assert!((ours.accuracy[place] - accuracy).abs() < 1e-9, "{place}: {} {accuracy}", ours.accuracy[place]);
        assert!((ours.loss[place] - loss).abs() < 1e-9, "{place}: {} {loss}", ours.loss[place]);
    }
}

#[test]
fn a_model_learns_from_text() {
    // With one map an attribute is told by the words of its labels, and a word by its weights.
    let items = ITEMS.replace("maps: 4", "maps: 1");
    for loss in ["icl", "icl + 0.5 * readout(weights, context: full, at: output)"] {
        let arm = arm(&program(&items, loss, 400));
        let corpus = Corpus::new(&arm.training, 1, no_embeddings).unwrap();
        let evaluator = Evaluator::new(&corpus, &arm.observation).unwrap();
        let mut trainer = Trainer::new(&corpus, Engine::alone()).unwrap();
        let all: Vec<usize> = (0..3).collect();
        let loss_at = |trainer: &Trainer<'_>| {
            let values = evaluator.evaluate(trainer.network(), trainer.steps(), &all).unwrap();
            let place = arm.observation.measures.iter().position(|measure| measure.name == "loss").unwrap();
            values[place].value.unwrap()
        };
        let before = loss_at(&trainer);
        assert!((before - 68.0_f64.ln()).abs() < 0.1, "nothing is known at first: {before}");
        while trainer.steps() < 400 {
            trainer.step().unwrap();
        }
        // Held-out words are unknown, but which six labels there are is learned.
        assert!(loss_at(&trainer) < before - 1.0, "{loss}: {before} {}", loss_at(&trainer));
    }
}

#[test]
fn texts_of_one_model_share_their_words() {
    let items = ITEMS.replace(
        "let hard = named(maps: 4)",
        "let plain = named(maps: 4)\n\ntask asked(maps: count) {\n  per sequence { map ~ permutations(words.sizes) in pool(maps) }\n  \
         per example {\n    row ~ rows(words)\n    label = map[0][row.attributes[\"kind\"]]\n  }\n  length: 4\n  \
         show: \"what is {row.word} ? {label}\\n\"\n  score: label\n  blind: log(3)\n}\n\nlet hard = asked(maps: 2)",
    );
    let items = items.replace("probe weights { of: hard", "probe weights { of: plain");
    let arm = arm(&program(&items, "icl", 10));
    let [asked, plain] = &arm.training.tasks[..] else { panic!("{}", arm.training.tasks.len()) };
    assert_eq!(asked.vocabulary, plain.vocabulary);
    // The table first, then what it lacks in alphabetical order; labels without a text are their numbers.
    let words: Vec<&str> = plain.vocabulary.words().skip(66).collect();
    assert_eq!(words, ["\n", "->", "0", "1", "2", "?", "is", "what"]);
    let corpus = Corpus::new(&arm.training, 1, no_embeddings).unwrap();
    let drawn = corpus.draw(0, Split::Train, &[5]).unwrap();
    let text = prompt(asked, &drawn, 0).unwrap();
    assert!(text.lines().all(|line| line.starts_with("what is w") && line.ends_with(['0', '1', '2'])), "{text}");
    assert_eq!(asked.predicted().iter().map(|&at| asked.read_at(at)).collect::<Vec<_>>(), [3, 9, 15, 21]);
}

#[test]
fn what_a_text_cannot_be_is_told() {
    let told = |from: &str, to: &str| {
        let text = program(ITEMS, "icl", 10);
        assert!(text.contains(from), "{from}");
        checked(&text.replace(from, to)).1
    };
    assert_eq!(told("at row.word", "at row.wrod"), ["E0201 `named(maps: 4)` shows no field `row.wrod`"]);
    let other = told("tokenizer: words)", "tokenizer: others)\n  // another table\n");
    assert!(other.iter().any(|said| said.starts_with("E0201")), "{other:?}");
    assert_eq!(told(", tokenizer: words", ""), ["E0319 `named(maps: 4)` shows text, but the model has no tokenizer"]);
}

/// A task of std.text over a table with four kinds, so many sequences of it as text.
fn prompts(call: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let kinds = ["bird", "fish", "tool", "tree"];
    let mut rows = vec![vec!["word".to_string(), "kind".into(), "mark".into()]];
    rows.extend((0..80).map(|row| vec![format!("w{row}"), kinds[row % 4].into(), format!("m{}", row / 4 % 4)]));
    let table: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
    let program = format!("use std.text\ndata words = table(\"words.tsv\", key: \"word\")\nlet asked = {call}\n");
    let files = [("program.icl", program), ("words.tsv", table)];
    let world = Memory(files.map(|(name, text)| (PathBuf::from(name), text)).into());
    let answer = icl::check::asked(&world, Path::new("program.icl"), &[], Some("asked"));
    let told: Vec<_> = answer.checked.findings.iter().chain(&answer.checked.not_run).collect();
    assert!(told.iter().all(|finding| finding.id.starts_with('W')), "{told:?}");
    let task = answer.task.unwrap();
    let sampler = Sampler::new(&task, &Rows::of(&task), 1).unwrap();
    let drawn = sampler.sample(Split::Train, &(0..40).collect::<Vec<_>>()).unwrap();
    ((0..40).map(|sequence| prompt(&task, &drawn, sequence).unwrap()).collect(), rows.split_off(1))
}

#[test]
fn the_chosen_word_is_the_one_with_the_hidden_value() {
    let (prompts, rows) = prompts("text.word_selection(words, attribute: \"kind\", shots: 5)");
    let kind = |word: &str| rows.iter().find(|row| row[0] == word).unwrap()[1].clone();
    let mut hidden = std::collections::BTreeSet::new();
    for prompt in prompts {
        let mut values = Vec::new();
        assert_eq!(prompt.lines().count(), 6);
        for line in prompt.lines() {
            let (list, answer) = line.split_once(" -> ").unwrap();
            let list: Vec<&str> = list.split(' ').collect();
            let kinds: std::collections::BTreeSet<String> = list.iter().map(|word| kind(word)).collect();
            assert!(list.len() == 4 && kinds.len() == 4 && list.contains(&answer), "{line}");
            values.push(kind(answer));
        }
        assert!(values.iter().all(|value| *value == values[0]), "{prompt}");
        hidden.extend(values);
    }
    assert_eq!(hidden.len(), 4, "every value is hidden in some sequence");
}

#[test]
fn pairs_follow_one_rule_in_a_sequence() {
    let (prompts, rows) = prompts("text.pairs(words, shots: 9)");
    let mut rules = std::collections::BTreeSet::new();
    for prompt in prompts {
        let fits = |rule: usize| {
            let told = |line: &str| {
                let words: Vec<&str> =
                    line.split_whitespace().filter(|word| word.bytes().any(|b| b.is_ascii_alphanumeric())).collect();
                let row = rows.iter().find(|row| row[0] == words[0]).unwrap();
                row[rule] == *words.last().unwrap()
            };
            prompt.lines().all(told)
        };
        let fitting: Vec<usize> = (1..3).filter(|rule| fits(*rule)).collect();
        assert_eq!(fitting.len(), 1, "{prompt}");
        rules.extend(fitting);
    }
    assert_eq!(rules.len(), 2, "both rules occur");
}
