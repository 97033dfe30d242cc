//! Logistic regression, with the baseline of the linear regression that it was copied from.

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
  ideal: least_squares
}

// error[E0316] 15:10 "`least_squares` is no baseline of this task, which predicts labels" help "posterior"
