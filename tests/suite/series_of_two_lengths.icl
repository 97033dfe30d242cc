let a = [1, 2, 3]
let b = [1, 2]
let c = a + b

// error[E0306] 3:11 "`+` cannot join" help "same sizes"
