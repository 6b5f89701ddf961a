"""Mentions that name several concepts at once.

"breast and ovarian cancer" is breast cancer and ovarian cancer; "MMP-2/-9" is MMP-2 and
MMP-9. A text is split in every way its words allow; the cascade takes the first way all
of whose parts it can link, so a split that makes no sense does no harm.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.normalize.keys import GREEK
from kgbuild.normalize.rewriting import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.normalize.candidates import Candidate, Link

_LIST = re.compile(r"\s*,\s*(?:and/or|and|or|&)\s+|\s+(?:and/or|and|or|&)\s+|\s*,\s+")
CONJUNCTION = re.compile(r"\b(?:and/or|and|or)\b|&|/|,", re.IGNORECASE)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_OF = re.compile(r"^(.+?\s(?:of|in)\s(?:the\s)?)(.+)$", re.IGNORECASE)
#: A name that ends in a number or letter, then further such ends: MMP-2/-9, IL-1, -6.
_NUMBERED = re.compile(
    r"^(?P<stem>.*?[A-Za-z])(?P<dash>[\s-]?)(?P<first>\d+(?:alpha|beta|[A-Za-zα-ω])?)"
    r"(?P<rest>(?:\s*(?:,\s*and|,\s*or|,|/|and|or|&|and/or|to)+\s*-?\s?"
    r"\d+(?:alpha|beta|[A-Za-zα-ω])?)+)$"
)
_LETTERED = re.compile(
    r"^(?P<stem>.*?\w)(?P<dash>[\s-])(?P<first>[A-Z]|alpha|beta|gamma|delta|[α-ω])"
    r"(?P<rest>(?:\s*(?:,|/|and|or|&|and/or)+\s*-?\s?"
    r"(?:[A-Z]|alpha|beta|gamma|delta|[α-ω]))+)$"
)
#: Greek letters glued to a name, with or without a number: IL-1alpha and -beta, TGF-β1
#: and -β2, PPARα, β and γ.
_GREEK_END = r"(?:alpha|beta|gamma|delta|epsilon|zeta|[α-ω])\d?"
_GREEKED = re.compile(
    rf"^(?P<stem>.*?\w)(?P<dash>[\s-]?)(?P<first>{_GREEK_END})"
    rf"(?P<rest>(?:\s*(?:,\s*and|,\s*or|,|/|and|or|&|and/or)\s*[-–]?\s?{_GREEK_END})+)$"
)
#: What is left of a name's end where a split has gone amiss: "-beta", "β2", "-R1".
END_ALONE = re.compile(rf"[-–].*|{_GREEK_END}", re.IGNORECASE)
#: Numbers with a letter between, of families: CYP2C9, 2C19 and 3A4; UGT1A1/2B7.
_CODE = r"\d{1,2}[A-Z]{1,2}\d{1,2}"
_CODED = re.compile(
    rf"^(?P<stem>[A-Za-z][\w -]*?)(?P<first>{_CODE})"
    rf"(?P<rest>(?:\s*(?:,\s*and|,|/|and|or|&)\s*-?(?:(?P=stem))?{_CODE})+)$"
)
#: Numbers or letters amid the words: type 1 and 2 diabetes, hepatitis B and C viruses.
_AMID = re.compile(
    r"^(?P<stem>.*[a-z] )(?P<first>\d+[A-Za-z]?|[A-Z]|[IVX]+)"
    r"(?P<rest>(?:\s*(?:,|/|and|or|&|and/or)+\s*(?:\d+[A-Za-z]?|[A-Z]|[IVX]+))+)"
    r"(?P<last>\s[A-Za-z].*)$"
)
#: Letters glued to a symbol: Cd79a/b, IKKα/β, IL-1alpha/beta.
_LETTER = r"(?:alpha|beta|gamma|delta|[a-zα-ω])"
_GLUED = re.compile(rf"^(?P<stem>[A-Za-z][\w-]*?\w)(?P<ends>{_LETTER}(?:/{_LETTER})+)$")
#: The first and the last of a row: GLUT1-4, MMP-1 to 3, PAK1-PAK3.
RANGE = re.compile(
    r"^(?P<stem>[A-Za-z][\w .-]*?[A-Za-z])(?P<dash>[ -]?)(?P<first>[1-9])"
    r"(?:(?:-|–|\s(?:to|through)\s)(?:(?P=stem)(?P=dash))?(?P<last>[1-9])"
    r"|\s(?:to|through)\s(?:(?P=stem)(?P=dash))?(?P<far>[1-9]\d))$"
)
#: The same of letters: hepatitis A-E.
LETTERS = re.compile(
    r"^(?P<stem>[A-Za-z][\w -]*?[a-z] )(?P<first>[A-Z])"
    r"(?:-|–|\s(?:to|through)\s)(?P<last>[A-Z])$"
)
_JOINED = re.compile(r"\b(?:and|or)\b|&", re.IGNORECASE)
#: "hypo- and hyperglycemia": two beginnings of one word.
_BEGINNINGS = re.compile(
    r"(?i)(hyper|hypo)-? ?(?:and|or|and/or|/) ?(hyper|hypo)-?([a-z].*)"
)
#: "cis- and trans-retinoic acid": two beginnings of one name.
_PREFIXES = re.compile(
    r"(?P<first>[^\W\d_]+-),? ?(?:and|or|and/or|/) ?(?P<second>[^\W\d_]+-)"
    r"(?P<end>.{3,})"
)
_GREEK = frozenset(GREEK.values())
_END = re.compile(
    r"\d+(?:alpha|beta|[A-Za-zα-ω])?|[A-Z]\b|alpha|beta|gamma|delta|[α-ω]"
)
_GREEK_ENDS = re.compile(_GREEK_END)


def splits(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways to read a text as several names, likeliest first.

    Parameters
    ----------
    text
        A mention.

    Yields
    ------
    tuple of str
        Two or more names.

    Examples
    --------
    >>> next(splits("breast and ovarian cancer"))
    ('breast cancer', 'ovarian cancer')
    >>> next(splits("MMP-2/-9"))
    ('MMP-2', 'MMP-9')
    """
    if len(text) > 200 or not (CONJUNCTION.search(text) or is_range(text)):
        return
    seen: set[tuple[str, ...]] = set()
    for parts in _all_splits(text):
        clean = tuple(" ".join(part.split()).strip(" ,") for part in parts)
        if "receptor" in text and "receptor" not in " ".join(clean):
            continue  # half of "LH/hCG receptor" is no hormone
        named = all(
            sum(c.isalpha() for c in part) > 1
            and part.lower() not in _GREEK
            and not part.endswith("-")
            and not END_ALONE.fullmatch(part)
            for part in clean
        )
        if len(clean) > 1 and named and clean not in seen:
            seen.add(clean)
            yield clean


