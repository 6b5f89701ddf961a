"""Annotated documents by id, with the versions that made them: ask once.

:func:`open_store` opens a file (SQLite, safe under several processes) or, by a URL,
any SQL server that SQLAlchemy knows (extra ``sql``). ``kgbuild.annotate`` with
``pmids`` and ``store``, ``kgbuild annotate --pmids`` and ``kgbuild serve --store`` take
their answers from one and leave them there.
"""

from __future__ import annotations

from kgbuild.store.store import AnnotationStore, open_store

__all__ = ["AnnotationStore", "open_store"]
