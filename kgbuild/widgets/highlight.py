"""Documents with their mentions highlighted, in a notebook or as a page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.document_html import highlight_html
from kgbuild._io.files import write_atomically
from kgbuild._io.markup import page
from kgbuild.document import Document
from kgbuild.errors import at_least
from kgbuild.inputs import DocumentSource, documents_from

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """Documents as a notebook shows them.

    Attributes
    ----------
    documents
        What is shown.
    left_out
        Whether there were more than ``limit``.
    types, max_characters
        As in :func:`highlight_html`.
    """

    documents: tuple[Document, ...]
    left_out: bool = False
    types: tuple[str, ...] | None = None
    max_characters: int = 50_000

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """Return the piece of HTML that a notebook shows."""
        parts = [
            highlight_html(d, types=self.types, max_characters=self.max_characters)
            for d in self.documents
        ]
        if self.left_out:
            parts.append(
                f"<p>There are more documents; these are the first "
                f"{len(self.documents)}: see the option limit.</p>"
            )
        return "<hr>".join(parts) if parts else "<p>No documents.</p>"

    def save(self, path: Path | str) -> Path:
        """Write a page that stands alone, and return its path."""
        title = self.documents[0].id if len(self.documents) == 1 else "Documents"
        whole = page(
            title,
            self.to_html(),
            css="body{margin:1.5em;font-family:system-ui,sans-serif}",
        )
        with write_atomically(path) as stream:
            stream.write(whole.encode("utf-8"))
        return Path(path)


def show(
    documents: DocumentSource,
    *,
    types: Collection[str] | None = None,
    limit: int = 10,
    max_characters: int = 50_000,
) -> DocumentView:
    """Show a document, or the first ones of several, with mentions highlighted.

    Parameters
    ----------
    documents
        One document or any number of them, of which ``limit`` are taken.
    types
        Show these entity types only.
    limit
        How many documents to show.
    max_characters
        Where to cut a text.

    Returns
    -------
    DocumentView
        As the last line of a cell it is shown; ``save(path)`` writes a page.

    Raises
    ------
    ConfigError
        ``limit`` or ``max_characters`` is below 1.
    """
    at_least(1, limit=limit, max_characters=max_characters)
    first = list(islice(documents_from(documents), limit + 1))
    return DocumentView(
        documents=tuple(first[:limit]),
        left_out=len(first) > limit,
        types=None if types is None else tuple(types),
        max_characters=max_characters,
    )
