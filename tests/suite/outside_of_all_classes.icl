use std.classification

let many = classification.bursty_classes(classes: 64, query: outside)
let few = classification.bursty_classes(classes: 8, query: outside)

// error[E0302] 4:50 "all 8 classes are in the context, so that none is left for a query outside" help "more classes"
