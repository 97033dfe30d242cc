#!/usr/bin/env python3
"""Writes laws.json: what scipy says of the distributions of the language. For a continuous law the quantiles that cut it
into 50 equal parts; for a finite one the probability of every value. Run it by hand; the tests read the file alone.

    python make_laws.py    # needs numpy and scipy

An entry's `draw` is drawn in a task after the lines `before`; `parts` holds a law for every number that one draw has,
and `joint` one for all of them together. `critical` gives, by degrees of freedom, what Pearson's statistic exceeds with
the probability `level`; `kolmogorov` is that of the largest distance times the root of the count.
"""

import itertools
import json
import pathlib

import numpy as np
from scipy import optimize, special, stats

CELLS = 50
LEVEL = 1e-3
entries = []


def quantiles(law):
    """The cuts between equal parts of a law of scipy."""
    return {"quantiles": [float(law.ppf(part / CELLS)) for part in range(1, CELLS)]}


def masses(p):
    p = np.asarray(p, dtype=float)
    assert abs(p.sum() - 1) < 1e-12
    return {"masses": [float(x) for x in p]}


def zipf(k, exponent):
    return [float(p) for p in stats.zipfian(exponent, k).pmf(np.arange(1, k + 1))] if exponent > 0 else [1 / k] * k


def add(draw, parts, before=(), joint=None):
    entry = {"draw": draw, "parts": parts}
    if before:
        entry["before"] = list(before)
    if joint:
        entry["joint"] = [[list(map(float, values)), float(p)] for values, p in joint]
        assert abs(sum(p for _, p in entry["joint"]) - 1) < 1e-9
    entries.append(entry)


class Mixture:
    """Quantiles of a mixture of laws, by bisection of its cumulative law."""

    def __init__(self, *parts):
        self.parts = parts

    def ppf(self, p):
        cdf = lambda x: sum(share * law.cdf(x) for share, law in self.parts) - p
        return optimize.brentq(cdf, -200, 200, xtol=1e-14)


normal, uniform, beta = stats.norm, lambda a, b: stats.uniform(a, b - a), stats.beta

add("normal()", [quantiles(normal())])
add("normal(2, 0.5)", [quantiles(normal(2, 0.5))])
add("normal(mean: 0 - 1)", [quantiles(normal(-1))])
add("normal([0, 3, 0 - 2], [1, 0.5, 20])", [quantiles(normal(m, s)) for m, s in [(0, 1), (3, 0.5), (-2, 20)]])
add("normal(1, [1, 3])[2]", [quantiles(normal(1, s)) for s in (1, 3, 1, 3)])
add("uniform(0, 1)", [quantiles(uniform(0, 1))])
add("uniform(0 - 2, 5)", [quantiles(uniform(-2, 5))])
add("uniform([0, 10], [1, 14])", [quantiles(uniform(0, 1)), quantiles(uniform(10, 14))])
add("uniform(1, 2)[2]", [quantiles(uniform(1, 2))] * 2)
add("uniform(2)", [masses([1 / 2] * 2)])
add("uniform(7)", [masses([1 / 7] * 7)])
pairs = [(pair, 1 / 25) for pair in itertools.product(range(5), repeat=2)]
add("uniform(5)[2]", [masses([1 / 5] * 5)] * 2, joint=pairs)
p = [0.5, 0, 0.3, 0.15, 0.05]
add("categorical([50%, 0, 0.3, 15%, 5%])", [masses(p)])
table = [[0.1, 0.9], [0.6, 0.4]]
two = [((a, b), table[0][a] * table[1][b]) for a in range(2) for b in range(2)]
add("categorical([[0.1, 0.9], [0.6, 0.4]])", [masses(row) for row in table], joint=two)
add("bernoulli(30%)", [masses([0.7, 0.3])])
add("bernoulli([0.1, 0.5, 0.95])", [masses([1 - q, q]) for q in (0.1, 0.5, 0.95)])
add("bernoulli(20%)[2]", [masses([0.8, 0.2])] * 2, joint=[((a, b), (0.2 if a else 0.8) * (0.2 if b else 0.8)) for a in (0, 1) for b in (0, 1)])
add("dirichlet(1, 3)", [quantiles(beta(1, 2))] * 3)
add("dirichlet(0.3, 4)", [quantiles(beta(0.3, 0.9))] * 4)
add("dirichlet([0.5, 1, 4.5], 3)", [quantiles(beta(a, 6 - a)) for a in (0.5, 1, 4.5)])
add("dirichlet(2, 2)[2]", [quantiles(beta(2, 2))] * 4)
# So small a concentration leaves all numbers too small for a float: one of them has all, as often as its alpha says.
corners = [([float(at == lucky) for at in range(3)], a / 4) for lucky, a in enumerate((1, 2, 1))]
add("dirichlet([1e-9, 2e-9, 1e-9], 3)", [masses([3 / 4, 1 / 4]), masses([1 / 2, 1 / 2]), masses([3 / 4, 1 / 4])], joint=corners)
orders = [(order, 1 / 24) for order in itertools.permutations(range(4))]
add("permutation(4)", [masses([1 / 4] * 4)] * 4, joint=orders)
add("permutation(20)", [masses([1 / 20] * 20)] * 20)
add("permutation(2)[2]", [masses([1 / 2] * 2)] * 4, joint=[((a, 1 - a, b, 1 - b), 1 / 4) for a in (0, 1) for b in (0, 1)])
lines = [((*a, *b, 0), 1 / 12) for a in itertools.permutations(range(3)) for b in itertools.permutations(range(2))]
add("permutations([3, 2])", [masses([1 / 3] * 3)] * 3 + [masses([1 / 2] * 2)] * 2 + [masses([1])], joint=lines)
add("zipf(6)", [masses(zipf(6, 1))])
for exponent in (0, 0.5, 1.5, 3):
    add(f"zipf(12, {exponent})", [masses(zipf(12, exponent))])
