//! Tasks of text that share a model share its words, or what cuts words into tokens.

use crate::check::Checker;
use crate::check::study::experiment::ArmLines;
use crate::check::study::phrases::Reported;
use crate::check::values::value::{InterventionValue, MetricKind, Value};
use crate::data::tokens::LARGEST;
use crate::data::{DataError, Tokens};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::Arm;
use crate::program::model::{Place, Tokenizer};
use crate::program::rendering::{Rendering, Unrendered};
use crate::program::task::{Form, Piece, Task};
use crate::program::training::{Change, Clamp, TermKind, Training, With};
use crate::program::vocabulary::{Vocabulary, cut};
use crate::syntax::tree::Name;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

impl Checker<'_> {
    /// Gives all texts the words of the tokenizer, with those of their templates behind them, or what cuts them into tokens.
    pub fn one_vocabulary(
        &mut self,
        training: &mut Training,
        arm: &ArmLines<'_>,
        measured: &[(Name, Value)],
        changes: &[Rc<InterventionValue>],
    ) -> bool {
        let stated = arm.found.get("model").or_else(|| arm.found.get("evaluate"));
        let span = stated.map_or(arm.span, |(model, _)| model.span);
        if let Some((tokens, classes)) = training.model.cuts() {
            let longest = training.model.pretrained.as_ref().map(|known| known.longest);
            return self.rendered(training, (&tokens, classes, longest), span)
                && self.places_known(training, arm, measured)
                && self.changes_fit(training, changes, measured);
        }
        let Some(Tokenizer::Words { words, .. }) = &training.model.tokenizer else { return true };
        let Some(all) = self.all_words(training, words, span) else { return false };
        each_text(&mut training.tasks, |task| {
            task.vocabulary = all.clone();
            (task.classes, task.input_width) = (all.len(), all.len());
            true
        })
    }

    /// The words of a table, then those of all templates and labels that are shown as numbers.
    fn all_words(&mut self, training: &Training, words: &Vocabulary, span: Span) -> Option<Vocabulary> {
        let known = words.places();
        let mut further: BTreeSet<String> = BTreeSet::new();
        for task in training.tasks.iter().flat_map(Task::instances) {
            let Form::Text { pieces } = &task.form else { continue };
            let template: BTreeSet<&str> = pieces
                .iter()
                .flat_map(|piece| match piece {
                    Piece::Literal(text) => cut(text).collect(),
                    Piece::Field { .. } => Vec::new(),
                })
                .collect();
            // Labels that are shown as numbers come with the template: no table has them.
            let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
            let lacking = task
                .vocabulary
                .words()
                .find(|word| !known.contains_key(word) && !template.contains(word) && !number(word));
            if let Some(word) = lacking {
                let title = format!("`{word}`, of `{}`, is no word of the tokenizer", task.title);
                self.fault("E0319", title, span, "text and tokens", "make the table of the task the tokenizer");
                return None;
            }
            further.extend(task.vocabulary.words().filter(|word| !known.contains_key(word)).map(ToOwned::to_owned));
        }
        Some(words.with(further))
    }

    /// How a text is cut into tokens, looked at once for all points and arms that show it.
    fn rendering(&mut self, task: &Task, tokens: &Arc<Tokens>, classes: usize) -> Result<Rendering, Unrendered> {
        let same =
            |(of, count, known): &&(Task, usize, Rendering)| *count == classes && known.tokens == *tokens && of == task;
        if let Some((.., known)) = self.renderings.iter().find(same) {
            return Ok(known.clone());
        }
        let made = Rendering::of(task, tokens, classes)?;
        self.renderings.push((task.clone(), classes, made.clone()));
        Ok(made)
    }

    /// Says of all texts how they are cut into tokens.
    fn rendered(
        &mut self,
        training: &mut Training,
        (tokens, classes, longest): (&Arc<Tokens>, usize, Option<usize>),
        span: Span,
    ) -> bool {
        each_text(&mut training.tasks, |task| match self.rendering(task, tokens, classes) {
            Ok(rendering) if longest.is_some_and(|longest| rendering.most - rendering.spare > longest) => {
                let title = format!("a text of `{}` may have {} tokens", task.title, rendering.most - rendering.spare);
                let label = format!("the model reads {} at most", longest.unwrap_or_default());
                self.fault("E0319", title, span, &label, "take fewer shots, or shorter words");
                false
            }
            Ok(mut rendering) => {
                rendering.most = rendering.most.min(longest.unwrap_or(usize::MAX));
                task.rendering = Some(rendering);
                (task.classes, task.input_width) = (classes, classes);
                true
            }
            Err(why) => {
                let (id, title, label, help) = unrendered(&task.title, why);
                self.fault(id, title, span, label, help);
                false
            }
        })
    }

    /// Whether what is read of texts stands at a place that every sequence has.
    fn places_known(&mut self, training: &Training, arm: &ArmLines<'_>, measured: &[(Name, Value)]) -> bool {
        let read = measured.iter().find_map(|(_, value)| match value {
            Value::Probe(probe) => Some((&probe.place, probe.site_span)).filter(|(place, _)| numbered(place)),
            _ => None,
        });
        let told = training.readers().into_iter().find_map(|kind| match kind {
            TermKind::Head { place, .. } if numbered(place) => {
                Some((place, arm.found.get("loss").map_or(arm.span, |(loss, _)| loss.span)))
            }
            _ => None,
        });
        let Some((Place::Position(token), span)) = read.or(told) else { return true };
        let title = format!("token {token} is another part of every text");
        let help = "read at a field, such as `row.word`, or at `input`, `target` or `query`";
        self.fault("E0319", title, span, "words have different numbers of tokens", help);
        false
    }

    /// Whether what is changed in the model means the same in sequences of different lengths.
    fn changes_fit(
        &mut self,
        training: &Training,
        changes: &[Rc<InterventionValue>],
        measured: &[(Name, Value)],
    ) -> bool {
        if training.tasks.iter().all(|task| task.rendering.is_none()) {
            return true;
        }
        let under = measured.iter().filter_map(|(_, value)| match value {
            Value::Metric(metric) => match &metric.kind {
                MetricKind::Score { under: Some(under), .. } => Some(under),
                _ => None,
            },
            _ => None,
        });
        for change in changes.iter().chain(under) {
            let (what, help) = match &change.change {
                Change::Ablate { with: With::Resample, .. } => {
                    ("the next sequence has other tokens at the same places", "ablate with `zero` or `mean`")
                }
                Change::Clamp { to: Clamp::Array { .. }, .. } => {
                    ("an array has one size, and texts have many lengths", "clamp to `previous_token` or `matching`")
                }
                _ => continue,
            };
            let title = "this intervention needs sequences that are equally long";
            self.fault("E0319", title, change.span, what, help);
            return false;
        }
        true
    }

    /// Whether distances to references are those of the same things: a reference knows words, a model tokens.
    pub fn distances_known(&mut self, arms: &[Arm], report: &Reported, span: Span) {
        let cut = |arm: &Arm| arm.training.tasks.iter().any(|task| task.rendering.is_some());
        if !report.distances.is_empty() && arms.iter().any(cut) {
            let title = "a reference foretells words, and this model tokens of words";
            let help = "make a table the tokenizer, or compare losses with `error by position`";
            self.fault("E0319", title, span, "no distance between the two", help);
        }
    }

    /// What a tokenizer.json says.
    pub fn tokenizer_file(&mut self, path: &Path, span: Span) -> Option<Tokenizer> {
        let read = self.world.bytes(path, LARGEST);
        self.tokenizer_read(path, read, span)
    }

    /// What was read of a tokenizer.json.
    pub fn tokenizer_read(&mut self, path: &Path, read: io::Result<Vec<u8>>, span: Span) -> Option<Tokenizer> {
        let read = read.map_err(|error| DataError::unreadable(path, &error));
        match read.and_then(|bytes| Tokens::read(&path.display().to_string(), &bytes)) {
            Ok(tokens) => Some(Tokenizer::File { hash: tokens.hash().into(), tokens: Arc::new(tokens) }),
            Err(fault) => {
                self.report(Diagnostic::error("E0314", fault.reason(), span, "this file").help(fault.cure()));
                None
            }
        }
    }
}

