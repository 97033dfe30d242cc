task noisy(m: count) {
  per sequence {
    w ~ normal() in pool(m, exponent: 1)
  }
  per example {
    x ~ normal()
    y = w * x
  }
  length: 10
  input: x
  target: y
  blind: 1
  ideal: posterior_mean(w)
}

let target = noisy(200M)
metric error = squared_error(target)

// error[E0302] 16:14 "a pool with an exponent of 200000000 is too large" help "at most"
