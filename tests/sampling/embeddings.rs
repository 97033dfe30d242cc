//! What a task computes with embeddings against the same arithmetic on the table itself.

use super::{draw, task_of};
use icl::data::{Embeddings, ShapesSpec};
use icl::engine::corpus::{Corpus, rows_used};
use icl::engine::itinerary::Itinerary;
use icl::engine::levels;
use icl::engine::sampler::{Rows, Sampler, Split};
use icl::program::task::{Reference, Task};
use std::sync::Arc;

const IMAGES: &str = "data images = shapes3d(values: [3, 1, 3, 1, 4, 1], width: 6, entangled: 0%)";
const SEQUENCES: usize = 5;

fn source(task: &Task) -> &ShapesSpec {
    task.sources[0].shapes().unwrap()
}

/// The embeddings of some rows.
fn table(source: &ShapesSpec, rows: &[u32]) -> Embeddings {
    let mut table = Embeddings::open(source, None).unwrap();
    table.fetch(rows, 1, &mut |_, _| {}).unwrap();
    table
}

fn whole(source: &ShapesSpec) -> Embeddings {
    table(source, &(0..source.rows() as u32).collect::<Vec<_>>())
}

fn vector(table: &Embeddings, row: f64) -> Vec<f64> {
    table.gather(row as u32).iter().map(|number| f64::from(*number)).collect()
}

fn items(lines: &str, input: &str) -> String {
    format!(
        "{IMAGES}\ntask lifted {{\n  per run {{\n    map ~ normal()[4, images.width]\n  }}\n  per sequence {{\n    \
         turned ~ normal()[images.width]\n    anchor ~ rows(images)\n    swap ~ bernoulli(50%)\n  }}\n  per example {{\n    \
         image ~ rows(images) without replacement\n{lines}\n    y = (image.attributes[0] + swap) % 3 : class(3)\n  }}\n  length: 6\n  \
         input: {input}\n  target: y\n  blind: log(3)\n  ideal: posterior\n}}"
    )
}

#[test]
fn functions_of_embeddings_are_those_of_the_table() {
    let lines = "    a = matmul(map, image.embedding)
    b = dot(turned, image.embedding)
    c = 2 * image.embedding - anchor.embedding
    d = concat(image.embedding, anchor.embedding)
    e = image.embedding[4]
    f = norm(anchor.embedding)
    g = if swap then image.embedding else turned
    h = softmax(image.embedding)
    i = [image.embedding, anchor.embedding][1][2]
    j ~ normal(image.embedding[0], 1e-4)
    all = a[0] * b * c[0] * d[0] * e * f * g[0] * h[0] * i * j";
    let task = task_of(&items(lines, "all"), "lifted()");
    let drawn = draw(&task, 7, Split::Test, &(0..SEQUENCES as u64).collect::<Vec<_>>());
    let table = whole(source(&task));
    let of = |name: &str, s, e| drawn.of(task.names[name]).at(s, e).to_vec();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for s in 0..SEQUENCES {
        for e in 0..task.length {
            let (x, anchor) = (vector(&table, of("image", s, e)[0]), vector(&table, of("anchor", s, e)[0]));
            let (map, turned) = (of("map", s, e), of("turned", s, e));
            let swap = of("swap", s, e)[0] == 1.0;
            let soft: Vec<f64> = x.iter().map(|x| x.exp()).collect();
            let total: f64 = soft.iter().sum();
            let expected = [
                ("a", map.chunks(6).map(|line| dot(line, &x)).collect()),
                ("b", vec![dot(&turned, &x)]),
                ("c", x.iter().zip(&anchor).map(|(x, a)| 2.0 * x - a).collect()),
                ("d", [x.clone(), anchor.clone()].concat()),
                ("e", vec![x[4]]),
                ("f", vec![dot(&anchor, &anchor).sqrt()]),
                ("g", if swap { x.clone() } else { turned.clone() }),
                ("h", soft.iter().map(|x| x / total).collect()),
                ("i", vec![anchor[2]]),
            ];
            for (name, theirs) in expected {
                let ours = of(name, s, e);
                assert_eq!(ours.len(), theirs.len(), "{name}");
                for (ours, theirs) in ours.iter().zip(&theirs) {
                    assert!((ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0), "{name}: {ours}, not {theirs}");
                }
            }
            assert!((of("j", s, e)[0] - x[0]).abs() < 0.001, "a draw around an embedding");
        }
    }
}

