data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64)

task guess(maps: count = 8, points: count = 10) {
  per sequence {
    factor ~ uniform(images.attributes)
    map ~ permutations(images.sizes) in pool(maps)
  }
  per example {
    image ~ rows(images) without replacement
    factors = image.attributes
    y = map[7][factors[factor]]
  }
  length: points
  input: image.embedding
  target: y : class(4)
  blind: levels(loss: 1.4, accuracy: 25%)
  ideal: posterior
}

// error[E0310] 11:13 "there is no place 7 among 3" help "write at most 2"
