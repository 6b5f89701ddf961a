"""Names as annotators used them: the gold mentions of annotated documents.

What an annotator meant by a text is the best witness of what the text means, for the
mentions that occur again. Composite mentions teach nothing about their parts and are
left out. Keep documents that you want to measure on out (``exclude``).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from kgbuild._io.warn import warn_user
from kgbuild.entity_types import canonical_type
from kgbuild.normalize.sources._entry import Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from kgbuild.document import Document


def read(
    path: Path, *, entity_type: str, exclude: Collection[str] = ()
) -> Iterator[Entry]:
    """Yield an entry for every text and concept that annotators brought together.

    Parameters
    ----------
    path
        An annotated corpus in any format that :func:`kgbuild.corpus.read` reads.
    entity_type
        Mentions of this type are read.
    exclude
        Ids of documents to leave out.
    """
    from kgbuild.corpus import read as read_documents

    met: set[str] = set()

    def noted() -> Iterator[Document]:
        for document in read_documents(path, on_error=lambda _: None):
            met.add(_compared(document))
            yield document

    yield from observe(noted(), entity_type=entity_type, exclude=exclude)
    missing = [text for text in exclude if document_id(text) not in met]
    if missing:
        warn_user(
            f"{path} has no document of {len(missing)} of the {len(exclude)} ids to "
            f"leave out, such as {missing[0]!r}: check how the file writes them."
        )


def document_id(text: str) -> str:
    """Return the id of a document as it is compared, a PMID as its number alone.

    Examples
    --------
    >>> document_id("PMID: 02"), document_id("https://identifiers.org/pubmed:2")
    ('2', '2')
    """
    bare = _PMID.sub("", _ADDRESS.sub("", text.strip())).lower()
    return bare.lstrip("0") or bare if bare.isdigit() else bare


_PMID = re.compile(r"(?i)^(?:pmid|pubmed|medline)[\s:#/]*(?=\d)")
_ADDRESS = re.compile(
    r"(?i)^https?://(?:pubmed\.ncbi\.nlm\.nih\.gov/"
    r"|(?:www\.)?ncbi\.nlm\.nih\.gov/(?=pubmed/)"
    r"|(?:www\.)?(?:identifiers\.org|bioregistry\.io|n2t\.net)/)|/$"
)


def _compared(document: Document) -> str:
    return document_id(document.id.partition("#")[0])


def observe(
    documents: Iterable[Document],
    *,
    entity_type: str,
    exclude: Collection[str] = (),
) -> Iterator[Entry]:
    """Yield an entry for every text and concept of annotated documents.

    Parameters
    ----------
    documents
        With gold mentions.
    entity_type
        Mentions of this type are read.
    exclude
        Ids of documents to leave out; ``"8528200#2"`` is left out with ``"8528200"``.
    """
    wanted = canonical_type(entity_type)
    counts: Counter[tuple[str, str, int | None]] = Counter()
    together: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    left_out = frozenset(map(document_id, exclude))
    for document in documents:
        if _compared(document) in left_out:
            continue
        for mention in document.mentions:
            if mention.type != wanted or not mention.concepts:
                continue
            (together if mention.composite else alone)[mention.text.lower()] += 1
            if mention.composite:
                continue
            said = (mention.attribute("taxon") or "").rpartition(":")[2]
            taxon = int(said) if said.isdigit() and len(said) < 10 else None
            for concept in mention.concepts:
                counts[concept, mention.text, taxon] += 1
    # A text that mostly names several things is no name of one of them.
    for key in [k for k in counts if together[k[1].lower()] > alone[k[1].lower()]]:
        del counts[key]
    names: dict[str, str] = {}
    for (concept, text, _), _count in sorted(
        counts.items(), key=lambda item: (-item[1], item[0][1])
    ):
        names.setdefault(concept, text)
    for (concept, text, taxon), count in sorted(
        counts.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or 0)
    ):
        yield Entry(
            concept=concept,
            name=names[concept],
            names=((text, "observed"),),
            taxon=taxon,
            count=count,
        )
