task only(label: class(4)) {
  per sequence { w ~ normal() }
  per example {
    x ~ normal()
    y = if w * x > 0 then label else 0 : class(4)
  }
  length: 10
  input: x
  target: y
  blind: log(2)
  ideal: 0
}

let third = only(3)
let fourth = only(4)

// error[E0310] 15:19 "the label 4 is not one of 4" help "from 0 to 3"
