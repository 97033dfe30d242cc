let a = 1 + 2 * -3 ^ -x - y / z % w
let b = not a and -b < c or (d)
let c = f(x, y: 2, (g)(1))[0, 1].z
let d = [1..6, 1..=n + 1, a -> b]
let e = (1,)
let f = (1, 2)
let g = ((1))
let h = 80% * x % 3
let i = 10 epochs - 200 steps
let j = "a  //  b\t{c}"
let k = []
let l = 20_000 + 20k + 1.5M + 3e-4
param p: count | real = 2
param q: class(k)[n, m] = 0
use "./tasks.icl"
pub use std.shapes

task t(dim: count = 20, side: inside | outside = inside) {
  per sequence {
    x ~ normal()[dim] in pool(m)
    y ~ rows(words) without replacement
  }
  target: y : class(k)
  loss: accuracy(t) at last
  read: residual(after: 3) at row.word
  a = where(c, a, b)
  until: accuracy(easy) > 90% for 3 evaluations
  at_most: 5k steps
}

experiment e {
  sweep (a, b) in [(1, 2), (3, 4)]
  sweep c in [1, 2]
  where (a) > 1
  where a > 1
  expect a < b at 5%
  expect (a) < b
  metric_of_all
  accuracy(t) where factor == 2
  plot: m by arm for each dim
  table: onset of a before b
  plot: [a, b] by c
  keep: last 2
  plot: error by position for [model, nearest(3)]
  arm x { curriculum: c, loss: l }
  arm y {}
}
