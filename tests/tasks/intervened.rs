//! Trainings under interventions, and scores that are taken under them.

use super::training::{ITEMS, resumes_to_the_bit, three, walk};
use super::{arm, corpus, program};
use icl::engine::measure::Value;
use icl::program::experiment::Arm;
use std::collections::BTreeMap;

/// Interventions of every kind, one after the other and together.
#[test]
fn a_training_that_is_stopped_amid_interventions_resumes_to_the_bit() {
    let changes = "ablate(head(1, 0), with: mean, patterns: kept, from: 3 steps, until: 12 steps)
      ablate(mlp_out(0), with: resample, from: 5 steps, until: 18 steps)
      clamp(head(0, 1), matching, until: 14 steps)
      clamp(head(1, 1), previous_token, from: 16 steps)
      scale_attention(2, from: 1 step)
      scale_attention(0.5, cells: 3, until: 9 steps)";
    let changes = changes.lines().map(str::trim).collect::<Vec<_>>().join(", ");
    let changed = three(&format!("fresh\n  intervene: [{changes}]"));
    resumes_to_the_bit(&changed, &[0, 3, 4, 9, 13, 17]);
    let plain = three("fresh");
    let losses = |arm: &Arm| walk(&corpus(&arm.training, arm, 2), &arm.observation, None, 6).losses;
    assert!(losses(&changed).iter().zip(&losses(&plain)).all(|(ours, theirs)| ours != theirs), "they are in force");
    // In force from step 4 on, they change nothing before.
    let later = losses(&three("fresh\n  intervene: [ablate(head(0, 0), from: 4 steps)]"));
    let plain = losses(&plain);
    assert_eq!(later[..4], plain[..4]);
    assert!(later[4] != plain[4] && later[5] != plain[5]);
}

/// A model whose output is silenced predicts by its biases, which are 0 at first: every label is as likely.
#[test]
fn scores_are_taken_under_interventions() {
    let items = format!(
        "{ITEMS}
metric plain = cross_entropy(hard)
metric silent = cross_entropy(hard, under: ablate(output))
metric silent_later = cross_entropy(hard, under: ablate(output, from: 5 steps))
metric once = cross_entropy(hard, under: scale_attention(1, cells: all))
metric blurred = cross_entropy(hard, under: ablate(residual(after: 2), with: mean))
metric mixed_up = cross_entropy(hard, under: ablate(residual(after: 0), with: resample))
"
    );
    let names = ["plain", "silent", "silent_later", "once", "blurred", "mixed_up"];
    let arm = |lines: &str| {
        let lines = format!("  data: fresh\n  curriculum: three(easy, hard){lines}");
        arm(&program(&items, &lines, &format!(", {}", names.join(", "))))
    };
    let values = |arm: &Arm| -> Vec<BTreeMap<&str, f64>> {
        let walked = walk(&corpus(&arm.training, arm, 2), &arm.observation, None, 5);
        let of = |(_, _, values): &(u64, f64, Vec<Value>)| {
            let value = |place: usize| values[arm.observation.written[place]].value.unwrap();
            (0..names.len()).map(|place| (names[place], value(place))).collect()
        };
        walked.points.iter().map(of).collect()
    };
    let free = arm("");
    let classes = free.training.tasks.iter().map(|task| task.classes).max().unwrap();
    let [first, fifth] = values(&free).try_into().unwrap();
    let alike = (classes as f64).ln();
    assert!((first["silent"] - alike).abs() < 1e-6, "{first:?} {alike}");
    for point in [&first, &fifth] {
        assert_eq!(point["once"], point["plain"], "factors of 1 change no bit");
        for other in ["silent", "blurred", "mixed_up"] {
            assert!((point[other] - point["plain"]).abs() > 1e-6, "{other} {point:?}");
        }
    }
    assert_eq!(first["silent_later"], first["plain"], "not yet in force");
    assert_eq!(fifth["silent_later"], fifth["silent"]);
    // In force while it trains, it is in force where it is measured, and nothing but the biases of the read-out learns.
    let silenced = arm("\n  intervene: [ablate(output, until: 5 steps)]");
    let [first, fifth] = values(&silenced).try_into().unwrap();
    assert_eq!(first["plain"], first["silent"]);
    assert!(fifth["plain"] != fifth["silent"], "no longer in force");
    let trained = walk(&corpus(&silenced.training, &silenced, 2), &silenced.observation, None, 5);
    let start = walk(&corpus(&silenced.training, &silenced, 2), &silenced.observation, None, 0);
    for (before, after) in start.checkpoints[0].arrays.iter().zip(&trained.checkpoints.last().unwrap().arrays) {
        if before.name.starts_with("parameters.") {
            assert_eq!(before != after, before.name == "parameters.read_out.bias", "{}", before.name);
        }
    }
}

/// An array `[size, size]` of one number in a file.
fn array(folder: &std::path::Path, size: usize, number: f32) -> String {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({size}, {size}), }}");
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend((0..size * size).flat_map(|_| number.to_le_bytes()));
    let path = folder.join(format!("{size}_{number}.npy"));
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn a_head_is_clamped_to_an_array_of_as_many_tokens_as_the_task_has() {
    let folder = tempfile::tempdir().unwrap();
    let text = |size: usize, number: f32| {
        let changes = format!("clamp(head(1, 0), array(\"{}\"))", array(folder.path(), size, number));
        let lines = format!("  data: fresh\n  curriculum: three(easy, hard)\n  intervene: [{changes}]");
        program(ITEMS, &lines, ", right")
    };
    let [zeros, halves] = [0.0, 0.5].map(|number| arm(&text(10, number)));
    let losses = |arm: &Arm| walk(&corpus(&arm.training, arm, 2), &arm.observation, None, 4).losses;
    let key = |arm: &Arm| {
        let meaning = icl::plan::identity::segment(1, &arm.training, &arm.observation, 0, None);
        icl::plan::identity::Key::of(&meaning)
    };
    assert_ne!(losses(&zeros), losses(&halves));
    assert_ne!(key(&zeros), key(&halves), "a file is known by what it holds");
    // A pattern of zeros is that of an ablated pattern.
    let lines = "  data: fresh\n  curriculum: three(easy, hard)\n  intervene: [ablate(pattern(1, 0))]";
    assert_eq!(losses(&zeros), losses(&arm(&program(ITEMS, lines, ", right"))));
    let found = super::faults(&text(9, 0.0));
    assert!(found.len() == 1 && found[0].starts_with("E0314"), "{found:?}");
}
