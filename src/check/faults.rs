//! Findings of the second pass, and the numbers that a value must be.

use super::value::Value;
use super::{Checker, limits};
use crate::diagnostic::{Diagnostic, Label, Span};

impl Checker {
    /// Keeps a finding, once.
    pub fn report(&mut self, finding: Diagnostic) {
        let finding = self.relocate(finding);
        if finding.id.starts_with("E03") && self.misread(finding.span()) {
            return;
        }
        let known = self.findings.iter().any(|known| known.id == finding.id && known.span() == finding.span());
        if !known {
            self.findings.push(finding);
        }
    }

    /// Whether a name in this stretch is not defined: what it stands for was guessed, so that no kind follows from it.
    fn misread(&self, span: Span) -> bool {
        let within = |at: Span| at.file == span.file && span.start <= at.start && at.end <= span.end;
        let undefined = self.findings.iter().filter(|finding| finding.id == "E0201");
        undefined.flat_map(|finding| &finding.labels).any(|label| within(label.span))
    }

    /// What is wrong inside a standard module is shown where its author called it, since only that can be mended.
    fn relocate(&self, mut finding: Diagnostic) -> Diagnostic {
        let inside = finding.span();
        if !self.standard(inside) {
            return finding;
        }
        let place = self.blame(inside);
        if let (Some(first), false) = (finding.labels.first_mut(), self.standard(place)) {
            let text = std::mem::replace(&mut first.text, "needed here".into());
            finding.labels.insert(0, Label { span: place, text });
        }
        finding
    }

    /// The source text of a span.
    pub fn text(&self, span: Span) -> String {
        let source =
            self.sources.get(span.file).and_then(|source| source.text.get(span.start as usize..span.end as usize));
        source.unwrap_or_default().to_string()
    }

    /// The source text of a span in backticks, where it is short enough to be quoted.
    fn said(&self, span: Span) -> Option<String> {
        let text = self.text(span);
        (!text.is_empty() && text.chars().count() <= 40 && !text.contains(['\n', '`'])).then(|| format!("`{text}`"))
    }

    fn standard(&self, span: Span) -> bool {
        self.sources.get(span.file).is_some_and(|source| source.name.starts_with("<std>"))
    }

    /// Where the author can mend what is wrong at `span`: the argument it came from, or the call, where it lies in an
    /// item that was called.
    pub fn blame(&self, span: Span) -> Span {
        let word = self.text(span);
        let mut calls = self.calls.iter().rev();
        let Some(last) = calls.next() else { return span };
        if let Some(argument) = last.args.get(&word)
            && !self.standard(*argument)
        {
            return *argument;
        }
        if !self.standard(span) {
            return span;
        }
        let outer = std::iter::once(last).chain(calls).map(|call| call.span).find(|call| !self.standard(*call));
        outer.unwrap_or(span)
    }

    /// A finding that a part of the language is not run by this version.
    pub fn later(&mut self, what: &str, span: Span) -> Value {
        let title = format!("{what} is not run by this version yet");
        self.report(
            Diagnostic::error("E0901", title, span, "read, but not run")
                .help("see docs/reference.md for what runs today"),
        );
        Value::Poison
    }

    /// Reports a fault and gives poison.
    pub fn fault(
        &mut self,
        id: &'static str,
        title: impl Into<String>,
        span: Span,
        label: &str,
        help: impl Into<String>,
    ) -> Value {
        self.report(Diagnostic::error(id, title, span, label).help(help));
        Value::Poison
    }

    /// Reports that something else was expected.
    pub fn mismatch(&mut self, expected: &str, found: &Value, span: Span) -> Value {
        if !matches!(found, Value::Poison) {
            let what = found.describe();
            let title = match self.said(span) {
                Some(said) => format!("{said} is {what}, but {expected} is needed"),
                None => format!("this is {what}, but {expected} is needed"),
            };
            let finding =
                Diagnostic::error("E0301", title, span, format!("expected {expected}")).help(cure(expected, found));
            self.report(finding);
        }
        Value::Poison
    }

    /// Reports that something else was expected, and gives nothing.
    pub fn none<T>(&mut self, expected: &str, found: &Value, span: Span) -> Option<T> {
        self.mismatch(expected, found, span);
        None
    }

