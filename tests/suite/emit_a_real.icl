task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ normal()
  }
  per token {
    s ~ normal()
  }
  length: tokens
  emit: s
  blind: 1
  ideal: 0
}

// error[E0310] 9:9 "a token is one label, not real" help "uniform(k)"
