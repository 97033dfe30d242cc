//! Models of every kind drawn at random, and what two engines make different on them: for the tests, and for
//! `examples/gpu_check`, which asks the same of a card.

use icl::engine::adam::{Rule, Update};
use icl::engine::backend::Backend;
use icl::engine::batch::{Batch, IGNORED, Input, Targets, Term};
use icl::engine::changed::{Changes, Constant, Fixed};
use icl::engine::compile::compile;
use icl::engine::dropout::Noise;
use icl::engine::error::Result;
use icl::engine::network::Reading;
use icl::engine::program::{Head, Held, Interface, Program};
use icl::engine::streams::{Role, Stream, stream};
use icl::program::model::{Activation, Context, Model, Norm, Positions, Rotary, Site, Sublayer};
use std::sync::Arc;

/// A model with something to train it on, drawn at random.
pub struct Drawn {
    pub title: String,
    pub program: Arc<Program>,
    pub parameters: Vec<Vec<f32>>,
    pub batch: Batch,
    pub terms: Vec<Term>,
    pub noise: Option<Noise>,
}

/// Choices of one stream.
pub struct Draws(pub Stream);

impl Draws {
    fn of<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// True in one of so many cases.
    fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }

    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        self.0.normals(count)
    }

    /// Some tokens, each once: all, the last, or any.
    pub fn tokens(&mut self, tokens: usize) -> Vec<usize> {
        if self.one_in(5) {
            return (0..tokens).collect();
        }
        let wanted = if self.one_in(4) { 1 } else { self.between(1, tokens) };
        let mut some: Vec<usize> = self.0.permutation(tokens).into_iter().map(|token| token as usize).collect();
        some.truncate(wanted);
        if !self.one_in(4) {
            some.sort_unstable();
        }
        some
    }

    fn model(&mut self) -> Model {
        let positions =
            self.of(&[Positions::Learned, Positions::Rope, Positions::Sinusoidal, Positions::Alibi, Positions::None]);
        let norm = self.of(&[Norm::Pre, Norm::Pre, Norm::Post, Norm::None]);
        let width = self.of(&[4, 6, 12, 16, 20, 24, 33, 48]);
        let pairs = |heads: &usize| positions != Positions::Rope || (width / heads).is_multiple_of(2);
        let heads: Vec<usize> =
            (1..=6_usize).filter(|heads| usize::is_multiple_of(width, *heads)).filter(pairs).collect();
        // Rotary positions need heads of even width.
        let positions = if heads.is_empty() { Positions::Alibi } else { positions };
        let heads = if heads.is_empty() { vec![1, 3] } else { heads };
        let dropout = if self.one_in(4) { 0.3 } else { 0.0 };
        let mut blocks = Vec::new();
        for _ in 0..self.below(5) {
            blocks.push(if self.one_in(2) {
                Sublayer::Attention { heads: self.of(&heads), linear: self.one_in(3), dropout }
            } else {
                let activation = self.of(&[Activation::Gelu, Activation::GeluErf, Activation::Relu]);
                Sublayer::Mlp { hidden: self.of(&[1, 5, 16, 40]), activation, dropout }
            });
        }
        let tied = self.one_in(4);
        // Some turn a part of each head, by another base.
        let narrowest = heads.iter().map(|heads| width / heads).min().unwrap_or(2);
        let rotary = Rotary { turned: self.below(narrowest / 2 + 1) * 2, base: self.of(&[500.0, 10_000.0]) };
        let rotary = (positions == Positions::Rope && self.one_in(2)).then_some(rotary);
        let parallel = self.one_in(3);
        Model { dropout, tied, rotary, parallel, ..Model::plain(width, positions, norm, blocks) }
    }

    /// A value of the model in a context that has one at a site: for what a head adds and for patterns only where these
    /// are wanted.
    pub fn site(&mut self, program: &Program, context: Context, heads: bool) -> Site {
        let listing = program.listing(context);
        let mut sites: Vec<Site> = listing.marks.iter().map(|mark| mark.site).collect();
        sites.retain(|site| heads || !matches!(site, Site::Head(..)));
        if heads {
            let patterns = listing.mixes.iter().enumerate();
            let patterns = patterns.flat_map(|(layer, &(_, heads))| (0..heads).map(move |head| (layer, head)));
            let patterns = patterns.map(|(layer, head)| Site::Pattern(layer, head));
            sites.extend(patterns.filter(|&site| context.has(site)));
        }
        self.of(&sites)
    }
}

