//! What items come to, with their arguments.

use super::evaluate::{Env, Given};
use super::scope::unread;
use super::value::Value;
use super::{Call, Checker, limits};
use crate::diagnostic::Span;
use crate::registry::{BlockKind, TYPES, nearest, settings_of};
use crate::syntax::tree::{Block, Body, EntryKind, Expr, Item, Keyword, Type};
use std::collections::HashMap;
use std::rc::Rc;

/// Settings by key, with the type that may follow a target.
pub type Found<'e> = HashMap<&'static str, (&'e Expr, Option<&'e Type>)>;

/// The settings of a block by key, a misspelt key counting as its nearest; the last of two wins.
pub fn settings<'e>(block: &'e Block, kind: BlockKind) -> Found<'e> {
    let mut found: Found<'e> = HashMap::new();
    let exact = |known: &str| {
        (block.entries.iter()).any(|entry| matches!(&entry.kind, EntryKind::Setting { key, .. } if key.text == known))
    };
    for entry in &block.entries {
        let EntryKind::Setting { key, value, ty, .. } = &entry.kind else { continue };
        let keys = || settings_of(kind).map(|setting| setting.key);
        let meant = keys().find(|known| *known == key.text).or_else(|| nearest(&key.text, keys()));
        if let Some(known) = meant.and_then(|meant| keys().find(|known| *known == meant))
            && (known == key.text || !exact(known))
        {
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
            return self.fault("E0210", title, place, "this needs its own value", "break the circle");
        }
        self.made += 1;
        if self.made > limits::CALLS {
            let title = format!("this program calls items over {} times", limits::CALLS);
            return self.fault("E0302", title, span, "given up here", "name what is used again with `let`");
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
            (Body::Value { ty, value }, keyword) => {
                let made = self.eval(value, env);
                match (ty, keyword) {
                    (Some(ty), _) => self.coerce(made, ty, value.span),
                    (None, keyword) => self.of_kind(made, keyword, value.span),
                }
            }
            (Body::Block(block), Keyword::Task) => self.task(item, block, env, title),
            (Body::Block(block), Keyword::Model) => self.model(block, item, env),
            (Body::Block(block), Keyword::Curriculum) => self.curriculum(block, item, env),
            (Body::Block(block), Keyword::Probe) => self.probe(block, item, env),
            _ => Value::Poison,
        };
        self.calls.pop();
        value
    }

    /// A value as the keyword of its item promises.
    fn of_kind(&mut self, value: Value, keyword: Keyword, span: Span) -> Value {
        let expected = match (keyword, &value) {
            (_, Value::Poison)
            | (Keyword::Loss, Value::Loss(_))
            | (Keyword::Metric, Value::Metric(_))
            | (Keyword::Data, Value::Data(_))
            | (Keyword::Model, Value::Model(_))
            | (Keyword::Probe, Value::Probe(_))
            | (Keyword::Curriculum, Value::Curriculum(_))
            | (Keyword::Task, Value::Task(_)) => return value,
            (Keyword::Loss, _) => "a loss",
            (Keyword::Metric, _) => "a metric",
            (Keyword::Data, _) => "a data source",
            (Keyword::Model, _) => "a model",
            (Keyword::Probe, _) => "a probe",
            (Keyword::Curriculum, _) => "a curriculum",
            (Keyword::Task, _) => "a task",
            _ => return value,
        };
        self.mismatch(expected, &value, span)
    }

    fn arguments(
        &mut self,
        module: usize,
        item: &Item,
        mut given: Vec<Given>,
        span: Span,
    ) -> Option<HashMap<String, Value>> {
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
        let Type::Named { name, .. } = ty else {
            return self.later("a choice of words as a type", span);
        };
        let fits = match (name.text.as_str(), &value) {
            (_, Value::Poison) => true,
            ("count", Value::Number { whole: true, .. }) => {
                return self.whole(&value, span).map_or(Value::Poison, |_| value);
            }
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

    /// A setting that must be there.
    pub fn require<'e>(
        &mut self,
        found: &Found<'e>,
        key: &str,
        item: &Item,
        within: (&Block, usize),
    ) -> Option<&'e Expr> {
        if let Some((value, _)) = found.get(key) {
            return Some(value);
        }
        let modules = std::rc::Rc::clone(&self.modules);
        let (block, module) = within;
        if !unread(block, &modules[module].text).contains(&key) {
            let title = format!("`{}` has no `{key}`", item.name.text);
            self.fault("E0207", title, item.name.span, "setting missing", format!("add `{key}: ...`"));
        }
        None
    }

    /// One of a few words.
    pub fn choice(
        &mut self,
        found: &Found<'_>,
        key: &str,
        default: &'static str,
        words: &[&str],
        env: Env<'_>,
    ) -> Option<&'static str> {
        let Some((expr, _)) = found.get(key) else { return Some(default) };
        match self.eval(expr, env) {
            Value::Word(word) if words.contains(&word) => Some(word),
            other => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                self.mismatch(&words.join(" or "), &other, expr.span);
                None
            }
        }
    }
}

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
