"""Writes tokenizer.json, a small byte-level BPE with GPT-2's pre-tokenization trained on experiments/words.tsv, and
tokenizer_ids.gz: what the library makes of ten thousand lines.

    pip install tokenizers
    python tests/oracle/make_tokenizer.py

A line of the golden file is a text as a JSON string, a tab, and its numbers with blanks between them. Texts are prompts as a
task writes them, lines with letters outside ASCII, and lines of odd white space, digits and marks.
"""

import gzip
import json
import random
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

here = Path(__file__).parent
LINES, SIZE = 10_000, 500
ODD = ["é", "ß", "naïve", "Ærø", "日本語", "😀", "👩‍👩‍👧", "ﬁ", "e\u0301", "\u00a0", "Ω", "ÿ", "mañana", "Привет", "\u200b"]
MARKS = ["->", "!", "?", "...", "'s", "'ll", "(", ")", "12", "2024", "_", "#", "\t", "  ", "\n", "\n\n", " \n", "don't", "A1b2"]


def main():
    rows = [line.split("\t") for line in (here / "../../experiments/words.tsv").read_text().splitlines()[1:]]
    random.seed(1)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator((f"{row[0]} -> {cell}\n" for row in rows for cell in row[1:]), trainer)
    tokenizer.save(str(here / "tokenizer.json"), pretty=False)

    def line():
        kind = random.random()
        if kind < 0.5:
            shown = random.sample(rows, random.randint(1, 4))
            return "".join(f"{row[0]} -> {random.choice(row[1:])}\n" for row in shown)
        parts = [random.choice([random.choice(rows)[0], random.choice(ODD), random.choice(MARKS)])
                 for _ in range(random.randint(1, 8))]
        return random.choice(["", " "]).join(parts)

    texts = [line() for _ in range(LINES)]
    out = "".join(
        f"{json.dumps(text)}\t{' '.join(map(str, tokenizer.encode(text, add_special_tokens=False).ids))}\n"
        for text in texts)
    with gzip.GzipFile(here / "tokenizer_ids.gz", "wb", mtime=0) as file:
        file.write(out.encode())


main()
