//! Writes a picture as PDF 1.7 (ISO 32000-1) that stands alone: strokes and areas as they are, words in a face that it carries.

mod face;

use super::scene::{Anchor, Op, Rgb, Scene, Stroke, Words};
use face::{BOLD, Face, PLAIN};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Points to a pixel of the scene: a single panel is as wide as a column of a paper, 3.3 inches.
const POINTS: f64 = 0.625;

/// The objects of a document, numbered from 1.
#[derive(Default)]
struct Objects(Vec<Vec<u8>>);

impl Objects {
    fn add(&mut self, body: String) -> usize {
        self.0.push(body.into_bytes());
        self.0.len()
    }

    fn stream(&mut self, more: &str, bytes: &[u8]) -> usize {
        let mut body = format!("<< /Length {}{more} >>\nstream\n", bytes.len()).into_bytes();
        body.extend(bytes);
        body.extend(b"\nendstream");
        self.0.push(body);
        self.0.len()
    }
}

/// What the content of a page refers to.
#[derive(Default)]
struct Page {
    content: String,
    /// Glyphs used of the plain and of the bold face, with their letters.
    used: [BTreeMap<u16, char>; 2],
    /// Opacities in hundredths.
    opacities: BTreeMap<u32, f64>,
}

/// The picture as PDF.
pub fn write(scene: &Scene) -> Vec<u8> {
    let (width, height) = (scene.width * POINTS, scene.height * POINTS);
    let mut page = Page::default();
    // Pixels from the upper left corner, as the scene counts.
    let _ = writeln!(page.content, "{POINTS} 0 0 -{POINTS} 0 {} cm 1 j", number(height));
    let paper = [(0.0, 0.0), (scene.width, 0.0), (scene.width, scene.height), (0.0, scene.height)];
    page.area(&paper, Rgb(255, 255, 255), 1.0);
    for op in &scene.ops {
        match op {
            Op::Line { points, stroke } => page.line(points, stroke),
            Op::Area { points, colour, opacity } => page.area(points, *colour, *opacity),
            Op::Dot { x, y, radius, colour } => page.dot((*x, *y), *radius, *colour),
            Op::Text(words) => page.words(words),
            Op::Open(_) | Op::Close => {}
        }
    }
    let mut objects = Objects::default();
    let faces: Vec<String> = [PLAIN, BOLD]
        .iter()
        .enumerate()
        .filter(|(which, _)| !page.used[*which].is_empty())
        .map(|(which, face)| format!("/F{which} {} 0 R", font(&mut objects, face, &page.used[which])))
        .collect();
    let states = page.opacities.iter().map(|(name, opacity)| format!("/G{name} << /ca {opacity} /CA {opacity} >>"));
    let resources =
        format!("<< /Font << {} >> /ExtGState << {} >> >>", faces.join(" "), states.collect::<Vec<_>>().join(" "));
    let content = objects.stream("", page.content.as_bytes());
    let pages = objects.0.len() + 2;
    let leaf = objects.add(format!(
        "<< /Type /Page /Parent {pages} 0 R /MediaBox [0 0 {} {}] /Resources {resources} /Contents {content} 0 R >>",
        number(width),
        number(height)
    ));
    objects.add(format!("<< /Type /Pages /Kids [{leaf} 0 R] /Count 1 >>"));
    let root = objects.add(format!("<< /Type /Catalog /Pages {pages} 0 R >>"));
    let title: String = scene.title.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let info = objects.add(format!("<< /Title <FEFF{title}> /Producer (icl) >>"));
    document(&objects, root, info)
}

