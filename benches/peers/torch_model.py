"""GPT-2's architecture over dense tokens, as one writes it in PyTorch."""

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.into = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.into(x).view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.into = nn.Linear(width, 4 * width)
        self.out = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.out(F.gelu(self.into(x), approximate="tanh"))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class Gpt2(nn.Module):
    def __init__(self, inputs, tokens, outputs, layers, heads, width):
        super().__init__()
        self.read_in = nn.Linear(inputs, width)
        self.positions = nn.Parameter(torch.zeros(tokens, width))
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.read_out = nn.Linear(width, outputs)

    def forward(self, x, read):
        """The outputs at the tokens `read`, a slice."""
        x = self.read_in(x) + self.positions
        for layer in self.layers:
            x = layer(x)
        return self.read_out(self.norm(x[:, read]))


def places(layers):
    """Where each parameter of icl goes, by name: its name here, and whether it is a matrix, which stands transposed."""
    yield "read_in", "read_in", True
    yield "norm", "norm", False
    yield "read_out", "read_out", True
    for layer in range(layers):
        for block, part, norm in ((2 * layer, "attention", "attention_norm"), (2 * layer + 1, "mlp", "mlp_norm")):
            yield f"blocks.{block}.norm", f"layers.{layer}.{norm}", False
            yield f"blocks.{block}.{part}.in", f"layers.{layer}.{part}.into", True
            yield f"blocks.{block}.{part}.out", f"layers.{layer}.{part}.out", True


def with_weights(arrays, layers, heads):
    """A model with the parameters of icl."""
    inputs, width = arrays["read_in.weight"].shape
    outputs = arrays["read_out.weight"].shape[1]
    model = Gpt2(inputs, arrays["positions"].shape[0], outputs, layers, heads, width)
    state = {"positions": arrays["positions"]}
    for own, here, matrix in places(layers):
        weight = arrays[f"{own}.weight"]
        state[f"{here}.weight"] = weight.T.contiguous() if matrix else weight
        state[f"{here}.bias"] = arrays[f"{own}.bias"]
    model.load_state_dict(state)
    return model
