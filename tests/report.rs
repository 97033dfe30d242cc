//! Tables, sketches and figures as they come out.

#[path = "report/odd.rs"]
mod odd;

use icl::report::figure::{to_csv, to_png, to_svg};
use icl::report::table::render;
use icl::report::{
    Align, Column, Curve, Drawn, Figure, Group, Level, Look, Mark, Panel, Picture, Style, Survival, Table, figure,
    number, sketch, survival,
};

/// The table of a plateau comparison.
fn plateau() -> Table {
    let row = |cells: [&str; 7]| cells.iter().map(|c| (*c).to_owned()).collect();
    Table {
        title: "Steps to leave the plateau".to_owned(),
        columns: vec![
            Column::left("arm"),
            Column::right("escaped"),
            Column::right("median exit [95%]"),
            Column::right("restricted mean [95%]"),
            Column::right("ratio to first"),
            Column::right("p (Holm)"),
            Column::right("final progress"),
        ],
        rows: vec![
            row(["softmax", "5/5", "1,200 [900, 1,500]", "1,231 [982, 1,498]", "1", "", "0.98"]),
            row([
                "linear | long",
                "4/5",
                "2,400 [1,800, inf]",
                "2,504 [1,921, 3,120]",
                "2.03 [1.40, 2.90]",
                ".012",
                "0.93",
            ]),
            row(["no \"warm-up\"", "0/5", "not reached", "≥ 4,000", "3.25 [2.70, 4.10]", "< .001", "0.04"]),
        ],
        notes: vec![
            "Exit: the first step from which progress stays above one half. Intervals: bootstrap over seeds."
                .to_owned(),
        ],
    }
}

/// A curve that rises at `exit`.
fn rising(exit: f64, lift: f64) -> Vec<(f64, f64)> {
    (0..=40)
        .map(|i| (f64::from(i) * 100.0, if f64::from(i) * 100.0 < exit { 0.5 + lift } else { 0.9 + lift }))
        .collect()
}

/// Two arms over three seeds with levels and a mark.
fn two_arms() -> Figure {
    let run = |exit: f64, s: u8| rising(exit + 300.0 * f64::from(s), 0.01 * f64::from(s));
    let runs = |exit: f64| (0..3).map(move |s| (u64::from(s) + 5, run(exit, s)));
    Figure {
        title: "Two arms & a <title>".to_owned(),
        x_label: "training step".to_owned(),
        y_label: "accuracy".to_owned(),
        panels: vec![Panel {
            groups: vec![Group::of("first, arm", runs(1000.0)), Group::of("second \"arm\"", runs(2500.0))],
            levels: vec![
                Level { label: "blind".to_owned(), value: 0.48 },
                Level { label: "ideal".to_owned(), value: 1.0 },
            ],
            marks: vec![Mark { label: "stage 2".to_owned(), x: 2000.0 }],
            ..Panel::default()
        }],
        ..Figure::default()
    }
}

/// Panics where a document's tags do not nest or a value is not a number.
fn check_svg(svg: &str) {
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    let mut open: Vec<&str> = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        assert!(tag.matches('"').count() % 2 == 0, "{tag}");
        for part in text.split('&').skip(1).chain(tag.split('&').skip(1)) {
            let entity = part.split(';').next().unwrap_or("");
            assert!(["amp", "lt", "gt", "quot"].contains(&entity), "&{entity}");
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            assert!(!tag.contains("NaN") && !tag.contains("inf"), "{tag}");
            if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap_or(""));
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Width and height of a PNG that decodes as a whole.
fn png_size(bytes: &[u8]) -> (u32, u32) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a header");
    let mut data = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut data).expect("an image");
    assert!(data.iter().any(|b| *b < 128), "something is drawn");
    (info.width, info.height)
}

/// The records of a CSV document.
fn parse_csv(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut signs = text.chars().peekable();
    while let Some(c) = signs.next() {
        match c {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            c => cell.push(c),
        }
    }
    assert!(!quoted && cell.is_empty() && record.is_empty());
    records
}

