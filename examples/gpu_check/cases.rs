//! The models that are timed: those of docs/performance.md, and many at once.

use icl::engine::adam::Update;
use icl::engine::batch::{Batch, Input, Targets, Term};
use icl::engine::compile::compile;
use icl::engine::error::Result;
use icl::engine::network::drawn;
use icl::engine::program::{Interface, Program};
use icl::engine::streams::{Role, named, stream};
use icl::program::model::{Activation, Model, Norm, Positions, Sublayer};

/// How many batches a model goes through in turn.
pub const BATCHES: usize = 2;

/// GPT-2's architecture over dense tokens, in some size, and how many models of it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub name: &'static str,
    pub layers: usize,
    pub width: usize,
    pub heads: usize,
    pub input: usize,
    pub tokens: usize,
    pub outputs: usize,
    /// Sequences in a step of one model.
    pub batch: usize,
    /// Squared error of normal targets, else cross-entropy of labels.
    pub real: bool,
    pub models: usize,
    pub lr: f64,
}

const S: Case = Case {
    name: "S",
    layers: 4,
    width: 128,
    heads: 4,
    input: 16,
    tokens: 64,
    outputs: 16,
    batch: 64,
    real: false,
    models: 1,
    lr: 1e-3,
};

const T: Case = Case { name: "T", layers: 2, width: 64, tokens: 32, batch: 32, ..S };

/// The cases of a card, in the order of the table.
pub const ALL: [Case; 5] = [
    S,
    Case { name: "M", layers: 12, width: 256, heads: 8, input: 20, tokens: 82, outputs: 1, real: true, lr: 1e-4, ..S },
    Case { name: "K64", models: 64, batch: 16, ..S },
    Case { name: "K1024", models: 1024, ..T },
    // The five arms of tests/programs/warmup.icl, without what reads them out besides.
    Case { name: "warmup", layers: 12, input: 768, tokens: 80, outputs: 15, batch: 128, models: 5, ..S },
];

/// Cases that show on the processor that everything runs; their times mean nothing.
pub const TRIALS: [Case; 2] = [
    Case { name: "T", batch: 2, width: 32, tokens: 8, ..T },
    Case { name: "K7", batch: 2, width: 32, tokens: 8, models: 7, ..T },
];

impl Case {
    pub fn program(&self) -> Result<Program> {
        let layer = [Sublayer::attention(self.heads), Sublayer::mlp(4 * self.width, Activation::Gelu)];
        let model = Model::plain(self.width, Positions::Learned, Norm::Pre, vec![layer; self.layers].concat());
        let (input, tokens, outputs) = (self.input, self.tokens, self.outputs);
        compile(&model, &Interface { input, tokens, outputs, heads: Vec::new() })
    }

    /// The first values of a model.
    pub fn parameters(&self, program: &Program, model: usize) -> Result<Vec<Vec<f32>>> {
        let mut init = |name: &str, count: usize| named(model as u64, Role::Init, name).normals(count);
        program.parameters.iter().map(|parameter| drawn(parameter, &mut init)).collect()
    }

    /// Every other token, from the first: predictions of labels that stand between.
    pub fn read_at(&self) -> Vec<usize> {
        (0..self.tokens).step_by(2).collect()
    }

    /// The batches of a model.
    pub fn batches(&self, model: usize) -> Vec<Batch> {
        (0..BATCHES as u64).map(|place| self.batch(model, place)).collect()
    }

    /// One of them.
    pub fn batch(&self, model: usize, place: u64) -> Batch {
        let mut stream = stream(model as u64, Role::Fresh, &[place]);
        let numbers = stream.normals(self.batch * self.tokens * self.input);
        let count = self.batch * self.read_at().len();
        let targets = if self.real {
            Targets::Numbers { width: self.outputs, values: stream.normals(count * self.outputs) }
        } else {
            Targets::Labels((0..count).map(|_| stream.below(self.outputs as u64) as u32).collect())
        };
        Batch {
            sequences: self.batch,
            tokens: self.tokens,
            input: Input::Dense(numbers),
            read_at: self.read_at(),
            targets: vec![targets],
            ..Batch::default()
        }
    }

    pub fn terms(&self) -> Vec<Term> {
        vec![Term { weight: 1.0, output: 0, columns: 0..self.outputs, targets: 0 }]
    }

    pub fn update(&self) -> Update {
        Update::adam(self.lr)
    }

    /// Models whose weights and batches the peers are given; others start like these.
    pub fn given(&self) -> usize {
        /// Numbers that a case's file may have.
        const MOST: usize = 1 << 24;
        let each = BATCHES * self.batch * self.tokens * self.input + 12 * self.layers * self.width * self.width;
        (MOST / each).clamp(1, 8).min(self.models)
    }
}
