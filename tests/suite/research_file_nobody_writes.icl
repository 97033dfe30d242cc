//! The labels are read from a file that an earlier script writes under another name.

data words = table("word_labels.tsv", key: "word")

let columns = words.attributes

// error[E0314] 3:20 "cannot read word_labels.tsv" help "check the path"
//// labels.tsv
word	category
dog	animal
bee	food
