task coin(tokens: count = 100) {
  per token {
    s ~ bernoulli(150%)
  }
  length: tokens
  emit: s
  blind: log(2)
  ideal: ngram(1, 1)
}

// error[E0302] 3:19 "a probability of 1.5 is out of range" help "from 0 to 1"
