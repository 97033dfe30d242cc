//! The key to colours and dashes, for figures whose lines cannot be labelled at their ends.

use super::frame::{LABEL, LINE};
use super::panel::{Content, Shape, Track};
use super::scene::{Anchor, Rgb, Scene, Stroke, Words};
use super::{glyph, palette};

/// The length of a sample of line.
const SAMPLE: f64 = 22.0;

/// The width of a sample of points.
const DOT: f64 = 8.0;

/// The room between neighbours.
const GAP: f64 = 16.0;

/// One arm in the key.
#[derive(Clone, Debug)]
struct Entry {
    label: String,
    colour: Rgb,
    dash: &'static [f64],
    width: f64,
    /// Whether it is of points, without a line.
    points: bool,
}

/// The rows of the key.
#[derive(Clone, Debug, Default)]
pub struct Legend {
    rows: Vec<Vec<Entry>>,
}

impl Legend {
    /// The key to all arms of all panels, broken into rows of at most `width`.
    pub fn over(contents: &[Content], width: f64) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        for track in contents.iter().flat_map(|c| &c.tracks) {
            let known = entries.iter().any(|e| e.label == track.label && e.colour == track.colour);
            if !track.label.trim().is_empty() && !known {
                entries.push(Entry::of(track, width));
            }
        }
        let total: f64 = entries.iter().map(|e| e.width + GAP).sum();
        let widest = entries.iter().map(|e| e.width).fold(0.0, f64::max);
        if total - GAP > width && 2.0 * widest + GAP <= width {
            // Several rows: the samples stand in columns.
            entries.iter_mut().for_each(|e| e.width = widest);
        }
        let mut rows: Vec<Vec<Entry>> = Vec::new();
        let mut used = 0.0;
        for entry in entries {
            if rows.is_empty() || used + entry.width > width {
                rows.push(Vec::new());
                used = 0.0;
            }
            used += entry.width + GAP;
            if let Some(row) = rows.last_mut() {
                row.push(entry);
            }
        }
        Self { rows }
    }

    /// Draws the key with its upper left corner at `(x, y)`; gives back where it ends.
    pub fn draw(&self, scene: &mut Scene, x: f64, mut y: f64) -> f64 {
        for row in &self.rows {
            let mut at = x;
            for entry in row {
                let sample = if entry.points { DOT } else { SAMPLE };
                if entry.points {
                    scene.dot(at + DOT / 2.0, y + 7.0, 3.2, entry.colour);
                } else {
                    let stroke = Stroke::solid(entry.colour, 2.4).dashed(entry.dash);
                    scene.line(vec![(at, y + 7.0), (at + SAMPLE, y + 7.0)], stroke);
                }
                let place = at + sample + 6.0;
                scene.words(Words::new(place, y + 11.0, &entry.label, LABEL, Anchor::Start, palette::INK));
                at += entry.width + GAP;
            }
            y += LINE + 1.0;
        }
        if self.rows.is_empty() { y } else { y + 4.0 }
    }
}

impl Entry {
    /// The entry of an arm, its label cut where it is wider than the whole key.
    fn of(track: &Track, width: f64) -> Self {
        let label = glyph::fit(&track.label, f64::from(LABEL), false, width - SAMPLE - 8.0);
        let points = !track.shapes.iter().any(|shape| matches!(shape, Shape::Bold(_) | Shape::Thin(_)))
            && track.shapes.iter().any(|shape| matches!(shape, Shape::Run(..) | Shape::Cut(..)));
        let sample = if points { DOT } else { SAMPLE };
        let width = sample + 6.0 + glyph::width(&label, f64::from(LABEL), false);
        Self { label, colour: track.colour, dash: track.dash, width, points }
    }
}
