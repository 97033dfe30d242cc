//! One unit of work: a segment, as far as the cells that share it need it.

use super::course::{Course, Need};
use super::ledger::Ledger;
use super::local::{Compute, Failure, Manner, Watcher};
use super::trained::{Reached, Trained};
use crate::data::{Embeddings, ShapesSpec};
use crate::engine::corpus::Corpus;
use crate::engine::crew::Crew;
use crate::engine::measure::Evaluator;
use crate::engine::network::Engine;
use crate::engine::support::runs;
use crate::engine::train::Trainer;
use crate::plan::{Key, identity};
use crate::program::training::{Measure, Observation, Training, Width};
use crate::store::{Curve, Evaluated, Kept, Kind, Leases, Names, Record, Segment, Store, Taken, Writer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;
use std::time::Instant;

/// What units run with.
pub struct Bench<'a> {
    pub store: &'a Store,
    pub leases: &'a Leases,
    pub manner: Manner,
    pub stop: &'a AtomicBool,
    pub crew: Arc<Crew>,
    pub embeddings: &'a (dyn Fn(&ShapesSpec) -> Arc<Embeddings> + Sync),
    pub watcher: &'a dyn Watcher,
}

impl Bench<'_> {
    /// The blind and the ideal level of a measure, where they are known.
    pub fn levels(&self, key: &Key) -> (Option<f64>, Option<f64>) {
        let levels = self.store.levels(key.as_str()).ok().flatten();
        levels.map_or((None, None), |levels| (levels.blind, levels.ideal))
    }
}

/// What became of a unit.
#[derive(Debug)]
pub enum Ran {
    /// Its cells need nothing more of it; whether anything was computed.
    Done { computed: bool },
    /// Stopped on request after so many steps, kept in a checkpoint.
    Stopped { step: u64 },
    /// Another process trains it: which, on which host.
    Elsewhere { process: u32, host: String },
}

/// What a unit is run for.
#[derive(Clone, Copy)]
pub enum Errand<'e> {
    /// What its cells need.
    Cells,
    /// That, and a checkpoint that a later segment lacks.
    Checkpoint(u64),
    /// Values of one measure at these steps, and nothing else.
    Finer(&'e [u64], &'e Key),
}

/// A segment with the cells that share it.
pub struct Unit<'u, 'a> {
    pub id: usize,
    pub key: &'u Key,
    pub courses: &'u mut [&'u mut Course<'a>],
    /// What the first of them is called.
    pub names: &'u Names,
    pub errand: Errand<'u>,
}

impl Unit<'_, '_> {
    /// Trains and measures what is needed.
    pub fn run(&mut self, bench: &Bench<'_>) -> Result<Ran, Failure> {
        let segment = bench.store.segment(self.key.as_str());
        let mut curve = segment.curve()?;
        let bare = self.bare(bench.store)?;
        if self.needs(&curve, &segment, bench, None)?.is_empty() && !bare {
            return Ok(Ran::Done { computed: false });
        }
        if bench.stop.load(Ordering::Relaxed) {
            return Ok(Ran::Stopped { step: self.courses[0].span().0 });
        }
        std::fs::create_dir_all(segment.folder()).map_err(|error| crate::store::StoreError::Io {
            path: segment.folder().to_path_buf(),
            doing: "cannot make the folder",
            error,
        })?;
        let lease = match bench.leases.take(segment.folder())? {
            Taken::By(holder) => return Ok(Ran::Elsewhere { process: holder.process, host: holder.host }),
            Taken::Lease(lease) => lease,
        };
        // Whoever held it before may have gone on since.
        curve = segment.curve()?;
        self.begin(&segment)?;
        let (training, observation, keys) = self.together();
        runs(&training, &observation)?;
        let corpus = Corpus::new(&training, self.courses[0].cell.seed, bench.embeddings)?;
        let engine = match &bench.manner.compute {
            Compute::Fast => Engine::Fast(bench.crew.clone()),
            Compute::Plain => Engine::Plain(Width::F32),
            Compute::Stacked(deck) => Engine::Stacked(deck.clone(), training.numerics.products),
        };
        let mut trained = Trained {
            unit: self.id,
            trainer: None,
            engine,
            corpus: &corpus,
            segment: &segment,
            bench,
            worked: None,
            kept: Instant::now(),
        };
        // Held-out sequences and their levels are made where something is measured, or the levels are gone.
        let evaluator = if bare { Some(levelled(&corpus, &observation, &keys, bench.store)?) } else { None };
        let mut writer = Writer::new(segment.clone(), lease)?;
        bench.watcher.began(self.id, self.courses[0].span().0);
        let before: Vec<Course<'_>> = self.courses.iter().map(|course| (**course).clone()).collect();
        let ended = std::thread::scope(|scope| {
            let mut ledger = Ledger::new(self.id, bench.watcher, &mut writer, &mut curve);
            let ended = self.train(&mut trained, (evaluator, &observation, &keys), (scope, &mut ledger));
            // An evaluation that is still on its way comes before what ended the unit, a fault of its own as well.
            ledger.settle().and(ended)
        });
        if ended.is_err() {
            // Courses may have gone past an evaluation that is not written. Whoever tries again reads off what is.
            self.courses.iter_mut().zip(before).for_each(|(course, before)| **course = before);
        }
        // What was done counts, however it ended; a disk that is full has told already.
        if let Some((steps, since)) = trained.worked.take().filter(|(steps, _)| *steps > 0) {
            let told = writer.append(&Record::Worked { steps, seconds: since.elapsed().as_secs_f64() });
            if ended.is_ok() {
                told?;
            }
        }
        let ended = ended?;
        writer.settle()?;
        writer.release();
        Ok(ended)
    }

