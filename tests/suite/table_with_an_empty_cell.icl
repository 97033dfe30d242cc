data words = table("words.tsv", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.tsv: row 2, column `category` is empty" help "write a value"
//// words.tsv
word	category
dog	animal
bee	
