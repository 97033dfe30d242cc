//! Names in expressions: what each means, what was meant by a misspelt one, and where it is to be found.

use super::names::{Pass, names_in};
use super::scope::{Meaning, exports, member, parameters};
use crate::diagnostic::{Diagnostic, Edit, Label, Span};
use crate::registry::{Kind, UNITS, forms, nearest, unit};
use crate::syntax::tree::{Arg, Expr, ExprKind, Name, Param, Type};

impl<'a> Pass<'a, '_> {
    /// An expression where something of a kind is wanted.
    pub fn expr_of(&mut self, expr: &Expr, kind: Option<Kind>) {
        self.wanted = kind;
        self.expr(expr);
    }

    pub fn expr(&mut self, expr: &Expr) {
        let wanted = self.wanted.take();
        if let ExprKind::Name(_) = expr.kind {
            self.wanted = wanted;
        }
        match &expr.kind {
            ExprKind::Name(name) => self.name(name, expr.span),
            ExprKind::Quantity { unit, value, .. } => self.unit(unit, *value),
            ExprKind::Field { base, name } => self.field(base, name),
            ExprKind::Call { callee, args } => self.call(callee, args),
            ExprKind::Index { base, index } => {
                self.expr(base);
                index.iter().for_each(|at| self.expr(at));
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::If { condition, then, otherwise } => {
                self.expr(condition);
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Range { from, to, .. } | ExprKind::Arrow { from, to } => {
                self.expr(from);
                self.expr(to);
            }
            ExprKind::At { subject, place } => {
                self.expr(subject);
                if !matches!(place.kind, ExprKind::Field { .. }) {
                    self.expr(place);
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

    fn name(&mut self, name: &str, span: Span) {
        let meant = match self.scope.resolve(name) {
            Ok(meaning) => {
                self.mark(meaning, name);
                return;
            }
            Err(meant) => meant,
        };
        let wanted = self.wanted.take();
        let meant = wanted.map_or(meant, |kind| self.scope.nearest_of(name, kind));
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
            (None, None) if self.task => "draw or define it in the task, or take it in as a parameter".into(),
            (None, None) => "define it with `let`, or take it in as a parameter".into(),
        };
        self.undefined.insert(name.to_string(), self.findings.len());
        self.findings.push(finding.help(help));
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

    fn meaning(&self, callee: &Expr) -> Option<Meaning<'_>> {
        match &callee.kind {
            ExprKind::Name(name) => self.scope.meant(name),
            ExprKind::Field { base, name } => {
                let ExprKind::Name(module) = &base.kind else { return None };
                let Some(Meaning::Module(used)) = self.scope.meant(module) else {
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
        let Some(Meaning::Module(used)) = self.scope.meant(word) else { return };
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

    fn call(&mut self, callee: &Expr, args: &[Arg]) {
        self.expr(callee);
        let meaning = self.meaning(callee);
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
                let help = meant.map_or_else(
                    || match names.as_slice() {
                        [] => "take it away: there are no arguments".into(),
                        names => format!("the arguments are {}", names.join(", ")),
                    },
                    |meant| format!("write `{meant}: ...`"),
                );
                let title = format!("{} has no argument `{}`", called(callee), name.text);
                let mut finding = Diagnostic::error("E0204", title, name.span, "unknown argument").help(help);
                if let Some(meant) = meant.filter(|meant| !args.iter().any(|arg| is_named(arg, meant))) {
                    finding = finding.fix(name.span, meant);
                }
                self.findings.push(finding);
            }
            // Shares are given by the names of things.
            if let (Some("mix" | "mixture"), Some(name)) = (builtin, &arg.name) {
                self.name(&name.text, name.span);
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
            if let Some(builtin) = builtin {
                self.expr_of(&arg.value, parameter_kind(builtin, arg, place));
                continue;
            }
            self.given(&arg.value, param);
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

    /// An argument or a default; a word of a choice stands for itself.
    pub fn given(&mut self, value: &Expr, param: Option<&Param>) {
        self.chosen(value, param.map(|param| &param.ty));
    }

    /// A value of a type; a word of a choice stands for itself.
    pub fn chosen(&mut self, value: &Expr, ty: Option<&Type>) {
        if let (ExprKind::Name(word), Some(Type::Choice { words, .. })) = (&value.kind, ty) {
            if words.iter().any(|known| known.text == *word) {
                return;
            }
            let meant = nearest(word, words.iter().map(|word| word.text.as_str()));
            if let (Err(_), Some(meant)) = (self.scope.resolve(word), meant) {
                let title = format!("`{word}` is not defined");
                let finding = Diagnostic::error("E0201", title, value.span, "not found");
                self.findings.push(finding.help(format!("write `{meant}`")).fix(value.span, meant));
                return;
            }
        }
        let kind = match ty {
            Some(Type::Named { name, shape, .. }) if shape.is_empty() => super::items::kind_of(&name.text),
            _ => None,
        };
        self.expr_of(value, kind);
    }
}

/// The kind that an argument of a builtin must be of.
fn parameter_kind(builtin: &str, arg: &Arg, place: usize) -> Option<Kind> {
    let form = forms(builtin).next()?;
    let param = match &arg.name {
        Some(name) => form.params.iter().find(|param| param.name == name.text),
        None => form.params.get(place),
    };
    param.map(|param| param.kind).filter(|kind| matches!(kind, Kind::Task | Kind::Probe | Kind::Data))
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
        matches!(param.map(|param| param.kind), Some(Kind::Word(words)) if words.contains(&word.as_str()))
    })
}

fn called(callee: &Expr) -> String {
    match &callee.kind {
        ExprKind::Name(name) => format!("`{name}`"),
        ExprKind::Field { name, .. } => format!("`{}`", name.text),
        _ => "this".into(),
    }
}
