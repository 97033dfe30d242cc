data words = table("words.csv", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.csv: column 2 is named `First letter`" help "snake_case"
//// words.csv
word,First letter
dog,d
