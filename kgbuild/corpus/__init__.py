"""Documents in and out: every file format behind :func:`read` and :func:`write`.

See :data:`FORMATS` for what there is, and the module of each format for what it does
with the oddities of real files.
"""

from __future__ import annotations

from kgbuild.corpus._convert import (
    Conversion,
    CorpusWarning,
    OnError,
    convert,
    describe,
    read,
    write,
)
from kgbuild.corpus._writing import Writer
from kgbuild.corpus.formats import FORMATS, Format, format_for_writing, format_of

__all__ = [
    "FORMATS",
    "Conversion",
    "CorpusWarning",
    "Format",
    "OnError",
    "Writer",
    "convert",
    "describe",
    "format_for_writing",
    "format_of",
    "read",
    "write",
]
