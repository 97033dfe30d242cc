#!/usr/bin/env python3
"""Writes predictors.json: small sequences of examples and of tokens, with what the reference predictors make of them by
other software: numpy's least squares and decompositions, scikit-learn's Lasso, Ridge and KNeighborsRegressor, and plain
counting. Run it by hand; the tests read the file alone.

    python make_predictors.py    # needs numpy, scikit-learn
"""

import json
import math
import pathlib
import warnings
from collections import Counter, defaultdict

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, Ridge
from sklearn.neighbors import KNeighborsRegressor

warnings.simplefilter("error", ConvergenceWarning)
rng = np.random.default_rng(7)
NEIGHBOURS = [1, 3]
RIDGES = [1e-12, 1e-3, 0.25, 10.0]
LASSOS = [1e-3, 0.01, 0.1, 1.0]


def averaging(X, Y, x):
    return x @ (X.T @ Y / len(X))


def nearest(k):
    def predict(X, Y, x):
        k_here = min(k, len(X))
        distances = np.sqrt(((X - x) ** 2).sum(axis=1))
        order = np.argsort(distances, kind="stable")
        mean = Y[order[:k_here]].mean(axis=0)
        # Where nobody ties for the last place, scikit-learn says the same.
        if k_here == len(X) or distances[order[k_here]] - distances[order[k_here - 1]] > 1e-9:
            theirs = KNeighborsRegressor(k_here, algorithm="kd_tree").fit(X, Y).predict(x[None])[0]
            assert np.allclose(mean, theirs, rtol=1e-12, atol=1e-12)
        return mean

    return predict


def least_squares(X, Y, x):
    return x @ np.linalg.lstsq(X, Y, rcond=None)[0]


def ridge(penalty):
    def predict(X, Y, x):
        u, s, vt = np.linalg.svd(X, full_matrices=False)
        # Singular values that are nothing but rounding would count beside a tiny penalty.
        s = np.where(s > s.max() * np.finfo(float).eps * max(X.shape), s, 0)
        w = vt.T @ ((s / (s**2 + penalty))[:, None] * (u.T @ Y))
        if penalty > 1e-6:
            solved = np.linalg.solve(X.T @ X + penalty * np.eye(X.shape[1]), X.T @ Y)
            theirs = Ridge(penalty, fit_intercept=False, solver="svd").fit(X, Y).coef_.reshape(Y.shape[1], -1).T
            for other in solved, theirs:
                assert np.allclose(x @ w, x @ other, rtol=1e-6, atol=1e-8 * np.abs(Y).max()), (x @ w, x @ other)
        return x @ w

    return predict


def lasso(penalty):
    def one(X, y, x):
        if not X.any() or not y.any():
            return 0.0
        found = Lasso(penalty, fit_intercept=False, tol=1e-14, max_iter=10_000_000, selection="cyclic").fit(X, y).coef_
        # Descent stops short of the optimum by the root of its tolerance; on its support and signs the optimum is a
        # linear equation, whose solution must keep the signs and meet the conditions elsewhere.
        support = np.flatnonzero(np.abs(found) > 1e-7 * np.abs(found).max(initial=0))
        if len(support) and np.linalg.cond(X[:, support]) < 1e7:
            pseudo = np.linalg.pinv(X[:, support])
            exact = np.zeros(X.shape[1])
            signs = np.sign(found[support])
            exact[support] = pseudo @ (y - len(X) * penalty * (pseudo.T @ signs))
            slope = X.T @ (y - X @ exact) / len(X)
            assert (np.sign(exact[support]) == signs).all()
            assert np.abs(slope).max() <= penalty * (1 + 1e-7) + 1e-12 * np.abs(X.T @ y).max()
            assert abs(x @ exact - x @ found) <= 1e-5 * np.abs(y).max(), (x @ exact, x @ found)
            found = exact
        return x @ found

    return lambda X, Y, x: [one(X, Y[:, output], x) for output in range(Y.shape[1])]


PREDICTORS = {"averaging": averaging, "least_squares": least_squares}
PREDICTORS |= {f"nearest {k}": nearest(k) for k in NEIGHBOURS}
PREDICTORS |= {f"ridge {penalty}": ridge(penalty) for penalty in RIDGES}
PREDICTORS |= {f"lasso {penalty}": lasso(penalty) for penalty in LASSOS}


def case(name, X, Y, only=tuple(PREDICTORS), digits=3):
    X, Y = np.round(np.asarray(X, float), digits) + 0.0, np.asarray(Y, float)
    Y = Y.reshape(len(X), -1)
    predicted = {}
    for predictor in only:
        rows = [np.zeros(Y.shape[1])] + [PREDICTORS[predictor](X[:i], Y[:i], X[i]) for i in range(1, len(X))]
        predicted[predictor] = [float(f"{v:.14e}") for v in np.ravel(rows)]
    return {
        "name": name,
        "dim": X.shape[1],
        "outputs": Y.shape[1],
        "x": X.ravel().tolist(),
        "y": [float(f"{v:.16e}") for v in Y.ravel()],
        "predicted": predicted,
    }


