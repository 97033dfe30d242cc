task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
    v ~ normal()[dim + 2]
    which ~ uniform(2)
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot([w, v][which], x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0306] 10:13 "the entries of this list are real[dim] and real[dim + 2]" help "same sizes"
