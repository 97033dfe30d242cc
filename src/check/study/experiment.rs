//! What an experiment comes to: arms with every number resolved, at every point of its sweep, and what is concluded.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::expressions::items::{Found, settings};
use crate::check::limits;
use crate::check::naming::names::EXPERIMENT_BLOCKS;
use crate::check::naming::scope::unread;
use crate::check::study::arms::Outline;
use crate::check::study::conclusions::Asked;
use crate::check::study::phrases::Reported;
use crate::check::study::sweep::Point;
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::{Arm, Experiment};
use crate::program::figure::Figure;
use crate::program::training::{ByPosition, Compared, DISTANCE, Measure, MeasureKind};
use crate::registry::{BlockKind, nearest, settings_of};
use crate::syntax::tree::{Block, Body, Entry, EntryKind, Expr, ExprKind, Item, Name};
use std::rc::Rc;

/// The settings and the place of a measure block, and what it measures under which name.
pub type Measured<'e> = ((Found<'e>, Span), Vec<(Name, Value)>);

/// What a study that trains must say.
const TRAINED: [&str; 6] = ["model", "data", "batch", "optimizer", "seeds", "curriculum"];

/// An arm as written.
pub struct ArmLines<'e> {
    pub name: String,
    pub doc: Option<String>,
    pub span: Span,
    pub found: Found<'e>,
    /// Settings that the arm states itself.
    pub own: Vec<&'static str>,
}

/// What one point of a sweep comes to.
struct AtPoint {
    arms: Option<Vec<Arm>>,
    rest: Option<Experiment>,
}

