//! Turns the runs of a panel's arms into shapes: seeds thin, median bold, spread as a band.

use super::axis::drawable;
use super::figure::{Figure, Group, Panel};
use super::palette;
use super::panel::{Content, Shape, Track};
use super::scene::Rgb;
use super::spread::spread;

/// A panel's contents; levels and marks that cannot be placed are dropped.
///
/// `names` gives each arm its colour; an arm that is not among them is coloured by its place.
pub fn content(panel: &Panel, names: &[String], figure: &Figure) -> Content {
    Content {
        title: panel.title.clone(),
        tracks: panel
            .groups
            .iter()
            .enumerate()
            .map(|(at, group)| {
                let at = names.iter().position(|n| *n == group.label).unwrap_or(at);
                track(group, Ink::of(at, figure.ordered.then_some(names.len().max(panel.groups.len()))))
            })
            .collect(),
        levels: panel.levels.iter().filter(|l| drawable(l.value)).cloned().collect(),
        marks: panel.marks.iter().filter(|m| drawable(m.x)).cloned().collect(),
        quantity: panel.quantity.clone(),
        log: figure.log,
        ..Content::default()
    }
}

/// How an arm is told apart from others.
#[derive(Clone, Copy, Debug)]
pub struct Ink {
    pub colour: Rgb,
    pub dash: &'static [f64],
}

impl Ink {
    /// Of the `at`th arm; of the `at`th of some ordered values, where it is one.
    pub fn of(at: usize, ordered: Option<usize>) -> Self {
        match ordered {
            Some(of) => Self { colour: palette::ordered(at, of), dash: &[] },
            None => Self { colour: palette::colour(at), dash: palette::dash(at) },
        }
    }
}

/// One arm's shapes, the faintest first.
fn track(group: &Group, ink: Ink) -> Track {
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
        colour: ink.colour,
        text_colour: palette::for_words(ink.colour),
        dash: ink.dash,
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