    fn train<'c: 's, 's>(
        &mut self,
        trained: &mut Trained<'c, '_>,
        (mut evaluator, observation, keys): (Option<Arc<Evaluator<'c>>>, &'c Observation, &[Key]),
        (scope, ledger): (&'s Scope<'s, '_>, &mut Ledger<'_, 's>),
    ) -> Result<Ran, Failure> {
        let bench = trained.bench;
        loop {
            let here = trained.trainer.as_ref().filter(|trainer| trainer.whole()).map(Trainer::steps);
            let needs = self.needs(ledger.curve, trained.segment, bench, here)?;
            let Some(step) = needs.iter().map(Need::step).min() else { return Ok(Ran::Done { computed: true }) };
            let now: Vec<&Need> = needs.iter().filter(|need| need.step() == step).collect();
            let asked = Asked::of(&now, keys);
            if asked.values && evaluator.is_none() {
                evaluator = Some(levelled(trained.corpus, observation, keys, bench.store)?);
            }
            match trained.reach(step, !asked.left, self, ledger)? {
                Reached::There => {}
                Reached::Stopped { step } => return Ok(Ran::Stopped { step }),
                Reached::Diverged { step } => {
                    ledger.append(Record::Diverged { step })?;
                    continue;
                }
            }
            let Some(trainer) = &trained.trainer else { continue };
            if let (Some(evaluator), true) = (&evaluator, asked.values) {
                let named: Vec<String> = asked.columns.iter().map(|&at| keys[at].to_string()).collect();
                let loss_sum = trainer.loss_sum();
                // One copy of a model at a time.
                ledger.settle()?;
                let copy = if self.goes_on(step, &asked, bench) { trainer.network().snapshot() } else { None };
                if let Some(copy) = copy {
                    let (evaluator, columns) = (evaluator.clone(), asked.columns);
                    let thread = scope.spawn(move || evaluator.evaluate(&copy, step, &columns));
                    ledger.expect(step, loss_sum, named, thread);
                    continue;
                }
                let values = evaluator.evaluate(trainer.network(), step, &asked.columns)?;
                let values = named.into_iter().zip(values).collect();
                let mut of = Evaluated { loss_sum, values, ..Evaluated::default() };
                let position = self.courses.iter().find_map(|course| course.cell.by_position.as_ref());
                if let (true, Some(key)) = (asked.by_position, position)
                    && let Some(losses) = evaluator.loss_by_position(trainer.network(), step)?
                {
                    of.by_position.insert(key.to_string(), losses);
                }
                ledger.append(Record::Evaluated { step, of })?;
                // Courses look at the point that was just made when they are asked for their next need.
                if (bench.manner.keep.is_none() || self.awaits()) && step > 0 && trainer.whole() {
                    trained.keep(ledger, Kind::Way, self.protected())?;
                }
            }
            if asked.left {
                trained.keep(ledger, Kind::End, self.protected())?;
            }
        }
    }

    /// Whether steps follow on an evaluation, and nothing about them depends on what it gives: then it can be made beside
    /// them.
    fn goes_on(&self, step: u64, asked: &Asked, bench: &Bench<'_>) -> bool {
        let follow = self.courses.iter().any(|course| step < course.span().1);
        let kept = asked.left || bench.manner.keep.is_none();
        let decides = matches!(self.errand, Errand::Finer(..)) || self.courses.iter().any(|course| course.decides());
        follow && !kept && !decides && !asked.by_position
    }

    /// What the cells need, in no order, where training is at a step.
    fn needs(
        &mut self,
        curve: &Curve,
        segment: &Segment,
        bench: &Bench<'_>,
        here: Option<u64>,
    ) -> Result<Vec<Need>, Failure> {
        if let Errand::Finer(steps, key) = self.errand {
            let known = |step: &u64| curve.points.get(step).is_some_and(|of| of.values.contains_key(key.as_str()));
            let missing = steps.iter().filter(|step| !known(step));
            let need = |step: &u64| Need::Values { step: *step, keys: vec![key.clone()], by_position: false };
            return Ok(missing.map(need).collect());
        }
        let levels = |key: &Key| bench.levels(key);
        let kept: Vec<Kept> = segment.checkpoints()?.into_iter().filter(Kept::whole).collect();
        let ends = |step: u64| kept.iter().any(|kept| kept.step == step && kept.kind == Kind::End);
        let mut needs: Vec<Need> = Vec::new();
        for course in self.courses.iter_mut() {
            match course.need(curve, &levels) {
                // Where a run ends its weights are kept, unless those of a longer one are; where a stage ends, when it is
                // trained. What goes on from there and finds nothing asks for it.
                Some(Need::Left { step }) => {
                    let ended = course.ends() && !kept.iter().any(|kept| kept.step > step);
                    if !ends(step) && (ended || here.is_some_and(|here| here <= step)) {
                        needs.push(Need::Left { step });
                    }
                }
                Some(need) => needs.push(need),
                None => {}
            }
        }
        needs.extend(self.lacked().filter(|step| !ends(*step)).map(|step| Need::Left { step }));
        Ok(needs)
    }

