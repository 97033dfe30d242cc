//! A frozen random encoder: the image's convolutional features, mixed at random and decorrelated.
//!
//! The 2048 features are mapped to `width` numbers by a random matrix, and these are whitened with
//! the mean and covariance over a fixed sample of 2048 images of the whole data set, as the
//! latents of a variational autoencoder are roughly white. Directions that hardly vary are
//! shrunk instead of blown up. The encoder depends on `width` and on what images look like, and on nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::conv::{self, FEATURES, LANES, Network, Scratch};
use super::pictures::Pictures;
use super::random;
use super::shapes::{IMAGE_BYTES, IMAGES};

/// Changes whenever an embedding changes.
pub const ENCODER_VERSION: u32 = 1;
/// Images over which statistics are taken.
pub const SAMPLE: usize = 2048;
/// The share of the mean variance that is added to every direction before whitening.
const SHRINK: f64 = 1e-3;
/// Images that one step of a thread encodes together.
const STEP: usize = 8;

/// The encoder of one width.
pub struct Encoder {
    width: usize,
    network: Network,
    /// `[width / LANES rounded up][FEATURES][LANES]`.
    matrix: Vec<[f32; LANES]>,
    /// `[width / LANES rounded up][LANES]`.
    shift: Vec<[f32; LANES]>,
}

impl Encoder {
    /// The encoder of this width of images that are drawn, made once in a process (about a second on one core).
    #[must_use]
    pub fn shared(width: usize, threads: usize) -> Arc<Self> {
        static MADE: Mutex<BTreeMap<usize, Arc<Encoder>>> = Mutex::new(BTreeMap::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(width)
            .or_insert_with(|| Arc::new(Self::new(width, &sample(IMAGES as u32), &Pictures::Drawn, threads)))
            .clone()
    }

    /// Draws the weights and takes the statistics over `sample` of the images with so many threads, which change no bit.
    #[must_use]
    pub fn new(width: usize, sample: &[u32], pictures: &Pictures, threads: usize) -> Self {
        let network = Network::default();
        let mut features = vec![0.0; SAMPLE * FEATURES];
        parallel(sample, FEATURES, &mut features, threads, |images, out| {
            features_of(&network, pictures, images, out);
        });

        let mut rng = random::stream("projection");
        let blocks = width.div_ceil(LANES);
        let scale = 1.0 / (FEATURES as f64).sqrt();
        let draw = |_| std::array::from_fn(|_| (random::normal(&mut rng) * scale) as f32);
        let random: Vec<[f32; LANES]> = (0..blocks * FEATURES).map(draw).collect();
        let mut encoder = Self { width, network, matrix: random, shift: vec![[0.0; LANES]; blocks] };

        let mixed = encoder.project_all(&features, threads);
        let factor = cholesky(shrunk(covariance(&mixed, width), width), width);
        encoder.whiten(&factor, threads);

        // After shrinking, variances are a little below 1: set each dimension right by itself.
        let white = encoder.project_all(&features, threads);
        let (centre, variance) = mean_and_variance(&white, width);
        encoder.rescale(&centre, &variance);
        encoder
    }

    /// Embeds images by their places: `out` is `[images, width]`.
    ///
    /// # Panics
    /// Where an image is not among the pictures or `out` has another length.
    pub fn encode(&self, pictures: &Pictures, images: &[u32], out: &mut [f32], threads: usize) {
        assert_eq!(out.len(), images.len() * self.width);
        parallel(images, self.width, out, threads, |images, out| {
            let mut features = vec![0.0; STEP * FEATURES];
            for (images, out) in images.chunks(STEP).zip(out.chunks_mut(STEP * self.width)) {
                let features = &mut features[..images.len() * FEATURES];
                features_of(&self.network, pictures, images, features);
                self.project(features, out);
            }
        });
    }

    /// Maps features `[images, FEATURES]` to `out` `[images, width]`.
    fn project(&self, features: &[f32], out: &mut [f32]) {
        let count = features.len() / FEATURES;
        for (block, weights) in self.matrix.chunks_exact(FEATURES).enumerate() {
            let columns = block * LANES..self.width.min((block + 1) * LANES);
            for first in (0..count).step_by(2) {
                // Where one is left over, it goes through twice.
                let pair = [first, (first + 1).min(count - 1)];
                let mut sums = [self.shift[block]; 2];
                let inputs = pair.map(|at| &features[at * FEATURES..(at + 1) * FEATURES]);
                conv::accumulate(&mut sums, inputs, weights);
                for (at, sum) in pair.into_iter().zip(&sums) {
                    let out = &mut out[at * self.width..(at + 1) * self.width];
                    out[columns.clone()].copy_from_slice(&sum[..columns.len()]);
                }
            }
        }
    }

    /// [`Encoder::project`] by several threads.
    fn project_all(&self, features: &[f32], threads: usize) -> Vec<f32> {
        let count = features.len() / FEATURES;
        let rows: Vec<u32> = (0..count as u32).collect();
        let mut out = vec![0.0; count * self.width];
        parallel(&rows, self.width, &mut out, threads, |rows, out| {
            let (first, last) = (rows[0] as usize, rows[rows.len() - 1] as usize);
            self.project(&features[first * FEATURES..(last + 1) * FEATURES], out);
        });
        out
    }

    /// Replaces the matrix `A` by `L^-1 A`, where `factor` is the lower triangle `L`.
    fn whiten(&mut self, factor: &[f64], threads: usize) {
        let width = self.width;
        let features: Vec<u32> = (0..FEATURES as u32).collect();
        let mut solved = vec![0.0_f32; FEATURES * width];
        parallel(&features, width, &mut solved, threads, |features, out| {
            let mut column = vec![0.0; width];
            for (&feature, out) in features.iter().zip(out.chunks_exact_mut(width)) {
                for row in 0..width {
                    let place = row / LANES * FEATURES + feature as usize;
                    let known = &factor[row * width..row * width + row];
                    let sum: f64 = known.iter().zip(&column).map(|(l, x)| l * x).sum();
                    let value = f64::from(self.matrix[place][row % LANES]);
                    column[row] = (value - sum) / factor[row * width + row];
                    out[row] = column[row] as f32;
                }
            }
        });
        for (feature, column) in solved.chunks_exact(width).enumerate() {
            for (row, &value) in column.iter().enumerate() {
                self.matrix[row / LANES * FEATURES + feature][row % LANES] = value;
            }
        }
    }

    /// Scales each dimension to mean 0 and variance 1, given what they are.
    fn rescale(&mut self, mean: &[f64], variance: &[f64]) {
        for (column, (mean, variance)) in mean.iter().zip(variance).enumerate() {
            let (block, lane) = (column / LANES, column % LANES);
            let scale = if *variance > 0.0 { 1.0 / variance.sqrt() } else { 1.0 };
            for weights in &mut self.matrix[block * FEATURES..(block + 1) * FEATURES] {
                weights[lane] = (f64::from(weights[lane]) * scale) as f32;
            }
            self.shift[block][lane] = (-mean * scale) as f32;
        }
    }
}

/// Of so many images, the places of those over which statistics are taken.
#[must_use]
pub fn sample(images: u32) -> Vec<u32> {
    let mut rng = random::stream("encoder sample");
    (0..SAMPLE).map(|_| random::below(&mut rng, images)).collect()
}

/// Writes the features `[images, FEATURES]` of images.
fn features_of(network: &Network, pictures: &Pictures, images: &[u32], out: &mut [f32]) {
    let mut scratch = Scratch::default();
    let mut image = vec![0; IMAGE_BYTES];
    for (&index, out) in images.iter().zip(out.chunks_exact_mut(FEATURES)) {
        pictures.copy(index, &mut image);
        network.features(&image, &mut scratch, out);
    }
}

/// Hands each of `threads` threads a run of `items` with its rows of `out` (`[items, width]`).
pub fn parallel<T: Send>(
    items: &[u32],
    width: usize,
    out: &mut [T],
    threads: usize,
    work: impl Fn(&[u32], &mut [T]) + Sync,
) {
    let share = items.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let mut runs = items.chunks(share).zip(out.chunks_mut(share * width));
        let own = runs.next();
        for (items, out) in runs {
            scope.spawn(|| work(items, out));
        }
        if let Some((items, out)) = own {
            work(items, out);
        }
    });
}

