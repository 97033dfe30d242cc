data images = shapes3d()

let colours = images.colours

// error[E0201] 3:22 "there is no field `colours`" help "attributes"
