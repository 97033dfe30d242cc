//! What an arm comes to: one training and what observes it.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::expressions::items::Found;
use crate::check::limits;
use crate::check::study::experiment::{ArmLines, Measured};
use crate::check::study::sites::measured_task;
use crate::check::values::value::{
    Duration, InterventionValue, LossValue, MetricKind, OptimizerValue, Rule, StageValue, Value,
};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::Arm;
use crate::program::task::Task;
use crate::program::training::{
    Budget, Change, Clamp, Intervention, Length, Measure, MeasureKind, NUMERICS, Numerics, Observation, Optimizer,
    Products, Stage, Term, Training, Width,
};
use crate::registry::Dimension;
use crate::syntax::tree::{Block, Expr, ExprKind, Name};
use std::path::Path;
use std::rc::Rc;

/// What is known of an arm, even where a fault in one part of it keeps it from being planned.
#[derive(Default)]
pub struct Outline {
    pub stages: Vec<Stage>,
    /// Steps in an epoch.
    pub epoch: Option<u64>,
    pub tasks: Vec<Task>,
    /// Layers of the model.
    pub layers: Option<usize>,
}

impl Outline {
    /// Planned steps, where they are known.
    pub fn steps(&self) -> Option<u64> {
        self.stages.last().map(|stage| stage.until)
    }
}

