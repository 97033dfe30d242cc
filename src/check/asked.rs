//! A task that is asked for from outside: by the name of an item, or by a call as the language writes it.

use super::expressions::evaluate::Env;
use super::naming::names;
use super::naming::scope::exports;
use super::values::value::Value;
use super::{Checked, Checker, Override};
use crate::diagnostic::{Diagnostic, FileId, Severity, Span};
use crate::program::task::Task;
use crate::registry::Kind;
use crate::syntax::parse;
use crate::syntax::tree::{Body, Expr, Item, Keyword};
use crate::world::World;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

/// How messages call the text of what is asked for.
const PLACE: &str = "<task>";

/// What stands before it, so that it is read as the value of an item.
const HEAD: &str = "let asked = ";

/// What a file has to say to a question for a task.
#[derive(Debug)]
pub struct Asked {
    pub checked: Checked,
    /// Present where nothing is wrong with the file or the question.
    pub task: Option<Task>,
    /// In the order of the file: its own tasks, and those of the modules that it uses.
    pub offered: Vec<Offer>,
    /// Whether everything that is wrong is wrong with the question alone.
    pub misasked: bool,
}

/// A task that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// As it is written in the file: `hard`, `shapes.classify`.
    pub name: String,
    /// How messages call it, such as `classify(maps: 1)`; empty where it takes arguments first.
    pub title: String,
    /// The parameters that have no default.
    pub needs: Vec<String>,
    /// Whether the file itself defines it.
    pub own: bool,
}

/// Checks a file, and resolves a task in the words of the language, as if they stood in the file.
#[must_use]
pub fn asked(world: &dyn World, path: &Path, overrides: &[Override], words: Option<&str>) -> Asked {
    let mut checker = match Checker::open(world, path, overrides) {
        Ok(checker) => checker,
        Err(checked) => return Asked { checked: *checked, task: None, offered: Vec::new(), misasked: false },
    };
    let question = words.map(|words| checker.question(words));
    checker.every_size();
    let program = checker.program();
    let offered = checker.offers();
    let expr = question.as_ref().and_then(|(_, expr)| expr.as_ref());
    let value = expr.and_then(|expr| checker.task_asked_for(expr, &offered));
    let place = question.map(|(place, _)| place);
    let mut checked = checker.finish(program);
    let mut errors = checked.findings.iter().filter(|finding| finding.severity == Severity::Error).peekable();
    let (none, misasked) = (errors.peek().is_none(), errors.all(|error| Some(error.span().file) == place));
    if let Some(place) = place {
        in_words_of_the_question(&mut checked, place);
    }
    let task = value.filter(|_| none).map(|task| (*task).clone());
    Asked { checked, task, offered, misasked: misasked && !none }
}

/// Moves places from the item that was read to the words that were asked.
fn in_words_of_the_question(checked: &mut Checked, place: FileId) {
    let Some(source) = checked.sources.files.get_mut(place.0 as usize) else { return };
    source.text = source.text.split_off(HEAD.len()).trim_end_matches('\n').to_string();
    let (head, end) = (HEAD.len() as u32, source.text.len() as u32);
    let moved = |span: &mut Span| {
        if span.file == place {
            span.start = span.start.saturating_sub(head).min(end);
            span.end = span.end.saturating_sub(head).min(end);
        }
    };
    for finding in checked.findings.iter_mut().chain(&mut checked.not_run) {
        finding.labels.iter_mut().for_each(|label| moved(&mut label.span));
        finding.fix.iter_mut().for_each(|edit| moved(&mut edit.span));
    }
}

impl Checker<'_> {
    /// Reads the words of a question and looks at the names in it.
    fn question(&mut self, words: &str) -> (FileId, Option<Expr>) {
        let text = format!("{HEAD}{words}\n");
        let place = self.sources.add(PLACE, text.clone());
        let (mut parsed, faults) = parse(place, &text);
        if !faults.is_empty() {
            faults.into_iter().for_each(|fault| self.report(fault));
            return (place, None);
        }
        let only = (parsed.items.len() == 1).then(|| parsed.items.remove(0).body);
        let Some(Body::Value { value, ty: None }) = only else {
            let span = Span::new(place, HEAD.len(), text.len() - 1);
            let finding = Diagnostic::error("E0301", "this is more than one task", span, "one name or one call");
            self.report(finding.help("write a name or a call, such as `shapes.classify(maps: 1)`"));
            return (place, None);
        };
        let modules = Rc::clone(&self.modules);
        let mut found = Vec::new();
        names::expression(&modules, self.root, (&value, Some(Kind::Task)), &HashMap::new(), None, &mut found);
        found.into_iter().for_each(|finding| self.report(finding));
        (place, Some(value))
    }

    /// The one task that an expression comes to.
    fn task_asked_for(&mut self, expr: &Expr, offered: &[Offer]) -> Option<Rc<Task>> {
        let words = self.text(expr.span);
        if let Some(Offer { name, needs, .. }) = offered.iter().find(|offer| offer.name == words)
            && let Some(first) = needs.first()
        {
            let args = needs.iter().map(|name| format!("{name}: ...")).collect::<Vec<_>>().join(", ");
            let help = format!("write `{name}({args})`");
            self.fault("E0209", format!("`{name}` needs `{first}`"), expr.span, "argument missing", help);
            return None;
        }
        let locals = HashMap::new();
        let value = self.eval(expr, Env { module: self.root, locals: &locals, graph: None });
        match value {
            Value::Task(task) => Some(task),
            Value::Mixture(parts) => {
                let said: Vec<&str> = parts.iter().map(|(task, _)| task.title.as_str()).collect();
                let help = format!("ask for one of them: {}", said.join(", "));
                self.fault("E0301", "this is a mixture of tasks", expr.span, "several tasks", help);
                None
            }
            other => self.none("a task", &other, expr.span),
        }
    }

    /// The tasks that can be asked for.
    fn offers(&mut self) -> Vec<Offer> {
        let modules = Rc::clone(&self.modules);
        let module = &modules[self.root];
        let mut offers = Vec::new();
        for (at, item) in module.file.items.iter().enumerate() {
            if module.items.get(&item.name.text) == Some(&at) {
                offers.extend(self.offer(self.root, at, item.name.text.clone()));
            }
        }
        for item in module.file.items.iter().filter(|item| item.keyword == Keyword::Use) {
            let Some(&used) = module.uses.get(&item.name.text) else { continue };
            for name in exports(&modules[used]) {
                let Some(&at) = modules[used].items.get(name) else { continue };
                offers.extend(self.offer(used, at, format!("{}.{name}", item.name.text)));
            }
        }
        offers
    }

    fn offer(&mut self, module: usize, at: usize, name: String) -> Option<Offer> {
        let modules = Rc::clone(&self.modules);
        let item: &Item = &modules[module].file.items[at];
        let own = module == self.root;
        let open = item.params.iter().filter(|param| param.default.is_none());
        let needs: Vec<String> = open.map(|param| param.name.text.clone()).collect();
        match item.keyword {
            Keyword::Task if !needs.is_empty() => Some(Offer { name, title: String::new(), needs, own }),
            Keyword::Task | Keyword::Let if needs.is_empty() => {
                let Value::Task(task) = self.item(module, at, Vec::new(), item.name.span) else { return None };
                Some(Offer { name, title: task.title.clone(), needs, own })
            }
            _ => None,
        }
    }
}
