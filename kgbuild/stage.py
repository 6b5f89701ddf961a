"""What every annotation stage looks like: documents in, documents out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kgbuild.document import Document


@runtime_checkable
class Stage(Protocol):
    """A step that adds to documents.

    Attributes
    ----------
    name
        ``"recognize"``, ``"variants"``, ``"normalize"``: key of the status it records.
    version
        Of the rules, model or vocabulary behind it; goes into every run's record.
    """

    name: str
    version: str

    def __call__(self, document: Document) -> Document:
        """Return the annotated document; raise where that is impossible."""
        ...

    def stream(
        self, documents: Iterable[Document], *, batch_size: int = 64
    ) -> Iterator[Document]:
        """Yield every document, in order, with this stage's status on it.

        A document that fails comes out unchanged but for a status that says why.
        """
        ...


def stream_each(
    stage: Stage,
    documents: Iterable[Document],
    *,
    apply: Callable[[Document], Document] | None = None,
    needs: str | None = None,
) -> Iterator[Document]:
    """Run a stage over documents one by one, so that none stops the others.

    Parameters
    ----------
    stage
        Gives the name for the status.
    documents
        Streamed, order kept.
    apply
        What to do with one document; the stage itself unless told.
    needs
        Name of an earlier stage: documents on which it failed are skipped here.

    Yields
    ------
    Document
        With the status ``done``, ``failed`` or ``skipped`` of this stage.
    """
    work = apply or stage
    for document in documents:
        earlier = document.stage(needs) if needs else None
        if earlier is not None and earlier.state == "failed":
            yield document.with_status(
                stage.name, "skipped", reason=f"{needs} failed before"
            )
            continue
        try:
            result = work(document)
        except Exception as error:  # noqa: BLE001 - one document never stops a batch
            reason = f"{type(error).__name__}: {error}"
            yield document.with_status(stage.name, "failed", reason=reason)
        else:
            yield result.with_status(stage.name, "done")
