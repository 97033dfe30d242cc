//! Kaplan-Meier curves: the share of runs still on the plateau, as steps.

use super::axis::{Range, drawable};
use super::curve::Ink;
use super::panel::{Content, Risk, Shape, Track};
use super::scene::{Rgb, Scene};
use super::{frame, markup, palette, raster, svg};

/// A figure of step curves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survival {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    /// Whether curves are ordered values, which take the colours of a map.
    pub ordered: bool,
    pub panels: Vec<Stays>,
}

/// One plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stays {
    pub title: Option<String>,
    pub curves: Vec<Curve>,
}

/// One arm's estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    pub label: String,
    /// Time and the share left from that time on, in rising order of time.
    pub steps: Vec<(f64, f64)>,
    /// Where runs were cut off, drawn as ticks on the curve.
    pub censor: Vec<(f64, f64)>,
    /// When each run left or was cut off, by which it is counted how many are still followed.
    pub times: Vec<f64>,
}

/// The figure as an SVG document.
#[must_use]
pub fn to_svg(survival: &Survival) -> String {
    svg::write(&scene(survival))
}

/// The figure as a PNG of `scale` image pixels to a pixel of the SVG.
#[must_use]
pub fn to_png(survival: &Survival, scale: f64) -> Vec<u8> {
    raster::write(&scene(survival), scale)
}

/// Every step, every censoring and the runs at risk before each of them, one a line, under `panel,group,kind,t,s,at_risk`.
#[must_use]
pub fn to_csv(survival: &Survival) -> String {
    let mut out = markup::csv_line(["panel", "group", "kind", "t", "s", "at_risk"]);
    for (place, panel) in survival.panels.iter().enumerate() {
        let name = panel.title.clone().unwrap_or_else(|| (place + 1).to_string());
        for curve in &panel.curves {
            let risk = risk(curve, palette::INK);
            for (kind, points) in [("step", &curve.steps), ("censor", &curve.censor)] {
                for (t, s) in points {
                    let cells = [t.to_string(), s.to_string(), risk.at(*t).to_string()];
                    let line = [name.as_str(), curve.label.as_str(), kind];
                    out.push_str(&markup::csv_line(line.into_iter().chain(cells.iter().map(String::as_str))));
                }
            }
        }
    }
    out
}

/// The figure drawn.
pub(super) fn scene(survival: &Survival) -> Scene {
    let curves = || survival.panels.iter().flat_map(|panel| &panel.curves);
    let last = Range::over(curves().flat_map(|c| c.steps.iter().chain(&c.censor).map(|p| p.0)));
    let mut names: Vec<&str> = Vec::new();
    for curve in curves() {
        if !names.contains(&curve.label.as_str()) {
            names.push(&curve.label);
        }
    }
    let content = |panel: &Stays| {
        let mut content = Content { title: panel.title.clone(), ..Content::default() };
        for curve in &panel.curves {
            let at = names.iter().position(|name| *name == curve.label).unwrap_or(0);
            let ink = Ink::of(at, survival.ordered.then_some(names.len()));
            content.tracks.push(track(curve, ink, last.map(|r| r.high)));
            if !curve.times.is_empty() {
                content.risks.push(risk(curve, palette::for_words(ink.colour)));
            }
        }
        content.xs.extend(last.map(|r| Range { low: r.low.min(0.0), high: r.high }));
        content
    };
    let axes = frame::Axes {
        title: &survival.title,
        x_label: &survival.x_label,
        y_label: &survival.y_label,
        caption: &[],
        y_bounds: Some(Range { low: 0.0, high: 1.0 }),
    };
    frame::draw(&axes, survival.panels.iter().map(content).collect())
}

fn risk(curve: &Curve, colour: Rgb) -> Risk {
    Risk { label: curve.label.clone(), colour, times: curve.times.clone() }
}

/// One arm's steps as a line with corners, led on to its last censoring.
fn track(curve: &Curve, ink: Ink, end: Option<f64>) -> Track {
    let fine = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().copied().filter(|p| drawable(p.0) && drawable(p.1)).collect()
    };
    let (mut steps, censor) = (fine(&curve.steps), fine(&curve.censor));
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut line: Vec<(f64, f64)> = Vec::new();
    if let Some(first) = steps.first() {
        line.push(if first.0 > 0.0 { (0.0, 1.0) } else { *first });
    }
    for step in steps {
        if let Some(last) = line.last().copied() {
            line.push((step.0, last.1));
        }
        line.push(step);
    }
    let until = censor.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
    if let (Some(last), Some(end)) = (line.last().copied(), end) {
        let until = until.min(end);
        if until > last.0 {
            line.push((until, last.1));
        }
    }
    let mut shapes = vec![Shape::Bold(line.clone())];
    shapes.extend(censor.into_iter().map(|(t, s)| Shape::Tick(t, s)));
    Track {
        label: curve.label.clone(),
        colour: ink.colour,
        text_colour: palette::for_words(ink.colour),
        dash: ink.dash,
        shapes,
        end: line.last().copied(),
    }
}
