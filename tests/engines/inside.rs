//! What is read inside of attention, against the formulas of the papers in f64.

use super::compared::{Make, distance, fast, plain};
use icl::engine::batch::{Batch, Input};
use icl::engine::changed::{Changes, Constant, Fixed};
use icl::engine::compile::compile;
use icl::engine::error::Error;
use icl::engine::network::Reading;
use icl::engine::plain::Width;
use icl::engine::program::{Interface, Program};
use icl::engine::streams::{Role, stream};
use icl::program::model::{Context, Model, Norm, Positions, Site, Sublayer};
use std::sync::Arc;

const WIDTH: usize = 12;
const HEADS: usize = 3;
const HEAD: usize = WIDTH / HEADS;
const TOKENS: usize = 19;
const SEQUENCES: usize = 5;
const INPUT: usize = 6;

/// A model of one attention on dense tokens, with weights drawn at random.
struct Case {
    program: Arc<Program>,
    parameters: Vec<Vec<f32>>,
    batch: Batch,
    positions: Positions,
    linear: bool,
}

/// What the formulas give for one sequence.
struct Inside {
    /// `[heads][tokens][tokens]`.
    patterns: Vec<Vec<Vec<f64>>>,
    /// What each head adds, `[heads][tokens][width]`.
    heads: Vec<Vec<Vec<f64>>>,
    /// The stream after the layer in each of [`Context::ALL`], `[tokens][width]`.
    streams: [Vec<Vec<f64>>; 4],
}

fn case(positions: Positions, linear: bool) -> Case {
    let attention = Sublayer::Attention { heads: HEADS, linear, dropout: 0.0 };
    let model = Model::plain(WIDTH, positions, Norm::Pre, vec![attention]);
    let interface = Interface { input: INPUT, tokens: TOKENS, outputs: 2, heads: Vec::new() };
    let program = Arc::new(compile(&model, &interface).unwrap());
    let mut draws = stream(41, Role::Test, &[u64::from(linear)]);
    let parameters = program.parameters.iter().map(|parameter| draws.normals(parameter.count()));
    let parameters = parameters.map(|values| values.into_iter().map(|value| 0.6 * value).collect()).collect();
    let input = Input::Dense(draws.normals(SEQUENCES * TOKENS * INPUT));
    let batch = Batch { sequences: SEQUENCES, tokens: TOKENS, input, read_at: vec![TOKENS - 1], ..Batch::default() };
    Case { program, parameters, batch, positions, linear }
}

impl Case {
    fn parameter(&self, name: &str) -> Vec<f64> {
        let place = self.program.parameter(name).unwrap();
        self.parameters[place].iter().map(|&value| f64::from(value)).collect()
    }

    /// `x W + b`.
    fn linear(&self, x: &[f64], name: &str) -> Vec<f64> {
        let (weight, bias) = (self.parameter(&format!("{name}.weight")), self.parameter(&format!("{name}.bias")));
        let outputs = bias.len();
        (0..outputs)
            .map(|to| bias[to] + x.iter().enumerate().map(|(from, x)| x * weight[from * outputs + to]).sum::<f64>())
            .collect()
    }

    fn norm(&self, x: &[f64]) -> Vec<f64> {
        let (scale, shift) = (self.parameter("blocks.0.norm.weight"), self.parameter("blocks.0.norm.bias"));
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        x.iter().enumerate().map(|(at, x)| (x - mean) / (variance + 1e-5).sqrt() * scale[at] + shift[at]).collect()
    }

