task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
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

probe inside {
  of: linear()
  read: residual(after: 1) at input
  predict: w
  fit: centroid
}

// error[E0310] 20:12 "`w` is a number, which this reader cannot tell" help "ridge(1e-2)"
