"""What a sentence says of two things in plain words: which way they go, or what kind.

"A represses B" is one, and "silencing of A raised B" says the same: who annotates
relations turns the sign round, where a network that reads the verb does not. The
patterns are our own; where more stands between the two, nothing is said.
"""

from __future__ import annotations

import re
from typing import Literal

_UP = r"""(?:(?<![-‐])(?:increas|rais|elevat|enhanc|induc|promot|stimulat|activat|caus
      |aggravat|accelerat|exacerbat|worsen|augment|trigger|potentiat|provok
      |up-?regulat)(?:es?|s|ed)
    | (?:leads?|led)\s+to | result(?:s|ed)?\s+in | developed
    | (?:had|showed|displayed|exhibited)\s+(?:\w+ly\s+)?
      (?:higher|increased|elevated|enhanced|more))"""
_DOWN = r"""(?:(?<![-‐])(?:decreas|lower|reduc|inhibit|suppress|attenuat|prevent|protect
      |abolish|block|diminish|impair|ameliorat|revers|repress|abrogat|alleviat|improv
      |slow|delay|down-?regulat)(?:es?|s|ed)
    | (?:had|showed|displayed|exhibited)\s+(?:\w+ly\s+)?(?:lower|decreased|reduced|less)
    | (?:was|were|is|are)\s+(?:\w+ly\s+)?
      (?:resistant\s+to | protected\s+(?:from|against)))"""
_LOSS = r"""(?:silencing | knock-?\s?downs? | knock-?\s?outs? | deletion | depletion
    | deficiency | loss | ablation | inactivation | inhibition | blockade | suppression
    | disruption | neutrali[sz]ation)"""
