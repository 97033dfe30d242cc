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
