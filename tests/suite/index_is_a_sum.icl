task add(modulus: count = 7) {
  per sequence {
    map ~ permutation(modulus)
  }
  per example {
    a ~ uniform(modulus)
    b ~ uniform(modulus)
    x = concat(one_hot(a, modulus), one_hot(b, modulus))
    y = map[a + b]
  }
  length: 20
  input: x
  target: y
  blind: log(modulus)
  ideal: 0
}

// error[E0310] 9:13 "the index `a + b` is an integer without a label space" help "% modulus"
