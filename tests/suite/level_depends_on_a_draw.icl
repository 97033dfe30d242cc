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
  blind: dot(w, w)
  ideal: ridge(noise ^ 2)
}

// error[E0316] 13:10 "a level cannot depend on a draw" help "`index`"
