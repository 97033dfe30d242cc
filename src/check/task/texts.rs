//! Tasks of text: the template of an example, its fields, and which of them counts.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::expressions::items::Found;
use crate::check::task::functions::Given;
use crate::check::task::tasks::Interface;
use crate::check::values::shape::{Element, RowOf, Type};
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::data::{DataError, Source, TableSpec, table};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{Form, NodeId, Op, Piece};
use crate::program::vocabulary::{Vocabulary, cut};
use crate::registry::nearest;
use crate::syntax::tree::{Expr, ExprKind, Name};
use std::collections::BTreeSet;
use std::rc::Rc;

impl Checker<'_> {
    /// A task that says `show: "{row.word} -> {label}\n"`.
    pub fn text_form(&mut self, show: &Expr, found: &Found<'_>, env: Env<'_>) -> Option<Interface> {
        let ExprKind::Text(text) = &show.kind else {
            let value = self.eval(show, env);
            return self.none("a text in quotes", &value, show.span);
        };
        let mut pieces = Vec::new();
        let mut fields: Vec<(String, NodeId)> = Vec::new();
        let mut whole = true;
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((inside, behind)) = after.split_once('}') else {
                self.fault(
                    "E0302",
                    "a field of this text is never closed",
                    show.span,
                    "`{` without `}`",
                    "close it with `}`",
                );
                return None;
            };
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_string()));
            }
            match self.shown(inside.trim(), show.span, env) {
                Some((node, column)) => {
                    fields.push((inside.trim().to_string(), node));
                    pieces.push(Piece::Field { node, column, name: inside.trim().to_string() });
                }
                None => whole = false,
            }
            rest = behind;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_string()));
        }
        if !whole {
            return None;
        }
        let Some((_, input)) = fields.first().cloned() else {
            let help = "write a field in braces, such as `{row.word}`";
            self.fault("E0302", "this text is the same for every example", show.span, "no field", help);
            return None;
        };
        let (target, target_span) = self.counted(show, found, &fields)?;
        let vocabulary = self.vocabulary(&pieces, env);
        // Where a table is a parameter, its words are not known yet.
        let words = vocabulary.as_ref().map_or_else(|| Size::name("vocabulary"), |words| Size::of(words.len()));
        Some(Interface {
            vocabulary: vocabulary.unwrap_or_default(),
            form: Form::Text { pieces },
            input,
            target,
            input_width: words.clone(),
            outputs: words,
            real: false,
            target_span,
        })
    }

    /// The field whose tokens count.
    fn counted(&mut self, show: &Expr, found: &Found<'_>, fields: &[(String, NodeId)]) -> Option<(NodeId, Span)> {
        let all = fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        let Some((score, _)) = found.get("score") else {
            let help = format!("add `score:` with one of {}", all.join(", "));
            self.fault("E0207", "a task of text has no `score`", show.span, "which field counts?", help);
            return None;
        };
        let wanted = self.text(score.span);
        if let Some((_, node)) = fields.iter().find(|(name, _)| *name == wanted) {
            return Some((*node, score.span));
        }
        let meant = nearest(&wanted, all.iter().copied());
        let help = meant.map_or(format!("the fields are {}", all.join(", ")), |meant| format!("write `{meant}`"));
        self.fault("E0201", format!("the text has no field `{wanted}`"), score.span, "not shown", help);
        None
    }

    /// What a field of a text stands for.
    fn shown(&mut self, field: &str, text: Span, env: Env<'_>) -> Option<(NodeId, Option<String>)> {
        let span = self.within(text, field);
        let mut parts = field.split('.');
        let name = parts.next().unwrap_or_default();
        let graph = env.graph?;
        if !graph.borrow().knows(name) && !env.locals.contains_key(name) {
            let meant = {
                let graph = graph.borrow();
                let known = graph.lines.keys().copied().chain(env.locals.keys().map(String::as_str));
                nearest(name, known).map(ToString::to_string)
            };
            // The task may have been told of the name where it uses it.
            let title = format!("`{name}` is not defined");
            if self.findings.iter().any(|finding| finding.id == "E0201" && finding.title == title) {
                return None;
            }
            let at = Span::new(span.file, span.start as usize, span.start as usize + name.len());
            let finding = Diagnostic::error("E0201", title, at, "not found");
            self.report(match meant {
                Some(meant) => finding.help(format!("write `{meant}`")).fix(at, meant),
                None => finding.help("draw or define it in the task"),
            });
            return None;
        }
        let value = self.name(name, span, env);
        let (mut node, _) = self.node_or_text(value, span, env)?;
        let column = parts.next();
        if let Some(column) = column {
            let start = span.start as usize + name.len() + 1;
            let at = Name { text: column.to_string(), span: Span::new(span.file, start, start + column.len()) };
            match self.row_field(node, &at, env) {
                Value::Node(of) => node = of,
                _ => return None,
            }
        }
        let ty = graph.borrow().types[node].clone();
        let printed = ty.shape.is_empty() && !matches!(ty.element, Element::Row(_));
        if !printed {
            let title = format!("`{field}` is {ty}, which has no text");
            let finding = Diagnostic::error("E0301", title, span, "not to be shown");
            self.report(finding.help("show a word, a number or a label; of a row, one of its columns"));
            return None;
        }
        if ty.element != Element::Text {
            if !matches!(ty.element, Element::Label(_) | Element::Truth) {
                self.later("a number in a text", span);
                return None;
            }
            let Value::Node(text) = self.applied("text", vec![node], Type::single(Element::Text), env) else {
                return None;
            };
            node = text;
        }
        Some((node, column.map(ToString::to_string)))
    }

    /// A value as a node, also where it is a text.
    pub fn node_or_text(&mut self, value: Value, span: Span, env: Env<'_>) -> Option<(NodeId, Type)> {
        match value {
            Value::Poison => None,
            Value::Text(text) => {
                let graph = env.graph?;
                let op = Op::Apply { function: serde_json::Value::from(text).to_string(), args: Vec::new() };
                let ty = Type::single(Element::Text);
                let id = graph.borrow_mut().intern(crate::program::task::Scope::Run, op, ty.clone());
                Some((id, ty))
            }
            other => self.node(other, span, env),
        }
    }

    /// Where a part of a text stands in the source.
    fn within(&self, text: Span, part: &str) -> Span {
        let source = self.text(text);
        source.find(&format!("{{{part}")).map_or(text, |at| {
            let start = text.start as usize + at + 1;
            Span::new(text.file, start, start + part.len())
        })
    }

    /// The words of the tables, then those of the template and of labels that are shown as numbers; none where a table is
    /// a parameter.
    fn vocabulary(&self, pieces: &[Piece], env: Env<'_>) -> Option<Vocabulary> {
        let graph = env.graph?.borrow();
        let mut words = Vocabulary::default();
        for source in &graph.sources {
            if let Source::Table(table) = source {
                words = words.with(table.texts().into_iter().map(ToOwned::to_owned));
            }
        }
        let mut further: BTreeSet<String> = BTreeSet::new();
        for piece in pieces {
            let node = match piece {
                Piece::Literal(text) => {
                    further.extend(cut(text).map(ToOwned::to_owned));
                    continue;
                }
                Piece::Field { node, .. } => *node,
            };
            match &graph.nodes[node].op {
                Op::Apply { function, args } if function == "text" => {
                    let labels = *graph.nodes[*args.first()?].labels.first()?;
                    further.extend((0..labels).map(|label| label.to_string()));
                }
                Op::Apply { function, .. } if function.starts_with('"') => {
                    further.insert(serde_json::from_str(function).ok()?);
                }
                // All else is a text of a table.
                _ if words.is_empty() => return None,
                _ => {}
            }
        }
        Some(words.with(further))
    }

    /// `words.label(attribute, value)`: the text of a label.
    pub fn label_text(&mut self, data: &Value, given: Given, span: Span, env: Env<'_>) -> Value {
        let Some(graph) = env.graph else {
            let help = "write it in a definition of a task";
            return self.fault("E0301", "a label's text is looked up inside a task only", span, "no task here", help);
        };
        let mut args = Vec::new();
        for (value, at) in given.into_iter().flatten() {
            // An attribute may be called by its name, as in `row.attributes["category"]`.
            let value = match (data, value) {
                (Value::Data(source), Value::Text(name)) if args.is_empty() => {
                    match self.attribute(source, &name, at) {
                        Some((place, _)) => Value::count(place),
                        None => return Value::Poison,
                    }
                }
                (Value::UnknownData(source), Value::Text(name)) if args.is_empty() => {
                    Value::Number { value: Size::name(&format!("{source}[{name:?}]")), whole: true }
                }
                (_, value) => value,
            };
            let Some((node, ty)) = self.node(value, at, env) else { return Value::Poison };
            if !matches!(ty.element, Element::Label(_) | Element::Whole) || !ty.shape.is_empty() {
                let title = format!("`label` takes an attribute and a value, not {ty}");
                return self.fault("E0310", title, at, "no label", "write `label(attribute, value)`");
            }
            args.push(node);
        }
        let of = match data {
            Value::Data(source) => {
                let place = graph.borrow_mut().source(source);
                RowOf::Named(format!("label {place}"))
            }
            Value::UnknownData(name) => RowOf::Named(format!("label of {name}")),
            _ => return Value::Poison,
        };
        let RowOf::Named(function) = of else { return Value::Poison };
        self.applied(&function, args, Type::single(Element::Text), env)
    }

    /// A table in a file, read when it is checked.
    pub fn table(&mut self, given: Given) -> Option<Value> {
        let mut given = given.into_iter();
        let (path, at) = given.next()??;
        let key = given.next().flatten();
        let Value::Text(path) = path else { return Some(Value::UnknownData("table".into())) };
        let key = match key {
            None => None,
            Some((Value::Text(key), span)) => Some((key, span)),
            Some((Value::Poison, _)) => return None,
            Some((other, at)) => return Some(self.mismatch("a name in quotes", &other, at)),
        };
        let full = self.folder.join(&path);
        let shown = full.display().to_string();
        let read = self.world.bytes(&full, table::LARGEST).map_err(|error| match error.kind() {
            std::io::ErrorKind::FileTooLarge => table::too_large(&shown),
            std::io::ErrorKind::IsADirectory => DataError::file(format!("{shown} is a folder"), "name a file in it"),
            _ => DataError::unreadable(&full, &error),
        });
        let named = key.as_ref().map(|(key, _)| key.as_str());
        match read.and_then(|bytes| TableSpec::read(&shown, &bytes, named)) {
            Ok(table) => Some(Value::Data(Rc::new(Source::Table(table)))),
            Err(fault) => {
                let (at, label) = match (&key, &fault) {
                    (Some((_, key)), DataError::Column { .. }) => (*key, "no such column"),
                    _ => (at, "this file"),
                };
                self.report(Diagnostic::error("E0314", fault.reason(), at, label).help(fault.cure()));
                None
            }
        }
    }
}
