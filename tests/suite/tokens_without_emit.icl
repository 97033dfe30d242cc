task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  score: all
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0207] 1:6 "`markov` has no `emit`" help "emit"
