"""What an annotation says of its identifiers: whose they are, and how many lack one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgbuild.document import Document
    from kgbuild.normalize import Unmet
    from kgbuild.pipeline.chain import Pipeline

#: Share of mentions without an identifier from which on it is said what helps.
MANY_UNLINKED = 1 / 3


def vocabularies_of(pipeline: Pipeline) -> dict[str, list[str]]:
    """Return layer and version of the vocabularies behind each entity type."""
    normalizer = next((s for s in pipeline.stages if s.name == "normalize"), None)
    return {
        kind: [f"{v.layer} {v.version}" for v in given]
        for kind, given in getattr(normalizer, "vocabularies", {}).items()
    }


def unmet_corrections(pipeline: Pipeline) -> Unmet:
    """Return a pipeline's corrections, to find out which of them change nothing."""
    from kgbuild.normalize import Corrector, Unmet

    correctors = [s for s in pipeline.stages if isinstance(s, Corrector)]
    return Unmet(row for corrector in correctors for row in corrector.rows)


def layers_in(vocabularies: dict[str, list[str]]) -> list[str]:
    """Return the layers of vocabularies as :func:`vocabularies_of` gives them."""
    return list(
        dict.fromkeys(v.split()[0] for given in vocabularies.values() for v in given)
    )


class LinkCount:
    """Counts mentions, those that got an identifier, and statements.

    Attributes
    ----------
    documents, mentions, linked, statements
        How many so far.
    """

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self.documents = self.mentions = self.linked = self.statements = 0
        for document in documents:
            self.add(document)

    def add(self, document: Document) -> None:
        """Count the mentions and statements of one more document."""
        self.documents += 1
        self.statements += len(document.statements)
        self.mentions += len(document.mentions)
        self.linked += sum(1 for mention in document.mentions if mention.concepts)


def said_of_links(layers: list[str], *, mentions: int, linked: int) -> list[str]:
    """Return which vocabularies were used and what they left unlinked, in lines.

    Where over a third is unlinked, the command that gives more names is named.

    Examples
    --------
    >>> said_of_links(["starter", "lexicon"], mentions=4, linked=3)
    ['vocabularies: starter, lexicon', '25% of the mentions have no identifier']
    """
    from kgbuild.normalize.layers import more_names

    if not mentions or not layers:
        return []
    share = 1 - linked / mentions
    advice = more_names(layers) if share > MANY_UNLINKED else None
    return [
        f"vocabularies: {', '.join(layers)}",
        f"{share:.0%} of the mentions have no identifier"
        + (f"; {advice}" if advice else ""),
    ]
