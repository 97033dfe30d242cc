//! One experiment's curves to what is concluded from them: the plateau table, the claims, the figures.

use super::columns;
use super::figure::{Group, Panel};
use super::number::{MISSING, at_least, fixed, p_value, ratio, steps_interval};
use super::stairs::Flight;
use super::table::{Column, Table};
use crate::engine::measure::{Levels, LossByPosition, Point};
use crate::program::figure::Shown;
use crate::program::{Arm, Claim, Experiment, PlateauRule};
use crate::stats::{self, ArmRow, Bound, Curve, Part, Rule, Run, Sample, SeedRun, StatsError, Summary};

/// One cell's results.
#[derive(Clone, Debug)]
pub struct CellCurve {
    /// Place of the arm in the experiment.
    pub arm: usize,
    pub seed: u64,
    /// Measures in the order written.
    pub points: Vec<Point>,
    pub levels: Vec<Levels>,
    /// The steps at which it entered its stages.
    pub entries: Vec<u64>,
    /// Whether it ran to its end; others are missing from tables but drawn.
    pub finished: bool,
    /// The step that an unfinished one stands at; none where it is not begun.
    pub stands: Option<u64>,
    /// The finer evaluations of the plateau's measure around the exit, where those are asked for.
    pub fine: Vec<(u64, Option<f64>)>,
}

/// An experiment at one point of its sweep, with the curves it has so far.
pub struct Study<'a> {
    pub experiment: &'a Experiment,
    /// The place of the point in [`Experiment::points`].
    pub point: usize,
    /// Arms that were asked for, by place, all of this point.
    pub arms: Vec<usize>,
    pub cells: &'a [CellCurve],
    /// Set where every cell was cut short on purpose.
    pub limit: Option<u64>,
    /// Arms and seeds of the program that were not asked for, in words.
    pub left_out: &'a [String],
}

