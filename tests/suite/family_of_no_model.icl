use std.text

data words = table("words.tsv", key: "word")

model pythia(step: count) = pretrained("pythia-160m/step{step}", family: llama)

let selection = text.word_selection(words, attribute: "category", choices: 4, shots: 8)

metric chosen = accuracy(selection) at last

#allow(W0208, "the models lie on the machine of the run")
experiment trajectory {
  sweep step in [0, 1, 2, 4]
  evaluate: pythia(step)
  along: step
  measure { on: 500 sequences, chosen }
  plateau { of: chosen, from: 25%, to: 100%, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: chosen along step }
}

// error[E0201] 5:74 "`family` cannot be `llama`" help "write `gpt2` or `gpt_neox`"
//// words.tsv
word	category	colour
apple	fruit	red
cherry	fruit	red
plum	fruit	blue
lemon	fruit	yellow
car	vehicle	red
bus	vehicle	blue
bike	vehicle	red
tram	vehicle	yellow
dog	animal	brown
cat	animal	black
cow	animal	brown
owl	animal	white
oak	plant	green
elm	plant	green
fir	plant	green
ivy	plant	green
