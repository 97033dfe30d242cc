//! What the numbers of a run are: each measure as so many series, with the place of the model that it looks at.

use super::Run;
use crate::engine::measure::{Beside, Levels, Point};
use crate::program::model::{Place, Site};
use crate::program::training::{Measure, MeasureKind, Position, Score, Training};
use crate::registry::{Kind, forms};
use std::borrow::Cow;

/// The training loss, averaged since the evaluation before; the name of its series and of what it is a number of.
pub const TRAINING_LOSS: &str = "training_loss";
/// The loss at every position at the end of a run.
pub const BY_POSITION: &str = "error_by_position";

/// One number along a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<'a> {
    /// As the program calls it.
    pub measure: Cow<'a, str>,
    /// What its value is a number of.
    pub quantity: &'a str,
    /// The place of the model that is read.
    pub site: Option<&'static str>,
    /// Of the stream the layers before it; else the layer, from 0.
    pub layer: Option<usize>,
    pub head: Option<usize>,
    /// Where in a sequence, in a word.
    pub at: Option<&'a str>,
    /// Where in a sequence, as a number from 0.
    pub position: Option<usize>,
    /// Of a probe of several targets, which one; none for their mean.
    pub target: Option<String>,
    pub context: Option<&'static str>,
    /// Which sequences are looked at.
    pub split: &'static str,
    pub blind: Option<f64>,
    pub ideal: Option<f64>,
    pick: Pick,
}

/// Where a series stands in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pick {
    Loss,
    /// The value of a measure, by its place; what stands beside a probe belongs to it.
    Value(usize),
    /// A part of a probe, by its place; at each of its sites a probe has something beside it.
    Part(usize, usize, bool),
    /// It stands in no evaluation: the loss at a position is of the end of a run alone.
    End,
}

impl Series<'_> {
    /// Its value after a step; none where it is not finite, and nothing where the evaluation has no such number.
    #[must_use]
    pub fn value(&self, point: &Point) -> Option<Option<f64>> {
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        match self.pick {
            Pick::Loss => (point.step > 0).then(|| point.loss.and_then(finite)),
            Pick::Value(measure) => point.values.get(measure).map(|value| value.and_then(finite)),
            Pick::Part(measure, part, _) => {
                let value = point.parts.get(measure)?.get(part).copied();
                // Where a run diverged no part was measured, and its value is none.
                value.map(finite).or_else(|| point.values.get(measure)?.is_none().then_some(None))
            }
            Pick::End => None,
        }
    }

    /// A number beside the value of a probe.
    #[must_use]
    pub fn beside(&self, point: &Point, of: fn(&Beside) -> &[f64]) -> Option<f64> {
        let (measure, site) = match self.pick {
            Pick::Value(measure) => (measure, 0),
            Pick::Part(measure, site, true) => (measure, site),
            Pick::Part(..) | Pick::Loss | Pick::End => return None,
        };
        let beside = point.beside.get(measure)?.as_ref()?;
        of(beside).get(site).copied().filter(|value| value.is_finite())
    }

    /// Whether it is one of the sites of a probe of all layers.
    #[must_use]
    pub fn one_of_many(&self) -> bool {
        matches!(self.pick, Pick::Part(.., true))
    }

    /// Whether it is of the end of a run alone, and no curve.
    #[must_use]
    pub fn of_the_end(&self) -> bool {
        self.pick == Pick::End
    }

    /// Whether it is the measure at this place, at one of its sites where that is named.
    #[must_use]
    pub fn is(&self, measure: usize, site: Option<usize>) -> bool {
        match site {
            None => self.pick == Pick::Value(measure),
            Some(site) => self.pick == Pick::Part(measure, site, true),
        }
    }
}

/// Every series of a run: its training loss, then its measures in the order written.
#[must_use]
pub fn series<'a>(run: &Run<'a>) -> Vec<Series<'a>> {
    let training = &run.of.training;
    let mut all = Vec::new();
    if !training.stages.is_empty() {
        all.push(Series { split: "training", ..plain(TRAINING_LOSS.into(), TRAINING_LOSS, Pick::Loss) });
    }
    for place in 0..run.of.observation.written.len() {
        let measure = run.of.observation.measure(place);
        let levels = run.levels.get(place);
        all.extend(of(measure, place, training).into_iter().map(|series| with(series, levels)));
    }
    all
}

/// The loss at a position, of the model or of a reference that goes by a name.
#[must_use]
pub fn by_position<'a>(run: &Run<'a>, position: usize, reference: Option<&str>) -> Series<'a> {
    let asked = run.of.observation.by_position.as_ref();
    let task = asked.and_then(|asked| run.of.training.tasks.get(asked.task));
    let quantity = score(if task.is_some_and(|task| task.real) { Score::SquaredError } else { Score::CrossEntropy });
    let name = reference.map_or(Cow::Borrowed(BY_POSITION), |name| format!("{BY_POSITION}[{name}]").into());
    Series { position: Some(position), ..plain(name, quantity, Pick::End) }
}

