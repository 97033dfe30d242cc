//! Labels beside the lines' right ends, moved apart where they would touch.

use super::frame::{LABEL, LINE};
use super::panel::{Content, Shape, Track};
use super::plot::Plot;
use super::scene::{Anchor, Rgb, Scene, Stroke, Words};
use super::{glyph, palette};

/// What is labelled in the right margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Arms and reference levels: no legend is needed.
    Tracks,
    /// Reference levels, which all panels share.
    Levels,
    /// Nothing.
    None,
}

/// The most arms that are labelled at their ends.
const MOST: usize = 7;
/// Room between the plot and its labels, for leaders.
const LEAD: f64 = 14.0;

/// Decides what the right margin holds.
pub fn side(contents: &[Content], width: f64, height: f64) -> Side {
    let Some(first) = contents.first() else {
        return Side::None;
    };
    let limit = label_limit(width);
    let fits = |label: &str| {
        let lines = glyph::wrap(label, f64::from(LABEL), false, limit, 2);
        (!lines.iter().any(|l| l.ends_with('…'))).then_some(lines.len().max(1))
    };
    if contents.len() == 1 && !first.keyed && first.tracks.len() <= MOST {
        let labels = first.tracks.iter().map(|t| &t.label).chain(first.levels.iter().map(|l| &l.label));
        let lines: Option<Vec<usize>> = labels.map(|l| fits(l)).collect();
        if lines.is_some_and(|lines| lines.iter().sum::<usize>() as f64 * LINE <= height) {
            return Side::Tracks;
        }
    }
    let shared = contents.iter().all(|c| c.levels == first.levels) && first.levels.len() <= 5;
    let narrow = |l: &str| glyph::width(l, f64::from(LABEL), false) <= limit * 0.75;
    if shared && !first.levels.is_empty() && first.levels.iter().all(|l| narrow(&l.label)) {
        return Side::Levels;
    }
    Side::None
}

/// The widest a label may be.
fn label_limit(width: f64) -> f64 {
    if width < 600.0 { width * 0.28 } else { width * 0.14 }
}

/// The room that the labels need.
pub fn margin(contents: &[Content], side: Side, width: f64) -> f64 {
    let Some(first) = contents.first() else {
        return 0.0;
    };
    let levels = first.levels.iter().map(|l| l.label.as_str());
    let labels: Vec<&str> = match side {
        Side::Tracks => first.tracks.iter().map(|t| t.label.as_str()).chain(levels).collect(),
        Side::Levels => levels.collect(),
        Side::None => return 0.0,
    };
    let widest = labels
        .into_iter()
        .flat_map(|l| glyph::wrap(l, f64::from(LABEL), false, label_limit(width), 2))
        .map(|line| glyph::width(&line, f64::from(LABEL), false))
        .fold(0.0, f64::max);
    if widest > 0.0 { LEAD + widest } else { 0.0 }
}

/// One label and the point it belongs to.
struct Item {
    lines: Vec<String>,
    from: (f64, f64),
    /// The mean height of the whole line, which orders labels whose ends coincide.
    mean: f64,
    colour: Rgb,
    line: Rgb,
}

/// The mean height of an arm's main line in pixels.
fn mean_height(plot: &Plot, track: &Track) -> f64 {
    let heights: Vec<f64> = track.shapes.iter().flat_map(Shape::points).map(|p| plot.y.at(p.1)).collect();
    heights.iter().sum::<f64>() / heights.len().max(1) as f64
}

/// Orders labels from the top; those whose lines end at about one height, by the whole line.
fn order(items: &mut [Item]) {
    items.sort_by(|a, b| a.from.1.total_cmp(&b.from.1));
    for cluster in items.chunk_by_mut(|a, b| b.from.1 - a.from.1 < 5.0) {
        cluster.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        // Labels stand in this order, so their leaders must start in it too.
        let mut heights: Vec<f64> = cluster.iter().map(|i| i.from.1).collect();
        heights.sort_by(f64::total_cmp);
        for (item, height) in cluster.iter_mut().zip(heights) {
            item.from.1 = height;
        }
    }
}

