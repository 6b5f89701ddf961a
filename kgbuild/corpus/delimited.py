"""CSV and TSV: one document a row, columns told by their names.

Known by name, whatever the case and order (the full list is
``FIELD_NAMES`` of ``kgbuild.records``): id or pmid, title, abstract or text, year,
journal. Other columns become metadata. The export of a PubMed search is read as it is.
A file of ``.csv`` may have semicolons or tabs instead of commas. Rows without an id get
the file's name and the row's line: ``cohort:17``. Numbers in a column that is called
``id`` are PMIDs where the first is 100,000 or more, else those of rows: ``id:17``.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import MAX_LINE_BYTES, lines_with_ends, stem
from kgbuild.corpus._writing import Reporter, Writer
from kgbuild.errors import InputError, KgbuildError
from kgbuild.records import OwnNumbers, document_of, field_kinds, has_text, same_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.corpus._writing import OnFailure
    from kgbuild.document import Document

_COLUMNS = ("id", "pmid", "title", "abstract", "year", "journal")


def sniff_csv(head: str) -> bool:
    """Whether the first line is a header with a column of text and another known."""
    return _is_header(head.partition("\n")[0], ",;")


def sniff_tsv(head: str) -> bool:
    """Whether the first line is such a header between tabs."""
    return _is_header(head.partition("\n")[0], "\t")


def read_csv(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read a CSV file with a header line."""
    return _read(Path(path), ",;\t", on_failure)


def read_tsv(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read a TSV file with a header line; quoted cells may hold tabs."""
    return _read(Path(path), "\t", on_failure)


def _is_header(line: str, choices: str) -> bool:
    # "Abstract" alone is the first line of many a plain text.
    delimiter = _delimiter(line, choices)
    return delimiter is not None and len(field_kinds(_cells(line, delimiter))) > 1


def _delimiter(header: str, choices: str) -> str | None:
    """Return the delimiter under which most columns are known, if any holds text."""
    best: tuple[int, str] | None = None
    for delimiter in choices:
        kinds = field_kinds(_cells(header, delimiter))
        if has_text(kinds) and (best is None or len(kinds) > best[0]):
            best = len(kinds), delimiter
    return None if best is None else best[1]


def _cells(header: str, delimiter: str) -> list[str]:
    line = header.removeprefix("\ufeff").rstrip("\r\n")
    row = next(iter(csv.reader([line], delimiter=delimiter)), [])
    return [cell.strip() for cell in row]


def _read(path: Path, delimiters: str, on_failure: OnFailure) -> Iterator[Document]:
    # The limit is the interpreter's, not the reader's; it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    report = Reporter(path, on_failure)
    source = lines_with_ends(path)
    number, first = next(source, (0, ""))
    if not first:
        return
    delimiter = _delimiter(first, delimiters)
    if delimiter is None:
        shown = first.strip()[:80]
        reason = (
            f"The header {shown!r} names no column title, abstract or text: write one "
            "as the first line."
        )
        raise InputError(reason, path=path, line=number)
    names = _cells(first, delimiter)
    if (fault := same_texts(names)) is not None:
        raise InputError(fault, path=path, line=number)
    kinds = field_kinds(names)
    latest, numbers = "", OwnNumbers()

    def remembered() -> Iterator[str]:
        nonlocal latest
        for _, latest in source:
            yield latest

    rows = csv.reader(remembered(), delimiter=delimiter, strict=True)
    while True:
        line = rows.line_num + 2
        try:
            row = next(rows)
        except StopIteration:
            report.numbered(numbers)
            return
        except csv.Error as error:
            # Many TSV files know no quoting: a quotation mark is just that.
            row = latest.rstrip("\r\n").split("\t") if delimiter == "\t" else []
            reason = (
                f"This row is not sound CSV ({error}): put cells with quotes, line "
                "breaks or delimiters in double quotes, and double the quotes inside."
            )
            if len(row) != len(names) or rows.line_num + 1 != line:
                report(reason, line=line)
                continue
        if not row:
            continue
        try:
            if len(row) != len(names):
                msg = (
                    f"The row has {len(row)} cells, the header {len(names)}: put "
                    "cells that hold the delimiter in double quotes."
                )
                raise ValueError(msg)
            yield document_of(
                dict(zip(names, row, strict=True)),
                fallback_id=f"{stem(path)}:{line}",
                kinds=kinds,
                numbers=numbers,
            )
        except (KgbuildError, ValueError) as error:
            report(str(error), line=line)


def csv_writer() -> Writer:
    """Return the writer of CSV files: id, pmid, title, abstract, year, journal."""
    return _writer(",")


def tsv_writer() -> Writer:
    """Return the writer of TSV files: id, pmid, title, abstract, year, journal."""
    return _writer("\t")


def _writer(delimiter: str) -> Writer:
    def encode(document: Document) -> bytes:
        passages = list(document.passages)
        title = ""
        if passages and passages[0].section == "title":
            title = passages.pop(0).text
        journal = document.metadata.get("journal")
        return _row(
            [
                document.id,
                document.id if document.id == str(document.pmid) else "",
                title,
                " ".join(p.text for p in passages),
                "" if document.year is None else str(document.year),
                journal if isinstance(journal, str) else "",
            ]
        )

    def _row(cells: list[str]) -> bytes:
        # The csv module leaves a lone carriage return unquoted and cannot read it so.
        special = {'"', "\n", "\r", delimiter}
        quoted = (
            '"{}"'.format(cell.replace('"', '""')) if special & set(cell) else cell
            for cell in cells
        )
        return f"{delimiter.join(quoted)}\n".encode()

    return Writer(head=_row(list(_COLUMNS)), encode=encode)
