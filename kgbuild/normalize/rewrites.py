"""Type-specific rules: other texts that may name what a mention names, each at a price.

Sources of the rules: the sieve of D'Souza and Ng (2015), the gene rules of GNormPlus
(Wei et al. 2015) and GNorm2, tmChem's and gilda's keys.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kgbuild.normalize.composites import END_ALONE
from kgbuild.normalize.gene_rewrites import gene_rewrites
from kgbuild.normalize.keys import STOP_WORDS, simplified_key
from kgbuild.normalize.rewriting import (
    Rewrite,
    class_swaps,
    pieces,
    rule_data,
    same_meaning,
    spelled_greek,
    without_words,
    word_set,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def rewrites(text: str, entity_type: str) -> Iterator[Rewrite]:
    """Yield other texts that may name the same concept, likeliest first.

    Parameters
    ----------
    text
        A mention.
    entity_type
        Canonical; types without rules of their own get the general ones.

    Yields
    ------
    Rewrite
        Each text once, never the text itself.
    """
    seen = {text}
    if not simplified_key(text):
        return
    for rewrite in _all_rewrites(text, entity_type):
        cleaned = " ".join(rewrite.text.split()).strip(" ,;:-/")
        if cleaned in seen or len(simplified_key(cleaned)) < 2:
            continue
        seen.add(cleaned)
        if entity_type not in _NUMERALS_COUNT and turns_round(text, cleaned):
            continue
        same = cleaned == rewrite.text
        yield rewrite if same else rewrite._replace(text=cleaned)


#: Such a prefix makes another thing of a word. (An anti-CD3 antibody binds CD3, and
#: pre-miR-21 is made of its gene: there the gene is meant.)
_NEGATED = re.compile(r"\b(non|anti|pre|post|pseudo)[\s-]+(\w+)")
_PLAIN = re.compile(r"\w+")


def turns_round(text: str, rewritten: str) -> bool:
    """Whether a word has lost such a prefix: "non-diabetic" may go, but as a whole."""
    negated = _negated(text)
    if not negated:
        return False
    said = _PLAIN.findall(rewritten.lower())
    pairs = set(pairwise(said))
    return any(word in said and (prefix, word) not in pairs for prefix, word in negated)


@lru_cache(maxsize=1_024)
def _negated(text: str) -> list[tuple[str, str]]:
    return _NEGATED.findall(text.lower())


def only_qualifies(text: str) -> bool:
    """Whether a text says how or where, but not what: HP has terms for that, too.

    So does what is left of a name: "with and without aura".
    """
    known = word_set("disease", "modifiers", "qualifiers")
    said = text.lower()
    return said.startswith(("with ", "without ")) or all(
        word.strip(",") in known for word in said.split()
    )


def is_no_disease(text: str) -> bool:
    """Whether a text only qualifies, or its last word has another meaning there.

    "ST depression", "long-term depression", "CNS depression" are no moods.
    """
    return only_qualifies(text) or _is_homonym(text.lower().split())


_JOINING = frozenset({"and", "or", "and/or"})


def _is_homonym(parts: list[str]) -> bool:
    """Whether the last of some words is no disease behind those before it."""
    last = parts[-1].lower() if parts else ""
    homonyms = rule_data()["disease"]["homonyms"]
    moods = homonyms.get(last) or homonyms.get(last.removesuffix("s"))
    if not _JOINING.isdisjoint(parts):  # "anxiety and depression"
        return False
    return moods is not None and not all(part.lower() in moods for part in parts[:-1])


#: A number of a list, the first of two names ("beta(2)- and beta(3)-ARs"), an ion.
_NO_GENE = re.compile(
    r"[IVX]{1,4}[ab]?|.*(?:-|\s(?:and|or|and/or))|(?:H|K|Na|Ca|Mg)\d?\+{1,2}"
)
_BETWEEN = re.compile(r"[\s-]")


def is_no_gene(text: str) -> bool:
    """Whether a text is another molecule, a measure or a class: LPS, cytokines."""
    known, classes = word_set("gene", "no_genes"), word_set("gene", "no_single_genes")
    key = simplified_key(text)
    return (
        text in known
        or text.lower() in known
        # "HbA(1c)" is how a flattened subscript looks.
        or ("(" in text and key in map(simplified_key, known))
        or key.removesuffix("s") in classes
        or END_ALONE.fullmatch(text) is not None
        or _NO_GENE.fullmatch(text) is not None
        or _BETWEEN.sub("", text) in word_set("gene", "restriction_enzymes")
    )


def usual_meaning(text: str) -> str | None:
    """Return what everybody means by a gene's alias, spelled out, or ``None``."""
    known: dict[str, str] = rule_data()["gene"]["short_forms"]
    pumps: dict[str, str] = rule_data()["gene"]["run_together"]
    lowered = text.lower()
    return known.get(lowered) or pumps.get(simplified_key(lowered))


