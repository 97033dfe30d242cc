task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    z ~ normal()[dim, dim]
    e ~ normal()
    y = dot(w, matmul(z, w)) + noise * e
  }
  length: points
  input: z
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0301] 11:10 "an input is a number, a vector or a label, not real[dim, dim]" help "at most one axis"
