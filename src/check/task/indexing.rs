//! Places of tables and lists: `table[index]`, and whether a place can lie past the end.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::task::graph::Misplaced;
use crate::check::task::lines::first_of;
use crate::check::values::shape::{Element, RowOf, Type};
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::data::Source;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{NodeId, Op, Scope};
use crate::registry::{Kind, nearest};
use crate::syntax::tree::{Expr, ExprKind};

impl Checker<'_> {
    /// `table[index]`, inside a task or of a list; also the shape suffix of a draw.
    pub fn index(&mut self, base: &Expr, index: &[Expr], env: Env<'_>) -> Value {
        if let (ExprKind::Field { base: inner, name }, [at]) = (&base.kind, index)
            && name.text == "sizes"
        {
            let data = self.eval(inner, env);
            let named = self.eval(at, env);
            if matches!(named, Value::Text(_) | Value::Unknown(Kind::Text)) {
                return self.size_of(&data, &named, at.span);
            }
        }
        let mut table = self.eval(base, env);
        if let Value::Draw(draw) = table {
            // A shape is fixed and has places; what is indexed by a name of the task, or at 0, was to be drawn.
            if let (ExprKind::Name(_), [at]) = (&base.kind, index) {
                let place = self.eval(at, env);
                let first = matches!(&place, Value::Number { value, .. } if value.known() == Some(0.0));
                if first || matches!(place, Value::Node(_)) {
                    return self.mismatch("a table", &Value::Draw(draw), base.span);
                }
            }
            return self.copies(&draw, index, env);
        }
        for at in index {
            let place = self.eval(at, env);
            table = self.indexed(table, place, (base.span, at.span), env);
        }
        table
    }

    fn indexed(&mut self, table: Value, at: Value, spans: (Span, Span), env: Env<'_>) -> Value {
        match (table, at) {
            (Value::Poison, _) | (_, Value::Poison) => Value::Poison,
            (Value::List(items), at @ Value::Number { .. }) => {
                let Some(place) = self.place(&at, spans.1) else { return Value::Poison };
                let Some(place) = place.axis() else {
                    let Some((table, _)) = self.node(Value::List(items), spans.0, env) else { return Value::Poison };
                    return self.gathered(table, at, spans, env);
                };
                items.get(place).cloned().unwrap_or_else(|| {
                    let title = format!("there is no place {place} in a list of {}", items.len());
                    let help = format!("write at most {}", items.len().saturating_sub(1));
                    self.fault("E0302", title, spans.1, "places count from 0", help)
                })
            }
            (Value::Node(table), at) => self.gathered(table, at, spans, env),
            (Value::Series { name, whole, shape }, at @ Value::Number { .. }) => {
                self.of_series(&name, whole, &shape, &at, spans)
            }
            (table @ (Value::List(_) | Value::Series { .. }), at) if env.graph.is_some() => {
                let Some((table, _)) = self.node(table, spans.0, env) else { return Value::Poison };
                self.gathered(table, at, spans, env)
            }
            (Value::Series { name, whole, .. }, _) => {
                Value::Number { value: Size::name(&format!("{name}[{}]", self.text(spans.1))), whole }
            }
            (Value::List(_), at) => self.mismatch("a place", &at, spans.1),
            (other, _) => self.mismatch("a list or an array", &other, spans.0),
        }
    }

    /// A fixed place of numbers that depend on a parameter.
    fn of_series(&mut self, name: &str, whole: bool, shape: &[Size], at: &Value, spans: (Span, Span)) -> Value {
        let Some(place) = self.place(at, spans.1) else { return Value::Poison };
        if let Some((length, _)) = shape.split_first()
            && place.excess(length).is_some_and(|excess| excess >= 0.0)
        {
            let title = format!("there is no place {place} in a list of {}", length.quoted());
            let help = format!("write at most {}", length.clone() - Size::of(1));
            return self.fault("E0302", title, spans.1, "places count from 0", help);
        }
        let name = format!("{name}[{}]", self.text(spans.1));
        match shape {
            [_, rest @ ..] if !rest.is_empty() => Value::Series { name, whole, shape: rest.to_vec() },
            _ => Value::Number { value: Size::name(&name), whole },
        }
    }

    /// `words.sizes["category"]`: the number of labels of an attribute.
    fn size_of(&mut self, data: &Value, named: &Value, span: Span) -> Value {
        match (data, named) {
            (Value::Data(source), Value::Text(name)) => match self.attribute(source, name, span) {
                Some((_, size)) => Value::count(size),
                None => Value::Poison,
            },
            (Value::Poison, _) => Value::Poison,
            (data, named) => {
                let source = if let Value::UnknownData(name) = data { name.as_str() } else { "data" };
                let named = if let Value::Text(name) = named { format!("{name:?}") } else { self.text(span) };
                Value::Number { value: Size::name(&format!("{source}.sizes[{named}]")), whole: true }
            }
        }
    }

    /// The place and size of an attribute by its name.
    pub fn attribute(&mut self, source: &Source, name: &str, span: Span) -> Option<(usize, usize)> {
        let attributes = source.attributes();
        let known = || attributes.iter().map(|(name, _)| *name);
        if let Some(place) = known().position(|known| known == name) {
            return Some((place, attributes[place].1));
        }
        let help = nearest(name, known()).map_or_else(
            || format!("the attributes are {}", known().collect::<Vec<_>>().join(", ")),
            |meant| format!("write \"{meant}\""),
        );
        let title = format!("the data source has no attribute `{name}`");
        self.fault("E0201", title, span, "not found", help);
        None
    }

    /// `row.attributes["category"]`: the label of an attribute.
    fn named_label(&mut self, table: NodeId, at: &Value, spans: (Span, Span), env: Env<'_>) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        let Op::Attributes { row } = graph.borrow().nodes[table].op else {
            return self.mismatch("a count", at, spans.1);
        };
        let of = graph.borrow().types[row].element.clone();
        if let (Element::Row(RowOf::Known(source)), Value::Text(name)) = (&of, at) {
            let Some((place, _)) = self.attribute(source, name, spans.1) else { return Value::Poison };
            return self.gathered(table, Value::count(place), spans, env);
        }
        let source = if let Element::Row(RowOf::Named(name)) = &of { name.as_str() } else { "data" };
        let named = if let Value::Text(name) = at { format!("{name:?}") } else { self.text(spans.1) };
        let ty = Type::single(Element::Label(Size::name(&format!("{source}.sizes[{named}]"))));
        self.applied(&format!("[{named}]"), vec![table], ty, env)
    }

    fn gathered(&mut self, table: NodeId, at: Value, spans: (Span, Span), env: Env<'_>) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        let index = match at {
            Value::Text(_) | Value::Unknown(Kind::Text) => return self.named_label(table, &at, spans, env),
            Value::Node(node) => node,
            Value::Number { ref value, whole: true } => match value.known() {
                Some(value) => graph.borrow_mut().constant(value as i64),
                // A place that depends on a parameter is looked at where the task is called.
                None => {
                    let ty = Type::single(Element::Truth);
                    graph.borrow_mut().intern(Scope::Run, Op::Apply { function: value.to_string(), args: vec![] }, ty)
                }
            },
            other => {
                self.whole(&other, spans.1);
                return Value::Poison;
            }
        };
        let made = graph.borrow_mut().gather(table, index);
        match made {
            Ok(node) => Value::Node(node),
            Err(fault) => self.misplaced(fault, index, spans, env),
        }
    }

    /// Why a place cannot be taken of a table.
    fn misplaced(&mut self, fault: Misplaced, index: NodeId, spans: (Span, Span), env: Env<'_>) -> Value {
        let at = spans.1;
        let said = self.text(at);
        match fault {
            Misplaced::NoTable => {
                let said = self.text(spans.0);
                let title = format!("`{said}` has no places: it is a single value");
                let help = format!("take the index away, or draw several: `{said} ~ ...[n]`");
                self.fault("E0310", title, spans.0, "indexed here", help)
            }
            Misplaced::Below(place) => {
                let title = format!("there is no place {place}");
                self.fault("E0310", title, at, "places count from 0", "write a whole number of at least 0")
            }
            Misplaced::Past(place, length) => {
                let title = format!("there is no place {place} among {}", length.quoted());
                let help = format!("write at most {}", length - Size::of(1));
                self.fault("E0310", title, at, "places count from 0", help)
            }
            Misplaced::Wide(labels, length) => {
                let title =
                    format!("the index has {} values but the axis has {} places", labels.quoted(), length.quoted());
                if let Some(start) = start_of(index, env) {
                    let title = format!(
                        "the first value is one of {} labels, which index {} places",
                        labels.quoted(),
                        length.quoted()
                    );
                    let finding = Diagnostic::error("E0310", title, start, "past the end")
                        .also(at, "indexes here")
                        .help(format!("start with a label out of {length}"));
                    self.report(finding);
                    return Value::Poison;
                }
                let help = format!("make the table {labels} long, or index it with a class({length})");
                self.fault("E0310", title, at, "can point past the end", help)
            }
            Misplaced::Integer(length) => {
                let title = format!("the index `{said}` is an integer without a label space");
                let help = format!("write `({said}) % {length}`, or give it a name with the type `: class({length})`");
                self.fault("E0310", title, at, "out of how many?", help)
            }
            Misplaced::Other(ty) => {
                let title = format!("an index is a label or a count, not {ty}");
                self.fault("E0310", title, at, "no place", "index with a label, such as one drawn from `uniform(k)`")
            }
        }
    }
}

/// Where the start of a recurrence stands, of a node that looks one position back.
fn start_of(node: NodeId, env: Env<'_>) -> Option<Span> {
    let graph = env.graph?.borrow();
    let (_, name) = graph.waiting.iter().find(|(waiting, _)| *waiting == node)?;
    first_of(graph.lines.get(name.as_str())?.line).map(|first| first.span)
}
