//! Fixed random numbers that are the same bit for bit on every machine.
//!
//! Nothing here calls a logarithm or a sine, whose last bit differs between platforms: normal
//! numbers are sums of uniform ones.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers for one purpose, named by `purpose`.
///
/// The seed is fixed: everything random about the images and their encoder is the same for every
/// study and every seed of a study.
#[must_use]
pub fn stream(purpose: &str) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(*blake3::hash(format!("icl shapes 1: {purpose}").as_bytes()).as_bytes())
}

/// A number with mean 0 and variance 1, nearly normal: the sum of four uniform numbers.
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let bits = rng.next_u64();
    let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xffff).sum();
    // Four uniform integers below 2^16 have mean 4 * 65535 / 2 and variance 4 * (2^32 - 1) / 12.
    (sum as f64 - 131_070.0) / (4_294_967_295.0_f64 / 3.0).sqrt()
}

/// A whole number in `0..bound`, uniform to within one part in 2^32.
pub fn below(rng: &mut ChaCha8Rng, bound: u32) -> u32 {
    ((u64::from(rng.next_u64() as u32) * u64::from(bound)) >> 32) as u32
}

/// The numbers `0..count` in a fixed random order (Fisher and Yates's shuffle).
#[must_use]
pub fn permutation(rng: &mut ChaCha8Rng, count: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count).collect();
    for at in (1..count).rev() {
        order.swap(at as usize, below(rng, at + 1) as usize);
    }
    order
}
