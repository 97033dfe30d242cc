//! Trees to a typed program and all findings. Two passes: `naming` tells every fault of naming wherever it stands;
//! evaluation then resolves what experiments state, reading each misspelt word as its nearest, so that one slip costs
//! one finding and hides no other. Items with parameters are evaluated once for every value of these (`for_every_size`).
//!
//! `expressions` come to `values`; inside a `task` they are typed nodes of a graph; a `study` brings them together.

mod allow;
mod asked;
mod expressions;
mod faults;
mod limits;
mod naming;
pub mod origins;
mod study;
mod task;
mod values;

use crate::diagnostic::{Diagnostic, Label, Severity, Sources, Span};
use crate::program::Program;
use crate::program::rendering::Rendering;
use crate::program::task::Task;
use crate::registry::nearest;
use crate::syntax::parse;
use crate::syntax::tree::{Body, EntryKind, Expr, ExprKind, Item, Keyword, Type};
use crate::world::World;
pub use asked::{Asked, Offer, asked};
use naming::modules::{Loader, Module};
use naming::names::Uses;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use values::value::{ScheduleValue, Value};

/// What checking a file gives.
#[derive(Debug)]
pub struct Checked {
    pub sources: Sources,
    /// In the order of the text, errors and warnings together.
    pub findings: Vec<Diagnostic>,
    /// Warnings that an `#allow` line keeps silent, with its reason.
    pub silenced: Vec<(Diagnostic, String)>,
    /// What of the program this version checks and plans, but does not run.
    pub not_run: Vec<Diagnostic>,
    /// The experiments by name, with the place of the name.
    pub places: Vec<(String, Span)>,
    /// Present where no error stands in the way of a plan.
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
    match Checker::open(world, path, overrides) {
        Ok(mut checker) => {
            checker.every_size();
            let program = checker.program();
            checker.finish(program)
        }
        Err(unread) => *unread,
    }
}

fn unreadable(path: &Path, reason: &std::io::Error) -> Checked {
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), "");
    let title = format!("{} cannot be read", path.display());
    let finding = Diagnostic::error("E0001", title, Span::new(file, 0, 0), reason.to_string())
        .help("check the path and its permissions");
    Checked {
        sources,
        findings: vec![finding],
        silenced: Vec::new(),
        not_run: Vec::new(),
        places: Vec::new(),
        program: None,
    }
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
                None if is_let(root, name) => {
                    format!("write `param {name}: ...` in place of `let {name}`, so that it can be set")
                }
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
            let param = root.file.items.iter().find(|item| item.name.text == *name).map(|item| &item.body);
            let ty = if let Some(Body::Value { ty, .. }) = param { ty.as_ref() } else { None };
            if !is_word(&value, ty) {
                let own = Some(name.as_str());
                naming::names::expression(modules, at, (&value, None), &HashMap::new(), own, findings);
            }
            set.insert(name.clone(), value);
        }
    }
    set
}

fn is_let(module: &Module, name: &str) -> bool {
    module.file.items.iter().any(|item| item.keyword == Keyword::Let && item.name.text == name)
}

