use "./tasks"

let small = tasks.linear(dim: 4)
let large = tasks.linear(dim: 20)

// error[E0306] 8:9 "`dot` cannot join real[dim] and real[dim + 1]" in tasks.icl help "same sizes"
//// tasks.icl
pub task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim + 1]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}
