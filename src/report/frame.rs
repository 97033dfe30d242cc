//! Lays out a figure: title, legend, panels in rows, and the room each needs.

use super::axis::{Range, Scale, fitting, log_range, log_ticks, ticks, ticks_across};
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
#[derive(Default)]
pub struct Axes<'a> {
    pub title: &'a str,
    pub x_label: &'a str,
    /// What y is, where all panels agree in it.
    pub y_label: &'a str,
    /// What is to be known of the picture, beneath it.
    pub caption: &'a [String],
    /// A range of y that must be in view.
    pub y_bounds: Option<Range>,
}

/// How many panels stand side by side, how wide the figure is, and how tall a plot is. A single panel fits a column of a
/// paper, about 3.3 inches, with type of 7 points; several fit its page.
fn format(panels: usize) -> (usize, f64, f64) {
    match panels {
        0 | 1 => (1, 380.0, 220.0),
        2 | 4 => (2, 720.0, 200.0),
        3 | 5..=9 => (3, 720.0, 160.0),
        _ => (4, 900.0, 160.0),
    }
}

/// The axis of y of one panel.
struct Upright {
    range: Range,
    ticks: (Vec<f64>, f64),
    /// The room that its labels take.
    room: f64,
    words: Vec<String>,
}

/// Draws the figure.
pub fn draw(axes: &Axes, contents: Vec<Content>) -> Scene {
    let (columns, width, plot_height) = format(contents.len());
    let mut scene = Scene { title: axes.title.to_owned(), width, ..Scene::default() };
    let contents = if contents.is_empty() { vec![Content::default()] } else { contents };
    let rows = contents.len().div_ceil(columns);
    let mixed = contents.iter().any(|content| content.quantity != contents[0].quantity);
    let uprights: Vec<Upright> =
        contents.iter().map(|content| upright(axes, &contents, content, plot_height, mixed)).collect();
    let x_ranges = x_ranges(&contents);

    let side = direct::side(&contents, width, plot_height);
    let legend = if side == Side::Tracks { Legend::default() } else { Legend::over(&contents, width - 2.0 * EDGE) };

    let y_words = if mixed {
        Vec::new()
    } else {
        glyph::wrap(axes.y_label, f64::from(LABEL), false, plot_height * rows as f64 + 20.0, 2)
    };
    // Whether a panel draws its own axis of y: the first of a row, and one beside another quantity.
    let own = |place: usize| place.is_multiple_of(columns) || contents[place].quantity != contents[place - 1].quantity;
    let room = |column: usize| {
        let members = (column..contents.len()).step_by(columns).filter(|&place| own(place));
        members.map(|place| uprights[place].room + LINE * uprights[place].words.len() as f64).fold(0.0, f64::max)
    };
    let left = (EDGE + LINE * y_words.len() as f64 + 4.0 + room(0) + 8.0).floor() + 0.5;
    let right = EDGE + direct::margin(&contents, side, width).max(8.0);

    let mut y = EDGE;
    for line in glyph::wrap(axes.title, f64::from(TITLE), true, width - 2.0 * EDGE, 3) {
        scene.words(Words::new(EDGE, y + 12.0, line, TITLE, Anchor::Start, palette::INK).bold());
        y += 19.0;
    }
    y = legend.draw(&mut scene, EDGE, y + 2.0);

    let gaps: Vec<f64> = (1..columns).map(|column| 24.0 + room(column)).collect();
    let plot_width = ((width - left - right - gaps.iter().sum::<f64>()) / columns as f64).floor();
    let at = |column: usize| left + plot_width * column as f64 + gaps[..column].iter().sum::<f64>();
    let top = y;
    for (row, members) in contents.chunks(columns).enumerate() {
        let heads = members.iter().map(|c| plot::head_lines(c, plot_width)).max().unwrap_or(0);
        let scale = |column: usize| {
            let range = x_ranges[row * columns + column].0;
            Scale { range, from: at(column), to: at(column) + plot_width, log: members[column].log }
        };
        let mark_rows: Vec<_> =
            members.iter().enumerate().map(|(column, content)| plot::mark_labels(content, &scale(column))).collect();
        let mark_lines = mark_rows.iter().flatten().map(|m| m.row + 1).max().unwrap_or(0);
        y += 6.0 + LINE * (heads + mark_lines) as f64 + if heads > 0 { 2.0 } else { 0.0 };
        y = y.floor() + 0.5;
        for (column, content) in members.iter().enumerate() {
            let place = row * columns + column;
            let (upright, x) = (&uprights[place], scale(column));
            let plot = Plot {
                content,
                x,
                y: Scale::linear(upright.range, y + plot_height, y),
                x_ticks: x_ticks(content, &x, x_ranges[place].1),
                y_ticks: &upright.ticks,
                y_labels: own(place),
                head_base: y - LINE * mark_lines as f64 - 6.0,
                marks: &mark_rows[column],
                levels_inside: side == Side::None,
            };
            plot.draw(&mut scene);
            if own(place) {
                let edge = x.from - 11.0 - upright.room - LINE * upright.words.len() as f64;
                read_upward(&mut scene, edge, y + plot_height / 2.0, &upright.words);
            }
            if column + 1 == members.len() {
                direct::draw(&mut scene, &plot, side, width);
            }
        }
        y += plot_height + 20.0 + plot::risk_room(members);
    }
    let middle = f64::midpoint(top, y - plot::risk_room(&contents)) - 5.0;
    read_upward(&mut scene, EDGE, middle, &y_words);
    let span = at(columns - 1) + plot_width - left;
    for line in glyph::wrap(axes.x_label, f64::from(LABEL), false, width - left - EDGE, 2) {
        scene.words(Words::new(left + span / 2.0, y + 12.0, line, LABEL, Anchor::Middle, palette::INK));
        y += LINE;
    }
    scene.height = (caption(&mut scene, axes.caption, y) + EDGE).ceil();
    scene
}

