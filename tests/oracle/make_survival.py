#!/usr/bin/env python3
"""Writes survival.json, what other programs say of small data sets: lifelines for survival curves and the log-rank test,
scipy for proportions and quantiles, and plain itertools for permutations. Run it by hand; the tests read the file alone.

    python make_survival.py    # needs lifelines, numpy, scipy
"""

import itertools
import json
import math
import pathlib
import warnings

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time
from scipy.stats import CensoredData, beta, binomtest, chi2
from scipy.stats import logrank as scipy_logrank

warnings.simplefilter("ignore")
Z = 1.959963984540054


def fit(runs):
    return KaplanMeierFitter().fit([t for t, _ in runs], [e for _, e in runs])


def curve(runs):
    """Points at exits: time, at risk, exits, S, Greenwood se and log-log band (lifelines), null where no run is left."""
    fitted = fit(runs)
    table, survival, band = fitted.event_table, fitted.survival_function_, fitted.confidence_interval_
    points, greenwood = [], 0.0
    for time in sorted({t for t, e in runs if e}):
        row = table.loc[time]
        n, d, s = int(row["at_risk"]), int(row["observed"]), float(survival.loc[time].iloc[0])
        if time == 0.0:  # lifelines counts runs that enter at 0 apart
            n = len(runs)
            s = 1 - d / n
        if d == n:
            points.append([time, n, d, 0.0, None, None])
            continue
        greenwood += d / (n * (n - d))
        spread = Z * math.sqrt(greenwood) / math.log(s)
        low, high = sorted((s ** math.exp(spread), s ** math.exp(-spread)))
        if time > 0:
            assert abs(band.loc[time].iloc[0] - low) < 1e-9 and abs(band.loc[time].iloc[1] - high) < 1e-9
        points.append([time, n, d, s, s * math.sqrt(greenwood), [low, high]])
    return points


def median(runs, points):
    """The first time with S at or below one half, up to rounding, and the same for the band where it is defined."""
    first = lambda pick: next((p[0] for p in points if pick(p) is not None and pick(p) <= 0.5 + 1e-9), None)
    value = first(lambda p: p[3])
    theirs = fit(runs).median_survival_time_
    theirs = None if math.isinf(theirs) else float(theirs)
    if theirs != value:  # only where S is one half up to rounding
        assert value is not None and any(p[0] == value and abs(p[3] - 0.5) < 1e-9 for p in points), (runs, value, theirs)
    return [value, first(lambda p: 0.0 if p[5] is None else p[5][0]), first(lambda p: None if p[5] is None else p[5][1])]


def restricted(runs, tau):
    """The integral of the curve, and the root of Klein and Moeschberger's variance of it. What lifelines calls the variance
    is that of min(T, tau), 2 integral t S - mean^2, another quantity, so only its mean is compared."""
    points = [p for p in curve(runs) if p[0] < tau]

    def integral(a, b):
        cuts = sorted({a, b, *[p[0] for p in points if a < p[0] < b]})
        level = lambda t: next((p[3] for p in reversed(points) if p[0] <= t), 1.0)
        return sum((hi - lo) * level(lo) for lo, hi in zip(cuts, cuts[1:]))

    variance = sum(integral(p[0], tau) ** 2 * p[2] / (p[1] * (p[1] - p[2])) for p in points if p[1] > p[2])
    mean = integral(0.0, tau)
    if all(t > 0 for t, _ in runs):
        assert abs(restricted_mean_survival_time(fit(runs), tau) - mean) < 1e-6
    return [mean, math.sqrt(variance)]


def logrank(a, b):
    """O, E, V of a, straight from the definition, and chi2, 0 where V is 0."""
    observed = expected = variance = 0.0
    for time in sorted({t for t, e in a + b if e}):
        n1, n = sum(t >= time for t, _ in a), sum(t >= time for t, _ in a + b)
        d1, d = sum(e and t == time for t, e in a), sum(e and t == time for t, e in a + b)
        observed, expected = observed + d1, expected + d * n1 / n
        if n > 1:
            variance += d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1)
    return observed, expected, variance, ((observed - expected) ** 2 / variance if variance > 1e-12 else 0.0)


def arrangements(a, b):
    both = a + b
    for chosen in itertools.combinations(range(len(both)), len(a)):
        yield [both[i] for i in chosen], [both[i] for i in range(len(both)) if i not in chosen]


def plain_mean(runs, tau):
    """The integral of a curve made without lifelines, for the many arrangements."""
    total, level, at = 0.0, 1.0, 0.0
    for time in sorted({t for t, e in runs if e and t < tau}):
        total, at = total + level * (time - at), time
        level *= 1 - sum(e and t == time for t, e in runs) / sum(t >= time for t, _ in runs)
    return total + level * (tau - at)


