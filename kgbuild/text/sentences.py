"""Sentence boundaries in biomedical text, on rules.

A candidate is a full stop, question mark or exclamation mark, with what closes behind
it, before white space. Everything else is about which candidates are none: an
abbreviation, an initial, a bracket that goes on, a lower-case word. A blank line always
ends a sentence; a single line break does in lists, and is white space in wrapped text.

The rules were tuned on the training articles of CRAFT (Bada et al. 2012,
PMID 22776079); ``benchmarks/sentences.py`` measures them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kgbuild.document import Document

#: A bracket that closes within so many characters holds no boundary.
_BRACKET = 200
#: How far the rules look back and ahead, in characters: keeps hostile text linear.
_WINDOW = 48

_CLOSERS = "\"')\\]}»”’*†‡"
# The sign goes first, whatever stands before it: so its places are found in a tenth of
# the time. White space goes last, so that a run of punctuation is scanned once.
_CANDIDATE = re.compile(
    rf"""
    [.?!…\n](?:
      (?<!\n)(?P<stop>)                      # "mice."
      (?:[.?!…{_CLOSERS}]{{0,8}})            # "mice.)", "mice?!"
      (?:\[[0-9][0-9,;\-–\ ]{{0,30}}\])?     # "mice.[12]": a citation
      (?=\s)
    | (?<=[a-z)]{{4}}\.)(?P<note>)           # "mice.12,13 The": a raised citation
      [0-9]{{1,3}}(?:[,\-–][0-9]{{1,3}}){{0,8}}(?=\s)
    | (?<=[a-z)%0-9]{{2}}[.?!])(?P<glued>)   # "patients.METHODS: …": a lost blank
      (?=(?:[A-Z]{{4,20}}(?:[ ](?:[A-Z]{{1,20}}|&)){{0,5}}:
         |(?:Methods?|Results?|Conclusions?|Background|Objectives?)[:\ ]
         |(?:The|We|This|These|In|Our|However)\ ))
    | (?<=\n)(?P<blank>[^\S\n]*\n)           # a blank line
    | (?<=\n)(?P<line>)                      # a line break, maybe of a list
    )
    """,
    re.VERBOSE,
)
_BRACKETS = re.compile(r"[()\[\]]")
#: What opens a sentence without a capital letter: the parts of a figure, "(a)",
#: "(a-d)", "b:"; keys in its legend, "pe, pigmented", "* p <", "n = 3"; and names,
#: "beta-catenin", "gamma H2AX", "m-calpain".
_SMALL_OPENER = re.compile(
    r"\(?[a-z](?:(?:[-–,]|,[ ]?|[ ]and[ ])[a-z])*(?:\)|:|\.[ ](?=[A-Z]))"
    r"|[a-z/]{1,3},[ ]|\(?[*†‡+]\)?[,:]?[ ]|[nNpP][ ]?[=<>≤≥]"
    r"|(?:alpha|beta|gamma|delta|kappa)[-– ](?=[a-zA-Z])|[a-z][-–][a-z]{3}"
)
_BREAKS = re.compile(r"[\s(\[{<\"“‘'–—,;:]")
_OPENERS = re.compile(r"[\s\"'“‘«(\[{<*†‡§¶•‚„`´\-–—]*")
_GAP = re.compile(r"\s*")
#: "• ", "- ", "(1) ", "2. ", "a) ", "iv) " at the beginning of a line.
LIST_ITEM = re.compile(
    r"[^\S\n]{0,16}(?:[•·▪‣◦●■*–—-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)|\d{1,2}\.)[^\S\n]"
)
_NUMBER = re.compile(r"\s*\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\.\)?")
_LINE_OPENER = re.compile(r"[(\[\"“]?(?:[A-Z]|[0-9]+[.)]|[•·▪‣◦●■*])")
_LINE_WORD = re.compile(r"\S{1,64}")
_WORD = re.compile(r"[^\s,;:()\[\]]*")


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# Before these a stop is never the end of a sentence.
_NEVER = _words(
    "fig figs vs e.g eg i.e ie cf dr drs prof mr mrs ms approx ca eq eqs eqn ref",
    "refs suppl supp tab vol vols pp viz var subsp ssp resp nos tel univ dept ed",
    "eds et chap sect mt st no chr aff fam gen nov op str ser serv biovar bv pv",
    "ph.d.s gen.n",
)
_NEVER_CAPITAL = frozenset(["fig", "figs", "vs", "dr", "st", "eq", "ref"])
# Behind these it is one only before a word that plainly opens a sentence.
_SELDOM = _words(
    "al inc ltd co corp gmbh jr sr u.s u.k u.s.a d.c conc bros assoc natl int med",
    "biol chem sci acad biotech technol lab labs ph.d m.d m.sc b.sc a.k.a w.r.t ave",
    "blvd calif mass wash tenn conn colo minn jan feb mar apr jun jul aug sept oct",
    "nov dec arb c.f diam intl mol vs.v",
)
# Behind these any capitalised word opens one ("5 mg o.d. Intravenous glucose"), an
# acronym or a bracket does not ("i.p. LPS", "q.d. (n = 70)").
_DOSING = _words(
    "spp sp etc i.p i.v s.c i.m p.o i.c.v i.n i.t i.d i.a i.c o.d q.d b.d b.i.d",
    "t.i.d q.i.d q.o.d p.c a.m p.m h.p r.p.m n.s s.d s.e s.e.m d.p.c h.p.i n.d a.u",
    "wt max temp sec appl",
)
# "No. 5" and "vol. 3" before a figure, "no." and "vol." elsewhere ordinary words.
_BEFORE_FIGURE = frozenset(["no", "vol", "st", "chr", "ed", "gen", "str", "p"])
_BEFORE_NAME = frozenset(["st", "mt", "ed", "var", "gen", "str", "aff", "ser", "fam"])

# A capital letter behind another small word is a label ("vitamin C. Mice"), behind one
# of these it may be somebody's initial ("provided by C. Mills").
_NAMING = _words(
    "by from to and of thank thanks with for or between dr drs",
)

# A line that ends with one of these goes on in the next.
_GOING_ON = _words(
    "a an and are as at be been between by for from had has have in into is its no not",
    "of on or than that the their these this to was were which with",
)

# Words with which sentences open and names do not.
_OPENING = _words(
    "The We This These In Our However It Its There They A An As At After Although",
    "All Also Among And Another Because Before Both But By Consistent Conversely",
    "Despite During Each Finally First Following For From Furthermore Given Here",
    "Hence How If Importantly Indeed Interestingly Instead Lastly Moreover More",
    "Most Nevertheless Next No Note Notably Of On One Only Other Overall Patients",
    "Previous Previously Recent Recently Results Second Secondly Several Similar",
    "Similarly Since So Some Such Surprisingly Taken That Their Then Therefore",
    "Third Thus To Together Two Three Four Under Unlike Until Upon Using Various",
    "What When Where Whereas Whether While With Within Without Additionally",
    "Additional Alternatively Accordingly Animals Briefly Cells Compared Mice",
    "Methods Not Once Data Treatment Conclusions Conclusion Background Objective",
    "Objectives Levels High Low Analysis Based Further Later Many Mean Over Through",
    "Total Twelve Ten Figure Table Scale Bar Bars Values Left Right Top Bottom He",
    "She His Her You Your I My",
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    r"""Find the sentences of a text.

    Parameters
    ----------
    text
        One passage; a blank line in it ends a sentence.

    Returns
    -------
    list of (int, int)
        Half-open code-point offsets, sorted and disjoint, without white space around.
        Every character that is not white space is in exactly one of them.

    Examples
    --------
    >>> text = "E. coli (Fig. 1A) grew at pH 7.4. p53 did not. We saw it (see below)."
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['E. coli (Fig. 1A) grew at pH 7.4.', 'p53 did not.', 'We saw it (see below).']
    """
    return _spans(text, 0, len(text))


def document_sentences(
    document: Document,
    *,
    split: Callable[[str], list[tuple[int, int]]] = sentence_spans,
) -> list[tuple[int, int]]:
    """Return the sentences of a document; none crosses the end of a passage.

    Parameters
    ----------
    document
        Its own sentences are returned where it has them.
    split
        What splits a passage otherwise.

    Returns
    -------
    list of (int, int)
        Half-open offsets in ``document.text``, sorted and disjoint.

    Examples
    --------
    >>> from kgbuild.document import Document
    >>> document = Document.from_text("It is raised.", title="ACE in heart failure")
    >>> document_sentences(document)
    [(0, 20), (21, 34)]
    """
    if document.sentences is not None:
        return [(sentence.start, sentence.end) for sentence in document.sentences]
    spans = []
    for passage, (offset, _) in zip(
        document.passages, document.passage_offsets(), strict=True
    ):
        spans += [(a + offset, b + offset) for a, b in split(passage.text)]
    return spans


def _spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    closed = _Brackets(text)
    lines: _Lines | None = None
    for found in _CANDIDATE.finditer(text, start, end):
        stop = found.end()
        if found["blank"] is not None:
            stop = found.start()
        elif found["line"] is not None:
            lines = lines or _Lines(text)
            if not lines.end_with(found.start()):
                continue
            stop = found.start()
        elif not _is_boundary(text, found, closed):
            continue
        elif _NUMBER.fullmatch(text, start, stop) and "\n" in text:
            # "2. Aspirin …": the number of a list's item.
            lines = lines or _Lines(text)
            if lines.listed:
                continue
        _add(spans, text, start, stop)
        start = stop
    _add(spans, text, start, end)
    return spans


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Append the stretch without the white space around it, if anything is left."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


class _Brackets:
    """The stretches between brackets that close soon, found when first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None
        self._ends: list[int] = []

    def hold(self, place: int) -> bool:
        """Whether ``place`` lies inside a pair of brackets."""
        if self._starts is None:
            self._starts = self._find()
        index = bisect_right(self._starts, place) - 1
        return index >= 0 and place < self._ends[index]

    def _find(self) -> list[int]:
        open_at: dict[str, list[int]] = {"(": [], "[": []}
        pairs: list[tuple[int, int]] = []
        for found in _BRACKETS.finditer(self._text):
            sign, place = found.group(), found.start()
            if sign in "([":
                open_at[sign].append(place)
                continue
            opened = open_at["(" if sign == ")" else "["]
            if opened:
                begin = opened.pop()
                if place - begin <= _BRACKET:
                    pairs.append((begin, place))
        # Outermost pairs only, so that one look-up by bisection is enough.
        starts: list[int] = []
        for begin, place in sorted(pairs):
            if starts and place <= self._ends[-1]:
                continue
            starts.append(begin)
            self._ends.append(place)
        return starts


