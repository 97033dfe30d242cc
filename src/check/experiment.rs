//! What an experiment comes to: arms with every number resolved, and what is concluded from them.

use super::evaluate::Env;
use super::items::{Found, settings};
use super::names::EXPERIMENT_BLOCKS;
use super::scope::unread;
use super::value::Value;
use super::{Checker, limits};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::{Arm, Experiment};
use crate::registry::{BlockKind, nearest, settings_of};
use crate::syntax::tree::{Block, Body, Entry, EntryKind, Expr, ExprKind, Item, Name};
use std::collections::HashMap;
use std::rc::Rc;

/// The settings and the place of a measure block, and what it measures under which name.
pub type Measured<'e> = ((Found<'e>, Span), Vec<(Name, Value)>);

/// An arm as written.
pub struct ArmLines<'e> {
    pub name: String,
    pub doc: Option<String>,
    pub span: Span,
    pub found: Found<'e>,
}

impl Checker {
    /// Resolves one experiment; `None` where a finding stands in the way.
    pub fn experiment(&mut self, module: usize, item: &Item) -> Option<Experiment> {
        let Body::Block(block) = &item.body else { return None };
        let locals = HashMap::new();
        let env = Env { module, locals: &locals, graph: None };
        for entry in &block.entries {
            match &entry.kind {
                EntryKind::Sweep { values, .. } => {
                    self.later("`sweep`", values.span);
                }
                EntryKind::Where(condition) => {
                    self.later("`where`", condition.span);
                }
                _ => {}
            }
        }
        let base = settings(block, BlockKind::Experiment);
        let arms = arms(item, block, &base);
        for found in std::iter::once(&base).chain(arms.iter().map(|arm| &arm.found)) {
            for key in ["clip", "evaluate", "along", "keep"] {
                if let Some((value, _)) = found.get(key) {
                    self.later(&format!("`{key}`"), value.span);
                }
            }
        }
        if base.contains_key("evaluate") {
            return None;
        }
        self.timeless = false;
        let modules = Rc::clone(&self.modules);
        let words = unread(block, &modules[module].text);
        for key in settings_of(BlockKind::Experiment).filter(|setting| setting.required).map(|setting| setting.key) {
            if !words.contains(&key) {
                self.required_somewhere(key, item, &arms);
            }
        }
        let seeds = base.get("seeds").and_then(|(value, _)| self.seeds(value, env));
        let measured = self.measures(item, block, &words, env);
        let mut resolved = Vec::new();
        for arm in &arms {
            resolved.push(self.arm(arm, measured.as_ref(), env));
        }
        let names: Vec<String> = measured
            .as_ref()
            .map(|(_, list)| list.iter().map(|(name, ..)| name.text.clone()).collect())
            .unwrap_or_default();
        let known = measured.as_ref().map(|_| names.as_slice());
        let stages: Vec<String> =
            resolved.iter().flatten().flat_map(|arm| &arm.training.stages).map(|stage| stage.name.clone()).collect();
        let plateau = self.plateau(block, known, &stages, env);
        let claims = self.claims(block, &arms, &words, env);
        let (tables, figures) = self.report_block(block, known, &words);
        let resolved = resolved.into_iter().collect::<Option<Vec<Arm>>>()?;
        let (seeds, plateau) = (seeds?, plateau?);
        self.lint(&resolved, &arms, &seeds, &claims);
        if let Some(rule) = &plateau {
            self.levels_exist(rule, &resolved, block);
            self.exit_fits(rule, &resolved, block);
        }
        Some(Experiment { name: item.name.text.clone(), arms: resolved, seeds, plateau, claims, tables, figures })
    }

