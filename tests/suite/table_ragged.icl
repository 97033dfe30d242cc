data words = table("words.tsv", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.tsv: row 2 has 2 columns, but the header has 3" help "as many columns"
//// words.tsv
word	category	first
dog	animal	d
bee	animal
