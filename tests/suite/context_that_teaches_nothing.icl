task fixed(dim: count = 4) {
  per run {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    y = dot(w, x)
  }
  length: 10
  input: x
  target: y
  blind: dim
  ideal: 0
}

// warning[W0204] 1:6 "nothing reads `fixed`" help "use it"
// warning[W0210] 11:11 "its context teaches nothing" help "draw what decides it in `per sequence`"
