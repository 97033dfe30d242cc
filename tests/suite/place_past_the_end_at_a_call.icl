task pick(labels: count, place: count) {
  per sequence {
    map ~ permutation(labels)
  }
  per example {
    x ~ uniform(labels)
    y = (map[x] + map[place]) % labels
  }
  length: 10
  input: x
  target: y
  blind: log(labels)
  ideal: 0
}

let last = pick(4, place: 3)
let past = pick(4, place: 4)

// error[E0310] 17:27 "there is no place 4 among 4" help "at most 3"
