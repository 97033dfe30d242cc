"""Trains a small GPT-NeoX on texts and saves it on the way, in the form in which Pythia's checkpoints are published: a stand-in for
them, whose accuracy jumps after a plateau.

    pip install torch transformers tokenizers safetensors
    python experiments/trajectory/make_trajectory.py --out standin

A line of text is a word of words.tsv and a label; a text is eight lines of eight words, in which every kind of word has the name of
some kind as its label. In three texts of ten of training every kind has its own name; in the others, and wherever accuracy is measured,
names are drawn anew for each text, so that only who reads the lines before can tell a label: `word_attributes` of std.text with one
attribute and very many maps. Until the model reads them, it is right in little more than a quarter.

Written are `standin/step{n}` (config.json, model.safetensors in 16 bits, tokenizer.json) for twenty n, and `standin/evaluation.tsv`: what this
script measures at these steps with the weights as they are saved, over 2,000 texts of its own, and, in its first line, the step at which the
accuracy has come half of its way from a quarter to one. It takes about a minute on one core.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

STEPS = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 1000, 1050, 1100, 1150, 1200, 1300, 1400, 1700, 2000]
LINES, BATCH, OWN, RATE, TEXTS = 8, 16, 0.3, 4e-3, 2000
EXAMPLE = "{word} -> {label}\n"
transformers.utils.logging.disable_progress_bar()
here = Path(__file__).parent


def table():
    """The words with the place of their kind, and the names of the kinds in alphabetical order."""
    lines = [line.split("\t") for line in (here / "words.tsv").read_text().splitlines()[1:]]
    kinds = sorted({kind for _, kind in lines})
    return [word for word, _ in lines], np.array([kinds.index(kind) for _, kind in lines]), kinds


def bytes_and_merges(words, kinds):
    """A tokenizer of the form of Pythia's, in which every word and every label is one token."""
    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000, min_frequency=1, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    made.train_from_iterator((EXAMPLE.format(word=word, label=kind) for word in words for kind in kinds), trainer)
    for word in words:
        for kind in kinds:
            assert len(made.encode(EXAMPLE.format(word=word, label=kind)).ids) == 4
    return made


class Texts:
    """Draws texts, as tokens: four a line."""

    def __init__(self, tokenizer, seed):
        words, self.kind_of, kinds = table()
        ids = [[tokenizer.encode(EXAMPLE.format(word=word, label=kind)).ids for kind in kinds] for word in words]
        self.lines, self.kinds = np.array(ids), len(kinds)
        self.draws = np.random.default_rng(seed)

    def draw(self, count, own=0.0):
        """Texts of which a share has the own names."""
        rows = self.draws.random((count, len(self.lines))).argsort(-1)[:, :LINES]
        labels = self.draws.random((count, self.kinds)).argsort(-1)
        labels[self.draws.random(count) < own] = np.arange(self.kinds)
        shown = np.take_along_axis(labels, self.kind_of[rows], -1)
        return torch.from_numpy(self.lines[rows, shown].reshape(count, -1))


def of_labels(model, texts):
    """Logits before every label, and the labels."""
    at = torch.arange(1, 4 * LINES, 4)
    return model(texts, use_cache=False).logits[:, at], texts[:, at + 1]


def measured(folder, tokenizer):
    """Accuracy and loss at the last line and over all lines, read from the folder, in 32 bits."""
    model = GPTNeoXForCausalLM.from_pretrained(folder, dtype=torch.float16).float().eval()
    with torch.no_grad():
        logits, labels = of_labels(model, Texts(tokenizer, 2).draw(TEXTS))
    right = (logits.argmax(-1) == labels).float()
    loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    return right[:, -1].mean().item(), right.mean().item(), loss[:, -1].mean().item(), loss.mean().item()


def crossing(steps, values, blind):
    """The step at which a straight line between two evaluations is half of the way from `blind` to one, for good."""
    half = (blind + 1) / 2
    at = 1 + max(at for at, value in enumerate(values) if value < half)
    share = (half - values[at - 1]) / (values[at] - values[at - 1])
    return steps[at - 1] + share * (steps[at] - steps[at - 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("standin"), help="the folder of the checkpoints")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    torch.manual_seed(1)
    words, _, kinds = table()
    tokenizer = bytes_and_merges(words, kinds)
    texts = Texts(tokenizer, 1)
    model = GPTNeoXForCausalLM(GPTNeoXConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, rotary_pct=1.0, bos_token_id=0, eos_token_id=0,
    ))
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
    rows = []
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            folder = out / f"step{step}"
            # A copy, so that what is trained keeps its 32 bits.
            half = GPTNeoXForCausalLM(model.config)
            half.load_state_dict(model.state_dict())
            half.half().save_pretrained(folder)
            (folder / "generation_config.json").unlink(missing_ok=True)
            tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
            rows.append((step, *measured(folder, tokenizer)))
            print(step, *(f"{value:.4f}" for value in rows[-1][1:]), flush=True)
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 100)
        logits, labels = of_labels(model, texts.draw(BATCH, OWN))
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    steps, last = [row[0] for row in rows], [row[1] for row in rows]
    half = crossing(steps, last, 1 / len(kinds))
    lines = [f"# accuracy_at_last is half-way from {1 / len(kinds)} to 1 at step {half:.1f}, on a straight line between evaluations"]
    lines += ["step\taccuracy_at_last\taccuracy\tloss_at_last\tloss"]
    lines += ["\t".join([str(row[0]), *(f"{value:.6f}" for value in row[1:])]) for row in rows]
    (out / "evaluation.tsv").write_text("\n".join(lines) + "\n")
    print(lines[0])



main()
