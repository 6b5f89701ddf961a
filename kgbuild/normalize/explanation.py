"""Why a mention has its identifier: candidates, facts, scores and step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgbuild._io.html import escape
from kgbuild._io.markup import concept_link
from kgbuild.document import NAME_SEPARATOR
from kgbuild.normalize.candidates import Candidate, Facts
from kgbuild.normalize.concepts import ConceptLookup
from kgbuild.normalize.disambiguation import DocumentContext
from kgbuild.normalize.layers import more_names
from kgbuild.normalize.normalizer import SELF_LINKED
from kgbuild.normalize.rewrites import is_no_gene
from kgbuild.normalize.rules import TAXON_TYPES
from kgbuild.normalize.thresholds import DEFAULT_THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from kgbuild.document import Document, Mention
    from kgbuild.normalize.candidates import Link
    from kgbuild.normalize.normalizer import Normalizer

_STEPS = {
    "exact": "a name in the vocabulary is spelled just so",
    "simplified": "a name is the same but for case, dashes, blanks or Greek letters",
    "words": "a name has the same words in another order, number or spelling",
    "composite": "each of its parts has an identifier",
    "rule": "a rewrite of the mention is a name",
    "neural": "no name is the same; this one is nearest in meaning",
    "abbreviation": "this is what {other!r} means, as the document explains it",
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

#: Where the stage ``link`` found a variant's gene.
_GENE_EVIDENCE = {
    "adjacent": "which stands beside it",
    "sentence": "which its sentence names",
    "document": "which the document names",
}
_RS_EVIDENCE = {
    "mention": "is what it says",
    "text": "stands beside it",
    "table": "is what a table has for gene and change",
}

#: How many candidates are shown, and at least of each part of a composite.
_SHOWN, _OF_PART = 10, 3


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
    reason
        Why, in words.
    candidates
        All that were weighed where the mention stands, the best first; of a composite,
        part by part. Where none were, what its text means elsewhere.
    elsewhere
        Why it does not mean that here; empty where candidates were weighed.
    species
        Of a gene: the names of the species that it may belong to, likeliest first.
    """

    text: str
    type: str
    concepts: tuple[str, ...]
    name: str | None
    method: str | None
    score: float | None
    threshold: float
    reason: str
    candidates: tuple[Candidate, ...]
    species: tuple[str, ...] = ()
    elsewhere: str = ""

    @property
    def summary(self) -> str:
        """The answer in a sentence."""
        meant = ", ".join(self.concepts) or "no identifier"
        named = f" ({self.name})" if self.name else ""
        said = f"{self.text!r} ({self.type}): {meant}{named}, since {self.reason}"
        if self.score is not None:
            said += f"; score {self.score:.2f}"
        if self.type in SELF_LINKED:
            return f"{said}."
        return f"{said}; from {self.threshold:.2f} on a {self.type} is linked."

    @property
    def table(self) -> pl.DataFrame:
        """One row a candidate: ``concept, name, matched, step, score, facts``.

        What the mention was linked to is always there, whoever decided it.
        """
        import polars as pl

        kinds = dict.fromkeys(("concept", "name", "matched", "step"), pl.String)
        rows: list[tuple[object, ...]] = [
            (concept, name, None, self.method, None, self.reason)
            for concept, name in self._decided_elsewhere()
        ]
        rows += [
            (c.concept, c.name, c.facts.matched, c.method, c.score, self._facts(c))
            for c in self.candidates
        ]
        schema = kinds | {"score": pl.Float64, "facts": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _decided_elsewhere(self) -> Iterator[tuple[str, str | None]]:
        """Yield what it was linked to although no name brought it up."""
        names = (self.name or "").split(NAME_SEPARATOR)
        known = len(names) == len(self.concepts)
        weighed = {c.concept for c in self.candidates}
        for place, concept in enumerate(self.concepts):
            if concept not in weighed:
                yield concept, names[place] if known and names[place] else None

    def _facts(self, candidate: Candidate) -> str:
        said = in_words(candidate.facts, text=self.text)
        if self.elsewhere:
            return f"{said}; {self.elsewhere}"
        rank = candidate.facts.taxon_rank
        if rank is not None and rank < len(self.species):
            return f"{said}; of {self.species[rank]}, likely species number {rank + 1}"
        return said

    def _shown(self) -> list[tuple[bool, str, str, str, str]]:
        """Return whether it is linked, score, concept, name and facts of candidates."""
        parts = max(1, len({c.facts.query for c in self.candidates}))
        most = max(_OF_PART, _SHOWN // parts)
        met: dict[str, int] = {}
        rows = [
            (True, "–", concept, name or "", self.reason)
            for concept, name in self._decided_elsewhere()
        ]
        for c in self.candidates:
            met[c.facts.query] = met.get(c.facts.query, 0) + 1
            if met[c.facts.query] <= most:
                chosen = c.concept in self.concepts
                facts = self._facts(c)
                rows.append((chosen, f"{c.score:.2f}", c.concept, c.name, facts))
        return rows

    def __str__(self) -> str:
        lines = [
            f"{'>' if chosen else ' '} {score}  {concept}  {name}: {facts}"
            for chosen, score, concept, name, facts in self._shown()
        ]
        return "\n".join([self.summary, *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{score}</td><td>{concept_link(concept)}</td>"
            f"<td>{f'<b>{escape(name)}</b>' if chosen else escape(name)}</td>"
            f"<td>{escape(facts)}</td></tr>"
            for chosen, score, concept, name, facts in self._shown()
        )
        if not rows:
            return f"<p>{escape(self.summary)}</p>"
        head = "<tr><th>score</th><th>concept</th><th>name</th><th>facts</th></tr>"
        return f"<p>{escape(self.summary)}</p><table>{head}{rows}</table>"


def in_words(facts: Facts, *, text: str) -> str:
    """Return what is known of a candidate of a mention as a line.

    Examples
    --------
    >>> name = {"query": "EPO", "matched": "EPO", "difference": "none"}
    >>> in_words(Facts(**name, status="preferred", rivals=1), text="EPO")
    "'EPO' is its preferred name; 1 other concept has it too"
    """
    said = [f"{facts.matched!r} is {_STATUSES[facts.status]}"]
    if facts.difference in _DIFFERENCES:
        said.append(_DIFFERENCES[facts.difference])
    if facts.rule == "composite":
        said.append(f"for its part {facts.query!r}")
    elif facts.rule is not None:
        said.append(
            f"{facts.query!r} was made of the mention by the rule {facts.rule!r}"
        )
    elif facts.query != text:
        said.append(f"for its long form {facts.query!r}")
    if facts.observed is not None:
        said.append(f"{facts.observed:.0%} of annotators meant it by this name")
    if facts.rivals:
        others = "concept has" if facts.rivals == 1 else "concepts have"
        said.append(f"{facts.rivals} other {others} it too")
    if facts.by_product:
        said.append("the name is rather another gene's")
    if facts.context:
        said.append("the document speaks for it")
    if facts.chance is not None:
        said.append(f"right with a chance of {facts.chance:.0%}")
    return "; ".join(said)


def explain_mention(
    mention: Mention, document: Document, normalizer: Normalizer
) -> Explanation:
    """Say why a mention of a document has its identifier, or has none.

    Identifiers that came with the input, or of a corrections file, are explained as
    such, those of variants by what their stages noted; the others are found anew.
    """
    if mention.type in SELF_LINKED:
        return _of_variant(mention)
    return _of_link(mention, document, normalizer)


def _of_link(
    mention: Mention, document: Document, normalizer: Normalizer
) -> Explanation:
    place, asked_as = document.mentions.index(mention), mention.type
    document = normalizer.as_ruled(document)
    mention = document.mentions[place]
    link = normalizer.links(document)[place]
    candidates = link.candidates
    if link.method == "abbreviation":
        # What its letters mean elsewhere, and why that is not what it means here.
        own = normalizer.link(mention.text, mention.type, taxa=link.taxa or None)
        met = {c.concept for c in candidates}
        candidates += tuple(c for c in own.candidates if c.concept not in met)
    concepts, name, method, score = link.concepts, link.name, link.method, link.score
    context = DocumentContext(ConceptLookup(normalizer.vocabularies), document, {})
    other = context.drug_class(mention) or context.expand(mention.text, mention.start)
    elsewhere = ""
    if not (link.concepts or candidates):
        candidates = normalizer.link(mention.text, mention.type, taxa=()).candidates
        elsewhere = _elsewhere(mention, context, other) if candidates else ""
    other = (
        other
        or context.receptor(mention)
        or context.other_name(mention.text)
        or context.short_form(mention.text)
    )
    reason = _reason(link, normalizer, mention, other, against=elsewhere)
    if mention.method in ("correction", "gold"):
        concepts, method, score = mention.concepts, mention.method, mention.link_score
        name, reason = mention.attribute("name"), _STEPS[mention.method]
    elif mention.method is not None and mention.concepts != concepts:
        held = ", ".join(mention.concepts) or "no identifier"
        reason += (
            f"; the document holds {held} instead, of other vocabularies, corrections, "
            "options or versions"
        )
    return Explanation(
        text=mention.text, type=asked_as, concepts=concepts, name=name,
        method=method, score=score, reason=reason, candidates=candidates,
        threshold=normalizer.thresholds.of(mention.type),
        species=_species(link, normalizer), elsewhere=elsewhere,
    )  # fmt: skip


def _elsewhere(mention: Mention, context: DocumentContext, long: str | None) -> str:
    """Say why a mention does not mean here what its text means elsewhere."""
    if context.has_other_meaning(mention):
        return "by the words around it, it is something else here"
    if long is not None:
        return f"here it is {long!r}, as the document explains it"
    if mention.type in TAXON_TYPES:
        return "of a species that does not count here"
    return "the document speaks against it"


def _species(link: Link, normalizer: Normalizer) -> tuple[str, ...]:
    """Return the names of the species that a gene may be of, likeliest first."""
    return tuple(
        normalizer.name_of(f"ncbitaxon:{taxon}") or f"taxon {taxon}"
        for taxon in link.taxa
    )


def _reason(
    link: Link,
    normalizer: Normalizer,
    mention: Mention,
    other: str | None,
    *,
    against: str,
) -> str:
    """Say by which rule a link came about; ``other`` is its long or short form."""
    kind = mention.type
    best = link.candidates[0] if link.candidates else None
    if not link.concepts:
        if kind in TAXON_TYPES and is_no_gene(mention.text):
            return "it names a class or another molecule, and no single gene"
        threshold = normalizer.thresholds.of(kind)
        if best is not None and best.score >= threshold:
            return "nothing in the document tells which of these it means"
        if kind not in normalizer.vocabularies:
            return "no vocabulary in force is of this type"
        if best is None and link.taxa:
            elsewhere = normalizer.link(mention.text, kind, taxa=())
            if elsewhere.concepts:
                taxa = " or ".join(_species(link, normalizer))
                whose = "you ask for" if normalizer.taxa else "the document speaks of"
                return (
                    "the vocabularies in force have such a gene, but none of "
                    f"{taxa}, which {whose}"
                )
        said = "no vocabulary in force has such a name"
        if best is not None:
            said = _STEPS["unlinked"]
        elif against:
            said = f"{against}, and {said}" if other else against
        given = normalizer.vocabularies.values()
        advice = more_names({layer.layer for layers in given for layer in layers})
        return f"{said} ({advice})" if advice else said
    step = _STEPS.get(link.method, f"the step {link.method} decided")
    if best is None:
        return step
    if link.method == "abbreviation" and other is None:
        step = "this is what everybody means by these letters"
    said = step.format(other=other)
    if link.composite:
        return said
    if (
        best.facts.taxon_rank is not None
        and len({c.taxon for c in link.candidates}) > 1
    ):
        species = normalizer.name_of(f"ncbitaxon:{best.taxon}") or best.taxon
        told = "you asked for" if normalizer.taxa else "it is likeliest to be of here"
        said += f", in the species that {told}, {species}"
    level = [c for c in link.candidates[1:] if c.score == best.score]
    if level:
        said += f"; {level[0].concept} ({level[0].name}) is as likely, and "
        higher = level[0].weight < best.weight
        said += (
            "comes later in the vocabularies" if higher else "has the later identifier"
        )
    return said


def _of_variant(mention: Mention) -> Explanation:
    """Put together what the stages ``variants`` and ``link`` noted on a variant."""
    told = mention.attribute
    if mention.method in ("correction", "gold"):
        reason = _STEPS[mention.method]
    elif told("tmvar") is None:
        unread = told("unread")
        reason = unread or "the stages 'variants' and 'link' have not read it here"
    else:
        reason = (
            f"it reads as {told('hgvs') or told('label')} ({told('class')}; "
            f"{told('tmvar')})"
        )
        if family := told("family"):
            reason += f" by the rule {family!r} of the grammar"
        found = _GENE_EVIDENCE.get(told("gene_evidence") or "")
        reason += (
            f", of the gene {told('gene')}, {found}"
            if told("gene") and found
            else ", and no gene is named"
        )
        if told("rs"):
            said = _RS_EVIDENCE.get(told("rs_evidence") or "", "is known")
            reason += f"; {told('rs')} {said}"
    return Explanation(
        text=mention.text, type=mention.type, concepts=mention.concepts,
        name=told("name"), method=mention.method, score=mention.link_score,
        threshold=DEFAULT_THRESHOLD, reason=reason, candidates=(),
    )  # fmt: skip
