"""One string, one meaning: make a document's mentions agree with each other.

A tagger sees a sentence or three at a time. What it cannot see, the document often
tells: an abbreviation means what its long form means, a string that is a gene four
times is a gene the fifth time, and a name does not end inside brackets. And some names
are known, whatever stands beside them. Thirteen steps, in this order:
:func:`cut_off`, :func:`take_known`, :func:`.take_listed`, :func:`join_pieces`,
:func:`follow_initials`, :func:`mend_edges`, :func:`.name_germs`,
:func:`.take_whole_diseases`, :func:`follow_abbreviations`, :func:`vote`,
:func:`follow_twins`, :func:`follow_usage`, :func:`.follow_gene_words`.

Notes
-----
BERN2 (Sung et al. 2022, section 2.3) corrects types by majority in the document; the
abbreviations are those of Schwartz and Hearst (2003).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

from kgbuild.ner.gene_context import follow_gene_words
from kgbuild.ner.lists import take_listed
from kgbuild.ner.pathogens import name_germs
from kgbuild.ner.usage import known_types, usual_type, within_sentence
from kgbuild.ner.whole_diseases import take_whole_diseases
from kgbuild.text.abbreviations import find_abbreviations

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from kgbuild.document import Mention
    from kgbuild.text.abbreviations import Abbreviation

#: Version of the steps here and of what they know; what was stored by another is old.
AGREEMENT = "agreement-2"
#: Votes of a long form, in mentions of its short form: found whole, or its head alone.
_LONG_FORM, _HEAD = 6.0, 1.0
#: Behind a short form's bracket, so that the whole is a drug and the long form is not:
#: "angiotensin-converting enzyme (ACE) inhibitors".
_DRUG_AGAINST = re.compile(r"[)\]] (?:inhibitor|antagonist|agonist|blocker)")
#: Votes from which on the untagged occurrences of a short form are tagged.
_SURE = 2.0
#: A string's mean score over all its occurrences: from the first on, those that the
#: tagger left out are tagged; below the second, those that it tagged are dropped.
_SPREAD, _DROP = 0.5, 0.45
#: A string that the tagger was once so sure of is not dropped for occurrences inside
#: mentions that it was nearly sure of.
_CERTAIN, _NEARLY = 0.95, 0.65
#: Types that one name has by right: "antibodies to HIV in patients with HIV".
_GERM = {"Species", "Disease"}
#: Share of the votes that a type needs to become the type of all occurrences.
_MAJORITY = 0.5
#: Votes of the type that annotators of training documents gave a name.
_USAGE = 1.5
#: What stands for a drug alone in brackets behind it, and of which type that must be.
_INITIAL = re.compile(r"\s[(\[]([A-Z][0-9]?)[)\],;/]")
_INITIAL_OF = "Chemical"
#: Behind a letter that is a probability.
_FIGURE = re.compile(r"\s*(?:[<>=≤≥]|(?:less|greater) than|values?\b)")
#: What follows the name of a cell line, "A20 lymphoma cells", and how sure of the type
#: the tagger must be then to know it better than other documents.
_LINE, _KNOWN_LINE = "CellLine", 0.9
_CELLS = re.compile(r"(?:[ -][a-z]+){0,2}[ -](?:cells?|cell lines?)\b")
#: A mention that a step makes scores lower than those that it is made from.
_DISCOUNT = 0.9

#: Types of names that one letter makes no other name: not "chemokines CXCL8 and ...".
_TWINS = frozenset({"Chemical", "Disease"})
#: Of what a hyphen may begin, and what stands for a species before a gene's name.
_HYPHENATED, _PREFIX = "Variant", ("Species", "Gene")
#: A hyphen that something was torn off from, no minus or dash in a list, "IL-6 and -8";
#: the beginning of a word that a mention goes on with, and the longest; and what ends
#: it where another name follows: "TNF-induced IL-8".
_TORN = re.compile(r"-\s|(?<![\s(\[,;/])(?<!\band)(?<!\bor)-")
_BEGUN, _WORD = re.compile(r"[^\W_][^\s()\[\]/,;]*$"), 40
_EFFECT = re.compile(
    r"-(?:induced|mediated|stimulated|treated|infected|transfected|labell?ed|positive) "
)
#: Of words of five letters and more.
_PLURAL = re.compile(r"(?<=[a-z]{4}[a-hj-rtv-z])s$")
#: What a gene or a drug does, in the word behind its name. Many names end in "-ates".
_ACT = ("Gene", "Chemical")
_VERB = re.compile(
    r"""\s(?:(?:[a-z]{4,}i[sz]|catalys|catalyz|hydroly[sz])es
        |(?:de|auto|trans|hyper|hypo)?(?:(?:meth|acet|phosphor|glycos|hydrox|palmito
            |succin|lact|croton|carbam|sumo|nedd|ubiquitin)yl|ubiquitin|glucuronid)ates
        |(?:in|re)?activates|(?:up|down)?-?regulates|modulates|mediates|stimulates
        |attenuates|alleviates|ameliorates|facilitates|potentiates|accumulates
        |eliminates|initiates|generates|shrank)(?:\s|$)""",
    re.VERBOSE,
)
#: A dose behind the name of a drug, and what follows it. Many names of carriers end in
#: a number.
_DOSED = "Chemical"
_DOSE = re.compile(
    r"""(?<=[a-z]{5})(?<!glycol)(?<!macrogol)(?<!extran)(?<!sorbate)(?<!loxamer)
        \s\d[\d.,]*$""",
    re.VERBOSE,
)
_UNIT = re.compile(
    r"""(?:(?:,|\s?[-–/]|,?\s(?:and|or|to|versus|vs\.?))?\s?\d[\d.,]*){0,3}
        \s?(?:[mµμnk]?g|mcg|[mµμ]?[lL]|[mµμn]M|IU|[mµμn]?mol|U|units|mg/m2)\b""",
    re.VERBOSE,
)
#: An entity at the end of a text, a tag that closes, an entity or a tag, and the length
#: of the longest.
_ENTITY, _CLOSED = re.compile(r"&#?\w{2,8};$"), re.compile(r"</[a-z]{1,6}>")
_MARKUP, _LONGEST = re.compile(r"&#?\w{2,8};|</?[a-z]{1,6}>"), 11
#: Signs that neither begin nor end a name, and how near a missing bracket is sought.
_LOOSE, _NEAR = " ,;:®™", 8
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_OPENING = {v: k for k, v in _CLOSING.items()}


def make_consistent(
    text: str,
    mentions: Iterable[Mention],
    *,
    unsure: Iterable[Mention] = (),
    types: Collection[str] = (),
) -> list[Mention]:
    """Let the mentions of one task in one document agree.

    The result is disjoint and in the order of the text. Mentions that were added or
    changed carry the attribute ``consistency`` with the step's name.

    Parameters
    ----------
    text
        Of the document.
    mentions
        Disjoint.
    unsure
        Mentions that are too unsure to stand by themselves.
    types
        Of the task: what a mention may become that nothing else in the document is.
    """
    ordered = cut_off(text, mentions)
    unsure = cut_off(text, unsure)
    ordered = take_known(ordered, unsure, types)
    ordered = take_listed(text, ordered, unsure)
    ordered = join_pieces(text, ordered, types)
    ordered = mend_edges(text, follow_initials(text, ordered, unsure))
    ordered = take_whole_diseases(text, name_germs(text, ordered, types))
    agreed = vote(text, follow_abbreviations(text, ordered), unsure=unsure)
    agreed = follow_usage(text, follow_twins(text, agreed, unsure), types)
    return follow_gene_words(text, agreed, types)


def cut_off(text: str, mentions: Iterable[Mention]) -> list[Mention]:
    """Cut off verbs, doses, and halves of a markup that the text still has.

    "FTO demethylates" is FTO; "docetaxel 75" in front of "mg/m2" is docetaxel; and
    "IL-6 &lt" is IL-6, but "TNF&alpha" gets its semicolon.
    """
    done: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: m.start):
        start = mention.start
        acts = mention.type in _ACT
        for piece in _VERB.split(mention.text) if acts else [mention.text]:
            start = text.index(piece, start)
            end = start + len(piece)
            if mention.type == _DOSED and _UNIT.match(text, end):
                dose = _DOSE.search(piece)
                end -= len(dose.group()) if dose else 0
            begin, after = _without_markup(text, start, end)
            sign = str.isalnum if (begin, after) == (start, end) else str.isalpha
            free = not done or done[-1].end <= begin or mention.span == (begin, after)
            if free and any(map(sign, text[begin:after])):
                done.append(_moved(mention, text, begin, after, "cut off"))
            start += len(piece)
    return done


def _without_markup(text: str, start: int, end: int) -> tuple[int, int]:
    """Move ends that lie inside of an entity such as "&lt;", or inside of a tag."""
    for found in _MARKUP.finditer(text, max(0, start - _LONGEST), end + _LONGEST):
        letter = found.group()[0] == "&" and unescape(found.group()).isalpha()
        first, last = found.span()
        if first <= start < last:
            start = first if letter else last
        if first < end <= last:
            end = last if letter else first
    closing = _CLOSED.match(text, end)
    if closing and closing.group().replace("/", "") in text[start:end]:
        end = closing.end()
    return start, max(start, end)


def take_known(
    mentions: Sequence[Mention], unsure: Iterable[Mention], types: Collection[str]
) -> list[Mention]:
    """Take unsure mentions of names that are known, but for words of small letters.

    Words that begin with a capital are taken as the word where they are nearly sure. In
    a task of a single type it is not the type that makes them unsure: "CD8+" of a cell
    is no protein there.
    """
    known = known_types() & {*types}
    taken = list(mentions)
    for mention in unsure if len(known) > 1 else ():
        usual = None if mention.text.islower() else usual_type(mention.text)
        if usual is None and _score(mention) >= _NEARLY:
            word = within_sentence(mention.text)
            usual = None if word == mention.text else usual_type(word)
        if usual in known and mention.type in known and _is_free(mention, taken):
            taken.append(
                replace(mention, type=usual).with_attributes(consistency="usage")
            )
    return sorted(taken, key=lambda m: m.start)


def join_pieces(
    text: str, mentions: Iterable[Mention], types: Collection[str]
) -> list[Mention]:
    """Join the pieces of a name that the tagger cut in two.

    A name cut at a sign, "H" and ". pylori infection", is what its last piece is. Where
    a blank or a hyphen parts the pieces, the whole must be known, or be what something
    is short for. Pieces that are none begin no name with a hyphen, either: "-density
    lipoprotein" is "high-density lipoprotein".
    """
    known = known_types() & {*types}

    @cache
    def long_forms() -> frozenset[tuple[int, int]]:
        return frozenset(a.long_span for a in find_abbreviations(text))

    done: list[Mention] = []
    for mention in mentions:
        last = done[-1] if done else None
        kind = None
        if last is not None:
            kind = _type_of_both(text, last, mention, known, long_forms)
        if last is not None and kind is not None:
            score = round(_DISCOUNT * min(_score(last), _score(mention)), 4)
            whole = _moved(mention, text, last.start, mention.end, "pieces")
            done[-1] = replace(whole, type=kind, score=score)
            continue
        start = mention.start
        if _TORN.match(text, start) and mention.type != _HYPHENATED:
            free = max(0 if last is None else last.end, start - _WORD)
            begun = _BEGUN.search(text[free:start])
            effect = _EFFECT.match(text, start, mention.end)
            if effect:
                start = effect.end()
            elif usual_type(mention.text[1:]):
                start += 1
            else:
                start += -len(begun.group()) if begun else 1
        done.append(_moved(mention, text, start, mention.end, "pieces"))
    return done


def _type_of_both(
    text: str,
    last: Mention,
    mention: Mention,
    known: frozenset[str],
    long_forms: Callable[[], frozenset[tuple[int, int]]],
) -> str | None:
    """Return the type of the name that two neighbors are pieces of, if they are."""
    between = text[last.end : mention.start]
    kinds = (last.type, mention.type)
    if between not in ("", " ", "-") or kinds == _PREFIX:
        return None
    if mention.text[0] == "-" and usual_type(mention.text[1:]):
        return None
    name = text[last.start : mention.end]
    usual = usual_type(name) or usual_type(within_sentence(name))
    if len(known) > 1 and usual in known and known.issuperset(kinds):
        return usual
    cut = _TORN.match(text, mention.start) or mention.text[0] == "."
    at_sign = not between and (cut or last.text[-1] == "-")
    if at_sign and _HYPHENATED not in kinds:
        return mention.type
    same = last.type == mention.type != _PREFIX[0]
    if same and (last.start, mention.end) in long_forms():
        return mention.type
    return None


def follow_initials(
    text: str, mentions: Sequence[Mention], unsure: Iterable[Mention]
) -> list[Mention]:
    """Take a letter for the drug that it stands behind in brackets, "losartan (L)".

    It must be an initial of the drug's name, and of one alone. Unsure mentions of the
    letter are taken, but no other occurrences: one letter stands for much in a text.
    """
    meant: dict[str, set[str]] = defaultdict(set)
    for mention in mentions:
        behind = _INITIAL.match(text, mention.end)
        if behind is None or mention.type != _INITIAL_OF:
            continue
        letter = behind.group(1)[0].casefold()
        if letter in {word[0] for word in re.findall(r"\w+", mention.text.casefold())}:
            meant[behind.group(1)].add(mention.text.casefold())
    letters = {letter for letter, names in meant.items() if len(names) == 1}
    if not letters:
        return list(mentions)

    def as_meant(mention: Mention) -> Mention:
        if mention.text not in letters or mention.type == _INITIAL_OF:
            return mention
        return replace(mention, type=_INITIAL_OF).with_attributes(consistency="initial")

    taken = [as_meant(mention) for mention in mentions]
    for mention in unsure:
        meant_here = mention.text in letters and not _FIGURE.match(text, mention.end)
        if meant_here and _is_free(mention, taken):
            kept = replace(mention, type=_INITIAL_OF)
            taken.append(kept.with_attributes(consistency="initial"))
    return sorted(taken, key=lambda m: m.start)


def mend_edges(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Close or drop brackets that a mention cuts in two."""
    done: list[Mention] = []
    for i, mention in enumerate(mentions):
        after = mentions[i + 1].start if i + 1 < len(mentions) else len(text)
        before = done[-1].end if done else 0
        start, end = _balanced(text, mention.start, mention.end, before, after)
        if start < end:
            done.append(_moved(mention, text, start, end, "brackets"))
    return done


