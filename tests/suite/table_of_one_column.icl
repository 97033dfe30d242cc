data words = table("words.tsv", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.tsv has one column, so no attribute" help "add a column"
//// words.tsv
word
dog
bee
