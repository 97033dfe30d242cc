//! Rows of small pictures, each row with a title above and each picture with a word beneath.

use super::raster;
use super::scene::{Anchor, Rgb, Scene, Words};
use super::upright::Pixels;

/// One row.
#[derive(Clone, Debug, Default)]
pub struct Strip {
    pub title: String,
    pub pictures: Vec<Picture>,
}

/// A square picture of three bytes a pixel, rows from the top.
#[derive(Clone, Debug)]
pub struct Picture {
    pub rgb: Vec<u8>,
    pub word: String,
}

/// Pixels between pictures and around all of them, above a row for its title, and beneath a picture for its word.
const GAP: usize = 6;
const MARGIN: usize = 12;
const ABOVE: usize = 24;
const BELOW: usize = 18;
/// Between two rows.
const APART: usize = 10;
/// Letters, in pixels.
const SIZE: u32 = 13;
const INK: Rgb = Rgb(30, 30, 30);
/// Rows of at most so many pictures are drawn at twice the size.
const FEW: usize = 12;

/// The rows as PNG; `side` is that of each picture in pixels. None where they are too large for one image.
#[must_use]
pub fn to_png(strips: &[Strip], side: usize) -> Option<Vec<u8>> {
    let most = strips.iter().map(|strip| strip.pictures.len()).max().unwrap_or(0);
    let scale = if most <= FEW { 2 } else { 1 };
    // Sizes of pictures are in pixels of the image, those of letters and gaps are scaled with it.
    let row = ABOVE + side + BELOW + APART;
    let titles = strips.iter().map(|strip| Words::new(0.0, 0.0, &*strip.title, SIZE, Anchor::Start, INK).extent().2);
    let width = (most * (side + GAP)).max(titles.fold(0.0, f64::max).ceil() as usize) + 2 * MARGIN;
    let height = strips.len() * row + 2 * MARGIN - APART;
    let mut scene = Scene { width: width as f64, height: height as f64, ..Scene::default() };
    let corner = |down: usize, across: usize| (MARGIN + across * (side + GAP), MARGIN + down * row + ABOVE);
    for (down, strip) in strips.iter().enumerate() {
        let (left, top) = corner(down, 0);
        scene.words(Words::new(left as f64, top as f64 - 8.0, &*strip.title, SIZE, Anchor::Start, INK));
        for (across, picture) in strip.pictures.iter().enumerate() {
            let (left, top) = corner(down, across);
            let (middle, base) = (left as f64 + side as f64 / 2.0, (top + side) as f64 + 14.0);
            scene.words(Words::new(middle, base, &*picture.word, SIZE, Anchor::Middle, INK));
        }
    }
    let mut image = Pixels::decode(&raster::write(&scene, scale as f64))?;
    for (down, strip) in strips.iter().enumerate() {
        for (across, picture) in strip.pictures.iter().enumerate() {
            let (left, top) = corner(down, across);
            image.paste(&picture.rgb, side, (left * scale, top * scale), scale)?;
        }
    }
    image.encode()
}

impl Pixels {
    /// Lays a square over the image, each of its pixels as a square of `scale`.
    fn paste(&mut self, rgb: &[u8], side: usize, (left, top): (usize, usize), scale: usize) -> Option<()> {
        for y in 0..side * scale {
            for x in 0..side * scale {
                let from = ((y / scale) * side + x / scale) * 3;
                let to = ((top + y) * self.width + left + x) * 3;
                self.rgb.get_mut(to..to + 3)?.copy_from_slice(rgb.get(from..from + 3)?);
            }
        }
        Some(())
    }
}
