//! Tasks on words of a table (a data source whose every column but the key is an attribute): the language tasks of Fu
//! et al. 2024.

/// One hidden attribute of a word decides the answer, under one of `maps` label maps: `classify` of std.shapes on
/// words. A line of text is an example. `words` is the table, whose key column is called `word`; `maps` counts the
/// maps drawn once a run, 1 is the fixed mapping and 20k the paper's random mapping; `shots` counts the solved
/// examples before the last.
pub task word_attributes(words: data, maps: count, shots: count = 15) {
  per sequence {
    attribute ~ uniform(words.attributes)
    map ~ permutations(words.sizes) in pool(maps)
  }
  per example {
    row ~ rows(words) without replacement
    values = row.attributes
    answer = map[attribute][values[attribute]]
    label = words.label(attribute, answer)
  }
  length: shots + 1
  show: "{row.word} -> {label}\n"
  score: label
  blind: levels(loss: mean(log(words.sizes)), accuracy: mean(1 / words.sizes))
  ideal: posterior
}

/// Four words with different values of an attribute, and the one that has the hidden value, which all examples share
/// (the word selection of Fu et al. 2024, figure 1B). Nothing but the examples tells the value. `words` is the table,
/// whose key column is called `word`; `attribute` is the name of one of its columns, with at least four values;
/// `choices` says among how many of the four, from the first on, the answer stands; `shots` counts the solved
/// examples before the last.
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
