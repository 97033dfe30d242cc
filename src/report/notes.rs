//! What stands below the plateau table: how it was read, what so few seeds can show, and what is missing.

use super::number::{count, fixed, p_value, steps};
use super::stairs::Flight;
use super::study::{Study, levels};
use crate::program::PlateauRule;
use crate::stats::{self, ArmRow, Exit, Permutation, Rule, Summary};

impl Study<'_> {
    /// The notes of the plateau table.
    pub(super) fn notes(&self, rule: &PlateauRule, summary: &Summary, flights: &[Flight]) -> Vec<String> {
        let mut notes = Vec::new();
        notes.extend(self.reading(rule, summary));
        if let Some(stage) = &rule.stage {
            notes.push(format!("Time counts from the entry into stage `{stage}`; in an arm without it, from step 0."));
        }
        notes.extend(flights.first().map(|_| {
            "A staircase: the first rows are of the whole way from blind to ideal, those below of each flight, half-way between \
             its two levels."
                .to_string()
        }));
        notes.extend(self.coarse(rule));
        if let Some(horizon) = summary.horizon {
            notes.push(format!(
                "Runs that never exit are right-censored. Means are restricted to {} steps.",
                steps(horizon)
            ));
        }
        let compared = || summary.rows.iter().filter_map(|row| row.comparison.as_ref());
        if let Some(smallest) = compared().map(|comparison| comparison.smallest_p).reduce(f64::min) {
            let most = summary.rows.iter().map(|row| row.n).max().unwrap_or(0);
            notes.push(format!(
                "p: exact permutation of the log-rank statistic, two-sided, Holm over arms; {}",
                at_best(&format!("{} an arm", seeds(most)), smallest, compared().count())
            ));
        }
        notes.extend(drawn(compared().map(|comparison| &comparison.permutation)));
        for (row, &arm) in summary.rows.iter().zip(&self.arms) {
            notes.extend(self.unfinished(arm, row.missing, row.missing + row.n));
            notes.extend(remarks(row));
        }
        notes.extend(self.left_out.iter().cloned());
        if rule.stop {
            notes.push("Runs end once their exit is confirmed (stop: at exit), so there is no final progress.".into());
        }
        if let Some(limit) = self.limit {
            notes.push(format!(
                "A trial: every run was cut after {} steps, so these numbers say nothing about the study.",
                count(limit)
            ));
        }
        notes.extend(silenced(&self.experiment.silenced));
        notes
    }

    /// Between which levels progress runs, what an exit is, and how finely it is seen.
    pub(super) fn reading(&self, rule: &PlateauRule, summary: &Summary) -> Option<String> {
        let known: Vec<Rule> = self.cells.iter().filter(|cell| cell.finished).map(|cell| levels(cell, rule)).collect();
        let blind = level(&known.iter().map(|rule| rule.blind).collect::<Vec<_>>(), "blind")?;
        let ideal = level(&known.iter().map(|rule| rule.ideal).collect::<Vec<_>>(), "ideal")?;
        let observation = &self.experiment.arms[self.arms[0]].observation;
        let spacing = match observation.decade {
            _ if self.experiment.along.is_some() => {
                let widest = summary.rows.iter().map(|row| row.resolution).fold(0.0, f64::max);
                format!("each model is an evaluation, and they lie at most {} steps apart", steps(widest))
            }
            None => format!("evaluations lie {} steps apart", count(observation.every)),
            Some(decade) => {
                let widest = summary.rows.iter().map(|row| row.resolution).fold(0.0, f64::max);
                format!("evaluations lie {decade} a decade, at most {} steps apart", steps(widest))
            }
        };
        let finer = rule.refine.map_or(String::new(), |every| {
            format!("; exits are placed by further ones {} apart, and widths are not", count_steps(every))
        });
        Some(format!(
            "Progress runs from {blind} to {ideal}. The exit is the first crossing of {}% that holds for {} evaluations; {spacing}{finer}.",
            fixed(rule.exit * 100.0, 0),
            rule.held,
        ))
    }

    /// Exits that finer evaluations did not place.
    fn coarse(&self, rule: &PlateauRule) -> Option<String> {
        let every = rule.refine? as f64;
        let runs = self.arms.iter().filter_map(|&arm| self.runs(arm, rule).ok()).flatten();
        let wide = |exit: &Exit| matches!(exit, Exit::At { bracket: (from, to), .. } if to - from > every);
        let left = runs.filter(|run| wide(&run.plateau.exit)).count();
        let exits = if left == 1 { "1 exit stays" } else { &format!("{left} exits stay") };
        (left > 0).then(|| {
            format!("{exits} where the coarse evaluations see it: finer ones in that bracket do not cross and hold.")
        })
    }

    /// Which runs of an arm are not finished, seed by seed.
    pub(super) fn unfinished(&self, arm: usize, missing: usize, planned: usize) -> Option<String> {
        if missing == 0 {
            return None;
        }
        let of = &self.experiment.arms[arm];
        let total = of.training.steps();
        let each = self.cells.iter().filter(|cell| cell.arm == arm && !cell.finished).map(|cell| match cell.stands {
            None => format!("seed {} is not begun", cell.seed),
            Some(step) => format!("seed {} stands at step {} of {}", cell.seed, count(step), count(total)),
        });
        let each: Vec<String> = each.collect();
        let told = if each.is_empty() { String::new() } else { format!(": {}", each.join(", ")) };
        Some(format!("{}: {missing} of {planned} runs are not finished{told}.", of.name))
    }
}