    fn required_somewhere(&mut self, key: &'static str, item: &Item, arms: &[ArmLines<'_>]) {
        let lacking: Vec<&ArmLines<'_>> = arms.iter().filter(|arm| !arm.found.contains_key(key)).collect();
        let Some(first) = lacking.first() else { return };
        let (span, whose) = if lacking.len() == arms.len() {
            (item.name.span, format!("experiment `{}`", item.name.text))
        } else {
            (first.span, format!("arm `{}`", first.name))
        };
        let takes =
            settings_of(BlockKind::Experiment).find(|setting| setting.key == key).map_or("", |setting| setting.takes);
        let finding = Diagnostic::error("E0207", format!("{whose} has no `{key}`"), span, "setting missing")
            .help(format!("add `{key}: ...`; it takes {takes}"));
        self.report(finding);
    }

    fn seeds(&mut self, expr: &Expr, env: Env<'_>) -> Option<Vec<u64>> {
        let seeds: Vec<u64> = match self.eval(expr, env) {
            value @ Value::Number { .. } => {
                (1..=self.bounded(&value, expr.span, limits::SEEDS, "a number of seeds")? as u64).collect()
            }
            Value::List(items) => {
                items.iter().map(|item| self.whole(item, expr.span).map(|seed| seed as u64)).collect::<Option<_>>()?
            }
            other => return self.none("a count, a range or a list", &other, expr.span),
        };
        if seeds.len() > limits::SEEDS {
            self.too_large("a number of seeds", seeds.len() as f64, limits::SEEDS as f64, expr.span);
            return None;
        }
        if seeds.is_empty() {
            self.fault(
                "E0302",
                "there is no seed, so nothing is run",
                expr.span,
                "none",
                "write `seeds: 5` or a list such as `[1, 2, 3]`",
            );
            return None;
        }
        let mut sorted = seeds.clone();
        sorted.sort_unstable();
        if let Some([twice, _]) = sorted.array_windows().find(|[a, b]| a == b) {
            let title = format!("seed {twice} stands twice");
            self.fault("E0302", title, expr.span, "the same run again", "write every seed once");
            return None;
        }
        Some(seeds)
    }

    /// The settings of the measure block, and what is measured under which name.
    fn measures<'e>(&mut self, item: &Item, block: &'e Block, words: &[&str], env: Env<'_>) -> Option<Measured<'e>> {
        let Some((entry, inner)) = nested(block, "measure") else {
            if words.contains(&"measure") {
                return None;
            }
            let finding = Diagnostic::error(
                "E0207",
                format!("experiment `{}` measures nothing", item.name.text),
                item.name.span,
                "no `measure` block",
            )
            .help("add `measure { every: 1 epoch, on: 1k sequences, ... }`");
            self.report(finding);
            return None;
        };
        let found = settings(inner, BlockKind::Measure);
        let mut list: Vec<(Name, Value)> = Vec::new();
        for line in &inner.entries {
            let EntryKind::Bare(expr) = &line.kind else { continue };
            let value = self.eval(expr, env);
            if let ExprKind::Name(name) = &expr.kind
                && let Some((first, _)) = list.iter().find(|(known, _)| known.text == *name)
            {
                let finding =
                    Diagnostic::error("E0208", format!("`{name}` is measured twice"), expr.span, "the second")
                        .also(first.span, "the first")
                        .help("keep one of them");
                self.report(finding);
                continue;
            }
            match (&expr.kind, value) {
                // A faulty measure keeps its name, so that nobody is told that it is not measured.
                (ExprKind::Name(name), value @ (Value::Metric(_) | Value::Probe(_) | Value::Poison)) => {
                    list.push((Name { text: name.clone(), span: expr.span }, value));
                }
                (_, Value::Poison) => {}
                (ExprKind::Name(_), other) => {
                    self.mismatch("a metric or a probe", &other, expr.span);
                }
                _ => {
                    let finding =
                        Diagnostic::error("E0301", "a measure needs a name", expr.span, "an expression without one")
                            .help("write `metric name = ...` at the top level and its name here");
                    self.report(finding);
                }
            }
        }
        for key in ["every", "on"] {
            if !found.contains_key(key) && !words.contains(&key) {
                let help = if key == "every" {
                    "add `every: 1 epoch`, or a number of steps"
                } else {
                    "add `on: 1k sequences`"
                };
                self.fault("E0207", format!("`measure` has no `{key}`"), head_of(entry), "setting missing", help);
            }
        }
        Some(((found, entry.span), list))
    }
}

/// The word that opens a nested block.
pub fn head_of(entry: &Entry) -> Span {
    match &entry.kind {
        EntryKind::Nested { keyword, .. } => keyword.span,
        _ => entry.span,
    }
}

/// The nested block under a word; a misspelt word counts as its nearest.
pub fn nested<'e>(block: &'e Block, word: &str) -> Option<(&'e Entry, &'e Block)> {
    let named = |exact: bool| {
        block.entries.iter().find_map(|entry| match &entry.kind {
            EntryKind::Nested { keyword, block, .. }
                if means(&keyword.text, word) && (keyword.text == word || !exact) =>
            {
                Some((entry, block))
            }
            _ => None,
        })
    };
    named(true).or_else(|| named(false))
}

fn means(written: &str, word: &str) -> bool {
    written == word || nearest(written, EXPERIMENT_BLOCKS.iter().copied()) == Some(word)
}

fn arms<'e>(item: &'e Item, block: &'e Block, base: &Found<'e>) -> Vec<ArmLines<'e>> {
    let mut arms = Vec::new();
    for entry in &block.entries {
        let EntryKind::Nested { keyword, name: Some(name), block } = &entry.kind else { continue };
        if means(&keyword.text, "arm") {
            let mut found = base.clone();
            found.extend(settings(block, BlockKind::Arm));
            arms.push(ArmLines { name: name.text.clone(), doc: entry.doc.clone(), span: name.span, found });
        }
    }
    if arms.is_empty() {
        let name = item.name.text.clone();
        arms.push(ArmLines { name, doc: item.doc.clone(), span: item.name.span, found: base.clone() });
    }
    arms
}
