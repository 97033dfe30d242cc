//! What a draw is picked from: pools, rows, labels without replacement, the start of a recurrence; and that draws of
//! different lines, copies, positions and sequences are independent. Bounds are at the level 0.001 with fixed seeds.

use super::laws::{Golden, golden};
use super::{SMALL, draw, drawing, task_of};
use icl::engine::sampler::{Rows, Sampler, Split};
use icl::program::task::Task;

const COUNT: u64 = 100_000;

fn even(golden: &Golden, counts: &[u64], what: &str) {
    golden.fits(counts, &vec![1.0 / counts.len() as f64; counts.len()], what);
}

/// A task with some lines per sequence, and one position.
fn once(lines: &str) -> Task {
    let items = format!(
        "{SMALL}\ntask once {{\n  per sequence {{\n    label ~ uniform(2)\n{lines}\n  }}\n  per example {{\n    z ~ normal()\n  }}\n  \
         length: 1\n  input: z\n  target: label\n  blind: log(2)\n  ideal: 0\n}}"
    );
    task_of(&items, "once()")
}

#[test]
fn elements_of_a_pool_are_picked_by_its_law() {
    let golden = golden();
    let task = once("    even ~ normal()[2] in pool(40)\n    falling ~ permutation(6) in pool(30, exponent: 1.5)");
    let drawn = draw(&task, 3, Split::Test, &(0..COUNT).collect::<Vec<_>>());
    let sampler = Sampler::new(&task, &Rows::of(&task), 3).unwrap();
    let weight = |rank: usize| ((rank + 1) as f64).powf(-1.5);
    let total: f64 = (0..30).map(weight).sum();
    let falling: Vec<f64> = (0..30).map(|rank| weight(rank) / total).collect();
    for (name, masses) in [("even", vec![1.0 / 40.0; 40]), ("falling", falling)] {
        let node = task.names[name];
        let pool: Vec<Vec<f64>> =
            (0..masses.len()).map(|element| sampler.pool_element(node, element as u64).unwrap()).collect();
        let mut counts = vec![0; pool.len()];
        for one in drawn.of(node).data.chunks_exact(pool[0].len()) {
            counts[pool.iter().position(|element| element == one).unwrap()] += 1;
        }
        assert_eq!(pool.iter().filter(|element| **element == pool[0]).count(), 1, "{name}: elements differ");
        golden.fits(&counts, &masses, name);
    }
}

#[test]
fn elements_of_a_pool_follow_the_law_that_they_are_drawn_from() {
    let golden = golden();
    let task = once("    die ~ uniform(6)[2] in pool(20k)");
    let sampler = Sampler::new(&task, &Rows::of(&task), 4).unwrap();
    let mut counts = [[0; 6]; 2];
    for element in 0..20_000 {
        let die = sampler.pool_element(task.names["die"], element).unwrap();
        die.iter().zip(&mut counts).for_each(|(die, counts)| counts[*die as usize] += 1);
    }
    counts.iter().for_each(|counts| even(&golden, counts, "elements"));
}

#[test]
fn rows_are_those_of_their_split_and_each_as_likely() {
    let golden = golden();
    let items = format!(
        "{SMALL}\ntask seen {{\n  per sequence {{\n    label ~ uniform(2)\n    kept ~ rows(images)\n  }}\n  per example {{\n    \
         z ~ normal()\n    any ~ rows(images)\n    other ~ rows(images) without replacement\n    \
         told = other.attributes\n  }}\n  length: 5\n  input: z\n  target: label\n  \
         blind: log(2)\n  ideal: 0\n}}"
    );
    let task = task_of(&items, "seen()");
    let rows = task.sources[0].split();
    for (split, offered) in [(Split::Train, rows.training_rows()), (Split::Test, rows.held_out_rows())] {
        let drawn = draw(&task, 5, split, &(0..20_000).collect::<Vec<_>>());
        let place = |row: f64| offered.iter().position(|known| f64::from(*known) == row).unwrap();
        for name in ["kept", "any", "other"] {
            let values = drawn.of(task.names[name]);
            // A row that is kept is the same at all positions, and those of others may tell of each other: one a sequence.
            for position in [0, 4] {
                if position > 0 && values.repeats == 1 {
                    continue;
                }
                let mut counts = vec![0; offered.len()];
                (0..20_000).for_each(|sequence| counts[place(values.at(sequence, position)[0])] += 1);
                even(&golden, &counts, &format!("{name} of {split:?} at {position}"));
            }
        }
        let (other, told) = (drawn.of(task.names["other"]), drawn.of(task.names["told"]));
        let sizes = [3, 3, 4];
        for sequence in 0..20_000 {
            let mut seen: Vec<u32> = (0..5).map(|position| other.label(sequence, position)).collect();
            // The last factor changes fastest.
            for (position, &row) in seen.iter().enumerate() {
                let mut rest = row as usize;
                for (label, size) in told.at(sequence, position).iter().zip(sizes).rev() {
                    assert_eq!(*label as usize, rest % size);
                    rest /= size;
                }
            }
            seen.sort_unstable();
            assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "a row comes twice: {seen:?}");
        }
    }
}