impl Draws {
    /// Numbers for every token.
    fn constant(&mut self, sequences: usize, tokens: usize, width: usize) -> Constant {
        match self.below(3) {
            0 => Constant::Zero,
            1 => Constant::Shared(self.normals(tokens * width).into()),
            _ => Constant::Each(self.normals(sequences * tokens * width).into()),
        }
    }

    /// Constants in the place of values and patterns, and factors of patterns.
    fn changes(&mut self, program: &Program, sequences: usize, tokens: usize) -> Changes {
        let mut changes = Changes::default();
        for _ in 0..self.between(1, 3) {
            let site = self.site(program, Context::Full, true);
            let width = match program.listing(Context::Full).held(site).unwrap() {
                Held::Value(_, columns) => columns.len(),
                Held::Pattern(..) => tokens,
            };
            changes.fixed.push(Fixed { site, values: self.constant(sequences, tokens, width) });
        }
        for _ in 0..self.below(3) {
            changes.scaled.push(self.constant(sequences, tokens, tokens));
        }
        changes
    }
}

/// Model number `number` of a fixed sequence.
pub fn drawn(number: u64) -> Drawn {
    let mut draws = Draws(stream(23, Role::Test, &[number]));
    let model = draws.model();
    let tokens = draws.of(&[1, 2, 7, 16, 17, 33]);
    let outputs = draws.between(1, 9);
    let input = if model.tied { outputs + draws.below(3) } else { draws.of(&[1, 3, 8, 19]) };
    let mut interface = Interface { input, tokens: tokens + draws.below(3), outputs, heads: Vec::new() };
    let bare = compile(&model, &interface).unwrap();
    for _ in 0..draws.below(4) {
        let context = draws.of(&Context::ALL);
        let site = draws.site(&bare, context, false);
        interface.heads.push(Head { outputs: draws.between(1, 5), site, context });
    }
    let program = compile(&model, &interface).unwrap();
    let parameters = program.parameters.iter().map(|parameter| {
        let centre = if parameter.name.ends_with("norm.weight") { 1.0 } else { 0.0 };
        // Values stay about as large as they are, without norms too.
        let spread = match parameter.shape[..] {
            [inputs, _] if parameter.name.ends_with("weight") => 1.0 / (inputs as f32).sqrt(),
            _ => 0.3,
        };
        draws.normals(parameter.count()).into_iter().map(|value| centre + spread * value).collect()
    });
    let parameters = parameters.collect();
    let sequences = draws.of(&[1, 2, 5, 9]);
    let count = sequences * tokens;
    let input = if draws.one_in(2) {
        Input::Dense(draws.normals(count * interface.input))
    } else {
        Input::Labels((0..count).map(|_| draws.below(interface.input) as u32).collect())
    };
    let read_at = draws.tokens(tokens);
    let heads_at: Vec<Vec<usize>> = interface.heads.iter().map(|_| draws.tokens(tokens)).collect();
    let (mut terms, mut targets) = (Vec::new(), Vec::new());
    for place in 0..draws.between(1, 4) {
        let output = if place == 0 { 0 } else { draws.below(interface.heads.len() + 1) };
        let (width, rows) = match output {
            0 => (interface.outputs, read_at.len()),
            head => (interface.heads[head - 1].outputs, heads_at[head - 1].len()),
        };
        let from = draws.below(width);
        let columns = from..draws.between(from + 1, width);
        let classes = columns.len();
        terms.push(Term { weight: 0.25 * draws.between(1, 8) as f64, output, columns, targets: place });
        // One in five predictions does not count; the first one does.
        let mut unknown = |row: usize| row > 0 && draws.one_in(5);
        let unknown: Vec<bool> = (0..sequences * rows).map(&mut unknown).collect();
        targets.push(if draws.one_in(2) {
            let label = |&unknown: &bool| if unknown { IGNORED } else { draws.below(classes) as u32 };
            Targets::Labels(unknown.iter().map(label).collect())
        } else {
            let mut values = draws.normals(sequences * rows * classes);
            for (row, values) in values.chunks_mut(classes).enumerate().filter(|(row, _)| unknown[*row]) {
                values.fill(f32::NAN);
                assert!(row > 0);
            }
            Targets::Numbers { width: classes, values }
        });
    }
    let noise = draws.one_in(2).then_some(Noise { seed: number, step: 3 });
    let changes = if draws.one_in(3) { draws.changes(&program, sequences, tokens) } else { Changes::default() };
    let sites: Vec<Site> = changes.fixed.iter().map(|fixed| fixed.site).collect();
    let title = format!(
        "model {number}, {model:?} for {interface:?}, {sequences} sequences of {tokens} tokens, {sites:?} fixed, {} scaled",
        changes.scaled.len()
    );
    let batch = Batch { sequences, tokens, input, read_at, heads_at, targets, changes, ..Batch::default() };
    Drawn { title, program: Arc::new(program), parameters, batch, terms, noise }
}

