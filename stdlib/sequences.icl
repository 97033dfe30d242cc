//! Sequences of tokens, and of labels that follow a rule: Markov chains and automata whose law is drawn for every
//! sequence, copies and look-ups, parities, modular sums.

/// A Markov chain whose transitions are drawn for every sequence: the loss falls like a staircase, from uniform over
/// unigrams to bigrams (Edelman et al. 2024). Counts of bigrams with one added to each are the exact Bayes predictor,
/// since rows of the transitions are Dirichlet(1). `states` counts the tokens, 2 or 3 in the paper; `tokens` is the
/// length.
pub task markov(states: count = 3, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  plateaus: [ngram(1, 1)]
  ideal: ngram(2, 1)
}

/// A Markov chain of second order: the next token depends on the two before it (the n-grams of Edelman et al. 2024).
/// Counts of trigrams with one added to each are the Bayes predictor, but for the little that the second token tells,
/// which follows one that is not seen; unigrams and bigrams lie between. `states` counts the tokens; `tokens` is the
/// length.
pub task trigrams(states: count = 3, tokens: count = 200) {
  per sequence {
    p ~ dirichlet(1, states)[states, states]
  }
  per token {
    before ~ categorical(one_hot(previous(s), states), first: uniform(states))     // the token before
    s ~ categorical(p[previous(before), before], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  plateaus: [ngram(1, 1), ngram(2, 1)]
  ideal: ngram(3, 1)
}

/// Strings of a random finite automaton, drawn for every sequence, with a separator between them (RegBench, Akyurek
/// et al. 2024). In each state the automaton has `edges` letters, each as likely and each leading to another state;
/// every string begins in state 0. RegBench draws 4 to 12 states, 4 to 18 letters, 1 to 3 edges for each state, and
/// lengths of strings uniformly below 50; here these numbers are fixed and each token ends its string with the
/// probability `stop`, so that the levels are known. `ideal` is the level of one who knows the automaton. `states`
/// counts the states and `letters` the tokens other than the separator, which is token 0; `tokens` is the length,
/// about 15 strings.
pub task automata(
  states: count = 8,
  letters: count = 18,
  edges: count = 2,
  stop: real = 4%,
  tokens: count = 375,
) {
  per sequence {
    rank ~ permutation(letters)[states]             // a state has the letters of rank below `edges`
    hop ~ uniform(states - 1)[states, letters]      // to which of the other states a letter leads
  }
  per token {
    next = if previous(ends) then 0 else (previous(state) + 1 + hop[previous(state), previous(letter)]) % states
    state ~ categorical(one_hot(next, states), first: categorical(one_hot(0, states)))
    letter ~ categorical(
      where(rank[state] < edges, 1 / edges, 0),
      first: categorical(where(rank[0] < edges, 1 / edges, 0)),
    )
    ends ~ bernoulli(stop, first: bernoulli(stop))
    s = if ends then 0 else 1 + letter : class(letters + 1)
  }
  length: tokens
  emit: s
  blind: levels(
    loss: (1 - stop) * log(letters) - stop * log(stop) - (1 - stop) * log(1 - stop),
    accuracy: max(stop, (1 - stop) / letters),
  )
  plateaus: [ngram(1, 1), ngram(2, 1)]
  ideal: levels(
    loss: (1 - stop) * log(edges) - stop * log(stop) - (1 - stop) * log(1 - stop),
    accuracy: max(stop, (1 - stop) / edges),
  )
}

/// A random string, then the same string again: the test of induction heads (Olsson et al. 2022). Only the second
/// half counts. `symbols` counts the tokens, `span` is the length of the string.
pub task copy(symbols: count = 32, span: count = 25) {
  per sequence {
    string ~ uniform(symbols)[span]
  }
  per token {
    s = string[index % span]
  }
  length: 2 * span
  score: from(span)
  emit: s
  blind: log(symbols)
  ideal: 0
}

/// Pairs of a key and a value, then a key that was shown: which value went with it? (Ba et al. 2016, with letters for
/// keys and digits for values; Olsson et al. 2022 and Arora et al. 2023 study how attention learns it.) Keys of a
/// sequence differ. `keys` and `values` are the numbers of either, `pairs` how many are shown.
pub task associative_recall(keys: count = 26, values: count = 10, pairs: count = 8) {
  per sequence {
    order ~ permutation(keys)
    value ~ uniform(values)[keys]
    asked ~ uniform(pairs)
  }
  per example {
    key = if index < pairs then order[index] else order[asked]
    y = value[key]
  }
  length: pairs + 1
  score: last
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

/// The parity of a hidden set of bits, drawn for every sequence among all sets (Bhattamishra et al. 2024:
/// transformers hardly learn it). `bits` is the width of x, `points` counts the examples. The exact posterior goes
/// through all 2^bits sets.
pub task parity(bits: count = 10, points: count = 41) {
  per sequence {
    set ~ uniform(2 ^ bits)
    relevant = where(set % 2 ^ (1..=bits) >= 2 ^ (0..bits), 1, 0)      // the binary digits of its number
  }
  per example {
    x ~ bernoulli(50%)[bits]
    y = sum(relevant * x) % 2
  }
  length: points
  input: x
  target: y : class(2)
  // Where all bits are 0 the parity is 0 whatever the set; else both are as likely.
  blind: levels(loss: (1 - 0.5 ^ bits) * log(2), accuracy: (1 + 0.5 ^ bits) / 2)
  ideal: posterior
}

/// The parity of two hidden bits, or its complement, drawn for every sequence (after the sparse parities of
/// Bhattamishra et al. 2024; the complement is added, so that without examples nothing tells the label). `bits` is
/// the width of x, `points` counts the examples.
pub task sparse_parity(bits: count = 10, points: count = 41) {
  per sequence {
    first ~ uniform(bits)
    gap ~ uniform(bits - 1)
    flip ~ uniform(2)
    second = (first + 1 + gap) % bits
  }
  per example {
    x ~ bernoulli(50%)[bits]
    y = (x[first] + x[second] + flip) % 2
  }
  length: points
  input: x
  target: y : class(2)
  blind: log(2)
  ideal: posterior
}

/// `a b = c` with c the sum modulo `modulus`, over a fixed share of all pairs: grokking (Power et al. 2022, Nanda et
/// al. 2023). Only c counts. Which pairs train is drawn once a run, as many for each a; `held_out` asks for the same
/// task over the other pairs, on which it is learned late. `modulus` is a prime in the papers; `seen` is with how
/// many b each a trains, 30% of them in Nanda et al.
pub task modular_addition(modulus: count = 113, seen: count = 34, held_out: bool = false) {
  per run {
    partner ~ permutation(modulus)[modulus]     // for each a, every b in a random order
  }
  per sequence {
    a ~ uniform(modulus)
    place ~ uniform(if held_out then modulus - seen else seen)
    rank = if held_out then seen + place else place : class(modulus)
    b = partner[a, rank]
  }
  per token {
    s = if index == 0 then a
      else if index == 1 then b
      else if index == 2 then modulus
      else (a + b) % modulus : class(modulus + 1)
  }
  length: 4
  score: last
  emit: s
  blind: levels(loss: log(modulus), accuracy: 1 / modulus)
  ideal: 0
}

/// Numbers, a separator, and the sums of each number and the one before it, modulo `modulus` (the moving-window sums
/// of Gopalani and Hu 2025, with a window of two; the first sum is the first number alone). Only the sums count.
/// `numbers` says how many there are, each from 1 to modulus - 1; the separator is token `modulus`.
pub task moving_window_sum(numbers: count = 16, modulus: count = 17) {
  per sequence {
    drawn ~ uniform(modulus - 1)[numbers]
    n = 1 + drawn
  }
  per token {
    i = index - numbers - 1         // the place of the sum that stands here
    s = if index < numbers then n[index % numbers]
      else if i < 0 then modulus
      else if i == 0 then n[0]
      else (n[(i - 1) % numbers] + n[i % numbers]) % modulus : class(modulus + 1)
  }
  length: 2 * numbers + 1
  score: from(numbers + 1)
  emit: s
  // A sum of two is 0 with the probability 1 / (modulus - 1), and else every value is as likely.
  blind: if index == numbers + 1 then log(modulus - 1)
    else log(modulus - 1) / (modulus - 1) + (modulus - 2) / (modulus - 1) * log((modulus - 1) ^ 2 / (modulus - 2))
  ideal: 0
}
