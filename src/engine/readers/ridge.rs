//! Ridge regression from sums that grow chunk by chunk.

use super::cholesky::Cholesky;
use super::eigen::Eigen;
use super::linear::Linear;
use super::panels::{self, BLOCK, Row, SIDE, add_by_class, add_crossed, add_product, add_times, pack_numbers};
use super::{check_labels, rows};
use crate::engine::error::{Error, Result, ensure};
use std::ops::Range;

/// Targets of some rows.
#[derive(Clone, Debug)]
pub enum Columns<'a> {
    /// `[n, at.len()]` numbers for the columns `at` of the outputs.
    Numbers { values: &'a [f64], at: Range<usize> },
    /// `[n]` labels, one-hot in the columns `at` of the outputs.
    Labels { labels: &'a [u32], at: Range<usize> },
}

/// Sums of products of features with each other and with targets, all that ridge regression needs of them.
///
/// Sums are of what a row has above the first row: where features are far from zero, little is lost when they are
/// centred.
#[derive(Clone, Debug)]
pub struct Gram {
    width: usize,
    outputs: usize,
    rows: usize,
    /// The first row of features; of the targets, with zeros for labels.
    shift: Vec<f64>,
    target_shift: Vec<f64>,
    sums: Vec<f64>,
    target_sums: Vec<f64>,
    /// Features by features in tiles: the upper triangle, row by row.
    squares: Vec<[Row; SIDE]>,
    /// Targets by features, `[outputs, width]`, padded to whole panels.
    crossed: Vec<f64>,
    /// A block of features, and of targets, in panels.
    packed: Vec<Row>,
    packed_targets: Vec<Row>,
}

impl Gram {
    /// No rows yet, of `width` features and `outputs` targets.
    #[must_use]
    pub fn new(width: usize, outputs: usize) -> Self {
        let panels = panels::count(width);
        Self {
            width,
            outputs,
            rows: 0,
            shift: vec![0.0; width],
            target_shift: vec![0.0; outputs],
            sums: vec![0.0; panels * SIDE],
            target_sums: vec![0.0; outputs],
            squares: vec![[[0.0; SIDE]; SIDE]; panels * (panels + 1) / 2],
            crossed: vec![0.0; outputs * panels * SIDE],
            packed: vec![[0.0; SIDE]; panels * BLOCK],
            packed_targets: vec![[0.0; SIDE]; BLOCK],
        }
    }

    /// How many rows were added.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds rows: `features` `[n, width]` with `targets` `[n, outputs]`.
    ///
    /// # Errors
    /// If sizes do not fit.
    pub fn add(&mut self, features: &[f32], targets: &[f64]) -> Result<()> {
        let at = 0..self.outputs;
        self.add_columns(features, &[Columns::Numbers { values: targets, at }])
    }

    /// Adds rows: `features` `[n, width]` with `labels` `[n]`, one-hot in the columns `at` of the outputs.
    ///
    /// # Errors
    /// If sizes do not fit, or a label is beyond the columns.
    pub fn add_labels(&mut self, features: &[f32], labels: &[u32], at: Range<usize>) -> Result<()> {
        self.add_columns(features, &[Columns::Labels { labels, at }])
    }

    /// Adds rows: `features` `[n, width]` with all of their targets. Outputs that no target names stay 0. A column takes
    /// numbers or labels, the same throughout.
    ///
    /// # Errors
    /// If sizes do not fit, or a label is beyond its columns.
    pub fn add_columns(&mut self, features: &[f32], targets: &[Columns]) -> Result<()> {
        let count = rows(features, self.width)?;
        for target in targets {
            let (Columns::Numbers { at, .. } | Columns::Labels { at, .. }) = target;
            ensure(at.start <= at.end && at.end <= self.outputs, || {
                format!("targets in the columns {at:?} of {} outputs", self.outputs)
            })?;
            match target {
                Columns::Numbers { values, at } => ensure(values.len() == count * at.len(), || {
                    format!("{} numbers of {} targets for {count} rows", values.len(), at.len())
                })?,
                Columns::Labels { labels, at } => check_labels(labels, count, at.len())?,
            }
        }
        if self.rows == 0 && count > 0 {
            self.shift.iter_mut().zip(features).for_each(|(shift, &feature)| *shift = f64::from(feature));
            for target in targets {
                if let Columns::Numbers { values, at } = target {
                    self.target_shift[at.clone()].copy_from_slice(&values[..at.len()]);
                }
            }
        }
        self.rows += count;
        for (block, features) in features.chunks(BLOCK * self.width).enumerate() {
            self.add_block(features);
            for target in targets {
                self.add_targets(features, block * BLOCK, target);
            }
        }
        Ok(())
    }

    fn add_block(&mut self, features: &[f32]) {
        let count = features.len() / self.width;
        let packed = &mut self.packed[..panels::count(self.width) * count];
        panels::pack(features, &self.shift, packed);
        for (panel, sums) in packed.chunks_exact(count).zip(self.sums.chunks_exact_mut(SIDE)) {
            panel.iter().for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
        }
        let mut tiles = self.squares.iter_mut();
        for (at, left) in packed.chunks_exact(count).enumerate() {
            for (right, tile) in packed.chunks_exact(count).skip(at).zip(&mut tiles) {
                add_product(left, right, tile);
            }
        }
    }

    /// Adds a target of the rows that were packed last, which begin with row `from` of the target.
    fn add_targets(&mut self, features: &[f32], from: usize, target: &Columns) {
        let (count, apart) = (features.len() / self.width, panels::count(self.width) * SIDE);
        match target {
            Columns::Labels { labels, at } => {
                let labels = &labels[from..from + count];
                labels.iter().for_each(|&label| self.target_sums[at.start + label as usize] += 1.0);
                let crossed = &mut self.crossed[at.start * apart..at.end * apart];
                add_by_class(features, &self.shift, labels, crossed, apart);
            }
            Columns::Numbers { values, at } => {
                let values = &values[from * at.len()..][..count * at.len()];
                let shift = &self.target_shift[at.clone()];
                let (packed, panel) = (&self.packed[..panels::count(self.width) * count], &mut self.packed_targets);
                for first in (0..at.len()).step_by(SIDE) {
                    let panel = &mut panel[..count];
                    pack_numbers(values, shift, first, panel);
                    let columns = at.start + first..at.end.min(at.start + first + SIDE);
                    for row in &*panel {
                        self.target_sums[columns.clone()].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                    }
                    let crossed = &mut self.crossed[columns.start * apart..columns.end * apart];
                    add_crossed(panel, packed, crossed, apart);
                }
            }
        }
    }

    /// The mean of every feature.
    #[must_use]
    pub fn means(&self) -> Vec<f64> {
        means(&self.shift, &self.sums, self.rows)
    }

    /// The mean of every output: what a regression predicts that knows no features.
    #[must_use]
    pub fn target_means(&self) -> Vec<f64> {
        means(&self.target_shift, &self.target_sums, self.rows)
    }

    /// Features by features about their means, `[width, width]`: `n` times their covariance.
    pub(super) fn squares(&self) -> Vec<f64> {
        let (width, panels, count) = (self.width, panels::count(self.width), self.rows.max(1) as f64);
        let mut squares = vec![0.0; width * width];
        let mut tiles = self.squares.iter();
        for first in 0..panels {
            for (second, tile) in (first..panels).zip(&mut tiles) {
                let place = |i: usize, j: usize| (first * SIDE + i, second * SIDE + j);
                for (i, j) in (0..SIDE * SIDE).map(|at| place(at / SIDE, at % SIDE)) {
                    if i < width && j < width {
                        let centred = tile[i % SIDE][j % SIDE] - self.sums[i] * (self.sums[j] / count);
                        squares[i * width + j] = centred;
                        squares[j * width + i] = centred;
                    }
                }
            }
        }
        squares
    }

    /// The minimum of `|y - x W - b|^2 + lambda |W|^2` for every output, whose intercept is not penalised (Hoerl and
    /// Kennard 1970): scikit-learn's `Ridge(alpha = lambda)`. The system of width many equations is factored once for all
    /// outputs.
    ///
    /// Where it is singular to rounding, as for features that depend on each other at `lambda` 0, the weights are those
    /// of least norm; directions in which features vary by less than some 1e-7 of the most count as constant.
    ///
    /// # Errors
    /// If there are no rows, `lambda` is negative or not a number, or features or targets are not finite.
    pub fn solve(&self, lambda: f64) -> Result<Linear> {
        ensure(lambda >= 0.0 && lambda.is_finite(), || format!("a penalty of {lambda}"))?;
        ensure(self.rows > 0, || "a ridge regression without rows".into())?;
        let (width, outputs, apart) = (self.width, self.outputs, panels::count(self.width) * SIDE);
        let squares = self.squares();
        finite(&squares, "features of a ridge regression")?;
        let mut weight = vec![0.0; width * outputs];
        for (output, crossed) in self.crossed.chunks_exact(apart).enumerate() {
            let mean = self.target_sums[output] / self.rows as f64;
            for (at, (crossed, sum)) in crossed.iter().zip(&self.sums).take(width).enumerate() {
                weight[at * outputs + output] = crossed - sum * mean;
            }
        }
        finite(&weight, "targets of a ridge regression")?;
        let mut penalised = squares.clone();
        (0..width).for_each(|at| penalised[at * width + at] += lambda);
        match Cholesky::of(penalised, width) {
            Some(factors) => factors.solve(&mut weight, outputs),
            None => weight = Eigen::of(squares, width).solve(lambda, &weight, outputs),
        }
        let mut bias = self.target_means();
        for (mean, row) in self.means().iter().zip(weight.chunks_exact(outputs)) {
            add_times(-mean, row, &mut bias);
        }
        Ok(Linear { weight, bias })
    }
}

fn means(shift: &[f64], sums: &[f64], rows: usize) -> Vec<f64> {
    shift.iter().zip(sums).map(|(shift, sum)| shift + sum / rows.max(1) as f64).collect()
}

fn finite(values: &[f64], what: &str) -> Result<()> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(Error::NotFinite { what: format!("one of the {what}") })
}
