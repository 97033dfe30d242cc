//! Data depend on meaning alone: not on the batch, the thread, the order, a resume; not on names, the order of lines or of
//! arguments. Instances of a task share what is drawn once a run, and roles share no stream.

use super::{SMALL, draw, task_of};
use icl::engine::sampler::{Rows, Sample, Sampler, Split};
use icl::engine::streams::{Role, named, stream};
use icl::program::task::{NodeId, Op, Scope, Task};
use std::collections::{BTreeMap, HashMap};

const SEQUENCES: u64 = 64;

/// A task with a draw of every kind.
const ALL: &str = "task all(m: count = 9) {\n  per run {\n    centre ~ normal()[3, 2]\n  }\n  per sequence {\n    \
    w ~ normal(0, 2)[3] in pool(m)\n    law ~ dirichlet(0.7, 4)\n    order ~ permutation(5)\n    \
    shown ~ bursty(6, length: 6, exponent: 1)\n    low = uniform(3)\n    high = zipf(3, 2)\n    \
    kinds ~ mixture(low: 40%, high: 60%)[2]\n  }\n  per example {\n    image ~ rows(images) without replacement\n    \
    told = image.attributes\n    state ~ categorical(softmax(centre[previous(state)] * 2), first: uniform(2))\n    \
    heavy ~ student_t(3)[3]\n    late ~ exponential(2)\n    apart ~ uniform(12) without replacement\n    \
    y = dot(w, heavy) + late + kinds[0] + kinds[1] + state + told[0] + apart + order[1] + law[0] + shown[index]\n  }\n  \
    length: 5\n  input: heavy\n  target: y\n  blind: 1\n  ideal: 0\n}";

/// What one sequence of a sample holds.
fn hash_of(task: &Task, sample: &Sample, sequence: usize) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for node in 0..task.nodes.len() {
        let values = sample.of(node);
        for position in 0..values.repeats {
            values.at(sequence, position).iter().for_each(|x| {
                hasher.update(&x.to_bits().to_le_bytes());
            });
        }
    }
    hasher.finalize()
}

/// Samples some sequences in batches, and hashes each.
fn hashes(sampler: &Sampler<'_>, split: Split, numbers: &[u64], batch: usize) -> BTreeMap<u64, blake3::Hash> {
    let mut all = BTreeMap::new();
    for numbers in numbers.chunks(batch) {
        let sample = sampler.sample(split, numbers).unwrap();
        for (place, &number) in numbers.iter().enumerate() {
            all.insert(number, hash_of(sampler.task, &sample, place));
        }
    }
    all
}

fn tasks() -> Vec<Task> {
    let standard = [
        "all()",
        "shapes.classify(maps: 12, images: images, points: 7)",
        "regression.linear_pool(functions: 5)",
        "regression.decision_tree(dim: 4, points: 6)",
        "sequences.markov(tokens: 20)",
        "sequences.automata(tokens: 40)",
        "sequences.modular_addition()",
        "sequences.associative_recall()",
        "classification.bursty_classes(classes: 12, copies: 2, relabelled: 50%, exponent: 1)",
        "fresh(classification.zipf_classes(classes: 12))",
    ];
    standard.iter().map(|task| task_of(&format!("{SMALL}\n{ALL}"), task)).collect()
}

#[test]
fn data_are_the_same_whatever_the_batch_the_threads_the_order_and_the_start() {
    let numbers: Vec<u64> = (0..SEQUENCES).collect();
    for task in tasks() {
        let rows = Rows::of(&task);
        let sampler = Sampler::new(&task, &rows, 5).unwrap();
        for split in [Split::Train, Split::Test] {
            let whole = hashes(&sampler, split, &numbers, 64);
            assert_eq!(whole.len(), 64);
            let distinct: std::collections::HashSet<_> = whole.values().collect();
            assert!(distinct.len() > 60, "{}: sequences differ", task.title);
            for batch in [1, 7] {
                assert_eq!(hashes(&sampler, split, &numbers, batch), whole, "{}: batches of {batch}", task.title);
            }
            let backwards: Vec<u64> = numbers.iter().rev().copied().collect();
            assert_eq!(hashes(&sampler, split, &backwards, 7), whole, "{}: backwards", task.title);
            let (first, second) = numbers.split_at(29);
            let halves = std::thread::scope(|scope| {
                let other = scope.spawn(|| hashes(&sampler, split, second, 7));
                let mut halves = hashes(&sampler, split, first, 7);
                halves.extend(other.join().unwrap());
                halves
            });
            assert_eq!(halves, whole, "{}: two threads", task.title);
            let resumed = Sampler::new(&task, &rows, 5).unwrap();
            let late: BTreeMap<_, _> = whole.range(40..).map(|(at, hash)| (*at, *hash)).collect();
            assert_eq!(hashes(&resumed, split, &numbers[40..], 8), late, "{}: after a resume", task.title);
            let other = Sampler::new(&task, &rows, 6).unwrap();
            assert!(hashes(&other, split, &numbers, 64) != whole, "{}: another seed", task.title);
        }
        let [train, test] = [Split::Train, Split::Test].map(|split| hashes(&sampler, split, &numbers, 64));
        let alike = train.iter().filter(|(at, hash)| test[at] == **hash).count();
        assert!(alike < 3, "{}: {alike} sequences of one number are the same in both splits", task.title);
    }
}

