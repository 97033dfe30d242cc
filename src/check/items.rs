//! What items come to: knobs, tasks, models, curricula, probes.

use super::{Call, Checker};
use super::evaluate::{Env, Given};
use super::graph::{Graph, Line};
use super::value::{ProbeValue, StageValue, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::model::{Context, Model, Norm, Positions, Sublayer};
use crate::program::task::{Op, Reference, Scope, Task};
use crate::registry::{BlockKind, nearest, settings_of};
use crate::syntax::tree::{Block, Body, EntryKind, Expr, Item, Keyword, Type};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The settings of a block by key, a misspelt key counting as its nearest; the last of two wins.
pub fn settings<'e>(block: &'e Block, kind: BlockKind) -> HashMap<&'static str, (&'e Expr, Option<&'e Type>)> {
    let mut found = HashMap::new();
    for entry in &block.entries {
        let EntryKind::Setting { key, value, ty, .. } = &entry.kind else { continue };
        let keys = || settings_of(kind).map(|setting| setting.key);
        let meant = keys().find(|known| *known == key.text).or_else(|| nearest(&key.text, keys()));
        if let Some(known) = meant.and_then(|meant| keys().find(|known| *known == meant)) {
            found.insert(known, (value, ty.as_ref()));
        }
    }
    found
}

impl Checker {
    /// The value of an item with arguments.
    pub fn item(&mut self, module: usize, at: usize, given: Vec<Given>, span: Span) -> Value {
        let plain = given.is_empty();
        if plain && let Some(known) = self.known.get(&(module, at)) {
            return known.clone();
        }
        if self.open.contains(&(module, at)) {
            let item = &self.modules[module].file.items[at];
            let (title, place) = (format!("`{}` is defined by itself", item.name.text), item.name.span);
            self.report(Diagnostic::error("E0210", title, place, "this needs its own value").help("break the circle"));
            return Value::Poison;
        }
        self.open.push((module, at));
        let value = self.make_item(module, at, given, span);
        self.open.pop();
        if plain {
            self.known.insert((module, at), value.clone());
        }
        value
    }

    fn make_item(&mut self, module: usize, at: usize, given: Vec<Given>, span: Span) -> Value {
        let modules = Rc::clone(&self.modules);
        let item = &modules[module].file.items[at];
        let title = title(item, &given);
        let named = given.iter().enumerate().filter_map(|(place, given)| {
            let name = given.name.clone().or_else(|| item.params.get(place).map(|param| param.name.text.clone()))?;
            Some((name, given.span))
        });
        let call = Call { span, args: named.collect() };
        let Some(locals) = self.arguments(module, item, given, span) else { return Value::Poison };
        let env = Env { module, locals: &locals, graph: None };
        self.calls.push(call);
        let value = match (&item.body, item.keyword) {
            (Body::Value { .. }, Keyword::Param) => self.param(item, env),
            (Body::Value { value, .. }, _) => self.eval(value, env),
            (Body::Block(block), Keyword::Task) => self.task(item, block, env, title),
            (Body::Block(block), Keyword::Model) => self.model(block, item, env),
            (Body::Block(block), Keyword::Curriculum) => self.curriculum(block, item, env),
            (Body::Block(block), Keyword::Probe) => self.probe(block, item, env),
            _ => Value::Poison,
        };
        self.calls.pop();
        value
    }

    fn arguments(&mut self, module: usize, item: &Item, mut given: Vec<Given>, span: Span) -> Option<HashMap<String, Value>> {
        given.retain(|given| !(item.keyword == Keyword::Model && given.name.as_deref() == Some("tokenizer")));
        let names: Vec<&str> = item.params.iter().map(|param| param.name.text.as_str()).collect();
        let defaults: Vec<bool> = item.params.iter().map(|param| param.default.is_some()).collect();
        let mut bound = self.bind(&format!("`{}`", item.name.text), &names, &defaults, given, span)?;
        let mut locals = HashMap::new();
        for (place, param) in item.params.iter().enumerate() {
            let value = match (bound.given(place), &param.default) {
                (Some((value, at)), _) => self.coerce(value, &param.ty, at),
                (None, Some(default)) => {
                    let value = self.eval(default, Env { module, locals: &locals, graph: None });
                    self.coerce(value, &param.ty, default.span)
                }
                (None, None) => Value::Poison,
            };
            locals.insert(param.name.text.clone(), value);
        }
        Some(locals)
    }

    fn param(&mut self, item: &Item, env: Env<'_>) -> Value {
        let Body::Value { ty, value } = &item.body else { return Value::Poison };
        let set = (env.module == self.root).then(|| self.set.get(&item.name.text).cloned()).flatten();
        let (value, span) = match set {
            Some(set) => (self.eval(&set, env), set.span),
            None => (self.eval(value, env), value.span),
        };
        match ty {
            Some(ty) => self.coerce(value, ty, span),
            None => value,
        }
    }

