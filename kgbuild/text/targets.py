"""Where a target is named only to say what kind of drug another one is.

"Enalapril, an ACE inhibitor, was compared with atenolol" says of enalapril what it does
to ACE, and of atenolol nothing. Who annotates relations does so, too.
"""

from __future__ import annotations

import re

_KIND = r"(?:inhibitors?|blockers?|antagonists?|agonists?|activators?)"
#: Behind a target: what makes it the first word of a kind of drugs.
_KIND_BEHIND = re.compile(
    rf"""(?:[-‐–/][\w-]{{3,30}}\s+(?=(?:re-?)?uptake|receptors?|channels?))?
    \)?[-‐\s]*(?:\([^()]*\)[-‐\s]*)?
    (?:(?:[a-z]{{1,4}}-?\d\w?|NMDA|AMPA)\s+(?=receptors?))?
    (?:(?:receptors?|channels?|entry|(?:re-?)?uptake|transporters?|\w\d?)[-\s]+)?
    (?:\([^()]*\)[-‐\s]*)?{_KIND}\b(?![-\s](?:activit|propert|effect|action|potenc))""",
    re.IGNORECASE | re.VERBOSE,
)
#: Before it: "anti-aldosterone drugs".
_ANTI = re.compile(r"(?<!\w)anti[-‐\s]$", re.IGNORECASE)
_IS_KIND = re.compile(rf"\b{_KIND}$", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*\)")
#: Before the drugs of the kind, or the order in which they act.
_MEMBERS = re.compile(
    r"""^.*(?:\b(?:such\s+as | includ\w+ | e\.g\.?,? | namely | like | i\.e\.? | order
      | especially | for\s+example | particularly | tested
      | (?:termed|named|called)(?:\s+as)?)\b | :)
    | ^.*?\b(?:is|are|was|were)\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: Words with which a sentence goes on to something else.
_FURTHER = re.compile(
    rf"""\b(?:with | by | than | to | of | on | in | from | for | against | after
      | before | during | without | when | while | but | whereas | that | which | if
      | because | took | tak(?:es?|en) | gave | given | may | can | could | should | did
      | does | do | and\s+(?:the|an?) | had | has | have | was | were | versus | vs
      | plus | not | \w{{3,}}(?:ed|ing) | attenuates? | increases? | reduces? | lowers?
      | causes? | enhances? | blocks? | prevents? | inhibits? | {_KIND})\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: Between a drug and the target: that it is one of the kind.
_IS_ONE = re.compile(
    r"""(?: [,(–:]\s*(?:which\s+(?:is|are)\s+|both\s+)?
        (?:(?:an?|the|one\s+of\s+the|another|as|all)\s+)?
      | \b(?:is|was|are|were|be|as|represents?)\s+
        (?!(?:given|taken|shown|made)\b)(?:\w+ly\s+)?(?:an?\s+|the\s+)?
      | \b(?:other|first-generation)\s+ | ^[-\s/]\s*$
      | \b(?:class(?:es)? | chemotypes? | famil(?:y|ies) | series | groups? | examples?
        | members? | types? | generation)\s+of\s+ )
    (?:(?!(?:with|of|to|in|on|by|for|than|was|were|is|are)\b)[\w/-]+,?\s+){0,6}\S*$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Two kinds side by side: "atenolol and an ACE inhibitor".
_BESIDE = re.compile(
    r"\s*(?:and|or|nor|plus)\s+(?:(?:the|an?|\w+ive)\s+)?", re.IGNORECASE
)
#: How far apart the two may stand, in characters.
_REACH = 400


def is_in_kind(sentence: str, name: tuple[int, int]) -> bool:
    """Whether a name is a word of a kind's name: "dopamine receptor agonists".

    Parameters
    ----------
    sentence
        Its text.
    name
        Half-open offsets in it.

    Examples
    --------
    >>> is_in_kind("A calcium channel blocker was given.", (2, 9))
    True
    >>> is_in_kind("Calcium blocks the channel.", (0, 7))
    False
    """
    return _kind_ends(sentence, name) is not None


def is_behind_anti(sentence: str, start: int) -> bool:
    """Whether what starts there is what a drug is against: "anti-aldosterone drugs"."""
    return _ANTI.search(sentence, max(0, start - 6), start) is not None


def _kind_ends(sentence: str, name: tuple[int, int]) -> int | None:
    """Where the kind's name ends that a name is in, if it is in one."""
    if _IS_KIND.search(sentence, *name):
        return None
    if behind := _KIND_BEHIND.match(sentence, name[1]):
        return behind.end()
    return name[1] if is_behind_anti(sentence, name[0]) else None


def is_of_another(
    sentence: str, target: tuple[int, int], drug: tuple[int, int]
) -> bool:
    """Whether a target only names a kind of drugs, and this drug is not said to be one.

    Parameters
    ----------
    sentence
        Its text.
    target, drug
        Half-open offsets of the two in it.

    Examples
    --------
    >>> is_of_another("An ACE inhibitor was replaced by zinc.", (3, 6), (33, 37))
    True
    >>> is_of_another("The ACE inhibitor enalapril was given.", (4, 7), (18, 27))
    False
    """
    end = _kind_ends(sentence, target)
    if end is None:
        return False
    if end <= drug[0] <= end + _REACH:
        between = _ASIDE.sub(" ", sentence[end : drug[0]])
        between = between.partition("(")[0]  # in brackets: what stands before them
        if members := _MEMBERS.search(between):
            between = between[members.end() :]
        return _FURTHER.search(between) is not None
    if drug[1] <= target[0] <= drug[1] + _REACH:
        between = _ASIDE.sub(" ", sentence[drug[1] : target[0]])
        if _BESIDE.fullmatch(between):
            return True
        return not _IS_ONE.search(between) and _FURTHER.search(between) is not None
    return False