def meaning_of_symbol(text: str) -> str | None:
    """Return what an element, an ion or a small molecule is called, or ``None``."""
    # "ZnSO(4)" is how a flattened subscript looks.
    known: dict[str, str] = rule_data()["chemical"]["symbols"]
    lowered = text.lower()
    return known.get(lowered) or known.get(lowered.replace("(", "").replace(")", ""))


#: "H. pylori infections": no rewrite may leave of it infections of any kind.
_GERM = re.compile(r"([A-Z](?:\. ?|[a-z]+ )[a-z]{3,}) (?:infections?|disease)")


def germ_of(text: str) -> str | None:
    """Return what may be the germ, by its Latin name, of an infection, or ``None``."""
    found = _GERM.fullmatch(text)
    return found[1] if found else None


def _all_rewrites(text: str, entity_type: str) -> Iterator[Rewrite]:
    whole = entity_type in _NUMERALS_COUNT and _PART_IN_BRACKETS.search(text)
    without = () if whole else tuple(_parentheses(text))
    yield from without
    rules: Callable[[str], Iterable[Rewrite]] | None = _RULES.get(entity_type)
    if rules is None:
        return
    yield from rules(text)
    # A name in brackets may need a rule of its type as well.
    for bare in without:
        if not simplified_key(bare.text):  # all of it stood in brackets
            continue
        for rewrite in rules(bare.text):
            yield Rewrite(
                rewrite.text, rewrite.rule, rewrite.penalty * 0.97, rewrite.taxon
            )


#: In the name of a gene, a numeral in brackets is a part of it, and so is what follows
#: a symbol without a blank: "alpha1 (V)", I(Kr), HbA(1c).
_NUMERALS_COUNT = frozenset({"Gene", "FamilyName"})
_PART_IN_BRACKETS = re.compile(r"\([IVX]+\)|[A-Z]\w*[(\[]\w{1,3}[)\]]")
_BRACKETED = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")


def without_brackets(text: str) -> str | None:
    """Return the text without what stands in brackets, or ``None`` if nothing does."""
    bare = _BRACKETED.sub("", text)
    return bare if bare != text and bare.strip() else None


def _parentheses(text: str) -> Iterator[Rewrite]:
    """Drop what stands in brackets: "hepatocyte nuclear factor (HNF)-6"."""
    found = _BRACKETED.search(text)
    if not found:
        return
    yield Rewrite(_BRACKETED.sub("", text), "brackets", 0.95)
    if found.start() and found.group(1):
        # "T-cell factor (TCF)-4" is TCF-4.
        inside = found.group(1) + text[found.end() :]
        yield Rewrite(inside, "brackets", 0.85)


def _disease(text: str) -> Iterator[Rewrite]:
    data = rule_data()["disease"]
    generic = word_set("disease", "generic")
    harmful = word_set("disease", "generic", "harms")
    for rewrite in _disease_rewrites(text, data, generic):
        # "Quincke's disease" is not "disease", nor "advanced disease" an injury.
        changed = rewrite.rule not in {"head", "surroundings"}
        empty = harmful if changed else generic
        words = rewrite.text.lower().split()
        if any(len(word) > 1 and word not in empty for word in words):
            yield rewrite