/// Mean and variance of each column of `rows` `[count, width]`.
#[must_use]
pub fn mean_and_variance(rows: &[f32], width: usize) -> (Vec<f64>, Vec<f64>) {
    let count = (rows.len() / width) as f64;
    let (mut mean, mut variance) = (vec![0.0; width], vec![0.0; width]);
    for row in rows.chunks_exact(width) {
        for (mean, &x) in mean.iter_mut().zip(row) {
            *mean += f64::from(x) / count;
        }
    }
    for row in rows.chunks_exact(width) {
        for ((variance, mean), &x) in variance.iter_mut().zip(&mean).zip(row) {
            let away = f64::from(x) - mean;
            *variance += away * away / count;
        }
    }
    (mean, variance)
}

/// The covariance of the columns of `rows`, as its lower triangle in `[width, width]`.
fn covariance(rows: &[f32], width: usize) -> Vec<f64> {
    let (mean, _) = mean_and_variance(rows, width);
    let count = (rows.len() / width) as f64;
    let mut covariance = vec![0.0; width * width];
    let mut away = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        for ((away, mean), &x) in away.iter_mut().zip(&mean).zip(row) {
            *away = f64::from(x) - mean;
        }
        for (at, line) in covariance.chunks_exact_mut(width).enumerate() {
            let own = away[at] / count;
            for (sum, other) in line[..=at].iter_mut().zip(&away) {
                *sum += own * other;
            }
        }
    }
    covariance
}

/// Adds a share of the mean variance to every variance.
fn shrunk(mut covariance: Vec<f64>, width: usize) -> Vec<f64> {
    let trace: f64 = (0..width).map(|at| covariance[at * width + at]).sum();
    for at in 0..width {
        covariance[at * width + at] += SHRINK * trace / width as f64;
    }
    covariance
}

/// The lower triangle `L` with `L L^T` the matrix, which must be positive definite.
fn cholesky(mut matrix: Vec<f64>, width: usize) -> Vec<f64> {
    for row in 0..width {
        let (above, line) = matrix.split_at_mut(row * width);
        for column in 0..row {
            let other = &above[(column * width)..=(column * width + column)];
            let sum: f64 = line[..column].iter().zip(other).map(|(a, b)| a * b).sum();
            line[column] = (line[column] - sum) / other[column];
        }
        let sum: f64 = line[..row].iter().map(|x| x * x).sum();
        line[row] = (line[row] - sum).sqrt();
    }
    matrix
}
