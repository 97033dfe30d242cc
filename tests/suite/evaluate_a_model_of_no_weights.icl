use std.text
use std.models

data words = table("words.tsv", key: "word")

let selection = text.word_selection(words, attribute: "category", choices: 4, shots: 8)

metric chosen = accuracy(selection) at last

experiment trajectory {
  sweep step in [0, 1, 2, 4]
  evaluate: models.gpt2
  along: step
  measure { on: 500 sequences, chosen }
  plateau { of: chosen, from: 25%, to: 100%, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: chosen along step }
}

// error[E0301] 12:13 "a model that nobody has trained cannot be evaluated" help "write a model that exists, such as `pretrained("
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
