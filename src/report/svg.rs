//! Writes a picture as SVG that stands alone.

use super::scene::{Anchor, Op, Rgb, Scene, Stroke, Words};
use std::fmt::Write as _;

/// Faces in the order they are tried; the first is the one that widths are measured in.
const FACES: &str = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif";

/// The picture as an SVG document.
pub fn write(scene: &Scene) -> String {
    let (w, h) = (number(scene.width), number(scene.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"{FACES}\" stroke-linejoin=\"round\">\n"
    );
    if !scene.title.trim().is_empty() {
        let _ = writeln!(out, "<title>{}</title>", escape(&scene.title));
    }
    out.push_str("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    for op in &scene.ops {
        match op {
            Op::Line { points, stroke } => line(&mut out, points, stroke),
            Op::Area { points, colour, opacity } => {
                let _ = write!(out, "<path d=\"{}z\" fill=\"{}\"", path(points), hex(*colour));
                if *opacity < 1.0 {
                    let _ = write!(out, " fill-opacity=\"{}\"", number(*opacity));
                }
                out.push_str("/>\n");
            }
            Op::Dot { x, y, radius, colour } => {
                let _ = writeln!(
                    out,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>",
                    number(*x),
                    number(*y),
                    number(*radius),
                    hex(*colour)
                );
            }
            Op::Text(words) => text(&mut out, words),
            Op::Open(name) if name.trim().is_empty() => out.push_str("<g>\n"),
            Op::Open(name) => {
                let _ = writeln!(out, "<g><title>{}</title>", escape(name));
            }
            Op::Close => out.push_str("</g>\n"),
        }
    }
    out.push_str("</svg>\n");
    out
}

/// A line with round joins.
fn line(out: &mut String, points: &[(f64, f64)], stroke: &Stroke) {
    let _ = write!(
        out,
        "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"",
        path(points),
        hex(stroke.colour),
        number(stroke.width)
    );
    if stroke.opacity < 1.0 {
        let _ = write!(out, " stroke-opacity=\"{}\"", number(stroke.opacity));
    }
    if !stroke.dash.is_empty() {
        let dash: Vec<String> = stroke.dash.iter().map(|d| number(*d)).collect();
        let _ = write!(out, " stroke-dasharray=\"{}\"", dash.join(" "));
    }
    out.push_str("/>\n");
}

/// A path through points, each told by how far it lies from the one before, in tenths of a pixel: a fifth of a dot of a
/// printed column, and half the bytes of places.
fn path(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    let mut last = (0, 0);
    for (place, (x, y)) in points.iter().enumerate() {
        let at = ((x * 10.0).round() as i64, (y * 10.0).round() as i64);
        match place {
            0 => out.push('M'),
            1 => out.push('l'),
            _ => {}
        }
        tenths(&mut out, at.0 - last.0);
        tenths(&mut out, at.1 - last.1);
        last = at;
    }
    out
}

/// A number of tenths, set apart from what stands before it: by its sign, or by the second point of what would be one number.
fn tenths(out: &mut String, value: i64) {
    let (whole, part) = (value.abs() / 10, value.abs() % 10);
    let last = out.rfind(|c: char| !c.is_ascii_digit());
    let ended = whole == 0 && part > 0 && last.is_some_and(|at| out[at..].starts_with('.'));
    if value < 0 {
        out.push('-');
    } else if !ended && out.ends_with(|last: char| last.is_ascii_digit()) {
        out.push(' ');
    }
    if whole > 0 || part == 0 {
        let _ = write!(out, "{whole}");
    }
    if part > 0 {
        let _ = write!(out, ".{part}");
    }
}

/// A line of words.
fn text(out: &mut String, words: &Words) {
    let anchor = match words.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let (x, y) = (number(words.x), number(words.y));
    let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"{anchor}", words.size);
    if words.bold {
        out.push_str(" font-weight=\"bold\"");
    }
    if words.upward {
        let _ = write!(out, " transform=\"rotate(-90 {x} {y})\"");
    }
    let _ = writeln!(out, " fill=\"{}\">{}</text>", hex(words.colour), escape(&words.text));
}

/// A length with at most two decimals.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// `#rrggbb`.
fn hex(colour: Rgb) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2)
}

/// Text for XML; characters that XML forbids become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