def _balanced(
    text: str, start: int, end: int, before: int, after: int
) -> tuple[int, int]:
    """Move the ends, between the mentions before and after, until brackets match."""
    while start < end:
        if text[start] in _LOOSE:
            start += 1
            continue
        if text[end - 1] in _LOOSE and not _ENTITY.search(text, start, end):
            end -= 1
            continue
        opened, closed = _lonely_brackets(text, start, end)
        if len(opened) == 1 and not closed:
            close = text.find(_CLOSING[text[opened[0]]], end, min(after, end + _NEAR))
            if close >= 0 and " " not in text[opened[0] : close]:
                return start, close + 1
            if opened[0] == end - 1:
                end -= 1
                continue
            if opened[0] == start:
                start += 1
                continue
            if text[opened[0] - 1] == " ":
                end = opened[0]
                continue
        if len(closed) == 1 and not opened:
            opening = text.rfind(
                _OPENING[text[closed[0]]], max(before, start - _NEAR), start
            )
            if opening >= 0 and " " not in text[opening : closed[0]]:
                return opening, end
            if closed[0] == end - 1:
                end -= 1
                continue
            if closed[0] == start:
                start += 1
                continue
            if start > before and text[start - 1] == _OPENING[text[closed[0]]]:
                end = closed[0]
                continue
        break
    return start, end


