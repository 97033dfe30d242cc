//! Findings drawn at any width: nothing is wider than the terminal, and every underline stands under its text.

use super::programs;
use icl::check::check;
use icl::cli::render;
use icl::diagnostic::{Diagnostic, Sources, Span};
use icl::world::Memory;
use snapbox::{IntoData, assert_data_eq, str};
use std::fs;
use std::path::Path;
use unicode_width::UnicodeWidthStr;

/// A finding at the first place of some words in a text.
fn drawn(text: &str, words: &str, label: &str, width: usize) -> String {
    let mut sources = Sources::default();
    let file = sources.add("a.icl", text);
    let at = text.find(words).unwrap();
    let span = Span::new(file, at, at + words.len());
    let finding = Diagnostic::error("E0201", "this is wrong", span, label).help("write it right");
    render::findings(&[finding], &sources, false, width)
}

/// What stands above the underline, which is read from the drawing.
fn underlined(drawing: &str) -> String {
    let lines: Vec<&str> = drawing.lines().collect();
    let at = lines.iter().position(|line| line.contains('┬')).unwrap();
    let columns =
        |line: &str, until: usize| line.char_indices().map(|(at, _)| at).find(|&at| line[..at].width() >= until);
    let first = lines[at].find(['─', '┬']).unwrap();
    let from = lines[at][..first].width();
    let to = lines[at].trim_end().width();
    let above = lines[at - 1];
    let start = columns(above, from).unwrap_or(above.len());
    let end = columns(above, to).unwrap_or(above.len());
    above[start..end].to_string()
}

#[test]
fn tabs_and_wide_characters_keep_the_underline_in_place() {
    for (text, words) in [
        ("let a = bad\n", "bad"),
        ("\tlet a = \t\tbad c\n", "bad"),
        ("let a = f(\"日本語日本語\", bad)\n", "bad"),
        ("let a = f(\"日本語日本語\", 3)\n", "日本語"),
        ("let a = \"e\u{301}\u{301}\" bad\n", "bad"),
        ("let a = \"\u{1b}[31m\" bad\n", "bad"),
        ("let a = bad", "bad"),
        ("let a = bad\r\nlet b = 3\r\n", "bad"),
    ] {
        for width in [40, 100] {
            let drawing = drawn(text, words, "here", width);
            assert_eq!(underlined(&drawing), words, "{drawing}");
            assert!(!drawing.contains(['\t', '\u{1b}', '\r']), "{drawing:?}");
        }
    }
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let long = "word ".repeat(60);
    let text = format!("let before = \"{long}\"\nlet a = \"{long}\" + bad + \"{long}\"\nlet after = \"{long}\"\n");
    let broad = "日本語".repeat(40);
    let wide = format!("let a = \"{broad}\" + bad + \"{broad}\"\n");
    for width in [40, 41, 42, 43, 60, 80, 200] {
        for (text, words) in [(&text, "bad"), (&wide, "bad"), (&text, "let a"), (&text, long.as_str())] {
            let drawing = drawn(text, words, "this label has more to say than fits beside a narrow place", width);
            for line in drawing.lines() {
                assert!(line.width() <= width, "{} of {width} columns: {line}\n{drawing}", line.width());
            }
            if words == "bad" {
                assert_eq!(underlined(&drawing), "bad", "{drawing}");
            }
        }
    }
}

#[test]
fn a_long_line_is_shown_around_its_label() {
    let text = format!("let a = f({}bad, {})\n", "first + ".repeat(20), "last + ".repeat(20));
    assert_data_eq!(
        drawn(&text, "bad", "not defined", 60),
        str![[r"
E0201

  × this is wrong
   ╭─[a.icl:1:171]
 1 │ …st + first + first + first + first + bad, last + last…
   ·                                       ─┬─
   ·                                        ╰── not defined
   ╰────
  help: write it right


"]]
        .raw()
    );
}

#[test]
fn places_in_two_files_are_both_drawn_and_the_cure_comes_last() {
    let mut sources = Sources::default();
    let one = sources.add("one.icl", "use \"./two\"\n\nlet a = two.b(3)\n");
    let two = sources.add("two.icl", "pub task b(n: count) {\n  length: n\n}\n");
    let finding = Diagnostic::error("E0302", "3 is too small", Span::new(one, 27, 28), "given here")
        .also(Span::new(two, 33, 34), "needed here")
        .also(Span::new(two, 11, 12), "taken in here")
        .help("write at least 4");
    assert_data_eq!(
        render::findings(&[finding], &sources, false, 80),
        str![[r"
E0302

  × 3 is too small
   ╭─[one.icl:3:15]
 2 │ 
 3 │ let a = two.b(3)
   ·               ┬
   ·               ╰── given here
   ╰────
   ╭─[two.icl:2:11]
 1 │ pub task b(n: count) {
   ·            ┬
   ·            ╰── taken in here
 2 │   length: n
   ·           ┬
   ·           ╰── needed here
 3 │ }
   ╰────
  help: write at least 4


"]]
        .raw()
    );
}

#[test]
fn far_places_of_one_file_are_drawn_apart() {
    let text = format!("let a = 1\n{}let a = 2\n", "let b = 3\n".repeat(20));
    let mut sources = Sources::default();
    let file = sources.add("a.icl", text.as_str());
    let second = text.rfind("a = 2").unwrap();
    let finding = Diagnostic::error("E0208", "`a` is defined twice", Span::new(file, second, second + 1), "the second")
        .also(Span::new(file, 4, 5), "the first");
    assert_data_eq!(
        render::findings(&[finding], &sources, false, 80),
        str![[r"
E0208

  × `a` is defined twice
    ╭─[a.icl:22:5]
 21 │ let b = 3
 22 │ let a = 2
    ·     ┬
    ·     ╰── the second
    ╰────
   ╭─[a.icl:1:5]
 1 │ let a = 1
   ·     ┬
   ·     ╰── the first
 2 │ let b = 3
   ╰────


"]]
        .raw()
    );
}

#[test]
fn a_place_of_several_lines_is_drawn_at_its_first() {
    let text = "experiment e {\n  seeds: 3\n}\n";
    let drawing = drawn(text, text.trim_end(), "lacks `measure`", 80);
    assert_eq!(underlined(&drawing), "experiment e {", "{drawing}");
}

#[test]
fn every_slip_in_every_program_is_drawn_within_its_width() {
    for path in programs() {
        let text = fs::read_to_string(&path).unwrap();
        // A comma less, a brace less, a letter more: whatever is found must be drawn.
        for (from, to) in
            [(", ", " "), ("{", ""), (":", ""), ("total", "totl"), ("a", "å"), ("\n  ", "\n\t\t\t\t\t\t\t\t")]
        {
            let slipped = text.replacen(from, to, 3);
            let main = Path::new("main.icl");
            let checked = check(&Memory([(main.to_path_buf(), slipped)].into()), main, &[]);
            for width in [40, 77] {
                let drawing = render::findings(&checked.findings, &checked.sources, false, width);
                for line in drawing.lines() {
                    assert!(line.width() <= width, "{} columns: {line}\n{}", line.width(), path.display());
                }
            }
        }
    }
}
