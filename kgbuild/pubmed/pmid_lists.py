"""Lists of PMIDs as people have them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import lines_with_ends
from kgbuild._io.warn import warn_user
from kgbuild.errors import ConfigError, DocumentFailure, InputError
from kgbuild.pubmed.client import pmid_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Heads of a column of PMIDs, without blanks and underscores, in lower case.
_HEADS = {"pmid", "pmids", "pubmedid", "pubmed"}
_NAMED = re.compile(r"(?i)\b(?:pmid|pubmed)s?(?:[ _]?id)?\s*[:=#]?\s*(?=\d)")
_TAGGED = re.compile(r"(?i)(?<=\d)\[(?:pmid|uid)\]")
_ADDRESS = re.compile(
    r"(?i)[^\s,;]*(?:pubmed[^\s,;]*?|/med)/(?:\?term=)?(\d+)(?:[/?#&][^\s,;]*)?"
)
_BETWEEN = re.compile(r"[\s,;|=\"'“”‘’`<>()\[\]]+")
#: What stands before the items of a list.
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,6}[.)])\s+(?=\D{0,12}\d)")
#: The row of a table without a head, PMIDs first.
_ROW = re.compile(r"^\"?(\d{5,})\"?[,;\t](?=[^,;\t]*[A-Za-z]{3})")
#: One number, not three: as spreadsheets and Word write it.
_THOUSANDS = re.compile(r"^\s*\"?(\d{1,3}(?:,\d{3}){2})\"?\s*$")
_MEDLINE = re.compile(r"PMID\s*-\s+(\d+)")


def read_pmids(
    path: Path | str, *, on_failure: Callable[[DocumentFailure], None] | None = None
) -> list[int]:
    """Read PMIDs from a file, each once, in its order.

    One or more a line, also as ``PMID: 1``, ``1.0``, in quotes, as addresses of
    PubMed, after a bullet or the number of the line; a table (CSV or TSV, such as
    PubMed's own) whose head names a column of PMIDs; MEDLINE; or JSON lines with
    ``pmid``, as ``kgbuild fetch`` lists what it could not have. Lines that begin with
    ``#`` are left out.

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
        There is no PMID in it at all; or it is a table without a column of PMIDs.
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
        warn_user(
            f"{path}: {len(bad)} lines are left out, the first of them line "
            f"{bad[0].line}: {bad[0].reason}"
        )
    return list(pmids)


def _values(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield what stands in each line for PMIDs."""
    numbered = (
        # Joined files have the mark of each at its beginning.
        (number, line.replace("\ufeff", ""))
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
    lines = list(numbered)
    if column is None:
        _check_table(path, line, lines, delimiter=delimiter)
        lines.insert(0, (number, line))
    if _are_numbered([line for _, line in lines]):
        lines = [(n, _FIRST.sub("", line)) for n, line in lines]
    for number, line in lines:
        yield number, _of_line(line)


def _check_table(
    path: Path, head: str, lines: list[tuple[int, str]], *, delimiter: str
) -> None:
    """Refuse a table without a column of PMIDs: its other numbers are none."""
    cells = [cell.strip(" \"'\r\n") for cell in head.split(delimiter)]
    if len(cells) < 2 or any(c.isdigit() for c in head) or not lines:
        return
    if all(line.count(delimiter) >= len(cells) - 1 for _, line in lines[:5]):
        reason = (
            f"This table has no column of PMIDs: its columns are "
            f"{', '.join(map(repr, cells))[:200]}. Call the one that holds them PMID."
        )
        raise InputError(reason, path=path, line=1)


_FIRST = re.compile(r"^\s*\"?(\d+)\"?[\t ,;]+(?=\S)")


def _are_numbered(lines: list[str]) -> bool:
    """Whether lines begin with their own numbers, from 0 or 1."""
    found = [_FIRST.match(line) for line in lines]
    numbers = [int(match[1]) for match in found if match]
    return len(numbers) == len(lines) > 1 and numbers in (
        list(range(len(lines))),
        list(range(1, len(lines) + 1)),
    )


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
    if (thousands := _THOUSANDS.match(line)) is not None:
        return [thousands[1].replace(",", "")]
    if (row := _ROW.match(line)) is not None:
        return [row[1]]
    line = _BULLET.sub("", line)
    line = _TAGGED.sub(" ", _NAMED.sub(" ", _ADDRESS.sub(r" \1 ", line)))
    words = [word for word in _BETWEEN.split(line) if word and word != "OR"]
    # As spreadsheets write numbers that they take for measures.
    return [re.sub(r"^(\d+)\.0*$", r"\1", word) for word in words]
