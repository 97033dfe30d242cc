task copy(symbols: count, tokens: count) {
  per sequence {
    string ~ uniform(symbols)[tokens / 2]
  }
  per token {
    s = string[index % (tokens / 2)]
  }
  length: tokens
  emit: s
  blind: log(symbols)
  ideal: 0
}

let even = copy(8, tokens: 50)
let odd = copy(8, tokens: 51)

// error[E0301] 15:11 "`tokens / 2` is 25.5, but a count is needed" help "whole"
