data images = shapes3d()
let n = images.sizes[9]

// error[E0302] 2:22 "there is no place 9 in a list of 6" help "at most 5"
