//! What expressions of a program come to while it is checked.
//!
//! Inside an item with parameters a value may depend on them: numbers are then polynomials ([`Size`]), and everything
//! else is `Unknown` of its kind. `Poison` stands for what a finding was already made of and stays silent.

use crate::check::values::shape::{Element, Shape};
use crate::check::values::size::Size;
use crate::data::{ArraySource, Source};
use crate::diagnostic::Span;
use crate::program::model::{Activation, Context, Model, Place, Site, Sublayer};
use crate::program::task::{NodeId, Reference, Scored, Task};
use crate::program::training::{Position, Reader, Score, Shape as Way};
use crate::registry::{Dimension, Kind};
use std::rc::Rc;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    Poison,
    /// Something of a kind that depends on a parameter.
    Unknown(Kind),
    Bool(bool),
    Number {
        value: Size,
        whole: bool,
    },
    Duration(Duration),
    /// A number of sequences, evaluations and so on.
    Quantity {
        value: f64,
        dimension: Dimension,
    },
    Text(String),
    Word(Rc<str>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    /// Numbers that depend on a parameter, such as the sizes of a data source that is one.
    Series {
        name: String,
        whole: bool,
        shape: Vec<Size>,
    },
    /// `a -> b`.
    Arrow(Box<Value>, Box<Value>),
    Schedule(ScheduleValue),
    Module(usize),
    /// An item of a module without the arguments that it needs, and the kind that it makes with them.
    Item(Option<Kind>),
    /// A builtin without the arguments that it needs.
    Builtin,
    Data(Rc<Source>),
    /// A data source that is a parameter, by its name.
    UnknownData(String),
    Array(ArraySource),
    Task(Rc<Task>),
    Mixture(Vec<(Rc<Task>, f64)>),
    Model(Rc<Model>),
    Layer(LayerValue),
    Curriculum(Rc<Vec<StageValue>>),
    Optimizer(Rc<OptimizerValue>),
    Loss(LossValue),
    Probe(Rc<ProbeValue>),
    Metric(Rc<MetricValue>),
    Site(Site),
    /// A site and the place it is read at.
    Reading(Site, Place),
    Reader(Reader),
    /// Ridge regression, which is a reference and a reader.
    Ridge(f64),
    Reference(Reference),
    Predictions(Scored),
    Intervention(Rc<InterventionValue>),
    /// `accuracy(t) > 90%`, which ends a stage.
    Guard(Rc<GuardValue>),
    /// A name inside a task, or an expression of such names.
    Node(NodeId),
    Draw(Rc<DrawValue>),
}

/// Training time; `epochs` waits for an epoch to have a length, `elapsed` for the stage to be entered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Duration {
    pub steps: f64,
    pub epochs: f64,
    pub elapsed: f64,
}

/// A schedule before its durations are in steps.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleValue {
    pub way: Way,
    pub from: f64,
    pub to: f64,
    /// From start to arrival.
    pub over: Duration,
    /// Of a ramp, the time of one increment.
    pub every: Duration,
    pub whole: bool,
    pub span: Span,
}

/// A number that may change over training.
#[derive(Clone, Debug, PartialEq)]
pub enum RateValue {
    Constant(f64),
    Schedule(ScheduleValue),
}

/// A sublayer whose width is still to come.
#[derive(Clone, Debug)]
pub enum LayerValue {
    Attention { heads: usize, linear: bool, dropout: f64, span: Span },
    Mlp { ratio: f64, activation: Activation, dropout: f64, span: Span },
}

impl LayerValue {
    /// The sublayer at a width, if it has one there.
    pub fn at_width(&self, width: usize) -> Sublayer {
        match *self {
            Self::Attention { heads, linear, dropout, .. } => Sublayer::Attention { heads, linear, dropout },
            Self::Mlp { ratio, activation, dropout, .. } => {
                Sublayer::Mlp { hidden: (ratio * width as f64).round() as usize, activation, dropout }
            }
        }
    }
}

/// An optimizer whose learning rate may be a schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizerValue {
    pub rule: Rule,
    pub lr: RateValue,
}

/// The rules of optimizers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    Adam { betas: (f64, f64), eps: f64 },
    Adamw { betas: (f64, f64), eps: f64, weight_decay: f64 },
    Sgd { momentum: f64, weight_decay: f64 },
}

/// A stage before its durations are in steps.
#[derive(Clone, Debug)]
pub struct StageValue {
    pub name: String,
    pub train: Vec<(Rc<Task>, f64)>,
    /// Of ramped tasks, where their schedules stand, task by task.
    pub ramps: Vec<RampedTask>,
    /// `for`, or `at_most` of a stage that ends by a guard.
    pub length: Duration,
    pub length_span: Span,
    pub guard: Option<Rc<GuardValue>>,
    pub reset: bool,
    pub loss: Option<LossValue>,
}

/// A task whose arguments change while it is trained.
#[derive(Clone, Debug)]
pub struct RampedTask {
    pub task: usize,
    pub ramps: Vec<ScheduleValue>,
}

/// What ends a stage.
#[derive(Clone, Debug)]
pub struct GuardValue {
    pub metric: Rc<MetricValue>,
    pub above: bool,
    pub than: f64,
    pub held: u64,
    /// Where it says how long it must hold.
    pub held_span: Span,
}

