data images = shapes3d(values: [1, 1, 1, 1, 1, 1])

let factors = images.attributes

// error[E0302] 1:15 "these images do not differ in any factor" help "more than one value"
