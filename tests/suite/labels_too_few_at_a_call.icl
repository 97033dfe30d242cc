task pick(labels: count, answers: count) {
  per sequence {
    map ~ permutation(labels)
  }
  per example {
    x ~ uniform(labels)
    y = map[x]
  }
  length: 10
  input: x
  target: y : class(answers)
  blind: log(labels)
  ideal: 0
}

let all = pick(4, answers: 4)
let few = pick(4, answers: 3)

// error[E0310] 17:28 "the target has 4 labels but is declared as class(3)" help "class(4)"
