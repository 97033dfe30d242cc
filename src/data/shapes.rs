//! The images of 3dshapes (Burgess & Kim 2018, <https://github.com/google-deepmind/3d-shapes>),
//! drawn anew: the same six factors, values and order, and a likeness of the scenes.

use std::sync::OnceLock;

use super::scene;

/// Pixels along each side of an image.
pub const SIDE: usize = 64;
/// Bytes of one image: `[64, 64, 3]`, rows from the top, red, green and blue from 0 to 255.
pub const IMAGE_BYTES: usize = SIDE * SIDE * 3;
/// Images in the data set.
pub const IMAGES: usize = 480_000;
/// The names of the factors, slowest first.
pub const FACTORS: [&str; 6] = ["floor_hue", "wall_hue", "object_hue", "scale", "shape", "orientation"];
/// How many values each factor has as published.
pub const SIZES: [usize; 6] = [10, 10, 10, 8, 4, 15];
/// The names of the shapes, in the published order.
pub const SHAPES: [&str; 4] = ["cube", "cylinder", "sphere", "capsule"];

/// The place of an image in the published order: row-major, `floor_hue` slowest.
///
/// # Panics
/// Where a factor is not below its size.
#[must_use]
pub fn index(factors: [usize; 6]) -> u32 {
    let place = factors.iter().zip(SIZES).fold(0, |place, (&factor, size)| {
        assert!(factor < size, "factor {factor} of {size}");
        place * size + factor
    });
    place as u32
}

/// The factors of the image at `index`: the inverse of [`index`].
///
/// # Panics
/// Where `index` is not below [`IMAGES`].
#[must_use]
pub fn factors(index: u32) -> [usize; 6] {
    let mut rest = index as usize;
    assert!(rest < IMAGES, "image {rest} of {IMAGES}");
    let mut factors = [0; 6];
    for (factor, size) in factors.iter_mut().zip(SIZES).rev() {
        *factor = rest % size;
        rest /= size;
    }
    factors
}

/// The published value of a factor: hues in turns from 0 to 0.9, scales from 0.75 to 1.25, shapes
/// from 0 to 3, orientations from -30 to 30 degrees.
///
/// # Panics
/// Where `factor` is not below 6.
#[must_use]
pub fn value(factor: usize, label: usize) -> f64 {
    let label = label as f64;
    match factor {
        0..=2 => label / 10.0,
        3 => 0.75 + label * 0.5 / 7.0,
        4 => label,
        5 => -30.0 + label * 60.0 / 14.0,
        _ => panic!("factor {factor} of 6"),
    }
}

/// The colour of a hue in turns at full saturation and value: red, green and blue from 0 to 1.
#[must_use]
pub fn colour(hue: f64) -> [f64; 3] {
    [5.0, 3.0, 1.0].map(|shift| {
        let k = (shift + hue * 6.0) % 6.0;
        1.0 - f64::min(k, 4.0 - k).clamp(0.0, 1.0)
    })
}

/// The colour of the sky and of highlights.
const WHITE: [f32; 3] = [0.86, 0.94, 1.0];

/// Draws the image at `index` of the published order into `image` ([`IMAGE_BYTES`] long).
///
/// The first image of each of the 480 scenes takes some milliseconds; later ones microseconds.
///
/// # Panics
/// Where `index` is not below [`IMAGES`] or `image` has another length.
pub fn draw(index: u32, image: &mut [u8]) {
    assert_eq!(image.len(), IMAGE_BYTES);
    let [floor, wall, object, scale, shape, orientation] = factors(index);
    let [floor, wall, object] = [floor, wall, object].map(|hue| colour(value(0, hue)).map(|part| part as f32 * 255.0));
    let weights = scene_weights(scale, shape, orientation);
    let (pixels, _) = image.as_chunks_mut::<3>();
    for (pixel, w) in pixels.iter_mut().zip(weights) {
        for (channel, byte) in pixel.iter_mut().enumerate() {
            let light =
                w[0] * floor[channel] + w[1] * wall[channel] + w[2] * object[channel] + w[3] * (WHITE[channel] * 255.0);
            // A cast from float to byte saturates.
            *byte = (light + 0.5) as u8;
        }
    }
}

/// The weights of one scene, drawn when first asked for and kept (64 KiB each).
fn scene_weights(scale: usize, shape: usize, orientation: usize) -> &'static [[f32; 4]] {
    static SCENES: [OnceLock<scene::Weights>; 480] = [const { OnceLock::new() }; 480];
    let place = (scale * SIZES[4] + shape) * SIZES[5] + orientation;
    SCENES[place].get_or_init(|| scene::weights(value(3, scale), shape, value(5, orientation)))
}
