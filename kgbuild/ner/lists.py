"""Lists of genes or of cell lines: beside a known one stand others.

Of "H460, H358 and H23" a tagger that sees no more is not sure enough of any. Those that
are known are taken as they are, and so are codes in a list with them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.ner.usage import usual_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kgbuild.document import Mention

#: Types whose names are codes, and what such a code is; markers of cells are no genes.
_TYPES = frozenset({"CellLine", "Gene"})
_CODE = re.compile(r"(?!CD\d)[A-Z][A-Za-z-]*\d[A-Z\d]*")
_BETWEEN = re.compile(r",? (?:and|or|and/or|as well as) |[,;] |/")


def take_listed(
    text: str, mentions: Sequence[Mention], unsure: Iterable[Mention]
) -> list[Mention]:
    """Take unsure codes in lists of mentions of one type, with a known one of it.

    Parameters
    ----------
    text
        Of a document.
    mentions
        Disjoint, in the order of the text.
    unsure
        Mentions that are too unsure to stand by themselves.
    """
    free = [
        m.with_attributes(consistency="list")
        for m in unsure
        if m.type in _TYPES
        and _CODE.fullmatch(m.text)
        and all(m.end <= o.start or o.end <= m.start for o in mentions)
    ]
    if not free:
        return list(mentions)
    rows: list[list[Mention]] = []
    for mention in sorted([*mentions, *free], key=lambda m: m.start):
        last = rows[-1][-1] if rows else mention
        listed = _BETWEEN.fullmatch(text, last.end, mention.start)
        if listed and last.type == mention.type:
            rows[-1].append(mention)
        else:
            rows.append([mention])
    return [
        mention
        for row in rows
        for mention in row
        if mention not in free or any(usual_type(m.text) == m.type for m in row)
    ]
