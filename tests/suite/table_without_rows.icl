data words = table("words.tsv", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.tsv has no rows" help "write a row"
//// words.tsv
word	category
