//! Why a cell of a program is not in the store: which part of which segment's identity is another one than that of what is
//! nearest there.

use super::compare::{Difference, differences, distance};
use super::marks::Marks;
use super::usage::segments;
use crate::plan::{Cell, Plan, identity};
use crate::program::training::Training;
use crate::store::{Finished, Store, StoreError};
use serde::Serialize;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Whether a cell is there, and if not, why.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is finished.
    Hit,
    /// All its segments are known; training goes on from a step, or only something is measured.
    Partial { from_step: u64, lacks: Vec<Lack> },
    /// Nothing in the store is like it.
    New,
    /// Its first so many stages are there; what comes behind differs from what is nearest.
    Differs {
        /// Stages that are there.
        shared: usize,
        /// The nearest cell, by its key.
        nearest: String,
        /// Empty where only what comes before differs.
        parts: Vec<Difference>,
    },
}

/// What a cell lacks whose segments are all known.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// Steps that are behind it, of how many.
    Steps { have: u64, of: u64 },
    /// A measure that was never made.
    Measure(String),
    /// Evaluations that are missing, of how many.
    Evaluations { missing: u64, of: u64 },
    /// What its figure asks for at the end.
    ByPosition,
    /// Nothing but its mark: it ends otherwise, or was not told before.
    Mark,
}

/// Why one cell is not in a store. For many cells, [`Known`] is read once.
///
/// # Errors
/// If the store cannot be read.
pub fn why(plan: &Plan, cell: &Cell, store: &Store) -> Result<Why, StoreError> {
    Known::read(store)?.why(plan, cell)
}

/// What a store knows, looked up by name and by meaning.
pub struct Known {
    store: Store,
    marks: Marks,
    segments: HashSet<String>,
    /// Finished cells by experiment, arm and point; by experiment, arm and seed; by experiment and arm.
    named: HashMap<Name, Vec<String>>,
    /// Finished cells that go on from a segment.
    onward: HashMap<String, Vec<String>>,
    /// One cell of each arm at each point, for those whose names nobody had.
    samples: Vec<String>,
    stored: RefCell<HashMap<String, Option<Rc<Value>>>>,
    planned: RefCell<HashMap<(usize, usize), Planned>>,
    curves: RefCell<HashMap<String, Rc<Reach>>>,
}

/// The identity of a segment for some seed; the training is kept with it, so that its address stays its own.
struct Planned {
    _training: Arc<Training>,
    identity: Rc<Value>,
}

/// A name, as far as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name {
    experiment: String,
    arm: String,
    point: Option<BTreeMap<String, String>>,
    seed: Option<u64>,
}

/// How far a segment is.
#[derive(Default)]
struct Reach {
    /// The last step that is known of it.
    step: u64,
    /// The last step from which training goes on.
    whole: Option<u64>,
    /// The steps at which measures have values.
    values: HashMap<String, BTreeSet<u64>>,
    by_position: HashSet<String>,
}

/// Cells of the same name that are compared, and of other names.
const NAMESAKES: usize = 8;
/// Cells that are compared because they fork from the same segment.
const FORKS: usize = 64;
const STRANGERS: usize = 200;

