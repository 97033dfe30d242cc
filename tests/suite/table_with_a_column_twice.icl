data words = table("words.tsv", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.tsv has two columns `category`" help "rename"
//// words.tsv
word	category	category
dog	animal	food
