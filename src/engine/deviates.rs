//! Numbers of the standard continuous laws from a stream, the same bits on every machine: logarithms and exponentials
//! are `libm`'s.

use super::streams::Stream;
use std::sync::LazyLock;

/// Layers of the ziggurat.
const LAYERS: usize = 256;
/// Where its tail begins, and the area of each layer (Doornik 2005, table 1, for 256 layers).
const TAIL: f64 = 3.654_152_885_361_009;
const AREA: f64 = 0.004_928_673_233_99;

/// Widths of the layers from the lowest, and the density at each.
struct Ziggurat {
    x: [f64; LAYERS + 1],
    f: [f64; LAYERS + 1],
}

static ZIGGURAT: LazyLock<Ziggurat> = LazyLock::new(|| {
    let density = |x: f64| libm::exp(-0.5 * x * x);
    let mut x = [0.0; LAYERS + 1];
    x[0] = AREA / density(TAIL);
    x[1] = TAIL;
    for layer in 2..LAYERS {
        let below: f64 = x[layer - 1];
        x[layer] = libm::sqrt(-2.0 * libm::log(AREA / below + density(below)));
    }
    let mut f = [0.0; LAYERS + 1];
    for (f, x) in f.iter_mut().zip(x) {
        *f = density(x);
    }
    Ziggurat { x, f }
});

/// The widths of the layers and then the density at each, for who draws normal numbers elsewhere.
pub(super) fn layers() -> Vec<f64> {
    [ZIGGURAT.x, ZIGGURAT.f].concat()
}

impl Ziggurat {
    /// The number that most bits come to at once; none where more of them decide.
    #[inline]
    fn within(&self, bits: u64) -> Option<f64> {
        let layer = (bits & 0xff) as usize;
        let x = unit(bits) * self.x[layer];
        (x.abs() < self.x[layer + 1]).then_some(x)
    }

    /// Whether a height lies below the density at `x`, which lies in a layer beyond what is within at once. The first
    /// terms of the exponential series from the layer's edge tell it of almost all heights.
    #[inline]
    fn below(&self, layer: usize, x: f64, height: f64) -> bool {
        let inside = 0.5 * (self.x[layer] * self.x[layer] - x * x);
        let terms = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
        let left = self.f[layer] * terms.iter().fold(0.0, |sum, term| sum * inside + term) - height;
        if left.abs() > SURE { left > 0.0 } else { height < libm::exp(-0.5 * x * x) }
    }
}

/// How far a height must lie from the series of [`Ziggurat::below`] to be told by it, several times its error.
const SURE: f64 = 1e-5;

/// The upper 53 bits, from -1 up to 1.
#[inline]
fn unit(bits: u64) -> f64 {
    ((bits as i64) >> 11) as f64 / (1u64 << 52) as f64
}

impl Stream {
    /// Standard normal numbers, as [`Stream::normal`] draws them one after the other.
    pub fn fill_normal(&mut self, mut out: &mut [f64]) {
        let table = &*ZIGGURAT;
        while !out.is_empty() {
            let mut made = 0;
            for (x, &bits) in out.iter_mut().zip(self.ready()) {
                let Some(within) = table.within(bits) else { break };
                *x = within;
                made += 1;
            }
            let short = made < out.len().min(self.ready().len());
            self.take(made);
            out = &mut out[made..];
            if short {
                out[0] = self.normal();
                out = &mut out[1..];
            }
        }
    }

    /// A standard normal number (the ziggurat of Marsaglia and Tsang 2000 in 53 bits).
    #[inline]
    pub fn normal(&mut self) -> f64 {
        let table = &*ZIGGURAT;
        loop {
            let bits = self.bits();
            if let Some(x) = table.within(bits) {
                return x;
            }
            let layer = (bits & 0xff) as usize;
            let x = unit(bits) * table.x[layer];
            if layer == 0 {
                return self.tail(x < 0.0);
            }
            let height = table.f[layer + 1] + (table.f[layer] - table.f[layer + 1]) * self.unit();
            if table.below(layer, x, height) {
                return x;
            }
        }
    }

    /// A normal number beyond the ziggurat's base (Marsaglia 1964).
    #[cold]
    fn tail(&mut self, negative: bool) -> f64 {
        loop {
            let x = -libm::log(self.open()) / TAIL;
            let y = -libm::log(self.open());
            if 2.0 * y > x * x {
                return if negative { -(TAIL + x) } else { TAIL + x };
            }
        }
    }

    /// An exponential number of rate 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.open())
    }

    /// A gamma number of scale 1 (Marsaglia and Tsang 2000); `shape` must be above 0.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape == 1.0 {
            return self.exponential();
        }
        if shape < 1.0 {
            let boost = libm::pow(self.open(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = self.open();
            if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }
}
