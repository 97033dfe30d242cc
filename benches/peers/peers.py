"""One peer: trains the models of a file as its framework does it, a stretch of steps at a time, when the driver asks.

Each line of standard input is one command as JSON, each line of standard output its answer:

  {"cmd": "load", "file": ..., "cells": [...], "layers": ..., "heads": ..., "read_at": [...], "loss": ..., "lr": ..., "batches": ...}
      -> {"ready": true}
  {"cmd": "step", "count": n}
      -> {"ms": [milliseconds of each step], "losses": [[the loss of each cell before the step], ...]}

The file holds, for each cell, `CELL/PARAMETER` and `CELL/batch.N.input`, `CELL/batch.N.targets`; step i takes batch
i modulo their number. Several cells are several models, each with its own batches; a step is one of all of them.

usage: peers.py eager|compile|jit|vmap THREADS
"""

import json
import os
import sys

FRAMEWORK, THREADS = sys.argv[1], int(sys.argv[2])


def bind():
    """So many processors and no more; XLA takes as many threads as it is allowed processors."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        # Two processes of one thread each are told to differ.
        first = int(os.environ.get("PEERS_FIRST", "0"))
        os.sched_setaffinity(0, (allowed[first:] + allowed[:first])[:THREADS])


def main():
    bind()
    # What the frameworks print must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if FRAMEWORK in ("eager", "compile"):
        import torch_peer as peer
    else:
        import jax_peer as peer
    cells = None
    for line in sys.stdin:
        command = json.loads(line)
        if command["cmd"] == "load":
            cells = peer.Cells(command, FRAMEWORK, THREADS)
            answer = {"ready": True}
        elif command["cmd"] == "step":
            ms, losses = cells.run(command["count"])
            answer = {"ms": ms, "losses": losses}
        else:
            answer = {"error": f"no command {command['cmd']}"}
        print(json.dumps(answer), file=answers, flush=True)


main()
