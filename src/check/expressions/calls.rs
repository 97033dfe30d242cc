//! Calls: what is called, which argument goes where, and whether each is of the kind that is taken.

use crate::check::Checker;
use crate::check::expressions::evaluate::{Env, Referent};
use crate::check::task::functions::Given;
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::registry::{Builtin, Group, Kind, builtin, forms, nearest};
use crate::syntax::tree::{Arg, Expr, ExprKind, Name};

impl Checker<'_> {
    pub fn call(&mut self, callee: &Expr, args: &[Arg], span: Span, env: Env<'_>) -> Value {
        match &callee.kind {
            // Of a name that is not defined, only the arguments are looked at.
            ExprKind::Name(name) if env.graph.is_some() && !self.meant_exactly(name, env) => {
                // The name in a misspelt `previous` may be the one that is being defined.
                for arg in args.iter().filter(|_| nearest(name, ["previous"]).is_none()) {
                    self.eval(&arg.value, env);
                }
                Value::Poison
            }
            ExprKind::Name(name) => match self.called(name, env) {
                Some(Referent::Item(module, item)) => self.call_item(module, item, args, span, env),
                Some(Referent::Builtin(name)) => self.call_builtin(name, args, (callee.span, span), env),
                Some(Referent::Local(_) | Referent::Module(_) | Referent::Word(_)) => {
                    let title = format!("`{name}` is not something to call");
                    let help = format!("write `{name}` alone");
                    self.fault("E0301", title, callee.span, "takes no arguments", help)
                }
                None => Value::Poison,
            },
            ExprKind::Field { base, name } => self.call_field(base, name, args, span, env),
            _ => {
                let help = "call an item by its name";
                self.fault("E0301", "this is not something to call", callee.span, "takes no arguments", help)
            }
        }
    }

    /// What a called name means: a word of a line that could not be read is a builtin where there is one.
    fn called(&self, name: &str, env: Env<'_>) -> Option<Referent> {
        let unread = env.graph.is_some_and(|graph| graph.borrow().lost(name)) && !env.locals.contains_key(name);
        if unread { builtin(name).map(|builtin| Referent::Builtin(builtin.name)) } else { self.meant(name, env) }
    }

    fn call_field(&mut self, base: &Expr, name: &Name, args: &[Arg], span: Span, env: Env<'_>) -> Value {
        if self.misread(base.span) {
            return Value::Poison;
        }
        match self.eval(base, env) {
            Value::Module(module) => match self.member_item(module, &name.text) {
                Some((module, item)) => self.call_item(module, item, args, span, env),
                None => Value::Poison,
            },
            data @ (Value::Data(_) | Value::UnknownData(_)) => {
                if self.nearest_field(name, &["label"]).is_none() {
                    return Value::Poison;
                }
                let heads = heads(args);
                let Some(places) = self.bind("`label`", &["attribute", "value"], &[false, false], &heads, span) else {
                    return Value::Poison;
                };
                let given = places
                    .into_iter()
                    .map(|place| place.map(|place| (self.eval(&args[place].value, env), args[place].value.span)));
                let given: Given = given.collect();
                self.label_text(&data, given, span, env)
            }
            Value::Poison => Value::Poison,
            other => {
                let title = format!("{} has nothing to call", other.describe());
                let help = "call an item, `module.item(...)`, or a builtin";
                self.fault("E0301", title, base.span.to(name.span), "not a function", help)
            }
        }
    }

    /// A builtin as a bare name: a word, or a call without arguments.
    pub fn bare_builtin(&mut self, name: &'static str, span: Span, env: Env<'_>) -> Value {
        let alone = |form: &&Builtin| form.params.iter().all(|param| param.default.is_some()) && form.others.is_none();
        // A word is itself wherever no form can stand alone.
        if let Some(form) = forms(name).find(|form| form.group == Group::Words) {
            return Value::word(form.name);
        }
        match forms(name).find(alone) {
            Some(form) => self.apply_form(form, vec![None; form.params.len()], span, env),
            None => Value::Builtin,
        }
    }

    fn call_builtin(&mut self, name: &'static str, args: &[Arg], spans: (Span, Span), env: Env<'_>) -> Value {
        let (_, span) = spans;
        match name {
            // These take names of things by argument names, or look at a name without following it.
            "mix" => return self.mix(args, span, env),
            "mixture" => {
                return self.mixture(args, span, env);
            }
            "previous" => {
                return match args {
                    [arg] => self.previous(&arg.value, span, env),
                    _ => {
                        let title = "`previous` takes 1 argument";
                        self.fault("E0209", title, span, "one name", "write `previous(name)`")
                    }
                };
            }
            _ => {}
        }
        let Some(form) = chosen(name, args) else { return Value::Poison };
        if form.group == Group::Words && !args.is_empty() {
            let title = format!("`{name}` takes no arguments");
            return self.fault("E0204", title, args[0].value.span, "one too many", "take it away");
        }
        if let Some(fault) = self.no_arrow(form, args) {
            return fault;
        }
        let names: Vec<&str> = form.params.iter().map(|param| param.name).collect();
        // The start of a recurrence is given by its name.
        let places = names.iter().filter(|name| **name != "first").count();
        if let (true, Some(extra)) = (places < names.len(), args.iter().filter(|arg| arg.name.is_none()).nth(places)) {
            let title = format!("`{name}` takes {places} arguments without a name");
            let help = "take it away; the start of a recurrence is `first: ...`";
            return self.fault("E0204", title, extra.value.span, "one too many", help);
        }
        let defaults: Vec<bool> = form.params.iter().map(|param| param.default.is_some()).collect();
        let Some(places) = self.bind(&format!("`{name}`"), &names, &defaults, &heads(args), span) else {
            return Value::Poison;
        };
        let mut given: Given = Vec::new();
        let mut faulty = false;
        for (param, place) in form.params.iter().zip(places) {
            // A condition on rows speaks of their attributes.
            if let ("rows", "where", Some(place), Some(Some((data, _)))) =
                (name, param.name, place, given.first().cloned())
            {
                let value = self.row_condition(&data, &args[place].value, env);
                faulty |= matches!(value, Value::Poison);
                given.push(Some((value, args[place].value.span)));
                continue;
            }
            let Some(place) = place else {
                given.push(None);
                continue;
            };
            let expr = &args[place].value;
            let value = self.argument(expr, param.kind, env);
            // `none` stands for nothing where nothing is the default.
            if param.default == Some("none") && value.is_word("none") {
                given.push(None);
                continue;
            }
            let loose = matches!(form.group, Group::Functions | Group::Distributions);
            let value = if loose && !matches!(param.kind, Kind::Word(_)) {
                value
            } else {
                self.of_expr(value, param.kind, expr)
            };
            faulty |= matches!(value, Value::Poison);
            given.push(Some((value, expr.span)));
        }
        if faulty {
            return Value::Poison;
        }
        self.apply_form(form, given, span, env)
    }

    /// Two arguments where a span is wanted, as in `cosine(1e-3, 1e-5, over: 10k steps)`.
    fn no_arrow(&mut self, form: &Builtin, args: &[Arg]) -> Option<Value> {
        let [a, b, ..] = args else { return None };
        let span = form.params.first().is_some_and(|param| param.kind == Kind::Span);
        let plain = [a, b].iter().all(|arg| arg.name.is_none() && matches!(arg.value.kind, ExprKind::Number { .. }));
        if !span || !plain {
            return None;
        }
        let whole = a.value.span.to(b.value.span);
        let text = format!("{} -> {}", self.text(a.value.span), self.text(b.value.span));
        let title = format!("`{}` goes from one value to another by an arrow", form.name);
        let finding = Diagnostic::error("E0301", title, whole, "two arguments");
        self.report(finding.help(format!("write `{text}`")).fix(whole, text));
        Some(Value::Poison)
    }

    /// An argument, read as its place takes it: words of a choice are themselves.
    pub fn argument(&mut self, expr: &Expr, kind: Kind, env: Env<'_>) -> Value {
        if let ExprKind::Name(name) = &expr.kind
            && kind.words().contains(&name.as_str())
        {
            return Value::word(name);
        }
        self.eval(expr, env)
    }

    fn apply_form(&mut self, form: &'static Builtin, given: Given, span: Span, env: Env<'_>) -> Value {
        match form.group {
            Group::Words => Value::word(form.name),
            Group::Functions if form.name == "index" => self.index_node(span, env),
            Group::Functions => self.function(form.name, given, span, env),
            Group::Distributions => self.distribution(form, given, span, env),
            _ => {
                // What depends on a parameter is of its kind, and nothing more is known.
                if given.iter().flatten().any(|(value, _)| value.open()) {
                    return Value::Unknown(form.gives);
                }
                self.apply(form, given, span).unwrap_or(Value::Poison)
            }
        }
    }

    /// Which argument goes to which parameter; misspelt names count as their nearest.
    pub fn bind(
        &mut self,
        what: &str,
        names: &[&str],
        defaults: &[bool],
        heads: &[(Option<Name>, Span)],
        span: Span,
    ) -> Option<Vec<Option<usize>>> {
        let mut places: Vec<Option<usize>> = names.iter().map(|_| None).collect();
        let mut next = 0;
        // An argument that nothing takes was told by the first pass; it may be the one that is missing.
        let mut lost = false;
        for (at, (name, value_span)) in heads.iter().enumerate() {
            let place = match name {
                Some(name) => {
                    let name = name.text.as_str();
                    let meant = if names.contains(&name) { Some(name) } else { nearest(name, names.iter().copied()) };
                    match meant.and_then(|meant| names.iter().position(|known| *known == meant)) {
                        Some(place) if name == names[place] || places[place].is_none() => place,
                        _ => {
                            lost = true;
                            continue;
                        }
                    }
                }
                None => {
                    while places.get(next).is_some_and(Option::is_some) {
                        next += 1;
                    }
                    if next >= names.len() {
                        let title = match names.len() {
                            0 => format!("{what} takes no arguments"),
                            1 => format!("{what} takes 1 argument"),
                            many => format!("{what} takes {many} arguments"),
                        };
                        let help = match names {
                            [] => "take it away".into(),
                            names => format!("take it away; the arguments are {}", names.join(", ")),
                        };
                        self.report(Diagnostic::error("E0204", title, *value_span, "one too many").help(help));
                        return None;
                    }
                    next
                }
            };
            if places[place].is_some() {
                let title = format!("`{}` is given twice", names[place]);
                self.fault("E0208", title, *value_span, "the second", "keep one of them");
                continue;
            }
            places[place] = Some(at);
        }
        let missing = (0..names.len()).find(|&place| places[place].is_none() && !defaults[place]);
        if let Some(place) = missing {
            if lost {
                return None;
            }
            let title = format!("{what} needs `{}`", names[place]);
            let help = format!("add `{}: ...`", names[place]);
            self.report(Diagnostic::error("E0209", title, span, "argument missing").help(help));
            return None;
        }
        Some(places)
    }

    /// Whether a value is of a kind, or may be.
    pub fn fits(value: &Value, kind: Kind) -> bool {
        match (value, kind) {
            (Value::Poison, _) => true,
            (_, Kind::Either(kinds)) => kinds.iter().any(|kind| Self::fits(value, *kind)),
            (Value::Unknown(Kind::Either(kinds)), kind) => kinds.contains(&kind),
            (Value::Unknown(Kind::Word(_)), Kind::Word(_)) => true,
            (Value::Unknown(Kind::List(_)), Kind::List(_)) => true,
            (Value::Unknown(known), kind) if *known == kind => true,
            (Value::Number { value, whole: true }, Kind::Count | Kind::Label) => {
                value.known().is_none_or(|value| value >= 0.0)
            }
            (Value::Number { .. }, Kind::Real | Kind::Share | Kind::Array | Kind::Reference)
            | (Value::Number { .. } | Value::Schedule(_), Kind::Schedule)
            | (Value::Bool(_), Kind::Bool | Kind::Condition | Kind::Array)
            | (Value::Unknown(Kind::Bool), Kind::Condition | Kind::Array)
            | (Value::Text(_), Kind::Text)
            | (Value::Duration(_), Kind::Duration)
            | (Value::Arrow(..), Kind::Span)
            | (Value::Node(_), Kind::Array | Kind::Label | Kind::Condition | Kind::Reference | Kind::NameOfTask)
            | (Value::Series { .. }, Kind::Array | Kind::List(Kind::Count | Kind::Real))
            | (Value::Draw(_), Kind::Distribution)
            | (Value::Data(_) | Value::UnknownData(_), Kind::Data)
            | (Value::Array(_), Kind::File)
            | (Value::Task(_) | Value::Mixture(_), Kind::Task)
            | (Value::Model(_), Kind::Model)
            | (Value::Layer(_), Kind::Layer)
            | (Value::Curriculum(_), Kind::Curriculum)
            | (Value::Optimizer(_), Kind::Optimizer)
            | (Value::Loss(_), Kind::Loss)
            | (Value::Probe(_), Kind::Probe)
            | (Value::Metric(_), Kind::Metric)
            | (Value::Reference(_) | Value::Ridge(_), Kind::Reference)
            | (Value::Reader(_) | Value::Ridge(_), Kind::Reader)
            | (Value::Site(_) | Value::Reading(..), Kind::Site)
            | (Value::Predictions(_), Kind::Predictions)
            | (Value::Intervention(_), Kind::Intervention) => true,
            (Value::Word(word), Kind::Word(words)) => words.is_empty() || words.contains(&&**word),
            (Value::Word(word), Kind::Predictions) => matches!(&**word, "all" | "last"),
            (Value::List(items), Kind::List(kind)) => items.iter().all(|item| Self::fits(item, *kind)),
            (Value::List(items), Kind::Array) => items.iter().all(|item| Self::fits(item, Kind::Array)),
            (Value::Tuple(items), Kind::Pair) => items.len() == 2,
            _ => false,
        }
    }

    /// A value of a kind, or poison with a finding; of a written list, at the item that does not fit.
    pub fn of_expr(&mut self, value: Value, kind: Kind, expr: &Expr) -> Value {
        if let (Value::List(items), Kind::List(inner), ExprKind::List(written)) = (&value, kind, &expr.kind)
            && let Some(place) = items.iter().position(|item| !Self::fits(item, *inner))
            && let Some(at) = written.get(place)
        {
            return self.mismatch(&inner.to_string(), &items[place], at.span);
        }
        self.of(value, kind, expr.span)
    }

    /// A value of a kind, or poison with a finding.
    pub fn of(&mut self, value: Value, kind: Kind, span: Span) -> Value {
        if Self::fits(&value, kind) {
            return value;
        }
        self.mismatch(&kind.to_string(), &value, span)
    }
}

