"""Which species a gene mention belongs to.

The same name means another gene in every species, so a gene's species is decided first.
What speaks for a species is gathered as facts, whose weights are added up:

* the document: how often it names the species, whether in its title, whether only as a
  tool or as the carrier of another one's cells ("nude mice", "yeast two-hybrid");
* the place: a species in the gene's own phrase, which decides ("mouse TGFB1", "TGFB1
  of mice"), one near before or after it (at most 15 characters between, same sentence),
  the nearest on either side of it in the sentence, the only one of the sentence, the
  last one named before;
* its words: "knockout", "patients", "cortical"; which words speak for human, mouse or
  rat was learned from training documents (``models/lexicon/species_words.tsv``);
* the name: a species letter glued to it (``hMLH1``), and capitals, which tell human
  from rodent (``TP53``, ``Trp53``), of this mention and of all the document's.

The facts are those of SR4GN (Wei et al. 2012) less the one that cost accuracy there
("same mention earlier"). The weights are those of a conditional logit of the gene
mentions of the training documents (``benchmarks/species.py``, which also says how often
the answer is right).

Human, mouse and rat may be the answer where a document does not name them: papers on
their genes often do not say so. They are not where it names a plant or a microbe alone,
without an animal that carries foreign cells.
"""

from __future__ import annotations

import bisect
import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from kgbuild.normalize.gene_rewrites import glued_taxon, species_said
from kgbuild.normalize.keys import simplified_key, token_key
from kgbuild.normalize.layers import PRECEDENCE_OF_VOCABULARY, merged_rows
from kgbuild.normalize.lexicon import lexicon_path
from kgbuild.normalize.rewriting import rule_data, word_set
from kgbuild.normalize.vocabulary import PRECEDENCE_OF_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kgbuild.document import Document, Mention
    from kgbuild.normalize.vocabulary import NameRow, Vocabulary

HUMAN, MOUSE, RAT = 9606, 10090, 10116
RODENTS = frozenset({MOUSE, RAT})
#: Longest text that is a symbol rather than a name.
_SYMBOL_LENGTH = 8
_SHORT_SYMBOL = 4
#: Characters between a gene and a species that still stand beside each other.
ADJACENT = 15
#: Weight of a mention in the title, and of one that is a tool or a guest.
_IN_TITLE = 2.0
_AS_GUEST = 0.3
#: Cap of the logarithm of how often others are named.
_MANY = 3.0

#: Word, and its weights for human, mouse and rat; beside the lexicon.
WORDS_FILE = "species_words.tsv"

_PLAIN_WORD = re.compile(r"[a-z][a-z0-9]*(?:[-/][a-z0-9]+)*")
_HOST_WORD = re.compile(r"[a-z/]+")
_TOOL_WORD = re.compile(r"\s+(?:laevis\s+)?([A-Za-z0-9-]+)")
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*\.?")

#: Between a gene and the animals whose it is: "TP53 in mice", "Tnf mRNA of the rats",
#: "TP53, TNF and PKC inhibitors in mice".
_WHOSE = re.compile(
    r"(?:(?:,|,? and|,? or|/) ?[A-Z][\w-]+){0,5}"
    r"(?: (?:gene|protein|mRNA|inhibitor|agonist|antagonist)s?)?"
    r" (?:in|of|from) (?:the )?"
)
#: What an antibody is made against.
_ANTI = re.compile(r"\banti-(?!human)[a-z]+ $", re.IGNORECASE)
#: The human CSE1 homologue is what people have of another species' CSE1.
_HOMOLOG = re.compile(r"[ -](?:homolog|ortholog|counterpart)")
#: "RTF1 homolog (S. cerevisiae)" is what people have of it.
_HOMOLOG_OF = re.compile(r"(?:homolog|ortholog)(?:ue)? \($")
#: From how many sentences on a document would name its species more than once.
_LONG = 5
#: So many different symbols are no chance.
_MANY_SYMBOLS = 5
#: Between two species of which one noun speaks: "human and mouse insulin".
_JOINING = re.compile(r"-?(?:,| and| or|/|,? and| versus| vs\.?) ?")
#: How far before a gene its species may stand, words between them included, and how far
#: before it the species that is joined with it.
_REACH = 40
_REACH_OF_OTHER = 20