/// A weighted sum.
#[derive(Clone, Debug)]
pub struct LossValue(pub Vec<(RateValue, TermValue)>);

/// A part of a loss.
#[derive(Clone, Debug)]
pub enum TermValue {
    Icl,
    Readout { probe: Rc<ProbeValue>, context: Context, site: Site, place: Place, span: Span },
}

/// A probe, resolved.
#[derive(Clone, Debug)]
pub struct ProbeValue {
    pub name: String,
    pub task: Rc<Task>,
    pub site: Site,
    pub place: Place,
    pub site_span: Span,
    pub context: Context,
    /// The names of the task that are predicted.
    pub predict: Vec<(String, NodeId)>,
    pub reader: Reader,
}

/// A number at every evaluation.
#[derive(Clone, Debug)]
pub struct MetricValue {
    /// The task it is a score of, where it is one.
    pub task: Option<Rc<Task>>,
    pub kind: MetricKind,
    pub span: Span,
}

/// What a metric looks at.
#[derive(Clone, Debug)]
pub enum MetricKind {
    Score {
        score: Score,
        at: Position,
        only: Option<Rc<crate::program::condition::Condition>>,
        under: Option<Rc<InterventionValue>>,
        /// Whether it is taken on training sequences.
        training: bool,
    },
    /// A measure of the inside by its name in the registry, with its numbers.
    Inside { measure: &'static str, numbers: Vec<usize> },
}

/// A change of the model whose times are not in steps yet.
#[derive(Clone, Debug)]
pub struct InterventionValue {
    pub change: crate::program::training::Change,
    pub from: Option<Duration>,
    pub until: Option<Duration>,
    /// The file that attention is clamped to.
    pub array: Option<(ArraySource, Span)>,
    pub span: Span,
}

/// A distribution, drawn from inside a task.
#[derive(Clone, Debug)]
pub struct DrawValue {
    pub distribution: &'static str,
    /// In the order of the registry's parameters, but for `first`.
    pub args: Vec<Option<Value>>,
    /// Of a mixture: the share of each argument, which is a distribution.
    pub shares: Vec<f64>,
    /// Of one draw.
    pub element: Element,
    pub shape: Vec<Size>,
    /// Independent copies.
    pub copies: Vec<Size>,
    /// What stands at the first position of a recurrence.
    pub first: Option<(Value, Span)>,
    pub span: Span,
}

impl DrawValue {
    /// The shape with its copies.
    pub fn whole_shape(&self) -> Shape {
        self.copies.iter().chain(&self.shape).cloned().collect()
    }
}

impl Value {
    /// A known number.
    pub fn number(value: f64, whole: bool) -> Self {
        Self::Number { value: Size::Known(value), whole }
    }

    /// A whole number.
    pub fn count(value: usize) -> Self {
        Self::number(value as f64, true)
    }

    /// A word of the language.
    pub fn word(text: &str) -> Self {
        Self::Word(Rc::from(text))
    }

    /// Whether it is this word.
    pub fn is_word(&self, text: &str) -> bool {
        matches!(self, Self::Word(word) if &**word == text)
    }

    /// Whether it depends on a parameter, so that it is known only where the item is called.
    pub fn open(&self) -> bool {
        match self {
            Self::Unknown(_) | Self::UnknownData(_) | Self::Series { .. } => true,
            Self::Number { value, .. } => value.known().is_none(),
            Self::List(items) | Self::Tuple(items) => items.iter().any(Self::open),
            Self::Arrow(from, to) => from.open() || to.open(),
            Self::Draw(draw) => draw.args.iter().flatten().any(Self::open),
            _ => false,
        }
    }

    /// What it is, in the words of messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Poison => "something faulty".into(),
            Self::Unknown(kind) => kind.to_string(),
            Self::Bool(_) => "a truth value".into(),
            Self::Number { value, .. } if value.known().is_some_and(|value| value < 0.0) => "a negative number".into(),
            Self::Number { whole: true, .. } => "a count".into(),
            Self::Number { .. } => "a real number".into(),
            Self::Duration(_) => "a duration".into(),
            Self::Quantity { dimension, .. } => format!("a number of {dimension:?}").to_lowercase(),
            Self::Text(_) => "text".into(),
            Self::Word(_) => "a word".into(),
            Self::List(items) => format!("a list of {}", items.len()),
            Self::Tuple(items) => format!("a tuple of {}", items.len()),
            Self::Series { .. } => "a list of numbers".into(),
            Self::Arrow(..) => "a span".into(),
            Self::Schedule(_) => "a schedule".into(),
            Self::Module(_) => "a module".into(),
            Self::Item(None) => "an item that needs arguments".into(),
            Self::Item(Some(kind)) => format!("{kind} that needs arguments"),
            Self::Builtin => "a builtin that needs arguments".into(),
            Self::Data(_) | Self::UnknownData(_) => "a data source".into(),
            Self::Array(_) => "an array in a file".into(),
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
            Self::Reading(..) => "a site".into(),
            Self::Reader(_) | Self::Ridge(_) => "a reader".into(),
            Self::Reference(_) => "a reference".into(),
            Self::Predictions(_) => "a choice of predictions".into(),
            Self::Intervention(_) => "an intervention".into(),
            Self::Guard(_) => "a comparison of a metric".into(),
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
