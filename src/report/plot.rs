//! Draws one panel: grid, axes, marks, levels and curves.

use super::axis::Scale;
use super::frame::{LABEL, LINE, TICK};
use super::panel::{Content, Shape};
use super::scene::{Anchor, Rgb, Scene, Stroke, Words};
use super::{glyph, inside, number, palette};

/// One panel with its place in the figure.
pub struct Plot<'a> {
    pub content: &'a Content,
    pub x: Scale,
    pub y: Scale,
    pub x_ticks: Vec<(f64, String)>,
    pub y_ticks: &'a (Vec<f64>, f64),
    /// Whether the ticks of y are labelled here.
    pub y_labels: bool,
    /// The baseline of the last line of the panel's title.
    pub head_base: f64,
    pub marks: &'a [MarkLabel],
    /// Whether reference levels are labelled inside the panel.
    pub levels_inside: bool,
}

/// A mark's label, placed above the plot.
#[derive(Clone, Debug)]
pub struct MarkLabel {
    pub text: String,
    /// The pixel of the mark itself.
    pub at: f64,
    /// The pixel of the label's left end.
    pub left: f64,
    /// Counted upwards from the plot.
    pub row: usize,
}

/// How many lines a panel's title takes.
pub fn head_lines(content: &Content, width: f64) -> usize {
    head(content, width).len()
}

/// The lines of a panel's title.
fn head(content: &Content, width: f64) -> Vec<String> {
    content.title.as_deref().map_or_else(Vec::new, |t| glyph::wrap(t, f64::from(LABEL), true, width, 2))
}

/// Places the labels of a panel's marks, each to the right of its mark, in as few rows as keep
/// them apart. Going from right to left, no line has to pass through another mark's label.
pub fn mark_labels(content: &Content, scale: &Scale) -> Vec<MarkLabel> {
    let (from, width) = (scale.from, scale.to - scale.from);
    let size = f64::from(TICK);
    let mut starts: Vec<f64> = Vec::new();
    let mut marks: Vec<_> = content.marks.iter().collect();
    marks.sort_by(|a, b| b.x.total_cmp(&a.x));
    let place = |mark: &super::figure::Mark| {
        let at = scale.at(mark.x);
        let text = glyph::fit(mark.label.trim(), size, false, width);
        let wide = glyph::width(&text, size, false);
        let left = (at - 2.0).min(from + width - wide).max(from);
        let row = starts.iter().position(|start| left + wide + 6.0 < *start).unwrap_or(starts.len());
        if row == starts.len() {
            starts.push(left.min(at));
        } else {
            starts[row] = left.min(at);
        }
        MarkLabel { text, at, left, row }
    };
    marks.into_iter().map(place).collect()
}

/// White paper.
const PAPER: Rgb = Rgb(255, 255, 255);
/// From the ticks of x to the heading of the runs at risk.
const RISKS: f64 = 17.0;

/// The room that the runs at risk take under a plot.
pub fn risk_room(contents: &[Content]) -> f64 {
    let rows = contents.iter().map(|content| content.risks.len()).max().unwrap_or(0);
    if rows == 0 { 0.0 } else { RISKS + LINE * rows as f64 }
}

/// The nearest place where a thin upright or level line looks the same everywhere.
fn crisp(at: f64) -> f64 {
    at.floor() + 0.5
}

