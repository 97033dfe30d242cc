data images = shapes3d(values: [4, 1, 4, 1, 3, 1], width: 8, entangled: 0%)

task bad {
  per run {
    one ~ rows(images)
  }
  per sequence {
    scale ~ normal()
    w = scale + one.attributes[0]
  }
  per example {
    x ~ normal()
    y = w * x
  }
  length: 4
  input: x
  target: y
  blind: 2
  ideal: 0
}

// error[E0302] 5:11 "rows are not drawn once a run" help "per sequence"
