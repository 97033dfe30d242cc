//! The table of last values: every measure by arm, with its difference to the baseline.

use super::cells::value;
use super::columns;
use super::notes::{at_best, drawn, seeds};
use super::number::{MISSING, fixed, interval, p_value};
use super::onsets::named;
use super::study::Study;
use super::table::{Column, Table};
use crate::program::figure::Shown;
use crate::program::model::Site;
use crate::program::training::MeasureKind;
use crate::stats::{self, EndArm, EndRow};

impl Study<'_> {
    /// The last values of a measure by arm, over finished runs.
    #[must_use]
    pub fn last_values(&self, shown: Shown) -> Vec<EndRow> {
        let arms: Vec<EndArm> = (self.arms.iter())
            .map(|&arm| EndArm {
                name: self.experiment.arms[arm].name.clone(),
                planned: self.experiment.seeds.len(),
                runs: (self.finished(arm))
                    .map(|cell| (cell.seed, cell.points.last().and_then(|point| value(point, shown))))
                    .collect(),
            })
            .collect();
        stats::ends(&arms)
    }

    /// Every number that is measured: each measure, and of a probe of all layers each of them.
    #[must_use]
    pub fn numbers(&self) -> Vec<(String, Shown)> {
        let observation = &self.experiment.arms[self.arms[0]].observation;
        let mut numbers = Vec::new();
        for place in 0..observation.written.len() {
            let measure = observation.measure(place);
            let last = self.cells.iter().filter(|cell| cell.finished).find_map(|cell| cell.points.last());
            let layers = match measure.kind {
                MeasureKind::Probe { site: Site::Everywhere, .. } => {
                    last.and_then(|point| point.parts.get(place)).map(Vec::len)
                }
                _ => None,
            };
            let sites: Vec<Option<usize>> = layers.map_or_else(|| vec![None], |layers| (0..layers).map(Some).collect());
            numbers.extend(sites.into_iter().map(|site| (named(&measure.name, site), Shown { measure: place, site })));
        }
        numbers
    }

    /// `table: final`.
    #[must_use]
    pub fn final_table(&self) -> Table {
        let all: Vec<(String, Vec<EndRow>)> =
            self.numbers().into_iter().map(|(name, shown)| (name, self.last_values(shown))).collect();
        let baseline = all.first().and_then(|(_, rows)| rows.first()).map_or("", |row| row.name.as_str());
        let columns = columns::FINAL.iter().enumerate().map(|(at, column)| {
            let heading = column.heading.replace("{baseline}", baseline);
            if at < 2 { Column::left(heading) } else { Column::right(heading) }
        });
        let rows = all.iter().flat_map(|(name, rows)| rows.iter().map(move |of| row(name, of))).collect();
        let title = format!("{}: last values", self.experiment.name);
        Table { title, columns: columns.collect(), rows, notes: self.final_notes(&all) }
    }

    fn final_notes(&self, all: &[(String, Vec<EndRow>)]) -> Vec<String> {
        let mut notes = vec![
            "Means over seeds of the last evaluation. Intervals are percentiles of 4,000 bootstrap resamples over seeds, runs of \
             one seed drawn together; of few seeds they are too narrow (docs/statistics.md has by how much)."
                .to_string(),
        ];
        let against = || all.iter().flat_map(|(_, rows)| rows).filter_map(|row| row.against.as_ref());
        if let Some(smallest) = against().map(|against| against.smallest_p).reduce(f64::min) {
            let most = all.iter().flat_map(|(_, rows)| rows).map(|row| row.n).max().unwrap_or(0);
            let compared = all.iter().map(|(_, rows)| rows.iter().filter(|row| row.against.is_some()).count()).max();
            notes.push(format!(
                "p: exact permutation of the difference of means, two-sided, Holm over arms for each measure; {}",
                at_best(&format!("{} an arm", seeds(most)), smallest, compared.unwrap_or(0))
            ));
        }
        notes.extend(drawn(against().map(|against| &against.permutation)));
        if let Some((_, rows)) = all.first() {
            for (row, &arm) in rows.iter().zip(&self.arms) {
                notes.extend(self.unfinished(arm, row.missing, row.missing + row.n + row.without));
            }
        }
        for (name, rows) in all {
            for row in rows.iter().filter(|row| row.without > 0) {
                let finished = row.n + row.without;
                notes.push(format!(
                    "{}, {name}: {} of {finished} finished runs have no last value (they diverged) and are in no mean.",
                    row.name, row.without
                ));
            }
        }
        notes.extend(self.left_out.iter().cloned());
        notes
    }
}

fn row(measure: &str, row: &EndRow) -> Vec<String> {
    let of = |value: f64, ends: Option<(f64, f64)>| {
        let (low, high) = ends.unwrap_or((f64::NAN, f64::NAN));
        interval(value, low, high, |value| fixed(value, 3))
    };
    let against = row.against.as_ref();
    vec![
        measure.to_string(),
        row.name.clone(),
        row.n.to_string(),
        row.mean.map_or(MISSING.to_string(), |mean| of(mean, row.interval)),
        against.map_or(String::new(), |against| of(against.difference, against.interval)),
        against.map_or(String::new(), |against| p_value(against.p_holm)),
    ]
}
