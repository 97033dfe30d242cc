task chain(states: count = 3) {
  per sequence {
    p ~ dirichlet(1, states)
  }
  per token {
    s ~ categorical(p)
  }
  length: 1
  emit: s
  blind: log(states)
  ideal: ngram(1, 1)
}

// error[E0302] 8:11 "a sequence of 1 token predicts nothing" help "at least 2"