@dataclass(frozen=True, slots=True)
class SpeciesMention:
    """A species named in a text.

    Attributes
    ----------
    start, end
        Half-open offsets in the document's text.
    taxon
        NCBI taxon number.
    guest
        Whether genes beside it are rather another species': it is a virus, a mouse
        that carries foreign cells ("nude mice"), or a tool ("yeast two-hybrid").
    """

    start: int
    end: int
    taxon: int
    guest: bool = False


@dataclass(frozen=True, slots=True)
class SpeciesContext:
    """What a document says about species.

    Attributes
    ----------
    mentions
        In document order.
    ranking
        Taxa that genes may belong to, likeliest first where nothing else is known.
    sentences
        Half-open offsets.
    text
        Of the document.
    """

    mentions: tuple[SpeciesMention, ...] = ()
    ranking: tuple[int, ...] = (HUMAN,)
    sentences: tuple[tuple[int, int], ...] = ()
    text: str = field(default="", repr=False)
    _named: frozenset[int] = field(default=frozenset(), repr=False)
    _of_document: dict[int, dict[str, float]] = field(default_factory=dict, repr=False)
    _prior: dict[int, float] = field(default_factory=dict, repr=False)
    _starts: tuple[int, ...] = field(default=(), repr=False)

    def taxa_of(self, mention: Mention) -> tuple[int, ...]:
        """Return the taxa a gene mention may belong to, likeliest first."""
        own = said_of_gene(self.text, mention.start, mention.end)
        # Of people's samples, "anti-mouse CD31" stains what is people's.
        begin = max(0, mention.start - _REACH)
        stained = HUMAN in self._named and _ANTI.search(self.text, begin, mention.start)
        if stained:
            own = None
        if own is not None:
            return (own,)
        if len(self.ranking) == 1:
            return self.ranking
        own = None if stained else self._of_phrase(mention)
        if own is not None:
            return (own,)
        total = dict(self._prior)
        for taxon, fact in self._of_mention(mention):
            if taxon in total:
                total[taxon] += _weight(fact)
        places = {taxon: place for place, taxon in enumerate(self.ranking)}
        ordered = sorted(total, key=lambda t: (-total[t], places[t]))
        # That nobody names human speaks against it as a second choice.
        return tuple(
            taxon
            for place, taxon in enumerate(ordered)
            if place == 0 or taxon in self._named
        )

    def facts_of(self, mention: Mention) -> dict[int, dict[str, float]]:
        """Return what speaks for each taxon, by the names that the weights have."""
        facts = {taxon: dict(own) for taxon, own in self._of_document.items()}
        for taxon, fact in self._of_mention(mention):
            if taxon in facts:
                facts[taxon][fact] = 1.0
        return facts

    def _of_mention(self, mention: Mention) -> Iterator[tuple[int, str]]:
        """Yield what the mention's place and text say, each with its taxon."""
        start, end = self._sentence(mention)
        near = [s for s in self._within(start, end) if not s.guest]
        if near:
            before = [s for s in near if s.start < mention.start]
            after = [s for s in near if s.start >= mention.end]
            if before:
                yield before[-1].taxon, "left"
                if mention.start - before[-1].end <= ADJACENT:
                    yield before[-1].taxon, "before"
            if after:
                yield after[0].taxon, "right"
                if after[0].start - mention.end <= ADJACENT:
                    yield after[0].taxon, "after"
            if len({s.taxon for s in near}) == 1:
                yield near[0].taxon, "only"
        last = bisect.bisect_left(self._starts, mention.start)
        for species in reversed(self.mentions[:last]):
            if not species.guest:
                yield species.taxon, "last"
                break
        shape = _shape(mention.text)
        if shape:
            yield HUMAN, f"{shape} human"
            for taxon in RODENTS:
                yield taxon, f"{shape} rodent"
        glued = glued_taxon(mention.text)
        if glued and glued[1] in self._named:
            yield glued[1], "glued"

    def _of_phrase(self, mention: Mention) -> int | None:
        """Return the species that the mention's own phrase names, or ``None``."""
        start, end = self._sentence(mention)
        place = bisect.bisect_left(self._starts, mention.start)
        before = [
            species
            for species in self.mentions[max(0, place - 2) : place]
            if species.start >= start and not species.guest
        ]
        if before and self.text[before[-1].end : mention.start] in {" ", "-"}:
            joined = len(before) > 1 and _JOINING.fullmatch(
                self.text, before[0].end, before[1].start
            )
            other = joined or _HOMOLOG.match(self.text, mention.end)
            return None if other else before[-1].taxon
        # Of "in murine T cells", the cells are the mouse's; a gene in yeast is a guest.
        for after in self.mentions[place : place + 1]:
            if after.start == mention.start and after.end < mention.end:
                return None if after.guest else after.taxon
            named = self.text[after.start : after.end].lower()
            if (
                after.taxon in {HUMAN, *RODENTS}
                and after.start < end
                and not after.guest
                and _WHOSE.fullmatch(self.text, mention.end, after.start)
                and (named == "mice" or named.endswith("s"))
            ):
                return after.taxon
        return None

    def _within(self, start: int, end: int) -> tuple[SpeciesMention, ...]:
        low = bisect.bisect_left(self._starts, start)
        high = bisect.bisect_left(self._starts, end)
        return self.mentions[low:high]

    def _sentence(self, mention: Mention) -> tuple[int, int]:
        index = bisect.bisect_right(self.sentences, (mention.start, 1 << 60)) - 1
        if index >= 0:
            return self.sentences[index]
        return mention.start, mention.end


