"""TSV and CSV, row by row."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import write_atomically
from kgbuild.graph.export.records import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_BREAKS = re.compile(r"[\t\r\n\v\f\x85\u2028\u2029]+")


def write_tsv(path: Path, head: list[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write without quotes: blanks stand for what would break a line or column."""
    with write_atomically(path) as stream:
        stream.write(("\t".join(head) + "\n").encode())
        for row in rows:
            line = "\t".join(_BREAKS.sub(" ", _text(value)) for value in row) + "\n"
            stream.write(line.encode("utf-8", "replace"))


def write_csv(path: Path, head: list[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write with quotes where they are needed; ``None`` is an empty field."""
    with write_atomically(path) as stream:
        text = io.TextIOWrapper(
            stream, encoding="utf-8", errors="replace", newline="", write_through=True
        )
        # Of RFC 4180; with either of the two in it, a field is quoted.
        table = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
        table.writerow(head)
        table.writerows(["" if v is None else v for v in row] for row in rows)
        text.flush()
        text.detach()


def _text(value: Any) -> str:
    value = plain(value)
    return "" if value is None else str(value)
