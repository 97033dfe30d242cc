#!/usr/bin/env python3
"""Writes models.safetensors: losses, gradients and logits of small transformers, one for each option that a model can have,
and what PyTorch's optimizers make of them. The tests hold the engines against it.

Everything is computed in float64 from values that float32 holds. Each case is described by the JSON beside it, in which the
model is written as the engine reads it, and every formula is written here anew.

    pip install torch safetensors blake3
    python tests/oracle/make_models.py
"""

import json
import math
import struct
from pathlib import Path

import torch
import torch.nn.functional as F
from make_streams import Stream
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
torch.manual_seed(19)


def attention(heads, **more):
    return {"attention": {"heads": heads, **more}}


def mlp(hidden, activation="gelu", **more):
    return {"mlp": {"hidden": hidden, "activation": activation, **more}}


def model(width, blocks, positions="learned", norm="pre", **more):
    return {"width": width, "positions": positions, "norm": norm, "blocks": blocks, **more}


def case(model, *, input, outputs, tokens=7, longest=None, sequences=3, read_at=(1, 2, 4, 6), heads=(), labels=False,
         terms=None, noise=None):
    """`heads` are outputs, site, context and tokens of each; `terms` are weight, output, columns, and their kind."""
    return {
        "model": model, "input": input, "outputs": outputs, "tokens": tokens, "longest": longest or tokens + 2,
        "sequences": sequences, "read_at": list(read_at), "labels": labels, "noise": noise,
        "heads": [dict(zip(("outputs", "site", "context", "read_at"), head)) for head in heads],
        "terms": [dict(zip(("weight", "output", "columns", "kind"), term))
                  for term in terms or [(1.0, 0, [0, outputs], "labels")]],
    }


CASES = {
    "learned": case(model(8, [attention(2), mlp(12), attention(2), mlp(12)]), input=5, outputs=6,
                    terms=[(1.0, 0, [0, 4], "labels"), (0.3, 0, [3, 6], "labels")]),
    "rope": case(model(12, [attention(2), mlp(7), attention(3), mlp(7)], positions="rope"), input=5, outputs=3),
    "sinusoidal": case(model(7, [attention(1), mlp(9)], positions="sinusoidal"), input=4, outputs=3),
    "alibi": case(model(9, [attention(3), mlp(9), attention(3)], positions="alibi"), input=4, outputs=3),
    "alibi_of_four_heads": case(model(8, [attention(4)], positions="alibi"), input=4, outputs=3),
    "no_positions": case(model(6, [attention(2), mlp(8)], positions="none"), input=4, outputs=3),
    "post": case(model(8, [attention(2), mlp(12), attention(2), mlp(12)], norm="post"), input=4, outputs=3),
    "attention_only": case(model(8, [attention(2), attention(4)], norm="none"), input=4, outputs=3),
    "linear": case(model(8, [attention(2, linear=True), attention(1, linear=True)], norm="none", positions="none"),
                   input=4, outputs=1, terms=[(1.0, 0, [0, 1], "numbers")]),
    "relu": case(model(6, [mlp(9, "relu"), attention(2), mlp(9, "relu"), mlp(5)]), input=4, outputs=3),
    "no_attention": case(model(6, [mlp(9)]), input=4, outputs=3),
    "tied": case(model(8, [attention(2), mlp(8)], tied=True), input=7, outputs=5, labels=True),
    "labels": case(model(8, [attention(2), mlp(8)]), input=7, outputs=5, labels=True, tokens=9, read_at=(8,)),
    "dropout": case(model(6, [attention(2, dropout=0.2), mlp(8, dropout=0.5), attention(2, dropout=0.3)], dropout=0.1),
                    input=4, outputs=3, noise=[11, 5]),
    "heads": case(model(8, [attention(2), mlp(8), attention(2), mlp(8)]), input=5, outputs=4, read_at=(6, 2, 3),
                  heads=[(3, {"residual": 1}, "full", [0, 2, 5]), (2, {"residual": 2}, "none", [1, 6]),
                         (3, {"residual": 0}, "full", [4]), (2, "output", "none", [3, 2]),
                         (2, {"attention_out": 1}, "full", [1, 5]), (1, {"mlp_out": 0}, "full", [5])],
                  terms=[(1.0, 0, [0, 4], "labels"), (0.5, 1, [0, 3], "labels"), (0.25, 2, [0, 2], "numbers"),
                         (0.75, 3, [1, 3], "labels"), (0.4, 4, [0, 2], "labels"), (0.6, 5, [0, 2], "numbers"),
                         (0.2, 6, [0, 1], "numbers")]),
    "squares": case(model(6, [attention(2), mlp(8)]), input=3, outputs=4, sequences=5,
                    terms=[(0.8, 0, [0, 3], "numbers"), (0.5, 0, [2, 4], "labels")]),
    "together": case(model(12, [attention(2, linear=True), mlp(5, "relu"), attention(3), mlp(10)], positions="rope",
                           norm="post", tied=True), input=9, outputs=8, labels=True, sequences=4,
                     heads=[(2, {"residual": 1}, "none", [3, 4])],
                     terms=[(1.0, 0, [0, 5], "labels"), (0.7, 0, [5, 8], "numbers"), (0.5, 1, [0, 2], "labels")]),
}


