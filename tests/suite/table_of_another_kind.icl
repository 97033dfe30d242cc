data words = table("words.txt", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.txt is no table that is read" help ".tsv"
//// words.txt
word	category
dog	animal
