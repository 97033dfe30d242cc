task add(modulus: count = 7) {
  per example {
    a ~ uniform(modulus)
    y = 2.0 * a
  }
  length: 20
  input: a
  target: y
  blind: 4
  ideal: ridge(0)
}

// error[E0316] 10:10 "`ridge` is no baseline of this task, whose input is no vector" help "formula"
