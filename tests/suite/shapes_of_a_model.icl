model small {
  width: 8
  blocks: [attention(heads: 1)]
}

let n = small.sizes

// error[E0301] 6:9 "a model has no field `sizes`" help "rows"
