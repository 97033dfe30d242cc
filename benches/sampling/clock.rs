//! Processor time of this thread, which what else runs on the machine does not lengthen.

use std::time::Instant;

/// The seconds that `run` takes: of the processor where Linux tells them, else of the clock on the wall.
pub fn seconds(run: impl FnOnce()) -> f64 {
    let (wall, before) = (Instant::now(), on_processor());
    run();
    match (before, on_processor()) {
        (Some(before), Some(after)) => (after - before) as f64 * 1e-9,
        _ => wall.elapsed().as_secs_f64(),
    }
}

/// Nanoseconds that this thread has run.
fn on_processor() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok()
}

/// The middle of some numbers.
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
