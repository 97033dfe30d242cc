//! Every node of every task that the programs and the standard library have, and of tasks with every law and function.

use super::{NUMBERS, SEEDS, Trial, arms_of, task_of};
use icl::data::{Embeddings, Source};
use icl::engine::drawn::Drawing;
use icl::engine::sampler::{Rows, Sampler, Split};
use icl::program::task::{Op, Task};

const SMALL: &str = "data images = shapes3d(values: [3, 1, 3, 1, 4, 1], width: 8, entangled: 0%)\n\
                     data words = table(\"words.tsv\", key: \"word\")";

/// Embeddings that cost nothing to compute: which they are changes no draw.
pub fn cheap(task: &mut Task) {
    for source in &mut task.sources {
        if let Source::Shapes(spec) = source {
            spec.entangled = 0.0;
        }
    }
    task.growth.iter_mut().for_each(|grown| cheap(&mut grown.task));
}

/// The embeddings that a task computes with, those of all rows.
fn table(task: &Task, drawing: &Drawing) -> Option<Embeddings> {
    let spec = task.sources[drawing.source()?].shapes()?;
    let mut table = Embeddings::open(spec, None).unwrap();
    table.fetch(&(0..spec.rows() as u32).collect::<Vec<_>>(), 1, &mut |_, _| {}).unwrap();
    Some(table)
}

