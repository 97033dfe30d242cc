//! Label maps: what a sequence of `shapes.classify` consists of, and on what it does not depend.

use super::{SMALL, arm, chi_square, classify, faults, pool_of, program, task_of};
use icl::engine::sampler::{Sample, Split};
use icl::plan::{Cell, Key};
use icl::program::Arm;
use icl::program::task::{Op, Task};
use std::collections::BTreeSet;
use std::sync::Arc;

const SEED: u64 = 4;
const SIZES: [usize; 6] = [10, 10, 10, 8, 4, 15];

/// The nodes of `shapes.classify` by their names there, or in a copy with other names.
struct Nodes {
    factor: usize,
    map: usize,
    image: usize,
    factors: usize,
    label: usize,
}

fn nodes(task: &Task, names: [&str; 5]) -> Nodes {
    let [factor, map, image, factors, label] = names.map(|name| task.names[name]);
    Nodes { factor, map, image, factors, label }
}

const NAMES: [&str; 5] = ["factor", "map", "image", "factors", "y"];

fn draw(task: &Task, split: Split, sequences: std::ops::Range<u64>) -> Sample {
    super::draw(task, SEED, split, &sequences.collect::<Vec<_>>())
}

/// The elements of a task's pool.
fn pool(task: &Task) -> Vec<Vec<u32>> {
    let Op::Permutations { sizes, .. } = &task.nodes[task.names["map"]].op else { panic!("no map") };
    assert_eq!(*sizes, SIZES);
    pool_of(task, SEED, "map")
}

fn whole(numbers: &[f64]) -> Vec<u32> {
    numbers.iter().map(|number| *number as u32).collect()
}

#[test]
fn a_sequence_is_a_factor_a_map_and_forty_images_labelled_by_both() {
    let task = classify(10);
    assert_eq!((task.length, task.tokens(), task.classes, task.token_width()), (40, 80, 15, 768));
    assert_eq!(task.tractable(), Ok(60));
    let (at, pool) = (nodes(&task, NAMES), pool(&task));
    assert_eq!((task.target, task.nodes[task.input].op.clone()), (at.label, Op::Embedding { row: at.image }));
    let source = &task.sources[0];
    let parts = source.split();
    let mut used = [BTreeSet::new(), BTreeSet::new()];
    for (split, used) in [Split::Train, Split::Test].into_iter().zip(&mut used) {
        let drawn = draw(&task, split, 0..600);
        let (mut factors, mut maps, mut held_out) = ([0u64; 6], vec![0u64; pool.len()], 0);
        for sequence in 0..600 {
            let factor = drawn.of(at.factor).label(sequence, 0) as usize;
            let map = whole(drawn.of(at.map).at(sequence, 0));
            factors[factor] += 1;
            maps[pool.iter().position(|element| *element == map).expect("a map of the pool")] += 1;
            let images: BTreeSet<u32> = (0..40).map(|example| drawn.of(at.image).label(sequence, example)).collect();
            assert_eq!(images.len(), 40, "an image occurs twice");
            for example in 0..40 {
                let image = drawn.of(at.image).label(sequence, example);
                held_out += usize::from(parts.is_held_out(image));
                let values: Vec<u32> =
                    source.shapes().unwrap().factors(image).into_iter().map(|value| value as u32).collect();
                assert_eq!(whole(drawn.of(at.factors).at(sequence, example)), values);
                let label = map[factor * 15 + values[factor] as usize];
                assert_eq!(drawn.of(at.label).label(sequence, example), label);
                assert!((label as usize) < SIZES[factor]);
            }
            used.extend(images);
        }
        assert_eq!(held_out, if split == Split::Test { 600 * 40 } else { 0 });
        // 5 and 9 degrees of freedom, 0.1%.
        assert!(chi_square(&factors) < 20.52, "{factors:?}");
        assert!(chi_square(&maps) < 27.88, "{maps:?}");
    }
    assert!(used[0].is_disjoint(&used[1]), "an image is in training and held out");
    // Images are drawn from all rows of their part, about evenly.
    for (used, rows) in used.iter().zip([384_000.0, 96_000.0]) {
        let expected = rows * (1.0 - (-24_000.0_f64 / rows).exp());
        assert!((used.len() as f64 - expected).abs() < 200.0, "{} of {expected}", used.len());
    }
}

