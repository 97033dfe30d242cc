task project(dim: count, hidden: count) {
  per sequence {
    first ~ normal()[hidden, dim]
  }
  per example {
    x ~ normal()[dim]
    y = sum(matmul(x, first))
  }
  length: 41
  input: x
  target: y
  blind: dim
  ideal: 0
}

let square = project(8, 8)
let wide = project(8, 32)

// error[E0306] 17:12 "`matmul` cannot join real[8] and real[32, 8]" help "same sizes"
