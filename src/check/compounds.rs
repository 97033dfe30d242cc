//! Distributions made of others: mixtures, independent copies, rows for which a condition holds.

use super::evaluate::Env;
use super::names::names_in;
use super::shape::{Element, RowOf, Type, joined};
use super::size::Size;
use super::value::{DrawValue, Value};
use super::{Checker, limits};
use crate::diagnostic::Span;
use crate::program::task::{Op, Scope};
use crate::syntax::tree::{Arg, Expr};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

impl Checker<'_> {
    /// `mixture(narrow: 90%, wide: 10%)`: distributions of the task by name.
    pub fn mixture(&mut self, args: &[Arg], span: Span, env: Env<'_>) -> Value {
        let mut parts: Vec<Rc<DrawValue>> = Vec::new();
        let mut total = 0.0;
        for arg in args {
            let Some(name) = &arg.name else {
                let help = "write `name: 50%`, with the name of a distribution";
                return self.fault("E0301", "`mixture` takes shares by name", arg.value.span, "no name", help);
            };
            let part = self.name(&name.text, name.span, env);
            let share = self.eval(&arg.value, env);
            match part {
                Value::Draw(part) => parts.push(part),
                Value::Poison => return Value::Poison,
                other => return self.mismatch("a distribution", &other, name.span),
            }
            match self.share_of(&share, arg.value.span) {
                Some(share) => total += share,
                None => return Value::Poison,
            }
        }
        if total.is_finite() && !self.all_there(total, "mixture", args, span) {
            return Value::Poison;
        }
        let Some((first, rest)) = parts.split_first() else { return Value::Poison };
        let (mut element, shape) = (first.element.clone(), first.whole_shape());
        for part in rest {
            if joined(&shape, &part.whole_shape()).is_none() {
                let [a, b] =
                    [first, part].map(|part| Type::array(part.element.clone(), part.whole_shape()).to_string());
                return self.shapes_differ("mixture", &a, &b, span);
            }
            let whole = |element: &Element| Type::single(element.clone());
            element = super::nodes::common(&whole(&element), &whole(&part.element));
        }
        let args = parts.into_iter().map(|part| Some(Value::Draw(part))).collect();
        let draw = DrawValue { distribution: "mixture", args, element, shape, copies: Vec::new(), first: None, span };
        Value::Draw(Rc::new(draw))
    }

    /// A distribution with a shape suffix: independent copies.
    pub fn copies(&mut self, draw: &Rc<DrawValue>, index: &[Expr], env: Env<'_>) -> Value {
        let mut copies = Vec::new();
        for size in index {
            let value = self.eval(size, env);
            let Some(size) = self.bounded(&value, size.span, limits::AXIS, "a size") else { return Value::Poison };
            copies.push(size);
        }
        self.later("a shape after a draw", draw.span);
        copies.extend(draw.copies.iter().cloned());
        Value::Draw(Rc::new(DrawValue { copies, ..(**draw).clone() }))
    }

    /// `where:` of `rows(...)`: its names are the attributes of the row, besides those of the task.
    pub fn row_condition(&mut self, data: &Value, condition: &Expr, env: Env<'_>) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        let (element, attributes) = match data {
            Value::Data(source) => {
                let names = source.attributes().iter().map(|(name, _)| (*name).to_string()).collect();
                (RowOf::Known(Rc::clone(source)), Some(names))
            }
            Value::UnknownData(name) => (RowOf::Named(name.clone()), None::<Vec<String>>),
            _ => return Value::Poison,
        };
        let op = Op::Apply { function: "row".into(), args: Vec::new() };
        let row = graph.borrow_mut().intern(Scope::Sequence, op, Type::single(Element::Row(element)));
        let table = graph.borrow_mut().attributes(row);
        let mut locals: HashMap<String, Value> = HashMap::new();
        locals.insert("attributes".into(), Value::Node(table));
        if let Some(attributes) = &attributes {
            for (place, name) in attributes.iter().enumerate() {
                let at = graph.borrow_mut().constant(place as i64);
                let label = graph.borrow_mut().gather(table, at);
                locals.insert(name.clone(), label.map_or(Value::Poison, Value::Node));
            }
        }
        let mut names = HashSet::new();
        names_in(condition, &mut names);
        for name in names {
            if locals.contains_key(&name) || self.meant_exactly(&name, env) {
                continue;
            }
            // What a data source that is a parameter holds is known where the task is called.
            let Some(attributes) = &attributes else {
                let label = Type::single(Element::Label(Size::name(&format!("sizes[{name}]"))));
                let op = Op::Apply { function: name.clone(), args: vec![row] };
                locals.insert(name, Value::Node(graph.borrow_mut().intern(Scope::Sequence, op, label)));
                continue;
            };
            let all = attributes.join(", ");
            let meant = crate::registry::nearest(&name, attributes.iter().map(String::as_str));
            let help = meant.map_or(format!("the attributes are {all}"), |meant| format!("write `{meant}`"));
            let title = format!("the data source has no attribute `{name}`");
            return self.fault("E0201", title, condition.span, "not found", help);
        }
        graph.borrow_mut().attributes_seen = locals;
        let value = self.eval(condition, env);
        graph.borrow_mut().attributes_seen.clear();
        match &value {
            Value::Node(node) if graph.borrow().types[*node].element == Element::Truth => value,
            Value::Poison => Value::Poison,
            Value::Bool(_) => value,
            Value::Node(_) => {
                let help = "compare an attribute with a label, as in `category == 2`";
                self.fault("E0301", "a condition on rows is true or false", condition.span, "no condition", help)
            }
            other => self.mismatch("a condition", other, condition.span),
        }
    }
}
