task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  input: s
  blind: log(states)
  ideal: ngram(2, 1)
}

// error[E0302] 10:10 "a task that says `emit` has no `input`" help "keep one"
