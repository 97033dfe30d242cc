//! What an experiment comes to: arms with every number resolved, and what is concluded from them.

use super::Checker;
use super::evaluate::Env;
use super::items::settings;
use super::value::{Duration, LossValue, StageValue, TermValue, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::{Arm, Claim, Experiment, Figure, PlateauRule, Statistic};
use crate::program::model::{Model, Site};
use crate::program::task::Task;
use crate::program::training::{
    Budget, Measure, MeasureKind, NUMERICS, Observation, Optimizer, Stage, Term, TermKind, Training,
};
use crate::registry::{BlockKind, Dimension, nearest, settings_of};
use crate::syntax::tree::{BinaryOp, Block, Body, Entry, EntryKind, Expr, ExprKind, Item, Name, Type};
use std::collections::HashMap;
use std::rc::Rc;

type Found<'e> = HashMap<&'static str, (&'e Expr, Option<&'e Type>)>;

/// An arm as written.
struct ArmLines<'e> {
    name: String,
    doc: Option<String>,
    span: Span,
    found: Found<'e>,
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
        for key in ["clip", "evaluate", "along", "keep"] {
            if let Some((value, _)) = base.get(key) {
                self.later(&format!("`{key}`"), value.span);
            }
        }
        if base.contains_key("evaluate") {
            return None;
        }
        let arms = arms(item, block, &base);
        for key in settings_of(BlockKind::Experiment).filter(|setting| setting.required).map(|setting| setting.key) {
            self.required_somewhere(key, item, &arms);
        }
        let seeds = base.get("seeds").and_then(|(value, _)| self.seeds(value, env));
        let measured = self.measures(item, block, env);
        let mut resolved = Vec::new();
        for arm in &arms {
            resolved.push(self.arm(arm, measured.as_ref(), env));
        }
        let names: Vec<String> = measured.as_ref().map(|(_, list)| list.iter().map(|(name, ..)| name.text.clone()).collect()).unwrap_or_default();
        let plateau = self.plateau(block, &names, env);
        let claims = self.claims(block, &arms, env);
        let (tables, figures) = self.report_block(block, &names);
        let resolved = resolved.into_iter().collect::<Option<Vec<Arm>>>()?;
        let (seeds, plateau) = (seeds?, plateau?);
        self.lint(&resolved, &arms, &seeds, &claims);
        if let Some(rule) = &plateau {
            self.levels_exist(rule, &resolved, block);
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
        let takes = settings_of(BlockKind::Experiment).find(|setting| setting.key == key).map_or("", |setting| setting.takes);
        let finding = Diagnostic::error("E0207", format!("{whose} has no `{key}`"), span, "setting missing")
            .help(format!("add `{key}: ...` ({takes})"));
        self.report(finding);
    }

    fn seeds(&mut self, expr: &Expr, env: Env<'_>) -> Option<Vec<u64>> {
        let seeds: Vec<u64> = match self.eval(expr, env) {
            Value::Number { value, whole: true } if value >= 1.0 => (1..=value as u64).collect(),
            Value::List(items) => {
                items.iter().map(|item| self.whole(item, expr.span).map(|seed| seed as u64)).collect::<Option<_>>()?
            }
            other => {
                self.mismatch("a count of at least 1, a range or a list", &other, expr.span);
                return None;
            }
        };
        let mut sorted = seeds.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() < seeds.len() || seeds.is_empty() {
            self.fault("E0302", "seeds must be different from each other", expr.span, "repeated, or none");
            return None;
        }
        Some(seeds)
    }

    /// The settings of the measure block, and what is measured under which name.
    #[allow(clippy::type_complexity)]
    fn measures<'e>(&mut self, item: &Item, block: &'e Block, env: Env<'_>) -> Option<((Found<'e>, Span), Vec<(Name, Value)>)> {
        let Some((entry, inner)) = nested(block, "measure") else {
            let finding = Diagnostic::error("E0207", format!("experiment `{}` measures nothing", item.name.text), item.name.span, "no `measure` block")
                .help("add `measure { every: 1 epoch, on: 1k sequences, ... }`");
            self.report(finding);
            return None;
        };
        let found = settings(inner, BlockKind::Measure);
        let mut list: Vec<(Name, Value)> = Vec::new();
        for line in &inner.entries {
            let EntryKind::Bare(expr) = &line.kind else { continue };
            let value = self.eval(expr, env);
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
                    let finding = Diagnostic::error("E0301", "a measure needs a name", expr.span, "an expression without one")
                        .help("write `metric name = ...` at the top level and its name here");
                    self.report(finding);
                }
            }
        }
        for key in ["every", "on"] {
            if !found.contains_key(key) {
                let finding = Diagnostic::error("E0207", format!("`measure` has no `{key}`"), entry.span, "setting missing")
                    .help(format!("add `{key}: ...`"));
                self.report(finding);
            }
        }
        Some(((found, entry.span), list))
    }

    #[allow(clippy::type_complexity)]
    fn arm(&mut self, arm: &ArmLines<'_>, measured: Option<&((Found<'_>, Span), Vec<(Name, Value)>)>, env: Env<'_>) -> Option<Arm> {
        let mut get = |key: &str| arm.found.get(key).map(|(expr, _)| (self.eval(expr, env), expr.span));
        let (model, data, batch) = (get("model"), get("data"), get("batch"));
        let (optimizer, loss, curriculum) = (get("optimizer"), get("loss"), get("curriculum"));
        let model = match model? {
            (Value::Model(model), _) => Some(model),
            (other, span) => self.none("a model", &other, span),
        };
        let budget = match data? {
            (Value::Word("fresh"), _) => Some(Budget::Fresh),
            (Value::Quantity { value, dimension: Dimension::Sequences }, _) if value >= 1.0 => Some(Budget::Sequences(value as u64)),
            (other, span) => self.none("`fresh` or a number of sequences", &other, span),
        };
        let (batch_value, batch_span) = batch?;
        let batch = self.positive(&batch_value, batch_span);
        let optimizer: Option<Optimizer> = match optimizer? {
            (Value::Optimizer(optimizer), _) => Some(optimizer),
            (other, span) => self.none("an optimizer", &other, span),
        };
        let loss: Option<LossValue> = match loss {
            None => Some(Self::icl()),
            Some((Value::Loss(loss), _)) => Some(loss),
            Some((other, span)) => self.none("a loss", &other, span),
        };
        let stages: Option<Rc<Vec<StageValue>>> = match curriculum? {
            (Value::Curriculum(stages), _) => Some(stages),
            (other, span) => self.none("a curriculum", &other, span),
        };
        if let (Some(model), Some(loss)) = (&model, &loss) {
            self.sites(model, loss, measured.map(|(_, list)| list.as_slice()).unwrap_or_default());
        }
        let (budget, batch, stages) = (budget?, batch?, stages?);
        let epoch = match budget {
            Budget::Sequences(n) => Some(n.div_ceil(batch as u64)),
            Budget::Fresh => None,
        };
        let mut tasks: Vec<Task> = Vec::new();
        let stages = self.stages(&stages, epoch, &mut tasks)?;
        let trained = tasks.len();
        let ((found, _), list) = measured?;
        let mut measures = Vec::new();
        for (name, value) in list {
            measures.push(measure(name, value, &mut tasks)?);
        }
        let loss = self.loss(&loss?, &tasks[..trained])?;
        let (every, sequences) = (self.every(found, epoch, env)?, self.on(found, env)?);
        let training = Training { numerics: NUMERICS, model: (*model?).clone(), tasks, budget, batch, optimizer: optimizer?, loss, stages };
        self.widths(&training, arm.span);
        Some(Arm { name: arm.name.clone(), doc: arm.doc.clone(), training, observation: Observation { every, sequences, measures } })
    }

    fn none<T>(&mut self, expected: &str, found: &Value, span: Span) -> Option<T> {
        self.mismatch(expected, found, span);
        None
    }

    /// Labels share the token's space with embeddings, so a token must be as wide as there are labels.
    fn widths(&mut self, training: &Training, span: Span) {
        for task in &training.tasks {
            if let Some(source) = task.input_source()
                && source.width < task.classes
            {
                let title = format!("an embedding of {} cannot hold {} labels", source.width, task.classes);
                let finding = Diagnostic::error("E0310", title, span, "labels are one-hot in the space of the embedding")
                    .help(format!("give the data source a width of at least {}", task.classes));
                self.report(finding);
            }
        }
    }

    fn sites(&mut self, model: &Model, loss: &LossValue, measures: &[(Name, Value)]) {
        let probes = measures.iter().filter_map(|(_, value)| if let Value::Probe(probe) = value { Some(probe) } else { None });
        let terms = loss.0.iter().filter_map(|(_, term)| if let TermValue::Readout { probe, .. } = term { Some(probe) } else { None });
        let layers = model.layers();
        for probe in probes.chain(terms) {
            if let Site::Residual(after) = probe.site
                && after > layers
            {
                let title = format!("probe `{}` reads after layer {after} of a model with {layers}", probe.name);
                let finding = Diagnostic::error("E0304", title, probe.site_span, "no such place")
                    .help(format!("`after` goes from 0, the embedding, to {layers}"));
                self.report(finding);
            }
        }
    }

    /// A duration in steps.
    fn steps(&mut self, length: Duration, epoch: Option<u64>, span: Span) -> Option<u64> {
        let epochs = match epoch {
            Some(epoch) => length.epochs * epoch as f64,
            None if length.epochs == 0.0 => 0.0,
            None => {
                let finding = Diagnostic::error("E0305", "an epoch has no length where data is fresh", span, "in epochs")
                    .help("give it in steps, or fix the data: `data: 100k sequences`");
                self.report(finding);
                return None;
            }
        };
        Some((length.steps + epochs).round().max(0.0) as u64)
    }

    fn stages(&mut self, stages: &[StageValue], epoch: Option<u64>, tasks: &mut Vec<Task>) -> Option<Vec<Stage>> {
        let mut made = Vec::new();
        let mut from = 0;
        for stage in stages {
            let length = self.steps(stage.length, epoch, stage.length_span)?;
            if length == 0 {
                let title = format!("stage `{}` lasts no step", stage.name);
                let finding = Diagnostic::error("E0308", title, stage.length_span, "0 steps or fewer")
                    .help("make the total longer than the stages before it");
                self.report(finding);
                return None;
            }
            let train = stage.train.iter().map(|(task, share)| (place(tasks, task), *share)).collect();
            made.push(Stage { name: stage.name.clone(), train, from, until: from + length, reset: stage.reset });
            from += length;
        }
        Some(made)
    }

    fn loss(&mut self, loss: &LossValue, trained: &[Task]) -> Option<Vec<Term>> {
        let mut terms = Vec::new();
        for (weight, term) in &loss.0 {
            let kind = match term {
                TermValue::Icl => TermKind::Icl,
                TermValue::Readout { probe, span } => {
                    let sizes = probe.task.nodes[probe.node].labels.clone();
                    let mut nodes = Vec::new();
                    for (at, task) in trained.iter().enumerate() {
                        match task.names.get(&probe.predict) {
                            Some(&node) if task.nodes[node].labels == sizes => nodes.push((at, node)),
                            _ => {
                                let title = format!("`{}` trains on a task without the `{}` of probe `{}`", task.title, probe.predict, probe.name);
                                self.fault("E0310", title, *span, "its labels do not exist there");
                                return None;
                            }
                        }
                    }
                    TermKind::Readout { nodes, sizes }
                }
            };
            if *weight != 0.0 {
                terms.push(Term { weight: *weight, kind });
            }
        }
        Some(terms)
    }

    fn every(&mut self, found: &Found<'_>, epoch: Option<u64>, env: Env<'_>) -> Option<u64> {
        let (expr, _) = found.get("every")?;
        let length = match self.eval(expr, env) {
            Value::Duration(length) => length,
            other => return self.none("a duration", &other, expr.span),
        };
        let steps = self.steps(length, epoch, expr.span)?;
        if steps == 0 {
            self.fault("E0302", "evaluations must lie at least one step apart", expr.span, "less than a step");
            return None;
        }
        Some(steps)
    }

    fn on(&mut self, found: &Found<'_>, env: Env<'_>) -> Option<usize> {
        let (expr, _) = found.get("on")?;
        match self.eval(expr, env) {
            Value::Quantity { value, dimension: Dimension::Sequences } if value >= 1.0 => Some(value as usize),
            other => self.none("a number of sequences, `1k sequences`", &other, expr.span),
        }
    }

    fn measure_named(&mut self, expr: &Expr, names: &[String]) -> Option<usize> {
        let ExprKind::Name(name) = &expr.kind else {
            self.later("anything but a measure by name", expr.span);
            return None;
        };
        if let Some(at) = names.iter().position(|known| known == name) {
            return Some(at);
        }
        let meant = nearest(name, names.iter().map(String::as_str));
        let help = meant.map_or_else(|| format!("add `{name}` to the `measure` block"), |meant| format!("write `{meant}`"));
        self.report(Diagnostic::error("E0312", format!("nobody measures `{name}`"), expr.span, "not in the `measure` block").help(help));
        meant.and_then(|meant| names.iter().position(|known| known == meant))
    }

    #[allow(clippy::option_option)]
    fn plateau(&mut self, block: &Block, names: &[String], env: Env<'_>) -> Option<Option<PlateauRule>> {
        let Some((entry, inner)) = nested(block, "plateau") else { return Some(None) };
        let found = settings(inner, BlockKind::Plateau);
        for key in ["stop", "refine"] {
            if let Some((value, _)) = found.get(key) {
                self.later(&format!("`{key}`"), value.span);
            }
        }
        let Some((of, _)) = found.get("of") else {
            let finding = Diagnostic::error("E0207", "`plateau` has no `of`", entry.span, "setting missing").help("add `of: ...`");
            self.report(finding);
            return None;
        };
        let measure = self.measure_named(of, names)?;
        let mut number = |key: &str| {
            let (expr, _) = found.get(key)?;
            let value = self.eval(expr, env);
            self.number(&value, expr.span).map(|value| (value, expr.span))
        };
        let (exit, from, to) = (number("exit"), number("from"), number("to"));
        if let Some((value, span)) = exit
            && !(value > 0.0 && value < 1.0)
        {
            self.fault("E0302", "`exit` is a share of the way, between 0% and 100%", span, "out of range");
            return None;
        }
        let held = match found.get("held") {
            None => 3,
            Some((expr, _)) => match self.eval(expr, env) {
                Value::Quantity { value, dimension: Dimension::Evaluations } if value >= 1.0 => value as usize,
                other => return self.none("a number of evaluations, `3 evaluations`", &other, expr.span),
            },
        };
        let exit = exit.map_or(0.5, |(value, _)| value);
        Some(Some(PlateauRule { measure, exit, held, from: from.map(|at| at.0), to: to.map(|at| at.0) }))
    }

    fn levels_exist(&mut self, rule: &PlateauRule, arms: &[Arm], block: &Block) {
        let Some((entry, _)) = nested(block, "plateau") else { return };
        let Some(arm) = arms.first() else { return };
        let measure = &arm.observation.measures[rule.measure];
        if let (MeasureKind::Probe { .. }, None, _) | (MeasureKind::Probe { .. }, _, None) = (&measure.kind, rule.from, rule.to) {
            let title = format!("the plateau of probe `{}` has no levels", measure.name);
            let finding = Diagnostic::error("E0313", title, entry.span, "between what levels?").help("add `from:` and `to:`");
            self.report(finding);
        }
        if let MeasureKind::Score { task, .. } = &measure.kind
            && rule.to.is_none()
            && let Err(reason) = arm.training.tasks[*task].tractable()
        {
            let title = "the ideal level of this plateau cannot be computed exactly";
            let finding = Diagnostic::error("E0313", title, entry.span, reason).help("draw the latents from a finite pool, or add `to:`");
            self.report(finding);
        }
        if let (Some(from), Some(to)) = (rule.from, rule.to)
            && from == to
        {
            self.fault("E0309", "a plateau needs two different levels", entry.span, "`from` equals `to`");
        }
    }

    fn claims(&mut self, block: &Block, arms: &[ArmLines<'_>], env: Env<'_>) -> Vec<Claim> {
        let mut claims = Vec::new();
        for entry in &block.entries {
            let EntryKind::Expect { claim, level } = &entry.kind else { continue };
            let level = match level {
                None => Some(0.05),
                Some(expr) => {
                    let value = self.eval(expr, env);
                    self.number(&value, expr.span)
                }
            };
            let ExprKind::Binary { op, left, right, .. } = &claim.kind else {
                self.fault("E0301", "an expectation compares two arms", claim.span, "write `rmst(a) < rmst(b) at 5%`");
                continue;
            };
            let (Some(a), Some(b), Some(level)) = (self.claimed(left, arms), self.claimed(right, arms), level) else { continue };
            let (smaller, larger) = match op {
                BinaryOp::Less => (a, b),
                BinaryOp::Greater => (b, a),
                _ => {
                    self.fault("E0301", "an expectation says `<` or `>`", claim.span, "one-sided claims only");
                    continue;
                }
            };
            let text = self.text(claim.span);
            claims.push(Claim { text, statistic: Statistic::RestrictedMean, smaller, larger, level });
        }
        claims
    }

    fn claimed(&mut self, expr: &Expr, arms: &[ArmLines<'_>]) -> Option<usize> {
        let ExprKind::Call { callee, args } = &expr.kind else {
            self.fault("E0301", "an expectation compares `rmst` of arms", expr.span, "write `rmst(arm)`");
            return None;
        };
        let (ExprKind::Name(statistic), [arg]) = (&callee.kind, args.as_slice()) else {
            self.fault("E0301", "a statistic takes one arm", expr.span, "write `rmst(arm)`");
            return None;
        };
        if statistic != "rmst" {
            self.later(&format!("the statistic `{statistic}`"), callee.span);
            return None;
        }
        let ExprKind::Name(name) = &arg.value.kind else {
            self.fault("E0301", "a statistic takes the name of an arm", arg.value.span, "not a name");
            return None;
        };
        let found = arms.iter().position(|arm| arm.name == *name);
        if found.is_none() {
            let meant = nearest(name, arms.iter().map(|arm| arm.name.as_str()));
            let all = arms.iter().map(|arm| arm.name.as_str()).collect::<Vec<_>>().join(", ");
            let help = meant.map_or(format!("the arms are {all}"), |meant| format!("write `{meant}`"));
            self.report(Diagnostic::error("E0201", format!("there is no arm `{name}`"), arg.value.span, "not found").help(help));
        }
        found
    }

    fn report_block(&mut self, block: &Block, names: &[String]) -> (Vec<String>, Vec<Figure>) {
        let (mut tables, mut figures) = (Vec::new(), Vec::new());
        let Some((_, inner)) = nested(block, "report") else { return (tables, figures) };
        for entry in &inner.entries {
            let EntryKind::Setting { key, value, clauses, .. } = &entry.kind else { continue };
            match (key.text.as_str(), &value.kind) {
                ("table", ExprKind::Name(name)) if name == "plateau" => tables.push(name.clone()),
                ("plot", ExprKind::Name(_)) => {
                    let by_arm = matches!(clauses.as_slice(), [clause] if clause.word.text == "by" && matches!(&clause.value.kind, ExprKind::Name(name) if name == "arm"));
                    if !by_arm {
                        self.later("a plot of anything but `M by arm`", entry.span);
                    } else if let Some(measure) = self.measure_named(value, names) {
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

    /// What is allowed but should give pause.
    fn lint(&mut self, arms: &[Arm], lines: &[ArmLines<'_>], seeds: &[u64], claims: &[Claim]) {
        let Some(first) = arms.first() else { return };
        for (arm, written) in arms.iter().zip(lines).skip(1) {
            let (a, b) = (&first.training, &arm.training);
            let differs = [
                ("model", a.model != b.model),
                ("data", a.budget != b.budget),
                ("batch", a.batch != b.batch),
                ("optimizer", a.optimizer != b.optimizer),
                ("loss", a.loss != b.loss),
                ("curriculum", a.stages.iter().map(|s| &s.train).ne(b.stages.iter().map(|s| &s.train))),
            ];
            let named: Vec<&str> = differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
            // Another curriculum may list other tasks, which renumbers those that a loss speaks of.
            let named: Vec<&str> = if named == ["loss", "curriculum"] && same_loss(&a.loss, &b.loss) { vec!["curriculum"] } else { named };
            if named.len() > 1 {
                let title = format!("arm `{}` differs from `{}` in {}", arm.name, first.name, named.join(" and "));
                let finding = Diagnostic::warning("W0201", title, written.span, "a difference in results has two explanations")
                    .help("change one thing in an arm, or add an arm between");
                self.report(finding);
            }
            if a.steps() != b.steps() {
                let title = format!("arm `{}` trains {} steps and `{}` {}", arm.name, b.steps(), first.name, a.steps());
                let finding = Diagnostic::warning("W0202", title, written.span, "unequal budgets")
                    .help("give both the same total, so that they can be compared");
                self.report(finding);
            }
        }
        self.seeds_suffice(seeds, claims, lines);
    }

    fn seeds_suffice(&mut self, seeds: &[u64], claims: &[Claim], lines: &[ArmLines<'_>]) {
        let Some(strictest) = claims.iter().map(|claim| claim.level).reduce(f64::min) else { return };
        let smallest = crate::stats::smallest_p_one_sided(seeds.len(), seeds.len()) * claims.len() as f64;
        if smallest > strictest {
            let enough = (seeds.len()..=20).find(|&n| crate::stats::smallest_p_one_sided(n, n) * claims.len() as f64 <= strictest);
            let title = format!("{} seeds cannot reach {}% with {} claims", seeds.len(), strictest * 100.0, claims.len());
            let label = format!("the smallest possible p, after Holm, is {smallest:.3}");
            let span = lines.first().and_then(|arm| arm.found.get("seeds")).map_or_else(Span::default, |(expr, _)| expr.span);
            let help = enough.map_or_else(|| "claim less".to_string(), |n| format!("take {n} seeds, or claim less"));
            self.report(Diagnostic::warning("W0203", title, span, label).help(help));
        }
    }
}

fn same_loss(a: &[Term], b: &[Term]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.weight == b.weight && a.kind.width() == b.kind.width())
}

fn nested<'e>(block: &'e Block, word: &str) -> Option<(&'e Entry, &'e Block)> {
    block.entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Nested { keyword, block, .. } if keyword.text == word => Some((entry, block)),
        _ => None,
    })
}

fn arms<'e>(item: &'e Item, block: &'e Block, base: &Found<'e>) -> Vec<ArmLines<'e>> {
    let mut arms = Vec::new();
    for entry in &block.entries {
        let EntryKind::Nested { keyword, name: Some(name), block } = &entry.kind else { continue };
        if keyword.text == "arm" {
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

/// The place of a task among those of a training, added where it is new.
fn place(tasks: &mut Vec<Task>, task: &Task) -> usize {
    // How an author spelt the call makes no other task.
    let same = |known: &Task| *known == Task { title: known.title.clone(), ..task.clone() };
    tasks.iter().position(same).unwrap_or_else(|| {
        tasks.push(task.clone());
        tasks.len() - 1
    })
}

fn measure(name: &Name, value: &Value, tasks: &mut Vec<Task>) -> Option<Measure> {
    let kind = match value {
        Value::Metric(metric) => MeasureKind::Score { task: place(tasks, &metric.task), score: metric.score, at: metric.at },
        Value::Probe(probe) => MeasureKind::Probe {
            task: place(tasks, &probe.task),
            site: probe.site,
            context: probe.context,
            node: probe.node,
            epochs: probe.epochs,
            lr: probe.lr,
        },
        _ => return None,
    };
    Some(Measure { name: name.text.clone(), kind })
}
