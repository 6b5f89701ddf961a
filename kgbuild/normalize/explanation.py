"""Why a mention has its identifier: candidates, facts, scores and step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.html import escape
from kgbuild._io.markup import concept_link
from kgbuild._io.options import known_types
from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError, NotFoundError
from kgbuild.normalize.candidates import Candidate, Facts
from kgbuild.normalize.normalizer import Normalizer
from kgbuild.normalize.thresholds import DEFAULT_THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

_STEPS = {
    "exact": "a name in the vocabulary is spelled just so",
    "simplified": "a name is the same but for case, dashes, blanks or Greek letters",
    "words": "a name has the same words in another order, number or spelling",
    "composite": "each of its parts has an identifier",
    "rule": "a rewrite of the mention is a name",
    "neural": "no name is the same; this one is nearest in meaning",
    "abbreviation": "the document defines the short form, and this is its long form's",
    "correction": "a corrections file says so",
    "gold": "the input came with it",
    "unlinked": "nothing found is likely enough",
}
_STATUSES = {
    "preferred": "its preferred name",
    "synonym": "a synonym",
    "related": "a related name",
    "observed": "a name that annotators used",
}
_DIFFERENCES = {
    "initial": "the first letter's case differs",
    "case": "the case differs",
    "clash": "a short name in capitals against one in small letters",
    "punctuation": "dashes, blanks or Greek letters differ",
    "words": "order, number or spelling of the words differs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a mention means what it was linked to.

    Attributes
    ----------
    text, type
        Of the mention.
    concepts, name, method, score
        What it was linked to, by which step, how surely; as of a :class:`Link`.
    threshold
        Lowest score that links this type.
    candidates
        All that were weighed, best first, out of the document's context.
    """

    text: str
    type: str
    concepts: tuple[str, ...]
    name: str | None
    method: str | None
    score: float | None
    threshold: float
    candidates: tuple[Candidate, ...]

    @property
    def summary(self) -> str:
        """The answer in a sentence."""
        step = _STEPS.get(str(self.method), f"the step {self.method} decided")
        meant = ", ".join(self.concepts) or "no identifier"
        named = f" ({self.name})" if self.name else ""
        score = "" if self.score is None else f"; score {self.score:.2f}"
        return (
            f"{self.text!r} ({self.type}): {meant}{named}, since {step}{score}; from "
            f"{self.threshold:.2f} on a {self.type} is linked."
        )

    @property
    def table(self) -> pl.DataFrame:
        """One row a candidate: ``concept, name, matched, step, score, facts``."""
        import polars as pl

        columns = ("concept", "name", "matched", "step", "score", "facts")
        rows = [
            (c.concept, c.name, c.facts.matched, c.method, c.score, in_words(c.facts))
            for c in self.candidates
        ]
        kinds = dict.fromkeys(columns, pl.String) | {"score": pl.Float64}
        return pl.DataFrame(rows, schema=kinds, orient="row")

    def __str__(self) -> str:
        lines = [
            f"  {c.score:.2f}  {c.concept}  {c.name}: {in_words(c.facts)}"
            for c in self.candidates[:_SHOWN]
        ]
        return "\n".join([self.summary, *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{c.score:.2f}</td><td>{concept_link(c.concept)}</td>"
            f"<td>{escape(c.name)}</td><td>{escape(in_words(c.facts))}</td></tr>"
            for c in self.candidates[:_SHOWN]
        )
        if not rows:
            return f"<p>{escape(self.summary)}</p>"
        head = "<tr><th>score</th><th>concept</th><th>name</th><th>facts</th></tr>"
        return f"<p>{escape(self.summary)}</p><table>{head}{rows}</table>"


_SHOWN = 10


def in_words(facts: Facts) -> str:
    """Return what is known of a candidate as a line.

    Examples
    --------
    >>> name = {"query": "EPO", "matched": "EPO", "difference": "none"}
    >>> in_words(Facts(**name, status="preferred", rivals=1))
    "'EPO' is its preferred name; 1 other concept has it too"
    """
    said = [f"{facts.matched!r} is {_STATUSES[facts.status]}"]
    if facts.difference in _DIFFERENCES:
        said.append(_DIFFERENCES[facts.difference])
    if facts.rule is not None:
        said.append(
            f"{facts.query!r} was made of the mention by the rule {facts.rule!r}"
        )
    if facts.observed is not None:
        said.append(f"{facts.observed:.0%} of annotators meant it by this name")
    if facts.rivals:
        others = "concept has" if facts.rivals == 1 else "concepts have"
        said.append(f"{facts.rivals} other {others} it too")
    if facts.taxon_rank is not None:
        said.append(f"its species comes at place {facts.taxon_rank + 1}")
    if facts.by_product:
        said.append("the name is rather another gene's")
    if facts.context:
        said.append("the document names it elsewhere")
    if facts.chance is not None:
        said.append(f"right with a chance of {facts.chance:.0%}")
    return "; ".join(said)


def explain(
    mention: Mention | str,
    type: str | None = None,  # noqa: A002 - what a mention's field is called
    *,
    document: Document | None = None,
    vocabulary: Path | str | Sequence[Path | str] | None = None,
) -> Explanation:
    """Say why a mention has its identifier, or has none.

    Parameters
    ----------
    mention
        A mention, or a text with its type; of a text that stands in the document, its
        first mention is meant.
    type
        Entity type, where a text is given.
    document
        The document of the mention: what it says of species, abbreviations and other
        names is used. The identifiers that it holds are not.
    vocabulary
        As for :func:`kgbuild.normalize.normalize`.

    Returns
    -------
    Explanation
        It prints itself, and shows itself in notebooks.

    Raises
    ------
    ConfigError
        A text comes without a type, or of one that no vocabulary has.
    NotFoundError
        The document has no such mention.

    Examples
    --------
    >>> why = explain("high blood pressure", "Disease")
    >>> why.concepts, why.method
    (('mesh:D006973',), 'exact')
    """
    if isinstance(vocabulary, (str, Path)):
        vocabulary = (vocabulary,)
    normalizer = _loaded(None if vocabulary is None else tuple(map(str, vocabulary)))
    if document is not None:
        mention = _of_document(mention, type, document)
    if isinstance(mention, Mention):
        text, kind = mention.text, mention.type
    else:
        text = mention
        if type is None:
            msg = f"Give the type of {mention!r:.60} too, for example type='Disease'."
            raise ConfigError(msg)
        [kind] = known_types("type", type, also=normalizer.vocabularies)
    alone = normalizer.link(text, kind)
    method: str | None = alone.method
    concepts, name, score = alone.concepts, alone.name, alone.score
    if document is not None and isinstance(mention, Mention):
        place = document.mentions.index(mention)
        linked = normalizer(document).mentions[place]
        concepts, name = linked.concepts, linked.attribute("name")
        method, score = linked.method, linked.link_score
        if mention.method == "correction":
            concepts, method, score = mention.concepts, mention.method, None
            name = mention.attribute("name")
    return Explanation(
        text=text,
        type=kind,
        concepts=concepts,
        name=name,
        method=method,
        score=score,
        threshold=normalizer.thresholds.get(kind, DEFAULT_THRESHOLD),
        candidates=alone.candidates,
    )


def _of_document(
    wanted: Mention | str, kind: str | None, document: Document
) -> Mention:
    for mention in document.mentions:
        if mention == wanted or (
            isinstance(wanted, str)
            and mention.text == wanted
            and kind in (None, mention.type)
        ):
            return mention
    shown = wanted if isinstance(wanted, str) else wanted.text
    msg = (
        f"Document {document.id} has no mention {shown!r:.60}: annotate it first, or "
        "give a text that is one of its mentions."
    )
    raise NotFoundError(msg)


@lru_cache(maxsize=2)
def _loaded(vocabulary: tuple[str, ...] | None) -> Normalizer:
    return Normalizer.load(vocabulary, existing="replace")