#[test]
fn labels_without_replacement_are_the_beginning_of_a_permutation() {
    let golden = golden();
    let items = "task distinct {\n  per sequence {\n    label ~ uniform(2)\n  }\n  per example {\n    z ~ normal()\n    \
                 x ~ uniform(4) without replacement\n  }\n  length: 3\n  input: z\n  target: label\n  blind: log(2)\n  ideal: 0\n}";
    let task = task_of(items, "distinct()");
    let drawn = draw(&task, 6, Split::Train, &(0..COUNT).collect::<Vec<_>>());
    let mut counts = std::collections::BTreeMap::new();
    for one in drawn.of(task.names["x"]).data.chunks_exact(3) {
        *counts.entry(one.iter().map(|x| *x as u8).collect::<Vec<_>>()).or_insert(0) += 1;
    }
    assert!(counts.keys().all(|seen| seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2]));
    assert_eq!(counts.len(), 24);
    even(&golden, &counts.into_values().collect::<Vec<u64>>(), "the first three of four");
}

#[test]
fn a_recurrence_starts_where_its_first_says() {
    let golden = golden();
    let items = "task walk {\n  per sequence {\n    label ~ uniform(2)\n    at ~ uniform(3)\n  }\n  per example {\n    z ~ normal()\n    \
                 drawn ~ categorical([[0, 1, 0], [0.2, 0, 0.8], [0.5, 0.5, 0]][previous(drawn)], first: categorical([0.1, 0.3, 0.6]))\n    \
                 given ~ categorical(one_hot((previous(given) + 1) % 3, 3), first: at)\n    \
                 far ~ normal(previous(far), 0.1, first: uniform(10, 11))\n    \
                 pair ~ normal(previous(pair), 1, first: [5, 6])\n  }\n  length: 6\n  input: z\n  target: label\n  \
                 blind: log(2)\n  ideal: 0\n}";
    let task = task_of(items, "walk()");
    let drawn = draw(&task, 7, Split::Test, &(0..COUNT).collect::<Vec<_>>());
    let of = |name: &str| drawn.of(task.names[name]);
    let (walk, given, at, far, pair) = (of("drawn"), of("given"), of("at"), of("far"), of("pair"));
    let table = [[0.0, 1.0, 0.0], [0.2, 0.0, 0.8], [0.5, 0.5, 0.0]];
    let (mut starts, mut steps, mut tenths) = ([0; 3], [[0; 3]; 3], [0; 10]);
    for sequence in 0..COUNT as usize {
        starts[walk.label(sequence, 0) as usize] += 1;
        tenths[((far.at(sequence, 0)[0] - 10.0) * 10.0) as usize] += 1;
        assert_eq!(pair.at(sequence, 0), [5.0, 6.0]);
        for position in 0..6 {
            assert_eq!(given.label(sequence, position), (at.label(sequence, 0) + position as u32) % 3);
        }
        for position in 1..6 {
            let (before, now) = (walk.label(sequence, position - 1), walk.label(sequence, position));
            steps[before as usize][now as usize] += 1;
            assert!((far.at(sequence, position)[0] - far.at(sequence, position - 1)[0]).abs() < 0.8);
        }
    }
    golden.fits(&starts, &[0.1, 0.3, 0.6], "starts");
    even(&golden, &tenths, "starts of a real recurrence");
    steps.iter().zip(table).for_each(|(counts, law)| golden.fits(counts, &law, "steps"));
    // Steps of a random walk are standard normal: their squares' mean is 1 within four standard errors, sqrt(2 / n).
    let steps = (0..COUNT as usize).flat_map(|s| (1..6).map(move |e| (s, e)));
    let squares: f64 = steps.map(|(s, e)| (pair.at(s, e)[1] - pair.at(s, e - 1)[1]).powi(2)).sum();
    let count = 5.0 * COUNT as f64;
    assert!((squares / count - 1.0).abs() < 4.0 * (2.0 / count).sqrt(), "{squares}");
}

/// Two numbers of a sequence and position, which should tell nothing of each other.
type Pair<'a> = (&'a str, Box<dyn Fn(usize, usize) -> (f64, f64) + 'a>);

#[test]
fn draws_are_independent_of_each_other() {
    let golden = golden();
    let task = drawing("    a ~ uniform(6)\n    b ~ uniform(6)\n    many ~ uniform(6)[3]");
    let drawn = draw(&task, 8, Split::Train, &(0..1000).collect::<Vec<_>>());
    let other = draw(&task, 9, Split::Train, &(0..1000).collect::<Vec<_>>());
    let held_out = draw(&task, 8, Split::Test, &(0..1000).collect::<Vec<_>>());
    let of = |name: &str| drawn.of(task.names[name]);
    let (a, b, many) = (of("a"), of("b"), of("many"));
    let (seed, split) = (other.of(task.names["a"]), held_out.of(task.names["a"]));
    let pairs: [Pair<'_>; 7] = [
        ("lines", Box::new(|s, e| (a.at(s, e)[0], b.at(s, e)[0]))),
        ("neighbouring positions", Box::new(|s, e| (a.at(s, e)[0], a.at(s, (e + 1) % 100)[0]))),
        ("neighbouring sequences", Box::new(|s, e| (a.at(s, e)[0], a.at((s + 1) % 1000, e)[0]))),
        ("copies", Box::new(|s, e| (many.at(s, e)[0], many.at(s, e)[2]))),
        ("a copy and the next position", Box::new(|s, e| (many.at(s, e)[2], many.at(s, (e + 1) % 100)[0]))),
        ("seeds", Box::new(|s, e| (a.at(s, e)[0], seed.at(s, e)[0]))),
        ("splits", Box::new(|s, e| (a.at(s, e)[0], split.at(s, e)[0]))),
    ];
    for (what, pair) in pairs {
        let mut counts = [0; 36];
        for sequence in 0..1000 {
            for position in 0..100 {
                let (x, y) = pair(sequence, position);
                counts[(6.0 * x + y) as usize] += 1;
            }
        }
        even(&golden, &counts, what);
    }
}
