"""Cues of negation and of hedging in a sentence: a flag for the reader, not a parser.

A sentence with a cue may still assert the association at hand ("A, but not B, lowers
C"). The flags therefore only count how much of an association's evidence deserves a
second look; nothing is dropped because of them. The cues are closed-class words and
reporting verbs, in the spirit of NegEx (Chapman et al. 2001, PMID 12123149) and of
the hedging cues of Light et al. 2004 (ACL W04-3103); the lists are our own.
"""

from __future__ import annotations

import re

_NEGATION = re.compile(
    r"""\b(?:
      no | not | nor | neither | never | none | without | cannot | nothing
    | lack(?:s|ed|ing)? | absen(?:ce|t) | fail(?:s|ed|ure)?\s+to
    | den(?:y|ies|ied) | rule[ds]?\s+out | ruling\s+out | unable\s+to
    | un(?:related|affected|changed|altered|associated)
    | independent(?:ly)?\s+of | devoid\s+of | instead\s+of | rather\s+than
    )\b | n't\b | n’t\b""",
    re.IGNORECASE | re.VERBOSE,
)

#: "Not" that adds or strengthens instead of denying, and "no" that is not the word.
_NOT_NEGATION = re.compile(
    r"""\b(?:
      not\s+(?:only|just|merely|simply|solely|least|surprisingly|unexpectedly)
    | no\s+(?:doubt|later|longer\s+than) | whether\s+or\s+not | if\s+not
    | without\s+(?:doubt|exception)
    | (?:fail|absent)\s*-?\s*safe
    | no\.\s*\d+
    )""",
    re.IGNORECASE | re.VERBOSE,
)

_HEDGING = re.compile(
    r"""\b(?:
      (?-i:may|might|could|(?<!\w)May(?!\s+\d|\s+of|\s+and|\s+to)) | can\s+perhaps
    | perhaps | possib(?:le|ly|ility|ilities) | probabl[ey] | presumabl[ey]
    | putative(?:ly)?
    | suggest(?:s|ed|ing|ive|ions?)? | suspect(?:s|ed)? | potential(?:ly)? | likely
    | appear(?:s|ed|ing)?\s+to | seem(?:s|ed|ing|ingly)?
    | hypothes[ie][sz](?:e[ds]?|ing|is|es)?
    | speculat(?:e[ds]?|ive|ion) | propos(?:e[ds]?|ing) | postulat(?:e[ds]?|ing)
    | whether | unclear | unknown | uncertain(?:ty)? | controversial
    | remains?\s+to\s+be | (?:is|are)\s+believed | (?:is|are)\s+thought
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def is_negated(sentence: str) -> bool:
    """Whether the sentence holds a cue of negation.

    Examples
    --------
    >>> is_negated("Enalapril did not lower the pressure.")
    True
    >>> is_negated("Losartan lowers not only pressure but also proteinuria.")
    False
    """
    if _NEGATION.search(sentence) is None:
        return False
    return _NEGATION.search(_NOT_NEGATION.sub(" ", sentence)) is not None


def is_hedged(sentence: str) -> bool:
    """Whether the sentence holds a cue of hedging: may, suggests, whether, ….

    Examples
    --------
    >>> is_hedged("These data suggest that aliskiren may protect the kidney.")
    True
    >>> is_hedged("Patients were enrolled in May 2009.")
    False
    """
    return _HEDGING.search(sentence) is not None