def rounded(tensor):
    return tensor.to(torch.float32).to(torch.float64)


def parameters(spec):
    """Shapes by name. Linear maps are [inputs, outputs]."""
    width, blocks = spec["model"]["width"], spec["model"]["blocks"]
    shapes = {}

    def linear(name, inputs, outputs):
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (inputs, outputs), (outputs,)

    linear("read_in", spec["input"], width)
    if spec["model"]["positions"] == "learned":
        shapes["positions"] = (spec["longest"], width)
    for place, block in enumerate(blocks):
        if spec["model"]["norm"] != "none":
            shapes[f"blocks.{place}.norm.weight"] = shapes[f"blocks.{place}.norm.bias"] = (width,)
        if "attention" in block:
            linear(f"blocks.{place}.attention.in", width, 3 * width)
            linear(f"blocks.{place}.attention.out", width, width)
        else:
            linear(f"blocks.{place}.mlp.in", width, block["mlp"]["hidden"])
            linear(f"blocks.{place}.mlp.out", block["mlp"]["hidden"], width)
    if spec["model"]["norm"] == "pre":
        shapes["norm.weight"] = shapes["norm.bias"] = (width,)
    if spec["model"].get("tied"):
        shapes["read_out.bias"] = (spec["outputs"],)
    else:
        linear("read_out", width, spec["outputs"])
    for place, head in enumerate(spec["heads"]):
        linear(f"heads.{place}", width, head["outputs"])
    return shapes


def draw(shapes):
    """Values that leave nothing at its trivial start."""
    values = {}
    for name, shape in shapes.items():
        centre = 1.0 if name.endswith("norm.weight") else 0.0
        values[name] = rounded(centre + 0.4 * torch.randn(shape)).requires_grad_()
    return values


def published_slopes(heads):
    """As in the code of Press et al. 2022."""
    def of_a_power(n):
        start = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [start * start**i for i in range(n)]

    if math.log2(heads).is_integer():
        return of_a_power(heads)
    closest = 2 ** math.floor(math.log2(heads))
    return of_a_power(closest) + published_slopes(2 * closest)[0::2][: heads - closest]


def rotate(x):
    """Rotary embedding of [B, heads, T, head width], as complex numbers."""
    half, tokens = x.shape[-1] // 2, x.shape[-2]
    frequencies = 1.0 / 10000 ** (torch.arange(0, 2 * half, 2) / (2 * half))
    turns = torch.polar(torch.ones(tokens, half), torch.outer(torch.arange(tokens).double(), frequencies))
    turned = torch.complex(x[..., :half], x[..., half:]) * turns
    return torch.cat([turned.real, turned.imag], -1)


def sines(tokens, width):
    """The table of Vaswani et al. 2017."""
    table = torch.zeros(tokens, width)
    for t in range(tokens):
        for i in range(0, width, 2):
            table[t, i] = math.sin(t / 10000 ** (i / width))
            if i + 1 < width:
                table[t, i + 1] = math.cos(t / 10000 ** (i / width))
    return rounded(table)


