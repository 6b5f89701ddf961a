"""Abbreviations that a text defines itself: "angiotensin-converting enzyme (ACE)".

The algorithm of Schwartz and Hearst (2003, "A simple algorithm for identifying
abbreviation definitions in biomedical text", PMID 12603049), on characters: in front of
a bracket stand at most ``min(n + 5, 2 n)`` words of the long form, ``n`` being the
characters of the short form, and the short form's characters are found in them from
right to left, the first one at the beginning of a word.

Beyond the paper: square brackets, a short form in front of its long form in brackets,
further remarks behind a comma or semicolon in the bracket, plural short forms; words
whose initials are the short form come first, as in Ab3P (Sohn et al. 2008, PMID
18817555), so that "aplastic anemia (AA)" is not cut to its last word; a Greek letter
stands for its Latin one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

#: A short form has so many characters.
_SHORTEST, _LONGEST = 2, 10
#: Longest bracket that is looked into; keeps hostile text linear.
_BRACKET = 250
#: No word of a long form is longer in earnest; neither is a gap.
_WORD = 60
_CLOSING = {"(": ")", "[": "]"}
# The sentence, roughly: a long form does not reach over its end.
_STOP = re.compile(r"[.!?;\n](?:(?<!\n)\s+(?=[A-Z(\[])|(?<=\n)\s*\n)")
_SHORT_IN_BRACKET = re.compile(r"\s*([^\s,;=:](?:[^,;=:]*[^\s,;=:])?)\s*(?:[,;=:]|$)")
# "(II)", "(n = 5)", "(see below)", "(Fig. 5)": nobody's abbreviation.
_NO_SHORT = re.compile(
    r"[ivx]+|(?:fig|table|ref|see|eq)\b.*|figs?|and|or|but|the|i\.?e\.?|e\.?g\.?|mean|"
    r"[a-z]\d?|[\d.,]+ ?(?:mg|g|kg|ml|l|cm|mm|nm|h|hr|min|s|years?|months?|days?)",
    re.IGNORECASE,
)
#: Words that end no long form, and that its initials may pass over.
_LINKING = frozenset(
    ["a", "an", "and", "by", "for", "in", "of", "on", "or", "the", "to", "with"]
)
_VOWEL = re.compile(r"[aeiou]")
#: "TNF-α" is defined as "tumor necrosis factor alpha", and the other way round.
_LATIN = str.maketrans("αβγδεζηθικλµμνξοπρσςτυφχψωß", "abgdezetiklmmnxoprsstufcpob")
_PART = re.compile(r"[^\W_][^\s\-–/]*")
_INSIDE = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_GAPS = re.compile(r"[\s\-–]+")
_QUOTES = frozenset("\"'”’»+")
_WORD_BEFORE = re.compile(r"[^\s()\[\],;:]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Abbreviation:
    """A short form with the long form that the text gives for it.

    Attributes
    ----------
    short, long
        As the text writes them.
    short_span, long_span
        Half-open code-point offsets of the two.
    """

    short: str
    long: str
    short_span: tuple[int, int]
    long_span: tuple[int, int]


def find_abbreviations(text: str) -> list[Abbreviation]:
    """Find the abbreviations that a text defines.

    Parameters
    ----------
    text
        A passage or a whole document.

    Returns
    -------
    list of Abbreviation
        One per definition, in order of the text; a short form may be defined twice.

    Examples
    --------
    >>> found = find_abbreviations("Heart failure (HF) and AF (atrial fibrillation).")
    >>> [(a.short, a.long) for a in found]
    [('HF', 'Heart failure'), ('AF', 'atrial fibrillation')]
    """
    pairs = _brackets(text)
    if not pairs:
        return []
    finder = _Finder(text)
    found: list[Abbreviation] = []
    for start, end in pairs:
        # A long form never reaches back into an earlier definition.
        free = finder.free
        one = finder.long_before(start, end, free)
        one = one or finder.short_before(start, end, free)
        if one is not None:
            found.append(one)
            finder.free = end + 1
    return found


def _brackets(text: str) -> list[tuple[int, int]]:
    """Offsets of the inside of every bracket that is not too long, inner ones too."""
    opened: list[int] = []
    pairs = []
    for match in re.finditer(r"[()\[\]]", text):
        place = match.start()
        sign = text[place]
        if sign in _CLOSING:
            opened.append(place)
        elif opened:
            # "[a)": what was open is not closed by this, nor by anything later.
            begin = opened.pop()
            if 1 < place - begin <= _BRACKET and _CLOSING[text[begin]] == sign:
                pairs.append((begin + 1, place))
    return sorted(pairs)


class _Finder:
    """One text with what every bracket in it needs to know."""

    def __init__(self, text: str) -> None:
        self.text = text
        #: Lower case of the same length: some letters get longer (U+0130).
        self.lower = text.lower()
        if len(self.lower) != len(text):
            self.lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        self.lower = self.lower.translate(_LATIN)
        self.stops = [m.end() for m in _STOP.finditer(text)]
        #: End of the last definition.
        self.free = 0

    def long_before(self, start: int, end: int, free: int) -> Abbreviation | None:
        """Read "long form (SHORT)", the bracket's inside being ``start`` to ``end``."""
        a, b = start, end
        short = self.text[a:b]
        if len(short) > _LONGEST or not short.isalnum():
            match = _SHORT_IN_BRACKET.match(self.text, start, end)
            if match is None:
                return None
            a, b = _unquote(self.text, *match.span(1))
            short = self.text[a:b]
        if not _is_short(short):
            return None
        stop = _rstrip(self.text, free, start - 1)
        place = self._match(short, self._window(stop, b - a, free), stop)
        return None if place is None else self._definition((a, b), (place, stop))

    def short_before(self, start: int, end: int, free: int) -> Abbreviation | None:
        """Read "SHORT (long form)"."""
        text = self.text
        stop = _rstrip(text, max(free, start - 2 - _LONGEST), start - 1)
        if not text[stop - 1 : stop].isalnum() and text[stop - 1 : stop] not in _QUOTES:
            return None
        begin = max(free, stop - _LONGEST - 2)
        match = _WORD_BEFORE.search(text[begin:stop])
        if match is None or (match.start() == 0 and text[begin - 1 : begin].isalnum()):
            return None
        a, b = _unquote(text, begin + match.start(), begin + match.end())
        short = text[a:b]
        # Ordinary words stand in front of brackets everywhere: ask for two capitals.
        if not _is_short(short) or sum(map(str.isupper, short)) < 2:
            return None
        inside = re.split(r"[,;=:]", text[start:end], maxsplit=1)[0]
        if len(inside.split()) > _most_words(len(short)):
            return None
        # The long form begins with the bracket, or the bracket is about something else.
        begin = start + len(inside) - len(inside.lstrip())
        stop = _rstrip(text, start, start + len(inside))
        if self._match(short, begin, stop) != begin:
            return None
        return self._definition((a, b), (begin, stop))

    def _definition(
        self, short: tuple[int, int], long: tuple[int, int]
    ) -> Abbreviation | None:
        short_text = self.text[slice(*short)]
        long_text = self.text[slice(*long)]
        if len(long_text) <= len(short_text):
            return None
        if f"({short_text})" in long_text:
            return None
        if short_text in long_text and short_text.strip("+") in [
            word.strip("'\"“”‘’,;:()[]+") for word in _GAPS.split(long_text)
        ]:
            return None
        # "properties of the (Na+,K+)-ATPase".
        if long_text.split()[-1] in _LINKING:
            return None
        # A bracket that only opens or only closes in it shows a wrong beginning.
        if any(long_text.count(a) != long_text.count(b) for a, b in _CLOSING.items()):
            return None
        # "end-diastolic (EDV) and end-systolic (ESV)" does not define ESV so.
        if any(_is_short(one.strip()) for one in _INSIDE.findall(long_text)):
            return None
        return Abbreviation(
            short=short_text, long=long_text, short_span=short, long_span=long
        )

    def _window(self, end: int, characters: int, free: int) -> int:
        """Where the long form may begin: so many words back, in the same sentence."""
        count = _most_words(characters)
        begin = max(free, end - _WORD * count)
        stop = bisect_right(self.stops, end) - 1
        if stop >= 0:
            begin = max(begin, self.stops[stop])
        before, *words = self.text[begin:end].rsplit(None, count) or [""]
        return begin + len(before) if len(words) == count else begin

    def _match(self, short: str, start: int, end: int) -> int | None:
        """Find the short form's characters from right to left.

        Returns
        -------
        int or None
            Where the long form begins.
        """
        signs = _signs(short)
        # The plural s of "ROSs" and "ACEIs" need not be in the long form; "multiple
        # myelomas (MMs)" are not "myelomas".
        plural = short[-1] == "s" and short[-2].isupper() and signs[2:]
        place = self._initials(signs, start, end)
        if place is None and plural:
            place = self._initials(signs[:-1], start, end)
        if place is None:
            place = self._align(short, signs, slice(start, end))
        if place is None and plural:
            place = self._align(short[:-1], signs[:-1], slice(start, end))
        return place

    def _initials(self, signs: tuple[str, ...], start: int, end: int) -> int | None:
        """Match each sign with the initial of a word, linking words passed over."""
        left = list(signs)
        for word in reversed(list(_PART.finditer(self.lower, start, end))):
            if word.group()[0] == left[-1]:
                left.pop()
            elif word.group() not in _LINKING:
                return None
            if not left:
                return self._word_start(word.start(), start)
        return None

    def _align(self, short: str, signs: tuple[str, ...], window: slice) -> int | None:
        """Match the signs from right to left, as the paper does.

        A letter doubled is nothing but initials, and a word of small letters nothing
        but a long form cut short; a word with a capital begins two words at least.
        """
        if len(set(signs)) == 1:
            return None
        text, at, begun = self.lower, window.stop, 0
        for sign in reversed(signs[1:]):
            at = text.rfind(sign, window.start, at)
            if at < 0:
                return None
            begun += not text[at - 1].isalnum() and not short.islower()
        wordy = _is_wordy(short) and not begun
        while (at := text.rfind(signs[0], window.start, at)) >= 0:
            if at and text[at - 1].isalnum():
                continue
            if wordy and not text.startswith("".join(signs), at):
                return None
            word = _PART.match(text, at, window.stop)
            if word is None or word.group() not in _LINKING:
                return self._word_start(at, window.start)
        return None

    def _word_start(self, at: int, start: int) -> int:
        """Begin of the word around ``at``: "beta-blocker" also for the short "B"."""
        while (
            at > start
            and not self.text[at - 1].isspace()
            and self.text[at - 1] not in "([/,;\"“‘'"
        ):
            at -= 1
        return at


