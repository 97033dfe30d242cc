data words = table("words.tsv", key: "name")

let columns = words.attributes

// error[E0314] 1:38 "words.tsv has no column `name`" help "the columns are word, category"
//// words.tsv
word	category
dog	animal
