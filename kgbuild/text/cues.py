"""Cues of negation and of hedging in a sentence: a flag for the reader, not a parser.

A sentence with a cue may still assert the association at hand ("A, but not B, lowers
C"). The flags therefore only count how much of an association's evidence deserves a
second look; nothing is dropped because of them. What is said of two mentions in
particular, :func:`is_denied` and :func:`is_left_open` tell, by where cues stand. The
cues are closed-class words and reporting verbs, in the spirit of NegEx (Chapman et al.
2001, PMID 12123149) and of the hedging cues of Light et al. 2004 (ACL W04-3103); the
lists are our own.
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

#: What a relation is called, and what may stand before that.
_RELATION = r"""(?:(?:\w{1,20}(?:ly|al|ic|nt|ar)|clear|direct|strong|such
      |(?:convinc|compell)ing|conclusive|definit(?:e|ive)|good|hard|firm|reliable|sufficient|credible)\s+
      (?:or\s+|and\s+)?){0,4}
    (?:associations? | correlations? | relations?(?:hips?)? | interactions? | effects?
    | evidence | changes? | increases? | decreases? | reductions? | linkage | links?
    | roles? | influences? | impacts? | connections? | involvement | alterations?
    | improvements? | induction | inhibition | binding | benefits? | conversion
    | protection | potentiation | metabolites?)"""
#: What one thing does to another, as a noun: "inhibition of A by B".
_DOING = r"""(?:(?:in|dis)hibition | (?:in)?activation | induction | stimulation
    | binding
    | (?:up|down)?-?\s?regulation | suppression | phosphorylation | potentiation
    | reduction | increase | decrease | prevention | improvement)"""
#: "Not" and what nobody saw.
_UNSEEN = r"""(?:was|were|is|are|could|has|have)\s+(?:not|never)\s+(?:be(?:en)?\s+)?
    (?:observed|seen|detected|detectable|found|noted|noticed|recorded|reported|evident
    |apparent|demonstrated|confirmed|shown|established|proven|replicated)"""
_FOUND = r"""(?:show | find | support | observe | detect | reveal | confirm | indicate
    | provide | demonstrate | replicate | identify | suggest)"""

#: What is said or thought, as a noun.
_CLAIM = r"""(?:belie(?:f|ve) | claim | notion | idea | view | assumption | impression
    | statement | assertion | opinion | rumou?r | conclusion | theory | allegation)s?"""

_UNPROVEN = r"""(?:insufficient|little|scant|inadequate)\s+(?:\w+\s+){0,2}evidence"""

#: Between two mentions: what the first does not do to the second.
_DENIAL_BETWEEN = re.compile(
    rf"""\b(?:
      (?:did|do|does|was|were|is|are|has|have|had|could|can|would|will|may|might)
      \s+(?:\w+ly\s+)?not | cannot | never | fail(?:s|ed|ing)?\s+to | unable\s+to
    | no\s+longer | (?:without|no|devoid\s+of)\s+(?:any\s+)?{_RELATION}
    | (?:ineffective|useless)\s+(?:in|for|against|at|as)
    | (?:lack(?:s|ed)?|devoid\s+of|without|no)\s+(?:any\s+)?
      (?:efficacy|activity|effects?)\s+(?:in|on|at|against|for|towards?)
    | negligible\s+(?:effects?|influence|impact|activity)\s+(?:on|in|at|against)
    | of\s+no\s+(?:use|value|help|benefit)\s+(?:in|for|against)
    | fail(?:s|ed)\s+in | in\s+no\s+way
    | contra-?indicated\s+(?:in|for|during) | be\s+avoided\s+(?:in|by|during)
    | (?:unsafe|harmful|dangerous|hazardous)\s+(?:in|for|during)
    | excluded\s+from | dispensable\s+(?:for|in)
    | lack(?:s|ed)?\s+the\s+ability\s+to | unlikely\s+to
    | un(?:affected|changed|altered|related|associated)
    | not\s+(?:\w+ly\s+)?(?:\w+ed|related) | independent(?:ly)?\s+of
    | (?<!but\s)neither
    | (?:falsely|wrongly|mistakenly|erroneously|incorrectly)\s+(?:believed|thought
      |claimed|said|held|assumed|supposed|reported|considered|regarded)\s+(?:to|as)
    | {_UNPROVEN}\s+(?:that|of|for)
    | without\s+(?:\w+ly\s+)?\w+ing(?!.*\band\s+(?:\w+ly\s+)?\w+ed\b)
    )\b | n['’]t\b
    | \b(?:in|among|by|on)\s+(?:none\s+of\b
      |no\s+(?!(?:means|doubt|way|time|more|less|fewer|longer|other|small)\b))""",
    re.IGNORECASE | re.VERBOSE,
)
#: Before both: "no association between A and B", "neither A nor …".
_DENIAL_BEFORE = re.compile(
    rf"""\b(?:
      no\s+{_RELATION} | {_UNPROVEN}
    | (?:lack|absence)\s+of\s+(?:an?\s+|any\s+)?{_RELATION}
    | neither | (?:a\s+myth|untrue|not\s+true)\s+that
    | (?:no|none\s+of\s+(?:the|these|those|our|all)\s+(?:\w+\s+){{0,2}})
      \s*(?:patients?|subjects?|animals?|cases?|children|volunteers?|mice|rats)
      (?![^;:]*,\s(?:and|so)\b)
    | in\s+none\s+of
    | (?:falsely|wrongly|mistakenly|erroneously|incorrectly
      |without\s+(?:proof|evidence)),?\s+(?:\w+ed\s+)?that
    | (?:mistaken|wrong|erroneous|false|incorrect|unfounded)\s+
      (?:(?:{_CLAIM}|to\s+\w+)\s+)?that
    | (?:argue[sd]?|evidence)\s+against | (?:is|was|seems?|appears?)\s+unlikely\s+that
    | {_UNSEEN}\s+(?:between|for|among|with)(?![^;:]*,)
    | (?:(?:did|do|does|could|can)\s+not | failed\s+to)\s+(?:\w+ly\s+)?{_FOUND}
    | not\s+(?:\w+ly\s+)?(?:associated|related|correlated)
    | (?:unclear|unknown|uncertain|not\s+(?:known|clear|established))\s+(?:whether|if)
    )\b
    | \bnone\s+of\s+(?:the|these|those|our|all)\s+(?:\w+\s+)?$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Right before either of the two: who does not have it, or that it was stopped.
_WITHOUT_IT = re.compile(
    r"""\b(?:patients|subjects|people|persons|individuals|children|adults|women|men
      |those|volunteers|participants|controls)\s+without\s+(?:(?!and\b)\w+\s+)?$
    | \b(?:withdrawal|discontinuation|cessation)\s+(?:of|from)\s+(?:\w+\s+)?$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Right behind the first: that it was stopped, or is no help.
_STOPPED = re.compile(
    r"\s+(?:withdrawal|discontinuation|cessation)\b|[-‐]resistant\b", re.IGNORECASE
)
#: Right before either of the two, of which the contrary is said: "A inhibits C but not
#: B", "unlike A, B inhibits C".
_EXCEPTED = re.compile(
    r"""\b(?:but\s+(?:not|neither) | (?<=,\s)not | and\s+not | unlike | rather\s+than
      | (?:in\s+contrast|contrary)\s+(?:to|with) | as\s+opposed\s+to | instead\s+of
      | except(?:\s+for)? | excluding | other\s+than | with\s+the\s+exception\s+of
      | but\s+(?:\w+\s+)?neither\b[^,;:]{0,80}\snor)\s+
    (?:(?:with|by|in|on|of|to|for|from|the|that|those)\s+){0,2}$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Right behind the second: "A inhibits C, whereas B did not."
_NOT_SO = re.compile(
    r"""\s+(?:(?:did|does|do|was|were|had|has|have|could|can)\s+not
      | (?:was|were|is|are)\s+(?:ineffective|inactive|without\s+effect)
      | had\s+no\s+(?:such\s+)?(?:effect|influence))\s*(?:[.,;)]|$)""",
    re.IGNORECASE | re.VERBOSE,
)
#: Before the second and behind it: "A did not cause C, and B did."
_AND = re.compile(r"\band\s+(?:the\s+)?$", re.IGNORECASE)
_DID = re.compile(r"\s+(?:did|does|do)\b(?!\s+not\b)", re.IGNORECASE)
#: What separates the second from a clause before.
_CONTRAST = re.compile(
    r";|\b(?:whereas|while|but|although|though|however|and|yet)\b", re.IGNORECASE
)
#: Between, of the first: "B had no effect, whereas A inhibited C".
_IDLE = re.compile(
    rf"{_NOT_SO.pattern}.*\b(?:whereas|while|but|although|though|however|yet)\b",
    re.IGNORECASE | re.VERBOSE,
)
#: Right before the first, where right behind it a relation is named or nobody saw it.
_NONE_OF = re.compile(r"\b(?:no|lack\s+of|absence\s+of)\s+$", re.IGNORECASE)
_RELATED_OR_SEEN = re.compile(
    rf"""\s+(?:{_RELATION}\s+(?:of|by|with|to|on|between|in)\b
    | (?:was|were|is|are|has\s+been|have\s+been)\s+
      (?:seen|observed|detected|found|noted|reported|recorded)\b)[^,;:]*$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Behind both, of a relation that is named before them.
_NAMED = re.compile(
    r"\b(?:association|correlation|relation(?:ship)?|interaction|link|effect|trials?|"
    r"comparison|conversion)\s+(?:of|between|with)\b|^\W*whether\b",
    re.IGNORECASE,
)
_DENIAL_BEHIND = re.compile(
    r"[^;:]{0,40}?\b(?:(?:was|were|is|are|could|has|have)\s+(?:not|never|lacking|"
    r"absent|unknown|unclear|uncertain)|remains?\s+(?:to\s+be|unknown|unclear))\b",
    re.IGNORECASE,
)
#: Behind both, of what the one does to the other, named before or between them: a
#: word further may speak of something else ("was not reversible").
_DOING_NAMED = re.compile(
    rf"\b{_DOING}\s+(?:of|by|with|to)\b", re.IGNORECASE | re.VERBOSE
)
_DOING_BETWEEN = re.compile(
    rf"""^(?:[-‐\s](?:induced|mediated|related|associated|dependent)\s+$
    | .*\b{_DOING}\s+(?:of|by|to|with)\s+$)""",
    re.IGNORECASE | re.VERBOSE,
)
_UNSEEN_BEHIND = re.compile(
    rf"[^;:,]{{0,40}}?\b{_UNSEEN}\b", re.IGNORECASE | re.VERBOSE
)
#: Clauses that are closed before what comes: what they deny they deny of themselves.
_ASIDE = re.compile(
    r"""\([^()]*\) | [–—][^–—]*[–—]
    | ,\s+(?:[\w\s-]{0,30}?\b(?:of|in|to|for|with|by|from)\s+)?
      (?:which|who|whose|whom|where)\b[^,;:]*,
    | ,?\s+but\s+(?:not|neither)\b[^,;:]*,
    | ,\s+(?:not|unlike|rather\s+than|instead\s+of|in\s+contrast\s+to|as\s+opposed\s+to
      |except|without)\b[^,;:]*,""",
    re.IGNORECASE | re.VERBOSE,
)
_OPENING = re.compile(
    r"""^\W*(?:although|though|while|whereas|because|since|as|if|when|despite|unlike
    | in\s+contrast\s+to|in\s+the\s+absence\s+of|without)\b[^,;:]*,""",
    re.IGNORECASE | re.VERBOSE,
)
#: Where what a cue denies ends.
_BREAK = re.compile(
    r"""[;:] | ,\s(?:which|indicating|suggesting)\b
    | \b(?:but|whereas|while|although|though|however|yet|because|since|unless|despite
    | rather|instead|except|unlike|in\s+contrast)\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: Before both, and behind them: "the belief that A causes B is mistaken".
_CLAIMED = re.compile(
    rf"\b{_CLAIM}\s+that\s+(?:(?!\bthat\b)[^;:])*$|^\W*that\b[^,;:]*$",
    re.IGNORECASE | re.VERBOSE,
)
_WRONG_BEHIND = re.compile(
    r"""[^;:,]{0,60}?\b(?:
      (?:is|was|are|were|has\s+been|proved(?:\s+to\s+be)?|turned\s+out\s+to\s+be)\s+
      (?:\w+ly\s+)?(?:mistaken | wrong | false | untrue | incorrect | erroneous
        | unfounded | unjustified | baseless | fallacious | not\s+true | refuted
        | disproved | disproven | rejected | abandoned | debunked
        | (?:an?|only\s+an?)\s+(?:\w+\s+)?(?:myth|fallacy|mistake|error|misconception
          |legend|superstition))
    | (?:has|had)\s+no\s+(?:basis|foundation|support) | lacks?\s+(?:any\s+)?(?:evidence
      |foundation|proof|support|basis))\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: A verb in a tense, as opposed to the participles that stand before a noun.
_FINITE = r"""(?: (?!(?:un\w+|treated|stimulated|operated|aged|infected|affected
        |mixed|isolated|related|combined|delayed|advanced|repeated|evoked|activated|mutated|need|seed
        |blood|speed|breed|feed|bed|red|fed|\w+-\w+)\b)\w{2,20}ed
      | led\s+to | gave | made | rose | fell | kept | bound | became | had | was | were
      | is | are | has | have | did | does(?!\s+not\b) | could | can | may
      | (?:prevent|inhibit|block|lower|improve|induce|protect|attenuate|enhance|activate
        |suppresse|stimulate|bind|raise|produce|regulate|promote|ameliorate|abolishe
        |reverse|delay|aggravate|worsen|lead|bring|make|act)s
      | (?:reduce|cause|increase|decrease|result|trigger|affect)s(?!\s+(?:in|of)\b)
    )\b"""
#: A verb of what else the same thing did, of which a denial before it says nothing:
#: "A did not slow the heart and reduced B".
_ALSO_DID = re.compile(
    rf"""(?<!\w)and\s+(?:(?:then|also|even|thus|thereby|therefore|instead|only|still|later
      |\w{{2,20}}ly)\s+){{0,2}}
    {_FINITE}
    (?!\s+not\b)""",
    re.IGNORECASE | re.VERBOSE,
)
#: A word that a verb in a tense does not follow.
_NO_SUBJECT = r"""(?:the|an?|of|in|on|by|to|for|with|from|and|or|nor|any|their|its|both
      |either|who|that|which|not|\w+ly)"""
#: The word before such a verb, and that verb.
_SUBJECT_DID = rf"""(?!{_NO_SUBJECT}\s)[\w-]+\s+
    (?=(?!(?:induced|mediated|associated|triggered|caused|elicited|given)\b){_FINITE})"""
#: Right behind the first, or of people: a clause that ends where the verb of the
#: whole sentence follows.
_CLOSED = re.compile(
    rf"""(?:^\s+without\s+(?:\w+ly\s+)?\w+ing | (?:^\s+that|\bwho)\s+(?:fail(?:ed)?\s+to
      |never|cannot|(?:did|do|does|was|were|had|have|has|could)\s+not))\s+
    (?:[\w-]+\s+){{0,6}}?{_SUBJECT_DID}""",
    re.IGNORECASE | re.VERBOSE,
)
#: Before the first, and behind it: a clause of its own, behind one that has its verb
#: already ("there was no evidence of C and A cured B").
_NEW_SUBJECT = re.compile(
    rf"""(?:\b(?:was|were|is|are|had|has|have|found|showed|saw|revealed|observed)\s+
      (?:no|lack\s+of|absence\s+of)\s+{_RELATION}
    | \b(?:(?:did|do|does|could)\s+not|failed\s+to)\s+(?:\w+ly\s+)?{_FOUND}
    | \b(?:no|none\s+of\s+the)\s+(?:\w+\s+)?(?:patients?|subjects?|animals?|children
      |mice|rats)\s+(?:died|relapsed|was|were|had|developed|showed|experienced))\b
    (?:(?!\b(?:and|that|whether|between)\b)[^,;:]){{0,100}},?\s+and\s+
    (?:(?!that\b)[\w-]+\s+){{0,4}}$""",
    re.IGNORECASE | re.VERBOSE,
)
_VERB_NEXT = re.compile(
    rf"\s+(?:(?:treatment|therapy|administration|alone)\s+)?(?:\w+ly\s+)?{_FINITE}",
    re.IGNORECASE | re.VERBOSE,
)
#: Between two mentions of which the one is said to come of the other: "A-induced B",
#: "B induced by A". What is denied is denied of the whole.
_GIVEN = re.compile(
    r"""(?:\s?[-‐–]?\s?(?:\([^()]*\)\s?)?[-‐–]?
      (?:induced|associated|related|evoked|mediated|elicited|triggered|provoked)\s+
      (?:(?!(?:to|with|by|in|of|on|and|or|not|no|is|are|was|were|did|does|do|has|have
        |had|can|could|may|cannot|never|without|but)\s)[\w-]+\s+){0,3}
    | \s+(?:\w+ly\s+)?(?:induced|caused|produced|evoked|mediated|triggered|elicited
      |provoked)\s+by\s+(?:(?!(?:no|not|neither)\s)[\w-]+\s+){0,2})""",
    re.IGNORECASE | re.VERBOSE,
)
#: Right before these: that there is none.
_NOT_GIVEN = re.compile(
    rf"""(?:\b(?:no|lack\s+of|absence\s+of)\s+(?:\w+\s+){{0,2}}evidence\s+(?:of|for)
    | \b{_UNPROVEN}\s+(?:of|for)
    | \b(?:argue[sd]?|evidence)\s+against
    | \b(?:(?:did|do|does|could|can)\s+not|failed\s+to)\s+(?:\w+ly\s+)?{_FOUND})\s+
    (?:(?:an?|any|the|evidence|of)\s+){{0,3}}$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Before these: what something else does to them.
_DONE_TO_IT = re.compile(
    rf"\b{_RELATION}\s+(?:of|on|in|with|between)\b", re.IGNORECASE | re.VERBOSE
)
#: Right behind what is excepted: more of it, not the verb of all the others.
_EXCEPTED_TOO = re.compile(
    rf"""\s+(?:in|of|with|by|on|from|during|after|due\s+to)\s+
    (?:(?!{_FINITE})[\w-]+\s+){{0,6}}""",
    re.IGNORECASE | re.VERBOSE,
)
#: Exceptions from all that is said, whether it is denied or not.
_EXCEPTION = re.compile(
    r"except|excluding|other\s+than|with\s+the|unlike|in\s+contrast|contrary",
    re.IGNORECASE,
)
#: Between "not" and "and": the first of two adjectives, or of two participles.
_LIKE_ANOTHER = re.compile(
    r"""\s+(?:[\w-]+\s+){0,4}?(?:both\s+[\w-]+|either\s+[\w-]+|between\b.*
      |\w+(?:al|ic|ed|ive|ar|ary|ous|ble)|acute|direct|early|mild|low|high|young|severe
      |fresh|free|control|bound | who\b.*)\s+$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Of nobody, and then of others.
_OF_NONE = re.compile(r"(?:in|among|by|on)\s+no")
_OF_SOME = re.compile(
    r"""(?:\band|,)\s+(?:(?:in|among|by|on|with|of)\s+)?(?:\d|all\b|most\b|many\b
    |some\b|several\b|half\b|one\b|two\b|three\b|four\b|five\b|both\b|every)""",
    re.IGNORECASE | re.VERBOSE,
)
#: How far a cue, or the other of the two, may stand away, in characters.
_REACH = 400
#: "Not" that says little of whether two things are related, or is taken back.
_NO_DENIAL = re.compile(
    rf"""{_NOT_NEGATION.pattern}
    | \bnot\s+(?:yet|sufficient|previously|necessarily) | \bno\s+more\s+than
    | \bnot\s+(?:an?\s+|the\s+)?(?:(?!un)\w+ly\s+)?
      (?:un(?:common|usual|known|likely|related|expected|frequent|important)(?:ly)?
      | in(?:frequent|significant|effective|considerable|ferior)(?:ly)? | rare(?:ly)?
      | non-?inferior | seldom | worse | less | without | free\s+(?:of|from))\b
    | \bno\s+(?:\w+ly\s+)?(?:less|worse)\b
    | \b(?:never|not|cannot)\s+fail(?:s|ed)?\s+to""",
    re.IGNORECASE | re.VERBOSE,
)


def is_denied(sentence: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a sentence says that two things are not related, or not known to be.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order, apart from each other.

    Examples
    --------
    >>> is_denied("Aspirin did not inhibit PTGS1.", (0, 7), (24, 29))
    True
    >>> is_denied("Aspirin did not cure but inhibited PTGS1.", (0, 7), (35, 40))
    False
    >>> is_denied("Inhibition of PTGS1 by aspirin was not seen.", (14, 19), (23, 30))
    True
    """
    first, second = sorted((one, other))
    if second[0] - first[1] > _REACH:
        return False
    # The letters keep their places.
    sentence = _NO_DENIAL.sub(lambda m: "_" * len(m.group()), sentence)
    between = sentence[first[1] : second[0]]
    before = sentence[max(0, first[0] - _REACH) : first[0]]
    if _GIVEN.fullmatch(between):
        return _NOT_GIVEN.search(before) is not None or (
            _UNSEEN_BEHIND.match(sentence, second[1]) is not None
            and _DONE_TO_IT.search(before) is None
        )
    if (said := _is_excepted(before, between)) is not None:
        return said
    if _CONTRAST.search(before + between) and _NOT_SO.match(sentence, second[1]):
        return True
    if _AND.search(between) and _DID.match(sentence, second[1]):
        return False
    if _IDLE.match(between) or _STOPPED.match(between):
        return True
    if _WITHOUT_IT.search(before) or _WITHOUT_IT.search(between):
        return True
    between = _CLOSED.sub(" ", _ASIDE.sub(" ", between))
    if ";" in between:  # two sentences in one
        return False
    if _reaches(_DENIAL_BETWEEN, between):
        return True
    if _BREAK.search(between):
        return False
    before = _OPENING.sub(" ", _ASIDE.sub(" ", before))
    if _NEW_SUBJECT.search(before) and _VERB_NEXT.match(between):
        return False
    if _reaches(_DENIAL_BEFORE, before):
        return True
    if _NONE_OF.search(before) and _RELATED_OR_SEEN.match(between):
        return True
    done = _DOING_BETWEEN.match(between) or _DOING_NAMED.search(before)
    return any(
        named
        and (found := behind.match(sentence, second[1]))
        and _BREAK.search(found.group()) is None
        for named, behind in (
            (_NAMED.search(before), _DENIAL_BEHIND), (done, _UNSEEN_BEHIND),
            (_CLAIMED.search(before), _WRONG_BEHIND),
        )
    )  # fmt: skip


def _is_excepted(before: str, between: str) -> bool | None:
    """Whether one of two things is excepted from what is said; None without one."""
    if excepted := _EXCEPTED.search(before):
        # What is excepted may itself be the one of the other.
        if _EXCEPTION.match(excepted.group()) and _EXCEPTED_TOO.fullmatch(between):
            return False
        above = before[: excepted.start()]
        # Unlike A, B did not: A did.
        return not (_reaches(_DENIAL_BETWEEN, between) or _denied_above(above))
    if excepted := _EXCEPTED.search(between):
        above = between
        if _EXCEPTION.match(excepted.group()):
            above = _ASIDE.sub(" ", between[: excepted.start()])
        return not (_reaches(_DENIAL_BETWEEN, above) or _denied_above(before))
    return None


def _denied_above(before: str) -> bool:
    """Whether what stands before both is denied, by either kind of cue."""
    return _reaches(_DENIAL_BEFORE, before) or _reaches(_DENIAL_BETWEEN, before)


def _reaches(denial: re.Pattern[str], text: str) -> bool:
    """Whether what a cue denies goes on to the end of a text."""
    cues = list(denial.finditer(text))
    if not cues or _BREAK.search(text, cues[-1].end()):
        return False
    cue = cues[-1].group().lower()
    if denial is not _DENIAL_BETWEEN or cue == "neither":
        return True
    if _OF_NONE.match(cue) and _OF_SOME.search(text, cues[-1].end()):
        return False
    return all(
        _LIKE_ANOTHER.fullmatch(text, cues[-1].end(), also.start())
        for also in _ALSO_DID.finditer(text, cues[-1].end())
    )


#: What studies ask of two things, as a noun.
_ASKED = r"""(?:effects? | roles? | associations? | relations?(?:hips?)? | correlations?
    | influences? | impacts? | involvement | contributions? | links?(?:age)?
    | interactions? | efficacy | effectiveness | ability | connections? | benefits?
    | usefulness | potential | actions? | value)"""
_TOWARDS = r"(?:of|between|for|with|to|on|in|among)"
#: What one thing is to another, as a noun.
_AGENT = r"""(?:inhibitors? | blockers? | antagonists? | agonists? | activators?
    | substrates? | ligands? | modulators? | inducers?)\b"""
#: "A, a known B inhibitor": between the two, and behind.
_APPOSED = re.compile(
    r"""^(?:(?!\b(?:on|in|of|for|with|to|against|is|are|was|were|can|may)\b)[^;:])*
    [,(](?:(?!\b(?:on|in|of|for|with|to|against|is|are|was|were|can|may)\b)[^;:])*$""",
    re.IGNORECASE | re.VERBOSE,
)
_AGENT_BEHIND = re.compile(
    rf"[-\s]*(?:receptors?[-\s]+)?{_AGENT}", re.IGNORECASE | re.VERBOSE
)
#: Between two mentions, of which what follows is said as known: "A-induced B", "the A
#: inhibitor B".
_PRESUPPOSED = re.compile(
    rf"""^(?:
      \s?[-‐–]?\s?(?:\([^()]*\)\s?)?[-‐–]?(?:\w+\s)?
      (?:induced|mediated|injected|treated|evoked|elicited|stimulated|challenged
        |triggered|dependent|deficient|intoxicated|exposed)\b.*
    | \s+(?:\w+ly\s+)?(?:induced|caused|produced|evoked|mediated|triggered|elicited
        |provoked)\s+by\b.* | .*(?<!is)(?<!are)(?<!was)(?<!were)(?<!be)(?<!been)\s
        (?:induced|caused|evoked|triggered)\s+by\s+(?:\w+\s+){{0,3}}
    | \s(?:\w+\s)?{_DOING}\s+by\s+(?:[\w-]+\s+)?
    | [-\s]*(?:receptors?[-\s]+)?(?:\([^()]*\)\s*)?(?:\w+\s)?{_AGENT}
        (?:(?!\b(?:on|in|of|for|with|to|against|is|are|was|were|can|may)\b)[^;:])*
    | \s*,\s(?:an?|the)\s(?:[\w-]+\s){{0,4}}
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_STUDY = (
    r"(?:investigat|stud|examin|evaluat|assess|test|explor|analy[sz]|determin|clarif)"
)
_STUDIED = r"""(?:investigated | studied | examined | evaluated | assessed | tested
    | explored | analy[sz]ed | determined)"""
#: Where a study says what it looks for.
_SEEKING = rf"""(?:
      to\s+(?:\w+ly\s+)?{_STUDY}\w*
    | (?:we|stud(?:y|ies)|trial|work|paper|authors?|analys[ie]s|research|review)\s+
      (?:(?:have|has|had|therefore|thus|also|here|then|next|\w+ly)\s+){{0,2}}
      (?:{_STUDIED} | (?:investigate|examine|evaluate|assesse|test|explore|addresse)s)
    | (?:aimed\s+at|aim(?:\s+\w+){{0,3}}\s+(?:is|was)|allow(?:s|ed|ing)?)\s+
      {_STUDY}\w*ing
    )"""
#: What is asked of what follows.
_QUESTION_BEFORE = re.compile(
    rf"""\b(?:
      (?<!regardless\sof\s)(?<!irrespective\sof\s)(?<!independent\sof\s)
      (?<!depending\son\s)(?<!independently\sof\s)whether
    | (?:{_STUDY}\w* | asked | wonder(?:s|ed)? | see | unclear | unknown | uncertain
        | questioned | not\s+(?:yet\s+)?(?:known|clear)) \s+if
    | {_SEEKING}\s+(?:(?!(?:that|by|how|and|found)\b)[\w-]+,?\s+){{0,5}}?{_ASKED}\s+
      (?:(?:\w+\s+){{0,2}}?{_TOWARDS})
    | (?<!support\sthe\s)(?<!supports\sthe\s)(?<!supporting\sthe\s)(?<!with\sthe\s)
      (?<!confirm\sthe\s)(?<!confirmed\sthe\s)(?<!supported\sthe\s)
      hypothes(?:i[sz]ed?|i[sz]ing|is|es)\s+(?:\w+\s+)?that
    | (?:little\s+(?:is|was)\s+known | (?:conflicting | contradictory | inconsistent
        | inconclusive)\s+(?:data | results | evidence | reports | findings
        | information)) [^,;:]{{0,30}}\b{_ASKED}\s+{_TOWARDS}
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: "If A cures B, we shall see it."
_IF = re.compile(r"^\W*if\s[^,;:]*$", re.IGNORECASE)
#: What a study looks for of the first of the two, the other named behind: "we tested
#: A for its effect on B".
_SOUGHT = re.compile(rf"\b{_SEEKING}\b", re.IGNORECASE | re.VERBOSE)
_ASKED_BETWEEN = re.compile(rf"\b{_ASKED}\s+{_TOWARDS}\b", re.IGNORECASE | re.VERBOSE)
_ASKED_NAMED = re.compile(
    rf"\b(?:{_ASKED}|(?:evidence|claims?|reports?)\s+that|trials?\s+of)\b",
    re.IGNORECASE | re.VERBOSE,
)
#: Of what is asked before or between the two: that it was studied, or is not known.
_QUESTION_BEHIND = re.compile(
    rf"""[^;:]{{0,60}}?\b(?:was|were|is|are|has|have|had|remain(?:s|ed)?|stays?)\s+
    (?:been\s+)?(?:(?:still|also|\w+ly|as\s+yet)\s+)*
    (?: (?:a\s+matter\s+of|under|in|open\s+to)\s+(?:debate|dispute|discussion|question
        |doubt|investigation|study|way)
      | unknown | unclear | uncertain | controversial | debat(?:ed|able) | elusive
      | disputed | questioned | questionable | inconclusive | contested
      | contradictory | conflicting | doubt(?:ed|ful) | unproven | undetermined
      | unresolved | unsettled | speculative | an?\s+open\s+question
      | not\s+(?:yet\s+)?(?:been\s+)?(?:well\s+)?(?:clear | known | understood
        | established | elucidated | clarified | proven | settled | resolved)
      | (?:poorly|incompletely)\s+(?:understood|defined)
      | to\s+be\s+(?:\w+ly\s+)?(?:shown | proven | seen | determined | established
        | clarified | elucidated | {_STUDIED})
      | {_STUDIED} )\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: Whose cause is asked for, not whether it is.
_HOW = re.compile(
    r"\b(?:mechanisms?|how|why|what|which|when|where|who|pathways?|basis|reasons?"
    r"|means|extent|should)\b",
    re.IGNORECASE,
)
#: Where what is asked ends.
_ANSWER = re.compile(
    r"""[;:?] | \bwe\b | ,\s+(?:it|this|these|here|patients|rats|mice|suggesting)\b
    | \b(?:using | by\s+\w+ing | found | show(?:s|ed|n)? | observed
      | demonstrat(?:es?|ed|ing) | reveal(?:s|ed|ing)?)\b""",
    re.IGNORECASE | re.VERBOSE,
)

#: Behind both: what came out of it.
_ANSWERED = re.compile(
    r"""[^,;:.?]{0,60}?(?:,\s+which\s+(?:\w+ly\s+)?(?:fell|rose|dropped|declined|decreased
      |increased|improved|worsened|disappeared|resolved|(?:was|were)\s+(?:\w+ly\s+)?
      (?:reduced|increased|decreased|improved|lowered|raised|prevented|abolished
      |attenuated|inhibited|enhanced|reversed|suppressed))
    | ,?\s+and\s+(?:\w+ly\s+)?(?:found|observed|showed|saw|noted|demonstrated
      |detected))\b
    (?![^;]{0,100}\b(?:no|not|nor|neither|none|nothing|without|lack|unchanged|similar
      |unaffected|unrelated)\b)""",
    re.IGNORECASE | re.VERBOSE,
)


def is_left_open(sentence: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a sentence asks whether two things are related, and gives no answer.

    What "may" be, or is suggested, is no question.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order, apart from each other.

    Examples
    --------
    >>> is_left_open("Whether zinc prevents gout is debated.", (8, 12), (22, 26))
    True
    >>> is_left_open("We studied the role of zinc in gout.", (23, 27), (31, 35))
    True
    >>> is_left_open("How zinc prevents gout is debated.", (4, 8), (18, 22))
    False
    """
    first, second = sorted((one, other))
    if not 0 <= second[0] - first[1] <= _REACH:
        return False
    between = sentence[first[1] : second[0]]
    if _PRESUPPOSED.search(between) or _ends_question(between):
        return False
    before = sentence[max(0, first[0] - _REACH) : first[0]]
    behind = sentence[second[1] :]
    if _ANSWERED.match(behind):
        return False
    if _APPOSED.match(between) and _AGENT_BEHIND.match(behind):
        return False
    if _goes_on(_QUESTION_BEFORE, before):
        return True
    if _IF.match(before) and "," not in between:
        return True
    if _ASKED_BETWEEN.search(between) and _goes_on(_SOUGHT, before):
        return True
    if _HOW.search(before):
        return False
    if behind.rstrip(" )\"'”]").endswith("?"):
        return _HOW.search(behind) is None
    return bool(
        (
            _goes_on(_ASKED_NAMED, before)
            or _ASKED_NAMED.search(between)
            or _ASKED_NAMED.match(behind, 1)
        )
        and (found := _QUESTION_BEHIND.match(behind))
        and not _ends_question(found.group())
    )


def _goes_on(asking: re.Pattern[str], text: str) -> bool:
    """Whether what is asked goes on to the end of a text."""
    ends = [match.end() for match in asking.finditer(text)]
    return bool(ends) and not _ends_question(text[ends[-1] :])


def _ends_question(text: str) -> bool:
    return _ANSWER.search(text) is not None or _BREAK.search(text) is not None


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
