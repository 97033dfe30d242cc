task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0209] 3:9 "`dirichlet` needs `k`" help "k"
