//! Distributions: what one draw is, its shape, and whether it makes sense.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::task::functions::Given;
use crate::check::values::shape::{Element, RowOf, Shape, Type, joined};
use crate::check::values::size::Size;
use crate::check::values::value::{DrawValue, Value};
use crate::data::Source;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{NodeId, Op, Pool, Scope};
use crate::registry::{Builtin, nearest};
use crate::syntax::tree::{Expr, ExprKind};
use std::rc::Rc;

impl Checker<'_> {
    /// The value of a distribution of the registry.
    pub fn distribution(&mut self, form: &'static Builtin, mut given: Given, span: Span, env: Env<'_>) -> Value {
        if given.iter().flatten().any(|(value, _)| matches!(value, Value::Poison)) {
            return Value::Poison;
        }
        let first = form.params.iter().position(|param| param.name == "first");
        let first = first.and_then(|place| given[place].take());
        let Some((element, shape)) = self.natural(form, &given, span, env) else { return Value::Poison };
        let args = given.into_iter().map(|given| given.map(|(value, _)| value)).collect();
        Value::Draw(Rc::new(DrawValue {
            distribution: form.name,
            args,
            element,
            shape,
            copies: Vec::new(),
            first,
            span,
        }))
    }

    /// What one draw is.
    fn natural(&mut self, form: &'static Builtin, given: &Given, span: Span, env: Env<'_>) -> Option<(Element, Shape)> {
        let at = |place: usize| given.get(place).and_then(Option::as_ref);
        match (form.name, form.params.len()) {
            ("uniform", 2) => {
                let (value, at) = at(0)?;
                let classes = self.bounded(value, *at, limits::CLASSES, "a number of labels")?;
                Some((Element::Label(classes), Vec::new()))
            }
            ("uniform", _) => {
                self.ordered(given);
                Some((Element::Real, self.spread(form.name, given, span, env)?))
            }
            ("normal" | "student_t" | "exponential", _) => {
                for (place, param) in form.params.iter().enumerate() {
                    if let (Some((value, span)), "sd" | "df" | "rate") = (at(place), param.name) {
                        self.above_zero(value, *span, param.name);
                    }
                }
                Some((Element::Real, self.spread(form.name, given, span, env)?))
            }
            ("bernoulli", _) => {
                if let Some((value, span)) = at(0) {
                    self.probability(value, *span);
                }
                Some((Element::Truth, self.spread(form.name, given, span, env)?))
            }
            ("categorical", _) => {
                let (value, span) = at(0)?;
                let ty = self.type_of(value, *span, env)?;
                let Some((labels, rest)) = ty.shape.split_last() else {
                    let help = "give it a vector with a probability for each label, or write `bernoulli(p)`";
                    self.fault("E0306", format!("`categorical` takes a vector, not {ty}"), *span, "no vector", help);
                    return None;
                };
                self.adds_up(value, *span);
                Some((Element::Label(labels.clone()), rest.to_vec()))
            }
            ("dirichlet", _) => {
                let ((alpha, alpha_at), (k, at)) = (at(0)?, at(1)?);
                let k = self.bounded(k, *at, limits::CLASSES, "a number of probabilities")?;
                self.above_zero(alpha, *alpha_at, "alpha");
                let ty = self.type_of(alpha, *alpha_at, env)?;
                if let [length] = ty.shape.as_slice()
                    && length.differs(&k)
                {
                    let title =
                        format!("`dirichlet` of {} probabilities has {} values of alpha", k.quoted(), length.quoted());
                    let help = "give one alpha for all, or one for each";
                    self.fault("E0306", title, *alpha_at, "another length", help);
                    return None;
                }
                Some((Element::Real, vec![k]))
            }
            ("permutation", _) => {
                let (value, at) = at(0)?;
                let k = self.bounded(value, *at, limits::PERMUTATION, "the size of a permutation")?;
                Some((Element::Label(k.clone()), vec![k]))
            }
            ("permutations", _) => self.permutations(at(0)?),
            ("zipf", _) => {
                let (value, at) = at(0)?;
                let k = self.bounded(value, *at, limits::CLASSES, "a number of labels")?;
                self.falling(given.get(1));
                Some((Element::Label(k), Vec::new()))
            }
            ("rows", _) => match at(0)? {
                (Value::Data(data), _) => Some((Element::Row(RowOf::Known(Rc::clone(data))), Vec::new())),
                (Value::UnknownData(name), _) => Some((Element::Row(RowOf::Named(name.clone())), Vec::new())),
                (other, at) => self.none("a data source", other, *at),
            },
            ("bursty", _) => self.bursty(given),
            _ => None,
        }
    }

    fn permutations(&mut self, (value, at): &(Value, Span)) -> Option<(Element, Shape)> {
        match value {
            Value::List(items) => {
                let mut widest = Size::of(0);
                for item in items {
                    let size = self.bounded(item, *at, limits::PERMUTATION, "the size of a permutation")?;
                    widest = match size.excess(&widest) {
                        Some(excess) if excess <= 0.0 => widest,
                        _ => size,
                    };
                }
                if items.is_empty() || items.len() > limits::PERMUTATION {
                    let title = format!("there cannot be {} permutations", items.len());
                    self.fault("E0302", title, *at, "this list", "give the size of at least one permutation");
                    return None;
                }
                Some((Element::Label(widest.clone()), vec![Size::of(items.len()), widest]))
            }
            Value::Series { name, whole: true, shape } if shape.len() == 1 => {
                let widest = Size::name(&format!("max({name})"));
                Some((Element::Label(widest.clone()), vec![shape[0].clone(), widest]))
            }
            other => self.none("a list of counts", other, *at),
        }
    }

    fn bursty(&mut self, given: &Given) -> Option<(Element, Shape)> {
        let at = |place: usize| given.get(place).and_then(Option::as_ref);
        let ((classes, classes_at), (length, length_at)) = (at(0)?, at(1)?);
        self.falling(given.get(3));
        let classes = self.bounded(classes, *classes_at, limits::CLASSES, "a number of classes")?;
        let length = self.bounded(length, *length_at, limits::LENGTH, "a length")?;
        if let (Some((copies, copies_at)), Some(context)) = (at(2), length.axis().map(|length| length - 1)) {
            let copies = self.bounded(copies, *copies_at, limits::LENGTH, "a number of copies")?;
            if let Some(copies) = copies.axis() {
                if context == 0 || context % copies != 0 {
                    let title = format!("{context} context items cannot hold classes {copies} times each");
                    let help = format!("give a length of a multiple of {copies}, and one for the query");
                    self.fault("E0302", title, *copies_at, "does not divide the context", help);
                    return None;
                }
                let distinct = context / copies;
                let outside = at(4).is_some_and(|(query, _)| query.is_word("outside"));
                let title = match classes.axis() {
                    Some(known) if known < distinct => {
                        format!("{known} classes cannot fill a context of {distinct} different ones")
                    }
                    Some(known) if known == distinct && outside => {
                        format!("all {known} classes are in the context, so that none is left for a query outside")
                    }
                    _ => return Some((Element::Label(classes), vec![length])),
                };
                self.fault("E0302", title, *classes_at, "too few", "take more classes, or more copies");
                return None;
            }
        }
        Some((Element::Label(classes), vec![length]))
    }

    /// The type of an argument.
    fn type_of(&mut self, value: &Value, span: Span, env: Env<'_>) -> Option<Type> {
        match value {
            Value::Number { whole, .. } => {
                Some(Type::single(if *whole { crate::check::values::shape::Element::Whole } else { Element::Real }))
            }
            Value::List(items)
                if !items.iter().any(crate::check::task::functions::holds_node) && env.graph.is_none() =>
            {
                Some(Type::array(Element::Real, vec![Size::of(items.len())]))
            }
            Value::Series { shape, .. } => Some(Type::array(Element::Real, shape.clone())),
            other => self.node(other.clone(), span, env).map(|(_, ty)| ty),
        }
    }

    /// The shape that arguments give a draw.
    fn spread(&mut self, name: &str, given: &Given, span: Span, env: Env<'_>) -> Option<Shape> {
        let mut shape = Shape::new();
        for (value, at) in given.iter().flatten() {
            let ty = self.type_of(value, *at, env)?;
            let Some(both) = joined(&shape, &ty.shape) else {
                let [known, ty] = [shape, ty.shape].map(|shape| Type::array(Element::Real, shape).to_string());
                self.shapes_differ(name, &known, &ty, span);
                return None;
            };
            shape = both;
        }
        Some(shape)
    }

    /// The exponent of a Zipf law, under which the first labels are the most frequent.
    fn falling(&mut self, given: Option<&Option<(Value, Span)>>) {
        if let Some(Some((value, at))) = given {
            self.at_least_zero(value, *at, "exponent");
        }
    }

    fn above_zero(&mut self, value: &Value, span: Span, name: &str) {
        if let Value::Number { value, .. } = value
            && value.known().is_some_and(|value| value <= 0.0)
        {
            let title = format!("`{name}` must be above 0");
            self.fault("E0302", title, span, "not positive", "write a number above 0");
        }
    }

    fn probability(&mut self, value: &Value, span: Span) {
        if let Value::Number { value, .. } = value
            && value.known().is_some_and(|value| !(0.0..=1.0).contains(&value))
        {
            let title = format!("a probability of {value} is out of range");
            self.fault("E0302", title, span, "not between 0 and 1", "write a number from 0 to 1");
        }
    }

    /// Fixed probabilities must be a distribution.
    fn adds_up(&mut self, value: &Value, span: Span) {
        let Value::List(items) = value else { return };
        let known = |item: &Value| if let Value::Number { value, .. } = item { value.known() } else { None };
        let Some(numbers) = items.iter().map(known).collect::<Option<Vec<f64>>>() else { return };
        let sum: f64 = numbers.iter().sum();
        if numbers.iter().any(|p| *p < 0.0) || (sum - 1.0).abs() > 1e-9 {
            let title = format!("these probabilities add up to {}", (sum * 1e8).round() / 1e8);
            self.fault("E0302", title, span, "no distribution", "make them add up to 1, each at least 0");
        }
    }

    /// `uniform(a, b)` goes up.
    fn ordered(&mut self, given: &Given) {
        if let [Some((Value::Number { value: a, .. }, from)), Some((Value::Number { value: b, .. }, to)), ..] =
            given.as_slice()
            && a.excess(b).is_some_and(|excess| excess >= 0.0)
        {
            let title = format!("`uniform` from {a} up to {b} is empty");
            self.fault("E0302", title, from.to(*to), "no number lies between", "give the smaller number first");
        }
    }

    /// What a draw of a task's block comes to.
    pub fn draw(
        &mut self,
        scope: Option<Scope>,
        distribution: &Expr,
        pool: Option<&Expr>,
        distinct: bool,
        env: Env<'_>,
    ) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        let draw = match self.eval(distribution, env) {
            Value::Draw(draw) => draw,
            Value::Unknown(crate::registry::Kind::Distribution) => {
                let ty = Type::single(Element::Real);
                let op = Op::Apply { function: self.text(distribution.span), args: Vec::new() };
                return Value::Node(graph.borrow_mut().draw(scope.unwrap_or(Scope::Run), op, ty));
            }
            other => return self.mismatch("a distribution", &other, distribution.span),
        };
        let pool = match pool {
            None => None,
            Some(pool) => match self.pool(pool, env) {
                Some(pool) => Some(pool),
                None => return Value::Poison,
            },
        };
        let Some(scope) = scope else {
            let help = "put it into `per run`, `per sequence`, `per example` or `per token`";
            let title = "a draw stands outside every `per` block";
            return self.fault("E0207", title, distribution.span, "drawn how often?", help);
        };
        if pool.is_some() && scope != Scope::Sequence {
            let title = "a pool is picked from once a sequence";
            let help = "put this draw into `per sequence`, or take `in pool(...)` away";
            return self.fault("E0302", title, distribution.span, "drawn at another time", help);
        }
        if draw.distribution == "bursty" && scope != Scope::Sequence {
            let title = "`bursty` draws the classes of a whole sequence at once";
            let help = "put this draw into `per sequence`, and take `[index]` of it for each example";
            return self.fault("E0302", title, distribution.span, "drawn at another time", help);
        }
        if let (Some((_, at)), true) = (&draw.first, scope != Scope::Example) {
            let title = format!("`first` starts a recurrence, but this is drawn once a {}", once(scope));
            let help = "take `first` away, or put this draw into `per token` or `per example`";
            return self.fault("E0302", title, *at, "no position before", help);
        }
        if distinct {
            if scope != Scope::Example {
                let title = "`without replacement` is within a sequence";
                let help = "put this draw into `per example`, or take it away";
                return self.fault("E0302", title, distribution.span, "drawn once a sequence", help);
            }
            if !matches!(draw.distribution, "rows" | "uniform") || draw.element == Element::Real {
                let title = format!("`{}` has no end of values to replace", draw.distribution);
                let help = "draw rows or labels without replacement";
                return self.fault("E0302", title, distribution.span, "not from a finite set", help);
            }
            if let (Element::Label(size), Some(length)) = (&draw.element, graph.borrow().length.known())
                && size.known().is_some_and(|size| size < length)
            {
                let title = format!("{length} examples without replacement need more than {size} values");
                let found = Diagnostic::error("E0311", title, distribution.span, "too few");
                self.report(found.help("take fewer points, or more values"));
                return Value::Poison;
            }
        }
        self.noted(scope, &draw, pool.as_ref(), distinct, distribution.span);
        match self.drawn_node(scope, &draw, pool, distinct, distribution.span, env) {
            Some(node) => Value::Node(node),
            None => Value::Poison,
        }
    }

    /// Says what of a draw this version does not run.
    fn noted(&mut self, scope: Scope, draw: &DrawValue, pool: Option<&(Size, f64)>, distinct: bool, span: Span) {
        if scope == Scope::Run {
            self.later("`per run`", span);
        }
        if pool.is_some() && draw.distribution != "permutations" {
            self.later("a pool of anything but permutations", span);
        }
        if pool.is_some_and(|(_, exponent)| *exponent != 0.0) {
            self.later("a pool with an exponent", span);
        }
        if distinct && draw.distribution != "rows" {
            self.later("`without replacement` of anything but rows", span);
        }
    }

    fn pool(&mut self, pool: &Expr, env: Env<'_>) -> Option<(Size, f64)> {
        let called = match &pool.kind {
            ExprKind::Call { callee, args } if matches!(&callee.kind, ExprKind::Name(name) if name == "pool") => args,
            _ => {
                let help = "write `in pool(m)`, with m the number of values";
                self.fault("E0301", "a draw is taken from a `pool`", pool.span, "not a pool", help);
                return None;
            }
        };
        let mut size = None;
        let mut exponent = 0.0;
        for (place, arg) in called.iter().enumerate() {
            let value = self.eval(&arg.value, env);
            match arg.name.as_ref().map(|name| name.text.as_str()) {
                Some("exponent") if value.open() => {}
                Some("exponent") => exponent = self.at_least_zero(&value, arg.value.span, "exponent")?,
                Some("size") => size = self.bounded(&value, arg.value.span, limits::POOL, "a pool"),
                None if place == 0 => size = self.bounded(&value, arg.value.span, limits::POOL, "a pool"),
                Some(other) => {
                    let title = format!("`pool` has no argument `{other}`");
                    let at = arg.name.as_ref().map_or(arg.value.span, |name| name.span);
                    let finding = Diagnostic::error("E0204", title, at, "unknown argument");
                    self.report(match nearest(other, ["size", "exponent"]) {
                        Some(meant) => finding.help(format!("write `{meant}: ...`")).fix(at, meant),
                        None => finding.help("the arguments are size, exponent"),
                    });
                    return None;
                }
                None => {
                    let help = "write `pool(m)`, or `pool(m, exponent: 1)`";
                    self.fault("E0204", "`pool` takes 1 argument without a name", arg.value.span, "one too many", help);
                    return None;
                }
            }
        }
        if size.is_none() && called.is_empty() {
            let help = "write `pool(m)`, with m the number of values";
            self.fault("E0209", "`pool` needs `size`", pool.span, "argument missing", help);
        }
        Some((size?, exponent))
    }

    fn drawn_node(
        &mut self,
        scope: Scope,
        draw: &DrawValue,
        pool: Option<(Size, f64)>,
        distinct: bool,
        span: Span,
        env: Env<'_>,
    ) -> Option<NodeId> {
        let graph = env.graph?;
        let pool_size = pool.as_ref().map(|(size, _)| size.axis().unwrap_or(0) as u64);
        let ty = Type { element: draw.element.clone(), shape: draw.whole_shape(), each: sizes(draw) };
        let plain = draw.copies.is_empty() && draw.first.is_none();
        let op = match (draw.distribution, draw.args.as_slice()) {
            ("uniform", [Some(Value::Number { value, .. }), ..]) if plain && pool.is_none() && !distinct => value
                .axis()
                .filter(|_| matches!(draw.element, Element::Label(_)))
                .map(|classes| Op::Uniform { classes }),
            ("permutations", _) if plain => sizes(draw).map(|sizes| Op::Permutations { sizes, pool: pool_size }),
            ("rows", [Some(Value::Data(data)), rest @ ..]) if plain => {
                if rest.iter().any(Option::is_some) {
                    self.later("`where` of `rows`", span);
                }
                Some(Op::Rows { source: graph.borrow_mut().source(data), distinct })
            }
            _ => None,
        };
        if let Some(op) = op {
            return Some(graph.borrow_mut().draw(scope, op, ty));
        }
        let mut args = Vec::new();
        for arg in &draw.args {
            args.push(match arg {
                None => None,
                Some(Value::Draw(part)) => self.drawn_node(scope, part, None, false, span, env),
                Some(Value::Data(_) | Value::UnknownData(_) | Value::Word(_) | Value::Unknown(_)) => None,
                Some(value) => Some(self.node(value.clone(), span, env)?.0),
            });
        }
        let first = match &draw.first {
            None => None,
            Some((value, at)) => {
                let made = match value {
                    Value::Draw(part) => self.drawn_node(scope, part, None, false, *at, env)?,
                    value => self.node(value.clone(), *at, env)?.0,
                };
                if !self.starts(&ty, made, *at, env) {
                    return None;
                }
                Some(made)
            }
        };
        let pool = pool.map(|(size, exponent)| Pool { size: size.axis().unwrap_or(0) as u64, exponent });
        // A word that is an argument, such as `query: outside`, is part of what is drawn.
        let words: Vec<String> = draw.args.iter().flatten().filter_map(worded).collect();
        let distribution = std::iter::once(draw.distribution.to_string()).chain(words).collect::<Vec<_>>().join(" ");
        let op = Op::Draw { distribution, args, pool, distinct, first };
        Some(graph.borrow_mut().draw(scope, op, ty))
    }

    /// Whether the start of a recurrence is of its type.
    fn starts(&mut self, ty: &Type, first: NodeId, span: Span, env: Env<'_>) -> bool {
        let Some(graph) = env.graph else { return true };
        let start = graph.borrow().types[first].clone();
        let shapes = joined(&ty.shape, &start.shape).is_some() && ty.shape.len() == start.shape.len();
        if !shapes {
            let title = format!("the first value is {start}, but the others are {ty}");
            self.fault("E0306", title, span, "shapes differ", "start with a value of the same sizes");
            return false;
        }
        if let (Element::Label(labels), Element::Label(places)) = (&start.element, &ty.element)
            && labels.excess(places).is_some_and(|excess| excess > 0.0)
        {
            let title =
                format!("the first value is one of {} labels, but the others of {}", labels.quoted(), places.quoted());
            self.fault("E0310", title, span, "label spaces differ", format!("start with `uniform({places})`"));
            return false;
        }
        true
    }
}

fn once(scope: Scope) -> &'static str {
    if scope == Scope::Run { "run" } else { "sequence" }
}

fn worded(value: &Value) -> Option<String> {
    match value {
        Value::Word(word) => Some(word.to_string()),
        _ => None,
    }
}

/// The sizes of several permutations, where they are known.
fn sizes(draw: &DrawValue) -> Option<Vec<usize>> {
    if draw.distribution != "permutations" || !draw.copies.is_empty() {
        return None;
    }
    let Some(Some(Value::List(items))) = draw.args.first() else { return None };
    let size = |item: &Value| if let Value::Number { value, .. } = item { value.axis() } else { None };
    items.iter().map(size).collect()
}

/// Rows of the smaller part of a source: a fifth, rounded down, is held out.
pub fn fewest_rows(source: &Source) -> usize {
    let held_out = source.rows() / 5;
    held_out.min(source.rows() - held_out)
}
