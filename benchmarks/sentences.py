"""Sentence boundaries against CRAFT's, and the speed of the splitter.

CRAFT's sentences (CoNLL form, tokens without their white space) are rebuilt to running
text: paragraph by paragraph, where a paragraph ends with a "sentence" that has no full
stop (a heading). Counted are the boundaries inside paragraphs; the rest is given away.

    python benchmarks/sentences.py ../shared/corpora/conll/CRAFT_devel.tsv.gz
"""

from __future__ import annotations

import argparse
import itertools
import re
import time
from dataclasses import dataclass
from pathlib import Path

from kgbuild._io.files import lines
from kgbuild.text.sentences import sentence_spans

_NO_SPACE_BEFORE = frozenset(".,;:?!)]}%'’/-–")
_NO_SPACE_AFTER = frozenset("([{/-–'’")
_ABBREVIATIONS = frozenset(
    [
        *("al", "Fig", "Figs", "Inc", "Ltd", "Co", "Corp", "Dr", "St", "No", "no"),
        *("etc", "vs", "cf", "spp", "sp", "approx", "ca", "Prof", "p", "v", "i"),
    ]
)
_NAIVE = re.compile(r"[.!?]\s+(?=[A-Z(])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundaries:
    """Counts of sentence boundaries inside paragraphs."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the predicted boundaries that are gold."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of the gold boundaries that were predicted."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / max(1, total)


def read_sentences(path: Path) -> list[list[str]]:
    """Read the token lists of a CoNLL file."""
    sentences: list[list[str]] = []
    tokens: list[str] = []
    for _, line in lines(path):
        if line.strip():
            tokens.append(line.split("\t")[0])
        elif tokens:
            sentences.append(tokens)
            tokens = []
    return [*sentences, tokens] if tokens else sentences


def rebuild(tokens: list[str]) -> str:
    """Write the tokens of one sentence as text, with the blanks as authors set them.

    A stop inside a sentence keeps a blank behind it, the hard case, unless it plainly
    stood inside a word: a decimal, ``e.g.``, an address, a file, a strain's name.
    """
    text = ""
    quoted = False
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else ""
        blank = bool(text)
        if token in _NO_SPACE_BEFORE or before in _NO_SPACE_AFTER:
            blank = False
        elif before == ".":
            blank = not _inside_word(tokens[index - 2] if index > 1 else "", token)
        elif '"' in (token, before):
            blank = not quoted
        if token == '"':
            quoted = not quoted
        text += (" " if blank and text else "") + token
    return text


def _inside_word(before: str, after: str) -> bool:
    if before[-1:].isdigit() and after[:1].isdigit():
        return True
    if len(before) == 1 and len(after) == 1 and before.isalpha() and after.isalpha():
        return before.islower() == after.islower()
    if after.startswith("MMHAP"):
        return True
    if before in _ABBREVIATIONS or len(before) == 1:
        return False
    if after[:1].islower():
        return True
    # Identifiers: a DOI, a UniGene cluster, a transgene, congenic strains, markers.
    return before in {"pbio", "pgen", "pmed", "Mm", "Tg"} or after.startswith("CAST")


def paragraphs(sentences: list[list[str]]) -> list[list[str]]:
    """Group rebuilt sentences into paragraphs."""
    out: list[list[str]] = []
    current: list[str] = []
    for tokens in sentences:
        current.append(rebuild(tokens))
        if not re.search(r"[.?!][\])'\"]*$", current[-1]):
            out.append(current)
            current = []
    return [*out, current] if current else out


def score(parts: list[list[str]], *, split=sentence_spans, show: int = 0) -> Boundaries:
    """Compare the splitter's boundaries with the gold ones."""
    right = wrong = missed = 0
    for sentences in parts:
        text = " ".join(sentences)
        place, gold = 0, set()
        for sentence in sentences[:-1]:
            place += len(sentence)
            gold.add(place)
            place += 1
        found = {end for _, end in split(text)[:-1]}
        right += len(gold & found)
        wrong += len(found - gold)
        missed += len(gold - found)
        if show:
            for at in sorted(found ^ gold):
                kind = "split " if at in found else "missed"
                print(
                    kind, repr(text[max(0, at - 60) : at] + " ¦" + text[at : at + 40])
                )
    return Boundaries(right=right, wrong=wrong, missed=missed)


def _naive(text: str) -> list[tuple[int, int]]:
    edges = [0, *(m.start() + 1 for m in _NAIVE.finditer(text)), len(text)]
    return list(itertools.pairwise(edges))


def _speed(split, text: str) -> float:
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        split(text)
        best = min(best, time.perf_counter() - begun)
    return len(text) / best / 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="+")
    parser.add_argument("--show", action="store_true", help="print every error")
    options = parser.parse_args()
    print("| file | splitter | boundaries | P | R | F1 | M char/s |")
    print("|---|---|---|---|---|---|---|")
    for path in options.file:
        parts = paragraphs(read_sentences(path))
        text = "\n\n".join(" ".join(part) for part in parts)
        for name, split in (("kgbuild", sentence_spans), ("naive", _naive)):
            show = options.show and name == "kgbuild"
            s = score(parts, split=split, show=show)
            print(
                f"| {path.name} | {name} | {s.right + s.missed} | {s.precision:.4f} | "
                f"{s.recall:.4f} | {s.f1:.4f} | {_speed(split, text):.1f} |"
            )


if __name__ == "__main__":
    main()
