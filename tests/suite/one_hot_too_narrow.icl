task add(modulus: count = 7) {
  per example {
    a ~ uniform(modulus)
    b ~ uniform(modulus)
    x = concat(one_hot(a, modulus), one_hot(b, modulus - 1))
    y = (a + b) % modulus
  }
  length: 20
  input: x
  target: y
  blind: log(modulus)
  ideal: 0
}

// error[E0310] 5:48 "a label out of `modulus` has no place in a one-hot vector of `modulus - 1`" help "one_hot(..., modulus)"
