"""Writes export.safetensors: the model of gpt2.safetensors as Hugging Face's `save_pretrained` writes it, its names, its
layout, and, beside them, its config.json.

    pip install torch transformers safetensors
    python tests/oracle/make_export.py
"""

import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2Model

LAYERS, WIDTH, HEADS, TOKENS, INPUT = 2, 16, 2, 10, 12
here = Path(__file__).parent


def main():
    ours = {name[len("parameters."):]: value for name, value in load_file(here / "gpt2.safetensors").items()
            if name.startswith("parameters.")}
    config = GPT2Config(
        vocab_size=INPUT, n_positions=TOKENS, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, n_inner=4 * WIDTH,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=None, eos_token_id=None, tie_word_embeddings=False,
    )
    model = GPT2Model(config)
    with torch.no_grad():
        model.wpe.weight.copy_(ours["positions"])
        # What the read-in makes of every one-hot vector.
        model.wte.weight.copy_(torch.eye(INPUT) @ ours["read_in.weight"] + ours["read_in.bias"])
        for layer, block in enumerate(model.h):
            a, m = f"blocks.{2 * layer}", f"blocks.{2 * layer + 1}"
            parts = [(f"{a}.norm", block.ln_1), (f"{a}.attention.in", block.attn.c_attn),
                     (f"{a}.attention.out", block.attn.c_proj), (f"{m}.norm", block.ln_2),
                     (f"{m}.mlp.in", block.mlp.c_fc), (f"{m}.mlp.out", block.mlp.c_proj)]
            for name, part in parts:
                part.weight.copy_(ours[f"{name}.weight"])
                part.bias.copy_(ours[f"{name}.bias"])
        model.ln_f.weight.copy_(ours["norm.weight"])
        model.ln_f.bias.copy_(ours["norm.bias"])
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        written = load_file(Path(folder) / "model.safetensors")
        save_file(written, here / "export.safetensors", {"config": (Path(folder) / "config.json").read_text()})


main()
