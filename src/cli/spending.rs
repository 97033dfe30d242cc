//! `--max-flops`, `--max-disk` and `--max-time`: what a study may cost, on every command that plans it.

use super::estimate::Estimate;
use crate::check::Checked;
use crate::diagnostic::Span;
use crate::plan::budget::Wording;
use crate::plan::{Budget, Selection, plans};
use crate::report::number;

/// Bounds on the cost of a study.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Spending {
    /// The most operations a study may cost, such as 5e18 or 5P: more is a finding, and nothing is run.
    #[arg(long, value_name = "FLOPS", value_parser = amount)]
    max_flops: Option<f64>,
    /// The most bytes a study may leave on disk, such as 2e9 or 2G: more is a finding, and nothing is run.
    #[arg(long, value_name = "BYTES", value_parser = amount)]
    max_disk: Option<f64>,
    /// The longest a study may take on this machine, such as 90s, 30min or 2h, by a timing of about a second: more is a
    /// finding, and nothing is run.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    max_time: Option<f64>,
    /// Cells at once, which the time depends on.
    #[arg(skip)]
    jobs: Option<usize>,
}

/// Seconds of a duration of the clock: `90s`, `30 min`, `2h`.
fn seconds(text: &str) -> Result<f64, String> {
    let cure = || "write a time such as 90s, 30min or 2h".to_string();
    let plain = text.trim();
    let end = plain.find(|letter: char| letter.is_ascii_alphabetic()).ok_or_else(cure)?;
    let unit = match &plain[end..] {
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(cure()),
    };
    let value: f64 = plain[..end].trim().replace('_', "").parse().map_err(|_| cure())?;
    if value.is_finite() && value >= 0.0 { Ok(value * unit) } else { Err(cure()) }
}

/// A number with the letter of a power of a thousand: `5P` is 5e15.
fn amount(text: &str) -> Result<f64, String> {
    const POWERS: &str = "kMGTPEZ";
    let plain = text.trim().trim_end_matches("FLOP").trim_end_matches("FLOPS").trim_end_matches('B').trim();
    let (digits, power) = match plain.chars().last().and_then(|last| POWERS.find(last).map(|place| (last, place))) {
        Some((last, place)) => (plain[..plain.len() - last.len_utf8()].trim(), place as i32 + 1),
        None => (plain, 0),
    };
    let value: f64 = digits.replace('_', "").parse().map_err(|_| "write a number, such as 5e18 or 5P".to_string())?;
    let value = value * 1000f64.powi(power);
    if value.is_finite() && value >= 0.0 { Ok(value) } else { Err("write a number of at least 0".into()) }
}

impl Spending {
    /// The same with so many cells at once.
    #[must_use]
    pub fn with_jobs(self, jobs: Option<usize>) -> Self {
        Self { jobs, ..self }
    }

    /// Adds a finding to what was checked for each bound that an experiment exceeds.
    pub fn hold(&self, checked: &mut Checked, selection: &Selection) {
        let budget = Budget { flops: self.max_flops, disk: self.max_disk, seconds: self.max_time };
        let Some(program) = checked.program.as_ref().filter(|_| budget != Budget::default()) else { return };
        // What the selection lacks is told by the command itself.
        let Ok(plans) = plans(program.experiments.clone(), selection) else { return };
        for plan in plans {
            let place = checked.places.iter().find(|(name, _)| *name == plan.experiment.name);
            let at = place.map_or_else(Span::default, |(_, span)| *span);
            let say =
                Wording { flops: number::flops, bytes: |bytes| number::bytes(bytes as u64), seconds: number::duration };
            let takes = self.max_time.and_then(|_| Estimate::of(&plan, self.jobs, true).time).map(|time| time.most);
            checked.findings.extend(budget.exceeded(&plan, takes, at, &say));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{amount, seconds};

    #[test]
    fn times_have_units_of_the_clock() {
        assert_eq!(seconds("90s"), Ok(90.0));
        assert_eq!(seconds("1.5 min"), Ok(90.0));
        assert_eq!(seconds("2h"), Ok(7200.0));
        assert!(seconds("90").is_err() && seconds("2 weeks").is_err() && seconds("-1s").is_err());
    }

    #[test]
    fn amounts_have_powers_of_a_thousand() {
        assert_eq!(amount("5e18"), Ok(5e18));
        assert_eq!(amount("5P"), Ok(5e15));
        assert_eq!(amount("1.5 GB"), Ok(1.5e9));
        assert_eq!(amount("20_000"), Ok(20_000.0));
        assert!(amount("lots").is_err() && amount("-1").is_err());
    }
}