/// What is to be known of a picture, from `y` on; gives back where it ends.
pub fn caption(scene: &mut Scene, sentences: &[String], mut y: f64) -> f64 {
    let text = sentences.join(" ");
    let lines = glyph::wrap(&text, f64::from(TICK), false, scene.width - 2.0 * EDGE, 12);
    y += if lines.is_empty() { 0.0 } else { 7.0 };
    for line in lines {
        scene.words(Words::new(EDGE, y + 11.0, line, TICK, Anchor::Start, palette::GREY));
        y += LINE - 1.0;
    }
    y
}

/// Lines of words to be read upwards, the first at the left.
pub fn read_upward(scene: &mut Scene, left: f64, middle: f64, lines: &[String]) {
    for (i, line) in lines.iter().enumerate() {
        let x = left + 9.0 + LINE * i as f64;
        let words = Words::new(x, middle, line, LABEL, Anchor::Middle, palette::INK);
        scene.words(Words { upward: true, ..words });
    }
}

/// The axis of y of a panel, which it shares with those of its quantity.
fn upright(axes: &Axes, contents: &[Content], content: &Content, height: f64, mixed: bool) -> Upright {
    let alike = contents.iter().filter(|other| other.quantity == content.quantity);
    let range = alike.filter_map(Content::y_range).chain(axes.y_bounds).reduce(Range::join);
    let range = range.unwrap_or(Range { low: 0.0, high: 1.0 }).grounded().opened().padded(0.04);
    let ticks = ticks(range, if height > 190.0 { 6 } else { 5 });
    let widths = ticks.0.iter().map(|v| glyph::width(&number::tick(*v, ticks.1), f64::from(TICK), false));
    let words =
        if mixed { glyph::wrap(&content.quantity, f64::from(LABEL), false, height + 20.0, 2) } else { Vec::new() };
    Upright { range, room: widths.fold(0.0, f64::max), ticks, words }
}

/// The ticks of x: those that the content names, or round numbers.
fn x_ticks(content: &Content, scale: &Scale, nought: bool) -> Vec<(f64, String)> {
    let (pixels, size) = (scale.to - scale.from, f64::from(TICK));
    if !content.ticks.is_empty() {
        return fitting(content.ticks.clone(), scale, size);
    }
    if scale.log {
        return log_ticks(scale.range, nought, pixels, size);
    }
    let (values, step) = ticks_across(scale.range, pixels, size);
    values.into_iter().map(|value| (value, number::tick(value, step))).collect()
}

/// The range of x of each panel, one for all where they are alike; and whether nought stands before a logarithmic one.
fn x_ranges(contents: &[Content]) -> Vec<(Range, bool)> {
    let own: Vec<Option<Range>> = contents.iter().map(Content::x_range).collect();
    let union = own.iter().flatten().copied().reduce(Range::join).unwrap_or(Range { low: 0.0, high: 1.0 });
    let alike = own.iter().flatten().all(|r| r.span() >= 0.4 * union.span());
    let fine = |range: Range| range.grounded().opened().padded(0.012);
    let values = |content: &Content| content.points().map(|point| point.0).collect::<Vec<_>>();
    let logs = log_range(contents.iter().flat_map(values));
    let range = |(content, own): (&Content, Option<Range>)| match logs.filter(|_| content.log) {
        Some(range) => range,
        None if content.log => (Range { low: 1.0, high: 10.0 }, false),
        None if content.keyed => (union.opened().padded(0.04), false),
        None if content.ticks.is_empty() => (fine(if alike { union } else { own.unwrap_or(union) }), false),
        // Single values keep away from the edges.
        None => (union.opened().padded(0.06), false),
    };
    contents.iter().zip(own).map(range).collect()
}
