"""PyTorch on the cases that gpu_check times, on the same card: JSON lines, one for each case and way.

The ways are `eager` (one model after the other), `graphs` (the same under torch.compile with CUDA graphs), `vmap` (all
models at once over stacked weights, with one Adam for all) and `vmap_graphs` (both). Arithmetic is f32 as icl's, without
TF32 unless asked for. Batches lie on the card already, and nobody waits for a loss within a round.

usage: peers.py FOLDER [--device cuda|cpu] [--cases S,M,...] [--ways eager,graphs,...] [--quick] [--tf32] > peers.jsonl

FOLDER is what `gpu_check --weights FOLDER` wrote.
"""

import argparse
import copy
import gc
import json
import pathlib
import statistics
import struct
import sys
import time

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
# The model is that of the comparison on processors; where all of this is carried elsewhere, it lies beside this file.
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "benches" / "peers")]
from torch_model import with_weights  # noqa: E402

WAYS = ("eager", "graphs", "vmap", "vmap_graphs")
# Models that are stepped where they go one by one; the time of all is in proportion.
ONE_BY_ONE = {"eager": 8, "graphs": 4}
KINDS = {"F32": torch.float32, "I32": torch.int32}


def say(**line):
    print(json.dumps(line), flush=True)


def arrays_of(path):
    """The arrays of a safetensors file: the length of the header, the header, and what it says where."""
    data = bytearray(path.read_bytes())
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = memoryview(data)[8 + length :]
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        arrays[name] = torch.frombuffer(body[begin:end], dtype=KINDS[entry["dtype"]]).reshape(entry["shape"])
    return arrays


def slice_of(read_at):
    """The tokens that are read as a slice, which costs no copy; they are evenly spaced in every case."""
    step = read_at[1] - read_at[0] if len(read_at) > 1 else 1
    assert list(range(read_at[0], read_at[-1] + 1, step)) == read_at
    return slice(read_at[0], read_at[-1] + 1, step)


class Case:
    def __init__(self, folder, listed):
        self.name, self.models, self.given = listed["case"], listed["models"], listed["given"]
        self.layers, self.heads, self.lr = listed["layers"], listed["heads"], listed["lr"]
        self.read, self.kind, self.batches = slice_of(listed["read_at"]), listed["loss"], listed["batches"]
        self.checked = listed["checked"]
        self.arrays = arrays_of(folder / listed["file"])

    def of(self, model):
        """A model's arrays. Those that were not given are like others."""
        own = f"{model % self.given}/"
        return {name[len(own) :]: array for name, array in self.arrays.items() if name.startswith(own)}

    def model(self, model):
        arrays = {name: array for name, array in self.of(model).items() if not name.startswith("batch.")}
        return with_weights(arrays, self.layers, self.heads)

    def batch(self, model, place):
        arrays = self.of(model)
        targets = arrays[f"batch.{place}.targets"]
        if self.kind == "cross_entropy":
            targets = targets.long()
        return arrays[f"batch.{place}.input"], targets

    def loss(self, outputs, targets):
        if self.kind == "cross_entropy":
            return F.cross_entropy(outputs.flatten(0, 1), targets.flatten())
        return F.mse_loss(outputs, targets)


def adam(parameters, lr):
    return torch.optim.Adam(parameters, lr=lr, fused=True)


class OneByOne:
    """Some models, one after the other."""

    def __init__(self, case, device, count, graphs):
        self.case, self.stepped, self.graphs, self.steps = case, count, graphs, 0

        def loss(model, x, targets):
            return case.loss(model(x, case.read), targets)

        self.loss = torch.compile(loss, mode="reduce-overhead", dynamic=False) if graphs else loss
        self.models = [case.model(model).to(device) for model in range(count)]
        self.optimizers = [adam(model.parameters(), case.lr) for model in self.models]
        self.batches = [
            [[array.to(device) for array in case.batch(model, place)] for place in range(case.batches)]
            for model in range(count)
        ]

    def step(self):
        losses = []
        for model, optimizer, batches in zip(self.models, self.optimizers, self.batches):
            if self.graphs:
                torch.compiler.cudagraph_mark_step_begin()
            optimizer.zero_grad(set_to_none=True)
            loss = self.loss(model, *batches[self.steps % len(batches)])
            loss.backward()
            optimizer.step()
            # What a graph returns is overwritten by its next run.
            losses.append(loss.detach().clone())
        self.steps += 1
        return torch.stack(losses)


class Vmap:
    """All models at once: every parameter with an axis of models before its own."""

    def __init__(self, case, device, count, graphs):
        self.case, self.stepped, self.graphs, self.steps = case, count, graphs, 0
        models = [case.model(model) for model in range(count)]
        parameters, _ = torch.func.stack_module_state(models)
        self.parameters = {
            name: values.detach().to(device).requires_grad_(True) for name, values in parameters.items()
        }
        if graphs:
            # Else a graph would copy all of them before each run.
            for values in self.parameters.values():
                torch._dynamo.mark_static_address(values)
        shell = copy.deepcopy(models[0]).to("meta")
        del models, parameters

        def one(parameters, x, targets):
            return case.loss(torch.func.functional_call(shell, parameters, (x, case.read)), targets)

        def losses(parameters, x, targets):
            return torch.vmap(one)(parameters, x, targets)

        self.losses = torch.compile(losses, mode="reduce-overhead", dynamic=False) if graphs else losses
        # Adam works number by number, so that one over stacked arrays is one of each model.
        self.optimizer = adam(self.parameters.values(), case.lr)
        self.batches = []
        for place in range(case.batches):
            each = [case.batch(model, place) for model in range(count)]
            self.batches.append([torch.stack(arrays).to(device) for arrays in zip(*each)])

    def step(self):
        if self.graphs:
            torch.compiler.cudagraph_mark_step_begin()
        self.optimizer.zero_grad(set_to_none=True)
        losses = self.losses(self.parameters, *self.batches[self.steps % len(self.batches)])
        losses.sum().backward()
        self.optimizer.step()
        self.steps += 1
        return losses.detach().clone()