def said_of_gene(text: str, start: int, end: int) -> int | None:
    """Return the species that a word of a gene's own phrase names, or ``None``.

    The word stands in the mention, "recombinant human erythropoietin", or right before
    it, whether anybody marked it or not. What is given to rats is human all the same.

    Parameters
    ----------
    text
        Of the document.
    start, end
        Half-open offsets of the gene.

    Examples
    --------
    >>> said_of_gene("Bovine insulin lowers glucose in rats.", 0, 14)
    9913
    """
    inside, before = species_said()
    # Most names begin with no such word: which is seen in no time.
    begin = _FIRST_WORD.match(text, start, end)
    begins = begin is not None and begin[0].lower() in _beginnings()
    found = inside.match(text, start, end) if begins else None
    if found is None and text[start - 1 : start] in {" ", "-"}:
        found = before.search(text, max(0, start - _REACH), start)
    if found is None:
        return None
    first = found.start(1)
    joined = _other_joined().search(text, max(0, first - _REACH_OF_OTHER), first)
    if joined or is_host(text, *found.span(1)) or _HOMOLOG.match(text, end):
        return None
    known: dict[str, int] = rule_data()["species"]["said"]
    return known[found[1].lower()]


_FIRST_WORD = re.compile(r"[A-Za-z]+")


@cache
def _beginnings() -> frozenset[str]:
    """Return the first words of what :func:`said_of_gene` finds in a mention."""
    data = rule_data()["species"]
    known = ("the", *data["said"], *data["made"])
    return frozenset(re.split("[ -]", words)[0] for words in known)


@cache
def _other_joined() -> re.Pattern[str]:
    """Return a pattern of another species that one noun speaks of as well."""
    said = "|".join(rule_data()["species"]["said"])
    return re.compile(rf"\b(?:{said}){_JOINING.pattern}$", re.IGNORECASE)


