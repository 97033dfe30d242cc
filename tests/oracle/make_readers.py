#!/usr/bin/env python3
"""Writes readers.json: features with targets, and what scikit-learn's Ridge, LogisticRegression, NearestCentroid and
r2_score make of them. Features are exact in float32, all else is computed in float64. Run it by hand; the tests read the
file alone.

    python make_readers.py    # needs numpy, scikit-learn
"""

import json
import pathlib

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import log_loss, mean_squared_error, r2_score
from sklearn.neighbors import NearestCentroid

rng = np.random.default_rng(11)


def single(values):
    return values.astype(np.float32).astype(np.float64)


def features(rows, width, offset):
    """Features that depend on each other, are scaled unlike, and stand far from zero."""
    mixed = rng.normal(size=(rows, width)) @ (np.eye(width) + 0.5 * rng.normal(size=(width, width)))
    return single(mixed * 10.0 ** rng.uniform(-1, 1, width) + offset * rng.normal(size=width))


def flat(values):
    return [float(value) for value in np.asarray(values).ravel()]


def ridge(name, X, Y, lambdas):
    fits = []
    for penalty in lambdas:
        model = Ridge(alpha=penalty, solver="svd") if penalty > 0 else LinearRegression()
        model.fit(X, Y)
        fits.append({"lambda": penalty, "weight": flat(model.coef_.T), "bias": flat(model.intercept_)})
    return {"name": name, "width": X.shape[1], "outputs": Y.shape[1], "x": flat(X), "y": flat(Y), "fits": fits}


def ridges():
    X = features(150, 20, 5.0)
    Y = X @ rng.normal(size=(20, 3)) + 100.0 * rng.normal(size=3) + rng.normal(size=(150, 3))
    yield ridge("numbers", X, Y, [0.0, 1e-3, 1.0, 100.0])
    few = features(12, 17, 1.0)
    yield ridge("fewer rows than features", few, rng.normal(size=(12, 2)), [0.0, 0.5])
    doubled = features(60, 4, 1.0)
    doubled = np.concatenate([doubled, doubled[:, :1] * 2.0, np.full((60, 1), 3.0)], axis=1)
    yield ridge("features that depend on each other", doubled, rng.normal(size=(60, 1)), [0.0, 1e-2])
    labels = rng.integers(0, 5, 70)
    yield ridge("labels", features(70, 6, 2.0), np.eye(5)[labels], [0.1])


def classes(rows, width, count, apart, offset):
    labels = rng.integers(0, count, rows)
    centres = apart * rng.normal(size=(count, width))
    X = features(rows, width, offset)
    X = single(X + centres[labels] * X.std(axis=0))
    return X, labels


def logistic(name, X, labels, count, penalties):
    fits = []
    for penalty in penalties:
        n, C = len(X), 1.0 / (penalty * len(X))
        model = LogisticRegression(C=C, tol=1e-14, max_iter=100_000, solver="newton-cholesky")
        model.fit(X, labels)
        if len(model.classes_) == 2:
            # The binary form has one row of weights, which several classes share half and half. Its penalty is that of
            # twice as large a constant.
            model = LogisticRegression(C=2 * C, tol=1e-14, max_iter=100_000, solver="newton-cholesky").fit(X, labels)
            weight, bias = np.concatenate([-model.coef_, model.coef_]) / 2, np.array([-1, 1]) * model.intercept_ / 2
        else:
            weight, bias = model.coef_, model.intercept_ - model.intercept_.mean()
        chances = model.predict_proba(X)
        loss = log_loss(labels, chances, labels=model.classes_)
        objective = loss + penalty / 2 * (weight**2).sum()
        # The gradient at what is written, by its formula.
        errors = chances - (labels[:, None] == model.classes_)
        gradient = np.concatenate([(errors.T @ X / n + penalty * weight).ravel(), errors.mean(axis=0)])
        assert np.abs(gradient).max() < 1e-12, (name, penalty, np.abs(gradient).max())
        fits.append({"lambda": penalty, "seen": [int(c) for c in model.classes_], "weight": flat(weight.T),
                     "bias": flat(bias), "loss": float(objective), "cross_entropy": float(loss),
                     "accuracy": float((model.predict(X) == labels).mean())})
    return {"name": name, "width": X.shape[1], "classes": count, "x": flat(X), "labels": labels.tolist(), "fits": fits}


def logistics():
    X, labels = classes(150, 6, 4, 0.7, 3.0)
    yield logistic("four classes", X, labels, 4, [1e-4, 0.01, 1.0])
    X, labels = classes(80, 5, 2, 0.6, 0.0)
    yield logistic("two classes", X, labels, 2, [0.01])
    # The fourth of 20 classes and more than a panel of features; class 3 is never seen.
    X, labels = classes(200, 18, 20, 1.0, 1.0)
    labels[labels == 3] = 4
    yield logistic("twenty classes, one unseen", X, labels, 20, [0.05])
    X, labels = classes(60, 4, 3, 20.0, 0.0)
    yield logistic("classes apart", X, labels, 3, [1e-3])


def centroids():
    for width, count, unseen in [(5, 4, None), (18, 7, 2)]:
        X, labels = classes(90, width, count, 0.8, 2.0)
        if unseen is not None:
            labels[labels == unseen] = unseen + 1
        test = features(50, width, 2.0)
        model = NearestCentroid().fit(X, labels)
        yield {"width": width, "classes": count, "x": flat(X), "labels": labels.tolist(), "test": flat(test),
               "predicted": model.predict(test).tolist(), "means": flat(model.centroids_), "seen": model.classes_.tolist()}


def scores():
    targets = rng.normal(size=(40, 4)) * [1.0, 5.0, 0.0, 0.0] + [0.0, 300.0, 0.5, 0.75]
    predicted = targets + rng.normal(size=(40, 4)) * [0.3, 4.0, 0.2, 0.0]
    means = [0.2, 298.0, 0.15, 0.7]
    return {"outputs": 4, "targets": flat(targets), "predicted": flat(predicted), "means": means,
            "r2": float(r2_score(targets, predicted)), "squared_error": float(mean_squared_error(targets, predicted)),
            "chance": float(mean_squared_error(targets, np.broadcast_to(means, targets.shape)))}


def main():
    golden = {"ridge": list(ridges()), "logistic": list(logistics()), "centroid": list(centroids()), "score": scores()}
    path = pathlib.Path(__file__).parent / "readers.json"
    path.write_text(json.dumps(golden) + "\n")


main()
