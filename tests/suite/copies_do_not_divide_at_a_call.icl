use std.classification

let two = classification.bursty_classes(classes: 64, copies: 2)
let three = classification.bursty_classes(classes: 64, copies: 3)

// error[E0302] 4:64 "8 context items cannot hold classes 3 times each" help "multiple of 3"
