"""Diseases whose first word, a degree or a place elsewhere, is part of the name.

Annotators leave "severe" out before a disease, and so does a tagger, even in "severe
combined immunodeficiency". These are the names that many papers are about; taking all
that vocabularies have would take in "acute pain", which annotators do not.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.document import Mention

_DISEASE = "Disease"
#: Types that a tagger has for the first words.
_FIRST = frozenset({_DISEASE, "Gene", "Chemical"})
_NAME = re.compile(
    r"""(?ix)(?<![\w-])(?:
    mild[ ](?:neuro)?cognitive[ ](?:impairments?|disorders?)
    |severe[ ](?:combined[ ]immuno-?deficienc(?:y|ies)|acute[ ]respiratory[ ]syndrome
        |congenital[ ]neutropenia|fever[ ]with[ ]thrombocytopenia[ ]syndrome
        |myoclonic[ ]epilepsy(?:[ ](?:of|in)[ ]infancy)?)
    |hypoxic[- ]ischa?emic[ ](?:encephalopathy|brain[ ](?:injury|damage))
    |ischa?emia[-/ ]reperfusion[ ]injury
    |IgA[ ](?:nephropathy|vasculitis)
    |(?:alpha|α)[- ]?1[- ]?anti-?trypsin[ ]deficiency
    |major[ ]depressi(?:on|ve[ ](?:disorder|episode)s?)
    |portal[ ]hypertension
    |disseminated[ ]intravascular[ ]coagulation
    |(?:acute|adult)[ ]respiratory[ ]distress[ ]syndrome
    |end-stage[ ](?:renal|kidney|liver)[ ](?:disease|failure)
    |post-?menopausal[ ]osteoporosis
    |(?:un)?stable[ ]angina(?:[ ]pectoris)?
    )(?!\w)"""
)


def take_whole_diseases(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Widen diseases to the whole of such a name, and join the pieces of one."""
    current = list(mentions)
    for found in _NAME.finditer(text):
        start, end = found.span()
        over = [m for m in current if m.start < end and start < m.end]
        if not over or over[0].start < start or over[-1].end != end:
            continue
        if over[-1].type != _DISEASE or not {m.type for m in over} <= _FIRST:
            continue
        if over[0].span == (start, end):
            continue
        whole = replace(over[-1], start=start, text=text[start:end])
        current[current.index(over[-1])] = whole.with_attributes(consistency="whole")
        current = [m for m in current if m not in over]
    return current
