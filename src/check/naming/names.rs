//! The first pass: every name, key, unit and argument name, in every item, whether or not an experiment reaches it.
//!
//! It alone reports such faults; the second pass reads a misspelt word as its nearest and stays silent, so that one slip
//! costs one finding.

use crate::check::naming::modules::Module;
use crate::check::naming::scope::{Scope, gather, unread};
use crate::check::naming::wanted::{MEASURED, elsewhere, promised, setting_kind, setting_words, type_kind};
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::registry::{BlockKind, Kind, TYPES, nearest, settings_of};
use crate::syntax::tree::{Allow, Block, Body, Clause, Entry, EntryKind, Expr, ExprKind, Item, Keyword, Name, Type};
use std::collections::{HashMap, HashSet};

/// What of a program is read somewhere.
#[derive(Default)]
pub struct Uses {
    /// Items by module and place.
    pub items: HashSet<(usize, usize)>,
    /// Modules by the module that uses them and the word.
    pub modules: HashSet<(usize, String)>,
    /// Names that a probe or a condition asks tasks for.
    pub asked: HashSet<String>,
}

/// Reports every fault of naming in a module.
pub fn check(modules: &[Module], module: usize, findings: &mut Vec<Diagnostic>, uses: &mut Uses) {
    let mut undefined = HashMap::new();
    for item in &modules[module].file.items {
        let scope = Scope { modules, module, locals: Vec::new(), params: 0 };
        let read = HashSet::new();
        let own = (item.keyword != Keyword::Experiment).then_some(item.name.text.as_str());
        let (task, later) = (item.keyword == Keyword::Task, Vec::new());
        let mut pass = Pass { scope, findings, undefined: &mut undefined, uses, read, shows: false, task, own, later };
        pass.params(item);
        pass.scope.params = pass.scope.locals.len();
        if let Body::Block(block) = &item.body {
            gather(block, &mut pass.scope.locals);
            let text = |entry: &Entry| matches!(&entry.kind, EntryKind::Setting { key, .. } if key.text == "show");
            pass.shows = block.entries.iter().any(text);
            pass.scope.locals.extend(unread(block, &modules[module].text));
        }
        pass.allows(&item.allows);
        pass.item(item);
        pass.idle_params(item);
    }
}

/// Warns of items and modules that nothing reads.
pub fn idle(modules: &[Module], root: usize, findings: &mut Vec<Diagnostic>, uses: &Uses) {
    let module = &modules[root];
    // What could not be read may have been a use of anything.
    let whole = module.file.items.iter().all(|item| match &item.body {
        Body::Error => false,
        Body::Block(block) => unread(block, &module.text).is_empty(),
        _ => true,
    });
    if !whole {
        return;
    }
    for (at, item) in module.file.items.iter().enumerate() {
        let name = &item.name;
        let read = match item.keyword {
            Keyword::Experiment => true,
            Keyword::Use => module.lost.contains(&name.text) || uses.modules.contains(&(root, name.text.clone())),
            _ => item.public || uses.items.contains(&(root, at)) || module.items.get(&name.text) != Some(&at),
        };
        if !read {
            let title = format!("nothing reads `{}`", name.text);
            let label = if item.keyword == Keyword::Use { "a module that is not used" } else { "never used" };
            let finding = Diagnostic::warning("W0204", title, name.span, label).help("use it, or take it away");
            findings.push(finding);
        }
    }
}

