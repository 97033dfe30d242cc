data words = table("words.tsv", key: "word")

task word_attributes(shots: count = 3) {
  per sequence {
    attribute ~ uniform(words.attributes)
    map ~ permutations(words.sizes) in pool(20)
  }
  per example {
    row ~ rows(words, where: attributes == 1) without replacement
    label = words.label(0, row.attributes[0])
  }
  length: shots
  show: "{row.word} -> {label}\n"
  score: label
  blind: levels(loss: 1, accuracy: 30%)
  ideal: posterior
}

// error[E0306] 9:30 "a condition on rows is true or false, not bool[2]" help "a single entry"
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
