task chain(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
    before = previous(s)
  }
  per token {
    s ~ categorical(p[before], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0212] 4:14 "`s` is not seen here: it comes about per token" help "per token"