class Clock:
    def __init__(self, device):
        self.device = device

    def wait(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def ms(self, step, count):
        self.wait()
        start = time.perf_counter()
        for _ in range(count):
            step()
        self.wait()
        return (time.perf_counter() - start) * 1e3 / count


def attend(math):
    """Whether attention goes by products and a softmax, rather than by the kernel that PyTorch chooses. Under vmap that kernel
    may be called model by model."""
    torch.backends.cuda.enable_flash_sdp(not math)
    torch.backends.cuda.enable_mem_efficient_sdp(not math)
    torch.backends.cuda.enable_cudnn_sdp(not math)


def freed(device):
    gc.collect()
    torch.compiler.reset()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def measured(case, way, device, rounds, seconds):
    """One line: what a way takes. Models together have the attention that is faster for them."""
    together = way.startswith("vmap")
    if not together:
        attend(math=False)
        return timed(case, way, device, rounds, seconds)
    lines = []
    for math in (True, False):
        attend(math)
        try:
            lines.append(timed(case, way, device, rounds, seconds))
        except Exception as error:
            failed = error
    if not lines:
        raise failed
    return min(lines, key=lambda line: line["median_ms"])


def timed(case, way, device, rounds, seconds):
    """What a way takes. Where memory lacks for all models at once, that of as many as there is memory for, in proportion."""
    clock = Clock(device)
    together = way.startswith("vmap")
    count = case.models if together else min(case.models, ONE_BY_ONE[way])
    kind = Vmap if together else OneByOne
    while True:
        freed(device)
        try:
            side = kind(case, device, count, way.endswith("graphs"))
            losses = [side.step()[: case.given].tolist() for _ in range(case.checked)]
            clock.ms(side.step, 3)
            once = clock.ms(side.step, 3)
            steps = min(max(int(seconds * 1e3 / once), 1), 5000)
            scale = case.models / count
            ms = [scale * clock.ms(side.step, steps) for _ in range(rounds)]
            break
        except torch.cuda.OutOfMemoryError:
            side = None
            if count == 1:
                raise
            count //= 2
    taken = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
    return {"stepped": count, "ms": ms, "median_ms": statistics.median(ms), "losses": losses, "bytes": taken}


def best(clock, call, operations, quick):
    clock.ms(call, 2)
    count = max(int((20 if quick else 100) / max(clock.ms(call, 2), 1e-3)), 1)
    return operations / (min(clock.ms(call, count) for _ in range(5)) * 1e-3)


def roofs(device, quick):
    """The rates of one copy and of one product alone, by PyTorch."""
    clock = Clock(device)
    words, side = (1 << 26, 4096) if device.type == "cuda" else (1 << 20, 256)
    numbers, to = torch.zeros(words, device=device), torch.empty(words, device=device)
    copy_rate = best(clock, lambda: to.copy_(numbers), 8.0 * words, quick)
    del numbers, to
    left, right = torch.randn(side, side, device=device), torch.randn(side, side, device=device)
    out = torch.empty(side, side, device=device)
    product_rate = best(clock, lambda: torch.mm(left, right, out=out), 2.0 * side**3, quick)
    return copy_rate, product_rate


def main():
    parser = argparse.ArgumentParser(description="PyTorch on the cases that gpu_check times")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--cases", default="")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--tf32", action="store_true")
    options = parser.parse_args()
    device = torch.device(options.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        say(line="left_out", part="peers", why=f"PyTorch {torch.__version__} finds no card")
        return
    torch.set_float32_matmul_precision("high" if options.tf32 else "highest")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "the processor"
    name += ", TF32" if options.tf32 else ""
    who = f"PyTorch {torch.__version__}"
    copy_rate, product_rate = roofs(device, options.quick)
    say(line="peer_roof", who=who, device=name, copy_bytes_per_s=copy_rate, product_operations_per_s=product_rate)
    rounds, seconds = (3, 0.3) if options.quick else (7, 1.0)
    wanted = [case for case in options.cases.split(",") if case]
    for listed in json.loads((options.folder / "cases.json").read_text()):
        if wanted and listed["case"] not in wanted:
            continue
        case = Case(options.folder, listed)
        for way in options.ways.split(","):
            print(f"peers: {case.name}, {way}", file=sys.stderr)
            line = {"line": "peer", "case": case.name, "way": way, "device": name, "models": case.models}
            try:
                line |= measured(case, way, device, rounds, seconds)
            except Exception as error:  # A way that fails on a machine is told, and the others are measured.
                text = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
                line |= {"stepped": 0, "ms": [], "median_ms": None, "error": text[:200]}
            say(**line)


if __name__ == "__main__":
    main()
