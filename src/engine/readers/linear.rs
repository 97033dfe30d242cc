//! Linear maps from features to scores.

use super::panels::{self, Row, SIDE, add_product, turn};
use super::rows;
use crate::engine::error::{Result, ensure};

/// `x W + b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// `[width, outputs]`.
    pub weight: Vec<f64>,
    /// `[outputs]`.
    pub bias: Vec<f64>,
}

impl Linear {
    /// How many features it reads.
    #[must_use]
    pub fn width(&self) -> usize {
        self.weight.len() / self.bias.len().max(1)
    }

    /// Maps of the same features side by side, so that one pass reads them all.
    ///
    /// # Errors
    /// If they read features of different widths.
    pub fn beside(parts: &[Self]) -> Result<Self> {
        let width = parts.first().map_or(0, Self::width);
        ensure(parts.iter().all(|part| part.width() == width), || {
            format!("readers of the widths {:?} side by side", parts.iter().map(Self::width).collect::<Vec<_>>())
        })?;
        let mut weight = Vec::with_capacity(parts.iter().map(|part| part.weight.len()).sum());
        for row in 0..width {
            parts.iter().for_each(|part| weight.extend(&part.weight[row * part.bias.len()..][..part.bias.len()]));
        }
        Ok(Self { weight, bias: parts.iter().flat_map(|part| &part.bias).copied().collect() })
    }

    /// The scores of `features` `[n, width]`, as `[n, outputs]` in `out`, whatever it held.
    ///
    /// # Errors
    /// If the features are no whole rows.
    pub fn predict(&self, features: &[f32], out: &mut Vec<f64>) -> Result<()> {
        let (width, outputs) = (self.width(), self.bias.len());
        let count = rows(features, width)?;
        out.clear();
        out.resize(count * outputs, 0.0);
        let mut weight = vec![[0.0; SIDE]; panels::count(outputs) * width];
        for (panel, into) in weight.chunks_exact_mut(width).enumerate() {
            for (row, into) in self.weight.chunks_exact(outputs).zip(into) {
                let row = &row[panel * SIDE..outputs.min((panel + 1) * SIDE)];
                into[..row.len()].copy_from_slice(row);
            }
        }
        let mut turned: Vec<Row> = vec![[0.0; SIDE]; width];
        for (features, out) in features.chunks(SIDE * width).zip(out.chunks_mut(SIDE * outputs)) {
            turn(features, &mut turned);
            for (panel, weight) in weight.chunks_exact(width).enumerate() {
                let columns = panel * SIDE..outputs.min((panel + 1) * SIDE);
                let mut tile = [[0.0; SIDE]; SIDE];
                for row in &mut tile {
                    row[..columns.len()].copy_from_slice(&self.bias[columns.clone()]);
                }
                add_product(&turned, weight, &mut tile);
                for (row, out) in tile.iter().zip(out.chunks_exact_mut(outputs)) {
                    out[columns.clone()].copy_from_slice(&row[..columns.len()]);
                }
            }
        }
        Ok(())
    }
}
