#!/usr/bin/env python3
"""Writes what PyTorch computes of everything that icl reads, changes and scores inside of a model, in the folder `inside`.

Four small models, one for each way in which models differ, are trained by icl, and a fifth while it is intervened in. What
icl alone decides stands in `drawn.safetensors`, which the test writes: weights, sequences, and from which streams probes take
their random numbers.

    pip install torch transformers safetensors numpy blake3
    python tests/oracle/make_inside.py                                     # the programs
    ORACLE=overwrite cargo test --release --test oracle_inside             # what icl draws, and a GPT-2 that it exports
    python tests/oracle/make_inside.py                                     # what PyTorch makes of it

Nothing is taken from icl's source; inside_model.py and inside_measures.py are written from the documentation.
"""

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

import inside_measures as measure
import numpy as np
import torch
from blake3 import blake3
from inside_measures import Data, Moment
from inside_model import CONTEXTS, Ablate, Clamp, Model, Scale, changes, run, said
from make_streams import Stream
from safetensors import safe_open
from safetensors.torch import load_file, save_file

torch.set_default_dtype(torch.float64)
torch.use_deterministic_algorithms(True)
here = Path(__file__).parent / "inside"

# More sequences than icl reads at once, so that the next sequence is that of the next piece.
SEQUENCES, SHOWN, BATCH = 130, 2, 8


@dataclass
class Study:
    name: str
    items: str
    """Of the program, with a task called `hard`."""
    model: Model
    form: str
    labels: dict
    width: int
    """Of a token."""
    training: str
    steps: list
    """After which it is measured."""
    interventions: list = field(default_factory=list)
    """With the first step of each, and the step that it ends before."""
    lines: list = field(default_factory=list)
    names: list = field(default_factory=list)
    formulas: dict = field(default_factory=dict)
    under: dict = field(default_factory=dict)
    """By the name of a score the intervention that it is taken under."""

    def metric(self, name, text, formula):
        self.lines.append(f"metric {name} = {text}")
        self.names.append(name)
        self.formulas[name] = lambda now: {"value": formula(now)}

    def probe(self, name, read, predict, fit, place="input", context="full"):
        sites = [("residual", after) for after in range(self.model.layers + 1)] if read == "all" else [read]
        words = {"linear": ["epochs: ", "lr: "], "ridge": [""], "logistic": [""], "centroid": []}[fit[0]]
        arguments = ", ".join(word + str(value) for word, value in zip(words, fit[1:]))
        reader = f"{fit[0]}({arguments})" if words else fit[0]
        at = "residual(after: all)" if read == "all" else said(read)
        told = predict[0] if len(predict) == 1 else f"[{', '.join(predict)}]"
        self.lines.append(f"probe {name} {{ of: hard, read: {at} at {place}, context: {context}, predict: {told}, fit: {reader} }}")
        self.names.append(name)
        self.formulas[name] = lambda now: measure.probe(now, name, sites, place, context, predict, fit)

    @property
    def program(self):
        kept = "".join(f"{line}\n" for line in self.lines)
        under = [f"{one.text}, from: {from_} steps, until: {until} steps)" for one, from_, until in self.interventions]
        if under:
            under = [f"  intervene: [\n    {f',{chr(10)}    '.join(under)},\n  ]\n"]
        return (
            f"// Written by tests/oracle/make_inside.py.\n\nuse std.curricula\n\n{self.items.strip()}\n\n{kept}\n"
            f"experiment study {{\n  model: small\n  data: fresh\n  batch: {BATCH}\n  optimizer: {self.training}\n  seeds: 1\n"
            f"  curriculum: curricula.only(hard, {self.steps[-1]} steps)\n{''.join(under)}"
            f"  measure {{\n    every: {self.steps[-1]} steps\n    on: {SEQUENCES} sequences\n"
            + "".join(f"    {name}\n" for name in self.names) + "  }\n}\n"
        )


