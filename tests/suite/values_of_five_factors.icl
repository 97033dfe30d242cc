data images = shapes3d(values: [10, 10, 10, 8, 4])

let factors = images.attributes

// error[E0302] 1:32 "`values` has 5 counts for 6 factors" help "orientation"
