#!/usr/bin/env python3
"""Writes functions.json: lines of a task that use every function and operator, and what numpy makes of them on the numbers
that the task drew. Run it by hand; the tests read the file alone.

    python make_functions.py                # needs numpy and scipy; writes the lines, and what numpy says of the inputs that the file has
    python make_functions.py inputs.json    # with inputs that the test wrote, where ICL_DUMP_FUNCTIONS named a file

Every line stands beside its counterpart, a Python expression over the inputs of one position.
"""

import json
import pathlib
import sys

import numpy as np
from scipy import special

golden = pathlib.Path(__file__).with_name("functions.json")

INPUTS = {
    "run": ["fixed ~ normal()[7]"],
    "sequence": ["table ~ normal()[5, 4, 3]", "w ~ normal()[4]"],
    "example": [
        "a ~ normal()[5]",
        "b ~ normal()[5]",
        "m ~ normal()[3, 4]",
        "n ~ normal()[4, 2]",
        "v ~ normal()[4]",
        "u ~ normal()[3]",
        "s ~ normal(0, 3)",
        "p ~ uniform(0.1, 3)[5]",
        "k ~ uniform(7)",
        "g ~ uniform(4)",
        "j ~ uniform(3)",
        "l ~ uniform(5)[6]",
        "t ~ bernoulli(50%)[5]",
        "c ~ bernoulli(50%)",
        "o ~ bernoulli(50%)",
        "walk ~ normal(previous(walk), 1, first: normal())",
    ],
}

sigmoid = special.expit
softmax = lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
one_hot = lambda label, size: np.eye(size)[np.asarray(label, dtype=int)]
truth = lambda x: np.asarray(x, dtype=float)