def studies():
    """Every program with its measures."""
    tokens = Study(
        "tokens",
        """
task chain(states: count = 4, tokens: count = 12) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
    odds = p[s][0]
    half = s % 2 : class(2)
  }
  length: tokens
  emit: s
  blind: log(states)
}
model small {
  width: 16
  init: 0.3
  blocks: repeat(2, [attention(heads: 2), mlp(ratio: 2)])
}
let hard = chain
""",
        Model(16, 2, "learned", "pre", [("attention", "softmax"), ("mlp", "gelu")] * 2),
        "tokens", {"target": 4, "half": 2}, 4, "adam(lr: 1e-2)", [20],
    )
    labels = Study(
        "labels",
        """
task recall(keys: count = 6, values: count = 4, points: count = 7) {
  per sequence {
    map ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = map[key]
    height = sqrt(1 + key + 2 * y)
    half = key % 2 : class(2)
  }
  length: points
  input: key
  target: y : class(values)
  blind: log(values)
}
model small {
  width: 16
  positions: rope
  init: 0.4
  tied: true
  blocks: repeat(2, [attention(heads: 2)])
}
let hard = recall
""",
        Model(16, 2, "rope", "pre", [("attention", "softmax")] * 2, tied=True),
        "pairs", {"target": 4, "input": 6, "half": 2}, 6, "adam(lr: 1e-2)", [20],
    )
    points = Study(
        "points",
        """
task largest(points: count = 6) {
  per sequence {
    map ~ permutation(5)
    turn ~ uniform(2)
  }
  per example {
    x ~ normal()[5]
    which = argmax(if turn == 1 then x else -x) : class(5)
    y = map[which]
  }
  length: points
  input: x
  target: y : class(5)
  blind: log(5)
}
model small {
  width: 12
  positions: sinusoidal
  norm: post
  init: 0.4
  blocks: repeat(2, [attention(heads: 2), mlp(ratio: 2, activation: relu)])
}
let hard = largest
""",
        Model(12, 2, "sinusoidal", "post", [("attention", "softmax"), ("mlp", "relu")] * 2),
        "pairs", {"target": 5, "turn": 2, "which": 5}, 5, "adam(lr: 2e-2)", [20],
    )
    numbers = Study(
        "numbers",
        """
task plane(points: count = 6) {
  per sequence {
    w ~ normal()[2]
  }
  per example {
    x ~ normal()[2]
    y = dot(w, x)
    side = if y > 0 then 1 else 0 : class(2)
  }
  length: points
  input: x
  target: y
  blind: 2
}
model small {
  width: 12
  positions: alibi
  norm: none
  init: 0.3
  blocks: [attention(heads: 2), mlp(ratio: 2), attention(heads: 2, kernel: linear)]
}
let hard = plane
""",
        Model(12, 2, "alibi", "none", [("attention", "softmax"), ("mlp", "gelu"), ("attention", "linear")]),
        "pairs", {"side": 2}, 2, "adam(lr: 1e-2)", [20],
    )
    changed = Study(
        "changed", labels.items.replace("positions: rope", "positions: learned").replace("  tied: true\n", "")
        .replace("[attention(heads: 2)]", "[attention(heads: 2), mlp(ratio: 2)]").replace("    half = key % 2 : class(2)\n", ""),
        Model(16, 2, "learned", "pre", [("attention", "softmax"), ("mlp", "gelu")] * 2),
        "pairs", labels.labels, 6, "sgd(lr: 0.2, momentum: 0.9)", [0, 8],
        interventions=[
            (Ablate(("head", 0, 1), "mean", kept=True), 0, 3),
            (Clamp(1, 0, "matching"), 2, 9),
            (Ablate(("mlp_out", 0), "resample"), 1, 6),
            (Scale(1.5, "matching"), 0, 9),
            (Ablate(("attention_out", 1), "mean"), 5, 7),
            (Scale(0.5, 3), 4, 9),
            (Ablate(("head", 1, 1), "zero", kept=True), 7, 9),
            (Ablate(("pattern", 0, 0), "resample"), 3, 5),
            (Clamp(0, 1, "previous_token"), 6, 9),
        ],
    )
    all_heads = [(layer, head) for layer in range(2) for head in range(2)]
    array = torch.from_numpy(np.load(here / "pattern.npy")).double()

    for study in (tokens, labels, points, numbers):
        real = "target" not in study.labels
        score = "squared_error" if real else "cross_entropy"
        study.metric("loss_now", f"{score}(hard)", measure.loss)
        study.metric("gained", "icl_score(hard, late: 4, early: 1)", lambda now: measure.gain(now, 4, 1))
        heads = {"previous_token_score": measure.previous_token}
        if study is not numbers:
            heads |= {"attention_entropy": measure.entropy, "induction_score": measure.induction, "copying_score": measure.copying}
        if study in (tokens, labels):
            heads["duplicate_token_score"] = measure.duplicate_token
        for name, formula in heads.items():
            for layer, head in all_heads:
                study.metric(f"{name}_{layer}_{head}", f"{name}(layer: {layer}, head: {head})",
                             lambda now, formula=formula, at=(layer, head): formula(now, *at))
        for after in range(3):
            study.metric(f"lens_{after}", f"logit_lens(hard, after: {after})", lambda now, a=after: measure.lens(now, a))
            study.metric(f"collapse_{after}", f"cosine_collapse(after: {after})", lambda now, a=after: measure.collapse(now, a))
        for name, formula in {"cosine_similarity": measure.similarity, "cka": measure.cka}.items():
            for after, other, start in [(0, 2, False), (2, 1, False), (0, 0, True), (2, 2, True), (1, 2, True)]:
                text = f"{name}(after: {after}, with: {other}{', against: start' if start else ''})"
                study.metric(f"{name}_{after}_{other}{'_start' if start else ''}", text,
                             lambda now, formula=formula, at=(after, other, start): formula(now, *at))
        study.metric("moved", "weight_distance", measure.distance)

        # Every site in every context that has it, and every reader.
        told = {"tokens": "odds", "labels": "height", "points": "x", "numbers": "y"}[study.name]
        for context in CONTEXTS:
            for site in study.model.sites(context):
                name = f"{'_'.join(map(str, site))}_{context}"
                study.probe(name, site, [told], ("ridge", 0.01), context=context)
        one, two = {"tokens": ("half", "s"), "labels": ("half", "y"), "points": ("turn", "which"), "numbers": ("side", "side")}[study.name]
        several = [one, two] if one != two else [one]
        for fit in [("ridge", 1.0), ("centroid",), ("logistic", 0.01), ("linear", 1, 0.001), ("linear", 3, 0.01)]:
            study.probe(f"{fit[0]}_{fit[1] if len(fit) > 1 else ''}_labels".replace(".", "_"), ("residual", 1), several, fit)
        study.probe("linear_numbers", ("residual", 2), [told], ("linear", 2, 0.01), context="self_only")
        study.probe("everywhere", "all", several, ("centroid",), context="none")
        study.probe("everywhere_numbers", "all", [told], ("ridge", 0.1))
        for place in ["target", "query", 3]:
            study.probe(f"at_{place}", ("residual", 2), [told], ("ridge", 0.1), place=place)

        # Every intervention, as what it does to the loss.
        def under(name, one):
            study.under[f"under_{name}"] = one
            study.metric(f"under_{name}", f"{score}(hard, under: {one.text}))", lambda now: measure.loss(now, [one]))

        for site in study.model.sites():
            for by in ["zero", "mean", "resample"]:
                under(f"{'_'.join(map(str, site))}_{by}", Ablate(site, by))
                if site[0] not in ("output", "residual") and site[1] == 0 or site[0] == "residual" and site[1] < 2:
                    under(f"{'_'.join(map(str, site))}_{by}_kept", Ablate(site, by, kept=True))
        for layer, head in all_heads:
            under(f"previous_{layer}_{head}", Clamp(layer, head, "previous_token"))
            under(f"array_{layer}_{head}", Clamp(layer, head, "pattern.npy", array)) if study is tokens else None
            under(f"matching_{layer}_{head}", Clamp(layer, head, "matching")) if not real else None
        for cells in ["matching", "previous_token", "all", 3]:
            if not (real and cells == "matching"):
                under(f"twice_{cells}", Scale(2.0, cells))
                under(f"half_{cells}", Scale(0.5, cells))
        if not real:
            study.metric("right", "accuracy(hard)", measure.accuracy)
            one = Ablate(("head", 0, 0), "zero")
            study.metric("right_without", f"accuracy(hard, under: {one.text}))", lambda now, one=one: measure.accuracy(now, [one]))

    changed.metric("loss_now", "cross_entropy(hard)", measure.loss)
    for name, formula in {"induction_score": measure.induction, "attention_entropy": measure.entropy}.items():
        for layer, head in all_heads:
            changed.metric(f"{name}_{layer}_{head}", f"{name}(layer: {layer}, head: {head})",
                           lambda now, formula=formula, at=(layer, head): formula(now, *at))
    changed.metric("alike", "cka(after: 1, with: 2, against: start)", lambda now: measure.cka(now, 1, 2, True))
    changed.metric("lens_1", "logit_lens(hard, after: 1)", lambda now: measure.lens(now, 1))
    changed.metric("moved", "weight_distance", measure.distance)
    for context in CONTEXTS:
        for site in [("residual", 1), ("residual", 2), ("output",)]:
            changed.probe(f"{'_'.join(map(str, site))}_{context}", site, ["height"], ("ridge", 0.01), context=context)
    for name, one in {"mean": Ablate(("head", 0, 0), "mean", kept=True), "resample": Ablate(("residual", 1), "resample"),
                      "clamp": Clamp(0, 0, "matching"), "scale": Scale(3.0, "previous_token")}.items():
        changed.metric(f"under_{name}", f"cross_entropy(hard, under: {one.text}))", lambda now, one=one: measure.loss(now, [one]))
    return [tokens, labels, points, numbers, changed]


