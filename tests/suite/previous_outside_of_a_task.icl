let back = previous(s)
let s = 3

// error[E0301] 1:12 "`previous` looks back inside a task only" help "per token"
