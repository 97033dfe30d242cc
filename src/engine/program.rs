//! A model as a flat list of operations over numbered values, which the executor walks forwards and backwards.
//!
//! There are two lists over the same parameters: one in which tokens see each other, and one for
//! [`Context::None`], in which the whole computation of every attention (queries, keys, values, mixing and
//! output projection) is the identity on its normed input, so that the stream gains `norm(stream)`.
//!
//! Predictions are read at a few tokens only. After the last operation that mixes tokens a `Select` keeps those
//! tokens, and everything after it (the last output projection, the last MLP, the final norm, the read-out) is
//! computed for them alone.

use crate::engine::error::{Result, ensure};
use crate::program::model::{Activation, Context, Model, Norm, Positions, Site, Sublayer};

/// What surrounds the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Width of a dense token.
    pub input: usize,
    /// The longest sequence, in tokens.
    pub tokens: usize,
    /// How many logits the read-out gives, those of further heads included.
    pub outputs: usize,
    /// Sizes of further heads inside `outputs`; reserved, the engine finds columns by each loss term's range.
    pub heads: Vec<usize>,
}

/// Where a value stands among those of one pass.
pub type Slot = usize;

/// Where a parameter stands in [`Program::parameters`].
pub type ParameterId = usize;

/// The distribution of a parameter's first value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    Normal { sd: f64 },
    Zeros,
    Ones,
}

/// A named array that is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    /// Linear maps are `[inputs, outputs]`, as in GPT-2.
    pub shape: Vec<usize>,
    pub init: Init,
}

impl Parameter {
    /// How many numbers it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What an operation does; `B` sequences, `T` tokens (or, after `Select`, the tokens that are read).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `[B, T, inputs]` to `[B, T, outputs]`: `x W + b`.
    Linear {
        weight: ParameterId,
        bias: ParameterId,
    },
    /// Adds row `t` of the table to token `t`.
    AddPositions {
        table: ParameterId,
    },
    /// Layer norm over the width, then scale and shift (Ba et al. 2016), variance plus 1e-5.
    LayerNorm {
        scale: ParameterId,
        shift: ParameterId,
    },
    /// `[B, T, 3 width]` (queries, keys, values) to `[B, T, width]`: causal softmax attention.
    Attention {
        heads: usize,
    },
    Activation(Activation),
    /// Keeps the tokens that are read.
    Select,
    Add,
}

/// One step: `output = kind(inputs)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub kind: Kind,
    pub inputs: Vec<Slot>,
    pub output: Slot,
}

/// Where a site is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub site: Site,
    pub slot: Slot,
    /// Whether the value stands after `Select`, so that it has only the tokens that are read.
    pub selected: bool,
}

/// The operations in order. Slot 0 is the input; operation `i` writes slot `i + 1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub operations: Vec<Operation>,
    pub marks: Vec<Mark>,
}

impl Listing {
    /// The slot of the logits.
    #[must_use]
    pub fn logits(&self) -> Slot {
        self.operations.len()
    }

    /// Where `site` is found.
    #[must_use]
    pub fn mark(&self, site: Site) -> Option<Mark> {
        self.marks.iter().copied().find(|mark| mark.site == site)
    }

    fn push(&mut self, kind: Kind, inputs: &[Slot]) -> Slot {
        let output = self.operations.len() + 1;
        self.operations.push(Operation { kind, inputs: inputs.to_vec(), output });
        output
    }
}

/// A compiled model.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub width: usize,
    pub interface: Interface,
    pub parameters: Vec<Parameter>,
    /// With attention.
    pub full: Listing,
    /// With every attention the identity on its normed input.
    pub alone: Listing,
}

impl Program {
    /// The operations for `context`.
    #[must_use]
    pub fn listing(&self, context: Context) -> &Listing {
        match context {
            Context::Full => &self.full,
            Context::None => &self.alone,
        }
    }

    /// How many numbers are trained.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().map(Parameter::count).sum()
    }

    /// The place of the parameter called `name`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<ParameterId> {
        self.parameters.iter().position(|parameter| parameter.name == name)
    }
}

/// Compiles `model` between the read-in and the read-out that `interface` asks for.
///
/// Initial values are GPT-2's (Radford et al. 2019): weights and positions normal with sd 0.02, projections into the
/// residual stream with sd `0.02 / sqrt(2 layers)`, biases 0, norms 1 and 0.
///
/// # Errors
/// If heads do not divide the width, or a size is zero.
pub fn compile(model: &Model, interface: &Interface) -> Result<Program> {
    for block in &model.blocks {
        match *block {
            Sublayer::Attention { heads, .. } => ensure(heads > 0 && model.width.is_multiple_of(heads), || {
                format!("{heads} heads do not divide a width of {}", model.width)
            })?,
            Sublayer::Mlp { hidden, .. } => ensure(hidden > 0, || "an MLP without hidden units".into())?,
        }
    }
    let smallest = model.width.min(interface.input).min(interface.tokens).min(interface.outputs);
    ensure(smallest > 0, || format!("a model of width {} for {interface:?}", model.width))?;
    let mut parameters = Parameters::default();
    let plan = Plan::new(model, interface, &mut parameters);
    let full = plan.list(model, Context::Full);
    let alone = plan.list(model, Context::None);
    Ok(Program { width: model.width, interface: interface.clone(), parameters: parameters.0, full, alone })
}

