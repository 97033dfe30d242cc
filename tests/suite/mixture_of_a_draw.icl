task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    narrow = normal(0, 1)
    wide ~ normal(0, 10)
    w ~ mixture(narrow: 90%, wide: 10%)[dim]
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

// error[E0301] 5:30 "`wide` is drawn already, but a mixture draws from distributions" help "wide = ..."
