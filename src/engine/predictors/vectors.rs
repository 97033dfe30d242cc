//! Inner products, lengths and rotations, each summed in a fixed order.

/// The inner product of two vectors of one length.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    debug_assert_eq!(a.len(), b.len());
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut lanes = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

/// Adds a multiple of a vector to another.
pub fn add(into: &mut [f64], factor: f64, of: &[f64]) {
    debug_assert_eq!(into.len(), of.len());
    for (into, of) in into.iter_mut().zip(of) {
        *into += factor * of;
    }
}

/// The Euclidean length, right also where squares leave the range of f64.
pub fn norm(values: &[f64]) -> f64 {
    let plain = dot(values, values).sqrt();
    if plain.is_nan() || (1e-140..1e140).contains(&plain) {
        return plain;
    }
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    largest * values.iter().map(|value| (value / largest) * (value / largest)).sum::<f64>().sqrt()
}

/// A rotation of the plane.
#[derive(Clone, Copy)]
pub struct Rotation {
    cos: f64,
    sin: f64,
}

impl Rotation {
    /// The rotation that takes `(a, b)` to `(length, 0)`, with that length.
    pub fn onto_first(a: f64, b: f64) -> (Self, f64) {
        let length = norm(&[a, b]);
        if length == 0.0 {
            return (Self { cos: 1.0, sin: 0.0 }, 0.0);
        }
        (Self { cos: a / length, sin: b / length }, length)
    }

    /// Rotates two numbers.
    pub fn pair(self, a: f64, b: f64) -> (f64, f64) {
        (self.cos * a + self.sin * b, self.cos * b - self.sin * a)
    }

    /// Rotates two vectors against each other.
    pub fn rotate(self, a: &mut [f64], b: &mut [f64]) {
        for (a, b) in a.iter_mut().zip(b) {
            (*a, *b) = self.pair(*a, *b);
        }
    }
}
