//! Tasks on words of a table (a data source whose every column but the key is an attribute): the language tasks of Fu
//! et al. 2024, and pairs of words as in Todd et al. 2024. A line of text is an example; the key column of a table is
//! called `word`. No text of the table should have two meanings, such as a label of two attributes.

/// One hidden attribute of a word decides the answer, under one of `maps` label maps: `classify` of std.shapes on
/// words. `words` is the table; `maps` counts the maps drawn once a run, 1 is the fixed mapping and 20k the paper's
/// random mapping; `shots` counts the solved examples before the last. `labels` says whose labels the answers are: with
/// `own`, the labels of the hidden attribute, so that one solved example tells which attribute it is and the others
/// tell the map; with `shared`, those of the attribute with the most values whichever is hidden, so that, as among
/// images, only answers to several words tell it.
pub task word_attributes(words: data, maps: count, shots: count = 15, labels: own | shared = own) {
  per sequence {
    attribute ~ uniform(words.attributes)
    map ~ permutations(words.sizes) in pool(maps)
  }
  per example {
    row ~ rows(words) without replacement
    values = row.attributes
    answer = map[attribute][values[attribute]]
    label = words.label(if labels == own then attribute else argmax(words.sizes), answer)
  }
  length: shots + 1
  show: "{row.word} -> {label}\n"
  score: label
  blind: levels(loss: mean(log(words.sizes)), accuracy: mean(1 / words.sizes))
  ideal: posterior
}

/// Four words with different values of an attribute, and the one that has the hidden value, which all examples share
/// (the word selection of Fu et al. 2024, figure 1B). Nothing but the examples tells the value. `words` is the table;
/// `attribute` is the name of one of its columns, with at least four values; `choices` says among how many of the
/// four, from the first on, the answer stands; `shots` counts the solved examples before the last.
pub task word_selection(words: data, attribute: text, choices: count = 4, shots: count = 8) {
  per sequence {
    value ~ uniform(words.sizes[attribute])
  }
  per example {
    place ~ uniform(choices)
    step ~ permutation(words.sizes[attribute])
    // The values of the four words: that at `place` is the hidden one, and all differ.
    listed = (value + step - step[place]) % words.sizes[attribute]
    first ~ rows(words, where: attributes[attribute] == listed[0])
    second ~ rows(words, where: attributes[attribute] == listed[1])
    third ~ rows(words, where: attributes[attribute] == listed[2])
    fourth ~ rows(words, where: attributes[attribute] == listed[3])
    answer = [first.word, second.word, third.word, fourth.word][place]
  }
  length: shots + 1
  show: "{first.word} {second.word} {third.word} {fourth.word} -> {answer}\n"
  score: answer
  blind: levels(loss: log(choices), accuracy: 1 / choices)
  ideal: if index == 0 then log(choices) else 0       // one solved example tells the value
}

/// A word and its pair: its opposite, its translation, its capital. Every column of `words` but the key is a rule that
/// makes pairs. `rules` says which are asked for: with `all`, any of them, hidden and the same for all examples of a
/// sequence, so that one solved example tells which; with `first`, that of the first column in every sequence. What the
/// examples tell is the rule, to a model that was trained on other text too; the pairs themselves only weights know.
/// `shots` counts the solved examples before the last.
pub task pairs(words: data, rules: all | first = all, shots: count = 10) {
  per sequence {
    rule ~ uniform(if rules == all then words.attributes else 1)
  }
  per example {
    row ~ rows(words) without replacement
    pair = words.label(rule, row.attributes[rule])
  }
  length: shots + 1
  show: "{row.word} -> {pair}\n"
  score: pair
  blind: levels(
    loss: if rules == all then mean(log(words.sizes)) else log(words.sizes[0]),
    accuracy: if rules == all then mean(1 / words.sizes) else 1 / words.sizes[0],
  )
  ideal: posterior
}
