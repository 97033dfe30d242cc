//! The models that are compared, with the batches that they train on.

use icl::check::check;
use icl::engine::adam::Update;
use icl::engine::batch::{Batch, Input, Targets, Term};
use icl::engine::crew::Crew;
use icl::engine::network::{Engine, Network};
use icl::engine::program::Interface;
use icl::engine::streams::{Role, named, stream};
use icl::program::model::{Activation, Model, Norm, Positions, Sublayer};
use icl::world::Memory;
use std::path::Path;
use std::sync::Arc;

/// How many batches an engine goes through in turn.
pub const BATCHES: usize = 2;

/// One model, and how it is trained.
pub struct Case {
    pub name: &'static str,
    pub model: Model,
    pub interface: Interface,
    /// Sequences in a step of one cell.
    pub batch: usize,
    /// Mean squared error of normal targets, else cross-entropy of labels.
    pub real: bool,
    /// Models of their own, each with its own batches.
    pub cells: usize,
    pub lr: f64,
}

/// All cases, in the order of the table.
pub fn all() -> Vec<Case> {
    let gpt2 = |layers: usize, width: usize, heads: usize| {
        let layer = || [Sublayer::attention(heads), Sublayer::mlp(4 * width, Activation::Gelu)];
        Model::plain(width, Positions::Learned, Norm::Pre, (0..layers).flat_map(|_| layer()).collect())
    };
    let interface = |input, tokens, outputs| Interface { input, tokens, outputs, heads: Vec::new() };
    let case = |name, model, interface, batch| {
        let real = false;
        Case { name, model, interface, batch, real, cells: 1, lr: 1e-3 }
    };
    let small = || (gpt2(4, 128, 4), interface(16, 64, 16));
    let (s, k8) = (small(), small());
    vec![
        case("T", gpt2(2, 64, 4), interface(16, 32, 16), 32),
        case("S", s.0, s.1, 64),
        Case { real: true, lr: 1e-4, ..case("M", gpt2(12, 256, 8), interface(20, 82, 1), 64) },
        Case { cells: 8, ..case("K8", k8.0, k8.1, 16) },
        of_study("quickstart", include_str!("../../experiments/quickstart.icl")),
        of_study("warmup", include_str!("../../tests/programs/warmup.icl")),
    ]
}

/// The model of a study's first arm, with its batch and learning rate, on tokens of normal numbers.
fn of_study(name: &'static str, text: &str) -> Case {
    let mut world = Memory::default();
    world.0.insert("main.icl".into(), text.into());
    let checked = check(&world, Path::new("main.icl"), &[]);
    let mut program = checked.program.unwrap_or_else(|| panic!("{name}: {:?}", checked.findings));
    let training = program.experiments.remove(0).arms.remove(0).training;
    let interface = Interface {
        input: training.token_width(),
        tokens: training.tokens(),
        outputs: training.outputs(),
        heads: Vec::new(),
    };
    let batch = training.batch;
    Case { name, model: training.model, interface, batch, real: false, cells: 1, lr: 1e-3 }
}

impl Case {
    /// Every other token, from the first: predictions of labels that stand between.
    pub fn read_at(&self) -> Vec<usize> {
        (0..self.interface.tokens).step_by(2).collect()
    }

    pub fn layers(&self) -> usize {
        self.model.layers()
    }

    pub fn heads(&self) -> usize {
        let heads = self.model.blocks.iter().find_map(|block| match block {
            Sublayer::Attention { heads, .. } => Some(*heads),
            Sublayer::Mlp { .. } => None,
        });
        heads.expect("the model has an attention")
    }

    /// The models, each with weights of its own.
    pub fn networks(&self, crew: &Arc<Crew>) -> Vec<Network> {
        let cell = |cell| {
            let mut init = |name: &str, count: usize| named(cell as u64, Role::Init, name).normals(count);
            Network::new(&self.model, &self.interface, Engine::Fast(crew.clone()), &mut init)
                .expect("the model is compiled")
        };
        (0..self.cells).map(cell).collect()
    }

    /// The batches of one cell.
    pub fn batches(&self, cell: usize) -> Vec<Batch> {
        let Interface { input, tokens, outputs, .. } = self.interface;
        let batch = |place| {
            let mut stream = stream(cell as u64, Role::Fresh, &[place]);
            let numbers = stream.normals(self.batch * tokens * input);
            let count = self.batch * self.read_at().len();
            let targets = if self.real {
                Targets::Numbers { width: outputs, values: stream.normals(count * outputs) }
            } else {
                Targets::Labels((0..count).map(|_| stream.below(outputs as u64) as u32).collect())
            };
            Batch {
                sequences: self.batch,
                tokens,
                input: Input::Dense(numbers),
                read_at: self.read_at(),
                targets: vec![targets],
                ..Batch::default()
            }
        };
        (0..BATCHES as u64).map(batch).collect()
    }

    pub fn terms(&self) -> Vec<Term> {
        vec![Term { weight: 1.0, output: 0, columns: 0..self.interface.outputs, targets: 0 }]
    }

    pub fn update(&self) -> Update {
        Update::adam(self.lr)
    }

    /// Floating-point operations of the matrix products of one step of all cells, counted as the literature does: every
    /// token in every layer, attention without its mask, backward twice forward. An engine that skips some does less.
    pub fn operations(&self) -> f64 {
        let Interface { input, tokens, outputs, .. } = self.interface;
        let (width, read) = (self.model.width as f64, self.read_at().len() as f64);
        let each = |block: &Sublayer| match *block {
            Sublayer::Attention { .. } => 2.0 * width * (4.0 * width + 2.0 * tokens as f64),
            Sublayer::Mlp { hidden, .. } => 4.0 * width * hidden as f64,
        };
        let token = self.model.blocks.iter().map(each).sum::<f64>() + 2.0 * width * input as f64;
        let sequence = token * tokens as f64 + 2.0 * width * outputs as f64 * read;
        3.0 * sequence * (self.batch * self.cells) as f64
    }
}
