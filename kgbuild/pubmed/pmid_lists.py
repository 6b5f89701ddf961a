"""Lists of PMIDs as people have them."""

from __future__ import annotations

import csv
import json
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import lines_with_ends
from kgbuild.errors import ConfigError, DocumentFailure, InputError
from kgbuild.pubmed.client import pmid_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Heads of a column of PMIDs, without blanks and underscores, in lower case.
_HEADS = {"pmid", "pmids", "pubmedid", "pubmed"}
_NAMED = re.compile(r"(?i)\b(?:pmid|pubmed)s?(?:[ _]?id)?\s*[:=#]?\s*(?=\d)")
_TAGGED = re.compile(r"(?i)(?<=\d)\[(?:pmid|uid)\]")
_ADDRESS = re.compile(r"(?i)\S*//\S*(?:pubmed\S*?|/med)/(\d+)(?:[/?#][^\s,;]*)?")
_BETWEEN = re.compile(r"[\s,;|\"'“”‘’`<>()\[\]]+")
_MEDLINE = re.compile(r"PMID\s*-\s+(\d+)")


def read_pmids(
    path: Path | str, *, on_failure: Callable[[DocumentFailure], None] | None = None
) -> list[int]:
    """Read PMIDs from a file, each once, in its order.

    One or more a line, also as ``PMID: 1``, ``1.0``, in quotes or as addresses of
    PubMed; a table (CSV or TSV, such as PubMed's own) whose head names a column of
    PMIDs; MEDLINE; or JSON lines with ``pmid``, as ``kgbuild fetch`` lists what it
    could not have. Lines that begin with ``#`` are left out.

    Parameters
    ----------
    path
        The file; ``"-"`` is standard input.
    on_failure
        Called with each line that holds something else, which is left out; without it
        one warning tells of them.

    Raises
    ------
    InputError
        There is no PMID in it at all.
    """
    pmids: dict[int, None] = {}
    bad: list[DocumentFailure] = []
    for number, value in _values(Path(path)):
        try:
            pmids.update(dict.fromkeys([pmid_of(v) for v in value]))
        except (ConfigError, ValueError) as error:
            bad.append(
                DocumentFailure(
                    document_id=None,
                    stage="read",
                    reason=str(error),
                    path=str(path),
                    line=number,
                )
            )
    if not pmids:
        first = f" The first line: {bad[0].reason}" if bad else ""
        reason = f"There is no PMID in this file: write one a line.{first}"
        raise InputError(reason, path=path, line=bad[0].line if bad else None)
    if on_failure is not None:
        for failure in bad:
            on_failure(failure)
    elif bad:
        warnings.warn(
            f"{path}: {len(bad)} lines are left out, the first of them line "
            f"{bad[0].line}: {bad[0].reason}",
            stacklevel=2,
        )
    return list(pmids)


def _values(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield what stands in each line for PMIDs."""
    numbered = (
        (number, line)
        for number, line in lines_with_ends(path)
        if line.strip() and not line.startswith("#")
    )
    first = next(numbered, None)
    if first is None:
        return
    number, line = first
    if _MEDLINE.match(line):
        yield number, _MEDLINE.findall(line)
        for number, line in numbered:
            if found := _MEDLINE.match(line):
                yield number, [found.group(1)]
        return
    delimiter = max(",\t;", key=line.count)
    heads = [_key(cell) for cell in line.split(delimiter)]
    column = next((i for i, head in enumerate(heads) if head in _HEADS), None)
    if column is not None and len(heads) > 1:
        yield from _column(path, numbered, delimiter=delimiter, column=column)
        return
    if column is None:
        yield number, _of_line(line)
    for number, line in numbered:
        yield number, _of_line(line)


def _key(cell: str) -> str:
    return re.sub(r"[\s_\"']", "", cell).lower()


def _column(
    path: Path, numbered: Iterable[tuple[int, str]], *, delimiter: str, column: int
) -> Iterator[tuple[int, list[str]]]:
    at = 0

    def counted() -> Iterator[str]:
        nonlocal at
        for at, line in numbered:  # noqa: B007 - told to the caller
            yield line

    try:
        for row in csv.reader(counted(), delimiter=delimiter):
            yield at, _of_line(row[column] if column < len(row) else "")
    except csv.Error as error:
        reason = f"This is no table that can be read ({error}): write one PMID a line."
        raise InputError(reason, path=path, line=at) from error


def _of_line(line: str) -> list[str]:
    """Return what may be PMIDs in a line or a cell."""
    line = line.strip()
    if line.startswith("{"):
        try:
            line = str(json.loads(line).get("pmid", line))
        except ValueError:
            return [line]
    line = _TAGGED.sub(" ", _NAMED.sub(" ", _ADDRESS.sub(r" \1 ", line)))
    words = [word for word in _BETWEEN.split(line) if word]
    # As spreadsheets write numbers that they take for measures.
    return [re.sub(r"^(\d+)\.0*$", r"\1", word) for word in words]