#[test]
fn table_unicode_120() {
    let expected = r#"Steps to leave the plateau

arm            escaped   median exit [95%]  restricted mean [95%]     ratio to first  p (Holm)  final progress
──────────────────────────────────────────────────────────────────────────────────────────────────────────────
softmax            5/5  1,200 [900, 1,500]     1,231 [982, 1,498]                  1                      0.98
linear | long      4/5  2,400 [1,800, inf]   2,504 [1,921, 3,120]  2.03 [1.40, 2.90]      .012            0.93
no "warm-up"       0/5         not reached                ≥ 4,000  3.25 [2.70, 4.10]    < .001            0.04

Exit: the first step from which progress stays above one half. Intervals: bootstrap over seeds.
"#;
    assert_eq!(render(&plateau(), Style::Unicode, Some(120)), expected);
}

#[test]
fn table_unicode_80() {
    let expected = r#"Steps to leave the plateau

arm        escaped        median      restricted      ratio to       p     final
                      exit [95%]      mean [95%]         first  (Holm)  progress
────────────────────────────────────────────────────────────────────────────────
softmax        5/5         1,200           1,231             1              0.98
                    [900, 1,500]    [982, 1,498]
linear |       4/5         2,400           2,504          2.03    .012      0.93
long                [1,800, inf]  [1,921, 3,120]  [1.40, 2.90]
no             0/5   not reached         ≥ 4,000          3.25  < .001      0.04
"warm-up"                                         [2.70, 4.10]

Exit: the first step from which progress stays above one half. Intervals:
bootstrap over seeds.
"#;
    assert_eq!(render(&plateau(), Style::Unicode, Some(80)), expected);
}

#[test]
fn table_unicode_50() {
    let expected = r#"Steps to leave the plateau

arm            escaped   median exit [95%]
──────────────────────────────────────────
softmax            5/5  1,200 [900, 1,500]
linear | long      4/5  2,400 [1,800, inf]
no "warm-up"       0/5         not reached

arm                  restricted     ratio to first
                     mean [95%]
──────────────────────────────────────────────────
softmax      1,231 [982, 1,498]                  1
linear |   2,504 [1,921, 3,120]  2.03 [1.40, 2.90]
long
no                      ≥ 4,000  3.25 [2.70, 4.10]
"warm-up"

arm            p (Holm)  final progress
───────────────────────────────────────
softmax                            0.98
linear | long      .012            0.93
no "warm-up"     < .001            0.04

Exit: the first step from which progress stays
above one half. Intervals: bootstrap over seeds.
"#;
    assert_eq!(render(&plateau(), Style::Unicode, Some(50)), expected);
}

#[test]
fn table_ascii_80() {
    let expected = r#"Steps to leave the plateau

arm        escaped        median      restricted      ratio to       p     final
                      exit [95%]      mean [95%]         first  (Holm)  progress
--------------------------------------------------------------------------------
softmax        5/5         1,200           1,231             1              0.98
                    [900, 1,500]    [982, 1,498]
linear |       4/5         2,400           2,504          2.03    .012      0.93
long                [1,800, inf]  [1,921, 3,120]  [1.40, 2.90]
no             0/5   not reached        >= 4,000          3.25  < .001      0.04
"warm-up"                                         [2.70, 4.10]

Exit: the first step from which progress stays above one half. Intervals:
bootstrap over seeds.
"#;
    assert_eq!(render(&plateau(), Style::Ascii, Some(80)), expected);
}

#[test]
fn table_ascii_unbounded() {
    let expected = r#"Steps to leave the plateau

arm            escaped   median exit [95%]  restricted mean [95%]     ratio to first  p (Holm)  final progress
--------------------------------------------------------------------------------------------------------------
softmax            5/5  1,200 [900, 1,500]     1,231 [982, 1,498]                  1                      0.98
linear | long      4/5  2,400 [1,800, inf]   2,504 [1,921, 3,120]  2.03 [1.40, 2.90]      .012            0.93
no "warm-up"       0/5         not reached               >= 4,000  3.25 [2.70, 4.10]    < .001            0.04

Exit: the first step from which progress stays above one half. Intervals: bootstrap over seeds.
"#;
    assert_eq!(render(&plateau(), Style::Ascii, None), expected);
}

