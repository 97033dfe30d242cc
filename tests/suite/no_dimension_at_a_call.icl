use std.regression

let some = regression.linear(dim: 20)
let none = regression.linear(dim: 0)

// error[E0302] 4:35 "at least 1" help "at least 1"