/// Does something to a text and to the instances that it grows through.
fn each_text(tasks: &mut [Task], mut with: impl FnMut(&mut Task) -> bool) -> bool {
    tasks
        .iter_mut()
        .filter(|task| matches!(task.form, Form::Text { .. }))
        .all(|task| task.growth.iter_mut().all(|grown| with(&mut grown.task)) && with(task))
}

fn numbered(place: &Place) -> bool {
    matches!(place, Place::Position(_))
}

/// The finding for what cannot be rendered.
fn unrendered(task: &str, why: Unrendered) -> (&'static str, String, &'static str, String) {
    match why {
        Unrendered::Data(fault) => ("E0314", fault.reason(), "this tokenizer", fault.cure()),
        Unrendered::Unknown { field } => (
            "E0319",
            format!("nobody knows which texts `{field}` of `{task}` shows"),
            "how long is it?",
            "show a column, a label or a text".into(),
        ),
        Unrendered::Lost { field, text } => (
            "E0319",
            format!("the tokenizer has no token for `{text}`, which `{field}` of `{task}` shows"),
            "nothing is left of it",
            "take another tokenizer, or other words".into(),
        ),
        Unrendered::Beyond { text, id, classes } => (
            "E0319",
            format!("the tokenizer makes token {id} of `{text}`, but the model knows {classes} tokens"),
            "they do not belong together",
            "take the tokenizer.json that was published with the model".into(),
        ),
        Unrendered::Same { field, texts: [a, b] } => (
            "E0319",
            format!("`{a}` and `{b}`, which `{field}` of `{task}` shows, are the same tokens"),
            "nobody can tell them apart",
            "take a tokenizer that keeps them apart, such as `bytes`, or other words".into(),
        ),
    }
}
