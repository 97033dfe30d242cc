//! Times of a run: stages, schedules and evaluations in steps.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::expressions::items::Found;
use crate::check::limits;
use crate::check::study::arms::place;
use crate::check::values::value::Value;
use crate::check::values::value::{Duration, MetricKind, RateValue, ScheduleValue, StageValue};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::Task;
use crate::program::training::{Guard, Length, Rate, Schedule, Shape, Stage};
use crate::syntax::tree::ExprKind;

impl Checker<'_> {
    /// A number that may change, its times in steps; it must have arrived when the run ends.
    pub fn rate_of(&mut self, rate: &RateValue, (epoch, total): (Option<u64>, u64)) -> Option<Rate> {
        let schedule = match rate {
            RateValue::Constant(value) => return Some(Rate::Constant(*value)),
            RateValue::Schedule(schedule) => schedule,
        };
        let made = self.scheduled(schedule, epoch)?;
        if made.over > total {
            let title = format!("this schedule takes {} steps, but the run has {total}", made.over);
            let help = "let it end with the run, or earlier";
            self.fault("E0307", title, schedule.span, "never arrives", help);
            return None;
        }
        Some(Rate::Schedule(made))
    }

    pub fn scheduled(&mut self, value: &ScheduleValue, epoch: Option<u64>) -> Option<Schedule> {
        let over = self.steps(value.over, epoch, value.span)?;
        if over == 0 {
            let help = "give it at least one step";
            self.fault("E0302", "this schedule takes no step", value.span, "0 steps", help);
            return None;
        }
        let shape = match value.way {
            Shape::Ramp { by, .. } => Shape::Ramp { by, every: self.steps(value.every, epoch, value.span)? },
            other => other,
        };
        Some(Schedule { shape, from: value.from, to: value.to, over })
    }

    /// The whole number from 1 to `most` of a quantity.
    pub fn amount(&mut self, value: f64, most: f64, what: &str, span: Span) -> Option<usize> {
        if value > most {
            self.too_large(what, value, most, span);
            return None;
        }
        if value < 1.0 || value.fract() != 0.0 {
            let title = format!("{what} cannot be {value}");
            self.fault("E0302", title, span, "not a whole number of at least 1", "write a whole number of at least 1");
            return None;
        }
        Some(value as usize)
    }

    /// A duration in steps.
    pub fn steps(&mut self, length: Duration, epoch: Option<u64>, span: Span) -> Option<u64> {
        if epoch.is_none() && length.epochs != 0.0 {
            // One cause, however many durations are in epochs.
            if !self.timeless {
                self.timeless = true;
                let help = "give it in steps, or fix the data: `data: 100k sequences`";
                self.fault("E0305", "an epoch has no length where data is fresh", span, "in epochs", help);
            }
            return None;
        }
        if length.elapsed != 0.0 {
            let help = "write `elapsed` in the `for` or `at_most` of a stage";
            self.fault("E0301", "`elapsed` has a meaning in a stage only", span, "no stage is entered here", help);
            return None;
        }
        let total = length.steps + length.epochs * epoch.unwrap_or(0) as f64;
        if total > limits::STEPS {
            self.too_large("a number of steps", total, limits::STEPS, span);
            return None;
        }
        Some(total.round().max(0.0) as u64)
    }

    /// Stages with their durations in steps. A guard may end one early, so later ones have an earliest end too.
    pub fn stages(&mut self, stages: &[StageValue], epoch: Option<u64>, tasks: &mut Vec<Task>) -> Option<Vec<Stage>> {
        let mut made = Vec::new();
        let (mut from, mut least) = (0_u64, 0_u64);
        for stage in stages {
            let fixed = Duration { elapsed: 0.0, ..stage.length };
            let base = self.steps(fixed, epoch, stage.length_span)? as f64;
            // `elapsed` is the time at the entry, the latest and the earliest.
            let [latest, earliest] = [from, least].map(|entry| base + stage.length.elapsed * entry as f64);
            let length = latest.max(earliest);
            if latest.min(earliest) < 1.0 {
                let title = format!("stage `{}` lasts no step", stage.name);

                let finding = Diagnostic::error("E0308", title, stage.length_span, "no step is left for it")
                    .help("give it at least one step; a total counts the stages before it too");
                self.report(finding);
                return None;
            }
            let ends = [(from as f64 + latest), (least as f64 + earliest)];
            let until = ends[0].max(ends[1]) as u64;
            if until as f64 > limits::STEPS {
                self.too_large("a number of steps", until as f64, limits::STEPS, stage.length_span);
                return None;
            }
            let mut train: Vec<(usize, f64)> = Vec::new();
            for (at, (task, share)) in stage.train.iter().enumerate() {
                if let Some(ramped) = stage.ramps.iter().find(|ramped| ramped.task == at) {
                    for ramp in &ramped.ramps {
                        let schedule = self.scheduled(ramp, epoch)?;
                        if schedule.over as f64 > length {
                            let title = format!("this ramp takes {} steps, but its stage has {length}", schedule.over);
                            let help = "let it end with its stage, or earlier";
                            self.fault("E0307", title, ramp.span, "never arrives", help);
                            return None;
                        }
                    }
                }
                train.push((place(tasks, task), *share));
            }
            let guard = match &stage.guard {
                None => None,
                Some(guard) => {
                    let MetricKind::Score { score, at, .. } = guard.metric.kind else { return None };
                    let task = guard.metric.task.as_ref()?;
                    let task = place(tasks, task);
                    Some(Guard { task, score, at, above: guard.above, than: guard.than, held: guard.held })
                }
            };
            let soonest = if guard.is_some() { least + 1 } else { ends[0].min(ends[1]) as u64 };
            let loss = match &stage.loss {
                None => None,
                Some(loss) => Some(self.loss(loss, &tasks.clone(), (epoch, until))?),
            };
            made.push(Stage {
                name: stage.name.clone(),
                train,
                from,
                until,
                reset: stage.reset,
                guard,
                earliest: (soonest != until).then_some(soonest),
                loss,
                length: Length { steps: base, elapsed: stage.length.elapsed, most: None },
            });
            (from, least) = (until, soonest);
        }
        Some(made)
    }

    /// Whether every stage that ends by a guard has the evaluations for which the guard must hold.
    pub fn guards_can_hold(&mut self, lines: &[StageValue], stages: &[Stage], every: u64) -> Option<()> {
        for (line, stage) in lines.iter().zip(stages) {
            let Some(guard) = &line.guard else { continue };
            let evaluations = (stage.until - stage.from) / every.max(1);
            if guard.held > evaluations {
                let title = format!("this guard must hold longer than its stage: that has {evaluations} evaluations");
                let help = "hold it shorter, measure more often, or raise `at_most`";
                self.fault("E0302", title, guard.held_span, "never ends the stage", help);
                return None;
            }
        }
        Some(())
    }

    /// A set of sequences is fixed once and for all, so a task that grows has none.
    pub fn ramps_are_fresh(&mut self, stages: &[StageValue]) {
        for ramp in stages.iter().flat_map(|stage| &stage.ramps).flat_map(|ramped| &ramped.ramps) {
            let help = "write `data: fresh`";
            self.fault("E0302", "a task that grows has no fixed set of sequences", ramp.span, "changes its task", help);
        }
    }

    /// Steps between evaluations, and evaluations in a decade where they are spaced so.
    pub fn every(&mut self, found: &Found<'_>, epoch: Option<u64>, env: Env<'_>) -> Option<(u64, Option<u64>)> {
        let (expr, _) = found.get("every")?;
        if let ExprKind::Call { callee, args } = &expr.kind
            && matches!(&callee.kind, ExprKind::Name(name) if name == "log")
            && let [arg] = args.as_slice()
        {
            let value = self.eval(&arg.value, env);
            let decade = self.bounded(&value, arg.value.span, 1000, "a number of evaluations a decade")?.axis()?;
            return Some((1, Some(decade as u64)));
        }
        let length = match self.eval(expr, env) {
            Value::Duration(length) => length,
            other => return self.none("a duration", &other, expr.span),
        };
        let steps = self.steps(length, epoch, expr.span)?;
        if steps == 0 {
            let help = "write a longer time, such as `every: 100 steps`";
            self.fault("E0302", "evaluations must lie at least one step apart", expr.span, "less than a step", help);
            return None;
        }
        Some((steps, None))
    }
}
