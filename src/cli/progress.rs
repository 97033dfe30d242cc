//! A line for each piece of work that is running, on a terminal; nothing on a pipe.

use super::terminal::warn;
use crate::cluster::{Outcome, Watcher, Work};
use crate::plan::Cell;
use crate::report::number::{count, duration};
use crate::store::Evaluated;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The progress of a run.
pub struct Progress<'a> {
    cells: &'a [Cell],
    /// Whose measure the lines show.
    measure: usize,
    bars: MultiProgress,
    running: Mutex<HashMap<usize, Running>>,
    total: ProgressBar,
    waits: AtomicBool,
}

struct Running {
    bar: ProgressBar,
    work: Work,
    from: u64,
    since: Instant,
    told: Instant,
    value: Option<f64>,
}

impl<'a> Progress<'a> {
    /// Progress over cells; `measure` is shown beside the loss.
    pub fn new(cells: &'a [Cell], measure: usize, live: bool) -> Self {
        let target = if live { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        let total = bars.add(ProgressBar::new(cells.len() as u64));
        total.set_style(style("{prefix:22} {wide_bar} {pos}/{len} cells  {elapsed} gone"));
        total.set_prefix("study");
        Self { cells, measure, bars, running: Mutex::new(HashMap::new()), total, waits: AtomicBool::new(false) }
    }

    /// Takes every line away.
    pub fn finish(&self) {
        self.total.finish_and_clear();
        let _ = self.bars.clear();
    }

    /// The key and the name of the measure that is shown.
    fn shown(&self, cell: usize) -> Option<(&str, &str)> {
        let cell = &self.cells[cell];
        let column = *cell.observation.written.get(self.measure)?;
        Some((cell.measures[column].as_str(), &cell.observation.measures[column].name))
    }

    fn with(&self, unit: usize, act: impl FnOnce(&mut Running)) {
        if let Ok(mut running) = self.running.lock()
            && let Some(line) = running.get_mut(&unit)
        {
            act(line);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─")
}

impl Watcher for Progress<'_> {
    fn planned(&self, unit: usize, work: Work) {
        let now = Instant::now();
        let bar = ProgressBar::hidden();
        let line = Running { bar, work, from: work.from, since: now, told: now, value: None };
        if let Ok(mut running) = self.running.lock() {
            running.insert(unit, line);
        }
    }

    fn began(&self, unit: usize, step: u64) {
        self.with(unit, |line| {
            let cell = &self.cells[line.work.cell];
            let stages = &cell.training.stages;
            let stage = if stages.len() > 1 { format!(" {}", stages[line.work.stage].name) } else { String::new() };
            let others = if line.work.cells > 1 { format!(" +{}", line.work.cells - 1) } else { String::new() };
            line.bar = self.bars.insert_before(&self.total, ProgressBar::new(line.work.until - line.work.from));
            line.bar.set_style(style("{prefix:22} {bar:12} {msg}"));
            line.bar.set_prefix(format!("{} seed {}{others}{stage}", cell.name, cell.seed));
            (line.from, line.since) = (step, Instant::now());
        });
        self.total.tick();
    }

    fn stepped(&self, unit: usize, step: u64, loss: f64) {
        self.with(unit, |line| {
            if line.told.elapsed().as_millis() < 120 && step < line.work.until {
                return;
            }
            if step < line.from {
                line.from = step;
            }
            line.told = Instant::now();
            let rate = (step - line.from) as f64 / line.since.elapsed().as_secs_f64().max(1e-9);
            let left = line.work.until.saturating_sub(step) as f64 / rate.max(1e-9);
            let name = self.shown(line.work.cell).map_or("", |(_, name)| name);
            let value = line.value.map_or(String::new(), |value| format!("  {name} {value:.3}"));
            self.total.tick();
            line.bar.set_position(step.saturating_sub(line.work.from));
            line.bar.set_message(format!(
                "step {}/{}  loss {loss:.3}{value}  {rate:.1}/s  {} left",
                count(step),
                count(line.work.until),
                duration(left)
            ));
        });
    }

    fn measured(&self, unit: usize, point: &Evaluated) {
        self.with(unit, |line| {
            if let Some((key, _)) = self.shown(line.work.cell) {
                line.value = point.values.get(key).and_then(|value| value.value);
            }
        });
    }

    fn left(&self, unit: usize) {
        if let Ok(mut running) = self.running.lock()
            && let Some(line) = running.remove(&unit)
        {
            line.bar.finish_and_clear();
            self.bars.remove(&line.bar);
        }
    }

    fn ended(&self, _cell: usize, _outcome: &Outcome) {
        self.total.inc(1);
    }

    fn lost(&self, cards: &[String], reason: &str, left: usize) {
        for card in cards {
            self.bars.suspend(|| {
                warn(&format!("{card} is lost ({reason}); its cells go on elsewhere, on what is left: {left}\n"));
            });
        }
    }

    fn waits(&self, units: usize, process: u32, host: &str) {
        if self.waits.swap(true, Ordering::Relaxed) {
            return;
        }
        if process == 0 {
            // This process was taken for dead; who took over says who it is when it is asked next.
            self.waits.store(false, Ordering::Relaxed);
            return;
        }
        let what = if units == 1 { "segment".to_string() } else { format!("{units} segments") };
        self.bars.suspend(|| {
            warn(&format!(
                "process {process} on {host} trains the last {what}; waiting for it (Ctrl-C to leave it to that)\n"
            ));
        });
    }
}
