//! The examples of one sequence, and the same in units that keep their squares within the range of f64.

/// The examples of one sequence, in order.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// Inputs, `[n, dim]` row-major.
    pub x: &'a [f64],
    /// Targets, `[n, outputs]` row-major.
    pub y: &'a [f64],
    /// Coordinates of an input.
    pub dim: usize,
    /// Numbers that a target has, at least 1.
    pub outputs: usize,
}

impl<'a> Examples<'a> {
    /// How many examples there are.
    #[must_use]
    pub fn count(&self) -> usize {
        debug_assert!(self.outputs > 0 && self.y.len().is_multiple_of(self.outputs), "targets are not [n, outputs]");
        let count = self.y.len() / self.outputs;
        debug_assert_eq!(self.x.len(), count * self.dim, "inputs are not [n, dim]");
        count
    }

    /// The input of an example.
    #[must_use]
    pub fn input(&self, at: usize) -> &'a [f64] {
        &self.x[at * self.dim..][..self.dim]
    }

    /// The target of an example.
    #[must_use]
    pub fn target(&self, at: usize) -> &'a [f64] {
        &self.y[at * self.outputs..][..self.outputs]
    }
}

/// Examples divided by powers of two, so that the largest numbers are near 1. The division is exact: it changes no
/// prediction, although it looks at the whole sequence.
pub struct Scaled {
    x: Vec<f64>,
    y: Vec<f64>,
    dim: usize,
    outputs: usize,
    /// What inputs were divided by.
    pub unit_x: f64,
    /// What targets were divided by, and predictions are to be multiplied with.
    pub unit_y: f64,
}

impl Scaled {
    pub fn of(examples: &Examples) -> Self {
        let (unit_x, unit_y) = (unit(examples.x), unit(examples.y));
        let divide = |values: &[f64], unit: f64| values.iter().map(|value| value / unit).collect();
        Self {
            x: divide(examples.x, unit_x),
            y: divide(examples.y, unit_y),
            dim: examples.dim,
            outputs: examples.outputs,
            unit_x,
            unit_y,
        }
    }

    pub fn examples(&self) -> Examples<'_> {
        Examples { x: &self.x, y: &self.y, dim: self.dim, outputs: self.outputs }
    }

    /// Predictions of the divided targets, in the units of the targets themselves.
    pub fn restore(&self, mut predictions: Vec<f64>) -> Vec<f64> {
        predictions.iter_mut().for_each(|prediction| *prediction *= self.unit_y);
        predictions
    }
}

/// The power of two by which the largest of some numbers is near 1; 1 where there is none.
fn unit(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return 1.0;
    }
    let (_, exponent) = libm::frexp(largest);
    // Beyond these the power or its inverse would leave the normal numbers.
    libm::ldexp(1.0, exponent.clamp(-1000, 1000))
}