impl Checker<'_> {
    /// Resolves one experiment; `None` where a finding stands in the way.
    pub fn experiment(&mut self, module: usize, item: &Item) -> Option<Experiment> {
        let Body::Block(block) = &item.body else { return None };
        let base = settings(block, BlockKind::Experiment);
        let arms = arms(item, block, &base);
        let points = self.points(module, block)?;
        self.timeless = false;
        let mut made: Vec<AtPoint> = Vec::new();
        let mut told: Vec<Vec<Diagnostic>> = Vec::new();
        let (seen, before) = (self.seen.clone(), self.findings.len());
        for point in &points {
            self.enter(point);
            self.timeless = false;
            let locals = point.locals();
            let env = Env { module, locals: &locals, graph: None };
            made.push(self.at_point(item, block, &base, &arms, env));
            told.push(self.findings.split_off(before));
            self.seen.clone_from(&seen);
        }
        self.leave();
        self.told_at(told, &points, block);
        let mut all = Vec::new();
        let mut first = None;
        for (place, at) in made.into_iter().enumerate() {
            all.extend(at.arms?.into_iter().map(|arm| Arm { point: place, ..arm }));
            first = first.or(at.rest);
        }
        let experiment = first?;
        if let Some(axis) = &experiment.along {
            self.along_numbers(axis, block, &points)?;
        }
        self.sweeps_matter(block, &points, &all, arms.len());
        let bound = points.iter().map(Point::shown).collect();
        let numbers = points.iter().map(Point::numbers).collect();
        Some(Experiment { arms: all, points: bound, numbers, ..experiment })
    }

    /// The experiment at one point of its sweep.
    fn at_point(
        &mut self,
        item: &Item,
        block: &Block,
        base: &Found<'_>,
        arms: &[ArmLines<'_>],
        env: Env<'_>,
    ) -> AtPoint {
        let modules = Rc::clone(&self.modules);
        let mut words = unread(block, &modules[env.module].text);
        words.extend(misplaced(block));
        let evaluated = base.contains_key("evaluate");
        if evaluated {
            self.trains_nothing(item, block);
        } else {
            self.along_nothing(block);
            let needed: Vec<&str> = TRAINED.into_iter().filter(|key| !words.contains(key)).collect();
            self.required_somewhere(&needed, item, arms);
            self.overridden(block, base, arms);
        }
        let seeds = match base.get("seeds") {
            Some((value, _)) => self.seeds(value, env),
            None if evaluated => Some(vec![1]),
            None => None,
        };
        let keep = self.keep(base, env);
        let measured = self.measures(item, block, &words, evaluated, env);
        let mut resolved = Vec::new();
        let mut outlines: Vec<Outline> = Vec::new();
        for arm in arms {
            let mut outline = Outline::default();
            resolved.push(if evaluated {
                self.evaluated(arm, measured.as_ref(), block, env)
            } else {
                self.arm(arm, measured.as_ref(), &mut outline, env)
            });
            outlines.push(outline);
        }
        let known = measured.as_ref().map(|(_, list)| list.as_slice());
        let stages: Vec<String> =
            outlines.iter().flat_map(|outline| &outline.stages).map(|stage| stage.name.clone()).collect();
        let shortest = outlines.iter().filter_map(Outline::steps).min();
        let epoch = outlines.iter().find_map(|outline| outline.epoch);
        let task = outlines.iter().find_map(|outline| outline.tasks.first());
        let layers = outlines.iter().filter_map(|outline| outline.layers).min();
        let asked = Asked { names: known, words: &words, shortest, epoch, layers, task };
        let plateau = self.plateau(block, &asked, &stages, env);
        let along = base.get("along").and_then(|(expr, _)| match &expr.kind {
            ExprKind::Name(name) => Some(name.clone()),
            _ => None,
        });
        if let (true, None, Some(Some(_))) = (evaluated, &along, &plateau) {
            let title = "each of these models is measured once, and a plateau is read off many evaluations";
            let at = nested(block, "plateau").map_or(item.name.span, |(entry, _)| head_of(entry));
            self.fault("E0301", title, at, "along what?", "add `along: step`, with the swept name of the models");
        }
        let claims = self.claims(block, arms, &words, env);
        let report = self.report_block(block, &asked, env);
        let mut resolved = resolved.into_iter().collect::<Option<Vec<Arm>>>();
        self.distances_known(resolved.as_deref().unwrap_or_default(), &report, item.name.span);
        for arm in resolved.iter_mut().flatten() {
            observed(arm, &report);
        }
        let (Some(arms_made), Some(seeds), Some(plateau)) = (&resolved, seeds, plateau) else {
            return AtPoint { arms: None, rest: None };
        };
        if !evaluated {
            self.lint(arms_made, arms, &seeds, &claims);
        }
        if let Some(rule) = &plateau {
            self.levels_exist(rule, arms_made, block);
            self.exit_fits(rule, arms_made, block);
        }
        self.onsets_fit(&report.tables, plateau.as_ref(), arms_made, block);
        let rest = Experiment {
            name: item.name.text.clone(),
            arms: Vec::new(),
            points: Vec::new(),
            numbers: Vec::new(),
            along: along.filter(|_| evaluated),
            seeds,
            plateau,
            claims,
            tables: report.tables,
            figures: report.figures,
            keep: keep.unwrap_or(Some(2)),
            silenced: Vec::new(),
        };
        AtPoint { arms: resolved, rest: Some(rest) }
    }

    /// Settings of training in a study that trains nothing.
    fn trains_nothing(&mut self, item: &Item, block: &Block) {
        for entry in &block.entries {
            let key = match &entry.kind {
                EntryKind::Setting { key, .. } => key,
                EntryKind::Nested { keyword, .. } if keyword.text == "arm" => keyword,
                _ => continue,
            };
            let idle = ["model", "data", "batch", "optimizer", "loss", "curriculum", "clip", "intervene", "arm"];
            if idle.contains(&key.text.as_str()) {
                let title = format!("`{}` does nothing: `{}` evaluates a model that exists", key.text, item.name.text);
                let finding = Diagnostic::warning("W0204", title, key.span, "nothing is trained");
                self.report(finding.help("take it away"));
            }
        }
    }

    /// The axis of models that exist, in a study that trains its own.
    fn along_nothing(&mut self, block: &Block) {
        for entry in &block.entries {
            if let EntryKind::Setting { key, .. } = &entry.kind
                && key.text == "along"
            {
                let title = "`along` does nothing: this study trains its models";
                let finding = Diagnostic::warning("W0204", title, key.span, "no `evaluate`");
                self.report(finding.help("take it away, or write `by` and the swept name in a plot"));
            }
        }
    }

    /// Sees to it that the values of an axis of models are whole numbers, each once.
    fn along_numbers(&mut self, axis: &str, block: &Block, points: &[Point]) -> Option<()> {
        let at = block.entries.iter().find_map(|entry| match &entry.kind {
            EntryKind::Setting { key, .. } if key.text == "along" => Some(entry.span),
            _ => None,
        })?;
        for point in points {
            let place = point.shown().iter().position(|(name, _)| name == axis)?;
            let number = point.numbers()[place];
            if number.is_none_or(|number| number < 0.0 || number.fract() != 0.0) {
                let title = format!("`{axis}` is {} at a point, which is no number of steps", point.shown()[place].1);
                self.fault("E0301", title, at, "not a whole number", "sweep whole numbers, such as `[0, 100, 1000]`");
                return None;
            }
        }
        Some(())
    }

    /// A setting of the experiment that every arm replaces.
    fn overridden(&mut self, block: &Block, base: &Found<'_>, arms: &[ArmLines<'_>]) {
        let several = block
            .entries
            .iter()
            .any(|entry| matches!(&entry.kind, EntryKind::Nested { keyword, .. } if means(&keyword.text, "arm")));
        for key in base.keys().copied() {
            if several && arms.iter().all(|arm| arm.own.contains(&key)) {
                let place = block.entries.iter().find_map(|entry| match &entry.kind {
                    EntryKind::Setting { key: written, .. } if written.text == key => Some(written.span),
                    _ => None,
                });
                let Some(place) = place else { continue };
                let title = format!("every arm states its own `{key}`, so this one is never used");
                let finding = Diagnostic::warning("W0207", title, place, "overridden everywhere");
                self.report(finding.help("take it away, or take it out of an arm"));
            }
        }
    }

    /// How many checkpoints stay; `Some(None)` is all of them.
    #[allow(clippy::option_option)]
    fn keep(&mut self, base: &Found<'_>, env: Env<'_>) -> Option<Option<usize>> {
        let (expr, _) = base.get("keep")?;
        match &expr.kind {
            ExprKind::Name(name) if name == "all" => Some(None),
            ExprKind::Phrase { words, subject: Some(subject) }
                if words.iter().map(|word| word.text.as_str()).eq(["last"]) =>
            {
                let value = self.eval(subject, env);
                let kept = self.bounded(&value, subject.span, 1_000_000, "a number of checkpoints")?;
                Some(kept.axis())
            }
            // The first pass leaves the word to this one.
            ExprKind::Name(name) => {
                let title = format!("`keep` cannot be `{name}`");
                let finding = Diagnostic::error("E0201", title, expr.span, "not one of its words");
                self.report(finding.help("write `all`, or `last 2`"));
                None
            }
            _ => {
                let value = self.eval(expr, env);
                self.none("`all` or `last n`", &value, expr.span)
            }
        }
    }

    /// What a study that trains must say, in the experiment or in every arm: one finding for each place that lacks some.
    fn required_somewhere(&mut self, needed: &[&'static str], item: &Item, arms: &[ArmLines<'_>]) {
        let lacking = |arm: &ArmLines<'_>| -> Vec<&'static str> {
            needed.iter().copied().filter(|key| !arm.found.contains_key(key)).collect()
        };
        let everywhere: Vec<&'static str> =
            needed.iter().copied().filter(|key| arms.iter().all(|arm| !arm.found.contains_key(key))).collect();
        self.lacks(&format!("experiment `{}`", item.name.text), item.name.span, &everywhere);
        for arm in arms {
            let own: Vec<&'static str> = lacking(arm).into_iter().filter(|key| !everywhere.contains(key)).collect();
            self.lacks(&format!("arm `{}`", arm.name), arm.span, &own);
        }
    }

    fn lacks(&mut self, whose: &str, span: Span, keys: &[&'static str]) {
        let takes = |key: &str| {
            settings_of(BlockKind::Experiment).find(|setting| setting.key == key).map_or("", |setting| setting.takes)
        };
        let named: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let (missing, help) = match keys {
            [] => return,
            [key] => (format!("`{key}`"), format!("add `{key}: ...`; it takes {}", takes(key))),
            [first, ..] => {
                let (last, before) = (&named[named.len() - 1], named[..named.len() - 1].join(", "));
                (format!("{before} and {last}"), format!("add each of them, such as `{first}: ...`"))
            }
        };
        let finding = Diagnostic::error("E0207", format!("{whose} has no {missing}"), span, "setting missing");
        self.report(finding.help(help));
    }

    fn seeds(&mut self, expr: &Expr, env: Env<'_>) -> Option<Vec<u64>> {
        let seeds: Vec<u64> = match self.eval(expr, env) {
            value @ Value::Number { .. } => {
                let most = self.bounded(&value, expr.span, limits::SEEDS, "a number of seeds")?;
                (1..=most.axis()? as u64).collect()
            }
            Value::List(items) => (items.iter())
                .map(|item| self.whole(item, expr.span)?.axis().map(|seed| seed as u64))
                .collect::<Option<_>>()?,
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
    fn measures<'e>(
        &mut self,
        item: &Item,
        block: &'e Block,
        words: &[&str],
        evaluated: bool,
        env: Env<'_>,
    ) -> Option<Measured<'e>> {
        let Some((entry, inner)) = nested(block, "measure") else {
            if words.contains(&"measure") {
                return None;
            }
            let finding = Diagnostic::error(
                "E0207",
                format!("experiment `{}` measures nothing", item.name.text),
                Span { end: item.name.span.end, ..item.span },
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
                    // What it speaks of is meant to be measured.
                    if let ExprKind::At { subject, .. } | ExprKind::Where { subject, .. } = &expr.kind
                        && let ExprKind::Name(name) = &subject.kind
                    {
                        list.push((Name { text: name.clone(), span: subject.span }, Value::Poison));
                    }
                }
            }
        }
        if let (true, Some((expr, _))) = (evaluated, found.get("every")) {
            let title = "`every` does nothing: models that exist are measured once each";
            self.report(Diagnostic::warning("W0204", title, expr.span, "nothing is trained").help("take it away"));
        }
        for key in ["every", "on"].into_iter().filter(|key| !evaluated || *key == "on") {
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

/// Asks for what the figures need of an arm: evaluations at the times that they look at, and of the task that it is trained
/// on last the error by position and the distances to references.
fn observed(arm: &mut Arm, report: &Reported) {
    let (epoch, total) = (arm.training.epoch(), arm.training.steps());
    for moment in report.figures.iter().flat_map(Figure::moments).flatten() {
        if let Some(step) = moment.step(epoch) {
            arm.observation.look_at(step, total);
        }
    }
    let task = arm.training.stages.last().and_then(|stage| stage.train.last()).map_or(0, |(task, _)| *task);
    for Compared { name, reference } in &report.distances {
        arm.observation.written.push(arm.observation.measures.len());
        let kind = MeasureKind::Distance { task, reference: reference.clone() };
        arm.observation.measures.push(Measure { name: format!("{DISTANCE}{name}"), kind });
    }
    if report.figures.contains(&Figure::ByPosition) {
        arm.observation.by_position = Some(ByPosition { task, references: report.references.clone() });
    }
}

/// Settings that a block which does not belong into an experiment was meant to be.
fn misplaced(block: &Block) -> impl Iterator<Item = &str> {
    block.entries.iter().filter_map(|entry| match &entry.kind {
        EntryKind::Nested { keyword, .. } if keyword.text == "stage" => Some("curriculum"),
        EntryKind::Nested { keyword, .. } => Some(keyword.text.as_str()),
        _ => None,
    })
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

pub fn arms<'e>(item: &'e Item, block: &'e Block, base: &Found<'e>) -> Vec<ArmLines<'e>> {
    let mut arms = Vec::new();
    for entry in &block.entries {
        let EntryKind::Nested { keyword, name: Some(name), block } = &entry.kind else { continue };
        if means(&keyword.text, "arm") {
            let mut found = base.clone();
            let own = settings(block, BlockKind::Arm);
            let keys = own.keys().copied().collect();
            found.extend(own);
            let (name, span) = (name.text.clone(), name.span);
            arms.push(ArmLines { name, doc: entry.doc.clone(), span, found, own: keys });
        }
    }
    if arms.is_empty() {
        let name = item.name.text.clone();
        arms.push(ArmLines { name, doc: item.doc.clone(), span: item.name.span, found: base.clone(), own: Vec::new() });
    }
    arms
}
