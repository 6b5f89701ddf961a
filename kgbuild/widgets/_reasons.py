"""Why the mentions that evidence marks have their identifiers, and others none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild._io.html import escape
from kgbuild.document import Mention
from kgbuild.errors import KgbuildError
from kgbuild.explanation import explain
from kgbuild.tables import documents_from_tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from kgbuild.document import Document

#: What a run's settings of annotation have in common with the options of explaining.
_OPTIONS = ("vocabulary", "species", "linking")


class Reasons:
    """Explains mentions of some documents, as they stand in these.

    Parameters
    ----------
    documents, mentions
        The tables; without mentions nothing is explained.
    ids
        Documents that will be asked for.
    annotation
        How they were annotated, as ``run.json`` has it.
    """

    def __init__(
        self,
        documents: pl.DataFrame | None,
        mentions: pl.DataFrame | pl.LazyFrame | None,
        *,
        ids: Collection[str],
        annotation: Mapping[str, Any],
    ) -> None:
        self._documents: dict[str, Document] = {}
        self._options = {n: annotation[n] for n in _OPTIONS if annotation.get(n)}
        self._said: dict[tuple[str, int, int], str] = {}
        if documents is None or mentions is None:
            return
        here = pl.col("document_id").is_in(list(ids))
        rows = mentions.lazy().filter(here).collect()
        found = documents_from_tables(documents.filter(here), rows)
        self._documents = {document.id: document for document in found}

    def html(self, piece: Mapping[str, Any], *, concepts: Iterable[str]) -> str:
        """Say why the mentions of a piece of evidence have these identifiers.

        Parameters
        ----------
        piece
            An element of the column ``evidence`` of associations.
        concepts
            Of its ends, the source and the target.

        Returns
        -------
        str
            HTML; empty where the mentions are not at hand, or nobody linked them.
        """
        document = self._documents.get(piece["document_id"])
        if document is None:
            return ""
        out = []
        for span, concept in zip(piece["spans"], concepts, strict=True):
            start, end = int(span["start"]), int(span["end"])
            key = (document.id, start, end)
            for mention in document.mentions:
                if (
                    key not in self._said
                    and mention.span == (start, end)
                    and concept in mention.concepts
                    and mention.method is not None
                ):
                    try:
                        why = explain(mention, document=document, **self._options)
                        self._said[key] = why._repr_html_()
                    except KgbuildError as error:
                        self._said[key] = f"<p>{escape(error)}</p>"
            out.append(self._said.get(key, ""))
        return "".join(dict.fromkeys(out))

    def lacking(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """Say why a name has no identifier, and what else it might have meant.

        Parameters
        ----------
        row
            Its ``type`` and ``text`` and, where known, ``document_id``, ``start`` and
            ``method`` of a mention; else the name alone is explained.

        Returns
        -------
        tuple
            The reason, as text, and as HTML the explanation with its candidates; empty
            where there are none.
        """
        if "method" in row and row["method"] is None:
            return "no stage looked for one", ""
        kind, text, start = row["type"], row["text"], row.get("start")
        document = self._documents.get(row.get("document_id", ""))
        mention = Mention(start=0, end=len(text), text=text, type=kind)
        for held in document.mentions if document else ():
            if (held.start, held.text, held.type) == (start, text, kind):
                mention = held
                break
        else:
            document = None
        try:
            why = explain(mention, document=document, **self._options)
        except KgbuildError as error:
            return str(error), ""
        return why.reason, why._repr_html_() if why.candidates else ""
