task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    z ~ normal()[dim]
    bias ~ normal()[dim + 1]
    x = z + bias
    e ~ normal()
    y = dot(w, z) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0306] 8:9 "`+` cannot join real[dim] and real[dim + 1]" help "same sizes"
