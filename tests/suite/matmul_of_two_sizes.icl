task network(dim: count, hidden: count = 100) {
  per sequence {
    first ~ normal()[hidden, dim + 1]
    second ~ normal()[hidden]
  }
  per example {
    x ~ normal()[dim]
    y = dot(second, relu(matmul(first, x)))
  }
  length: 41
  input: x
  target: y
  blind: dim
  ideal: 0
}

// error[E0306] 8:26 "`matmul` cannot join real[hidden, dim + 1] and real[dim]" help "same sizes"
