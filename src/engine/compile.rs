//! From a resolved model to its operations.

use crate::engine::error::{Error, Result, ensure};
use crate::engine::program::{Init, Interface, Kind, Listing, Order, Parameter, ParameterId, Program, Share, Slot};
use crate::program::model::{Context, Model, Norm, Positions, Rotary, Site, Sublayer};
use std::ops::Range;

/// Compiles `model` between the read-in and the read-outs that `interface` asks for.
///
/// Initial values are GPT-2's (Radford et al. 2019): weights and positions normal with sd 0.02 (or the model's own),
/// projections into the residual stream with that over `sqrt(2 layers)`, biases 0, norms 1 and 0.
///
/// # Errors
/// If heads do not divide the width, a size is zero, or a head reads a site that the model lacks.
pub fn compile(model: &Model, interface: &Interface) -> Result<Program> {
    for block in &model.blocks {
        match *block {
            Sublayer::Attention { heads, .. } => {
                ensure(heads > 0 && model.width.is_multiple_of(heads), || {
                    format!("{heads} heads do not divide a width of {}", model.width)
                })?;
                let turned = model.rotary.map_or(0, |rotary| rotary.turned);
                ensure(turned <= model.width / heads && turned.is_multiple_of(2), || {
                    format!("{turned} turned numbers of a head that is {} wide", model.width / heads)
                })?;
            }
            Sublayer::Mlp { hidden, .. } => ensure(hidden > 0, || "an MLP without hidden units".into())?,
        }
    }
    let smallest = model.width.min(interface.input).min(interface.tokens).min(interface.outputs);
    ensure(smallest > 0, || format!("a model of width {} for {interface:?}", model.width))?;
    ensure(!model.tied || interface.outputs <= interface.input, || {
        format!("a tied read-out of {} outputs for tokens of width {}", interface.outputs, interface.input)
    })?;
    let mut parameters = Parameters { list: Vec::new(), sd: model.init.unwrap_or(SD) };
    let plan = Plan::new(model, interface, &mut parameters);
    let [full, none, zero, own] = Context::ALL.map(|context| plan.list(model, interface, context));
    let listings = [full?, none?, zero?, own?];
    Ok(Program { width: model.width, interface: interface.clone(), parameters: parameters.list, listings })
}

const SD: f64 = 0.02;

struct Parameters {
    list: Vec<Parameter>,
    /// Of weights.
    sd: f64,
}

/// A linear map's parameters and its number of outputs.
#[derive(Clone, Copy)]
struct Map {
    weight: ParameterId,
    bias: ParameterId,
    outputs: usize,
}

impl Map {
    fn all(self) -> Kind {
        self.columns(0..self.outputs)
    }

    fn columns(self, columns: Range<usize>) -> Kind {
        Kind::Linear { weight: self.weight, bias: self.bias, columns }
    }
}

impl Parameters {
    fn push(&mut self, name: String, shape: Vec<usize>, init: Init) -> ParameterId {
        self.list.push(Parameter { name, shape, init });
        self.list.len() - 1
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize, sd: f64) -> Map {
        let weight = self.push(format!("{name}.weight"), vec![inputs, outputs], Init::Normal { sd });
        let bias = self.push(format!("{name}.bias"), vec![outputs], Init::Zeros);
        Map { weight, bias, outputs }
    }

    fn norm(&mut self, name: &str, width: usize) -> Kind {
        let scale = self.push(format!("{name}.weight"), vec![width], Init::Ones);
        let shift = self.push(format!("{name}.bias"), vec![width], Init::Zeros);
        Kind::LayerNorm { scale, shift }
    }
}

/// The operations of each block, with their parameters, before they are strung together.
struct Plan {
    read_in: Kind,
    positions: Option<Kind>,
    blocks: Vec<Block>,
    norm: Option<Kind>,
    read_out: Kind,
    heads: Vec<Map>,
}

