data images = shapes3d()
task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ permutations(images.size)
  }
  per example {
    key ~ uniform(8)
    y = value[0][key]
  }
  length: 20
  input: key
  target: y
  blind: log(values)
  ideal: 0
}

// error[E0201] 4:33 "there is no field `size`" help "sizes"
