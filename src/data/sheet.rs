//! A picture of the data: each factor in turn, and images at random.

use std::path::Path;

use super::error::DataError;
use super::shapes::{self, IMAGE_BYTES, SIDE};
use super::source::ShapesSpec;
use super::{atomic, random};

/// Pixels between images, and their grey.
const GAP: usize = 4;
const PAPER: u8 = 255;
/// Rows of random images beneath.
const RANDOM_ROWS: usize = 2;

/// Writes a PNG to `path`: a row for each attribute, which alone varies in it, and beneath it two
/// rows of random images of the data set. Images keep their 64 by 64 pixels.
///
/// # Errors
/// A fault of `spec`, or [`DataError::Write`]; `path` is then what it was before.
pub fn contact_sheet(path: &Path, spec: &ShapesSpec) -> Result<(), DataError> {
    spec.check()?;
    let rows = rows(spec);
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1);
    let (width, height) = (columns * (SIDE + GAP) + GAP, rows.len() * (SIDE + GAP) + GAP);
    let mut canvas = vec![PAPER; width * height * 3];
    let mut image = vec![0; IMAGE_BYTES];
    for (down, row) in rows.iter().enumerate() {
        for (across, &index) in row.iter().enumerate() {
            shapes::draw(index, &mut image);
            for (y, line) in image.chunks_exact(SIDE * 3).enumerate() {
                let (top, left) = (GAP + down * (SIDE + GAP), GAP + across * (SIDE + GAP));
                let start = ((top + y) * width + left) * 3;
                canvas[start..start + SIDE * 3].copy_from_slice(line);
            }
        }
    }
    let failed = |reason: String| DataError::Write { path: path.to_owned(), reason };
    let bytes = png(&canvas, width, height).map_err(|error| failed(error.to_string()))?;
    atomic::write(path, &bytes).map_err(|error| failed(error.to_string()))
}

/// The images of the sheet, by their place in the published data set.
fn rows(spec: &ShapesSpec) -> Vec<Vec<u32>> {
    // Hues apart from one another, and the middle of everything else, in published values.
    let middle: [usize; 6] = std::array::from_fn(|factor| {
        let used = spec.values[factor];
        let label = [used * 4 / 10, used * 6 / 10, 0, used / 2, 0, used * 2 / 3][factor];
        spec.published_value(factor, label)
    });
    let mut rows = Vec::new();
    for factor in (0..6).filter(|&factor| spec.values[factor] > 1) {
        let mut factors = middle;
        let vary = (0..spec.values[factor]).map(|label| {
            factors[factor] = spec.published_value(factor, label);
            shapes::index(factors)
        });
        rows.push(vary.collect());
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1).max(10);
    let mut rng = random::stream("contact sheet");
    for _ in 0..RANDOM_ROWS {
        let pick = (0..columns).map(|_| spec.published_index(random::below(&mut rng, spec.rows() as u32)));
        rows.push(pick.collect());
    }
    rows
}

/// Encodes 8 bit RGB pixels.
fn png(pixels: &[u8], width: usize, height: usize) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
