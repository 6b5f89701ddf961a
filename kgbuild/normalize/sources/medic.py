"""CTD's MEDIC as BioSyn writes it: ``id|other ids||name|synonym|…``, one a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.curies import to_curie
from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the concepts of a dictionary in BioSyn's form.

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        Gives bare identifiers their prefix; six digits are OMIM's.

    Raises
    ------
    InputError
        A line lacks the double bar, an identifier or a name.
    """
    for number, line in bounded_lines(path):
        if not line.strip():
            continue
        ids, bars, names = line.partition("||")
        curies = [
            curie for part in ids.split("|") if (curie := _curie(entity_type, part))
        ]
        texts = [name.strip() for name in names.split("|") if name.strip()]
        if not bars or not curies or not texts:
            reason = (
                f"This line is {line[:60]!r}; expected 'id||name|synonym|…' as in "
                "BioSyn's dictionaries: check the file."
            )
            raise InputError(reason, path=path, line=number)
        # What has a number of MeSH is called by it: OMIM's is one of its aspects.
        curies.sort(key=lambda curie: not curie.startswith("mesh:"))
        yield Entry(
            concept=curies[0],
            name=texts[0],
            names=tuple((text, "synonym") for text in texts[1:]),
            aliases=tuple(curies[1:]),
        )


def _curie(entity_type: str, identifier: str) -> str | None:
    identifier = identifier.strip()
    if entity_type == "Disease" and re.fullmatch(r"\d{6}", identifier):
        return f"omim:{identifier}"
    return to_curie(entity_type, identifier)