def linear(n, dim, noise=0.0, outputs=1, nonzero=None):
    X = np.round(rng.normal(size=(n, dim)), 3)
    W = rng.normal(size=(dim, outputs))
    if nonzero is not None:
        W[nonzero:] = 0
    return X, X @ W + noise * rng.normal(size=(n, outputs))


def cases():
    yield case("linear", *linear(41, 20))
    yield case("noisy linear", *linear(41, 20, noise=0.5))
    yield case("sparse linear", *linear(45, 20, nonzero=3), only=["least_squares", "lasso 0.01", "lasso 0.1"])
    yield case("several outputs", *linear(16, 6, noise=0.1, outputs=3))

    X, _ = linear(20, 12)
    X[:, 5:] = 0
    yield case("only the first coordinates", X, X @ rng.normal(size=12))
    X = rng.normal(size=(20, 4)) @ rng.normal(size=(4, 9))
    yield case("a subspace, up to rounding", X, X @ rng.normal(size=9) + 0.1 * rng.normal(size=20), digits=15)
    X, Y = linear(20, 5, noise=0.3)
    X[3], X[7], X[8], X[11], X[12] = X[2], -2 * X[2], 0, X[1] + X[2], 3 * X[0]
    yield case("duplicate, collinear and zero rows", X, Y)
    X, Y = linear(14, 6, noise=0.3)
    X[:, 4], X[:, 5] = X[:, 1], 0
    yield case("duplicate and zero columns", X, Y)
    X, Y = linear(14, 6)
    X[5] = np.round(X[:5].sum(axis=0), 3) + 1e-6 * np.arange(1, 7)
    # Penalties between the singular values make the lasso's descent crawl here.
    stable = [name for name in PREDICTORS if name not in ("ridge 1e-12", "lasso 0.001")]
    yield case("nearly dependent at i = dim", X, X @ rng.normal(size=6), only=stable, digits=9)
    X, _ = linear(18, 7)
    X *= 10.0 ** np.array([-3, -2, -1, 0, 1, 2, 3])
    some = ["averaging", "least_squares", "ridge 0.25", "nearest 3"]
    yield case("coordinates of other scales", X, X @ rng.normal(size=7), only=some, digits=6)
    X = rng.standard_t(2, size=(24, 4))
    yield case("heavy tails", X, X @ rng.normal(size=4) + rng.standard_t(2, size=24))

    X, Y = linear(8, 30, noise=0.1)
    yield case("fewer examples than coordinates", X, Y)
    yield case("all inputs zero", np.zeros((6, 3)), rng.normal(size=6))
    yield case("all targets zero", rng.normal(size=(8, 3)), np.zeros(8))
    yield case("one example", *linear(1, 4))
    yield case("two examples", *linear(2, 4))
    yield case("one coordinate", *linear(12, 1, noise=0.5))
    # Columns that were alike so far leave the lasso's optimum open.
    decided = [name for name in PREDICTORS if not name.startswith("lasso")]
    X = rng.integers(0, 3, size=(25, 2))
    yield case("inputs on a grid, with ties", X, rng.integers(-4, 5, size=25), only=decided)
    yield case("one input, over and over", np.tile([1.5, -0.5, 2.0], (9, 1)), rng.normal(size=9))


def ngram(tokens, states, n, alpha):
    counts, laws = defaultdict(Counter), []
    for i, token in enumerate(tokens):
        if i < n - 1:
            laws.append([1 / states] * states)
            continue
        context = tuple(tokens[i - n + 1 : i])
        seen = counts[context]
        total = sum(seen.values()) + alpha * states
        laws.append([(seen[s] + alpha) / total if total else 1 / states for s in range(states)])
        seen[token] += 1
    return laws


def scores(laws, tokens):
    accuracy, loss = [], []
    for law, token in zip(laws, tokens):
        best = [s for s, p in enumerate(law) if p == max(law)]
        accuracy.append(1 / len(best) if token in best else 0.0)
        loss.append(-math.log(law[token]) + 0.0 if law[token] > 0 else None)
    return {"accuracy": accuracy, "loss": loss}


def token_cases():
    walk = [0]
    for _ in range(39):
        walk.append(int(rng.choice(3, p=np.roll([0.7, 0.2, 0.1], walk[-1]))))
    wide = [int(token) for token in rng.integers(0, 7, 20)]
    for tokens, states in [(walk, 3), ([1] * 9, 2), ([3], 5), ([], 4), ([0, 0, 0, 0], 1), (wide, 7)]:
        for n, alpha in [(1, 0.0), (1, 1.0), (2, 0.0), (2, 0.5), (3, 0.25), (5, 0.0)]:
            laws = ngram(tokens, states, n, alpha)
            flat = [round(p, 14) for law in laws for p in law]
            given = {"tokens": tokens, "states": states, "n": n, "alpha": alpha}
            yield given | {"laws": flat, "scores": scores(laws, tokens)}


golden = {"examples": list(cases()), "tokens": list(token_cases())}
for made in golden["examples"]:
    if made["name"] == "several outputs":
        predicted, y = (np.reshape(v, (-1, made["outputs"])) for v in (made["predicted"]["ridge 0.25"], made["y"]))
        made["squared_error"] = np.mean((predicted - y) ** 2, axis=1).tolist()
out = pathlib.Path(__file__).with_name("predictors.json")
out.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