def attend(x, block, positions, weights, place):
    batch, tokens, width = x.shape
    heads = block["heads"]
    projected = x @ weights[f"blocks.{place}.attention.in.weight"] + weights[f"blocks.{place}.attention.in.bias"]
    q, k, v = (part.view(batch, tokens, heads, -1).transpose(1, 2) for part in projected.split(width, -1))
    if positions == "rope":
        q, k = rotate(q), rotate(k)
    scores = q @ k.transpose(2, 3) / math.sqrt(width // heads)
    steps = torch.arange(tokens)
    seen = steps[None, :] <= steps[:, None]
    if positions == "alibi":
        slopes = rounded(torch.tensor(published_slopes(heads)))
        scores = scores + slopes[:, None, None] * (steps[None, :] - steps[:, None])
    if block.get("linear"):
        pattern = torch.where(seen, scores, 0.0) / (steps + 1.0)[:, None]
    else:
        pattern = torch.softmax(scores.masked_fill(~seen, -math.inf), -1)
    mixed = (pattern @ v).transpose(1, 2).reshape(batch, tokens, width)
    return mixed @ weights[f"blocks.{place}.attention.out.weight"] + weights[f"blocks.{place}.attention.out.bias"]


def forward(spec, weights, input, alone):
    """Every site by its name, and the read-out, at all tokens."""
    described = spec["model"]
    width, sites, layers, dropouts = described["width"], {}, 0, 0

    def norm(x, name):
        return F.layer_norm(x, (width,), weights[f"{name}.weight"], weights[f"{name}.bias"])

    def drop(x, share, kept):
        """Factors are drawn for the tokens that something reads, where the others are not computed."""
        nonlocal dropouts
        place, dropouts = dropouts, dropouts + 1
        if not share or spec["noise"] is None:
            return x
        seed, step = spec["noise"]
        factors = torch.zeros_like(x)
        for sequence in range(x.shape[0]):
            stream = Stream(seed, "dropout", struct.pack("<3Q", step, place, sequence))
            for token in kept:
                for at in range(width):
                    dropped = (stream.bits() >> 11) / 2**53 < share
                    factors[sequence, token, at] = 0.0 if dropped else 1.0 / (1.0 - share)
        return x * rounded(factors)

    everything = range(spec["tokens"])
    last = max((place for place, block in enumerate(described["blocks"]) if "attention" in block), default=-1)
    x = F.one_hot(input, spec["input"]).double() if spec["labels"] else input
    x = x @ weights["read_in.weight"] + weights["read_in.bias"]
    if described["positions"] == "learned":
        x = x + weights["positions"][: spec["tokens"]]
    if described["positions"] == "sinusoidal":
        x = x + sines(spec["tokens"], width)
    x = drop(x, described.get("dropout"), everything)
    sites["residual 0"] = x
    for place, block in enumerate(described["blocks"]):
        if "attention" in block:
            sites[f"residual {layers}"] = x
            layers += 1
        (kind, block), = block.items()
        update = norm(x, f"blocks.{place}.norm") if described["norm"] == "pre" else x
        if kind == "attention" and not alone:
            update = attend(update, block, described["positions"], weights, place)
        elif kind == "mlp":
            update = update @ weights[f"blocks.{place}.mlp.in.weight"] + weights[f"blocks.{place}.mlp.in.bias"]
            update = F.relu(update) if block["activation"] == "relu" else F.gelu(update, approximate="tanh")
            update = update @ weights[f"blocks.{place}.mlp.out.weight"] + weights[f"blocks.{place}.mlp.out.bias"]
        update = drop(update, block.get("dropout"), everything if place < last else sorted(set(spec["read_at"])))
        # Blocks before the first attention count to its layer.
        sites.setdefault(f"{kind}_out {max(layers, 1) - 1}", update)
        x = x + update
        if described["norm"] == "post":
            x = norm(x, f"blocks.{place}.norm")
    sites[f"residual {layers}"] = x
    x = norm(x, "norm") if described["norm"] == "pre" else x
    sites["output"] = x
    matrix = weights["read_in.weight"][: spec["outputs"]].T if described.get("tied") else weights["read_out.weight"]
    return sites, x @ matrix + weights["read_out.bias"]


def read(spec, output):
    return spec["read_at"] if output == 0 else spec["heads"][output - 1]["read_at"]


def outputs(spec, weights, input):
    """The read-out and the heads, where they are read."""
    full, alone = (forward(spec, weights, input, alone) for alone in (False, True))
    yield full[1][:, read(spec, 0)]
    for place, head in enumerate(spec["heads"]):
        sites, _ = full if head["context"] == "full" else alone
        site = head["site"] if isinstance(head["site"], str) else " ".join(map(str, *head["site"].items()))
        at = sites[site][:, read(spec, place + 1)]
        yield at @ weights[f"heads.{place}.weight"] + weights[f"heads.{place}.bias"]


def targets(spec):
    """Some that do not count, and in the first term a sequence without any that does."""
    for place, term in enumerate(spec["terms"]):
        shape, columns = (spec["sequences"], len(read(spec, term["output"]))), term["columns"][1] - term["columns"][0]
        nothing = torch.rand(shape) < 0.2
        nothing[1, 0] = False
        if place == 0:
            nothing[2] = True
        if term["kind"] == "labels":
            target = torch.randint(0, columns, shape)
            target[nothing] = -100
        else:
            target = rounded(torch.randn(*shape, columns))
            target[nothing] = math.nan
        yield target


def losses(spec, weights, input, targets):
    values, each = list(outputs(spec, weights, input)), []
    for term, target in zip(spec["terms"], targets):
        of_sequences = []
        value = values[term["output"]][..., slice(*term["columns"])]
        for output, target in zip(value, target):
            if term["kind"] == "labels":
                if (target >= 0).any():
                    of_sequences.append(F.cross_entropy(output, target))
            else:
                counts = ~target[:, 0].isnan()
                if counts.any():
                    of_sequences.append(F.mse_loss(output[counts], target[counts]))
        each.append(torch.stack(of_sequences).mean())
    return sum(term["weight"] * loss for term, loss in zip(spec["terms"], each)), each, values


RULES = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-6),
    "adam_decay": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1),
    "clipped": lambda p: torch.optim.Adam(p, lr=0.01),
}
STEPS = 10


