//! Writes a picture as PNG with the face that kuva carries; nothing else knows kuva.

use super::scene::{Anchor, Op, Rgb, Scene, Words};
use super::upright::Pixels;
use kuva::RasterBackend;
use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, Scene as Canvas, TextAnchor, TextSpan};

/// The largest side of a picture in pixels.
const LARGEST_SIDE: f64 = 20_000.0;

/// The picture as PNG; `scale` is the number of image pixels to one of the scene's.
pub fn write(scene: &Scene, scale: f64) -> Vec<u8> {
    let side = scene.width.max(scene.height).max(1.0);
    let scale = if scale.is_finite() { scale.clamp(0.25, LARGEST_SIDE / side) } else { 1.0 };
    let mut canvas = Canvas::new(scene.width.max(1.0), scene.height.max(1.0));
    let mut upward = Vec::new();
    for op in &scene.ops {
        match op {
            Op::Line { points, stroke } => {
                // Kuva's strokes are opaque: a tint looks the same on white.
                let colour = paint(stroke.colour.tint(stroke.opacity));
                for points in dashes(points, &stroke.dash) {
                    canvas.add(Primitive::PolyLine {
                        points,
                        stroke: colour.clone(),
                        stroke_width: stroke.width,
                        stroke_dasharray: None,
                    });
                }
            }
            Op::Area { points, colour, opacity } => canvas.add(Primitive::Path(Box::new(PathData {
                d: outline(points),
                fill: Some(paint(*colour)),
                stroke: Color::None,
                stroke_width: 0.0,
                opacity: Some(*opacity),
                stroke_dasharray: None,
            }))),
            Op::Dot { x, y, radius, colour } => canvas.add(Primitive::Circle {
                cx: *x,
                cy: *y,
                r: *radius,
                fill: paint(*colour),
                fill_opacity: None,
                stroke: None,
                stroke_width: None,
            }),
            Op::Text(words) if words.upward => upward.push(words),
            Op::Text(words) => canvas.add(text(words)),
            Op::Open(_) | Op::Close => {}
        }
    }
    let drawn = render(&canvas, scale);
    if upward.is_empty() {
        return drawn;
    }
    turned(&drawn, &upward, scale).unwrap_or(drawn)
}

/// Kuva's PNG of a picture.
#[allow(clippy::cast_possible_truncation)]
fn render(canvas: &Canvas, scale: f64) -> Vec<u8> {
    RasterBackend::new().with_scale(scale as f32).render_scene(canvas).unwrap_or_default()
}

/// Adds words that read upwards; kuva's own rotation would blur them.
#[allow(clippy::cast_possible_truncation)]
fn turned(drawn: &[u8], upward: &[&Words], scale: f64) -> Option<Vec<u8>> {
    let mut image = Pixels::decode(drawn)?;
    for words in upward {
        let (left, _, right, bottom) = words.extent();
        let (long, size) = (bottom - words.extent().1, f64::from(words.size));
        let mut canvas = Canvas::new(long + 2.0, right - left + 4.0);
        let flat = Words { x: 0.0, y: 2.0 + size * 0.76, anchor: Anchor::Start, upward: false, ..(*words).clone() };
        canvas.add(text(&flat));
        let stamp = Pixels::decode(&render(&canvas, scale))?;
        let pixel = |v: f64| (v * scale).round() as isize;
        image.stamp_upward(&stamp, pixel(left - 2.0), pixel(bottom));
    }
    image.encode()
}

/// A line of words. Spans are drawn letter for letter; plain text would be searched for formulas.
fn text(words: &Words) -> Primitive {
    let anchor = match words.anchor {
        Anchor::Start => TextAnchor::Start,
        Anchor::Middle => TextAnchor::Middle,
        Anchor::End => TextAnchor::End,
    };
    let color = Some(paint(words.colour));
    let content: String = words.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let span = TextSpan { text: content, bold: words.bold, italic: false, underline: false, code: false, math: false };
    Primitive::RichText { x: words.x, y: words.y, spans: vec![span], size: words.size, anchor, color }
}

/// A colour in kuva's terms.
fn paint(colour: Rgb) -> Color {
    Color::Rgb(colour.0, colour.1, colour.2)
}

/// A closed path.
fn outline(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        d.push_str(&format!("{}{x:.2},{y:.2} ", if i == 0 { "M" } else { "L" }));
    }
    d + "Z"
}

/// Cuts a line into its dashes; the pattern runs on through the corners.
fn dashes(points: &[(f64, f64)], pattern: &[f64]) -> Vec<Vec<(f64, f64)>> {
    if pattern.is_empty() || pattern.iter().any(|d| *d <= 0.1) {
        return vec![points.to_vec()];
    }
    let mut pieces = Vec::new();
    let (mut at, mut left) = (0, pattern[0]);
    let mut piece: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = dx.hypot(dy);
            if length <= left {
                left -= length;
                piece.push(to);
                break;
            }
            from = (from.0 + dx * left / length, from.1 + dy * left / length);
            piece.push(from);
            if at % 2 == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            piece = vec![from];
            at = (at + 1) % (pattern.len() * 2);
            left = pattern[at % pattern.len()];
        }
    }
    if at % 2 == 0 {
        pieces.push(piece);
    }
    pieces
}