#[test]
fn a_seed_comes_to_the_numbers_that_it_always_came_to() {
    // Studies that were run are run again to the same figures only while no bit changes.
    let pinned = [
        ("all()", "6def37bb0952cdf5"),
        ("shapes.classify(maps: 300, images: images, points: 7)", "cb0905122e866b38"),
        ("regression.linear(dim: 20, points: 41)", "fd6cea0817053c7c"),
        ("sequences.markov(states: 3, tokens: 100)", "4d14776e2df99f4b"),
        ("sequences.markov(states: 10, tokens: 200)", "db4eaf0b5139ccbc"),
    ];
    let found = pinned.map(|(text, _)| {
        let task = task_of(&format!("{SMALL}\n{ALL}"), text);
        let mut hasher = blake3::Hasher::new();
        for split in [Split::Train, Split::Test] {
            let sample = draw(&task, 3, split, &(100..400).collect::<Vec<_>>());
            for at in 0..300 {
                hasher.update(hash_of(&task, &sample, at).as_bytes());
            }
        }
        (text, hasher.finalize().to_hex()[..16].to_owned())
    });
    assert_eq!(found.map(|(text, hash)| format!("{text} {hash}")), pinned.map(|(text, hash)| format!("{text} {hash}")));
}

#[test]
fn many_numbers_at_a_time_are_those_of_one_after_the_other() {
    let fresh = || stream(7, Role::Train, &[3, 4]);
    let alike = |many: &[u64], one: &mut dyn FnMut() -> u64| assert!(many.iter().all(|x| *x == one()));
    for count in [1, 63, 1000] {
        let (mut together, mut single) = (fresh(), fresh());
        let mut reals = vec![0.0; count];
        let bits = |reals: &[f64]| reals.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        together.fill_normal(&mut reals);
        alike(&bits(&reals), &mut || single.normal().to_bits());
        together.fill_unit(&mut reals);
        alike(&bits(&reals), &mut || single.unit().to_bits());
        for bound in [1, 6, 384_000, (1 << 31) + 1, 1 << 32] {
            let mut labels = vec![0; count];
            together.fill_below(bound, &mut labels);
            alike(&labels.iter().map(|x| u64::from(*x)).collect::<Vec<_>>(), &mut || single.below(bound));
        }
        assert_eq!(together.bits(), single.bits());
    }
}

/// What every name holds in 16 sequences, and the graph.
fn named_values(task: &Task) -> BTreeMap<&str, Vec<u64>> {
    let sample = draw(task, 8, Split::Test, &(0..16).collect::<Vec<_>>());
    let bits = |node: NodeId| -> Vec<u64> {
        let values = sample.of(node);
        let all = (0..16).flat_map(|s| (0..values.repeats).map(move |e| (s, e)));
        all.flat_map(|(s, e)| values.at(s, e).iter().map(|x| x.to_bits())).collect()
    };
    task.names.iter().map(|(name, node)| (name.as_str(), bits(*node))).collect()
}

/// Whether two writings of a task are one task, with their names in the order of `pairs`.
fn same_task(items: [&str; 2], calls: [&str; 2], pairs: &[(&str, &str)]) {
    let [ours, theirs] = [0, 1].map(|at| task_of(&format!("{SMALL}\n{}", items[at]), calls[at]));
    let (left, right) = (named_values(&ours), named_values(&theirs));
    for (name, other) in pairs {
        assert!(left.contains_key(name), "{name}");
        assert!(left[name] == right[other], "`{name}` and `{other}` differ\n{}\n{}", items[0], items[1]);
    }
    assert_eq!(left.len(), right.len());
    assert_eq!(ours.nodes, theirs.nodes, "{}\n{}", items[0], items[1]);
    assert_eq!((ours.input, ours.target), (theirs.input, theirs.target));
}

