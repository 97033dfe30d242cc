//! What a referee asks for beside the plateau table: differences in steps, widths, failures counted apart.

use super::columns;
use super::number::{MISSING, interval, p_value, steps};
use super::study::Study;
use super::table::{Column, Table};
use crate::stats::{ArmRow, Bound, Summary};

impl Study<'_> {
    /// The further numbers of every arm.
    #[must_use]
    pub fn details_table(&self, summary: &Summary) -> Table {
        let baseline = summary.rows.first().map_or("", |row| row.name.as_str());
        let columns = columns::DETAILS.iter().enumerate().map(|(at, column)| {
            let heading = column.heading.replace("{baseline}", baseline);
            if at == 0 { Column::left(heading) } else { Column::right(heading) }
        });
        Table {
            title: format!("{}: details of exits", self.experiment.name),
            columns: columns.collect(),
            rows: summary.rows.iter().map(row).collect(),
            notes: Vec::new(),
        }
    }
}

fn row(row: &ArmRow) -> Vec<String> {
    let difference = row.contrast.as_ref().map_or(String::new(), |contrast| {
        let bound = match contrast.bound {
            Bound::Within => "",
            Bound::AtLeast => ">= ",
            Bound::AtMost => "<= ",
            Bound::Unknown => "unknown, ",
        };
        let (low, high) = contrast.difference_interval.unwrap_or((f64::NAN, f64::NAN));
        format!("{bound}{}", interval(contrast.difference, low, high, steps))
    });
    let width =
        row.width.map_or(MISSING.to_string(), |width| format!("{} ({} of {})", steps(width), row.widths, row.n));
    let test = row.comparison.as_ref();
    vec![
        row.name.clone(),
        format!("{} of {}", row.n, row.n + row.missing),
        difference,
        width,
        steps(row.resolution),
        row.at_start.to_string(),
        row.diverged.to_string(),
        row.diverged_later.to_string(),
        test.map_or(String::new(), |test| format!("{:.2}", test.log_rank.chi2)),
        test.map_or(String::new(), |test| p_value(test.log_rank.p)),
        test.map_or(String::new(), |test| p_value(test.permutation.p)),
    ]
}
