#!/usr/bin/env python3
"""Tables of words for studies of in-context learning on words, made from dictionaries of Debian.

    apt-get install wordnet-base wamerican-small dict-freedict-eng-fra dict-freedict-fra-eng
    python3 make_words.py words --out ../words.tsv     # about 2,000 common nouns with six attributes; shipped
    python3 make_words.py antonyms --out antonyms.tsv  # an adjective and its opposite
    python3 make_words.py french --out french.tsv      # an English noun and its French one
    python3 make_words.py relations --out relations.tsv  # an adjective with its opposite and its French

The same packages give the same bytes. Every table is checked before it is written, and what it holds is told on
standard output, as it stands in the README beside this file. Only the standard library of Python 3.9 or later is used.

Packages, their licences, and what a table takes from them:

- wordnet-base (WordNet 3.0, Princeton University; WORDNET-LICENSE beside this file, a permissive licence): the nouns,
  their category and number of senses; opposites of adjectives; how often a sense is tagged in the texts of SemCor.
- wamerican-small (SCOWL up to size 35; SCOWL-LICENSE beside this file, permissive): which words are common.
- dict-freedict-eng-fra and dict-freedict-fra-eng (FreeDict, GPL 2 or later): translations. Tables made with them are
  works made from them, so `french` and `relations` are for the reader to make, and are not shipped.
"""

import argparse
import collections
import gzip
import hashlib
import math
import re
import sys
from pathlib import Path

# What a word is, by the number of its first sense's lexicographer file (lexnames(5WN)). Left out are the most abstract
# files and those with fewer than a hundred common words.
CATEGORIES = {
    4: "act", 5: "animal", 6: "artifact", 8: "body", 10: "communication", 11: "event", 12: "feeling", 13: "food",
    14: "group", 15: "location", 18: "person", 20: "plant", 26: "state", 27: "substance", 28: "time",
}
# The most words of a category that the table holds; smaller categories give all they have.
QUOTA = 145
# Letters are grouped so that the groups are about as frequent. A label is one token of letters and figures, no label is
# a label of two attributes, and none is a word of the table: initials are in capitals, numbers in three ways.
INITIALS = ["A", "B", "C", "DE", "FGH", "IJKL", "MNO", "P", "QR", "S", "TUVWXYZ"]
ENDINGS = ["abcd", "e", "fghijk", "lm", "no", "pqr", "st", "uvwxyz"]
SYLLABLES = {1: "one", 2: "two", 3: "three", 4: "four"}
SENSES = {1: "single", 2: "double", 3: "triple", 4: "multiple"}
LETTERS = range(3, 11)

# Of persons only those who are called by what they do or by kin: other names of persons are where slurs are.
PERSONS = [("worker", 1), ("professional", 1), ("creator", 2), ("scientist", 1), ("relative", 1), ("entertainer", 1),
           ("official", 2), ("contestant", 1), ("student", 1), ("leader", 1), ("expert", 1), ("merchant", 1),
           ("communicator", 1), ("traveler", 1), ("serviceman", 1)]
# No word is taken that has any sense below one of these,
SENSITIVE = [("sexual_activity", 1), ("reproductive_organ", 1), ("genitalia", 1), ("body_waste", 1), ("prostitute", 1),
             ("brothel", 1), ("drug_of_abuse", 1), ("killing", 2), ("torture", 1), ("sexual_desire", 1)]
# nor one whose usage WordNet calls by one of these words,
USAGES = {"slang", "disparagement", "ethnic_slur", "obscenity", "archaism"}
# nor one of whose senses is explained with one of these.
GLOSS = re.compile(
    r"\b(offensive|derogatory|obscene|disparag\w+|vulgar\w*|slurs?|insult\w*|contempt\w*|slang|pejorative|taboo"
    r"|sexual\w*|prostitut\w+|genital\w*|penis|vagina|feces|excrement|reproduct\w+|copulat\w+|erotic|anus|anal"
    r"|menstru\w+|racis\w+|despicable|stupid|genocide|rape|retard\w*)\b"
)

# Words that pass all of these and that a reader of an example would rather not meet.
LEFT_OUT = {"abortion", "apartheid", "breast", "buttock", "debauchery", "ghetto", "lobotomy", "mutilation", "napalm",
            "slavery", "terrorism", "virginity"}