const SD: f64 = 0.02;

#[derive(Default)]
struct Parameters(Vec<Parameter>);

impl Parameters {
    fn push(&mut self, name: String, shape: Vec<usize>, init: Init) -> ParameterId {
        self.0.push(Parameter { name, shape, init });
        self.0.len() - 1
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize, sd: f64) -> Kind {
        let weight = self.push(format!("{name}.weight"), vec![inputs, outputs], Init::Normal { sd });
        let bias = self.push(format!("{name}.bias"), vec![outputs], Init::Zeros);
        Kind::Linear { weight, bias }
    }

    fn norm(&mut self, name: &str, norm: Norm, width: usize) -> Option<Kind> {
        (norm == Norm::Pre).then(|| {
            let scale = self.push(format!("{name}.weight"), vec![width], Init::Ones);
            let shift = self.push(format!("{name}.bias"), vec![width], Init::Zeros);
            Kind::LayerNorm { scale, shift }
        })
    }
}

/// The operations of each block, with their parameters, before they are strung together.
struct Plan {
    read_in: Kind,
    positions: Option<Kind>,
    blocks: Vec<Block>,
    norm: Option<Kind>,
    read_out: Kind,
}

struct Block {
    norm: Option<Kind>,
    /// The first and the second linear map.
    first: Kind,
    between: Kind,
    second: Kind,
}

impl Plan {
    fn new(model: &Model, interface: &Interface, parameters: &mut Parameters) -> Self {
        let width = model.width;
        let residual_sd = SD / (2.0 * model.layers().max(1) as f64).sqrt();
        let read_in = parameters.linear("read_in", interface.input, width, SD);
        let positions = (model.positions == Positions::Learned).then(|| Kind::AddPositions {
            table: parameters.push("positions".into(), vec![interface.tokens, width], Init::Normal { sd: SD }),
        });
        let blocks = model.blocks.iter().enumerate().map(|(place, block)| {
            let norm = parameters.norm(&format!("blocks.{place}.norm"), model.norm, width);
            let (part, hidden, between) = match *block {
                Sublayer::Attention { heads, .. } => ("attention", 3 * width, Kind::Attention { heads }),
                Sublayer::Mlp { hidden, activation, .. } => ("mlp", hidden, Kind::Activation(activation)),
            };
            let first = parameters.linear(&format!("blocks.{place}.{part}.in"), width, hidden, SD);
            let inner = if part == "attention" { width } else { hidden };
            let second = parameters.linear(&format!("blocks.{place}.{part}.out"), inner, width, residual_sd);
            Block { norm, first, between, second }
        });
        let blocks = blocks.collect();
        let norm = parameters.norm("norm", model.norm, width);
        let read_out = parameters.linear("read_out", width, interface.outputs, SD);
        Self { read_in, positions, blocks, norm, read_out }
    }

    fn list(&self, model: &Model, context: Context) -> Listing {
        let mut list = Listing::default();
        let is_attention = |place: usize| matches!(model.blocks[place], Sublayer::Attention { .. });
        // The block in which tokens are last mixed; `Select` stands inside it, or right after the embedding.
        let last_mix = match context {
            Context::Full => (0..self.blocks.len()).rfind(|&place| is_attention(place)),
            Context::None => None,
        };
        let mut stream = list.push(self.read_in, &[0]);
        if let Some(positions) = self.positions {
            stream = list.push(positions, &[stream]);
        }
        let mut selected = last_mix.is_none();
        if selected {
            stream = list.push(Kind::Select, &[stream]);
        }
        let mut layers = 0;
        list.marks.push(Mark { site: Site::Residual(0), slot: stream, selected });
        for (place, block) in self.blocks.iter().enumerate() {
            if is_attention(place) {
                if layers > 0 {
                    list.marks.push(Mark { site: Site::Residual(layers), slot: stream, selected });
                }
                layers += 1;
            }
            let normed = block.norm.map_or(stream, |norm| list.push(norm, &[stream]));
            if context == Context::None && is_attention(place) {
                stream = list.push(Kind::Add, &[stream, normed]);
                continue;
            }
            let hidden = list.push(block.first, &[normed]);
            let mut hidden = list.push(block.between, &[hidden]);
            if last_mix == Some(place) {
                hidden = list.push(Kind::Select, &[hidden]);
                stream = list.push(Kind::Select, &[stream]);
                selected = true;
            }
            let update = list.push(block.second, &[hidden]);
            stream = list.push(Kind::Add, &[stream, update]);
        }
        if layers > 0 {
            list.marks.push(Mark { site: Site::Residual(layers), slot: stream, selected });
        }
        let normed = self.norm.map_or(stream, |norm| list.push(norm, &[stream]));
        list.marks.push(Mark { site: Site::Output, slot: normed, selected });
        list.push(self.read_out, &[normed]);
        list
    }
}
