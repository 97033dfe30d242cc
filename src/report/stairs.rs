//! Staircases: the exit from each level of a task that has several, read as an exit of its own.

use super::study::{CellCurve, Study, levels};
use crate::program::PlateauRule;
use crate::program::figure::Shown;
use crate::program::task::{Reference, Task};
use crate::stats::{self, Rule, StatsError, Summary};

/// One flight of a staircase: from a level to the next.
pub struct Flight {
    /// Such as `blind to ngram(1, 1)`.
    pub label: String,
    pub summary: Summary,
}

impl Study<'_> {
    /// The flights of the plateau's measure, in order; none where its task has no stairs, or one of them is unknown or does
    /// not lie between its neighbours.
    ///
    /// # Errors
    /// If a horizon is not finite.
    pub fn flights(&self, rule: &PlateauRule) -> Result<Vec<Flight>, StatsError> {
        let names = self.stair_names(rule);
        if names.len() < 3 {
            return Ok(Vec::new());
        }
        let shown = Shown { measure: rule.measure, site: rule.site };
        let mut flights = Vec::new();
        for (place, ends) in names.windows(2).enumerate() {
            let between = |cell: &CellCurve| {
                let all = staircase(cell, rule)?;
                Some(Rule { blind: all[place], ideal: *all.get(place + 1)?, ..levels(cell, rule) })
            };
            let arms = self.arms.iter().map(|&arm| {
                let runs = self.read(arm, shown, rule.stage.as_deref(), &between)?;
                Ok(stats::Arm {
                    name: self.experiment.arms[arm].name.clone(),
                    planned: self.experiment.seeds.len(),
                    runs,
                })
            });
            let arms = arms.collect::<Result<Vec<_>, StatsError>>()?;
            if arms.iter().all(|arm| arm.runs.is_empty()) {
                return Ok(Vec::new());
            }
            let label = format!("{} to {}", ends[0], ends[1]);
            flights.push(Flight { label, summary: stats::summarise(&arms)? });
        }
        Ok(flights)
    }

    fn stair_names(&self, rule: &PlateauRule) -> Vec<String> {
        let arm = &self.experiment.arms[self.arms[0]];
        let Some(task) = arm.observation.measure(rule.measure).kind.task() else { return Vec::new() };
        let task: &Task = &arm.training.tasks[task];
        let stairs = task.plateaus.iter().enumerate().map(|(place, stair)| named(stair, place));
        std::iter::once("blind".into()).chain(stairs).chain(["ideal".into()]).collect()
    }
}

/// All levels of a run from blind to ideal, where they rise or fall throughout.
fn staircase(cell: &CellCurve, rule: &PlateauRule) -> Option<Vec<f64>> {
    let ends = levels(cell, rule);
    let stairs = &cell.levels.get(rule.measure)?.stairs;
    let all: Vec<f64> = std::iter::once(Some(ends.blind))
        .chain(stairs.iter().copied())
        .chain([Some(ends.ideal)])
        .collect::<Option<_>>()?;
    let way = ends.ideal - ends.blind;
    all.windows(2).all(|two| (two[1] - two[0]) * way > 0.0).then_some(all)
}

fn named(stair: &Reference, place: usize) -> String {
    match stair {
        Reference::Predictor { name, args, of: None } if args.is_empty() => name.clone(),
        Reference::Predictor { name, args, of: None } => {
            let args: Vec<String> = args.iter().map(ToString::to_string).collect();
            format!("{name}({})", args.join(", "))
        }
        _ => format!("plateau {}", place + 1),
    }
}
