task add(modulus: count = 7) {
  per example {
    a ~ uniform(modulus)
    b ~ uniform(modulus)
    x = concat(one_hot(a, modulus), one_hot(b, modulus))
    y = a + b
  }
  length: 20
  input: x
  target: y
  blind: log(modulus)
  ideal: 0
}

// error[E0310] 10:11 "the target is an integer without a label space" help ": class(k)"
