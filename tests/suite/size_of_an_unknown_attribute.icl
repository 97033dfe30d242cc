data words = table("words.tsv", key: "word")

let colours = words.sizes["colour"]

// error[E0201] 3:27 "the data source has no attribute `colour`" help "the attributes are category"
//// words.tsv
word	category
dog	animal
bee	food
