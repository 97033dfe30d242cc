//! Distributions: what one draw is, its shape, and whether it makes sense.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::task::functions::Given;
use crate::check::values::shape::{Element, RowOf, Shape, Type, joined};
use crate::check::values::size::Size;
use crate::check::values::value::{DrawValue, Value};
use crate::data::Source;
use crate::diagnostic::Span;
use crate::registry::Builtin;
use std::rc::Rc;

impl Checker<'_> {
    /// The value of a distribution of the registry.
    pub fn distribution(&mut self, form: &'static Builtin, mut given: Given, span: Span, env: Env<'_>) -> Value {
        if given.iter().flatten().any(|(value, _)| matches!(value, Value::Poison)) {
            return Value::Poison;
        }
        let first = form.params.iter().position(|param| param.name == "first");
        let first = first.and_then(|place| given.remove(place));
        let Some((element, shape)) = self.natural(form, &given, span, env) else { return Value::Poison };
        let args = given.into_iter().map(|given| given.map(|(value, _)| value)).collect();
        Value::Draw(Rc::new(DrawValue {
            distribution: form.name,
            args,
            shares: Vec::new(),
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
        let copies = match at(2) {
            None => Size::of(1),
            Some((copies, copies_at)) => self.bounded(copies, *copies_at, limits::LENGTH, "a number of copies")?,
        };
        let copies_at = at(2).map_or(*length_at, |(_, copies_at)| *copies_at);
        if let (Some(copies), Some(context)) = (copies.axis(), length.axis().map(|length| length - 1)) {
            if context == 0 || context % copies != 0 {
                let title = format!("{context} context items cannot hold classes {copies} times each");
                let help = match copies {
                    1 => "give a length of at least 2: one for the query".to_string(),
                    copies => format!("give a length of a multiple of {copies}, and one for the query"),
                };
                self.fault("E0302", title, copies_at, "does not divide the context", help);
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
}

/// Rows of the smaller part of a source: a fifth, rounded down, is held out.
pub fn fewest_rows(source: &Source) -> usize {
    let held_out = source.rows() / 5;
    held_out.min(source.rows() - held_out)
}
