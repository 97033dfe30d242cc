#!/usr/bin/env python3
"""Adds to posterior.json what the exact posterior predicts for its sequences, by enumeration with fractions of counts:
for each sequence the predictive law before every example, the share of right guesses, and the loss. Run it by hand; the
tests read the file alone.

    python make_posterior.py [sequences.json]    # needs numpy; without an argument the sequences of posterior.json

The sequences are written by the tests where ICL_DUMP_SEQUENCES names a file for them.
"""

import json
import pathlib
import sys

import numpy as np

golden = pathlib.Path(__file__).with_name("posterior.json")


def predict(case, sequence):
    """Every pair of a map and a factor is a hypothesis, each as likely until an example contradicts it."""
    maps, values, labels = np.array(case["maps"]), np.array(sequence["values"]), np.array(sequence["labels"])
    hypotheses = [(m, f) for m in range(maps.shape[0]) for f in range(values.shape[1])]
    # [hypotheses, examples]: the label that each would give.
    told = np.array([maps[m, f, values[:, f]] for m, f in hypotheses])
    weight = np.full(len(hypotheses), 1 / len(hypotheses))
    laws, accuracy, loss = [], [], []
    for example, truth in enumerate(labels):
        law = np.array([weight[told[:, example] == label].sum() for label in range(case["classes"])])
        best = np.isclose(law, law.max(), rtol=0, atol=1e-12)
        laws.append(law)
        accuracy.append(best[truth] / best.sum())
        loss.append(-np.log(law[truth]))
        weight = np.where(told[:, example] == truth, weight, 0.0)
        weight /= weight.sum()
    assert np.allclose(np.sum(laws, axis=1), 1)
    first = [round(float(p), 12) for p in laws[0]]
    return {"first_law": first, "accuracy": [float(a) for a in accuracy], "loss": [float(l) + 0.0 for l in loss]}


cases = json.loads(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else golden).read_text())
for case in cases:
    case["predicted"] = [predict(case, sequence) for sequence in case["sequences"]]
golden.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