@lru_cache(maxsize=4096)
def _is_short(text: str) -> bool:
    if not _SHORTEST <= len(text) <= _LONGEST or not text[0].isalnum():
        return False
    words = text.count(" ") + 1
    if words > 2 or not any(c.isalpha() for c in text):
        return False
    if not any(c.isupper() for c in text) and (words > 1 or len(text) > 6):
        return False
    return _NO_SHORT.fullmatch(text) is None


def _is_wordy(short: str) -> bool:
    """Whether a short form looks like an ordinary word: "(men)", "(Study)"."""
    return (
        short.isalpha()
        and short[1:].islower()
        and (short.islower() or len(short) > 3)
        and _VOWEL.search(short.lower()) is not None
    )


@lru_cache(maxsize=4096)
def _signs(short: str) -> tuple[str, ...]:
    return tuple(c for c in short.lower().translate(_LATIN) if c.isalnum())


def _most_words(characters: int) -> int:
    return min(characters + 5, 2 * characters)


def _unquote(text: str, start: int, end: int) -> tuple[int, int]:
    while end - start > 2 and text[start] in "\"'“‘«" and text[end - 1] in "\"'”’»":
        start, end = start + 1, end - 1
    return start, end


def _rstrip(text: str, start: int, end: int) -> int:
    """End of the text before ``end`` without white space, not before ``start``."""
    if end > start and not text[end - 1].isspace():
        return end
    low = max(start, end - _WORD)
    return low + len(text[low:end].rstrip()) if end > low else end
