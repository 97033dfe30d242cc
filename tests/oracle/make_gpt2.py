"""Writes gpt2.safetensors: what Hugging Face's GPT-2 and PyTorch's Adam compute for a small model.

The engine's tests compare with it. Everything is computed in float64 and written as float32.

    pip install torch transformers safetensors
    python tests/oracle/make_gpt2.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2Model

LAYERS, WIDTH, HEADS, TOKENS, BATCH, INPUT = 2, 16, 2, 10, 3, 12
COLUMNS = [(0, 5), (5, 9), (9, 13)]
WEIGHTS = [1.0, 0.25, 0.5]
READ_AT = [0, 2, 4, 6, 8]
STEPS, LR = 100, 1e-3

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
torch.use_deterministic_algorithms(True)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        config = GPT2Config(
            vocab_size=1, n_positions=TOKENS, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS,
            activation_function="gelu_new", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, use_cache=False,
            bos_token_id=None, eos_token_id=None,
        )
        config._attn_implementation = "eager"
        self.read_in = torch.nn.Linear(INPUT, WIDTH)
        self.body = GPT2Model(config)
        self.read_out = torch.nn.Linear(WIDTH, COLUMNS[-1][1])

    def forward(self, tokens, alone=False):
        """Logits, and the stream after 0, 1, ... layers, and what the read-out reads."""
        sites, hooks = [], []
        own = [block.attn.forward for block in self.body.h]
        hooks.append(self.body.h[0].register_forward_pre_hook(lambda _, args: sites.append(args[0])))
        for block in self.body.h:
            hooks.append(block.register_forward_hook(lambda *a: sites.append(a[2][0] if isinstance(a[2], tuple) else a[2])))
            if alone:
                block.attn.forward = lambda hidden_states, *args, **kwargs: (hidden_states, None)
        output = self.body(inputs_embeds=self.read_in(tokens)).last_hidden_state
        for hook in hooks:
            hook.remove()
        for block, forward in zip(self.body.h, own):
            block.attn.forward = forward
        return self.read_out(output), sites, output


def names(model):
    """Our names for the model's parameters; nn.Linear is stored the other way round."""
    yield "read_in.weight", model.read_in.weight, True
    yield "read_in.bias", model.read_in.bias, False
    yield "positions", model.body.wpe.weight, False
    for layer, block in enumerate(model.body.h):
        a, m = f"blocks.{2 * layer}", f"blocks.{2 * layer + 1}"
        parts = [(f"{a}.norm", block.ln_1), (f"{a}.attention.in", block.attn.c_attn), (f"{a}.attention.out", block.attn.c_proj),
                 (f"{m}.norm", block.ln_2), (f"{m}.mlp.in", block.mlp.c_fc), (f"{m}.mlp.out", block.mlp.c_proj)]
        for name, part in parts:
            yield f"{name}.weight", part.weight, False
            yield f"{name}.bias", part.bias, False
    yield "norm.weight", model.body.ln_f.weight, False
    yield "norm.bias", model.body.ln_f.bias, False
    yield "read_out.weight", model.read_out.weight, True
    yield "read_out.bias", model.read_out.bias, False


def losses(logits, targets):
    read = logits[:, READ_AT]
    each = [torch.nn.functional.cross_entropy(read[:, :, a:b].reshape(-1, b - a), target.reshape(-1))
            for (a, b), target in zip(COLUMNS, targets)]
    return sum(weight * loss for weight, loss in zip(WEIGHTS, each)), each


def main():
    model = Model()
    golden = {}

    def write(name, value):
        golden[name] = value.detach().to(torch.float32).contiguous().clone()

    with torch.no_grad():
        for name, parameter, _ in names(model):
            # Values that leave nothing at its trivial start, exact in float32.
            centre = 1.0 if "norm.weight" in name else 0.0
            parameter.copy_((centre + 0.2 * torch.randn_like(parameter)).to(torch.float32))
    tokens = torch.randn(BATCH, TOKENS, INPUT).to(torch.float32).to(torch.float64)
    targets = [torch.randint(0, b - a, (BATCH, len(READ_AT))) for a, b in COLUMNS]
    write("batch.input", tokens)
    for i, target in enumerate(targets):
        write(f"batch.targets.{i}", target)
    for name, parameter, across in names(model):
        write(f"parameters.{name}", parameter.T if across else parameter)

    for context in ["full", "none"]:
        logits, sites, output = model(tokens, alone=context == "none")
        for layer, site in enumerate(sites):
            write(f"{context}.residual.{layer}", site)
        write(f"{context}.output", output)
        write(f"{context}.logits", logits)

    logits, _, _ = model(tokens)
    loss, each = losses(logits, targets)
    loss.backward()
    write("loss", torch.stack([loss, *each]))
    for name, parameter, across in names(model):
        write(f"gradients.{name}", parameter.grad.T if across else parameter.grad)

    # wte is a parameter of GPT2Model that dense tokens do not use.
    own = [parameter for _, parameter, _ in names(model)]
    optimizer = torch.optim.Adam(own, lr=LR)
    curve = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss, _ = losses(model(tokens)[0], targets)
        loss.backward()
        optimizer.step()
        curve.append(loss.detach())
    write("trained.losses", torch.stack(curve))
    for name, parameter, across in names(model):
        write(f"trained.{name}", parameter.T if across else parameter)

    # Optimizers alone, in float32, on given gradients.
    rules = {
        "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-6),
        "adam_decay": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
        "sgd": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.1),
        "adam_clipped": lambda p: torch.optim.Adam(p, lr=0.01),
    }
    start = torch.randn(37, dtype=torch.float32)
    gradients = torch.randn(STEPS, 37, dtype=torch.float32) * torch.logspace(-4, 1, 37, dtype=torch.float32)
    write("optimizer.start", start)
    write("optimizer.gradients", gradients)
    for name, rule in rules.items():
        value = torch.nn.Parameter(start.clone())
        optimizer = rule([value])
        for gradient in gradients:
            value.grad = gradient.clone()
            if name == "adam_clipped":
                torch.nn.utils.clip_grad_norm_([value], 1.0)
            optimizer.step()
        write(f"optimizer.{name}", value)

    save_file(golden, Path(__file__).parent / "gpt2.safetensors")


main()
