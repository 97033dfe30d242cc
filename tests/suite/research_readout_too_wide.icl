//! A softmax over 768 coordinates for at most 15 labels: its loss first falls from ln 768 to ln 15, and nothing is learned.

data images = shapes3d()

task classify(maps: count = 1, points: count = 40) {
  per sequence {
    factor ~ uniform(images.attributes)
    map ~ permutations(images.sizes) in pool(maps)
  }
  per example {
    image ~ rows(images) without replacement
    factors = image.attributes
    y = map[factor][factors[factor]]
  }
  length: points
  input: image.embedding
  target: y : class(768)
  blind: levels(loss: mean(log(images.sizes)), accuracy: mean(1 / images.sizes))
  ideal: posterior
}

// error[E0310] 17:21 "the target is declared as class(768) but has 15 labels" help "class(15)"
