task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ normal()
  }
  per token {
    s = previous(s)
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0209] 6:18 "the recurrence of `s` has no start" help "draw `s` from a distribution"
