//! Placing exits more finely: once a cell is at its end, the steps around its exit are made again from the checkpoint before
//! them, with finer evaluations of the plateau's measure. They stand beside the others, under the same segment and measure, so
//! that a run that is killed meanwhile goes on with those that are missing.

use super::course::Course;
use super::local::{Failure, replayed, run};
use super::trained::thin_out;
use super::unit::{Bench, Errand, Ran};
use crate::plan::Key;
use crate::store::{Kind, Names, Taken, Writer};

/// Makes the finer evaluations of the courses that are at their end; `alone` says of a segment whether no other cell is
/// still to be trained on it, so that checkpoints that were kept for this can go.
pub fn placed(
    (id, names): (usize, &Names),
    courses: &[Course<'_>],
    alone: &dyn Fn(&Key) -> bool,
    bench: &Bench<'_>,
) -> Result<Ran, Failure> {
    let mut computed = false;
    let levels = |key: &Key| bench.levels(key);
    for course in courses.iter().filter(|course| course.cell.refine.is_some() && course.over()) {
        if let Some((steps, measure)) = course.finer(&levels) {
            for (stage, (from, until)) in course.spans().into_iter().enumerate() {
                // What was measured at an entry belongs to the stage before it.
                let own = |step: &u64| *step > from && *step <= until || *step == 0 && stage == 0;
                let own: Vec<u64> = steps.iter().copied().filter(own).collect();
                if own.is_empty() {
                    continue;
                }
                let mut again = replayed(course.cell, stage, bench)?;
                let errand = Errand::Finer(&own, &measure);
                let key = &course.cell.segments[stage];
                match run((id, names), key, std::slice::from_mut(&mut again), errand, bench)? {
                    Ran::Done { computed: more } => computed |= more,
                    other => return Ok(other),
                }
            }
        }
        let gone_through = &course.cell.segments[..=course.stage];
        for key in gone_through.iter().filter(|key| alone(key)) {
            tidy(key, bench)?;
        }
    }
    Ok(Ran::Done { computed })
}

/// Leaves of a segment the checkpoints that are asked for, where more were kept to place exits.
fn tidy(key: &Key, bench: &Bench<'_>) -> Result<(), Failure> {
    let segment = bench.store.segment(key.as_str());
    let kept = segment.checkpoints()?;
    let Some(end) = kept.iter().filter(|kept| kept.kind == Kind::End).map(|kept| kept.step).max() else {
        return Ok(());
    };
    if !kept.iter().any(|kept| kept.kind == Kind::Way && kept.step < end) {
        return Ok(());
    }
    // Whoever else works on it keeps what it needs.
    let Taken::Lease(lease) = bench.leases.take(segment.folder())? else { return Ok(()) };
    let mut writer = Writer::new(segment.clone(), lease)?;
    thin_out(&segment, &mut writer, end, bench.manner.keep, None)?;
    writer.settle()?;
    writer.release();
    Ok(())
}