def main():
    golden = {}
    for name, spec in CASES.items():
        weights = draw(parameters(spec))
        shape = (spec["sequences"], spec["tokens"])
        input = torch.randint(0, spec["input"], shape) if spec["labels"] else rounded(torch.randn(*shape, spec["input"]))
        wanted = list(targets(spec))
        loss, each, values = losses(spec, weights, input, wanted)
        loss.backward()
        golden[f"{name}.input"] = input
        for place, target in enumerate(wanted):
            golden[f"{name}.targets.{place}"] = target
        golden[f"{name}.loss"] = torch.stack([loss, *each])
        if spec["noise"] is None:
            golden[f"{name}.logits"] = values[0]
        for parameter, value in weights.items():
            golden[f"{name}.parameters.{parameter}"] = value
            grad = torch.zeros_like(value) if value.grad is None else value.grad
            golden[f"{name}.gradients.{parameter}"] = grad
        if name == "squares":
            for rule, make in RULES.items():
                own = {parameter: value.detach().clone().requires_grad_() for parameter, value in weights.items()}
                optimizer, curve = make(own.values()), []
                for _ in range(STEPS):
                    optimizer.zero_grad()
                    loss, _, _ = losses(spec, own, input, wanted)
                    loss.backward()
                    if rule == "clipped":
                        torch.nn.utils.clip_grad_norm_(own.values(), 0.5)
                    optimizer.step()
                    curve.append(loss.detach())
                golden[f"{rule}.losses"] = torch.stack(curve)
                for parameter, value in own.items():
                    golden[f"{rule}.parameters.{parameter}"] = value

    # What float32 holds exactly is written in it; labels that do not count are -100, as in PyTorch.
    exact = lambda name: name.split(".")[1] in ("input", "targets") or (name.split(".")[0] in CASES and ".parameters." in name)
    written = {name: value.detach().to(torch.float32 if exact(name) else torch.float64).contiguous().clone()
               for name, value in golden.items()}
    save_file(written, Path(__file__).parent / "models.safetensors", metadata={"cases": json.dumps(CASES)})


main()