#[test]
fn names_and_the_order_of_lines_and_arguments_change_nothing() {
    let written = "task walk(dim: count = 3) {\n  per sequence {\n    w ~ normal(mean: 1, sd: 2)[dim] in pool(4, exponent: 1)\n    \
                   narrow = normal()\n    wide = normal(2, 3)\n    even = uniform(0, 1)\n    \
                   size ~ mixture(narrow: 50%, wide: 25%, even: 25%)\n    member ~ bursty(6, length: 4, exponent: 1)\n  }\n  \
                   per example {\n    x ~ normal()[dim]\n    s ~ categorical(one_hot((previous(s) + 1) % 3, 3), first: uniform(3))\n    \
                   y = dot(w, x) * size + s + member[index]\n  }\n  length: 4\n  input: x\n  target: y\n  blind: 1\n  ideal: 0\n}";
    let again = "task other(n: count = 3) {\n  ideal: 0\n  blind: 1\n  target: a\n  input: z\n  length: 4\n  per example {\n    \
                 a = dot(b, z) * q + t + r[index]\n    \
                 t ~ categorical(one_hot((previous(t) + 1) % 3, 3), first: uniform(3))\n    z ~ normal()[n]\n  }\n  per sequence {\n    \
                 r ~ bursty(length: 4, exponent: 1, classes: 6)\n    q ~ mixture(aa: 25%, zz: 50%, kk: 25%)\n    aa = uniform(0, 1)\n    \
                 kk = normal(sd: 3, mean: 2)\n    zz = normal()\n    b ~ normal(sd: 2, mean: 1)[n] in pool(exponent: 1, size: 4)\n  }\n}";
    let pairs = [("w", "b"), ("size", "q"), ("member", "r"), ("x", "z"), ("s", "t"), ("y", "a")];
    same_task([written, again], ["walk()", "other(n: 3)"], &pairs);
}

#[test]
fn lines_that_only_a_probe_asks_for_are_told_by_what_they_say() {
    // Two draws that are alike, told apart by what is made of them.
    let lines = |a: &str, b: &str, c: &str, d: &str, turned: bool| {
        let mut lines = [
            format!("    {a} ~ normal()"),
            format!("    {b} ~ normal()"),
            format!("    {c} = {a} - 2 * {b}"),
            format!("    {d} ~ mixture(p{a}: 50%, p{b}: 50%)"),
            format!("    p{a} = normal({a}, 1)"),
            format!("    p{b} = normal({c}, 2)"),
        ];
        if turned {
            lines.reverse();
        }
        format!(
            "task hidden {{\n  per sequence {{\n    w ~ normal()\n{}\n  }}\n  per example {{\n    x ~ normal()\n    y = w * x\n  }}\n  \
             length: 3\n  input: x\n  target: y\n  blind: 1\n  ideal: 0\n}}",
            lines.join("\n")
        )
    };
    let original = lines("a", "b", "c", "d", false);
    for (names, turned) in [(["b", "a", "d", "c"], false), (["z", "k", "a", "b"], true), (["c", "d", "a", "b"], true)] {
        let [a, b, c, d] = names;
        let pairs = [("w", "w"), ("x", "x"), ("y", "y"), ("a", a), ("b", b), ("c", c), ("d", d)];
        same_task([&original, &lines(a, b, c, d, turned)], ["hidden()", "hidden()"], &pairs);
    }
}

