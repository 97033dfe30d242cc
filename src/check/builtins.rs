//! What builtins come to when they are called.

use super::Checker;
use super::evaluate::Given;
use super::value::{DrawValue, LayerValue, LossValue, MetricValue, TermValue, Value};
use crate::data::{ArraySource, ShapesSpec};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::model::{Activation, Site};
use crate::program::task::Reference;
use crate::program::training::{Optimizer, Position, Score};
use crate::registry::{builtin, nearest};
use std::rc::Rc;

/// The arguments of a call, matched to parameters; `None` where the default stands.
pub struct Bound {
    values: Vec<Option<(Value, Span)>>,
}

impl Bound {
    /// What was given at a place.
    pub fn given(&mut self, place: usize) -> Option<(Value, Span)> {
        self.values.get_mut(place).and_then(Option::take)
    }

    /// What was given at a builtin's place, `none` counting as nothing.
    fn take(&mut self, place: usize) -> Option<(Value, Span)> {
        self.values.get_mut(place).and_then(Option::take).filter(|(value, _)| !matches!(value, Value::Word("none")))
    }
}

impl Checker {
    /// A builtin as a bare name: a word, or a call without arguments.
    pub fn bare_builtin(&mut self, name: &'static str, span: Span) -> Value {
        let Some(known) = builtin(name) else { return Value::Poison };
        if known.gives == "word" {
            return Value::Word(known.name);
        }
        if known.params.iter().all(|param| param.default.is_some()) && !known.open {
            return self.builtin(name, Vec::new(), span);
        }
        if !known.runs {
            return self.later(&format!("`{name}`"), span);
        }
        Value::Builtin(known.name)
    }

    /// Matches arguments to parameter names; misspelt names count as their nearest.
    pub fn bind(&mut self, what: &str, names: &[&str], defaults: &[bool], given: Vec<Given>, span: Span) -> Option<Bound> {
        let mut values: Vec<Option<(Value, Span)>> = names.iter().map(|_| None).collect();
        let mut next = 0;
        for given in given {
            let place = match &given.name {
                Some(name) => {
                    let meant = if names.contains(&name.as_str()) { Some(name.as_str()) } else { nearest(name, names.iter().copied()) };
                    let Some(place) = meant.and_then(|meant| names.iter().position(|known| *known == meant)) else { continue };
                    place
                }
                None => {
                    while values.get(next).is_some_and(Option::is_some) {
                        next += 1;
                    }
                    if next >= names.len() {
                        let title = format!("{what} takes {} arguments", names.len());
                        let help = if names.is_empty() { "take it away".into() } else { format!("its arguments: {}", names.join(", ")) };
                        self.report(Diagnostic::error("E0204", title, given.span, "one too many").help(help));
                        return None;
                    }
                    next
                }
            };
            if values[place].is_some() {
                let title = format!("`{}` is given twice", names[place]);
                self.fault("E0208", title, given.span, "the second");
                continue;
            }
            values[place] = Some((given.value, given.span));
        }
        let missing = (0..names.len()).find(|&place| values[place].is_none() && !defaults[place]);
        if let Some(place) = missing {
            let title = format!("{what} needs `{}`", names[place]);
            let help = format!("add `{}: ...`", names[place]);
            self.report(Diagnostic::error("E0209", title, span, "argument missing").help(help));
            return None;
        }
        Some(Bound { values })
    }

    /// The value of a call of a builtin.
    pub fn builtin(&mut self, name: &'static str, given: Vec<Given>, span: Span) -> Value {
        let Some(known) = builtin(name) else { return Value::Poison };
        if !known.runs {
            return self.later(&format!("`{name}`"), span);
        }
        let names: Vec<&str> = known.params.iter().map(|param| param.name).collect();
        let defaults: Vec<bool> = known.params.iter().map(|param| param.default.is_some()).collect();
        let Some(mut bound) = self.bind(&format!("`{name}`"), &names, &defaults, given, span) else { return Value::Poison };
        if bound.values.iter().flatten().any(|(value, _)| matches!(value, Value::Poison)) {
            return Value::Poison;
        }
        self.apply(name, &mut bound, span).unwrap_or(Value::Poison)
    }