class WordNet:
    """The nouns of WordNet and what the table asks of its other words (wndb(5WN), cntlist(5WN))."""

    def __init__(self, folder):
        self.folder = Path(folder)
        # Synsets of every part of speech by its letter and offset.
        self.synsets = {}
        # Senses of a lemma by part of speech: offsets, the most frequent first.
        self.senses = {}
        for part, name in (("n", "noun"), ("v", "verb"), ("a", "adj"), ("r", "adv")):
            for line in self.lines(f"data.{name}"):
                fields, _, gloss = line.partition("|")
                self.synsets[part, line[:8]] = self.synset(fields.split(), gloss)
            for line in self.lines(f"index.{name}"):
                fields = line.split()
                self.senses[part, fields[0]] = fields[-int(fields[2]) :]
        # How often a lemma is tagged, by part of speech and lexicographer file.
        self.tagged = collections.defaultdict(collections.Counter)
        for line in self.lines("cntlist.rev"):
            key, _, count = line.split()
            lemma, _, sense = key.partition("%")
            kind, file = sense.split(":")[:2]
            # Satellites of adjectives are adjectives.
            self.tagged[lemma]["nvara"[int(kind) - 1], int(file)] += int(count)

    def lines(self, name):
        """The lines of a file, but for the licence at its head."""
        with open(self.folder / name, encoding="ascii") as file:
            return [line for line in file if not line.startswith(" ")]

    @staticmethod
    def synset(fields, gloss):
        count = int(fields[3], 16)
        words = [re.sub(r"\(\w+\)$", "", word) for word in fields[4 : 4 + 2 * count : 2]]
        at = 5 + 2 * count
        pointers = [tuple(fields[place : place + 4]) for place in range(at, at + 4 * int(fields[at - 1]), 4)]
        return {"file": int(fields[1]), "words": words, "pointers": pointers, "gloss": gloss}

    def below(self, roots):
        """The noun synsets at or below the given senses."""
        children = collections.defaultdict(list)
        for (part, offset), synset in self.synsets.items():
            for symbol, above, kind, _ in synset["pointers"]:
                if part == kind == "n" and symbol in ("@", "@i"):
                    children[above].append(offset)
        found, open_ = set(), [self.senses["n", lemma][sense - 1] for lemma, sense in roots]
        while open_:
            offset = open_.pop()
            if offset not in found:
                found.add(offset)
                open_ += children[offset]
        return found

    def count(self, lemma, part):
        """How often a lemma is tagged as a part of speech."""
        return sum(count for (of, _), count in self.tagged[lemma].items() if of == part)


class Decency:
    """Whether a word may stand in a table that is given to anybody."""

    def __init__(self, wordnet):
        self.wordnet = wordnet
        self.sensitive = wordnet.below(SENSITIVE)

    def allows(self, lemma):
        if lemma in LEFT_OUT:
            return False
        for part in "nvar":
            for offset in self.wordnet.senses.get((part, lemma), []):
                synset = self.wordnet.synsets[part, offset]
                explained = lemma + ": " + synset["gloss"].split('"')[0]
                if (part == "n" and offset in self.sensitive) or GLOSS.search(explained):
                    return False
                place = 1 + [word.lower() for word in synset["words"]].index(lemma)
                for symbol, above, kind, at in synset["pointers"]:
                    of = int(at[:2], 16)
                    if symbol == ";u" and of in (0, place) and USAGES & set(self.wordnet.synsets[kind, above]["words"]):
                        return False
        return True


# Vowels side by side that are said one by one, as in `lion` (not `nation`, `million`), `area`, `museum`, `poet`.
APART = re.compile(
    r"(?<![tscgxn])(?<!ll)io(?!us)|(?<![tscg])ia(?!ge$)|ia(?=tion|tor)|(?<=[rdc])ea$|ea(?=t[io][ov]|tor|li[st]|ct|nic)"
    r"|ie(?=ty)|(?<![tsc])ie(?=n[tc])|(?<=[rfx])ier$|[ei]u(?=m)|eo(?!p|n$|ns$|us|rge)|eing|oe(?=[tm])|zoo(?=l)"
    r"|ua(?=tion|[lr]($|i))|ui(?=t[yo]|[nd]$)|(?<!q)uo(?=[ru])|[aeo]y(?=ing|ee|al|er$|on$)"
)
# Letters that are no vowel for themselves: the u of `quark`, `league`, `guard`.
MUTE = re.compile(r"(?<=q)u(?=[aeiou])|(?<=g)u(?=e$|es$|a[rn]|i[dls]|ess)")


