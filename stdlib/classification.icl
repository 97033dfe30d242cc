//! Labels of classes, told by the examples, by the weights, or by both: how the data decide between learning in
//! context and in weights (Chan et al. 2022, Reddy 2023, Singh et al. 2024). Classes are Gaussian clouds, which stand
//! in for the images of some of these studies.

/// Noisy members of Gaussian classes with usual labels; the query is the last item (Reddy 2023). The examples are
/// bursty: a class appears `copies` times among them. A share of the sequences gives all labels a new order, so that
/// only the examples can tell them. Two evaluations tell the two ways of learning apart, both of them instances of
/// this task: `relabelled: 100%` is solved in context alone; `query: outside` asks for a class that no example shows,
/// under the usual labels, and is solved in weights alone. `fresh(...)` asks for classes never seen. `classes` is how
/// many there are, `copies` how often one appears among the examples and a divisor of `items`, the number of
/// examples. `labels` counts the labels and `width` the coordinates of an item; `noise` is the size of what is added
/// to a class's mean, on the scale of the mean. `exponent` is that of the Zipf law of classes, 0 where they are
/// equally likely, about 1 in language (Chan et al. 2022). `relabelled` is the share of sequences with new labels, 0
/// in Reddy's training. `query` says whether its class is among the examples.
pub task bursty_classes(
  classes: count,
  copies: count = 1,
  labels: count = 32,
  width: count = 63,
  noise: real = 0.1,
  items: count = 8,
  exponent: real = 0,
  relabelled: real = 0%,
  query: inside | outside = inside,
) {
  per run {
    mean ~ normal(0, 1 / sqrt(width))[classes, width]
    usual ~ uniform(labels)[classes]
  }
  per sequence {
    member ~ bursty(classes, length: items + 1, copies: copies, exponent: exponent, query: query)
    order ~ permutation(labels)
    novel ~ bernoulli(if query == inside then relabelled else 0)
  }
  per example {
    e ~ normal(0, 1 / sqrt(width))[width]
    x = (mean[member[index]] + noise * e) / sqrt(1 + noise ^ 2)
    known = usual[member[index]]
    y = if novel then order[known] else known
  }
  length: items + 1
  score: last
  input: x
  target: y : class(labels)
  blind: log(labels)
  ideal: 0            // labels are the usual ones, or the query's class is among the examples
}

/// Two examples of different classes with two different labels, drawn anew for every sequence, and a query of one of
/// the two classes: nothing but an induction circuit solves it (Singh et al. 2024). Between `blind` and `ideal` lies
/// the level of one who knows that the answer is one of the two labels shown, log(2). `classes` and `labels` are
/// their numbers, `width` the coordinates of an item, `noise` the size of what is added to a class's mean, on the
/// scale of the mean.
pub task two_way(classes: count = 50, labels: count = 5, width: count = 63, noise: real = 0.1) {
  per run {
    mean ~ normal(0, 1 / sqrt(width))[classes, width]
  }
  per sequence {
    member ~ bursty(classes, length: 3, copies: 1, query: inside)
    order ~ permutation(labels)
  }
  per example {
    e ~ normal(0, 1 / sqrt(width))[width]
    x = (mean[member[index]] + noise * e) / sqrt(1 + noise ^ 2)
    y = if member[index] == member[0] then order[0] else order[1]
  }
  length: 3
  score: last
  input: x
  target: y : class(labels)
  blind: log(labels)
  ideal: 0
}

/// Independent items of classes that follow a Zipf law, with fixed labels: nothing but the weights can tell a label,
/// and frequent classes are learned first (the sequences without bursts of Chan et al. 2022; Reddy 2023). The blind
/// level is that of one who knows neither the classes nor their labels. `classes` and `labels` are their numbers,
/// `exponent` is that of the law, `items` the length; `width` and `noise` are as in `bursty_classes`.
pub task zipf_classes(
  classes: count,
  exponent: real = 1,
  labels: count = 32,
  width: count = 63,
  noise: real = 0.1,
  items: count = 9,
) {
  per run {
    mean ~ normal(0, 1 / sqrt(width))[classes, width]
    usual ~ uniform(labels)[classes]
  }
  per sequence {
    member ~ zipf(classes, exponent)[items]
  }
  per example {
    e ~ normal(0, 1 / sqrt(width))[width]
    x = (mean[member[index]] + noise * e) / sqrt(1 + noise ^ 2)
    y = usual[member[index]]
  }
  length: items
  score: last
  input: x
  target: y : class(labels)
  blind: log(labels)
  ideal: 0
}

/// Images under a random linear map, with their labels in a random order: nothing but the examples tells which vector
/// has which label, and with many maps in training the examples of an unseen one do too (Kirsch et al. 2022,
/// General-Purpose In-Context Learning by Meta-Learning Transformers). `maps` linear maps and as many orders are drawn
/// once a run, and a sequence takes one of each; in the paper a map goes with one order. `images` is a data source with
/// embeddings, `factor` the place of the attribute that decides the label, `width` counts the coordinates that a map
/// leads to, and `points` the examples. The last prediction counts: by then all labels have been shown, as good as
/// always, which is what the ideal level assumes. `fresh(...)` asks for maps and orders never seen.
pub task projected_labels(
  maps: count,
  images: data = shapes3d(width: 64),
  factor: count = 0,
  width: count = 64,
  points: count = 100,
) {
  per sequence {
    map ~ normal(0, 1 / sqrt(images.width))[width, images.width] in pool(maps)
    order ~ permutation(images.sizes[factor]) in pool(maps)
  }
  per example {
    image ~ rows(images)
    x = matmul(map, image.embedding)
    y = order[image.attributes[factor]]
  }
  length: points
  score: last
  input: x
  target: y : class(images.sizes[factor])
  blind: levels(loss: log(images.sizes[factor]), accuracy: 1 / images.sizes[factor])
  ideal: 0
}
