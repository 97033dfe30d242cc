//! A picture as a list of strokes and words, apart from how it is written to a file.

use super::glyph;

/// A colour, red first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// The colour mixed with white, as it looks at this opacity on white paper.
    pub fn tint(self, opacity: f64) -> Self {
        self.mix(Self(255, 255, 255), opacity)
    }

    /// The colour mixed with black; `share` is what is left of the colour.
    pub fn shade(self, share: f64) -> Self {
        self.mix(Self(0, 0, 0), share)
    }

    /// The two colours mixed, `share` of this one.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn mix(self, other: Self, share: f64) -> Self {
        let blend = |a: u8, b: u8| (f64::from(a) * share + f64::from(b) * (1.0 - share)).round() as u8;
        Self(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2))
    }
}

/// How a line is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    pub colour: Rgb,
    pub width: f64,
    pub opacity: f64,
    /// Lengths of dash and gap in turn; empty for a whole line.
    pub dash: Vec<f64>,
}

impl Stroke {
    /// A whole, opaque line.
    pub fn solid(colour: Rgb, width: f64) -> Self {
        Self { colour, width, opacity: 1.0, dash: Vec::new() }
    }

    /// The same line, broken.
    pub fn dashed(mut self, dash: &[f64]) -> Self {
        self.dash = dash.to_vec();
        self
    }

    /// The same line, translucent.
    pub fn faint(mut self, opacity: f64) -> Self {
        self.opacity = opacity;
        self
    }
}

/// Which point of a text lies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of words; `y` is the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    pub x: f64,
    pub y: f64,
    pub text: String,
    /// In whole pixels, which is what every writer can do.
    pub size: u32,
    pub bold: bool,
    pub anchor: Anchor,
    pub colour: Rgb,
    /// Turned a quarter to the left, to be read upwards.
    pub upward: bool,
}

/// One thing drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    Line {
        points: Vec<(f64, f64)>,
        stroke: Stroke,
    },
    Area {
        points: Vec<(f64, f64)>,
        colour: Rgb,
        opacity: f64,
    },
    Dot {
        x: f64,
        y: f64,
        radius: f64,
        colour: Rgb,
    },
    Text(Words),
    /// Opens a named group, which a reader of the SVG sees as a tooltip.
    Open(String),
    Close,
}

/// A picture with its size in pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    pub title: String,
    pub width: f64,
    pub height: f64,
    pub ops: Vec<Op>,
}

impl Scene {
    /// Draws a line, unless it has fewer than two points.
    pub fn line(&mut self, points: Vec<(f64, f64)>, stroke: Stroke) {
        debug_assert!(points.iter().all(|p| p.0.is_finite() && p.1.is_finite()));
        if points.len() > 1 {
            self.ops.push(Op::Line { points, stroke });
        }
    }

    /// Fills an area, unless it has fewer than three points.
    pub fn area(&mut self, points: Vec<(f64, f64)>, colour: Rgb, opacity: f64) {
        debug_assert!(points.iter().all(|p| p.0.is_finite() && p.1.is_finite()));
        if points.len() > 2 {
            self.ops.push(Op::Area { points, colour, opacity });
        }
    }

    /// Draws a dot.
    pub fn dot(&mut self, x: f64, y: f64, radius: f64, colour: Rgb) {
        self.ops.push(Op::Dot { x, y, radius, colour });
    }

    /// Opens a group that bears a name.
    pub fn open(&mut self, name: &str) {
        self.ops.push(Op::Open(name.to_owned()));
    }

    /// Closes the group opened last.
    pub fn close(&mut self) {
        self.ops.push(Op::Close);
    }

    /// Writes a line of words, unless it is blank.
    pub fn words(&mut self, words: Words) {
        if !words.text.trim().is_empty() {
            self.ops.push(Op::Text(words));
        }
    }
}

impl Words {
    /// Upright words.
    pub fn new(x: f64, y: f64, text: impl Into<String>, size: u32, anchor: Anchor, colour: Rgb) -> Self {
        Self { x, y, text: text.into(), size, bold: false, anchor, colour, upward: false }
    }

    /// The same words in bold type.
    pub fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    /// The box the words fill: left, top, right, bottom.
    pub fn extent(&self) -> (f64, f64, f64, f64) {
        let width = glyph::width(&self.text, f64::from(self.size), self.bold);
        let (rise, fall) = (f64::from(self.size) * 0.76, f64::from(self.size) * 0.24);
        let before = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        if self.upward {
            (self.x - rise, self.y - width + before, self.x + fall, self.y + before)
        } else {
            (self.x - before, self.y - rise, self.x - before + width, self.y + fall)
        }
    }
}
