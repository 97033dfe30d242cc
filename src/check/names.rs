//! The first pass: every name, key, unit and argument name, in every item, whether or not an experiment reaches it.
//!
//! It alone reports such faults; the second pass reads a misspelt word as its nearest and stays silent, so that one slip
//! costs one finding.

use super::modules::Module;
use crate::diagnostic::{Diagnostic, Span};
use crate::registry::{BUILTINS, BlockKind, UNITS, builtin, nearest, settings_of, unit};
use crate::syntax::tree::{Arg, Block, Body, Entry, EntryKind, Expr, ExprKind, Item, Keyword, Name};

/// What a name can stand for where it is used.
pub struct Scope<'a> {
    pub modules: &'a [Module],
    pub module: usize,
    pub locals: Vec<&'a str>,
}

/// What a written name means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning<'a> {
    Local(&'a str),
    Item(usize, usize),
    Module(usize),
    Builtin(&'static str),
}

impl<'a> Scope<'a> {
    /// What `name` means, or what it was most likely meant to be.
    pub fn resolve(&self, name: &str) -> Result<Meaning<'a>, Option<Meaning<'a>>> {
        self.exact(name).ok_or_else(|| nearest(name, self.candidates()).and_then(|meant| self.exact(meant)))
    }

    /// What `name` means, a misspelt one counting as its nearest.
    pub fn meant(&self, name: &str) -> Option<Meaning<'a>> {
        self.resolve(name).map_or_else(|meant| meant, Some)
    }

    fn exact(&self, name: &str) -> Option<Meaning<'a>> {
        let module = &self.modules[self.module];
        if let Some(local) = self.locals.iter().find(|local| **local == name) {
            return Some(Meaning::Local(local));
        }
        if let Some(&item) = module.items.get(name) {
            return Some(Meaning::Item(self.module, item));
        }
        if let Some(&used) = module.uses.get(name) {
            return Some(Meaning::Module(used));
        }
        builtin(name).map(|builtin| Meaning::Builtin(builtin.name))
    }

    fn candidates(&self) -> impl Iterator<Item = &'a str> {
        let module = &self.modules[self.module];
        let mut names: Vec<&str> = self.locals.clone();
        names.extend(module.items.keys().map(String::as_str));
        names.extend(module.uses.keys().map(String::as_str));
        names.extend(BUILTINS.iter().map(|builtin| builtin.name));
        names.into_iter()
    }
}

/// The public items of a module.
pub fn exports(module: &Module) -> impl Iterator<Item = &str> {
    module.file.items.iter().filter(|item| item.public).map(|item| item.name.text.as_str())
}

/// The arguments that a callee takes, and whether it takes others too.
pub fn parameters(modules: &[Module], meaning: Meaning<'_>) -> Option<(Vec<String>, bool)> {
    match meaning {
        Meaning::Item(module, item) => {
            let item = &modules[module].file.items[item];
            let mut names: Vec<String> = item.params.iter().map(|param| param.name.text.clone()).collect();
            // A model of tokens is told how to make them, whatever its own parameters are.
            if item.keyword == Keyword::Model {
                names.push("tokenizer".into());
            }
            Some((names, false))
        }
        Meaning::Builtin(name) => builtin(name)
            .map(|builtin| (builtin.params.iter().map(|param| param.name.to_string()).collect(), builtin.open)),
        Meaning::Local(_) | Meaning::Module(_) => None,
    }
}

/// Reports every fault of naming in a module.
pub fn check(modules: &[Module], module: usize, findings: &mut Vec<Diagnostic>) {
    for item in &modules[module].file.items {
        let mut locals: Vec<&str> = item.params.iter().map(|param| param.name.text.as_str()).collect();
        if let Body::Block(block) = &item.body {
            gather(block, &mut locals);
        }
        let mut pass = Pass { scope: Scope { modules, module, locals }, findings };
        for param in &item.params {
            if let Some(default) = &param.default {
                pass.expr(default);
            }
        }
        pass.item(item);
    }
}

/// Every name that a block defines or draws, wherever in it.
pub fn gather<'a>(block: &'a Block, names: &mut Vec<&'a str>) {
    for entry in &block.entries {
        match &entry.kind {
            EntryKind::Definition { name, .. } | EntryKind::Draw { name, .. } => names.push(&name.text),
            EntryKind::Nested { block, .. } => gather(block, names),
            EntryKind::Sweep { names: swept, .. } => names.extend(swept.iter().map(|name| name.text.as_str())),
            _ => {}
        }
    }
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

