//! What one panel shows, apart from where it is drawn.

use super::axis::Range;
use super::figure::{Level, Mark};
use super::scene::Rgb;

/// One arm, as shapes in the units of the data.
#[derive(Clone, Debug)]
pub struct Track {
    pub label: String,
    pub colour: Rgb,
    pub text_colour: Rgb,
    pub dash: &'static [f64],
    pub shapes: Vec<Shape>,
    /// Where the main line ends: the place of a direct label.
    pub end: Option<(f64, f64)>,
}

/// One shape of an arm.
#[derive(Clone, Debug)]
pub enum Shape {
    /// The area between two lines: x, low, high.
    Band(Vec<(f64, f64, f64)>),
    /// One seed's curve.
    Thin(Vec<(f64, f64)>),
    /// The main curve.
    Bold(Vec<(f64, f64)>),
    /// A lone point.
    Dot(f64, f64),
    /// A short upright stroke on the curve.
    Tick(f64, f64),
    /// One run at one place.
    Run(f64, f64),
    /// A run that was cut off there: what is looked for lies above.
    Cut(f64, f64),
    /// A fitted line.
    Fit(Vec<(f64, f64)>),
}

/// A panel's contents.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub title: Option<String>,
    pub tracks: Vec<Track>,
    pub levels: Vec<Level>,
    pub marks: Vec<Mark>,
    /// Ranges of x that must be in view besides the data.
    pub xs: Vec<Range>,
    /// What y is where the panels of a figure differ in it; those that agree share their range.
    pub quantity: String,
    /// Whether x is logarithmic.
    pub log: bool,
    /// Where x has its ticks, under which words; empty for round numbers.
    pub ticks: Vec<(f64, String)>,
    /// Whether the colours need a key, since points lie anywhere and nothing ends at the right.
    pub keyed: bool,
    /// How many runs are still followed, by arm.
    pub risks: Vec<Risk>,
}

/// The times at which the runs of an arm ended or were cut off.
#[derive(Clone, Debug)]
pub struct Risk {
    pub label: String,
    pub colour: Rgb,
    pub times: Vec<f64>,
}

impl Risk {
    /// The runs still followed at a time.
    pub fn at(&self, time: f64) -> usize {
        self.times.iter().filter(|own| **own >= time).count()
    }
}

impl Shape {
    /// The points that must be in view.
    pub fn points(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Band(band) => band.iter().flat_map(|b| [(b.0, b.1), (b.0, b.2)]).collect(),
            Self::Thin(line) | Self::Bold(line) | Self::Fit(line) => line.clone(),
            Self::Dot(x, y) | Self::Tick(x, y) | Self::Run(x, y) | Self::Cut(x, y) => vec![(*x, *y)],
        }
    }
}

impl Content {
    /// All points of all arms.
    pub fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.tracks.iter().flat_map(|t| &t.shapes).flat_map(Shape::points)
    }

    /// The range of x in view.
    pub fn x_range(&self) -> Option<Range> {
        let marks = self.marks.iter().map(|m| m.x);
        let own = Range::over(self.points().map(|p| p.0).chain(marks));
        self.xs.iter().copied().chain(own).reduce(Range::join)
    }

    /// The range of y in view.
    pub fn y_range(&self) -> Option<Range> {
        Range::over(self.points().map(|p| p.1).chain(self.levels.iter().map(|l| l.value)))
    }
}