/// The largest difference relative to the largest value, or to `least`.
pub fn distance(ours: &[f64], theirs: &[f64], least: f64) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    if ours.iter().chain(theirs).any(|value| !value.is_finite()) {
        return f64::INFINITY;
    }
    let scale = theirs.iter().fold(least, |scale, value| scale.max(value.abs()));
    let worst = ours.iter().zip(theirs).fold(0.0_f64, |worst, (a, b)| worst.max((a - b).abs()));
    if worst == 0.0 { 0.0 } else { worst / scale }
}

/// In f64.
pub fn wide(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}

/// How far two engines are apart in one thing.
pub struct Apart {
    /// What sort of thing: losses, gradients, outputs, sites, steps.
    pub kind: &'static str,
    pub what: String,
    pub distance: f64,
}

/// How far two engines are apart in losses, gradients, outputs, sites, and what some steps make of the parameters.
/// Differences are relative to the largest number of an array, and for gradients at least to a thousandth of the largest.
///
/// # Errors
/// What an engine says.
pub fn differences(first: &mut dyn Backend, second: &mut dyn Backend, drawn: &Drawn) -> Result<Vec<Apart>> {
    let mut all = Vec::new();
    let mut tell = |kind: &'static str, what: String, ours: &[f64], theirs: &[f64], least: f64| {
        all.push(Apart { kind, what, distance: distance(ours, theirs, least) });
    };
    let (batch, terms, noise) = (&drawn.batch, &drawn.terms, drawn.noise);
    let names = || drawn.program.parameters.iter().map(|parameter| &parameter.name);

    let (loss, ours) = first.gradients(batch, terms, noise)?;
    let (other, theirs) = second.gradients(batch, terms, noise)?;
    tell("losses", "loss".into(), &[loss.total], &[other.total], 1e-3);
    tell("losses", "losses".into(), &loss.terms, &other.terms, 1e-3);
    // A loss that hangs on nothing has gradients of rounding alone.
    let largest = theirs.iter().flatten().fold(1e-3_f64, |largest, value| largest.max(value.abs()));
    for ((name, ours), theirs) in names().zip(&ours).zip(&theirs) {
        tell("gradients", format!("gradient of {name}"), ours, theirs, 1e-3 * largest);
    }

    tell("outputs", "outputs".into(), &wide(first.outputs(batch)?), &wide(second.outputs(batch)?), 1e-3);
    let mut draws = Draws(stream(29, Role::Test, &[batch.tokens as u64, batch.sequences as u64]));
    for context in Context::ALL {
        let asked: Vec<(Site, Vec<usize>)> =
            (0..3).map(|_| (draws.site(&drawn.program, context, true), draws.tokens(batch.tokens))).collect();
        let readings: Vec<Reading> = asked.iter().map(|(site, positions)| Reading { site: *site, positions }).collect();
        let ours = first.read(batch, context, &readings)?;
        let theirs = second.read(batch, context, &readings)?;
        for ((ours, theirs), (site, positions)) in ours.into_iter().zip(theirs).zip(&asked) {
            let what = format!("{site:?} at {positions:?}, {context:?},");
            tell("sites", what, &wide(ours), &wide(theirs), 1e-3);
        }
    }

    // Adam would make steps of the size of the rate of what is nothing but rounding.
    let rule = Rule::Sgd { momentum: 0.9, weight_decay: 0.1 };
    let update = Update { rule, lr: 0.02, clip: Some(1.0) };
    for step in 0..3 {
        let noise = noise.map(|noise| Noise { step, ..noise });
        let ours = first.step(batch, terms, &update, noise)?;
        let theirs = second.step(batch, terms, &update, noise)?;
        tell("steps", "a step's loss".into(), &[ours.total], &[theirs.total], 1e-3);
    }
    let (ours, theirs) = (first.numbers()?, second.numbers()?);
    assert_eq!((ours.steps, theirs.steps), (3, 3));
    for ((name, ours), theirs) in names().zip(&ours.parameters).zip(&theirs.parameters) {
        tell("steps", format!("trained {name}"), ours, theirs, 1e-3);
    }
    Ok(all)
}