def _shape(text: str) -> str | None:
    """Return how a symbol is written: ``"upper"`` (TP53), ``"title"`` (Trp53)."""
    if len(text) > _SYMBOL_LENGTH:
        return None
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 2:
        return None
    if all(c.isupper() for c in letters):
        return "upper"
    # "Trp53" and "Fos" are symbols, "Insulin" is a word that begins a sentence.
    symbol = len(letters) < len(text) or len(letters) <= _SHORT_SYMBOL
    return "title" if symbol and text[0].isupper() and text[1:].islower() else None


def species_context(
    document: Document,
    species: Iterable[SpeciesMention],
    *,
    sentences: Sequence[tuple[int, int]],
    genes: Iterable[str] = (),
) -> SpeciesContext:
    """Weigh the species that a document names.

    Parameters
    ----------
    document
        Gives the title's place.
    species
        Its species mentions in any order.
    sentences
        Half-open offsets of its sentences.
    genes
        Texts of its gene mentions: their capitals tell human from rodent.

    Returns
    -------
    SpeciesContext
        With human alone where ``species`` is empty.
    """
    found = tuple(sorted(set(species), key=lambda s: (s.start, s.end, s.taxon)))
    spoken = words_for(document.text)
    title_end = len(document.title)
    if len(sentences) >= _LONG:
        found = _with_aside(found, title_end, document.text)
    weights: dict[int, float] = {}
    in_title = set()
    for mention in found:
        titled = mention.end <= title_end
        weight = (_IN_TITLE if titled else 1.0) * (_AS_GUEST if mention.guest else 1.0)
        weights[mention.taxon] = weights.get(mention.taxon, 0.0) + weight
        if titled:
            in_title.add(mention.taxon)
    hosts = {s.taxon for s in found if not s.guest}
    named = frozenset(weights)
    total = sum(weights.values())
    taxa = list(weights)
    # Animals that carry foreign cells speak for whose these mostly are.
    carriers = any(s.guest and is_animal(s.taxon) for s in found)
    if carriers or all(map(is_animal, hosts)):
        taxa += [taxon for taxon in spoken if taxon not in weights]
    genes = list(genes)
    upper, title = _share_of_shapes(genes)
    # Nobody's animals are named: the capitals of many symbols say whose genes they are.
    as_of_mice = not any(map(is_animal, hosts)) and _are_written_as_of_mice(genes)
    facts: dict[int, dict[str, float]] = {}
    for taxon in taxa:
        own = facts[taxon] = {}
        if total:
            own["share"] = weights.get(taxon, 0.0) / total
        if taxon in in_title:
            own["title"] = 1.0
        if taxon in named and taxon not in hosts:
            own["guest"] = 1.0
        if taxon in spoken:
            own["words"] = spoken[taxon]
        if taxon == HUMAN:
            own["human" if taxon in named else "human unnamed"] = 1.0
            own["document upper human"] = upper
            if taxon not in named and named:
                own["others named"] = min(_MANY, math.log1p(total))
                own["others in title"] = float(bool(in_title))
        elif taxon in RODENTS:
            own["rodent" if taxon in named else "rodent unnamed"] = 1.0
            own["mouse"] = float(taxon == MOUSE and taxon not in named)
            own["document title rodent"] = title
            own["written as of rodents"] = float(as_of_mice)
    prior = {
        taxon: sum(_weight(fact) * value for fact, value in own.items())
        for taxon, own in facts.items()
    }
    ranking = sorted(prior, key=lambda t: (-prior[t], -weights.get(t, 0.0), t))
    return SpeciesContext(
        mentions=found,
        ranking=tuple(ranking),
        sentences=tuple(sentences),
        text=document.text,
        _named=named,
        _of_document=facts,
        _prior=prior,
        _starts=tuple(s.start for s in found),
    )