def syllables(word, known=frozenset()):
    """An estimate of how many syllables a word has, from its letters; of compounds of known words from theirs."""
    for at in range(3, len(word) - 2):
        if word[at - 1] == "e" and word[:at] in known and word[at:] in known:
            return syllables(word[:at], known) + syllables(word[at:], known)
    word = MUTE.sub("", word)
    count = len(re.findall(r"[aeiouy]+", word)) + len(APART.findall(word))
    # A last e is silent, but not that of `table` and `acre`, nor one that is the only vowel or follows another.
    if re.search(r"([^aeiouylr]|[aeiouy][lr])e$", word) and re.search(r"[aeiouy].*e$", word):
        count -= 1
    # So is that of `statement`, `homeless`, `safety`.
    count -= len(re.findall(r"[aeiou][^aeiouylrn]e(?=(ment|ful|less|ness|ty|ship|hood|some)$)", word))
    # `rhythm` and `prism` have a vowel that is not written.
    count += len(re.findall(r"thm$|sm$", word))
    return max(count, 1)


def common(words):
    """The words of a list that are plain lower-case letters."""
    with open(words, encoding="utf-8") as file:
        return {line.strip() for line in file if re.fullmatch("[a-z]+", line.strip())}


def inflected(word, wordnet):
    """Whether a noun is a form of another word too, as `arms` and `building` are, or an abbreviation."""
    if not re.search("[aeiouy]", word):
        return True
    singular = {word.removesuffix("s"), word.removesuffix("es"), re.sub("ies$", "y", word)} - {word}
    if not word.endswith("ss") and any(("n", stem) in wordnet.senses for stem in singular):
        return True
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and any(("v", verb) in wordnet.senses for verb in (stem, stem + "e", stem[:-1])):
            return True
    return False


def scrambled(word):
    """A place for a word among those that are as common, which says nothing of its letters."""
    return hashlib.sha256(word.encode()).digest()


def group(letter, groups):
    """The group of letters that a letter is in."""
    return next(letters for letters in groups if letter.lower() in letters.lower())


def nouns(wordnet, known):
    """Every common noun that the table may hold, with its attributes; the most often tagged come first."""
    decency, persons = Decency(wordnet), wordnet.below(PERSONS)
    labels = {*CATEGORIES.values(), *SYLLABLES.values(), *SENSES.values(), *INITIALS, *ENDINGS}
    found = []
    for word in sorted(known):
        # Senses of a name, such as China, are not those of the noun.
        senses = [at for at in wordnet.senses.get(("n", word), []) if word in wordnet.synsets["n", at]["words"]]
        if not senses or len(word) not in LETTERS or word in labels or inflected(word, wordnet):
            continue
        file = wordnet.synsets["n", senses[0]]["file"]
        # Where the texts speak of the word, they do so mostly as a noun, and mostly in its first sense's category.
        tagged = wordnet.count(word, "n")
        others = sum(wordnet.count(word, part) for part in "var")
        verb = any((part, word) in wordnet.senses for part in "var")
        if others > tagged or (verb and tagged == 0) or 2 * wordnet.tagged[word]["n", file] < tagged:
            continue
        # Where they do not, the order of senses means little: most of them are to be of the category.
        of_file = sum(wordnet.synsets["n", at]["file"] == file for at in senses)
        if tagged == 0 and 2 * of_file <= len(senses):
            continue
        count = syllables(word, known)
        person = CATEGORIES.get(file) == "person" and senses[0] not in persons
        if file not in CATEGORIES or person or count not in SYLLABLES or not decency.allows(word):
            continue
        row = {
            "word": word,
            "category": CATEGORIES[file],
            "initial": group(word[0], INITIALS),
            "ending": group(word[-1], ENDINGS),
            "letters": str(len(word)),
            "syllables": SYLLABLES[count],
            "senses": SENSES[min(len(senses), max(SENSES))],
        }
        found.append((-tagged, scrambled(word), senses[0], row))
    # Of two spellings, such as `omelet` and `omelette`, the more common one.
    taken, rows = set(), []
    for _, _, sense, row in sorted(found, key=lambda entry: entry[:2]):
        if (sense, row["word"][0]) not in taken:
            taken.add((sense, row["word"][0]))
            rows.append(row)
    return rows


