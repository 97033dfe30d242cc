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
  input: values
  target: label
  blind: levels(loss: 1, accuracy: 30%)
  ideal: posterior
}

// error[E0310] 16:11 "a target is one label, not text" help "one label"
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
