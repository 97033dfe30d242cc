let fits = call(alpha: 1, beta: 2)
let opened = call(
  alpha: 1,
  beta: 2,
)
let half_opened = call(alpha: 1, beta: 2)
let steps = [
  0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 143000, 200k,
]
let table = [
  1, 2, 3,
  4, 5, 6,

  7, 8, 9,
]
let rows = [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.1, 0.2]]
let nested = outer(
  inner(alpha: aaaaaaaaaaaaaaaaaaaaaaaaaaa, beta: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, gamma: ccccccccccccc),
  1,
)
let sum = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa * bbbbbbbbbbbbbbbbbbbbbbb +
  ccccccccccccccccccc * ddddddddddddddddd + eeeeee
let product = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa *
  (bbbbbbbbbbbbbbbbbbbbbbbbb + ccccccccccccccccccc + ddddddddddddddddd + eeeeee)
let kept = a +
  b
let tuple = (
  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
  bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
  cccccccccccccccccccc,
)
let single = (
  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb + cccccccccccccccccccc,
)
let choice = if aaaaaaaaaaaaaaaaaaaaaaaaaa > 1 then bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
  else if ccccccccccccccccccccc then dddddddd
  else e
let choice_kept = if a
  then b
  else c
let longest = if aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  then call(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccc, dddddddd)
  else e
let joined = (
  a +
  b
)
metric m = accuracy(
  bursty_classes(classes: classes, copies: copies, relabelled: 100%, query: outside, width: 12345678),
) at last

task t(classes: count, copies: count, labels: count = 32, width: count = 63, relabelled: real = 50%, query: inside) {
  length: 1
}

task u(
  classes: count,
  copies: count,
  labels: count = 32,
  width: count = 63,
  relabelled: real = 50%,
  query: inside | outside,
) { length: 1 }

task v {
  per example {
    x ~ mixture(
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 50%,
      bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: 50%,
    )[ddddddddddddddd, eeeeeeee] in pool(maps)
    long_text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    range = [5 epochs..7 epochs]
  }
}
