//! What is concluded from an experiment: its plateau, claims and report.

use super::evaluate::Env;
use super::experiment::{ArmLines, head_of, nested};
use super::items::settings;
use super::value::Value;
use super::{Checker, limits};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::{Arm, Claim, Figure, PlateauRule, Statistic};
use crate::program::task::Reference;
use crate::program::training::{MeasureKind, Score};
use crate::registry::{BlockKind, Dimension, nearest};
use crate::syntax::tree::{BinaryOp, Block, Clause, EntryKind, Expr, ExprKind};

const NO_PLATEAU: &str = "this needs a `plateau` block, and there is none";

impl Checker {
    /// The place of a measure among those measured; `None` for the names means that they are not known.
    fn measure_named(&mut self, expr: &Expr, names: Option<&[String]>) -> Option<usize> {
        let ExprKind::Name(name) = &expr.kind else {
            self.later("anything but a measure by name", expr.span);
            return None;
        };
        let names = names?;
        if let Some(at) = names.iter().position(|known| known == name) {
            return Some(at);
        }
        let meant = nearest(name, names.iter().map(String::as_str));
        let help =
            meant.map_or_else(|| format!("add `{name}` to the `measure` block"), |meant| format!("write `{meant}`"));
        self.fault("E0312", format!("nobody measures `{name}`"), expr.span, "not in the `measure` block", help);
        meant.and_then(|meant| names.iter().position(|known| known == meant))
    }