/// Holds every node of a task that a card draws against the sampler's; gives how many numbers were compared.
fn compare(task: &Task, split: Split, seeds: &[u64], numbers: &[u64]) -> usize {
    let rows = Rows::of(task);
    let samplers: Vec<Sampler<'_>> = seeds
        .iter()
        .map(|&seed| Sampler::new(task, &rows, seed).unwrap_or_else(|fault| panic!("{}", fault.said(task))))
        .collect();
    let all: Vec<usize> = (0..task.nodes.len()).collect();
    let drawing = Drawing::of(&samplers[0], split, &all).unwrap_or_else(|fault| panic!("{}", fault.said(task)));
    for sampler in &samplers {
        let other = Drawing::of(sampler, split, &all).unwrap();
        assert!(other.code() == drawing.code() && other.shared() == drawing.shared(), "{}: lists differ", task.title);
    }
    let mut trial = Trial::new();
    let sequences: Vec<Vec<u64>> = vec![numbers.to_vec(); seeds.len()];
    let table = table(task, &drawing);
    let places = trial.draw(&drawing, &samplers.iter().collect::<Vec<_>>(), &sequences, table.as_ref());
    let (own, drawn) = (trial.get(places.own, seeds.len()), trial.get(places.drawn, seeds.len()));
    let faults = trial.get(places.faults, seeds.len());
    let mut compared = 0;
    for (model, sampler) in samplers.iter().enumerate() {
        let sample = sampler.sample(split, numbers).unwrap_or_else(|fault| panic!("{}", fault.said(task)));
        assert_eq!(
            faults[model][0],
            0,
            "{}: a fault of {:?}",
            task.title,
            task.nodes[faults[model][0].max(1) as usize - 1]
        );
        for node in 0..task.nodes.len() {
            let values = sample.of(node);
            for (sequence, number) in numbers.iter().enumerate() {
                for position in 0..values.repeats {
                    let Some(found) = drawing.value((&own[model], &drawn[model]), node, sequence, position) else {
                        let asks =
                            task.behind(node, None).iter().any(|&id| matches!(task.nodes[id].op, Op::Candidate { .. }));
                        assert!(asks, "{}: {:?} is not drawn", task.title, task.nodes[node]);
                        continue;
                    };
                    let expected = values.at(sequence, position);
                    assert_eq!(found.len(), expected.len(), "{}: {:?}", task.title, task.nodes[node]);
                    let whole = !task.nodes[node].labels.is_empty() || matches!(task.nodes[node].op, Op::Rows { .. });
                    for (found, expected) in found.iter().zip(expected) {
                        let near = (found - expected).abs() <= 1e-6 * (1.0 + expected.abs());
                        let same = found == expected || found.is_nan() && expected.is_nan();
                        assert!(
                            same || near && !whole,
                            "{} under {}, sequence {number}, position {position}, {:?}: {found}, not {expected}",
                            task.title,
                            seeds[model],
                            task.nodes[node]
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    compared
}

/// Both splits under all seeds.
fn compare_all(task: &Task) {
    let compared = [Split::Train, Split::Test].map(|split| compare(task, split, SEEDS, NUMBERS));
    assert!(compared.iter().all(|count| *count > 0), "{}", task.title);
}

#[test]
fn tasks_of_the_programs_are_drawn_as_the_sampler_draws_them() {
    let programs = ["warmup", "difficulty", "regression", "growing", "induction", "markov", "tiny", "words"];
    let paths = programs.map(|name| format!("tests/programs/{name}.icl"));
    let studies = ["quickstart", "linear", "induction", "difficulty", "trajectory"];
    let mut done: Vec<Task> = Vec::new();
    for path in paths.into_iter().chain(studies.map(|name| format!("experiments/{name}.icl"))) {
        for task in arms_of(&path).into_iter().flat_map(|arm| arm.training.tasks) {
            for instance in task.instances() {
                let mut instance = instance.clone();
                cheap(&mut instance);
                if !done.contains(&instance) {
                    compare(&instance, Split::Train, &SEEDS[1..3], NUMBERS);
                    done.push(instance);
                }
            }
        }
    }
    assert!(done.len() >= 12, "{}", done.len());
}

#[test]
fn standard_tasks_are_drawn_as_the_sampler_draws_them() {
    let tasks = [
        "shapes.classify(maps: 12, images: images, points: 7)",
        "fresh(shapes.classify(maps: 1, images: images, points: 7))",
        "regression.linear(dim: 4, active: 3, points: 5, noise: 0.5, scale: 2, shift: 1)",
        "regression.sparse_linear(dim: 6, nonzero: 2, points: 3)",
        "regression.quadratic(dim: 3, points: 4)",
        "regression.relu_network(dim: 3, hidden: 4, points: 4)",
        "regression.decision_tree(dim: 4, points: 6)",
        "regression.logistic(dim: 3, points: 4)",
        "regression.linear_pool(functions: 5)",
        "sequences.markov(tokens: 20)",
        "sequences.trigrams(states: 3, tokens: 30)",
        "sequences.automata(tokens: 40)",
        "sequences.copy(symbols: 9, span: 6)",
        "sequences.associative_recall()",
        "sequences.parity(bits: 6, points: 8)",
        "sequences.sparse_parity(bits: 6, points: 8)",
        "sequences.modular_addition(modulus: 11, seen: 4)",
        "sequences.modular_addition(modulus: 11, seen: 4, held_out: true)",
        "sequences.moving_window_sum(numbers: 5, modulus: 7)",
        "classification.bursty_classes(classes: 12, copies: 2, relabelled: 50%, exponent: 1)",
        "classification.bursty_classes(classes: 7, copies: 1, items: 4, query: outside, relabelled: 50%)",
        "classification.two_way(classes: 6, width: 3)",
        "fresh(classification.zipf_classes(classes: 12))",
        "classification.projected_labels(maps: 5, images: images, width: 8, points: 10)",
        "text.word_attributes(words: words, maps: 9, shots: 6)",
        "text.pairs(words: words, shots: 6)",
    ];
    tasks.iter().for_each(|expression| compare_all(&task_of(SMALL, expression)));
}

#[test]
fn every_law_and_recurrence_is_drawn_as_the_sampler_draws_it() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../oracle/laws.json")).unwrap();
    let (mut sequence, mut example) = (String::new(), String::new());
    for (at, law) in golden["laws"].as_array().unwrap().iter().enumerate() {
        let draw = law["draw"].as_str().unwrap();
        let lines = if draw.starts_with("bursty") { &mut sequence } else { &mut example };
        for before in law["before"].as_array().into_iter().flatten() {
            lines.push_str(&format!("    {}\n", before.as_str().unwrap()));
        }
        lines.push_str(&format!("    drawn_{at} ~ {draw}\n"));
    }
    let items = format!(
        "task laws {{\n  per sequence {{\n    label ~ uniform(2)\n{sequence}  }}\n  per example {{\n    z ~ normal()\n{example}  }}\n  \
         length: 6\n  input: z\n  target: label\n  blind: log(2)\n  ideal: 0\n}}"
    );
    compare_all(&task_of(&items, "laws()"));
    let items = "task walk {\n  per run {\n    centre ~ normal()[3, 2]\n    power ~ uniform(1, 2)\n  }\n  per sequence {\n    \
                 label ~ uniform(2)\n    at ~ uniform(3)\n    w ~ normal(0, power)[3] in pool(9)\n    \
                 v ~ dirichlet(0.01, 4) in pool(1000, exponent: 1)\n    many ~ normal()[2] in pool(5000000)\n    tiny ~ dirichlet(1e-5, 3)\n  }\n  per example {\n    z ~ normal()\n    \
                 drawn ~ categorical([[0, 1, 0], [0.2, 0, 0.8], [0.5, 0.5, 0]][previous(drawn)], first: categorical([0.1, 0.3, 0.6]))\n    \
                 given ~ categorical(one_hot((previous(given) + 1) % 3, 3), first: at)\n    \
                 far ~ normal(previous(far), 0.1, first: uniform(10, 11))\n    \
                 pair ~ normal(previous(pair), 1, first: [5, 6])\n    state ~ categorical(softmax(centre[previous(state)] * 2), first: uniform(2))\n    \
                 apart ~ uniform(9) without replacement\n    rare ~ student_t(power)\n  }\n  length: 9\n  input: z\n  target: label\n  blind: log(2)\n  ideal: 0\n}";
    compare_all(&task_of(items, "walk()"));
}

#[test]
fn every_function_is_computed_as_the_sampler_computes_it() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../oracle/functions.json")).unwrap();
    let said = |line: &serde_json::Value| line.as_str().unwrap().to_string();
    let blocks: String = (golden["drawn"].as_object().unwrap().iter())
        .map(|(scope, lines)| {
            let lines: Vec<String> = lines.as_array().unwrap().iter().map(said).collect();
            format!("  per {scope} {{\n    {}\n  }}\n", lines.join("\n    "))
        })
        .collect();
    let lines = golden["lines"].as_array().unwrap().iter().enumerate();
    let lines: String = lines.map(|(at, line)| format!("    f{at} = {}\n", said(&line["line"]))).collect();
    let items = format!(
        "task functions {{\n{blocks}  per example {{\n{lines}    all = a[0] * b[0] * m[0, 0] * n[0, 0] * v[0] * u[0] * s * \
         p[0] * k * g * l[0] * t[0] * c * o * walk * fixed[0] * table[0, 0, 0] * w[0] * j\n  }}\n  length: 5\n  \
         input: a\n  target: all\n  blind: 1\n  ideal: 0\n}}"
    );
    compare_all(&task_of(&items, "functions()"));
}

#[test]
fn rows_for_which_a_condition_holds_are_drawn_as_the_sampler_draws_them() {
    let items = |values: &str| {
        format!(
            "data images = shapes3d(values: {values}, width: 16, entangled: 0%)\ntask chosen {{\n  per sequence {{\n    \
             wanted ~ uniform(4)\n    turn ~ uniform(10)\n    anchor ~ rows(images)\n  }}\n  per example {{\n    \
             image ~ rows(images, where: shape == wanted) without replacement\n    \
             other ~ rows(images, where: floor_hue == 1 and shape > 1)\n    \
             third ~ rows(images, where: floor_hue == image.attributes[0])\n    e = image.embedding - anchor.embedding\n    \
             y = (image.attributes[1] + other.attributes[1] + third.attributes[1] + turn) % 10\n  }}\n  length: 5\n  \
             input: e\n  target: y : class(10)\n  blind: log(10)\n}}"
        )
    };
    compare_all(&task_of(&items("[10, 1, 10, 1, 4, 1]"), "chosen()"));
    // So many rows that some are drawn and looked at.
    compare_all(&task_of(&items("[10, 10, 10, 2, 4, 1]"), "chosen()"));
    compare_all(&task_of(SMALL, "text.word_selection(words: words, attribute: \"category\", shots: 4)"));
}

#[test]
fn what_cannot_be_computed_is_told() {
    let items = "task broken {\n  per sequence {\n    shift ~ uniform(4)\n  }\n  per example {\n    x ~ uniform(4)\n    \
                 label = x + shift : class(2)\n  }\n  length: 8\n  input: x\n  target: label\n  blind: log(2)\n  ideal: 0\n}";
    let task = task_of(items, "broken()");
    let sampler = Sampler::new(&task, &Rows::of(&task), 3).unwrap();
    assert!(sampler.sample(Split::Train, &[0, 1]).is_err());
    let drawing = Drawing::of(&sampler, Split::Train, &[task.target]).unwrap();
    let mut trial = Trial::new();
    let places = trial.draw(&drawing, &[&sampler], &[vec![0, 1]], None);
    let fault = Drawing::fault(trial.get(places.faults, 1)[0][0]).unwrap();
    assert_eq!(fault.node, task.target);
    assert!(Drawing::fault(0).is_none());
}

#[test]
fn neither_the_batch_nor_the_models_beside_it_change_a_bit() {
    let expression = "classification.bursty_classes(classes: 12, copies: 2, relabelled: 50%, exponent: 1)";
    let task = task_of(SMALL, expression);
    let rows = Rows::of(&task);
    let samplers: Vec<Sampler<'_>> = (0..5).map(|seed| Sampler::new(&task, &rows, seed).unwrap()).collect();
    let drawing = Drawing::of(&samplers[0], Split::Train, &[task.target, task.input]).unwrap();
    // Sequences of which each model has its own, in numbers beyond a block.
    let of = |model: u64| (0..600).map(|at| (at * 7 + model * 1000) % 4001).collect::<Vec<u64>>();
    let sequences: Vec<Vec<u64>> = (0..5).map(of).collect();
    let mut together = Trial::new();
    let all = together.draw(&drawing, &samplers.iter().collect::<Vec<_>>(), &sequences, None);
    let (own, drawn) = (together.get(all.own, 5), together.get(all.drawn, 5));
    let bits = |value: Option<Vec<f64>>| value.unwrap().into_iter().map(f64::to_bits).collect::<Vec<_>>();
    for model in [0, 3, 4] {
        for part in [0..1, 599..600, 40..77] {
            let mut alone = Trial::new();
            let mut numbers = sequences[model][part.clone()].to_vec();
            numbers.reverse();
            let places = alone.draw(&drawing, &[&samplers[model]], &[numbers], None);
            let (one, few) = (alone.get(places.own, 1), alone.get(places.drawn, 1));
            for (at, sequence) in part.clone().rev().enumerate() {
                for (node, position) in (0..task.length).flat_map(|at| [(task.target, at), (task.input, at)]) {
                    let beside = drawing.value((&own[model], &drawn[model]), node, sequence, position);
                    assert_eq!(bits(drawing.value((&one[0], &few[0]), node, at, position)), bits(beside));
                }
            }
        }
    }
}