_AGAINST = r"(?:(?:si|sh)RNAs?|inhibitors?|antibody|antibodies|antagonists?|blockers?)"
#: What a thing is that is lost, before its name and behind it.
_BEFORE = re.compile(
    rf"""\b(?:{_LOSS}\s+of | {_AGAINST}\s+(?:of|against|for|targeting|to))\s+
    (?:the\s+)?(?:\w+\s+)?$""",
    re.IGNORECASE | re.VERBOSE,
)
_BEHIND = re.compile(
    rf"""(?:[-\s‐]?(?:KO|\(?-/-\)?) | [-\s‐](?:gene\s+|\w+ing\s+)?
    (?:deficient | null | {_LOSS} | {_AGAINST}))(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
#: What stands aside; not the sign of a mutant, "A (-/-)".
_ASIDE = re.compile(r"\s?\((?!-/-\))[^()]*\)")
#: What a thing or its loss does; and what becomes of something by it.
_DOES = re.compile(
    rf"""(?:\s[\w-]+){{0,6}}?\s(?:\w+ly\s+)?(?<!\band\s)
    (?P<verb>(?P<up>{_UP})|(?P<down>{_DOWN}))\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: Of several things that it does, the last: "lowers A and raises B".
_DOES_LAST = re.compile(
    rf""".*,?\s(?:and|but)\s(?:(?:it|also|then|\w+ly)\s){{0,2}}
    (?P<verb>(?P<up>{_UP})|(?P<down>{_DOWN}))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_BECOMES = re.compile(
    r"""\b(?:was|were|is|are)\s+(?:\w+ly\s+)?
    (?: (?P<up>increased | raised | elevated | enhanced | induced | augmented | higher
      | up-?regulated | activated)
    | (?P<down>decreased | lowered | reduced | inhibited | suppressed | attenuated
      | prevented | abolished | blocked | diminished | lower | down-?regulated
      | abrogated | repressed) )
    \s+(?:by|after|upon|following|in|with)\s+(?:the\s+|an?\s+)?(?:[\w-]+\s+)?$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Of what a thing has less than another: "fewer on A had B", "B was rarer with A than".
_WITH = r"""(?:with|in|on|for|under|by|receiving|taking|given|after|during)\s
    (?:the\s)?(?:(?:\w+\s){0,2}(?:group|arm|patients|subjects|those|treated|receiving
      |taking|given|on|with)\s){0,3}"""
_LESS = r"(?:fewer|less|lower|smaller|rarer)"
_LESS_BEFORE = re.compile(
    rf"""\b{_LESS}\s(?:[\w-]+\s){{0,3}}?{_WITH}$""", re.IGNORECASE | re.VERBOSE
)
_HAD = re.compile(
    r"""(?:\s(?!and\b)[\w-]+){0,2}?\s(?:had|experienced|developed|reported|suffered
    |showed|complained)\b(?:\s(?!no\b|less|lower)[\w-]+){0,4}\s$""",
    re.IGNORECASE | re.VERBOSE,
)
_LESS_BETWEEN = re.compile(
    rf"""(?:\s[\w-]+){{0,3}}?\s(?:was|were|is|are|occurred|appeared|developed)\s
    (?:\w+ly\s)?{_LESS}(?:\s(?!than\b)[\w-]+){{0,3}}?\s{_WITH}$""",
    re.IGNORECASE | re.VERBOSE,
)
_CAUSES_LESS = re.compile(
    rf"""(?:\s\w+ly)?\s(?:caus|produc|induc|elicit|evok|provok)(?:es?|ed)\s
    (?:\w+ly\s)?{_LESS}\s(?:[\w-]+\s){{0,2}}$""",
    re.IGNORECASE | re.VERBOSE,
)
_THAN = re.compile(r"[^;:]*\bthan\b", re.IGNORECASE)
#: "In isoproterenol induced B": of a third thing.
_ATTRIBUTE = re.compile(r"\b(?:in|on|of|during|against)\s[\w-]+\s\w+ed$", re.IGNORECASE)
#: Words with which a sentence goes on to something else, or turns the verb round.
_FURTHER = re.compile(
    r"""[,;:] | \b(?:but|whereas|while|not|no|or|failed|without|which|that|who|than|by
      |less|fewer|loss|lack|absence|failure|reduction|decrease|decreased|reduced
      |impaired|impairment|resistance|clearance|elimination|excretion|degradation
      |breakdown|metabolism|toxicity|death|apoptosis|inhibition|suppression|effects?
      |protection)\b
    | \band\s+(?:\w+ly\s+)?\w+(?:ed|s)\b""",
    re.IGNORECASE | re.VERBOSE,
)

#: How far apart the two may stand, in characters: plain words are few.
_REACH = 200
Sign = Literal["positive", "negative"]
Kind = Literal[
    "bind", "conversion", "comparison", "cotreatment", "agonist", "antagonist",
    "inhibitor",
]  # fmt: skip

_FEW = r"(?:[\w-]+\s){0,4}?"
#: What stands between two things of each kind of relation, or before and between.
_KINDS: dict[Kind, re.Pattern[str]] = {
    "bind": re.compile(
        rf"""\s{_FEW}(?:binds?|bound)\s(?:\w+ly\s)?(?:(?:to|with)\s)?{_FEW}
        | \s(?:forms?|formed)\s(?:an?\s)?(?:\w+\s)?complex(?:es)?\swith\s{_FEW}
        | \s(?:is|was)\sbound\sby\s{_FEW}""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "conversion": re.compile(
        rf"""\s(?:is|was|are|were|be)\s(?:\w+ly\s)?(?:bio)?
        (?:converted|metaboli[sz]ed|oxidi[sz]ed|reduced|hydroly[sz]ed|hydroxylated
          |transformed|demethylated|decarboxylated|activated|turned)\s(?:in)?to\s{_FEW}
        | \s(?:is|was)\s(?:an?|the)\s(?:\w+\s)?(?:precursor|prodrug|metabolite)\s
          (?:of|to|for)\s""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "comparison": re.compile(
        r"""[^,;:]*\b(?:versus|vs\.?|compared\s(?:with|to)|superior\sto|inferior\sto|than
        |as\sthat\sof)\s(?:the\s)?(?:(?:that|those)\s(?:of|on|with)\s|with\s|in\s)?
        (?:\w+\s)?""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "cotreatment": re.compile(
        rf"""\s?(?:\bplus\b|\+)\s?{_FEW}
        | \s{_FEW}(?:(?:in\s)?combin(?:ed|ation)|together|along|concomitantly
          |concurrently|simultaneously|co-?administered)\swith\s{_FEW}""",
        re.IGNORECASE | re.VERBOSE,
    ),
}
#: What one is to the other: "the B agonist A", "A is an agonist of B".
_ROLE = r"(?P<role>(?:ant)?agonist|inhibitor)s?"
_ROLES: dict[str, Kind] = {
    "agonist": "agonist", "antagonist": "antagonist", "inhibitor": "inhibitor",
}  # fmt: skip
_DEGREE = r"(?:partial\s|full\s|selective\s)?"
_ROLE_BETWEEN = re.compile(
    rf"""(?:[-\s]?receptors?)?[-\s]+{_DEGREE}{_ROLE}(?:,|\s)\s?(?:such\sas\s)?
    | \s?(?:,\s|is\s|was\s)(?:an?\s|the\s)?(?:[\w-]+\s){{0,3}}?
      {_ROLE.replace("role", "said")}\s(?:of|at|for)\s(?:the\s)?(?:[\w-]+\s){{0,3}}?""",
    re.IGNORECASE | re.VERBOSE,
)
_ROLE_APPOSED = re.compile(
    r"(?:,|\s?\(|\s(?:is|was))\s?(?:an?|the)?\s?(?:[\w/-]+\s){0,4}?", re.IGNORECASE
)
_ROLE_BEHIND = re.compile(
    rf"(?:[-\s]?receptors?)?[-\s]+{_DEGREE}{_ROLE}\b", re.IGNORECASE
)
_CONVERSION_OF = re.compile(
    rf"\b(?:conversion|oxidation|hydrolysis|(?:bio)?transformation)\sof\s{_FEW}$",
    re.IGNORECASE,
)
_COMBINATION_OF = re.compile(
    rf"""\b(?:combinations?|co-?administration|co-?treatment
      |combined\s(?:use|treatment|therapy|administration))\s(?:of|with)\s{_FEW}$""",
    re.IGNORECASE | re.VERBOSE,
)
_JOINED = re.compile(r"\s?(?:\band\b|\bwith\b|/|-)\s?", re.IGNORECASE)
_INTO = re.compile(rf"\s(?:in)?to\s{_FEW}", re.IGNORECASE)


def plain_sign(
    sentence: str, one: tuple[int, int], other: tuple[int, int]
) -> Sign | None:
    """Return how two things correlate, by what one, or its loss, does to the other.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order.

    Returns
    -------
    str or None
        ``None`` where the sentence does not say it, or not in plain words.

    Examples
    --------
    >>> plain_sign("TP53 represses BCL2.", (0, 4), (15, 19))
    'negative'
    >>> plain_sign("Silencing of TP53 raised CCND1.", (13, 17), (25, 31))
    'negative'
    >>> plain_sign("TNF-deficient mice had less gout.", (0, 3), (28, 32))
    'positive'
    >>> plain_sign("IL6 was increased in TNF-deficient mice.", (0, 3), (21, 24))
    'negative'
    >>> plain_sign("TP53 is a target of MDM2.", (0, 4), (20, 24)) is None
    True
    """
    first, second = sorted((one, other))
    if second[0] - first[1] > _REACH:
        return None
    before = sentence[max(0, first[0] - _REACH) : first[0]]
    between = _ASIDE.sub("", sentence[first[1] : second[0]])
    if _has_less(sentence, before, between, second[1]):
        return "negative"
    lost = _BEHIND.match(between)
    lost_before = _BEFORE.search(before)
    second_lost_before = _BEFORE.search(between)
    second_lost = second_lost_before or _BEHIND.match(sentence, second[1])
    if (lost or lost_before) and second_lost:
        return None
    said = between[lost.end() if lost else 0 :]
    if second_lost_before:
        said = said[: second_lost_before.start()]
    found = _BECOMES.search(said)
    if found:
        rest = said[: found.start()]
    elif found := _DOES.match(said):
        if second_lost or _ATTRIBUTE.search(said, 0, found.end()):
            return None
        rest = said[: found.start("verb")]
        found = _DOES_LAST.match(said, found.end()) or found
        rest += said[found.end() :]
    if found is None or _FURTHER.search(rest):
        return None
    up = found["up"] is not None
    return (
        "positive" if up is not bool(lost or lost_before or second_lost) else "negative"
    )


def _has_less(sentence: str, before: str, between: str, behind: int) -> bool:
    """Whether one thing comes with less of the other than a third thing does."""
    if _LESS_BEFORE.search(before):
        return _HAD.fullmatch(between) is not None
    compared = _LESS_BETWEEN.fullmatch(between) or _CAUSES_LESS.fullmatch(between)
    return compared is not None and _THAN.match(sentence, behind) is not None


def plain_kind(
    sentence: str, one: tuple[int, int], other: tuple[int, int]
) -> Kind | None:
    """Return what kind of relation a sentence names in plain words, of a few kinds.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order.

    Examples
    --------
    >>> plain_kind("MDM2 binds TP53.", (0, 4), (11, 15))
    'bind'
    >>> plain_kind("Codeine is converted into morphine.", (0, 7), (26, 34))
    'conversion'
    >>> plain_kind("MDM2 regulates TP53.", (0, 4), (15, 19)) is None
    True
    """
    first, second = sorted((one, other))
    if second[0] - first[1] > _REACH:
        return None
    between = _ASIDE.sub("", sentence[first[1] : second[0]])
    for kind, pattern in _KINDS.items():
        if pattern.fullmatch(between):
            return kind
    if _INTO.fullmatch(between) and _CONVERSION_OF.search(sentence[: first[0]]):
        return "conversion"
    if _JOINED.fullmatch(between) and _COMBINATION_OF.search(sentence[: first[0]]):
        return "cotreatment"
    role: str | None = None
    if found := _ROLE_BETWEEN.fullmatch(between):
        role = found["role"] or found["said"]
    elif _ROLE_APPOSED.fullmatch(between) and (
        found := _ROLE_BEHIND.match(sentence, second[1])
    ):
        role = found["role"]
    return None if role is None else _ROLES[role.lower()]
