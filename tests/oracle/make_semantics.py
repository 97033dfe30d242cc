#!/usr/bin/env python3
"""Adds to semantics.json what standard tasks must predict, rebuilt in plain Python from what they drew. Run it by hand; the
tests read the file alone.

    python make_semantics.py [drawn.json]    # needs numpy; without an argument what semantics.json holds

What was drawn is written by the test where ICL_DUMP_SEMANTICS names a file for it: for each task its arguments and some
sequences, each with the values of every name: one for what is drawn once, one a position for the others.
"""

import json
import pathlib
import sys

import numpy as np

golden = pathlib.Path(__file__).with_name("semantics.json")


def decision_tree(a, d):
    def walk(x, node=0):
        if node >= 15:
            return d["leaf"][node - 15]
        right = x[int(d["coordinate"][node])] > 0
        return walk(x, 2 * node + (2 if right else 1))

    return {"y": [walk(x) for x in d["x"]]}


def automata(a, d):
    state, states, tokens = 0, [], []
    for letter, ends in zip(d["letter"], d["ends"]):
        states.append(state)
        assert d["rank"][state][int(letter)] < a["edges"], "no such letter in this state"
        tokens.append(0 if ends else 1 + int(letter))
        if ends:
            state = 0
        else:
            others = [other % a["states"] for other in range(state + 1, state + a["states"])]
            state = others[int(d["hop"][state][int(letter)])]
    return {"state": states, "s": tokens}


def trigrams(a, d):
    # The token before, and that the law of each is a row of the table, which the test looks at by counts.
    return {"before": [d["before"][0]] + d["s"][:-1]}


def modular_addition(a, d):
    first, place = int(d["a"]), int(d["place"])
    order = [int(b) for b in d["partner"][first]]
    b = (order[a["seen"] :] if a["held_out"] else order[: a["seen"]])[place]
    return {"s": [first, b, a["modulus"], (first + b) % a["modulus"]]}


def moving_window_sum(a, d):
    n = [1 + int(x) for x in d["drawn"]]
    sums = [n[0]] + [(p + q) % a["modulus"] for p, q in zip(n, n[1:])]
    return {"s": n + [a["modulus"]] + sums}


def copy(a, d):
    return {"s": list(d["string"]) * 2}


def associative_recall(a, d):
    keys = [int(key) for key in d["order"][: a["pairs"]]]
    keys.append(keys[int(d["asked"])])
    return {"key": keys, "y": [d["value"][key] for key in keys]}


def parity(a, d):
    bits = f"{int(d['set']):0{a['bits']}b}"[::-1]
    return {"y": [sum(int(x) for x, bit in zip(xs, bits) if bit == "1") % 2 for xs in d["x"]]}


def sparse_parity(a, d):
    others = [bit % a["bits"] for bit in range(int(d["first"]) + 1, int(d["first"]) + a["bits"])]
    second = others[int(d["gap"])]
    return {"second": second, "y": [int(x[int(d["first"])] + x[second] + d["flip"]) % 2 for x in d["x"]]}


def bursty_classes(a, d):
    members = [int(c) for c in d["member"]]
    context, query = members[:-1], members[-1]
    assert all(context.count(c) == a["copies"] for c in context)
    assert (query in context) == (a["query"] == "inside")
    mean, e = np.array(d["mean"]), np.array(d["e"])
    labels = [d["usual"][c] for c in members]
    assert a["query"] == "inside" or not d["novel"], "a class that is not shown has its usual label"
    return {
        "x": ((mean[members] + a["noise"] * e) / np.sqrt(1 + a["noise"] ** 2)).tolist(),
        "y": [d["order"][int(label)] for label in labels] if d["novel"] else labels,
    }


def two_way(a, d):
    members = [int(c) for c in d["member"]]
    assert members[0] != members[1] and members[2] in members[:2]
    return {"y": [d["order"][0 if c == members[0] else 1] for c in members]}


def zipf_classes(a, d):
    return {"y": [d["usual"][int(c)] for c in d["member"]]}


def linear(a, d):
    z, w, e = np.array(d["z"]), np.array(d["w"]), np.array(d["e"])
    x = np.concatenate([a["scale"] * z[:, : a["active"]] + a["shift"], 0 * z[:, a["active"] :]], axis=1)
    return {"x": x.tolist(), "y": (x @ w + a["noise"] * e).tolist()}


def sparse_linear(a, d):
    w = np.zeros(a["dim"])
    for at, rank in enumerate(d["rank"]):
        if rank < a["nonzero"]:
            w[at] = d["full"][at]
    assert np.count_nonzero(w) == a["nonzero"]
    return {"w": w.tolist(), "y": (np.array(d["x"]) @ w).tolist()}


def quadratic(a, d):
    return {"y": (np.array(d["x"]) ** 2 @ np.array(d["w"]) / np.sqrt(3)).tolist()}


def relu_network(a, d):
    units = np.maximum(np.array(d["x"]) @ np.array(d["first"]).T, 0)
    return {"y": (units @ np.array(d["second"]) * np.sqrt(2 / a["hidden"])).tolist()}


def logistic(a, d):
    direction = np.array(d["direction"])
    return {"w": (a["signal"] * direction / np.linalg.norm(direction)).tolist()}


def linear_pool(a, d):
    return {"y": (np.array(d["x"]) @ np.array(d["w"]) + a["noise"] * np.array(d["e"])).tolist()}


cases = json.loads(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else golden).read_text())
for case in cases:
    rebuild = globals()[case["task"].split(".")[1]]
    case["expected"] = [rebuild(case["arguments"], {**case["run"], **sequence}) for sequence in case["sequences"]]
golden.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