def _all_splits(text: str) -> Iterator[tuple[str, ...]]:
    if row := _row(text):
        yield row
        yield row[0], row[-1]
    beginnings = _BEGINNINGS.fullmatch(text)
    if beginnings:
        yield beginnings[1] + beginnings[3], beginnings[2] + beginnings[3]
    prefixes = _PREFIXES.fullmatch(text)
    if prefixes:
        yield tuple(prefixes[part] + prefixes["end"] for part in ("first", "second"))
    coded = _CODED.match(text)
    if coded:
        ends = [coded["first"], *re.findall(_CODE, coded["rest"])]
        yield tuple(coded["stem"] + end for end in ends)
    for pattern, end in ((_NUMBERED, _END), (_LETTERED, _END), (_GREEKED, _GREEK_ENDS)):
        found = pattern.match(text)
        if found:
            ends = [found["first"], *end.findall(found["rest"])]
            yield tuple(found["stem"] + found["dash"] + end for end in ends)
    amid = _AMID.match(text)
    if amid:
        ends = [amid["first"], *re.findall(r"\d+[A-Za-z]?|[A-Z]+", amid["rest"])]
        yield tuple(amid["stem"] + end + amid["last"] for end in ends)
    glued = _GLUED.match(text)
    if glued:
        yield tuple(glued["stem"] + end for end in glued["ends"].split("/"))
    of = _OF.match(text)
    if of:
        items = _LIST.split(of.group(2))
        if len(items) > 1:
            yield tuple(of.group(1) + item for item in items)
    items = [item for item in _LIST.split(text) if item.strip()]
    if len(items) > 1:
        yield from _shared_end(items)
        yield from _shared_start(items)
        yield tuple(items)
    words = text.split()
    for position, word in enumerate(words):
        if "/" in word.strip("/"):
            halves = word.split("/")
            before, after = words[:position], words[position + 1 :]
            if before or after:
                yield tuple(" ".join([*before, half, *after]) for half in halves)
            yield tuple(halves)


