//! A segment in training: how it comes to a step, and which checkpoints stay.

use super::ledger::Ledger;
use super::local::Failure;
use super::unit::{Bench, Unit};
use crate::engine::corpus::Corpus;
use crate::engine::network::Engine;
use crate::engine::train::{Stepped, Trainer};
use crate::store::{Kept, Kind, Segment, Writer};
use std::sync::atomic::Ordering;
use std::time::Instant;

/// A segment in training.
pub struct Trained<'c, 'b> {
    pub unit: usize,
    pub trainer: Option<Trainer<'c>>,
    pub engine: Engine,
    pub corpus: &'c Corpus<'c>,
    pub segment: &'c Segment,
    pub bench: &'c Bench<'b>,
    /// Steps made here, and since when.
    pub worked: Option<(u64, Instant)>,
    /// When the last checkpoint on the way was made.
    pub kept: Instant,
}

/// Where an attempt to come to a step ended.
pub enum Reached {
    There,
    /// A stop was asked for; a checkpoint is kept.
    Stopped {
        step: u64,
    },
    /// The loss of this step is not finite.
    Diverged {
        step: u64,
    },
}

impl<'c> Trained<'c, '_> {
    /// Comes to a step, from the nearest checkpoint or from where it is; weights that are only looked at will do where
    /// nothing else is wanted of them.
    pub fn reach(
        &mut self,
        step: u64,
        looks: bool,
        unit: &Unit<'_, '_>,
        ledger: &mut Ledger<'_, '_>,
    ) -> Result<Reached, Failure> {
        self.approach(step, looks, unit)?;
        let bench = self.bench;
        loop {
            let Some(trainer) = &mut self.trainer else { return Err(Failure::Lacks { step }) };
            if trainer.steps() == step {
                return Ok(Reached::There);
            }
            if bench.stop.load(Ordering::Relaxed) {
                ledger.keep(&trainer.checkpoint()?, Kind::Way)?;
                return Ok(Reached::Stopped { step: trainer.steps() });
            }
            let worked = self.worked.get_or_insert_with(|| (0, Instant::now()));
            let before = trainer.steps();
            for (made, stepped) in (before + 1..).zip(trainer.steps_to(step)?) {
                match stepped {
                    Stepped::Diverged => return Ok(Reached::Diverged { step: made }),
                    Stepped::Loss(loss) => {
                        worked.0 += 1;
                        bench.watcher.stepped(self.unit, made, loss);
                    }
                }
            }
            ledger.settle_made()?;
            if self.kept.elapsed() >= bench.manner.checkpoint_every {
                self.keep(ledger, Kind::Way, unit.protected())?;
            }
        }
    }

    /// Goes to the nearest place from which the step can be reached.
    fn approach(&mut self, step: u64, looks: bool, unit: &Unit<'_, '_>) -> Result<(), Failure> {
        let here = self.trainer.as_ref().filter(|trainer| trainer.whole()).map(Trainer::steps).filter(|at| *at <= step);
        let mut near: Vec<Kept> = self.segment.checkpoints()?;
        near.retain(|kept| kept.step <= step && here.is_none_or(|here| kept.step > here));
        near.retain(|kept| kept.whole() || looks && kept.step == step);
        for kept in near.into_iter().rev() {
            let Some(checkpoint) = self.segment.checkpoint(kept)? else { continue };
            let trainer = self.begun()?;
            if kept.whole() {
                trainer.seek(&checkpoint)?;
            } else {
                trainer.look(&checkpoint)?;
            }
            return Ok(());
        }
        if here.is_some() {
            return Ok(());
        }
        let course = &unit.courses[0];
        let (from, _) = course.span();
        let Some((parent, _)) = course.behind.last() else {
            self.trainer = Some(Trainer::new(self.corpus, self.engine.clone())?);
            return Ok(());
        };
        let before = self.bench.store.segment(parent.as_str());
        match before.checkpoint(Kept { step: from, kind: Kind::End })? {
            Some(checkpoint) => Ok(self.begun()?.seek(&checkpoint)?),
            None => Err(Failure::Lacks { step: from }),
        }
    }

    /// The trainer, made where there is none yet.
    fn begun(&mut self) -> Result<&mut Trainer<'c>, Failure> {
        let trainer = match self.trainer.take() {
            Some(trainer) => trainer,
            None => Trainer::new(self.corpus, self.engine.clone())?,
        };
        Ok(self.trainer.insert(trainer))
    }

    /// Keeps a checkpoint, and of those that were made on the way before as many as are asked for, without moments.
    pub fn keep(
        &mut self,
        ledger: &mut Ledger<'_, '_>,
        kind: Kind,
        protected: Option<(u64, u64)>,
    ) -> Result<(), Failure> {
        let Some(trainer) = &self.trainer else { return Ok(()) };
        let at = trainer.steps();
        ledger.keep(&trainer.checkpoint()?, kind)?;
        self.kept = Instant::now();
        thin_out(self.segment, ledger.writer, at, self.bench.manner.keep, protected)
    }
}

/// Leaves of the checkpoints that were made on the way before a step as many as are asked for, without moments; those that
/// the steps between two others are made again from stay whole, and the last before the first of these.
pub fn thin_out(
    segment: &Segment,
    writer: &mut Writer,
    before: u64,
    keep: Option<usize>,
    protected: Option<(u64, u64)>,
) -> Result<(), Failure> {
    let most = keep.unwrap_or(usize::MAX);
    let all = segment.checkpoints()?;
    let begin = |low: u64| all.iter().filter(|kept| kept.whole() && kept.step <= low).map(|kept| kept.step).max();
    let between = protected.map(|(low, high)| (begin(low).unwrap_or(0), high));
    let stays = |kept: &Kept| kept.whole() && between.is_some_and(|(low, high)| low <= kept.step && kept.step <= high);
    let earlier = all.iter().copied().filter(|kept| kept.step < before && kept.kind != Kind::End);
    for (age, kept) in earlier.rev().enumerate() {
        match kept.kind {
            _ if stays(&kept) => {}
            _ if age + 1 >= most => writer.drop(kept)?,
            Kind::Way => writer.thin(kept)?,
            Kind::Weights | Kind::End => {}
        }
    }
    Ok(())
}
