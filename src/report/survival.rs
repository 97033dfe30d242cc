//! Kaplan-Meier curves: the share of runs still on the plateau, as steps.

use super::axis::{Range, drawable};
use super::panel::{Content, Shape, Track};
use super::scene::Scene;
use super::{frame, markup, palette, raster, svg};

/// A figure of step curves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survival {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
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

/// Every step and censoring, one a line, under `group,kind,t,s`.
#[must_use]
pub fn to_csv(survival: &Survival) -> String {
    let mut out = markup::csv_line(["group", "kind", "t", "s"]);
    for curve in &survival.curves {
        for (kind, points) in [("step", &curve.steps), ("censor", &curve.censor)] {
            for (t, s) in points {
                out.push_str(&markup::csv_line([curve.label.as_str(), kind, &t.to_string(), &s.to_string()]));
            }
        }
    }
    out
}

/// The figure drawn.
fn scene(survival: &Survival) -> Scene {
    let last = Range::over(survival.curves.iter().flat_map(|c| c.steps.iter().chain(&c.censor).map(|p| p.0)));
    let mut content = Content::default();
    for (at, curve) in survival.curves.iter().enumerate() {
        content.tracks.push(track(curve, at, last.map(|r| r.high)));
    }
    content.xs.extend(last.map(|r| Range { low: r.low.min(0.0), high: r.high }));
    let axes = frame::Axes {
        title: &survival.title,
        x_label: &survival.x_label,
        y_label: &survival.y_label,
        y_bounds: Some(Range { low: 0.0, high: 1.0 }),
    };
    frame::draw(&axes, vec![content])
}

/// One arm's steps as a line with corners, led on to its last censoring.
fn track(curve: &Curve, at: usize, end: Option<f64>) -> Track {
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
        colour: palette::colour(at),
        text_colour: palette::text_colour(at),
        dash: palette::dash(at),
        shapes,
        end: line.last().copied(),
    }
}