fn heads(args: &[Arg]) -> Vec<(Option<Name>, Span)> {
    args.iter().map(|arg| (arg.name.clone(), arg.value.span)).collect()
}

/// The form of a builtin that fits the arguments as written; the one that comes nearest where none does.
fn chosen(name: &str, args: &[Arg]) -> Option<&'static Builtin> {
    let named = || args.iter().filter_map(|arg| arg.name.as_ref());
    let plain = args.iter().filter(|arg| arg.name.is_none()).count();
    // Required parameters are filled by name or, in their order, by place.
    let unfilled = |form: &Builtin| {
        let required = form.params.iter().filter(|param| param.default.is_none());
        required.filter(|param| !named().any(|name| name.text == param.name)).count()
    };
    let fits = |form: &&Builtin| {
        let named = named();
        let known = named.clone().all(|name| form.params.iter().any(|param| param.name == name.text));
        let unfilled = unfilled(form);
        let open = form.params.len() - named.count().min(form.params.len());
        let span = form.params.first().is_some_and(|param| param.kind == Kind::Span);
        let arrow = args.first().is_some_and(|arg| matches!(arg.value.kind, ExprKind::Arrow { .. }));
        known && plain >= unfilled.min(form.params.len()) && plain <= open && span == arrow
    };
    let callable = || forms(name).filter(|form| form.group != Group::Words);
    // `uniform(0, 1)` fills both required parameters of one form rather than one and an optional one of the other.
    let best = callable().filter(fits).min_by_key(|form| plain - unfilled(form).min(plain));
    best.or_else(|| callable().next()).or_else(|| builtin(name))
}
