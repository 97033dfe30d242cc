task add(modulus: count = 7) {
  per example {
    a ~ normal()
    x = one_hot(a, modulus)
    y = 2 * a
  }
  length: 20
  input: x
  target: y
  blind: 4
  ideal: 0
}

// error[E0310] 4:17 "`one_hot` takes a label, not real" help "class(k)"