def balanced(rows, quota):
    """At most `quota` rows of each category, so chosen that values of other attributes are about equally frequent.

    Starts from the most common words and exchanges one of them for another of its category as long as that lowers the
    sum of squared distances from equal shares.
    """
    chosen, left = collections.defaultdict(list), collections.defaultdict(list)
    for row in rows:
        of = row["category"]
        (chosen if len(chosen[of]) < quota else left)[of].append(row)
    others = [name for name in rows[0] if name not in ("word", "category")]
    counts = collections.Counter((name, row[name]) for of in chosen.values() for row in of for name in others)
    total = sum(len(of) for of in chosen.values())
    target = {name: total / len({row[name] for row in rows}) for name in others}

    def gain(out, into):
        """By how much the sum falls where one row takes the place of another."""
        fall = 0
        for name in others:
            if out[name] != into[name]:
                more, less = counts[name, out[name]], counts[name, into[name]]
                # Shares of rare values count as those of frequent ones.
                fall += 2 * (more - less - 1) / target[name]
        return fall

    moved = True
    while moved:
        moved = False
        for category in sorted(chosen):
            for place, into in enumerate(left[category]):
                at = max(range(len(chosen[category])), key=lambda at: (gain(chosen[category][at], into), at))
                out = chosen[category][at]
                if gain(out, into) > 1e-9:
                    counts.subtract((name, out[name]) for name in others)
                    counts.update((name, into[name]) for name in others)
                    chosen[category][at], left[category][place] = into, out
                    moved = True
    return sorted((row for of in chosen.values() for row in of), key=lambda row: (row["category"], row["word"]))


def antonyms(wordnet, known):
    """Adjectives with their opposites, the most common pairs first; no spelling tells the opposite, as `un-` would."""
    decency = Decency(wordnet)
    pairs = []
    for word in sorted(known):
        # One of the two most frequent senses of both: of further ones a reader does not think.
        for offset in wordnet.senses.get(("a", word), [])[:2]:
            synset = wordnet.synsets["a", offset]
            for symbol, other, part, places in synset["pointers"]:
                if symbol != "!" or part != "a" or synset["words"][int(places[:2], 16) - 1] != word:
                    continue
                opposite = wordnet.synsets["a", other]["words"][int(places[2:], 16) - 1]
                alike = word in opposite or opposite in word or word[:4] == opposite[:4]
                if opposite not in known or other not in wordnet.senses["a", opposite][:2]:
                    continue
                if not alike and decency.allows(word) and decency.allows(opposite):
                    counts = wordnet.count(word, "a"), wordnet.count(opposite, "a")
                    # Of a pair the more common word asks for the other.
                    if counts[0] > counts[1] or (counts[0] == counts[1] and word < opposite):
                        pairs.append((-min(counts), -max(counts), word, opposite))
    return apart({"word": word, "antonym": opposite} for _, _, word, opposite in sorted(pairs))


