task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

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

curriculum once {
  stage main { train: mix(recall: 50%, linear: 50%), for: 1k steps }
}

metric score = cross_entropy(recall())

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-3)
  seeds: 1
  curriculum: once
  measure { every: 100 steps, on: 64 sequences, score }
}

// error[E0320] 49:15 "`recall` and `linear` cannot share a model" help "an experiment of its own"
