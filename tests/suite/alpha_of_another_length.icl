task chain(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet([1, 1, 1, 1], 3)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0306] 3:19 "`dirichlet` of 3 probabilities has 4 values of alpha" help "one for each"
