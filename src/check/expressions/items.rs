//! What items come to, with their arguments.

use crate::check::Call;
use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::naming::scope::unread;
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::diagnostic::Span;
use crate::registry::{BlockKind, Kind, TYPES, nearest, settings_of};
use crate::syntax::tree::{Arg, Block, Body, EntryKind, Expr, ExprKind, Item, Keyword, Name, Param, Type};
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

/// An argument of an item after evaluation.
pub struct Given {
    pub name: Option<String>,
    pub value: Value,
    pub span: Span,
}

impl Checker<'_> {
    /// An item called with arguments as written.
    pub fn call_item(&mut self, module: usize, at: usize, args: &[Arg], span: Span, env: Env<'_>) -> Value {
        let modules = Rc::clone(&self.modules);
        let item = &modules[module].file.items[at];
        let mut given = Vec::new();
        for (place, arg) in args.iter().enumerate() {
            let param = match &arg.name {
                Some(name) => item.params.iter().find(|param| param.name.text == name.text),
                None => item.params.get(place),
            };
            let value = self.chosen(&arg.value, param.map(|param| &param.ty), env);
            given.push(Given { name: arg.name.as_ref().map(|name| name.text.clone()), value, span: arg.value.span });
        }
        self.item(module, at, given, span)
    }

    /// The value of an item with arguments.
    pub fn item(&mut self, module: usize, at: usize, given: Vec<Given>, span: Span) -> Value {
        let plain = given.is_empty();
        if plain && let Some(known) = self.known.get(&(module, at)) {
            return known.clone();
        }
        if let Some(first) = self.open.iter().position(|open| *open == (module, at)) {
            return self.circle(first);
        }
        self.made += 1;
        if self.made > limits::CALLS {
            let title = format!("this program calls items over {} times", limits::CALLS);
            return self.fault("E0302", title, span, "given up here", "name what is used again with `let`");
        }
        self.open.push((module, at));
        // What a plain item comes to is known for every size only outside of the item that is being looked at.
        let generic = std::mem::take(&mut self.generic);
        self.generic = generic && !plain;
        let value = self.make_item(module, at, given, span);
        self.generic = generic;
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
        let args: HashMap<String, Span> = named.collect();
        let standing = |param: &Param| Some((param.name.text.clone(), param.default.as_ref()?.span));
        let defaults = item.params.iter().filter(|param| !args.contains_key(&param.name.text)).filter_map(standing);
        let call = Call { span, defaults: defaults.collect(), args, body: item.span, parameterised: !given.is_empty() };
        let mut tokenizer = None;
        let mut own: Vec<Given> = Vec::new();
        for given in given {
            if item.keyword == Keyword::Model && given.name.as_deref() == Some("tokenizer") {
                tokenizer = Some((given.value, given.span));
            } else {
                own.push(given);
            }
        }
        self.calls.push(call);
        let grows = item.keyword == Keyword::Task && own.iter().any(|given| matches!(given.value, Value::Schedule(_)));
        let mut value = if grows {
            self.growing(&own, span, &mut |checker, given| checker.body(module, item, given, span, &title))
        } else {
            self.body(module, item, own, span, &title)
        };
        if let Some((given, at)) = tokenizer {
            value = self.with_tokenizer(value, &given, at);
        }
        self.calls.pop();
        value
    }

    fn body(&mut self, module: usize, item: &Item, given: Vec<Given>, span: Span, title: &str) -> Value {
        let Some(locals) = self.arguments(module, item, given, span) else { return Value::Poison };
        self.with_locals(module, item, &locals, title)
    }

    /// What an item comes to, its parameters bound.
    pub fn with_locals(&mut self, module: usize, item: &Item, locals: &HashMap<String, Value>, title: &str) -> Value {
        let env = Env { module, locals, graph: None };
        match (&item.body, item.keyword) {
            (Body::Value { .. }, Keyword::Param) => self.param(item, env),
            (Body::Value { ty, value }, keyword) => {
                let made = self.eval(value, env);
                match (ty, keyword) {
                    (Some(ty), _) => self.coerce(made, ty, value.span, env),
                    (None, keyword) => self.of_kind(made, keyword, value.span),
                }
            }
            (Body::Block(block), Keyword::Task) => self.task(item, block, env, title.to_string()),
            (Body::Block(block), Keyword::Model) => self.model(block, item, env),
            (Body::Block(block), Keyword::Curriculum) => self.curriculum(block, item, env),
            (Body::Block(block), Keyword::Probe) => self.probe(block, item, env),
            _ => Value::Poison,
        }
    }

    /// A value as the keyword of its item promises.
    fn of_kind(&mut self, value: Value, keyword: Keyword, span: Span) -> Value {
        let kind = match keyword {
            Keyword::Loss => Kind::Loss,
            Keyword::Metric => Kind::Metric,
            Keyword::Data => Kind::Data,
            Keyword::Model => Kind::Model,
            Keyword::Probe => Kind::Probe,
            Keyword::Curriculum => Kind::Curriculum,
            Keyword::Task => Kind::Task,
            _ => return value,
        };
        self.of(value, kind, span)
    }

    fn arguments(
        &mut self,
        module: usize,
        item: &Item,
        given: Vec<Given>,
        span: Span,
    ) -> Option<HashMap<String, Value>> {
        let names: Vec<&str> = item.params.iter().map(|param| param.name.text.as_str()).collect();
        let defaults: Vec<bool> = item.params.iter().map(|param| param.default.is_some()).collect();
        let heads: Vec<(Option<Name>, Span)> = (given.iter())
            .map(|given| (given.name.clone().map(|text| Name { text, span: given.span }), given.span))
            .collect();
        let places = self.bind(&format!("`{}`", item.name.text), &names, &defaults, &heads, span)?;
        let mut values: Vec<Option<(Value, Span)>> =
            given.into_iter().map(|given| Some((given.value, given.span))).collect();
        let mut locals = HashMap::new();
        for (param, place) in item.params.iter().zip(places) {
            let value = match (place.and_then(|place| values[place].take()), &param.default) {
                (Some((value, at)), _) => {
                    self.coerce(value, &param.ty, at, Env { module, locals: &locals, graph: None })
                }
                (None, Some(_)) => self.default_of(param, &locals, module),
                (None, None) => Value::Poison,
            };
            locals.insert(param.name.text.clone(), value);
        }
        Some(locals)
    }

    fn default_of(&mut self, param: &Param, locals: &HashMap<String, Value>, module: usize) -> Value {
        let Some(default) = &param.default else { return Value::Poison };
        let env = Env { module, locals, graph: None };
        let value = self.chosen(default, Some(&param.ty), env);
        self.coerce(value, &param.ty, default.span, env)
    }

    fn param(&mut self, item: &Item, env: Env<'_>) -> Value {
        let Body::Value { ty, value } = &item.body else { return Value::Poison };
        let mine = env.module == self.root;
        if mine && let Some(swept) = self.swept.get(&item.name.text).cloned() {
            return match ty {
                Some(ty) => self.coerce(swept.0, ty, swept.1, env),
                None => swept.0,
            };
        }
        let set = mine.then(|| self.set.get(&item.name.text).cloned()).flatten();
        let expr = set.as_ref().unwrap_or(value);
        let (value, span) = (self.chosen(expr, ty.as_ref(), env), expr.span);
        match ty {
            Some(ty) => self.coerce(value, ty, span, env),
            None => value,
        }
    }

    /// A value of a type; a word of a choice is itself, whatever else has its name.
    pub fn chosen(&mut self, expr: &Expr, ty: Option<&Type>, env: Env<'_>) -> Value {
        match (ty, &expr.kind) {
            (Some(Type::Choice { words, .. }), ExprKind::Name(word))
                if words.iter().any(|known| known.text == *word) =>
            {
                Value::word(word)
            }
            _ => self.eval(expr, env),
        }
    }

    /// What a parameter is inside its item, for every value that it may have.
    pub fn unknown(&mut self, param: &Param, env: Env<'_>) -> Value {
        let name = param.name.text.clone();
        let Type::Named { name: ty, shape, .. } = &param.ty else { return Value::Unknown(Kind::Word(&[])) };
        if !shape.is_empty() {
            let whole = ty.text != "real";
            let sizes = shape.iter().map(|size| match self.eval(size, env) {
                Value::Number { value, .. } => value,
                _ => Size::name(&self.text(size.span)),
            });
            return Value::Series { name, whole, shape: sizes.collect() };
        }
        match ty.text.as_str() {
            "count" | "class" => Value::Number { value: Size::name(&name), whole: true },
            "real" => Value::Number { value: Size::name(&name), whole: false },
            "data" => Value::UnknownData(name),
            text => kind_of(text).map_or(Value::Poison, Value::Unknown),
        }
    }

    /// A value as a parameter's type takes it.
    pub fn coerce(&mut self, value: Value, ty: &Type, span: Span, env: Env<'_>) -> Value {
        let (name, args, shape) = match ty {
            Type::Choice { words, .. } => {
                let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                return match &value {
                    Value::Poison | Value::Unknown(Kind::Word(_)) => value,
                    Value::Word(word) if words.contains(&&**word) => value,
                    _ => {
                        let said = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
                        self.mismatch(&said, &value, span)
                    }
                };
            }
            Type::Named { name, args, shape, .. } => (name, args, shape),
        };
        if matches!(value, Value::Poison) {
            return value;
        }
        if !shape.is_empty() {
            return match value {
                Value::List(items) => self.coerce_list(items, ty, span, env),
                Value::Series { .. } => value,
                other => self.mismatch("a list", &other, span),
            };
        }
        match name.text.as_str() {
            // A range that a task grows along is looked at where the task is made.
            "count" if matches!(value, Value::Schedule(ref schedule) if schedule.whole) => value,
            "real" if matches!(value, Value::Schedule(_)) => value,
            "count" if matches!(value, Value::Schedule(_)) => {
                let title = "this ramp goes through numbers that are no counts";
                self.fault("E0301", title, span, "not whole numbers", "write whole ends and a whole `by`")
            }
            "count" => match self.whole(&value, span) {
                Some(_) => value,
                None => Value::Poison,
            },
            "class" => {
                let (Some(label), [size]) = (self.whole(&value, span), args.as_slice()) else { return Value::Poison };
                let size = self.eval(size, env);
                if let Value::Number { value: size, .. } = size
                    && label.excess(&size).is_some_and(|excess| excess >= 0.0)
                {
                    let title = format!("the label {label} is not one of {size}");
                    let help = format!("write a label from 0 to {}", size - Size::of(1));
                    return self.fault("E0310", title, span, "labels count from 0", help);
                }
                value
            }
            // A real is one however it is written, so that what is made of it has one type for every value.
            "real" => match (self.number(&value, span), value) {
                (Some(_), Value::Number { value, .. }) => Value::Number { value, whole: false },
                (Some(_), value) => value,
                (None, _) => Value::Poison,
            },
            text => match kind_of(text) {
                Some(kind) if Self::fits(&value, kind) => value,
                Some(kind) => self.mismatch(&kind.to_string(), &value, span),
                None => value,
            },
        }
    }

    /// A list as a parameter's type takes it: its length, and each of its items.
    fn coerce_list(&mut self, items: Vec<Value>, ty: &Type, span: Span, env: Env<'_>) -> Value {
        let Type::Named { shape, .. } = ty else { return Value::List(items) };
        let Some((length, rest)) = shape.split_first() else { return Value::List(items) };
        if let Value::Number { value: places, .. } = self.eval(length, env)
            && places.differs(&Size::of(items.len()))
        {
            let title = format!("a list of {} is given, but its type has {} places", items.len(), places.quoted());
            return self.fault("E0306", title, span, "another length", format!("give it {places} items"));
        }
        let mut inner = ty.clone();
        if let Type::Named { shape, .. } = &mut inner {
            *shape = rest.to_vec();
        }
        let items: Vec<Value> = items.into_iter().map(|item| self.coerce(item, &inner, span, env)).collect();
        if items.iter().any(|item| matches!(item, Value::Poison)) { Value::Poison } else { Value::List(items) }
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
        let modules = Rc::clone(&self.modules);
        let (block, module) = within;
        if !unread(block, &modules[module].text).contains(&key) {
            let title = format!("`{}` has no `{key}`", item.name.text);
            self.fault("E0207", title, item.name.span, "setting missing", format!("add `{key}: ...`"));
        }
        None
    }

    /// One of a few words; `None` where a finding was made, the empty word where a parameter decides.
    pub fn choice(
        &mut self,
        found: &Found<'_>,
        key: &str,
        default: &'static str,
        words: &[&'static str],
        env: Env<'_>,
    ) -> Option<&'static str> {
        let Some((expr, _)) = found.get(key) else { return Some(default) };
        if let ExprKind::Name(name) = &expr.kind
            && let Some(word) = words.iter().find(|word| *word == name)
        {
            return Some(word);
        }
        let value = self.eval(expr, env);
        if let Value::Word(word) = &value
            && let Some(word) = words.iter().find(|known| ***known == **word)
        {
            return Some(word);
        }
        if matches!(value, Value::Unknown(Kind::Word(_))) {
            return Some(default);
        }
        let said: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let meant = match &expr.kind {
            ExprKind::Name(name) => nearest(name, words.iter().copied()),
            _ => None,
        };
        if let Some(meant) = meant {
            self.mismatch_fix(&said.join(" or "), &value, expr.span, meant);
        } else {
            self.mismatch(&said.join(" or "), &value, expr.span);
        }
        None
    }

    /// Reports that an item's default does not fit its type, and everything else that is wrong for every argument.
    pub fn for_every_size(&mut self, module: usize, at: usize) {
        let modules = Rc::clone(&self.modules);
        let item = &modules[module].file.items[at];
        self.generic = true;
        let whole = |param: &&Param| matches!(&param.ty, Type::Named { name, shape, .. } if name.text == "count" && shape.is_empty());
        self.counts = item.params.iter().filter(whole).map(|param| param.name.text.clone()).collect();
        let mut locals = HashMap::new();
        for param in &item.params {
            if param.default.is_some() {
                self.default_of(param, &locals, module);
            }
            let value = self.unknown(param, Env { module, locals: &locals, graph: None });
            locals.insert(param.name.text.clone(), value);
        }
        self.open.push((module, at));
        self.with_locals(module, item, &locals, &item.name.text);
        self.open.pop();
        self.generic = false;
    }

    /// Reports a setting that a model has no use for, or takes its tokenizer.
    fn with_tokenizer(&mut self, value: Value, given: &Value, span: Span) -> Value {
        let Some(tokenizer) = self.tokenizer(given, span) else {
            return if given.open() { value } else { Value::Poison };
        };
        match value {
            Value::Model(model) => {
                let mut model = (*model).clone();
                model.tokenizer = Some(tokenizer);
                Value::Model(Rc::new(model))
            }
            other => other,
        }
    }
}

/// The kind that a type's word names.
pub fn kind_of(word: &str) -> Option<Kind> {
    Some(match word {
        "bool" => Kind::Bool,
        "text" => Kind::Text,
        "duration" => Kind::Duration,
        "schedule" => Kind::Schedule,
        "distribution" => Kind::Distribution,
        "data" => Kind::Data,
        "task" => Kind::Task,
        "model" => Kind::Model,
        "optimizer" => Kind::Optimizer,
        "curriculum" => Kind::Curriculum,
        "loss" => Kind::Loss,
        "probe" => Kind::Probe,
        "metric" => Kind::Metric,
        word => {
            debug_assert!(!TYPES.contains(&word) || matches!(word, "count" | "real" | "class"), "{word}");
            return None;
        }
    })
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
