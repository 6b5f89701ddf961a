"""What the rest of a document says about a mention: definitions, species, its words."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from kgbuild.normalize.candidates import UNLINKED, led_by, score
from kgbuild.normalize.germs import is_germs_protein
from kgbuild.normalize.joining import PREFERENCE
from kgbuild.normalize.keys import STOP_WORDS, simplified_key, words
from kgbuild.normalize.layers import identity
from kgbuild.normalize.rewriting import rule_data, word_set
from kgbuild.normalize.rules import TAXON_TYPES
from kgbuild.normalize.species import (
    HUMAN,
    SpeciesMention,
    find_species,
    is_animal,
    is_host,
    species_context,
)

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from kgbuild.document import Document, Mention
    from kgbuild.normalize.candidates import Candidate, Link
    from kgbuild.normalize.concepts import ConceptLookup
    from kgbuild.normalize.species import SpeciesContext
    from kgbuild.text.abbreviations import Abbreviation

#: Types that are linked first, because genes depend on them.
EARLY_TYPES = frozenset({"Species", "CellLine"})

#: Among how many candidates of one name the document's words decide, and how many
#: words of its names must stand in the document for one that is not the best.
_MOST_RIVALS = 12
_TELLING_WORDS = 2

#: A short form of a disease: AD, COPD.
_SHORT_FORM = re.compile(r"[A-Z][A-Z0-9-]{1,4}")

#: The same of any type; a brand's name has one capital, and is none.
_LETTERS = re.compile(r"(?=(?:.*[A-Z]){2}|.$)[A-Za-z0-9-]{1,6}")

#: Types of which two names are written one behind the other in brackets.
_NAMED_TWICE = frozenset({"Chemical", "Disease"})
#: A short form that is no formula, and one so short that any word has its letters.
_CAPITALS = re.compile(r"[A-Z]{2,5}")
_CUT = 2
#: Of a chemical, letters that may stand for much, and a number that a maker gave.
_FEW_CAPITALS = re.compile(r"[A-Z]{2,4}s?")
_CODE = re.compile(r"[A-Z]{2,}-?\d{2,}")
#: Where MeSH has substances that few papers are about.
_SUPPLEMENTARY = "mesh:C"
_OPENING, _CLOSING = frozenset("(["), frozenset(")],;")
#: What makes the first of them a class of things: its last word, and what is before it.
_CLASS = re.compile(
    r"(?i)(?:[^sui]s|agent|agonist|analgesic|analog(?:ue)?|an(?:a)?esthetic|antagonist|"
    r"anti(?:arrhythmic|bacterial|biotic|coagulant|convulsant|depressant|diabetic|emetic|"
    r"epileptic|fungal|histamine|hypertensive|oxidant|psychotic|viral)|barbiturate|"
    r"benzodiazepine|blocker|bronchodilator|compound|contraceptive|derivative|diuretic|"
    r"drug|hormone|hypnotic|inhibitor|laxative|macrolide|medication|neuroleptic|opioid|"
    r"preparation|relaxant|sedative|statin|steroid|vaccine|vasodilator)$"
)
_ARTICLE = re.compile(r"(?i)\b(?:an?|another|new|novel|one|other|some|the|this) $")

#: In how many documents annotators must have used a name that is unlike all others.
_MANY = 3

#: How much worse than the best a candidate may be and still win by its context.
_NEAR = 0.12

#: What stands between a drug and the disease that it gives: "L-DOPA-induced severe
#: dyskinesias", "halothane hepatitis"; "hepatitis induced by halothane", "allergic
#: reactions to it"; and how much around a drug is looked at.
_INDUCED = tuple(re.compile(rf"induced (?:[\w-]+ ){{{n}}}") for n in range(3))
_GIVEN_BY = re.compile(
    r"(?: reactions?)? (?:(?:induced|caused|produced) by|(?:secondary |due )?to|after|"
    r"following) (?:[\w-]+ ){0,2}$"
)
_GIVING = frozenset({"by", "to", "after", "following"})
_NEAR_DRUG = 100
# A pattern that begins with a letter is found ten times as fast as one with \b first.
_ANY_DRUG = {
    word: re.compile(rf"{word}(?<!\w{word})\b")
    for word in ("chemical", "chemotherapy", "drug", "medication", "substance")
}
#: What papers on the harm of drugs say.
_HARM_OF_DRUGS = (
    "abus", "administration", "adverse", "discontinu", "induced", "overdos", "poison",
    "reaction to", "reactions to", "side effect", "side-effect", "toxic", "withdr",
)  # fmt: skip

#: What says that a drug acts on the receptor before it.
_DRUG_OF = r"[ -](?:receptor[ -])?(?:ant)?agonists?|[ -](?:receptor[ -])?blockers?"
_ACTED_ON = re.compile(_DRUG_OF)
#: D2, "D(2) receptors", 5-HT(1A), ET-B, "H1-antagonist".
_RECEPTOR = re.compile(
    r"(?P<letters>5-(?:HT|ht)|[A-Z]{1,2})[(-]?(?P<number>\d[A-Fa-f]?|[A-D])\)?"
    rf"(?:\sreceptors?|(?P<drug>{_DRUG_OF}))?"
)

#: What makes a class of drugs of an ion: "calcium antagonists", "potassium-sparing
#: diuretic".
_CLASS_OF_ION = re.compile(
    r"(?i)[ -](?:(?:channel[ -](?:entry[ -])?|entry[ -])?(?:blocker|antagonist)|"
    r"(?:sparing|conserving)[ -]diuretic)s?\b"
)

#: A kind of disease that is told behind it: "arthritis (rheumatoid)".
_KIND_BEHIND = re.compile(r" \(((?:type )?[a-z][a-z -]{2,30}|type [\dIV]{1,3})\)")
#: What the last of several kinds shares with the first: "hepatitis B and C".
_SHARED_HEAD = re.compile(
    r"\b([A-Za-z]{4,}(?: type)?) (?:[A-Z]|\d|[IV]+)"
    r"(?:, (?:[A-Z]|\d|[IV]+))*,? (?:and|or|and/or|&) $"
)
_OF_KINDS = frozenset({"Chemical", "Disease"})
_ONE_KIND = re.compile(r"[A-Z]|\d|[IV]+")
_NEAR_HEAD = 60
#: The words before "rats": "naked mole-".
_JUST_BEFORE = re.compile(r"(?:\b([A-Za-z]+)[ -])?\b([A-Za-z]+)[ -]$")
#: A short form with a word more in its brackets: "preconditioned group (PC group)".
_GROUP = re.compile(r"[Gg]roups? [(\[]([A-Z]{2,5})[ -][Gg]roups?[)\]]")
#: The words before it, few of which the letters stand for.
_OF_GROUP = re.compile(r"(?:[\w-]+ ){1,4}$")

#: How a gene of people is written, and hardly one of bacteria (CRP, FUR, RecA): IL-8,
#: gastrin; and yeasts and plants that have genes of such names of their own.
_AS_OF_PEOPLE = re.compile(r"(?=.*\d|.{4})[A-Z]{2}|(?:[A-Z]-)?[A-Za-z]?[a-z]{5}")
_WITH_NAMESAKES = frozenset({3702, 4530, 4896, 4932})
_SEVERAL = 2

_WORD_EDGE = re.compile(r"\b")
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]")
_PLAIN_WORD = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")


#: "anti-chitobioside antibodies (ACCA)", whose letters are not all of these words.
_ANTIBODIES = re.compile(
    r"\b[Aa]nti[\w-]+(?: [\w-]+){0,6} (?:auto-?)?antibod(?:y|ies) "
    r"\(([A-Za-z][\w-]{1,9})\)"
)


class DocumentContext:
    """What one document tells about its mentions; worked out only when asked.

    Parameters
    ----------
    lookup
        Of the normalizer.
    document
        With its mentions.
    links
        Mention's place → its link, as far as they are known.
    """

    def __init__(
        self, lookup: ConceptLookup, document: Document, links: Mapping[int, Link]
    ) -> None:
        from kgbuild.text.abbreviations import find_abbreviations

        self._lookup = lookup
        self._document = document
        self._species: SpeciesContext | None = None
        self._links = links
        self._words: frozenset[str] | None = None
        self._small: str | None = None
        self._initials: dict[str, set[str]] | None = None
        self._antibodies: frozenset[str] | None = None
        self._behind_drugs: list[str] = []
        self._before_drugs: list[str] | None = None
        # A document says most names several times: what was worked out of each.
        self._spelled: dict[tuple[str, int, str], str | None] = {}
        self._induced: dict[str, bool] = {}
        self._of_harm: bool | None = None
        # Short form → where it is defined, and as what; in the order of the text.
        self._senses: dict[str, list[tuple[int, str]]] = {}
        self._short: dict[str, str] = {}
        ends = {mention.end: mention for mention in document.mentions}
        found = []
        for definition in find_abbreviations(document.text):
            start = min(definition.short_span[0], definition.long_span[0])
            long = _whole_name(definition, ends.get(definition.long_span[1]))
            found.append((definition.short, start, long))
        found += _defined_with_group(document.text, {short for short, *_ in found})
        twice = list(_named_twice(document))
        found += _defined_beside(twice, {short for short, *_ in found})
        for short, start, long in sorted(found, key=itemgetter(1)):
            self._senses.setdefault(short, []).append((start, long))
            self._short.setdefault(long.lower(), short)
        # Where a short form gets another meaning: what is defined once has one.
        self._places = sorted(
            start
            for senses in self._senses.values() if len(senses) > 1
            for start, _ in senses
        )  # fmt: skip
        # "DRMs" defines DRM.
        self._letters = [short.removesuffix("s") for short in self._senses]
        self._beside = dict(_beside_each_other(twice))

    def place_of(self, mention: Mention) -> tuple[int, str | bool | None]:
        """Return all that tells a mention from others of its text, type and taxa.

        That is between which definitions it stands, and what stands beside it.
        """
        if mention.type == "Disease":
            beside = self.has_other_meaning(mention) or self.kind_of(mention)
        elif mention.type == "Chemical":
            beside = self.drug_class(mention) or self.kind_of(mention)
        else:
            beside = self.receptor(mention)
        beside = beside or " ".join(self.whole_animal(mention))
        return bisect_right(self._places, mention.start), beside

    def long_form(self, short: str, at: int) -> str | None:
        """Return what a short form means at an offset, or ``None``.

        A short form that is defined twice changes its meaning at the second definition.
        """
        # "Desmin-related myopathies (DRMs)" define DRM as well.
        senses = self._senses.get(short) or self._senses.get(f"{short}s")
        if senses is None:
            return None
        place = bisect_right(senses, at, key=lambda sense: sense[0])
        return senses[max(place - 1, 0)][1]

    def expand(self, text: str, at: int) -> str | None:
        """Return the text with the document's short forms spelled out, or ``None``."""
        whole = self.long_form(text, at)
        if whole is not None:
            # "cleft lip with or without CP (CLP)", where CP is defined as well.
            return self._spelled_out(whole, at, but=text) or whole
        return self._spelled_out(text, at)

    def _spelled_out(self, text: str, at: int, *, but: str = "") -> str | None:
        """Return the text with its short forms, all ``but`` one, spelled out."""
        if not any(letters in text for letters in self._letters):
            return None
        key = (text, bisect_right(self._places, at), but)
        if key not in self._spelled:
            self._spelled[key] = self._spell_out(text, at, but=but)
        return self._spelled[key]

    def _spell_out(self, text: str, at: int, *, but: str) -> str | None:
        def long_of(word: str) -> str | None:
            long = None if word == but else self.long_form(word, at)
            if long is None and word.endswith("s"):
                long = self.long_form(word[:-1], at)
            return long

        def spelled(match: re.Match[str]) -> str:
            """Spell out "AD", "ADs" and the head of "AD-like"."""
            word = match.group()
            long = long_of(word)
            if long is not None:
                return long
            head, dash, rest = word.partition("-")
            long = long_of(head) if dash else None
            return word if long is None else f"{long}-{rest}"

        # "growth hormone (GH) deficiency" says it twice.
        bare = _IN_BRACKETS.sub(
            lambda m: "" if long_of(m.group(1)) else m.group(), text
        )
        expanded = _WORD.sub(spelled, bare)
        return expanded if expanded != text else None

    def short_form(self, text: str) -> str | None:
        """Return the short form that the document gives to this long form."""
        return self._short.get(text.lower())

    def of_initials(self, short: str) -> str | None:
        """Return the only disease of the document that has these initials, or ``None``.

        Not every XLMR stands in brackets behind "X-linked mental retardation".
        """
        if self._initials is None:
            self._initials = {}
            for mention in self._document.mentions:
                if mention.type == "Disease" and " " in mention.text:
                    text = mention.text.lower()
                    letters = "".join(
                        word[0] for word in _PLAIN_WORD.findall(text)
                        if word not in STOP_WORDS
                    )  # fmt: skip
                    self._initials.setdefault(letters, set()).add(text)
        known = self._initials.get(short.lower(), ())
        return next(iter(known)) if len(known) == 1 else None

    def other_name(self, text: str) -> str | None:
        """Return what stands beside a text in brackets, or ``None``: "X-1 (drugol)"."""
        return self._beside.get(text)

    def drug_beside(self, mention: Mention) -> str | None:
        """Return what a single letter stands for: "hydrochlorothiazide (H)"."""
        other = self.other_name(mention.text) if len(mention.text) == 1 else None
        if other is None or mention.type != "Chemical" or is_short_form(other):
            return None
        return other if other[0].lower() == mention.text.lower() else None

    def has_other_meaning(self, mention: Mention) -> bool:
        """Whether the document makes a mention something else.

        ST depression is no disease, by the word before; the P300 of an evoked potential
        is no gene, by the words of the document, nor is NS5A one of a virus's host, nor
        ANCA where antineutrophil cytoplasmic antibodies are called so.
        """
        if mention.type in TAXON_TYPES:
            symbols = rule_data()["gene"]["other_meanings"]
            telling = symbols.get(mention.text.lower().removesuffix("s"), ())
            lowered = self._lowered()
            return (
                any(word in lowered for word in telling)
                or is_germs_protein(mention.text, lowered)
                or self._is_antibody(mention.text)
            )
        if mention.type != "Disease":
            return False
        data, said = rule_data()["disease"], mention.text.lower().removesuffix("s")
        before = data["other_meanings"].get(said, ())
        if before and self._text_before(mention).lower().split()[-1:] in (
            [word] for word in before
        ):
            return True
        needed = data["other_meanings_need"].get(said)
        if needed and not any(word in self._lowered() for word in needed):
            return False
        behind = _other_meaning_behind(said)
        near = mention.end, mention.end + _NEAR_HEAD
        return behind is not None and behind.match(self._lowered(), *near) is not None

    def _text_before(self, mention: Mention) -> str:
        return self._document.text[max(0, mention.start - _NEAR_HEAD) : mention.start]

    def whole_animal(self, mention: Mention) -> list[str]:
        """Return longer names that an animal's mention ends, the longest first.

        "Rats" of "mole rats" are none: what stands before is no strain.
        """
        if mention.type != "Species":
            return []
        *before, last = mention.text.split() or [""]
        if before or last.lower() not in word_set("species", "cut_animals"):
            return []
        words_before = _JUST_BEFORE.search(self._text_before(mention))
        if words_before is None:
            return []
        nearest = words_before[2].lower()
        if nearest not in word_set("species", "other_animals"):
            return []
        named = f"{words_before[2]} {last}"
        first = words_before[1]
        return [f"{first} {named}", named] if first else [named]

    def _is_antibody(self, text: str) -> bool:
        """Whether the document calls antibodies against something so."""
        if self._antibodies is None:
            named = "antibod" in self._lowered()
            found = _ANTIBODIES.findall(self._document.text) if named else ()
            self._antibodies = frozenset(short.removesuffix("s") for short in found)
        return text.removesuffix("s") in self._antibodies

    def kind_of(self, mention: Mention) -> str | None:
        """Return a disease, or vitamin, with the word beside it that tells its kind."""
        if mention.type not in _OF_KINDS:
            return None
        text = self._document.text
        if mention.type == "Disease":
            behind = _KIND_BEHIND.match(text, mention.end)
            if behind is not None:
                return mention.text + behind.group()
        if _ONE_KIND.fullmatch(mention.text):
            start = max(0, mention.start - _NEAR_HEAD)
            head = _SHARED_HEAD.search(text[start : mention.start])
            vitamin = head and head[1].lower().startswith("vitamin")
            if head and bool(vitamin) == (mention.type == "Chemical"):
                return f"{head[1]} {mention.text}"
        return None

    def receptor(self, mention: Mention) -> str | None:
        """Return the symbol of a receptor that a document on its ligand names: D(2).

        A drug that acts on it says as much as the ligand does: "H1 antagonists".
        """
        if mention.type not in TAXON_TYPES:
            return None
        found = _RECEPTOR.fullmatch(mention.text)
        if found is None:
            return None
        acted_on = found["drug"] or _ACTED_ON.match(self._document.text, mention.end)
        for ligand, (written, symbol) in rule_data()["gene"]["receptors"].items():
            if written == found["letters"].upper() and (
                acted_on or ligand in self._lowered()
            ):
                return f"{symbol}{found['number'].upper()}"
        return None

    def drug_class(self, mention: Mention) -> str | None:
        """Return the class that an ion's mention begins: "calcium channel blockers"."""
        ions = word_set("chemical", "ions")
        if mention.type != "Chemical" or mention.text.lower() not in ions:
            return None
        behind = _CLASS_OF_ION.match(self._document.text, mention.end)
        return behind and f"{mention.text}{behind.group()}"

    def _lowered(self) -> str:
        if self._small is None:
            self._small = self._document.text.lower()
        return self._small

    def spoken_of(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """Return the candidate whose names the document's words tell, or ``None``.

        Words that all candidates share tell nothing, nor do those of the mention. The
        first candidate is left only for one that has more than a single word for it.
        """
        if not 1 < len(candidates) <= _MOST_RIVALS:
            return None
        spoken = [self._lookup.words_of(c.concept) for c in candidates]
        nothing = frozenset.intersection(*spoken).union(
            words(candidates[0].facts.query)
        )
        counts = [len((own - nothing) & self.words()) for own in spoken]
        best = max(range(len(counts)), key=lambda i: (counts[i], -i))
        if not best or counts[best] < counts[0] + _TELLING_WORDS:
            if candidates[0].score != candidates[best].score:
                return None
            if candidates[0].weight != candidates[best].weight:
                # "Type" and "protein" put nothing before what a list has put first.
                nothing |= _untelling()
                counts = [len((own - nothing) & self.words()) for own in spoken]
            return candidates[best] if counts[best] > counts[0] else None
        return candidates[best]

    def without_receptors(self, candidates: list[Candidate]) -> list[Candidate]:
        """Leave out the receptors of the best candidate: GLP-1 is no GLP1R.

        They bear its name in some lists, and papers on it speak of them.
        """
        best, *others = candidates
        known = self._lookup
        return [
            best,
            *(c for c in others if not known.is_receptor_of(c.concept, best.concept)),
        ]

    def names(self, concept: str, mention: Mention) -> bool:
        """Whether the document, or the mention itself, tells what a concept is."""
        return self._lookup.is_like_its_names(
            concept, mention.text
        ) or self._lookup.is_told(concept, mention.type, self.words())

    def words(self) -> frozenset[str]:
        """Return the stemmed words of the document."""
        if self._words is None:
            self._words = frozenset(words(self._document.text))
        return self._words

    def supports(self, candidate: Candidate, text: str, kind: str) -> bool:
        """Whether the document, or a list of everyday names, speaks for a candidate.

        Of a chemical's letters, a publisher's list does as well, but no annotators, and
        none of the many thousand substances that hardly anybody writes of. Annotators'
        documents tell nothing of two letters elsewhere: DM, AT, PC.
        """
        concept = candidate.concept
        # Its own letters say nothing where a name has them in small: "ampc".
        said = self.words()
        if candidate.facts.difference == "clash":
            said = said.difference(words(text))
        if not self._lookup.words_of(concept).isdisjoint(said):
            return True
        if kind == "Chemical":
            rare = concept.startswith(_SUPPLEMENTARY) and _FEW_CAPITALS.fullmatch(text)
            code = _CODE.fullmatch(text) is not None
            unsure = {"observed"} if code else {"observed", "related"}
            return not rare and candidate.facts.status not in unsure
        layers = self._lookup.of(kind)
        everyday = {"list", "starter"}
        if len(text.removesuffix("s")) > _CUT:
            everyday.add("lexicon")
        # "SAD" is no "sAD".
        return any(
            identity(row.concept, layers)[0] == concept
            for layer in layers
            if layer.layer in everyday
            for row in layer.lookup(simplified_key(text))
            if layer.layer != "lexicon" or not _is_recased(row.text, text)
        )

    def is_induced(self, disease: str) -> bool:
        """Whether the document says of a disease that a chemical gives it."""
        if disease not in self._induced:
            self._induced[disease] = self._is_induced(disease)
        return self._induced[disease]

    def is_without_drugs(self, concept: str, kind: str) -> bool:
        """Whether a concept is given by drugs, of which the document says nothing.

        It says so where it names one, and that drugs do harm.
        """
        if not self._lookup.is_by_drugs(concept, kind):
            return False
        if self._of_harm is None:
            text = self._lowered()
            named = any(m.type == "Chemical" for m in self._document.mentions)
            named = named or any(word in text for word in _ANY_DRUG)
            self._of_harm = named and any(word in text for word in _HARM_OF_DRUGS)
        return not self._of_harm

    def _is_induced(self, disease: str) -> bool:
        if self._before_drugs is None:
            self._before_drugs = self._look_around_drugs()
        place = bisect_left(self._behind_drugs, disease)
        return any(
            begun.startswith(disease) for begun in self._behind_drugs[place : place + 1]
        ) or any(
            disease in before and _ends_with(disease, before)
            for before in self._before_drugs
        )

    def _look_around_drugs(self) -> list[str]:
        """Return what stands before drugs; sort what begins behind them."""
        text = self._lowered()
        spans = [m.span for m in self._document.mentions if m.type == "Chemical"]
        spans += [
            found.span()
            for word, whole in _ANY_DRUG.items() if word in text
            for found in whole.finditer(text)
        ]  # fmt: skip
        before = [text[max(0, start - _NEAR_DRUG) : start] for start, _ in spans]
        for _, end in spans:
            near = end + _NEAR_DRUG
            if text.startswith(" ", end):
                self._behind_drugs.append(text[end + 1 : near])
            if text.startswith((" induced ", "-induced "), end):
                begun = (pattern.match(text, end + 1, near) for pattern in _INDUCED)
                self._behind_drugs += [text[f.end() : near] for f in begun if f]
        self._behind_drugs.sort()
        return [b for b in before if not _GIVING.isdisjoint(b.rsplit(None, 3)[-3:])]

    def type_of(self, index: int) -> str:
        """Return the type of a mention."""
        return self._document.mentions[index].type

    def text_of(self, index: int) -> str:
        """Return the text of a mention, its short forms spelled out."""
        mention = self._document.mentions[index]
        return self.expand(mention.text, mention.start) or mention.text

    def taxa_of(self, mention: Mention) -> tuple[int, ...]:
        """Return the taxa of a gene mention, likeliest first."""
        if self._species is None:
            self._species = self.species_context()
        return self._species.taxa_of(mention)

    def species_context(self) -> SpeciesContext:
        """Weigh the species that the document names."""
        from kgbuild.text.sentences import document_sentences

        document, lookup = self._document, self._lookup
        species: list[SpeciesMention] = []
        marked = False
        for index, mention in enumerate(document.mentions):
            if mention.type not in EARLY_TYPES:
                continue
            marked = marked or mention.type == "Species"
            link = self._links.get(index)
            for concept in link.concepts if link else mention.concepts:
                taxon = lookup.taxon(mention.type, concept)
                if taxon is None:
                    continue
                guest = lookup.is_virus(concept) or is_host(
                    document.text, mention.start, mention.end
                )
                species.append(SpeciesMention(mention.start, mention.end, taxon, guest))
        if not marked:
            species += find_species(
                document.text, lookup.of("Species"), lookup=lookup.species_name
            )
        genes = [m.text for m in document.mentions if m.type in TAXON_TYPES]
        return species_context(
            document,
            self._with_givers(species, frozenset(genes)),
            sentences=document_sentences(document),
            genes=genes,
        )

    def _with_givers(
        self, species: list[SpeciesMention], genes: frozenset[str]
    ) -> list[SpeciesMention]:
        """Mark plants and germs as guests where the genes are another's.

        They are where nobody else is named, none of the genes is one of theirs, and
        the text has a well-known line of human cells, or several of the genes, and half
        of all, are of no plant or yeast: what turmeric inhibits is CYP3A4 and IL-8.
        """
        named = frozenset(s.taxon for s in species if not s.guest)
        if not named or any(map(is_animal, named)):
            return species
        known = {gene: self._lookup.taxa_of(gene) for gene in genes}
        if any(named & taxa for taxa in known.values()):
            return species
        telling = sum(
            _AS_OF_PEOPLE.match(gene) is not None
            and HUMAN in taxa
            and taxa.isdisjoint(_WITH_NAMESAKES)
            for gene, taxa in known.items()
        )
        in_cells = telling and _human_cells().search(self._document.text)
        if not in_cells and (telling < _SEVERAL or 2 * telling < len(genes)):
            return species
        return [replace(s, guest=True) for s in species]


@cache
def _human_cells() -> re.Pattern[str]:
    """Return a pattern of the well-known lines of human cells."""
    lines = "|".join(sorted(word_set("species", "human_cells")))
    return re.compile(rf"\b(?:{lines})\b")


def _is_recased(name: str, text: str) -> bool:
    """Whether a name has a text's letters, and some of them in small ones."""
    return name.lower() == text.lower() and name not in {text, text.upper()}


@cache
def _untelling() -> frozenset[str]:
    """Return the stemmed words that say of no gene which one it is."""
    return frozenset(words(" ".join(sorted(word_set("gene", "untelling")))))


def _ends_with(disease: str, before: str) -> bool:
    """Whether what stands before a drug ends with a disease that it gives."""
    at = before.find(disease)
    while at >= 0:
        whole = _WORD_EDGE.match(before, at)
        if whole and _GIVEN_BY.match(before, at + len(disease)):
            return True
        at = before.find(disease, at + 1)
    return False


def is_short_form(text: str) -> bool:
    """Whether a text is letters that stand for something, and may for much else."""
    return _LETTERS.fullmatch(text) is not None


def _whole_name(definition: Abbreviation, mention: Mention | None) -> str:
    """Return a long form as far as the name that ends it goes.

    In "patients undergoing cyclosporine (CsA)" the letters fit several words; where a
    name begins like the short form, or the words hold the short form itself, it is the
    long form. In "calcium carbonate (CA)" they fit the last word as well, and mean the
    whole.
    """
    long, short = definition.long, definition.short
    if long.lower().startswith("anti-") and short[0].lower() != "a":
        # "anti-cytomegalovirus (CMV) treatment".
        return long[len("anti-") :]
    if mention is None or mention.start == definition.long_span[0]:
        return long
    if mention.start < definition.long_span[0]:
        # "Lymphocytic leukemia of B cell type (B-LL)" has the letters all over.
        letters = Counter(c.lower() for c in short.removesuffix("s") if c.isalnum())
        fits = letters <= _initials(mention.text) and not letters <= _initials(long)
        if mention.type == "Disease" and len(short) > _CUT and fits:
            return mention.text
        # Not so of diseases: PKU of "maternal phenylketonuria (PKU)" is any.
        cut = mention.type == "Chemical" and " " not in long and len(short) == _CUT
        return mention.text if cut else long
    own = mention.text[0].lower() == short[0].lower() or short in long
    return mention.text if own else long


def _initials(text: str) -> Counter[str]:
    return Counter(word[0].lower() for word in _PLAIN_WORD.findall(text))


def _defined_with_group(
    text: str, defined: Collection[str]
) -> Iterator[tuple[str, int, str]]:
    """Yield short forms of groups, where they are defined, and as what."""
    for group in _GROUP.finditer(text):
        begin = max(0, group.start() - _NEAR_HEAD)
        found = _OF_GROUP.search(text, begin, group.start())
        if found is None:
            continue
        named, short = found[0].split(), group[1]
        at = [i for i, word in enumerate(named) if word[0].lower() == short[0].lower()]
        if at and short not in defined:
            yield short, found.start(), " ".join(named[at[-1] :])


@cache
def _other_meaning_behind(said: str) -> re.Pattern[str] | None:
    """Return what behind a disease gives it another meaning, or ``None``."""
    told: str | None = rule_data()["disease"]["other_meanings_behind"].get(said)
    return None if told is None else re.compile(told)


def _defined_beside(
    twice: Iterable[tuple[Mention, Mention]], defined: Collection[str]
) -> Iterator[tuple[str, int, str]]:
    """Yield short forms, where they are defined, and as what, whose letters fit ill.

    "Amoxicillin (AMPC)" has no P. A formula, LiCl, is more than what it stands behind.
    """
    for one, other in twice:
        if (
            one.type == "Chemical"
            and _CAPITALS.fullmatch(other.text)
            and other.text not in defined
            and not is_short_form(one.text)
            and one.text[0].lower() == other.text[0].lower()
            and other.text.lower() not in rule_data()["chemical"]["symbols"]
        ):
            yield other.text, one.start, one.text


def _beside_each_other(
    twice: Iterable[tuple[Mention, Mention]],
) -> Iterator[tuple[str, str]]:
    """Yield both names of what is named twice: "ammonium acetate (NH4Ac)"."""
    for one, other in twice:
        yield one.text, other.text
        yield other.text, one.text


def _named_twice(document: Document) -> Iterator[tuple[Mention, Mention]]:
    """Yield what is named twice, one name behind the other in brackets.

    Not so where the first is a class: "the kinase inhibitor (zorbatinib)", "statins
    (zorbastatin)".
    """
    text = document.text
    for one, other in pairwise(document.mentions):
        if (
            one.type == other.type
            and one.type in _NAMED_TWICE
            and text[one.end : other.start].strip() in _OPENING
            and text[other.end : other.end + 1] in _CLOSING
            and _CLASS.search(one.text) is None
            and _ARTICLE.search(text, max(0, one.start - 12), one.start) is None
        ):
            yield one, other


def with_support(link: Link, mention: Mention, context: DocumentContext) -> Link:
    """Take a short form only where something speaks for what it is short for.

    Of a disease's, that is a word of the document, or the starter, the lexicon or a
    list that has the letters: of undefined short forms that had neither, 15 of 98 were
    right in training documents. What other names of the letters mean takes its place,
    or nothing.
    """
    short = {"Disease": _SHORT_FORM, "Chemical": _LETTERS}.get(mention.type)
    if short is None or not short.fullmatch(mention.text.removesuffix("s")):
        return link
    # No rewrite goes round it: "ADRs" are no "ADR syndrome".
    rewritten = link.method == "rule" and mention.type == "Disease"
    if link.method not in {"exact", "simplified"} and not rewritten:
        return link
    kept = [
        c for c in link.candidates if context.supports(c, mention.text, mention.type)
    ]
    if not kept or kept[0].score < link.candidates[0].score - _NEAR:
        return UNLINKED._replace(candidates=link.candidates)
    best = kept[0]
    if best.concept in link.concepts:
        return link
    return led_by(link, best, kept)


def is_of_drugs(link: Link, mention: Mention, context: DocumentContext) -> bool:
    """Whether a link is what annotators of papers on drugs meant, and this is none.

    Theirs is a drug-induced psychosis whatever the text says; elsewhere that takes a
    document that speaks of the harm of drugs.
    """
    if mention.type != "Disease" or len(link.concepts) != 1:
        return False
    observed = link.candidates[0].facts.status == "observed"
    return observed and context.is_without_drugs(link.concepts[0], mention.type)


def is_stray(link: Link, mention: Mention, context: DocumentContext) -> bool:
    """Whether a link rests on what few annotators meant by a name in their documents.

    "Blood loss" was postpartum hemorrhage where a birth was spoken of. A name that is
    like none of its concept's needs a document that names the concept.
    """
    if mention.type != "Disease" or is_short_form(mention.text) or not link.concepts:
        return False
    facts = link.candidates[0].facts
    return (
        facts.status == "observed"
        and facts.documents < _MANY
        and not context.names(link.concepts[0], mention)
    )


def settle(links: dict[int, Link], context: DocumentContext) -> None:
    """Let the rest of the document decide what a mention alone leaves open.

    Of equal candidates the one that the document names elsewhere is taken, or else the
    one whose other names are made of the document's words ("PC4" beside "cofactor"). A
    gene family that has no name of its own is the member that the document names, or
    nothing where it names none.

    Parameters
    ----------
    links
        Of the document's mentions; changed in place.
    context
        Of the document.
    """
    unsure = [
        index
        for index, link in links.items()
        if link.candidates and not link.composite and _is_unsure(link)
    ]
    if not unsure:
        return
    undecided = set(unsure)
    sure = Counter(
        concept
        for index, link in links.items()
        if index not in undecided
        for concept in link.concepts
    )
    for index in unsure:
        link = links[index]
        level = _level(link, context.type_of(index))
        if context.type_of(index) in TAXON_TYPES:
            level = context.without_receptors(level)
        backed = [c for c in level if c.concept in sure]
        chosen = backed[0] if len(backed) == 1 else context.spoken_of(level)
        if chosen is not None:
            evidence = chosen.facts._replace(context=True)
            chosen = chosen._replace(facts=evidence, score=score(evidence))
            links[index] = led_by(link, chosen, link.candidates)
        elif context.type_of(index) in TAXON_TYPES and _is_family(link):
            links[index] = UNLINKED._replace(candidates=link.candidates, taxa=link.taxa)


def _is_family(link: Link) -> bool:
    """Whether a gene's name is as much another gene's, and no synonym of either.

    "cyclooxygenase" and "COX" name several genes alike: of six such links in the
    development split one was right, of ten between synonyms seven.
    """
    best, second = link.candidates[:2]
    return (
        (best.score, best.weight, best.taxon)
        == (second.score, second.weight, second.taxon)
    ) and best.facts.status in {"observed", "related"}


def induced(
    links: dict[int, Link], context: DocumentContext, find: Callable[[str], Link]
) -> None:
    """Take what vocabularies call a disease that a drug gives, where a drug gives it.

    Beside "dyskinesias", MeSH has drug-induced ones, and those who annotate with it
    mean them where the document names the drug: 100 of 107 training mentions.

    Parameters
    ----------
    links
        Of the document's mentions; changed in place.
    context
        Of the document.
    find
        Links a disease's name.
    """
    for index, link in links.items():
        if len(link.concepts) != 1 or context.type_of(index) != "Disease":
            continue
        text = context.text_of(index).lower().rpartition("induced ")[2]
        if not context.is_induced(text):
            continue
        for name in (f"drug-induced {text}", f"drug {text}"):
            found = find(name)
            if _is_named_so(found) and _same_space(
                found.concepts[0], *link.concepts, "Disease"
            ):
                links[index] = found
                break


def _is_named_so(link: Link) -> bool:
    """Whether a name of a text's words, or of words of the same meaning, was found."""
    rule = link.candidates[0].facts.rule if link.concepts else "none"
    return not link.composite and rule in {None, "same meaning"}


def _is_unsure(link: Link) -> bool:
    if not link.concepts or len(link.candidates) < 2:
        return False
    best = link.candidates[0]
    return bool(best.facts.rivals) or link.candidates[1].score >= best.score - _NEAR


def _same_space(concept: str, best: str, kind: str) -> bool:
    """Whether a concept may take the place of one that is of the preferred space."""
    space = f"{PREFERENCE[kind][0]}:" if kind in PREFERENCE else ""
    return concept.startswith(space) or not best.startswith(space)


def _level(link: Link, kind: str) -> list[Candidate]:
    """Return the candidates among which the name alone cannot decide."""
    best = link.candidates[0]
    if best.facts.rivals:
        return [c for c in link.candidates if c.score == best.score]
    return [
        c
        for c in link.candidates
        if _same_space(c.concept, best.concept, kind)
        and not (best.facts.status == "preferred" and kind in PREFERENCE)
        and c.score >= best.score - _NEAR
        and c.facts.taxon_rank == best.facts.taxon_rank
        and c.facts.query == best.facts.query
    ]
