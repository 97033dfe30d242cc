//! Plots of reports: what they show, along which axis, and at what time.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::study::conclusions::Asked;
use crate::check::study::phrases::Reported;
use crate::check::task::levels::{Predicted, misfit};
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::figure::{Axis, Figure, Moment, Quantity, Shown};
use crate::program::model::Site;
use crate::program::task::{Form, Reference, Task};
use crate::program::training::Compared;
use crate::registry::{Dimension, nearest, unit};
use crate::syntax::tree::{Block, Clause, EntryKind, Expr, ExprKind, Name};

/// The words that an axis may be besides swept names.
const AXES: [&str; 2] = ["arm", "layer"];

/// What stands around the phrase of a plot.
#[derive(Clone, Copy)]
pub struct Around<'a, 'e> {
    /// The experiment.
    pub block: &'a Block,
    pub asked: &'a Asked<'a>,
    pub env: Env<'e>,
}

/// The clauses of a plot.
#[derive(Default)]
struct Clauses {
    by: Option<Axis>,
    layer: Option<Span>,
    each: Option<Axis>,
    across: Option<Across>,
    /// Whether there is another axis than time, be it known or not.
    against: bool,
    /// A time that follows the phrase.
    at: Option<(Option<Moment>, Span)>,
}

/// What stands on the horizontal axis where it is not time.
enum Across {
    Knob(String),
    Quantity(Quantity),
}

