"""The lexicon that ships: names as annotators of training documents used them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize.shipped import compiled_once
from kgbuild.normalize.sources import Entry
from kgbuild.normalize.vocabulary import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.normalize.vocabulary import Vocabulary

FILE = "lexicon.tsv.gz"
COLUMNS = ("type", "id", "name", "taxon", "documents")

#: A table of this size unpacked is no lexicon.
_MOST_CHARACTERS = 50_000_000


def lexicon_path() -> Path:
    """Return the folder of the lexicon that comes with kgbuild."""
    return Path(__file__).parents[1] / "models" / "lexicon"


def open_lexicon(path: Path | None = None) -> list[Vocabulary]:
    """Open the lexicon, one vocabulary an entity type.

    It is compiled once into the user's cache folder, or in memory where nothing can be
    written there.

    Parameters
    ----------
    path
        The table; the one that comes with kgbuild by default.

    Raises
    ------
    ResourceMissingError
        There is no such table.
    InputError
        It is no lexicon.
    """
    path = path or lexicon_path() / FILE
    if not path.is_file():
        msg = f"The lexicon {path} is missing: reinstall kgbuild."
        raise ResourceMissingError(msg)
    return compiled_once("lexicon", [path], partial(_compiled, path))


def _compiled(path: Path, folder: Path | None) -> list[Vocabulary]:
    from kgbuild.normalize.compiler import compile_entries

    packed = path.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    source = Source(
        file=path.name, format="corpus", sha256=digest, bytes=len(packed), date=""
    )
    kinds = groupby(_entries(packed, path), key=lambda pair: pair[0])
    return [
        compile_entries(
            kind, [(source, [entry for _, entry in entries])], output=folder
        )
        for kind, entries in kinds
    ]


def _entries(packed: bytes, path: Path) -> Iterator[tuple[str, Entry]]:
    try:
        with gzip.open(io.BytesIO(packed), "rt", encoding="utf-8") as lines:
            text = lines.read(_MOST_CHARACTERS)
        rows = list(
            csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        )
        if tuple(rows[0]) != COLUMNS:
            msg = f"its header is {rows[0]}"
            raise ValueError(msg)
        names: dict[tuple[str, str], str] = {}
        for kind, concept, name, _, _ in rows[1:]:
            names.setdefault((kind, concept), name)
        for kind, concept, name, taxon, documents in rows[1:]:
            yield (
                kind,
                Entry(
                    concept=concept,
                    name=names[kind, concept],
                    names=((name, "observed"),),
                    taxon=int(taxon) if taxon else None,
                    count=int(documents),
                ),
            )
    except (OSError, EOFError, ValueError, IndexError) as error:
        reason = (
            f"This is no lexicon ({error}): expected a gzip-compressed table with the "
            f"columns {', '.join(COLUMNS)}."
        )
        raise InputError(reason, path=path) from error
