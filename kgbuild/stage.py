"""What an author of an annotation stage writes."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from kgbuild.document import Document
from kgbuild.errors import InputError


@runtime_checkable
class Stage(Protocol):
    """A step that adds to documents; a :class:`~kgbuild.Pipeline` runs several.

    The pipeline records what the stage did with each document: ``done``, ``failed``
    (the stage raised) or ``skipped``. Three members are optional:

    ``requires``
        Tuple of stage names. A document on which one of them failed is skipped here.
        A name that is not in the pipeline asks for nothing.
    ``stream(documents, *, batch_size)``
        Iterator over the annotated documents, one for one and in order, for stages
        that gain from seeing many at a time. It may raise: the pipeline then finds
        the document that fails, and the others go on.
    ``threads``
        How many threads it works on by itself. Where that is more than one, it may be
        called by another thread than the one that made it.

    Check a stage of your own by :func:`kgbuild.testing.check_stage`.

    Attributes
    ----------
    name
        Unique in a pipeline: key of the status, and what ``requires`` of others names.
    version
        Of the rules, model or vocabulary behind it; goes into every run's record.
    """

    name: str
    version: str

    def __call__(self, document: Document) -> Document:
        """Return the document with what this stage adds; raise where that fails."""
        ...


def require_document(given: object) -> None:
    """Refuse what is no document, with the way to make one of a text.

    Raises
    ------
    InputError
        It is something else.
    """
    if not isinstance(given, Document):
        msg = (
            "A stage takes a Document: Document.from_text(...) makes one of a text. "
            f"Got {type(given).__name__} {given!r:.60}."
        )
        raise InputError(msg)
