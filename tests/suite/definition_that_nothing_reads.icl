task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    double = 2 * x
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

curriculum once {
  stage main { train: linear(), for: 1k steps }
}

metric score = squared_error(linear())

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-3)
  seeds: 1
  curriculum: once
  measure { every: 100 steps, on: 64 sequences, score }
}

// warning[W0205] 7:5 "`double` is defined and never used" help "use it"
