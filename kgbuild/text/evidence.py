"""The sentences in which a document makes its statements."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.text.sentences import document_sentences

if TYPE_CHECKING:
    from kgbuild.document import Document, Mention, Statement


def concepts_named(mention: Mention) -> tuple[str, ...]:
    """Return the concepts that a mention may stand for in a statement.

    Returns
    -------
    tuple of str
        Its CURIEs, or, where it has none, ``kgbuild:`` and its text on one line.

    Examples
    --------
    >>> from kgbuild.document import Mention
    >>> concepts_named(Mention(start=0, end=7, text="plasmin", type="Gene"))
    ('kgbuild:plasmin',)
    """
    return mention.concepts or (f"kgbuild:{' '.join(mention.text.split())}",)


def with_evidence(document: Document) -> Document:
    """Give the statements of a document the sentences that they are made in.

    Parameters
    ----------
    document
        With mentions and statements. Statements that have spans keep them.

    Returns
    -------
    Document
        A statement's ``spans`` are the sentences that mention both subject and object;
        where its qualifiers name two mentions (``subject_mention`` and
        ``object_mention``, as ``"12-24"``), the sentence or sentences of these two.

    Examples
    --------
    >>> from kgbuild.document import Document, Mention, Statement
    >>> document = Document.from_text("We asked. Captopril inhibits ACE.")
    >>> document = document.with_mentions([
    ...     Mention(start=10, end=19, text="Captopril", type="Chemical"),
    ...     Mention(start=29, end=32, text="ACE", type="Gene"),
    ... ])
    >>> statement = Statement(
    ...     subject="kgbuild:Captopril", predicate="inhibits", object="kgbuild:ACE"
    ... )
    >>> with_evidence(document.with_statements([statement])).statements[0].spans
    ((10, 33),)
    """
    if all(statement.spans for statement in document.statements):
        return document
    sentences = document_sentences(document)
    starts = [start for start, _ in sentences]

    def sentence_at(offset: int) -> int:
        return max(bisect_right(starts, offset) - 1, 0)

    naming: dict[str, set[int]] = defaultdict(set)
    for mention in document.mentions:
        for curie in concepts_named(mention):
            naming[curie].add(sentence_at(mention.start))

    def spans(statement: Statement) -> tuple[tuple[int, int], ...]:
        ends = [statement.qualifier(f"{end}_mention") for end in ("subject", "object")]
        if all(end is not None and re.fullmatch(r"\d+-\d+", end) for end in ends):
            where = {sentence_at(int(str(end).partition("-")[0])) for end in ends}
        else:
            where = naming[statement.subject] & naming[statement.object]
        return tuple(sentences[at] for at in sorted(where) if at < len(sentences))

    return document.with_statements(
        s if s.spans else replace(s, spans=spans(s)) for s in document.statements
    )
