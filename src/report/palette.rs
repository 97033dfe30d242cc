//! Colours and dashes that tell arms apart, also for the colour-blind and in grey.

use super::scene::Rgb;

/// Okabe and Ito's colours; the yellow is left out, as it cannot be read on white.
const COLOURS: [Rgb; 7] = [
    Rgb(0, 114, 178),
    Rgb(213, 94, 0),
    Rgb(0, 158, 115),
    Rgb(204, 121, 167),
    Rgb(230, 159, 0),
    Rgb(86, 180, 233),
    Rgb(60, 60, 60),
];

/// Dashes of the first round of colours, the second, and so on.
const DASHES: [&[f64]; 4] = [&[], &[7.0, 3.0], &[2.0, 2.5], &[8.0, 3.0, 2.0, 3.0]];

/// The ink of axes and their labels.
pub const INK: Rgb = Rgb(38, 38, 38);
/// The ink of lesser things: ticks, references.
pub const GREY: Rgb = Rgb(105, 105, 105);
/// The ink of the grid.
pub const GRID: Rgb = Rgb(232, 232, 232);

/// The line colour of the `at`th arm.
pub fn colour(at: usize) -> Rgb {
    COLOURS[at % COLOURS.len()]
}

/// A darker cast of an arm's colour, for words on white.
pub fn text_colour(at: usize) -> Rgb {
    let base = colour(at);
    let light = 0.299 * f64::from(base.0) + 0.587 * f64::from(base.1) + 0.114 * f64::from(base.2);
    base.shade(if light > 140.0 {
        0.68
    } else if light > 115.0 {
        0.82
    } else {
        1.0
    })
}

/// The dash of the `at`th arm: arms that share a colour differ in it.
pub fn dash(at: usize) -> &'static [f64] {
    DASHES[at / COLOURS.len() % DASHES.len()]
}
