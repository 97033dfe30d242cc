"""A transformer in PyTorch with every place that icl reads or changes, written from docs/inside.md and docs/reference.

make_inside.py measures with it. Nothing here is taken from icl's source: only the names of its weights are.
"""

import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F

CONTEXTS = ["full", "none", "zero", "self_only"]


@dataclass
class Model:
    """What a program says of its model. Blocks are ("attention", kernel) or ("mlp", activation)."""

    width: int
    heads: int
    positions: str
    norm: str
    blocks: list
    tied: bool = False

    @property
    def layers(self):
        return sum(kind == "attention" for kind, _ in self.blocks)

    def sites(self, context="full"):
        """Every site of the language that a context has."""
        found = [("residual", after) for after in range(self.layers + 1)] + [("output",)]
        layer = -1
        for kind, _ in self.blocks:
            layer += kind == "attention"
            if kind == "mlp":
                found.append(("mlp_out", layer))
                continue
            if context != "zero":
                found.append(("attention_out", layer))
            if context in ("full", "self_only"):
                found += [("head", layer, head) for head in range(self.heads)]
            if context == "full":
                found += [("pattern", layer, head) for head in range(self.heads)]
        return found


@dataclass
class Changed:
    """What stands in the place of what is computed, each a constant."""

    values: dict = field(default_factory=dict)
    """By site; of a head its mixed values."""
    patterns: dict = field(default_factory=dict)
    """By layer and head, [.., tokens, tokens]."""
    factors: list = field(default_factory=list)
    """Of the weights of every head, [.., tokens, tokens]."""

    def put(self, site, value):
        if site[0] == "pattern":
            self.patterns[site[1:]] = value
        else:
            self.values[site] = value


def rotated(x):
    """Rotary embedding of [.., tokens, width of a head], its two halves paired (Su et al. 2021, GPT-NeoX)."""
    tokens, half = x.shape[-2], x.shape[-1] // 2
    angle = torch.arange(tokens)[:, None] * 10_000.0 ** (-torch.arange(half) / half)
    low, high = x[..., :half], x[..., half:]
    return torch.cat([low * angle.cos() - high * angle.sin(), low * angle.sin() + high * angle.cos()], dim=-1)


def waves(tokens, width):
    """Sines at even places and cosines at odd ones (Vaswani et al. 2017)."""
    angle = torch.arange(tokens)[:, None] / 10_000.0 ** (torch.arange(0, width, 2) / width)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(tokens, width)


def run(model, w, x, context="full", changed=None):
    """The sites of a context by name, [sequences, tokens, ..] each, with the mixed values of heads as ("mixed", layer, head)
    and the read-out as ("logits",). `x` is dense, [sequences, tokens, input]."""
    changed, sites = changed or Changed(), {}
    tokens, heads, each = x.shape[1], model.heads, model.width // model.heads
    causal = torch.ones(tokens, tokens).tril()
    # Where attention is taken away, what it adds is no place to put a constant in.
    closed = {"none": ("attention_out", "head"), "zero": ("attention_out", "head")}.get(context, ())

    def put(site, value):
        if site in changed.values and site[0] not in closed:
            value = changed.values[site].expand_as(value)
        sites[site] = value
        return value

    def linear(value, name):
        return value @ w[f"{name}.weight"] + w[f"{name}.bias"]

    def norm(value, name):
        return F.layer_norm(value, (model.width,), w[f"{name}.weight"], w[f"{name}.bias"], 1e-5)

    def attend(normed, layer, name, kernel):
        if context == "none":
            return put(("attention_out", layer), normed)
        queries, keys, values = (
            part.unflatten(-1, (heads, each)).transpose(1, 2) for part in linear(normed, f"{name}.attention.in").chunk(3, -1)
        )
        if model.positions == "rope":
            queries, keys = rotated(queries), rotated(keys)
        scores = queries @ keys.transpose(-1, -2) / math.sqrt(each)
        if model.positions == "alibi":
            slopes = 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)
            apart = torch.arange(tokens)[:, None] - torch.arange(tokens)
            scores = scores - slopes[:, None, None] * apart
        if kernel == "linear":
            weights = scores * causal / torch.arange(1, tokens + 1)[:, None]
        else:
            weights = scores.masked_fill(causal == 0, -math.inf).softmax(-1)
        out = w[f"{name}.attention.out.weight"].unflatten(0, (heads, each))
        added = w[f"{name}.attention.out.bias"]
        for head in range(heads):
            own = weights[:, head]
            for factor in changed.factors:
                own = own * factor
            if (layer, head) in changed.patterns:
                own = (changed.patterns[layer, head] * causal).expand_as(own)
            if context == "self_only":
                own = torch.eye(tokens).expand_as(own)
            else:
                sites["pattern", layer, head] = own
            mixed = own @ values[:, head]
            if ("head", layer, head) in changed.values:
                mixed = changed.values["head", layer, head].expand_as(mixed)
            sites["mixed", layer, head] = mixed
            sites["head", layer, head] = mixed @ out[head]
            added = added + sites["head", layer, head]
        return put(("attention_out", layer), added)

    stream = linear(x, "read_in")
    if model.positions == "learned":
        stream = stream + w["positions"][:tokens]
    if model.positions == "sinusoidal":
        stream = stream + waves(tokens, model.width)
    stream, layer = put(("residual", 0), stream), -1
    for place, (kind, what) in enumerate(model.blocks):
        name = f"blocks.{place}"
        if kind == "attention":
            layer += 1
            if layer > 0:
                stream = put(("residual", layer), stream)
        normed = norm(stream, f"{name}.norm") if model.norm == "pre" else stream
        if kind == "mlp":
            hidden = linear(normed, f"{name}.mlp.in")
            hidden = F.relu(hidden) if what == "relu" else F.gelu(hidden, approximate="tanh")
            stream = stream + put(("mlp_out", layer), linear(hidden, f"{name}.mlp.out"))
        elif context != "zero":
            stream = stream + attend(normed, layer, name, what)
        if model.norm == "post":
            stream = norm(stream, f"{name}.norm")
    stream = put(("residual", model.layers), stream)
    output = put(("output",), norm(stream, "norm") if model.norm == "pre" else stream)
    sites["logits",] = unread(model, w, output)
    return sites