    fn apply(&mut self, name: &'static str, bound: &mut Bound, span: Span) -> Option<Value> {
        match name {
            "log" | "exp" | "sqrt" | "abs" => self.elementwise(name, bound),
            "mean" | "sum" | "max" | "min" => self.fold(name, bound),
            "uniform" => {
                let (value, at) = bound.take(0)?;
                let classes = self.positive(&value, at)?;
                Some(Value::Draw(DrawValue::Uniform { classes }))
            }
            "permutations" => {
                let sizes = self.counts(bound.take(0)?)?;
                Some(Value::Draw(DrawValue::Permutations { sizes }))
            }
            "rows" => {
                let (value, at) = bound.take(0)?;
                match value {
                    Value::Data(data) => Some(Value::Draw(DrawValue::Rows { data })),
                    other => Some(self.mismatch("a data source", &other, at)),
                }
            }
            "shapes3d" => self.shapes(bound, span),
            "array" => self.array(bound),
            "levels" => {
                let loss = bound.take(0).and_then(|(value, at)| self.number(&value, at));
                let accuracy = bound.take(1).and_then(|(value, at)| self.number(&value, at));
                Some(Value::Reference(Reference::Levels { loss, accuracy }))
            }
            "posterior" => Some(Value::Reference(Reference::Posterior)),
            "repeat" => self.repeat(bound),
            "attention" => {
                let (value, at) = bound.take(0)?;
                let heads = self.positive(&value, at)?;
                Some(Value::Layer(LayerValue::Attention { heads, span: at }))
            }
            "mlp" => self.mlp(bound),
            "adam" => self.adam(bound),
            "icl" => Some(Value::Loss(Self::icl())),
            "readout" => self.readout(bound, span),
            "residual" => {
                let (value, at) = bound.take(0)?;
                if matches!(value, Value::Word("all")) {
                    return Some(self.later("`after: all`", at));
                }
                Some(Value::Site(Site::Residual(self.whole(&value, at)?)))
            }
            "linear" => {
                let epochs = match bound.take(0) {
                    Some((value, at)) => self.positive(&value, at)?,
                    None => 1,
                };
                let lr = self.rate(bound.take(1), 1e-3)?;
                Some(Value::Reader { epochs, lr })
            }
            "accuracy" => self.metric(bound, Score::Accuracy),
            "cross_entropy" => self.metric(bound, Score::CrossEntropy),
            "rmst" => Some(self.fault("E0301", "`rmst` compares arms in `expect` lines only", span, "not a value here")),
            _ => Some(Value::Poison),
        }
    }

    fn elementwise(&mut self, name: &str, bound: &mut Bound) -> Option<Value> {
        let (value, at) = bound.take(0)?;
        if let Value::List(items) = value {
            let each = items.into_iter().map(|item| {
                let mut inner = Bound { values: vec![Some((item, at))] };
                self.elementwise(name, &mut inner)
            });
            return Some(Value::List(each.collect::<Option<Vec<_>>>()?));
        }
        let x = self.number(&value, at)?;
        if (name == "log" && x <= 0.0) || (name == "sqrt" && x < 0.0) {
            return Some(self.fault("E0302", format!("`{name}` of {x} is not a number"), at, "out of its domain"));
        }
        Some(Value::real(match name {
            "log" => libm::log(x),
            "exp" => libm::exp(x),
            "sqrt" => x.sqrt(),
            _ => x.abs(),
        }))
    }

