task joined(dim: count) {
  per sequence {
    first ~ normal()[3, dim]
    second ~ normal()[2, dim + 1]
    table = concat(first, second)
  }
  per example {
    x ~ normal()[5]
    y = dot(x, matmul(table, table[0]))
  }
  length: 41
  input: x
  target: y
  blind: dim
  ideal: 0
}

// error[E0306] 5:13 "`concat` cannot join real[3, dim] and real[2, dim + 1]" help "same sizes"
