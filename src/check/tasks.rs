//! Tasks: their graphs, label spaces and levels.

use super::evaluate::Env;
use super::graph::{Graph, Line};
use super::items::settings;
use super::scope::unread;
use super::value::{DrawValue, Value};
use super::{Checker, canonical, limits};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{Op, Reference, Scope, Task};
use crate::registry::BlockKind;
use crate::syntax::tree::{Block, Expr, ExprKind, Item, Type};
use std::cell::RefCell;
use std::rc::Rc;

impl Checker {
    pub fn task(&mut self, item: &Item, block: &Block, env: Env<'_>, title: String) -> Value {
        let found = settings(block, BlockKind::Task);
        for key in ["emit", "show", "plateaus", "score"] {
            if let Some((value, _)) = found.get(key) {
                self.later(&format!("`{key}` in a task"), value.span);
            }
        }
        if found.contains_key("emit") || found.contains_key("show") {
            return Value::Poison;
        }
        let keys = ["length", "input", "target", "blind", "ideal"]
            .map(|key| self.require(&found, key, item, (block, env.module)));
        let [Some(length), Some(input), Some(target), Some(blind), Some(ideal)] = keys else { return Value::Poison };
        let modules = Rc::clone(&self.modules);
        let words = || unread(block, &modules[env.module].text).into_iter().map(ToString::to_string).collect();
        let graph = RefCell::new(Graph::new(block, words()));
        let inside = Env { graph: Some(&graph), ..env };
        let target_value = self.eval(target, inside);
        let input_value = self.eval(input, inside);
        // What neither reaches is followed too, so that its faults are found and probes can ask for it.
        let reached = graph.borrow().nodes.len();
        let mut others: Vec<String> = graph.borrow().lines.keys().map(ToString::to_string).collect();
        others.sort();
        for name in others {
            self.graph_name(&name, inside);
        }
        let (length_value, blind_value, ideal_value) =
            (self.eval(length, inside), self.eval(blind, inside), self.eval(ideal, inside));
        let declared = found.get("target").and_then(|(_, ty)| *ty).map(|ty| self.declared(ty, inside));
        let (Value::Node(target_node), Value::Node(input_node)) = (&target_value, &input_value) else {
            for (value, span) in [(&target_value, target.span), (&input_value, input.span)] {
                if !matches!(value, Value::Node(_)) {
                    self.mismatch("a name drawn or defined in the task", value, span);
                }
            }
            return Value::Poison;
        };
        let Some(length_count) = self.bounded(&length_value, length.span, limits::LENGTH, "a length") else {
            return Value::Poison;
        };
        let levels = [self.reference(blind_value, blind.span), self.reference(ideal_value, ideal.span)];
        let [Some(blind_level), Some(ideal_level)] = levels else { return Value::Poison };
        let mut graph = graph.replace(Graph::new(block, Vec::new()));
        canonical::settle(&mut graph.nodes, &mut graph.named, reached);
        let declared = match declared {
            None => None,
            Some(None) => return Value::Poison,
            Some(Some(size)) => Some(size),
        };
        let Some(classes) = self.label_space(&graph, *target_node, declared, target.span) else { return Value::Poison };
        if !matches!(graph.nodes[*input_node].op, Op::Embedding { .. }) {
            return self.later("an input other than a row's embedding", input.span);
        }
        let task = Task {
            sources: graph.sources,
            nodes: graph.nodes,
            length: length_count,
            input: *input_node,
            target: *target_node,
            classes,
            blind: blind_level,
            ideal: ideal_level,
            names: graph.named,
            title,
        };
        self.rows_suffice(&task, length.span);
        Value::Task(Rc::new(task))
    }

    fn rows_suffice(&mut self, task: &Task, span: Span) {
        for node in &task.nodes {
            let Op::Rows { source, distinct: true } = node.op else { continue };
            let split = task.sources[source].split();
            let fewest = split.training_rows().len().min(split.held_out_rows().len());
            if node.scope == Scope::Example && fewest < task.length {
                let title = format!("{} examples without replacement need more rows than there are", task.length);
                let label = format!("a fifth of the rows is held out, which leaves {fewest} in the smaller part");
                self.report(
                    Diagnostic::error("E0311", title, span, label)
                        .help("take fewer points, or more values of each factor"),
                );
            }
        }
    }

    fn reference(&mut self, value: Value, span: Span) -> Option<Reference> {
        match value {
            Value::Reference(Reference::Levels { accuracy: Some(accuracy), .. })
                if !(0.0..=1.0).contains(&accuracy) =>
            {
                let title = format!("an accuracy of {accuracy} is out of range");
                self.fault("E0302", title, span, "not between 0 and 1", "write a share between 0% and 100%");
                None
            }
            Value::Reference(reference) => Some(reference),
            Value::Number { value, .. } => {
                Some(Reference::Levels { loss: Some(value), accuracy: (value == 0.0).then_some(1.0) })
            }
            other => {
                self.mismatch("a formula, a predictor or levels(...)", &other, span);
                None
            }
        }
    }

