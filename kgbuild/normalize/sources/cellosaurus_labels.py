"""Cellosaurus as the package ``cellxgene-ontology-guide`` holds it: its labels alone.

A JSON object of accessions, each with ``label``. What else a line is called, whose
cells they are, and how well it is known are not told, so names are left out that may
well be another line's, or no line's:

* what several lines are called, but for case and punctuation, or but for what
  Cellosaurus adds in brackets ("MEF" and "MEF (C57BL/6)", "HK2" and "HK-2 [Human
  kidney]", "PC3" and "PC-3");
* three signs and less ("E14" is a day of mice, "BON" a line that Cellosaurus calls
  BON-1), and numbers.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.keys import simplified_key
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import read_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ACCESSION = re.compile(r"CVCL_[A-Z0-9]{4}")
_BRACKETS = re.compile(r"\s*[\[(][^\])]*[\])]$")
_LEAST_SIGNS = 4


def read(path: Path) -> Iterator[Entry]:
    """Yield the cell lines whose labels tell them.

    Parameters
    ----------
    path
        The file, compressed or not.

    Raises
    ------
    InputError
        This is no JSON object of accessions with labels.
    """
    try:
        lines = {
            _ACCESSION.fullmatch(accession)[0]: str(line["label"])  # type: ignore[index]
            for accession, line in json.loads(read_bounded(path)).items()
            if not line["deprecated"]
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = (
            "A JSON object of Cellosaurus' accessions, each with 'label' and "
            f"'deprecated', was expected ({error!r}): check the file."
        )
        raise InputError(reason, path=path) from error
    counts = Counter(
        key
        for label in lines.values()
        for key in {simplified_key(label), simplified_key(_BRACKETS.sub("", label))}
    )
    for accession, label in lines.items():
        key = simplified_key(label)
        if counts[key] == 1 and len(key) >= _LEAST_SIGNS and not key.isdigit():
            yield Entry(concept=f"cellosaurus:{accession}", name=label)
