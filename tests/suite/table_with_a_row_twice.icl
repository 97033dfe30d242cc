data words = table("words.tsv", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.tsv: row 3 names `dog` again, as row 1 does" help "name every row differently"
//// words.tsv
word	category
dog	animal
bee	animal
dog	food
