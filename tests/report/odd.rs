//! Inputs that no one would draw on purpose, survival curves, and the wording of numbers.

use super::*;

/// Inputs that no one would draw on purpose.
fn degenerate() -> Vec<(&'static str, Figure)> {
    let of = |runs: Vec<Vec<Vec<(f64, f64)>>>, label: &str| Figure {
        title: label.to_owned(),
        x_label: label.to_owned(),
        y_label: label.to_owned(),
        panels: vec![Panel {
            title: Some(label.to_owned()),
            groups: runs.into_iter().map(|runs| Group::of(label, (1..).zip(runs))).collect(),
            levels: vec![Level { label: label.to_owned(), value: f64::NAN }],
            marks: vec![Mark { label: label.to_owned(), x: f64::INFINITY }],
            ..Panel::default()
        }],
        ..Figure::default()
    };
    let line = |y: f64| vec![(0.0, y), (1.0, y), (2.0, y)];
    let long = "a label that goes on and on, without end or mercy, ".repeat(8);
    let mut levels = of(vec![], "levels");
    levels.panels[0].levels = vec![Level { label: "blind".to_owned(), value: 0.5 }];
    vec![
        ("nothing", Figure::default()),
        ("empty panel", Figure { panels: vec![Panel::default(); 2], ..Figure::default() }),
        ("no groups", of(vec![], "none")),
        ("levels only", levels),
        ("no runs", of(vec![vec![], vec![vec![]]], "empty")),
        ("one point", of(vec![vec![vec![(3.0, 0.5)]]], "one")),
        ("all NaN", of(vec![vec![line(f64::NAN), vec![(f64::NAN, 1.0)]]], "nan")),
        ("gaps", of(vec![vec![vec![(0.0, 1.0), (1.0, f64::NAN), (2.0, 1.0), (3.0, f64::INFINITY)]]], "gaps")),
        ("constant", of(vec![vec![line(0.5), line(0.5)]], "flat")),
        ("nought", of(vec![vec![line(0.0)]], "nought")),
        ("huge", of(vec![vec![line(1e308), vec![(-1e300, 1e299), (1e300, -1e300)]]], "huge")),
        ("tiny", of(vec![vec![vec![(0.0, 1e-300), (1e-12, 2e-300)]]], "tiny")),
        ("close", of(vec![vec![vec![(0.0, 1.0), (1.0, 1.0 + 1e-15)]]], "close")),
        ("no shared x", of(vec![vec![vec![(0.0, 1.0), (1.0, 2.0)], vec![(0.5, 1.0), (1.5, 2.0)]]], "apart")),
        ("twelve", of((0..12).map(|a| vec![line(f64::from(a)); 6]).collect(), "same")),
        ("long", of(vec![vec![line(1.0); 2]; 9], &long)),
        ("unbroken", of(vec![vec![line(1.0); 2]], &"x".repeat(400))),
        ("blank", of(vec![vec![line(1.0)]], "")),
        ("odd signs", of(vec![vec![line(1.0)]], "<&>\"'$x$ \u{0}\u{7} 注意 🙂")),
        (
            "fifty panels",
            Figure { panels: vec![of(vec![vec![line(1.0)]], "many").panels.remove(0); 50], ..Figure::default() },
        ),
    ]
}

#[test]
fn degenerate_figures_are_drawn_without_nan() {
    for (name, figure) in degenerate() {
        println!("{name}");
        check_svg(&to_svg(&figure));
        let (width, height) = figure::size(&figure);
        assert!(width < 2000.0 && height < 6000.0, "{name}");
        png_size_or_blank(&to_png(&figure, 1.0));
        for scale in [f64::NAN, 0.0, -1.0] {
            assert!(!to_png(&figure, scale).is_empty());
        }
        for (colour, ascii) in [(false, false), (true, false), (false, true)] {
            for width in [0, 10, 40, 200] {
                let text = sketch(&figure, Look { width, height: 8, colour, ascii });
                assert!(!text.contains("NaN") || name == "all NaN", "{name}");
                assert!(!ascii || text.is_ascii(), "{name}");
            }
        }
        let _ = parse_csv(&to_csv(&figure));
    }
}

/// A PNG that decodes, whatever it shows.
fn png_size_or_blank(bytes: &[u8]) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a header");
    let mut data = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut data).expect("an image");
}

