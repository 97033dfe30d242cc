//! An example for each keyword of items, word of lines, type and unit.

use super::Frame::{Checkpoints, FewShot, Labels, Regression, Tokens};
use super::Place::{Curriculum, Experiment, Item, Measure, Report, Sequence, Stage, Task, Top, Use};
use super::{Example, Place, example};

pub const ITEMS: &[Example] = &[
    example("use", Labels, Use, "use std.shapes\nuse \"./my_tasks\""),
    example("param", Labels, Item, "param maps: count = 20k"),
    example("let", Labels, Item, "let easy = classify(maps: 1)"),
    example("data", Labels, Item, "data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)"),
    example(
        "task",
        Regression,
        Item,
        "/// A linear function drawn for every sequence.\n\
         task linear_function(dim: count = 8, points: count = 17) {\n  per sequence { w ~ normal()[dim] }\n  \
         per example {\n    x ~ normal()[dim]\n    y = dot(w, x)\n  }\n  length: points\n  input: x\n  target: y\n  \
         blind: dim\n  ideal: least_squares\n}",
    ),
    example(
        "model",
        Labels,
        Item,
        "model attention_only(layers: count = 2, width: count = 64) {\n  width: width\n  positions: learned\n  \
         blocks: repeat(layers, [attention(heads: 4)])\n}",
    ),
    example(
        "curriculum",
        Labels,
        Item,
        "curriculum easy_first(switch: duration) {\n  stage warm { train: easy, for: switch }\n  \
         stage main { train: hard, for: 2k steps - switch }\n}",
    ),
    example("loss", Labels, Item, "loss with_weights = icl + 0.1 * readout(weights, at: output)"),
    example(
        "probe",
        Labels,
        Item,
        "probe hidden_factor {\n  of: hard\n  read: residual(after: 2) at input\n  predict: factor\n  \
         fit: linear(epochs: 1, lr: 1e-2)\n}",
    ),
    example("metric", Labels, Item, "metric last_accuracy = accuracy(hard) at last"),
    example(
        "experiment",
        Labels,
        Item,
        "experiment warm_up_helps {\n  model: small()\n  data: fresh\n  batch: 32\n  optimizer: adam(lr: 1e-3)\n  seeds: 6\n  \
         arm direct { curriculum: curricula.only(hard, total) }\n  arm warmup { curriculum: practice }\n  \
         measure { every: 50 steps, on: 256 sequences, last_accuracy }\n  plateau { of: last_accuracy }\n  \
         expect rmst(warmup) < rmst(direct) at 5%\n  report { table: plateau, plot: last_accuracy by arm }\n}",
    ),
];

pub const LINES: &[Example] = &[
    example(
        "per run",
        FewShot,
        Task,
        "per run {\n  mean ~ normal(0, 1 / sqrt(width))[classes, width]\n  usual ~ uniform(labels)[classes]\n}",
    ),
    example("per sequence", Regression, Task, "per sequence { w ~ normal()[dim] }"),
    example(
        "per example",
        Regression,
        Task,
        "per example {\n  x ~ normal()[dim]\n  e ~ normal()\n  y = dot(w, x) + noise * e\n}",
    ),
    example("per token", Tokens, Task, "per token {\n  s ~ categorical(p[previous(s)], first: uniform(states))\n}"),
    example("in pool", Regression, Sequence, "w ~ normal()[dim] in pool(64)"),
    example("without replacement", Labels, Place::Example, "image ~ rows(images) without replacement"),
    example("stage", Labels, Curriculum, "stage warm { train: easy, for: 500 steps }"),
    example("arm", Labels, Experiment, "arm boosted { curriculum: curricula.only(hard, total), loss: with_weights }"),
    example("measure", Labels, Experiment, "measure { every: 50 steps, on: 256 sequences, last_accuracy, weights }"),
    example("plateau", Labels, Experiment, "plateau { of: last_accuracy, exit: 50%, held: 3 evaluations }"),
    example("sweep", Labels, Experiment, "sweep maps in [1, 4, 16]"),
    example("where", Labels, Experiment, "sweep maps in [1, 4, 16]\nwhere maps > 1"),
    example("expect", Labels, Experiment, "expect rmst(warmup) < rmst(direct) at 5%"),
    example("report", Labels, Experiment, "report { table: plateau, plot: last_accuracy by arm }"),
    example("at", Labels, Item, "metric last_accuracy = accuracy(hard) at last"),
    example("where", Labels, Item, "metric of_first_factor = accuracy(hard) where factor == 0"),
    example(
        "for",
        Labels,
        Curriculum,
        "stage warm { train: easy, until: accuracy(easy) > 90% for 3 evaluations, at_most: 1k steps }",
    ),
    example("by", Labels, Report, "plot: last_accuracy by arm"),
    example(
        "for each",
        Labels,
        Experiment,
        "sweep maps in [1, 4, 16]\nreport { plot: last_accuracy by arm for each maps }",
    ),
    example(
        "against",
        Labels,
        Experiment,
        "sweep maps in [1, 4, 16]\nreport { plot: weights at 2k steps against maps }",
    ),
    example("along", Checkpoints, Report, "plot: chosen along step"),
    example("onset of", Labels, Report, "table: onset of weights before last_accuracy"),
    example(
        "error by position",
        Regression,
        Report,
        "plot: error by position for [model, least_squares, nearest(3), averaging]",
    ),
    example("distance to", Tokens, Report, "plot: distance to [ngram(1, 1), ngram(2, 1)]"),
    example("survival by arm", Labels, Report, "plot: survival by arm"),
    example("pub", Labels, Item, "pub let hardest = classify(maps: 20k)"),
    example(
        "#allow",
        Labels,
        Experiment,
        "#allow(W0201, \"the schedule belongs to the boosted loss\")\narm boosted { curriculum: practice, loss: with_weights }",
    ),
    example(
        "///",
        Labels,
        Experiment,
        "/// Many maps from the start.\narm direct { curriculum: curricula.only(hard, total) }",
    ),
    example("//!", Labels, Top, "//! Does practice on one fixed set of label maps shorten the plateau on random maps?"),
    example("//", Labels, Experiment, "batch: 32    // fits two cores"),
];

