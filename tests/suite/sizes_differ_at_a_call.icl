task bilinear(rows: count, columns: count) {
  per sequence {
    w ~ normal()[rows]
  }
  per example {
    x ~ normal()[columns]
    y = dot(w, x)
  }
  length: 41
  input: x
  target: y
  blind: rows
  ideal: ridge(0)
}

let square = bilinear(4, 4)
let oblong = bilinear(4, 5)

// error[E0306] 17:14 "`dot` cannot join real[4] and real[5]" help "same sizes"
