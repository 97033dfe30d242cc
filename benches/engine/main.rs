//! What a step costs on the fast engine, and how near its products come to the fastest that the machine multiplies.
//!
//! `just bench engine`, or with names of cases: `just bench engine S T`.

use icl::engine::adam::Update;
use icl::engine::batch::{Batch, Input, Targets, Term};
use icl::engine::crew::Crew;
use icl::engine::kernels::product::{From, Panels, Rows, product};
use icl::engine::network::{Engine, Network};
use icl::engine::program::Interface;
use icl::program::model::{Activation, Model, Norm, Positions, Sublayer};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A model with its batch.
struct Case {
    name: &'static str,
    layers: usize,
    width: usize,
    heads: usize,
    tokens: usize,
    sequences: usize,
    input: usize,
    outputs: usize,
    real: bool,
}

const CASES: [Case; 5] = [
    Case { name: "T", layers: 2, width: 64, heads: 4, tokens: 32, sequences: 32, input: 16, outputs: 16, real: false },
    Case { name: "S", layers: 4, width: 128, heads: 4, tokens: 64, sequences: 64, input: 16, outputs: 16, real: false },
    Case { name: "K", layers: 4, width: 128, heads: 4, tokens: 64, sequences: 16, input: 16, outputs: 16, real: false },
    Case { name: "M", layers: 12, width: 256, heads: 8, tokens: 82, sequences: 64, input: 20, outputs: 1, real: true },
    Case { name: "Q", layers: 2, width: 64, heads: 2, tokens: 20, sequences: 32, input: 64, outputs: 4, real: false },
];

impl Case {
    fn network(&self, crew: &Arc<Crew>) -> Network {
        let layer = [Sublayer::attention(self.heads), Sublayer::mlp(4 * self.width, Activation::Gelu)];
        let model = Model::plain(self.width, Positions::Learned, Norm::Pre, vec![layer; self.layers].concat());
        let (input, tokens, outputs) = (self.input, self.tokens, self.outputs);
        let interface = Interface { input, tokens, outputs, heads: vec![] };
        let mut state = 1_u32;
        let mut init = |_: &str, count: usize| numbers(count, &mut state);
        Network::new(&model, &interface, Engine::Fast(crew.clone()), &mut init).expect("the case is a model")
    }

    fn batch(&self) -> Batch {
        let mut state = 7;
        let read_at: Vec<usize> = (0..self.tokens).step_by(2).collect();
        let count = self.sequences * read_at.len();
        let targets = if self.real {
            Targets::Numbers { width: self.outputs, values: numbers(count * self.outputs, &mut state) }
        } else {
            Targets::Labels((0..count).map(|at| (at * 7 % self.outputs) as u32).collect())
        };
        Batch {
            sequences: self.sequences,
            tokens: self.tokens,
            input: Input::Dense(numbers(self.sequences * self.tokens * self.input, &mut state)),
            read_at,
            targets: vec![targets],
            ..Batch::default()
        }
    }

    /// Multiplications and additions of a step's dense products, when nothing is left out.
    fn flops(&self) -> f64 {
        let (width, tokens) = (self.width as f64, self.tokens as f64);
        let layer = 24.0 * width * width * tokens + 4.0 * tokens * tokens * width;
        let ends = 2.0 * tokens * self.input as f64 * width + tokens * width * self.outputs as f64;
        3.0 * self.sequences as f64 * (self.layers as f64 * layer + ends)
    }
}

fn numbers(count: usize, state: &mut u32) -> Vec<f32> {
    let mut next = || {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 8) as f32 / (1 << 24) as f32
    };
    (0..count).map(|_| (0..12).map(|_| next()).sum::<f32>() - 6.0).collect()
}

/// The median of a few timings of `run`, in seconds.
fn median(least: Duration, mut run: impl FnMut()) -> f64 {
    run();
    let mut times = Vec::new();
    let started = Instant::now();
    while started.elapsed() < least || times.len() < 5 {
        let start = Instant::now();
        run();
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let names: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    // The rate of products that fit the nearest caches is as near to the machine's peak as a program comes.
    let (rows, inner, columns) = (128, 128, 128);
    let mut state = 3;
    let (x, weight) = (numbers(rows * inner, &mut state), numbers(inner * columns, &mut state));
    let mut out = vec![0.0; rows * columns];
    let seconds = median(Duration::from_millis(500), || {
        for _ in 0..100 {
            let x = Rows { values: &x, count: rows, width: inner, apart: inner };
            let weight = Panels { values: &weight, inner, rows: inner, columns };
            product(x, weight, From::Zero, &mut out, columns);
        }
    });
    let peak = 200.0 * (rows * inner * columns) as f64 / seconds / 1e9;
    println!("one thread multiplies {peak:.0} GFLOP/s");
    for threads in [1, 2] {
        let crew = Arc::new(Crew::new(threads));
        for case in CASES.iter().filter(|case| names.is_empty() || names.iter().any(|name| name == case.name)) {
            let (mut network, batch) = (case.network(&crew), case.batch());
            let terms = [Term { weight: 1.0, output: 0, columns: 0..case.outputs, targets: 0 }];
            let seconds = median(Duration::from_secs(2), || {
                network.step(&batch, &terms, &Update::adam(1e-4), None).expect("the loss is finite");
            });
            let rate = case.flops() / seconds / 1e9;
            let share = 100.0 * rate / (peak * threads as f64);
            println!(
                "{} on {threads}: {:.2} ms a step, {rate:.0} GFLOP/s of {:.2} G, {share:.0}% of the peak",
                case.name,
                1e3 * seconds,
                case.flops() / 1e9
            );
        }
    }
}
