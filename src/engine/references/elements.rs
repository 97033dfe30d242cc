//! The elements of a pool side by side, weighed position by position where what they predict is an affine function of
//! them: then a prediction is a product with an element's numbers, and the log-likelihood a sum of its squares.

use crate::engine::kernels::simd::simd;

/// How many elements stand side by side.
pub const LANES: usize = 16;

/// A number of each.
pub type Lane = [f64; LANES];

/// Elements whose weight is less than this power of e beside the largest so far change no digit of a mean, not even as
/// many of them as there may be.
const NEGLIGIBLE: f64 = 60.0;

/// One sequence, as its elements are weighed by it.
#[derive(Default)]
pub struct Seen {
    /// Numbers in an element.
    pub dim: usize,
    /// Numbers in a target.
    pub outputs: usize,
    /// What a target grows by with each number of an element, `[positions, outputs, dim]`.
    pub slopes: Vec<f64>,
    /// The target less what no element changes, `[positions, outputs]`.
    pub targets: Vec<f64>,
    /// A half over the variance of the noise, at each position.
    pub precision: Vec<f64>,
}

/// Sums over elements for each position of a sequence, before its own target is seen.
pub struct Sums {
    /// The largest log-weight so far, which the sums are relative to.
    highest: Vec<f64>,
    /// Weights, and for each output weights times errors, `[positions, 1 + outputs]`.
    sums: Vec<Lane>,
}

impl Sums {
    /// No element weighed.
    pub fn of(seen: &Seen) -> Self {
        let positions = seen.precision.len();
        let sums = vec![[0.0; LANES]; positions * (1 + seen.outputs)];
        Self { highest: vec![f64::NEG_INFINITY; positions], sums }
    }

    /// What the target exceeds the weighted mean by at a position, output by output.
    pub fn errors(&self, position: usize) -> impl Iterator<Item = f64> + '_ {
        let width = self.sums.len() / self.highest.len();
        let of = move |place: usize| total(&self.sums[position * width + place]);
        let weight = of(0);
        (1..width).map(move |output| of(output) / weight)
    }
}

simd! {
    /// Adds elements to the sums of a sequence: `elements` has one lane for each of their numbers, `[blocks, dim]`, and
    /// `prior` their log-weights before any example, `[blocks]`.
    pub fn mean_over(elements: &[Lane], prior: &[Lane], seen: &Seen, sums: &mut Sums) = mean_over_body;
}

#[inline(always)]
fn mean_over_body<const FUSED: bool>(elements: &[Lane], prior: &[Lane], seen: &Seen, sums: &mut Sums) {
    let (dim, outputs) = (seen.dim, seen.outputs);
    for (block, prior) in elements.chunks_exact(dim).zip(prior) {
        let mut log = *prior;
        for (position, precision) in seen.precision.iter().enumerate() {
            let own = &mut sums.sums[position * (1 + outputs)..(position + 1) * (1 + outputs)];
            let most = largest(&log);
            let highest = &mut sums.highest[position];
            if most > *highest {
                let shrink = libm::exp(*highest - most);
                own.iter_mut().flatten().for_each(|sum| *sum *= shrink);
                *highest = most;
            }
            let counts = most > *highest - NEGLIGIBLE;
            let mut weight = [0.0; LANES];
            if counts {
                for lane in 0..LANES {
                    weight[lane] = exp::<FUSED>(log[lane] - *highest);
                    own[0][lane] += weight[lane];
                }
            }
            let mut distance = [0.0; LANES];
            for output in 0..outputs {
                let place = position * outputs + output;
                let mut error = [seen.targets[place]; LANES];
                for (slope, numbers) in seen.slopes[place * dim..(place + 1) * dim].iter().zip(block) {
                    for lane in 0..LANES {
                        error[lane] = fma::<FUSED>(-slope, numbers[lane], error[lane]);
                    }
                }
                if counts {
                    for lane in 0..LANES {
                        own[1 + output][lane] = fma::<FUSED>(weight[lane], error[lane], own[1 + output][lane]);
                    }
                }
                for lane in 0..LANES {
                    distance[lane] = fma::<FUSED>(error[lane], error[lane], distance[lane]);
                }
            }
            for lane in 0..LANES {
                log[lane] = fma::<FUSED>(-precision, distance[lane], log[lane]);
            }
        }
    }
}

/// `a b + c`, fused where that is one instruction.
#[inline(always)]
fn fma<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn largest(lane: &Lane) -> f64 {
    let mut lane = *lane;
    let mut half = LANES / 2;
    while half > 0 {
        for at in 0..half {
            lane[at] = if lane[at] > lane[at + half] { lane[at] } else { lane[at + half] };
        }
        half /= 2;
    }
    lane[0]
}

fn total(lane: &Lane) -> f64 {
    let mut lane = *lane;
    let mut half = LANES / 2;
    while half > 0 {
        for at in 0..half {
            lane[at] += lane[at + half];
        }
        half /= 2;
    }
    lane[0]
}

/// The exponential of a number of at most 0; below -700 that of -700, which is as good as nothing. The number is a whole
/// multiple of ln 2 and a rest, of which the Taylor series is exact to the last digit after fourteen terms.
#[inline(always)]
fn exp<const FUSED: bool>(x: f64) -> f64 {
    /// Added, it leaves a number rounded to whole in the lowest bits.
    const ROUND: f64 = 1.5 * (1u64 << 52) as f64;
    /// ln 2 in two parts, the first short enough for its multiples to be exact.
    const HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
    /// One over the factorials from 13 down to 0.
    const TERMS: [f64; 14] = {
        let mut terms = [1.0; 14];
        let mut at = 12;
        let mut factorial = 1.0;
        while at > 0 {
            factorial *= (13 - at) as f64;
            terms[at] = 1.0 / factorial;
            at -= 1;
        }
        terms[0] = 1.0 / (factorial * 13.0);
        terms
    };
    let x = if x > -700.0 { x } else { -700.0 };
    let whole = fma::<FUSED>(x, std::f64::consts::LOG2_E, ROUND);
    let multiple = whole - ROUND;
    let rest = fma::<FUSED>(-multiple, LOW, fma::<FUSED>(-multiple, HIGH, x));
    let mut series = TERMS[0];
    for term in &TERMS[1..] {
        series = fma::<FUSED>(series, rest, *term);
    }
    series * f64::from_bits(whole.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(1023) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponential_is_that_of_the_library() {
        for at in 0..=700_000 {
            let x = f64::from(at) * -1e-3;
            let (ours, theirs) = (exp::<true>(x), libm::exp(x));
            assert!((ours - theirs).abs() <= 4.0 * f64::EPSILON * theirs, "exp({x}): {ours}, not {theirs}");
            assert!((exp::<false>(x) - theirs).abs() <= 4.0 * f64::EPSILON * theirs, "exp({x})");
        }
        assert!(exp::<true>(f64::NEG_INFINITY) < 1e-300);
    }
}
