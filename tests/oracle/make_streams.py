#!/usr/bin/env python3
"""Writes streams.json, the first draws of some streams: ChaCha8 and Lemire's bounded integers in plain Python, keys by
the blake3 package. Run it by hand; the tests read the file alone.

    python make_streams.py    # needs blake3, numpy
"""

import json
import math
import pathlib
import struct

import numpy as np
from blake3 import blake3

MASK = 0xFFFFFFFF


def quarter(x, a, b, c, d):
    for p, q, r, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        x[p] = (x[p] + x[q]) & MASK
        x[r] ^= x[p]
        x[r] = (x[r] << turn | x[r] >> (32 - turn)) & MASK


def block(key, counter, rounds=8):
    """One block of ChaCha with a 64 bit counter and a nonce of 0, as sixteen words."""
    start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(key) + [counter & MASK, counter >> 32, 0, 0]
    x = start.copy()
    for _ in range(rounds // 2):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)):
            quarter(x, a, b, c, d)
        for a, b, c, d in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(x, a, b, c, d)
    return [(p + q) & MASK for p, q in zip(x, start)]


def published():
    """Keystreams under a key of zeros: 20 rounds as in RFC 8439 A.1, 8 rounds as in the eSTREAM vectors."""
    zeros = [0] * 8
    assert struct.pack("<16I", *block(zeros, 0, 20)).hex().startswith("76b8e0ada0f13d90405d6ae55386bd28")
    assert struct.pack("<16I", *block(zeros, 0, 8)).hex().startswith("3e00ef2f895f40d67f5bb8e81f09a5a1")


class Stream:
    def __init__(self, seed, role, suffix):
        digest = blake3(b"icl stream 1\0" + role.encode() + b"\0" + struct.pack("<Q", seed) + suffix).digest()
        self.key, self.counter, self.words = struct.unpack("<8I", digest), 0, []

    def word(self):
        if not self.words:
            self.words = block(self.key, self.counter)
            self.counter += 1
        return self.words.pop(0)

    def bits(self):
        low = self.word()
        return self.word() << 32 | low

    def below(self, bound):
        while True:
            product = self.bits() * bound
            if product % 2**64 >= 2**64 % bound:
                return product >> 64

    def open(self):
        return ((self.bits() >> 11) + 1) / 2**53

    def normals(self, count):
        out = []
        while len(out) < count:
            radius, angle = math.sqrt(-2 * math.log(self.open())), math.tau * self.open()
            out += [radius * math.cos(angle), radius * math.sin(angle)]
        return [float(np.float32(value)) for value in out[:count]]

    def permutation(self, size):
        order = list(range(size))
        for last in range(size - 1, 0, -1):
            chosen = self.below(last + 1)
            order[last], order[chosen] = order[chosen], order[last]
        return order


def case(seed, role, path):
    """`path` is a list of integers or a name."""
    suffix = path.encode() if isinstance(path, str) else b"".join(struct.pack("<Q", part) for part in path)
    make = lambda: Stream(seed, role, suffix)
    draws, bounds = make(), [2**63, 6, 10, 2**63 + 1, 3 * 2**62, 1, 2**64 - 1, 480_000] * 5
    return {
        "seed": seed,
        "role": role,
        "path": path,
        "bounds": bounds,
        "below": [draws.below(bound) for bound in bounds],
        "normals": make().normals(7),
        "permutation": make().permutation(40),
    }


if __name__ == "__main__":
    published()
    cases = [
        case(1, "init", "blocks.0.weight"),
        case(1, "init", "blocks.1.weight"),
        case(1, "run", [0, 0]),
        case(1, "run", [0, 1]),
        case(2**64 - 1, "train", [99_999, 3]),
        case(7, "test", [99_999, 3]),
        case(7, "order", []),
        case(7, "probe", [2**64 - 1, 0, 4]),
    ]
    pathlib.Path(__file__).with_name("streams.json").write_text(json.dumps(cases) + "\n")
