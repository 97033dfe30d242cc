//! Whether what is read of a model exists, and whether all tasks of an arm can share one model.

use crate::check::Checker;
use crate::check::study::experiment::ArmLines;
use crate::check::study::lint::counted;
use crate::check::values::value::{InterventionValue, LossValue, MetricKind, TermValue, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::model::{Context, Model, Site, Sublayer};
use crate::program::task::{Form, Task};
use crate::program::training::Training;
use crate::syntax::tree::Name;
use std::rc::Rc;

impl Checker<'_> {
    /// Whether all tasks of an arm can be read and predicted by one model.
    pub fn one_model(
        &mut self,
        training: &Training,
        trained: usize,
        arm: &ArmLines<'_>,
        measured: &[(Name, Value)],
    ) -> bool {
        let stated = |key: &str| arm.found.get(key).map_or(arm.span, |(expr, _)| expr.span);
        // Labels share the token's space with embeddings, so a token must be as wide as there are labels.
        for task in &training.tasks {
            if let Some(source) = task.input_source()
                && source.width < task.classes
            {
                let title = format!("an embedding of {} cannot hold {} labels", source.width, task.classes);
                let finding =
                    Diagnostic::error("E0310", title, arm.span, "labels are one-hot in the space of the embedding")
                        .help(format!("give the data source a width of at least {}", task.classes));
                self.report(finding);
                return false;
            }
        }
        let text = |task: &Task| matches!(task.form, Form::Text { .. });
        let tokenizer = training.model.tokenizer.is_some() || training.model.pretrained.is_some();
        if let Some(task) = training.tasks.iter().find(|task| text(task) != tokenizer) {
            let (title, help) = if tokenizer {
                (format!("the model has a tokenizer, but `{}` shows no text", short(task)), "take the tokenizer away")
            } else {
                let help = "give the model a `tokenizer`, such as a table of words";
                (format!("`{}` shows text, but the model has no tokenizer", short(task)), help)
            };
            self.fault("E0319", title, stated("model"), "text and tokens", help);
            return false;
        }
        let (outputs, width) = (training.outputs(), training.token_width());
        if training.model.tied && !tokenizer && outputs > width {
            let title = format!("a tied read-out of {outputs} outputs for tokens that are {width} wide");
            let help = "take `tied` away, or make tokens wider; labels and the classes of read-out losses are outputs";
            self.fault("E0302", title, stated("model"), "more outputs than the read-in has rows", help);
            return false;
        }
        let Some(first) = training.tasks.first() else { return true };
        for (place, task) in training.tasks.iter().enumerate().skip(1) {
            let kind = |task: &Task| std::mem::discriminant(&task.form);
            let differs = if kind(first) != kind(task) {
                "one is of examples, the other of tokens"
            } else if first.real != task.real {
                "one predicts labels, the other numbers"
            } else if place < trained && first.input_width != task.input_width {
                "they read inputs of different widths"
            } else if first.input_width != task.input_width {
                "it is measured on inputs of another width than it is trained on"
            } else {
                continue;
            };
            let [a, b] = [first, task].map(short);
            let title = format!("`{a}` and `{b}` cannot share a model");
            let by = measured.iter().find(|(_, value)| measured_task(value).is_some_and(|of| same(of, task)));
            let span = match by {
                Some((name, _)) if place >= trained => name.span,
                _ => stated("curriculum"),
            };
            self.fault("E0320", title, span, differs, "give each an experiment of its own");
            return false;
        }
        true
    }

    /// Whether every site that is read exists in the model.
    pub fn sites(&mut self, model: &Model, loss: &LossValue, measures: &[(Name, Value)]) {
        if model.pretrained.is_some() {
            return;
        }
        for (_, value) in measures {
            match value {
                Value::Probe(probe) => {
                    let what = format!("probe `{}`", probe.name);
                    self.seen(model, (probe.context, probe.site), &what, probe.site_span);
                }
                Value::Metric(metric) => match &metric.kind {
                    MetricKind::Inside { measure, numbers } => self.inside_sites(model, measure, numbers, metric.span),
                    MetricKind::Score { under: Some(change), .. } => self.changed_sites(model, &[Rc::clone(change)]),
                    MetricKind::Score { .. } => {}
                },
                _ => {}
            }
        }
        for (_, term) in &loss.0 {
            if let TermValue::Readout { probe, context, site, span, .. } = term {
                let what = format!("the read-out of probe `{}`", probe.name);
                self.seen(model, (*context, *site), &what, *span);
            }
        }
    }

    /// Whether there is anything to read at a site in a context.
    fn seen(&mut self, model: &Model, (context, site): (Context, Site), what: &str, span: Span) {
        if context.has(site) {
            self.site(model, site, what, span);
            return;
        }
        let title = format!("{what} reads attention, which `context: {}` takes away", context.word());
        self.fault("E0304", title, span, "nothing is there", "write `context: full`, or read the stream");
    }

    pub fn changed_sites(&mut self, model: &Model, changes: &[Rc<InterventionValue>]) {
        for change in changes {
            if let Some(site) = change.change.site() {
                self.site(model, site, "this intervention", change.span);
            }
        }
    }

    pub fn inside_sites(&mut self, model: &Model, measure: &str, numbers: &[usize], span: Span) {
        match (measure, numbers) {
            (
                "induction_score"
                | "previous_token_score"
                | "duplicate_token_score"
                | "copying_score"
                | "attention_entropy",
                [layer, head],
            ) => {
                self.site(model, Site::Pattern(*layer, *head), &format!("`{measure}`"), span);
            }
            ("cosine_collapse" | "cosine_similarity" | "cka" | "logit_lens", places) => {
                for after in &places[..places.len().min(2)] {
                    self.site(model, Site::Residual(*after), &format!("`{measure}`"), span);
                }
            }
            _ => {}
        }
    }

    /// Whether a measure of the inside says anything of a task.
    pub fn looked_inside(&mut self, measure: &str, task: &Task, span: Span) -> Option<()> {
        let labels = task.nodes[task.input].labels.len() == 1 && task.nodes[task.input].shape.is_empty();
        let (label, help) = match measure {
            "induction_score" | "copying_score" if task.real => {
                ("its targets are numbers", "no two numbers are the same target: look at a task of labels")
            }
            "duplicate_token_score" if task.form == Form::Pairs && !labels => {
                ("its inputs are vectors", "no two vectors are the same token: look at a task of labels or tokens")
            }
            _ => return Some(()),
        };
        let title = format!("`{measure}` says nothing of `{}`", short(task));
        self.fault("E0310", title, span, label, help);
        None
    }

    pub fn site(&mut self, model: &Model, site: Site, what: &str, span: Span) {
        let layers = model.layers();
        if let Site::Residual(after) = site
            && after > layers
        {
            let title = format!("{what} reads after layer {after} of a model with {}", counted(layers, "layer"));
            let finding = Diagnostic::error("E0304", title, span, "no such place")
                .help(format!("`after` goes from 0, the embedding, to {layers}"));
            self.report(finding);
            return;
        }
        let (layer, head) = site.needs();
        if let Some(layer) = layer.filter(|layer| *layer >= layers) {
            let title = format!("{what} looks at layer {layer} of a model with {}", counted(layers, "layer"));
            let finding = Diagnostic::error("E0304", title, span, "no such layer");
            let all = match layers {
                0 | 1 => "write layer 0, the only one".into(),
                many => format!("layers count from 0 to {}", many - 1),
            };
            self.report(finding.help(all));
            return;
        }
        let heads = layer.and_then(|layer| {
            let mut attentions = model.blocks.iter().filter_map(|block| match block {
                Sublayer::Attention { heads, .. } => Some(*heads),
                Sublayer::Mlp { .. } => None,
            });
            attentions.nth(layer)
        });
        if let (Some(head), Some(heads)) = (head, heads)
            && head >= heads
        {
            let title = format!("{what} looks at head {head} of a layer with {}", counted(heads, "head"));
            let finding = Diagnostic::error("E0304", title, span, "no such head");
            let all = if heads == 1 {
                "write head 0, the only one".into()
            } else {
                format!("heads count from 0 to {}", heads - 1)
            };
            self.report(finding.help(all));
        }
        if let (Site::MlpOut(layer), true) =
            (site, model.blocks.iter().all(|block| !matches!(block, Sublayer::Mlp { .. })))
        {
            let title = format!("{what} looks at the mlp of layer {layer}, but the model has attention only");
            self.fault("E0304", title, span, "no mlp", "read `attention_out(...)` or `residual(...)`");
        }
    }
}

/// The task that a measure looks at.
pub fn measured_task(value: &Value) -> Option<&Task> {
    match value {
        Value::Metric(metric) => metric.task.as_deref(),
        Value::Probe(probe) => Some(&probe.task),
        _ => None,
    }
}

/// Whether both are one task, however their calls are written.
fn same(a: &Task, b: &Task) -> bool {
    *a == Task { title: a.title.clone(), ..b.clone() }
}

/// A task as messages name it: with its arguments where they are few.
fn short(task: &Task) -> String {
    if task.title.chars().count() <= 32 {
        return task.title.clone();
    }
    task.title.split_once('(').map_or(task.title.clone(), |(name, _)| format!("{name}(...)"))
}
