//! Where the value of every setting of a study was written: names are followed to what they stand for, through arguments,
//! defaults and params, without anything being evaluated.

use super::expressions::items::settings;
use super::naming::modules::Module;
use super::naming::scope::member;
use super::study::experiment::{arms, nested};
use super::{Checked, Checker, Override};
use crate::diagnostic::{Sources, Span};
use crate::registry::{BlockKind, Builtin, Group, Need, forms, settings_of};
use crate::syntax::tree::{Arg, Block, Body, EntryKind, Expr, ExprKind, Item, Keyword};
use crate::world::World;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// A place in the sources.
    Line(Span),
    /// The default of a parameter, which stands in the sources.
    Standing(Span),
    /// The default of the language.
    Default,
    /// The command line.
    Set,
    /// A sweep, whose values stand there.
    Sweep(Span),
}

/// A setting with its value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `optimizer.lr`, `curriculum.main.train.maps`.
    pub path: String,
    pub value: String,
    pub from: From,
}

/// The settings of every arm of an experiment, in the order of the file.
pub type ByArm = Vec<(String, Vec<Origin>)>;

/// The settings of every arm.
#[derive(Debug, Default)]
pub struct Origins {
    pub sources: Sources,
    /// By experiment, in the order of the file.
    pub experiments: Vec<(String, ByArm)>,
}

/// The origins of a program without errors.
///
/// # Errors
/// What keeps the file from being read.
pub fn origins(world: &dyn World, path: &Path, overrides: &[Override]) -> Result<Origins, Box<Checked>> {
    let checker = Checker::open(world, path, overrides)?;
    let modules = Rc::clone(&checker.modules);
    let mut experiments = Vec::new();
    for item in &modules[checker.root].file.items {
        if let (Keyword::Experiment, Body::Block(block)) = (item.keyword, &item.body) {
            experiments.push((item.name.text.clone(), of_experiment(&checker, &modules, item, block)));
        }
    }
    Ok(Origins { sources: checker.sources, experiments })
}

fn of_experiment(checker: &Checker<'_>, modules: &[Module], item: &Item, block: &Block) -> Vec<(String, Vec<Origin>)> {
    let mut swept: HashMap<&str, &Expr> = HashMap::new();
    for entry in &block.entries {
        if let EntryKind::Sweep { names, values } = &entry.kind {
            swept.extend(names.iter().map(|name| (name.text.as_str(), values)));
        }
    }
    let base = settings(block, BlockKind::Experiment);
    let all = arms(item, block, &base).into_iter().map(|arm| {
        let (set, root) = (&checker.set, checker.root);
        let mut trace = Trace { modules, set, root, swept: &swept, sources: &checker.sources, rows: Vec::new() };
        for setting in settings_of(BlockKind::Experiment) {
            trace.setting(setting.key, setting.need, arm.found.get(setting.key).map(|(expr, _)| *expr), &trace.top());
        }
        for (word, kind) in [("measure", BlockKind::Measure), ("plateau", BlockKind::Plateau)] {
            let Some((_, inner)) = nested(block, word) else { continue };
            let found = settings(inner, kind);
            for setting in settings_of(kind) {
                let path = format!("{word}.{}", setting.key);
                match (setting.key, found.get(setting.key)) {
                    // A measure by its name; what it is stands among the measures.
                    ("of", Some((expr, _))) => trace.push(&path, &trace.at(expr, &trace.top())),
                    (_, written) => trace.setting(&path, setting.need, written.map(|(expr, _)| *expr), &trace.top()),
                }
            }
            for entry in &inner.entries {
                if let EntryKind::Bare(expr) = &entry.kind
                    && let ExprKind::Name(name) = &expr.kind
                {
                    trace.row(&format!("{word}.{name}"), &trace.at(expr, &trace.top()));
                }
            }
        }
        (arm.name, trace.rows)
    });
    all.collect()
}

/// How an expression came to where it is.
#[derive(Clone, Copy, PartialEq)]
enum How {
    Written,
    Default,
    Set,
}

/// An expression where names have their meaning.
#[derive(Clone)]
struct Standing<'a> {
    expr: &'a Expr,
    module: usize,
    scope: Rc<HashMap<&'a str, Standing<'a>>>,
    how: How,
}

/// What following an expression ends at.
enum End<'a> {
    /// An expression that is no name.
    Leaf,
    Swept(&'a Expr),
    /// An item with a block, called with arguments.
    Item(usize, &'a Item, &'a Block, &'a [Arg]),
    Builtin(&'static str, &'a [Arg]),
}

/// Definitions that are followed at most, one within the other.
const DEEPEST: usize = 12;

struct Trace<'a> {
    modules: &'a [Module],
    set: &'a HashMap<String, Expr>,
    root: usize,
    swept: &'a HashMap<&'a str, &'a Expr>,
    sources: &'a Sources,
    rows: Vec<Origin>,
}

