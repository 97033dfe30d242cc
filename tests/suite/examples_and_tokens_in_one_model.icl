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

task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

model small {
  width: 8
  blocks: [attention(heads: 1)]
}

curriculum once {
  stage main { train: recall(), for: 1k steps }
}

metric score = cross_entropy(markov())

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-3)
  seeds: 1
  curriculum: once
  measure { every: 100 steps, on: 64 sequences, score }
}

// error[E0320] 47:49 "`recall` and `markov` cannot share a model" help "an experiment of its own"
