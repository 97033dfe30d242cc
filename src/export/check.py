"""Runs the model beside this file with Hugging Face's transformers, and compares with what icl computed.

    pip install torch transformers safetensors
    python check.py

model.safetensors and config.json are a GPT2Model. Its tokens are dense: around.safetensors has the linear map that makes
them embeddings, and the one that reads the output. batch.safetensors has tokens, and icl's own activations for them.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import GPT2Model

MOST = 1e-4


def main():
    folder = Path(__file__).resolve().parent
    model = GPT2Model.from_pretrained(folder, attn_implementation="eager").eval()
    around = load_file(folder / "around.safetensors")
    batch = load_file(folder / "batch.safetensors")
    found = {}

    def keep(layer):
        def hook(module, inputs, output):
            found[f"residual.{layer}"] = output[0] if isinstance(output, tuple) else output

        return hook

    model.h[0].register_forward_pre_hook(lambda module, inputs: found.update({"residual.0": inputs[0]}))
    for layer, block in enumerate(model.h):
        block.register_forward_hook(keep(layer + 1))
    with torch.no_grad():
        embedded = batch["input"] @ around["read_in.weight"] + around["read_in.bias"]
        found["output"] = model(inputs_embeds=embedded).last_hidden_state
        found["logits"] = found["output"] @ around["read_out.weight"] + around["read_out.bias"]
    worst = 0.0
    for name in sorted(found):
        # A difference that is not a number must not pass.
        apart = ((found[name] - batch[name]).abs().max() / batch[name].abs().max()).item()
        worst = max(worst, apart) if apart == apart else float("inf")
        print(f"{name:<12} {apart:.1e}")
    sequences, tokens = batch["input"].shape[:2]
    print(f"largest relative difference in {sequences} sequences of {tokens} tokens: {worst:.1e}")
    if worst > MOST:
        sys.exit(f"that is above {MOST:.0e}")


main()
