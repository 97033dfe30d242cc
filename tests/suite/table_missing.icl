data words = table("words.tsv", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "cannot read words.tsv" help "check the path"
