//! What was most likely meant by a name that is not defined: the nearest of a kind that fits where it stands.

use crate::check::naming::modules::Module;
use crate::check::naming::scope::{Meaning, Scope, exports};
use crate::check::naming::wanted::{promised, type_kind};
use crate::registry::{BUILTINS, Kind, forms, nearest};
use crate::syntax::tree::{Body, Expr, ExprKind, Item, Keyword};

/// How far the value of a `let` is followed to tell its kind.
const DEEP: usize = 8;

impl<'a> Scope<'a> {
    /// What is nearest to a name, of the kind that is wanted; the item that it stands in is never meant.
    pub fn near(&self, name: &str, wanted: Option<Kind>, own: Option<&str>) -> Option<Meaning<'a>> {
        let fits = |candidate: &&str| {
            let Some(wanted) = wanted else { return true };
            let drawn = wanted == Kind::NameOfTask;
            match self.exact(candidate) {
                // What a task draws or defines stands in the task, and nothing else takes its place.
                Some(Meaning::Local(name)) if drawn => !self.locals[..self.params].contains(&name),
                _ if drawn => false,
                None | Some(Meaning::Module(_)) => false,
                Some(Meaning::Word(_)) => matches!(wanted, Kind::Word(_)),
                Some(Meaning::Builtin(name)) => forms(name).any(|form| suits(form.gives, wanted)),
                Some(meaning) => self.kind(meaning, DEEP).is_none_or(|kind| suits(kind, wanted)),
            }
        };
        let candidates = self.candidates().filter(|candidate| Some(*candidate) != own).filter(fits);
        nearest(name, candidates).and_then(|meant| self.exact(meant))
    }

    /// How to write something of the kind that is wanted, where nothing near is of that kind.
    pub fn offer(&self, wanted: Kind, called: bool) -> Option<String> {
        let listed = |names: Vec<&str>| {
            let said: Vec<String> = names.iter().take(6).map(|name| format!("`{name}`")).collect();
            said.join(", ")
        };
        match wanted {
            Kind::Bool => return Some("write `true` or `false`".into()),
            Kind::Optimizer | Kind::Reader => {}
            Kind::Metric | Kind::Site | Kind::Layer | Kind::Distribution if called => {}
            Kind::Task | Kind::Model | Kind::Curriculum | Kind::Probe | Kind::Metric | Kind::Loss | Kind::Data => {
                let module = &self.modules[self.module];
                let of_kind = |item: &&Item| {
                    let at = module.items.get(&item.name.text).copied();
                    at.and_then(|at| self.kind(Meaning::Item(self.module, at), DEEP)) == Some(wanted)
                };
                let names: Vec<&str> = (module.file.items.iter())
                    .filter(|item| item.keyword != Keyword::Use && item.keyword != Keyword::Experiment)
                    .filter(of_kind)
                    .map(|item| item.name.text.as_str())
                    .collect();
                if called || names.is_empty() {
                    return Some(crate::check::faults::way(&wanted.to_string())?.into());
                }
                return Some(format!("write {wanted} of this file: {}", listed(names)));
            }
            _ => return None,
        }
        let mut names: Vec<&str> =
            BUILTINS.iter().filter(|form| suits(form.gives, wanted)).map(|form| form.name).collect();
        names.dedup();
        Some(format!("write one of {}", listed(names)))
    }

    /// The kind of what a name means, as far as it is plain to see.
    fn kind(&self, meaning: Meaning<'a>, deep: usize) -> Option<Kind> {
        match meaning {
            Meaning::Builtin(name) => forms(name).next().map(|form| form.gives),
            Meaning::Item(module, item) => item_kind(self.modules, module, item, deep),
            Meaning::Local(_) | Meaning::Module(_) | Meaning::Word(_) | Meaning::Lost => None,
        }
    }
}

fn item_kind(modules: &[Module], module: usize, item: usize, deep: usize) -> Option<Kind> {
    let item = modules[module].file.items.get(item)?;
    if let Some(kind) = promised(item.keyword) {
        return Some(kind);
    }
    match &item.body {
        Body::Value { ty: Some(ty), .. } => type_kind(ty),
        Body::Value { value, .. } => value_kind(modules, module, value, deep.checked_sub(1)?),
        _ => None,
    }
}

/// The kind of an expression that is a name or a call.
fn value_kind(modules: &[Module], module: usize, expr: &Expr, deep: usize) -> Option<Kind> {
    match &expr.kind {
        ExprKind::Call { callee, .. } => value_kind(modules, module, callee, deep),
        ExprKind::Name(name) => {
            let scope = Scope { modules, module, locals: Vec::new(), params: 0 };
            scope.kind(scope.exact(name)?, deep)
        }
        ExprKind::Field { base, name } => {
            let ExprKind::Name(word) = &base.kind else { return None };
            let used = *modules[module].uses.get(word)?;
            let known = exports(&modules[used]).any(|export| export == name.text);
            let item = *modules[used].items.get(&name.text)?;
            known.then(|| item_kind(modules, used, item, deep)).flatten()
        }
        _ => None,
    }
}

/// Whether something of one kind may be meant where another is wanted.
fn suits(kind: Kind, wanted: Kind) -> bool {
    const NUMBERS: [Kind; 8] =
        [Kind::Count, Kind::Real, Kind::Bool, Kind::Share, Kind::Schedule, Kind::Array, Kind::Label, Kind::Condition];
    match (kind, wanted) {
        (Kind::Either(kinds), wanted) => kinds.iter().any(|kind| suits(*kind, wanted)),
        (kind, Kind::Either(kinds)) => kinds.iter().any(|wanted| suits(kind, *wanted)),
        (Kind::List(_), Kind::List(_)) | (Kind::Word(_), Kind::Word(_)) => true,
        (Kind::Array, Kind::List(_)) => true,
        (Kind::Word(_), Kind::Predictions) => true,
        (Kind::Layer, Kind::List(inner)) => *inner == Kind::Layer,
        (kind, wanted) => kind == wanted || (NUMBERS.contains(&kind) && NUMBERS.contains(&wanted)),
    }
}
