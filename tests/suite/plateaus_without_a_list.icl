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
  plateaus: ngram(1, 1)
}

// error[E0301] 12:13 "`plateaus` is a list of levels" help "[ngram(1, 1)]"
