task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: posterior
}

// error[E0316] 11:10 "`posterior` sums over finite latents, but `p` is drawn from real numbers" help "ngram(n, alpha)"
