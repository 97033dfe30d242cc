//! Lines of a task: draws and definitions followed by their names, also to themselves one position earlier.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::task::graph::{Graph, Line};
use crate::check::values::shape::{Element, Type};
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{NodeId, Op, Scope};
use crate::registry::nearest;
use crate::syntax::tree::{Expr, ExprKind, Name, Type as Written};
use std::cell::RefCell;

impl Checker<'_> {
    /// Draws that reach neither input nor target, and that no probe asks for.
    pub fn unused_lines(&mut self, others: &[String], graph: &Graph<'_>) {
        for name in others {
            let named = graph.lines[name.as_str()];
            if self.predicted.contains(name) {
                continue;
            }
            let what = match named.line {
                Line::Draw { .. } => "drawn",
                Line::Definition { .. } => "defined",
            };
            let title = format!("`{name}` is {what} and never used");
            let label = "reaches neither what is read nor what is predicted";
            let finding = Diagnostic::warning("W0205", title, named.name.span, label);
            self.report(finding.help("use it, take it away, or ask for it by a probe"));
        }
    }

    /// The value of a name drawn or defined in the task under construction.
    pub fn graph_name(&mut self, name: &str, span: Span, env: Env<'_>) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        if let Some(attribute) = graph.borrow().attributes_seen.get(name) {
            return attribute.clone();
        }
        let Some(named) = graph.borrow().lines.get(name).copied() else { return Value::Poison };
        if let Some(scope) = named.scope
            && !self.sees(scope, name, Some(named.name.span), span, env)
        {
            return Value::Poison;
        }
        if let Some(known) = graph.borrow().values.get(name) {
            return known.clone();
        }
        if graph.borrow().open.iter().any(|(open, _)| open == name) {
            let title = format!("`{name}` is defined by itself");
            let help = if named.scope == Some(Scope::Example) {
                format!("write `previous({name})` for its value one position earlier")
            } else {
                "break the circle".to_string()
            };
            return self.fault("E0210", title, named.name.span, "this needs its own value", help);
        }
        graph.borrow_mut().open.push((name.to_string(), named.scope));
        let value = match named.line {
            Line::Definition { value, ty } => self.definition(value, ty, env),
            Line::Draw { distribution, pool, distinct } => self.draw(named.scope, distribution, pool, distinct, env),
        };
        let mut built = graph.borrow_mut();
        built.open.pop();
        if let Value::Node(node) = value {
            built.named.insert(name.to_string(), node);
        }
        built.values.insert(name.to_string(), value.clone());
        value
    }

    /// Whether the line that is followed sees what comes about once in a scope, and a finding where it does not.
    pub fn sees(&mut self, scope: Scope, name: &str, stands: Option<Span>, span: Span, env: Env<'_>) -> bool {
        let Some(graph) = env.graph else { return true };
        let outer = graph.borrow().open.last().and_then(|(_, scope)| *scope);
        let Some(outer) = outer.filter(|outer| scope > *outer) else { return true };
        let [here, there] = [outer, scope].map(|scope| scope_word(scope, graph.borrow().tokens));
        let title = format!("`{name}` is not seen here: it comes about per {there}");
        let mut finding = Diagnostic::error("E0212", title, span, format!("this line stands in `per {here}`"));
        if let Some(stands) = stands {
            finding = finding.also(stands, format!("stands in `per {there}`"));
        }
        self.report(finding.help(format!("move this line into `per {there}`")));
        false
    }

    /// `name = expression : type`.
    pub fn definition(&mut self, value: &Expr, ty: Option<&Written>, env: Env<'_>) -> Value {
        let made = self.eval(value, env);
        if let Value::List(rows) = &made
            && let Some((first, rest)) = rows.split_first()
            && rest.iter().any(|row| matches!((first, row), (Value::List(a), Value::List(b)) if a.len() != b.len()))
        {
            let help = "give every row as many numbers";
            return self.fault("E0306", "the rows of this table differ in length", value.span, "ragged", help);
        }
        let Some(ty) = ty else { return made };
        if matches!(made, Value::Poison | Value::Draw(_)) {
            return made;
        }
        let Written::Named { name, args, shape, span } = ty else {
            return self.fault(
                "E0301",
                "a choice of words is no type of a number",
                value.span,
                "no number",
                "take it away",
            );
        };
        let Some((node, of)) = self.node(made, value.span, env) else { return Value::Poison };
        let mut sizes = Vec::new();
        for size in shape {
            let value = self.eval(size, env);
            let Some(size) = self.bounded(&value, size.span, limits::AXIS, "a size") else { return Value::Poison };
            sizes.push(size);
        }
        let fits = of.shape.len() == sizes.len() && of.shape.iter().zip(&sizes).all(|(a, b)| !a.differs(b));
        if !fits && (!sizes.is_empty() || name.text != "class") {
            let title = format!("{} is {of}, but its type says {}", defined(env), self.text(*span));
            return self.fault(
                "E0306",
                title,
                *span,
                "shapes differ",
                format!("write `: {of}`, or mend what stands before it"),
            );
        }
        match name.text.as_str() {
            "class" => self.as_class(node, &of, args, (value.span, name.span), env),
            "real" => self.applied("real", vec![node], Type::array(Element::Real, of.shape), env),
            "count" if of.element != Element::Real => Value::Node(node),
            "bool" if of.element == Element::Truth => Value::Node(node),
            _ => {
                let title = format!("{} is {of}, but its type says {}", defined(env), self.text(*span));
                self.fault(
                    "E0301",
                    title,
                    *span,
                    "types differ",
                    format!("write `: {of}`, or mend what stands before it"),
                )
            }
        }
    }

    /// A label again, after arithmetic; its range is checked when it is sampled.
    pub fn as_class(&mut self, node: NodeId, of: &Type, args: &[Expr], spans: (Span, Span), env: Env<'_>) -> Value {
        let [size] = args else {
            let help = "write `class(k)`, with k the number of labels";
            return self.fault("E0209", "`class` takes the number of labels", spans.1, "argument missing", help);
        };
        let value = self.eval(size, env);
        let Some(labels) = self.positive(&value, size.span) else { return Value::Poison };
        match &of.element {
            Element::Label(known) if known.excess(&labels).is_some_and(|excess| excess > 0.0) => {
                let title = format!("this has {} labels but is declared as class({labels})", known.quoted());
                return self.fault("E0310", title, size.span, "too few", format!("write `class({known})`"));
            }
            Element::Label(_) | Element::Whole | Element::Truth => {}
            _ => {
                let title = format!("a class is made of integers, but this is {of}");
                return self.fault("E0310", title, spans.0, "no label", "take the type away");
            }
        }
        self.applied("class", vec![node], Type::array(Element::Label(labels), of.shape.clone()), env)
    }

    /// `previous(s)`: its name is looked up, not followed, so that a name may lead to itself one position earlier.
    pub fn previous(&mut self, arg: &Expr, span: Span, env: Env<'_>) -> Value {
        let Some(graph) = env.graph else {
            let help = "write it in `per token` or `per example` of a task";
            return self.fault("E0301", "`previous` looks back inside a task only", span, "no task here", help);
        };
        let named = match &arg.kind {
            ExprKind::Name(name) => {
                let known = graph.borrow().lines.contains_key(name.as_str());
                let meant = if known {
                    Some(name.clone())
                } else {
                    let graph = graph.borrow();
                    crate::registry::nearest(name, graph.lines.keys().copied()).map(ToString::to_string)
                };
                meant.and_then(|name| graph.borrow().lines.get(name.as_str()).copied())
            }
            _ => None,
        };
        let Some(named) = named else {
            if matches!(arg.kind, ExprKind::Name(_)) {
                return Value::Poison;
            }
            let help = "give the value a name first, and write `previous(name)`";
            return self.fault("E0301", "`previous` takes a name of the task", arg.span, "no name", help);
        };
        let name = named.name.text.clone();
        if named.scope != Some(Scope::Example) {
            let title = format!("`{name}` is the same at every position, so there is none before");
            let help = format!("write `{name}` alone");
            return self.fault("E0302", title, arg.span, "not drawn at every position", help);
        }
        if !self.sees(Scope::Example, &name, Some(named.name.span), span, env) {
            return Value::Poison;
        }
        let Some(ty) = self.start_type(named.line, &name, arg.span, env) else { return Value::Poison };
        let made = graph.borrow_mut().draw(Scope::Example, Op::Previous { of: usize::MAX }, ty);
        graph.borrow_mut().waiting.push((made, name));
        Value::Node(made)
    }

    /// The type of a recurrence, which is that of its start.
    pub fn start_type(&mut self, line: Line<'_>, name: &str, span: Span, env: Env<'_>) -> Option<Type> {
        if let Line::Definition { value, .. } = line
            && first_in(value).is_some()
        {
            self.undrawn(value.span, span, "looks one position back");
            return None;
        }
        let Some(first) = first_of(line) else {
            let title = format!("the recurrence of `{name}` has no start");
            let help = match line {
                Line::Draw { .. } => format!("add `first: ...` to the draw of `{name}`, such as `first: uniform(k)`"),
                Line::Definition { .. } => {
                    format!("draw `{name}` from a distribution with `first: ...`; a definition has no start")
                }
            };
            self.fault("E0209", title, span, "what stands before the first?", help);
            return None;
        };
        match self.eval(first, env) {
            Value::Draw(draw) => Some(Type::array(draw.element.clone(), draw.whole_shape())),
            Value::Poison => None,
            other => self.node(other, first.span, env).map(|(_, ty)| ty),
        }
    }

    pub fn settle_waiting(&mut self, graph: &RefCell<Graph<'_>>) {
        let mut graph = graph.borrow_mut();
        for (node, name) in std::mem::take(&mut graph.waiting) {
            if let Some(&of) = graph.named.get(&name) {
                graph.nodes[node].op = Op::Previous { of };
            }
        }
    }
}

/// What `first` of a draw says.
pub fn first_of(line: Line<'_>) -> Option<&Expr> {
    let Line::Draw { distribution, .. } = line else { return None };
    first_in(distribution)
}

/// What `first` of a distribution says.
fn first_in(distribution: &Expr) -> Option<&Expr> {
    let call = match &distribution.kind {
        ExprKind::Index { base, .. } => &base.kind,
        kind => kind,
    };
    let ExprKind::Call { args, .. } = call else { return None };
    let first = |name: &Name| name.text == "first" || nearest(&name.text, ["first"]).is_some();
    args.iter().find(|arg| arg.name.as_ref().is_some_and(first)).map(|arg| &arg.value)
}

/// The name of the line that is followed.
fn defined(env: Env<'_>) -> String {
    let name = env.graph.and_then(|graph| graph.borrow().open.last().map(|(name, _)| name.clone()));
    name.map_or_else(|| "this".into(), |name| format!("`{name}`"))
}

fn scope_word(scope: Scope, tokens: bool) -> &'static str {
    match scope {
        Scope::Run => "run",
        Scope::Sequence => "sequence",
        Scope::Example if tokens => "token",
        Scope::Example => "example",
    }
}