    /// Resolves the plateau; `None` where a finding stands in the way, `Some(None)` where there is none.
    #[allow(clippy::option_option)]
    pub fn plateau(
        &mut self,
        block: &Block,
        names: Option<&[String]>,
        stages: &[String],
        env: Env<'_>,
    ) -> Option<Option<PlateauRule>> {
        let Some((entry, inner)) = nested(block, "plateau") else { return Some(None) };
        let found = settings(inner, BlockKind::Plateau);
        for key in ["stop", "refine"] {
            if let Some((value, _)) = found.get(key) {
                self.later(&format!("`{key}`"), value.span);
            }
        }
        let exit = found.get("exit").map(|(expr, _)| self.share(expr, env, "`exit` is a share of the way"));
        let held = found.get("held").map(|(expr, _)| self.held(expr, env));
        let from = found.get("from").map(|(expr, _)| self.level(expr, stages, env));
        let to = found.get("to").map(|(expr, _)| self.level(expr, &[], env));
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
        let measure = self.measure_named(of, names)?;
        let (exit, held) = (exit.unwrap_or(Some(0.5))?, held.unwrap_or(Some(3))?);
        let (from, to) =
            (from.map_or(Some(None), |level| level.map(Some))?, to.map_or(Some(None), |level| level.map(Some))?);
        Some(Some(PlateauRule { measure, exit, held, from, to }))
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
    fn share(&mut self, expr: &Expr, env: Env<'_>, what: &str) -> Option<f64> {
        let value = self.eval(expr, env);
        let share = self.number(&value, expr.span)?;
        if share > 0.0 && share < 1.0 {
            return Some(share);
        }
        let title = format!("{what}, between 0% and 100%");
        self.fault("E0302", title, expr.span, "out of range", "write a percentage, such as `50%` or `5%`");
        None
    }

    /// A level of a plateau; the first pass leaves the word to this one, since it may be a stage.
    fn level(&mut self, expr: &Expr, stages: &[String], env: Env<'_>) -> Option<f64> {
        if let ExprKind::Name(name) = &expr.kind {
            if stages.contains(name) {
                self.later("counting time from a stage", expr.span);
                return None;
            }
            let before = self.findings.len();
            super::names::expression(&std::rc::Rc::clone(&self.modules), env.module, expr, &mut self.findings);
            if self.findings.len() > before {
                return None;
            }
        }
        let value = self.eval(expr, env);
        self.number(&value, expr.span)
    }

    /// Whether progress has two levels to go between.
    pub fn levels_exist(&mut self, rule: &PlateauRule, arms: &[Arm], block: &Block) {
        let Some((entry, _)) = nested(block, "plateau") else { return };
        let Some(arm) = arms.first() else { return };
        let head = head_of(entry);
        let measure = &arm.observation.measures[rule.measure];
        let (mut from, mut to) = (rule.from, rule.to);
        match &measure.kind {
            MeasureKind::Probe { .. } if from.is_none() || to.is_none() => {
                let title = format!("the plateau of probe `{}` has no levels", measure.name);
                self.fault("E0313", title, head, "between what levels?", "add `from:` and `to:`");
            }
            MeasureKind::Probe { .. } => {}
            MeasureKind::Score { task, score, .. } => {
                let task = &arm.training.tasks[*task];
                for (given, reference, setting, key) in
                    [(&mut from, &task.blind, "blind", "from"), (&mut to, &task.ideal, "ideal", "to")]
                {
                    if given.is_some() {
                        continue;
                    }
                    let known = match (reference, score) {
                        (Reference::Posterior, _) => match task.tractable() {
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
                        (Reference::Levels { accuracy, .. }, Score::Accuracy) => accuracy,
                        (Reference::Levels { loss, .. }, Score::CrossEntropy) => loss,
                    };
                    *given = *known;
                    if known.is_none() {
                        let what = if *score == Score::Accuracy { "accuracy" } else { "loss" };
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

    /// Whether a run has the evaluations that confirm an exit.
    pub fn exit_fits(&mut self, rule: &PlateauRule, arms: &[Arm], block: &Block) {
        let Some((_, inner)) = nested(block, "plateau") else { return };
        let runs = arms.iter().map(|arm| arm.training.steps().div_ceil(arm.observation.every) + 1);
        let Some(evaluations) = runs.min() else { return };
        let found = settings(inner, BlockKind::Plateau);
        if let Some((held, _)) = found.get("held")
            && rule.held as u64 > evaluations
        {
            let title =
                format!("an exit held for {} evaluations is never confirmed: a run has {evaluations}", rule.held);
            self.fault("E0302", title, held.span, "longer than a run", "hold it shorter, or measure more often");
        }
    }

    /// The claims of `expect` lines.
    pub fn claims(&mut self, block: &Block, arms: &[ArmLines<'_>], words: &[&str], env: Env<'_>) -> Vec<Claim> {
        let mut claims = Vec::new();
        for entry in &block.entries {
            let EntryKind::Expect { claim, level } = &entry.kind else { continue };
            let level = match level {
                None => Some(0.05),
                Some(expr) => {
                    super::names::expression(&std::rc::Rc::clone(&self.modules), env.module, expr, &mut self.findings);
                    self.share(expr, env, "the level of a claim is a share")
                }
            };
            self.needs_plateau(block, claim.span, words);
            let ExprKind::Binary { op, left, right, .. } = &claim.kind else {
                self.fault(
                    "E0301",
                    "an expectation compares two arms",
                    claim.span,
                    "no comparison",
                    "write `rmst(a) < rmst(b) at 5%`",
                );
                continue;
            };
            let (Some(a), Some(b), Some(level)) =
                (self.claimed(left, arms, words), self.claimed(right, arms, words), level)
            else {
                continue;
            };
            if a == b {
                let title = format!("arm `{}` is compared with itself", arms[a].name);
                self.fault("E0302", title, claim.span, "the same arm twice", "compare two arms");
                continue;
            }
            let (smaller, larger) = match op {
                BinaryOp::Less => (a, b),
                BinaryOp::Greater => (b, a),
                _ => {
                    self.fault(
                        "E0301",
                        "an expectation says `<` or `>`",
                        claim.span,
                        "one-sided claims only",
                        "write `rmst(a) < rmst(b) at 5%`",
                    );
                    continue;
                }
            };
            let text = self.text(claim.span);
            claims.push(Claim { text, statistic: Statistic::RestrictedMean, smaller, larger, level });
        }
        claims
    }

    fn claimed(&mut self, expr: &Expr, arms: &[ArmLines<'_>], words: &[&str]) -> Option<usize> {
        if let ExprKind::At { place, .. } = &expr.kind {
            let help = "write a percentage at the end, such as `at 5%`";
            self.fault("E0302", "the level of a claim is a percentage", place.span, "no percentage", help);
            return None;
        }
        let ExprKind::Call { callee, args } = &expr.kind else {
            self.fault(
                "E0301",
                "an expectation compares `rmst` of arms",
                expr.span,
                "no statistic",
                "write `rmst(arm)`",
            );
            return None;
        };
        let (ExprKind::Name(statistic), [arg]) = (&callee.kind, args.as_slice()) else {
            self.fault("E0301", "a statistic takes one arm", expr.span, "not one arm", "write `rmst(arm)`");
            return None;
        };
        if statistic != "rmst" && nearest(statistic, ["rmst"]).is_some() {
            self.fault("E0201", format!("`{statistic}` is not defined"), callee.span, "not found", "write `rmst`");
        } else if statistic != "rmst" {
            self.later(&format!("the statistic `{statistic}`"), callee.span);
            return None;
        }
        let ExprKind::Name(name) = &arg.value.kind else {
            self.fault(
                "E0301",
                "a statistic takes the name of an arm",
                arg.value.span,
                "not a name",
                "write the name of an arm",
            );
            return None;
        };
        let found = arms.iter().position(|arm| arm.name == *name);
        if found.is_none() && !words.contains(&name.as_str()) {
            let meant = nearest(name, arms.iter().map(|arm| arm.name.as_str()));
            let all = arms.iter().map(|arm| arm.name.as_str()).collect::<Vec<_>>().join(", ");
            let help = meant.map_or(format!("the arms are {all}"), |meant| format!("write `{meant}`"));
            self.report(
                Diagnostic::error("E0201", format!("there is no arm `{name}`"), arg.value.span, "not found").help(help),
            );
        }
        found
    }

    /// Exits are read off the plateau that the experiment defines.
    fn needs_plateau(&mut self, block: &Block, span: Span, words: &[&str]) {
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

    /// The tables and figures of the report.
    pub fn report_block(
        &mut self,
        block: &Block,
        names: Option<&[String]>,
        words: &[&str],
    ) -> (Vec<String>, Vec<Figure>) {
        let (mut tables, mut figures) = (Vec::new(), Vec::new());
        let Some((_, inner)) = nested(block, "report") else { return (tables, figures) };
        for entry in &inner.entries {
            let EntryKind::Setting { key, value, clauses, .. } = &entry.kind else { continue };
            match (key.text.as_str(), &value.kind) {
                ("table", ExprKind::Name(name)) if name == "plateau" && clauses.is_empty() => {
                    self.needs_plateau(block, value.span, words);
                    tables.push(name.clone());
                }
                ("table", ExprKind::Name(name)) if !["plateau", "final"].contains(&name.as_str()) => {
                    let help = nearest(name, ["plateau", "final"]).unwrap_or("plateau");
                    self.fault(
                        "E0201",
                        format!("there is no table `{name}`"),
                        value.span,
                        "not found",
                        format!("write `{help}`"),
                    );
                }
                ("plot", ExprKind::Name(name)) if name == "plateau" => {
                    self.later("a plot of plateaus", entry.span);
                }
                ("plot", ExprKind::Name(_)) => {
                    let place = self.measure_named(value, names);
                    if self.by_arm(entry.span, clauses)
                        && let Some(measure) = place
                    {
                        figures.push(Figure { measure });
                    }
                }
                ("table" | "plot", _) => {
                    self.later("this report phrase", entry.span);
                }
                _ => {}
            }
        }
        (tables, figures)
    }

    fn by_arm(&mut self, span: Span, clauses: &[Clause]) -> bool {
        if let [clause] = clauses
            && clause.word.text == "by"
            && let ExprKind::Name(axis) = &clause.value.kind
        {
            if axis == "arm" {
                return true;
            }
            if nearest(axis, ["arm"]).is_some() {
                let title = format!("a plot has no axis `{axis}`");
                self.fault("E0201", title, clause.value.span, "not found", "write `by arm`");
                return false;
            }
        }
        self.later("a plot of anything but `M by arm`", span);
        false
    }
}
