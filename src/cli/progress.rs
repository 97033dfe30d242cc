//! A line for each running cell, on a terminal; nothing on a pipe.

use crate::cluster::{Outcome, Watcher};
use crate::engine::measure::Point;
use crate::plan::Cell;
use crate::report::number::{count, duration};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

/// The progress of a run.
pub struct Progress<'a> {
    cells: &'a [Cell],
    /// Whose measure the lines show.
    measure: usize,
    bars: MultiProgress,
    running: Mutex<HashMap<usize, Running>>,
    total: ProgressBar,
}

struct Running {
    bar: ProgressBar,
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
        total.set_style(style("{prefix:16} {wide_bar} {pos}/{len} cells  {elapsed} gone"));
        total.set_prefix("study");
        Self { cells, measure, bars, running: Mutex::new(HashMap::new()), total }
    }

    /// Takes every line away.
    pub fn finish(&self) {
        self.total.finish_and_clear();
        let _ = self.bars.clear();
    }

    /// The column of the measure that is shown.
    fn column(&self, cell: usize) -> Option<usize> {
        self.cells[cell].observation.written.get(self.measure).copied()
    }

    fn with(&self, cell: usize, act: impl FnOnce(&mut Running)) {
        if let Ok(mut running) = self.running.lock()
            && let Some(line) = running.get_mut(&cell)
        {
            act(line);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─")
}

impl Watcher for Progress<'_> {
    fn began(&self, cell: usize, step: u64) {
        let at = &self.cells[cell];
        let bar = self.bars.insert_before(&self.total, ProgressBar::new(at.training.steps()));
        bar.set_style(style("{prefix:16} {bar:12} {msg}"));
        bar.set_prefix(format!("{} seed {}", at.name, at.seed));
        bar.set_position(step);
        let now = Instant::now();
        if let Ok(mut running) = self.running.lock() {
            running.insert(cell, Running { bar, from: step, since: now, told: now, value: None });
        }
        self.total.tick();
    }

    fn stepped(&self, cell: usize, step: u64, loss: f64) {
        let steps = self.cells[cell].training.steps();
        let observation = &self.cells[cell].observation;
        let name = self.column(cell).map_or(String::new(), |column| observation.measures[column].name.clone());
        self.with(cell, |line| {
            if line.told.elapsed().as_millis() < 120 && step < steps {
                return;
            }
            line.told = Instant::now();
            let rate = (step - line.from) as f64 / line.since.elapsed().as_secs_f64().max(1e-9);
            let left = (steps - step) as f64 / rate.max(1e-9);
            let value = line.value.map_or(String::new(), |value| format!("  {name} {value:.3}"));
            self.total.tick();
            line.bar.set_position(step);
            line.bar.set_message(format!(
                "step {}/{}  loss {loss:.3}{value}  {rate:.1}/s  {} left",
                count(step),
                count(steps),
                duration(left)
            ));
        });
    }

    fn measured(&self, cell: usize, point: &Point) {
        let value = self.column(cell).and_then(|column| point.values.get(column).copied().flatten());
        self.with(cell, |line| line.value = value);
    }

    fn ended(&self, cell: usize, _outcome: &Outcome) {
        self.total.inc(1);
        if let Ok(mut running) = self.running.lock()
            && let Some(line) = running.remove(&cell)
        {
            line.bar.finish_and_clear();
            self.bars.remove(&line.bar);
        }
    }
}
