task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(previous(p)[0])
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0302] 6:30 "`p` is the same at every position" help "write `p` alone"
