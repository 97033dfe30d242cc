//! Turns the runs of a panel's arms into shapes: seeds thin, median bold, spread as a band.

use super::axis::drawable;
use super::figure::{Group, Panel};
use super::palette;
use super::panel::{Content, Shape, Track};
use super::spread::spread;

/// A panel's contents; levels and marks that cannot be placed are dropped.
///
/// `names` gives each arm its colour; an arm that is not among them is coloured by its place.
pub fn content(panel: &Panel, names: &[String]) -> Content {
    Content {
        title: panel.title.clone(),
        tracks: panel
            .groups
            .iter()
            .enumerate()
            .map(|(at, group)| track(group, names.iter().position(|n| *n == group.label).unwrap_or(at)))
            .collect(),
        levels: panel.levels.iter().filter(|l| drawable(l.value)).cloned().collect(),
        marks: panel.marks.iter().filter(|m| drawable(m.x)).cloned().collect(),
        xs: Vec::new(),
    }
}

/// One arm's shapes, the faintest first.
fn track(group: &Group, at: usize) -> Track {
    let spread = spread(group);
    let several = spread.pieces.len() > 1;
    let shared = spread.median.len() > 1;
    let mut shapes = Vec::new();
    if several && spread.band.len() > 1 {
        shapes.push(Shape::Band(spread.band.clone()));
    }
    for piece in spread.pieces.iter().flatten() {
        match piece.as_slice() {
            [point] => shapes.push(Shape::Dot(point.0, point.1)),
            // Where runs share no places, each is all there is to see.
            line if several && shared => shapes.push(Shape::Thin(line.to_vec())),
            line => shapes.push(Shape::Bold(line.to_vec())),
        }
    }
    if several && shared {
        shapes.push(Shape::Bold(spread.median.clone()));
    }
    let last = spread.pieces.iter().flatten().flatten().copied().max_by(|a, b| a.0.total_cmp(&b.0));
    Track {
        label: group.label.clone(),
        colour: palette::colour(at),
        text_colour: palette::text_colour(at),
        dash: palette::dash(at),
        shapes,
        end: if shared { spread.median.last().copied() } else { last },
    }
}

/// The labels of all arms in the order they first appear, so that an arm keeps its colour in
/// every panel; none where a panel uses a label twice.
pub fn names(panels: &[Panel]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for panel in panels {
        for (at, group) in panel.groups.iter().enumerate() {
            if panel.groups[..at].iter().any(|other| other.label == group.label) {
                return Vec::new();
            }
            if !names.contains(&group.label) {
                names.push(group.label.clone());
            }
        }
    }
    names
}
