task line(dim: count = 8, noise: real = 0.5) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim + 1]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: 2 * dim + 1
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}