def is_animal(taxon: int) -> bool:
    """Whether papers on a species may speak of human genes without naming human."""
    return taxon == HUMAN or taxon in word_set("species", "animals")


def _with_aside(
    found: tuple[SpeciesMention, ...], title_end: int, text: str
) -> tuple[SpeciesMention, ...]:
    """Mark the only species of a document as a guest where it is named in passing.

    What names E. coli, yeast or the house dust mite once, and not in its title, made a
    protein in it or gave it to cells: its genes are another's.
    """
    if not found:
        return found
    own = [
        s for s in found if not _HOMOLOG_OF.search(text, max(0, s.start - 12), s.start)
    ]
    if len(own) > 1 or any(is_animal(s.taxon) or s.end <= title_end for s in own):
        return found
    return tuple(replace(s, guest=True) for s in found)


def words_for(text: str) -> dict[int, float]:
    """Return how much the words of a text speak for human, mouse and rat.

    Parameters
    ----------
    text
        Of a document.

    Returns
    -------
    dict of int to float
        Taxon number → sum of the weights of the text's distinct words.
    """
    known = _word_weights()
    weights = [known[word] for word in plain_words(text) & known.keys()]
    sums = map(sum, zip(*weights, strict=True)) if weights else (0.0, 0.0, 0.0)
    return {
        taxon: round(total, 4)
        for taxon, total in zip((HUMAN, MOUSE, RAT), sums, strict=True)
    }


def plain_words(text: str) -> set[str]:
    """Return the distinct words of a text in small letters."""
    return set(_PLAIN_WORD.findall(text.lower()))


@cache
def _word_weights() -> dict[str, tuple[float, ...]]:
    lines = (lexicon_path() / WORDS_FILE).read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines[1:])
    return {word: tuple(map(float, weights)) for word, *weights in rows}


def _share_of_shapes(genes: Iterable[str]) -> tuple[float, float]:
    """Return the shares of upper-case and of title-case symbols among all symbols."""
    shapes = [shape for shape in map(_shape, genes) if shape]
    count = max(len(shapes), 1)
    return shapes.count("upper") / count, shapes.count("title") / count


def _are_written_as_of_mice(genes: Iterable[str]) -> bool:
    """Whether nearly all of many symbols have one capital: Socs2, Nanog, Gata6."""
    shapes = Counter(map(_shape, set(genes)))
    return shapes["title"] >= max(_MANY_SYMBOLS, 2 * shapes["upper"] + 1)


def find_species(
    text: str,
    vocabularies: Sequence[Vocabulary],
    *,
    lookup: Callable[[str], NameRow | None] | None = None,
) -> list[SpeciesMention]:
    """Find the species that a text names, as evidence for its genes.

    For documents whose species nobody marked. It prefers to miss a species over
    inventing one: a single word counts where it is a common name (small letters in the
    vocabulary) or was annotated as a species, two words where they are a name.

    Parameters
    ----------
    text
        Any text.
    vocabularies
        Of the type Species.
    lookup
        Replaces :func:`species_name`, for a cache of the caller's.

    Returns
    -------
    list of SpeciesMention
        Disjoint, in order.
    """
    find = lookup or (lambda name: species_name(name, vocabularies))
    tokens = [(*m.span(), m.group()) for m in _WORD.finditer(text)]
    last = len(tokens) - 1
    found: list[SpeciesMention] = []
    position = 0
    while position <= last:
        start, end, word = tokens[position]
        row, length = None, 1
        following = tokens[position + 1] if position < last else None
        if following is not None and _may_begin_name(
            text, tokens[position], following, vocabularies
        ):
            for length in (3, 2):
                window = tokens[position : position + length]
                name = text[start : window[-1][1]].rstrip(".")
                if len(window) == length and _may_be_name(name):
                    row = find(name)
                    if row is not None:
                        break
        if row is None:
            name, length = word.rstrip("."), 1
            row = find(name)
        if row is not None:
            taxon = int(row.concept.partition(":")[2])
            end = start + len(name)
            guest = is_virus(row.name) or is_host(text, start, end)
            found.append(SpeciesMention(start, end, taxon, guest))
        position += length if row is not None else 1
    return found


