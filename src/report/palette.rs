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

/// A darker cast of a colour, for words on white.
pub fn for_words(base: Rgb) -> Rgb {
    let light = 0.299 * f64::from(base.0) + 0.587 * f64::from(base.1) + 0.114 * f64::from(base.2);
    base.shade(if light > 140.0 {
        0.68
    } else if light > 115.0 {
        0.82
    } else {
        1.0
    })
}

/// Viridis (van der Walt and Smith 2015), perceptually uniform and readable by the colour-blind, at equal distances.
const VIRIDIS: [Rgb; 16] = [
    Rgb(68, 1, 84),
    Rgb(72, 26, 108),
    Rgb(71, 47, 125),
    Rgb(65, 68, 135),
    Rgb(57, 86, 140),
    Rgb(49, 104, 142),
    Rgb(42, 120, 142),
    Rgb(35, 136, 142),
    Rgb(31, 152, 139),
    Rgb(34, 168, 132),
    Rgb(53, 183, 121),
    Rgb(84, 197, 104),
    Rgb(122, 209, 81),
    Rgb(165, 219, 54),
    Rgb(210, 226, 27),
    Rgb(253, 231, 37),
];

/// The colour of a share of the way from the lowest to the highest value of a map.
pub fn map(share: f64) -> Rgb {
    let place = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let below = (place.floor() as usize).min(VIRIDIS.len() - 2);
    VIRIDIS[below + 1].mix(VIRIDIS[below], place - below as f64)
}

/// The colour of the `at`th of some ordered values: the dark part of the map, which lines on white can be read in.
pub fn ordered(at: usize, of: usize) -> Rgb {
    map(0.05 + 0.8 * at as f64 / (of.max(2) - 1) as f64)
}

/// The dash of the `at`th arm: arms that share a colour differ in it.
pub fn dash(at: usize) -> &'static [f64] {
    DASHES[at / COLOURS.len() % DASHES.len()]
}
