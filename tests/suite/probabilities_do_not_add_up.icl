task coin(tokens: count = 100) {
  per token {
    s ~ categorical([0.5, 0.4])
  }
  length: tokens
  emit: s
  blind: log(2)
  ideal: ngram(1, 1)
}

// error[E0302] 3:21 "these probabilities add up to 0.9" help "add up to 1"
