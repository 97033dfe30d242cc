"""Rank correlation and lines of made-up runs, by SciPy and lifelines: tests/oracle/association.json."""

import json
import pathlib

import numpy as np
import scipy.stats
from lifelines.utils import concordance_index

random = np.random.default_rng(20)
cases = []
for n, censored, ties in [(5, 0, False), (7, 0, False), (8, 0, False), (8, 3, False), (8, 3, True), (31, 0, False), (40, 12, True)]:
    x = random.normal(size=n)
    if ties:
        x = np.round(x * 2) / 2
    y = 100 - 20 * x + 15 * random.normal(size=n)
    cut = np.zeros(n, dtype=bool)
    if censored:
        # All that lasts longer than a budget is cut off there.
        budget = np.sort(y)[n - censored - 1] + 0.5
        cut = y > budget
        y = np.minimum(y, budget)
    # The concordance index counts a tie in x as one half, so this is tau over the pairs whose order is known.
    case = {"x": x.tolist(), "y": y.tolist(), "censored": cut.tolist(), "tau": 2 * concordance_index(y, x, ~cut) - 1}
    if not censored:
        kendall = scipy.stats.kendalltau(x, y, method="exact" if n < 10 else "auto")
        np.testing.assert_allclose(kendall.statistic, case["tau"], atol=1e-12)
        fit = scipy.stats.theilslopes(y, x, method="joint")
        case |= {"p": kendall.pvalue, "slope": fit.slope, "intercept": fit.intercept}
    cases.append(case)
pathlib.Path(__file__).with_name("association.json").write_text(json.dumps(cases, indent=1) + "\n")