def unread(model, w, output):
    """The read-out."""
    bias = w["read_out.bias"]
    return output @ (w["read_in.weight"][: len(bias)].T if model.tied else w["read_out.weight"]) + bias


def said(site):
    """A site in the language."""
    name, *numbers = site
    if name == "residual":
        return f"residual(after: {numbers[0]})"
    return f"{name}({', '.join(map(str, numbers))})" if numbers else name


@dataclass
class Ablate:
    site: tuple
    by: str = "zero"
    kept: bool = False

    @property
    def text(self):
        return f"ablate({said(self.site)}, with: {self.by}{', patterns: kept' if self.kept else ''}"

    @property
    def looks_first(self):
        return self.by != "zero" or self.kept

    def put(self, changed, data, model, first):
        if not self.looks_first:
            changed.put(self.site, torch.zeros(()))
            return
        value = first[("mixed", *self.site[1:]) if self.site[0] == "head" else self.site]
        if self.by == "zero":
            value = torch.zeros_like(value)
        elif self.by == "mean":
            value = value.mean(0, keepdim=True)
        else:
            value = value.roll(-1, 0)
        changed.put(self.site, value)
        if self.kept:
            later = {"residual": lambda: self.site[1], "output": lambda: model.layers}.get(self.site[0])
            later = later() if later else self.site[1] + 1
            for layer in range(later, model.layers):
                for head in range(model.heads):
                    changed.patterns[layer, head] = first["pattern", layer, head]


@dataclass
class Clamp:
    layer: int
    head: int
    to: str
    """`previous_token`, `matching`, or a file."""
    array: torch.Tensor = None

    looks_first = False

    @property
    def text(self):
        to = self.to if self.array is None else f'array("{self.to}")'
        return f"clamp(head({self.layer}, {self.head}), {to}"

    def put(self, changed, data, model, first):
        tokens = data.tokens.shape[1]
        if self.to == "previous_token":
            pattern = torch.eye(tokens)[[max(token - 1, 0) for token in range(tokens)]]
        elif self.to == "matching":
            cells = data.matching.double()
            count = cells.sum(-1, keepdim=True)
            pattern = torch.where(count > 0, cells / count.clamp(min=1), torch.eye(tokens))
        else:
            pattern = self.array
        changed.patterns[self.layer, self.head] = pattern


@dataclass
class Scale:
    by: float
    cells: object = "matching"

    looks_first = False

    @property
    def text(self):
        return f"scale_attention({self.by}, cells: {self.cells}"

    def put(self, changed, data, model, first):
        tokens = data.tokens.shape[1]
        apart = torch.arange(tokens)[:, None] - torch.arange(tokens)
        if self.cells == "matching":
            cells = data.matching
        elif self.cells == "previous_token":
            # The first token has itself for the token before, as where a head is clamped.
            cells = apart == 1
            cells[0, 0] = True
        elif self.cells == "all":
            cells = apart >= 0
        else:
            cells = (apart >= 0) & (apart < self.cells)
        changed.factors.append(torch.where(cells, self.by, 1.0))


def changes(model, w, data, interventions):
    """What interventions change for some sequences: those that look at the model first see all others in force."""
    changed = Changed()
    for one in interventions:
        if not one.looks_first:
            one.put(changed, data, model, None)
    if any(one.looks_first for one in interventions):
        with torch.no_grad():
            first = run(model, w, data.tokens, "full", changed)
        for one in interventions:
            if one.looks_first:
                one.put(changed, data, model, first)
    return changed
