task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x) + noise * e : count
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0301] 8:33 "`y` is real, but its type says count" help ": real`"
