task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x) + noise * e : class(2)
  }
  length: points
  input: x
  target: y
  blind: log(2)
  ideal: 0
}

// error[E0310] 8:9 "a class is made of integers, but this is real" help "take the type away"
