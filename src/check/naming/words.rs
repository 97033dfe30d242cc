//! Names in expressions: what each means, what was meant by a misspelt one, and where it is to be found.

use crate::check::naming::names::{Pass, names_in};
use crate::check::naming::scope::{Meaning, exports, member, parameters};
use crate::check::naming::wanted::{argument_kind, side_kind, type_kind};
use crate::diagnostic::{Diagnostic, Edit, Label, Span};
use crate::registry::{BUILTINS, Builtin, Kind, UNITS, forms, nearest, unit};
use crate::syntax::tree::{Arg, Body, Expr, ExprKind, Keyword, Name, Param, Type};

impl<'a> Pass<'a, '_> {
    /// The names of an expression.
    pub fn expr(&mut self, expr: &Expr) {
        self.expr_of(expr, None);
    }

    /// The names of an expression where a kind of thing is wanted.
    pub fn expr_of(&mut self, expr: &Expr, wanted: Option<Kind>) {
        match &expr.kind {
            ExprKind::Name(name) => self.name(name, expr.span, wanted, false),
            ExprKind::Quantity { unit, value, .. } => self.unit(unit, *value),
            ExprKind::Field { base, name } => self.field(base, name),
            ExprKind::Call { callee, args } => self.call(callee, args, wanted),
            ExprKind::Index { base, index } => {
                self.expr(base);
                index.iter().for_each(|at| self.expr(at));
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr_of(left, side_kind(wanted));
                self.expr_of(right, side_kind(wanted));
            }
            ExprKind::If { condition, then, otherwise } => {
                self.expr(condition);
                self.expr_of(then, wanted);
                self.expr_of(otherwise, wanted);
            }
            ExprKind::List(items) => {
                let inner = if let Some(Kind::List(inner)) = wanted { Some(*inner) } else { None };
                items.iter().for_each(|item| self.expr_of(item, inner));
            }
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Range { from, to, .. } | ExprKind::Arrow { from, to } => {
                self.expr(from);
                self.expr(to);
            }
            ExprKind::At { subject, place } => {
                self.expr_of(subject, wanted);
                if !matches!(place.kind, ExprKind::Field { .. }) {
                    self.place(place, subject);
                }
            }
            ExprKind::Where { subject, condition } => {
                self.expr(subject);
                names_in(condition, &mut self.uses.asked);
            }
            ExprKind::Phrase { .. }
            | ExprKind::Number { .. }
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Error => {}
        }
    }

    fn name(&mut self, name: &str, span: Span, wanted: Option<Kind>, called: bool) {
        if let Some(meaning) = self.scope.exact(name) {
            self.mark(meaning, name);
            return;
        }
        if self.later.contains(&name) {
            self.too_early(name, span);
            return;
        }
        let meant = self.scope.near(name, wanted, self.own);
        if let Some(meant) = meant {
            let word = self.word(meant);
            self.mark(meant, &word);
        }
        if let Some(finding) = self.undefined.get(name).and_then(|&at| self.findings.get_mut(at)) {
            if let Some(edit) = finding.fix.first().cloned() {
                finding.fix.push(Edit { span, ..edit });
            }
            if finding.labels.len() < 8 {
                finding.labels.push(Label { span, text: "and here".into() });
            }
            return;
        }
        let elsewhere = self.elsewhere(name);
        let mut finding = Diagnostic::error("E0201", format!("`{name}` is not defined"), span, "not found");
        let help = match (elsewhere, meant) {
            (Some(help), _) => help,
            (None, Some(meant)) => {
                let word = self.word(meant);
                // What a task predicts or reads could be any of its names; only one a letter away is certain.
                if wanted != Some(Kind::NameOfTask) || strsim::damerau_levenshtein(name, &word) == 1 {
                    finding = finding.fix(span, word.clone());
                }
                format!("write `{word}`")
            }
            (None, None) if wanted == Some(Kind::Text) => {
                finding = finding.fix(span, format!("\"{name}\""));
                format!("write it in quotes: `\"{name}\"`")
            }
            (None, None) => wanted.and_then(|wanted| self.scope.offer(wanted, called)).unwrap_or_else(|| {
                let how = if self.task { "draw or define it in the task" } else { "define it with `let`" };
                format!("{how}, or take it in as a parameter")
            }),
        };
        self.undefined.insert(name.to_string(), self.findings.len());
        self.findings.push(finding.help(help));
    }

    /// A default is made before the parameters behind it are known.
    fn too_early(&mut self, name: &str, span: Span) {
        let own = self.later.first() == Some(&name);
        let (title, help) = if own {
            (format!("the default of `{name}` is made of itself"), "write a value".to_string())
        } else {
            (format!("`{name}` is not known yet in this default"), format!("move `{name}` before this parameter"))
        };
        self.findings.push(Diagnostic::error("E0201", title, span, "a default sees those before it").help(help));
    }

    /// Where a prediction is scored, or a site is read.
    fn place(&mut self, place: &Expr, subject: &Expr) {
        let callee = if let ExprKind::Call { callee, .. } = &subject.kind { callee } else { subject };
        let site = matches!(&callee.kind, ExprKind::Name(name) if forms(name).any(|form| form.gives == Kind::Site));
        let words: &[&str] = if site { &["input", "target", "query"] } else { &["last", "all"] };
        let ExprKind::Name(name) = &place.kind else { return self.expr(place) };
        if self.scope.exact(name).is_some() || nearest(name, words.iter().copied()).is_some() {
            return self.word_of(place, words, "");
        }
        let title = format!("there is no place `{name}`");
        let label = if site { "not a place of a token" } else { "not a place of a prediction" };
        let help = format!("write {}, or a number", any_of(words));
        self.findings.push(Diagnostic::error("E0201", title, place.span, label).help(help));
    }

    /// One of a few words, which stand for themselves.
    pub fn word_of(&mut self, value: &Expr, words: &[&str], what: &str) {
        let ExprKind::Name(name) = &value.kind else { return self.expr(value) };
        if words.contains(&name.as_str()) {
            return;
        }
        if let Some(meaning) = self.scope.exact(name) {
            self.mark(meaning, name);
            return;
        }
        if let Some(meant) = nearest(name, words.iter().copied()) {
            let finding = Diagnostic::error("E0201", format!("`{name}` is not defined"), value.span, "not found");
            self.findings.push(finding.help(format!("write `{meant}`")).fix(value.span, meant));
            return;
        }
        let title = format!("{what} cannot be `{name}`");
        let finding = Diagnostic::error("E0201", title, value.span, "not one of its words");
        self.findings.push(finding.help(format!("write {}", any_of(words))));
    }

    /// Notes that something is read.
    fn mark(&mut self, meaning: Meaning<'_>, name: &str) {
        match meaning {
            Meaning::Local(local) => {
                self.read.insert(local.to_string());
            }
            Meaning::Item(module, item) => {
                self.uses.items.insert((module, item));
            }
            Meaning::Module(_) | Meaning::Lost => {
                self.uses.modules.insert((self.scope.module, name.to_string()));
            }
            Meaning::Builtin(_) | Meaning::Word(_) => {}
        }
    }

    fn word(&self, meaning: Meaning<'_>) -> String {
        let module = &self.scope.modules[self.scope.module];
        match meaning {
            Meaning::Local(name) => name.to_string(),
            Meaning::Item(_, item) => module.file.items[item].name.text.clone(),
            Meaning::Module(used) => {
                module.uses.iter().find(|(_, at)| **at == used).map(|(name, _)| name.clone()).unwrap_or_default()
            }
            Meaning::Builtin(name) | Meaning::Word(name) => name.to_string(),
            Meaning::Lost => String::new(),
        }
    }

    /// A module that exports the name: one that is used, or a standard one.
    fn elsewhere(&self, name: &str) -> Option<String> {
        let module = &self.scope.modules[self.scope.module];
        let mut used: Vec<&String> = module.uses.keys().collect();
        used.sort();
        let holder =
            used.into_iter().find(|word| exports(&self.scope.modules[module.uses[*word]]).any(|export| export == name));
        if let Some(holder) = holder {
            return Some(format!("write `{holder}.{name}`"));
        }
        let as_module = crate::stdlib::MODULES.iter().find(|(module, _)| *module == name);
        if let Some((module, _)) = as_module {
            return Some(format!("add `use std.{module}` at the top"));
        }
        let header = format!(" {name}(");
        (crate::stdlib::MODULES.iter())
            .find(|(_, text)| text.lines().any(|line| line.starts_with("pub ") && line.contains(&header)))
            .map(|(module, _)| format!("add `use std.{module}` at the top and write `{module}.{name}`"))
    }

    fn unit(&mut self, name: &Name, value: f64) {
        if unit(&name.text).is_some() {
            return;
        }
        let words = UNITS.iter().flat_map(|unit| [unit.plural, unit.singular]);
        let meant = nearest(&name.text, words).and_then(unit);
        let help = match meant {
            Some(unit) if value == 1.0 => format!("write `{}`", unit.singular),
            Some(unit) => format!("write `{}`", unit.plural),
            None => format!("the units are {}", UNITS.iter().map(|unit| unit.plural).collect::<Vec<_>>().join(", ")),
        };
        let title = format!("`{}` is not a unit", name.text);
        let mut finding = Diagnostic::error("E0203", title, name.span, "unknown unit").help(help);
        if let Some(unit) = meant {
            finding = finding.fix(name.span, if value == 1.0 { unit.singular } else { unit.plural });
        }
        self.findings.push(finding);
    }

    /// What a name means, a misspelt one counting as its nearest.
    fn meant(&self, name: &str, wanted: Option<Kind>) -> Option<Meaning<'a>> {
        self.scope.exact(name).or_else(|| self.scope.near(name, wanted, self.own))
    }

    fn meaning(&self, callee: &Expr, wanted: Option<Kind>) -> Option<Meaning<'a>> {
        match &callee.kind {
            ExprKind::Name(name) => self.meant(name, wanted),
            ExprKind::Field { base, name } => {
                let ExprKind::Name(module) = &base.kind else { return None };
                let Some(Meaning::Module(used)) = self.meant(module, None) else {
                    return None;
                };
                member(&self.scope.modules[used], &name.text).map(|item| Meaning::Item(used, item))
            }
            _ => None,
        }
    }

    fn field(&mut self, base: &Expr, name: &Name) {
        self.expr(base);
        let ExprKind::Name(word) = &base.kind else { return };
        let Some(Meaning::Module(used)) = self.meant(word, None) else { return };
        let module = &self.scope.modules[used];
        if let Some(&item) = module.items.get(&name.text) {
            self.uses.items.insert((used, item));
        }
        if exports(module).any(|export| export == name.text) {
            return;
        }
        if let Some(&item) = module.items.get(&name.text) {
            self.findings.push(
                Diagnostic::error(
                    "E0206",
                    format!("`{}` is private to its module", name.text),
                    name.span,
                    "not exported",
                )
                .also(module.file.items[item].name.span, "defined here without `pub`")
                .help(format!("write `pub` before `{}` in its module", name.text)),
            );
            return;
        }
        if module.uses.contains_key(&name.text) {
            let title = format!("`{}` is a module that `{word}` uses, not one of its items", name.text);
            let finding = Diagnostic::error("E0201", title, name.span, "not reached through another module");
            let own = crate::stdlib::MODULES.iter().any(|(known, _)| *known == name.text);
            let path = if own { format!("std.{}", name.text) } else { "\"./...\"".into() };
            let help = format!("add `use {path}` at the top and write `{}.` in place of `{word}.{0}.`", name.text);
            self.findings.push(finding.help(help));
            return;
        }
        let help = nearest(&name.text, exports(module)).map_or_else(
            || format!("the items of `{word}` are {}", exports(module).collect::<Vec<_>>().join(", ")),
            |meant| format!("write `{word}.{meant}`"),
        );
        let title = format!("module `{word}` has no `{}`", name.text);
        let mut finding = Diagnostic::error("E0201", title, name.span, "not found").help(help);
        if let Some(meant) = nearest(&name.text, exports(module)) {
            finding = finding.fix(name.span, meant);
        }
        self.findings.push(finding);
    }

    fn call(&mut self, callee: &Expr, args: &[Arg], wanted: Option<Kind>) {
        match &callee.kind {
            ExprKind::Name(name) => self.name(name, callee.span, wanted, true),
            _ => self.expr(callee),
        }
        let meaning = self.meaning(callee, wanted);
        let takes = meaning.and_then(|meaning| parameters(self.scope.modules, meaning));
        let modules = self.scope.modules;
        let params: &[Param] = match meaning {
            Some(Meaning::Item(module, item)) => &modules[module].file.items[item].params,
            _ => &[],
        };
        let builtin = if let Some(Meaning::Builtin(name)) = meaning { Some(name) } else { None };
        for (place, arg) in args.iter().enumerate() {
            if let (Some(name), Some((names, false))) = (&arg.name, &takes)
                && !names.contains(&name.text)
            {
                let meant = nearest(&name.text, names.iter().map(String::as_str));
                let sibling = builtin.and_then(|builtin| sibling(builtin, &name.text));
                let help = match (meant, sibling, names.as_slice()) {
                    (Some(meant), ..) => format!("write `{meant}: ...`"),
                    (None, Some(sibling), _) => format!("take it away, or write `{sibling}(...)`, which has one"),
                    (None, None, []) => "take it away: there are no arguments".into(),
                    (None, None, names) => format!("the arguments are {}", names.join(", ")),
                };
                let title = format!("{} has no argument `{}`", called(callee), name.text);
                let mut finding = Diagnostic::error("E0204", title, name.span, "unknown argument").help(help);
                if let Some(meant) = meant.filter(|meant| !args.iter().any(|arg| is_named(arg, meant))) {
                    finding = finding.fix(name.span, meant);
                }
                self.findings.push(finding);
            }
            // Shares are given by the names of things.
            if let (Some("mix" | "mixture"), Some(name)) = (builtin, &arg.name) {
                self.name(&name.text, name.span, (builtin == Some("mix")).then_some(Kind::Task), false);
            }
            // A condition on rows speaks of their attributes, which are known when the data source is.
            if builtin == Some("rows") && arg.name.as_ref().is_some_and(|name| name.text == "where") {
                self.row_condition(&arg.value);
                continue;
            }
            let param = match &arg.name {
                Some(name) => params.iter().find(|param| param.name.text == name.text),
                None => params.get(place),
            };
            if builtin.is_some_and(|builtin| stands_for_itself(builtin, arg, place)) {
                continue;
            }
            let said = arg.name.as_ref().map(|name| name.text.as_str());
            match builtin.and_then(|builtin| argument_kind(builtin, said, place)) {
                Some(Kind::Word(words)) => {
                    let named = || forms(builtin?).find_map(|form| form.params.get(place)).map(|param| param.name);
                    let what = format!("`{}`", said.or_else(named).unwrap_or_default());
                    self.word_of(&arg.value, words, &what);
                }
                Some(kind) => self.expr_of(&arg.value, Some(kind)),
                None => self.given(&arg.value, param),
            }
        }
    }

    /// Names of the task or of the file in a condition on rows are read; the others are attributes.
    fn row_condition(&mut self, condition: &Expr) {
        let mut names = std::collections::HashSet::new();
        names_in(condition, &mut names);
        for name in names {
            if let Some(meaning) = self.scope.exact(&name) {
                self.mark(meaning, &name);
            }
        }
    }

    /// The values of a sweep; under a param that is a choice of words, these words stand for themselves.
    pub fn swept(&mut self, names: &[Name], values: &Expr) {
        let modules = self.scope.modules;
        let module = &modules[self.scope.module];
        let choice = |name: &Name| {
            let item = module.items.get(&name.text).map(|&at| &module.file.items[at])?;
            match &item.body {
                Body::Value { ty: Some(ty @ Type::Choice { .. }), .. } if item.keyword == Keyword::Param => Some(ty),
                _ => None,
            }
        };
        match (names, &values.kind) {
            ([name], ExprKind::List(items)) => {
                items.iter().for_each(|item| self.chosen(item, choice(name), &name.text));
            }
            _ => self.expr(values),
        }
        for name in names {
            if let Some(&at) = module.items.get(&name.text) {
                self.uses.items.insert((self.scope.module, at));
            }
        }
    }

    /// A score compared with a number.
    pub fn guard(&mut self, value: &Expr) {
        match &value.kind {
            ExprKind::Binary { left, right, .. } => {
                self.expr_of(left, Some(Kind::Metric));
                self.expr(right);
            }
            _ => self.expr_of(value, Some(Kind::Metric)),
        }
    }

    /// An argument or a default; a word of a choice stands for itself.
    pub fn given(&mut self, value: &Expr, param: Option<&Param>) {
        let what = param.map_or("", |param| param.name.text.as_str());
        self.chosen(value, param.map(|param| &param.ty), what);
    }

    /// A value of a type; a word of a choice stands for itself.
    pub fn chosen(&mut self, value: &Expr, ty: Option<&Type>, what: &str) {
        match ty {
            Some(Type::Choice { words, .. }) => {
                let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                self.word_of(value, &words, &format!("`{what}`"));
            }
            ty => self.expr_of(value, ty.and_then(type_kind)),
        }
    }
}

