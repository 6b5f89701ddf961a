"""Relations between mentions from a table beside a file of documents.

::

    document_id<TAB>predicate<TAB>start1<TAB>end1<TAB>start2<TAB>end2
    10047461<TAB>INHIBITOR<TAB>142<TAB>149<TAB>111<TAB>131

Offsets are those of the document's mentions. Every row becomes a statement between the
concepts of its two mentions, whose places stay in the qualifiers ``subject_mention``
and ``object_mention``; further columns become qualifiers under their names.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import lines
from kgbuild.corpus._statements import make_statements
from kgbuild.corpus._writing import Reporter
from kgbuild.errors import InputError
from kgbuild.text.evidence import concepts_named, with_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.corpus._writing import OnFailure
    from kgbuild.document import Document, Statement

_COLUMNS = ["document_id", "predicate", "start1", "end1", "start2", "end2"]


def with_relations(
    documents: Iterable[Document], path: Path | str, *, on_failure: OnFailure
) -> Iterator[Document]:
    """Add the relations of a table to the documents that they are of.

    Parameters
    ----------
    documents
        With the mentions that the table speaks of; streamed.
    path
        The table; ``.gz`` and ``.zst`` are decompressed.
    on_failure
        Gets every row that has no document, or no mention at its offsets.

    Raises
    ------
    InputError
        The table cannot be read, or its header lacks a column.
    """
    path = Path(path)
    report = Reporter(path, on_failure)
    rows = _rows(path)
    for document in documents:
        found = rows.pop(document.id, None)
        yield document if found is None else _added(document, found, report)
    for name, left in rows.items():
        for number, _ in left:
            reason = "There is no document of this id: give the table of the same file."
            report(reason, line=number, document_id=name)


def _rows(path: Path) -> dict[str, list[tuple[int, dict[str, str]]]]:
    source = lines(path)
    header = next(source, (0, ""))[1].split("\t")
    if header[:6] != _COLUMNS:
        reason = (
            f"The first line must name the columns {', '.join(_COLUMNS)} between tabs. "
            f"Got {', '.join(header)[:80]!r}."
        )
        raise InputError(reason, path=path, line=1)
    rows: dict[str, list[tuple[int, dict[str, str]]]] = defaultdict(list)
    for number, line in source:
        if line.strip():
            row = dict(zip(header, line.split("\t"), strict=False))
            rows[row["document_id"]].append((number, row))
    return rows


def _added(
    document: Document,
    rows: list[tuple[int, dict[str, str]]],
    report: Reporter,
) -> Document:
    places = {f"{m.start}-{m.end}": m for m in reversed(document.mentions)}
    statements: list[Statement] = []
    for number, row in rows:
        spans = [f"{row.get(f'start{n}')}-{row.get(f'end{n}')}" for n in (1, 2)]
        lost = [span for span in spans if span not in places]
        pairs = list(zip(("subject_mention", "object_mention"), spans, strict=True))
        pairs += [(k, v) for k, v in row.items() if k not in _COLUMNS and v]
        try:
            if lost:
                msg = f"The document has no mention at {' or '.join(lost)}."
                raise ValueError(msg)
            ends = [concepts_named(places[span]) for span in spans]
            statements += make_statements(row["predicate"], ends, pairs)
        except ValueError as error:
            report(str(error), line=number, document_id=document.id)
    return with_evidence(document.with_statements((*document.statements, *statements)))
