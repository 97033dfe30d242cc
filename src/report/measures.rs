//! The table of measures: what every measure of every arm gave at first and at last, and what stands beside a probe.

use super::columns;
use super::number::{MISSING, count, fixed, interval};
use super::study::{CellCurve, Study};
use super::table::{Column, Table};
use crate::engine::measure::{Beside, Levels, Point};
use crate::program::model::Site;
use crate::program::training::MeasureKind;
use crate::stats::{median, quantile};

/// The columns that stand there only where some row fills them.
const PROBES: std::ops::Range<usize> = 4..6;

/// One row's measure: its place in the `measure` block, its name, and its site where it has many.
struct Row {
    measure: usize,
    name: String,
    site: Option<usize>,
    probe: bool,
}

impl Row {
    fn value(&self, point: &Point) -> Option<f64> {
        match self.site {
            None => point.values.get(self.measure).copied().flatten(),
            Some(site) => point.parts.get(self.measure)?.get(site).copied(),
        }
    }

    fn beside(&self, point: &Point, of: fn(&Beside) -> &[f64]) -> Option<f64> {
        of(point.beside.get(self.measure)?.as_ref()?).get(self.site.unwrap_or(0)).copied()
    }
}

impl Study<'_> {
    /// Every measure of every arm at the first and the last evaluation: medians over seeds, with their range.
    #[must_use]
    pub fn measures_table(&self) -> Table {
        let mut notes = vec![format!(
            "On {} held-out sequences; medians over seeds. Probes are fitted anew at every evaluation, on training sequences.",
            count(self.experiment.arms[self.arms[0]].observation.sequences as u64)
        )];
        let mut rows = Vec::new();
        for row in self.measured() {
            for &arm in &self.arms {
                let cells = || self.cells.iter().filter(move |cell| cell.arm == arm && cell.finished);
                let all = |of: &dyn Fn(&CellCurve) -> Option<f64>| -> Vec<f64> { cells().filter_map(of).collect() };
                let first = all(&|cell| row.value(cell.points.first()?));
                let last = all(&|cell| row.value(cell.points.last()?));
                let of = |of: fn(&Beside) -> &[f64]| all(&|cell| row.beside(cell.points.last()?, of));
                let level = |of: fn(&Levels) -> Option<f64>| all(&|cell| cell.levels.get(row.measure).and_then(of));
                let short = |values: &[f64]| median(values).map(|value| fixed(value, 3));
                let ends = [0.0, 1.0].map(|at| quantile(&last, at).unwrap_or(f64::NAN));
                let name = &self.experiment.arms[arm].name;
                rows.push(vec![
                    row.name.clone(),
                    name.clone(),
                    short(&first).unwrap_or_else(|| MISSING.to_string()),
                    interval(median(&last).unwrap_or(f64::NAN), ends[0], ends[1], |value| fixed(value, 3)),
                    short(&of(|beside| &beside.control)).unwrap_or_default(),
                    short(&of(|beside| if beside.r2.is_empty() { &beside.cross_entropy } else { &beside.r2 }))
                        .unwrap_or_default(),
                    short(&level(|levels| levels.blind)).unwrap_or_default(),
                    short(&level(|levels| levels.ideal)).unwrap_or_default(),
                ]);
                let lower_is_worse = of(|beside| &beside.r2).is_empty();
                if let (true, Some(first), Some(last)) = (row.probe, median(&first), median(&last))
                    && (if lower_is_worse { last < first } else { last > first })
                {
                    notes.push(format!("{} of {name} is worse at the end than before training.", row.name));
                }
            }
        }
        let shown: Vec<usize> = (0..columns::MEASURES.len())
            .filter(|at| !PROBES.contains(at) || rows.iter().any(|row| !row[*at].is_empty()))
            .collect();
        let column = |&at: &usize| {
            let heading = columns::MEASURES[at].heading;
            if at < 2 { Column::left(heading) } else { Column::right(heading) }
        };
        let rows = rows.into_iter().map(|row| shown.iter().map(|&at| row[at].clone()).collect()).collect();
        Table { title: "measures".into(), columns: shown.iter().map(column).collect(), rows, notes }
    }

    /// The measures in the order written, a probe at every site as so many.
    fn measured(&self) -> Vec<Row> {
        let arm = &self.experiment.arms[self.arms[0]];
        let mut rows = Vec::new();
        for measure in 0..arm.observation.written.len() {
            let at = arm.observation.measure(measure);
            let probe = matches!(at.kind, MeasureKind::Probe { .. });
            match at.kind {
                MeasureKind::Probe { site: Site::Everywhere, .. } => {
                    rows.extend((0..=arm.training.model.layers()).map(|site| Row {
                        measure,
                        name: format!("{}[{site}]", at.name),
                        site: Some(site),
                        probe,
                    }));
                }
                _ => rows.push(Row { measure, name: at.name.clone(), site: None, probe }),
            }
        }
        rows
    }
}