/// Words of which one is to be chosen.
fn any_of(words: &[&str]) -> String {
    let said: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match said.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        all => all.concat(),
    }
}

/// Another builtin of the same kind that has an argument of this name.
fn sibling(builtin: &str, argument: &str) -> Option<&'static str> {
    let has = |form: &&Builtin| form.params.iter().any(|param| param.name == argument);
    let gives = |kind: Kind| forms(builtin).any(|form| form.gives == kind);
    BUILTINS.iter().filter(has).find(|form| form.name != builtin && gives(form.gives)).map(|form| form.name)
}

fn is_named(arg: &Arg, name: &str) -> bool {
    arg.name.as_ref().is_some_and(|known| known.text == name)
}

/// Whether an argument of a builtin is one of the words that its place takes.
fn stands_for_itself(builtin: &str, arg: &Arg, place: usize) -> bool {
    let ExprKind::Name(word) = &arg.value.kind else { return false };
    forms(builtin).any(|form| {
        let param = match &arg.name {
            Some(name) => form.params.iter().find(|param| param.name == name.text),
            None => form.params.get(place),
        };
        param.is_some_and(|param| param.kind.words().contains(&word.as_str()))
    })
}

fn called(callee: &Expr) -> String {
    match &callee.kind {
        ExprKind::Name(name) => format!("`{name}`"),
        ExprKind::Field { name, .. } => format!("`{}`", name.text),
        _ => "this".into(),
    }
}
