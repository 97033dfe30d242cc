data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64)

task guess(maps: count = 8, points: count = 10) {
  per sequence {
    factor ~ uniform(images.attributes)
    map ~ permutations(images.sizes) in pool(maps)
  }
  per example {
    image ~ rows(images) without replacement
    factors = map.attributes
    y = map[factor][factors[factor]]
  }
  length: points
  input: image.embedding
  target: y : class(4)
  blind: levels(loss: 1.4, accuracy: 25%)
  ideal: posterior
}

// error[E0301] 10:19 "only a row of a data source has fields, such as `attributes`" help "take the field of a name drawn from `rows(...)`"
