r"""One's own lists: ``id <tab> name <tab> synonyms [<tab> taxon]``.

The format, in full: UTF-8; lines that start with ``#`` are comments; a first line
whose first column is ``id``, or that has ``id`` and ``name``, is a header and says
the order of the columns ``id``, ``name``, ``synonyms``, ``taxon``, ``xrefs`` and
``parents`` (without a header: the first three in this order; further columns are
ignored). ``id`` is a CURIE or an identifier that the entity type makes unambiguous;
several, joined by ``|``, are the same concept, and the first is used. ``synonyms``,
``xrefs`` and ``parents`` are joined by ``|``. ``taxon`` is an NCBI taxon number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild._io.warn import warn_user
from kgbuild.curies import has_shape, to_curie
from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CURIE = re.compile(r"[A-Za-z][\w.-]*:[A-Za-z0-9][\w.-]*")
#: "taxonomy:9606", "NCBITaxon:9606", "txid9606".
_TAXON = re.compile(
    r"(?i)^(?:ncbi[\s_-]?taxon|ncbi|taxonomy|taxid|tax)?[:\s]*(?:txid)?(?=\d)"
)
_COLUMNS = ("id", "name", "synonyms", "taxon", "xrefs", "parents")


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the entries of a list.

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        Gives bare identifiers their prefix.

    Raises
    ------
    InputError
        A line has too few columns, no identifier, one for a name, or a taxon that is
        no number.
    """
    columns: dict[str, int] = {name: i for i, name in enumerate(_COLUMNS[:3])}
    first = True
    for number, line in bounded_lines(path):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if first:
            first = False
            header = [field.strip().lower() for field in fields]
            if header[0] == "id" or {"id", "name"} <= set(header):
                columns = {name: i for i, name in enumerate(header)}
                if "name" not in columns:
                    reason = (
                        "The header has no column 'name': expected "
                        f"{', '.join(_COLUMNS[:3])}, separated by tabs."
                    )
                    raise InputError(reason, path=path, line=number)
                if unread := [name for name in header if name not in _COLUMNS]:
                    warn_user(
                        f"{path}: the column {', '.join(map(repr, unread))} is not "
                        f"read; columns are {', '.join(_COLUMNS)}."
                    )
                continue
            curie = to_curie(entity_type, fields[0].strip())
            worded = all(re.fullmatch(r"[^\W\d]+(?: [^\W\d]+)*", f) for f in header)
            if worded and not (curie and has_shape(curie)):
                reason = (
                    f"The line {line.strip()[:60]!r} names columns that no list has: "
                    f"call them {', '.join(_COLUMNS)}, or leave the line out."
                )
                raise InputError(reason, path=path, line=number)
        row = {
            name: fields[i].strip() for name, i in columns.items() if i < len(fields)
        }
        name = row.get("name", "")
        if len(fields) < 2 or not name:
            reason = (
                f"This line has {len(fields)} column(s) and no name: expected id, "
                "name, synonyms, separated by tabs."
            )
            raise InputError(reason, path=path, line=number)
        ids = [to_curie(entity_type, part) for part in row.get("id", "").split("|")]
        curies = [curie for curie in ids if curie]
        if not curies:
            reason = (
                f"The first column {row.get('id', '')!r} is no identifier: expected a "
                "CURIE such as 'mesh:D006973'."
            )
            raise InputError(reason, path=path, line=number)
        if _CURIE.fullmatch(name) and not _CURIE.match(row["id"]):
            reason = (
                f"The name {name[:40]!r} is an identifier and the identifier "
                f"{row['id'][:40]!r} is none: expected id, name, synonyms in this "
                "order, or a header that says another."
            )
            raise InputError(reason, path=path, line=number)
        bad = next((curie for curie in curies if not has_shape(curie)), None)
        if bad is not None:
            prefix, _, local = bad.partition(":")
            reason = (
                f"{local[:40]!r} is no identifier of {prefix}: correct it, or give it "
                f"a prefix of your own, such as 'own:{local[:40]}'."
            )
            raise InputError(reason, path=path, line=number)
        taxon = _TAXON.sub("", row.get("taxon", ""))
        if taxon and not (taxon.isascii() and taxon.isdigit() and len(taxon) < 10):
            reason = (
                f"The taxon {taxon[:40]!r} is no NCBI taxon number: expected digits."
            )
            raise InputError(reason, path=path, line=number)
        yield Entry(
            concept=curies[0],
            name=name,
            names=tuple((text, "synonym") for text in _parts(row.get("synonyms", ""))),
            taxon=int(taxon) if taxon else None,
            aliases=tuple(curies[1:]),
            xrefs=_parts(row.get("xrefs", "")),
            parents=_parts(row.get("parents", "")),
        )


def _parts(joined: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in joined.split("|") if part.strip())