def freedict(folder, name):
    """The translations of every head word of a FreeDict dictionary, in order, and its kind (dictd(8) has the form)."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    def number(text):
        value = 0
        for digit in text:
            value = 64 * value + digits.index(digit)
        return value

    with gzip.open(Path(folder) / f"freedict-{name}.dict.dz") as file:
        entries = file.read()
    found = collections.defaultdict(lambda: ([], ""))
    with open(Path(folder) / f"freedict-{name}.index", encoding="utf-8") as file:
        for line in file:
            head, start, length = line.rstrip("\n").split("\t")[:3]
            entry = entries[number(start) : number(start) + number(length)].decode("utf-8").splitlines()
            kind = re.search(r"<(\w+)", entry[0])
            words = [word.strip() for line in entry[1:] for word in re.sub(r"^\s*\d+\.", "", line).split(",")]
            found[head] = found[head][0] + words, kind[1] if kind else found[head][1]
    return dict(found)


def translated(words, noun, folder):
    """French for those of the words that have one word of French which means them too, nouns or no nouns.

    Of several the one that has it as its first meaning, and of these the one with the fewest others.
    """
    into, back = freedict(folder, "eng-fra"), freedict(folder, "fra-eng")
    found = {}
    for word in words:
        fit = []
        for place, other in enumerate(into.get(word, ([], ""))[0]):
            means, kind = back.get(other, ([], ""))
            plain = other.isalpha() and other == other.lower() and other != word
            if plain and word in means and (kind == "n") == noun:
                fit.append((means.index(word), len(means), place, other))
        if fit:
            found[word] = min(fit)[-1]
    return found


def french(wordnet, known, folder):
    """Nouns with their French translation, the most common first."""
    decency = Decency(wordnet)
    nouns = []
    for word in known:
        tagged = wordnet.count(word, "n")
        # FreeDict does not say which part of speech it translates.
        if tagged > 2 * sum(wordnet.count(word, part) for part in "var") and not inflected(word, wordnet):
            if len(word) > 2 and decency.allows(word):
                nouns.append((-tagged, scrambled(word), word))
    words = [word for _, _, word in sorted(nouns)]
    return apart({"word": word, "french": other} for word, other in translated(words, True, folder).items())


def relations(wordnet, known, folder):
    """Adjectives with their opposites and their French translation: which of the two is asked for may be hidden."""
    rows = antonyms(wordnet, known)
    french = translated([row["word"] for row in rows], False, folder)
    return apart({**row, "french": french[row["word"]]} for row in rows if row["word"] in french)


def apart(rows):
    """The rows in their order, but for those with a text that a row before them has."""
    seen, kept = set(), []
    for row in rows:
        if len({*row.values()}) == len(row) and not seen & {*row.values()}:
            seen |= {*row.values()}
            kept.append(row)
    return kept


def checked(rows, attributes):
    """The rows, where they are what the text above promises."""
    faults = []
    words = collections.Counter(row["word"] for row in rows)
    faults += [f"{word} stands {count} times" for word, count in words.items() if count > 1]
    faults += [f"{word} is not of plain letters" for word in words if not re.fullmatch("[a-z]+", word)]
    home = {}
    for name in list(rows[0])[1:]:
        counts = collections.Counter(row[name] for row in rows)
        for value in counts:
            if value in words:
                faults.append(f"{value} is a word and a value of {name}")
            if home.setdefault(value, name) != name:
                faults.append(f"{value} is a value of {home[value]} and of {name}")
            if not value.isalnum():
                faults.append(f"{value} of {name} is more than one token")
        if attributes and not 4 <= len(counts) <= 15:
            faults.append(f"{name} has {len(counts)} values")
        if attributes and max(counts.values()) > 2 * min(counts.values()):
            faults.append(f"{name} is out of balance: {counts}")
        if not attributes and max(counts.values()) > 1:
            faults.append(f"{name} has a value twice")
    if faults:
        raise SystemExit("\n".join(faults))
    return rows


def entropy(counts):
    total = sum(counts.values())
    return -sum(count / total * math.log2(count / total) for count in counts.values())


def told(rows):
    """What the values of each attribute are and how many rows have them, and how much attributes say of each other."""
    names = list(rows[0])[1:]
    counts = {name: collections.Counter(row[name] for row in rows) for name in names}
    print(f"{len(rows)} words\n\n| attribute | values | rows of each |\n|---|---|---|")
    for name in names:
        # Numbers in their order, numerals and counts as they are counted, everything else by the alphabet.
        order = [*SYLLABLES.values(), *SENSES.values(), *map(str, LETTERS)]
        values = sorted(counts[name], key=lambda value: (order.index(value) if value in order else -1, value))
        print(f"| `{name}` | {len(values)} | {', '.join(f'{value} {counts[name][value]}' for value in values)} |")
    print(f"\n| bits | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for name in names:
        cells = []
        for other in names:
            joint = entropy(collections.Counter((row[name], row[other]) for row in rows))
            cells.append(f"{entropy(counts[name]) + entropy(counts[other]) - joint:.2f}")
        print(f"| `{name}` | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["words", "antonyms", "french", "relations"])
    parser.add_argument("--out", required=True, help="the table, a .tsv file")
    parser.add_argument("--wordnet", default="/usr/share/wordnet", help="the folder of WordNet's files")
    parser.add_argument("--list", default="/usr/share/dict/american-english-small", help="the common words, one a line")
    parser.add_argument("--freedict", default="/usr/share/dictd", help="the folder of FreeDict's English-French files")
    parser.add_argument("--most", type=int, default=1000, help="at most so many pairs")
    given = parser.parse_args()
    wordnet, known = WordNet(given.wordnet), common(given.list)
    if given.table == "words":
        rows = checked(balanced(nouns(wordnet, known), QUOTA), attributes=True)
        told(rows)
    else:
        make = {"antonyms": antonyms, "french": french, "relations": relations}[given.table]
        sources = [wordnet, known] + ([] if given.table == "antonyms" else [given.freedict])
        rows = checked(make(*sources)[: given.most], attributes=False)
        print(f"{len(rows)} words")
    lines = ["\t".join(row) for row in [rows[0], *map(dict.values, rows)]]
    Path(given.out).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
