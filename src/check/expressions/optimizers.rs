//! Optimizers and schedules.

use crate::check::Checker;
use crate::check::expressions::builtins::Bound;
use crate::check::values::value::{Duration, OptimizerValue, RateValue, Rule, ScheduleValue, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::training::Shape;
use crate::registry::Builtin;
use std::rc::Rc;

impl Checker<'_> {
    pub fn rate(&mut self, given: Option<(Value, Span)>, default: f64, what: &str) -> Option<f64> {
        let Some((value, at)) = given else { return Some(default) };
        let rate = self.number(&value, at)?.known()?;
        if rate > 0.0 && rate.is_finite() {
            return Some(rate);
        }
        let title = format!("{what} must be above 0");
        self.fault("E0302", title, at, "not positive", "write a small number, such as `1e-4`");
        None
    }

    pub fn optimizer(&mut self, form: &'static Builtin, bound: &mut Bound) -> Option<Value> {
        let lr = match bound.given(0)? {
            (Value::Schedule(schedule), at) => {
                if schedule.from <= 0.0 && schedule.to <= 0.0 || schedule.from < 0.0 || schedule.to < 0.0 {
                    let help = "write small numbers, such as `1e-3 -> 1e-4`";
                    self.fault("E0302", "a learning rate must be above 0", at, "not positive", help);
                    return None;
                }
                RateValue::Schedule(schedule)
            }
            given => RateValue::Constant(self.rate(Some(given), 1e-3, "a learning rate")?),
        };
        let rule = if form.name == "sgd" {
            let momentum = match bound.given(1) {
                Some((value, at)) => {
                    let momentum = self.at_least_zero(&value, at, "momentum")?;
                    if momentum >= 1.0 {
                        let title = format!("a momentum of {momentum} never forgets a gradient");
                        self.fault("E0302", title, at, "1 or more", "write a number below 1, such as `0.9`");
                        return None;
                    }
                    momentum
                }
                None => 0.0,
            };
            let weight_decay = match bound.given(2) {
                Some((value, at)) => self.at_least_zero(&value, at, "weight_decay")?,
                None => 0.0,
            };
            Rule::Sgd { momentum, weight_decay }
        } else {
            let decoupled = form.name == "adamw";
            let shift = usize::from(decoupled);
            let weight_decay = match decoupled.then(|| bound.given(1)).flatten() {
                Some((value, at)) => self.at_least_zero(&value, at, "weight_decay")?,
                None => 0.01,
            };
            let betas = self.betas(bound.given(1 + shift))?;
            let eps = self.rate(bound.given(2 + shift), 1e-8, "`eps`")?;
            if decoupled { Rule::Adamw { betas, eps, weight_decay } } else { Rule::Adam { betas, eps } }
        };
        Some(Value::Optimizer(Rc::new(OptimizerValue { rule, lr })))
    }

    pub fn betas(&mut self, given: Option<(Value, Span)>) -> Option<(f64, f64)> {
        let Some((value, at)) = given else { return Some((0.9, 0.999)) };
        let Value::Tuple(items) = value else { return None };
        let betas = (self.number(&items[0], at)?.known()?, self.number(&items[1], at)?.known()?);
        if (0.0..1.0).contains(&betas.0) && (0.0..1.0).contains(&betas.1) {
            return Some(betas);
        }
        let title = "betas lie from 0 up to, not including, 1";
        self.fault("E0302", title, at, "out of range", "write `betas: (0.9, 0.999)`");
        None
    }

    /// The ends of a span.
    pub fn ends(&mut self, value: Value, at: Span) -> Option<(f64, f64, bool)> {
        let Value::Arrow(from, to) = value else { return self.none("a span such as `5 -> 20`", &value, at) };
        let whole = matches!((&*from, &*to), (Value::Number { whole: true, .. }, Value::Number { whole: true, .. }));
        Some((self.number(&from, at)?.known()?, self.number(&to, at)?.known()?, whole))
    }

    pub fn ramp(&mut self, bound: &mut Bound, span: Span) -> Option<Value> {
        let ((range, at), (by, by_at), (every, every_at)) = (bound.given(0)?, bound.given(1)?, bound.given(2)?);
        let whole_by = matches!(by, Value::Number { whole: true, .. });
        let (from, to, whole) = self.ends(range, at)?;
        let by = self.number(&by, by_at)?.known()?;
        let Value::Duration(every) = every else { return self.none("a duration", &every, every_at) };
        let increments = (to - from) / by;
        if by == 0.0 {
            let help = "write how much it changes in one increment, such as `by: 1`";
            self.fault("E0315", "this ramp never moves", by_at, "an increment of 0", help);
            return None;
        }
        if from == to {
            self.fault("E0315", "this ramp ends where it starts", at, "no way between", "write the number alone");
            return None;
        }
        if increments < 0.0 {
            let title = format!("this ramp goes from {from} away from {to}");
            let help = format!("write `by: {}`", -by);
            self.report(
                Diagnostic::error("E0315", title, by_at, "in the other direction")
                    .help(help)
                    .fix(by_at, (-by).to_string()),
            );
            return None;
        }
        if (increments - increments.round()).abs() > 1e-9 {
            let title = format!("increments of {by} do not lead from {from} to {to}");
            let help =
                format!("write an increment that divides {}, such as `by: {}`", to - from, fitting(to - from, by));
            self.fault("E0315", title, by_at, "it would pass its end", help);
            return None;
        }
        let over = every.times(increments.round());
        let way = Shape::Ramp { by, every: 0 };
        Some(Value::Schedule(ScheduleValue { way, from, to, over, every, whole: whole && whole_by, span }))
    }

    pub fn schedule(&mut self, way: Shape, bound: &mut Bound, span: Span) -> Option<Value> {
        let ((range, at), (over, over_at)) = (bound.given(0)?, bound.given(1)?);
        let (from, to, _) = self.ends(range, at)?;
        let Value::Duration(over) = over else { return self.none("a duration", &over, over_at) };
        let every = Duration::default();
        Some(Value::Schedule(ScheduleValue { way, from, to, over, every, whole: false, span }))
    }
}

/// An increment near to `by` that leads over `way`; of whole numbers a whole one.
fn fitting(way: f64, by: f64) -> f64 {
    let whole = way.fract() == 0.0 && by.fract() == 0.0 && way.abs() < 1e6;
    let increments = (way / by).round().max(1.0);
    if !whole {
        return way / increments;
    }
    let near = (1..=way.abs() as u64).rev().find(|n| (way.abs() as u64).is_multiple_of(*n) && (*n as f64) < by.abs());
    near.map_or(way.signum(), |near| way.signum() * near as f64)
}
