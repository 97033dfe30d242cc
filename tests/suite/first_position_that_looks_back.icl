task drift(points: count = 10) {
  per sequence {
    w ~ normal()
  }
  per example {
    x ~ normal(0, 1, first: normal())
    y = w * x + previous(x)
  }
  length: points
  input: x
  target: y
  blind: 2
}

let target = drift()
metric error = squared_error(target) at last

// error[E0209] 11:11 "the first position looks at one before it" help "if index == 0"
