//! Any two engines against each other, on models of every kind.

use icl::engine::adam::{Rule, Update};
use icl::engine::backend::Backend;
use icl::engine::batch::{Batch, IGNORED, Input, Targets, Term};
use icl::engine::changed::{Changes, Constant, Fixed};
use icl::engine::compile::compile;
use icl::engine::crew::Crew;
use icl::engine::dropout::Noise;
use icl::engine::fast::Fast;
use icl::engine::network::Reading;
use icl::engine::plain::{Plain, Width};
use icl::engine::program::{Head, Held, Init, Interface, Program};
use icl::engine::streams::{Role, Stream, stream};
use icl::program::model::{Activation, Context, Model, Norm, Positions, Rotary, Site, Sublayer};
use std::sync::Arc;

/// Makes an engine with the given first values.
pub type Make<'a> = &'a dyn Fn(&Arc<Program>, &[Vec<f32>]) -> Box<dyn Backend>;

/// A model with something to train it on, drawn at random.
pub struct Drawn {
    pub title: String,
    pub program: Arc<Program>,
    pub parameters: Vec<Vec<f32>>,
    pub batch: Batch,
    pub terms: Vec<Term>,
    pub noise: Option<Noise>,
}

struct Draws(Stream);

impl Draws {
    fn of<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// True in one of so many cases.
    fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }

    fn normals(&mut self, count: usize) -> Vec<f32> {
        self.0.normals(count)
    }

    /// Some tokens, each once: all, the last, or any.
    fn tokens(&mut self, tokens: usize) -> Vec<usize> {
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
    fn site(&mut self, program: &Program, context: Context, heads: bool) -> Site {
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

fn wide(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}

/// Holds two engines against each other: losses, gradients, outputs, sites, and what some steps make of the parameters.
/// Differences are relative to the largest number of an array, and for gradients at least to a thousandth of the largest.
pub fn agree(first: Make, second: Make, models: std::ops::Range<u64>, tolerance: f64) {
    let count = models.end - models.start;
    let differ: Vec<String> =
        models.filter_map(|number| compare(first, second, &drawn(number), tolerance).err()).collect();
    assert!(differ.is_empty(), "{} of {count} models differ:\n{}", differ.len(), differ.join("\n"));
}

/// The first difference, if there is one.
fn compare(first: Make, second: Make, drawn: &Drawn, tolerance: f64) -> Result<(), String> {
    let close = |what: &str, ours: &[f64], theirs: &[f64], least: f64| {
        let distance = distance(ours, theirs, least);
        if distance <= tolerance { Ok(()) } else { Err(format!("{what} of {}: {distance:e}", drawn.title)) }
    };
    let make = |make: Make| make(&drawn.program, &drawn.parameters);
    let (mut first, mut second) = (make(first), make(second));
    let (batch, terms, noise) = (&drawn.batch, &drawn.terms, drawn.noise);
    let names = || drawn.program.parameters.iter().map(|parameter| &parameter.name);

    let (loss, ours) = first.gradients(batch, terms, noise).unwrap();
    let (other, theirs) = second.gradients(batch, terms, noise).unwrap();
    close("loss", &[loss.total], &[other.total], 1e-3)?;
    close("losses", &loss.terms, &other.terms, 1e-3)?;
    // A loss that hangs on nothing has gradients of rounding alone.
    let largest = theirs.iter().flatten().fold(1e-3_f64, |largest, value| largest.max(value.abs()));
    for ((name, ours), theirs) in names().zip(&ours).zip(&theirs) {
        close(&format!("gradient of {name}"), ours, theirs, 1e-3 * largest)?;
    }

    close("outputs", &wide(first.outputs(batch).unwrap()), &wide(second.outputs(batch).unwrap()), 1e-3)?;
    let mut draws = Draws(stream(29, Role::Test, &[batch.tokens as u64, batch.sequences as u64]));
    for context in Context::ALL {
        let asked: Vec<(Site, Vec<usize>)> =
            (0..3).map(|_| (draws.site(&drawn.program, context, true), draws.tokens(batch.tokens))).collect();
        let readings: Vec<Reading> = asked.iter().map(|(site, positions)| Reading { site: *site, positions }).collect();
        let ours = first.read(batch, context, &readings).unwrap();
        let theirs = second.read(batch, context, &readings).unwrap();
        for ((ours, theirs), (site, positions)) in ours.into_iter().zip(theirs).zip(&asked) {
            close(&format!("{site:?} at {positions:?}, {context:?},"), &wide(ours), &wide(theirs), 1e-3)?;
        }
    }

    // Adam would make steps of the size of the rate of what is nothing but rounding.
    let rule = Rule::Sgd { momentum: 0.9, weight_decay: 0.1 };
    let update = Update { rule, lr: 0.02, clip: Some(1.0) };
    for step in 0..3 {
        let noise = noise.map(|noise| Noise { step, ..noise });
        let ours = first.step(batch, terms, &update, noise).unwrap();
        let theirs = second.step(batch, terms, &update, noise).unwrap();
        close("a step's loss", &[ours.total], &[theirs.total], 1e-3)?;
    }
    let (ours, theirs) = (first.numbers(), second.numbers());
    assert_eq!((ours.steps, theirs.steps), (3, 3));
    for ((name, ours), theirs) in names().zip(&ours.parameters).zip(&theirs.parameters) {
        close(&format!("trained {name}"), ours, theirs, 1e-3)?;
    }
    Ok(())
}

/// The plain engine as a [`Make`].
pub fn plain(width: Width) -> impl Fn(&Arc<Program>, &[Vec<f32>]) -> Box<dyn Backend> {
    move |program, parameters| Box::new(Plain::new(program.clone(), parameters, width).unwrap())
}

/// The fast engine, on as many threads as asked, as a [`Make`].
pub fn fast(threads: usize) -> impl Fn(&Arc<Program>, &[Vec<f32>]) -> Box<dyn Backend> {
    let crew = Arc::new(Crew::new(threads));
    move |program, parameters| Box::new(Fast::new(program.clone(), parameters, crew.clone()))
}

#[test]
fn fast_is_plain() {
    agree(&fast(2), &plain(Width::F64), 200..500, 1e-4);
}

#[test]
fn threads_change_no_bit() {
    for number in 500..530 {
        let drawn = drawn(number);
        let trained = [1, 2, 3].map(|threads| {
            let mut engine = fast(threads)(&drawn.program, &drawn.parameters);
            let update = Update::adam(1e-2);
            let losses: Vec<u64> = (0..3)
                .map(|_| engine.step(&drawn.batch, &drawn.terms, &update, drawn.noise).unwrap().total.to_bits())
                .collect();
            (losses, engine.numbers())
        });
        assert!(trained[0] == trained[1] && trained[0] == trained[2], "{}", drawn.title);
    }
}

/// A thousand steps on fresh data, a model of two layers that learns to copy: the fast engine, and the plain one in both
/// widths. What rounding makes of a curve is what f32 and f64 of the plain engine differ by.
#[test]
fn curves_overlap() {
    const STEPS: usize = 1000;
    let layer = [Sublayer::attention(2), Sublayer::mlp(32, Activation::Gelu)];
    let model = Model::plain(16, Positions::Learned, Norm::Pre, vec![layer; 2].concat());
    let interface = Interface { input: 4, tokens: 6, outputs: 4, heads: Vec::new() };
    let program = Arc::new(compile(&model, &interface).unwrap());
    let mut draws = Draws(stream(37, Role::Init, &[]));
    let parameters: Vec<Vec<f32>> = (program.parameters.iter())
        .map(|parameter| match parameter.init {
            Init::Normal { .. } => draws.normals(parameter.count()).into_iter().map(|value| 0.1 * value).collect(),
            Init::Zeros => vec![0.0; parameter.count()],
            Init::Ones => vec![1.0; parameter.count()],
        })
        .collect();
    let batches: Vec<Batch> = (0..STEPS)
        .map(|_| {
            let labels: Vec<u32> = (0..8 * 6).map(|_| draws.below(4) as u32).collect();
            // At token 3 to 5, the label three tokens before.
            let wanted = labels.chunks(6).flat_map(|sequence| sequence[..3].to_vec()).collect();
            let (input, targets) = (Input::Labels(labels), vec![Targets::Labels(wanted)]);
            Batch { sequences: 8, tokens: 6, input, read_at: vec![3, 4, 5], targets, ..Batch::default() }
        })
        .collect();
    let terms = [Term { weight: 1.0, output: 0, columns: 0..4, targets: 0 }];
    let engines: [Make; 3] = [&fast(2), &plain(Width::F32), &plain(Width::F64)];
    let curves = engines.map(|make| {
        let mut engine = make(&program, &parameters);
        let step = |batch: &Batch| engine.step(batch, &terms, &Update::adam(1e-3), None).unwrap().total;
        batches.iter().map(step).collect::<Vec<f64>>()
    });
    let [fast, narrow, wide] = curves.each_ref().map(Vec::as_slice);
    assert!(wide[0] > 1.2 && wide[STEPS - 1] < 0.2, "it learns: {} to {}", wide[0], wide[STEPS - 1]);
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0_f64, f64::max);
    let (ours, noise) = (apart(fast, wide), apart(narrow, wide));
    assert!(ours < 10.0 * noise.max(1e-5), "{ours:e} where f32 makes {noise:e}");
    assert!(ours < 1e-2, "{ours:e}");
}

#[test]
fn widths_agree() {
    agree(&plain(Width::F32), &plain(Width::F64), 0..60, 1e-4);
}

/// Central differences in f64: what the plain engine calls a gradient is one, of every parameter of every kind of model.
#[test]
fn gradients_are_slopes() {
    const STEP: f64 = 1e-6;
    for number in 100..140 {
        let drawn = drawn(number);
        let mut model = plain(Width::F64)(&drawn.program, &drawn.parameters);
        let (batch, terms, noise) = (&drawn.batch, &drawn.terms, drawn.noise);
        let (_, gradients) = model.gradients(batch, terms, noise).unwrap();
        let numbers = model.numbers();
        let direction: Vec<Vec<f64>> = {
            let mut draws = Draws(stream(31, Role::Test, &[number]));
            numbers.parameters.iter().map(|values| wide(draws.normals(values.len()))).collect()
        };
        let mut loss_at = |step: f64| {
            let mut moved = numbers.clone();
            for (values, direction) in moved.parameters.iter_mut().zip(&direction) {
                values.iter_mut().zip(direction).for_each(|(value, direction)| *value += step * direction);
            }
            model.take(&moved);
            model.gradients(batch, terms, noise).unwrap().0.total
        };
        let slope = (loss_at(STEP) - loss_at(-STEP)) / (2.0 * STEP);
        let along = gradients.iter().flatten().zip(direction.iter().flatten()).map(|(a, b)| a * b).sum::<f64>();
        let error = (slope - along).abs() / along.abs().max(1e-3);
        assert!(error < 1e-5, "{}: {slope} and {along}", drawn.title);
    }
}
