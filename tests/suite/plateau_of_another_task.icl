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
  plateaus: [least_squares]
}

// error[E0316] 12:14 "`least_squares` is no baseline of this task, which predicts tokens" help "ngram"
