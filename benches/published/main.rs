//! Measuring a published model, icl beside transformers: a GPT-NeoX of 160 million parameters with random weights, the same
//! prompts, read at the same places, in turns: `just bench-published`.
//!
//! Both take two threads, and hand over the likeliest token wherever an answer is read; these must be equal but for ties. A ratio is the
//! median over rounds of the time of transformers over icl's in the same round. transformers is timed as a careful user would write it, the
//! read-out at the places that are read alone, and as most write it, at all places.

use icl::engine::batch::{Batch, Input};
use icl::engine::crew::Crew;
use icl::engine::network::{Engine, Network};
use icl::engine::program::Interface;
use icl::pretrained::Published;
use icl::program::model::Family;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

const THREADS: usize = 2;
const ROUNDS: usize = 5;
/// Prompts of so many tokens, of which the last of every `EXAMPLE` is predicted.
const PROMPTS: usize = 32;
const TOKENS: usize = 96;
const EXAMPLE: usize = 12;

/// The other program, which answers every line with a time and the likeliest tokens.
struct Peer {
    process: Child,
    asked: ChildStdin,
    answers: BufReader<std::process::ChildStdout>,
}

impl Peer {
    fn new(python: &Path, folder: &Path) -> Self {
        let mut process = Command::new(python)
            .arg("benches/published/peer.py")
            .args([folder.as_os_str(), THREADS.to_string().as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let asked = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut peer = Self { process, asked, answers };
        assert_eq!(peer.line().trim(), "ready");
        peer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the other program answers");
        assert!(!line.is_empty(), "the other program ended");
        line
    }

    /// Seconds, and the likeliest token at every place.
    fn run(&mut self, way: &str) -> (f64, Vec<usize>) {
        writeln!(self.asked, "{way}").expect("the other program listens");
        let line = self.line();
        let mut words = line.split_whitespace();
        let seconds = words.next().and_then(|word| word.parse().ok()).expect("seconds");
        (seconds, words.map(|word| word.parse().expect("a token")).collect())
    }
}

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let python = std::env::var("ICL_PYTHON").unwrap_or_else(|_| "python3".into());
    let folder = PathBuf::from("target/published");
    std::fs::create_dir_all(&folder).expect("target can be written");
    let read_at: Vec<usize> = (0..TOKENS).filter(|at| at % EXAMPLE == EXAMPLE - 2).collect();
    // Any tokens do; these are those of a linear congruential generator.
    let mut state = 1_u64;
    let mut tokens = Vec::with_capacity(PROMPTS * TOKENS);
    for _ in 0..PROMPTS * TOKENS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokens.push(((state >> 33) % 50_000) as u32);
    }
    let said = serde_json::json!({ "tokens": tokens, "length": TOKENS, "read_at": read_at });
    std::fs::write(folder.join("prompts.json"), said.to_string()).expect("target can be written");
    let mut peer = Peer::new(Path::new(&python), &folder);
    let begun = Instant::now();
    let published = Published::open(&folder.join("model"), Family::GptNeox).expect("the model that the peer wrote");
    let vocabulary = published.model.pretrained.as_ref().map_or(0, |known| known.vocabulary);
    let interface = Interface { input: vocabulary, tokens: TOKENS, outputs: vocabulary, heads: Vec::new() };
    let engine = Engine::Fast(Arc::new(Crew::new(THREADS)));
    let network = Network::begun(&published.model, &interface, engine, &mut |parameter| {
        Ok(published.read(&parameter.name)?.unwrap_or_else(|| vec![0.0; parameter.count()]))
    })
    .expect("a network");
    println!("read in {:.1} s", begun.elapsed().as_secs_f64());
    let batch = Batch { sequences: PROMPTS, tokens: TOKENS, input: Input::Labels(tokens), read_at, ..Batch::default() };
    let own = || {
        let since = Instant::now();
        let logits = network.logits(&batch).expect("logits");
        let likeliest = logits.chunks(vocabulary).map(|row| {
            let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            best.map_or(0, |(place, _)| place)
        });
        let likeliest: Vec<usize> = likeliest.collect();
        (since.elapsed().as_secs_f64(), likeliest)
    };
    let ways = ["places", "all"];
    let mut times: Vec<[f64; 3]> = Vec::new();
    for round in 0..=ROUNDS {
        let (mine, answers) = own();
        let theirs = ways.map(|way| peer.run(way));
        for (_, found) in &theirs {
            let same = found.iter().zip(&answers).filter(|(a, b)| a == b).count();
            assert!(found.len() == answers.len() && same + 1 >= answers.len(), "{same} of {} are equal", answers.len());
        }
        // The first round warms up.
        if round > 0 {
            times.push([mine, theirs[0].0, theirs[1].0]);
        }
    }
    let _ = peer.process.kill();
    let median = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    let of = |place: usize| median(times.iter().map(|round| round[place]).collect());
    let ratio = |place: usize| median(times.iter().map(|round| round[place] / round[0]).collect());
    println!("{PROMPTS} prompts of {TOKENS} tokens, {} places each, {THREADS} threads", batch.read_at.len());
    println!("icl                                   {:>7.2} s", of(0));
    println!("transformers, read-out at the places  {:>7.2} s  {:>5.2} times icl", of(1), ratio(1));
    println!("transformers, read-out everywhere     {:>7.2} s  {:>5.2} times icl", of(2), ratio(2));
}