/// The id of a finding and where it was made.
type Place = (&'static str, Span);

/// What findings of one slip share: the id, the words it is of, and for some the title.
type Alike = (&'static str, String, Option<String>);

/// Whether a value is one of the words of a choice.
fn is_word(value: &Expr, ty: Option<&Type>) -> bool {
    let (ExprKind::Name(word), Some(Type::Choice { words, .. })) = (&value.kind, ty) else { return false };
    words.iter().any(|known| known.text == *word)
}

/// The second pass at work.
struct Checker<'w> {
    world: &'w dyn World,
    modules: Rc<Vec<Module>>,
    sources: Sources,
    findings: Vec<Diagnostic>,
    /// Ids with their places: each is told once.
    seen: HashSet<(&'static str, Span)>,
    /// What was told where it is written, and what was moved to a call, by where it was moved from.
    direct: HashSet<(&'static str, Span)>,
    moved: HashMap<(&'static str, Span), (&'static str, Span)>,
    /// Where names stand that are not defined.
    undefined: Vec<Span>,
    not_run: Vec<Diagnostic>,
    not_run_places: HashSet<(String, Span)>,
    root: usize,
    set: HashMap<String, Expr>,
    /// What the point of a sweep binds, with its place.
    swept: HashMap<String, (Value, Span)>,
    folder: PathBuf,
    /// Values of items without arguments.
    known: HashMap<(usize, usize), Value>,
    /// Items being resolved, to tell a circle.
    open: Vec<(usize, usize)>,
    calls: Vec<Call>,
    /// Whether an item is looked at for every value of its parameters.
    generic: bool,
    /// Its parameters that are whole numbers.
    counts: HashSet<String>,
    /// Names that a probe asks tasks for.
    predicted: HashSet<String>,
    /// Tasks whose arguments change while they are trained.
    ramps: Vec<(Rc<Task>, Vec<ScheduleValue>)>,
    /// Folders of models that are not here.
    missing: Vec<(String, Span)>,
    /// How texts are cut into tokens, by the task and the tokens that the model knows.
    renderings: Vec<(Task, usize, Rendering)>,
    /// Width of the embeddings read last.
    array_width: Option<usize>,
    /// How many items were evaluated, and how deep in each other expressions are: both have bounds.
    made: usize,
    depth: usize,
    /// Whether this experiment was told that its epochs have no length; every duration in epochs has the same cause.
    timeless: bool,
}

/// A call being resolved: where it stands, where its arguments do, and the item that it resolves.
struct Call {
    span: Span,
    args: HashMap<String, Span>,
    /// Where the defaults of parameters stand that no argument replaces.
    defaults: HashMap<String, Span>,
    body: Span,
    /// Whether it gives arguments, so that what is wrong may be its own fault.
    parameterised: bool,
}

impl<'w> Checker<'w> {
    /// Reads a file with all that it uses, and looks at every name in it.
    fn open(world: &'w dyn World, path: &Path, overrides: &[Override]) -> Result<Self, Box<Checked>> {
        let text = match world.read(path) {
            Ok(text) => text,
            Err(reason) => return Err(Box::new(unreadable(path, &reason))),
        };
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut loader = Loader::new(world);
        let name = path.display().to_string();
        let root = loader.load(naming::modules::plain(path).display().to_string(), &name, text, &folder);
        let Loader { mut sources, mut findings, modules, .. } = loader;
        let modules: Vec<Module> = modules.into_iter().flatten().collect();
        let set = knobs(overrides, &modules, root, &mut sources, &mut findings);
        let mut uses = Uses::default();
        for module in 0..modules.len() {
            naming::names::check(&modules, module, &mut findings, &mut uses);
        }
        naming::names::idle(&modules, root, &mut findings, &uses);
        let mut checker = Self::new(world, Rc::new(modules), sources, root, folder);
        checker.set = set;
        checker.predicted = uses.asked;
        findings.into_iter().for_each(|finding| checker.report(finding));
        Ok(checker)
    }

    fn new(world: &'w dyn World, modules: Rc<Vec<Module>>, sources: Sources, root: usize, folder: PathBuf) -> Self {
        Self {
            world,
            modules,
            sources,
            findings: Vec::new(),
            seen: HashSet::new(),
            direct: HashSet::new(),
            moved: HashMap::new(),
            undefined: Vec::new(),
            not_run: Vec::new(),
            not_run_places: HashSet::new(),
            root,
            set: HashMap::new(),
            swept: HashMap::new(),
            folder,
            known: HashMap::new(),
            open: Vec::new(),
            calls: Vec::new(),
            generic: false,
            counts: HashSet::new(),
            predicted: HashSet::new(),
            ramps: Vec::new(),
            missing: Vec::new(),
            renderings: Vec::new(),
            array_width: None,
            made: 0,
            depth: 0,
            timeless: false,
        }
    }

    /// Looks at every item with parameters for all of their values; the standard library is tested for itself.
    fn every_size(&mut self) {
        let modules = Rc::clone(&self.modules);
        for (place, module) in modules.iter().enumerate() {
            if self.sources.get(module.file.id).is_some_and(|source| source.name.starts_with("<std>")) {
                continue;
            }
            for (at, item) in module.file.items.iter().enumerate() {
                if !item.params.is_empty() && module.items.get(&item.name.text) == Some(&at) {
                    self.for_every_size(place, at);
                }
            }
        }
        self.known.clear();
        self.made = 0;
    }

    fn program(&mut self) -> Program {
        let modules = Rc::clone(&self.modules);
        let file = &modules[self.root].file;
        let mut program = Program { doc: file.doc.clone(), experiments: Vec::new() };
        for item in &file.items {
            if item.keyword == Keyword::Experiment {
                program.experiments.extend(self.experiment(self.root, item));
            }
        }
        self.set_and_swept(file);
        // Items that no experiment reaches are resolved too, where they take no arguments.
        for (at, item) in file.items.iter().enumerate() {
            let reached = !matches!(item.keyword, Keyword::Use | Keyword::Experiment);
            if reached && item.params.iter().all(|param| param.default.is_some()) {
                self.item(self.root, at, Vec::new(), item.name.span);
            }
        }
        program
    }

    /// A knob that is set from outside and swept in every experiment keeps nothing of what was set.
    fn set_and_swept(&mut self, file: &crate::syntax::tree::File) {
        let mut set: Vec<(String, Span)> = self.set.iter().map(|(name, value)| (name.clone(), value.span)).collect();
        set.sort();
        for (name, span) in set {
            let sweeps = |item: &Item| {
                match &item.body {
                Body::Block(block) => block.entries.iter().any(|entry| {
                    matches!(&entry.kind, EntryKind::Sweep { names, .. } if names.iter().any(|known| known.text == name))
                }),
                _ => false,
            }
            };
            let mut experiments = file.items.iter().filter(|item| item.keyword == Keyword::Experiment).peekable();
            if experiments.peek().is_some() && experiments.all(sweeps) {
                let title = format!("`--set {name}` does nothing: the study sweeps `{name}`");
                let finding = Diagnostic::warning("W0204", title, span, "the sweep gives its own values");
                self.report(finding.help("take it away, or take the sweep out of the file"));
            }
        }
    }

    fn finish(mut self, program: Program) -> Checked {
        self.missing_models();
        // What a call was blamed for is dropped where the item that it calls is faulty whatever the call.
        let (moved, direct) = (&self.moved, &self.direct);
        self.findings.retain(|finding| {
            let place = (finding.id, finding.span());
            direct.contains(&place) || moved.get(&place).is_none_or(|inner| !direct.contains(inner))
        });
        self.together();
        // What a faulty line may have meant to use is not called unused.
        let faulty = self.findings.iter().any(|finding| finding.severity == Severity::Error);
        self.findings.retain(|finding| !(faulty && matches!(finding.id, "W0204" | "W0205" | "W0207")));
        let (findings, silenced) = allow::silence(&self.modules, self.findings);
        let mut findings = findings;
        findings.sort_by_key(|finding| (finding.span(), finding.id));
        self.not_run.sort_by_key(|finding| (finding.span(), finding.id));
        let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
        let said =
            silenced.iter().map(|(finding, reason)| (finding.id.to_string(), reason.clone())).collect::<Vec<_>>();
        let program = (!failed).then(|| {
            let mut program = program;
            program.experiments.iter_mut().for_each(|experiment| experiment.silenced.clone_from(&said));
            program
        });
        let items = self.modules[self.root].file.items.iter();
        let experiments = items.filter(|item| item.keyword == Keyword::Experiment);
        let places = experiments.map(|item| (item.name.text.clone(), item.name.span)).collect();
        Checked { sources: self.sources, findings, silenced, not_run: self.not_run, places, program }
    }

    /// Makes one finding of errors that say the same of the same words, or that calls have for the same reason: they
    /// are one slip, seen at several places.
    fn together(&mut self) {
        let mut kept: Vec<(Option<Place>, String, Diagnostic)> = Vec::new();
        let mut alike: HashMap<Alike, Vec<usize>> = HashMap::new();
        for finding in std::mem::take(&mut self.findings) {
            let inner = self.moved.get(&(finding.id, finding.span())).copied();
            let said = self.text(finding.span());
            let words = said.starts_with(|letter: char| letter.is_ascii_alphabetic());
            let others = alike.entry((finding.id, finding.title.clone(), finding.help.clone())).or_default();
            let one = others.iter().copied().find(|at| {
                let (other, text, _) = &kept[*at];
                (inner.is_some() && inner == *other) || (words && *text == said)
            });
            match one.filter(|_| finding.severity == Severity::Error) {
                Some(at) => {
                    let known = &mut kept[at].2;
                    // The first in the text is the place of all.
                    let later = if finding.span() < known.span() { std::mem::replace(known, finding) } else { finding };
                    let others =
                        later.labels.iter().filter(|label| label.text == "and here" || label.span == later.span());
                    let here = others.map(|label| Label { span: label.span, text: "and here".into() });
                    known.labels.extend(here.take(8usize.saturating_sub(known.labels.len())));
                    known.fix.extend(later.fix.clone());
                }
                None => {
                    others.push(kept.len());
                    kept.push((inner, said, finding));
                }
            }
        }
        self.findings = kept.into_iter().map(|(_, _, finding)| finding).collect();
    }

    /// Models that are to be measured and are not on this machine: one warning a place.
    fn missing_models(&mut self) {
        let missing = std::mem::take(&mut self.missing);
        let mut places: Vec<(Span, Vec<String>)> = Vec::new();
        for (folder, span) in missing {
            match places.iter_mut().find(|(place, _)| *place == span) {
                Some((_, folders)) if !folders.contains(&folder) => folders.push(folder),
                Some(_) => {}
                None => places.push((span, vec![folder])),
            }
        }
        for (span, folders) in places {
            let title = match folders.as_slice() {
                [one] => format!("there is no model in {one}"),
                many => format!("{} models are not here, {} the first", many.len(), many[0]),
            };
            let finding = Diagnostic::warning("W0208", title, span, "no config.json in it");
            self.report(finding.help("put the folders there before the run, or mend the path"));
        }
    }
}