def _may_begin_name(
    text: str,
    first: tuple[int, int, str],
    second: tuple[int, int, str],
    vocabularies: Sequence[Vocabulary],
) -> bool:
    """Whether a name of two or three words may begin here: asked for every word."""
    if second[0] - first[1] > 1:
        return False
    word, following = first[2], second[2]
    if not word[0].islower() or following == "virus":
        return word[0].isalpha()
    if text.startswith(" virus", second[1]):
        return True
    # Two plain words: nearly all pairs are ruled out without asking a file.
    if len(word) < 3 or len(following) < 3 or word in word_set("species", "function"):
        return False
    return any(v.may_have(word + following.lower()) for v in vocabularies)


def species_name(name: str, vocabularies: Sequence[Vocabulary]) -> NameRow | None:
    """Return the likeliest species of a name, or ``None`` where it may be a word."""
    if len(name) < 3 or name.isdigit() or name.lower() in word_set("species", "vague"):
        return None
    # Authors call a model organism by its genus.
    name = rule_data()["species"]["genera"].get(name.lower(), name)
    key = simplified_key(name)
    rows = merged_rows(vocabularies, key)
    single = " " not in name
    several = len(vocabularies) > 1 or any(v.n_sources > 1 for v in vocabularies)
    if not rows and single and name.islower():
        tokens = token_key(name)
        rows = merged_rows(vocabularies, tokens) if tokens else []
    kept = [
        row
        for row in rows
        if row.concept.startswith("ncbitaxon:")
        and row.concept.partition(":")[2].isdigit()
        # Genes belong to species; higher taxa have names of one word.
        and (" " in row.name or is_virus(row.name))
        and (row.count > 1 or row.text.lower() == name.lower())
        and (row.count > 1 or not single or row.text.islower())
        and (row.count > 1 or not single or not several or _is_listed(row))
        # "cat" is an animal, "CAT" a gene.
        and not (single and name.isupper() and not row.text.isupper())
    ]
    if not kept:
        return None
    return min(kept, key=lambda r: (-r.count, -r.weight, len(r.concept), r.concept))


def _is_listed(row: NameRow) -> bool:
    """Whether a name is of a list, or its concept of an earlier file than the last.

    The whole taxonomy calls species "permit", "fisher" and "comet"; a list before it
    says which single words authors use.
    """
    return row.weight % PRECEDENCE_OF_VOCABULARY >= PRECEDENCE_OF_FILE


def is_host(text: str, start: int, end: int) -> bool:
    """Whether the species between the offsets serves another one's cells or genes."""
    near = text[max(0, start - 20) : end].lower()
    if any(word in word_set("species", "hosts") for word in _HOST_WORD.findall(near)):
        return True
    behind, tools = _TOOL_WORD.match(text, end), word_set("species", "tools")
    return behind is not None and behind.group(1).lower() in tools


@cache
def _weight(fact: str) -> float:
    return float(rule_data()["species"]["weights"][fact])


def is_virus(name: str) -> bool:
    """Whether a species' preferred name is that of a virus."""
    lowered = name.lower()
    return "virus" in lowered or "phage" in lowered


#: Two or three words that may name a species: Latin, a virus, or two plain words.
_JOINED = re.compile(
    r"[A-Z][a-z]*\.? ?[a-z]{3,}(?: [a-z]{3,})?|[A-Za-z-]+(?: [a-z-]+)? virus(?: \d)?|"
    r"[a-z]{3,} [a-z]{3,}"
)


def _may_be_name(text: str) -> bool:
    return _JOINED.fullmatch(text) is not None
