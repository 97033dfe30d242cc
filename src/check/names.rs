//! The first pass: every name, key, unit and argument name, in every item, whether or not an experiment reaches it.
//!
//! It alone reports such faults; the second pass reads a misspelt word as its nearest and stays silent, so that one slip
//! costs one finding.

use super::modules::Module;
use super::scope::{Meaning, Scope, exports, gather, member, parameters, unread};
use crate::diagnostic::{Diagnostic, Label, Span};
use crate::registry::{BlockKind, TYPES, UNITS, nearest, settings_of, unit};
use crate::syntax::tree::{Arg, Block, Body, Clause, Entry, EntryKind, Expr, ExprKind, Item, Keyword, Name, Type};
use std::collections::HashMap;

/// Reports every fault of naming in a module.
pub fn check(modules: &[Module], module: usize, findings: &mut Vec<Diagnostic>) {
    let mut undefined = HashMap::new();
    for item in &modules[module].file.items {
        let scope = Scope { modules, module, locals: Vec::new() };
        let mut pass = Pass { scope, findings, undefined: &mut undefined };
        pass.params(item);
        if let Body::Block(block) = &item.body {
            gather(block, &mut pass.scope.locals);
            pass.scope.locals.extend(unread(block, &modules[module].text));
        }
        pass.item(item);
    }
}

/// Reports every fault of naming in an expression from outside, read as if it stood at the top of a module.
pub fn expression(modules: &[Module], module: usize, expr: &Expr, findings: &mut Vec<Diagnostic>) {
    let scope = Scope { modules, module, locals: Vec::new() };
    Pass { scope, findings, undefined: &mut HashMap::new() }.expr(expr);
}

/// The kind of block that a nested keyword opens inside another.
pub fn nested_kind(within: BlockKind, keyword: &str) -> Option<BlockKind> {
    match (within, keyword) {
        (BlockKind::Task, "per") => Some(BlockKind::Task),
        (BlockKind::Curriculum, "stage") => Some(BlockKind::Stage),
        (BlockKind::Experiment, "arm") => Some(BlockKind::Arm),
        (BlockKind::Experiment, "measure") => Some(BlockKind::Measure),
        (BlockKind::Experiment, "plateau") => Some(BlockKind::Plateau),
        (BlockKind::Experiment, "report") => Some(BlockKind::Report),
        _ => None,
    }
}

/// The blocks of an experiment.
pub const EXPERIMENT_BLOCKS: &[&str] = &["arm", "measure", "plateau", "report"];

/// The blocks that may stand inside one of a kind.
const fn nested_words(within: BlockKind) -> &'static [&'static str] {
    match within {
        BlockKind::Task => &["per"],
        BlockKind::Curriculum => &["stage"],
        BlockKind::Experiment => EXPERIMENT_BLOCKS,
        _ => &[],
    }
}

/// The arguments of `pool(...)`: how many values it has, and how they are chosen.
pub fn pool_arguments(pool: &Expr) -> Vec<&Expr> {
    match &pool.kind {
        ExprKind::Call { args, .. } => args.iter().map(|arg| &arg.value).collect(),
        _ => Vec::new(),
    }
}

/// What a block of a task may be drawn once for.
pub const SCOPES: [&str; 4] = ["run", "sequence", "example", "token"];

struct Pass<'a, 'f> {
    scope: Scope<'a>,
    findings: &'f mut Vec<Diagnostic>,
    /// Names that were told to be undefined in this file, with the place of their finding: each is told once.
    undefined: &'f mut HashMap<String, usize>,
}

