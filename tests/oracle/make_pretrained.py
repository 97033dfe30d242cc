"""Writes pretrained/: small GPT-2 and GPT-NeoX checkpoints as Hugging Face publishes them, and what PyTorch computes with them.

    pip install torch transformers tokenizers safetensors
    python tests/oracle/make_pretrained.py

Each folder holds config.json, the weights in one file or in several with an index, tokenizer.json, and golden.safetensors, all
computed in float32 from the weights as stored, by attention that is written out ("eager"):

    tokens     [4, 20]                 int64
    logits     [4, 20, vocabulary]
    hidden     [1 + layers, 4, 20, width]       the embedding, then the stream after each block, before the last norm
    last       [4, 20, width]          what the read-out reads: the stream after the last norm
    greedy     [4, 20]                 int64, the likeliest next token at each position
    attention  [layers, heads, 20, 20] of the first sequence; rows are queries

The folders broken-* are one small checkpoint with one fault each.
"""

import json
import shutil
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, GPTNeoXConfig, GPTNeoXForCausalLM

WIDTH, LAYERS, HEADS, POSITIONS = 32, 3, 4, 64
home = Path(__file__).parent / "pretrained"


transformers.utils.logging.disable_progress_bar()


def gpt2(**changed):
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=96, n_positions=POSITIONS, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS,
        bos_token_id=0, eos_token_id=0, **changed,
    ))


def neox(pct=0.25, base=10000, layers=LAYERS, **changed):
    return GPTNeoXForCausalLM(GPTNeoXConfig(
        vocab_size=128, max_position_embeddings=POSITIONS, hidden_size=WIDTH, num_hidden_layers=layers,
        num_attention_heads=HEADS, intermediate_size=4 * WIDTH, rotary_pct=pct, rotary_emb_base=base,
        bos_token_id=0, eos_token_id=0, **changed,
    ))


def disturb(model, seed):
    """Draws every weight, bias, shift and scale, so that leaving one out or swapping two shows."""
    draws = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            drawn = 0.2 * torch.randn(value.shape, generator=draws)
            scale = name.endswith("weight") and value.dim() == 1
            value.copy_(1 + drawn if scale else drawn)
    return model.eval()