    /// The number that a value must be.
    pub fn number(&mut self, value: &Value, span: Span) -> Option<f64> {
        match value {
            Value::Number { value, .. } => Some(*value),
            other => self.none("a number", other, span),
        }
    }

    /// The whole number, at least 0, that a value must be.
    pub fn whole(&mut self, value: &Value, span: Span) -> Option<usize> {
        match value {
            Value::Number { value, whole: true } if *value > limits::COUNT => {
                self.too_large("a count", *value, limits::COUNT, span);
                None
            }
            Value::Number { value, whole: true } if *value >= 0.0 => Some(*value as usize),
            other => self.none("a count", other, span),
        }
    }

    /// The whole number, at least 1, that a value must be.
    pub fn positive(&mut self, value: &Value, span: Span) -> Option<usize> {
        let whole = self.whole(value, span)?;
        if whole == 0 {
            let said = self.said(span).unwrap_or_else(|| "this".into());
            let title = format!("{said} is too small: at least 1 is needed");
            self.fault("E0302", title, span, "is 0", "write a whole number of at least 1");
            return None;
        }
        Some(whole)
    }

    /// The whole number from 1 to `most` that a value must be; `what` is it in the words of messages.
    pub fn bounded(&mut self, value: &Value, span: Span, most: usize, what: &str) -> Option<usize> {
        let count = self.positive(value, span)?;
        if count > most {
            self.too_large(what, count as f64, most as f64, span);
            return None;
        }
        Some(count)
    }

    /// Reports a size beyond its bound.
    pub fn too_large(&mut self, what: &str, value: f64, most: f64, span: Span) {
        let title = format!("{what} of {value} is too large");
        self.fault("E0302", title, span, &format!("over {most}"), format!("write at most {most}"));
    }
}

/// How to write what was expected.
fn cure(expected: &str, found: &Value) -> String {
    let number = matches!(found, Value::Number { .. });
    let quantity = matches!(found, Value::Duration(_) | Value::Quantity { .. });
    match (expected, found) {
        (_, Value::Item | Value::Builtin) => return "give it its arguments in brackets".into(),
        ("a metric or a probe", Value::Task(_)) => {
            return "write `metric name = accuracy(task)` and measure that".into();
        }
        _ => {}
    }
    let cure = match expected {
        "a duration" if number => "give it a unit, such as `steps` or `epochs`",
        "a duration" => "write a duration, such as `10 epochs` or `500 steps`",
        "a count" if number => "write a whole number of at least 0, without a `.` or a `%`",
        "a count" | "a number" | "a real" if quantity => "write the number without its unit",
        "a count" => "write a whole number, such as `4`",
        "a number" | "a real" => "write a number, such as `0.5`",
        "a bool" | "true or false" => "write `true`, `false` or a comparison",
        "a text" => "write it in quotes",
        "a task" | "a task or mix(...)" => "name a task, such as `shapes.classify(maps: 1)`",
        "a model" => "name a model, such as `models.gpt2()`",
        "a curriculum" => "name a curriculum, such as `curricula.only(task, 10 epochs)`",
        "an optimizer" => "write `adam(lr: 1e-4)`",
        "a loss" => "write `icl`, or a sum such as `icl + 0.1 * readout(...)`",
        "a metric" => "write a score of a task, such as `accuracy(task)`",
        "a probe" => "name a `probe` item",
        "a metric or a probe" => "name a `metric` or `probe` item",
        "a data source" | "a data" => "write `shapes3d()`, or name a `data` item",
        "a number of sequences" | "`fresh` or a number of sequences" => {
            "write `fresh`, or a number such as `100k sequences`"
        }
        "a number of evaluations" => "write it with its unit: `3 evaluations`",
        "a site at a place" => "write a site and a place, such as `residual(after: 3) at input`",
        "a reader" => "write `linear(epochs: 1, lr: 1e-3)`",
        "a distribution" => "draw from `uniform(k)`, `permutations(sizes)` or `rows(data)`",
        "a list" | "a list of counts" | "a list of layers" => "write it in square brackets, such as `[1, 2]`",
        "a formula, a predictor or levels(...)" => "write `levels(loss: ..., accuracy: ...)` or `posterior`",
        _ => return format!("write {expected} here"),
    };
    match expected {
        "a number of sequences" => "write it with its unit: `1k sequences`".into(),
        _ => cure.into(),
    }
}
