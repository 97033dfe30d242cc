//! Labels of reference levels inside a panel, where the fewest curves pass.

use super::frame::TICK;
use super::panel::Shape;
use super::plot::Plot;
use super::scene::{Anchor, Rgb, Scene, Words};
use super::{glyph, palette};

/// A box on the picture: left, top, right, bottom.
type Area = (f64, f64, f64, f64);

/// Labels the levels of a panel.
pub fn draw(scene: &mut Scene, plot: &Plot) {
    let ink = samples(plot);
    let mut taken: Vec<Area> = Vec::new();
    for level in &plot.content.levels {
        let text = glyph::fit(level.label.trim(), f64::from(TICK), false, plot.x.to - plot.x.from - 12.0);
        let y = plot.y.at(level.value);
        let middle = f64::midpoint(plot.x.from, plot.x.to);
        let mut best: Option<(usize, Words)> = None;
        for base in [y - 4.0, y + 12.0] {
            let places = [(plot.x.to - 4.0, Anchor::End), (plot.x.from + 6.0, Anchor::Start), (middle, Anchor::Middle)];
            for (x, anchor) in places {
                let words = Words::new(x, base, text.as_str(), TICK, anchor, palette::GREY);
                let area = words.extent();
                let crossed = ink.iter().filter(|p| holds(area, **p)).count();
                let others = taken.iter().filter(|other| meet(area, **other)).count();
                let outside = usize::from(area.1 < plot.y.to - 2.0 || area.3 > plot.y.from);
                let cost = crossed + 1000 * others + 500 * outside;
                if best.as_ref().is_none_or(|b| cost < b.0) {
                    best = Some((cost, words));
                }
            }
        }
        if let Some((cost, words)) = best {
            let area = words.extent();
            if cost > 0 {
                let (l, t, r, b) = area;
                scene.area(vec![(l, t), (r, t), (r, b), (l, b)], Rgb(255, 255, 255), 0.75);
            }
            taken.push(area);
            scene.words(words);
        }
    }
}

/// Points along all curves of a panel, a few pixels apart.
fn samples(plot: &Plot) -> Vec<(f64, f64)> {
    let mut out = Vec::new();
    for shape in plot.content.tracks.iter().flat_map(|t| &t.shapes) {
        let (Shape::Thin(line) | Shape::Bold(line)) = shape else {
            continue;
        };
        for pair in plot.place(line).windows(2) {
            for i in 0..8 {
                let part = f64::from(i) / 8.0;
                out.push((pair[0].0 + (pair[1].0 - pair[0].0) * part, pair[0].1 + (pair[1].1 - pair[0].1) * part));
            }
        }
    }
    out
}

/// Whether a point lies in a box.
fn holds(area: Area, point: (f64, f64)) -> bool {
    area.0 <= point.0 && point.0 <= area.2 && area.1 <= point.1 && point.1 <= area.3
}

/// Whether two boxes overlap.
fn meet(a: Area, b: Area) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}