/// Reports every fault of naming in an expression from outside, read as if it stood at the top of a module, where
/// something of a kind may be wanted.
pub fn expression(
    modules: &[Module],
    module: usize,
    (expr, wanted): (&Expr, Option<Kind>),
    locals: &HashMap<String, Value>,
    own: Option<&str>,
    findings: &mut Vec<Diagnostic>,
) {
    let locals = locals.keys().map(String::as_str).collect();
    let scope = Scope { modules, module, locals, params: 0 };
    let (mut uses, read, later) = (Uses::default(), HashSet::new(), Vec::new());
    let undefined = &mut HashMap::new();
    Pass { scope, findings, undefined, uses: &mut uses, read, shows: false, task: false, own, later }
        .expr_of(expr, wanted);
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

pub struct Pass<'a, 'f> {
    pub scope: Scope<'a>,
    pub findings: &'f mut Vec<Diagnostic>,
    /// Names that were told to be undefined in this file, with the place of their finding: each is told once.
    pub undefined: &'f mut HashMap<String, usize>,
    pub uses: &'f mut Uses,
    /// Locals that are read.
    pub read: HashSet<String>,
    /// Whether the item shows text, so that `score` names one of its fields.
    pub shows: bool,
    /// Whether the item is a task, which draws and defines names of its own.
    pub task: bool,
    /// The item that is read, which is not meant by a name in itself.
    pub own: Option<&'a str>,
    /// Parameters that a default stands before, its own among them.
    pub later: Vec<&'a str>,
}

impl<'a> Pass<'a, '_> {
    /// Parameters come into scope one by one: a default may use those before it.
    fn params(&mut self, item: &'a Item) {
        for (place, param) in item.params.iter().enumerate() {
            self.ty(&param.ty);
            self.later = item.params[place..].iter().map(|param| param.name.text.as_str()).collect();
            if let Some(default) = &param.default {
                self.given(default, Some(param));
            }
            if item
                .params
                .iter()
                .take_while(|known| known.name.span != param.name.span)
                .any(|known| known.name.text == param.name.text)
            {
                let title = format!("the parameter `{}` is defined twice", param.name.text);
                let finding =
                    Diagnostic::error("E0208", title, param.name.span, "the second").help("rename one of them");
                self.findings.push(finding);
            }
            self.scope.locals.push(&param.name.text);
        }
        self.later.clear();
    }

    /// Parameters that nothing inside the item reads.
    fn idle_params(&mut self, item: &'a Item) {
        let whole = match &item.body {
            Body::Block(block) => unread(block, &self.scope.modules[self.scope.module].text).is_empty(),
            Body::Error => false,
            _ => true,
        };
        // A text may name a parameter in braces.
        let text = &self.scope.modules[self.scope.module].text;
        let body = text.get(item.span.start as usize..item.span.end as usize).unwrap_or_default();
        for param in &item.params {
            let name = &param.name;
            let shown = body.contains(&format!("{{{}", name.text));
            if whole && !shown && !self.read.contains(&name.text) {
                let title = format!("nothing reads the parameter `{}`", name.text);
                let finding = Diagnostic::warning("W0204", title, name.span, "never used");
                self.findings.push(finding.help("use it in the body, or take it away"));
            }
        }
    }

    /// `#allow` lines name warnings that exist.
    fn allows(&mut self, allows: &[Allow]) {
        for allow in allows {
            let id = allow.id.text.as_str();
            let (title, help) = if id.starts_with('E') {
                (format!("{id} is an error, which nothing silences"), "mend it, and take this line away".to_string())
            } else if crate::registry::finding(id).is_none() {
                let warnings = crate::registry::FINDINGS.iter().map(|page| page.id).filter(|id| id.starts_with('W'));
                let meant = nearest(id, warnings).map_or(String::new(), |meant| format!(", such as {meant}"));
                (format!("there is no warning {id}"), format!("write the id of a warning{meant}"))
            } else {
                continue;
            };
            self.findings.push(Diagnostic::error("E0201", title, allow.id.span, "silences nothing").help(help));
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
        let mut finding = Diagnostic::error("E0201", title, name.span, "unknown type").help(help);
        if let Some(meant) = nearest(&name.text, TYPES.iter().copied()) {
            finding = finding.fix(name.span, meant);
        }
        self.findings.push(finding);
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
                match ty {
                    // A word of a choice stands for itself.
                    Some(Type::Choice { .. }) => self.chosen(value, ty.as_ref(), &item.name.text),
                    ty => self.expr_of(value, ty.as_ref().map_or_else(|| promised(item.keyword), type_kind)),
                }
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
        self.allows(&entry.allows);
        match &entry.kind {
            EntryKind::Setting { value, ty, clauses, key } => {
                self.key(key, kind);
                // What reports, plateaus and ends speak of are measures and phrases, looked up by the experiment.
                let word = key.text.as_str();
                let spoken = kind == BlockKind::Report
                    || (kind == BlockKind::Plateau && matches!(word, "of" | "stop" | "from"))
                    || (kind == BlockKind::Experiment && matches!(word, "keep" | "along"))
                    || (kind == BlockKind::Task && word == "show")
                    || (kind == BlockKind::Task && word == "score" && self.shows)
                    || (kind == BlockKind::Probe && word == "predict");
                if kind == BlockKind::Probe && word == "predict" {
                    names_in(value, &mut self.uses.asked);
                }
                if kind == BlockKind::Experiment && word == "along" {
                    names_in(value, &mut self.read);
                }
                if !spoken {
                    match setting_words(kind, word).as_slice() {
                        [] if word == "until" => self.guard(value),
                        [] => self.expr_of(value, setting_kind(kind, word)),
                        words => self.word_of(value, words, &format!("`{word}`")),
                    }
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
                self.expr_of(value, (kind == BlockKind::Measure).then_some(MEASURED));
            }
            EntryKind::Sweep { values, names } => {
                self.only_in_experiments("a `sweep`", kind, entry.span);
                self.swept(names, values);
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
                let mut finding = Diagnostic::error("E0202", title, name.span, "unknown block").help(help);
                if let Some(meant) = nearest(&name.text, SCOPES) {
                    finding = finding.fix(name.span, meant);
                }
                self.findings.push(finding);
            }
            _ => {}
        }
    }

    fn unknown_block(&mut self, keyword: &Name, kind: BlockKind, block: &Block) {
        let words = nested_words(kind);
        let meant = nearest(&keyword.text, words.iter().copied());
        let known = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let word = keyword.text.as_str();
        let help = match meant {
            Some(meant) => format!("write `{meant}`"),
            None if settings_of(kind).any(|setting| setting.key == word) => {
                format!("write it as a setting, `{word}: ...`")
            }
            None if word == "stage" => "write it in a `curriculum` item, and name that here".into(),
            None if words.is_empty() => format!("write it elsewhere: {} holds no blocks", kind.a()),
            None => format!("blocks of {}: {known}", kind.a()),
        };
        let title = format!("{} has no block `{}`", kind.a(), keyword.text);
        let mut finding = Diagnostic::error("E0202", title, keyword.span, "unknown block").help(help);
        if let Some(meant) = meant {
            finding = finding.fix(keyword.span, meant);
        }
        self.findings.push(finding);
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
            || elsewhere(kind, &key.text, &keys().collect::<Vec<_>>()),
            |meant| format!("write `{meant}`"),
        );
        let title = format!("{} has no setting `{}`", kind.a(), key.text);
        let mut finding = Diagnostic::error("E0202", title, key.span, "unknown setting").help(help);
        if let Some(meant) = nearest(&key.text, keys()) {
            finding = finding.fix(key.span, meant);
        }
        self.findings.push(finding);
    }
}

/// The names in an expression.
pub fn names_in(expr: &Expr, names: &mut HashSet<String>) {
    match &expr.kind {
        ExprKind::Name(name) => {
            names.insert(name.clone());
        }
        ExprKind::List(items) => items.iter().for_each(|item| names_in(item, names)),
        ExprKind::Binary { left, right, .. } => {
            names_in(left, names);
            names_in(right, names);
        }
        ExprKind::Unary { operand, .. } => names_in(operand, names),
        ExprKind::Index { base, index } => {
            names_in(base, names);
            index.iter().for_each(|at| names_in(at, names));
        }
        _ => {}
    }
}