impl Checker<'_> {
    /// Resolves one arm; `None` where a finding stands in the way.
    pub fn arm(
        &mut self,
        arm: &ArmLines<'_>,
        measured: Option<&Measured<'_>>,
        outline: &mut Outline,
        env: Env<'_>,
    ) -> Option<Arm> {
        let mut get = |key: &str| arm.found.get(key).map(|(expr, _)| (self.eval(expr, env), expr.span));
        let (model, data, batch) = (get("model"), get("data"), get("batch"));
        let (optimizer, loss, curriculum) = (get("optimizer"), get("loss"), get("curriculum"));
        let clip = get("clip");
        let numerics = self.numerics(&arm.found, env);
        let intervene = arm.found.get("intervene").map(|(expr, _)| (self.eval(expr, env), *expr));
        let model = model.and_then(|given| match given {
            (Value::Model(model), _) => Some(model),
            (other, span) => self.none("a model", &other, span),
        });
        let budget = data.as_ref().and_then(|(value, span)| self.budget(value, *span));
        let batch = batch.and_then(|(value, span)| self.bounded(&value, span, limits::BATCH, "a batch")?.axis());
        let optimizer: Option<Rc<OptimizerValue>> = optimizer.and_then(|given| match given {
            (Value::Optimizer(optimizer), _) => Some(optimizer),
            (other, span) => self.none("an optimizer", &other, span),
        });
        let loss: Option<LossValue> = match loss {
            None => Some(Self::icl()),
            Some((Value::Loss(loss), _)) => Some(loss),
            Some((other, span)) => self.none("a loss", &other, span),
        };
        let stages: Option<Rc<Vec<StageValue>>> = curriculum.and_then(|given| match given {
            (Value::Curriculum(stages), _) => Some(stages),
            (other, span) => self.none("a curriculum", &other, span),
        });
        let clip = match clip {
            None => Some(None),
            Some((value, span)) => self.clip(&value, span).map(Some),
        };
        let changes = match intervene {
            None => Some(Vec::new()),
            Some((value, expr)) => self.changes(&value, expr),
        };
        if let (Some(model), Some(loss)) = (&model, &loss) {
            self.sites(model, loss, measured.map(|(_, list)| list.as_slice()).unwrap_or_default());
            self.changed_sites(model, changes.as_deref().unwrap_or_default());
        }
        let ((found, _), names) = measured?;
        // Evaluations are looked at even where the training has a fault, each on its own.
        let sequences = self.on(found, env);
        let (budget, batch) = (budget?, batch?);
        let epoch = match budget {
            Budget::Sequences(n) => Some(n.div_ceil(batch as u64)),
            Budget::Fresh => None,
        };
        let mut tasks: Vec<Task> = Vec::new();
        let lines = stages.clone();
        let stages = stages.and_then(|stages| self.stages(&stages, epoch, &mut tasks));
        let every = self.every(found, epoch, env);
        let stages = stages?;
        if let (Some(lines), Some((every, None))) = (&lines, every) {
            self.guards_can_hold(lines, &stages, every)?;
        }
        if let (Some(lines), Budget::Sequences(_)) = (&lines, budget) {
            self.ramps_are_fresh(lines);
        }
        let trained = tasks.len();
        let time = (epoch, stages.last().map_or(0, |stage| stage.until));
        let columns = columns(names);
        // What looks inside looks at what is trained on last, where it names no task.
        let main = stages.last().and_then(|stage| stage.train.last()).map(|(task, _)| *task);
        let list: Vec<Option<Measure>> =
            columns.iter().map(|&place| self.measure(&names[place], &mut tasks, (time, main))).collect();
        let layers = model.as_ref().filter(|model| model.pretrained.is_none()).map(|model| model.layers());
        *outline = Outline { stages: stages.clone(), epoch, tasks: tasks.clone(), layers };
        // Each part is looked at, whatever is wrong with the others.
        let loss = loss.and_then(|loss| self.loss(&loss, &tasks[..trained], time));
        let loss = loss.filter(|terms| self.trains(terms, arm));
        let optimizer = optimizer.and_then(|optimizer| self.rule(&optimizer, time));
        let interventions = changes.as_ref().and_then(|changes| self.interventions(changes, &tasks, time));
        let measures = list.into_iter().collect::<Option<Vec<Measure>>>()?;
        let ((every, decade), sequences) = (every?, sequences?);
        let (loss, optimizer, interventions) = (loss?, optimizer?, interventions?);
        let training = Training {
            numerics: numerics?,
            model: (*model?).clone(),
            tasks,
            budget,
            batch,
            optimizer,
            clip: clip?,
            loss,
            stages,
            interventions,
        };
        let mut training = training;
        if training.model.is_here()
            && (!self.one_vocabulary(&mut training, arm, names, changes.as_deref().unwrap_or_default())
                || !self.one_model(&training, trained, arm, names))
        {
            return None;
        }
        Some(Arm {
            name: arm.name.clone(),
            doc: arm.doc.clone(),
            point: 0,
            training,
            observation: Observation {
                every,
                decade,
                also: Vec::new(),
                sequences,
                measures,
                written: inverse(&columns),
                by_position: None,
            },
        })
    }

    /// A model that exists, measured and not trained.
    pub fn evaluated(
        &mut self,
        arm: &ArmLines<'_>,
        measured: Option<&Measured<'_>>,
        block: &Block,
        env: Env<'_>,
    ) -> Option<Arm> {
        let (expr, _) = arm.found.get("evaluate")?;
        let model = match self.eval(expr, env) {
            Value::Model(model) if model.pretrained.is_none() => {
                let title = "a model that nobody has trained cannot be evaluated";
                let help = "write a model that exists, such as `pretrained(\"folder\", family: gpt2)`";
                self.fault("E0301", title, expr.span, "it has no weights", help);
                None
            }
            Value::Model(model) => Some(model),
            other => self.none("a model", &other, expr.span),
        };
        if let Some((along, _)) = arm.found.get("along") {
            self.along(along, block);
        }
        let numerics = self.numerics(&arm.found, env);
        let ((found, _), list) = measured?;
        let sequences = self.on(found, env)?;
        let mut tasks = Vec::new();
        let columns = columns(list);
        let mut measures = Vec::new();
        // What looks inside looks at the first task that is measured, where it names none.
        let main = list.iter().find_map(|(_, value)| measured_task(value)).map(|task| place(&mut tasks, task));
        for &place in &columns {
            measures.push(self.measure(&list[place], &mut tasks, ((None, 0), main))?);
        }
        let training = Training {
            numerics: numerics?,
            model: (*model?).clone(),
            tasks,
            budget: Budget::Fresh,
            batch: 1,
            optimizer: Optimizer::None,
            clip: None,
            loss: Vec::new(),
            stages: vec![nothing_trained()],
            interventions: Vec::new(),
        };
        let mut training = training;
        if training.model.is_here()
            && (!self.one_vocabulary(&mut training, arm, list, &[])
                || !self.one_model(&training, training.tasks.len(), arm, list))
        {
            return None;
        }
        let observation = Observation {
            every: 1,
            decade: None,
            also: Vec::new(),
            sequences,
            measures,
            written: inverse(&columns),
            by_position: None,
        };
        Some(Arm { name: arm.name.clone(), doc: arm.doc.clone(), point: 0, training, observation })
    }

    fn along(&mut self, along: &Expr, block: &Block) {
        let swept: Vec<&str> = (block.entries.iter())
            .filter_map(|entry| match &entry.kind {
                crate::syntax::tree::EntryKind::Sweep { names, .. } => Some(names),
                _ => None,
            })
            .flatten()
            .map(|name| name.text.as_str())
            .collect();
        let ExprKind::Name(name) = &along.kind else {
            self.fault("E0301", "`along` takes a swept name", along.span, "no name", "write `along: step`");
            return;
        };
        if swept.contains(&name.as_str()) {
            return;
        }
        let help = match crate::registry::nearest(name, swept.iter().copied()) {
            Some(meant) => format!("write `{meant}`"),
            None if swept.is_empty() => "add `sweep step in [...]`".into(),
            None => format!("the swept names are {}", swept.join(", ")),
        };
        self.fault("E0201", format!("nothing sweeps `{name}`"), along.span, "not a swept name", help);
    }

    fn numerics(&mut self, found: &Found<'_>, env: Env<'_>) -> Option<Numerics> {
        Some(match self.choice(found, "numerics", "f32", &["f32", "f64", "tf32", "tf32x3", "bf16"], env)? {
            "f64" => Numerics { width: Width::F64, ..NUMERICS },
            "tf32" => Numerics { products: Products::Tf32, ..NUMERICS },
            "tf32x3" => Numerics { products: Products::Tf32x3, ..NUMERICS },
            "bf16" => Numerics { products: Products::Bf16, ..NUMERICS },
            _ => NUMERICS,
        })
    }

    fn clip(&mut self, value: &Value, span: Span) -> Option<f64> {
        let clip = self.number(value, span)?.known()?;
        if clip > 0.0 {
            return Some(clip);
        }
        let title = "a gradient clipped to 0 or less moves nothing";
        self.fault("E0302", title, span, "not positive", "write a number above 0, such as `1.0`");
        None
    }

    fn changes(&mut self, value: &Value, expr: &Expr) -> Option<Vec<Rc<InterventionValue>>> {
        let items = match value {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let written = if let ExprKind::List(written) = &expr.kind { written.as_slice() } else { &[] };
        let mut changes = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match item {
                Value::Intervention(change) => changes.push(Rc::clone(change)),
                other => {
                    let span = written.get(at).map_or(expr.span, |item| item.span);
                    return self.none("an intervention", other, span);
                }
            }
        }
        Some(changes)
    }

    /// Interventions with their times in steps; each is in force at some step of the run.
    fn interventions(
        &mut self,
        changes: &[Rc<InterventionValue>],
        tasks: &[Task],
        (epoch, steps): (Option<u64>, u64),
    ) -> Option<Vec<Intervention>> {
        let mut made = Vec::new();
        for change in changes {
            let times = self.change(change, tasks, epoch)?;
            if let Some(from) = times.from.filter(|from| *from >= steps) {
                let title = format!("this intervention begins at step {from}, but the run has {steps}");
                let help = format!("write a time below {steps} steps");
                self.fault("E0302", title, change.span, "never in force", help);
                return None;
            }
            made.push(times);
        }
        Some(made)
    }

    /// Whether a loss asks anything of the model.
    fn trains(&mut self, terms: &[Term], arm: &ArmLines<'_>) -> bool {
        if let (true, Some((expr, _))) = (terms.is_empty(), arm.found.get("loss")) {
            let title = "this loss is 0 whatever the model does, so nothing is trained";
            self.fault("E0302", title, expr.span, "every weight is 0", "write a weight above 0");
            return false;
        }
        true
    }

    /// An intervention with its times in steps, on tasks that it can change.
    fn change(&mut self, value: &InterventionValue, tasks: &[Task], epoch: Option<u64>) -> Option<Intervention> {
        let mut change = value.change.clone();
        if let (true, Some(task)) = (change.matches(), tasks.iter().find(|task| task.real)) {
            let title = format!("nothing matches in `{}`, whose targets are numbers", task.title);
            let help = "take other cells, such as `previous_token`";
            self.fault("E0310", title, value.span, "no labels", help);
            return None;
        }
        if let (Change::Clamp { to: Clamp::Array { tokens, values, .. }, .. }, Some((source, at))) =
            (&mut change, &value.array)
        {
            *tokens = tasks.iter().flat_map(Task::instances).map(Task::tokens).max().unwrap_or(0);
            match crate::data::square(Path::new(&source.path), source.key.as_deref(), *tokens) {
                Ok((_, numbers)) => *values = numbers.into(),
                Err(reason) => {
                    self.report(Diagnostic::error("E0314", reason.reason(), *at, "this file").help(reason.cure()));
                    return None;
                }
            }
        }
        let mut steps = |time: Option<Duration>| match time {
            None => Some(None),
            Some(time) => self.steps(time, epoch, value.span).map(Some),
        };
        let (from, until) = (steps(value.from)?, steps(value.until)?);
        Some(Intervention { change, from, until })
    }

    fn rule(&mut self, optimizer: &OptimizerValue, time: (Option<u64>, u64)) -> Option<Optimizer> {
        let lr = self.rate_of(&optimizer.lr, time)?;
        Some(match optimizer.rule {
            Rule::Adam { betas, eps } => Optimizer::Adam { lr, beta1: betas.0, beta2: betas.1, eps },
            Rule::Adamw { betas, eps, weight_decay } => {
                Optimizer::Adamw { lr, beta1: betas.0, beta2: betas.1, eps, weight_decay }
            }
            Rule::Sgd { momentum, weight_decay } => Optimizer::Sgd { lr, momentum, weight_decay },
        })
    }

    fn budget(&mut self, value: &Value, span: Span) -> Option<Budget> {
        match value {
            word if word.is_word("fresh") => Some(Budget::Fresh),
            Value::Quantity { value, dimension: Dimension::Sequences } => {
                Some(Budget::Sequences(self.amount(*value, limits::DATA, "a number of sequences", span)? as u64))
            }
            other => self.none("`fresh` or a number of sequences", other, span),
        }
    }

    fn on(&mut self, found: &Found<'_>, env: Env<'_>) -> Option<usize> {
        let (expr, _) = found.get("on")?;
        match self.eval(expr, env) {
            Value::Quantity { value, dimension: Dimension::Sequences } => {
                self.amount(value, limits::HELD_OUT, "a number of held-out sequences", expr.span)
            }
            other => self.none("a number of sequences", &other, expr.span),
        }
    }

    fn measure(
        &mut self,
        (name, value): &(Name, Value),
        tasks: &mut Vec<Task>,
        ((epoch, _), main): ((Option<u64>, u64), Option<usize>),
    ) -> Option<Measure> {
        let kind = match value {
            Value::Metric(metric) => match &metric.kind {
                MetricKind::Score { score, at, only, under, training } => {
                    let under = match under {
                        None => None,
                        Some(change) => {
                            Some(self.change(change, std::slice::from_ref(metric.task.as_deref()?), epoch)?)
                        }
                    };
                    let task = place(tasks, metric.task.as_ref()?);
                    MeasureKind::Score {
                        task,
                        score: *score,
                        at: *at,
                        only: only.as_deref().cloned(),
                        under,
                        training: *training,
                    }
                }
                MetricKind::Inside { measure, numbers } => {
                    let task = metric.task.as_ref().map(|task| place(tasks, task)).or(main);
                    // The weights alone are those of no task.
                    let task = task.filter(|_| *measure != "weight_distance");
                    if let Some(task) = task {
                        self.looked_inside(measure, &tasks[task], name.span)?;
                    }
                    MeasureKind::Inside { measure: (*measure).into(), numbers: numbers.clone(), task }
                }
            },
            Value::Probe(probe) => MeasureKind::Probe {
                task: place(tasks, &probe.task),
                site: probe.site,
                place: probe.place.of(&probe.task),
                context: probe.context,
                nodes: probe.predict.iter().map(|(_, node)| *node).collect(),
                reader: probe.reader,
            },
            _ => return None,
        };
        Some(Measure { name: name.text.clone(), kind })
    }
}