    /// What the formulas give, where `alter` changes each head's weights from each query.
    fn of(&self, sequence: usize, alter: &dyn Fn(usize, usize, &mut [f64])) -> Inside {
        let tokens = &self.batch.input.dense()[sequence * TOKENS * INPUT..][..TOKENS * INPUT];
        let stream: Vec<Vec<f64>> = tokens
            .chunks(INPUT)
            .map(|x| self.linear(&x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>(), "read_in"))
            .collect();
        let normed: Vec<Vec<f64>> = stream.iter().map(|x| self.norm(x)).collect();
        let mapped: Vec<Vec<f64>> = normed.iter().map(|x| self.linear(x, "blocks.0.attention.in")).collect();
        let part = |token: usize, part: usize, head: usize| &mapped[token][part * WIDTH + head * HEAD..][..HEAD];
        let pattern = |head: usize, query: usize| -> Vec<f64> {
            let score = |key: usize| {
                let (q, k) = (self.placed(part(query, 0, head), query), self.placed(part(key, 1, head), key));
                let score = q.iter().zip(&k).map(|(q, k)| q * k).sum::<f64>() / (HEAD as f64).sqrt();
                // Three heads: the slopes of the two of a power of two, then the first of the next power (Press et al. 2022).
                let slope = [1.0 / 16.0, 1.0 / 256.0, 1.0 / 4.0][head];
                if self.positions == Positions::Alibi { score - slope * (query - key) as f64 } else { score }
            };
            let scores: Vec<f64> = (0..=query).map(score).collect();
            let sum: f64 = scores.iter().map(|score| score.exp()).sum();
            let seen = |score: &f64| if self.linear { score / (query + 1) as f64 } else { score.exp() / sum };
            let mut row: Vec<f64> = scores.iter().map(seen).collect();
            row.resize(TOKENS, 0.0);
            alter(head, query, &mut row);
            row
        };
        let patterns: Vec<Vec<Vec<f64>>> =
            (0..HEADS).map(|head| (0..TOKENS).map(|query| pattern(head, query)).collect()).collect();
        let out = self.parameter("blocks.0.attention.out.weight");
        let bias = self.parameter("blocks.0.attention.out.bias");
        // What a head adds where its weights are these.
        let adds = |head: usize, weights: &[f64]| -> Vec<f64> {
            let mixed = |at: usize| -> f64 { weights.iter().enumerate().map(|(j, w)| w * part(j, 2, head)[at]).sum() };
            (0..WIDTH).map(|to| (0..HEAD).map(|at| mixed(at) * out[(head * HEAD + at) * WIDTH + to]).sum()).collect()
        };
        let heads: Vec<Vec<Vec<f64>>> =
            (0..HEADS).map(|head| patterns[head].iter().map(|weights| adds(head, weights)).collect()).collect();
        let alone = |token: usize| -> Vec<f64> { (0..TOKENS).map(|at| f64::from(u8::from(at == token))).collect() };
        let with = |token: usize, context: Context| -> Vec<f64> {
            let add = |at: usize| match context {
                Context::Full => bias[at] + heads.iter().map(|head| head[token][at]).sum::<f64>(),
                Context::None => normed[token][at],
                Context::Zero => 0.0,
                Context::SelfOnly => bias[at] + (0..HEADS).map(|head| adds(head, &alone(token))[at]).sum::<f64>(),
            };
            (0..WIDTH).map(|at| stream[token][at] + add(at)).collect()
        };
        let streams = Context::ALL.map(|context| (0..TOKENS).map(|token| with(token, context)).collect());
        Inside { patterns, heads, streams }
    }

    /// Turned by its place, where positions are rotary: numbers `i` and `i + half` together by `t / 10000^(i / half)`.
    fn placed(&self, x: &[f64], token: usize) -> Vec<f64> {
        if self.positions != Positions::Rope {
            return x.to_vec();
        }
        let half = x.len() / 2;
        let angle = |at: usize| token as f64 / 10_000_f64.powf(at as f64 / half as f64);
        let low = (0..half).map(|at| x[at] * angle(at).cos() - x[at + half] * angle(at).sin());
        let high = (0..half).map(|at| x[at + half] * angle(at).cos() + x[at] * angle(at).sin());
        low.chain(high).collect()
    }
}

fn wide(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}

/// Holds an engine against the formulas, at these tokens.
fn hold(make: Make, read: &[usize]) {
    for (positions, linear) in
        [(Positions::None, false), (Positions::Rope, false), (Positions::Alibi, false), (Positions::None, true)]
    {
        let case = case(positions, linear);
        let engine = make(&case.program, &case.parameters);
        let inside: Vec<Inside> = (0..SEQUENCES).map(|sequence| case.of(sequence, &|_, _, _| {})).collect();
        let rows = |of: &dyn Fn(&Inside) -> &Vec<Vec<f64>>| -> Vec<f64> {
            inside.iter().flat_map(|inside| read.iter().flat_map(|&token| of(inside)[token].clone())).collect()
        };
        let close = |what: &str, ours: Vec<f32>, theirs: Vec<f64>| {
            let distance = distance(&wide(ours), &theirs, 1e-3);
            assert!(distance < 2e-5, "{what}, {positions:?}, linear {linear}: {distance:e}");
        };
        let sites: Vec<Site> = (0..HEADS).flat_map(|head| [Site::Pattern(0, head), Site::Head(0, head)]).collect();
        let readings: Vec<Reading> = sites.iter().map(|&site| Reading { site, positions: read }).collect();
        let values = engine.read(&case.batch, Context::Full, &readings).unwrap();
        for (site, values) in sites.iter().zip(values) {
            let theirs = match *site {
                Site::Pattern(_, head) => rows(&|inside| &inside.patterns[head]),
                Site::Head(_, head) => rows(&|inside| &inside.heads[head]),
                _ => unreachable!("only these are read"),
            };
            close(&format!("{site:?}"), values, theirs);
        }
        for (place, context) in Context::ALL.into_iter().enumerate() {
            let reading = [Reading { site: Site::Residual(1), positions: read }];
            let values = engine.read(&case.batch, context, &reading).unwrap().pop().unwrap();
            close(context.word(), values, rows(&|inside| &inside.streams[place]));
        }
    }
}

