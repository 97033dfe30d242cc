#!/usr/bin/env python3
"""Writes ends.json: scipy's permutation tests of differences of means and of paired differences, and the bootstrap of a mean
gone through in full. Run it by hand; the tests read the file alone.

    python make_ends.py    # needs numpy, scipy
"""

import itertools
import json
import pathlib

import numpy as np
from scipy.stats import permutation_test


def means(a, b):
    """Two-sided on the size of the difference of means, all arrangements."""
    statistic = lambda x, y, axis: np.abs(np.mean(x, axis=axis) - np.mean(y, axis=axis))
    found = permutation_test((a, b), statistic, vectorized=True, n_resamples=np.inf, alternative="greater")
    return float(found.pvalue)


def flips(lags):
    statistic = lambda x, axis: np.abs(np.mean(x, axis=axis))
    found = permutation_test((lags,), statistic, permutation_type="samples", vectorized=True, n_resamples=np.inf, alternative="greater")
    return float(found.pvalue)


def resampled(values):
    """The middle 95% of the means of all n^n resamples, each as likely."""
    all_means = [np.mean(chosen) for chosen in itertools.product(values, repeat=len(values))]
    return [float(np.quantile(all_means, q, method="inverted_cdf")) for q in (0.025, 0.975)]


def main():
    rng = np.random.default_rng(7)
    pairs, lags, intervals = [], [], []
    for i in range(40):
        n, m = int(rng.integers(1, 8)), int(rng.integers(1, 8))
        a, b = rng.normal(0.2 * (i % 3), 1, n), rng.normal(0, 1, m)
        if i % 4 == 1:  # ties
            a, b = np.round(a), np.round(b)
        if i % 8 == 2:
            a, b = np.full(n, 0.5), np.full(m, 0.5)
        if i % 8 == 6:
            a = np.full(n, 2.0)
        # One run against one has two arrangements of one size each: scipy wants two observations.
        p = means(a, b) if n + m > 2 and min(n, m) > 1 else None
        if p is None:
            both = np.concatenate([a, b])
            sizes = [abs(np.mean(both[list(c)]) - np.mean(np.delete(both, list(c)))) for c in itertools.combinations(range(n + m), n)]
            seen = abs(np.mean(a) - np.mean(b))
            p = float(np.mean([size >= seen - 1e-9 * max(1.0, seen) for size in sizes]))
        pairs.append({"a": a.tolist(), "b": b.tolist(), "difference": float(a.mean() - b.mean()), "p": p})
    for i in range(30):
        n = int(rng.integers(2, 12))
        d = rng.normal(300 * (i % 3), 400, n)
        if i % 5 == 1:
            d = np.round(d / 200) * 200
        if i % 10 == 3:
            d = np.zeros(n)
        lags.append({"lags": d.tolist(), "mean": float(d.mean()), "p": flips(d)})
    for n in [1, 2, 3, 5, 6]:
        values = rng.normal(0.8, 0.1, n)
        intervals.append({"values": values.tolist(), "interval": resampled(values)})
    result = {"pairs": pairs, "lags": lags, "intervals": intervals}
    text = json.dumps(result, separators=(",", ":")).replace("},{", "},\n{")
    pathlib.Path(__file__).with_name("ends.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