struct Block {
    norm: Option<Kind>,
    /// The first and the second linear map.
    first: Map,
    between: Kind,
    second: Map,
    dropout: f64,
}

impl Plan {
    fn new(model: &Model, interface: &Interface, parameters: &mut Parameters) -> Self {
        let (width, sd) = (model.width, parameters.sd);
        let residual_sd = sd / (2.0 * model.layers().max(1) as f64).sqrt();
        let read_in = parameters.linear("read_in", interface.input, width, sd);
        let positions = match model.positions {
            Positions::Learned => Some(Kind::AddPositions {
                table: parameters.push("positions".into(), vec![interface.tokens, width], Init::Normal { sd }),
            }),
            Positions::Sinusoidal => Some(Kind::AddWaves),
            Positions::Rope | Positions::Alibi | Positions::None => None,
        };
        let order = |heads: usize| match model.positions {
            Positions::Rope => Order::Rotary(model.rotary.unwrap_or(Rotary::whole(width / heads))),
            Positions::Alibi => Order::Alibi,
            Positions::Learned | Positions::Sinusoidal | Positions::None => Order::Unseen,
        };
        let blocks = model.blocks.iter().enumerate().map(|(place, block)| {
            let norm = (model.norm != Norm::None).then(|| parameters.norm(&format!("blocks.{place}.norm"), width));
            let (part, hidden, inner, between, dropout) = match *block {
                Sublayer::Attention { heads, linear, dropout } => {
                    let between = Kind::Attention { heads, order: order(heads), softmax: !linear };
                    ("attention", 3 * width, width, between, dropout)
                }
                Sublayer::Mlp { hidden, activation, dropout } => {
                    ("mlp", hidden, hidden, Kind::Activation(activation), dropout)
                }
            };
            let first = parameters.linear(&format!("blocks.{place}.{part}.in"), width, hidden, sd);
            let second = parameters.linear(&format!("blocks.{place}.{part}.out"), inner, width, residual_sd);
            Block { norm, first, between, second, dropout }
        });
        let blocks = blocks.collect();
        let norm = (model.norm == Norm::Pre).then(|| parameters.norm("norm", width));
        let read_out = if model.tied {
            let bias = parameters.push("read_out.bias".into(), vec![interface.outputs], Init::Zeros);
            Kind::Tied { weight: read_in.weight, bias }
        } else {
            parameters.linear("read_out", width, interface.outputs, sd).all()
        };
        let heads = interface.heads.iter().enumerate();
        let heads = heads.map(|(place, head)| parameters.linear(&format!("heads.{place}"), width, head.outputs, sd));
        let heads = heads.collect();
        let read_in = Kind::ReadIn { weight: read_in.weight, bias: read_in.bias };
        Self { read_in, positions, blocks, norm, read_out, heads }
    }

