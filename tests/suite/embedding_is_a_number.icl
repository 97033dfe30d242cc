data images = shapes3d(embedding: 5)
let n = images.attributes

// error[E0301] 1:35 "array" help "array"