impl Known {
    /// Reads what a store has.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let marks = Marks::read(store)?;
        let (mut named, mut onward) = (HashMap::<_, Vec<String>>::new(), HashMap::<_, Vec<String>>::new());
        let mut samples = BTreeMap::new();
        for (key, finished) in &marks.finished {
            let names = &finished.names;
            let name = |point, seed| Name { experiment: names.experiment.clone(), arm: names.arm.clone(), point, seed };
            for name in [name(Some(names.point.clone()), None), name(None, Some(names.seed)), name(None, None)] {
                named.entry(name).or_default().push(key.clone());
            }
            samples.entry((&names.file, &names.experiment, &names.arm, &names.point)).or_insert(key);
            let before = finished.segments.len().saturating_sub(1);
            for (segment, _) in &finished.segments[..before] {
                onward.entry(segment.clone()).or_default().push(key.clone());
            }
        }
        let samples = samples.into_values().take(STRANGERS).cloned().collect();
        let segments = segments(store)?.into_iter().collect();
        let (stored, planned, curves) = Default::default();
        Ok(Self { store: store.clone(), marks, segments, named, onward, samples, stored, planned, curves })
    }

    /// The mark of a finished cell.
    #[must_use]
    pub fn finished(&self, key: &str) -> Option<&Finished> {
        self.marks.finished.get(key)
    }

    /// Why a cell is not there.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn why(&self, plan: &Plan, cell: &Cell) -> Result<Why, StoreError> {
        let has = |key: &str| self.segments.contains(key);
        if self.finished(cell.key.as_str()).is_some_and(|mark| mark.segments.iter().all(|(key, _)| has(key))) {
            return Ok(Why::Hit);
        }
        let shared = cell.segments.iter().take_while(|key| has(key.as_str())).count();
        if shared == cell.segments.len() {
            return self.partial(cell);
        }
        let new = self.planned(cell, shared);
        let Some((nearest, old)) = self.nearest(plan, cell, shared, &new) else { return Ok(Why::New) };
        let mut parts = old.map_or_else(Vec::new, |old| differences(&old, &new));
        // What also differs further on is told too, each part once.
        let mark = self.finished(nearest);
        for place in shared + 1..cell.segments.len() {
            let later = mark.and_then(|mark| mark.segments.get(place)).and_then(|(key, _)| self.stored(key));
            let Some(later) = later else { break };
            let more = differences(&later, &self.planned(cell, place));
            parts.extend(more.into_iter().filter(|more| !parts.iter().any(|known| known == more)).collect::<Vec<_>>());
        }
        Ok(Why::Differs { shared, nearest: nearest.to_string(), parts })
    }

    /// The finished cell that is nearest to one at a stage, with the identity of its segment there: the same names before
    /// all others, then the fewest differences.
    fn nearest(&self, plan: &Plan, cell: &Cell, place: usize, new: &Value) -> Option<(&str, Option<Rc<Value>>)> {
        let point: BTreeMap<String, String> = plan.point(cell).iter().cloned().collect();
        let (experiment, arm) = (&plan.experiment.name, &cell.name);
        let name = |point, seed| Name { experiment: experiment.clone(), arm: arm.clone(), point, seed };
        let named = [name(Some(point.clone()), None), name(None, Some(cell.seed)), name(None, None)];
        let mut known: Vec<&String> =
            named.iter().find_map(|name| self.named.get(name)).into_iter().flatten().collect();
        let before = place.checked_sub(1).map(|before| cell.segments[before].as_str());
        known.extend(before.and_then(|before| self.onward.get(before)).into_iter().flatten().take(FORKS));
        let score = |key: &str| {
            self.finished(key).map_or(0, |mark| {
                let names = &mark.names;
                let follows = before.is_some_and(|key| mark.segments.get(place - 1).is_some_and(|(own, _)| own == key));
                let namesake = names.experiment == *experiment && names.arm == *arm;
                let (alike, own) = (names.point == point, names.seed == cell.seed);
                8 * u32::from(follows) + 4 * u32::from(alike) + 2 * u32::from(own) + u32::from(namesake)
            })
        };
        let best = known.iter().map(|key| score(key)).max();
        let mut nearest: Vec<&String> = known.into_iter().filter(|key| Some(score(key)) == best).collect();
        let stranger = nearest.is_empty();
        if stranger {
            nearest = self.samples.iter().collect();
        }
        nearest.truncate(if stranger { STRANGERS } else { NAMESAKES });
        let identity = |key: &str| {
            let (segment, _) = self.finished(key)?.segments.get(place)?;
            self.stored(segment)
        };
        let compared = nearest.into_iter().map(|key| {
            let old = identity(key);
            let far = old.as_ref().map_or((usize::MAX, 1), |old| distance(old, new));
            let own = self.finished(key).is_some_and(|mark| mark.names.seed == cell.seed);
            ((far.0, !own), far, key.as_str(), old)
        });
        let (_, far, key, old) = compared.min_by_key(|(order, _, key, _)| (*order, *key))?;
        // What has another name and little in common is not what this was made from.
        let alike = old.is_some() && far.0 * 2 <= far.1;
        (!stranger || alike).then_some((key, old))
    }

    /// The identity of a segment in the store.
    fn stored(&self, key: &str) -> Option<Rc<Value>> {
        let mut stored = self.stored.borrow_mut();
        let read = || serde_json::from_str(&self.store.segment(key).identity().ok()??).ok().map(Rc::new);
        stored.entry(key.to_string()).or_insert_with(read).clone()
    }

    /// The identity of a segment of a cell. Cells of an arm differ in it by their seeds alone.
    fn planned(&self, cell: &Cell, place: usize) -> Rc<Value> {
        let parent = place.checked_sub(1).map(|before| &cell.segments[before]);
        let at = (Arc::as_ptr(&cell.training) as usize, place);
        let mut planned = self.planned.borrow_mut();
        let known = planned.entry(at).or_insert_with(|| {
            let meaning = identity::segment(cell.seed, &cell.training, &cell.observation, place, parent);
            let identity = Rc::new(serde_json::to_value(meaning).unwrap_or_default());
            Planned { _training: Arc::clone(&cell.training), identity }
        });
        let mut own = Rc::clone(&known.identity);
        let changed = Rc::make_mut(&mut own);
        if let Some(seed) = changed.get_mut("start").and_then(|start| start.get_mut("seed")) {
            *seed = cell.seed.into();
        }
        if let (Some(key), Some(told)) = (parent, changed.get_mut("parent")) {
            let left = identity::left(cell.seed, &cell.training, &cell.observation, place - 1);
            *told = serde_json::json!({ "key": key, "left": left });
        }
        own
    }

    /// What a cell lacks whose segments are all there.
    fn partial(&self, cell: &Cell) -> Result<Why, StoreError> {
        let stages = &cell.training.stages;
        let reaches: Vec<Rc<Reach>> =
            cell.segments.iter().map(|key| self.reach(key.as_str())).collect::<Result<_, _>>()?;
        let Some((last, stage)) = reaches.last().zip(stages.last()) else {
            return Ok(Why::Partial { from_step: 0, lacks: vec![Lack::Mark] });
        };
        let total = cell.training.steps();
        let guarded = stages.iter().any(|stage| stage.guard.is_some());
        let from_step = last.whole.unwrap_or(stage.from).min(total);
        let mut lacks = Vec::new();
        let have = last.step.max(stage.from).min(total);
        // Where a guard ends a stage, only its records tell when.
        if have < total && !guarded {
            lacks.push(Lack::Steps { have, of: total });
        }
        let made = |key: &str, step: u64| {
            reaches.iter().any(|reach| reach.values.get(key).is_some_and(|steps| steps.contains(&step)))
        };
        let ever = |key: &str| reaches.iter().any(|reach| reach.values.contains_key(key));
        let (mut never, mut missing, mut due) = (Vec::new(), 0, 0);
        for (place, &column) in cell.observation.written.iter().enumerate() {
            if !ever(cell.measures[column].as_str()) {
                never.push(cell.observation.measure(place).name.clone());
            }
        }
        if !guarded {
            for step in cell.observation.steps(total).take_while(|step| *step <= have) {
                due += 1;
                let lacks = |key: &&crate::plan::Key| ever(key.as_str()) && !made(key.as_str(), step);
                missing += u64::from(cell.measures.iter().any(|key| lacks(&key)));
            }
        }
        lacks.extend(never.into_iter().map(Lack::Measure));
        if missing > 0 && have == total {
            lacks.push(Lack::Evaluations { missing, of: due });
        }
        if cell.by_position.as_ref().is_some_and(|key| !last.by_position.contains(key.as_str())) && have == total {
            lacks.push(Lack::ByPosition);
        }
        if lacks.is_empty() {
            lacks.push(Lack::Mark);
        }
        Ok(Why::Partial { from_step, lacks })
    }

    fn reach(&self, key: &str) -> Result<Rc<Reach>, StoreError> {
        if let Some(known) = self.curves.borrow().get(key) {
            return Ok(Rc::clone(known));
        }
        let segment = self.store.segment(key);
        let curve = segment.curve()?;
        let kept = segment.checkpoints()?;
        let mut reach = Reach {
            step: curve.points.keys().next_back().copied().unwrap_or_default(),
            whole: kept.iter().filter(|kept| kept.whole()).map(|kept| kept.step).max(),
            ..Reach::default()
        };
        reach.step = reach.step.max(reach.whole.unwrap_or_default()).max(curve.diverged.unwrap_or_default());
        for (step, point) in &curve.points {
            for key in point.values.keys() {
                reach.values.entry(key.clone()).or_default().insert(*step);
            }
            reach.by_position.extend(point.by_position.keys().cloned());
        }
        let reach = Rc::new(reach);
        self.curves.borrow_mut().insert(key.to_string(), Rc::clone(&reach));
        Ok(reach)
    }
}
