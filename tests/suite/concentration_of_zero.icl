task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(0, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0302] 3:19 "`alpha` must be above 0" help "above 0"
