//! The evaluations of a run, value by value.

use super::series::{Series, by_position, series};
use crate::engine::measure::{Levels, Point};
use crate::program::{Arm, PlateauRule};
use std::io;

/// One run, as far as it is.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The experiment.
    pub study: &'a str,
    /// The arm, at its point of the sweep.
    pub of: &'a Arm,
    /// What the sweep binds there: each knob as written, and as a number where it is one.
    pub knobs: &'a [(String, String)],
    pub numbers: &'a [Option<f64>],
    pub seed: u64,
    /// The key of its cell.
    pub cell: &'a str,
    /// How far it is, in a word.
    pub status: &'a str,
    pub points: &'a [Point],
    pub levels: &'a [Levels],
    /// The steps at which it entered its stages.
    pub entries: &'a [u64],
    /// The finer evaluations of the plateau's measure, and the rule that asks for them.
    pub fine: &'a [(u64, Option<f64>)],
    pub plateau: Option<&'a PlateauRule>,
    pub clock: &'a Clock,
}

/// When a run was where: steps with the seconds of training up to them, in order, and when the last of them was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clock {
    pub spent: Vec<(u64, f64)>,
    /// In seconds since 1970.
    pub ended: f64,
}

impl Clock {
    /// The time of a step in seconds since 1970; between two steps whose times are known it goes evenly.
    #[must_use]
    pub fn at(&self, step: u64) -> f64 {
        let total = self.spent.last().map_or(0.0, |last| last.1);
        let (mut before, mut known) = ((0, 0.0), total);
        for &(until, seconds) in &self.spent {
            if step <= until {
                let share = (step - before.0) as f64 / (until - before.0).max(1) as f64;
                known = before.1 + share * (seconds - before.1);
                break;
            }
            before = (until, seconds);
        }
        self.ended - (total - known)
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    pub of: &'a Series<'a>,
    /// The stage that made the step; none for a model that is only measured.
    pub stage: Option<&'a str>,
    pub step: u64,
    pub evaluation: Evaluation,
    /// None where it is not finite.
    pub value: Option<f64>,
    /// What stands beside the value of a probe.
    pub control: Option<f64>,
    pub cross_entropy: Option<f64>,
    pub r2: Option<f64>,
}

impl<'a> Row<'a> {
    /// A value without anything beside it.
    fn new(
        of: &'a Series<'a>,
        stage: Option<&'a str>,
        (step, evaluation): (u64, Evaluation),
        value: Option<f64>,
    ) -> Self {
        Self { of, stage, step, evaluation, value, control: None, cross_entropy: None, r2: None }
    }
}

/// Why there is an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// The `measure` block asks for it; exits, guards and onsets look at these.
    Regular,
    /// A figure alone does.
    Figure,
    /// It places an exit more finely.
    Fine,
}

impl Evaluation {
    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Figure => "figure",
            Self::Fine => "fine",
        }
    }
}

/// Tells every value of a run, in the order of its steps.
///
/// # Errors
/// That of the first value which could not be told.
pub fn rows(run: &Run<'_>, tell: &mut dyn FnMut(&Row<'_>) -> io::Result<()>) -> io::Result<()> {
    let series = series(run);
    let fine = run.plateau.and_then(|rule| series.iter().find(|series| series.is(rule.measure, rule.site)));
    let ends = ends(run);
    let stage = |step: u64| {
        // A stage without a step made none.
        let place = ends.iter().position(|&end| step <= end && end > 0)?;
        Some(run.of.training.stages[place].name.as_str())
    };
    let mut finer = run.fine.iter().peekable();
    let last = run.points.last().map(|point| point.step);
    for point in run.points {
        while let Some((step, value)) = finer.next_if(|(step, _)| *step <= point.step) {
            if let Some(of) = fine.filter(|_| *step < point.step) {
                tell(&Row::new(of, stage(*step), (*step, Evaluation::Fine), *value))?;
            }
        }
        let aside = Some(point.step) != last && run.of.observation.aside(point.step);
        let evaluation = if aside { Evaluation::Figure } else { Evaluation::Regular };
        for of in &series {
            let Some(value) = of.value(point) else { continue };
            tell(&Row {
                control: of.beside(point, |beside| &beside.control),
                cross_entropy: of.beside(point, |beside| &beside.cross_entropy),
                r2: of.beside(point, |beside| &beside.r2),
                ..Row::new(of, stage(point.step), (point.step, evaluation), value)
            })?;
        }
        let Some(told) = &point.by_position else { continue };
        let asked = run.of.observation.by_position.as_ref();
        let names = asked.into_iter().flat_map(|asked| &asked.references).map(|compared| Some(compared.name.as_str()));
        let losses = std::iter::once(&told.model).chain(&told.references);
        for (name, losses) in std::iter::once(None).chain(names).zip(losses) {
            for (&position, &loss) in told.positions.iter().zip(losses) {
                let of = by_position(run, position, name);
                let value = Some(loss).filter(|loss| loss.is_finite());
                tell(&Row::new(&of, stage(point.step), (point.step, Evaluation::Figure), value))?;
            }
        }
    }
    Ok(())
}

/// The step after the last of each stage, planned where it is not behind the run.
fn ends(run: &Run<'_>) -> Vec<u64> {
    let stages = run.of.training.stages.iter().enumerate();
    stages.map(|(place, stage)| run.entries.get(place + 1).copied().unwrap_or(stage.until)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_goes_evenly_between_what_is_known() {
        let clock = Clock { spent: vec![(100, 10.0), (300, 20.0)], ended: 1020.0 };
        let times = [0, 50, 100, 200, 300].map(|step| clock.at(step));
        assert_eq!(times, [1000.0, 1005.0, 1010.0, 1015.0, 1020.0]);
        assert_eq!(Clock::default().at(7), 0.0);
    }
}