#[test]
fn a_map_is_one_uniform_permutation_for_each_factor() {
    let pool = pool(&classify(2000));
    let mut first = [0u64; 10];
    let mut of_shape = std::collections::BTreeMap::new();
    for element in &pool {
        for (row, size) in element.chunks(15).zip(SIZES) {
            let mut sorted = row[..size].to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..size as u32).collect::<Vec<_>>());
            assert!(row[size..].iter().all(|&filling| filling == 0));
        }
        first[element[0] as usize] += 1;
        *of_shape.entry(element[4 * 15..][..4].to_vec()).or_insert(0u64) += 1;
    }
    assert!(chi_square(&first) < 27.88);
    assert_eq!(of_shape.len(), 24);
    assert!(chi_square(&of_shape.into_values().collect::<Vec<_>>()) < 49.73);
    let rows: BTreeSet<&[u32]> =
        pool.iter().flat_map(|element| [&element[..10], &element[15..25], &element[30..40]]).collect();
    // 6,000 rows out of 10! make 5 pairs of equals on average; more than 13 in one of a thousand pools.
    assert!(rows.len() >= 5987, "{} rows of 6,000", rows.len());
}

#[test]
fn pools_nest_and_do_not_depend_on_other_arguments() {
    let (one, ten, hundred) = (classify(1), classify(10), classify(100));
    assert_eq!(pool(&hundred)[..10], pool(&ten));
    assert_eq!(pool(&ten)[..1], pool(&one));
    assert_eq!(pool(&hundred).into_iter().collect::<BTreeSet<_>>().len(), 100);
    assert_ne!(pool(&one), pool_of(&one, SEED + 1, "map"), "each seed has maps of its own");
    // Fewer points are the first points, and everything else is the same.
    let short = task_of("", "shapes.classify(maps: 10, points: 7)");
    assert_eq!(pool(&short), pool(&ten));
    let (short_drawn, long_drawn) = (draw(&short, Split::Train, 0..50), draw(&ten, Split::Train, 0..50));
    for node in 0..short.nodes.len() {
        let (short_values, long_values) = (short_drawn.of(node), long_drawn.of(node));
        for sequence in 0..50 {
            for example in 0..7 {
                assert_eq!(short_values.at(sequence, example), long_values.at(sequence, example), "node {node}");
            }
        }
    }
    // One map is the same in every sequence, in training and held out.
    for split in [Split::Train, Split::Test] {
        let drawn = draw(&one, split, 0..50);
        assert!((0..50).all(|sequence| whole(drawn.of(one.names["map"]).at(sequence, 0)) == pool(&one)[0]));
    }
    let held_out = draw(&ten, Split::Test, 0..50);
    assert_ne!(held_out.of(ten.names["factor"]), long_drawn.of(ten.names["factor"]));
}

#[test]
fn sequences_do_not_depend_on_batching() {
    let task = task_of(SMALL, "shapes.classify(maps: 10, images: images, points: 8)");
    for split in [Split::Train, Split::Test] {
        let together = draw(&task, split, 0..50);
        for size in [1, 7] {
            for from in (0..50).step_by(size) {
                let until = (from + size).min(50);
                let part = draw(&task, split, from as u64..until as u64);
                for node in 0..task.nodes.len() {
                    let (part, whole) = (part.of(node), together.of(node));
                    let each = whole.data.len() / 50;
                    assert_eq!(part.data, whole.data[from * each..until * each], "node {node}");
                }
            }
        }
        let backwards: Vec<u64> = (0..50).rev().collect();
        let backwards = super::draw(&task, SEED, split, &backwards);
        for node in 0..task.nodes.len() {
            assert!((0..50).all(|at| backwards.of(node).at(at, 3) == together.of(node).at(49 - at, 3)), "node {node}");
        }
    }
}

/// `shapes.classify` under other names, its lines in another order.
const COPY: &str = "task copy(many: count, pictures: data = shapes3d(), n: count = 40) {
  ideal: posterior
  per example {
    b = rule[z][a[z]]
    a = picture.attributes
    picture ~ rows(pictures) without replacement
  }
  target: b : class(max(pictures.sizes))
  blind: levels(accuracy: mean(1 / pictures.sizes), loss: mean(log(pictures.sizes)))
  per sequence {
    rule ~ permutations(pictures.sizes) in pool(many)
    z ~ uniform(pictures.attributes)
  }
  input: picture.embedding
  length: n
}";

