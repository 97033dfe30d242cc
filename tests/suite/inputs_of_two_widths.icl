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
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

model small {
  width: 8
  blocks: [attention(heads: 1)]
}
let low = linear(dim: 10)
let high = linear(dim: 20)

curriculum once {
  stage main { train: mix(low: 50%, high: 50%), for: 1k steps }
}

metric score = squared_error(low)

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-3)
  seeds: 1
  curriculum: once
  measure { every: 100 steps, on: 64 sequences, score }
}

// error[E0320] 36:15 "`linear(dim: 10)` and `linear(dim: 20)` cannot share a model" help "an experiment of its own"
