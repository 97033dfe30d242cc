//! What is concluded from an experiment: its plateau, and what a report may speak of.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::expressions::items::settings;
use crate::check::limits;
use crate::check::study::experiment::{head_of, nested};
use crate::check::study::lint::counted;
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::{Arm, PlateauRule};
use crate::program::model::Site;
use crate::program::task::{Reference, Task};
use crate::program::training::{MeasureKind, Score};
use crate::registry::{BlockKind, Dimension, nearest};
use crate::syntax::tree::{Block, EntryKind, Expr, ExprKind, Name};

/// What a report may speak of.
pub struct Asked<'a> {
    /// What is measured, where it is known.
    pub names: Option<&'a [(Name, Value)]>,
    /// Words of lines that could not be read.
    pub words: &'a [&'a str],
    /// Steps of the shortest arm.
    pub shortest: Option<u64>,
    pub epoch: Option<u64>,
    /// Layers of the model with the fewest.
    pub layers: Option<usize>,
    /// A task that is trained.
    pub task: Option<&'a Task>,
}

/// With fewer evaluations a run has no plateau to speak of: the running median spans five, the exit is held for three.
const FEWEST: u64 = 10;
const NO_PLATEAU: &str = "this needs a `plateau` block, and there is none";

impl Checker<'_> {
    /// The place of a measure among those measured; `None` for the names means that they are not known.
    pub fn measure_named(&mut self, expr: &Expr, asked: &Asked<'_>) -> Option<usize> {
        let (name, site) = match &expr.kind {
            ExprKind::Name(name) => (name, None),
            ExprKind::Index { base, index } => match (&base.kind, index.as_slice()) {
                (ExprKind::Name(name), [index]) => (name, Some(index)),
                _ => return self.unnamed(expr),
            },
            _ => return self.unnamed(expr),
        };
        let names = asked.names?;
        let known = || names.iter().map(|(name, _)| name.text.as_str());
        let place = known().position(|known| known == name);
        if place.is_none() {
            let meant = nearest(name, known());
            let help = meant
                .map_or_else(|| format!("add `{name}` to the `measure` block"), |meant| format!("write `{meant}`"));
            let title = format!("nobody measures `{name}`");
            let mut finding = Diagnostic::error("E0312", title, expr.span, "not in the `measure` block").help(help);
            if let (Some(meant), None) = (meant, site) {
                finding = finding.fix(expr.span, meant);
            }
            self.report(finding);
            return meant.and_then(|meant| known().position(|known| known == meant));
        }
        let Some(site) = site else { return place };
        if !everywhere(&names[place?].1) {
            let title = format!("`{name}` is one number, so there is no place to choose");
            self.fault("E0301", title, site.span, "not of every layer", format!("write `{name}` alone"));
            return None;
        }
        if let (ExprKind::Number { value, .. }, Some(layers)) = (&site.kind, asked.layers)
            && *value > layers as f64
        {
            let title =
                format!("`{name}` has no value after layer {value} of a model with {}", counted(layers, "layer"));
            let help = format!("write a number from 0, the embedding, to {layers}");
            self.fault("E0304", title, site.span, "no such place", help);
            return None;
        }
        place
    }

    /// Whether a measure that is named alone is one number.
    pub fn one_number(&mut self, expr: &Expr, asked: &Asked<'_>) {
        let (ExprKind::Name(name), Some(names)) = (&expr.kind, asked.names) else { return };
        if names.iter().any(|(known, value)| known.text == *name && everywhere(value)) {
            let title = format!("`{name}` has a value for every layer, but one is wanted here");
            let last = asked.layers.unwrap_or(1);
            self.fault("E0301", title, expr.span, "several numbers", format!("write the layer: `{name}[{last}]`"));
        }
    }

    fn unnamed(&mut self, expr: &Expr) -> Option<usize> {
        let help = "write the name of a measure of the `measure` block";
        self.fault("E0301", "this is not the name of a measure", expr.span, "no name", help);
        None
    }

    /// Resolves the plateau; `None` where a finding stands in the way, `Some(None)` where there is none.
    #[allow(clippy::option_option)]
    pub fn plateau(
        &mut self,
        block: &Block,
        asked: &Asked<'_>,
        stages: &[String],
        env: Env<'_>,
    ) -> Option<Option<PlateauRule>> {
        let names = asked.names;
        let Some((entry, inner)) = nested(block, "plateau") else { return Some(None) };
        let found = settings(inner, BlockKind::Plateau);
        let stop = found.get("stop").map(|(expr, _)| self.stop(expr));
        let refine = found.get("refine").map(|(expr, _)| self.refine(expr, asked, env));
        let exit = found.get("exit").map(|(expr, _)| self.share(expr, env, "`exit` is a share of the way"));
        let held = found.get("held").map(|(expr, _)| self.held(expr, env));
        let mut stage = None;
        let from = found.get("from").map(|(expr, _)| self.level(expr, stages, &mut stage, env));
        let to = found.get("to").map(|(expr, _)| self.level(expr, &[], &mut None, env));
        let Some((of, _)) = found.get("of") else {
            let unread = inner.entries.iter().any(|entry| matches!(entry.kind, EntryKind::Error));
            if !unread {
                self.fault(
                    "E0207",
                    "`plateau` has no `of`",
                    head_of(entry),
                    "setting missing",
                    "add `of:` and the name of a measure",
                );
            }
            return None;
        };
        let measure = self.measure_named(of, asked)?;
        if let Some(Value::Probe(probe)) = names.and_then(|names| names.get(measure)).map(|(_, value)| value)
            && probe.site == Site::Everywhere
            && matches!(of.kind, ExprKind::Name(_))
        {
            let title = format!("`{}` has a value for every layer, but a plateau is of one", probe.name);
            let help = format!("write the layer: `{}[3]`", probe.name);
            self.fault("E0301", title, of.span, "several numbers", help);
            return None;
        }
        let (exit, held) = (exit.unwrap_or(Some(0.5))?, held.unwrap_or(Some(3))?);
        let from = from.unwrap_or(Some(None))?;
        let to = to.unwrap_or(Some(None))?;
        let (stop, refine) = (stop.unwrap_or(Some(false))?, refine.unwrap_or(Some(None))?);
        let site = match &of.kind {
            ExprKind::Index { index, .. } => {
                let [index] = index.as_slice() else { return None };
                let at = self.eval(index, env);
                Some(self.whole(&at, index.span)?.axis()?)
            }
            _ => None,
        };
        Some(Some(PlateauRule { measure, site, exit, held, from, to, stage, stop, refine }))
    }

    /// `stop: at exit`.
    fn stop(&mut self, expr: &Expr) -> Option<bool> {
        if self.text(expr.span).split_whitespace().eq(["at", "exit"]) {
            return Some(true);
        }
        self.fault(
            "E0302",
            "a run can be stopped at its exit only",
            expr.span,
            "no time to stop",
            "write `stop: at exit`",
        );
        None
    }

    /// `refine: 20 steps`; `Some(None)` where the length of an epoch is not known.
    #[allow(clippy::option_option)]
    fn refine(&mut self, expr: &Expr, asked: &Asked<'_>, env: Env<'_>) -> Option<Option<u64>> {
        match self.eval(expr, env) {
            Value::Duration(time) if time.epochs != 0.0 && asked.shortest.is_none() => Some(None),
            Value::Duration(time) => {
                let steps = self.steps(time, asked.epoch, expr.span)?;
                if steps == 0 {
                    let help = "write at least one step";
                    self.fault("E0302", "an exit cannot be placed within 0 steps", expr.span, "no time", help);
                    return None;
                }
                Some(Some(steps))
            }
            other => self.none("a duration", &other, expr.span),
        }
    }

    fn held(&mut self, expr: &Expr, env: Env<'_>) -> Option<usize> {
        match self.eval(expr, env) {
            Value::Quantity { value, dimension: Dimension::Evaluations } => {
                self.amount(value, limits::STEPS, "a number of evaluations", expr.span)
            }
            other => self.none("a number of evaluations", &other, expr.span),
        }
    }

    /// A number between 0 and 1, neither of them.
    pub fn share(&mut self, expr: &Expr, env: Env<'_>, what: &str) -> Option<f64> {
        let value = self.eval(expr, env);
        let share = self.number(&value, expr.span)?.known()?;
        if share > 0.0 && share < 1.0 {
            return Some(share);
        }
        let title = format!("{what}, between 0% and 100%");
        self.fault("E0302", title, expr.span, "out of range", "write a percentage, such as `50%` or `5%`");
        None
    }

    /// A level of a plateau; the first pass leaves the word to this one, since it may be a stage.
    #[allow(clippy::option_option)]
    fn level(
        &mut self,
        expr: &Expr,
        stages: &[String],
        stage: &mut Option<String>,
        env: Env<'_>,
    ) -> Option<Option<f64>> {
        if let ExprKind::Name(name) = &expr.kind {
            if stages.contains(name) {
                *stage = Some(name.clone());
                return Some(None);
            }
            if !self.meant_exactly(name, env)
                && let Some(finding) = no_stage(name, stages, expr.span)
            {
                self.report(finding);
                return None;
            }
            let before = self.findings.len();
            self.named_outside(expr, env);
            if self.findings.len() > before {
                return None;
            }
        }
        match self.eval(expr, env) {
            value @ Value::Number { .. } => self.number(&value, expr.span)?.known().map(Some),
            other if stages.is_empty() => self.none("a level", &other, expr.span),
            other => self.none("a level or the name of a stage", &other, expr.span),
        }
    }

    /// Reports faults of naming in an expression that the first pass left to this one.
    pub fn named_outside(&mut self, expr: &Expr, env: Env<'_>) {
        let modules = std::rc::Rc::clone(&self.modules);
        let mut found = Vec::new();
        crate::check::naming::names::expression(&modules, env.module, (expr, None), env.locals, None, &mut found);
        found.into_iter().for_each(|finding| self.report(finding));
    }

    /// Whether progress has two levels to go between.
    pub fn levels_exist(&mut self, rule: &PlateauRule, arms: &[Arm], block: &Block) {
        let Some((entry, _)) = nested(block, "plateau") else { return };
        let Some(arm) = arms.first() else { return };
        let head = head_of(entry);
        let measure = arm.observation.measure(rule.measure);
        let (mut from, mut to) = (rule.from, rule.to);
        match &measure.kind {
            MeasureKind::Probe { .. } | MeasureKind::Inside { .. } if from.is_none() || to.is_none() => {
                let what = if matches!(measure.kind, MeasureKind::Probe { .. }) { "probe" } else { "measure" };
                let title = format!("the plateau of {what} `{}` has no levels", measure.name);
                self.fault("E0313", title, head, "between what levels?", "add `from:` and `to:`");
            }
            // A distance is no name of the `measure` block.
            MeasureKind::Probe { .. } | MeasureKind::Inside { .. } | MeasureKind::Distance { .. } => {}
            MeasureKind::Score { score: Score::Progress, .. } => {
                (from, to) = (from.or(Some(0.0)), to.or(Some(1.0)));
            }
            MeasureKind::Score { task, score, .. } => {
                let task = &arm.training.tasks[*task];
                for (given, reference, setting, key) in
                    [(&mut from, &task.blind, "blind", "from"), (&mut to, &task.ideal, "ideal", "to")]
                {
                    if given.is_some() {
                        continue;
                    }
                    let what = if *score == Score::Accuracy { "accuracy" } else { "loss" };
                    let known = match (reference, score) {
                        (None, _) => {
                            let title = format!("the task states no `{setting}`, so this plateau has no level");
                            let help = format!("write `{setting}: ...` in the task, or add `{key}:`");
                            self.fault("E0313", title, head, "between what levels?", help);
                            continue;
                        }
                        // Predictors and formulas of the position are evaluated where the metric is.
                        (Some(Reference::Predictor { .. }), _) => continue,
                        (Some(Reference::Formula(_)), Score::CrossEntropy | Score::SquaredError) => continue,
                        (Some(Reference::Formula(_)), _) => &None,
                        (Some(Reference::Posterior), _) => match task.tractable() {
                            Ok(_) => continue,
                            Err(reason) => {
                                let title = format!("the {setting} level of this plateau cannot be computed exactly");
                                let finding = Diagnostic::error("E0313", title, head, reason);
                                self.report(
                                    finding.help(format!("draw the latents from a smaller pool, or add `{key}:`")),
                                );
                                continue;
                            }
                        },
                        (Some(Reference::Levels { accuracy, .. }), Score::Accuracy) => accuracy,
                        (Some(Reference::Levels { loss, .. }), _) => loss,
                    };
                    *given = *known;
                    if known.is_none() {
                        // Chance is known of every label, so that only the level to reach is missing.
                        if *score == Score::Accuracy && setting == "blind" {
                            *given = Some(1.0 / task.classes as f64);
                            continue;
                        }
                        let title = format!("`{setting}` of the task gives no {what}, so this plateau has no level");
                        let help = format!("write `{setting}: levels({what}: ...)` in the task, or add `{key}:`");
                        self.fault("E0313", title, head, "between what levels?", help);
                    }
                }
            }
        }
        if let (Some(from), Some(to)) = (from, to)
            && from == to
        {
            let title = format!("this plateau starts and ends at the level {from}");
            self.fault("E0309", title, head, "no way between", "give `from:` and `to:` two different levels");
        }
    }

    /// Whether a run has the evaluations that confirm an exit, and enough of them to see a plateau.
    pub fn exit_fits(&mut self, rule: &PlateauRule, arms: &[Arm], block: &Block) {
        let Some((_, inner)) = nested(block, "plateau") else { return };
        let trained = arms.iter().filter(|arm| arm.training.steps() > 0 && arm.observation.decade.is_none());
        let runs = trained.clone().map(|arm| arm.training.steps().div_ceil(arm.observation.every) + 1);
        let Some(evaluations) = runs.min() else { return };
        let found = settings(inner, BlockKind::Plateau);
        let every = nested(block, "measure").map(|(_, inner)| settings(inner, BlockKind::Measure));
        let Some((every, _)) = every.as_ref().and_then(|found| found.get("every")) else { return };
        let spacing = trained.clone().map(|arm| arm.observation.every).max().unwrap_or(1);
        let shortest = trained.clone().map(|arm| arm.training.steps()).min().unwrap_or(spacing);
        if spacing > shortest {
            let title = format!("evaluations lie {spacing} steps apart, but a run has {shortest}");
            self.fault("E0302", title, every.span, "longer than a run", format!("write fewer than {shortest} steps"));
            return;
        }
        if let Some((held, _)) = found.get("held")
            && rule.held as u64 > evaluations
        {
            let title =
                format!("an exit held for {} evaluations is never confirmed: a run has {evaluations}", rule.held);
            self.fault("E0302", title, held.span, "longer than a run", "hold it shorter, or measure more often");
            return;
        }
        if let Some(refine) = rule.refine
            && refine >= spacing
        {
            let span = found.get("refine").map_or(every.span, |(expr, _)| expr.span);
            let title = format!("evaluations {refine} steps apart are no finer than those {spacing} apart");
            self.fault("E0302", title, span, "refines nothing", format!("write fewer than {spacing} steps"));
            return;
        }
        if rule.refine.is_some() {
            return;
        }
        if evaluations < FEWEST {
            let title = format!("a run has {evaluations} evaluations, too few to place an exit among");
            let label = "the running median alone spans five of them";
            let finding = Diagnostic::warning("W0206", title, every.span, label);
            self.report(finding.help("measure more often, or add `refine:` to the plateau"));
            return;
        }
        let shortest = trained
            .flat_map(|arm| &arm.training.stages)
            .map(|stage| (stage.until - stage.from, stage.name.clone()))
            .min();
        if let Some((length, stage)) = shortest.filter(|(length, _)| *length < spacing) {
            let title = format!("stage `{stage}` lasts {length} steps, but evaluations lie {spacing} apart");
            let finding = Diagnostic::warning("W0206", title, every.span, "may see nothing of the stage");
            self.report(finding.help(format!("measure every {length} steps or more often")));
        }
    }

    /// Exits are read off the plateau that the experiment defines.
    pub fn needs_plateau(&mut self, block: &Block, span: Span, words: &[&str]) {
        let told = |finding: &Diagnostic| {
            let at = finding.span();
            finding.title == NO_PLATEAU
                && at.file == block.span.file
                && block.span.start <= at.start
                && at.end <= block.span.end
        };
        let missing = nested(block, "plateau").is_none() && !words.contains(&"plateau");
        if missing && !self.findings.iter().any(told) {
            let help = "add `plateau { of: ... }` to the experiment";
            self.fault("E0207", NO_PLATEAU, span, "exits of what?", help);
        }
    }
}

/// Whether a probe has a value after every layer.
fn everywhere(value: &Value) -> bool {
    matches!(value, Value::Probe(probe) if probe.site == Site::Everywhere)
}

/// A level that is a name which nothing has: one of the stages is meant.
fn no_stage(name: &str, stages: &[String], span: Span) -> Option<Diagnostic> {
    let known = || stages.iter().map(String::as_str);
    let finding = |title: String| Diagnostic::error("E0201", title, span, "not found");
    if let Some(meant) = nearest(name, known()) {
        let finding = finding(format!("there is no stage `{name}`"));
        return Some(finding.help(format!("write `{meant}`")).fix(span, meant));
    }
    let mut all: Vec<String> = Vec::new();
    for stage in known().map(|stage| format!("`{stage}`")) {
        if !all.contains(&stage) {
            all.push(stage);
        }
    }
    let help = format!("write a level, or one of the stages {}", all.join(", "));
    (!all.is_empty()).then(|| finding(format!("there is no stage `{name}`")).help(help))
}
