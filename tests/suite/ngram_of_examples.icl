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
  ideal: ngram(2, 1)
}

// error[E0316] 14:10 "`ngram` is no baseline of this task, which has no tokens" help "predictor of examples"
