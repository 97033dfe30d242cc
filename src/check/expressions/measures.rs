//! Scores, measures of the inside, read-out losses and interventions.

use crate::check::Checker;
use crate::check::expressions::builtins::Bound;
use crate::check::values::value::{InterventionValue, LossValue, MetricKind, MetricValue, RateValue, TermValue, Value};
use crate::diagnostic::Span;
use crate::program::model::{Context, Place, Site};
use crate::program::training::{Cells, Change, Clamp, Position, Score, With};
use crate::registry::Builtin;
use std::rc::Rc;

impl Checker<'_> {
    pub fn readout(&mut self, bound: &mut Bound, span: Span) -> Option<Value> {
        let (value, at) = bound.given(0)?;
        let Value::Probe(probe) = value else { return Some(self.mismatch("a probe", &value, at)) };
        let context = match bound.given(1) {
            Some((Value::Word(word), _)) => Context::of(&word).unwrap_or(Context::Full),
            _ => Context::Full,
        };
        let (site, place, at) = match bound.given(2) {
            Some((Value::Site(site), at)) => (site, Place::Input, at),
            Some((Value::Reading(site, place), at)) => (site, place, at),
            Some((other, at)) => return Some(self.mismatch("a site", &other, at)),
            None => (probe.site, probe.place.clone(), span),
        };
        if matches!(site, Site::Everywhere | Site::Pattern(..) | Site::Head(..)) {
            self.later("a read-out loss at this site", at);
        }
        let term = TermValue::Readout { probe, context, site, place, span };
        Some(Value::Loss(LossValue(vec![(RateValue::Constant(1.0), term)])))
    }

    pub fn score(&mut self, bound: &mut Bound, score: Score, span: Span) -> Option<Value> {
        let (value, at) = bound.given(0)?;
        let Value::Task(task) = value else { return Some(self.mismatch("a task", &value, at)) };
        let problem = match (score, task.real) {
            (Score::Accuracy, true) => Some(("an accuracy is of labels", "write `squared_error(task)`")),
            (Score::CrossEntropy, true) => Some(("a cross-entropy is of labels", "write `squared_error(task)`")),
            (Score::SquaredError, false) => {
                Some(("a squared error is of real targets", "write `cross_entropy(task)` or `accuracy(task)`"))
            }
            _ => None,
        };
        if let Some((title, help)) = problem {
            let target = if task.real { "its target is real" } else { "its target is a label" };
            return Some(self.fault("E0310", title, at, target, help));
        }
        let under = match bound.given(1) {
            Some((Value::Intervention(change), _)) => Some(change),
            _ => None,
        };
        let training = score != Score::Progress && bound.given(2).is_some_and(|(on, _)| on.is_word("training"));
        let kind = MetricKind::Score { score, at: Position::All, only: None, under, training };
        Some(Value::Metric(Rc::new(MetricValue { task: Some(task), kind, span })))
    }

    /// A measure of the inside: a task or none, and numbers, the last of which is 1 where the first weights are meant.
    pub fn inside(&mut self, form: &'static Builtin, bound: &mut Bound, span: Span) -> Option<Value> {
        let mut task = None;
        let mut numbers = Vec::new();
        for (place, param) in form.params.iter().enumerate() {
            // What is not given keeps its default.
            let Some((value, at)) = bound.given(place) else { continue };
            match value {
                Value::Task(of) => task = Some(of),
                // At the start of the run, in place of now.
                Value::Word(word) => numbers.extend((&*word == "start").then_some(1)),
                value => {
                    let number = self.whole(&value, at)?.axis()?;
                    if let (Some(task), "late" | "early") = (&task, param.name)
                        && number >= task.length
                    {
                        let title = format!("there is no prediction {number} among {}", task.length);
                        let help = format!("write a number from 0 to {}", task.length - 1);
                        self.fault("E0302", title, at, "predictions count from 0", help);
                        return None;
                    }
                    if let ("early", Some(late)) = (param.name, numbers.first())
                        && number >= *late
                    {
                        let title = format!("the late position {late} does not come after the early one, {number}");
                        self.fault("E0302", title, at, "not earlier", format!("write a number below {late}"));
                        return None;
                    }
                    numbers.push(number);
                }
            }
        }
        let kind = MetricKind::Inside { measure: form.name, numbers };
        Some(Value::Metric(Rc::new(MetricValue { task, kind, span })))
    }

    pub fn intervention(&mut self, form: &'static Builtin, bound: &mut Bound, span: Span) -> Option<Value> {
        let place = |name: &str| form.params.iter().position(|param| param.name == name).unwrap_or(usize::MAX);
        let mut time = |name: &str| match bound.given(place(name)) {
            Some((Value::Duration(time), _)) => Some(time),
            _ => None,
        };
        let (from, until) = (time("from"), time("until"));
        let mut array = None;
        let change = if form.name == "scale_attention" {
            let (value, at) = bound.given(0)?;
            let by = self.number(&value, at)?.known()?;
            let cells = match bound.given(place("cells")) {
                Some((word, _)) if word.is_word("previous_token") => Cells::PreviousToken,
                Some((word, _)) if word.is_word("all") => Cells::All,
                Some((Value::Word(_), _)) | None => Cells::Matching,
                Some((value, at)) => Cells::Last(self.positive(&value, at)?.axis()?),
            };
            Change::ScaleAttention { by, cells }
        } else {
            let (value, at) = bound.given(0)?;
            let site = self.changed_site(&value, at)?;
            if form.name == "ablate" {
                let with = match bound.given(place("with")) {
                    Some((word, _)) if word.is_word("mean") => With::Mean,
                    Some((word, _)) if word.is_word("resample") => With::Resample,
                    _ => With::Zero,
                };
                let keep_patterns = bound.given(place("patterns")).is_some_and(|(word, _)| word.is_word("kept"));
                Change::Ablate { site, with, keep_patterns }
            } else {
                let (Site::Head(layer, head) | Site::Pattern(layer, head)) = site else {
                    let help = "write `clamp(head(0, 2), previous_token)`";
                    self.fault("E0301", "only the attention of a head can be clamped", at, "no head", help);
                    return None;
                };
                let to = match bound.given(1)? {
                    (Value::Array(source), at) => {
                        let hash = source.hash.clone();
                        array = Some((source, at));
                        // How many tokens there are, and so what the array must be, the experiment says.
                        Clamp::Array { hash, tokens: 0, values: [].into() }
                    }
                    (word, _) if word.is_word("matching") => Clamp::Matching,
                    _ => Clamp::PreviousToken,
                };
                Change::Clamp { layer, head, to }
            }
        };
        if let (Some(from), Some(until)) = (from, until)
            && from.epochs >= until.epochs
            && from.steps >= until.steps
        {
            let help = "let it begin before it ends";
            self.fault("E0302", "this intervention ends before it begins", span, "never in force", help);
            return None;
        }
        Some(Value::Intervention(Rc::new(InterventionValue { change, from, until, array, span })))
    }

    /// The site that an intervention changes, at every token.
    fn changed_site(&mut self, value: &Value, at: Span) -> Option<Site> {
        match value {
            Value::Site(Site::Everywhere) => {
                let help = "write one place, such as `residual(after: 2)`";
                self.fault("E0301", "an intervention changes one site", at, "every one", help);
                None
            }
            Value::Site(site) => Some(*site),
            Value::Reading(..) => {
                let help = "take the `at` away";
                self.fault("E0301", "an intervention changes a site at every token", at, "at some tokens", help);
                None
            }
            other => self.none("a site", other, at),
        }
    }
}