def _disease_rewrites(
    text: str, data: dict[str, Any], generic: frozenset[str]
) -> Iterator[Rewrite]:
    parts = text.split()
    measured = _measured(text, data["measures"])
    if measured is not None:
        yield Rewrite(measured, "measure", 0.9)
    greek = spelled_greek(text)
    if greek != text:
        yield Rewrite(greek, "Greek letter", 0.92)
    virus = _VIRUS.fullmatch(text)
    if virus:
        yield Rewrite(f"{virus['name']} infection", "infection", 0.9)
        yield Rewrite(f"{virus['name']} infections", "infection", 0.9)
    yield from _lacking(text)
    yield from _bad_functions(text)
    yield from _phrase_swaps(text, data["phrases"])
    yield from _disease_swaps(text)
    yield from _ending_swaps(text, "disease", penalty=0.9)
    yield from _without_surroundings(parts)
    lowered = text.lower()
    if len(text) > 1 and parts[-1].lower() not in generic:
        for word in data["completions"]:
            # What befalls people is seldom born with them: "amputation".
            if word not in _INBORN or lowered not in word_set("disease", "befalls"):
                yield Rewrite(f"{text} {word}", "completed", 0.8)
    else:
        yield Rewrite(f"{text} human", "completed", 0.8)
    modifiers = word_set("disease", "modifiers")
    start = 0
    while start < len(parts) - 1 and parts[start].lower().strip(",") in modifiers:
        start += 1
        shorter = " ".join(parts[start:])
        yield Rewrite(shorter, "modifier", 0.85)
        for swap in _disease_swaps(shorter):
            yield Rewrite(swap.text, "modifier", 0.8)
    for prefix, organ in data["organs"]:
        if lowered.startswith(prefix) and len(text) > len(prefix) + 4:
            yield Rewrite(f"{organ} {text[len(prefix) :]}", "organ", 0.8)
    typed = _TYPED.fullmatch(text)
    if typed:
        yield Rewrite(typed[1], "modifier", 0.75)
    if len(parts) == 2:
        # "ocular anomalies" are eye abnormalities.
        for once in _disease_swaps(text):
            for twice in _disease_swaps(once.text):
                yield Rewrite(twice.text, "same meaning", 0.75)
    yield from _disease_heads(text)


def _disease_swaps(text: str) -> Iterator[Rewrite]:
    """Write words as what they are a part of, or as others of the same meaning."""
    if _swapped().isdisjoint(pieces(text)[1]):
        return
    for wide, either in _wider():
        yield from (s for s in class_swaps(text, either) if wide in s.text)
    yield from class_swaps(text, same_meaning("disease"))


@cache
def _swapped() -> frozenset[str]:
    """Return the stems that have another word for them."""
    return frozenset(same_meaning("disease")).union(*(each for _, each in _wider()))


@cache
def _wider() -> tuple[tuple[str, dict[str, tuple[str, ...]]], ...]:
    """Return what is a whole, and the table that leads to it and back."""
    pairs = rule_data()["disease"]["wider"]
    return tuple((wide, {part: (wide,), wide: (part,)}) for part, wide in pairs)


def _without_surroundings(parts: list[str]) -> Iterator[Rewrite]:
    """Drop words from the end that say no more than that it is a disease."""
    dropped = word_set("disease", "generic", "appositions")
    end = len(parts)
    while end > 1 and parts[end - 1].lower() in dropped:
        end -= 1
        shorter = " ".join(parts[:end])
        if parts[end].lower() in _LACKING and _SYMBOL.fullmatch(shorter):
            break  # "FH deficiency" lacks a protein, and is no other FH
        yield Rewrite(shorter, "surroundings", 0.85)
        for swap in _ending_swaps(shorter, "disease", penalty=0.8):
            yield Rewrite(swap.text, "surroundings", swap.penalty)
    if 0 < end < len(parts):
        # "valvular abnormalities" are heart valve disease.
        plain = " ".join([*parts[:end], "disease"])
        yield Rewrite(plain, "surroundings", 0.83)
        for swap in _disease_swaps(plain):
            yield Rewrite(swap.text, "surroundings", 0.75)


_INBORN = frozenset({"congenital", "familial"})

#: "von Willebrand disease type 2B": of a kind that no list has, what it is a kind of.
_TYPED = re.compile(r"(.{4,}?),? (?:type|grade|stage) (?:\d{1,2}|[IVX]{1,4})?[A-Za-z]?")

#: What a disease that names a virus is: "CMV", "adenovirus disease".
_VIRUS = re.compile(
    r"(?P<name>(?:[\w-]+ )*[\w-]*virus|[A-Z]{2,3}V(?:-?\d)?)(?: (?:disease|illness))?"
)
#: "FH deficiency": what stands before is what is lacking.
_LACKING = frozenset({"deficiencies", "deficiency", "deficient", "defect", "defects"})
#: A short form, or what mixes letters as symbols do: "PiMS".
_SYMBOL = re.compile(r"(?=.*[A-Z])[A-Z0-9-]{2,6}|(?=(?:.*[A-Z]){2})[A-Za-z0-9-]{2,6}")
#: Parts of organs that are places of their own elsewhere: "pancreatic head cancer".
_PARTS = frozenset({"body", "head", "neck", "tail"})
_SHORT_FORM = re.compile(r"(?=.*[A-Z])[A-Z0-9-]{2,6}")