/// The blocks that may stand inside one of a kind.
const fn nested_words(within: BlockKind) -> &'static [&'static str] {
    match within {
        BlockKind::Task => &["per"],
        BlockKind::Curriculum => &["stage"],
        BlockKind::Experiment => &["arm", "measure", "plateau", "report"],
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

struct Pass<'a, 'f> {
    scope: Scope<'a>,
    findings: &'f mut Vec<Diagnostic>,
}

impl Pass<'_, '_> {
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
            Body::Value { value, .. } => self.expr(value),
            Body::Module(_) | Body::Path { .. } | Body::Error => {}
        }
    }

    fn block(&mut self, block: &Block, kind: BlockKind) {
        let mut seen: Vec<&Name> = Vec::new();
        for entry in &block.entries {
            if let EntryKind::Setting { key, .. } = &entry.kind {
                self.key(key, kind);
                if let Some(first) = seen.iter().find(|first| first.text == key.text)
                    && kind != BlockKind::Report
                {
                    self.findings.push(
                        Diagnostic::error("E0208", format!("`{}` is set twice", key.text), key.span, "the second")
                            .also(first.span, "the first")
                            .help("keep one of them"),
                    );
                }
                seen.push(key);
            }
            self.entry(entry, kind);
        }
    }

    fn entry(&mut self, entry: &Entry, kind: BlockKind) {
        match &entry.kind {
            EntryKind::Setting { value, ty, clauses, key } => {
                // What reports, plateaus and ends speak of are measures and phrases, looked up by the experiment.
                let spoken = kind == BlockKind::Report
                    || (kind == BlockKind::Plateau && matches!(key.text.as_str(), "of" | "stop" | "from"))
                    || (kind == BlockKind::Probe && key.text == "predict");
                if !spoken {
                    self.expr(value);
                    clauses.iter().for_each(|clause| self.expr(&clause.value));
                }
                if let Some(crate::syntax::tree::Type::Named { args, shape, .. }) = ty {
                    args.iter().chain(shape).for_each(|size| self.expr(size));
                }
            }
            EntryKind::Definition { value, .. } => self.expr(value),
            EntryKind::Draw { distribution, pool, .. } => {
                self.expr(distribution);
                pool.iter().flat_map(pool_arguments).for_each(|size| self.expr(size));
            }
            EntryKind::Nested { keyword, block, .. } => match nested_kind(kind, &keyword.text) {
                Some(inner) => self.block(block, inner),
                None => self.unknown_block(keyword, kind, block),
            },
            EntryKind::Bare(value) => {
                if kind != BlockKind::Measure {
                    self.findings.push(
                        Diagnostic::error(
                            "E0211",
                            format!("this line of the {} does nothing", kind.word()),
                            entry.span,
                            "an expression alone",
                        )
                        .help("write `key: value` for a setting or `name = expression` for a definition"),
                    );
                }
                self.expr(value);
            }
            EntryKind::Sweep { values, .. } => self.expr(values),
            EntryKind::Where(condition) => self.expr(condition),
            EntryKind::Expect { .. } | EntryKind::Error => {}
        }
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
            ExprKind::Quantity { unit, .. } => self.unit(unit),
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
        let help = meant.map(|meant| format!("write `{}`", self.word(meant))).or_else(|| self.elsewhere(name));
        let mut finding = Diagnostic::error("E0201", format!("`{name}` is not defined"), span, "not found");
        finding.help = Some(help.unwrap_or_else(|| "define it with `let`, or take it in as a parameter".into()));
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
        }
    }

    /// A standard module that would define the name.
    fn elsewhere(&self, name: &str) -> Option<String> {
        let as_module = crate::stdlib::MODULES.iter().find(|(module, _)| *module == name);
        if let Some((module, _)) = as_module {
            return Some(format!("add `use std.{module}`"));
        }
        let header = format!(" {name}(");
        (crate::stdlib::MODULES.iter())
            .find(|(_, text)| text.lines().any(|line| line.starts_with("pub ") && line.contains(&header)))
            .map(|(module, _)| format!("`{name}` is in std.{module}: add `use std.{module}` and write `{module}.{name}`"))
    }

    fn unit(&mut self, name: &Name) {
        if unit(&name.text).is_some() {
            return;
        }
        let words = UNITS.iter().flat_map(|unit| [unit.plural, unit.singular]);
        let help = nearest(&name.text, words).map_or_else(
            || format!("the units are {}", UNITS.iter().map(|unit| unit.plural).collect::<Vec<_>>().join(", ")),
            |meant| format!("write `{meant}`"),
        );
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
                Diagnostic::error("E0206", format!("`{}` is private to its module", name.text), name.span, "not exported")
                    .also(module.file.items[item].name.span, "defined here without `pub`")
                    .help("write `pub` before it"),
            );
            return;
        }
        let help = nearest(&name.text, exports(module)).map_or_else(
            || format!("`{word}` has {}", exports(module).collect::<Vec<_>>().join(", ")),
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
                    || format!("it takes: {}", names.join(", ")),
                    |meant| format!("write `{meant}: ...`"),
                );
                let title = format!("there is no argument `{}` here", name.text);
                self.findings.push(Diagnostic::error("E0204", title, name.span, "unknown argument").help(help));
            }
            self.expr(&arg.value);
        }
    }
}

/// The public item of a module that a name means, or most likely means.
pub fn member(module: &Module, name: &str) -> Option<usize> {
    let name = if exports(module).any(|export| export == name) { name } else { nearest(name, exports(module))? };
    module.items.get(name).copied()
}