def _row(text: str) -> tuple[str, ...]:
    """Return all members of a row of which a text has the first and the last."""
    if (span := RANGE.match(text)) is not None:
        numbers = range(int(span["first"]), int(span["last"] or span["far"]) + 1)
        named = (f"{span['stem']}{span['dash']}{number}" for number in numbers)
        return tuple(named) if len(numbers) > 1 else ()
    if (span := LETTERS.match(text)) is None or span["first"] >= span["last"]:
        return ()
    codes = range(ord(span["first"]), ord(span["last"]) + 1)
    return tuple(span["stem"] + chr(code) for code in codes)


def is_range(text: str) -> bool:
    """Whether a text has the first and the last of a row: GLUT1-4, hepatitis A-E."""
    return bool(RANGE.match(text) or LETTERS.match(text))


def _shared_end(items: list[str]) -> Iterator[tuple[str, ...]]:
    """Give the last item's last words to the items before: "A, B and C STEM"."""
    last = items[-1].split()
    for length in range(1, len(last)):
        stem = " ".join(last[-length:])
        yield (*(f"{item} {stem}" for item in items[:-1]), items[-1])


def _shared_start(items: list[str]) -> Iterator[tuple[str, ...]]:
    """Give the first item's first words to the items after: "STEM A and B"."""
    first = items[0].split()
    for length in range(1, len(first)):
        stem = " ".join(first[:length])
        yield (items[0], *(f"{stem} {item}" for item in items[1:]))


def is_name_of_each(candidates: Iterable[Candidate], several: Link) -> bool:
    """Whether what a text may mean as a whole are rather the parts that it names.

    Annotators gave "ERK1/2" to each of its genes; one alone would be half of it.
    """
    parts = set(several.concepts)
    wholes = [c for c in candidates if c.concept in parts]
    observed = wholes and wholes[0].facts.status == "observed"
    return several.composite and bool(observed or len(wholes) > 1)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))


def _telling(name: str) -> list[str]:
    """Return the words of a name that say more than that it is a disease."""
    generic = word_set("disease", "generic")
    return [word for word in name.split() if word.lower() not in generic]


def may_be_several(text: str, best: Candidate, *, foreign: bool = False) -> bool:
    """Whether a text with a conjunction may name its parts rather than the best whole.

    ``foreign`` says that the best is not of its type's preferred name space: "nausea
    and vomiting" is a finding of HP's and two of MeSH's.

    "breast and ovarian cancer" is a syndrome's synonym, but mostly two cancers; "head
    and neck cancer" is what MeSH calls one.
    """
    if is_range(text):
        # GLUT1-4 is no GLUT14; Nkx2-5 is what its dictionary calls so.
        return best.facts.matched.count("-") < text.count("-")
    if foreign:
        return CONJUNCTION.search(text) is not None
    facts = best.facts
    run_together = facts.difference == "punctuation" and not (
        _words(text) <= _words(facts.matched)
    )
    if facts.difference != "words" and not run_together:
        # Whoever writes "HER2/neu" as the dictionary does means one thing.
        text = text.replace("/", " ")
    if CONJUNCTION.search(text) is None:
        return False
    # "IL-1/6" has IL-16's name but for the slash.
    loose = run_together or facts.difference == "words" or facts.status != "preferred"
    # "Head and Neck Neoplasms" is one thing; a name that says more than the text is
    # that of something else ("Hereditary Breast and Ovarian Cancer Syndrome").
    # The comma of "Lymphoma, Non-Hodgkin" joins nothing.
    joined = _JOINED if _JOINED.search(text) else CONJUNCTION
    whole = (
        joined.search(best.name)
        and len(_telling(best.name)) <= len(_telling(text))
        # Who says "or" speaks of two.
        and (not _OR.search(text) or _OR.search(best.name))
    )
    return loose and not whole


def of_one_species(
    parts: list[tuple[Candidate, ...]], threshold: float
) -> list[tuple[Candidate, ...]]:
    """Put what is of one species first, where one has all parts: none mixes species."""
    taxa = [{c.taxon for c in part if c.score >= threshold} for part in parts]
    common = set.intersection(*taxa) - {None}
    if not common:
        return parts

    def of_taxon(taxon: int | None) -> list[tuple[Candidate, ...]]:
        return [tuple(sorted(part, key=lambda c: c.taxon != taxon)) for part in parts]

    return max(
        map(of_taxon, sorted(common, key=str)),
        key=lambda ordered: min(part[0].score for part in ordered),
    )