    fn list(&self, model: &Model, interface: &Interface, context: Context) -> Result<Listing> {
        let width = model.width;
        let mut list = Listing::new(interface.input, 1 + self.heads.len());
        let is_attention = |place: usize| matches!(model.blocks[place], Sublayer::Attention { .. });
        // The block in which tokens are last mixed; `Prune` stands inside it, or right after the embedding.
        let last_mix = match context {
            Context::Full => (0..self.blocks.len()).rfind(|&place| is_attention(place)),
            Context::None | Context::Zero | Context::SelfOnly => None,
        };
        let mut dropouts = 0..;
        let mut stream = list.push(self.read_in.clone(), &[0], width);
        if let Some(positions) = &self.positions {
            stream = list.same(positions.clone(), &[stream]);
        }
        stream = dropped(&mut list, stream, model.dropout, dropouts.next());
        if last_mix.is_none() {
            stream = list.same(Kind::Prune, &[stream]);
        }
        let mut layers = 0;
        // What the attention before read, where the MLP behind it reads the same.
        let mut entered = stream;
        list.mark_at(Site::Residual(0), stream);
        for (place, block) in self.blocks.iter().enumerate() {
            if is_attention(place) || !model.parallel {
                entered = stream;
            }
            if is_attention(place) {
                if layers > 0 {
                    list.mark_at(Site::Residual(layers), stream);
                }
                layers += 1;
            }
            let before = block.norm.as_ref().filter(|_| model.norm == Norm::Pre);
            let after = block.norm.as_ref().filter(|_| model.norm == Norm::Post);
            if context == Context::Zero && is_attention(place) {
                dropouts.next();
                stream = after.map_or(stream, |norm| list.same(norm.clone(), &[stream]));
                continue;
            }
            let mut normed = before.map_or(entered, |norm| list.same(norm.clone(), &[entered]));
            let mut update = normed;
            if !(context == Context::None && is_attention(place)) {
                let hidden = if let Sublayer::Attention { heads, .. } = model.blocks[place] {
                    let keys = list.push(block.first.columns(width..3 * width), &[normed], 2 * width);
                    if last_mix == Some(place) {
                        let pruned = list.same(Kind::Prune, &[stream]);
                        normed = if normed == stream { pruned } else { list.same(Kind::Prune, &[normed]) };
                        (stream, entered) = (pruned, pruned);
                    }
                    let mixed = if context == Context::SelfOnly {
                        list.push(Kind::Values, &[keys], width)
                    } else {
                        let queries = list.push(block.first.columns(0..width), &[normed], width);
                        list.same(block.between.clone(), &[queries, keys])
                    };
                    list.mixes.push((mixed, heads));
                    list.mark_at(Site::Mixed(layers - 1), mixed);
                    for head in 0..heads {
                        let slot = list.same(Kind::Project { weight: block.second.weight, head, heads }, &[mixed]);
                        list.mark_at(Site::Head(layers - 1, head), slot);
                    }
                    mixed
                } else {
                    let hidden = list.push(block.first.all(), &[normed], block.first.outputs);
                    list.same(block.between.clone(), &[hidden])
                };
                update = list.push(block.second.all(), &[hidden], width);
            }
            let number = dropouts.next();
            update = dropped(&mut list, update, block.dropout, number);
            let layer = usize::saturating_sub(layers, 1);
            let site = if is_attention(place) { Site::AttentionOut(layer) } else { Site::MlpOut(layer) };
            list.mark_at(site, update);
            stream = list.same(Kind::Add, &[stream, update]);
            if let Some(norm) = after {
                stream = list.same(norm.clone(), &[stream]);
            }
        }
        if layers > 0 {
            list.mark_at(Site::Residual(layers), stream);
        }
        let normed = self.norm.as_ref().map_or(stream, |norm| list.same(norm.clone(), &[stream]));
        list.mark_at(Site::Output, normed);
        let read = list.same(Kind::Gather { output: 0 }, &[normed]);
        list.outputs[0] = Some(list.push(self.read_out.clone(), &[read], interface.outputs));
        for (place, (head, map)) in interface.heads.iter().zip(&self.heads).enumerate() {
            if head.context == context {
                ensure(!matches!(head.site, Site::Head(..)), || "a read-out loss of what a head adds".into())?;
                let mark = list.mark(head.site).ok_or_else(|| Error::NoSuchSite(format!("{:?}", head.site)))?;
                let read = list.same(Kind::Gather { output: place + 1 }, &[mark.slot]);
                list.outputs[place + 1] = Some(list.push(map.all(), &[read], head.outputs));
            }
        }
        Ok(list)
    }
}

/// The value after a dropout, where there is one.
fn dropped(list: &mut Listing, slot: Slot, share: f64, place: Option<u64>) -> Slot {
    match place {
        Some(place) if share > 0.0 => list.same(Kind::Dropout { share: Share::of(share), place }, &[slot]),
        _ => slot,
    }
}