pub const TYPES: &[Example] = &[
    example("count", Labels, Item, "param maps: count = 16"),
    example("real", Labels, Item, "param rate: real = 1e-3"),
    example("bool", Labels, Item, "param tied: bool = false"),
    example("text", Labels, Item, "param file: text = \"words.tsv\""),
    example("duration", Labels, Item, "param total: duration = 2k steps"),
    example("class", Labels, Task, "target: y : class(4)"),
    example(
        "task",
        Labels,
        Item,
        "curriculum twice(on: task) {\n  stage first { train: on, for: 1k steps }\n  stage again { train: on, for: 1k steps, optimizer: reset }\n}",
    ),
    example(
        "data",
        Labels,
        Item,
        "task name_it(pictures: data) {\n  per example {\n    picture ~ rows(pictures) without replacement\n    \
         y = picture.attributes[0]\n  }\n  length: 8\n  input: picture.embedding\n  target: y : class(max(pictures.sizes))\n  \
         blind: levels(loss: log(4), accuracy: 25%)\n  ideal: levels(loss: 0, accuracy: 100%)\n}",
    ),
    example("model", Labels, Item, "let subject: model = small(layers: 2)"),
    example("curriculum", Labels, Item, "let usual: curriculum = curricula.only(hard, total)"),
    example("loss", Labels, Item, "let goal: loss = icl"),
    example("probe", Labels, Item, "let reader: probe = weights"),
    example("metric", Labels, Item, "let watched: metric = last_accuracy"),
    example("optimizer", Labels, Item, "let descent: optimizer = adam(lr: 1e-3)"),
    example("schedule", Labels, Item, "let warming: schedule = linear(0 -> 1e-3, over: 500 steps)"),
    example(
        "distribution",
        Regression,
        Item,
        "task noisy(noise: distribution = normal()) {\n  per sequence { w ~ normal()[8] }\n  per example {\n    x ~ normal()[8]\n    e ~ noise\n    y = dot(w, x) + e\n  }\n  length: 17\n  input: x\n  target: y\n  blind: 9\n  ideal: ridge(1)\n}",
    ),
];

pub const UNITS: &[Example] = &[
    example("step", Labels, Stage, "for: 500 steps"),
    example(
        "epoch",
        Labels,
        Experiment,
        "data: 3200 sequences\narm direct { curriculum: curricula.only(hard, 20 epochs) }",
    ),
    example("sequence", Labels, Measure, "on: 256 sequences"),
    example("token", Labels, Item, "let context = 16 tokens"),
    example("example", Labels, Item, "let shots = 8 examples"),
    example("evaluation", Labels, Place::Plateau, "held: 3 evaluations"),
    example("s", Labels, Item, "let patience = 90 s"),
    example("min", Labels, Item, "let patience = 10 min"),
    example("h", Labels, Item, "let budget = 8 h"),
];