#[test]
fn embeddings_that_are_in_memory_and_those_that_are_not_are_the_same() {
    let task = task_of(&items("    x = matmul(map, image.embedding)", "x"), "lifted()");
    let some: Vec<u32> = (0..source(&task).rows() as u32).filter(|row| row % 2 == 0).collect();
    let held = Arc::new(table(source(&task), &some));
    let rows = Rows::embedded(&task, |spec| (spec == source(&task)).then(|| Arc::clone(&held)), None);
    let numbers: Vec<u64> = (0..SEQUENCES as u64).collect();
    let ours = Sampler::new(&task, &rows, 7).unwrap().sample(Split::Train, &numbers).unwrap();
    let theirs = draw(&task, 7, Split::Train, &numbers);
    assert_eq!(ours.of(task.input).data, theirs.of(task.input).data);
}

#[test]
fn the_model_reads_the_table_as_it_is_though_a_line_computes_with_it() {
    let text = super::program(
        &items("    x = image.embedding\n    far = norm(x)\n    near = far * 2", "x"),
        "lifted()",
        "cross_entropy",
    );
    let world = super::Memory([(std::path::PathBuf::from("program.icl"), text)].into());
    let mut program = super::check(&world, std::path::Path::new("program.icl"), &[]).program.unwrap();
    let arm = program.experiments.remove(0).arms.remove(0);
    let task = &arm.training.tasks[0];
    let used = rows_used(&arm.training, &arm.observation, 3).unwrap();
    let [(spec, rows)] = used.as_slice() else { panic!("one source") };
    let held = Arc::new(table(spec, rows));
    let corpus = Corpus::new(&arm.training, 3, |_| Arc::clone(&held)).unwrap();
    let step = Itinerary::new(&arm.training, 3).advance();
    let batch = corpus.training_batch(&step, 0).unwrap();
    let drawn = corpus.draw(0, Split::Train, &step[0].1).unwrap();
    let width = batch.input.dense().len() / (batch.sequences * batch.tokens);
    for (at, token) in batch.input.dense().chunks(width).step_by(2).enumerate() {
        let (sequence, position) = (at / task.length, at % task.length);
        let table = held.gather(drawn.of(task.names["image"]).label(sequence, position));
        assert_eq!(&token[..table.len()], table);
        let far = table.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        assert!((drawn.of(task.names["far"]).at(sequence, position)[0] - far).abs() < 1e-12);
    }
}

#[test]
fn predictors_look_at_embeddings() {
    let task = task_of(&items("", "image.embedding"), "lifted()");
    let sampler = Sampler::new(&task, &Rows::of(&task), 9).unwrap();
    let drawn = sampler.sample(Split::Test, &(0..40).collect::<Vec<_>>()).unwrap();
    let nearest = Reference::Predictor { name: "nearest".into(), args: vec![1.0], of: None };
    let ours = levels::of(Some(&nearest), &sampler, &drawn).unwrap().unwrap();
    let table = whole(source(&task));
    // By hand: the label of the nearest image before, a guess among three where there is none.
    let mut right = vec![0.0; task.length];
    for s in 0..40 {
        let image = |e| vector(&table, drawn.of(task.names["image"]).at(s, e)[0]);
        for (e, right) in right.iter_mut().enumerate() {
            let x = image(e);
            let distance = |other: usize| image(other).iter().zip(&x).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            let best = (0..e).min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
            let label = |e| drawn.of(task.target).label(s, e);
            *right += best.map_or(1.0 / 3.0, |best| f64::from(u8::from(label(best) == label(e)))) / 40.0;
        }
    }
    for (ours, theirs) in ours.accuracy.iter().zip(&right) {
        assert!((ours - theirs).abs() < 1e-12, "{ours}, not {theirs}");
    }
    // The images say which label they have, as the posterior over the swap knows at once.
    let best = levels::of(task.ideal.as_ref(), &sampler, &drawn).unwrap().unwrap();
    assert_eq!(best.accuracy[1..], [1.0; 5]);
    assert!(right[5] > right[0] && right[5] < 1.0, "{right:?}");
}
