"""Statements as files hold them: identifiers without a type, names and values."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.corpus._writing import one_column
from kgbuild.corpus.identifiers import written_identifiers
from kgbuild.curies import NIL, pubtator_id, to_curie
from kgbuild.document import Document, Statement
from kgbuild.predicates import predicate
from kgbuild.text.evidence import with_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kgbuild.document import Mention

#: A relation between mentions of many concepts may not make more statements than this.
MOST_STATEMENTS = 256

#: A statement's own fields among the names and values of a relation → what they hold.
_OWN = {
    "score": r"0(?:\.\d+)?|1(?:\.0+)?|\d(?:\.\d+)?e-\d+",
    "extractor": r"(?s).+",
    "directed": r"true|false",
    "spans": r"\d{1,9}-\d{1,9}(?:,\d{1,9}-\d{1,9})*",
}


def make_statements(
    name: str, ends: Sequence[Sequence[str]], pairs: Iterable[tuple[str, str]]
) -> list[Statement]:
    """Make statements of a relation, one for every combination of its concepts.

    Parameters
    ----------
    name
        The relation's type.
    ends
        For every argument the CURIEs that it stands for; those of the third and
        further ones become qualifiers.
    pairs
        What else the file says: ``score``, ``extractor``, ``directed`` and ``spans``
        are the statement's own, everything else becomes a qualifier.

    Raises
    ------
    ValueError
        The relation makes no statement; the message is a sentence.
    """
    shown = f"The relation {name!r}"
    if len(ends) < 2:
        msg = f"{shown} has only one argument; a statement needs two."
        raise ValueError(msg)
    if not all(ends):
        msg = f"{shown} has an argument that stands for no concept: name one."
        raise ValueError(msg)
    if math.prod(map(len, ends)) > MOST_STATEMENTS:
        msg = f"{shown} would make over {MOST_STATEMENTS} statements between concepts."
        raise ValueError(msg)
    own: dict[str, str] = {}
    qualifiers = []
    for key, value in pairs:
        if key in _OWN and key not in own and re.fullmatch(_OWN[key], value):
            own[key] = value
        else:
            qualifiers.append((key, value))
    directed = own.get("directed", "true" if predicate(name).directed else "false")
    spans = own["spans"].split(",") if "spans" in own else []
    common = Statement(
        subject="-",
        predicate=name,
        object="-",
        directed=directed == "true",
        extractor=own.get("extractor", "gold"),
        score=float(own["score"]) if "score" in own else None,
        spans=tuple((int(a), int(b)) for a, _, b in (s.partition("-") for s in spans)),
    )
    return [
        replace(
            common,
            subject=subject,
            object=target,
            qualifiers=(
                *((f"argument{at}", c) for at, c in enumerate(further, start=3)),
                *qualifiers,
            ),
        )
        for subject, target, *further in itertools.product(*ends)
    ]


def stated_pairs(
    document: Document,
) -> Iterator[tuple[Statement, list[tuple[str, str]]]]:
    """Yield statements with the names and values that a reader needs to make them.

    What :func:`make_statements` and :func:`~kgbuild.text.evidence.with_evidence` work
    out by themselves is left out, but for the sentences of an extractor's statements:
    they are what it found.
    """
    if not document.statements:
        return
    bare = (replace(statement, spans=()) for statement in document.statements)
    worked_out = with_evidence(document.with_statements(bare))
    for statement, plain in zip(
        document.statements, worked_out.statements, strict=True
    ):
        pairs = list(statement.qualifiers)
        if statement.directed != predicate(statement.predicate).directed:
            pairs.append(("directed", "true" if statement.directed else "false"))
        if statement.extractor != "gold":
            pairs.append(("extractor", statement.extractor))
        if statement.score is not None:
            pairs.append(("score", repr(float(statement.score))))
        worked_out_again = (
            statement.extractor == "gold" and statement.spans == plain.spans
        )
        if statement.spans and not worked_out_again:
            spans = ",".join(f"{start}-{end}" for start, end in statement.spans)
            pairs.append(("spans", spans))
        yield statement, pairs


class Resolver:
    """Finds the CURIE behind an identifier whose entity type is not stated.

    Parameters
    ----------
    mentions
        Of the document: their identifiers are known with their types. Of two types that
        share a bare identifier, Gene comes first.
    """

    def __init__(self, mentions: Iterable[Mention]) -> None:
        self._known: dict[str, str] = {}
        self._own: dict[str, str] = {}
        for mention in sorted(mentions, key=lambda m: m.type != "Gene"):
            for curie in mention.concepts:
                for name in (curie, curie.partition(":")[2], pubtator_id(curie)):
                    self._known.setdefault(name, curie)
            for curie, name in written_identifiers(mention):
                self._known.setdefault(name, curie)
                self._own.setdefault(curie, name)

    def curies(self, raw: str) -> tuple[str, ...]:
        """Return the CURIEs that an argument of a relation stands for."""
        raw = raw.strip()
        if raw in self._known:
            return (self._known[raw],)
        parts = re.split(r"[,;+]", raw) if "|" not in raw else [raw]
        found = (self._one(unescape_value(part.strip())) for part in parts)
        return tuple(dict.fromkeys(curie for curie in found if curie is not None))

    def written(self, curie: str) -> str:
        """Write a CURIE as mentions do, or as briefly as it can be found again."""
        for text in (self._own.get(curie, ""), pubtator_id(curie), curie):
            if (
                text
                and not re.search(r"[,;+|=%\t\r\n]", text)
                and self.curies(text) == (curie,)
            ):
                return text
        if "|" in curie and self.curies(pubtator_id(curie)) == (curie,):
            return one_column(pubtator_id(curie))
        return re.sub(r"[,;+|=%\t\r\n]", lambda c: f"%{ord(c.group()):02X}", curie)

    def _one(self, raw: str) -> str | None:
        if raw in self._known:
            return self._known[raw]
        if raw.lower() in NIL:
            return None
        if re.fullmatch(r"(?i)rs\d+", raw) or ("|" in raw and ":" not in raw):
            return to_curie("Variant", raw)
        return to_curie("Gene" if raw.isdigit() else "", raw)


def unescape_value(text: str) -> str:
    """Undo the percent signs that PubTator's relation lines need."""
    return re.sub(
        r"%(2[05BCD]|3[0-9BD]|7C|09|0D|0A)", lambda c: chr(int(c.group(1), 16)), text
    )
