data words = table("words.tsv", key: "word")

task word_attributes(shots: count = 3) {
  per sequence {
    attribute ~ uniform(words.attributes)
    map ~ permutations(words.sizes) in pool(20)
  }
  per example {
    row ~ rows(words) without replacement
    values = row.attributes
    answer = map[attribute][values[attribute]]
    label = words.label(attribute, answer)
  }
  length: shots
  show: "{row.word} -> {label}\n"
  score: label
  blind: levels(loss: 1, accuracy: 30%)
  ideal: posterior
}

model small {
  width: 8
  blocks: [attention(heads: 1)]
  tokenizer: "tokenizer.json"
}

curriculum once {
  stage main { train: word_attributes(), for: 1k steps }
}

metric score = accuracy(word_attributes())

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-3)
  seeds: 1
  curriculum: once
  measure { every: 100 steps, on: 64 sequences, score }
}

// error[E0314] 24:14 "cannot read tokenizer.json" help "check the path"
//// words.tsv
word	category	first
dog	animal	d
bee	animal	b
ant	animal	a
cat	animal	c
pie	food	p
jam	food	j
egg	food	e
ham	food	h
saw	tool	s
axe	tool	a
pen	tool	p
key	tool	k
bus	car	b
cab	car	c
van	car	v
