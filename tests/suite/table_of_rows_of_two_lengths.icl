task chain(tokens: count = 100) {
  per token {
    s ~ categorical(table[previous(s)], first: uniform(3))
    table = [[0.2, 0.3, 0.5], [0.5, 0.5], [0.1, 0.1, 0.8]]
  }
  length: tokens
  emit: s
  blind: log(3)
  ideal: ngram(2, 1)
}

// error[E0306] 4:13 "the rows of this table differ in length" help "give every row as many numbers"
