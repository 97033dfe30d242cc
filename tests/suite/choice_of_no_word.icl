task flip(side: left | right = left) {
  per sequence { w ~ normal() }
  per example {
    x ~ normal()
    y = if side == left then w * x else -w * x
  }
  length: 10
  input: x
  target: y
  blind: 1
  ideal: 0
}

let up = flip(side: "up")

// error[E0301] 14:21 "`left` or `right` is needed" help "left"