/// What so many seeds can show at best, in a comparison of several arms.
pub(super) fn at_best(whose: &str, smallest: f64, comparisons: usize) -> String {
    let after = (smallest * comparisons as f64).min(1.0);
    let holm =
        if comparisons > 1 { format!(" ({} if every arm does its best)", p_value(after)) } else { String::new() };
    format!("{whose} can show no p below {} before Holm{holm}.", p_value(smallest))
}

/// "1 seed", "3 seeds".
pub(super) fn seeds(count: usize) -> String {
    if count == 1 { "1 seed".into() } else { format!("{count} seeds") }
}

fn count_steps(steps: u64) -> String {
    if steps == 1 { "1 step".into() } else { format!("{} steps", count(steps)) }
}

/// That arrangements were drawn and not gone through, with the error of that.
pub(super) fn drawn<'p>(all: impl Iterator<Item = &'p Permutation>) -> Option<String> {
    let drawn: Vec<(f64, u64)> = all.filter_map(|p| Some((p.error?, p.arrangements))).collect();
    let (_, arrangements) = *drawn.first()?;
    let error = drawn.iter().map(|(error, _)| *error).fold(0.0, f64::max);
    Some(format!(
        "There are too many arrangements to go through, so {} were drawn: a p has a standard error of at most {error:.1e}.",
        count(arrangements)
    ))
}

fn remarks(row: &ArmRow) -> Vec<String> {
    let mut remarks = Vec::new();
    if row.diverged > 0 {
        remarks.push(format!("{}: {} diverged, counted as not escaped.", row.name, row.diverged));
    }
    if row.diverged_later > 0 {
        remarks.push(format!("{}: {} diverged after the exit.", row.name, row.diverged_later));
    }
    if row.at_start > 0 {
        remarks.push(format!("{}: {} were out when counting began, at time 0.", row.name, row.at_start));
    }
    remarks
}

/// Warnings that the program keeps silent, each with its reason, so that a reader knows of them.
fn silenced(warnings: &[(String, String)]) -> Option<String> {
    let said: Vec<String> = warnings.iter().map(|(id, reason)| format!("{id}, \"{reason}\"")).collect();
    let count = match warnings.len() {
        0 => return None,
        1 => "1 warning is".to_string(),
        many => format!("{many} warnings are"),
    };
    Some(format!("{count} silenced in the program: {}.", said.join("; ")))
}

/// A level of all runs, which may differ between them: those of predictors a little, those of swept tasks by much.
fn level(values: &[f64], name: &str) -> Option<String> {
    let (low, high) = (stats::quantile(values, 0.0)?, stats::quantile(values, 1.0)?);
    if high - low <= 0.02 * high.abs().max(low.abs()) {
        return Some(format!("{} ({name})", fixed(stats::median(values)?, 3)));
    }
    Some(format!("{}\u{2013}{} ({name}, by run)", fixed(low, 3), fixed(high, 3)))
}
