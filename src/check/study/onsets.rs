//! Tables of onsets: of which measures, and between which levels.

use crate::check::Checker;
use crate::check::study::experiment::nested;
use crate::check::study::plots::Around;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::experiment::{Arm, PlateauRule, Table};
use crate::program::task::Reference;
use crate::program::training::{MeasureKind, Score};
use crate::syntax::tree::{Block, Clause, EntryKind, Expr};

impl Checker<'_> {
    /// `onset of a before b`, `subject` being a.
    pub fn onset(&mut self, subject: &Expr, clauses: &[Clause], span: Span, around: Around<'_, '_>) -> Option<Table> {
        let before = self.findings.len();
        let first = self.shown_measure(subject, around);
        self.one_number(subject, around.asked);
        let second = match clauses {
            [Clause { word, value }] if word.text == "before" => value,
            _ => {
                let help = "write `onset of a before b`";
                self.fault("E0301", "an onset is compared with another", span, "before what?", help);
                return None;
            }
        };
        let place = self.shown_measure(second, around);
        self.one_number(second, around.asked);
        let (first, place) = (first?, place?);
        // A name that was misspelt may mean the other.
        if first == place && self.findings.len() == before {
            let title = "an onset is compared with itself";
            self.fault("E0302", title, second.span, "the same measure twice", "name two measures");
            return None;
        }
        Some(Table::Onset { first, second: place })
    }

    /// Whether onsets have levels to go between: a loss does not go from 0 to 1, as what has no levels of its own is read.
    pub fn onsets_fit(&mut self, tables: &[Table], rule: Option<&PlateauRule>, arms: &[Arm], block: &Block) {
        let (Some(arm), Some((_, inner))) = (arms.first(), nested(block, "report")) else { return };
        let mut told: Vec<usize> = Vec::new();
        for table in tables {
            let Table::Onset { first, second } = *table else { continue };
            for place in [first.measure, second.measure] {
                let given = rule.is_some_and(|rule| rule.measure == place && rule.from.is_some() && rule.to.is_some());
                let measure = arm.observation.measure(place);
                let MeasureKind::Score { task, score, .. } = &measure.kind else { continue };
                if given || matches!(score, Score::Accuracy | Score::Progress) || told.contains(&place) {
                    continue;
                }
                let task = &arm.training.tasks[*task];
                let unknown = |of: &Option<Reference>| matches!(of, None | Some(Reference::Levels { loss: None, .. }));
                let Some(setting) = [("blind", &task.blind), ("ideal", &task.ideal)]
                    .into_iter()
                    .find_map(|(setting, of)| unknown(of).then_some(setting))
                else {
                    continue;
                };
                told.push(place);
                let title = format!("the onset of loss `{}` has no level", measure.name);
                let entry = inner.entries.iter().find(|entry| {
                    matches!(&entry.kind, EntryKind::Setting { key, .. } if key.text == "table")
                        && self.text(entry.span).contains(measure.name.as_str())
                });
                let span = entry.map_or(block.span, |entry| entry.span);
                let finding = Diagnostic::error("E0313", title, span, format!("its task states no `{setting}` loss"));
                self.report(finding.help(format!("write `{setting}: levels(loss: ...)` or a predictor in the task")));
            }
        }
    }
}
