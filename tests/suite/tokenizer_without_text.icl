data words = table("words.tsv", key: "word")

task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

model small {
  width: 8
  blocks: [attention(heads: 1)]
  tokenizer: words
}

curriculum once {
  stage main { train: recall(), for: 1k steps }
}

metric score = accuracy(recall())

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-3)
  seeds: 1
  curriculum: once
  measure { every: 100 steps, on: 64 sequences, score }
}

// error[E0319] 31:10 "the model has a tokenizer, but `recall` shows no text" help "take the tokenizer away"
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
