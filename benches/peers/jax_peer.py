"""JAX: a whole step compiled, its buffers donated; of one model after the other, or of all by vmap."""

import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from safetensors import safe_open


def norm(x, arrays, name):
    mean = x.mean(-1, keepdims=True)
    variance = x.var(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * arrays[f"{name}.weight"] + arrays[f"{name}.bias"]


def linear(x, arrays, name):
    return x @ arrays[f"{name}.weight"] + arrays[f"{name}.bias"]


def attention(x, arrays, name, heads):
    batch, tokens, width = x.shape
    qkv = linear(x, arrays, f"{name}.in").reshape(batch, tokens, 3, heads, width // heads)
    q, k, v = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
    mixed = jax.nn.dot_product_attention(q, k, v, is_causal=True)
    return linear(mixed.reshape(batch, tokens, width), arrays, f"{name}.out")


def model(arrays, x, read, layers, heads):
    x = linear(x, arrays, "read_in") + arrays["positions"]
    for layer in range(layers):
        first, second = f"blocks.{2 * layer}", f"blocks.{2 * layer + 1}"
        x = x + attention(norm(x, arrays, f"{first}.norm"), arrays, f"{first}.attention", heads)
        hidden = jax.nn.gelu(linear(norm(x, arrays, f"{second}.norm"), arrays, f"{second}.mlp.in"), approximate=True)
        x = x + linear(hidden, arrays, f"{second}.mlp.out")
    return linear(norm(x[:, read], arrays, "norm"), arrays, "read_out")


def loss_of(arrays, x, targets, read, layers, heads, kind):
    outputs = model(arrays, x, read, layers, heads)
    if kind == "cross_entropy":
        chances = jax.nn.log_softmax(outputs)
        return -jnp.take_along_axis(chances, targets[..., None], -1).mean()
    return jnp.square(outputs - targets).mean()


def adam(arrays, gradients, first, second, count, lr):
    """As PyTorch computes it."""
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
    size, root = lr / (1 - 0.9**count), jnp.sqrt(1 - 0.999**count)
    change = lambda p, m, v: p - size * m / (jnp.sqrt(v) / root + 1e-8)
    return jax.tree.map(change, arrays, first, second), first, second


def step(state, x, targets, loss, lr):
    arrays, first, second, count = state
    count = count + 1
    value, gradients = jax.value_and_grad(loss)(arrays, x, targets)
    arrays, first, second = adam(arrays, gradients, first, second, count.astype(jnp.float32), lr)
    return (arrays, first, second, count), value


class Cells:
    def __init__(self, command, framework, threads):
        read = slice(command["read_at"][0], command["read_at"][-1] + 1, command["read_at"][1] - command["read_at"][0])
        loss = partial(
            loss_of, read=read, layers=command["layers"], heads=command["heads"], kind=command["loss"]
        )
        one = partial(step, loss=loss, lr=command["lr"])
        cells = [self.arrays(command, cell) for cell in command["cells"]]
        self.together = framework == "vmap"
        if self.together:
            cells = [jax.tree.map(lambda *each: np.stack(each), *cells)]
            one = jax.vmap(one)
        self.compiled = jax.jit(one, donate_argnums=0)
        self.states, self.batches, self.steps = [], [], 0
        for arrays in cells:
            count = np.zeros(len(command["cells"]) if self.together else (), np.int32)
            batches = [(arrays.pop(f"batch.{n}.input"), arrays.pop(f"batch.{n}.targets")) for n in range(command["batches"])]
            self.batches.append(jax.device_put(batches))
            zeros = jax.tree.map(np.zeros_like, arrays)
            self.states.append(jax.device_put((arrays, zeros, jax.tree.map(np.copy, zeros), count)))

    @staticmethod
    def arrays(command, cell):
        with safe_open(command["file"], "np") as file:
            return {
                name.partition("/")[2]: file.get_tensor(name) for name in file.keys() if name.startswith(f"{cell}/")
            }

    def run(self, count):
        """So many steps of every cell, one cell after another: the milliseconds of each step in all of them, and the losses."""
        ms, losses = [0.0] * count, [[] for _ in range(count)]
        for at, batches in enumerate(self.batches):
            for place in range(count):
                x, targets = batches[(self.steps + place) % len(batches)]
                start = time.perf_counter()
                self.states[at], loss = self.compiled(self.states[at], x, targets)
                # Waits for the step.
                jax.block_until_ready(self.states[at])
                losses[place].extend(float(value) for value in np.atleast_1d(loss))
                ms[place] += (time.perf_counter() - start) * 1e3
        self.steps += count
        return ms, losses
