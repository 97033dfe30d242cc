//! What a unit writes, in the order of its steps. An evaluation may be on its way while steps go on; it is written before
//! whatever comes after it, so that files are as if it had been waited for, and a run that is killed finds the same gap.

use super::local::{Failure, Watcher};
use crate::engine::error::Error;
use crate::engine::measure::Value;
use crate::engine::train::Checkpoint;
use crate::store::{Curve, Evaluated, Kind, Record, Writer};
use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

/// The files of a segment, with what is on its way to them.
pub struct Ledger<'l, 's> {
    unit: usize,
    watcher: &'l dyn Watcher,
    pub writer: &'l mut Writer,
    /// What is written, and what is on its way, whose values are not there yet: nobody asks for these who depends on them.
    pub curve: &'l mut Curve,
    expected: Option<Expected<'s>>,
}

/// An evaluation on its way.
struct Expected<'s> {
    step: u64,
    loss_sum: f64,
    /// The keys of what is measured.
    keys: Vec<String>,
    thread: ScopedJoinHandle<'s, Result<Vec<Value>, Error>>,
}

/// Values by their keys, after a step.
fn evaluated(step: u64, loss_sum: f64, keys: &[String], values: Vec<Value>) -> Record {
    let values = keys.iter().cloned().zip(values).collect();
    Record::Evaluated { step, of: Evaluated { loss_sum, values, ..Evaluated::default() } }
}

impl<'l, 's> Ledger<'l, 's> {
    pub fn new(unit: usize, watcher: &'l dyn Watcher, writer: &'l mut Writer, curve: &'l mut Curve) -> Self {
        Self { unit, watcher, writer, curve, expected: None }
    }

    /// Appends a record.
    pub fn append(&mut self, record: Record) -> Result<(), Failure> {
        self.settle()?;
        self.writer.append(&record)?;
        let measured = if let Record::Evaluated { step, .. } = &record { Some(*step) } else { None };
        self.curve.add(record);
        if let Some(point) = measured.and_then(|step| self.curve.points.get(&step)) {
            self.watcher.measured(self.unit, point);
        }
        Ok(())
    }

    /// Keeps a checkpoint.
    pub fn keep(&mut self, checkpoint: &Checkpoint, kind: Kind) -> Result<(), Failure> {
        self.settle()?;
        Ok(self.writer.keep(checkpoint, kind)?)
    }

    /// Takes it that a thread makes an evaluation of measures with these keys; none other is on its way.
    pub fn expect(
        &mut self,
        step: u64,
        loss_sum: f64,
        keys: Vec<String>,
        thread: ScopedJoinHandle<'s, Result<Vec<Value>, Error>>,
    ) {
        self.curve.add(evaluated(step, loss_sum, &keys, vec![Value::default(); keys.len()]));
        self.expected = Some(Expected { step, loss_sum, keys, thread });
    }

    /// Waits for the evaluation that is on its way, and writes it. What is wrong with it is told here.
    pub fn settle(&mut self) -> Result<(), Failure> {
        let Some(Expected { step, loss_sum, keys, thread }) = self.expected.take() else { return Ok(()) };
        let values = thread.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        self.append(evaluated(step, loss_sum, &keys, values))
    }

    /// The same, where it is made by now.
    pub fn settle_made(&mut self) -> Result<(), Failure> {
        let made = self.expected.as_ref().is_some_and(|expected| expected.thread.is_finished());
        if made { self.settle() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use crate::cluster::{Failure, Outcome, Watcher, Work};
    use crate::engine::error::Error;
    use crate::engine::measure::Value;
    use crate::engine::train::Checkpoint;
    use crate::store::{Curve, Evaluated, Kind, Leases, Record, Store, Taken, Writer};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread::{Scope, scope, sleep};
    use std::time::Duration;

    struct Nobody;

    impl Watcher for Nobody {
        fn planned(&self, _: usize, _: Work) {}
        fn began(&self, _: usize, _: u64) {}
        fn stepped(&self, _: usize, _: u64, _: f64) {}
        fn measured(&self, _: usize, _: &Evaluated) {}
        fn left(&self, _: usize) {}
        fn ended(&self, _: usize, _: &Outcome) {}
        fn waits(&self, _: usize, _: u32, _: &str) {}
        fn lost(&self, _: &[String], _: &str, _: usize) {}
    }

    /// What a segment's file has after some use of a ledger, with what came of it.
    fn written<T>(act: impl for<'s> FnOnce(&'s Scope<'s, '_>, &mut Ledger<'_, 's>) -> T) -> (Vec<String>, T) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        store.open().unwrap();
        let segment = store.segment("0123");
        std::fs::create_dir_all(segment.folder()).unwrap();
        let leases = Leases::default();
        let Taken::Lease(lease) = leases.take(segment.folder()).unwrap() else { panic!("nobody else has it") };
        segment.begin("{}").unwrap();
        let mut writer = Writer::new(segment.clone(), lease).unwrap();
        let mut curve = Curve::default();
        let came = scope(|scope| act(scope, &mut Ledger::new(0, &Nobody, &mut writer, &mut curve)));
        let parts = segment.parts().unwrap().into_iter();
        let text: String = parts.map(|part| std::fs::read_to_string(segment.folder().join(part)).unwrap()).collect();
        let record = |line: &str| line.split_once("\"record\":").map(|(_, record)| record[..24].to_string());
        (text.lines().filter_map(record).collect(), came)
    }

    /// An evaluation at step 4 that takes a while.
    fn expected<'s>(scope: &'s Scope<'s, '_>, ledger: &mut Ledger<'_, 's>) {
        let thread = scope.spawn(|| {
            sleep(Duration::from_millis(30));
            Ok(vec![Value { value: Some(0.5), ..Value::default() }])
        });
        ledger.expect(4, 1.0, vec!["key".into()], thread);
    }

    #[test]
    fn what_is_on_its_way_is_written_before_what_comes_after_it() {
        let (lines, known) = written(|scope, ledger| {
            expected(scope, ledger);
            ledger.settle_made().unwrap();
            let before = ledger.curve.points[&4].values["key"].value;
            ledger.append(Record::Diverged { step: 7 }).unwrap();
            (before, ledger.curve.points[&4].values["key"].value)
        });
        assert_eq!(known, (None, Some(0.5)));
        assert_eq!(lines, [r#"{"evaluated":{"step":4,"o"#, r#"{"diverged":{"step":7}}}"#].map(|line| &line[..24]));
        let (lines, ()) = written(|scope, ledger| {
            expected(scope, ledger);
            let checkpoint = Checkpoint { step: 6, loss_sum: 2.0, arrays: Vec::new() };
            ledger.keep(&checkpoint, Kind::Way).unwrap();
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
    }

    #[test]
    fn what_is_wrong_with_an_evaluation_is_told_and_nothing_is_written() {
        let (lines, told) = written(|scope, ledger| {
            let thread = scope.spawn(|| Err(Error::Card("the card answers no more".into())));
            ledger.expect(4, 1.0, vec!["key".into()], thread);
            ledger.append(Record::Diverged { step: 7 })
        });
        assert!(matches!(told, Err(Failure::Engine(Error::Card(_)))), "{told:?}");
        assert!(lines.is_empty());
        let (lines, told) = written(|scope, ledger| {
            let thread = scope.spawn(|| panic!("a fault of this program"));
            ledger.expect(4, 1.0, vec!["key".into()], thread);
            catch_unwind(AssertUnwindSafe(|| ledger.settle()))
        });
        assert_eq!(told.unwrap_err().downcast_ref(), Some(&"a fault of this program"));
        assert!(lines.is_empty());
    }
}
