//! What builtins come to when they are called.

use super::Checker;
use super::evaluate::Given;
use super::limits;
use super::value::{DrawValue, LayerValue, LossValue, MetricValue, TermValue, Value, extent};
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
}

impl Checker {
    /// A builtin as a bare name: a word, or a call without arguments.
    pub fn bare_builtin(&mut self, name: &'static str, span: Span) -> Value {
        let Some(known) = builtin(name) else { return Value::Poison };
        if !known.runs {
            return self.later(&format!("`{name}`"), span);
        }
        if known.gives == "word" {
            return Value::Word(known.name);
        }
        if known.params.iter().all(|param| param.default.is_some()) && !known.open {
            return self.builtin(name, Vec::new(), span);
        }
        Value::Builtin
    }

    /// Matches arguments to parameter names; misspelt names count as their nearest.
    pub fn bind(
        &mut self,
        what: &str,
        names: &[&str],
        defaults: &[bool],
        given: Vec<Given>,
        span: Span,
    ) -> Option<Bound> {
        let mut values: Vec<Option<(Value, Span)>> = names.iter().map(|_| None).collect();
        let mut next = 0;
        // An argument that nothing takes was told by the first pass; it may be the one that is missing.
        let mut lost = false;
        for given in given {
            let place = match &given.name {
                Some(name) => {
                    let meant = if names.contains(&name.as_str()) {
                        Some(name.as_str())
                    } else {
                        nearest(name, names.iter().copied())
                    };
                    match meant.and_then(|meant| names.iter().position(|known| *known == meant)) {
                        Some(place) if *name == names[place] || values[place].is_none() => place,
                        _ => {
                            lost = true;
                            continue;
                        }
                    }
                }
                None => {
                    while values.get(next).is_some_and(Option::is_some) {
                        next += 1;
                    }
                    if next >= names.len() {
                        let title = match names.len() {
                            0 => format!("{what} takes no arguments"),
                            1 => format!("{what} takes 1 argument"),
                            many => format!("{what} takes {many} arguments"),
                        };
                        let help = match names {
                            [] => "take it away".into(),
                            names => format!("take it away; the arguments are {}", names.join(", ")),
                        };
                        self.report(Diagnostic::error("E0204", title, given.span, "one too many").help(help));
                        return None;
                    }
                    next
                }
            };
            if values[place].is_some() {
                let title = format!("`{}` is given twice", names[place]);
                self.fault("E0208", title, given.span, "the second", "keep one of them");
                continue;
            }
            values[place] = Some((given.value, given.span));
        }
        let missing = (0..names.len()).find(|&place| values[place].is_none() && !defaults[place]);
        if let Some(place) = missing {
            if lost {
                return None;
            }
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
        let Some(mut bound) = self.bind(&format!("`{name}`"), &names, &defaults, given, span) else {
            return Value::Poison;
        };
        // `none` stands for nothing where nothing is the default.
        for (given, param) in bound.values.iter_mut().zip(known.params) {
            if param.default == Some("none") && matches!(given, Some((Value::Word("none"), _))) {
                *given = None;
            }
        }
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
                let (value, at) = bound.given(0)?;
                let classes = self.bounded(&value, at, limits::CLASSES, "a number of labels")?;
                Some(Value::Draw(DrawValue::Uniform { classes }))
            }
            "permutations" => {
                let given = bound.given(0)?;
                let at = given.1;
                let sizes = self.counts(given, limits::PERMUTATION, "the size of a permutation")?;
                if sizes.is_empty() || sizes.len() > limits::PERMUTATION {
                    let help = "give the size of at least one permutation";
                    return Some(self.fault(
                        "E0302",
                        format!("there cannot be {} permutations", sizes.len()),
                        at,
                        "this list",
                        help,
                    ));
                }
                Some(Value::Draw(DrawValue::Permutations { sizes }))
            }
            "rows" => {
                let (value, at) = bound.given(0)?;
                match value {
                    Value::Data(data) => Some(Value::Draw(DrawValue::Rows { data })),
                    other => Some(self.mismatch("a data source", &other, at)),
                }
            }
            "shapes3d" => self.shapes(bound, span),
            "array" => self.array(bound),
            "levels" => {
                let loss = bound.given(0).and_then(|(value, at)| self.number(&value, at));
                let accuracy = bound.given(1).and_then(|(value, at)| self.number(&value, at));
                Some(Value::Reference(Reference::Levels { loss, accuracy }))
            }
            "posterior" => Some(Value::Reference(Reference::Posterior)),
            "repeat" => self.repeat(bound),
            "attention" => {
                let (value, at) = bound.given(0)?;
                let heads = self.bounded(&value, at, limits::WIDTH, "a number of heads")?;
                Some(Value::Layer(LayerValue::Attention { heads, span: at }))
            }
            "mlp" => self.mlp(bound),
            "adam" => self.adam(bound),
            "icl" => Some(Value::Loss(Self::icl())),
            "readout" => self.readout(bound, span),
            "residual" => {
                let (value, at) = bound.given(0)?;
                if matches!(value, Value::Word("all")) {
                    return Some(self.later("`after: all`", at));
                }
                Some(Value::Site(Site::Residual(self.whole(&value, at)?)))
            }
            "linear" => {
                let epochs = match bound.given(0) {
                    Some((value, at)) => {
                        self.bounded(&value, at, limits::READER_EPOCHS, "a number of epochs of a reader")?
                    }
                    None => 1,
                };
                let lr = self.rate(bound.given(1), 1e-3, "a learning rate")?;
                Some(Value::Reader { epochs, lr })
            }
            "accuracy" => self.metric(bound, Score::Accuracy),
            "cross_entropy" => self.metric(bound, Score::CrossEntropy),
            "rmst" => Some(self.fault(
                "E0301",
                "`rmst` compares arms in `expect` lines only",
                span,
                "not a value here",
                "write `expect rmst(a) < rmst(b)`",
            )),
            _ => builtin(name).filter(|known| known.gives == "word").map(|known| Value::Word(known.name)),
        }
    }

    fn elementwise(&mut self, name: &str, bound: &mut Bound) -> Option<Value> {
        let (value, at) = bound.given(0)?;
        if let Value::List(items) = value {
            let each = items.into_iter().map(|item| {
                let mut inner = Bound { values: vec![Some((item, at))] };
                self.elementwise(name, &mut inner)
            });
            return Some(Value::List(each.collect::<Option<Vec<_>>>()?));
        }
        let x = self.number(&value, at)?;
        if (name == "log" && x <= 0.0) || (name == "sqrt" && x < 0.0) {
            return Some(self.fault(
                "E0302",
                format!("`{name}` of {x} is not a number"),
                at,
                "out of its domain",
                "apply it to larger numbers",
            ));
        }
        let result = match name {
            "log" => libm::log(x),
            "exp" => libm::exp(x),
            "sqrt" => x.sqrt(),
            _ => x.abs(),
        };
        Some(self.finite(result, false, at))
    }

    fn fold(&mut self, name: &str, bound: &mut Bound) -> Option<Value> {
        let (value, at) = bound.given(0)?;
        let Value::List(items) = value else { return Some(self.mismatch("a list", &value, at)) };
        let whole = items.iter().all(|item| matches!(item, Value::Number { whole: true, .. }));
        let numbers = items.iter().map(|item| self.number(item, at)).collect::<Option<Vec<f64>>>()?;
        if numbers.is_empty() {
            return Some(self.fault(
                "E0302",
                format!("`{name}` of an empty list is not a number"),
                at,
                "no items",
                "give it at least one number",
            ));
        }
        let sum: f64 = numbers.iter().sum();
        let (value, whole) = match name {
            "mean" => (sum / numbers.len() as f64, false),
            "sum" => (sum, whole),
            "max" => (numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max), whole),
            _ => (numbers.iter().copied().fold(f64::INFINITY, f64::min), whole),
        };
        Some(self.finite(value, whole, at))
    }

    fn counts(&mut self, (value, at): (Value, Span), most: usize, what: &str) -> Option<Vec<usize>> {
        match value {
            Value::List(items) => items.iter().map(|item| self.bounded(item, at, most, what)).collect(),
            other => {
                self.mismatch("a list of counts", &other, at);
                None
            }
        }
    }

    fn shapes(&mut self, bound: &mut Bound, span: Span) -> Option<Value> {
        let mut spec = ShapesSpec { values: [10, 10, 10, 8, 4, 15], width: 768, entangled: 0.5, embedding: None };
        if let Some(given) = bound.given(0) {
            let at = given.1;
            let counts = self.counts(given, limits::PERMUTATION, "a number of values")?;
            let Ok(values) = <[usize; 6]>::try_from(counts.as_slice()) else {
                let title = format!("`values` has {} counts for 6 factors", counts.len());
                let help = "give one for each of floor hue, wall hue, object hue, scale, shape, orientation";
                self.report(Diagnostic::error("E0302", title, at, "wrong length").help(help));
                return None;
            };
            spec.values = values;
        }
        if let Some((value, at)) = bound.given(1) {
            spec.width = self.positive(&value, at)?;
        }
        if let Some((value, at)) = bound.given(2) {
            spec.entangled = self.number(&value, at)?;
        }
        if let Some((value, at)) = bound.given(3) {
            let Value::Array(array) = value else { return Some(self.mismatch("`array(...)`", &value, at)) };
            spec.embedding = Some(array);
            // An embedding that exists says how wide it is.
            spec.width = self.array_width.unwrap_or(spec.width);
        }
        match spec.check() {
            Ok(()) if spec.attributes().is_empty() => {
                let help = "give some factor more than one value, as in `values: [4, 1, 4, 1, 4, 1]`";
                self.report(
                    Diagnostic::error("E0302", "these images do not differ in any factor", span, "one image")
                        .help(help),
                );
                None
            }
            Ok(()) => Some(Value::Data(Rc::new(spec))),
            Err(reason) => {
                self.report(Diagnostic::error("E0302", reason.reason(), span, "this data source").help(reason.cure()));
                None
            }
        }
    }

    fn repeat(&mut self, bound: &mut Bound) -> Option<Value> {
        let (times, at) = bound.given(0)?;
        let times = self.positive(&times, at)?;
        let (items, span) = bound.given(1)?;
        let Value::List(items) = items else { return Some(self.mismatch("a list", &items, span)) };
        let (count, _) = extent(&items);
        if times.saturating_mul(count.max(1)) > limits::LIST {
            self.too_large("a repetition", times as f64, (limits::LIST / count.max(1)) as f64, at);
            return None;
        }
        let repeated = (0..times).flat_map(|_| items.iter().cloned()).collect();
        Some(self.list(repeated, span))
    }

    fn mlp(&mut self, bound: &mut Bound) -> Option<Value> {
        let ratio = match bound.given(0) {
            Some((value, at)) => {
                let ratio = self.number(&value, at)?;
                if ratio <= 0.0 {
                    return Some(self.fault(
                        "E0302",
                        "`ratio` must be above 0",
                        at,
                        "not positive",
                        "write a number above 0, such as `4`",
                    ));
                }
                ratio
            }
            None => 4.0,
        };
        let activation = match bound.given(1) {
            None | Some((Value::Word("gelu"), _)) => Activation::Gelu,
            Some((Value::Word("relu"), _)) => Activation::Relu,
            Some((other, at)) => return Some(self.mismatch("`gelu` or `relu`", &other, at)),
        };
        Some(Value::Layer(LayerValue::Mlp { ratio, activation }))
    }

    fn rate(&mut self, given: Option<(Value, Span)>, default: f64, what: &str) -> Option<f64> {
        let Some((value, at)) = given else { return Some(default) };
        let rate = self.number(&value, at)?;
        if rate > 0.0 && rate.is_finite() {
            return Some(rate);
        }
        self.fault(
            "E0302",
            format!("{what} must be above 0"),
            at,
            "not positive",
            "write a small number, such as `1e-4`",
        );
        None
    }

    fn adam(&mut self, bound: &mut Bound) -> Option<Value> {
        let lr = self.rate(bound.given(0), 1e-3, "a learning rate")?;
        let (beta1, beta2) = match bound.given(1) {
            None => (0.9, 0.999),
            Some((Value::Tuple(items), at)) if items.len() == 2 => {
                let betas = (self.number(&items[0], at)?, self.number(&items[1], at)?);
                if !(0.0..1.0).contains(&betas.0) || !(0.0..1.0).contains(&betas.1) {
                    return Some(self.fault(
                        "E0302",
                        "betas lie from 0 up to, not including, 1",
                        at,
                        "out of range",
                        "write `betas: (0.9, 0.999)`",
                    ));
                }
                betas
            }
            Some((other, at)) => return Some(self.mismatch("a pair such as `(0.9, 0.999)`", &other, at)),
        };
        let eps = self.rate(bound.given(2), 1e-8, "`eps`")?;
        Some(Value::Optimizer(Optimizer::Adam { lr, beta1, beta2, eps }))
    }

    fn readout(&mut self, bound: &mut Bound, span: Span) -> Option<Value> {
        let (value, at) = bound.given(0)?;
        let Value::Probe(probe) = value else { return Some(self.mismatch("a probe", &value, at)) };
        if let Some((other, at)) = bound.given(1).filter(|(value, _)| !matches!(value, Value::Word("full"))) {
            return Some(self.mismatch("`full`", &other, at));
        }
        match bound.given(2)? {
            (Value::Word("output"), _) => Some(Value::Loss(LossValue(vec![(1.0, TermValue::Readout { probe, span })]))),
            (Value::Site(_) | Value::Reading(_), at) => {
                Some(self.later("a read-out loss at another site than `output`", at))
            }
            (other, at) => Some(self.mismatch("`output`", &other, at)),
        }
    }

    fn metric(&mut self, bound: &mut Bound, score: Score) -> Option<Value> {
        let (value, at) = bound.given(0)?;
        match value {
            Value::Task(task) => Some(Value::Metric(MetricValue { task, score, at: Position::All })),
            other => Some(self.mismatch("a task", &other, at)),
        }
    }

    fn array(&mut self, bound: &mut Bound) -> Option<Value> {
        let (path, at) = bound.given(0)?;
        let Value::Text(path) = path else { return Some(self.mismatch("a path in quotes", &path, at)) };
        let key = match bound.given(1) {
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
