//! What expressions of a program come to while it is checked.

use crate::data::ShapesSpec;
use crate::diagnostic::Span;
use crate::program::model::{Context, Model, Site, Sublayer};
use crate::program::task::{NodeId, Reference, Task};
use crate::program::training::{Optimizer, Position, Score};
use crate::registry::Dimension;
use std::rc::Rc;

/// A value; `Poison` stands for what a finding was already made of and stays silent.
#[derive(Clone, Debug)]
pub enum Value {
    Poison,
    Bool(bool),
    Number {
        value: f64,
        whole: bool,
    },
    Duration(Duration),
    /// A number of sequences, evaluations and so on.
    Quantity {
        value: f64,
        dimension: Dimension,
    },
    Text(String),
    Word(&'static str),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Module(usize),
    /// An item of a module without the arguments that it needs.
    Item,
    /// A builtin without the arguments that it needs.
    Builtin,
    Data(Rc<ShapesSpec>),
    Array(crate::data::ArraySource),
    Task(Rc<Task>),
    Mixture(Vec<(Rc<Task>, f64)>),
    Model(Rc<Model>),
    Layer(LayerValue),
    Curriculum(Rc<Vec<StageValue>>),
    Optimizer(Optimizer),
    Loss(LossValue),
    Probe(Rc<ProbeValue>),
    Metric(MetricValue),
    Site(Site),
    /// A site and the place it is read at.
    Reading(Site),
    Reader {
        epochs: usize,
        lr: f64,
    },
    Reference(Reference),
    /// A name inside a task.
    Node(NodeId),
    Draw(DrawValue),
}

/// Training time; `epochs` waits for an epoch to have a length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duration {
    pub steps: f64,
    pub epochs: f64,
}

/// A sublayer whose width is still to come.
#[derive(Clone, Debug)]
pub enum LayerValue {
    Attention { heads: usize, span: Span },
    Mlp { ratio: f64, activation: crate::program::model::Activation },
}

impl LayerValue {
    /// The sublayer at a width, if it has one there.
    pub fn at_width(&self, width: usize) -> Sublayer {
        match *self {
            Self::Attention { heads, .. } => Sublayer::Attention { heads },
            Self::Mlp { ratio, activation, .. } => {
                Sublayer::Mlp { hidden: (ratio * width as f64).round() as usize, activation }
            }
        }
    }
}

/// A stage before its durations are in steps.
#[derive(Clone, Debug)]
pub struct StageValue {
    pub name: String,
    pub train: Vec<(Rc<Task>, f64)>,
    pub length: Duration,
    pub length_span: Span,
    pub reset: bool,
}

/// A weighted sum.
#[derive(Clone, Debug)]
pub struct LossValue(pub Vec<(f64, TermValue)>);

/// A part of a loss.
#[derive(Clone, Debug)]
pub enum TermValue {
    Icl,
    Readout { probe: Rc<ProbeValue>, span: Span },
}

/// A probe, resolved.
#[derive(Clone, Debug)]
pub struct ProbeValue {
    pub name: String,
    pub task: Rc<Task>,
    pub site: Site,
    pub site_span: Span,
    pub context: Context,
    /// The name of the task that is predicted, and its place.
    pub predict: String,
    pub node: NodeId,
    pub epochs: usize,
    pub lr: f64,
}

/// A score of a task at some of its predictions.
#[derive(Clone, Debug)]
pub struct MetricValue {
    pub task: Rc<Task>,
    pub score: Score,
    pub at: Position,
}

/// A distribution inside a task.
#[derive(Clone, Debug)]
pub enum DrawValue {
    Uniform { classes: usize },
    Permutations { sizes: Vec<usize> },
    Rows { data: Rc<ShapesSpec> },
}

impl Value {
    /// A whole number.
    pub fn count(value: usize) -> Self {
        Self::Number { value: value as f64, whole: true }
    }

    /// What it is, in the words of messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Poison => "something faulty".into(),
            Self::Bool(_) => "a truth value".into(),
            Self::Number { value, .. } if *value < 0.0 => "a negative number".into(),
            Self::Number { whole: true, .. } => "a count".into(),
            Self::Number { .. } => "a real number".into(),
            Self::Duration(_) => "a duration".into(),
            Self::Quantity { dimension, .. } => format!("a number of {dimension:?}").to_lowercase(),
            Self::Text(_) => "text".into(),
            Self::Word(_) => "a word".into(),
            Self::List(items) => format!("a list of {}", items.len()),
            Self::Tuple(items) => format!("a tuple of {}", items.len()),
            Self::Module(_) => "a module".into(),
            Self::Item => "an item that needs arguments".into(),
            Self::Builtin => "a builtin that needs arguments".into(),
            Self::Data(_) => "a data source".into(),
            Self::Array(_) => "an array".into(),
            Self::Task(_) => "a task".into(),
            Self::Mixture(_) => "a mixture of tasks".into(),
            Self::Model(_) => "a model".into(),
            Self::Layer(_) => "a layer".into(),
            Self::Curriculum(_) => "a curriculum".into(),
            Self::Optimizer(_) => "an optimizer".into(),
            Self::Loss(_) => "a loss".into(),
            Self::Probe(_) => "a probe".into(),
            Self::Metric(_) => "a metric".into(),
            Self::Site(_) => "a site without a place".into(),
            Self::Reading(_) => "a site".into(),
            Self::Reader { .. } => "a reader".into(),
            Self::Reference(_) => "a reference".into(),
            Self::Node(_) => "a name of a task".into(),
            Self::Draw(_) => "a distribution".into(),
        }
    }
}

/// How many values a list holds, those of lists inside it included, and how deep it goes.
pub fn extent(items: &[Value]) -> (usize, usize) {
    let inside = items.iter().map(|item| match item {
        Value::List(items) | Value::Tuple(items) => extent(items),
        _ => (0, 0),
    });
    let (count, depth) = inside.fold((0, 0), |(count, depth), (more, deep)| (count + more, depth.max(deep)));
    (items.len() + count, depth + 1)
}