/// The one stage of a model that is measured and not trained: it ends where it begins.
fn nothing_trained() -> Stage {
    Stage {
        name: String::new(),
        train: Vec::new(),
        from: 0,
        until: 0,
        reset: false,
        guard: None,
        earliest: None,
        loss: None,
        length: Length::default(),
    }
}

/// The places of measures in an order of meaning, so that the order of lines reaches no identity.
fn columns(measures: &[(Name, Value)]) -> Vec<usize> {
    let meanings: Vec<String> = measures.iter().map(|(_, value)| meaning(value)).collect();
    let mut columns: Vec<usize> = (0..measures.len()).collect();
    columns.sort_by(|&a, &b| meanings[a].cmp(&meanings[b]));
    columns
}

/// What a measure looks at, without names and places; measures alike in it are interchangeable.
fn meaning(value: &Value) -> String {
    let identity = |task: &Task| {
        let json = serde_json::to_string(task).unwrap_or_default();
        blake3::hash(json.as_bytes()).to_hex()[..16].to_string()
    };
    match value {
        Value::Metric(metric) => {
            let kind = match &metric.kind {
                MetricKind::Score { score, at, only, under, training } => {
                    let under = under.as_ref().map(|change| (&change.change, change.from, change.until));
                    // Where it was not said otherwise, as before there was a choice.
                    let on = if *training { " training" } else { "" };
                    format!("{score:?} {at:?} {only:?} {under:?}{on}")
                }
                MetricKind::Inside { measure, numbers } => format!("{measure} {numbers:?}"),
            };
            format!("{kind} {:?}", metric.task.as_deref().map(identity))
        }
        Value::Probe(probe) => {
            let nodes: Vec<_> = probe.predict.iter().map(|(_, node)| *node).collect();
            let (site, place, context, reader) = (&probe.site, &probe.place, &probe.context, &probe.reader);
            format!("{site:?} {place:?} {context:?} {nodes:?} {reader:?} {}", identity(&probe.task))
        }
        _ => String::new(),
    }
}

fn inverse(columns: &[usize]) -> Vec<usize> {
    let mut written = vec![0; columns.len()];
    columns.iter().enumerate().for_each(|(column, &place)| written[place] = column);
    written
}

/// The place of a task among those of a training, added where it is new.
pub fn place(tasks: &mut Vec<Task>, task: &Task) -> usize {
    // How an author spelt the call makes no other task.
    let same = |known: &Task| *known == Task { title: known.title.clone(), ..task.clone() };
    tasks.iter().position(same).unwrap_or_else(|| {
        tasks.push(task.clone());
        tasks.len() - 1
    })
}