    fn lacked(&self) -> Option<u64> {
        if let Errand::Checkpoint(step) = self.errand { Some(step) } else { None }
    }

    /// Whether every evaluation keeps a checkpoint, since an exit may lie there that is placed more finely.
    fn awaits(&self) -> bool {
        matches!(self.errand, Errand::Cells) && self.courses.iter().any(|course| course.awaits())
    }

    /// Between which steps checkpoints stay, whatever else is asked for.
    pub fn protected(&self) -> Option<(u64, u64)> {
        if let Errand::Finer(steps, _) = self.errand {
            return Some((*steps.first()?, *steps.last()?));
        }
        let all = self.courses.iter().filter_map(|course| course.protected());
        all.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// Whether the levels of a measure are gone, though it was measured.
    fn bare(&self, store: &Store) -> Result<bool, Failure> {
        let measures = self.courses.iter().flat_map(|course| &course.cell.measures);
        let mut keys: Vec<&Key> = measures.collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            if store.levels(key.as_str())?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn begin(&self, segment: &Segment) -> Result<(), Failure> {
        let course = &self.courses[0];
        let (cell, stage) = (course.cell, course.stage);
        let parent = stage.checked_sub(1).map(|before| &cell.segments[before]);
        let meaning = identity::segment(cell.seed, &cell.training, &cell.observation, stage, parent);
        segment.begin(&serde_json::to_string_pretty(&meaning).unwrap_or_default())?;
        Ok(segment.call(self.names)?)
    }

    /// What all its cells train and measure together: the training of the first, whose stage is as long as that of any,
    /// and every measure once, with its key.
    fn together(&self) -> (Training, Observation, Vec<Key>) {
        let first = &self.courses[0];
        let stage = first.stage;
        let until = self.courses.iter().map(|course| course.span().1).max().unwrap_or_default();
        let mut training = first.training.ended(stage, until.max(self.lacked().unwrap_or(0)));
        let mut observation = (*first.cell.observation).clone();
        let mut keys: Vec<Key> = Vec::new();
        observation.measures.clear();
        observation.written.clear();
        for course in self.courses.iter() {
            let own = &course.cell.training;
            let guard =
                course.guard().map(|(guard, key)| (Measure { name: "the guard".into(), kind: guard.measure() }, key));
            let measures = course.cell.observation.measures.iter().cloned().zip(course.cell.measures.iter().cloned());
            for (mut measure, key) in measures.chain(guard) {
                if keys.contains(&key) {
                    continue;
                }
                if let Some(place) = measure.kind.task_mut() {
                    let task = &own.tasks[*place];
                    let known = training.tasks.iter().position(|known| known == task);
                    *place = known.unwrap_or_else(|| {
                        training.tasks.push(task.clone());
                        training.tasks.len() - 1
                    });
                }
                keys.push(key);
                observation.measures.push(measure);
            }
        }
        (training, observation, keys)
    }
}

/// What is asked for at one step.
struct Asked {
    /// Columns of the measures together.
    columns: Vec<usize>,
    values: bool,
    by_position: bool,
    /// A checkpoint, where a stage ends.
    left: bool,
}

impl Asked {
    fn of(needs: &[&Need], keys: &[Key]) -> Self {
        let mut asked = Self { columns: Vec::new(), values: false, by_position: false, left: false };
        for need in needs {
            match need {
                Need::Left { .. } => asked.left = true,
                Need::Values { keys: missing, by_position, .. } => {
                    asked.values = true;
                    asked.by_position |= by_position;
                    asked.columns.extend((0..keys.len()).filter(|&at| missing.contains(&keys[at])));
                }
            }
        }
        asked.columns.sort_unstable();
        asked.columns.dedup();
        asked
    }
}

/// What measures everything, once the levels of every measure are kept.
fn levelled<'c>(
    corpus: &'c Corpus<'c>,
    observation: &'c Observation,
    keys: &[Key],
    store: &Store,
) -> Result<Arc<Evaluator<'c>>, Failure> {
    let mut lacking = Vec::new();
    for key in keys {
        lacking.push(store.levels(key.as_str())?.is_none());
    }
    if !lacking.contains(&true) {
        return Ok(Arc::new(Evaluator::without_levels(corpus, observation)?));
    }
    let evaluator = Evaluator::new(corpus, observation)?;
    for ((key, levels), _) in keys.iter().zip(evaluator.levels()).zip(&lacking).filter(|(_, lacks)| **lacks) {
        store.keep_levels(key.as_str(), &levels)?;
    }
    Ok(Arc::new(evaluator))
}