impl Checker<'_> {
    /// The figures of one `plot:` line.
    pub fn plots(&mut self, value: &Expr, clauses: &[Clause], around: Around<'_, '_>, report: &mut Reported) {
        let before = self.findings.len();
        let clauses = self.clauses(clauses, around);
        let figures = self.figures(value, &clauses, around, report);
        if self.findings.len() == before {
            report.figures.extend(figures);
        }
    }

    fn figures(
        &mut self,
        value: &Expr,
        clauses: &Clauses,
        around: Around<'_, '_>,
        report: &mut Reported,
    ) -> Vec<Figure> {
        let Around { block, asked, env } = around;
        if let ExprKind::Phrase { words, subject } = &value.kind {
            let said: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            match (said.as_slice(), subject.as_deref()) {
                (["error", "by", "position", ..], subject) => {
                    if let Some(subject) = subject {
                        self.compared(subject, true, asked, env);
                        report.references.extend(self.references(subject, env));
                    }
                    self.idle(clauses, value.span, "the positions are the axis of this plot");
                    return vec![Figure::ByPosition];
                }
                (["distance", "to"], Some(subject)) => {
                    self.idle(clauses, value.span, "every reference is a curve, every combination a panel");
                    self.compared(subject, false, asked, env);
                    let references = self.references(subject, env);
                    return asked.names.map(|names| report.distances(names.len(), references)).into_iter().collect();
                }
                (["survival"], _) => {
                    self.needs_plateau(block, value.span, asked.words);
                    let by = clauses.by.clone().unwrap_or(Axis::Arm);
                    return vec![Figure::Survival { by, each: clauses.each.clone() }];
                }
                _ => {
                    let help = "write a measure, `error by position for [...]`, `distance to [...]` or `survival`";
                    self.fault("E0301", "this is no plot", value.span, "no phrase of a plot", help);
                    return Vec::new();
                }
            }
        }
        if let Some(layer) = clauses.layer {
            return self.layers(value, layer, asked);
        }
        let mut quantities = Vec::new();
        self.quantities(value, clauses.at.and_then(|(at, _)| at), around, &mut quantities);
        let each = clauses.each.clone();
        match &clauses.across {
            Some(Across::Knob(knob)) => vec![Figure::Against { quantities, knob: knob.clone(), each }],
            Some(Across::Quantity(x)) => quantities.into_iter().map(|y| Figure::Scatter { y, x: *x }).collect(),
            None if clauses.against => Vec::new(),
            None => self.curves(value, &quantities, clauses).into_iter().collect(),
        }
    }

    /// Curves over training, which have no one time and no exit to show.
    fn curves(&mut self, value: &Expr, quantities: &[Quantity], clauses: &Clauses) -> Option<Figure> {
        let mut shown = Vec::new();
        for quantity in quantities {
            match quantity {
                Quantity::Exit => {
                    let help = "write `plateau against` a swept name or a measure, or `survival by arm`";
                    self.fault("E0301", "a plateau is no curve over training", value.span, "one number a run", help);
                    return None;
                }
                Quantity::Value { at: Some(_), .. } => {
                    let title = "`at` does nothing in curves over training";
                    let help = "remove it, or write `against` and a swept name";
                    self.fault("E0211", title, value.span, "nothing reads this", help);
                    return None;
                }
                Quantity::Value { shown: one, at: None } => shown.push(*one),
            }
        }
        let by = clauses.by.clone().unwrap_or(Axis::Arm);
        (!shown.is_empty()).then(|| Figure::Curves { shown, by, each: clauses.each.clone() })
    }

    /// A map of layers for each of some probes.
    fn layers(&mut self, value: &Expr, axis: Span, asked: &Asked<'_>) -> Vec<Figure> {
        let items: &[Expr] = match &value.kind {
            ExprKind::List(items) => items,
            _ => std::slice::from_ref(value),
        };
        let mut figures = Vec::new();
        for item in items {
            self.layered(item, asked, axis);
            figures.extend(self.measure_named(item, asked).map(|measure| Figure::Layers { measure }));
        }
        figures
    }

    /// Only a probe of every layer has a value for each.
    fn layered(&mut self, value: &Expr, asked: &Asked<'_>, span: Span) {
        let (ExprKind::Name(name), Some(names)) = (&value.kind, asked.names) else {
            let help = "write the name of a probe that reads `residual(after: all)`";
            self.fault("E0301", "only a probe has a value for each layer", value.span, "one number only", help);
            return;
        };
        let of = names.iter().find(|(known, _)| known.text == *name).map(|(_, value)| value);
        let everywhere = matches!(of, Some(Value::Probe(probe)) if probe.site == Site::Everywhere);
        if !everywhere && !matches!(of, None | Some(Value::Poison)) {
            let title = format!("`{name}` has no value for each layer");
            let help = "read `residual(after: all)` in its probe";
            self.fault("E0301", title, span, "one number only", help);
        }
    }

    /// What a phrase speaks of, each thing at its own time or at that which follows all of them.
    fn quantities(&mut self, value: &Expr, at: Option<Moment>, around: Around<'_, '_>, found: &mut Vec<Quantity>) {
        match &value.kind {
            ExprKind::Name(name) if name == "plateau" => {
                self.needs_plateau(around.block, value.span, around.asked.words);
                found.push(Quantity::Exit);
            }
            ExprKind::List(items) => items.iter().for_each(|item| self.quantities(item, at, around, found)),
            ExprKind::At { subject, place } => {
                if let Some(at) = self.time(place, around.asked) {
                    self.quantities(subject, at, around, found);
                }
            }
            _ => {
                self.one_number(value, around.asked);
                if let Some(shown) = self.shown_measure(value, around) {
                    found.push(Quantity::Value { shown, at });
                }
            }
        }
    }

    /// A measure, with the layer that is chosen of it.
    pub fn shown_measure(&mut self, value: &Expr, around: Around<'_, '_>) -> Option<Shown> {
        let measure = self.measure_named(value, around.asked)?;
        let site = match &value.kind {
            ExprKind::Index { index, .. } => {
                let [index] = index.as_slice() else { return None };
                let at = self.eval(index, around.env);
                Some(self.whole(&at, index.span)?.axis()?)
            }
            _ => None,
        };
        Some(Shown { measure, site })
    }

    /// The clauses of a plot, each at most once.
    fn clauses(&mut self, clauses: &[Clause], around: Around<'_, '_>) -> Clauses {
        let mut read = Clauses::default();
        let mut words: Vec<&str> = Vec::new();
        for clause in clauses {
            let word = clause.word.text.as_str();
            let role = if word == "along" { "against" } else { word };
            if words.contains(&role) {
                let title = format!("`{word}` stands twice in this plot");
                self.fault("E0211", title, clause.word.span, "nothing reads this", "remove it");
                continue;
            }
            words.push(role);
            match (role, &clause.value.kind) {
                ("at", _) => read.at = self.time(&clause.value, around.asked).map(|at| (at, clause.value.span)),
                ("by" | "for each", ExprKind::Name(axis)) => match self.axis(axis, clause.value.span, around) {
                    Some(axis) if word == "by" => read.by = Some(axis),
                    Some(axis) => read.each = Some(axis),
                    None if axis == "layer" && word == "by" => read.layer = Some(clause.value.span),
                    None if axis == "layer" => {
                        let help = "write `by layer`";
                        let title = "there is no plot for each layer";
                        self.fault("E0301", title, clause.value.span, "not an axis of panels", help);
                    }
                    None => {}
                },
                ("by" | "for each", _) => {
                    let help = "write `arm`, `layer` or a swept name";
                    self.fault("E0301", "an axis is a name", clause.value.span, "no name", help);
                }
                ("against", _) => {
                    read.against = true;
                    read.across = self.across(&clause.value, around);
                }
                _ => {
                    let title = format!("`{word}` does nothing in a plot");
                    self.fault("E0211", title, clause.word.span, "nothing reads this", "remove it");
                }
            }
        }
        // `plateau against weights at 50 epochs`: the time belongs to what stands before it.
        if let (Some(Across::Quantity(Quantity::Value { at: at @ None, .. })), Some((time, _))) =
            (&mut read.across, read.at)
        {
            *at = time;
            read.at = None;
        }
        read
    }

    /// What `against` names: a swept name whose values are numbers, or a number of a run.
    fn across(&mut self, value: &Expr, around: Around<'_, '_>) -> Option<Across> {
        if let ExprKind::Name(name) = &value.kind {
            let measured = around.asked.names.is_some_and(|names| names.iter().any(|(known, _)| known.text == *name));
            if swept(around.block).iter().any(|known| known.text == *name) {
                return self.numbers(name, value, around).then(|| Across::Knob(name.clone()));
            }
            if AXES.contains(&name.as_str()) {
                let title = format!("`{name}` is no number to draw against");
                let help = format!("write `by {name}`");
                self.fault("E0301", title, value.span, "no number", help);
                return None;
            }
            if !measured && name != "plateau" {
                self.no_axis(name, value.span, around);
                return None;
            }
        }
        let mut found = Vec::new();
        self.quantities(value, None, around, &mut found);
        match found.as_slice() {
            [one] => Some(Across::Quantity(*one)),
            [] => None,
            _ => {
                let help = "write one measure, or a plot for each of them";
                self.fault("E0301", "a plot has one horizontal axis", value.span, "several", help);
                None
            }
        }
    }

    /// Whether the values of a swept name are numbers.
    fn numbers(&mut self, name: &str, value: &Expr, around: Around<'_, '_>) -> bool {
        let known = self.eval(value, around.env);
        let number = matches!(
            known,
            Value::Number { .. } | Value::Duration(_) | Value::Quantity { .. } | Value::Unknown(_) | Value::Poison
        );
        if !number {
            let title = format!("the values of `{name}` are no numbers, so nothing can be drawn against them");
            self.fault("E0301", title, value.span, "words on an axis of numbers", format!("write `by {name}`"));
        }
        number
    }

    /// An axis that tells curves or panels apart; none of a layer, and of what is told to be no axis.
    fn axis(&mut self, axis: &str, span: Span, around: Around<'_, '_>) -> Option<Axis> {
        if swept(around.block).iter().any(|name| name.text == axis) {
            return Some(Axis::Knob(axis.to_owned()));
        }
        match axis {
            "arm" => Some(Axis::Arm),
            "layer" => None,
            _ => {
                self.no_axis(axis, span, around);
                None
            }
        }
    }

    fn no_axis(&mut self, axis: &str, span: Span, around: Around<'_, '_>) {
        let swept = swept(around.block);
        let known = || AXES.iter().copied().chain(swept.iter().map(|name| name.text.as_str()));
        let meant = nearest(axis, known());
        let help = match meant {
            _ if axis == "seed" || axis == "seeds" => "write `by arm`: seeds are the thin curves of every plot".into(),
            Some(meant) => format!("write `{meant}`"),
            None if swept.is_empty() => format!("write `by arm`, or add `sweep {axis} in [...]`"),
            None => format!("the axes are {}", known().collect::<Vec<_>>().join(", ")),
        };
        let title = format!("a plot has no axis `{axis}`");
        let finding = Diagnostic::error("E0201", title, span, "not found").help(help);
        self.report(finding);
    }

    /// A plot that has its axis already takes no other.
    fn idle(&mut self, clauses: &Clauses, span: Span, why: &str) {
        if clauses.by.is_some() || clauses.layer.is_some() || clauses.each.is_some() || clauses.across.is_some() {
            self.fault("E0211", "`by` and `against` do nothing here", span, why, "remove them");
        }
    }

    /// A time of a run, which every run must have; `Some(None)` is the last evaluation.
    #[allow(clippy::option_option)]
    fn time(&mut self, place: &Expr, asked: &Asked<'_>) -> Option<Option<Moment>> {
        if matches!(&place.kind, ExprKind::Name(name) if name == "last") {
            return Some(None);
        }
        let ExprKind::Quantity { value, unit: word, .. } = &place.kind else {
            let help = "write a time of the run, such as `at 50 epochs`";
            self.fault("E0301", "this is no time of a run", place.span, "no time", help);
            return None;
        };
        let dimension = unit(&word.text).map(|unit| unit.dimension);
        let steps = match (dimension, asked.epoch) {
            (Some(Dimension::Steps), _) => *value,
            (Some(Dimension::Epochs), Some(epoch)) => value * epoch as f64,
            (Some(Dimension::Epochs), None) => {
                if asked.shortest.is_some() {
                    let help = "give it in steps, or fix the data: `data: 100k sequences`";
                    self.fault("E0305", "an epoch has no length where data is fresh", place.span, "in epochs", help);
                }
                return None;
            }
            (None, _) => {
                let help = nearest(&word.text, ["steps", "epochs"]).unwrap_or("steps");
                let title = format!("`{}` is not a unit", word.text);
                self.fault("E0203", title, word.span, "unknown unit", format!("write `{help}`"));
                return None;
            }
            _ => {
                let help = "write it in steps or epochs";
                self.fault("E0301", "this is no time of a run", place.span, "another unit", help);
                return None;
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
            return None;
        }
        Some(Some(Moment { amount: *value, epochs: dimension == Some(Dimension::Epochs) }))
    }

    /// The references of a list, each under its name as written.
    fn references(&mut self, subject: &Expr, env: Env<'_>) -> Vec<Compared> {
        let items: &[Expr] = match &subject.kind {
            ExprKind::List(items) => items,
            _ => std::slice::from_ref(subject),
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
                Value::Reference(Reference::Posterior) => "posterior".into(),
                Value::Reference(_) if !model => {
                    let title = "a level says what it scores, not what it predicts";
                    let help = "write a predictor, such as `ngram(1, 1)`, `least_squares` or `posterior`";
                    self.fault("E0316", title, item.span, "no prediction to be distant from", help);
                    continue;
                }
                Value::Reference(_) | Value::Poison => continue,
                other => {
                    self.mismatch(if model { "`model` or a reference" } else { "a reference" }, &other, item.span);
                    continue;
                }
            };
            if let Some((reason, help)) = asked.task.and_then(|task| misfit(&reference, predicted(task))) {
                let title = format!("`{reference}` is no baseline of this task, {reason}");
                let finding = Diagnostic::error("E0316", title, item.span, "a baseline of another task");
                self.report(finding.help(help));
            } else if let ("posterior", Some(Err(reason))) = (reference.as_str(), asked.task.map(Task::tractable)) {
                let title = "the posterior of this task cannot be computed exactly";
                let finding = Diagnostic::error("E0316", title, item.span, reason);
                self.report(finding.help("draw the latents from a smaller pool, or leave it out"));
            }
        }
    }
}

/// The names that an experiment sweeps.
fn swept(block: &Block) -> Vec<&Name> {
    (block.entries.iter())
        .filter_map(|entry| if let EntryKind::Sweep { names, .. } = &entry.kind { Some(names) } else { None })
        .flatten()
        .collect()
}

/// What a reference needs to know of a task that is made.
fn predicted(task: &Task) -> Predicted {
    let input = &task.nodes[task.input];
    Predicted { tokens: task.form == Form::Tokens, real: task.real, vector: input.labels.is_empty() }
}
