task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
    v ~ normal()[dim - 1]
    flip ~ bernoulli(50%)
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(if flip then w else v, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0306] 10:26 "the branches of this `if` are real[dim] and real[dim - 1]" help "same sizes"