LINES = [
    ("dot(a, b)", lambda x: x.a @ x.b),
    ("dot(v, w)", lambda x: x.v @ x.w),
    ("dot(fixed, fixed)", lambda x: x.fixed @ x.fixed),
    ("matmul(m, v)", lambda x: x.m @ x.v),
    ("matmul(m, n)", lambda x: x.m @ x.n),
    ("matmul(v, n)", lambda x: x.v @ x.n),
    ("matmul(matmul(m, n), [1, 0 - 2])", lambda x: x.m @ x.n @ [1, -2]),
    ("matmul([[1, 2, 3], [0, 1, 0]], m)", lambda x: np.array([[1, 2, 3], [0, 1, 0]]) @ x.m),
    ("norm(a)", lambda x: np.linalg.norm(x.a)),
    ("norm(m)", lambda x: np.linalg.norm(x.m)),
    ("norm(s)", lambda x: abs(x.s)),
    ("sum(m)", lambda x: x.m.sum()),
    ("sum(l)", lambda x: x.l.sum()),
    ("sum(t)", lambda x: x.t.sum()),
    ("mean(m)", lambda x: x.m.mean()),
    ("mean(l)", lambda x: x.l.mean()),
    ("max(m)", lambda x: x.m.max()),
    ("max(l)", lambda x: x.l.max()),
    ("max(a, b)", lambda x: np.maximum(x.a, x.b)),
    ("max(a, 0.3)", lambda x: np.maximum(x.a, 0.3)),
    ("max(k, g)", lambda x: max(x.k, x.g)),
    ("min(m)", lambda x: x.m.min()),
    ("min(s, a)", lambda x: np.minimum(x.s, x.a)),
    ("min(k, 3)", lambda x: min(x.k, 3)),
    ("argmax(a)", lambda x: x.a.argmax()),
    ("argmax(l)", lambda x: x.l.argmax()),
    ("argmax(0 - t)", lambda x: (-x.t).argmax()),
    ("abs(m)", lambda x: np.abs(x.m)),
    ("abs(k - g)", lambda x: abs(x.k - x.g)),
    ("sqrt(p)", lambda x: np.sqrt(x.p)),
    ("exp(m)", lambda x: np.exp(x.m)),
    ("log(p)", lambda x: np.log(x.p)),
    ("sin(m)", lambda x: np.sin(x.m)),
    ("cos(10 * a)", lambda x: np.cos(10 * x.a)),
    ("sign(a)", lambda x: np.sign(x.a)),
    ("sign(k - 3)", lambda x: np.sign(x.k - 3)),
    ("relu(m)", lambda x: np.maximum(x.m, 0)),
    ("relu(k - 3)", lambda x: max(x.k - 3, 0)),
    ("tanh(m)", lambda x: np.tanh(x.m)),
    ("sigmoid(5 * a)", lambda x: sigmoid(5 * x.a)),
    ("sigmoid(200 * s)", lambda x: sigmoid(200 * x.s)),
    ("softmax(a)", lambda x: softmax(x.a)),
    ("softmax(m)", lambda x: softmax(x.m)),
    ("softmax(1000 + m)", lambda x: softmax(x.m)),
    ("one_hot(k, 7)", lambda x: one_hot(x.k, 7)),
    ("one_hot(g, 9)", lambda x: one_hot(x.g, 9)),
    ("one_hot(l, 5)", lambda x: one_hot(x.l, 5)),
    ("one_hot(c, 2)", lambda x: one_hot(x.c, 2)),
    ("concat(a, v)", lambda x: np.concatenate([x.a, x.v])),
    ("concat(m, matmul(m, matmul(n, [[1, 2, 3, 4], [4, 3, 2, 1]])))",
     lambda x: np.concatenate([x.m, x.m @ x.n @ [[1, 2, 3, 4], [4, 3, 2, 1]]])),
    ("concat([1, 2], l)", lambda x: np.concatenate([[1, 2], x.l])),
    ("concat(fixed, u)", lambda x: np.concatenate([x.fixed, x.u])),
    ("mod(s, 2)", lambda x: np.mod(x.s, 2)),
    ("mod(k - 5, 3)", lambda x: np.mod(x.k - 5, 3)),
    ("cumsum(a)", lambda x: np.cumsum(x.a)),
    ("cumsum(m)", lambda x: np.cumsum(x.m, axis=-1)),
    ("cumsum(l)", lambda x: np.cumsum(x.l)),
    ("sort(a)", lambda x: np.sort(x.a)),
    ("sort(m)", lambda x: np.sort(x.m, axis=-1)),
    ("sort(l)", lambda x: np.sort(x.l)),
    ("where(t, a, b)", lambda x: np.where(x.t == 1, x.a, x.b)),
    ("where(a > 0, s, b)", lambda x: np.where(x.a > 0, x.s, x.b)),
    ("where(c, a, 0)", lambda x: x.a * x.c),
    ("where(1..=5 <= k, a, 0)", lambda x: np.where(np.arange(1, 6) <= x.k, x.a, 0)),
    ("if c then a else b", lambda x: x.a if x.c else x.b),
    ("if k > 3 then k else g + 10", lambda x: x.k if x.k > 3 else x.g + 10),
    ("if index == 2 then s else 0 - s", lambda x: x.s if x.index == 2 else -x.s),
    ("index", lambda x: x.index),
    ("index + k", lambda x: x.index + x.k),
    ("a + b", lambda x: x.a + x.b),
    ("s + m", lambda x: x.s + x.m),
    ("a - k", lambda x: x.a - x.k),
    ("s - a", lambda x: x.s - x.a),
    ("-a", lambda x: -x.a),
    ("-(k - g)", lambda x: x.g - x.k),
    ("a * b", lambda x: x.a * x.b),
    ("2 * m", lambda x: 2 * x.m),
    ("fixed * s", lambda x: x.fixed * x.s),
    ("a / p", lambda x: x.a / x.p),
    ("1 / p", lambda x: 1 / x.p),
    ("k / 4", lambda x: x.k / 4),
    ("s % 0.7", lambda x: np.mod(x.s, 0.7)),
    ("(k + g) % 5", lambda x: (x.k + x.g) % 5),
    ("(k - 20) % 7", lambda x: np.mod(x.k - 20, 7)),
    ("(2 * l - 9) % 4", lambda x: np.mod(2 * x.l - 9, 4)),
    ("a ^ 2", lambda x: x.a**2),
    ("a ^ 3", lambda x: x.a**3),
    ("p ^ a", lambda x: x.p**x.a),
    ("2 ^ k", lambda x: 2.0**x.k),
    ("p ^ 0.5", lambda x: np.sqrt(x.p)),
    ("2 ^ (k % 3) ^ 2", lambda x: 2.0 ** ((x.k % 3) ** 2)),
    ("k % 3 == g % 3", lambda x: x.k % 3 == x.g % 3),
    ("l == 2", lambda x: x.l == 2),
    ("l != 2", lambda x: x.l != 2),
    ("a < b", lambda x: x.a < x.b),
    ("k <= 3", lambda x: x.k <= 3),
    ("a > 0", lambda x: x.a > 0),
    ("k >= g", lambda x: x.k >= x.g),
    ("c and o", lambda x: x.c * x.o),
    ("c or o", lambda x: max(x.c, x.o)),
    ("not c", lambda x: 1 - x.c),
    ("not (t and a > 0)", lambda x: ~((x.t == 1) & (x.a > 0))),
    ("c and not o or k > 4", lambda x: (x.c and not x.o) or x.k > 4),
    ("table[k % 5]", lambda x: x.table[int(x.k % 5)]),
    ("table[k % 5][g]", lambda x: x.table[int(x.k % 5), int(x.g)]),
    ("table[k % 5][g][j]", lambda x: x.table[int(x.k % 5), int(x.g), int(x.j)]),
    ("table[k % 5, g, j]", lambda x: x.table[int(x.k % 5), int(x.g), int(x.j)]),
    ("table[l]", lambda x: x.table[x.l.astype(int)]),
    ("table[2][g]", lambda x: x.table[2, int(x.g)]),
    ("table[j][l % 4]", lambda x: x.table[int(x.j)][x.l.astype(int) % 4]),
    ("table[l][3]", lambda x: x.table[x.l.astype(int)][3]),
    ("fixed[k]", lambda x: x.fixed[int(x.k)]),
    ("fixed[l]", lambda x: x.fixed[x.l.astype(int)]),
    ("w[index % 4]", lambda x: x.w[int(x.index % 4)]),
    ("a[4]", lambda x: x.a[4]),
    ("m[j]", lambda x: x.m[int(x.j)]),
    ("m[c][o]", lambda x: x.m[int(x.c), int(x.o)]),
    ("[10, 20, 30][j]", lambda x: [10, 20, 30][int(x.j)]),
    ("[[1, 2], [3, 4], [5, 6]][j]", lambda x: [[1, 2], [3, 4], [5, 6]][int(x.j)]),
    ("[s, 1, k] : real[3]", lambda x: [x.s, 1, x.k]),
    ("[a, b] : real[2, 5]", lambda x: [x.a, x.b]),
    ("[m, 2 * m] : real[2, 3, 4]", lambda x: [x.m, 2 * x.m]),
    ("[k, g, 2][j]", lambda x: [x.k, x.g, 2][int(x.j)]),
    ("sum([a, b][c])", lambda x: [x.a, x.b][int(x.c)].sum()),
    ("previous(walk)", lambda x: x.before),
    ("walk - previous(walk)", lambda x: x.walk - x.before),
    ("50% * s", lambda x: x.s / 2),
]


class At:
    """The inputs of one position."""

    def __init__(self, inputs, sequence, position):
        for name, values in inputs.items():
            value = np.array(values[sequence][position], dtype=float)
            setattr(self, name, value if value.ndim else float(value))
        self.index = position
        # What stands before the first is never asked for; the sampler holds a 0 there.
        self.before = inputs["walk"][sequence][position - 1] if position > 0 else 0.0


known = json.loads(golden.read_text()).get("inputs") if golden.exists() else None
inputs = json.loads(pathlib.Path(sys.argv[1]).read_text()) if len(sys.argv) > 1 else known
made = {"drawn": INPUTS, "lines": [{"line": line} for line, _ in LINES]}
if inputs:
    made["inputs"] = inputs
    count, length = len(inputs["a"]), len(inputs["a"][0])
    for entry, (_, said) in zip(made["lines"], LINES):
        values = [truth(said(At(inputs, s, e))) for s in range(count) for e in range(length)]
        entry["shape"] = list(values[0].shape)
        entry["values"] = [float(x) for value in values for x in value.ravel()]
golden.write_text(json.dumps(made, separators=(",", ":")) + "\n")
