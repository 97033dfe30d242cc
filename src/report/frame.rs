//! Lays out a figure: title, legend, panels in rows, and the room each needs.

use super::axis::{Range, Scale, ticks, ticks_across};
use super::direct::{self, Side};
use super::legend::Legend;
use super::panel::Content;
use super::plot::{self, Plot};
use super::scene::{Anchor, Scene, Words};
use super::{glyph, number, palette};

/// Sizes of type in pixels.
pub const TITLE: u32 = 14;
pub const LABEL: u32 = 12;
pub const TICK: u32 = 11;
/// From one line of labels to the next.
pub const LINE: f64 = 15.0;
/// The margin around everything.
const EDGE: f64 = 10.0;

/// What a figure says around its panels.
pub struct Axes<'a> {
    pub title: &'a str,
    pub x_label: &'a str,
    pub y_label: &'a str,
    /// A range of y that must be in view.
    pub y_bounds: Option<Range>,
}

/// How many panels stand side by side, how wide the figure is, and how tall a plot is.
fn format(panels: usize) -> (usize, f64, f64) {
    match panels {
        0 | 1 => (1, 480.0, 250.0),
        2 | 4 => (2, 780.0, 210.0),
        3 | 5..=9 => (3, 780.0, 160.0),
        _ => (4, 960.0, 160.0),
    }
}

/// Draws the figure.
pub fn draw(axes: &Axes, contents: Vec<Content>) -> Scene {
    let (columns, width, plot_height) = format(contents.len());
    let mut scene = Scene { title: axes.title.to_owned(), width, ..Scene::default() };
    let contents = if contents.is_empty() { vec![Content::default()] } else { contents };
    let rows = contents.len().div_ceil(columns);

    let y_range = y_range(axes, &contents);
    let (y_ticks, y_step) = ticks(y_range, if plot_height > 200.0 { 6 } else { 5 });
    let x_ranges = x_ranges(&contents);

    let side = direct::side(&contents, width, plot_height);
    let legend = if side == Side::Tracks { Legend::default() } else { Legend::over(&contents, width - 2.0 * EDGE) };

    let tick_width =
        y_ticks.iter().map(|v| glyph::width(&number::tick(*v, y_step), f64::from(TICK), false)).fold(0.0, f64::max);
    let y_words = glyph::wrap(axes.y_label, f64::from(LABEL), false, plot_height * rows as f64 + 20.0, 2);
    let left = (EDGE + LINE * y_words.len() as f64 + 4.0 + tick_width + 8.0).floor() + 0.5;
    let right = EDGE + direct::margin(&contents, side, width).max(8.0);

    let mut y = EDGE;
    for line in glyph::wrap(axes.title, f64::from(TITLE), true, width - 2.0 * EDGE, 3) {
        scene.words(Words::new(EDGE, y + 12.0, line, TITLE, Anchor::Start, palette::INK).bold());
        y += 19.0;
    }
    y = legend.draw(&mut scene, EDGE, y + 2.0);

    let gap = 24.0;
    let plot_width = (width - left - right - gap * (columns - 1) as f64) / columns as f64;
    let plot_width = plot_width.floor();
    let top = y;
    for (row, members) in contents.chunks(columns).enumerate() {
        let heads = members.iter().map(|c| plot::head_lines(c, plot_width)).max().unwrap_or(0);
        let mark_rows: Vec<_> = members
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let at = left + i as f64 * (plot_width + gap);
                plot::mark_labels(c, x_ranges[row * columns + i], at, plot_width)
            })
            .collect();
        let mark_lines = mark_rows.iter().flatten().map(|m| m.row + 1).max().unwrap_or(0);
        y += 6.0 + LINE * (heads + mark_lines) as f64 + if heads > 0 { 2.0 } else { 0.0 };
        y = y.floor() + 0.5;
        for (column, content) in members.iter().enumerate() {
            let x = left + column as f64 * (plot_width + gap);
            let range = x_ranges[row * columns + column];
            let plot = Plot {
                content,
                x: Scale { range, from: x, to: x + plot_width },
                y: Scale { range: y_range, from: y + plot_height, to: y },
                x_ticks: ticks_across(range, plot_width, f64::from(TICK)),
                y_ticks: (y_ticks.clone(), y_step),
                y_labels: column == 0,
                head_base: y - LINE * mark_lines as f64 - 6.0,
                marks: &mark_rows[column],
                levels_inside: side == Side::None,
            };
            plot.draw(&mut scene);
            if column + 1 == members.len() {
                direct::draw(&mut scene, &plot, side, width);
            }
        }
        y += plot_height + 20.0;
    }
    let middle = f64::midpoint(top, y) - 5.0;
    for (i, line) in y_words.into_iter().enumerate() {
        let x = EDGE + 9.0 + LINE * i as f64;
        let words = Words::new(x, middle, line, LABEL, Anchor::Middle, palette::INK);
        scene.words(Words { upward: true, ..words });
    }
    let span = plot_width * columns as f64 + gap * (columns - 1) as f64;
    for line in glyph::wrap(axes.x_label, f64::from(LABEL), false, width - left - EDGE, 2) {
        scene.words(Words::new(left + span / 2.0, y + 12.0, line, LABEL, Anchor::Middle, palette::INK));
        y += LINE;
    }
    scene.height = (y + EDGE).ceil();
    scene
}

/// The range of y that all panels share.
fn y_range(axes: &Axes, contents: &[Content]) -> Range {
    let range = contents.iter().filter_map(Content::y_range).chain(axes.y_bounds).reduce(Range::join);
    range.unwrap_or(Range { low: 0.0, high: 1.0 }).grounded().opened().padded(0.04)
}

/// The range of x of each panel: one for all where they are alike.
fn x_ranges(contents: &[Content]) -> Vec<Range> {
    let own: Vec<Option<Range>> = contents.iter().map(Content::x_range).collect();
    let union = own.iter().flatten().copied().reduce(Range::join).unwrap_or(Range { low: 0.0, high: 1.0 });
    let alike = own.iter().flatten().all(|r| r.span() >= 0.4 * union.span());
    let fine = |range: Range| range.grounded().opened().padded(0.012);
    own.into_iter().map(|r| fine(if alike { union } else { r.unwrap_or(union) })).collect()
}