#[test]
fn patterns_heads_and_contexts_are_the_formulas() {
    let some = [17, 0, 4, 18];
    let all: Vec<usize> = (0..TOKENS).collect();
    for read in [&some[..], &all] {
        hold(&fast(1), read);
        hold(&plain(Width::F64), read);
    }
}

/// One head looks at the token before, and adds nothing elsewhere than from there; the weights of the others are halved
/// for even distances and tripled for odd ones.
#[test]
fn fixed_and_scaled_patterns_are_the_formulas() {
    let mut before = vec![0.0; TOKENS * TOKENS];
    (0..TOKENS).for_each(|token| before[token * TOKENS + token.saturating_sub(1)] = 1.0);
    let factor = |query: usize, key: usize| if query.abs_diff(key).is_multiple_of(2) { 0.5 } else { 3.0 };
    let factors: Vec<f32> = (0..TOKENS * TOKENS).map(|at| factor(at / TOKENS, at % TOKENS) as f32).collect();
    let alter = |head: usize, query: usize, row: &mut [f64]| {
        for (key, weight) in row.iter_mut().enumerate() {
            if head == 1 {
                *weight = f64::from(u8::from(key == query.saturating_sub(1)));
            } else {
                *weight *= factor(query, key);
            }
        }
    };
    for linear in [false, true] {
        let mut case = case(Positions::Rope, linear);
        let fixed = Fixed { site: Site::Pattern(0, 1), values: Constant::Shared(before.clone().into()) };
        case.batch.changes = Changes {
            fixed: vec![fixed],
            scaled: vec![Constant::Shared(factors.clone().into())],
            ..Changes::default()
        };
        let inside: Vec<Inside> = (0..SEQUENCES).map(|sequence| case.of(sequence, &alter)).collect();
        for make in [&fast(2) as Make, &plain(Width::F64)] {
            let engine = make(&case.program, &case.parameters);
            let read = [0, 7, 18];
            let sites = [Site::Pattern(0, 1), Site::Pattern(0, 2), Site::Residual(1)];
            let readings = sites.map(|site| Reading { site, positions: &read });
            let values = engine.read(&case.batch, Context::Full, &readings).unwrap();
            for (site, values) in sites.iter().zip(values) {
                let rows = |inside: &Inside| match *site {
                    Site::Pattern(_, head) => read.map(|token| inside.patterns[head][token].clone()).concat(),
                    _ => read.map(|token| inside.streams[0][token].clone()).concat(),
                };
                let theirs: Vec<f64> = inside.iter().flat_map(rows).collect();
                assert!(distance(&wide(values), &theirs, 1e-3) < 2e-5, "{site:?}");
            }
        }
    }
}

#[test]
fn what_a_context_takes_away_is_no_site() {
    let case = case(Positions::None, false);
    for make in [&fast(1) as Make, &plain(Width::F64)] {
        let engine = make(&case.program, &case.parameters);
        for context in Context::ALL {
            for site in [Site::Pattern(0, 1), Site::Head(0, 1), Site::AttentionOut(0), Site::Residual(1)] {
                let read = engine.read(&case.batch, context, &[Reading { site, positions: &[3] }]);
                assert_eq!(read.is_ok(), context.has(site), "{site:?} {context:?}");
            }
            let beyond = [Site::Pattern(0, HEADS), Site::Pattern(1, 0), Site::Head(0, HEADS)];
            for site in beyond {
                let read = engine.read(&case.batch, context, &[Reading { site, positions: &[3] }]);
                assert!(matches!(read, Err(Error::NoSuchSite(_))), "{site:?} {context:?}");
            }
        }
    }
}
