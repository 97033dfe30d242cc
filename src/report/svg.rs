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
         font-family=\"{FACES}\">\n"
    );
    if !scene.title.trim().is_empty() {
        let _ = writeln!(out, "<title>{}</title>", escape(&scene.title));
    }
    out.push_str("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    for op in &scene.ops {
        match op {
            Op::Line { points, stroke } => line(&mut out, points, stroke),
            Op::Area { points, colour, opacity } => {
                let list: Vec<String> = points.iter().map(|p| format!("{},{}", number(p.0), number(p.1))).collect();
                let _ = writeln!(
                    out,
                    "<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>",
                    list.join(" "),
                    hex(*colour),
                    number(*opacity)
                );
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

/// A polyline with round joins.
fn line(out: &mut String, points: &[(f64, f64)], stroke: &Stroke) {
    let list: Vec<String> = points.iter().map(|p| format!("{},{}", number(p.0), number(p.1))).collect();
    let _ = write!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"",
        list.join(" "),
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
    out.push_str(" stroke-linejoin=\"round\"/>\n");
}

/// A line of words.
fn text(out: &mut String, words: &Words) {
    let anchor = match words.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let (x, y) = (number(words.x), number(words.y));
    let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" text-anchor=\"{anchor}\"", words.size);
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
