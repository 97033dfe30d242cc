#!/usr/bin/env python3
"""Adds to exact.json what the best predictors score on its sequences, by plain enumeration and plain counting. Run it by
hand; the tests read the file alone.

    python make_exact.py [drawn.json]    # needs numpy; without an argument what exact.json holds

What was drawn is written by the test where ICL_DUMP_EXACT names a file for it. For each case: `kind` says who predicts,
`sequences` hold its inputs and targets, and the other keys what the predictor may know.
"""

import itertools
import json
import pathlib
import sys

import numpy as np

golden = pathlib.Path(__file__).with_name("exact.json")


def scores(laws, truths):
    """Accuracy, where a tie counts as the share that guessing among the tied gives, and loss in nats."""
    accuracy, loss = [], []
    for law, truth in zip(laws, truths):
        law = np.array(law) / np.sum(law)
        tied = np.isclose(law, law.max(), rtol=1e-9, atol=0)
        accuracy.append(float(tied[truth] / tied.sum()))
        loss.append(float(-np.log(law[truth])) + 0.0)
    return {"accuracy": accuracy, "loss": loss}


def bayes(prior, likelihood, truths, classes):
    """`likelihood(h, at)` is the law of hypothesis h over the labels at a position."""
    weight, laws = np.array(prior, dtype=float), []
    for at, truth in enumerate(truths):
        each = np.array([likelihood(h, at) for h in range(len(weight))])
        laws.append(weight @ each)
        weight = weight * each[:, truth]
        weight /= weight.sum()
    assert all(len(law) == classes for law in laws)
    return scores(laws, truths)


def certain(label, classes):
    return np.eye(classes)[int(label)]


def parity(case, s):
    bits = len(s["x"][0])
    sets = list(itertools.product([0, 1], repeat=bits))
    return bayes([1] * len(sets), lambda h, at: certain(np.dot(sets[h], s["x"][at]) % 2, 2), [int(y) for y in s["y"]], 2)


def sparse_parity(case, s):
    bits = len(s["x"][0])
    pairs = [(a, b, flip) for a in range(bits) for b in range(bits) if a != b for flip in (0, 1)]
    said = lambda h, at: certain((s["x"][at][pairs[h][0]] + s["x"][at][pairs[h][1]] + pairs[h][2]) % 2, 2)
    return bayes([1] * len(pairs), said, [int(y) for y in s["y"]], 2)


def coins(case, s):
    """A class with a prior, which makes 1 likely by a table over the input."""
    table = case["table"]
    said = lambda h, at: [1 - table[h][int(s["x"][at])], table[h][int(s["x"][at])]]
    return bayes(case["prior"], said, [int(y) for y in s["y"]], 2)


def dice(case, s):
    """Two latents with priors of their own: which die, and whether its faces are turned round."""
    table, priors = case["table"], case["priors"]
    joint = [(die, turned) for die in range(len(table)) for turned in (0, 1)]
    prior = [priors[0][die] * priors[1][turned] for die, turned in joint]
    said = lambda h, at: table[joint[h][0]][::-1] if joint[h][1] else table[joint[h][0]]
    return bayes(prior, said, [int(y) for y in s["y"]], len(table[0]))


def pool(case, s):
    """The posterior mean over a pool of weights (the dMMSE of Raventos et al. 2023)."""
    elements, x, y = (np.array(array) for array in (case["pool"], s["x"], s["y"]))
    loss, noise = [], case["noise"]
    for at in range(len(y)):
        residual = ((y[:at, None] - x[:at] @ elements.T) ** 2).sum(axis=0)
        if noise > 0:
            log = np.log(case["prior"]) - residual / (2 * noise**2)
            weight = np.exp(log - log.max())
        else:
            weight = np.where(residual < 1e-18, case["prior"], 0)
        predicted = (weight / weight.sum()) @ (elements @ x[at])
        loss.append(float((predicted - y[at]) ** 2))
    return {"loss": loss}


def ridge(case, s):
    x, y = np.array(s["x"]), np.array(s["y"])
    loss = []
    for at in range(len(y)):
        gram = x[:at].T @ x[:at] + case["penalty"] * np.eye(x.shape[1])
        w = np.linalg.solve(gram, x[:at].T @ y[:at]) if case["penalty"] > 0 else np.linalg.pinv(x[:at]) @ y[:at]
        loss.append(float((w @ x[at] - y[at]) ** 2))
    return {"loss": loss}


def ngram(case, s):
    tokens, laws = [int(token) for token in s["y"]], []
    for at in range(len(tokens)):
        context = tokens[at - case["n"] + 1 : at]
        if at < case["n"] - 1:
            laws.append([1] * case["states"])
            continue
        counts = [case["alpha"]] * case["states"]
        for end in range(case["n"] - 1, at):
            if tokens[end - case["n"] + 1 : end] == context:
                counts[tokens[end]] += 1
        laws.append(counts if sum(counts) else [1] * case["states"])
    return scores(laws, tokens)


cases = json.loads(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else golden).read_text())
for case in cases:
    case["expected"] = [globals()[case["kind"]](case, sequence) for sequence in case["sequences"]]
golden.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
