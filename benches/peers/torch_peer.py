"""PyTorch, eager or compiled."""

import time

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch_model import with_weights


def loss_of(model, x, read, targets, kind):
    outputs = model(x, read)
    if kind == "cross_entropy":
        return F.cross_entropy(outputs.flatten(0, 1), targets.flatten())
    return F.mse_loss(outputs, targets)


def slice_of(read_at):
    """The tokens that are read as a slice, which costs no copy; they are evenly spaced in every case."""
    step = read_at[1] - read_at[0] if len(read_at) > 1 else 1
    assert list(range(read_at[0], read_at[-1] + 1, step)) == read_at
    return slice(read_at[0], read_at[-1] + 1, step)


class Cell:
    def __init__(self, arrays, command, compiled):
        names = [name for name in arrays if not name.startswith("batch.")]
        self.model = with_weights({name: arrays[name] for name in names}, command["layers"], command["heads"])
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=command["lr"], fused=True)
        self.batches = []
        for place in range(command["batches"]):
            targets = arrays[f"batch.{place}.targets"]
            if command["loss"] == "cross_entropy":
                targets = targets.long()
            self.batches.append((arrays[f"batch.{place}.input"], targets))
        self.read, self.kind = slice_of(command["read_at"]), command["loss"]
        self.loss = compiled or loss_of

    def step(self, number):
        x, targets = self.batches[number % len(self.batches)]
        loss = self.loss(self.model, x, self.read, targets, self.kind)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Cells:
    def __init__(self, command, framework, threads):
        torch.set_num_threads(threads)
        compiled = torch.compile(loss_of, dynamic=False) if framework == "compile" else None
        self.cells, self.steps = [], 0
        with safe_open(command["file"], "pt") as file:
            names = list(file.keys())
            for cell in command["cells"]:
                own = [name for name in names if name.startswith(f"{cell}/")]
                arrays = {name.partition("/")[2]: file.get_tensor(name) for name in own}
                self.cells.append(Cell(arrays, command, compiled))

    def run(self, count):
        """So many steps of every cell, one cell after another: the milliseconds of each step in all of them, and the losses."""
        ms, losses = [0.0] * count, [[] for _ in range(count)]
        for cell in self.cells:
            for place in range(count):
                start = time.perf_counter()
                losses[place].append(cell.step(self.steps + place))
                ms[place] += (time.perf_counter() - start) * 1e3
        self.steps += count
        return ms, losses
