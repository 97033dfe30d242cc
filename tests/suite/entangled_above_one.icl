data images = shapes3d(entangled: 150%)

let factors = images.attributes

// error[E0302] 1:35 "a share of 150% is out of range" help "100%"