impl Plot<'_> {
    /// Draws the panel.
    pub fn draw(&self, scene: &mut Scene) {
        self.draw_head(scene);
        self.draw_grid(scene);
        self.draw_marks(scene);
        for level in &self.content.levels {
            let y = crisp(self.y.at(level.value));
            let stroke = Stroke::solid(palette::GREY, 1.1).dashed(&[5.0, 3.5]);
            scene.line(vec![(self.x.from, y), (self.x.to, y)], stroke);
        }
        self.draw_tracks(scene);
        self.draw_axes(scene);
        if self.levels_inside {
            inside::draw(scene, self);
        }
        if self.content.points().next().is_none() {
            let (x, y) = (f64::midpoint(self.x.from, self.x.to), f64::midpoint(self.y.from, self.y.to));
            scene.words(Words::new(x, y, "no data", LABEL, Anchor::Middle, palette::GREY));
        }
    }

    /// The panel's own title.
    fn draw_head(&self, scene: &mut Scene) {
        let lines = head(self.content, self.x.to - self.x.from);
        let count = lines.len();
        for (i, line) in lines.into_iter().enumerate() {
            let y = self.head_base - LINE * (count - 1 - i) as f64;
            scene.words(Words::new(self.x.from, y, line, LABEL, Anchor::Start, palette::INK).bold());
        }
    }

    /// Level lines at the ticks of y.
    fn draw_grid(&self, scene: &mut Scene) {
        for tick in &self.y_ticks.0 {
            let y = crisp(self.y.at(*tick));
            scene.line(vec![(self.x.from, y), (self.x.to, y)], Stroke::solid(palette::GRID, 1.0));
        }
    }

    /// Upright lines with labels above.
    fn draw_marks(&self, scene: &mut Scene) {
        for mark in self.marks {
            let up = LINE * mark.row as f64 + 2.0;
            // A label pushed back from the right edge may lie in the way of a line to a higher row.
            let blocked = self.marks.iter().any(|m| m.row < mark.row && m.at > mark.at && m.left < mark.at);
            let top = self.y.to - if blocked { 2.0 } else { up };
            let stroke = Stroke::solid(palette::GREY, 1.0).dashed(&[1.5, 2.5]);
            scene.line(vec![(crisp(mark.at), self.y.from), (crisp(mark.at), top)], stroke);
            let y = self.y.to - up - 3.0;
            scene.words(Words::new(mark.left, y, &mark.text, TICK, Anchor::Start, palette::GREY));
        }
    }

    /// The axes with their ticks.
    fn draw_axes(&self, scene: &mut Scene) {
        let axis = Stroke::solid(palette::INK, 1.0);
        let corner = vec![(self.x.from, self.y.to), (self.x.from, self.y.from), (self.x.to, self.y.from)];
        scene.line(corner, axis.clone());
        for (tick, text) in &self.x_ticks {
            let x = crisp(self.x.at(*tick));
            scene.line(vec![(x, self.y.from), (x, self.y.from + 4.0)], axis.clone());
            scene.words(Words::new(x, self.y.from + 16.0, text, TICK, Anchor::Middle, palette::INK));
        }
        self.draw_gap(scene);
        self.draw_risks(scene);
        for tick in &self.y_ticks.0 {
            let y = crisp(self.y.at(*tick));
            scene.line(vec![(self.x.from - 4.0, y), (self.x.from, y)], axis.clone());
            if self.y_labels {
                let text = number::tick(*tick, self.y_ticks.1);
                scene.words(Words::new(self.x.from - 7.0, y + 4.0, text, TICK, Anchor::End, palette::INK));
            }
        }
    }

    /// Two strokes across a logarithmic axis, between nought and the values above it.
    fn draw_gap(&self, scene: &mut Scene) {
        if !(self.x.log && self.x_ticks.first().is_some_and(|tick| tick.0 == 0.0)) {
            return;
        }
        let (x, y) = (self.x.from + 0.075 * (self.x.to - self.x.from), self.y.from);
        scene.area(vec![(x - 2.0, y - 3.0), (x + 2.0, y - 3.0), (x + 2.0, y + 3.0), (x - 2.0, y + 3.0)], PAPER, 1.0);
        for shift in [-2.0, 2.0] {
            let stroke = vec![(x + shift - 2.0, y + 4.0), (x + shift + 2.0, y - 4.0)];
            scene.line(stroke, Stroke::solid(palette::INK, 1.0));
        }
    }

    /// How many runs are still followed at each tick, a row for each arm.
    fn draw_risks(&self, scene: &mut Scene) {
        if self.content.risks.is_empty() {
            return;
        }
        let mut y = self.y.from + 16.0 + RISKS;
        scene.words(Words::new(self.x.from - 6.0, y, "runs at risk", TICK, Anchor::Start, palette::GREY));
        for risk in &self.content.risks {
            y += LINE;
            for (tick, _) in self.x_ticks.iter().filter(|tick| !tick.1.is_empty()) {
                let (x, text) = (crisp(self.x.at(*tick)), risk.at(*tick).to_string());
                scene.words(Words::new(x, y, text, TICK, Anchor::Middle, risk.colour));
            }
            if !self.levels_inside {
                let from = self.x.to + 14.0;
                let label = glyph::fit(&risk.label, f64::from(TICK), false, scene.width - from - 4.0);
                scene.words(Words::new(from, y, label, TICK, Anchor::Start, risk.colour));
            }
        }
    }

    /// The curves: all bands first, then all seeds, then all main curves.
    fn draw_tracks(&self, scene: &mut Scene) {
        let many = self.content.tracks.len() > 5;
        let crowd = self.content.tracks.len() > 7;
        let dots = self.content.points().count() > 150;
        for layer in 0..3 {
            for track in &self.content.tracks {
                let shapes: Vec<&Shape> = track.shapes.iter().filter(|s| s.layer() == layer).collect();
                if shapes.is_empty() {
                    continue;
                }
                scene.open(&track.label);
                for shape in shapes {
                    match shape {
                        Shape::Band(_) if crowd => {}
                        Shape::Band(band) => {
                            let upper = band.iter().map(|b| (self.x.at(b.0), self.y.at(b.2)));
                            let lower = band.iter().rev().map(|b| (self.x.at(b.0), self.y.at(b.1)));
                            scene.area(upper.chain(lower).collect(), track.colour, if many { 0.09 } else { 0.14 });
                        }
                        Shape::Thin(line) => {
                            scene.line(self.place(line), Stroke::solid(track.colour, 0.9).faint(0.45));
                        }
                        Shape::Bold(line) => {
                            let width = if many { 1.9 } else { 2.4 };
                            scene.line(self.place(line), Stroke::solid(track.colour, width).dashed(track.dash));
                        }
                        Shape::Dot(x, y) => scene.dot(self.x.at(*x), self.y.at(*y), 3.0, track.colour),
                        Shape::Run(x, y) => {
                            let lone = self.content.keyed;
                            let colour = if lone { track.colour } else { track.colour.tint(0.6) };
                            let radius = if dots { 1.8 } else { 2.6 };
                            scene.dot(self.x.at(*x), self.y.at(*y), radius, colour);
                        }
                        Shape::Cut(x, y) => {
                            let (x, y) = (self.x.at(*x), self.y.at(*y));
                            let corners = [(x - 3.8, y + 2.6), (x, y - 4.0), (x + 3.8, y + 2.6)];
                            scene.area(corners.to_vec(), PAPER, 1.0);
                            let outline = corners.into_iter().chain(corners.into_iter().take(2)).collect();
                            scene.line(outline, Stroke::solid(track.colour, 1.2));
                        }
                        Shape::Fit(line) => {
                            scene.line(self.place(line), Stroke::solid(track.colour, 1.6));
                        }
                        Shape::Tick(x, y) => {
                            let (x, y) = (self.x.at(*x), self.y.at(*y));
                            scene.line(vec![(x, y - 4.5), (x, y + 4.5)], Stroke::solid(track.colour, 1.5));
                        }
                    }
                }
                scene.close();
            }
        }
    }

    /// A line in pixels.
    pub fn place(&self, line: &[(f64, f64)]) -> Vec<(f64, f64)> {
        line.iter().map(|p| (self.x.at(p.0), self.y.at(p.1))).collect()
    }
}

impl Shape {
    /// What is drawn under what.
    fn layer(&self) -> usize {
        match self {
            Self::Band(_) => 0,
            Self::Thin(_) | Self::Run(..) | Self::Cut(..) => 1,
            Self::Fit(_) | Self::Bold(_) | Self::Dot(..) | Self::Tick(..) => 2,
        }
    }
}
