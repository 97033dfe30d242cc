//! Phrases of reports: tables and plots, what they speak of, along which axis, and at what time.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::study::conclusions::Asked;
use crate::check::study::experiment::nested;
use crate::check::task::levels::{Predicted, misfit};
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::Figure;
use crate::program::model::Site;
use crate::program::task::{Form, Reference, Task};
use crate::program::training::Compared;
use crate::registry::{nearest, unit};
use crate::syntax::tree::{Block, Clause, EntryKind, Expr, ExprKind};

/// The words that a report's axis may be besides swept names.
const AXES: [&str; 2] = ["arm", "layer"];

/// What a report block asks for.
#[derive(Default)]
pub struct Reported {
    pub tables: Vec<String>,
    pub figures: Vec<Figure>,
    /// What the error by position is compared with.
    pub references: Vec<Compared>,
}

impl Checker<'_> {
    /// The tables and figures of the report.
    pub fn report_block(&mut self, block: &Block, asked: &Asked<'_>, env: Env<'_>) -> Reported {
        let mut report = Reported::default();
        let Some((_, inner)) = nested(block, "report") else { return report };
        for entry in &inner.entries {
            let EntryKind::Setting { key, value, clauses, .. } = &entry.kind else { continue };
            match key.text.as_str() {
                "table" => report.tables.extend(self.table_phrase(block, value, clauses, asked)),
                "plot" => {
                    let plain = matches!(value.kind, ExprKind::Name(_));
                    let by_arm = |clause: &Clause| {
                        clause.word.text == "by" && matches!(&clause.value.kind, ExprKind::Name(axis) if axis == "arm")
                    };
                    let layered =
                        |clause: &Clause| matches!(&clause.value.kind, ExprKind::Name(axis) if axis == "layer");
                    let layered = clauses.iter().any(layered);
                    let place = self.plot(block, value, (asked, layered), env);
                    let axes = self.axes(block, value, clauses, asked);
                    if plain && clauses.len() == 1 && by_arm(&clauses[0]) {
                        report.figures.extend(place.filter(|_| axes).map(|measure| Figure::Curves { measure }));
                    } else if let (Some(subject), true) = (by_position(value), clauses.is_empty()) {
                        report.figures.push(Figure::ByPosition);
                        report.references.extend(self.references(subject, env));
                    } else {
                        self.later("a plot of anything but `M by arm`", entry.span);
                    }
                }
                _ => {}
            }
        }
        report
    }

    /// The references of a list, each under its name as written.
    fn references(&mut self, subject: Option<&Expr>, env: Env<'_>) -> Vec<Compared> {
        let items: &[Expr] = match subject.map(|subject| &subject.kind) {
            Some(ExprKind::List(items)) => items,
            _ => subject.map_or(&[], std::slice::from_ref),
        };
        let mut references = Vec::new();
        for item in items {
            // What is wrong with it was told when the plot was looked at.
            let (before, later) = (self.findings.len(), self.not_run.len());
            match self.eval(item, env) {
                Value::Reference(reference) => references.push(Compared { name: self.text(item.span), reference }),
                Value::Ridge(lambda) => {
                    let ridge = Reference::Predictor { name: "ridge".into(), args: vec![lambda], of: None };
                    references.push(Compared { name: self.text(item.span), reference: ridge });
                }
                _ => {}
            }
            self.findings.truncate(before);
            self.not_run.truncate(later);
        }
        references
    }

    fn table_phrase(&mut self, block: &Block, value: &Expr, clauses: &[Clause], asked: &Asked<'_>) -> Option<String> {
        match &value.kind {
            ExprKind::Name(name) if name == "plateau" || name == "final" => {
                if let Some(clause) = clauses.first() {
                    let title = format!("`{}` does nothing after `table: {name}`", clause.word.text);
                    self.fault("E0211", title, clause.word.span, "nothing reads this", "remove it");
                }
                if name == "plateau" {
                    self.needs_plateau(block, value.span, asked.words);
                } else {
                    self.later("`table: final`", value.span);
                }
                Some(name.clone())
            }
            ExprKind::Phrase { words, subject: Some(subject) } if words[0].text == "onset" => {
                self.later("`table: onset`", value.span);
                self.measure_named(subject, asked);
                self.one_number(subject, asked);
                match clauses {
                    [clause] if clause.word.text == "before" => {
                        self.measure_named(&clause.value, asked);
                        self.one_number(&clause.value, asked);
                    }
                    _ => {
                        let help = "write `onset of a before b`";
                        self.fault("E0301", "an onset is compared with another", value.span, "before what?", help);
                    }
                }
                None
            }
            ExprKind::Name(name) => {
                let meant = nearest(name, ["plateau", "final"]).unwrap_or("plateau");
                let finding =
                    Diagnostic::error("E0201", format!("there is no table `{name}`"), value.span, "not found");
                self.report(finding.help(format!("write `{meant}`")));
                None
            }
            _ => {
                let help = "write `plateau`, `final` or `onset of a before b`";
                self.fault("E0301", "this is no table", value.span, "no phrase of a table", help);
                None
            }
        }
    }

    /// What a plot shows; the place of the measure where it is a single one.
    fn plot(
        &mut self,
        block: &Block,
        value: &Expr,
        (asked, layered): (&Asked<'_>, bool),
        env: Env<'_>,
    ) -> Option<usize> {
        match &value.kind {
            ExprKind::Name(name) if name == "plateau" => {
                self.needs_plateau(block, value.span, asked.words);
                None
            }
            ExprKind::List(items) => {
                for item in items {
                    self.plot(block, item, (asked, layered), env);
                }
                None
            }
            ExprKind::At { subject, place } => {
                self.time(place, asked);
                self.plot(block, subject, (asked, layered), env)
            }
            ExprKind::Phrase { words, subject } => {
                let said: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                match (said.as_slice(), subject) {
                    (["error", "by", "position", ..], Some(subject)) => self.compared(subject, true, asked, env),
                    (["distance", "to"], Some(subject)) => self.compared(subject, false, asked, env),
                    (["error", "by", "position"], None) => {}
                    (["survival"], _) => self.needs_plateau(block, value.span, asked.words),
                    _ => {
                        let help = "write a measure, `error by position for [...]`, `distance to [...]` or `survival`";
                        self.fault("E0301", "this is no plot", value.span, "no phrase of a plot", help);
                    }
                }
                None
            }
            _ => {
                if !layered {
                    self.one_number(value, asked);
                }
                self.measure_named(value, asked)
            }
        }
    }

    /// The model and references that a plot compares it with.
    fn compared(&mut self, subject: &Expr, model: bool, asked: &Asked<'_>, env: Env<'_>) {
        let items: Vec<&Expr> = match &subject.kind {
            ExprKind::List(items) => items.iter().collect(),
            _ => vec![subject],
        };
        for item in items {
            if model && matches!(&item.kind, ExprKind::Name(name) if name == "model") {
                continue;
            }
            let before = self.findings.len();
            self.named_outside(item, env);
            if self.findings.len() > before {
                continue;
            }
            let reference = match self.eval(item, env) {
                Value::Reference(Reference::Predictor { name, .. }) => name,
                Value::Ridge(_) => "ridge".into(),
                Value::Reference(_) | Value::Poison => continue,
                other => {
                    self.mismatch("`model` or a reference", &other, item.span);
                    continue;
                }
            };
            if let Some((reason, help)) = asked.task.and_then(|task| misfit(&reference, predicted(task))) {
                let title = format!("`{reference}` is no baseline of this task, {reason}");
                let finding = Diagnostic::error("E0316", title, item.span, "a baseline of another task");
                self.report(finding.help(help));
            }
        }
    }

    /// A time of a run, which every run must have.
    fn time(&mut self, place: &Expr, asked: &Asked<'_>) {
        let ExprKind::Quantity { value, unit: word, .. } = &place.kind else {
            let help = "write a time of the run, such as `at 50 epochs`";
            self.fault("E0301", "this is no time of a run", place.span, "no time", help);
            return;
        };
        let dimension = unit(&word.text).map(|unit| unit.dimension);
        let steps = match (dimension, asked.epoch) {
            (Some(crate::registry::Dimension::Steps), _) => *value,
            (Some(crate::registry::Dimension::Epochs), Some(epoch)) => value * epoch as f64,
            (Some(crate::registry::Dimension::Epochs), None) => {
                if asked.shortest.is_some() {
                    let help = "give it in steps, or fix the data: `data: 100k sequences`";
                    self.fault("E0305", "an epoch has no length where data is fresh", place.span, "in epochs", help);
                }
                return;
            }
            (None, _) => {
                let help = nearest(&word.text, ["steps", "epochs"]).unwrap_or("steps");
                let title = format!("`{}` is not a unit", word.text);
                self.fault("E0203", title, word.span, "unknown unit", format!("write `{help}`"));
                return;
            }
            _ => {
                let help = "write it in steps or epochs";
                self.fault("E0301", "this is no time of a run", place.span, "another unit", help);
                return;
            }
        };
        if let Some(shortest) = asked.shortest
            && steps > shortest as f64
        {
            let title = format!("step {steps} lies beyond the run, which has {shortest} steps");
            let help = match asked.epoch {
                Some(epoch) => format!("write a time up to {} epochs", shortest / epoch),
                None => format!("write a time up to {shortest} steps"),
            };
            self.fault("E0317", title, place.span, "never trained, so nothing is saved there", help);
        }
    }

    /// The axes of a plot; whether all of them exist.
    fn axes(&mut self, block: &Block, value: &Expr, clauses: &[Clause], asked: &Asked<'_>) -> bool {
        let swept: Vec<&str> = (block.entries.iter())
            .filter_map(|entry| if let EntryKind::Sweep { names, .. } = &entry.kind { Some(names) } else { None })
            .flatten()
            .map(|name| name.text.as_str())
            .collect();
        let before = self.findings.len();
        for clause in clauses {
            match (clause.word.text.as_str(), &clause.value.kind) {
                ("by" | "for each" | "along" | "against", ExprKind::Name(axis)) => {
                    let measured = asked.names.is_some_and(|names| names.iter().any(|(name, _)| name.text == *axis));
                    if swept.contains(&axis.as_str()) {
                        continue;
                    }
                    if clause.word.text == "against" && measured {
                        self.one_number(&clause.value, asked);
                        continue;
                    }
                    if AXES.contains(&axis.as_str()) {
                        self.layered(axis, value, asked, clause.value.span);
                        continue;
                    }
                    self.no_axis(axis, &swept, clause.value.span);
                }
                ("against", ExprKind::At { subject, place }) => {
                    self.time(place, asked);
                    self.measure_named(subject, asked);
                    self.one_number(subject, asked);
                }
                ("at", _) => self.time(&clause.value, asked),
                ("by" | "for each" | "along" | "against", _) => {
                    let help = "write `arm`, `layer` or a swept name";
                    self.fault("E0301", "an axis is a name", clause.value.span, "no name", help);
                }
                (word, _) => {
                    let title = format!("`{word}` does nothing in a plot");
                    self.fault("E0211", title, clause.word.span, "nothing reads this", "remove it");
                }
            }
        }
        self.findings.len() == before
    }

    fn no_axis(&mut self, axis: &str, swept: &[&str], span: Span) {
        let known = || AXES.iter().copied().chain(swept.iter().copied());
        let help = match nearest(axis, known()) {
            _ if axis == "seed" || axis == "seeds" => "write `by arm`: seeds are the thin curves of every plot".into(),
            Some(meant) => format!("write `{meant}`"),
            None if swept.is_empty() => format!("write `by arm`, or add `sweep {axis} in [...]`"),
            None => format!("the axes are {}", known().collect::<Vec<_>>().join(", ")),
        };
        let title = format!("a plot has no axis `{axis}`");
        self.report(Diagnostic::error("E0201", title, span, "not found").help(help));
    }

    /// Only a probe of every layer has a value for each.
    fn layered(&mut self, axis: &str, value: &Expr, asked: &Asked<'_>, span: Span) {
        if axis != "layer" {
            return;
        }
        let (ExprKind::Name(name), Some(names)) = (&value.kind, asked.names) else { return };
        let of = names.iter().find(|(known, _)| known.text == *name).map(|(_, value)| value);
        let everywhere = matches!(of, Some(Value::Probe(probe)) if probe.site == Site::Everywhere);
        if !everywhere && !matches!(of, None | Some(Value::Poison)) {
            let title = format!("`{name}` has no value for each layer");
            let help = "read `residual(after: all)` in its probe";
            self.fault("E0301", title, span, "one number only", help);
        }
    }
}

/// What an error by position is drawn for, where a plot is one.
#[allow(clippy::option_option)]
fn by_position(value: &Expr) -> Option<Option<&Expr>> {
    let ExprKind::Phrase { words, subject } = &value.kind else { return None };
    let said = words.iter().map(|word| word.text.as_str()).take(3);
    said.eq(["error", "by", "position"]).then_some(subject.as_deref())
}

/// What a reference needs to know of a task that is made.
fn predicted(task: &Task) -> Predicted {
    let input = &task.nodes[task.input];
    Predicted { tokens: task.form == Form::Tokens, real: task.real, vector: input.labels.is_empty() }
}
