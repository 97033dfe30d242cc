//! Counter-based streams of random numbers, keyed by meaning.
//!
//! A stream is ChaCha8 (Bernstein 2008) under the BLAKE3 hash of (seed, role, path), so that a draw depends on what it
//! is for and on nothing else: not on the batch, the thread, the device, or what was drawn before a resume. Streams of
//! different roles never meet, because the role is part of the key.

use super::lanes::{LANES, blocks, hashes};

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
    /// Which target each row of a probe's control is given.
    Control,
    /// Which numbers a dropout keeps.
    Dropout,
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
            Self::Control => "control",
            Self::Dropout => "dropout",
        }
    }
}

/// A stream of random numbers.
#[derive(Clone)]
pub struct Stream {
    key: [u32; 8],
    /// The first block that is not made yet.
    block: u64,
    /// Numbers that are made, those from `at` up to `end` not taken yet.
    numbers: [[u64; BLOCK]; LANES],
    at: usize,
    end: usize,
}

/// Numbers in a block.
const BLOCK: usize = 8;
/// Numbers that a stream makes at a time.
const READY: usize = BLOCK * LANES;
/// What ChaCha's state begins with: "expand 32-byte k".
const EXPAND: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// The stream for (`seed`, `role`, `path`).
#[must_use]
pub fn stream(seed: u64, role: Role, path: &[u64]) -> Stream {
    let mut message = start(seed, role);
    path.iter().for_each(|part| message.extend(part.to_le_bytes()));
    Stream::keyed(&message)
}

/// The stream for (`seed`, `role`, a name).
#[must_use]
pub fn named(seed: u64, role: Role, name: &str) -> Stream {
    let mut message = start(seed, role);
    message.extend(name.as_bytes());
    Stream::keyed(&message)
}