fn plain<'a>(measure: Cow<'a, str>, quantity: &'a str, pick: Pick) -> Series<'a> {
    Series {
        measure,
        quantity,
        site: None,
        layer: None,
        head: None,
        at: None,
        position: None,
        target: None,
        context: None,
        split: "held_out",
        blind: None,
        ideal: None,
        pick,
    }
}

fn with<'a>(series: Series<'a>, levels: Option<&Levels>) -> Series<'a> {
    let level = |of: fn(&Levels) -> Option<f64>| levels.and_then(of).filter(|level| level.is_finite());
    Series { blind: level(|levels| levels.blind), ideal: level(|levels| levels.ideal), ..series }
}

fn of<'a>(measure: &'a Measure, place: usize, training: &'a Training) -> Vec<Series<'a>> {
    let named = |quantity: &'a str, pick: Pick| plain(Cow::Borrowed(measure.name.as_str()), quantity, pick);
    match &measure.kind {
        MeasureKind::Score { score: of, at, training, .. } => {
            let split = if *training { "training" } else { "held_out" };
            let (at, position) = match at {
                Position::All => (Some("all"), None),
                Position::Last => (Some("last"), None),
                Position::Index(position) => (None, Some(*position)),
            };
            vec![Series { at, position, split, ..named(score(*of), Pick::Value(place)) }]
        }
        MeasureKind::Distance { task, .. } => {
            let real = training.tasks.get(*task).is_some_and(|task| task.real);
            let quantity = if real { "squared_difference" } else { "kl_divergence" };
            vec![Series { at: Some("all"), ..named(quantity, Pick::Value(place)) }]
        }
        MeasureKind::Inside { measure: word, numbers, .. } => {
            let params = forms(word).next().map(|form| form.params).unwrap_or_default();
            let counts = params.iter().filter(|param| param.kind == Kind::Count).map(|param| param.name);
            let told: Vec<(&str, usize)> = counts.zip(numbers.iter().copied()).collect();
            let number = |name: &str| told.iter().find(|known| known.0 == name).map(|known| known.1);
            let after = number("after");
            let site = after.map(|_| "residual");
            let (layer, head) = (after.or_else(|| number("layer")), number("head"));
            vec![Series { site, layer, head, ..named(word, Pick::Value(place)) }]
        }
        MeasureKind::Probe { task, site, place: read, context, nodes, .. } => {
            let task = training.tasks.get(*task);
            let labels = |node: usize| task.and_then(|task| task.nodes.get(node)).map_or(0, |node| node.labels.len());
            let told = nodes.iter().all(|&node| labels(node) > 0);
            let (at, position) = match read {
                Place::Input => (Some("input"), None),
                Place::Target => (Some("target"), None),
                Place::Query => (Some("query"), None),
                Place::Field(name) => (Some(name.as_str()), None),
                Place::Piece(piece) => (task.and_then(|task| task.piece(*piece)), None),
                Place::Position(position) => (None, Some(*position)),
            };
            let probe = |pick: Pick, read: Site| {
                let (site, layer, head) = location(read);
                let quantity = score(if told { Score::Accuracy } else { Score::SquaredError });
                Series { site, layer, head, at, position, context: Some(context.word()), ..named(quantity, pick) }
            };
            if *site == Site::Everywhere {
                let layers = 0..=training.model.layers();
                return layers.map(|n| probe(Pick::Part(place, n, true), Site::Residual(n))).collect();
            }
            let mut series = vec![probe(Pick::Value(place), *site)];
            let name = |node: usize| {
                let known = task.and_then(|task| task.names.iter().find(|(_, known)| **known == node));
                known.map_or_else(|| format!("node {node}"), |(name, _)| name.clone())
            };
            let targets = nodes.iter().flat_map(|&node| match labels(node) {
                0 | 1 => vec![name(node)],
                several => (0..several).map(|label| format!("{}[{label}]", name(node))).collect(),
            });
            let targets: Vec<String> = targets.collect();
            if targets.len() > 1 {
                let part = |(at, target)| Series { target: Some(target), ..probe(Pick::Part(place, at, false), *site) };
                series.extend(targets.into_iter().enumerate().map(part));
            }
            series
        }
    }
}

/// A site as its word, its layer and its head.
fn location(site: Site) -> (Option<&'static str>, Option<usize>, Option<usize>) {
    match site {
        Site::Residual(after) => (Some("residual"), Some(after), None),
        Site::Output => (Some("output"), None, None),
        Site::Everywhere => (Some("residual"), None, None),
        Site::AttentionOut(layer) => (Some("attention_out"), Some(layer), None),
        Site::MlpOut(layer) => (Some("mlp_out"), Some(layer), None),
        Site::Pattern(layer, head) => (Some("pattern"), Some(layer), Some(head)),
        Site::Head(layer, head) => (Some("head"), Some(layer), Some(head)),
        Site::Mixed(layer) => (Some("heads"), Some(layer), None),
    }
}

const fn score(score: Score) -> &'static str {
    match score {
        Score::Accuracy => "accuracy",
        Score::CrossEntropy => "cross_entropy",
        Score::SquaredError => "squared_error",
        Score::Progress => "progress",
    }
}
