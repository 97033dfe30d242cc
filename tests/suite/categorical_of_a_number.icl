task coin(p: real = 0.5, tokens: count = 100) {
  per token {
    s ~ categorical(p)
  }
  length: tokens
  emit: s
  blind: log(2)
  ideal: ngram(1, 1)
}

// error[E0306] 3:21 "`categorical` takes a vector, not real" help "bernoulli"
