//! Tasks over images of shapes (Burgess and Kim 2018, 3D Shapes), as in Fu et al., ICML 2024.

/// One hidden factor of the image decides the label, under one of `maps` label maps. A map is one permutation of the
/// values of each factor; `maps: 1` is the fixed mapping, `maps: 20k` the paper's random mapping. `images` is a data
/// source with attributes and embeddings, `points` counts the images of a sequence.
pub task classify(maps: count, images: data = shapes3d(), points: count = 40) {
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
  target: y : class(max(images.sizes))
  blind: levels(loss: mean(log(images.sizes)), accuracy: mean(1 / images.sizes))
  ideal: posterior
}