impl Study<'_> {
    /// The plateau statistics of every arm; the first arm asked for is the baseline.
    ///
    /// # Errors
    /// If a plateau has no two different levels.
    pub fn summary(&self, rule: &PlateauRule) -> Result<Summary, StatsError> {
        let arms = self.arms.iter().map(|&arm| {
            let runs = self.runs(arm, rule)?;
            let name = self.experiment.arms[arm].name.clone();
            Ok(stats::Arm { name, planned: self.experiment.seeds.len(), runs })
        });
        stats::summarise(&arms.collect::<Result<Vec<_>, StatsError>>()?)
    }

    pub(super) fn runs(&self, arm: usize, rule: &PlateauRule) -> Result<Vec<SeedRun>, StatsError> {
        self.finished(arm).map(|cell| run(self.experiment, cell, rule)).collect()
    }

    /// The finished runs of an arm.
    pub(super) fn finished(&self, arm: usize) -> impl Iterator<Item = &CellCurve> {
        self.cells.iter().filter(move |cell| cell.arm == arm && cell.finished)
    }

    /// What the finished runs of an arm say of a measure, each by a rule of its own; a run without one is left out.
    pub(super) fn read(
        &self,
        arm: usize,
        shown: Shown,
        stage: Option<&str>,
        rule: &dyn Fn(&CellCurve) -> Option<Rule>,
    ) -> Result<Vec<SeedRun>, StatsError> {
        let runs = self.finished(arm).filter_map(|cell| Some(read(self.experiment, cell, shown, stage, &rule(cell)?)));
        runs.collect()
    }

    /// What the sweep binds here, as written; none where nothing is swept.
    #[must_use]
    pub fn bound(&self) -> Option<String> {
        let bound = self.experiment.points.get(self.point)?;
        let all: Vec<String> = bound.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    /// What a claim compares at this point, where both of its arms have finished runs.
    ///
    /// # Errors
    /// If a plateau has no two different levels.
    pub fn part(&self, claim: &Claim, rule: &PlateauRule) -> Result<Option<Part>, StatsError> {
        // A claim names its arms by their places at every point.
        let first = self.point * self.experiment.arms.len() / self.experiment.points.len().max(1);
        let [smaller, larger] = [claim.smaller, claim.larger].map(|arm| first + arm);
        let exits = |arm: usize| -> Result<Vec<Run>, StatsError> {
            Ok(self.runs(arm, rule)?.iter().map(|run| Run::new(run.seed, &run.plateau, run.horizon)).collect())
        };
        let (small, large) = (exits(smaller)?, exits(larger)?);
        if small.is_empty() || large.is_empty() {
            return Ok(None);
        }
        let budgets = [smaller, larger].map(|arm| self.experiment.arms[arm].training.steps() as f64);
        Ok(Some(Part {
            label: self.bound().unwrap_or_default(),
            small: Sample::Exits(small),
            large: Sample::Exits(large),
            horizon: budgets[0].min(budgets[1]),
        }))
    }

    /// The plateau table.
    #[must_use]
    pub fn plateau_table(&self, rule: &PlateauRule, summary: &Summary, flights: &[Flight]) -> Table {
        let measure = self.experiment.arms[self.arms[0]].observation.measure(rule.measure);
        let baseline = summary.rows.first().map_or("", |row| row.name.as_str());
        let headings = columns::PLATEAU.map(|column| column.heading.replace("{baseline}", baseline));
        let columns = headings.into_iter().enumerate();
        let columns = columns.map(|(at, heading)| if at == 0 { Column::left(heading) } else { Column::right(heading) });
        let mut rows: Vec<Vec<String>> = summary.rows.iter().map(row).collect();
        for flight in flights {
            rows.extend(flight.summary.rows.iter().map(|of| {
                let mut cells = row(of);
                cells[0] = format!("{}, {}", of.name, flight.label);
                cells
            }));
        }
        if rule.stop {
            rows.iter_mut().filter_map(|row| row.last_mut()).for_each(|cell| *cell = MISSING.to_string());
        }
        let title = format!("{}: plateau of {}", self.experiment.name, measure.name);
        Table { title, columns: columns.collect(), rows, notes: self.notes(rule, summary, flights) }
    }

    /// The loss at every position at the end of training: of every arm, and of the references beside it.
    #[must_use]
    pub fn panel_by_position(&self) -> Panel {
        let ends = |arm: usize| {
            let cells = self.cells.iter().filter(move |cell| cell.arm == arm && cell.finished);
            cells.filter_map(|cell| Some((cell.seed, cell.points.last()?.by_position.as_ref()?)))
        };
        let along = |told: &LossByPosition, losses: &[f64]| -> Vec<(f64, f64)> {
            told.positions.iter().map(|position| *position as f64).zip(losses.iter().copied()).collect()
        };
        let mut groups: Vec<Group> = Vec::new();
        for &arm in &self.arms {
            let label = if self.arms.len() == 1 { "model" } else { &self.experiment.arms[arm].name };
            groups.push(Group::of(label, ends(arm).map(|(seed, told)| (seed, along(told, &told.model)))));
        }
        let first = &self.experiment.arms[self.arms[0]];
        let asked = first.observation.by_position.as_ref();
        for (place, compared) in asked.into_iter().flat_map(|asked| &asked.references).enumerate() {
            let runs =
                ends(self.arms[0]).filter_map(|(seed, told)| Some((seed, along(told, told.references.get(place)?))));
            groups.push(Group::of(compared.name.replace('_', " "), runs));
        }
        Panel { title: self.bound(), groups, ..Panel::default() }
    }
}

/// What a run's curve says of its plateau, its exit placed by finer evaluations where there are some.
///
/// # Errors
/// If the plateau has no two different levels.
pub(super) fn run(experiment: &Experiment, cell: &CellCurve, rule: &PlateauRule) -> Result<SeedRun, StatsError> {
    let (stage, between) = (rule.stage.as_deref(), levels(cell, rule));
    let shown = Shown { measure: rule.measure, site: rule.site };
    let mut run = read(experiment, cell, shown, stage, &between)?;
    let Some(every) = rule.refine.filter(|_| !cell.fine.is_empty()) else { return Ok(run) };
    let between = Rule { from: entry(experiment, cell, stage), ..between };
    let fine = Curve {
        steps: cell.fine.iter().map(|(step, _)| *step as f64).collect(),
        values: cell.fine.iter().map(|(_, value)| value.unwrap_or(f64::NAN)).collect(),
    };
    let coarse = curve(&experiment.arms[cell.arm], cell, shown);
    if let Some(window) = stats::window(&coarse, &between, every)?
        && let Some(exit) = stats::refined(&fine, &between, &window)?
    {
        run.plateau.exit = exit;
    }
    Ok(run)
}

