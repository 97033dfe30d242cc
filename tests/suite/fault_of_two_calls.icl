use std.classification

let usual = classification.bursty_classes(classes: 64, copies: 3)
let other = classification.bursty_classes(classes: 64, copies: 3, query: outside)

// error[E0302] 3:64 "8 context items cannot hold classes 3 times each" help "multiple of 3"
