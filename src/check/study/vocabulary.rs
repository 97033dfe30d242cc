//! Tasks of text that share a model share its words.

use crate::check::Checker;
use crate::check::study::experiment::ArmLines;
use crate::diagnostic::Diagnostic;
use crate::program::model::Tokenizer;
use crate::program::task::{Form, Piece, Task};
use crate::program::training::Training;
use crate::program::vocabulary::cut;
use std::collections::BTreeSet;

impl Checker<'_> {
    /// Gives all texts the words of the tokenizer, with those of their templates behind them.
    pub fn one_vocabulary(&mut self, training: &mut Training, arm: &ArmLines<'_>) -> bool {
        let Some(Tokenizer::Words { words, .. }) = &training.model.tokenizer else { return true };
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
                let span = arm.found.get("model").map_or(arm.span, |(model, _)| model.span);
                let finding = Diagnostic::error("E0319", title, span, "text and tokens");
                self.report(finding.help("make the table of the task the tokenizer"));
                return false;
            }
            further.extend(task.vocabulary.words().filter(|word| !known.contains_key(word)).map(ToOwned::to_owned));
        }
        let all = words.with(further);
        for task in &mut training.tasks {
            let grown = task.growth.iter_mut().map(|grown| &mut grown.task);
            for task in grown.filter(|task| matches!(task.form, Form::Text { .. })) {
                task.vocabulary = all.clone();
                (task.classes, task.input_width) = (all.len(), all.len());
            }
            if matches!(task.form, Form::Text { .. }) {
                task.vocabulary = all.clone();
                (task.classes, task.input_width) = (all.len(), all.len());
            }
        }
        true
    }
}
