"""Names that are newer than the corpora that taggers are trained on.

Hardly any document of those corpora has COVID-19, so that a tagger sees it in some
sentences and not in others. Such names are of one type wherever they stand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.document import Mention

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_VIRUS = (
    r"SARS[- ]?CoV[- ]?2|2019[- ]nCoV|severe acute respiratory syndrome coronavirus 2"
)
_DISEASE = r"COVID(?:[- ]?19)?|coronavirus disease(?: 20|-)19"
#: Type → its names; a type whose names hold another one's comes first.
_NEWER = {
    "Disease": re.compile(
        rf"(?i)(?<!\w)(?:(?:{_VIRUS}|{_DISEASE}) (?:infections?|pneumonia)"
        rf"|(?:long[- ]|post-)?(?:{_DISEASE})|mpox)(?!\w)"
    ),
    "Species": re.compile(rf"(?i)(?<!\w)(?:{_VIRUS})(?!\w)"),
}


def with_newer_names(
    text: str, mentions: Iterable[Mention], *, types: Collection[str], recognizer: str
) -> list[Mention]:
    """Return the mentions, and those newer names that none of them holds.

    A mention that only covers a part of such a name, or gives it another type, gives
    way.

    Parameters
    ----------
    text
        Of a document.
    mentions
        That a tagger found in it.
    types
        That are wanted.
    recognizer
        Of the new mentions.
    """
    current = list(mentions)
    for kind, names in _NEWER.items():
        if kind not in types:
            continue
        for found in names.finditer(text):
            start, end = found.span()
            over = [m for m in current if m.start < end and start < m.end]
            wider = any(m.end - m.start > end - start for m in over)
            right = any(m.span == (start, end) and m.type == kind for m in over)
            if wider or right:
                continue
            current = [m for m in current if m not in over]
            current.append(
                Mention(
                    start=start, end=end, text=found.group(), type=kind,
                    recognizer=recognizer, score=1.0,
                ).with_attributes(consistency="newer name")
            )  # fmt: skip
    return sorted(current, key=lambda m: (m.start, m.end))