/// A figure of one panel.
fn stays(curves: Vec<Curve>) -> Picture {
    let survival = Survival {
        title: "Still on the plateau".to_owned(),
        x_label: "training step".to_owned(),
        y_label: "share of runs".to_owned(),
        ordered: false,
        panels: vec![survival::Stays { title: None, curves }],
    };
    Picture { name: String::new(), asked: String::new(), drawn: Drawn::Survival(survival) }
}

#[test]
fn survival_steps_and_ticks() {
    let curve = |label: &str, steps: &[(f64, f64)], s: f64, times: &[f64]| Curve {
        label: label.to_owned(),
        steps: steps.to_vec(),
        censor: vec![(20.0, s)],
        times: times.to_vec(),
    };
    let left = curve("left", &[(0.0, 1.0), (10.0, 0.5)], 0.5, &[10.0, 20.0]);
    let figure = stays(vec![left, curve("stays", &[(0.0, 1.0)], 1.0, &[20.0])]);
    let svg = figure.svg();
    check_svg(&svg);
    for text in ["left", "stays", "share of runs", "runs at risk"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}");
    }
    assert_eq!(
        figure.csv(),
        "panel,group,kind,t,s,at_risk\n1,left,step,0,1,2\n1,left,step,10,0.5,2\n1,left,censor,20,0.5,1\n\
         1,stays,step,0,1,1\n1,stays,censor,20,1,1\n"
    );
    let (width, _) = png_size(&figure.png(2.0));
    assert_eq!(width, 760);
    let odd = |t: f64| curve("odd", &[(t, t)], t, &[t]);
    for t in [f64::NAN, f64::INFINITY, 0.0, -3.0, 1e308] {
        check_svg(&stays(vec![odd(t), Curve::default()]).svg());
    }
    check_svg(&stays(Vec::new()).svg());
}

#[test]
fn numbers_are_worded() {
    assert_eq!(number::steps(46_920.4), "46,920");
    assert_eq!(number::steps(-1_234_567.0), "-1,234,567");
    assert_eq!(number::steps(-0.2), "0");
    assert_eq!(number::steps(f64::NAN), "n/a");
    assert_eq!(number::count(999), "999");
    assert_eq!(number::at_least(4000.0), ">= 4,000");
    assert_eq!(number::steps_interval(Some(1200.0), 900.0, Some(1500.0)), "1,200 [900, 1,500]");
    assert_eq!(number::steps_interval(Some(1200.0), 900.0, None), "1,200 [900, inf]");
    assert_eq!(number::steps_interval(None, 900.0, None), "not reached");
    assert_eq!(number::ratio(0.61, 0.45, 0.8), "0.61 [0.45, 0.80]");
    assert_eq!(number::ratio(0.61, f64::NAN, 0.8), "0.61");
    assert_eq!(number::fixed(-0.001, 2), "0.00");
    let p = [(0.0121, ".012"), (0.0004, "< .001"), (0.9999, "1.000"), (1.0, "1.000"), (0.0, "< .001"), (2.0, "n/a")];
    for (value, expected) in p {
        assert_eq!(number::p_value(value), expected);
    }
    let times = [
        (0.02, "20 ms"),
        (0.9999, "1.0 s"),
        (3.24, "3.2 s"),
        (59.7, "1 min 00 s"),
        (192.0, "3 min 12 s"),
        (7500.0, "2 h 05 min"),
        (90_000.0, "1 d 01 h"),
        (-1.0, "n/a"),
    ];
    for (value, expected) in times {
        assert_eq!(number::duration(value), expected);
    }
    assert_eq!(number::flops(1.3e15), "1.3 PFLOP");
    assert_eq!(number::flops(999.6e12), "1.0 PFLOP");
    assert_eq!(number::flops(12.0), "12 FLOP");
    assert_eq!(number::bytes(1_500_000_000), "1.5 GB");
    assert_eq!(number::bytes(900), "900 B");
    assert_eq!(number::percent(0.934), "93 %");
    let ticks = [
        (10_000.0, 5000.0, "10k"),
        (0.25, 0.25, "0.25"),
        (0.0, 0.2, "0"),
        (2.5e6, 5e5, "2.5M"),
        (1.5e14, 5e13, "1.5e14"),
        (0.6, 0.2, "0.6"),
        (1000.0, 500.0, "1k"),
        (1e-7, 1e-7, "1e-7"),
    ];
    for (value, step, expected) in ticks {
        assert_eq!(number::tick(value, step), expected);
    }
}
