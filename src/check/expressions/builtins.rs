//! What builtins come to when every argument is known: data, tasks, references, layers, optimizers, schedules, losses,
//! sites, readers, scores, interventions.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::task::functions::Given;
use crate::check::values::shape::{Element, Type};
use crate::check::values::value::{Duration, LayerValue, Value, extent};
use crate::data::pictures::ImageFile;
use crate::data::{ArraySource, ImageSource, ShapesSpec, Source};
use crate::diagnostic::{Diagnostic, Span};
use crate::pretrained::{self, Published};
use crate::program::model::{Activation, Family, Model, Pretrained, Site, Tokenizer};
use crate::program::task::{Op, Reference, Scope, Scored, Task};
use crate::program::training::{Reader, Score, Shape};
use crate::program::vocabulary::Vocabulary;
use crate::registry::{Builtin, Group, Kind};
use crate::syntax::tree::{Arg, ExprKind};
use std::rc::Rc;

/// The arguments of a form, taken one by one.
pub struct Bound(Given);

impl Bound {
    /// What was given at a place.
    pub fn given(&mut self, place: usize) -> Option<(Value, Span)> {
        self.0.get_mut(place).and_then(Option::take)
    }
}

impl Checker<'_> {
    /// The value of a form; `None` where a finding was made.
    pub fn apply(&mut self, form: &'static Builtin, given: Given, span: Span) -> Option<Value> {
        let bound = &mut Bound(given);
        match form.name {
            "shapes3d" => self.shapes(form, bound, span),
            "array" => self.array(bound),
            "table" => self.table(std::mem::take(&mut bound.0)),
            "fresh" => self.fresh(bound),
            "from" => {
                let (value, at) = bound.given(0)?;
                Some(Value::Predictions(Scored::From(self.whole(&value, at)?.axis()?)))
            }
            "levels" => {
                let loss = bound.given(0).and_then(|(value, at)| self.number(&value, at)).and_then(|n| n.known());
                let accuracy = bound.given(1).and_then(|(value, at)| self.number(&value, at)).and_then(|n| n.known());
                if loss.is_none() && accuracy.is_none() {
                    let help = "write `levels(loss: ..., accuracy: ...)`, or one of the two";
                    return Some(self.fault("E0209", "`levels` states no level", span, "of what?", help));
                }
                Some(Value::Reference(Reference::Levels { loss, accuracy }))
            }
            "posterior" => Some(Value::Reference(Reference::Posterior)),
            "ridge" => {
                let (value, at) = bound.given(0)?;
                Some(Value::Ridge(self.at_least_zero(&value, at, "lambda")?))
            }
            "constant" | "least_squares" | "averaging" | "lasso" | "nearest" | "ngram" | "posterior_mean" => {
                self.predictor(form, bound)
            }
            "repeat" => self.repeat(bound),
            "attention" => {
                let (value, at) = bound.given(0)?;
                let heads = self.bounded(&value, at, limits::WIDTH, "a number of heads")?.axis()?;
                let linear = bound.given(1).is_some_and(|(kernel, _)| kernel.is_word("linear"));
                let dropout = self.dropout(bound.given(2))?;
                Some(Value::Layer(LayerValue::Attention { heads, linear, dropout, span: at }))
            }
            "mlp" => self.mlp(bound, span),
            "pretrained" => self.pretrained(bound),
            "adam" | "adamw" | "sgd" => self.optimizer(form, bound),
            "ramp" => self.ramp(bound, span),
            "cosine" => self.schedule(Shape::Cosine, bound, span),
            "linear" if form.gives == Kind::Schedule => self.schedule(Shape::Linear, bound, span),
            "elapsed" => Some(Value::Duration(Duration { elapsed: 1.0, ..Duration::default() })),
            "icl" => Some(Value::Loss(Self::icl())),
            "readout" => self.readout(bound, span),
            "residual" => {
                let (value, at) = bound.given(0)?;
                if value.is_word("all") {
                    return Some(Value::Site(Site::Everywhere));
                }
                Some(Value::Site(Site::Residual(self.whole(&value, at)?.axis()?)))
            }
            "output" => Some(Value::Site(Site::Output)),
            "attention_out" => Some(Value::Site(Site::AttentionOut(self.index_of(bound, 0)?))),
            "mlp_out" => Some(Value::Site(Site::MlpOut(self.index_of(bound, 0)?))),
            "pattern" => Some(Value::Site(Site::Pattern(self.index_of(bound, 0)?, self.index_of(bound, 1)?))),
            "head" => Some(Value::Site(Site::Head(self.index_of(bound, 0)?, self.index_of(bound, 1)?))),
            "linear" => {
                let epochs = match bound.given(0) {
                    Some((value, at)) => {
                        self.bounded(&value, at, limits::READER_EPOCHS, "a number of epochs of a reader")?.axis()?
                    }
                    None => 1,
                };
                let lr = self.rate(bound.given(1), 1e-3, "a learning rate")?;
                Some(Value::Reader(Reader::Linear { epochs, lr }))
            }
            "logistic" => {
                let lambda = match bound.given(0) {
                    Some((value, at)) => self.at_least_zero(&value, at, "lambda")?,
                    None => 1e-3,
                };
                Some(Value::Reader(Reader::Logistic { lambda }))
            }
            "centroid" => Some(Value::Reader(Reader::Centroid)),
            "accuracy" => self.score(bound, Score::Accuracy, span),
            "cross_entropy" => self.score(bound, Score::CrossEntropy, span),
            "squared_error" => self.score(bound, Score::SquaredError, span),
            "progress" => self.score(bound, Score::Progress, span),
            "ablate" | "clamp" | "scale_attention" => self.intervention(form, bound, span),
            _ if form.group == Group::Scores => self.inside(form, bound, span),
            "rmst" => {
                let title = "`rmst` compares arms in `expect` lines only";
                Some(self.fault("E0301", title, span, "not a value here", "write `expect rmst(a) < rmst(b)`"))
            }
            _ => None,
        }
    }

    /// The position in the sequence.
    pub fn index_node(&mut self, span: Span, env: Env<'_>) -> Value {
        let Some(graph) = env.graph else {
            let help = "write it in a definition of a task";
            return self.fault("E0301", "`index` is the position inside a task", span, "no task here", help);
        };
        if !self.sees(Scope::Example, "index", None, span, env) {
            return Value::Poison;
        }
        let length = graph.borrow().length.clone();
        let ty = Type::single(Element::Label(length));
        Value::Node(graph.borrow_mut().intern(Scope::Example, Op::Index, ty))
    }

    fn index_of(&mut self, bound: &mut Bound, place: usize) -> Option<usize> {
        let (value, at) = bound.given(place)?;
        self.whole(&value, at)?.axis()
    }

    fn fresh(&mut self, bound: &mut Bound) -> Option<Value> {
        let (value, at) = bound.given(0)?;
        match value {
            Value::Task(task) => {
                let title = format!("fresh({})", task.title);
                Some(Value::Task(Rc::new(Task { fresh: true, title, ..(*task).clone() })))
            }
            other => Some(self.mismatch("a task", &other, at)),
        }
    }

    /// A mixture: its argument names are names of tasks.
    pub fn mix(&mut self, args: &[Arg], span: Span, env: Env<'_>) -> Value {
        let mut parts = Vec::new();
        let mut total = 0.0;
        let mut open = false;
        for arg in args {
            let Some(name) = &arg.name else {
                let named = if let ExprKind::Name(name) = &arg.value.kind { name } else { "task" };
                let help = format!("write `{named}: 50%`, with a share for each");
                return self.fault("E0301", "`mix` takes shares by name", arg.value.span, "no name", help);
            };
            let task = self.name(&name.text, name.span, env);
            let share = self.eval(&arg.value, env);
            let share = match task {
                Value::Task(_) | Value::Unknown(Kind::Task) => self.share_of(&share, arg.value.span),
                Value::Poison => return Value::Poison,
                other => return self.mismatch("a task", &other, name.span),
            };
            let Some(share) = share else { return Value::Poison };
            total += share;
            match task {
                Value::Task(task) => parts.push((task, share)),
                _ => open = true,
            }
        }
        if total.is_nan() || open {
            if total.is_finite() && !self.all_there(total, "mixture", args, span) {
                return Value::Poison;
            }
            return Value::Unknown(Kind::Task);
        }
        if !self.all_there(total, "mixture", args, span) {
            return Value::Poison;
        }
        let differs = |part: &(Rc<Task>, f64)| part.0.real != parts[0].0.real;
        if let Some(part) = parts.iter().position(differs) {
            let at = &args[part];
            let span = self.blame(at.name.as_ref().map_or(at.value.span, |name| name.span));
            self.later("a mixture of tasks with labels and with real targets", span);
        }
        Value::Mixture(parts)
    }

    /// A share of a mixture; not a number where it depends on a parameter.
    pub fn share_of(&mut self, share: &Value, span: Span) -> Option<f64> {
        let share = self.number(share, span)?;
        match share.known() {
            None => Some(f64::NAN),
            Some(share) if share > 0.0 && share <= 1.0 => Some(share),
            Some(share) => {
                let title = format!("a share of {}% is out of range", (share * 1e8).round() / 1e6);
                self.fault("E0302", title, span, "not a share", "write a share above 0% and up to 100%");
                None
            }
        }
    }

    /// Whether shares add up to the whole.
    pub fn all_there(&mut self, total: f64, what: &str, args: &[Arg], span: Span) -> bool {
        if (total - 1.0).abs() <= 1e-9 {
            return true;
        }
        let shares = args.first().zip(args.last()).map(|(first, last)| first.value.span.to(last.value.span));
        let title = format!("the shares of the {what} add up to {}%", (total * 1e8).round() / 1e6);
        self.fault("E0302", title, shares.unwrap_or(span), "not 100%", "make the shares add up to 100%");
        false
    }

    fn counts(&mut self, (value, at): (Value, Span), most: usize, what: &str) -> Option<Vec<usize>> {
        match value {
            Value::List(items) => items.iter().map(|item| self.bounded(item, at, most, what)?.axis()).collect(),
            other => self.none("a list of counts", &other, at),
        }
    }

    fn shapes(&mut self, form: &Builtin, bound: &mut Bound, span: Span) -> Option<Value> {
        let values = [10, 10, 10, 8, 4, 15];
        let mut spec = ShapesSpec { values, width: 768, entangled: 0.5, embedding: None, images: None };
        let mut given = |name: &str| {
            let place = form.params.iter().position(|param| param.name == name)?;
            bound.given(place)
        };
        let (path, width, entangled, embedding) =
            (given("path"), given("width"), given("entangled"), given("embedding"));
        if let Some(given) = given("values") {
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
        if let Some((value, at)) = width {
            spec.width = self.positive(&value, at)?.axis()?;
        }
        if let Some((value, at)) = entangled {
            spec.entangled = self.number(&value, at)?.known()?;
            if !(0.0..=1.0).contains(&spec.entangled) {
                let title = format!("a share of {}% is out of range", (spec.entangled * 1e8).round() / 1e6);
                self.fault("E0302", title, at, "not a share", "write a share between 0% and 100%");
                return None;
            }
        }
        if let Some((value, at)) = embedding {
            let Value::Array(array) = value else { return Some(self.mismatch("`array(...)`", &value, at)) };
            spec.embedding = Some(array);
            // An embedding that exists says how wide it is.
            spec.width = self.array_width.unwrap_or(spec.width);
        }
        match spec.check() {
            Ok(()) if spec.attributes().is_empty() => {
                let help = "give some factor more than one value, as in `values: [4, 1, 4, 1, 4, 1]`";
                let title = "these images do not differ in any factor";
                self.report(Diagnostic::error("E0302", title, span, "one image").help(help));
                None
            }
            Ok(()) => {
                if let Some((path, at)) = path {
                    spec.images = Some(self.images(path, at, &spec)?);
                }
                Some(Value::Data(Rc::new(Source::Shapes(spec))))
            }
            Err(reason) => {
                self.report(Diagnostic::error("E0302", reason.reason(), span, "this data source").help(reason.cure()));
                None
            }
        }
    }

    /// The file of the published images.
    fn images(&mut self, path: Value, at: Span, spec: &ShapesSpec) -> Option<ImageSource> {
        let Value::Text(path) = path else { return self.none("a path in quotes", &path, at) };
        if spec.entangled == 0.0 {
            let help = "take the file away, or give `entangled` a share above 0%";
            self.fault("E0302", "no image is looked at where `entangled` is 0%", at, "of no effect", help);
            return None;
        }
        let full = self.folder.join(path);
        match ImageFile::inspect(&full, spec) {
            Ok(hash) => Some(ImageSource { path: full.display().to_string(), hash }),
            Err(reason) => {
                self.report(Diagnostic::error("E0314", reason.reason(), at, "this file").help(reason.cure()));
                None
            }
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

    fn predictor(&mut self, form: &'static Builtin, bound: &mut Bound) -> Option<Value> {
        let mut args = Vec::new();
        let mut of = None;
        for (place, param) in form.params.iter().enumerate() {
            let Some((value, at)) = bound.given(place) else {
                args.push(param.default.and_then(|default| default.parse().ok()).unwrap_or(0.0));
                continue;
            };
            match (param.name, value) {
                ("name", Value::Node(node)) => of = Some(node),
                ("k" | "n", value) => {
                    args.push(self.bounded(&value, at, limits::LENGTH, "a number of tokens or examples")?.known()?);
                }
                (name, value) => args.push(self.at_least_zero(&value, at, name)?),
            }
        }
        Some(Value::Reference(Reference::Predictor { name: form.name.into(), args, of }))
    }

    pub fn at_least_zero(&mut self, value: &Value, at: Span, name: &str) -> Option<f64> {
        let number = self.number(value, at)?.known()?;
        if number >= 0.0 && number.is_finite() {
            return Some(number);
        }
        let title = format!("`{name}` cannot be {number}");
        self.fault("E0302", title, at, "negative", "write a number of at least 0");
        None
    }

    fn repeat(&mut self, bound: &mut Bound) -> Option<Value> {
        let (times, at) = bound.given(0)?;
        let times = self.positive(&times, at)?.axis()?;
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

    /// A share that is dropped in training.
    pub fn dropout(&mut self, given: Option<(Value, Span)>) -> Option<f64> {
        let Some((value, at)) = given else { return Some(0.0) };
        let share = self.number(&value, at)?.known().unwrap_or(0.0);
        if !(0.0..1.0).contains(&share) {
            let title = format!("a dropout of {share} is out of range");
            self.fault("E0302", title, at, "not a share", "write a share from 0% up to, not including, 100%");
            return None;
        }
        Some(share)
    }

    fn mlp(&mut self, bound: &mut Bound, mut span: Span) -> Option<Value> {
        let ratio = match bound.given(0) {
            Some((value, at)) => {
                span = at;
                let ratio = self.number(&value, at)?.known()?;
                if ratio <= 0.0 {
                    let help = "write a number above 0, such as `4`";
                    return Some(self.fault("E0302", "`ratio` must be above 0", at, "not positive", help));
                }
                ratio
            }
            None => 4.0,
        };
        let relu = bound.given(1).is_some_and(|(word, _)| word.is_word("relu"));
        let dropout = self.dropout(bound.given(2))?;
        let activation = if relu { Activation::Relu } else { Activation::Gelu };
        Some(Value::Layer(LayerValue::Mlp { ratio, activation, dropout, span }))
    }

    fn pretrained(&mut self, bound: &mut Bound) -> Option<Value> {
        let ((path, at), (family, _)) = (bound.given(0)?, bound.given(1)?);
        let (Value::Text(path), Value::Word(family)) = (path, family) else { return None };
        let family = if &*family == "gpt2" { Family::Gpt2 } else { Family::GptNeox };
        let full = self.folder.join(&path);
        if self.world.read(&full.join("config.json")).is_err() {
            self.missing.push((full.display().to_string(), self.blame(at)));
            return Some(Value::Model(Rc::new(Model {
                pretrained: Some(Pretrained::absent(full, family)),
                ..crate::check::expressions::parts::nothing()
            })));
        }
        match Published::open(&full, family) {
            Ok(Published { mut model, .. }) => {
                let Some(file) = pretrained::tokenizer(&full) else {
                    let title = format!("{} has no tokenizer.json", full.display());
                    let help = "write it with `AutoTokenizer.from_pretrained(...).save_pretrained(folder)`";
                    return Some(self.fault("E0314", title, at, "this folder", help));
                };
                model.tokenizer = Some(self.tokenizer_read(&file, std::fs::read(&file), at)?);
                Some(Value::Model(Rc::new(model)))
            }
            Err(reason) => Some(self.fault("E0314", reason.reason(), at, "this model", reason.cure())),
        }
    }

    /// How text becomes tokens.
    pub fn tokenizer(&mut self, value: &Value, span: Span) -> Option<Tokenizer> {
        match value {
            Value::Data(source) => match &**source {
                Source::Table(table) => Some(Tokenizer::Words {
                    hash: table.hash.clone(),
                    words: Vocabulary::of(table.texts().into_iter().map(ToOwned::to_owned)),
                }),
                Source::Shapes(_) => self.none("a table, `bytes` or the path of a tokenizer.json", value, span),
            },
            word if word.is_word("bytes") => Some(Tokenizer::Bytes),
            Value::Text(path) => self.tokenizer_file(&self.folder.join(path), span),
            Value::Poison | Value::Unknown(_) | Value::UnknownData(_) => None,
            other => self.none("a table, `bytes` or the path of a tokenizer.json", other, span),
        }
    }
}
