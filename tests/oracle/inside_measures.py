"""Every measure that icl takes inside of a model, in PyTorch and float64, written from docs/probes.md and docs/inside.md.

make_inside.py says what is measured. A `Moment` is a model at a step with the sequences that it is measured on; what is
called `told` are the targets of a probe.
"""

import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from inside_model import changes, run, unread


@dataclass
class Data:
    """Sequences of a task of pairs or of tokens, with the names that it gives: [sequences, examples, numbers] each."""

    form: str
    """`pairs` of an input and a target, or `tokens`, each predicted from those before it."""
    labels: dict
    """By name how many labels there are; no entry where it is numbers."""
    names: dict
    width: int
    """Of a token."""

    @property
    def target(self):
        return self.names["target"]

    @property
    def length(self):
        return self.target.shape[1]

    def token(self, name):
        """A one-hot vector of a label, or numbers with zeros behind them."""
        value = self.names[name]
        if name in self.labels:
            return F.one_hot(value[..., 0].long(), self.width).double()
        return F.pad(value, (0, self.width - value.shape[-1]))

    @property
    def tokens(self):
        """[sequences, tokens, width]: x1, y1, x2, y2, ... or the tokens themselves."""
        if self.form == "tokens":
            return self.token("target")
        return torch.stack([self.token("input"), self.token("target")], dim=2).flatten(1, 2)

    @property
    def read(self):
        """The tokens where predictions are read, and the position that each predicts."""
        if self.form == "tokens":
            return list(range(self.length - 1)), list(range(1, self.length))
        return [2 * example for example in range(self.length)], list(range(self.length))

    @property
    def same(self):
        """[sequences, i, j]: whether example j < i has the target of example i."""
        label = self.target[..., 0]
        earlier = torch.ones(self.length, self.length).tril(-1).bool()
        return (label[:, :, None] == label[:, None, :]) & earlier

    @property
    def matching(self):
        """[sequences, query, key]: of examples, from where a prediction is read to earlier targets equal to its own; of
        tokens, from every token to what followed earlier occurrences of it."""
        tokens = self.tokens.shape[1]
        cells = torch.zeros(len(self.target), tokens, tokens, dtype=torch.bool)
        if self.form == "tokens":
            cells[:, :, 1:] = self.same[:, :, :-1]
        else:
            cells[:, 0::2, 1::2] = self.same
        return cells

    def at(self, place):
        """The tokens that a place names, and the example of each."""
        length, pairs = self.length, self.form == "pairs"
        if place == "input":
            return [(2 * at if pairs else at) for at in range(length)], list(range(length))
        if place == "target":
            return ([2 * at + 1 for at in range(length)], list(range(length))) if pairs else (list(range(1, length)),) * 2
        if place == "query":
            return [self.read[0][-1]], [self.read[1][-1]]
        return [place], [place // 2 if pairs else place]


@dataclass
class Moment:
    model: object
    w: dict
    first: dict
    """The weights at hand, and the first ones of the run."""
    test: Data
    train: Data
    batch: int
    """Sequences in a step."""
    interventions: list
    """Those that are in force."""
    drawn: dict
    """By probe what icl draws for it: `control`, and of a linear reader `init` and `order`."""
    known: dict = field(default_factory=dict)

    def run(self, context="full", split="test", w=None, under=()):
        key = (context, split, id(w), tuple(one.text for one in under))
        if key not in self.known:
            w, data = w or self.w, getattr(self, split)
            changed = changes(self.model, w, data, [*self.interventions, *under])
            self.known[key] = run(self.model, w, data.tokens, context, changed)
        return self.known[key]

    def stream(self, after, w=None):
        """Where predictions are read, [sequences, positions, width]."""
        return self.run(w=w)["residual", after][:, self.test.read[0]]


# ---------------------------------------------------------------------------------------------------------- predictions


def loss_by_position(data, logits):
    """[sequences, positions] of logits where predictions are read: cross-entropy in nats, or squared error."""
    target = data.target[:, data.read[1]]
    if "target" in data.labels:
        return F.cross_entropy(logits.transpose(1, 2), target[..., 0].long(), reduction="none")
    return ((logits - target) ** 2).mean(-1)


def loss(now, under=()):
    logits = now.run(under=under)["logits",][:, now.test.read[0]]
    return loss_by_position(now.test, logits).mean().item()


def accuracy(now, under=()):
    logits = now.run(under=under)["logits",][:, now.test.read[0]]
    best = logits.topk(2, dim=-1).values
    margin = (best[..., 0] - best[..., 1]).min().item()
    # No rounding moves a label that is clearly first.
    assert margin > 1e-6, f"a label is all but tied: {margin}"
    return (logits.argmax(-1) == now.test.target[:, now.test.read[1], 0]).double().mean().item()


def gain(now, late, early):
    logits = now.run()["logits",][:, now.test.read[0]]
    losses = loss_by_position(now.test, logits).mean(0)
    at = now.test.read[1].index
    return (losses[at(late)] - losses[at(early)]).item()


# ---------------------------------------------------------------------------------------------------------------- heads


def over(value, counts):
    """The mean over all predictions or tokens that count."""
    return value[counts].mean().item()


def previous_token(now, layer, head):
    return now.run()["pattern", layer, head].diagonal(-1, 1, 2).mean().item()


def entropy(now, layer, head):
    return torch.special.entr(now.run()["pattern", layer, head]).sum(-1).mean().item()


def duplicate_token(now, layer, head):
    data, pattern = now.test, now.run()["pattern", layer, head]
    label = data.names["target" if data.form == "tokens" else "input"][..., 0]
    same = (label[:, :, None] == label[:, None, :]) & torch.ones(data.length, data.length).tril(-1).bool()
    if data.form == "pairs":
        pattern = pattern[:, 0::2, 0::2]
    return over((pattern * same).sum(-1), same.any(-1))


def induction(now, layer, head):
    data, pattern = now.test, now.run()["pattern", layer, head]
    same = data.same
    if data.form == "tokens":
        # The last token predicts nothing.
        same = same[:, :-1, :-1]
        return over((pattern[:, :-1, 1:] * same).sum(-1), same.any(-1))
    earlier = torch.ones(data.length, data.length).tril(-1).bool()
    sign = torch.where(same, 1.0, -1.0) * earlier
    return over((pattern[:, 0::2, 1::2] * sign).sum(-1), same.any(-1))


def copying(now, layer, head):
    """Norms count by their scales: those that stand between the read-in and the head's values, and between what it adds and
    the read-out."""
    model, w = now.model, now.w
    blocks = [place for place, (kind, _) in enumerate(model.blocks) if kind == "attention"]
    own, each = blocks[layer], model.width // model.heads
    scale = lambda places: math.prod((w[f"blocks.{place}.norm.weight"] for place in places), start=torch.ones(model.width))
    before = after = torch.ones(model.width)
    if model.norm == "pre":
        before, after = scale([own]), w["norm.weight"]
    if model.norm == "post":
        before, after = scale(range(own)), scale(range(own, len(model.blocks)))
    columns = slice(head * each, (head + 1) * each)
    values = w[f"blocks.{own}.attention.in.weight"].chunk(3, dim=1)[2][:, columns]
    labels = now.test.labels["target"]
    embedded = w["read_in.weight"][:labels] * before
    added = embedded @ values @ w[f"blocks.{own}.attention.out.weight"][columns] * after
    logits = added @ (w["read_in.weight"][:labels].T if model.tied else w["read_out.weight"][:, :labels])
    return (logits.argmax(-1) == torch.arange(labels)).double().mean().item()


# --------------------------------------------------------------------------------------------------------------- stream


def lens(now, after):
    stream = now.stream(after)
    if now.model.norm == "pre":
        stream = F.layer_norm(stream, stream.shape[-1:], now.w["norm.weight"], now.w["norm.bias"], 1e-5)
    return loss_by_position(now.test, unread(now.model, now.w, stream)).mean().item()


def collapse(now, after):
    stream = F.normalize(now.stream(after), dim=-1)
    cosines = stream @ stream.transpose(1, 2)
    return cosines[:, ~torch.eye(stream.shape[1]).bool()].mean().item()


def similarity(now, after, other, start=False):
    return F.cosine_similarity(now.stream(after), now.stream(other, now.first if start else None), dim=-1).mean().item()


def cka(now, after, other, start=False):
    """Kornblith et al. 2019, by the kernels of all pairs of rows: HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L))."""
    def kernel(stream):
        rows = stream.flatten(0, 1)
        centre = torch.eye(len(rows)) - 1 / len(rows)
        return centre @ (rows @ rows.T) @ centre

    k, l = kernel(now.stream(after)), kernel(now.stream(other, now.first if start else None))
    return ((k * l).sum() / ((k * k).sum() * (l * l).sum()).sqrt()).item()


def distance(now):
    return math.sqrt(sum(((now.w[name] - now.first[name]) ** 2).sum().item() for name in now.w))


# --------------------------------------------------------------------------------------------------------------- probes


def one_hot(told):
    """Targets side by side, labels as one-hot vectors."""
    return torch.cat([F.one_hot(value.long(), size).double() if size else value for value, size in told], dim=-1)


def ridge(x, told, penalty):
    y = one_hot(told)
    centre, mean = x.mean(0), y.mean(0)
    weight = torch.linalg.solve((x - centre).T @ (x - centre) + penalty * torch.eye(x.shape[1]), (x - centre).T @ (y - mean))
    return lambda rows: (rows - centre) @ weight + mean


def centroid(x, told):
    means = [torch.stack([x[value == label].mean(0) for label in range(size)]) for value, size in told]
    return lambda rows: torch.cat([-torch.cdist(rows, mean) for mean in means], dim=-1)


def logistic(x, told, penalty):
    """By Newton's method, each step halved until the objective falls."""
    x, maps = F.pad(x, (0, 1), value=1.0), []
    free = torch.ones(x.shape[1], 1)
    free[-1] = 0
    for value, size in told:
        def objective(flat):
            weight = flat.reshape(-1, size)
            return F.cross_entropy(x @ weight, value.long()) + penalty / 2 * ((free * weight) ** 2).sum()

        at = torch.zeros(x.shape[1] * size)
        for _ in range(50):
            gradient = torch.func.grad(objective)(at)
            if gradient.abs().max() < 1e-13:
                break
            # The intercepts of all classes may grow together, which changes nothing.
            step = torch.linalg.pinv(torch.func.hessian(objective)(at), hermitian=True) @ gradient
            while objective(at - step) > objective(at) + 1e-15:
                step = step / 2
            at = at - step
        assert gradient.abs().max() < 1e-12, f"no optimum: {gradient.abs().max()}"
        maps.append(at.reshape(-1, size))
    return lambda rows: torch.cat([F.pad(rows, (0, 1), value=1.0) @ weight for weight in maps], dim=-1)


def split(outputs, told):
    return outputs.split([size or value.shape[-1] for value, size in told], dim=-1)


def linear(x, told, epochs, lr, batch, init, order):
    """One linear layer by Adam on the mean over targets: first weights `init`, rows in the order that is given."""
    outputs = sum(size or value.shape[-1] for value, size in told)
    weight, bias = (0.02 * init).reshape(-1, outputs).clone().requires_grad_(), torch.zeros(outputs, requires_grad=True)
    adam = torch.optim.Adam([weight, bias], lr=lr)
    for epoch in order.long().reshape(epochs, -1):
        for rows in epoch.split(batch):
            adam.zero_grad()
            each = [F.cross_entropy(output, value[rows].long()) if size else F.mse_loss(output, value[rows])
                    for output, (value, size) in zip(split(x[rows] @ weight + bias, told), told)]
            (sum(each) / len(each)).backward()
            adam.step()
    return lambda rows: (rows @ weight + bias).detach()


def told_at(data, predict, examples):
    """Each target of a probe as [rows] labels with how many there are, or [rows, numbers] with 0."""
    found = []
    for name in predict:
        value = data.names[name][:, examples].flatten(0, 1)
        found.append((value[:, 0], data.labels[name]) if name in data.labels else (value, 0))
    return found


def scores(outputs, told):
    """Accuracy or squared error of every target; cross-entropy or R2; and by how little a label was first."""
    values, beside, margin = [], [], math.inf
    for output, (value, size) in zip(split(outputs, told), told):
        if size:
            best = output.topk(2, dim=-1).values
            margin = min(margin, (best[:, 0] - best[:, 1]).min().item())
            values.append((output.argmax(-1) == value).double().mean().item())
            beside.append(F.cross_entropy(output, value.long()).item())
        else:
            errors, about = ((output - value) ** 2).sum(0), ((value - value.mean(0)) ** 2).sum(0)
            values.append(((output - value) ** 2).mean().item())
            beside.append((1 - errors / about).mean().item())
    return values, beside, margin


def probe(now, name, read, place, context, predict, fit):
    """What stands in the table of measures of a probe, at one site or at several."""
    drawn, kind, arguments = now.drawn[name], fit[0], fit[1:]
    (tokens, examples), told = now.train.at(place), {}
    for data in ("train", "test"):
        told[data] = told_at(getattr(now, data), predict, examples)
    shuffled = [(value[drawn["control"].long()], size) for value, size in told["train"]]
    sites, control, beside = [], [], []
    for site in read:
        x, test = (now.run(context, data)[site][:, tokens].flatten(0, 1) for data in ("train", "test"))
        fitted = []
        for targets in (told["train"], shuffled):
            if kind == "linear":
                more = (now.batch * len(tokens), drawn["init"], drawn["order"])
                reader = linear(x, targets, *arguments, *more)
            else:
                reader = {"ridge": ridge, "logistic": logistic, "centroid": centroid}[kind](x, targets, *arguments)
            fitted.append(scores(reader(test), told["test"]))
        assert min(margin for *_, margin in fitted) > 1e-7, f"{name} at {site}: a label is all but tied"
        sites.append(fitted[0][0])
        control.append(sum(fitted[1][0]) / len(predict))
        beside.append(sum(fitted[0][1]) / len(predict))
    means = [sum(values) / len(values) for values in sites]
    labels = bool(told["test"][0][1])
    found = {"value": sum(means) / len(means), "parts": means if len(read) > 1 else sites[0], "control": control}
    if not labels:
        found["r2"] = beside
    elif kind in ("linear", "logistic"):
        found["cross_entropy"] = beside
    each = [1 / size if size else ((test - train.mean(0)) ** 2).mean().item()
            for (train, size), (test, _) in zip(told["train"], told["test"])]
    found["chance"] = sum(each) / len(each)
    return found