def array_file():
    """Weights of attention that do not add up to 1, with numbers for later tokens, which do not count."""
    values = np.random.default_rng(3).uniform(-0.5, 1.0, (12, 12)).astype(np.float32)
    np.save(here / "pattern.npy", values)


class Drawn:
    """What icl drew: arrays under the name of their study."""

    def __init__(self, path):
        self.arrays = {name: value.double() for name, value in load_file(path).items()}
        with safe_open(path, "pt") as file:
            self.notes = json.loads(file.metadata()["icl"])

    def of(self, prefix):
        return {name[len(prefix) + 1 :]: value for name, value in self.arrays.items() if name.startswith(f"{prefix}.")}

    def data(self, study, part):
        names = self.of(f"{study.name}.{part}")
        labels = dict(study.labels)
        # The target and the input have names of their own as well.
        for alias, name in [("s", "target"), ("y", "target"), ("x", "input")]:
            names.setdefault(alias, names.get(name))
            if name in labels:
                labels[alias] = labels[name]
        return Data(study.form, labels, names, study.width)

    def probes(self, study, step):
        """By probe the random numbers that it takes from its streams: which targets the control is shuffled to, and of a
        linear reader its first weights and the order of rows."""
        found = {}
        for name, of in self.notes[study.name]["probes"].items():
            meaning, rows = int(of["meaning"], 16), of["rows"]
            take = lambda role, *path: Stream(1, role, struct.pack(f"<{1 + len(path)}Q", meaning, *path))
            found[name] = {"control": torch.tensor(take("control").permutation(rows))}
            if "epochs" in of:
                orders = [take("probe", step, 1 + epoch).permutation(rows) for epoch in range(of["epochs"])]
                found[name]["order"] = torch.tensor(orders).flatten()
                found[name]["init"] = torch.tensor(take("probe", 0).normals(of["weights"]))
        return found