/// The streams for (`seed`, `role`, [sequence, `key`]) of many sequences, in place of those that `streams` holds. About
/// so many numbers of each will be taken.
pub fn streams(seed: u64, role: Role, sequences: &[u64], key: u64, numbers: usize, streams: &mut Vec<Stream>) {
    streams.resize_with(sequences.len(), || Stream::new([0; 8]));
    let start = start(seed, role);
    let length = start.len() + 2 * size_of::<u64>();
    let mut same = [0; 64];
    same[..start.len()].copy_from_slice(&start);
    same[length - size_of::<u64>()..length].copy_from_slice(&key.to_le_bytes());
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(same.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    // The number of a sequence lies across three words.
    let (first, shift) = (start.len() / 4, 8 * (start.len() % 4));
    for (sequences, streams) in sequences.chunks(LANES).zip(streams.chunks_mut(LANES)) {
        let mut messages: [_; 16] = std::array::from_fn(|word| [words[word]; LANES]);
        for (lane, sequence) in sequences.iter().enumerate() {
            let placed = u128::from(*sequence) << shift;
            for word in 0..3 {
                messages[first + word][lane] |= (placed >> (32 * word)) as u32;
            }
        }
        let mut keys = [[0; LANES]; 8];
        hashes(&messages, length as u32, &mut keys);
        for (lane, stream) in streams.iter_mut().enumerate() {
            stream.key = std::array::from_fn(|word| keys[word][lane]);
            (stream.block, stream.at, stream.end) = (0, 0, 0);
        }
        // Who takes more than a stream makes at a time leaves no block unused.
        if numbers <= READY {
            first_blocks(&keys, streams, numbers.div_ceil(BLOCK));
        }
    }
}

/// Makes the first blocks of some streams side by side.
fn first_blocks(keys: &[[u32; LANES]; 8], streams: &mut [Stream], count: usize) {
    let mut states = [[0; LANES]; 16];
    for (state, word) in states.iter_mut().zip(EXPAND) {
        *state = [word; LANES];
    }
    states[4..12].copy_from_slice(keys);
    let mut made = [[0; BLOCK]; LANES];
    for block in 0..count {
        states[12] = [block as u32; LANES];
        blocks(&states, &mut made);
        for (stream, made) in streams.iter_mut().zip(&made) {
            stream.numbers[block] = *made;
        }
    }
    for stream in streams {
        (stream.block, stream.end) = (count as u64, count * BLOCK);
    }
}

/// A number that stands for what something means: the hash of its resolved values. Paths that hold it depend neither
/// on names nor on what stands beside it.
#[must_use]
pub fn meaning(of: &impl serde::Serialize) -> u64 {
    let hash = blake3::hash(serde_json::to_string(of).unwrap_or_default().as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap_or_default())
}

/// What every stream's message begins with.
pub(super) fn start(seed: u64, role: Role) -> Vec<u8> {
    [b"icl stream 1\0", role.name().as_bytes(), b"\0", &seed.to_le_bytes()].concat()
}

/// The upper 53 bits, from 0 up to 1.
#[inline]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

impl Stream {
    fn new(key: [u32; 8]) -> Self {
        Self { key, block: 0, numbers: [[0; BLOCK]; LANES], at: 0, end: 0 }
    }

    /// The stream under the hash of a message.
    fn keyed(message: &[u8]) -> Self {
        let hash = *blake3::hash(message).as_bytes();
        let mut key = [0; 8];
        for (word, bytes) in key.iter_mut().zip(hash.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Self::new(key)
    }

    /// What its numbers follow from.
    #[must_use]
    pub fn key(&self) -> [u32; 8] {
        self.key
    }

    /// Makes the next blocks side by side, once all numbers are taken.
    #[cold]
    fn refill(&mut self) {
        let mut words = [0; 16];
        words[..4].copy_from_slice(&EXPAND);
        words[4..12].copy_from_slice(&self.key);
        let mut states: [_; 16] = std::array::from_fn(|word| [words[word]; LANES]);
        let counter: [u64; LANES] = std::array::from_fn(|lane| self.block + lane as u64);
        states[12] = counter.map(|block| block as u32);
        states[13] = counter.map(|block| (block >> 32) as u32);
        blocks(&states, &mut self.numbers);
        self.block += LANES as u64;
        (self.at, self.end) = (0, READY);
    }

    /// The numbers that are next, at least one.
    #[inline]
    pub fn ready(&mut self) -> &[u64] {
        if self.at == self.end {
            self.refill();
        }
        &self.numbers.as_flattened()[self.at..self.end]
    }

    /// Takes so many of the numbers that are ready.
    #[inline]
    pub fn take(&mut self, count: usize) {
        self.at += count;
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        if self.at == self.end {
            self.refill();
        }
        let bits = self.numbers.as_flattened()[self.at % READY];
        self.at += 1;
        bits
    }

    /// An integer below `bound`, each as likely (Lemire 2019, with rejection). `bound` must not be 0.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            let low = product as u64;
            // The threshold lies below the bound, so that the division is hardly ever made.
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// Integers below `bound`, as [`Stream::below`] draws them one after the other. `bound` must be from 1 up to 2^32.
    pub fn fill_below(&mut self, bound: u64, mut out: &mut [u32]) {
        while !out.is_empty() {
            let mut made = 0;
            for (x, &bits) in out.iter_mut().zip(self.ready()) {
                let product = u128::from(bits) * u128::from(bound);
                // One in very many is perhaps rejected.
                if (product as u64) < bound {
                    break;
                }
                *x = (product >> 64) as u32;
                made += 1;
            }
            let short = made < out.len().min(self.ready().len());
            self.take(made);
            out = &mut out[made..];
            if short {
                out[0] = self.below(bound) as u32;
                out = &mut out[1..];
            }
        }
    }

    /// A uniform real in [0, 1), with 53 random bits.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// Uniform reals, as [`Stream::unit`] draws them one after the other.
    pub fn fill_unit(&mut self, mut out: &mut [f64]) {
        while !out.is_empty() {
            let ready = self.ready();
            let count = ready.len().min(out.len());
            let (now, later) = out.split_at_mut(count);
            now.iter_mut().zip(ready).for_each(|(x, bits)| *x = unit(*bits));
            self.take(count);
            out = later;
        }
    }

    /// A uniform real in (0, 1], with 53 random bits.
    pub fn open(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64
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
