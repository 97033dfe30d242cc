use std.classification

let many = classification.bursty_classes(classes: 64)
let few = classification.bursty_classes(classes: 4)

// error[E0302] 4:50 "4 classes cannot fill a context of 8 different ones" help "more classes"