/// The values of names that are drawn once a run.
fn once<'a>(task: &'a Task, names: &[&'a str]) -> BTreeMap<&'a str, Vec<f64>> {
    let sample = draw(task, 3, Split::Train, &[0]);
    names.iter().map(|name| (*name, sample.of(task.names[*name]).data.clone())).collect()
}

fn pool(task: &Task, name: &str) -> Vec<Vec<f64>> {
    let node = task.names[name];
    let (Op::Draw { pool: Some(pool), .. } | Op::Permutations { pool: Some(pool), .. }) = &task.nodes[node].op else {
        panic!("no pool")
    };
    let sampler = Sampler::new(task, &Rows::of(task), 3).unwrap();
    (0..pool.size).map(|element| sampler.pool_element(node, element).unwrap()).collect()
}

#[test]
fn instances_with_other_arguments_share_what_is_drawn_once_a_run() {
    let of = |arguments: &str| task_of("", &format!("classification.bursty_classes(classes: 12, {arguments})"));
    let usual = of("relabelled: 0%");
    let names = ["mean", "usual"];
    let known = once(&usual, &names);
    assert_eq!(known["mean"].len(), 12 * 63);
    for other in ["relabelled: 100%", "query: outside", "items: 4, noise: 0.5, exponent: 1, copies: 2, query: outside"]
    {
        assert_eq!(once(&of(other), &names), known, "{other}");
    }
    let addition = |held_out: bool| task_of("", &format!("sequences.modular_addition(held_out: {held_out})"));
    assert_eq!(once(&addition(false), &["partner"]), once(&addition(true), &["partner"]));
    let lines = |arguments: &str| pool(&task_of("", &format!("regression.linear_pool({arguments})")), "w");
    let (few, many) = (lines("functions: 16"), lines("functions: 1024, noise: 2, points: 3"));
    assert_eq!((few.len(), many.len()), (16, 1024));
    assert_eq!(few[..], many[..16], "a pool is the beginning of a larger one");
    assert!((0..1024).all(|at| many[at] != many[(at + 1) % 1024]));
    let maps = |count: usize| {
        pool(&task_of(SMALL, &format!("shapes.classify(maps: {count}, images: images, points: 5)")), "map")
    };
    assert_eq!(maps(3)[..], maps(20)[..3]);
}

#[test]
fn a_fresh_task_changes_what_is_drawn_once_a_run_alone() {
    let items = format!("{SMALL}\n{ALL}");
    for (call, pooled) in [("all()", Some("w")), ("classification.bursty_classes(classes: 12, relabelled: 50%)", None)]
    {
        let [usual, fresh] = [call.to_string(), format!("fresh({call})")].map(|call| task_of(&items, &call));
        assert_eq!(usual.nodes, fresh.nodes);
        let numbers: Vec<u64> = (0..SEQUENCES).collect();
        let [ours, theirs] = [&usual, &fresh].map(|task| draw(task, 3, Split::Test, &numbers));
        // A draw whose law depends on what is drawn once a run may change with it.
        let mut follows = vec![false; usual.nodes.len()];
        let mut compared = (0, 0);
        for _ in 0..usual.nodes.len() {
            for (id, node) in usual.nodes.iter().enumerate() {
                let back = if let Op::Previous { of } = node.op { Some(of) } else { None };
                let needs = node.op.needs().into_iter().chain(back).any(|need| follows[need]);
                let pool = matches!(node.op, Op::Draw { pool: Some(_), .. });
                follows[id] |= needs || pool || node.op.is_draw() && node.scope == Scope::Run;
            }
        }
        for (id, node) in usual.nodes.iter().enumerate().filter(|(_, node)| node.op.is_draw()) {
            let same = ours.of(id).data == theirs.of(id).data;
            if follows[id] && (node.scope == Scope::Run || matches!(node.op, Op::Draw { pool: Some(_), .. })) {
                assert!(!same, "{call}: node {id} should be drawn anew");
                compared.0 += 1;
            } else if !follows[id] {
                assert!(same, "{call}: node {id} should be the same");
                compared.1 += 1;
            }
        }
        assert!(compared.0 > 0 && compared.1 > 2, "{compared:?}");
        // The same element of the pool is picked, and is another one.
        let Some(name) = pooled else { continue };
        let (old, new) = (pool(&usual, name), pool(&fresh, name));
        assert!(old.iter().all(|element| !new.contains(element)));
        for sequence in 0..64 {
            let place = |pool: &[Vec<f64>], sample: &Sample| {
                pool.iter().position(|element| element == sample.of(usual.names[name]).at(sequence, 0)).unwrap()
            };
            assert_eq!(place(&old, &ours), place(&new, &theirs));
        }
    }
}

#[test]
fn streams_of_different_roles_never_coincide() {
    const ROLES: [Role; 7] = [Role::Init, Role::Run, Role::Fresh, Role::Train, Role::Test, Role::Order, Role::Probe];
    let mut seen: HashMap<u64, (Role, u64, Vec<u64>)> = HashMap::new();
    let mut outputs = 0;
    for role in ROLES {
        for seed in [0, 1, 7] {
            for path in (0..500).map(|at| vec![at]).chain((0..500).map(|at| vec![at / 25, at % 25])).chain([vec![]]) {
                let mut stream = stream(seed, role, &path);
                for _ in 0..4 {
                    outputs += 1;
                    // Of 64 bits each: that any two of 84,000 are alike by chance has a probability of 2e-10.
                    if let Some(known) = seen.insert(stream.bits(), (role, seed, path.clone())) {
                        panic!("{role:?} {seed} {path:?} gives a number of {known:?}");
                    }
                }
            }
        }
        let mut initial = named(0, role, "blocks.0.attention");
        assert!(seen.insert(initial.bits(), (role, 0, vec![])).is_none());
    }
    assert_eq!(outputs, 7 * 3 * 1001 * 4);
}
