//! Findings of the second pass, and the numbers that a value must be.

use crate::check::Checker;
use crate::check::limits;
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Label, Span};
use crate::registry::Kind;

impl Checker<'_> {
    /// Keeps a finding, once.
    pub fn report(&mut self, finding: Diagnostic) {
        let inner = (finding.id, finding.span());
        let finding = self.relocate(finding);
        let place = (finding.id, finding.span());
        if finding.id.starts_with("E03") && (self.misread(place.1) || self.misread(inner.1)) {
            return;
        }
        if finding.id == "E0201" {
            self.undefined.extend(finding.labels.iter().map(|label| label.span));
        }
        if place == inner {
            self.direct.insert(inner);
        } else {
            self.moved.insert(place, inner);
        }
        if self.seen.insert(place) {
            self.findings.push(finding);
        }
    }

    /// Whether a name in this stretch is not defined: what it stands for was guessed, so that no kind follows from it.
    pub fn misread(&self, span: Span) -> bool {
        let within = |at: &Span| at.file == span.file && span.start <= at.start && at.end <= span.end;
        self.undefined.iter().any(within)
    }

    /// What is wrong with a call alone is shown where its author wrote the call, since only that can be mended.
    fn relocate(&self, mut finding: Diagnostic) -> Diagnostic {
        let inside = finding.span();
        let place = self.blame(inside);
        if let (Some(first), true) = (finding.labels.first_mut(), place != inside) {
            let text = std::mem::replace(&mut first.text, "needed here".into());
            finding.labels.insert(0, Label { span: place, text });
            // What would be edited inside is no cure of the call.
            finding.fix.retain(|edit| edit.span == place);
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

    /// Whether a place lies in the standard library, which no user can mend.
    pub fn standard(&self, span: Span) -> bool {
        self.sources.get(span.file).is_some_and(|source| source.name.starts_with("<std>"))
    }

    /// Where the author can mend what is wrong at `span`: the argument it came from, or the call, where it lies in an
    /// item that was called with arguments.
    pub fn blame(&self, span: Span) -> Span {
        let mut at = span;
        for call in self.calls.iter().rev() {
            let inside = call.body.file == at.file && call.body.start <= at.start && at.end <= call.body.end;
            if !inside {
                continue;
            }
            let said = self.text(at);
            if let Some(argument) = call.args.get(&said) {
                at = *argument;
            } else if let Some(default) = call.defaults.get(&said).filter(|_| call.parameterised && !self.standard(at))
            {
                at = *default;
            } else if call.parameterised || self.standard(at) {
                at = call.span;
            }
        }
        at
    }

    /// Reports that items are defined by each other, from the one that was asked for first.
    pub fn circle(&mut self, first: usize) -> Value {
        let items = |(module, at): &(usize, usize)| &self.modules[*module].file.items[*at].name;
        let round: Vec<&str> = self.open[first..].iter().map(|open| items(open).text.as_str()).collect();
        let place = items(&self.open[first]).span;
        let (title, help) = match round.as_slice() {
            [one] => (format!("`{one}` is defined by itself"), "break the circle".to_string()),
            [a, b] => (format!("`{a}` and `{b}` are defined by each other"), "define one without the other".into()),
            many => {
                let title = format!("{} items are defined by each other, `{}` among them", many.len(), many[0]);
                (title, format!("break the circle: {} -> {}", many.join(" -> "), many[0]))
            }
        };
        self.fault("E0210", title, place, "this needs its own value", help)
    }

    /// Notes that a part of the language is not run by this version; it is checked and planned all the same.
    pub fn later(&mut self, what: &str, span: Span) {
        if self.generic {
            return;
        }
        let title = format!("{what} is not run by this version yet");
        let finding = Diagnostic::error("E0901", title, span, "checked and planned, but not run")
            .help("docs/running.md says what runs today");
        let finding = self.relocate(finding);
        if self.not_run_places.insert((finding.title.clone(), finding.span())) {
            self.not_run.push(finding);
        }
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

    fn expected(&self, expected: &str, found: &Value, span: Span) -> Diagnostic {
        let what = match found {
            // What comes of a calculation is not seen in the text.
            Value::Number { value: Size::Known(value), whole: false }
                if value.fract() != 0.0 && self.text(span).contains(|letter: char| letter.is_lowercase()) =>
            {
                ((value * 1e4).round() / 1e4).to_string()
            }
            _ => found.describe(),
        };
        let title = match self.said(span) {
            Some(said) => format!("{said} is {what}, but {expected} is needed"),
            None => format!("this is {what}, but {expected} is needed"),
        };
        Diagnostic::error("E0301", title, span, format!("expected {expected}")).help(cure(expected, found))
    }

    /// Reports that something else was expected.
    pub fn mismatch(&mut self, expected: &str, found: &Value, span: Span) -> Value {
        if let Value::Draw(draw) = found
            && (draw.span.file != span.file || draw.span.start < span.start || span.end < draw.span.end)
        {
            return self.undrawn(draw.span, span, &format!("expected {expected}"));
        }
        if !matches!(found, Value::Poison) {
            let finding = self.expected(expected, found, span);
            self.report(finding);
        }
        Value::Poison
    }

    /// Reports a distribution that is used as if it were drawn: where it is written, once for all of its uses.
    pub fn undrawn(&mut self, distribution: Span, used: Span, label: &str) -> Value {
        let said = self.said(distribution).unwrap_or_else(|| "this distribution".into());
        let title = format!("{said} is defined, but used as if it were drawn");
        let finding = Diagnostic::error("E0301", title, distribution, "a distribution").also(used, label);
        self.report(finding.help("draw it: write `~` in place of `=`"));
        Value::Poison
    }

    /// Reports that something else was expected, where it is plain what was meant.
    pub fn mismatch_fix(&mut self, expected: &str, found: &Value, span: Span, meant: &str) -> Value {
        if !matches!(found, Value::Poison) {
            let finding = self.expected(expected, found, span).help(format!("write `{meant}`")).fix(span, meant);
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
    pub fn number(&mut self, value: &Value, span: Span) -> Option<Size> {
        match value {
            Value::Number { value, .. } => Some(value.clone()),
            Value::Unknown(Kind::Real | Kind::Count | Kind::Share) => Some(Size::name(&self.text(span))),
            other => self.none("a number", other, span),
        }
    }

    /// The whole number, at least 0, that a value must be.
    pub fn whole(&mut self, value: &Value, span: Span) -> Option<Size> {
        match value {
            Value::Number { value: size, whole: true } => match size.known() {
                Some(known) if known > limits::COUNT => {
                    self.too_large("a count", known, limits::COUNT, span);
                    None
                }
                Some(known) if known < 0.0 => self.none("a count", value, span),
                _ => Some(size.clone()),
            },
            // What is whole for some counts only, such as `points / 2`, is looked at where the item is called.
            Value::Number { value: size, whole: false } if self.may_be_whole(size) => Some(size.clone()),
            other => self.none("a count", other, span),
        }
    }

    /// Whether a number that depends on the parameters of the item, all of them counts, is whole for some of their values.
    pub fn may_be_whole(&self, size: &Size) -> bool {
        self.generic && size.only_of(&self.counts)
    }

    /// The whole number, at least 1, that a value must be.
    pub fn positive(&mut self, value: &Value, span: Span) -> Option<Size> {
        let whole = self.whole(value, span)?;
        if whole.known() == Some(0.0) {
            let said = self.said(span).unwrap_or_else(|| "this".into());
            let title = format!("{said} is too small: at least 1 is needed");
            self.fault("E0302", title, span, "is 0", "write a whole number of at least 1");
            return None;
        }
        Some(whole)
    }

    /// The whole number from 1 to `most` that a value must be; `what` is it in the words of messages.
    pub fn bounded(&mut self, value: &Value, span: Span, most: usize, what: &str) -> Option<Size> {
        let count = self.positive(value, span)?;
        if let Some(known) = count.known()
            && known > most as f64
        {
            self.too_large(what, known, most as f64, span);
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

/// How to write what is wanted, whatever stands there.
pub fn way(expected: &str) -> Option<&'static str> {
    Some(match expected {
        "a duration" => "write a duration, such as `10 epochs` or `500 steps`",
        "a count" | "a count or `all`" => "write a whole number, such as `4`",
        "a number" | "a real" => "write a number, such as `0.5`",
        "a level" => "write a number, such as `25%`",
        "a level or the name of a stage" => "write a number, such as `25%`, or a stage",
        "a bool" | "true or false" => "write `true`, `false` or a comparison",
        "a text" | "a text in quotes" => "write it in quotes",
        "a task" | "a task or mix(...)" => "name a task, such as `shapes.classify(maps: 1)`",
        "a model" => "name a model, such as `models.gpt2()`",
        "a curriculum" => "name a curriculum, such as `curricula.only(task, 10 epochs)`",
        "an optimizer" => "write `adam(lr: 1e-4)`",
        "a loss" => "write `icl`, or a sum such as `icl + 0.1 * readout(...)`",
        "a metric" => "write a score of a task, such as `accuracy(task)`",
        "a probe" => "name a `probe` item",
        "a metric or a probe" => "name a `metric` or `probe` item",
        "a data source" | "a data" => "write `shapes3d()` or `table(\"words.tsv\")`, or name a `data` item",
        "a number of sequences" => "write it with its unit: `1k sequences`",
        "`fresh` or a number of sequences" => "write `fresh`, or a number such as `100k sequences`",
        "a number of evaluations" => "write it with its unit: `3 evaluations`",
        "a site" => "write a site, such as `output` or `residual(after: 3)`",
        "a site at a place" => "write a site and a place, such as `residual(after: 3) at input`",
        "a reader" => "write `linear(epochs: 1, lr: 1e-3)` or `ridge(1e-2)`",
        "an intervention" => "write one, such as `ablate(head(1, 3))`",
        "a number or a schedule" => {
            "write a number, such as `1e-4`, or a schedule, such as `cosine(1e-3 -> 0, over: 10k steps)`"
        }
        "a distribution" => "draw from a distribution, such as `normal()` or `uniform(k)`",
        "a layer" => "write `attention(heads: ...)` or `mlp(...)`",
        "a list of layers" => "write it in square brackets, such as `[attention(heads: 4), mlp()]`",
        "a list" | "a list of numbers" | "a list of counts" => "write it in square brackets, such as `[1, 2]`",
        "a list or a range of values" => "write a list, such as `[1, 10, 100]`, or a range, such as `1..=6`",
        "a comparison such as `accuracy(task) > 90%`" => "compare it with a number, such as `> 90%`",
        "a formula, a predictor or levels(...)" => "write `levels(loss: ..., accuracy: ...)` or `posterior`",
        "a reference" => "write a reference, such as `ngram(1, 1)` or `least_squares`",
        "`model` or a reference" => "write `model`, or a reference such as `least_squares`",
        _ => return None,
    })
}

/// How to write what was expected.
fn cure(expected: &str, found: &Value) -> String {
    let number = matches!(found, Value::Number { .. });
    let quantity = matches!(found, Value::Duration(_) | Value::Quantity { .. });
    match (expected, found) {
        ("a number or a name of the task" | "a number or an array", Value::Draw(_)) => {
            return "draw it first: write `name ~ ...` on a line of its own, and `name` here".into();
        }
        (_, Value::Item(Some(kind))) if !expected.starts_with(&kind.to_string()) => {}
        (_, Value::Item(_) | Value::Builtin) => return "give it its arguments in brackets".into(),
        ("a metric or a probe", Value::Task(_)) => {
            return "write `metric name = accuracy(task)` and measure that".into();
        }
        _ => {}
    }
    let cure = match expected {
        "a duration" if number => "give it a unit, such as `steps` or `epochs`",
        "a count" if number => "write a whole number of at least 0, without a `.` or a `%`",
        "a count" | "a number" | "a real" | "a number or a schedule" | "a number or a name of the task" if quantity => {
            "write the number without its unit"
        }
        _ => return way(expected).map_or_else(|| format!("write {expected} here"), ToString::to_string),
    };
    cure.into()
}
