//! Distributions made of others: mixtures, independent copies, rows for which a condition holds.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::naming::names::names_in;
use crate::check::values::shape::{Element, RowOf, Type, joined};
use crate::check::values::size::Size;
use crate::check::values::value::{DrawValue, Value};
use crate::data::Source;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{Op, Scope};
use crate::syntax::tree::{Arg, BinaryOp, Expr, ExprKind};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

impl Checker<'_> {
    /// `mixture(narrow: 90%, wide: 10%)`: distributions of the task by name.
    pub fn mixture(&mut self, args: &[Arg], span: Span, env: Env<'_>) -> Value {
        let mut parts: Vec<(usize, Rc<DrawValue>)> = Vec::new();
        let mut shares: Vec<f64> = Vec::new();
        // In the order of meaning, which neither names nor the order of arguments change.
        let mut ordered: Vec<(usize, &Arg)> = args.iter().enumerate().collect();
        if let Some(graph) = env.graph {
            let graph = graph.borrow();
            ordered.sort_by_key(|(_, arg)| arg.name.as_ref().and_then(|name| graph.places.get(&name.text)).copied());
        }
        for (written, arg) in ordered {
            let Some(name) = &arg.name else {
                let help = "write `name: 50%`, with the name of a distribution";
                return self.fault("E0301", "`mixture` takes shares by name", arg.value.span, "no name", help);
            };
            let part = self.name(&name.text, name.span, env);
            let share = self.eval(&arg.value, env);
            match part {
                Value::Draw(part) => parts.push((written, part)),
                Value::Poison => return Value::Poison,
                Value::Node(_) => {
                    let title = format!("`{}` is drawn already, but a mixture draws from distributions", name.text);
                    let help = format!("define it: write `{} = ...`, with `=` in place of `~`", name.text);
                    return self.fault("E0301", title, name.span, "no distribution", help);
                }
                other => return self.mismatch("a distribution", &other, name.span),
            }
            match self.share_of(&share, arg.value.span) {
                Some(share) => shares.push(share),
                None => return Value::Poison,
            }
        }
        let total: f64 = shares.iter().sum();
        if total.is_finite() && !self.all_there(total, "mixture", args, span) {
            return Value::Poison;
        }
        let mut ordered: Vec<&(usize, Rc<DrawValue>)> = parts.iter().collect();
        ordered.sort_by_key(|(written, _)| *written);
        let Some(((_, first), rest)) = ordered.split_first() else { return Value::Poison };
        let (mut element, shape) = (first.element.clone(), first.whole_shape());
        for (_, part) in rest {
            let other = part.whole_shape();
            if joined(&shape, &other).is_none() || shape.len() != other.len() {
                let [a, b] =
                    [first, part].map(|part| Type::array(part.element.clone(), part.whole_shape()).to_string());
                return self.shapes_differ("mixture", &a, &b, span);
            }
            let whole = |element: &Element| Type::single(element.clone());
            element = crate::check::task::nodes::common(&whole(&element), &whole(&part.element));
        }
        let args = parts.into_iter().map(|(_, part)| Some(Value::Draw(part))).collect();
        Value::Draw(Rc::new(DrawValue {
            distribution: "mixture",
            args,
            shares,
            element,
            shape,
            copies: Vec::new(),
            first: None,
            span,
        }))
    }

    /// A distribution with a shape suffix: independent copies.
    pub fn copies(&mut self, draw: &Rc<DrawValue>, index: &[Expr], env: Env<'_>) -> Value {
        let mut copies = Vec::new();
        for size in index {
            let value = self.eval(size, env);
            let Some(size) = self.bounded(&value, size.span, limits::AXIS, "a size") else { return Value::Poison };
            copies.push(size);
        }
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
        let source = if let Value::Data(source) = data { graph.borrow_mut().source(source) } else { 0 };
        let op = Op::Candidate { source };
        let row = graph.borrow_mut().intern(Scope::Run, op, Type::single(Element::Row(element)));
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
        if let Value::Data(source) = data
            && !self.labels_of_rows(condition, source)
        {
            return Value::Poison;
        }
        graph.borrow_mut().attributes_seen = locals;
        let value = self.eval(condition, env);
        graph.borrow_mut().attributes_seen.clear();
        match &value {
            Value::Node(node) if graph.borrow().types[*node].element == Element::Truth => {
                let ty = graph.borrow().types[*node].clone();
                if !ty.shape.is_empty() {
                    let title = format!("a condition on rows is true or false, not {ty}");
                    let help = "take a single entry of what it compares";
                    return self.fault("E0306", title, condition.span, "several truths", help);
                }
                value
            }
            Value::Poison => Value::Poison,
            Value::Bool(_) => value,
            Value::Node(_) => {
                let help = "compare an attribute with a label, as in `category == 2`";
                self.fault("E0301", "a condition on rows is true or false", condition.span, "no condition", help)
            }
            other => self.mismatch("a condition", other, condition.span),
        }
    }

    /// Whether attributes in a condition on rows are compared with labels that they have.
    fn labels_of_rows(&mut self, condition: &Expr, source: &Source) -> bool {
        match &condition.kind {
            ExprKind::Unary { operand, .. } => self.labels_of_rows(operand, source),
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right, .. } => {
                // Both sides are looked at, whatever is wrong with the first.
                let left = self.labels_of_rows(left, source);
                self.labels_of_rows(right, source) && left
            }
            ExprKind::Binary { op, left, right, .. } => match (&left.kind, &right.kind) {
                (ExprKind::Name(name), _) => self.label_of_rows(name, *op, right, source),
                (_, ExprKind::Name(name)) => self.label_of_rows(name, *op, left, source),
                _ => true,
            },
            _ => true,
        }
    }

    fn label_of_rows(&mut self, name: &str, op: BinaryOp, with: &Expr, source: &Source) -> bool {
        let attributes = source.attributes();
        let Some((_, size)) = attributes.iter().find(|(known, _)| *known == name) else { return true };
        let (title, help, meant) = match &with.kind {
            ExprKind::Text(text) => {
                let labels = match source {
                    Source::Table(table) => table.attributes.iter().find(|(known, _)| known == name),
                    Source::Shapes(_) => None,
                };
                let values = labels.map(|(_, values)| values.as_slice()).unwrap_or_default();
                let meant = values.iter().position(|value| value == text);
                let help = match meant {
                    Some(label) => format!("write the label of \"{text}\": `{label}`"),
                    None => format!("write a label from 0 to {}; \"{text}\" is none of the values", size - 1),
                };
                (format!("`{name}` holds labels, not texts"), help, meant)
            }
            ExprKind::Number { value, .. }
                if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) && *value >= *size as f64 =>
            {
                let title = format!("the label {value} is not one of {size}");
                (title, format!("write a label from 0 to {}", size - 1), None)
            }
            _ => return true,
        };
        let mut finding =
            Diagnostic::error("E0310", title, with.span, format!("`{name}` is a class({size})")).help(help);
        if let Some(meant) = meant {
            finding = finding.fix(with.span, meant.to_string());
        }
        self.report(finding);
        false
    }
}
