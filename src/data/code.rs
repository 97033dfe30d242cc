//! The disentangled code: each factor adds a vector of its own.

use super::source::ShapesSpec;
use super::{random, shapes};

/// A vector for each value of each factor in use.
pub struct LinearCode {
    width: usize,
    /// For each factor `[labels, width]`.
    tables: Vec<Vec<f32>>,
}

impl LinearCode {
    /// Draws the vectors of `spec` at random.
    ///
    /// A published value has the same vector in every data set, up to what follows: over the rows
    /// of the data set each dimension has mean 0 and variance 1, exactly but for rounding, since
    /// factors are independent there. Where no factor varies the code is 0.
    #[must_use]
    pub fn new(spec: &ShapesSpec) -> Self {
        let width = spec.width;
        let mut tables: Vec<Vec<f64>> = Vec::new();
        let mut variance = vec![0.0; width];
        for (factor, name) in shapes::FACTORS.iter().enumerate() {
            let labels = spec.values[factor];
            let mut table = Vec::with_capacity(labels * width);
            for label in 0..labels {
                let value = spec.published_value(factor, label);
                let mut rng = random::stream(&format!("code of {name} {value}"));
                table.extend((0..width).map(|_| random::normal(&mut rng)));
            }
            for (column, variance) in variance.iter_mut().enumerate() {
                let places = (0..labels).map(|label| label * width + column);
                let mean = places.clone().map(|at| table[at]).sum::<f64>() / labels as f64;
                for at in places {
                    table[at] -= mean;
                    *variance += table[at] * table[at] / labels as f64;
                }
            }
            tables.push(table);
        }
        let scale: Vec<f64> = variance.iter().map(|&v| if v > 0.0 { 1.0 / v.sqrt() } else { 0.0 }).collect();
        let standard =
            |table: Vec<f64>| table.iter().enumerate().map(|(at, x)| (x * scale[at % width]) as f32).collect();
        Self { width, tables: tables.into_iter().map(standard).collect() }
    }

    /// Writes the code of an image by its labels, one for each of the six factors.
    ///
    /// # Panics
    /// Where a label is out of range or `out` is not as wide as the code.
    pub fn write(&self, labels: [usize; 6], out: &mut [f32]) {
        assert_eq!(out.len(), self.width);
        out.fill(0.0);
        for (table, label) in self.tables.iter().zip(labels) {
            for (out, x) in out.iter_mut().zip(&table[label * self.width..(label + 1) * self.width]) {
                *out += x;
            }
        }
    }
}
