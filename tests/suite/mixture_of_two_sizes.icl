task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    narrow = normal(0, 1)[dim]
    wide = normal(0, 10)[dim + 1]
    w ~ mixture(narrow: 90%, wide: 10%)
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0306] 5:9 "`mixture` cannot join real[dim] and real[dim + 1]" help "same sizes"
