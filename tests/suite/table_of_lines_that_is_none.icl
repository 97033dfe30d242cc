data words = table("words.jsonl", key: "word")

let columns = words.attributes

// error[E0314] 1:20 "words.jsonl: line 2 is no JSON object" help "one object a line"
//// words.jsonl
{"word": "dog", "category": "animal"}
bee
