//! A frozen random convolutional network: 64 by 64 pixels in, 2048 features out.
//!
//! Three layers of 3 by 3 windows at stride 2, each followed by a rectifier: 16, 32 and 32
//! channels, 2.2 million multiplications an image. Sums run in one fixed order and nothing is
//! fused, so features are the same bit for bit on every machine and for any number of threads.

use rand_chacha::ChaCha8Rng;

use super::random;
use super::shapes::{IMAGE_BYTES, SIDE};

/// Features of one image: 8 by 8 places times 32 channels.
pub const FEATURES: usize = 2048;
/// Numbers that are summed side by side.
pub const LANES: usize = 16;

/// Adds to each of `P` accumulators the product of an input with weights `[input, LANES]`.
///
/// # Panics
/// Where an input is longer than the weights.
#[inline]
pub fn accumulate<const P: usize>(sums: &mut [[f32; LANES]; P], inputs: [&[f32]; P], weights: &[[f32; LANES]]) {
    let inputs = inputs.map(|input| &input[..weights.len()]);
    let mut local = *sums;
    for (at, weight) in weights.iter().enumerate() {
        for (sum, input) in local.iter_mut().zip(inputs) {
            let x = input[at];
            for lane in 0..LANES {
                sum[lane] += x * weight[lane];
            }
        }
    }
    *sums = local;
}

/// One layer: windows of 3 by 3 at stride 2 over a frame of zeros, then a rectifier.
struct Layer {
    /// Pixels along a side of the input, without its frame, and its channels.
    side: usize,
    channels: usize,
    /// `[output channel / LANES][window row][window column * channels][LANES]`.
    weights: Vec<[f32; LANES]>,
    bias: Vec<[f32; LANES]>,
}

impl Layer {
    /// Draws weights of variance 2 / inputs, as rectifiers need (He et al. 2015).
    fn random(rng: &mut ChaCha8Rng, side: usize, channels: usize, outputs: usize) -> Self {
        let scale = (2.0 / (9 * channels) as f64).sqrt();
        let mut draw = |count: usize, scale: f64| {
            let lanes = |_| std::array::from_fn(|_| (random::normal(rng) * scale) as f32);
            (0..count).map(lanes).collect()
        };
        let blocks = outputs / LANES;
        let weights = draw(blocks * 9 * channels, scale);
        Self { side, channels, weights, bias: draw(blocks, 0.1) }
    }

    /// Reads `input` `[side + 2, side + 2, channels]` with its frame; writes `output`
    /// `[side / 2 + 2 frame, .., outputs]`, whose own frame of `frame` pixels is left alone.
    fn apply(&self, input: &[f32], output: &mut [f32], frame: usize) {
        let (half, outputs) = (self.side / 2, self.bias.len() * LANES);
        let (line, window) = ((self.side + 2) * self.channels, 3 * self.channels);
        for y in 0..half {
            for x in (0..half).step_by(2) {
                for (block, weights) in self.weights.chunks_exact(3 * window).enumerate() {
                    let mut sums = [self.bias[block]; 2];
                    for (row, weights) in weights.chunks_exact(window).enumerate() {
                        let start = (2 * y + row) * line + 2 * x * self.channels;
                        let next = start + 2 * self.channels;
                        let pair = [&input[start..start + window], &input[next..next + window]];
                        accumulate(&mut sums, pair, weights);
                    }
                    for (pixel, sum) in sums.iter().enumerate() {
                        let place = (y + frame) * (half + 2 * frame) + x + frame + pixel;
                        let start = place * outputs + block * LANES;
                        for (out, value) in output[start..start + LANES].iter_mut().zip(sum) {
                            *out = value.max(0.0);
                        }
                    }
                }
            }
        }
    }
}

/// The network.
pub struct Network {
    layers: [Layer; 3],
}

/// Working memory for one thread.
pub struct Scratch {
    image: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Default for Scratch {
    fn default() -> Self {
        let framed = |side: usize, channels: usize| vec![0.0; (side + 2) * (side + 2) * channels];
        Self { image: framed(64, 3), first: framed(32, 16), second: framed(16, 32) }
    }
}

impl Default for Network {
    fn default() -> Self {
        let mut rng = random::stream("convolutions");
        let mut layer = |side, channels, outputs| Layer::random(&mut rng, side, channels, outputs);
        Self { layers: [layer(64, 3, 16), layer(32, 16, 32), layer(16, 32, 32)] }
    }
}

impl Network {
    /// Writes the features `[8, 8, 32]` of `image` (bytes as of [`super::shapes::draw`]).
    ///
    /// # Panics
    /// Where `image` is not [`IMAGE_BYTES`] long or `features` not [`FEATURES`].
    pub fn features(&self, image: &[u8], scratch: &mut Scratch, features: &mut [f32]) {
        assert_eq!((image.len(), features.len()), (IMAGE_BYTES, FEATURES));
        for (y, line) in image.chunks_exact(SIDE * 3).enumerate() {
            let start = ((y + 1) * (SIDE + 2) + 1) * 3;
            for (out, &byte) in scratch.image[start..start + SIDE * 3].iter_mut().zip(line) {
                // From -1 to 1.
                *out = f32::from(byte) * (2.0 / 255.0) - 1.0;
            }
        }
        self.layers[0].apply(&scratch.image, &mut scratch.first, 1);
        self.layers[1].apply(&scratch.first, &mut scratch.second, 1);
        self.layers[2].apply(&scratch.second, features, 0);
    }
}
