"""What others called a name: annotators of training documents, and vocabularies.

A tagger sees a sentence or three, and in one such as "BRCA1 and aspirin in breast
cancer" nothing but the drug beside it tells what BRCA1 is. The lexicon that ships
(``kgbuild/models/lexicon``) tells: in how many documents the name was a gene's; and so
does the starter vocabulary.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

from kgbuild._io.paths import data_path, shipped_model
from kgbuild.errors import ResourceMissingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_FOLDER, _FILE = "lexicon", "lexicon.tsv.gz"
#: Type → its file of the starter vocabulary.
_STARTER = {
    "CellLine": "cell_line", "Chemical": "chemical", "Disease": "disease",
    "Gene": "gene", "Species": "species",
}  # fmt: skip
#: A word, no symbol, that begins with a capital.
_CAPITALIZED = re.compile(r"[A-Z][a-z]{3,}(?![^\W_])")
#: A name that fewer documents have may be one annotator's slip; one of fewer signs that
#: a vocabulary has may be short for something else, unless a document has it as well.
_DOCUMENTS, _SIGNS = 2, 4


def usual_type(name: str) -> str | None:
    """Return the one type that a name, written like this, has for others.

    Nothing where it is rare there, or has another type in whatever case; and nothing
    for single letters.

    Examples
    --------
    >>> usual_type("BRCA1"), usual_type("aspirin"), usual_type("an unheard-of name")
    ('Gene', 'Chemical', None)
    """
    return _usual_types().get(name)


def within_sentence(name: str) -> str:
    """Return a name as it stands within a sentence: without the first one's capital.

    Symbols, "Cat" or "SHE", stay as they are.

    Examples
    --------
    >>> within_sentence("Weight gain"), within_sentence("Cat"), within_sentence("VEGF")
    ('weight gain', 'Cat', 'VEGF')
    """
    return name[:1].lower() + name[1:] if _CAPITALIZED.match(name) else name


@cache
def starter_names(entity_type: str) -> frozenset[str]:
    """Return the names of a type in the starter vocabulary."""
    return frozenset(name for name, kind in _starter() if kind == entity_type)


@cache
def names_of(entity_type: str) -> frozenset[str]:
    """Return the names that anyone gave a type, whatever others gave them."""
    listed = starter_names(entity_type)
    return listed | {r["name"] for r in _rows(_lexicon()) if r["type"] == entity_type}


@cache
def known_types() -> frozenset[str]:
    """Return the types that names can have here."""
    return frozenset(_usual_types().values())


@cache
def _usual_types() -> Mapping[str, str]:
    documents: dict[tuple[str, str], int] = Counter()
    for row in _rows(_lexicon()):
        documents[row["name"], row["type"]] += int(row["documents"])
    starter = set(_starter())
    types: dict[str, set[str]] = defaultdict(set)
    for name, kind in (*documents, *starter):
        types[name.casefold()].add(kind)
    usual = {}
    for name, kind in (*documents, *starter):
        seen, listed = documents.get((name, kind), 0), (name, kind) in starter
        # Of other types, such as peptides, a vocabulary may judge as annotators do not.
        symbol = len(name) >= _SIGNS and (
            kind == "Gene" or (kind == "CellLine" and any(map(str.isdigit, name)))
        )
        sure = seen >= _DOCUMENTS or (listed and (seen or symbol))
        # Genes are called by words, too: hedgehog, white.
        vague = len(name) == 1 or (kind == "Gene" and name.islower())
        if sure and not vague and len(types[name.casefold()]) == 1:
            usual[name] = kind
    return usual


def _lexicon() -> Iterator[str]:
    folder = shipped_model(_FOLDER)
    if folder is None or not (folder / _FILE).is_file():
        msg = f"The lexicon kgbuild/models/{_FOLDER}/{_FILE} is missing: reinstall."
        raise ResourceMissingError(msg)
    with gzip.open(folder / _FILE, "rt", encoding="utf-8") as lines:
        yield from lines


def _starter() -> Iterator[tuple[str, str]]:
    for kind, stem in _STARTER.items():
        lines = data_path(f"vocabulary/{stem}.tsv").read_text("utf-8").splitlines()
        for row in _rows(line for line in lines if not line.startswith("#")):
            for name in (row["name"], *(row["synonyms"] or "").split("|")):
                yield name, kind


def _rows(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    return csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
