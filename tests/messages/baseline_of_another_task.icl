task coin(sides: count = 4) {
  per sequence {
    p ~ dirichlet(1, sides)
  }
  per token {
    s ~ categorical(p)
  }
  length: 50
  emit: s
  blind: log(sides)
  ideal: least_squares
}
