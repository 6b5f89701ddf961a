"""Of a paper that comes several times, the newest version: it counts once."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from kgbuild._io.markup import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from kgbuild.document import Document

_log = logging.getLogger(__name__)

#: Ids that name a paper wherever they stand, and the end that repetitions get.
REPEATED: Final = r"^([0-9]+|PMC[0-9]+|doi:.+?)(#([2-9]|[1-9][0-9]+))?$"
_PAPER = re.compile(REPEATED, re.DOTALL)


def paper_of(document_id: str) -> str | None:
    """Return the id of a paper, without the number of a repetition.

    ``None`` where another source may give the id to another text.

    Examples
    --------
    >>> paper_of("8528200#2"), paper_of("8528200"), paper_of("cohort:17")
    ('8528200', '8528200', None)
    """
    found = _PAPER.match(document_id)
    return found[1] if found else None


def is_repetition(document_id: str) -> bool:
    """Whether an id was made for a paper that had come before."""
    return "#" in document_id and paper_of(document_id) not in {None, document_id}


@dataclass(slots=True)
class Repeats:
    """Papers that came several times.

    Attributes
    ----------
    same
        How many documents were left out that say what the kept one says.
    other
        Papers with different versions, of which the newest is kept.
    """

    same: int = 0
    other: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the warning of papers with several versions; nothing without any."""
        if not self.other:
            return ""
        shown = ", ".join(self.other[:5]) + (", …" if len(self.other) > 5 else "")
        return (
            f"{counted(len(self.other), 'paper')} came with different texts or "
            f"mentions ({shown}): only the newest version is kept, by its date of "
            "revision, else the last."
        )


def newest(
    read: Callable[[], Iterator[Document]],
    last: Callable[[], Iterator[Document]],
    *,
    papers: Collection[str],
    repeats: Repeats,
) -> Iterator[Document]:
    """Yield documents, of each paper the newest version only.

    Parameters
    ----------
    read
        Reads the documents from the beginning: to compare those that are repeated.
    last
        Reads them once more, to be yielded.
    papers
        Those that come several times.
    repeats
        Where they are noted.
    """
    kept: dict[str, tuple[str, int, str]] = {}
    contents: dict[str, list[str]] = {}
    for ordinal, document in enumerate(read() if papers else ()):
        paper = paper_of(document.id)
        if paper is not None and paper in papers:
            revised = str(document.metadata.get("revised") or "")
            said = _said(document)
            contents.setdefault(paper, []).append(said)
            best = kept.get(paper)
            if best is None or (revised >= best[0] and said != best[2]):
                kept[paper] = revised, ordinal, said
    for paper, versions in contents.items():
        if len(set(versions)) > 1:
            repeats.other.append(paper)
        else:
            repeats.same += len(versions) - 1
    if repeats.same:
        _log.info("%d documents came again with the same text", repeats.same)
    for ordinal, document in enumerate(last()):
        paper = paper_of(document.id)
        if paper is None or paper not in kept:
            yield document
        elif kept[paper][1] == ordinal:
            # Alone it needs no number, nor what came with it.
            own = {"source_id": paper, "pmid": document.pmid}
            metadata = {k: v for k, v in document.metadata.items() if own.get(k) != v}
            yield replace(document, id=paper, metadata=metadata)


def _said(document: Document) -> str:
    """Return text, mentions and statements, as something to compare; blanks aside."""
    mentions = sorted({(m.text, m.type, m.concepts) for m in document.mentions})
    return repr((document.text.split(), mentions, document.statements))
