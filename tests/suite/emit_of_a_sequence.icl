task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ uniform(states)
  }
  per token {
    q ~ uniform(states)
  }
  length: tokens
  emit: p
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0302] 9:9 "every token of a sequence would be the same" help "per token"