/// Draws the labels of a plot's right margin.
pub fn draw(scene: &mut Scene, plot: &Plot, side: Side, width: f64) {
    if side == Side::None {
        return;
    }
    let wrap = |label: &str| glyph::wrap(label, f64::from(LABEL), false, label_limit(width), 2);
    let mut items: Vec<Item> = Vec::new();
    if side == Side::Tracks {
        for track in &plot.content.tracks {
            if let Some(end) = track.end {
                let from = (plot.x.at(end.0), plot.y.at(end.1));
                let (mean, lines) = (mean_height(plot, track), wrap(&track.label));
                items.push(Item { lines, from, mean, colour: track.text_colour, line: track.colour });
            }
        }
    }
    for level in &plot.content.levels {
        let from = (plot.x.to, plot.y.at(level.value));
        let (mean, lines) = (from.1, wrap(&level.label));
        items.push(Item { lines, from, mean, colour: palette::GREY, line: palette::GREY });
    }
    items.retain(|item| !item.lines.is_empty());
    order(&mut items);
    let wanted: Vec<(f64, f64)> = items.iter().map(|i| (i.from.1, i.lines.len() as f64 * LINE)).collect();
    let places = apart(&wanted, plot.y.to - 6.0, plot.y.from + 4.0);
    let far = |item: &Item| plot.x.to - item.from.0 > 6.0;
    let moved = |item: &Item, place: f64| (place - item.from.1).abs() > 2.5;
    let leaders = items.iter().zip(&places).any(|(item, place)| far(item) || moved(item, *place));
    let x = plot.x.to + if leaders { LEAD } else { 6.0 };
    for (item, place) in items.iter().zip(places) {
        let start = (item.from.0.max(plot.x.to) + 2.0, item.from.1);
        if far(item) {
            let points = vec![(item.from.0 + 3.0, item.from.1), start];
            scene.line(points, Stroke::solid(item.line, 0.8).faint(0.6).dashed(&[1.5, 2.5]));
        }
        if leaders {
            scene.line(vec![start, (x - 3.0, place)], Stroke::solid(item.line, 0.8).faint(0.8));
        }
        let mut y = place - LINE * (item.lines.len() as f64 - 1.0) / 2.0 + 4.3;
        for line in &item.lines {
            scene.words(Words::new(x, y, line, LABEL, Anchor::Start, item.colour));
            y += LINE;
        }
    }
}

/// Moves ordered `(centre, height)` boxes the least that keeps them apart and inside.
pub fn apart(wanted: &[(f64, f64)], top: f64, bottom: f64) -> Vec<f64> {
    /// Neighbours that touch and move as one.
    struct Block {
        centre: f64,
        height: f64,
        members: usize,
    }
    let hold = |b: &mut Block| {
        let half = b.height / 2.0;
        b.centre = b.centre.min(bottom - half).max(top + half);
    };
    let mut blocks: Vec<Block> = Vec::new();
    for &(centre, height) in wanted {
        let mut block = Block { centre, height, members: 1 };
        hold(&mut block);
        while let Some(last) = blocks.pop() {
            if last.centre + last.height / 2.0 <= block.centre - block.height / 2.0 {
                blocks.push(last);
                break;
            }
            let members = last.members + block.members;
            // The joint centre that moves the members least, were each at its own place.
            let weight = |b: &Block| b.centre * b.members as f64;
            let centre = (weight(&last) + weight(&block)) / members as f64;
            block = Block { centre, height: last.height + block.height, members };
            hold(&mut block);
        }
        blocks.push(block);
    }
    let mut places = Vec::with_capacity(wanted.len());
    let mut at = 0;
    for block in blocks {
        let mut y = block.centre - block.height / 2.0;
        for &(_, height) in &wanted[at..at + block.members] {
            places.push(y + height / 2.0);
            y += height;
        }
        at += block.members;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_apart_and_inside() {
        let places = apart(&[(10.0, 10.0), (12.0, 10.0), (60.0, 10.0), (99.0, 10.0)], 0.0, 100.0);
        assert_eq!(places, vec![6.0, 16.0, 60.0, 95.0]);
    }
}
