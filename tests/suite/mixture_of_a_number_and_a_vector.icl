task bad {
  per run {
    shift ~ normal()
  }
  per sequence {
    scale ~ normal()
    one = normal()
    two = normal()[2]
    w ~ mixture(one: 50%, two: 50%)
  }
  per example {
    x ~ normal()
    y = scale * x + sum(w) + shift
  }
  length: 4
  input: x
  target: y
  blind: 2
  ideal: 0
}

// error[E0306] 9:9 "`mixture` cannot join real and real[2]" help "give both the same sizes"