    fn fold(&mut self, name: &str, bound: &mut Bound) -> Option<Value> {
        let (value, at) = bound.take(0)?;
        let Value::List(items) = value else { return Some(self.mismatch("a list", &value, at)) };
        let whole = items.iter().all(|item| matches!(item, Value::Number { whole: true, .. }));
        let numbers = items.iter().map(|item| self.number(item, at)).collect::<Option<Vec<f64>>>()?;
        if numbers.is_empty() {
            return Some(self.fault("E0302", format!("`{name}` of an empty list is not a number"), at, "no items"));
        }
        let sum: f64 = numbers.iter().sum();
        Some(match name {
            "mean" => Value::real(sum / numbers.len() as f64),
            "sum" => Value::Number { value: sum, whole },
            "max" => Value::Number { value: numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max), whole },
            _ => Value::Number { value: numbers.iter().copied().fold(f64::INFINITY, f64::min), whole },
        })
    }

    fn counts(&mut self, (value, at): (Value, Span)) -> Option<Vec<usize>> {
        match value {
            Value::List(items) => items.iter().map(|item| self.positive(item, at)).collect(),
            other => {
                self.mismatch("a list of counts", &other, at);
                None
            }
        }
    }

    fn shapes(&mut self, bound: &mut Bound, span: Span) -> Option<Value> {
        let mut spec = ShapesSpec { values: [10, 10, 10, 8, 4, 15], width: 768, entangled: 0.5, embedding: None };
        if let Some(given) = bound.take(0) {
            let at = given.1;
            let counts = self.counts(given)?;
            let Ok(values) = <[usize; 6]>::try_from(counts.as_slice()) else {
                let title = format!("`values` has {} counts for 6 factors", counts.len());
                let help = "give one for each of floor hue, wall hue, object hue, scale, shape, orientation";
                self.report(Diagnostic::error("E0302", title, at, "wrong length").help(help));
                return None;
            };
            spec.values = values;
        }
        if let Some((value, at)) = bound.take(1) {
            spec.width = self.positive(&value, at)?;
        }
        if let Some((value, at)) = bound.take(2) {
            spec.entangled = self.number(&value, at)?;
        }
        if let Some((value, at)) = bound.take(3) {
            let Value::Array(array) = value else { return Some(self.mismatch("array(...)", &value, at)) };
            spec.embedding = Some(array);
            // An embedding that exists says how wide it is.
            spec.width = self.array_width.unwrap_or(spec.width);
        }
        match spec.check() {
            Ok(()) => Some(Value::Data(Rc::new(spec))),
            Err(reason) => {
                self.report(Diagnostic::error("E0302", reason.reason(), span, "this data source").help(reason.cure()));
                None
            }
        }
    }

    fn repeat(&mut self, bound: &mut Bound) -> Option<Value> {
        let (times, at) = bound.take(0)?;
        let times = self.positive(&times, at)?;
        let (items, span) = bound.take(1)?;
        let Value::List(items) = items else { return Some(self.mismatch("a list", &items, span)) };
        if times * items.len() > 10_000 {
            return Some(self.fault("E0302", "this list has over 10,000 items", at, "too long"));
        }
        Some(Value::List((0..times).flat_map(|_| items.iter().cloned()).collect()))
    }

    fn mlp(&mut self, bound: &mut Bound) -> Option<Value> {
        let ratio = match bound.take(0) {
            Some((value, at)) => {
                let ratio = self.number(&value, at)?;
                if ratio <= 0.0 {
                    return Some(self.fault("E0302", "`ratio` must be above 0", at, "not positive"));
                }
                ratio
            }
            None => 4.0,
        };
        let activation = match bound.take(1) {
            None | Some((Value::Word("gelu"), _)) => Activation::Gelu,
            Some((Value::Word("relu"), _)) => Activation::Relu,
            Some((other, at)) => return Some(self.mismatch("gelu or relu", &other, at)),
        };
        Some(Value::Layer(LayerValue::Mlp { ratio, activation }))
    }

    fn rate(&mut self, given: Option<(Value, Span)>, default: f64) -> Option<f64> {
        let Some((value, at)) = given else { return Some(default) };
        let rate = self.number(&value, at)?;
        if rate > 0.0 && rate.is_finite() {
            return Some(rate);
        }
        self.fault("E0302", "a learning rate must be above 0", at, "not positive");
        None
    }

    fn adam(&mut self, bound: &mut Bound) -> Option<Value> {
        let lr = self.rate(bound.take(0), 1e-3)?;
        let (beta1, beta2) = match bound.take(1) {
            None => (0.9, 0.999),
            Some((Value::Tuple(items), at)) if items.len() == 2 => {
                let betas = (self.number(&items[0], at)?, self.number(&items[1], at)?);
                if !(0.0..1.0).contains(&betas.0) || !(0.0..1.0).contains(&betas.1) {
                    return Some(self.fault("E0302", "betas lie from 0 up to, not including, 1", at, "out of range"));
                }
                betas
            }
            Some((other, at)) => return Some(self.mismatch("two numbers, `(0.9, 0.999)`", &other, at)),
        };
        let eps = self.rate(bound.take(2), 1e-8)?;
        Some(Value::Optimizer(Optimizer::Adam { lr, beta1, beta2, eps }))
    }

    fn readout(&mut self, bound: &mut Bound, span: Span) -> Option<Value> {
        let (value, at) = bound.take(0)?;
        let Value::Probe(probe) = value else { return Some(self.mismatch("a probe", &value, at)) };
        if let Some((other, at)) = bound.take(1).filter(|(value, _)| !matches!(value, Value::Word("full"))) {
            return Some(self.mismatch("full", &other, at));
        }
        match bound.take(2)? {
            (Value::Word("output"), _) => Some(Value::Loss(LossValue(vec![(1.0, TermValue::Readout { probe, span })]))),
            (Value::Site(_) | Value::Reading(_), at) => Some(self.later("a read-out loss at another site than `output`", at)),
            (other, at) => Some(self.mismatch("output", &other, at)),
        }
    }

    fn metric(&mut self, bound: &mut Bound, score: Score) -> Option<Value> {
        let (value, at) = bound.take(0)?;
        match value {
            Value::Task(task) => Some(Value::Metric(MetricValue { task, score, at: Position::All })),
            other => Some(self.mismatch("a task", &other, at)),
        }
    }

    fn array(&mut self, bound: &mut Bound) -> Option<Value> {
        let (path, at) = bound.take(0)?;
        let Value::Text(path) = path else { return Some(self.mismatch("a path in quotes", &path, at)) };
        let key = match bound.take(1) {
            None => None,
            Some((Value::Text(key), _)) => Some(key),
            Some((other, at)) => return Some(self.mismatch("a name in quotes", &other, at)),
        };
        let full = self.folder.join(path);
        match crate::data::inspect(&full, key.as_deref()) {
            Ok(info) => {
                self.array_width = Some(info.width);
                Some(Value::Array(ArraySource { path: full.display().to_string(), key, hash: info.hash }))
            }
            Err(reason) => {
                self.report(Diagnostic::error("E0314", reason.reason(), at, "this file").help(reason.cure()));
                None
            }
        }
    }
}