#: "deficiency of the enzyme phenylalanine hydroxylase", "deficient in C7".
_LACKS = re.compile(
    r"(?i).*?\b(?:deficien(?:cy|cies|t)|absence|lack)(?: activity)? (?:of|in) "
    r"(?:(?:the|a|an|enzyme|normal|functional|protein) )*(.+?)(?: activity)?"
)
#: Parts that are counted in words: "the sixth component of complement".
_ORDINALS = {
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5",
    "sixth": "6", "seventh": "7", "eighth": "8", "ninth": "9",
}  # fmt: skip
#: "impairment of hepatic function", "impaired consciousness".
_BAD_FUNCTION = re.compile(
    r"(?i)(?P<bad>abnormal|decline|decreased|defective|deteriorat(?:ion|ed)|diminished|"
    r"disturbed|failure|impair(?:ed|ments?)|loss|poor|reduced|reduction)"
    r"(?: (?:of|in))?(?: the)? (?P<what>[a-z][a-z -]*?)"
    r"(?P<function> function(?:s|ing)?)?"
)
#: What says that it is bad without the word "function".
_BAD = re.compile(r"(?i)deteriorat|disturbed|impair")


def _lacking(text: str) -> Iterator[Rewrite]:
    """Write what is lacking before its deficiency, and ordinals as numbers."""
    found = _LACKS.fullmatch(text)
    if not found:
        return
    what = " ".join(_ORDINALS.get(w.lower(), w) for w in found[1].split())
    yield Rewrite(f"{what} deficiency", "same meaning", 0.9)
    yield Rewrite(f"{what} deficiency disease", "same meaning", 0.88)
    _, blank, shorter = what.partition(" ")
    if blank:
        # What stands first often says where it is: "mitochondrial", "acid".
        yield Rewrite(f"{shorter} deficiency", "same meaning", 0.75)


def _bad_functions(text: str) -> Iterator[Rewrite]:
    """Call a bad function a dysfunction."""
    found = _BAD_FUNCTION.fullmatch(text)
    if not found or not (found["function"] or _BAD.match(text)):
        return
    bad = ["impairment", "dysfunction"]
    if found["function"]:
        # "Decreased renal function" is renal insufficiency.
        bad.insert(len(bad) if _BAD.match(text) else 0, "insufficiency")
    for word in bad:
        yield Rewrite(f"{found['what']} {word}", "same meaning", 0.85)
    for swap in _disease_swaps(f"{found['what']} impairment"):
        yield Rewrite(swap.text, "same meaning", 0.8)


def _disease_heads(text: str) -> Iterator[Rewrite]:
    """Keep what stands last, which says what it is, or where it is."""
    parts = text.split()
    head, dash, rest = text.partition("-")
    if dash and " " in rest and " " not in head:
        # "upper-airway obstruction".
        yield Rewrite(rest, "head", 0.7)
    # What stands last says what it is: "contrast-induced nephropathy". Not so where
    # the word has another meaning: "ST depression" is no mood.
    if _is_homonym(parts):
        return
    for start in range(1, len(parts)):
        if parts[start].lower() in STOP_WORDS:
            continue  # the face is no "FACE", nor is "of C3" OFC3
        if parts[start].lower() in _PARTS and _JOINING.isdisjoint(parts):
            without = " ".join([*parts[:start], *parts[start + 1 :]])
            yield Rewrite(without, "head", 0.7)
            continue
        if start == len(parts) - 1 and _SHORT_FORM.fullmatch(parts[start]):
            break  # what a short form at the end means, only the document knows
        end = " ".join(parts[start:])
        yield Rewrite(end, "head", 0.65)
        if start < len(parts) - 1:
            # "hepatic vein thrombosis" is venous thrombosis before it is any.
            for swap in _disease_swaps(end):
                yield Rewrite(swap.text, "head", 0.62)
    if len(parts) > 1:
        # "weakness of the central nervous system", "thrombotic cardiovascular".
        _, of, organ = text.partition(" of ")
        place = organ.removeprefix("the ") if of else parts[-1]
        told = place.lower() not in STOP_WORDS | _LACKING
        if len(place) > 1 and told:  # "deficiencies" are no place
            yield Rewrite(f"{place} disease", "organ", 0.6)


