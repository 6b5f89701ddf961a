"""Mentions from files: made canonical, and put right where offsets disagree.

**The rule for offsets that disagree with the text.** A file says that a mention lies
from ``start`` to ``end`` and what its text is. Where the document has something else
there, in this order:

1. The document's text there says the same under a folding that leaves out case,
   accents, white space, dashes and other punctuation, and takes a Greek letter for its
   name ("beta"), the Latin letter that stands for it ("b") or itself: the offsets hold,
   the text is the document's. So do they for "left ... ventricle" where the document's
   text begins and ends with these words, with others between.
2. The mention's text (white space around it dropped) stands in the document at the
   shift which the last repaired mention of this document had, or exactly once within
   16 characters of the stated start: the mention moves there. Places where it would be
   part of a longer word count only if there is no other, and only for texts of four or
   more characters; a place that another mention of the same type has already is none.
3. Otherwise the mention is reported and left out.

A mention that moved says where it came from in the attribute ``source_offsets``. How
many were kept under the folding of rule 1 is said in one warning.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kgbuild import entity_types
from kgbuild.corpus.identifiers import Identifiers, parse_identifiers
from kgbuild.document import Mention

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: How far from the stated start a text is looked for, in characters.
WINDOW = 16

canonical_type = lru_cache(maxsize=4096)(entity_types.canonical_type)


class Placer:
    """Finds the true offsets of the mentions of one document, in file order.

    ``stated`` is ``(start, end, text, type)`` of all its mentions: what lies right is
    not taken by another.
    """

    def __init__(
        self, text: str, stated: Iterable[tuple[int, int, str, str]] = ()
    ) -> None:
        self._text = text
        self._shift = 0
        #: How many mentions were kept whose text the document writes otherwise.
        self.differing = 0
        self._stated = stated
        # Worked out when it is first needed: most documents have nothing to repair.
        self._taken: set[tuple[int, int, str]] | None = None

    def place(self, start: int, end: int, said: str, kind: str) -> tuple[int, int]:
        """Return the offsets at which the mention stands.

        Raises
        ------
        ValueError
            It stands at none that is certain; the message is a sentence.
        """
        text = self._text
        if 0 <= start < end <= len(text):
            there = text[start:end]
            if there == said:
                return start, end
            if alike(there, said):
                self.differing += 1
                return start, end
        if self._taken is None:
            self._taken = {
                (begin, stop, other)
                for begin, stop, words, other in self._stated
                if text[begin:stop] == words
            }
        found = self._search(start, said.strip(), kind, self._taken)
        if found is None:
            there = text[max(start, 0) : max(end, 0)]
            if end > len(text):
                there += " (the document ends there)"
            msg = (
                f"The mention {_short(said)} is said to stand at {start} to {end}, "
                f"where the text is {_short(there)}, and does not stand near by "
                "unmistakably: correct its offsets."
            )
            raise ValueError(msg)
        self._shift = found - start
        end = found + len(said.strip())
        self._taken.add((found, end, kind))
        return found, end

    def _search(
        self, start: int, wanted: str, kind: str, taken: set[tuple[int, int, str]]
    ) -> int | None:
        if not wanted:
            return None
        text, size = self._text, len(wanted)
        low = max(0, start - WINDOW)
        places = []
        at = text.find(wanted, low, max(start, 0) + WINDOW + size)
        while at >= 0:
            if (at, at + size, kind) not in taken:
                places.append(at)
            at = text.find(wanted, at + 1, max(start, 0) + WINDOW + size)
        words = [at for at in places if _is_word(text, at, at + size)]
        shifted = start + self._shift
        if (
            self._shift
            and text[max(shifted, 0) : shifted + size] == wanted
            and (shifted, shifted + size, kind) not in taken
            and (_is_word(text, shifted, shifted + size) or size >= 4)
        ):
            return shifted
        if not words and size >= 4:
            words = places
        return words[0] if len(words) == 1 else None


def make_mention(
    text: str,
    start: int,
    end: int,
    *,
    label: str,
    identifier: str | None,
    fragments: tuple[tuple[int, int], ...] = (),
    extra: Mapping[str, str] | None = None,
) -> Mention:
    """Make a gold mention from what a corpus says.

    The corpus' label is kept in the attribute ``label`` where it is not the canonical
    type; the identifier column is ``None`` where it is missing; ``extra`` attributes
    win over those that the identifier gives.
    """
    kind, says, attributes = _typed(label, identifier)
    if extra:
        attributes = tuple(sorted({**dict(attributes), **extra}.items()))
    return Mention(
        start=start,
        end=end,
        text=text[start:end],
        type=kind,
        concepts=says.concepts,
        method=says.method,
        composite=says.composite,
        fragments=fragments,
        attributes=attributes,
    )


@lru_cache(maxsize=65536)
def _typed(
    label: str, identifier: str | None
) -> tuple[str, Identifiers, tuple[tuple[str, str], ...]]:
    kind = canonical_type(label)
    says = parse_identifiers(kind, identifier)
    attributes = dict(says.attributes)
    if kind != label:
        attributes["label"] = label
    return kind, says, tuple(sorted(attributes.items()))


def written_label(mention: Mention) -> str:
    """Return the source's label where it still means the mention's type."""
    label = mention.attribute("label")
    if label and canonical_type(label) == mention.type:
        return label
    return mention.type


def alike(there: str, said: str) -> bool:
    """Whether a document's text says what a file says that a mention's text is.

    Examples
    --------
    >>> alike("TNF-α", "TNF-alpha"), alike("TNF-α", "TNFa"), alike("α", "beta")
    (True, True, False)
    >>> alike("left and right ventricle", "left ... ventricle")
    True
    >>> alike("left and right ventricle", "left ... tricle")  # cuts a word
    False
    """
    if len(there) != len(said) and any(
        a.isalnum() != b.isalnum()
        for a, b in ((there[:1], said[:1]), (there[-1:], said[-1:]))
    ):
        return False  # "(p53" for "p53": the offsets are wrong
    pieces = [piece for piece in _ELLIPSIS.split(said) if piece.strip()]
    for greek in (_NAMES, _LETTERS, {}):
        folded = [_fold(piece, greek) for piece in pieces]
        text = _fold(there, greek)
        if not all(folded) or not folded:
            continue
        if len(folded) == 1 and text == folded[0]:
            return True
        if len(folded) > 1 and _holds(text, folded, _borders(there, greek)):
            return True
    return there.split() == said.split()


def _holds(text: str, pieces: list[str], borders: set[int]) -> bool:
    """Whether whole words of the text are the pieces, the outer ones at its ends."""
    at = 0
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        start = len(text) - len(piece) if last else text.find(piece, at)
        while not last and start >= 0 and not {start, start + len(piece)} <= borders:
            start = text.find(piece, start + 1)
        whole = {start, start + len(piece)} <= borders and text[start:].startswith(
            piece
        )
        if start < at or (not number and start) or not whole:
            return False
        at = start + len(piece)
    return True


def _borders(text: str, greek: Mapping[str, str]) -> set[int]:
    """Return where words begin and end in a folded text."""
    size = 0
    borders = {0}
    for word in re.split(r"[\W_]+", text):
        size += len(_fold(word, greek))
        borders.add(size)
    return borders


def _fold(text: str, greek: Mapping[str, str]) -> str:
    """Leave nothing of a text but its letters and digits, in their plainest form."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(greek.get(c, c) for c in plain if c.isalnum())


_NAMES: Final = {
    letter: unicodedata.name(letter).rpartition(" ")[2].lower()
    for letter in map(chr, range(0x3B1, 0x3CA))
} | {"λ": "lambda"}
_LETTERS: Final = dict(
    zip("αβγδεζηθικλμνξοπρςστυφχψω", "abgdezhqiklmnxoprsstufcyw", strict=True)
)
_ELLIPSIS: Final = re.compile(r"\.{3,}|…")


def _is_word(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit runs on over either border."""
    before = text[start - 1 : start]
    after = text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (
        after.isalnum() and text[end - 1].isalnum()
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
