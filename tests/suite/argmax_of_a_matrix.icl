task corner(dim: count = 4) {
  per sequence {
    w ~ normal()[dim, dim]
  }
  per example {
    x ~ normal()[dim]
    y = argmax(w) : class(dim)
  }
  length: 41
  input: x
  target: y
  blind: log(dim)
  ideal: 0
}

// error[E0306] 7:16 "`argmax` takes a vector, not real[dim, dim]" help "vector"
