data words = table("words.tsv", key: "word")

task word_attributes(shots: count = 4) {
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

// error[E0311] 14:11 "4 examples without replacement need more rows than there are" help "more rows"
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
