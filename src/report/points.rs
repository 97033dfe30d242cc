//! Runs as points: against a knob, or one number of a run against another.

use super::axis::drawable;
use super::curve::Ink;
use super::figure::Level;
use super::panel::{Content, Shape, Track};
use super::scene::Scene;
use super::{frame, markup, palette};

/// A figure of points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub caption: Vec<String>,
    /// Whether x is logarithmic.
    pub log: bool,
    /// Where x has its ticks, under which words; empty for round numbers.
    pub ticks: Vec<(f64, String)>,
    /// Whether groups are ordered values, which take the colours of a map.
    pub ordered: bool,
    /// Whether the middles of a group are joined.
    pub joined: bool,
    pub panels: Vec<PointPanel>,
}

/// One plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointPanel {
    pub title: Option<String>,
    /// What y is, where the panels differ in it.
    pub quantity: String,
    pub groups: Vec<PointGroup>,
    pub levels: Vec<Level>,
    /// Slope and intercept of a fitted line, drawn as far as points go.
    pub line: Option<(f64, f64)>,
}

/// The runs of one combination, or of all that share a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointGroup {
    pub label: String,
    pub runs: Vec<RunPoint>,
    /// The middle of the runs at each place of x, where there is one.
    pub middle: Vec<(f64, f64)>,
    /// The quartiles there, of three runs or more.
    pub band: Vec<(f64, f64, f64)>,
}

/// One run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunPoint {
    pub seed: u64,
    pub x: f64,
    pub y: f64,
    /// Whether y lies above what is given, since the run was cut off there.
    pub censored: bool,
}

/// Every run, one a line, under `panel,group,seed,x,y,censored`.
#[must_use]
pub fn to_csv(points: &Points) -> String {
    let mut out = markup::csv_line(["panel", "group", "seed", "x", "y", "censored"]);
    for (place, panel) in points.panels.iter().enumerate() {
        let name = panel.title.clone().unwrap_or_else(|| (place + 1).to_string());
        for group in &panel.groups {
            for run in &group.runs {
                let cells = [run.seed.to_string(), run.x.to_string(), run.y.to_string(), run.censored.to_string()];
                let line = [name.as_str(), &group.label].into_iter().chain(cells.iter().map(String::as_str));
                out.push_str(&markup::csv_line(line));
            }
        }
    }
    out
}

/// The figure drawn.
pub(super) fn scene(points: &Points) -> Scene {
    let mut names: Vec<&str> = Vec::new();
    for label in points.panels.iter().flat_map(|panel| &panel.groups).map(|group| group.label.as_str()) {
        if !names.contains(&label) {
            names.push(label);
        }
    }
    let contents = points.panels.iter().map(|panel| content(points, panel, &names)).collect();
    let axes = frame::Axes {
        title: &points.title,
        x_label: &points.x_label,
        y_label: &points.y_label,
        caption: &points.caption,
        y_bounds: None,
    };
    frame::draw(&axes, contents)
}

fn content(points: &Points, panel: &PointPanel, names: &[&str]) -> Content {
    let mut tracks = Vec::new();
    let shown = || panel.groups.iter().flat_map(|group| &group.runs).filter(|run| drawable(run.x) && drawable(run.y));
    tracks.extend(panel.line.and_then(|line| fitted(line, &shown().map(|run| (run.x, run.y)).collect::<Vec<_>>())));
    for (at, group) in panel.groups.iter().enumerate() {
        let at = names.iter().position(|name| *name == group.label).unwrap_or(at);
        tracks.push(track(group, Ink::of(at, points.ordered.then_some(names.len())), points.joined));
    }
    Content {
        title: panel.title.clone(),
        tracks,
        levels: panel.levels.iter().filter(|level| drawable(level.value)).cloned().collect(),
        quantity: panel.quantity.clone(),
        log: points.log,
        ticks: points.ticks.clone(),
        keyed: !points.joined,
        ..Content::default()
    }
}

/// A line over the points that it was fitted to, cut where it leaves their range.
fn fitted((slope, intercept): (f64, f64), points: &[(f64, f64)]) -> Option<Track> {
    let over = |pick: fn(&(f64, f64)) -> f64| super::axis::Range::over(points.iter().map(pick));
    let (xs, ys) = (over(|point| point.0)?, over(|point| point.1)?);
    let (mut low, mut high) = (xs.low, xs.high);
    if slope != 0.0 {
        let ends = [(ys.low - intercept) / slope, (ys.high - intercept) / slope];
        low = low.max(ends[0].min(ends[1]));
        high = high.min(ends[0].max(ends[1]));
    }
    (low < high).then(|| Track {
        label: String::new(),
        colour: palette::GREY,
        text_colour: palette::GREY,
        dash: &[],
        shapes: vec![Shape::Fit([low, high].map(|x| (x, intercept + slope * x)).to_vec())],
        end: None,
    })
}

fn track(group: &PointGroup, ink: Ink, joined: bool) -> Track {
    let mut shapes = Vec::new();
    let band: Vec<_> = group.band.iter().copied().filter(|band| drawable(band.1) && drawable(band.2)).collect();
    if band.len() > 1 {
        shapes.push(Shape::Band(band));
    }
    for run in group.runs.iter().filter(|run| drawable(run.x) && drawable(run.y)) {
        shapes.push(if run.censored { Shape::Cut(run.x, run.y) } else { Shape::Run(run.x, run.y) });
    }
    let middle: Vec<_> = group.middle.iter().copied().filter(|point| drawable(point.1)).collect();
    if joined && middle.len() > 1 {
        shapes.push(Shape::Bold(middle.clone()));
    }
    shapes.extend(middle.iter().map(|point| Shape::Dot(point.0, point.1)));
    let last = group.runs.iter().map(|run| (run.x, run.y)).filter(|run| drawable(run.0) && drawable(run.1));
    let last = last.max_by(|a, b| a.0.total_cmp(&b.0));
    Track {
        label: group.label.clone(),
        colour: ink.colour,
        text_colour: palette::for_words(ink.colour),
        dash: ink.dash,
        shapes,
        end: middle.last().copied().or(last).filter(|_| joined),
    }
}