def in_force(study, step):
    return [one for one, from_, until in study.interventions if from_ <= step < until]


def trained(study, drawn, first):
    """The weights after every step of stochastic gradient descent under interventions, and the losses."""
    w = {name: value.clone().requires_grad_() for name, value in first.items()}
    sgd = torch.optim.SGD(w.values(), lr=0.2, momentum=0.9)
    losses = []
    for value in w.values():
        value.grad = torch.zeros_like(value)
    for step in range(study.steps[-1]):
        data = drawn.data(study, f"step.{step}")
        # What a constant stands in for has a gradient of 0, so that its momentum goes on.
        sgd.zero_grad(set_to_none=False)
        logits = run(study.model, w, data.tokens, "full", changes(study.model, w, data, in_force(study, step)))["logits",]
        loss = measure.loss_by_position(data, logits[:, data.read[0]]).mean()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    return {name: value.detach() for name, value in w.items()}, losses


def exported():
    """What Hugging Face's GPT-2 makes of the folder that `icl export` wrote."""
    from transformers import GPT2Model

    folder = here / "gpt2"
    model = GPT2Model.from_pretrained(folder, attn_implementation="eager").double().eval()
    around, batch = load_file(folder / "around.safetensors"), load_file(folder / "batch.safetensors")
    around = {name: value.double() for name, value in around.items()}
    embedded = batch["input"].double() @ around["read_in.weight"] + around["read_in.bias"]
    with torch.no_grad():
        found = model(inputs_embeds=embedded, output_hidden_states=True, output_attentions=True)
        # The tokens are labels, so that they may be given by their numbers.
        by_number = model(input_ids=batch["input"].argmax(-1)).last_hidden_state
    assert (by_number - found.last_hidden_state).abs().max() < 1e-6
    golden = {f"residual.{layer}": value for layer, value in enumerate(found.hidden_states[:-1])}
    # The last of the hidden states is that after the last norm, so that the stream before is caught on its way.
    caught = []
    hook = model.ln_f.register_forward_pre_hook(lambda module, inputs: caught.append(inputs[0]))
    with torch.no_grad():
        model(inputs_embeds=embedded)
    hook.remove()
    golden[f"residual.{len(found.hidden_states) - 1}"] = caught[0]
    golden["output"] = found.last_hidden_state
    golden["logits"] = found.last_hidden_state @ around["read_out.weight"] + around["read_out.bias"]
    for layer, patterns in enumerate(found.attentions):
        golden[f"pattern.{layer}"] = patterns
    return golden


