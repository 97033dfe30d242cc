task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s, s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0209] 6:23 "`previous` takes 1 argument" help "previous(name)"