/// The objects with their table.
fn document(objects: &Objects, root: usize, info: usize) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (place, body) in objects.0.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend(format!("{} 0 obj\n", place + 1).into_bytes());
        out.extend(body);
        out.extend(b"\nendobj\n");
    }
    let (start, size) = (out.len(), objects.0.len() + 1);
    out.extend(format!(
        "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root {root} 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ).into_bytes());
    out
}

/// A face with the widths of its glyphs that are used and the letters that they stand for.
fn font(objects: &mut Objects, face: &Face, used: &BTreeMap<u16, char>) -> usize {
    let file = objects.stream(&format!(" /Length1 {}", face.file.len()), face.file);
    let name = face.name;
    let descriptor = objects.add(format!(
        "<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [-1069 -463 1975 1232] /ItalicAngle 0 /Ascent 928 \
         /Descent -236 /CapHeight 729 /StemV 90 /FontFile2 {file} 0 R >>"
    ));
    let widths: String = used.keys().map(|&glyph| format!("{glyph} [{}] ", number(face.advance(glyph)))).collect();
    let descendant = objects.add(format!(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) \
         /Supplement 0 >> /FontDescriptor {descriptor} 0 R /CIDToGIDMap /Identity /W [{widths}] >>"
    ));
    let mut letters = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n/CMapName /Letters def /CMapType 2 def\n\
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
    );
    let pairs: Vec<(&u16, &char)> = used.iter().collect();
    for some in pairs.chunks(100) {
        let _ = writeln!(letters, "{} beginbfchar", some.len());
        for (glyph, letter) in some {
            let units: String = letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("{unit:04X}")).collect();
            let _ = writeln!(letters, "<{glyph:04X}> <{units}>");
        }
        letters.push_str("endbfchar\n");
    }
    letters.push_str("endcmap end end\n");
    let letters = objects.stream("", letters.as_bytes());
    objects.add(format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] \
         /ToUnicode {letters} 0 R >>"
    ))
}

impl Page {
    /// The opacity of what follows.
    fn opacity(&mut self, opacity: f64) {
        let name = (opacity * 100.0).round() as u32;
        self.opacities.insert(name, f64::from(name) / 100.0);
        let _ = write!(self.content, "/G{name} gs ");
    }

    fn path(&mut self, points: &[(f64, f64)]) {
        for (place, (x, y)) in points.iter().enumerate() {
            let _ = write!(self.content, "{} {} {} ", number(*x), number(*y), if place == 0 { "m" } else { "l" });
        }
    }

    fn line(&mut self, points: &[(f64, f64)], stroke: &Stroke) {
        self.opacity(stroke.opacity);
        let dash: Vec<String> = stroke.dash.iter().map(|length| number(*length)).collect();
        let (colour, width) = (ink(stroke.colour), number(stroke.width));
        let _ = write!(self.content, "{colour} RG {width} w [{}] 0 d ", dash.join(" "));
        self.path(points);
        self.content.push_str("S\n");
    }

    fn area(&mut self, points: &[(f64, f64)], colour: Rgb, opacity: f64) {
        self.opacity(opacity);
        let _ = write!(self.content, "{} rg ", ink(colour));
        self.path(points);
        self.content.push_str("h f\n");
    }

    fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: Rgb) {
        self.opacity(1.0);
        let _ = write!(self.content, "{} rg {} {} m ", ink(colour), number(x + radius), number(y));
        // A quarter of a circle as a Bezier curve.
        let (r, k) = (radius, radius * 0.552_285);
        for [a, b, c, d, e, f] in
            [[r, k, k, r, 0.0, r], [-k, r, -r, k, -r, 0.0], [-r, -k, -k, -r, 0.0, -r], [k, -r, r, -k, r, 0.0]]
        {
            let at = [x + a, y + b, x + c, y + d, x + e, y + f].map(number);
            let _ = write!(self.content, "{} c ", at.join(" "));
        }
        self.content.push_str("h f\n");
    }

    fn words(&mut self, words: &Words) {
        self.opacity(1.0);
        let which = usize::from(words.bold);
        let (face, size) = (if words.bold { BOLD } else { PLAIN }, f64::from(words.size));
        let (mut codes, mut width) = (String::new(), 0.0);
        for letter in words.text.chars() {
            let letter = if letter.is_control() { ' ' } else { letter };
            let glyph = face.glyph(letter);
            self.used[which].entry(glyph).or_insert(letter);
            width += face.advance(glyph) / 1000.0 * size;
            let _ = write!(codes, "{glyph:04X}");
        }
        let before = match words.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        // The page is upside down, so letters are turned over.
        let matrix = if words.upward {
            format!("0 -1 -1 0 {} {}", number(words.x), number(words.y + before))
        } else {
            format!("1 0 0 -1 {} {}", number(words.x - before), number(words.y))
        };
        let colour = ink(words.colour);
        let _ = writeln!(self.content, "BT {colour} rg /F{which} {} Tf {matrix} Tm <{codes}> Tj ET", words.size);
    }
}

/// A colour as shares of red, green and blue.
fn ink(colour: Rgb) -> String {
    [colour.0, colour.1, colour.2].map(|part| number(f64::from(part) / 255.0)).join(" ")
}

/// A number with at most three decimals, never in the notation of exponents, which PDF does not know.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
