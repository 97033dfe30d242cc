//! Tasks whose arguments change while they are trained: the instances that a ramp goes through.

use crate::check::Checker;
use crate::check::expressions::items::Given;
use crate::check::limits;
use crate::check::values::value::{ScheduleValue, Value};
use crate::diagnostic::Span;
use crate::program::task::{Grown, Task};
use crate::program::training::Shape;
use std::rc::Rc;

impl Checker<'_> {
    /// The task at its last arguments, with the instances before it; `made` evaluates a call.
    pub fn growing(
        &mut self,
        given: &[Given],
        span: Span,
        made: &mut dyn FnMut(&mut Self, Vec<Given>) -> Value,
    ) -> Value {
        let ramps: Vec<ScheduleValue> = (given.iter())
            .filter_map(|given| if let Value::Schedule(ramp) = &given.value { Some(ramp.clone()) } else { None })
            .collect();
        let end = made(self, at(given, None));
        let start = made(self, at(given, Some(0.0)));
        let (Value::Task(end), Value::Task(start)) = (&end, &start) else {
            return if matches!(start, Value::Poison) { Value::Poison } else { end };
        };
        if start.input_width != end.input_width || start.classes != end.classes {
            let title = "this ramp changes what the model reads or predicts";
            let help = "ramp how much of a fixed width is used, as `active` of `regression.linear` does";
            return self.fault("E0320", title, span, "the width of the input or output changes", help);
        }
        let Some(growth) = self.instances(given, &ramps, start, made) else { return Value::Poison };
        let task = Rc::new(Task { growth, ..(**end).clone() });
        self.ramps.push((Rc::clone(&task), ramps));
        Value::Task(task)
    }

    fn instances(
        &mut self,
        given: &[Given],
        ramps: &[ScheduleValue],
        start: &Rc<Task>,
        made: &mut dyn FnMut(&mut Self, Vec<Given>) -> Value,
    ) -> Option<Vec<Grown>> {
        let mut changes: Vec<u64> = Vec::new();
        for ramp in ramps {
            if !matches!(ramp.way, Shape::Ramp { .. }) {
                self.later("an argument of a task that follows a schedule other than a ramp", ramp.span);
                continue;
            }
            // A time in epochs is told where the stage is: a task that grows needs fresh data.
            if ramp.every.epochs != 0.0 || ramp.every.steps < 1.0 {
                continue;
            }
            let count = (ramp.over.steps / ramp.every.steps).round();
            if changes.len() as f64 + count > limits::GROWTH as f64 {
                let most = limits::GROWTH as f64;
                self.too_large("a number of increments", count, most, ramp.span);
                return None;
            }
            changes.extend((1..=count as u64).map(|change| (change as f64 * ramp.every.steps).round() as u64));
        }
        changes.sort_unstable();
        changes.dedup();
        let mut growth = vec![Grown { from: 0, task: (**start).clone() }];
        for from in changes {
            match made(self, at(given, Some(from as f64))) {
                Value::Task(task) => growth.push(Grown { from, task: (*task).clone() }),
                _ => return None,
            }
        }
        Some(growth)
    }
}

/// Arguments at a time of the stage; the last ones where none is given.
fn at(given: &[Given], time: Option<f64>) -> Vec<Given> {
    let value = |given: &Given| match (&given.value, time) {
        (Value::Schedule(ramp), None) => Value::number(ramp.to, ramp.whole),
        (Value::Schedule(ramp), Some(time)) => {
            let by = if let Shape::Ramp { by, .. } = ramp.way { by.abs() } else { 0.0 };
            let passed = if ramp.every.steps >= 1.0 { (time / ramp.every.steps).floor() } else { 0.0 };
            let way = (ramp.to - ramp.from).abs().min(by * passed);
            Value::number(ramp.from + way.copysign(ramp.to - ramp.from), ramp.whole)
        }
        (value, _) => value.clone(),
    };
    given.iter().map(|given| Given { name: given.name.clone(), value: value(given), span: given.span }).collect()
}
