task logistic(dim: count = 20, points: count = 41) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    y ~ bernoulli(sigmoid(dot(w, x)))
  }
  length: points
  input: x
  target: y : class(2)
  blind: log(2)
  ideal: posterior
}

// error[E0316] 13:10 "`posterior` sums over finite latents, but `w` is drawn from real numbers" help "draw `w` in a pool"
