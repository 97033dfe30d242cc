//! What an arm comes to: one training and what observes it.

use super::evaluate::Env;
use super::experiment::{ArmLines, Measured};
use super::items::Found;
use super::value::{Duration, LossValue, StageValue, TermValue, Value};
use super::{Checker, limits};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::Arm;
use crate::program::model::{Model, Site};
use crate::program::task::Task;
use crate::program::training::{
    Budget, Measure, MeasureKind, NUMERICS, Observation, Optimizer, Stage, Term, TermKind, Training,
};
use crate::registry::Dimension;
use crate::syntax::tree::Name;
use std::rc::Rc;

impl Checker {
    /// Resolves one arm; `None` where a finding stands in the way.
    pub fn arm(&mut self, arm: &ArmLines<'_>, measured: Option<&Measured<'_>>, env: Env<'_>) -> Option<Arm> {
        let mut get = |key: &str| arm.found.get(key).map(|(expr, _)| (self.eval(expr, env), expr.span));
        let (model, data, batch) = (get("model"), get("data"), get("batch"));
        let (optimizer, loss, curriculum) = (get("optimizer"), get("loss"), get("curriculum"));
        let model = model.and_then(|given| match given {
            (Value::Model(model), _) => Some(model),
            (other, span) => self.none("a model", &other, span),
        });
        let budget = data.as_ref().and_then(|(value, span)| self.budget(value, *span));
        let batch = batch.and_then(|(value, span)| self.bounded(&value, span, limits::BATCH, "a batch"));
        let optimizer: Option<Optimizer> = optimizer.and_then(|given| match given {
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
        if let (Some(model), Some(loss)) = (&model, &loss) {
            self.sites(model, loss, measured.map(|(_, list)| list.as_slice()).unwrap_or_default());
        }
        let ((found, _), list) = measured?;
        // Evaluations are looked at even where the training has a fault, each on its own.
        let sequences = self.on(found, env);
        let (budget, batch) = (budget?, batch?);
        let epoch = match budget {
            Budget::Sequences(n) => Some(n.div_ceil(batch as u64)),
            Budget::Fresh => None,
        };
        let mut tasks: Vec<Task> = Vec::new();
        let stages = stages.and_then(|stages| self.stages(&stages, epoch, &mut tasks));
        let every = self.every(found, epoch, env);
        let stages = stages?;
        let trained = tasks.len();
        let mut measures = Vec::new();
        for (name, value) in list {
            measures.push(measure(name, value, &mut tasks)?);
        }
        let loss = self.loss(&loss?, &tasks[..trained])?;
        let (every, sequences) = (every?, sequences?);
        let training = Training {
            numerics: NUMERICS,
            model: (*model?).clone(),
            tasks,
            budget,
            batch,
            optimizer: optimizer?,
            loss,
            stages,
        };
        self.widths(&training, arm.span);
        Some(Arm {
            name: arm.name.clone(),
            doc: arm.doc.clone(),
            training,
            observation: Observation { every, sequences, measures },
        })
    }

    fn budget(&mut self, value: &Value, span: Span) -> Option<Budget> {
        match value {
            Value::Word("fresh") => Some(Budget::Fresh),
            Value::Quantity { value, dimension: Dimension::Sequences } => {
                Some(Budget::Sequences(self.amount(*value, limits::DATA, "a number of sequences", span)? as u64))
            }
            other => self.none("`fresh` or a number of sequences", other, span),
        }
    }

    /// The whole number from 1 to `most` of a quantity.
    pub fn amount(&mut self, value: f64, most: f64, what: &str, span: Span) -> Option<usize> {
        if value > most {
            self.too_large(what, value, most, span);
            return None;
        }
        if value < 1.0 || value.fract() != 0.0 {
            let title = format!("{what} cannot be {value}");
            self.fault("E0302", title, span, "not a whole number of at least 1", "write a whole number of at least 1");
            return None;
        }
        Some(value as usize)
    }

    /// Labels share the token's space with embeddings, so a token must be as wide as there are labels.
    fn widths(&mut self, training: &Training, span: Span) {
        for task in &training.tasks {
            if let Some(source) = task.input_source()
                && source.width < task.classes
            {
                let title = format!("an embedding of {} cannot hold {} labels", source.width, task.classes);
                let finding =
                    Diagnostic::error("E0310", title, span, "labels are one-hot in the space of the embedding")
                        .help(format!("give the data source a width of at least {}", task.classes));
                self.report(finding);
            }
        }
    }

    fn sites(&mut self, model: &Model, loss: &LossValue, measures: &[(Name, Value)]) {
        let probes =
            measures.iter().filter_map(|(_, value)| if let Value::Probe(probe) = value { Some(probe) } else { None });
        let terms = loss
            .0
            .iter()
            .filter_map(|(_, term)| if let TermValue::Readout { probe, .. } = term { Some(probe) } else { None });
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
        if epoch.is_none() && length.epochs != 0.0 {
            // One cause, however many durations are in epochs.
            if !self.timeless {
                self.timeless = true;
                let help = "give it in steps, or fix the data: `data: 100k sequences`";
                self.fault("E0305", "an epoch has no length where data is fresh", span, "in epochs", help);
            }
            return None;
        }
        let total = length.steps + length.epochs * epoch.unwrap_or(0) as f64;
        if total > limits::STEPS {
            self.too_large("a number of steps", total, limits::STEPS, span);
            return None;
        }
        Some(total.round().max(0.0) as u64)
    }

    fn stages(&mut self, stages: &[StageValue], epoch: Option<u64>, tasks: &mut Vec<Task>) -> Option<Vec<Stage>> {
        let mut made = Vec::new();
        let mut from = 0;
        for stage in stages {
            let length = self.steps(stage.length, epoch, stage.length_span)?;
            if length == 0 {
                let title = format!("stage `{}` lasts no step", stage.name);
                let finding = Diagnostic::error("E0308", title, stage.length_span, "0 steps or fewer")
                    .help("give it at least one step; a total counts the stages before it too");
                self.report(finding);
                return None;
            }
            if (from + length) as f64 > limits::STEPS {
                self.too_large("a number of steps", (from + length) as f64, limits::STEPS, stage.length_span);
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
                                let title = format!(
                                    "`{}` trains on a task without the `{}` of probe `{}`",
                                    task.title, probe.predict, probe.name
                                );
                                let help = "train on tasks that have these labels, or take this term out of the loss";
                                self.fault("E0310", title, *span, "its labels do not exist there", help);
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
            let help = "write a longer time, such as `every: 100 steps`";
            self.fault("E0302", "evaluations must lie at least one step apart", expr.span, "less than a step", help);
            return None;
        }
        Some(steps)
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
        Value::Metric(metric) => {
            MeasureKind::Score { task: place(tasks, &metric.task), score: metric.score, at: metric.at }
        }
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
