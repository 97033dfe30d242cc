//! Phrases of reports: the tables, and the lines that ask for figures.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::study::conclusions::Asked;
use crate::check::study::experiment::nested;
use crate::check::study::plots::Around;
use crate::diagnostic::Diagnostic;
use crate::program::experiment::Table;
use crate::program::figure::{Figure, Shown};
use crate::program::training::Compared;
use crate::registry::nearest;
use crate::syntax::tree::{Block, Clause, EntryKind, Expr, ExprKind};

/// What a report block asks for.
#[derive(Default)]
pub struct Reported {
    pub tables: Vec<Table>,
    pub figures: Vec<Figure>,
    /// What the error by position is compared with.
    pub references: Vec<Compared>,
    /// What distances are measured to.
    pub distances: Vec<Compared>,
}

impl Reported {
    /// The figure of distances to some references, which are measured behind all that is written, each once.
    pub fn distances(&mut self, written: usize, references: Vec<Compared>) -> Figure {
        let shown = references.into_iter().map(|asked| {
            let known = self.distances.iter().position(|known| known.reference == asked.reference);
            let place = known.unwrap_or_else(|| {
                self.distances.push(asked);
                self.distances.len() - 1
            });
            Shown { measure: written + place, site: None }
        });
        Figure::Distances { shown: shown.collect() }
    }
}

impl Checker<'_> {
    /// The tables and figures of the report.
    pub fn report_block(&mut self, block: &Block, asked: &Asked<'_>, env: Env<'_>) -> Reported {
        let mut report = Reported::default();
        let Some((_, inner)) = nested(block, "report") else { return report };
        for entry in &inner.entries {
            let EntryKind::Setting { key, value, clauses, .. } = &entry.kind else { continue };
            match key.text.as_str() {
                "table" => report.tables.extend(self.table_phrase(value, clauses, Around { block, asked, env })),
                "plot" => self.plots(value, clauses, Around { block, asked, env }, &mut report),
                _ => {}
            }
        }
        report
    }

    fn table_phrase(&mut self, value: &Expr, clauses: &[Clause], around: Around<'_, '_>) -> Option<Table> {
        match &value.kind {
            ExprKind::Name(name) if name == "plateau" || name == "final" => {
                if let Some(clause) = clauses.first() {
                    let title = format!("`{}` does nothing after `table: {name}`", clause.word.text);
                    self.fault("E0211", title, clause.word.span, "nothing reads this", "remove it");
                }
                if name == "final" {
                    return Some(Table::Final);
                }
                self.needs_plateau(around.block, value.span, around.asked.words);
                Some(Table::Plateau)
            }
            ExprKind::Phrase { words, subject: Some(subject) } if words[0].text == "onset" => {
                self.onset(subject, clauses, value.span, around)
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
}