/// What a run says of a measure between two levels.
fn read(
    experiment: &Experiment,
    cell: &CellCurve,
    shown: Shown,
    stage: Option<&str>,
    rule: &Rule,
) -> Result<SeedRun, StatsError> {
    let arm = &experiment.arms[cell.arm];
    let from = entry(experiment, cell, stage);
    let plateau = stats::plateau(&curve(arm, cell, shown), &Rule { from, ..rule.clone() })?;
    Ok(SeedRun { seed: cell.seed, plateau, horizon: (arm.training.steps() as f64 - from).max(0.0) })
}

/// The step at which a run enters a stage; an arm without the stage counts from step 0.
fn entry(experiment: &Experiment, cell: &CellCurve, stage: Option<&str>) -> f64 {
    let stages = &experiment.arms[cell.arm].training.stages;
    let place = stage.and_then(|name| stages.iter().position(|stage| stage.name == name));
    place.and_then(|place| cell.entries.get(place).copied()).unwrap_or(0) as f64
}

/// A measure's raw curve, without what was measured for figures alone; what is not finite is NaN.
fn curve(arm: &Arm, cell: &CellCurve, shown: Shown) -> Curve {
    let value = |point: &Point| super::cells::value(point, shown).unwrap_or(f64::NAN);
    let end = cell.points.last().map(|point| point.step);
    let points = || cell.points.iter().filter(|point| Some(point.step) == end || !arm.observation.aside(point.step));
    Curve { steps: points().map(|point| point.step as f64).collect(), values: points().map(value).collect() }
}

pub(super) fn levels(cell: &CellCurve, rule: &PlateauRule) -> Rule {
    let known = cell.levels.get(rule.measure);
    let blind = rule.from.or_else(|| known.and_then(|levels| levels.blind)).unwrap_or(f64::NAN);
    let ideal = rule.to.or_else(|| known.and_then(|levels| levels.ideal)).unwrap_or(f64::NAN);
    Rule { blind, ideal, exit: rule.exit, held: rule.held, from: 0.0 }
}

/// What the plateau table says of an arm, in its columns.
pub(super) fn row(row: &ArmRow) -> Vec<String> {
    let escaped = &row.escaped;
    let share = |value: f64| fixed(value, 2);
    let escaped =
        format!("{} of {} [{}, {}]", escaped.k, escaped.n, share(escaped.interval.0), share(escaped.interval.1));
    let median = &row.survival.median;
    let median = steps_interval(median.value, median.lower.unwrap_or(f64::NAN), median.upper);
    let mean = row.rmst.as_ref().map_or(MISSING.to_string(), |mean| {
        if mean.at_least {
            at_least(mean.horizon)
        } else {
            let (low, high) = mean.interval.unwrap_or((f64::NAN, f64::NAN));
            steps_interval(Some(mean.value), low, Some(high))
        }
    });
    let contrast = row.contrast.as_ref().map_or(String::new(), |contrast| {
        let (low, high) = contrast.ratio_interval.unwrap_or((f64::NAN, f64::NAN));
        let bound = match contrast.bound {
            Bound::Within => "",
            Bound::AtLeast => ">= ",
            Bound::AtMost => "<= ",
            Bound::Unknown => "unknown, ",
        };
        contrast.ratio.map_or(MISSING.to_string(), |value| format!("{bound}{}", ratio(value, low, high)))
    });
    let p = row.p_holm.map_or(String::new(), p_value);
    // A run that diverged has no final progress; its last finite value was made before.
    let all_diverged = row.n > 0 && row.diverged + row.diverged_later == row.n;
    let progress = row
        .final_progress
        .filter(|_| !all_diverged)
        .map_or(MISSING.to_string(), |value| format!("{}%", fixed(value * 100.0, 0)));
    vec![row.name.clone(), escaped, median, mean, contrast, p, progress]
}
