task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ uniform([0, 0], [1, 1, 1])
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

// error[E0306] 3:9 "`uniform` cannot join real[2] and real[3]" help "same sizes"
