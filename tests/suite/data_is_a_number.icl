data words = 5

let factors = words.attributes

// error[E0301] 1:14 "is a count, but a data source is needed" help "data"
