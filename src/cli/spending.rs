//! `--max-flops` and `--max-disk`: what a study may cost, on every command that plans it.

use crate::check::Checked;
use crate::diagnostic::Span;
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
    /// Adds a finding to what was checked for each bound that an experiment exceeds.
    pub fn hold(&self, checked: &mut Checked, selection: &Selection) {
        let budget = Budget { flops: self.max_flops, disk: self.max_disk };
        let Some(program) = checked.program.as_ref().filter(|_| budget != Budget::default()) else { return };
        // What the selection lacks is told by the command itself.
        let Ok(plans) = plans(program.experiments.clone(), selection) else { return };
        for plan in plans {
            let place = checked.places.iter().find(|(name, _)| *name == plan.experiment.name);
            let at = place.map_or_else(Span::default, |(_, span)| *span);
            checked.findings.extend(budget.exceeded(&plan, at, (number::flops, |bytes| number::bytes(bytes as u64))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_have_powers_of_a_thousand() {
        assert_eq!(amount("5e18"), Ok(5e18));
        assert_eq!(amount("5P"), Ok(5e15));
        assert_eq!(amount("1.5 GB"), Ok(1.5e9));
        assert_eq!(amount("20_000"), Ok(20_000.0));
        assert!(amount("lots").is_err() && amount("-1").is_err());
    }
}