def tokenizer(vocabulary):
    """Printable characters and a few pairs of letters, as many tokens as the model has."""
    characters = [chr(c) for c in range(32, 127)]
    pairs = ["th", "in", "er", "an", "re", "on", "at", "en", "nd", "ti", "es", "or", "te", "of", "ed", "is", "it", "al", "ar", "st",
             "to", "nt", "ng", "se", "ha", "as", "ou", "io", "le", "ve", "co", "me"]
    # Byte-level writes the space as this letter.
    entries = ["<|endoftext|>"] + [c.replace(" ", "\u0120") for c in characters] + pairs
    known = {entry: at for at, entry in enumerate(entries[:vocabulary])}
    merges = [tuple(pair) for pair in pairs if pair in known]
    made = Tokenizer(models.BPE(vocab=known, merges=merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|endoftext|>"])
    return made


def golden(model):
    """What the model computes, taken off its blocks: the last entry of `hidden_states` is the stream after the last norm."""
    model = model.float().eval()
    model.set_attn_implementation("eager")
    body = getattr(model, "transformer", None) or model.gpt_neox
    blocks = body.h if hasattr(body, "h") else body.layers
    taken = []
    whole = lambda value: value[0] if isinstance(value, tuple) else value
    hooks = [block.register_forward_hook(lambda module, given, made: taken.append(whole(made))) for block in blocks]
    draws = torch.Generator().manual_seed(11)
    tokens = torch.randint(0, model.config.vocab_size, (4, 20), generator=draws)
    with torch.no_grad():
        out = model(tokens, output_hidden_states=True, output_attentions=True, use_cache=False)
    for hook in hooks:
        hook.remove()
    assert len(taken) == model.config.num_hidden_layers
    first, second = out.logits.topk(2).values.unbind(-1)
    assert (first - second).min() > 1e-4, "two tokens are as good as equally likely"
    return {
        "tokens": tokens,
        "logits": out.logits.contiguous(),
        "hidden": torch.stack([out.hidden_states[0], *taken]),
        "last": out.hidden_states[-1].contiguous(),
        "greedy": out.logits.argmax(-1),
        "attention": torch.stack([each[0] for each in out.attentions]),
    }


def stored(folder):
    """All tensors of a folder, from one file or from its shards."""
    return {name: value for part in sorted(folder.glob("model*.safetensors")) for name, value in load_file(part).items()}


def write(name, model, dtype=torch.float32, shard=None, change=None, rewrite=None):
    """Saves as `save_pretrained` does, then lets `change` work on the tensors and `rewrite` on the config."""
    folder = home / name
    model = model.to(dtype)
    model.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    (folder / "generation_config.json").unlink(missing_ok=True)
    assert (folder / "model.safetensors.index.json").exists() == bool(shard)
    if change:
        tensors = {key: value.contiguous().clone() for key, value in change(stored(folder)).items()}
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    if rewrite:
        config = json.loads((folder / "config.json").read_text())
        rewrite(config)
        (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    tokenizer(model.config.vocab_size).save(str(folder / "tokenizer.json"))
    # From the folder as it lies there, except that what a reader has to pass over is passed over here too.
    read = type(model).from_pretrained(folder, dtype=dtype)
    if rope := getattr(model.config, "rope_parameters", None):
        assert read.config.rope_parameters == rope, f"{name}: positions are turned otherwise"
    for mine, theirs in zip(model.state_dict().items(), read.state_dict().items()):
        assert mine[0] == theirs[0] and torch.equal(mine[1], theirs[1]), f"{name}: {mine[0]} is read otherwise"
    save_file(golden(read), folder / "golden.safetensors")
    return folder


def prefixed(tensors):
    """With `transformer.` before every name, as fine-tuned GPT-2 models are published."""
    assert all(key.startswith("transformer.") or key == "lm_head.weight" for key in tensors)
    return tensors


def bare(tensors):
    """Without it, and with the masks of attention, as the first GPT-2 was published."""
    tensors = {key.removeprefix("transformer."): value for key, value in tensors.items()}
    mask = torch.tril(torch.ones(POSITIONS, POSITIONS)).view(1, 1, POSITIONS, POSITIONS)
    return tensors | {f"h.{layer}.attn.bias": mask for layer in range(LAYERS)}


def with_buffers(tensors):
    """With what older versions of GPT-NeoX saved beside the weights."""
    for layer in range(LAYERS):
        at = f"gpt_neox.layers.{layer}.attention"
        turned = WIDTH // HEADS // 2
        tensors[f"{at}.bias"] = torch.tril(torch.ones(1, 1, POSITIONS, POSITIONS, dtype=torch.bool))
        tensors[f"{at}.masked_bias"] = torch.tensor(-1e9)
        tensors[f"{at}.rotary_emb.inv_freq"] = 1 / 10000 ** (torch.arange(0, turned, 2).float() / turned)
    return tensors


def with_old_names(config):
    """Rotary settings as two numbers beside the rest, as Pythia's config.json has them."""
    turned = config.pop("rope_parameters")
    config["rotary_pct"] = turned["partial_rotary_factor"]
    config["rotary_emb_base"] = turned["rope_theta"]
    config["torch_dtype"] = config.pop("dtype")


def broken(name, good, fault):
    folder = home / f"broken-{name}"
    shutil.copytree(good, folder)
    for extra in ["golden.safetensors", "tokenizer.json"]:
        (folder / extra).unlink()
    fault(folder)


def of_another_family(folder):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def of_a_wrong_shape(folder):
    tensors = load_file(folder / "model.safetensors")
    name = "gpt_neox.layers.0.mlp.dense_h_to_4h.weight"
    tensors[name] = tensors[name][:-1].contiguous()
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def cut_short(folder):
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) * 2 // 3])


def main():
    shutil.rmtree(home, ignore_errors=True)
    write("gpt2-f32", disturb(gpt2(), 1), change=prefixed)
    write("gpt2-bare", disturb(gpt2(), 2), change=bare)
    write("gpt2-untied", disturb(gpt2(tie_word_embeddings=False), 3))
    write("gpt2-sharded-f16", disturb(gpt2(), 4), torch.float16, "40KB")
    write("neox-f32", disturb(neox(), 5))
    write("neox-serial", disturb(neox(pct=1.0, use_parallel_residual=False), 6))
    write("neox-f16", disturb(neox(base=5000), 7), torch.float16)
    write("neox-bf16-sharded", disturb(neox(pct=0.5), 28), torch.bfloat16, "40KB")
    write("neox-old", disturb(neox(pct=0.5), 9), torch.float16, change=with_buffers, rewrite=with_old_names)

    good = write("good", disturb(neox(layers=1), 10), torch.float16)
    shards = write("shards", disturb(neox(layers=1), 10), torch.float16, "20KB")
    broken("no-config", good, lambda folder: (folder / "config.json").unlink())
    broken("family", good, of_another_family)
    broken("shard", shards, lambda folder: sorted(folder.glob("model-*.safetensors"))[1].unlink())
    broken("shape", good, of_a_wrong_shape)
    broken("short", good, cut_short)
    shutil.rmtree(good)
    shutil.rmtree(shards)


main()
