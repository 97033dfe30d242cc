"""experiments/quickstart.icl as a careful PyTorch script: the same tasks, sizes, steps, evaluations and probes, three arms with
four seeds each. Embeddings are normal numbers, which cost what those of images do.

Prints the seconds that it took in all, and the accuracy that each cell ended with. `--steps` ends every cell sooner.
"""

import time

START = time.perf_counter()

import argparse
import json
import os

import torch
import torch.nn.functional as F
from torch_model import Gpt2

SIZES = [4, 4, 4]
IMAGES = 64
WIDTH = 64
POINTS = 10
BATCH = 32
STEPS = 5000
SWITCH = 500
EVERY = 50
SEQUENCES = 256
ARMS = ["direct", "warmup", "boosted"]
SEEDS = 4
CLASSES = max(SIZES)
READ = slice(0, 2 * POINTS, 2)


class Task:
    """Label maps over images: one of `maps` maps decides the labels of a sequence by one factor."""

    def __init__(self, maps, embeddings, factors, random):
        self.embeddings, self.factors, self.random = embeddings, factors, random
        orders = torch.rand(maps, len(SIZES), CLASSES, generator=random).argsort(-1)
        # The label of every image under each map and factor.
        self.labels = torch.stack([orders[:, f][:, factors[:, f]] for f in range(len(SIZES))], 1)
        self.tokens = F.one_hot(torch.arange(CLASSES), WIDTH).float()

    def draw(self, sequences):
        """Tokens, labels and images of so many sequences."""
        maps, factors, _ = self.labels.shape
        chosen = torch.randint(maps, (sequences,), generator=self.random)
        factor = torch.randint(factors, (sequences,), generator=self.random)
        images = torch.rand(sequences, IMAGES, generator=self.random).topk(POINTS, -1, sorted=False).indices
        labels = self.labels[chosen, factor].gather(1, images)
        tokens = torch.empty(sequences, 2 * POINTS, WIDTH)
        tokens[:, 0::2] = self.embeddings[images]
        tokens[:, 1::2] = self.tokens[labels]
        return tokens, labels, images


def loss_of(model, tokens, labels, factors):
    """The mean over positions, and a tenth of the mean over factors where factors are asked for."""
    outputs = model(tokens, READ).flatten(0, 1)
    if factors is None:
        return F.cross_entropy(outputs, labels.flatten())
    factors = factors.flatten(0, 1)
    loss = F.cross_entropy(outputs[:, :CLASSES], labels.flatten())
    for place in range(len(SIZES)):
        first = CLASSES * (place + 1)
        loss = loss + 0.1 / len(SIZES) * F.cross_entropy(outputs[:, first : first + CLASSES], factors[:, place])
    return loss


def features(model, tokens):
    """The residual stream after the first layer at the images, with no token seeing another."""
    layer = model.layers[0]
    x = model.read_in(tokens[:, READ]) + model.positions[READ]
    x = x + layer.attention_norm(x)
    return (x + layer.mlp(layer.mlp_norm(x))).flatten(0, 1)