#[test]
fn table_markdown() {
    let expected = r#"**Steps to leave the plateau**

| arm | escaped | median exit [95%] | restricted mean [95%] | ratio to first | p (Holm) | final progress |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| softmax | 5/5 | 1,200 [900, 1,500] | 1,231 [982, 1,498] | 1 |  | 0.98 |
| linear \| long | 4/5 | 2,400 [1,800, inf] | 2,504 [1,921, 3,120] | 2.03 [1.40, 2.90] | .012 | 0.93 |
| no "warm-up" | 0/5 | not reached | ≥ 4,000 | 3.25 [2.70, 4.10] | \< .001 | 0.04 |

Exit: the first step from which progress stays above one half. Intervals: bootstrap over seeds.
"#;
    assert_eq!(render(&plateau(), Style::Markdown, Some(50)), expected);
}

#[test]
fn table_csv() {
    let expected = r#"arm,escaped,median exit [95%],restricted mean [95%],ratio to first,p (Holm),final progress
softmax,5/5,"1,200 [900, 1,500]","1,231 [982, 1,498]",1,,0.98
linear | long,4/5,"2,400 [1,800, inf]","2,504 [1,921, 3,120]","2.03 [1.40, 2.90]",.012,0.93
"no ""warm-up""",0/5,not reached,"≥ 4,000","3.25 [2.70, 4.10]",< .001,0.04
"#;
    assert_eq!(render(&plateau(), Style::Csv, Some(50)), expected);
}

#[test]
fn table_json() {
    let expected = r#"{
  "title": "Steps to leave the plateau",
  "columns": [
    "arm",
    "escaped",
    "median exit [95%]",
    "restricted mean [95%]",
    "ratio to first",
    "p (Holm)",
    "final progress"
  ],
  "rows": [
    [
      "softmax",
      "5/5",
      "1,200 [900, 1,500]",
      "1,231 [982, 1,498]",
      "1",
      "",
      "0.98"
    ],
    [
      "linear | long",
      "4/5",
      "2,400 [1,800, inf]",
      "2,504 [1,921, 3,120]",
      "2.03 [1.40, 2.90]",
      ".012",
      "0.93"
    ],
    [
      "no \"warm-up\"",
      "0/5",
      "not reached",
      "≥ 4,000",
      "3.25 [2.70, 4.10]",
      "< .001",
      "0.04"
    ]
  ],
  "notes": [
    "Exit: the first step from which progress stays above one half. Intervals: bootstrap over seeds."
  ]
}
"#;
    assert_eq!(render(&plateau(), Style::Json, None), expected);
}

#[test]
fn sketch_two() {
    let look = Look { width: 60, height: 9, colour: false, ascii: false };
    let expected = r#"Two arms & a <title>

accuracy
1.0 ┤╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ ideal
    │                ●●●●●●●●●●●●●●●●●●●▲●▲●▲●▲●▲●▲●▲●
    │                ●                 ▲
0.8 ┤               ●                 ▲
    │               ●                 ▲
    │               ●                 ▲
0.6 ┤               ●                 ▲
    │              ●                 ▲
    │●▲●▲●▲●▲●▲●▲●▲●▲▲▲▲▲▲▲▲▲▲▲▲▲▲▲▲▲▲╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ blind
    └┬─────┬─────┬─────┬─────┬─────┬─────┬─────┬─────┬
     0    500   1k   1.5k   2k   2.5k   3k   3.5k   4k
                       training step
  ● first, arm   ▲ second "arm"
"#;
    assert_eq!(sketch(&two_arms(), look), expected);
}

#[test]
fn sketch_ascii() {
    let look = Look { width: 44, height: 8, colour: false, ascii: true };
    let expected = r#"Two arms & a <title>

accuracy
1.0 +--------------------------------- ideal
    |          *************o*o*o*o*o*
    |          *            o
    |          *           o
    |          *           o
    |          *           o
    |          *           o
0.5 +*o*o*o*o*o*oooooooooooo---------- blind
    ++-------+-------+-------+-------+
     0      1k      2k      3k      4k
               training step
  * first, arm   o second "arm"
"#;
    assert_eq!(sketch(&two_arms(), look), expected);
}

