//! Curves of several arms over several seeds, in one panel or in many.

use super::scene::Scene;
use super::{curve, frame, markup, raster, svg};

/// A figure of panels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    /// What is to be known of the picture.
    pub caption: Vec<String>,
    /// Whether x is logarithmic.
    pub log: bool,
    /// Whether groups are ordered values, which take the colours of a map.
    pub ordered: bool,
    pub panels: Vec<Panel>,
}

/// One plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    pub title: Option<String>,
    /// What y is, where the panels differ in it; those that agree share their range.
    pub quantity: String,
    pub groups: Vec<Group>,
    pub levels: Vec<Level>,
    pub marks: Vec<Mark>,
}

/// The runs of one arm: one curve a seed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    pub label: String,
    pub runs: Vec<CurveRun>,
}

/// The curve of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveRun {
    pub seed: u64,
    pub points: Vec<(f64, f64)>,
}

impl Group {
    /// Curves, each with its seed.
    #[must_use]
    pub fn of(label: impl Into<String>, runs: impl IntoIterator<Item = (u64, Vec<(f64, f64)>)>) -> Self {
        let runs = runs.into_iter().map(|(seed, points)| CurveRun { seed, points });
        Self { label: label.into(), runs: runs.collect() }
    }
}

/// A reference value, drawn as a dashed level line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Level {
    pub label: String,
    pub value: f64,
}

/// A moment on the x axis, drawn as a dotted upright line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    pub label: String,
    pub x: f64,
}

/// The figure as an SVG document.
#[must_use]
pub fn to_svg(figure: &Figure) -> String {
    svg::write(&scene(figure))
}

/// The figure as a PNG of `scale` image pixels to a pixel of the SVG; 3 suits print.
#[must_use]
pub fn to_png(figure: &Figure, scale: f64) -> Vec<u8> {
    raster::write(&scene(figure), scale)
}

/// Width and height in pixels of the SVG.
#[must_use]
pub fn size(figure: &Figure) -> (f64, f64) {
    let scene = scene(figure);
    (scene.width, scene.height)
}

/// Every point as it was given, one a line, under `panel,group,seed,x,y`.
///
/// A panel without a title is named by its number from 1.
#[must_use]
pub fn to_csv(figure: &Figure) -> String {
    let mut out = markup::csv_line(["panel", "group", "seed", "x", "y"]);
    for (p, panel) in figure.panels.iter().enumerate() {
        let name = panel.title.clone().unwrap_or_else(|| (p + 1).to_string());
        for group in &panel.groups {
            for run in &group.runs {
                let seed = run.seed.to_string();
                for (x, y) in &run.points {
                    let (x, y) = (x.to_string(), y.to_string());
                    out.push_str(&markup::csv_line([name.as_str(), &group.label, &seed, &x, &y]));
                }
            }
        }
    }
    out
}

/// The figure drawn.
pub(super) fn scene(figure: &Figure) -> Scene {
    let names = curve::names(&figure.panels);
    let panels = figure.panels.iter().map(|panel| curve::content(panel, &names, figure)).collect();
    let axes = frame::Axes {
        title: &figure.title,
        x_label: &figure.x_label,
        y_label: &figure.y_label,
        caption: &figure.caption,
        y_bounds: None,
    };
    frame::draw(&axes, panels)
}

#[cfg(test)]
mod tests {
    use super::super::scene::Op;
    use super::*;

    /// A figure whose curves all end at about one height.
    fn crowded(panels: usize, arms: usize, label: &str, marks: &[f64]) -> Figure {
        let curve = |a: usize, s: usize| -> Vec<(f64, f64)> {
            (0..40)
                .map(|i| {
                    let x = f64::from(i) * 1000.0;
                    (x, if x > 2000.0 * (a + s) as f64 { 0.93 } else { 0.5 + 0.001 * a as f64 })
                })
                .collect()
        };
        let groups =
            (0..arms).map(|a| Group::of(format!("{label} {a}"), (0..3).map(|s| (s as u64, curve(a, s))))).collect();
        let level = |label: &str, value| Level { label: label.to_owned(), value };
        let marks = marks.iter().map(|&x| Mark { label: format!("stage at {x}"), x }).collect();
        let levels = vec![level("blind", 0.5), level("ideal", 0.95)];
        let panel = Panel { groups, levels, marks, ..Panel::default() };
        let named = |i: usize| {
            let mut panel = Panel { title: Some(format!("panel {i} with a title that is long")), ..panel.clone() };
            // With five arms the levels differ, and are labelled inside.
            panel.levels[1].value += if arms == 5 { 0.01 * i as f64 } else { 0.0 };
            panel
        };
        Figure {
            title: "A title".to_owned(),
            x_label: "training step".to_owned(),
            y_label: "accuracy".to_owned(),
            panels: (0..panels).map(named).collect(),
            ..Figure::default()
        }
    }

    #[test]
    fn no_two_labels_touch_and_none_leaves_the_picture() {
        for panels in [1, 2, 3, 4, 6, 12] {
            for arms in [1, 3, 5, 12] {
                for label in ["arm", "an arm with a rather long name"] {
                    for marks in [&[][..], &[9000.0, 10000.0, 38000.0, 39000.0]] {
                        let scene = scene(&crowded(panels, arms, label, marks));
                        let boxes: Vec<_> = scene
                            .ops
                            .iter()
                            .filter_map(|op| if let Op::Text(words) = op { Some(words) } else { None })
                            .collect();
                        for (i, a) in boxes.iter().enumerate() {
                            let (l, t, r, b) = a.extent();
                            assert!(l >= 0.0 && t >= 0.0 && r <= scene.width && b <= scene.height, "{a:?}");
                            for other in &boxes[..i] {
                                let o = other.extent();
                                let apart = r <= o.0 || o.2 <= l || b <= o.1 + 1.0 || o.3 <= t + 1.0;
                                assert!(apart, "{panels} panels, {arms} arms: {a:?} touches {other:?}");
                            }
                        }
                    }
                }
            }
        }
    }
}
