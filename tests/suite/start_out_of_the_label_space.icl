task chain(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states + 1))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0310] 6:44 "the first value is one of `states + 1` labels, which index `states` places" help "a label out of states"