#[test]
fn sketch_one() {
    let mut one = two_arms();
    one.panels[0].groups.truncate(1);
    let look = Look { width: 50, height: 8, colour: false, ascii: false };
    let expected = r"Two arms & a <title>

accuracy
1.0 ┤╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ ideal
    │            ⢠⠤⠤⠔⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒
    │            ⢸
    │            ⡇
    │            ⡇
    │            ⡇
    │           ⢸
0.5 ┤⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠚╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ blind
    └┬────┬────┬───┬────┬────┬────┬───┬────┬
     0   500  1k 1.5k  2k  2.5k  3k 3.5k  4k
                  training step
  ━ first, arm
";
    assert_eq!(sketch(&one, look), expected);
}

#[test]
fn coloured_sketch_is_the_plain_one_in_colour() {
    let mut one = two_arms();
    one.panels[0].groups.truncate(1);
    let look = |colour| Look { width: 50, height: 8, colour, ascii: false };
    let coloured = sketch(&one, look(true));
    assert!(coloured.contains("\u{1b}[38;2;0;114;178m"));
    let plain = coloured.replace("\u{1b}[38;2;0;114;178m", "").replace("\u{1b}[0m", "");
    assert_eq!(plain, sketch(&one, look(false)));
}

#[test]
fn csv_of_a_table_comes_back() {
    let mut table = plateau();
    table.rows[0][0] = "two\nlines, \"quoted\"".to_owned();
    table.rows[1].truncate(2);
    let records = parse_csv(&render(&table, Style::Csv, None));
    assert_eq!(records.len(), 4);
    assert!(records.iter().all(|r| r.len() == 7));
    assert_eq!(records[1], table.rows[0]);
    assert_eq!(records[2], ["linear | long", "4/5", "", "", "", "", ""]);
}

#[test]
fn json_of_a_table_comes_back() {
    let json: serde_json::Value = serde_json::from_str(&render(&plateau(), Style::Json, None)).expect("JSON");
    assert_eq!(json["columns"][2], "median exit [95%]");
    assert_eq!(json["rows"][2][3], "≥ 4,000");
    assert_eq!(json["title"], "Steps to leave the plateau");
}

#[test]
fn odd_tables_are_drawn() {
    assert_eq!(render(&Table::default(), Style::Unicode, Some(80)), "");
    let only = Table { columns: vec![Column { title: "a".to_owned(), align: Align::Left }], ..Table::default() };
    assert_eq!(render(&only, Style::Ascii, None), "a\n-\n");
    for style in [Style::Unicode, Style::Ascii, Style::Markdown, Style::Csv, Style::Json] {
        for width in [None, Some(0), Some(1), Some(20), Some(usize::MAX)] {
            let _ = render(&plateau(), style, width);
            let _ = render(&Table::default(), style, width);
            let _ = render(&only, style, width);
        }
    }
    for width in 34..140 {
        for line in render(&plateau(), Style::Unicode, Some(width)).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn svg_nests_and_holds_every_label() {
    let svg = to_svg(&two_arms());
    check_svg(&svg);
    let labels = ["first, arm", "second", "arm&quot;", "blind", "ideal", "stage 2", "training step", "accuracy"];
    for label in labels {
        assert!(svg.contains(&format!("{label}</text>")) || svg.contains(&format!(">{label}")), "{label}");
    }
    assert!(svg.contains("<title>Two arms &amp; a &lt;title&gt;</title>"));
    assert!(svg.contains("<g><title>second &quot;arm&quot;</title>"));
}

#[test]
fn png_has_the_size_of_the_svg() {
    let (width, height) = figure::size(&two_arms());
    for scale in [1.0, 2.0] {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let expected = ((width * scale) as u32, (height * scale) as u32);
        assert_eq!(png_size(&to_png(&two_arms(), scale)), expected);
    }
}

#[test]
fn csv_of_a_figure_comes_back() {
    let figure = two_arms();
    let records = parse_csv(&to_csv(&figure));
    assert_eq!(records[0], ["panel", "group", "seed", "x", "y"]);
    let mut rows = records[1..].iter();
    for group in &figure.panels[0].groups {
        for (run, seed) in group.runs.iter().zip(5_u64..) {
            for (x, y) in &run.points {
                let row = rows.next().expect("a row for every point");
                assert_eq!((row[0].as_str(), &row[1], row[2].parse()), ("1", &group.label, Ok(seed)));
                assert_eq!((row[3].parse(), row[4].parse()), (Ok(*x), Ok(*y)));
            }
        }
    }
    assert!(rows.next().is_none());
}