def probe(train, train_targets, test, test_targets, random):
    """The accuracy on `test` of a linear map fitted on `train` in one epoch, averaged over factors."""
    weight = (0.02 * torch.randn(WIDTH, len(SIZES) * CLASSES, generator=random)).requires_grad_()
    bias = torch.zeros(len(SIZES) * CLASSES, requires_grad=True)
    optimizer = torch.optim.Adam([weight, bias], lr=1e-2, fused=True)
    order = torch.randperm(len(train), generator=random)
    train, train_targets = train[order], train_targets[order]
    for first in range(0, len(train), BATCH * POINTS):
        outputs = torch.addmm(bias, train[first : first + BATCH * POINTS], weight)
        targets = train_targets[first : first + BATCH * POINTS]
        # Each factor has as many classes, so that one call does for all.
        loss = F.cross_entropy(outputs.view(-1, CLASSES), targets.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        found = torch.addmm(bias, test, weight).view(-1, len(SIZES), CLASSES).argmax(-1)
        return (found == test_targets).float().mean().item()


class Evaluation:
    def __init__(self, task, random):
        self.random = random
        self.test, self.labels, images = task.draw(SEQUENCES)
        self.train, _, fitted = task.draw(SEQUENCES)
        self.targets = task.factors[images].flatten(0, 1)
        self.fitted = task.factors[fitted].flatten(0, 1)

    def of(self, model):
        with torch.no_grad():
            last = model(self.test, slice(2 * POINTS - 2, 2 * POINTS - 1))[:, 0, :CLASSES]
            accuracy = (last.argmax(-1) == self.labels[:, -1]).float().mean().item()
            train, test = features(model, self.train), features(model, self.test)
        return accuracy, probe(train, self.fitted, test, self.targets, self.random)


def cell(arm, seed, steps, loss_of):
    random = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    embeddings = torch.randn(IMAGES, WIDTH, generator=random)
    factors = torch.cartesian_prod(*(torch.arange(size) for size in SIZES))
    hard = Task(256, embeddings, factors, random)
    easy = Task(1, embeddings, factors, random)
    evaluation = Evaluation(hard, random)
    outputs = CLASSES * (1 + len(SIZES)) if arm == "boosted" else CLASSES
    model = Gpt2(WIDTH, 2 * POINTS, outputs, layers=2, heads=2, width=WIDTH)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 2:
                parameter.normal_(0, 0.02 / 2 if name.endswith("out.weight") and "layers" in name else 0.02)
            elif name.endswith("bias"):
                parameter.zero_()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    curve = [(0, None, *evaluation.of(model))]
    for first in range(0, steps, EVERY):
        task = easy if arm == "warmup" and first < SWITCH else hard
        count = min(EVERY, steps - first)
        # All sequences until the next evaluation are drawn at once.
        tokens, labels, images = (part.unflatten(0, (count, BATCH)) for part in task.draw(count * BATCH))
        asked = factors[images] if arm == "boosted" else None
        losses = torch.zeros(())
        for step in range(count):
            loss = loss_of(model, tokens[step], labels[step], None if asked is None else asked[step])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            losses += loss.detach()
        curve.append((first + count, losses.item() / count, *evaluation.of(model)))
    return curve


def run(cells, threads, steps, compiled):
    torch.set_num_threads(threads)
    loss = torch.compile(loss_of, dynamic=False) if compiled else loss_of
    return [(arm, seed, cell(arm, seed, steps, loss)) for arm, seed in cells]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=STEPS, help="optimizer steps of each cell")
    options.add_argument("--processes", type=int, default=2, help="1 of two threads, or 2 of one thread each")
    options.add_argument("--compile", action="store_true", help="torch.compile for the training step")
    options.add_argument("--curves", help="where to write the curves, as JSON")
    options = options.parse_args()
    cells = [(arm, seed) for seed in range(SEEDS) for arm in ARMS]
    threads = 2 // options.processes
    if options.processes == 1:
        done = run(cells, threads, options.steps, options.compile)
    else:
        # A process of its own for each share, and this one takes the first.
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        os.environ["OMP_NUM_THREADS"] = str(threads)
        shares = [cells[place :: options.processes] for place in range(options.processes)]
        with ProcessPoolExecutor(options.processes - 1, get_context("spawn")) as pool:
            others = [pool.submit(run, share, threads, options.steps, options.compile) for share in shares[1:]]
            done = run(shares[0], threads, options.steps, options.compile)
            done += [each for other in others for each in other.result()]
    seconds = time.perf_counter() - START
    for arm, seed, curve in sorted(done, key=lambda each: (ARMS.index(each[0]), each[1])):
        print(f"{arm:<8} {seed}  accuracy {curve[-1][2]:.3f}  weights {curve[-1][3]:.3f}")
    if options.curves:
        with open(options.curves, "w") as file:
            json.dump(done, file)
    print(f"{seconds:.1f} s")


if __name__ == "__main__":
    main()
