//! Rows of a data source for which a condition holds: of the whole run, and of a sequence.

use super::{Rows, Sampler, Split, draw, task_of};
use std::collections::BTreeMap;

/// 400 rows: ten floor hues, ten object hues, four shapes.
const ITEMS: &str = "data images = shapes3d(values: [10, 1, 10, 1, 4, 1], width: 16, entangled: 0%)
task chosen(points: count = 3) {
  per sequence {
    wanted ~ uniform(4)
    turn ~ uniform(10)
  }
  per example {
    image ~ rows(images, where: shape == wanted) without replacement
    other ~ rows(images, where: floor_hue == 1 and shape > 1)
    y = (image.attributes[1] + other.attributes[1] + turn) % 10
    shown = image.attributes
    fixed = other.attributes
  }
  length: points
  input: image.embedding
  target: y : class(10)
  blind: log(10)
}";

#[test]
fn rows_are_those_for_which_a_condition_holds_each_as_likely() {
    let task = task_of(ITEMS, "chosen()");
    for split in [Split::Train, Split::Test] {
        let drawn = draw(&task, 3, split, &(0..4000).collect::<Vec<_>>());
        let of = |name: &str| drawn.of(task.names[name]);
        let (mut chosen, mut others) = (BTreeMap::new(), BTreeMap::new());
        for sequence in 0..4000 {
            for position in 0..3 {
                assert_eq!(of("shown").at(sequence, position)[2], of("wanted").at(sequence, 0)[0]);
                let fixed = of("fixed").at(sequence, position);
                assert!(fixed[0] == 1.0 && fixed[2] > 1.0, "{fixed:?}");
                let row = of("image").label(sequence, position);
                assert!((0..position).all(|before| of("image").label(sequence, before) != row), "a row is drawn twice");
                *chosen.entry((of("wanted").label(sequence, 0), row)).or_insert(0u64) += 1;
                *others.entry(of("other").label(sequence, position)).or_insert(0u64) += 1;
            }
        }
        // Every row of the split that fits is drawn, about as often as the others that fit.
        let parts = task.sources[0].split();
        let offered = if split == Split::Train { parts.training_rows() } else { parts.held_out_rows() };
        let shapes = task.sources[0].shapes().unwrap();
        let fit: Vec<u32> =
            offered.iter().copied().filter(|row| shapes.factors(*row)[0] == 1 && shapes.factors(*row)[2] > 1).collect();
        assert_eq!(others.keys().copied().collect::<Vec<_>>(), fit);
        let mean = 12_000.0 / fit.len() as f64;
        // Five standard errors of a count.
        assert!(others.values().all(|count| (*count as f64 - mean).abs() < 5.0 * mean.sqrt()), "{others:?}");
        assert_eq!(chosen.len(), offered.len());
    }
}

#[test]
fn a_condition_may_ask_about_a_row_that_a_condition_chose() {
    let line = "    y = (image";
    let lines =
        "    partner ~ rows(images, where: floor_hue == image.attributes[0])\n    joined = partner.attributes\n";
    let task = task_of(&ITEMS.replace(line, &format!("{lines}{line}")), "chosen()");
    let drawn = draw(&task, 5, Split::Train, &(0..200).collect::<Vec<_>>());
    let of = |name: &str| drawn.of(task.names[name]);
    let mut hues = std::collections::BTreeSet::new();
    for (sequence, position) in (0..200).flat_map(|sequence| (0..3).map(move |position| (sequence, position))) {
        let hue = of("shown").label(sequence, position);
        assert_eq!(of("joined").label(sequence, position), hue);
        hues.insert(hue);
    }
    assert_eq!(hues.len(), 10);
}

#[test]
fn a_condition_that_leaves_too_few_rows_is_told_in_the_authors_words() {
    for (lines, said) in [
        ("image ~ rows(images, where: shape == wanted and floor_hue == wanted) without replacement", "no row left"),
        ("image ~ rows(images, where: shape + floor_hue > 20)", "no row for which its condition holds"),
        ("image ~ rows(images, where: shape == 1 and floor_hue == 1) without replacement", "rows for 40 examples"),
    ] {
        let line = "image ~ rows(images, where: shape == wanted) without replacement";
        let task = task_of(&ITEMS.replace(line, lines), "chosen(points: 40)");
        let made = Sampler::new(&task, &Rows::of(&task), 3);
        let fault = made.and_then(|sampler| sampler.sample(Split::Train, &[0, 1, 2]).map(|_| ())).unwrap_err();
        let told = fault.said(&task);
        assert!(told.contains("`image`") && told.contains(said), "{told}");
    }
}
