//! The table of onsets: which of two measures turns first.

use super::columns;
use super::notes::{at_best, drawn, seeds};
use super::number::{MISSING, count, fixed, p_value, steps, steps_interval};
use super::study::{CellCurve, Study};
use super::table::{Column, Table};
use crate::program::PlateauRule;
use crate::program::figure::Shown;
use crate::stats::{self, Bound, Onset, OnsetArm, OnsetRow, OnsetRun, Rule, Run, SeedRun, StatsError};

/// The half-way crossing that an onset is, and how long it must be held.
const HALF: f64 = 0.5;
const HELD: usize = 3;

impl Study<'_> {
    /// The onsets of two measures in the finished runs of every arm.
    ///
    /// # Errors
    /// If a measure's two levels are the same.
    pub fn onsets(&self, first: Shown, second: Shown) -> Result<Vec<OnsetRow>, StatsError> {
        let plateau = self.experiment.plateau.as_ref();
        let mut arms = Vec::new();
        for &arm in &self.arms {
            let of = |shown: Shown| self.read(arm, shown, None, &|cell| Some(between(cell, shown.measure, plateau)));
            let run = |run: &SeedRun| Run::new(run.seed, &run.plateau, run.horizon);
            let (a, b) = (of(first)?, of(second)?);
            let runs = a.iter().zip(&b).map(|(first, second)| OnsetRun {
                seed: first.seed,
                first: run(first),
                second: run(second),
            });
            let name = self.experiment.arms[arm].name.clone();
            arms.push(OnsetArm { name, planned: self.experiment.seeds.len(), runs: runs.collect() });
        }
        Ok(stats::onsets(&arms))
    }

    /// `table: onset of A before B`.
    ///
    /// # Errors
    /// If a measure's two levels are the same.
    pub fn onset_table(&self, first: Shown, second: Shown) -> Result<Table, StatsError> {
        let rows = self.onsets(first, second)?;
        let observation = &self.experiment.arms[self.arms[0]].observation;
        let [a, b] = [first, second].map(|shown| named(&observation.measure(shown.measure).name, shown.site));
        let columns = columns::ONSET.iter().enumerate().map(|(at, column)| {
            let heading = column.heading.replace("{a}", &a).replace("{b}", &b);
            if at == 0 { Column::left(heading) } else { Column::right(heading) }
        });
        let title = format!("{}: onset of {a} before {b}", self.experiment.name);
        let notes = self.onset_notes(&rows, [(first, &a), (second, &b)]);
        Ok(Table { title, columns: columns.collect(), rows: rows.iter().map(row).collect(), notes })
    }

    fn onset_notes(&self, rows: &[OnsetRow], measures: [(Shown, &String); 2]) -> Vec<String> {
        let mut notes = Vec::new();
        let plateau = self.experiment.plateau.as_ref();
        let told = measures.map(|(shown, name)| {
            let finished = self.cells.iter().filter(|cell| cell.finished);
            let rules: Vec<Rule> = finished.map(|cell| between(cell, shown.measure, plateau)).collect();
            let level =
                |of: fn(&Rule) -> f64| stats::median(&rules.iter().map(of).collect::<Vec<_>>()).unwrap_or(f64::NAN);
            format!("{name} from {} to {}", fixed(level(|rule| rule.blind), 3), fixed(level(|rule| rule.ideal), 3))
        });
        let every = self.experiment.arms[self.arms[0]].observation.every;
        let spacing = match self.experiment.arms[self.arms[0]].observation.decade {
            None => format!("evaluations lie {} steps apart", count(every)),
            Some(decade) => format!("evaluations lie {decade} a decade"),
        };
        notes.push(format!(
            "An onset is the first crossing of half the way, {}, that holds for {HELD} evaluations; {spacing}.",
            told.join(" and ")
        ));
        let lags = || rows.iter().filter_map(|row| row.lag.as_ref());
        if let Some(smallest) = lags().map(|lag| lag.smallest_p).reduce(f64::min) {
            let most = rows.iter().map(|row| row.pairs[..3].iter().sum::<usize>()).max().unwrap_or(0);
            notes.push(format!(
                "Lags are means over seeds with bootstrap intervals; p: exact flips of their signs, two-sided, Holm over arms; {}",
                at_best(&seeds(most), smallest, lags().count())
            ));
        }
        notes.extend(drawn(lags().map(|lag| &lag.permutation)));
        for (row, &arm) in rows.iter().zip(&self.arms) {
            notes.extend(self.unfinished(arm, row.missing, row.missing + row.n));
            notes.extend(censored(row, measures.map(|(_, name)| name.as_str())));
        }
        notes.extend(self.left_out.iter().cloned());
        notes
    }
}

/// A measure as a program names it: `weights[3]` where it is of one layer.
pub(super) fn named(name: &str, site: Option<usize>) -> String {
    site.map_or_else(|| name.to_string(), |site| format!("{name}[{site}]"))
}

/// The rule of a measure's onset: between its levels where both are known, those that the plateau gives it before all, else
/// between 0 and 1.
fn between(cell: &CellCurve, measure: usize, plateau: Option<&PlateauRule>) -> Rule {
    let known = cell.levels.get(measure);
    let given = plateau.filter(|rule| rule.measure == measure);
    let blind = given.and_then(|rule| rule.from).or_else(|| known.and_then(|levels| levels.blind));
    let ideal = given.and_then(|rule| rule.to).or_else(|| known.and_then(|levels| levels.ideal));
    let (blind, ideal) = blind.zip(ideal).unwrap_or((0.0, 1.0));
    Rule { exit: HALF, held: HELD, ..Rule::between(blind, ideal) }
}

fn row(row: &OnsetRow) -> Vec<String> {
    let onset = |of: &Onset| {
        let median = steps_interval(of.median.value, of.median.lower.unwrap_or(f64::NAN), of.median.upper);
        format!("{median} ({} of {})", of.reached, row.n)
    };
    let lag = row.lag.as_ref().map_or(MISSING.to_string(), |lag| {
        let bound = match lag.bound {
            Bound::Within => "",
            Bound::AtLeast => ">= ",
            Bound::AtMost => "<= ",
            Bound::Unknown => "about ",
        };
        let ends = lag.interval.map_or(String::new(), |(low, high)| format!(" [{}, {}]", steps(low), steps(high)));
        format!("{bound}{}{ends}", steps(lag.mean))
    });
    let order = row
        .lag
        .as_ref()
        .map_or(MISSING.to_string(), |lag| format!("{} of {}", lag.order.0, row.pairs[..3].iter().sum::<usize>()));
    vec![row.name.clone(), onset(&row.first), onset(&row.second), lag, order, row.p_holm.map_or(String::new(), p_value)]
}

/// Runs in which an onset was not seen, and what becomes of them.
fn censored(row: &OnsetRow, [a, b]: [&str; 2]) -> Option<String> {
    let [_, first, second, neither] = row.pairs;
    let mut told = Vec::new();
    if first > 0 {
        told.push(format!("{first} had an onset of {a} alone, so that {b} counts from the last evaluation"));
    }
    if second > 0 {
        told.push(format!("{second} had an onset of {b} alone, so that {a} counts from the last evaluation"));
    }
    if neither > 0 {
        told.push(format!("{neither} had neither and {} in no lag", if neither == 1 { "is" } else { "are" }));
    }
    (!told.is_empty()).then(|| format!("{}: of {}, {}.", row.name, seeds(row.n), told.join("; ")))
}
