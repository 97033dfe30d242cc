data words = table("words.jsonl", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.jsonl: line 2 has no text or number `category`" help "same keys"
//// words.jsonl
{"word": "dog", "category": "animal"}
{"word": "bee"}