impl<'a> Pass<'a, '_> {
    /// Parameters come into scope one by one: a default may use those before it.
    fn params(&mut self, item: &'a Item) {
        for param in &item.params {
            self.ty(&param.ty);
            if let Some(default) = &param.default {
                self.expr(default);
            }
            if self.scope.locals.contains(&param.name.text.as_str()) {
                let title = format!("the parameter `{}` is defined twice", param.name.text);
                let finding =
                    Diagnostic::error("E0208", title, param.name.span, "the second").help("rename one of them");
                self.findings.push(finding);
            }
            self.scope.locals.push(&param.name.text);
        }
    }

    fn ty(&mut self, ty: &Type) {
        let Type::Named { name, args, shape, .. } = ty else { return };
        args.iter().chain(shape).for_each(|size| self.expr(size));
        if TYPES.contains(&name.text.as_str()) {
            return;
        }
        let help = nearest(&name.text, TYPES.iter().copied())
            .map_or_else(|| format!("the types are {}", TYPES.join(", ")), |meant| format!("write `{meant}`"));
        let title = format!("`{}` is not a type", name.text);
        self.findings.push(Diagnostic::error("E0201", title, name.span, "unknown type").help(help));
    }

    fn item(&mut self, item: &Item) {
        let kind = match item.keyword {
            Keyword::Task => BlockKind::Task,
            Keyword::Model => BlockKind::Model,
            Keyword::Curriculum => BlockKind::Curriculum,
            Keyword::Probe => BlockKind::Probe,
            Keyword::Experiment => BlockKind::Experiment,
            _ => BlockKind::Task,
        };
        match &item.body {
            Body::Block(block) => self.block(block, kind),
            Body::Value { ty, value } => {
                if let Some(ty) = ty {
                    self.ty(ty);
                }
                self.expr(value);
            }
            Body::Module(_) | Body::Path { .. } | Body::Error => {}
        }
    }

    fn block(&mut self, block: &Block, kind: BlockKind) {
        let mut seen: Vec<(&str, &Name)> = Vec::new();
        for entry in &block.entries {
            let said = match &entry.kind {
                EntryKind::Setting { key, .. } if kind != BlockKind::Report => Some(("set", key)),
                EntryKind::Definition { name, .. } | EntryKind::Draw { name, .. } => Some(("defined", name)),
                EntryKind::Nested { keyword, name: Some(name), .. } if keyword.text != "per" => Some(("defined", name)),
                EntryKind::Nested { keyword, name: None, .. } => Some(("opened", keyword)),
                _ => None,
            };
            if let Some((how, name)) = said {
                let first = seen.iter().find(|(known, first)| *known == how && first.text == name.text);
                if let Some((_, first)) = first {
                    self.findings.push(
                        Diagnostic::error("E0208", format!("`{}` is {how} twice", name.text), name.span, "the second")
                            .also(first.span, "the first")
                            .help("keep one of them"),
                    );
                }
                seen.push((how, name));
            }
            self.entry(entry, kind);
        }
    }

    fn entry(&mut self, entry: &Entry, kind: BlockKind) {
        match &entry.kind {
            EntryKind::Setting { value, ty, clauses, key } => {
                self.key(key, kind);
                // What reports, plateaus and ends speak of are measures and phrases, looked up by the experiment.
                let spoken = kind == BlockKind::Report
                    || (kind == BlockKind::Plateau && matches!(key.text.as_str(), "of" | "stop" | "from"))
                    || (kind == BlockKind::Probe && key.text == "predict");
                if !spoken {
                    self.expr(value);
                    self.clauses(clauses, key);
                }
                if let Some(ty) = ty {
                    self.ty(ty);
                }
            }
            EntryKind::Definition { value, ty, .. } => {
                if kind != BlockKind::Task {
                    self.idle("a definition", kind, entry.span);
                }
                if let Some(ty) = ty {
                    self.ty(ty);
                    self.later("a type after a definition", value.span);
                }
                self.expr(value);
            }
            EntryKind::Draw { distribution, pool, .. } => {
                if kind != BlockKind::Task {
                    self.idle("a draw", kind, entry.span);
                }
                self.expr(distribution);
                pool.iter().flat_map(pool_arguments).for_each(|size| self.expr(size));
            }
            EntryKind::Nested { keyword, name, block } => match nested_kind(kind, &keyword.text) {
                Some(inner) => {
                    self.heading(keyword, name.as_ref());
                    self.block(block, inner);
                }
                None => self.unknown_block(keyword, kind, block),
            },
            EntryKind::Bare(value) => {
                if kind != BlockKind::Measure {
                    self.idle("an expression alone", kind, entry.span);
                }
                self.expr(value);
            }
            EntryKind::Sweep { values, .. } => {
                self.only_in_experiments("a `sweep`", kind, entry.span);
                self.expr(values);
            }
            EntryKind::Where(condition) => {
                self.only_in_experiments("a `where`", kind, entry.span);
                self.expr(condition);
            }
            EntryKind::Expect { .. } => self.only_in_experiments("an `expect`", kind, entry.span),
            EntryKind::Error => {}
        }
    }

    fn only_in_experiments(&mut self, what: &str, kind: BlockKind, span: Span) {
        if kind != BlockKind::Experiment {
            self.idle(what, kind, span);
        }
    }

    fn idle(&mut self, what: &str, kind: BlockKind, span: Span) {
        let title = format!("{what} does nothing in {}", kind.a());
        let help = match kind {
            BlockKind::Task => "write `name = expression`, `name ~ distribution` or `key: value`",
            BlockKind::Experiment => "write it as a setting, `key: value`, or as a `let` above the experiment",
            _ => "remove it, or write a setting, `key: value`",
        };
        self.findings.push(Diagnostic::error("E0211", title, span, "nothing reads this").help(help));
    }

    /// Words such as `by arm` mean something in reports and in `until` only.
    fn clauses(&mut self, clauses: &[Clause], key: &Name) {
        for clause in clauses {
            if key.text == "until" {
                self.expr(&clause.value);
                continue;
            }
            let title = format!("`{}` after `{}` does nothing", clause.word.text, key.text);
            let span = clause.word.span.to(clause.value.span);
            self.findings.push(Diagnostic::error("E0211", title, span, "nothing reads this").help("remove it"));
        }
    }

    /// The word after `per`, `arm` or `stage`.
    fn heading(&mut self, keyword: &Name, name: Option<&Name>) {
        let word = keyword.text.as_str();
        match name {
            None if matches!(word, "per" | "arm" | "stage") => {
                let title = format!("this `{word}` has no name");
                let finding = Diagnostic::error("E0207", title, keyword.span, "a name is missing after this").help(
                    if word == "per" {
                        "write `per sequence` or `per example`".into()
                    } else {
                        format!("write `{word} name {{ ... }}`")
                    },
                );
                self.findings.push(finding);
            }
            Some(name) if word == "per" && !SCOPES.contains(&name.text.as_str()) => {
                let help = nearest(&name.text, SCOPES).map_or_else(
                    || format!("a task has {}", SCOPES.map(|scope| format!("`per {scope}`")).join(", ")),
                    |meant| format!("write `per {meant}`"),
                );
                let title = format!("a task has no block `per {}`", name.text);
                self.findings.push(Diagnostic::error("E0202", title, name.span, "unknown block").help(help));
            }
            Some(name) if word == "per" && name.text == "token" => self.later("`per token`", name.span),
            _ => {}
        }
    }

    fn later(&mut self, what: &str, span: Span) {
        let finding =
            Diagnostic::error("E0901", format!("{what} is not run by this version yet"), span, "read, but not run")
                .help("see docs/reference.md for what runs today");
        self.findings.push(finding);
    }

    fn unknown_block(&mut self, keyword: &Name, kind: BlockKind, block: &Block) {
        let words = nested_words(kind);
        let meant = nearest(&keyword.text, words.iter().copied());
        let known = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let help = match meant {
            Some(meant) => format!("write `{meant}`"),
            None if words.is_empty() => format!("{} holds no blocks", kind.a()),
            None => format!("blocks of {}: {known}", kind.a()),
        };
        let title = format!("{} has no block `{}`", kind.a(), keyword.text);
        self.findings.push(Diagnostic::error("E0202", title, keyword.span, "unknown block").help(help));
        if let Some(inner) = meant.and_then(|meant| nested_kind(kind, meant)) {
            self.block(block, inner);
        }
    }

    fn key(&mut self, key: &Name, kind: BlockKind) {
        let keys = || settings_of(kind).map(|setting| setting.key);
        if keys().any(|known| known == key.text) {
            if kind == BlockKind::Arm && matches!(key.text.as_str(), "seeds" | "along" | "keep") {
                let title = format!("an arm cannot set `{}`", key.text);
                let finding = Diagnostic::error("E0202", title, key.span, "the same for every arm")
                    .help("set it in the experiment");
                self.findings.push(finding);
            }
            return;
        }
        let help = nearest(&key.text, keys()).map_or_else(
            || format!("settings of {}: {}", kind.a(), keys().collect::<Vec<_>>().join(", ")),
            |meant| format!("write `{meant}`"),
        );
        let title = format!("{} has no setting `{}`", kind.a(), key.text);
        self.findings.push(Diagnostic::error("E0202", title, key.span, "unknown setting").help(help));
    }

    fn expr(&mut self, expr: &Expr) {
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
            ExprKind::Where { subject, .. } => self.expr(subject),
            ExprKind::Phrase { .. }
            | ExprKind::Number { .. }
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Error => {}
        }
    }

    fn name(&mut self, name: &str, span: Span) {
        let Err(meant) = self.scope.resolve(name) else { return };
        if let Some(finding) = self.undefined.get(name).and_then(|&at| self.findings.get_mut(at)) {
            if finding.labels.len() < 8 {
                finding.labels.push(Label { span, text: "and here".into() });
            }
            return;
        }
        let help = self.elsewhere(name).or_else(|| meant.map(|meant| format!("write `{}`", self.word(meant))));
        let finding = Diagnostic::error("E0201", format!("`{name}` is not defined"), span, "not found")
            .help(help.unwrap_or_else(|| "define it with `let`, or take it in as a parameter".into()));
        self.undefined.insert(name.to_string(), self.findings.len());
        self.findings.push(finding);
    }

    fn word(&self, meaning: Meaning<'_>) -> String {
        let module = &self.scope.modules[self.scope.module];
        match meaning {
            Meaning::Local(name) => name.to_string(),
            Meaning::Item(_, item) => module.file.items[item].name.text.clone(),
            Meaning::Module(used) => {
                module.uses.iter().find(|(_, at)| **at == used).map(|(name, _)| name.clone()).unwrap_or_default()
            }
            Meaning::Builtin(name) => name.to_string(),
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
        self.findings.push(Diagnostic::error("E0203", title, name.span, "unknown unit").help(help));
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
        self.findings.push(Diagnostic::error("E0201", title, name.span, "not found").help(help));
    }

    fn call(&mut self, callee: &Expr, args: &[Arg]) {
        self.expr(callee);
        let takes = self.meaning(callee).and_then(|meaning| parameters(self.scope.modules, meaning));
        for arg in args {
            if let (Some(name), Some((names, false))) = (&arg.name, &takes)
                && !names.contains(&name.text)
            {
                let help = nearest(&name.text, names.iter().map(String::as_str)).map_or_else(
                    || match names.as_slice() {
                        [] => "take it away: there are no arguments".into(),
                        names => format!("the arguments are {}", names.join(", ")),
                    },
                    |meant| format!("write `{meant}: ...`"),
                );
                let title = format!("{} has no argument `{}`", called(callee), name.text);
                self.findings.push(Diagnostic::error("E0204", title, name.span, "unknown argument").help(help));
            }
            self.expr(&arg.value);
        }
    }
}

fn called(callee: &Expr) -> String {
    match &callee.kind {
        ExprKind::Name(name) => format!("`{name}`"),
        ExprKind::Field { name, .. } => format!("`{}`", name.text),
        _ => "this".into(),
    }
}