    /// A value as a parameter's type takes it.
    fn coerce(&mut self, value: Value, ty: &Type, span: Span) -> Value {
        let Type::Named { name, .. } = ty else { return value };
        let fits = match (name.text.as_str(), &value) {
            (_, Value::Poison) => true,
            ("count", Value::Number { value, whole }) => *whole && *value >= 0.0,
            ("real", Value::Number { .. })
            | ("bool", Value::Bool(_))
            | ("text", Value::Text(_))
            | ("duration", Value::Duration(_))
            | ("task", Value::Task(_) | Value::Mixture(_))
            | ("data", Value::Data(_))
            | ("model", Value::Model(_))
            | ("curriculum", Value::Curriculum(_))
            | ("loss", Value::Loss(_))
            | ("probe", Value::Probe(_))
            | ("metric", Value::Metric(_))
            | ("optimizer", Value::Optimizer(_)) => true,
            _ => !TYPES.contains(&name.text.as_str()),
        };
        if fits { value } else { self.mismatch(&format!("a {}", name.text), &value, span) }
    }

    fn require<'e>(
        &mut self,
        found: &HashMap<&'static str, (&'e Expr, Option<&'e Type>)>,
        key: &str,
        item: &Item,
    ) -> Option<&'e Expr> {
        if let Some((value, _)) = found.get(key) {
            return Some(value);
        }
        let title = format!("`{}` has no `{key}`", item.name.text);
        let finding = Diagnostic::error("E0207", title, item.name.span, "setting missing").help(format!("add `{key}: ...`"));
        self.report(finding);
        None
    }

    fn task(&mut self, item: &Item, block: &Block, env: Env<'_>, title: String) -> Value {
        let found = settings(block, BlockKind::Task);
        for key in ["emit", "show", "plateaus", "score"] {
            if let Some((value, _)) = found.get(key) {
                self.later(&format!("`{key}` in a task"), value.span);
            }
        }
        if found.contains_key("emit") || found.contains_key("show") {
            return Value::Poison;
        }
        let keys = ["length", "input", "target", "blind", "ideal"].map(|key| self.require(&found, key, item));
        let [Some(length), Some(input), Some(target), Some(blind), Some(ideal)] = keys else { return Value::Poison };
        let (length_value, blind_value, ideal_value) = (self.eval(length, env), self.eval(blind, env), self.eval(ideal, env));
        let graph = RefCell::new(Graph::new(block));
        let inside = Env { graph: Some(&graph), ..env };
        let target_value = self.eval(target, inside);
        let input_value = self.eval(input, inside);
        // What neither reaches is followed too, so that its faults are found and probes can ask for it.
        let mut others: Vec<String> = graph.borrow().lines.keys().map(ToString::to_string).collect();
        others.sort();
        for name in others {
            self.graph_name(&name, inside);
        }
        let (Value::Node(target_node), Value::Node(input_node)) = (&target_value, &input_value) else {
            for (value, span) in [(&target_value, target.span), (&input_value, input.span)] {
                if !matches!(value, Value::Node(_)) {
                    self.mismatch("a name drawn or defined in the task", value, span);
                }
            }
            return Value::Poison;
        };
        let Some(length_count) = self.positive(&length_value, length.span) else { return Value::Poison };
        let levels = [self.reference(blind_value, blind.span), self.reference(ideal_value, ideal.span)];
        let [Some(blind_level), Some(ideal_level)] = levels else { return Value::Poison };
        let declared = found.get("target").and_then(|(_, ty)| *ty);
        let graph = graph.replace(Graph::new(block));
        let Some(classes) = self.label_space(&graph, *target_node, declared, target.span, env) else { return Value::Poison };
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
                self.report(Diagnostic::error("E0311", title, span, label).help("take fewer points, or more values of each factor"));
            }
        }
    }

    fn reference(&mut self, value: Value, span: Span) -> Option<Reference> {
        match value {
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

    fn label_space(&mut self, graph: &Graph<'_>, node: usize, declared: Option<&Type>, span: Span, env: Env<'_>) -> Option<usize> {
        let labels = graph.nodes[node].labels.clone();
        let [classes] = labels.as_slice() else {
            self.fault("E0310", "the target is not one label", span, "must be of a class(k)");
            return None;
        };
        let Some(Type::Named { name, args, .. }) = declared else { return Some(*classes) };
        let [size] = args.as_slice() else { return Some(*classes) };
        if name.text != "class" {
            self.later("a target that is not a class", name.span);
            return None;
        }
        let value = self.eval(size, env);
        let wide = self.positive(&value, size.span)?;
        if wide < *classes {
            let title = format!("the target has {classes} labels but is declared as class({wide})");
            self.report(Diagnostic::error("E0310", title, size.span, "too few").help(format!("write `class({classes})`")));
        } else if wide > *classes {
            let title = format!("the read-out would be {wide} wide for {classes} labels");
            let label = "labels that never occur cost a first false step of the loss";
            self.report(Diagnostic::error("E0310", title, size.span, label).help(format!("write `class({classes})`")));
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
            self.report(Diagnostic::error("E0210", title, at, "this needs its own value").help("break the circle"));
            return Value::Poison;
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
                let arguments = super::names::pool_arguments(pool);
                let [size] = arguments.as_slice() else {
                    return self.later("a pool with other arguments than its size", pool.span);
                };
                let value = self.eval(size, env);
                let Some(count) = self.positive(&value, size.span) else { return Value::Poison };
                Some(count as u64)
            }
        };
        if scope == Scope::Run {
            return self.later("`per run`", distribution.span);
        }
        if pool.is_some() && !matches!(draw, super::value::DrawValue::Permutations { .. }) {
            return self.later("a pool of anything but permutations", distribution.span);
        }
        let node = graph.borrow_mut().draw(scope, &draw, pool, distinct);
        Value::Node(node)
    }

    fn model(&mut self, block: &Block, item: &Item, env: Env<'_>) -> Value {
        let found = settings(block, BlockKind::Model);
        let (Some(width_at), Some(blocks_at)) = (self.require(&found, "width", item), self.require(&found, "blocks", item))
        else {
            return Value::Poison;
        };
        let value = self.eval(width_at, env);
        let width = self.positive(&value, width_at.span);
        let positions = self.choice(&found, "positions", "learned", &["learned", "none"], env);
        let norm = self.choice(&found, "norm", "pre", &["pre", "none"], env);
        let list = match self.eval(blocks_at, env) {
            Value::List(list) => list,
            other => return self.mismatch("a list of layers", &other, blocks_at.span),
        };
        let (Some(width), Some(positions), Some(norm)) = (width, positions, norm) else { return Value::Poison };
        let mut blocks = Vec::new();
        for layer in list {
            match layer {
                Value::Layer(layer) => blocks.push((layer.at_width(width), layer)),
                other => return self.mismatch("attention(...) or mlp(...)", &other, blocks_at.span),
            }
        }
        for (sublayer, layer) in &blocks {
            let (Sublayer::Attention { heads }, super::value::LayerValue::Attention { span, .. }) = (sublayer, layer) else { continue };
            if width % heads != 0 {
                let fits: Vec<String> = (1..=width).filter(|n| width % n == 0 && *n <= 64).map(|n| n.to_string()).collect();
                let place = self.blame(*span);
                let title = format!("{heads} heads cannot share a width of {width}");
                let finding = Diagnostic::error("E0303", title, place, format!("{width} is not divisible by {heads}"))
                    .help(format!("use one of {} heads, or another width", fits.join(", ")));
                self.report(finding);
                return Value::Model(Rc::new(Model { width, positions: Positions::Learned, norm: Norm::Pre, blocks: blocks.into_iter().map(|(sublayer, _)| sublayer).collect() }));
            }
        }
        let model = Model {
            width,
            positions: if positions == "learned" { Positions::Learned } else { Positions::None },
            norm: if norm == "pre" { Norm::Pre } else { Norm::None },
            blocks: blocks.into_iter().map(|(sublayer, _)| sublayer).collect(),
        };
        if model.layers() == 0 {
            return self.fault("E0302", "a model without attention cannot learn in context", blocks_at.span, "no attention here");
        }
        Value::Model(Rc::new(model))
    }

    fn choice<'e>(
        &mut self,
        found: &HashMap<&'static str, (&'e Expr, Option<&'e Type>)>,
        key: &str,
        default: &'static str,
        words: &[&str],
        env: Env<'_>,
    ) -> Option<&'static str> {
        let Some((expr, _)) = found.get(key) else { return Some(default) };
        match self.eval(expr, env) {
            Value::Word(word) if words.contains(&word) => Some(word),
            other => {
                self.mismatch(&words.join(" or "), &other, expr.span);
                None
            }
        }
    }

    fn curriculum(&mut self, block: &Block, item: &Item, env: Env<'_>) -> Value {
        let mut stages = Vec::new();
        for entry in &block.entries {
            let EntryKind::Nested { name: Some(name), block, .. } = &entry.kind else { continue };
            let found = settings(block, BlockKind::Stage);
            for key in ["until", "at_most", "loss"] {
                if let Some((value, _)) = found.get(key) {
                    self.later(&format!("`{key}` in a stage"), value.span);
                    return Value::Poison;
                }
            }
            let stage_item = Item { name: name.clone(), ..item.clone() };
            let (Some(train_at), Some(length_at)) =
                (self.require(&found, "train", &stage_item), self.require(&found, "for", &stage_item))
            else {
                return Value::Poison;
            };
            let train = match self.eval(train_at, env) {
                Value::Task(task) => vec![(task, 1.0)],
                Value::Mixture(parts) => parts,
                other => return self.mismatch("a task or mix(...)", &other, train_at.span),
            };
            let length = match self.eval(length_at, env) {
                Value::Duration(length) => length,
                other => return self.mismatch("a duration", &other, length_at.span),
            };
            let Some(optimizer) = self.choice(&found, "optimizer", "keep", &["keep", "reset"], env) else { return Value::Poison };
            stages.push(StageValue {
                name: name.text.clone(),
                train,
                length,
                length_span: self.blame(length_at.span),
                reset: optimizer == "reset",
            });
        }
        if stages.is_empty() {
            return self.fault("E0207", "this curriculum has no stage", item.name.span, "nothing is trained");
        }
        Value::Curriculum(Rc::new(stages))
    }

    fn probe(&mut self, block: &Block, item: &Item, env: Env<'_>) -> Value {
        let found = settings(block, BlockKind::Probe);
        let keys = ["of", "read", "predict", "fit"].map(|key| self.require(&found, key, item));
        let [Some(of), Some(read), Some(predict), Some(fit)] = keys else { return Value::Poison };
        let task = self.eval(of, env);
        let reading = self.eval(read, env);
        let fitted = self.eval(fit, env);
        let context = self.choice(&found, "context", "full", &["full", "none"], env);
        let Value::Task(task) = task else { return self.mismatch("a task", &task, of.span) };
        let Value::Reading(site) = reading else { return self.mismatch("a site at a place", &reading, read.span) };
        let Value::Reader { epochs, lr } = fitted else { return self.mismatch("a reader", &fitted, fit.span) };
        let Some(context) = context else { return Value::Poison };
        let crate::syntax::tree::ExprKind::Name(name) = &predict.kind else {
            return self.fault("E0301", "a probe predicts a name of its task", predict.span, "not a name");
        };
        let names = || task.names.keys().map(String::as_str);
        let Some(meant) = names().find(|known| known == name).or_else(|| nearest(name, names())) else {
            return Value::Poison;
        };
        let node = task.names[meant];
        if task.nodes[node].labels.is_empty() || matches!(task.nodes[node].op, Op::Gather { .. }) && task.nodes[node].labels.len() > 1 {
            return self.fault("E0310", format!("`{meant}` is not a label that a probe can tell"), predict.span, "no class(k)");
        }
        Value::Probe(Rc::new(ProbeValue {
            name: item.name.text.clone(),
            task: Rc::clone(&task),
            site,
            site_span: read.span,
            context: if context == "none" { Context::None } else { Context::Full },
            predict: meant.to_string(),
            node,
            epochs,
            lr,
        }))
    }

    /// The names that `predict` may ask for are those of the probe's task; the first pass cannot know them.
    pub fn check_predict(&mut self, module: usize) {
        let modules = Rc::clone(&self.modules);
        for item in &modules[module].file.items {
            let (Keyword::Probe, Body::Block(block)) = (item.keyword, &item.body) else { continue };
            if item.params.iter().any(|param| param.default.is_none()) {
                continue;
            }
            let found = settings(block, BlockKind::Probe);
            let (Some((of, _)), Some((predict, _))) = (found.get("of"), found.get("predict")) else { continue };
            let locals = HashMap::new();
            let Value::Task(task) = self.eval(of, Env { module, locals: &locals, graph: None }) else { continue };
            let crate::syntax::tree::ExprKind::Name(name) = &predict.kind else { continue };
            if task.names.contains_key(name) {
                continue;
            }
            let meant = nearest(name, task.names.keys().map(String::as_str));
            let all = task.names.keys().cloned().collect::<Vec<_>>().join(", ");
            let help = meant.map_or(format!("its names: {all}"), |meant| format!("write `{meant}`"));
            let title = format!("the task of probe `{}` has no name `{name}`", item.name.text);
            self.report(Diagnostic::error("E0201", title, predict.span, "not found").help(help));
        }
    }
}

const TYPES: &[&str] = &[
    "count", "real", "bool", "text", "duration", "task", "data", "model", "curriculum", "loss", "probe", "metric", "optimizer",
];

fn title(item: &Item, given: &[Given]) -> String {
    let said = given.iter().enumerate().filter_map(|(place, given)| {
        let name = given.name.clone().or_else(|| item.params.get(place).map(|param| param.name.text.clone()))?;
        match &given.value {
            Value::Number { value, .. } => Some(format!("{name}: {value}")),
            _ => None,
        }
    });
    let args = said.collect::<Vec<_>>().join(", ");
    if args.is_empty() { item.name.text.clone() } else { format!("{}({args})", item.name.text) }
}
