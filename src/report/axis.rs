//! Ranges of axes, their ticks, and the map from values to pixels.

use super::{glyph, number};

/// Values past this are not drawn: their differences would overflow.
const LARGEST: f64 = 1e300;

/// Whether a value can be placed on an axis.
pub fn drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// A closed range of values, never empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
}

impl Range {
    /// The smallest range over all drawable values, if there is one.
    pub fn over(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        values.into_iter().filter(|&v| drawable(v)).fold(None, |range: Option<Self>, v| {
            Some(range.map_or(Self { low: v, high: v }, |r| Self { low: r.low.min(v), high: r.high.max(v) }))
        })
    }

    /// The range that covers both.
    pub fn join(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The distance between the ends.
    pub fn span(self) -> f64 {
        self.high - self.low
    }

    /// A range with room around a single value.
    pub fn opened(self) -> Self {
        if self.span() > self.low.abs().max(self.high.abs()) * 1e-12 {
            return self;
        }
        let room = if self.low == 0.0 { 1.0 } else { self.low.abs() * 0.1 };
        Self { low: self.low - room, high: self.high + room }
    }

    /// The range with `share` of its span added at both ends.
    pub fn padded(self, share: f64) -> Self {
        let room = self.span() * share;
        Self { low: self.low - room, high: self.high + room }
    }

    /// Reaches down to nought where the values come near it.
    pub fn grounded(self) -> Self {
        if self.low > 0.0 && self.low <= 0.35 * self.high { Self { low: 0.0, ..self } } else { self }
    }
}

/// A range laid over a stretch of pixels.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub range: Range,
    pub from: f64,
    pub to: f64,
    /// Whether equal ratios are equally far apart. What is not above nought then lies at the near end, before a gap.
    pub log: bool,
}

impl Scale {
    /// A scale on which equal differences are equally far apart.
    pub fn linear(range: Range, from: f64, to: f64) -> Self {
        Self { range, from, to, log: false }
    }

    /// The pixel of a value.
    pub fn at(&self, value: f64) -> f64 {
        let share = if !self.log {
            (value - self.range.low) / self.range.span()
        } else if value > 0.0 {
            (value / self.range.low).ln() / (self.range.high / self.range.low).ln()
        } else {
            NOUGHT
        };
        self.from + share * (self.to - self.from)
    }
}

/// Where nought stands on a logarithmic axis, as a share of its length.
const NOUGHT: f64 = 0.02;
/// How far the smallest value above nought keeps from it.
const APART: f64 = 0.13;

/// The range of a logarithmic axis over some values, and whether nought stands before it; none where no value is above it.
pub fn log_range(values: impl IntoIterator<Item = f64>) -> Option<(Range, bool)> {
    let (mut nought, mut above) = (false, Vec::new());
    for value in values.into_iter().filter(|&value| drawable(value)) {
        if value > 0.0 { above.push(value) } else { nought = true }
    }
    let range = Range::over(above)?;
    let ratio = (range.high / range.low).max(2.0);
    let room = ratio.powf(0.03);
    let before = if nought { ratio.powf(APART / (1.0 - APART)) } else { room };
    Some((Range { low: range.low / before, high: range.high * room }, nought))
}

/// Powers of ten inside a range, with 2 and 5 between them where there are few; as many as fit.
pub fn log_ticks(range: Range, nought: bool, pixels: f64, size: f64) -> Vec<(f64, String)> {
    let (low, high) = (range.low.log10().ceil() as i32, range.high.log10().floor() as i32);
    let shortest = if nought { range.low * (range.high / range.low).powf(APART * 0.9) } else { range.low };
    let steps: &[f64] = if high - low < 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let all = (low - 1..=high).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
    let mut ticks: Vec<f64> = all.filter(|tick| *tick >= shortest && *tick <= range.high).collect();
    if nought {
        ticks.insert(0, 0.0);
    }
    let scale = Scale { range, from: 0.0, to: pixels, log: true };
    let labels = ticks.into_iter().map(|tick| (tick, number::tick(tick, if tick > 0.0 { tick } else { 1.0 })));
    fitting(labels.collect(), &scale, size)
}

/// Ticks whose labels would touch lose them: those that come later, but for the last.
pub fn fitting(mut ticks: Vec<(f64, String)>, scale: &Scale, size: f64) -> Vec<(f64, String)> {
    let ends = |tick: &(f64, String)| {
        let half = glyph::width(&tick.1, size, false) / 2.0 + size * 0.35;
        (scale.at(tick.0) - half, scale.at(tick.0) + half)
    };
    let Some(last) = ticks.len().checked_sub(1) else { return ticks };
    let limit = ends(&ticks[last]).0;
    let mut until = f64::NEG_INFINITY;
    for tick in &mut ticks[..last] {
        let (from, to) = ends(tick);
        if from < until || to > limit {
            tick.1.clear();
        } else {
            until = to;
        }
    }
    ticks
}

/// Round values inside a range, and the step between them.
pub fn ticks(range: Range, most: usize) -> (Vec<f64>, f64) {
    let rough = range.span() / most.max(1) as f64;
    if !(rough > 0.0 && rough.is_finite()) {
        return (vec![range.low], 1.0);
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= rough * 0.999_999)
        .unwrap_or(10.0 * power);
    let first = (range.low / step - 1e-9).ceil();
    let values = (0..=most + 1)
        .map(|i| (first + i as f64) * step)
        .take_while(|v| *v <= range.high + step * 1e-9)
        .map(|v| if v.abs() < step * 1e-9 { 0.0 } else { v })
        .collect();
    (values, step)
}

/// Ticks of a horizontal axis, as many as fit without their labels touching.
pub fn ticks_across(range: Range, pixels: f64, size: f64) -> (Vec<f64>, f64) {
    for most in (1..=8).rev() {
        let (values, step) = ticks(range, most);
        let need: f64 = values.iter().map(|v| glyph::width(&number::tick(*v, step), size, false) + size * 1.1).sum();
        if need <= pixels || most == 1 {
            return (values, step);
        }
    }
    ticks(range, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(
            ticks(Range { low: 0.0, high: 1.0 }, 5),
            (vec![0.0, 0.2, 0.4, 0.600_000_000_000_000_1, 0.8, 1.0], 0.2)
        );
        assert_eq!(ticks(Range { low: -1.0, high: 1.0 }, 4).0, vec![-1.0, -0.5, 0.0, 0.5, 1.0]);
    }
}