#[test]
fn neither_names_nor_the_order_of_lines_reach_the_numbers() {
    let (task, copy) = (classify(10), task_of(COPY, "copy(many: 10)"));
    let (ours, theirs) = (nodes(&task, NAMES), nodes(&copy, ["z", "rule", "picture", "a", "b"]));
    assert_eq!((ours.factor, ours.map, ours.image), (theirs.factor, theirs.map, theirs.image));
    for split in [Split::Train, Split::Test] {
        let (ours, theirs) = (draw(&task, split, 0..40), draw(&copy, split, 0..40));
        (0..task.nodes.len()).for_each(|node| assert_eq!(ours.of(node), theirs.of(node), "node {node}"));
    }
    let items = |definition: &str, task: &str, factors: &str| {
        format!(
            "{SMALL}\n{definition}\nlet hard = {task}\nmetric right = accuracy(hard) at last\n\
             probe weights {{\n  of: hard\n  read: residual(after: 1) at input\n  context: none\n  \
             predict: {factors}\n  fit: linear(epochs: 1, lr: 1e-2)\n}}\n\
             loss boosted = icl + 0.1 * readout(weights, context: full, at: output)"
        )
    };
    let lines = "  data: 100 sequences\n  loss: boosted\n  curriculum: curricula.only(hard, 2 epochs)";
    let key = |items: &str| {
        let arm = arm(&program(items, lines, ", right, weights"));
        key_of(3, arm)
    };
    let original = key(&items("", "shapes.classify(maps: 10, images: images, points: 8)", "factors"));
    assert_eq!(
        original,
        key(&items(COPY, "copy(10, images, n: 8)", "a")),
        "a copy under other names is the same study"
    );
    assert_ne!(original, key(&items("", "shapes.classify(maps: 11, images: images, points: 8)", "factors")));
    assert_ne!(original, key(&items("", "shapes.classify(maps: 10, images: images, points: 9)", "factors")));
}

fn key_of(seed: u64, arm: Arm) -> Key {
    Cell::new((0, "arm"), seed, &Arc::new(arm.training), &Arc::new(arm.observation), (None, None)).key
}

#[test]
fn one_task_said_in_two_ways_is_one_task() {
    let key = |items: &str| {
        let items = format!("let hard = shapes.classify(maps: 3)\n{items}");
        let lines = "  data: fresh\n  curriculum: curricula.only(hard, 20 steps)";
        let arm = arm(&program(&items, lines, ", right"));
        assert_eq!(arm.training.tasks.len(), 1);
        key_of(1, arm)
    };
    let again = "metric right = accuracy(shapes.classify(1 + 2, points: 40)) at last";
    assert_eq!(key("metric right = accuracy(hard) at last"), key(again));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let with = |task: &str, line: &str, changed: &str| {
        assert!(task.contains(line));
        let items = format!("{SMALL}\n{}\nlet hard = copy(2, images, n: 8)", task.replace(line, changed));
        let metric = "metric right = accuracy(hard) at last";
        faults(&program(
            &format!("{items}\n{metric}"),
            "  data: fresh\n  curriculum: curricula.only(hard, 5 steps)\n  plateau { of: right }",
            ", right",
        ))
    };
    assert_eq!(with(COPY, "length: n", "length: n"), Vec::<String>::new());
    let refused = |line: &str, changed: &str, id: &str| {
        let faults = with(COPY, line, changed);
        assert!(faults.iter().any(|fault| fault.starts_with(id)), "{changed}: {faults:?}");
    };
    refused("rule[z][a[z]]", "rule[0 - 1][a[z]]", "E0310");
    refused("rule[z][a[z]]", "rule[3][a[z]]", "E0310");
    refused("rule[z][a[z]]", "a[z][rule[z]]", "E0310");
    refused("length: n", "length: 20", "E0311");
    // The exact posterior would have to know a draw of each example that the model does not see.
    let inner = COPY.replace("    z ~ uniform(pictures.attributes)\n", "");
    let inner = with(&inner, "    a = picture", "    z ~ uniform(pictures.attributes)\n    a = picture");
    assert!(inner.iter().any(|fault| fault.starts_with("E0313")), "{inner:?}");
}

#[test]
fn places_before_the_first_are_refused() {
    let with = |points: &str, place: &str| {
        let items = format!(
            "{SMALL}\nlet hard = shapes.classify(maps: 3, images: images, points: {points})\n\
             let place = {place}\nmetric right = accuracy(hard) at place"
        );
        faults(&program(&items, "  data: fresh\n  curriculum: curricula.only(hard, 5 steps)", ", right"))
    };
    assert_eq!(with("[4, 5][1]", "5 - 1"), Vec::<String>::new());
    for (points, place) in [("[4, 5][0 - 1]", "last"), ("[4, 5][2]", "last"), ("4", "0 - 1"), ("4", "4")] {
        let faults = with(points, place);
        assert!(faults.iter().any(|fault| fault.starts_with("E0302")), "{points} {place}: {faults:?}");
    }
}
