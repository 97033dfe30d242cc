"""numpy's vectorised equivalents of three tasks, timed for benches/sampling/main.rs.

Reads lines `TASK BATCHES` and answers each with the seconds of processor time that so many batches
took. Each batch makes the same arrays
as icl does: what is drawn for the sequences, the inputs, the targets.
"""

import sys
import time

import numpy as np

rng = np.random.Generator(np.random.PCG64(1))


def linear():
    """regression.linear: 64 sequences of 41 points of width 20."""
    w = rng.standard_normal((64, 20))
    x = rng.standard_normal((64, 41, 20))
    return w, x, np.matmul(x, w[:, :, None])[:, :, 0]


SIZES = [10, 10, 10, 8, 4, 15]
# Tables are as small as their numbers allow, so that they stay in the caches.
TRAINING_ROWS = np.sort(rng.permutation(480_000)[480_000 // 5 :]).astype(np.int32)
FACTORS = np.stack(np.unravel_index(np.arange(480_000), SIZES), axis=1).astype(np.uint8)
MAPS = np.zeros((20_000, 6, 15), dtype=np.uint8)
for factor, size in enumerate(SIZES):
    MAPS[:, factor, :size] = rng.permuted(np.tile(np.arange(size), (20_000, 1)), axis=1)


def with_pairs(chosen):
    """The sequences that show an image twice."""
    ordered = np.sort(chosen, axis=1)
    return np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))


def label_maps():
    """shapes.classify: 128 sequences of 40 different images, one of six factors relabelled by one of 20000 maps."""
    factor = rng.integers(6, size=128)
    which = rng.integers(20_000, size=128)
    chosen = rng.integers(len(TRAINING_ROWS), size=(128, 40), dtype=np.int32)
    # A sequence with an image twice is drawn again, which one in 490 is.
    again = with_pairs(chosen)
    while again.size:
        chosen[again] = rng.integers(len(TRAINING_ROWS), size=(again.size, 40), dtype=np.int32)
        again = again[with_pairs(chosen[again])]
    image = TRAINING_ROWS.take(chosen)
    factors = FACTORS.take(image, axis=0)
    maps = MAPS.take(which, axis=0)
    decided = FACTORS.ravel().take(image * 6 + factor[:, None])
    y = maps.ravel().take((np.arange(128) * 90 + factor * 15)[:, None] + decided)
    return factor, maps, image, factors, y


def markov():
    """sequences.markov: 64 sequences of 100 tokens of three states, with transitions of Dirichlet(1)."""
    p = rng.standard_exponential((64, 3, 3))
    p /= p.sum(axis=2, keepdims=True)
    upto = p.cumsum(axis=2)
    at = rng.random((100, 64, 1))
    # Where every state would lead is told for all positions at once, so that a position costs two calls.
    leads = (at >= upto[:, :, 0]).astype(np.int64)
    leads += at >= upto[:, :, 1]
    leads = leads.reshape(100, 192)
    base = np.arange(64) * 3
    s = np.empty((100, 64), dtype=np.int64)
    s[0] = 3 * at[0, :, 0]
    for position in range(1, 100):
        leads[position].take(base + s[position - 1], out=s[position], mode="clip")
    return p, s


TASKS = {"linear": linear, "label_maps": label_maps, "markov": markov}

for task in TASKS.values():
    task()
for line in sys.stdin:
    name, batches = line.split()
    task = TASKS[name]
    start = time.thread_time()
    for _ in range(int(batches)):
        task()
    print(time.thread_time() - start, flush=True)