def main():
    here.mkdir(exist_ok=True)
    array_file()
    programs = studies()
    for study in programs:
        (here / f"{study.name}.icl").write_text(study.program)
    if not (here / "drawn.safetensors").exists():
        print("the programs are written; now ORACLE=overwrite cargo test --release --test oracle_inside")
        return
    drawn, sites, values = Drawn(here / "drawn.safetensors"), {}, {}
    for study in programs:
        assert drawn.notes[study.name]["program"] == blake3(study.program.encode()).hexdigest(), f"{study.name} has changed: draw again"
        first = drawn.of(f"{study.name}.first")
        now, losses = (trained(study, drawn, first) if study.interventions else (drawn.of(f"{study.name}.now"), None))
        found = values[study.name] = {"measures": {}}
        if losses:
            found["losses"] = losses
            sites |= {f"{study.name}.trained.{name}": value for name, value in now.items()}
        for step in study.steps:
            moment = Moment(study.model, now if step else first, first, drawn.data(study, "test"), drawn.data(study, "train"),
                            BATCH, in_force(study, step), drawn.probes(study, step))
            found["measures"][step] = {name: formula(moment) for name, formula in study.formulas.items()}
            if not study.interventions:
                for context in CONTEXTS:
                    for site in study.model.sites(context):
                        at = f"{study.name}.{context}.{'.'.join(map(str, site))}"
                        sites[at] = moment.run(context)[site][:SHOWN]
                # A mean loss hides much, so that the logits of the last sequences stand here too.
                read = moment.test.read[0]
                each = [moment.run(under=[study.under[name]])["logits",][-SHOWN:, read] for name in sorted(study.under)]
                sites[f"{study.name}.under"] = torch.stack(each)
                sites[f"{study.name}.logits"] = moment.run()["logits",][:SHOWN, moment.test.read[0]]
    exported_sites = {f"exported.{name}": value for name, value in exported().items()}
    written = {name: value.detach().to(torch.float32).contiguous().clone() for name, value in (sites | exported_sites).items()}
    save_file(written, here / "sites.safetensors")
    (here / "sites.safetensors").chmod(0o644)
    (here / "measures.json").write_text(json.dumps(values, indent=1) + "\n")


main()