add("zipf(1k, exponent: 1)", [masses(zipf(1000, 1))])
for df in (1, 2, 3.5, 30):
    add(f"student_t({df})", [quantiles(stats.t(df))])
add("student_t([1.5, 8])", [quantiles(stats.t(1.5)), quantiles(stats.t(8))])
add("exponential(1)", [quantiles(stats.expon())])
add("exponential([0.2, 5])", [quantiles(stats.expon(scale=5)), quantiles(stats.expon(scale=0.2))])

mixed = Mixture((0.9, normal(0, 1)), (0.1, normal(3, 10)))
before = ["narrow = normal()", "wide = normal(3, 10)"]
add("mixture(narrow: 90%, wide: 10%)", [quantiles(mixed)], before)
# Every copy picks its own part.
before = ["low = uniform(2)", "high = categorical([0, 0, 50%, 50%])"]
one = [0.35, 0.35, 0.15, 0.15]
joint = [((a, b), one[a] * one[b]) for a in range(4) for b in range(4)]
add("mixture(low: 70%, high: 30%)[2]", [masses(one)] * 2, before, joint)
# A part of two numbers is picked for both together.
before = ["equal = uniform(1, 2)[2]", "apart = normal([0, 5])"]
add(
    "mixture(equal: 25%, apart: 75%)",
    [quantiles(Mixture((0.25, uniform(1, 2)), (0.75, normal(m)))) for m in (0, 5)],
    before,
)
before = ["inner = uniform(3)", "outer = zipf(3, 2)", "both = mixture(inner: 50%, outer: 50%)", "third = categorical([0, 0, 1])"]
half = np.array(zipf(3, 2)) / 2 + 1 / 6
add("mixture(both: 80%, third: 20%)", [masses(0.8 * half + [0, 0, 0.2])], before)


def bursty(classes, context, copies, exponent, outside):
    """The joint law of a sequence, by going through all of them."""
    weight = np.array(zipf(classes, exponent))
    law = {}
    shown = context // copies
    for chosen in itertools.permutations(range(classes), shown):
        p, rest = 1.0, set(range(classes))
        for c in chosen:
            p *= weight[c] / sum(weight[sorted(rest)])
            rest.remove(c)
        items = [c for c in chosen for _ in range(copies)]
        orders = set(itertools.permutations(items))
        if outside:
            queries = {c: weight[c] / sum(weight[sorted(rest)]) for c in rest}
        else:
            queries = {c: 1 / shown for c in chosen}
        for order in orders:
            for query, q in queries.items():
                key = (*order, query)
                law[key] = law.get(key, 0) + p * q / len(orders)
    marginal = [masses([sum(p for key, p in law.items() if key[at] == c) for c in range(classes)]) for at in range(context + 1)]
    return marginal, sorted(law.items())


for text, args in [
    ("bursty(4, length: 3)", (4, 2, 1, 0, False)),
    ("bursty(4, length: 5, copies: 2)", (4, 4, 2, 0, False)),
    ("bursty(4, length: 5, copies: 2, exponent: 1)", (4, 4, 2, 1, False)),
    ("bursty(4, length: 3, copies: 1, exponent: 1.5, query: outside)", (4, 2, 1, 1.5, True)),
    ("bursty(5, length: 4, copies: 3, query: outside)", (5, 3, 3, 0, True)),
    # All but the first classes are all but never drawn, and must be found nevertheless.
    ("bursty(3, length: 4, copies: 1, exponent: 60)", (3, 3, 1, 60, False)),
]:
    parts, joint = bursty(*args)
    add(text, parts, joint=joint)

tests = {len(part["masses"]) if "masses" in part else CELLS for entry in entries for part in entry["parts"]}
tests |= {len(entry["joint"]) for entry in entries if "joint" in entry}
golden = {
    "level": LEVEL,
    "critical": {str(df): float(stats.chi2.isf(LEVEL, df)) for df in range(1, max(tests))},
    "kolmogorov": float(special.kolmogi(LEVEL)),
    "laws": entries,
}
short = lambda x: json.loads(json.dumps(x), parse_float=lambda text: float(f"{float(text):.12g}"))
pathlib.Path(__file__).with_name("laws.json").write_text(json.dumps(short(golden), separators=(",", ":")) + "\n")