#: "reduction in systolic blood pressure", "elevated BP", "DBP reduction".
_LOW = (
    r"reduc(?:tions?|ed)|decreas(?:ed?|es|ing)|fall(?:s|ing)?|drops?|lower(?:ed|ing)?|"
    r"low|loss"
)
_HIGH = r"increas(?:ed?|es|ing)|elevat(?:ions?|ed)|rises?|raised|high|gain"
_WHOSE = r"(?:(?:mean|systolic|diastolic|systemic) )*"
_MEASURED = re.compile(
    rf"(?:(?:a |an )?(?:(?P<low>{_LOW})|(?P<high>{_HIGH}))(?: (?:in|of|the))* "
    rf"{_WHOSE}(?P<what>[a-z][a-z ]+?)(?: levels?)?)"
    rf"|(?:{_WHOSE}(?P<what_>[a-z][a-z ]+?) "
    rf"(?:(?P<low_>reduction|decrease|fall|drop)|(?P<high_>increase|elevation|rise))s?)",
    re.IGNORECASE,
)


def _measured(text: str, measures: dict[str, list[str]]) -> str | None:
    """Return what a low or high value is called, or ``None``: "fall in BP"."""
    found = _MEASURED.fullmatch(text)
    if not found:
        return None
    names = measures.get((found["what"] or found["what_"]).lower())
    if names is None:
        return None
    low, high = names
    return low if found["low"] or found["low_"] else high


def _phrase_swaps(text: str, phrases: list[list[str]]) -> Iterator[Rewrite]:
    """Write words that belong together in their other ways."""
    lowered = text.lower()
    for members in phrases:
        for one in members:
            if one not in lowered:
                continue
            for other in members:
                if other != one and other not in lowered:
                    changed = lowered.replace(one, other)
                    yield Rewrite(changed, "same meaning", 0.9)


@cache
def _endings(table: str) -> tuple[str, ...]:
    return tuple(old for old, _ in rule_data()[table]["endings"])


def _ending_swaps(text: str, table: str, *, penalty: float) -> Iterator[Rewrite]:
    # "Diabetics" and "the diabetic" are those who have it.
    for written in dict.fromkeys((text, text.removesuffix("s"))):
        lowered = written.lower()
        if not lowered.endswith(_endings(table)):
            continue
        for old, new in rule_data()[table]["endings"]:
            if lowered.endswith(old):
                yield Rewrite(
                    written[: len(written) - len(old)] + new, "ending", penalty
                )


#: "[(3)H]-glucose", "14C-urea", "[125I]iodide".
_ISOTOPE = re.compile(
    r"^\[?\(?(?:2|3|11|13|14|15|18|32|35|45|51|75|99m?|111|123|125|131)\)?-?"
    r"(?:H|C|N|O|F|P|S|Ca|Cr|Se|Tc|In|I)\]?[\s-]*(?=[A-Za-z0-9][A-Za-z0-9,-]{2})"
)
#: A Latin name of two words, perhaps a part of the plant, and "extract".
_PLANT_EXTRACT = re.compile(
    r"[A-Z](?:\.|[a-z]+) [a-z]{3,}(?: (?:leaf|root|seed|bark|fruit|flower|peel))?"
    r"(?: (?:aqueous|ethanolic|methanolic))? extracts?"
)


def _chemical(text: str) -> Iterator[Rewrite]:
    data = rule_data()["chemical"]
    lowered = text.lower()
    symbol = meaning_of_symbol(text)
    if symbol:
        yield Rewrite(symbol, "symbol", 0.95)
    bare = _ISOTOPE.sub("", text)
    if bare != text:
        yield Rewrite(bare, "isotope", 0.9)
    if _PLANT_EXTRACT.fullmatch(text):
        yield Rewrite("plant extract", "plant extract", 0.7)
    yield from _ending_swaps(text, "chemical", penalty=0.92)
    if len(text.rpartition(" ")[2]) > 1:  # "compound 1" is this paper's own
        yield from class_swaps(text, same_meaning("chemical"))
    yield from without_words(text, word_set("chemical", "around"), penalty=0.85)
    salts = word_set("chemical", "salts")
    if not salts.issuperset(lowered.split()):  # "sodium potassium" is two things
        for rewrite in without_words(text, salts, penalty=0.85):
            yield Rewrite(rewrite.text, "salt", rewrite.penalty)
    if (
        len(text) > 1
        and text.isalpha()
        and not _SHORT_FORM.fullmatch(text.removesuffix("s"))
    ):
        # Vocabularies know some drugs only as the salt that is sold. (TCA is no drug.)
        for salt in data["salts"]:
            yield Rewrite(f"{text} {salt}", "salt", 0.8)
    for prefix in data["stereo"]:
        if lowered.startswith(prefix) and len(text) > len(prefix) + 2:
            yield Rewrite(text[len(prefix) :], "stereo", 0.85)