class _Lines:
    """The lines of a text with single breaks: wrapped, or each a sentence of its own.

    A break that wraps stands where the next word found no room. So one before which
    the next word had room, in a text as wide as its longest line, was meant; and so
    were all of a text in which every line opens like a sentence, and those before the
    bullets or numbers of a list.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        self.listed = sum(LIST_ITEM.match(f"{line} ") is not None for line in lines) > 1
        self._width = max(map(len, lines), default=0)
        self._all_open = len(lines) > 2 and all(_LINE_OPENER.match(n) for n in lines)

    def end_with(self, place: int) -> bool:
        """Whether a sentence ends with the line break at ``place``."""
        text = self._text
        if self.listed and LIST_ITEM.match(text, place + 1):
            return True
        gap = _GAP.match(text, place + 1)
        begin = gap.end() if gap else place
        if not _LINE_OPENER.match(text, begin):
            return False
        before = text[max(text.rfind("\n", 0, place) + 1, place - self._width) : place]
        before = before.strip()
        if not before or before[-1] in ",-–/(&" or before.split()[-1] in _GOING_ON:
            return False
        word = _LINE_WORD.match(text, begin)
        room = len(before) + 1 + len(word.group() if word else "")
        return self._all_open or room <= self._width


def _is_boundary(text: str, found: re.Match[str], closed: _Brackets) -> bool:
    """Whether a sentence ends with this candidate."""
    start, end = found.span()
    limit = end + _WINDOW
    opening = _OPENERS.match(text, end, limit)
    first = opening.end() if opening else end
    if first >= min(limit, len(text)):
        # Nothing but white space and quotes is left to look at.
        return limit < len(text)
    follows = _WORD.match(text, first, limit)
    whole = follows.group() if follows else ""
    after = whole.rstrip(".?!\"'”’")
    if not _may_open(text[first], after):
        gap = _GAP.match(text, end, limit)
        if not _SMALL_OPENER.match(text, gap.end() if gap else end, limit):
            return False
    if closed.hold(end - 1):
        return False
    if text[start] != "." or found.lastgroup != "stop":
        return True
    closing = end - start > 1
    if closing and text.find(".", start + 1, end) >= 0:
        # "(i.p.).": the second stop is the sentence's own.
        return True
    behind = text[max(0, start - _WINDOW) : start]
    before = _BREAKS.split(behind[behind.rfind(" ") + 1 :])[-1]
    if not before:
        return True
    return not _abbreviates(behind, before, after, whole=whole, plain=not closing)


def _may_open(letter: str, word: str) -> bool:
    """Whether a sentence can begin with this word."""
    if letter.isalpha():
        if not letter.islower():
            return True
        # mRNA, p53, siRNA, c-Myc, α-Synuclein: names keep their small letter.
        return any(c.isupper() or c.isdigit() for c in word) and word[-1:] != "-"
    if letter.isdigit():
        return True
    return unicodedata.category(letter) not in {"Po", "Pe", "Pf", "Sm"}


def _abbreviates(
    behind: str, before: str, after: str, *, whole: str, plain: bool
) -> bool:
    """Whether the stop belongs to the word before it.

    Parameters
    ----------
    behind
        The text before the stop, up to a limit.
    before, after
        The words around the stop.
    whole
        ``after`` with the stop behind it.
    plain
        ``False`` where something closes behind the stop, as in ``"(… et al.)"``.
    """
    word = before.lower()
    if before.isupper() and len(before) > 1 and "." not in before:
        # "in WT and CA. The": an acronym, not "wt." or "ca."
        return word in _NEVER_CAPITAL and plain
    opens = after in _OPENING
    if word in _NEVER:
        if word in _BEFORE_FIGURE and after[:1].isdigit():
            return True
        if word in _BEFORE_NAME:
            return not opens
        return word not in _BEFORE_FIGURE and plain
    if word in _BEFORE_FIGURE:
        return after[:1].isdigit()
    if word in _SELDOM:
        return not opens
    if word in _DOSING:
        return not (opens or re.match(r"[A-Z][a-z]|[A-Z]\S*[a-z]{4}", after))
    if before.isdigit() and len(before) <= 3:
        # "12. 5 mg": a decimal with a blank in it. A list's "was 12. 5. Later" keeps
        # its stop in ``whole``, and nobody opens a sentence with a single digit.
        return re.fullmatch(r"[0-9](?:[^0-9.].*)?", whole) is not None
    if len(before) == 1 and before.islower():
        # "20 µm. Bars" has a unit; "p. 12" and "c. 200" are abbreviations.
        return word in "cpvn" and after[:1].isdigit()
    if len(before) == 1 and before.isalpha():
        words = behind[: -len(before)].rsplit(None, 1)
        earlier = words[-1] if words else ""
        if after[:1].isdigit() or earlier.isdigit():
            return False
        if earlier.strip("°").islower() and earlier not in _NAMING:
            return earlier[-1:] in ",;:("
        # An initial ("J. Smith", "E. coli") or a label ("vitamin C. The").
        return not opens
    # "J.A. Smith", "U.S. Patent": letters with stops between.
    if "." in before and all(len(part) <= 1 for part in before.split(".")):
        return not opens and not before[-1].isdigit()
    return False
