//! Estimates with their intervals, a line each, in groups: a forest plot.

use super::axis::{Range, Scale, drawable, ticks_across};
use super::frame::{LABEL, LINE, TICK, TITLE, caption};
use super::scene::{Anchor, Rgb, Scene, Stroke, Words};
use super::{glyph, markup, number, palette};

/// A figure of groups, one below the other, over one axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forest {
    pub title: String,
    pub x_label: String,
    pub caption: Vec<String>,
    pub groups: Vec<ForestGroup>,
}

/// The estimates of one study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForestGroup {
    pub label: String,
    pub rows: Vec<ForestRow>,
}

/// One estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForestRow {
    pub label: String,
    pub value: f64,
    pub interval: Option<(f64, f64)>,
    /// Whether the value is a lower bound only.
    pub at_least: bool,
    /// A second estimate, drawn as a stroke.
    pub median: Option<f64>,
}

/// Every estimate, one a line, under `group,row,value,low,high,at_least,median`.
#[must_use]
pub fn to_csv(forest: &Forest) -> String {
    let mut out = markup::csv_line(["group", "row", "value", "low", "high", "at_least", "median"]);
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for group in &forest.groups {
        for row in &group.rows {
            let (low, high) = (row.interval.map(|ends| ends.0), row.interval.map(|ends| ends.1));
            let cells =
                [number(Some(row.value)), number(low), number(high), row.at_least.to_string(), number(row.median)];
            let named = [group.label.as_str(), row.label.as_str()].into_iter();
            out.push_str(&markup::csv_line(named.chain(cells.iter().map(String::as_str))));
        }
    }
    out
}

const WIDTH: f64 = 560.0;
const EDGE: f64 = 10.0;
/// The height of a row, and what stands before a group.
const ROW: f64 = 18.0;
const APART: f64 = 8.0;
/// The widest that labels may be.
const LABELS: f64 = 230.0;
/// How far an arrow reaches beyond its estimate.
const ARROW: f64 = 16.0;

/// The figure drawn.
pub(super) fn scene(forest: &Forest) -> Scene {
    let mut scene = Scene { title: forest.title.clone(), width: WIDTH, ..Scene::default() };
    let rows = || forest.groups.iter().flat_map(|group| &group.rows);
    let wide = |text: &str, bold: bool| glyph::width(text, f64::from(LABEL), bold);
    let labels = rows().map(|row| wide(&row.label, false) + INDENT);
    let heads = forest.groups.iter().map(|group| wide(&group.label, true));
    let room = labels.chain(heads).fold(0.0, f64::max).min(LABELS);
    let (left, right) = ((EDGE + room + 12.0).floor() + 0.5, WIDTH - EDGE - ARROW);
    let values = rows().flat_map(|row| {
        let ends = row.interval.map_or([row.value; 2], |(low, high)| [low, high]);
        ends.into_iter().chain([row.value]).chain(row.median)
    });
    let range = Range::over(values.chain([0.0])).unwrap_or(Range { low: 0.0, high: 1.0 }).opened();
    let scale = Scale::linear(Range { high: range.high + 0.03 * range.span(), ..range }, left, right);

    let mut y = EDGE;
    for line in glyph::wrap(&forest.title, f64::from(TITLE), true, WIDTH - 2.0 * EDGE, 3) {
        scene.words(Words::new(EDGE, y + 12.0, line, TITLE, Anchor::Start, palette::INK).bold());
        y += 19.0;
    }
    let top = y + 2.0;
    let height: f64 = forest.groups.iter().map(|group| ROW * (group.rows.len() + 1) as f64 + APART).sum();
    let bottom = (top + height).floor() + 0.5;
    let (ticks, step) = ticks_across(scale.range, right - left, f64::from(TICK));
    for &tick in &ticks {
        let x = scale.at(tick).floor() + 0.5;
        scene.line(vec![(x, top), (x, bottom)], Stroke::solid(palette::GRID, 1.0));
        scene.line(vec![(x, bottom), (x, bottom + 4.0)], Stroke::solid(palette::INK, 1.0));
        let word = number::tick(tick, step);
        scene.words(Words::new(x, bottom + 16.0, word, TICK, Anchor::Middle, palette::INK));
    }
    scene.line(vec![(left, bottom), (right, bottom)], Stroke::solid(palette::INK, 1.0));
    y = top;
    for (place, group) in forest.groups.iter().enumerate() {
        let colour = palette::colour(place);
        let label = glyph::fit(&group.label, f64::from(LABEL), true, room);
        scene.words(Words::new(EDGE, y + 13.0, label, LABEL, Anchor::Start, palette::for_words(colour)).bold());
        y += ROW;
        for row in &group.rows {
            let label = glyph::fit(&row.label, f64::from(LABEL), false, room - INDENT);
            scene.words(Words::new(EDGE + INDENT, y + 13.0, label, LABEL, Anchor::Start, palette::INK));
            estimate(&mut scene, row, &scale, y + ROW / 2.0, colour);
            y += ROW;
        }
        y += APART;
    }
    y = bottom + 20.0;
    let middle = f64::midpoint(left, right);
    scene.words(Words::new(middle, y + 12.0, &forest.x_label, LABEL, Anchor::Middle, palette::INK));
    scene.height = (caption(&mut scene, &forest.caption, y + LINE) + EDGE).ceil();
    scene
}

/// How far the labels of rows stand behind those of groups.
const INDENT: f64 = 10.0;

fn estimate(scene: &mut Scene, row: &ForestRow, scale: &Scale, y: f64, colour: Rgb) {
    if !drawable(row.value) {
        return;
    }
    let x = scale.at(row.value);
    if let Some((low, high)) = row.interval.filter(|ends| drawable(ends.0) && drawable(ends.1)) {
        scene.line(vec![(scale.at(low), y), (scale.at(high), y)], Stroke::solid(colour, 1.6));
        for end in [low, high] {
            let x = scale.at(end);
            scene.line(vec![(x, y - 3.0), (x, y + 3.0)], Stroke::solid(colour, 1.2));
        }
    }
    if row.at_least {
        let tip = x + ARROW;
        scene.line(vec![(x, y), (tip - 5.0, y)], Stroke::solid(colour, 1.6));
        scene.area(vec![(tip, y), (tip - 6.0, y - 3.6), (tip - 6.0, y + 3.6)], colour, 1.0);
    }
    scene.dot(x, y, 3.4, colour);
    if let Some(median) = row.median.filter(|median| drawable(*median)) {
        let x = scale.at(median);
        scene.line(vec![(x, y - 6.5), (x, y + 6.5)], Stroke::solid(palette::INK, 1.2));
    }
}