def _cell_line(text: str) -> Iterator[Rewrite]:
    around = word_set("cell_line", "around")
    yield from without_words(text, around, penalty=0.92)
    parts = re.split(r"[\s/]+|(?<=\w)-(?=[A-Za-z]{2,}$)", text)
    if len(parts) > 1:
        yield Rewrite(parts[0], "clone", 0.7)


#: A Latin name of two words, perhaps with its genus shortened, and more behind it.
_LATIN_NAME = re.compile(r"[A-Z](?:[a-z]+ |\. ?)[a-z]{3,} ")


#: "Salmonella typhi", as if it were a species of its own.
_FORMER_SPECIES = re.compile(r"(?:Salmonella|S\.) ([a-z]{4,})")

#: "serovar Typhi", "pv. tomato", "serotype 4b"; Salmonella's stand without the word.
_KIND_WITHIN = re.compile(
    r"\b(?:serovar|serotype|serogroup|pathovar|biovar|biotype|phage type|"
    r"(?:sv|pv|bv|subsp)\.)\s*(?:[^\W_]+(?:[:-][^\W_]+)*)?",
    re.IGNORECASE,
)
_SEROVAR = re.compile(r"((?:Salmonella|S\.)(?: [a-z]+)?) [A-Z][a-z]+")


def _species(text: str) -> Iterator[Rewrite]:
    for rewrite in _species_rewrites(text):
        # "simian virus 40" is no simian.
        if "virus" not in text.lower() or "vir" in rewrite.text.lower():
            yield rewrite


def _species_rewrites(text: str) -> Iterator[Rewrite]:
    plain = _KIND_WITHIN.sub(" ", text).strip(" ,")
    if plain != text:
        # What such a word names is a kind of what stands around it, never a genus.
        if plain:
            yield Rewrite(plain, "strain", 0.8)
            yield from _species_rewrites(plain)
        return
    former = _FORMER_SPECIES.fullmatch(text)
    if former:
        today = f"Salmonella enterica subsp. enterica serovar {former[1].title()}"
        yield Rewrite(today, "strain", 0.9)
    serovar = _SEROVAR.match(text)
    if serovar:
        genus = serovar.group(1).replace("S.", "Salmonella")
        yield Rewrite(genus, "strain", 0.75)
        return
    yield from without_words(text, word_set("species", "around"), penalty=0.9)
    yield from _ending_swaps(text, "species", penalty=0.9)
    parts = text.split()
    shorter = [
        Rewrite(" ".join(parts[:end]), "strain", 0.75)
        for end in range(len(parts) - 1, 0, -1)
        if end > 1 or len(parts[0]) > 4
    ]
    # "Escherichia coli K12" is Escherichia coli, and "Salmonella enterica serovar
    # Typhi" no snail of the genus Typhi: a Latin name keeps its beginning.
    if _LATIN_NAME.match(text):
        yield from shorter
        return
    # "Sprague-Dawley rats" are rats. (A "Nipah virus" is not just any virus.)
    if other := _other_animal(parts):
        # "Mole rats" are no rats of a strain.
        yield from other
        return
    kinds = word_set("species", "kingdoms")
    for start in range(1, len(parts)):
        if start < len(parts) - 1 or parts[start].lower() not in kinds:
            yield Rewrite(" ".join(parts[start:]), "strain", 0.8)
    yield from shorter
    if "-" in text:
        yield Rewrite(text.rpartition("-")[0], "strain", 0.7)


def _other_animal(parts: list[str]) -> list[Rewrite]:
    """Return the singular of an animal that is no kind of what its last word says."""
    if len(parts) < 2:
        return []
    *_, before, last = parts
    if last.lower() not in word_set("species", "cut_animals"):
        return []
    if before.lower().rpartition("-")[2] not in word_set("species", "other_animals"):
        return []
    one = "mouse" if last.lower() == "mice" else last.removesuffix("s")
    named = " ".join([*parts[:-1], one])
    plain = [Rewrite(named, "same meaning", 0.95), Rewrite(f"{named}s", "plural", 0.95)]
    return [rewrite for rewrite in plain if rewrite.text != " ".join(parts)]


_RULES: dict[str, Callable[[str], Iterable[Rewrite]]] = {
    "Disease": _disease,
    "Chemical": _chemical,
    "Gene": gene_rewrites,
    "FamilyName": gene_rewrites,
    "CellLine": _cell_line,
    "Species": _species,
}
