"""What annotating gives: documents that know their tables, counts and failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, overload

from kgbuild._io.markup import counted
from kgbuild.document import Document
from kgbuild.errors import DocumentFailure, NotFoundError
from kgbuild.pipeline.linking import LinkCount, layers_in, said_of_links

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from kgbuild.tables import CorpusTable


class AnnotatedCorpus(Sequence[Document]):
    """Annotated documents, in the order of the input.

    Parameters
    ----------
    documents
        Annotated.
    versions
        Stage → version of the model, rules or vocabulary behind it.
    vocabularies
        Entity type → layer and version of its vocabularies, from the top.
    not_fetched
        Documents that were asked for and cannot be had.
    """

    def __init__(
        self,
        documents: Iterable[Document],
        *,
        versions: dict[str, str] | None = None,
        vocabularies: dict[str, list[str]] | None = None,
        not_fetched: Iterable[DocumentFailure] = (),
    ) -> None:
        self._documents = list(documents)
        self.versions = dict(versions or {})
        self.vocabularies = dict(vocabularies or {})
        # Known when all documents are.
        self._not_fetched = tuple(not_fetched)
        self._tables: dict[str, pl.DataFrame] = {}

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> AnnotatedCorpus: ...
    def __getitem__(self, index: int | slice) -> Document | AnnotatedCorpus:
        """Return one document, or a part of the corpus for a slice."""
        if isinstance(index, slice):
            return AnnotatedCorpus(
                self._documents[index], versions=self.versions,
                vocabularies=self.vocabularies,
            )  # fmt: skip
        return self._documents[index]

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self._documents)

    def get(self, document_id: str) -> Document:
        """Return the document of that id.

        Raises
        ------
        NotFoundError
            There is none.
        """
        for document in self._documents:
            if document.id == document_id:
                return document
        msg = f"None of the {len(self):,} documents has the id {document_id!r}."
        raise NotFoundError(msg)

    @property
    def documents(self) -> pl.DataFrame:
        """The documents table; columns: see :mod:`kgbuild.tables.schema`."""
        return self._table("documents")

    @property
    def mentions(self) -> pl.DataFrame:
        """The mentions table."""
        return self._table("mentions")

    @property
    def statements(self) -> pl.DataFrame:
        """The statements table."""
        return self._table("statements")

    def to_pandas(self, table: CorpusTable = "mentions") -> pd.DataFrame:
        """Return one of the tables as a pandas data frame."""
        return self._table(table).to_pandas()

    @property
    def failures(self) -> list[DocumentFailure]:
        """What could not be fetched, every stage that failed on a document, and why."""
        return [
            *self._not_fetched,
            *chain.from_iterable(map(failures_of, self._documents)),
        ]

    def counts(self) -> dict[str, dict[str, int]]:
        """Count mentions and linked mentions per entity type."""
        mentions: Counter[str] = Counter()
        linked: Counter[str] = Counter()
        for document in self._documents:
            for mention in document.mentions:
                mentions[mention.type] += 1
                linked[mention.type] += bool(mention.concepts)
        return {
            name: {"mentions": n, "linked": linked[name]}
            for name, n in mentions.most_common()
        }

    def _said_of_links(self) -> list[str]:
        count = LinkCount(self._documents)
        return said_of_links(
            layers_in(self.vocabularies), mentions=count.mentions, linked=count.linked
        )

    def __repr__(self) -> str:
        n = sum(len(d.mentions) for d in self._documents)
        many = f"{counted(len(self), 'document')}, {counted(n, 'mention')}"
        return f"AnnotatedCorpus({'; '.join([many, *self._said_of_links()])})"

    def _repr_html_(self) -> str:
        from kgbuild._io.html import escape

        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{c['mentions']:,}</td>"
            f"<td>{c['linked']:,}</td></tr>"
            for name, c in self.counts().items()
        )
        failed = len({f.document_id for f in self.failures})
        note = f", <b>{failed} with failures</b>" if failed else ""
        said = "".join(f"<br>{escape(line)}" for line in self._said_of_links())
        return (
            f"<p>{counted(len(self), 'document')}{note}{said}</p>"
            "<table><thead><tr><th>type</th><th>mentions</th>"
            f"<th>linked</th></tr></thead><tbody>{rows}</tbody></table>"
        )

    def _table(self, name: CorpusTable) -> pl.DataFrame:
        if name not in self._tables:
            from kgbuild.tables import tables

            (self._tables[name],) = tables(self._documents, names=(name,))
        return self._tables[name]


def failures_of(document: Document) -> list[DocumentFailure]:
    """Return the stages that failed on a document, with their reasons."""
    return [
        DocumentFailure(
            document_id=document.id, stage=s.stage, reason=s.reason or "unknown"
        )
        for s in document.status
        if s.state == "failed"
    ]