    /// The size of the label space that a target is declared with.
    fn declared(&mut self, ty: &Type, env: Env<'_>) -> Option<(usize, Span)> {
        let (name, args) = match ty {
            Type::Named { name, args, shape, .. } if shape.is_empty() => (name, args),
            Type::Named { span, .. } | Type::Choice { span, .. } => {
                self.later("a target of this type", *span);
                return None;
            }
        };
        if name.text != "class" {
            // What is not a type at all was told by the first pass.
            if crate::registry::TYPES.contains(&name.text.as_str()) {
                self.later("a target that is not a class", name.span);
            }
            return None;
        }
        let [size] = args.as_slice() else {
            let help = "write `class(k)`, with k the number of labels";
            self.fault("E0209", "`class` takes the number of labels", name.span, "argument missing", help);
            return None;
        };
        let value = self.eval(size, env);
        Some((self.positive(&value, size.span)?, size.span))
    }

    fn label_space(
        &mut self,
        graph: &Graph<'_>,
        node: usize,
        declared: Option<(usize, Span)>,
        span: Span,
    ) -> Option<usize> {
        let labels = graph.nodes[node].labels.clone();
        let [classes] = labels.as_slice() else {
            let help = "predict a name that holds one label out of several";
            self.fault("E0310", "the target is not one label", span, "must be of a class(k)", help);
            return None;
        };
        let Some((wide, at)) = declared else { return Some(*classes) };
        let help = format!("write `class({classes})`");
        if wide < *classes {
            let title = format!("the target has {classes} labels but is declared as class({wide})");
            self.fault("E0310", title, at, "too few", help);
        } else if wide > *classes {
            let title = format!("the target is declared as class({wide}) but has {classes} labels");
            self.fault("E0310", title, at, "labels that never occur cost a first false step of the loss", help);
        }
        Some(*classes)
    }

    /// The value of a name drawn or defined in the task under construction.
    pub fn graph_name(&mut self, name: &str, env: Env<'_>) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        if let Some(known) = graph.borrow().values.get(name) {
            return known.clone();
        }
        let line = graph.borrow().lines.get(name).copied();
        let Some((scope, line, at)) = line else { return Value::Poison };
        if graph.borrow().open.iter().any(|open| open == name) {
            let title = format!("`{name}` is defined by itself");
            return self.fault("E0210", title, at, "this needs its own value", "break the circle");
        }
        graph.borrow_mut().open.push(name.to_string());
        let value = match line {
            Line::Definition { value } => self.eval(value, env),
            Line::Draw { distribution, pool, distinct } => self.draw(scope, distribution, pool, distinct, env),
        };
        let mut built = graph.borrow_mut();
        built.open.pop();
        if let Value::Node(node) = value {
            built.named.insert(name.to_string(), node);
        }
        built.values.insert(name.to_string(), value.clone());
        value
    }

    fn draw(&mut self, scope: Scope, distribution: &Expr, pool: Option<&Expr>, distinct: bool, env: Env<'_>) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        let draw = match self.eval(distribution, env) {
            Value::Draw(draw) => draw,
            other => return self.mismatch("a distribution", &other, distribution.span),
        };
        let pool = match pool {
            None => None,
            Some(pool) => {
                let called = matches!(&pool.kind, ExprKind::Call { callee, .. } if matches!(&callee.kind, ExprKind::Name(name) if name == "pool"));
                if !called {
                    let help = "write `in pool(m)`, with m the number of values";
                    return self.fault("E0301", "a draw is taken from a `pool`", pool.span, "not a pool", help);
                }
                let arguments = super::names::pool_arguments(pool);
                let [size] = arguments.as_slice() else {
                    return self.later("a pool with other arguments than its size", pool.span);
                };
                let value = self.eval(size, env);
                let Some(count) = self.bounded(&value, size.span, limits::POOL, "a pool") else { return Value::Poison };
                Some(count as u64)
            }
        };
        if scope == Scope::Run {
            return self.later("`per run`", distribution.span);
        }
        if pool.is_some() && !matches!(draw, DrawValue::Permutations { .. }) {
            return self.later("a pool of anything but permutations", distribution.span);
        }
        if distinct && !matches!(draw, DrawValue::Rows { .. }) {
            return self.later("`without replacement` of anything but rows", distribution.span);
        }
        let node = graph.borrow_mut().draw(scope, &draw, pool, distinct);
        Value::Node(node)
    }
}
