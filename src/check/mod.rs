//! Trees to a typed program and all findings. Two passes: `names` tells every fault of naming wherever it stands;
//! evaluation then resolves what experiments state, reading each misspelt word as its nearest, so that one slip costs
//! one finding and hides no other.

mod arithmetic;
mod arms;
mod builtins;
mod canonical;
mod conclusions;
mod evaluate;
mod experiment;
mod faults;
mod graph;
mod items;
mod limits;
mod lint;
mod modules;
mod names;
mod parts;
mod scope;
mod tasks;
mod value;

use crate::diagnostic::{Diagnostic, Severity, Sources, Span};
use crate::program::Program;
use crate::registry::nearest;
use crate::syntax::parse;
use crate::syntax::tree::{Body, Expr, Keyword};
use crate::world::World;
use modules::{Loader, Module};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use value::Value;

/// What checking a file gives.
#[derive(Debug)]
pub struct Checked {
    pub sources: Sources,
    /// In the order of the text, errors and warnings together.
    pub findings: Vec<Diagnostic>,
    /// Present where no error stands in the way of a run.
    pub program: Option<Program>,
}

impl Checked {
    /// How many errors and warnings there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        (errors, self.findings.len() - errors)
    }
}

/// A knob set from outside: `--set name=value`.
pub type Override = (String, String);

/// Checks a file and all that it uses.
#[must_use]
pub fn check(world: &dyn World, path: &Path, overrides: &[Override]) -> Checked {
    let text = match world.read(path) {
        Ok(text) => text,
        Err(reason) => return unreadable(path, &reason),
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut loader = Loader::new(world);
    let name = path.display().to_string();
    let root = loader.load(modules::plain(path).display().to_string(), &name, text, &folder);
    let Loader { mut sources, mut findings, modules, .. } = loader;
    let modules: Vec<Module> = modules.into_iter().flatten().collect();
    let set = knobs(overrides, &modules, root, &mut sources, &mut findings);
    for module in 0..modules.len() {
        names::check(&modules, module, &mut findings);
    }
    let mut checker = Checker {
        modules: Rc::new(modules),
        sources,
        findings,
        root,
        set,
        folder,
        known: HashMap::new(),
        open: Vec::new(),
        calls: Vec::new(),
        array_width: None,
        made: 0,
        depth: 0,
        timeless: false,
    };
    let program = checker.program();
    checker.finish(program)
}

fn unreadable(path: &Path, reason: &std::io::Error) -> Checked {
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), "");
    let title = format!("{} cannot be read", path.display());
    let finding = Diagnostic::error("E0001", title, Span::new(file, 0, 0), reason.to_string())
        .help("check the path and its permissions");
    Checked { sources, findings: vec![finding], program: None }
}

/// Reads `--set` values as expressions of the language.
fn knobs(
    overrides: &[Override],
    modules: &[Module],
    at: usize,
    sources: &mut Sources,
    findings: &mut Vec<Diagnostic>,
) -> HashMap<String, Expr> {
    let mut set = HashMap::new();
    let root = &modules[at];
    let params =
        || root.file.items.iter().filter(|item| item.keyword == Keyword::Param).map(|item| item.name.text.as_str());
    for (name, value) in overrides {
        let text = format!("let {name} = {value}\n");
        let file = sources.add(format!("--set {name}={value}"), text.clone());
        let (parsed, faults) = parse(file, &text);
        let whole = Span::new(file, 4, 4 + name.len());
        findings.extend(faults);
        if !params().any(|known| known == name) {
            let help = match nearest(name, params()) {
                Some(meant) => format!("write `--set {meant}={value}`"),
                None if params().next().is_none() => {
                    "the file has no params; write `param name: type = value` in it".into()
                }
                None => format!("the params are: {}", params().collect::<Vec<_>>().join(", ")),
            };
            findings.push(
                Diagnostic::error("E0201", format!("there is no param `{name}` to set"), whole, "not found").help(help),
            );
        }
        if let Some(Body::Value { value, .. }) = parsed.items.into_iter().next().map(|item| item.body) {
            names::expression(modules, at, &value, findings);
            set.insert(name.clone(), value);
        }
    }
    set
}

/// The second pass at work.
struct Checker {
    modules: Rc<Vec<Module>>,
    sources: Sources,
    findings: Vec<Diagnostic>,
    root: usize,
    set: HashMap<String, Expr>,
    folder: PathBuf,
    /// Values of items without arguments.
    known: HashMap<(usize, usize), Value>,
    /// Items being resolved, to tell a circle.
    open: Vec<(usize, usize)>,
    calls: Vec<Call>,
    /// Width of the embeddings read last.
    array_width: Option<usize>,
    /// How many items were evaluated, and how deep in each other expressions are: both have bounds.
    made: usize,
    depth: usize,
    /// Whether this experiment was told that its epochs have no length; every duration in epochs has the same cause.
    timeless: bool,
}

/// A call being resolved: where it stands, and where its arguments do.
struct Call {
    span: Span,
    args: HashMap<String, Span>,
}

impl Checker {
    fn program(&mut self) -> Program {
        let modules = Rc::clone(&self.modules);
        let file = &modules[self.root].file;
        let mut program = Program { doc: file.doc.clone(), experiments: Vec::new() };
        for item in &file.items {
            if item.keyword == Keyword::Experiment {
                program.experiments.extend(self.experiment(self.root, item));
            }
        }
        // Items that no experiment reaches are resolved too, where they take no arguments.
        for (at, item) in file.items.iter().enumerate() {
            let reached = !matches!(item.keyword, Keyword::Use | Keyword::Experiment);
            if reached && item.params.iter().all(|param| param.default.is_some()) {
                self.item(self.root, at, Vec::new(), item.name.span);
            }
        }
        program
    }

    fn finish(mut self, program: Program) -> Checked {
        self.findings.sort_by_key(|finding| (finding.span(), finding.id));
        let failed = self.findings.iter().any(|finding| finding.severity == Severity::Error);
        Checked { sources: self.sources, findings: self.findings, program: (!failed).then_some(program) }
    }
}