def _lonely_brackets(text: str, start: int, end: int) -> tuple[list[int], list[int]]:
    """Return where brackets open without closing, and close without opening."""
    opened: list[int] = []
    closed: list[int] = []
    for i in range(start, end):
        if text[i] in _CLOSING:
            opened.append(i)
        elif text[i] in _OPENING:
            if opened and text[opened[-1]] == _OPENING[text[i]]:
                opened.pop()
            else:
                closed.append(i)
    return opened, closed


def follow_abbreviations(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Give a short form and its long form one type, everywhere in the text.

    The type is that of most votes; a long form has more than its short forms, since
    words tell more than letters, however many of them; but genes are named for their
    diseases. Where the tagger has a part of a long form, its mention is widened to the
    whole. What is short for two things tells nothing of a long form without a mention.
    """
    current = list(mentions)
    defined = find_abbreviations(text)
    for abbreviation in defined:
        start, end = abbreviation.long_span
        near = [m for m in current if m.start < end and start < m.end]
        places = occurrences(text, abbreviation.short)
        by_span = {m.span: m for m in current}
        shorts = [by_span[p] for p in places if p in by_span]
        votes: dict[str, float] = defaultdict(float)
        for mention in shorts:
            votes[mention.type] += _score(mention)
        whole = (start, end) in by_span
        if not whole and _has_another_meaning(abbreviation, defined):
            continue
        if whole:
            weight = _LONG_FORM if "Gene" in votes else max(_LONG_FORM, len(shorts) + 1)
            if _DRUG_AGAINST.match(text, abbreviation.short_span[1]):
                weight = _HEAD
            votes[by_span[start, end].type] += weight * _score(by_span[start, end])
        elif len(near) == 1 and near[0].end == end and start < near[0].start:
            votes[near[0].type] += _HEAD * _score(near[0])
        if not votes:
            continue
        best = max(sorted(votes), key=votes.__getitem__)
        sure = votes[best] >= _SURE
        score = round(_DISCOUNT * min(1.0, votes[best] / (len(shorts) + 1)), 4)
        if sure and not whole:
            inside = [m for m in near if start <= m.start and m.end <= end]
            if near and len(inside) == len(near) == 1 and near[0].type == best:
                current[current.index(near[0])] = _moved(
                    near[0], text, start, end, "abbreviation"
                )
            elif not near:
                places = [(start, end), *places]
        elif whole:
            places = [(start, end), *places]
        current = _set(text, current, places, best, score, "abbreviation", add=sure)
    return current


def _has_another_meaning(
    abbreviation: Abbreviation, defined: Iterable[Abbreviation]
) -> bool:
    """Whether the text gives another long form for the same short form, too."""
    long = abbreviation.long.casefold()
    return any(
        a.short == abbreviation.short
        and not (a.long.casefold().endswith(long) or long.endswith(a.long.casefold()))
        for a in defined
    )


def vote(
    text: str, mentions: Sequence[Mention], *, unsure: Iterable[Mention] = ()
) -> list[Mention]:
    """Let the occurrences of a string agree: on a type, and on being a mention.

    Longer strings come first: where "TGF-beta" is a mention elsewhere, a mention "TGF"
    inside another "TGF-beta" gives way. Occurrences in unsure mentions, "depression" in
    "resistant depression", do not speak against a name.
    """
    current = list(mentions)
    nearly = [m for m in unsure if _score(m) >= _NEARLY]
    for string in sorted({m.text for m in current}, key=lambda s: (-len(s), s)):
        places = occurrences(text, string)
        if len(string) < 2 or len(places) < 2:
            continue
        by_span = {m.span: m for m in current}
        votes: dict[str, float] = defaultdict(float)
        top: dict[str, float] = defaultdict(float)
        tagged, free, inner, half = 0, 0, [], Counter[str]()
        for start, end in places:
            if (start, end) in by_span:
                kind, score = by_span[start, end].type, _score(by_span[start, end])
                votes[kind], top[kind] = votes[kind] + score, max(top[kind], score)
                tagged += 1
                continue
            over = [m for m in current if m.start < end and start < m.end]
            free += not over
            if not over:
                half.update(
                    {m.type for m in nearly if m.start <= start and end <= m.end}
                )
            if over and all(start <= m.start and m.end <= end for m in over):
                inner.append(over)
        if not votes or votes.keys() == _GERM:
            continue
        best = max(sorted(votes), key=votes.__getitem__)
        count = tagged + free + len(inner)
        mean = votes[best] / count
        if top[best] >= _CERTAIN or usual_type(string) == best:
            count -= half[best]
        if votes[best] / count < _DROP:
            current = [m for m in current if m.span not in places]
        elif votes[best] >= _MAJORITY * sum(votes.values()):
            spread = mean >= _SPREAD
            if spread and votes[best] > len(inner):
                shorter = [m for over in inner for m in over]
                current = [m for m in current if m not in shorter]
            score = round(_DISCOUNT * votes[best] / tagged, 4)
            current = _set(text, current, places, best, score, "vote", add=spread)
    return current


def follow_twins(
    text: str, mentions: Sequence[Mention], unsure: Iterable[Mention]
) -> list[Mention]:
    """Take nearly sure mentions of a name that is one wherever it stands otherwise.

    Otherwise: in the plural or singular, within a sentence or at its beginning.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for mention in mentions:
        found[mention.text].append(mention.type)
    kinds = {
        _dictionary_form(name): types[0]
        for name, types in found.items()
        if len({*types}) == 1 and len(occurrences(text, name)) == len(types)
    }
    taken = list(mentions)
    for mention in unsure:
        if _score(mention) < _NEARLY or mention.type not in _TWINS:
            continue
        twin = kinds.get(_dictionary_form(mention.text)) == mention.type
        if twin and _is_free(mention, taken):
            taken.append(mention.with_attributes(consistency="twin"))
    return sorted(taken, key=lambda m: m.start)


def _dictionary_form(name: str) -> str:
    """Return a name with the small letter and in the singular, if these are words'."""
    return _PLURAL.sub("", within_sentence(name))


def follow_usage(
    text: str, mentions: Sequence[Mention], types: Collection[str]
) -> list[Mention]:
    """Give names their usual type, where little in the document speaks for another.

    Several mentions of a name outweigh what annotators of other documents called it,
    and what is short for something is what the document says that it is. So is a sure
    cell line in front of "cells". What reads like a variant may be a cell line: T98G.
    """
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for mention in mentions:
        votes[mention.text][mention.type] += _score(mention)
    known = known_types() & {*types}
    changes = {}
    cells = {
        m.text
        for m in mentions
        if m.type == _LINE and _score(m) >= _KNOWN_LINE and _CELLS.match(text, m.end)
    }
    for name, found in votes.items():
        usual = None if name in cells else usual_type(name)
        others = found.keys() - {usual}
        if usual == _LINE and others == {"Variant"}:
            changes[name] = usual
        if usual not in known or not others or not others <= known:
            continue
        if sum(found[kind] for kind in others) < _USAGE + found.get(usual, 0.0):
            changes[name] = usual
    if changes:
        for abbreviation in find_abbreviations(text):
            changes.pop(abbreviation.short, None)
    return [
        replace(
            mention, type=changes[mention.text],
            score=round(_DISCOUNT * _score(mention), 4),
        ).with_attributes(consistency="usage")
        if changes.get(mention.text, mention.type) != mention.type
        else mention
        for mention in mentions
    ]  # fmt: skip


def occurrences(text: str, string: str) -> list[tuple[int, int]]:
    """Return where a string stands as words of its own."""
    places: list[tuple[int, int]] = []
    start = text.find(string)
    while start >= 0:
        end = start + len(string)
        # An underscore joins no words, so isalnum() is what is meant.
        if (
            not (start and text[start - 1].isalnum())
            and not text[end : end + 1].isalnum()
        ):
            places.append((start, end))
        start = text.find(string, end)
    return places


def _set(
    text: str,
    mentions: list[Mention],
    places: Iterable[tuple[int, int]],
    entity_type: str,
    score: float,
    step: str,
    *,
    add: bool,
) -> list[Mention]:
    """Give the mentions at these places a type; make mentions where nothing stands."""
    by_span = {m.span: m for m in mentions}
    if all(p in by_span and by_span[p].type == entity_type for p in places):
        return mentions
    taken = list(by_span)
    for start, end in places:
        mention = by_span.get((start, end))
        if mention is not None:
            if mention.type != entity_type:
                by_span[start, end] = replace(
                    mention, type=entity_type, score=score
                ).with_attributes(consistency=step)
        elif add and not any(a < end and start < b for a, b in taken):
            by_span[start, end] = replace(
                mentions[0], start=start, end=end, text=text[start:end],
                type=entity_type, score=score,
            ).with_attributes(consistency=step)  # fmt: skip
    return [by_span[span] for span in sorted(by_span)]


def _is_free(mention: Mention, others: Iterable[Mention]) -> bool:
    """Whether it overlaps none of the others."""
    return all(m.end <= mention.start or mention.end <= m.start for m in others)


def _score(mention: Mention) -> float:
    return 1.0 if mention.score is None else mention.score


def _moved(mention: Mention, text: str, start: int, end: int, step: str) -> Mention:
    if (start, end) == mention.span:
        return mention
    return replace(mention, start=start, end=end, text=text[start:end]).with_attributes(
        consistency=step
    )