def pair(a, b, tau):
    observed, expected, variance, statistic = logrank(a, b)
    p = float(chi2.sf(statistic, 1)) if statistic > 0 else 1.0
    if variance > 1e-12 and all(t > 0 for t, _ in a + b):
        theirs = logrank_test([t for t, _ in a], [t for t, _ in b], [e for _, e in a], [e for _, e in b])
        assert abs(theirs.test_statistic - statistic) < 1e-6 and abs(theirs.p_value - p) < 1e-6
        sides = [CensoredData(uncensored=[t for t, e in s if e], right=[t for t, e in s if not e]) for s in (a, b)]
        assert abs(scipy_logrank(*sides).statistic ** 2 - statistic) < 1e-6
    out = {"a": a, "b": b, "tau": tau, "logrank": [observed, expected, variance, statistic, p]}
    if math.comb(len(a) + len(b), len(a)) <= 13000:
        tests = [logrank(x, y)[3] for x, y in arrangements(a, b)]
        out["exact"] = sum(t >= statistic - 1e-9 * max(statistic, 1e-3) for t in tests) / len(tests)
        seen = plain_mean(a, tau) - plain_mean(b, tau)
        means = [plain_mean(x, tau) - plain_mean(y, tau) for x, y in arrangements(a, b)]
        out["less"] = sum(m <= seen + 1e-9 * tau for m in means) / len(means)
        out["greater"] = sum(m >= seen - 1e-9 * tau for m in means) / len(means)
    return out


def drawn(rng, n, grid, stop):
    """Exits of a random scale; `grid` makes ties, `stop` censors."""
    times = rng.exponential(rng.uniform(300, 3000), n)
    times = np.ceil(times / grid) * grid if grid else times
    ends = np.full(n, 3000.0) if stop == "horizon" else np.ceil(rng.uniform(500, 3000, n) / 100) * 100
    return [[float(min(t, c)), bool(t <= c)] for t, c in zip(times, ends)]


def main():
    rng = np.random.default_rng(20240601)
    up, out = lambda *t: [[float(x), True] for x in t], lambda *t: [[float(x), False] for x in t]
    golden_a = up(1200, 1500) + out(1500) + up(2000, 2600) + out(3000, 3000, 3000)
    golden_b = up(400, 500, 500, 700, 800, 900, 1100) + out(3000)
    pairs = [
        (golden_a, golden_b),
        (out(3000, 3000, 3000), out(3000, 3000, 3000)),
        (out(3000, 3000, 3000), up(100, 200, 300)),
        (up(100, 200, 300), up(400, 500, 600)),
        (up(500, 500, 500), up(500, 500, 500)),
        (up(500, 500), up(700, 700)),
        (up(800), up(900)),
        (up(800), out(3000)),
        (out(3000), out(3000)),
        (up(800, 900), out(3000, 3000)),
        (up(800) + out(1000), up(1000) + out(3000)),
        (up(0, 0, 400), up(100, 900) + out(3000)),
        (up(0), up(0, 100)),
        (out(500, 1000, 1500), up(600, 700)),
        (up(3000, 3000), out(3000, 3000)),
        (up(100, 3500), up(3200) + out(4000)),
        (up(1, 2, 3, 4, 5, 6, 7, 8), up(1, 2, 3, 4)),
    ]
    for i in range(24):
        grid, stop = [0, 100, 500][i % 3], ["horizon", "early"][i % 2]
        n, m = int(rng.integers(1, 8)), int(rng.integers(1, 7))
        pairs.append((drawn(rng, n, grid, stop), drawn(rng, m, grid, stop)))
    # Larger arms, and sets in which nothing or everything is censored, times are few, or an arm has one run or two.
    for i in range(40):
        n, m = (int(rng.integers(1, 41)) for _ in range(2))
        n = [n, 1, 2, 40][i % 4]
        a, b = drawn(rng, n, [0, 250][i % 2], "early"), drawn(rng, m, [0, 250, 1000][i % 3], "horizon")
        match i % 5:
            case 1:
                a = [[t, False] for t, _ in a]
            case 2:
                a, b = [[t, True] for t, _ in a], [[t, True] for t, _ in b]
            case 3:
                a, b = [[1000.0, e] for _, e in a], [[t, False] for t, _ in b]
            case 4:
                a = [[t, k % 2 == 0] for k, (t, _) in enumerate(a)]
        pairs.append((a, b))
    arms = []
    for runs in [side for both in pairs for side in both]:
        points = curve(runs)
        arms.append({"runs": runs, "points": points, "median": median(runs, points), "mean": restricted(runs, 3000.0)})
    shares = []
    for n in [1, 2, 3, 5, 8, 10, 20, 100, 1000]:
        for k in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            low = 0.0 if k == 0 else float(beta.ppf(0.025, k, n - k + 1))
            high = 1.0 if k == n else float(beta.ppf(0.975, k + 1, n - k))
            theirs = binomtest(k, n).proportion_ci(0.95, "exact")
            assert abs(theirs.low - low) < 1e-6 and abs(theirs.high - high) < 1e-6
            shares.append([k, n, low, high])
    tails = [[x, float(chi2.sf(x, 1))] for x in [1e-6, 0.01, 0.5, 1, 3.84, 6.991, 15, 17.9, 18.1, 30, 80]]
    quantiles = []
    for n in [1, 2, 3, 10, 31]:
        values = rng.normal(size=n).tolist()
        quantiles.append({"values": values, "at": [[q, float(np.quantile(values, q))] for q in [0, 0.025, 0.3, 0.5, 0.975, 1]]})
    result = {
        "arms": arms,
        "pairs": [pair(a, b, 3000.0) for a, b in pairs],
        "shares": shares,
        "tails": tails,
        "quantiles": quantiles,
    }
    text = json.dumps(result, separators=(",", ":")).replace('},{"', '},\n{"').replace("]],", "]],\n")
    pathlib.Path(__file__).with_name("survival.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
