task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    scaled = 2 * x : real[dim + 1]
    y = dot(w, scaled) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0306] 8:22 "`scaled` is real[dim], but its type says real[dim + 1]" help ": real[dim]`"
