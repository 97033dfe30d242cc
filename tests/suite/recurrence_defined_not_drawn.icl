task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s = categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0301] 6:9 "is defined, but used as if it were drawn" help "write `~`"
