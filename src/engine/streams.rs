//! Counter-based streams of random numbers, keyed by meaning.
//!
//! A stream is ChaCha8 (Bernstein 2008) under the BLAKE3 hash of (seed, role, path), so that a draw depends on what it
//! is for and on nothing else: not on the batch, the thread, the device, or what was drawn before a resume. Streams of
//! different roles never meet, because the role is part of the key.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What random numbers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Initial weights; the path is the parameter's name.
    Init,
    /// Values drawn once a run: pools.
    Run,
    /// Those of `fresh(task)`, drawn anew.
    Fresh,
    /// Training sequences.
    Train,
    /// Held-out sequences.
    Test,
    /// The order in which a fixed set of sequences is visited.
    Order,
    /// Initial weights and order of a probe's fit.
    Probe,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Run => "run",
            Self::Fresh => "fresh",
            Self::Train => "train",
            Self::Test => "test",
            Self::Order => "order",
            Self::Probe => "probe",
        }
    }
}

/// A stream of random numbers.
pub struct Stream(ChaCha8Rng);

/// The stream for (`seed`, `role`, `path`).
#[must_use]
pub fn stream(seed: u64, role: Role, path: &[u64]) -> Stream {
    let mut hasher = start(seed, role);
    for part in path {
        hasher.update(&part.to_le_bytes());
    }
    Stream(ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()))
}

/// The stream for (`seed`, `role`, a name).
#[must_use]
pub fn named(seed: u64, role: Role, name: &str) -> Stream {
    let mut hasher = start(seed, role);
    hasher.update(name.as_bytes());
    Stream(ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()))
}

/// A number that stands for what something means: the hash of its resolved values. Paths that hold it depend neither
/// on names nor on what stands beside it.
#[must_use]
pub fn meaning(of: &impl serde::Serialize) -> u64 {
    let hash = blake3::hash(serde_json::to_string(of).unwrap_or_default().as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap_or_default())
}

fn start(seed: u64, role: Role) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"icl stream 1\0");
    hasher.update(role.name().as_bytes());
    hasher.update(b"\0");
    hasher.update(&seed.to_le_bytes());
    hasher
}

impl Stream {
    /// An integer below `bound`, each as likely (Lemire 2019, with rejection). `bound` must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            let low = product as u64;
            if low >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform real in [0, 1), with 53 random bits.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A uniform real in (0, 1], with 53 random bits.
    pub fn open(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// `count` independent standard normals (Box and Muller 1958), computed with `libm` so that every machine gets
    /// the same bits.
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(count + 1);
        while out.len() < count {
            let radius = libm::sqrt(-2.0 * libm::log(self.open()));
            let angle = std::f64::consts::TAU * self.open();
            out.push((radius * libm::cos(angle)) as f32);
            out.push((radius * libm::sin(angle)) as f32);
        }
        out.truncate(count);
        out
    }

    /// A uniform permutation of `0..size` (Fisher and Yates).
    pub fn permutation(&mut self, size: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..size as u32).collect();
        for last in (1..size).rev() {
            let chosen = self.below(last as u64 + 1) as usize;
            order.swap(last, chosen);
        }
        order
    }
}