/// What a name or a field stands for.
enum Meant<'a> {
    Local(Standing<'a>),
    Swept(&'a Expr),
    Item(usize, &'a Item),
    Builtin(&'static str),
}

impl<'a> Trace<'a> {
    /// The top level of the program.
    fn top(&self) -> Standing<'a> {
        const NOTHING: &Expr =
            &Expr { kind: ExprKind::Error, span: Span { file: crate::diagnostic::FileId(0), start: 0, end: 0 } };
        Standing { expr: NOTHING, module: self.root, scope: Rc::default(), how: How::Written }
    }

    /// An expression that stands where another does.
    fn at(&self, expr: &'a Expr, beside: &Standing<'a>) -> Standing<'a> {
        Standing { expr, how: How::Written, ..beside.clone() }
    }

    fn setting(&mut self, path: &str, need: Need, written: Option<&'a Expr>, beside: &Standing<'a>) {
        match (written, need) {
            (Some(expr), _) => self.row(path, &self.at(expr, beside)),
            (None, Need::Default(value)) => {
                self.rows.push(Origin { path: path.into(), value: value.into(), from: From::Default });
            }
            (None, Need::Required | Need::Optional) => {}
        }
    }

    fn meant(&self, expr: &'a Expr, standing: &Standing<'a>) -> Option<Meant<'a>> {
        let module = &self.modules[standing.module];
        match &expr.kind {
            ExprKind::Name(name) => {
                if let Some(bound) = standing.scope.get(name.as_str()) {
                    return Some(Meant::Local(bound.clone()));
                }
                if standing.module == self.root
                    && let Some(values) = self.swept.get(name.as_str())
                {
                    return Some(Meant::Swept(values));
                }
                match module.items.get(name) {
                    Some(&at) => Some(Meant::Item(standing.module, &module.file.items[at])),
                    None => forms(name).next().map(|form| Meant::Builtin(form.name)),
                }
            }
            ExprKind::Field { base, name } => {
                let ExprKind::Name(used) = &base.kind else { return None };
                let used = *module.uses.get(used)?;
                let at = member(&self.modules[used], &name.text)?;
                Some(Meant::Item(used, &self.modules[used].file.items[at]))
            }
            _ => None,
        }
    }

    /// Follows names to what they stand for.
    fn follow(&self, from: &Standing<'a>) -> (End<'a>, Standing<'a>) {
        let mut standing = from.clone();
        // A program without errors has no circles; a bound costs nothing.
        for _ in 0..1000 {
            let (callee, args): (&Expr, &[Arg]) = match &standing.expr.kind {
                ExprKind::Call { callee, args } => (callee, args),
                _ => (standing.expr, &[]),
            };
            match self.meant(callee, &standing) {
                None => break,
                Some(Meant::Local(bound)) => standing = bound,
                Some(Meant::Swept(values)) => return (End::Swept(values), standing),
                Some(Meant::Builtin(name)) => return (End::Builtin(name, args), standing),
                Some(Meant::Item(module, item)) => match &item.body {
                    Body::Block(block) => return (End::Item(module, item, block, args), standing),
                    Body::Value { value, .. } => {
                        let set = (item.keyword == Keyword::Param && module == self.root)
                            .then(|| self.set.get(&item.name.text))
                            .flatten();
                        let scope = self.bound(module, item, args, &standing);
                        let how = if set.is_some() { How::Set } else { How::Written };
                        standing = Standing { expr: set.unwrap_or(value), module, scope, how };
                    }
                    _ => break,
                },
            }
        }
        (End::Leaf, standing)
    }

    /// What the parameters of an item stand for in a call.
    fn bound(
        &self,
        module: usize,
        item: &'a Item,
        args: &'a [Arg],
        caller: &Standing<'a>,
    ) -> Rc<HashMap<&'a str, Standing<'a>>> {
        let mut scope: HashMap<&'a str, Standing<'a>> = HashMap::new();
        let mut plain = args.iter().filter(|arg| arg.name.is_none());
        for param in &item.params {
            let name = param.name.text.as_str();
            let named = args.iter().find(|arg| arg.name.as_ref().is_some_and(|given| given.text == name));
            match (named.or_else(|| plain.next()), &param.default) {
                (Some(arg), _) => {
                    scope.insert(name, self.at(&arg.value, caller));
                }
                (None, Some(expr)) => {
                    let before = Rc::new(scope.clone());
                    scope.insert(name, Standing { expr, module, scope: before, how: How::Default });
                }
                (None, None) => {}
            }
        }
        Rc::new(scope)
    }

    /// Tells of a value, and of what it is made of.
    fn row(&mut self, path: &str, from: &Standing<'a>) {
        if path.matches('.').count() > DEEPEST {
            return;
        }
        let (end, standing) = self.follow(from);
        match end {
            End::Swept(values) => {
                let from = From::Sweep(values.span);
                self.rows.push(Origin { path: path.into(), value: self.text(values.span), from });
            }
            End::Leaf => self.leaf(path, &standing),
            End::Builtin(name, args) => {
                match form(name, args) {
                    // What is repeated is what the setting says; how often is told beside it.
                    Some(form) if name == "repeat" => self.builtin(path, form, args, &standing),
                    Some(form) => {
                        self.push(path, &standing);
                        self.builtin(path, form, args, &standing);
                    }
                    None => self.push(path, &standing),
                }
            }
            End::Item(module, item, block, args) => {
                self.push(path, &standing);
                let scope = self.bound(module, item, args, &standing);
                let inside = Standing { module, scope, ..self.top() };
                match item.keyword {
                    Keyword::Task => {
                        for param in &item.params {
                            if let Some(value) = inside.scope.get(param.name.text.as_str()).cloned() {
                                self.row(&format!("{path}.{}", param.name.text), &value);
                            }
                        }
                    }
                    Keyword::Model => self.block(path, block, BlockKind::Model, &inside),
                    Keyword::Probe => self.block(path, block, BlockKind::Probe, &inside),
                    Keyword::Curriculum => {
                        for entry in &block.entries {
                            if let EntryKind::Nested { name: Some(name), block, .. } = &entry.kind {
                                self.block(&format!("{path}.{}", name.text), block, BlockKind::Stage, &inside);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn block(&mut self, path: &str, block: &'a Block, kind: BlockKind, inside: &Standing<'a>) {
        let found = settings(block, kind);
        for setting in settings_of(kind) {
            let written = found.get(setting.key).map(|(expr, _)| *expr);
            self.setting(&format!("{path}.{}", setting.key), setting.need, written, inside);
        }
    }

    fn builtin(&mut self, path: &str, form: &'static Builtin, args: &'a [Arg], standing: &Standing<'a>) {
        let mut plain = args.iter().filter(|arg| arg.name.is_none());
        for param in form.params {
            let named = args.iter().find(|arg| arg.name.as_ref().is_some_and(|name| name.text == param.name));
            let items = form.name == "repeat" && param.name == "items";
            let path = if items { path.to_string() } else { format!("{path}.{}", param.name) };
            match (named.or_else(|| plain.next()), param.default) {
                (Some(arg), _) => self.row(&path, &self.at(&arg.value, standing)),
                (None, Some(value)) => self.rows.push(Origin { path, value: value.into(), from: From::Default }),
                (None, None) => {}
            }
        }
        for arg in args.iter().filter(|_| form.others.is_some()) {
            // `mix(easy: 50%)` names what it mixes.
            if let Some(name) = &arg.name {
                self.row(&format!("{path}.{}", name.text), &self.at(&arg.value, standing));
            }
        }
    }

    /// A value that no name stands for: the names in it that do are told of too.
    fn leaf(&mut self, path: &str, standing: &Standing<'a>) {
        self.push(path, standing);
        let mut parts: Vec<&'a Expr> = Vec::new();
        match &standing.expr.kind {
            ExprKind::List(items) => {
                for item in items {
                    if let ExprKind::Call { callee, .. } = &item.kind
                        && let ExprKind::Name(name) = &callee.kind
                    {
                        self.row(&format!("{path}.{name}"), &self.at(item, standing));
                    }
                }
            }
            ExprKind::Binary { left, right, .. } => parts.extend([&**left, &**right]),
            ExprKind::Unary { operand, .. } => parts.push(operand),
            ExprKind::If { condition, then, otherwise } => parts.extend([&**condition, &**then, &**otherwise]),
            _ => {}
        }
        while let Some(part) = parts.pop() {
            match &part.kind {
                ExprKind::Name(name) if !matches!(self.meant(part, standing), Some(Meant::Builtin(_)) | None) => {
                    self.row(&format!("{path}.{name}"), &self.at(part, standing));
                }
                ExprKind::Binary { left, right, .. } => parts.extend([&**right, &**left]),
                ExprKind::Unary { operand, .. } => parts.push(operand),
                _ => {}
            }
        }
    }

    fn push(&mut self, path: &str, standing: &Standing<'a>) {
        let span = standing.expr.span;
        let from = match standing.how {
            How::Written => From::Line(span),
            How::Default => From::Standing(span),
            How::Set => From::Set,
        };
        self.rows.push(Origin { path: path.into(), value: self.text(span), from });
    }

    /// What stands there, on one line.
    fn text(&self, span: Span) -> String {
        let text =
            self.sources.get(span.file).and_then(|source| source.text.get(span.start as usize..span.end as usize));
        text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The form of a builtin that takes arguments so.
fn form(name: &'static str, args: &[Arg]) -> Option<&'static Builtin> {
    let takes = |form: &&Builtin| {
        let named = args.iter().filter_map(|arg| arg.name.as_ref());
        form.group != Group::Words
            && (form.others.is_some()
                || args.len() <= form.params.len()
                    && named.into_iter().all(|name| form.params.iter().any(|param| param.name == name.text)))
    };
    forms(name).find(takes)
}
