"""Annotate a file into a file, in flat memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild import corpus
from kgbuild._io.files import check_readable
from kgbuild._io.progress import track
from kgbuild.pipeline.annotate import AnnotationSettings, failures_of, make_stages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kgbuild.document import Document
    from kgbuild.errors import DocumentFailure


def annotate_file(
    source: Path,
    target: Path,
    *,
    from_format: str | None = None,
    to_format: str | None = None,
    settings: AnnotationSettings | None = None,
    batch_size: int = 128,
) -> tuple[int, list[DocumentFailure]]:
    """Annotate all documents of a file.

    Parameters
    ----------
    source, target
        Files; the target appears whole or not at all.
    from_format, to_format
        Names of formats; told from the files unless given.
    settings
        See :class:`~kgbuild.pipeline.annotate.AnnotationSettings`.
    batch_size
        Documents that a stage looks at together; it never changes results.

    Returns
    -------
    int
        Documents written.
    list of DocumentFailure
        Documents that could not be read, or that a stage failed on (those are written
        with what they have).

    Raises
    ------
    InputError
        The source cannot be read at all.
    """
    check_readable(source)
    failures: list[DocumentFailure] = []
    pipeline = make_stages(settings)
    read = corpus.read(source, format=from_format, on_error=failures.append)

    def annotated() -> Iterator[Document]:
        for document in track(
            pipeline(read, batch_size=batch_size), description="annotate"
        ):
            failures.extend(failures_of(document))
            yield document

    written = corpus.write(annotated(), target, format=to_format)
    return written, failures
