"""What a sentence says of two things in plain words: which way they go, or what kind.

"A represses B" is one, and "silencing of A raised B" says the same: who annotates
relations turns the sign round, where a network that reads the verb does not. The
patterns are our own; where more stands between the two, nothing is said.
"""

from __future__ import annotations

import re
from typing import Literal

_UP_STEM = r"""(?<![-‐])(?:increas|rais|elevat|enhanc|induc|promot|stimulat|activat|caus
      |aggravat|accelerat|exacerbat|worsen|augment|trigger|potentiat|provok
      |up-?regulat)"""
_UP = rf"""(?:{_UP_STEM}(?:es?|s|ed)
    | (?:leads?|led)\s+to | result(?:s|ed)?\s+in | developed
    | (?:had|showed|displayed|exhibited)\s+(?:an?\s+)?(?:\w+ly\s+)?
      (?:higher|increased|elevated|enhanced|more))"""
_DOWN_STEM = r"""(?<![-‐])(?:decreas|lower|reduc|inhibit|suppress|attenuat|prevent
      |protect|abolish|block|diminish|impair|ameliorat|revers|repress|abrogat|alleviat|improv
      |slow|delay|down-?regulat)"""
_DOWN = rf"""(?:{_DOWN_STEM}(?:es?|s|ed)
    | (?:had|showed|displayed|exhibited)\s+(?:an?\s+)?(?:\w+ly\s+)?
      (?:lower|decreased|reduced|less)
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
_THUS = r"(?:thereby|thus|hence|therefore|consequently|so)"
#: Of several things that it does, the last: "lowers A and raises B".
_DOES_LAST = re.compile(
    rf""".*,?\s(?:and|but|{_THUS})\s(?:(?:it|also|then|{_THUS}|\w+ly)\s){{0,2}}
    (?P<verb>(?P<up>{_UP})|(?P<down>{_DOWN}))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_THUS_DOING = re.compile(
    rf""".*,?\s{_THUS}\s(?:\w+ly\s)?
    (?P<verb>(?P<up>{_UP_STEM}ing)|(?P<down>{_DOWN_STEM}ing))\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: "Is an inhibitor of A and raises B", "binds A and activates B".
_DOES_AFTER = re.compile(
    rf"""\s(?:(?:is|was)\s(?:an?|the)|binds?|bound)\s
    (?:(?!\b(?:who|that|which|by)\b)[^,;:]){{1,80}}?\sand\s
    (?:(?:also|then|{_THUS}|\w+ly)\s){{0,2}}
    (?P<verb>(?P<up>{_UP})|(?P<down>{_DOWN}))\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: What befalls one thing by, or with, another.
_BEFALLS = r"""(?:
      (?: (?P<up>increased | raised | elevated | enhanced | induced | augmented | higher
          | up-?regulated | activated | worsened | aggravated | exacerbated
          | accelerated | potentiated)
        | (?P<down>decreased | lowered | reduced | inhibited | suppressed | attenuated
          | prevented | abolished | blocked | diminished | lower | down-?regulated
          | abrogated | repressed | improved | alleviated | ameliorated | reversed
          | relieved | slowed | delayed) )
      \s+(?:by|after|upon|following|in|with)
    | (?P<up_by>stimulated | promoted | triggered | provoked | caused | precipitated
        | evoked | elicited)\s+by
    )\s+(?:the\s+|an?\s+)?(?:[\w-]+\s+)?$"""
_BECOMES = re.compile(
    rf"\b(?:was|were|is|are)\s+(?:\w+ly\s+)?{_BEFALLS}", re.IGNORECASE | re.VERBOSE
)
#: Of several things that befall it, the last: "was raised by A and lowered by B".
_BECOMES_LAST = re.compile(
    rf"""\s(?:was|were|is|are)\s[^,;:]{{1,100}},?\s(?:and|but)\s
    (?:(?:then|\w+ly)\s){{0,2}}{_BEFALLS}""",
    re.IGNORECASE | re.VERBOSE,
)
#: A disease and what is given for it, with nothing between that may be another one.
_TREATED = re.compile(
    r"""(?:\s(?:patients|mice|rats|episodes|attacks|symptoms)){0,2}
    (?: \s(?:was|were|is|are|be|been)\s
        (?:(?:(?!\b(?:who|that|which|those)\b)[^,;:]){1,100},?\s(?:and|but)\s(?:then\s)?)?
        (?:\w+ly\s)?(?:treated|managed|cured|controlled|relieved)\s(?:with|by)
      | \s(?:\w+ly\s)?respond(?:s|ed)?\s(?:\w+\s)?to )
    \s(?:(?!(?:and|but|or|without|withdrawal|discontinuation|other|than)\b)
      [\w-]+\s){0,3}$""",
    re.IGNORECASE | re.VERBOSE,
)
#: What is good for who has a disease, before the disease and behind it. Survival of
#: cells may be none.
_GOOD = r"""(?:healing | (?<!cell\s)survival | recover(?:y|ies) | remissions?
    | (?:(?<!\w\s)|(?:clinical|treatment|complete|partial|objective|overall|tumou?r)\s)
      responses?(?!\s+to\b)
    | quality\s+of\s+(?:life|sleep) | well-?being | function(?:s|ing)?
    | ejection\s+fraction | attention | (?:walking\s+|exercise\s+)tolerance | freedom
    | thresholds? | life-?\s?span | life\s+expectancy | performance | mobility
    | regression | resolution | relief | abstinence
    | (?:(?<!\w\s)|(?:better|disease|symptom|seizure|gly[ca]\w+)\s)control
    | memory | cognition | vision | (?:muscle|grip)\s+strength
    | re-?epitheliali[sz]ation | regeneration
    | (?:exercise|walking|functional|lung|vital)\s+capacity | tolerance | adherence)"""
_GOOD_OF = re.compile(
    rf"""\b{_GOOD}\s+(?:(?:rates?|times?|scores?)\s+)?
    (?:in|of|from|after|following|with|during|to|for|against|among|on|under|over)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_GOOD_OF_BEFORE = re.compile(
    rf"{_GOOD_OF.pattern}\s(?:[\w-]+\s){{0,4}}$", re.IGNORECASE | re.VERBOSE
)
_GOOD_BEHIND = re.compile(
    r"""[-\s](?:patients?['’]?s?\s)?(?:healing|survival|recovery|remission|regression
    |resolution|relief|control|tolerance|thresholds?)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CELLS_BEHIND = re.compile(r"[-\s](?:\w+\s)?cells?\b", re.IGNORECASE)
#: What makes good things no good ones, and verbs that are said of harm alone.
_POOR = re.compile(r"\b(?:poor|poorer|worse|bad|shorter)\b", re.IGNORECASE)
_BETTERS = re.compile(r"improv|ameliorat|protect", re.IGNORECASE)
#: Good things that are worse for a disease whatever lessens them.
_BEST = re.compile(
    r"""\b(?:healing|survival|recovery|remissions?|quality\s+of\s+life|thresholds?
    |freedom)\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: What is improved where it is nothing good.
_ILL = re.compile(
    r"""\b(?:dys\w+|abnormalit(?:y|ies)|disorders?|resistance|impairments?|deficien\w+
    |imbalance|overload|toxicity|defects?|deficits?)\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: What is better where there is less of a substance, or where there is more of it.
_CONTROL = r"(?:control|tolerance|homeostasis|handling|balance|profiles?)"
_CONTROL_BEHIND = re.compile(rf"[-\s](?:\w+\s)?{_CONTROL}\b", re.IGNORECASE)
_CONTROL_OF = re.compile(rf"\b{_CONTROL}\s(?:of|over|to|for)\b", re.IGNORECASE)
#: What a gene does, which is more where it is improved.
_ACTS = re.compile(
    r"\b(?:sensitivity|secretion|expression|activity|signall?ing|functions?)\b",
    re.IGNORECASE,
)
#: Of how two things go together: "were inversely correlated with".
_ALONG = r"(?:associat|correlat|relat|link)"
_TOGETHER = re.compile(
    rf"""(?P<rest>(?:\s(?!(?:and|but|or|by|with|that|which|not)\b)[\w-]+){{0,4}}?)\s(?:
      (?:was|were|is|are|been)\s(?:also\s)?
      (?:(?P<how>inversely|negatively|positively)\s|\w+ly\s)?
      (?:{_ALONG}ed|proportional)
    | (?P<how_all>inversely|negatively|positively)\s{_ALONG}e[sd]
    | correlate[sd]?(?:\s(?P<how_so>inversely|negatively|positively)|\s\w+ly)?
    | (?:showed|had)\s(?:an?\s)?(?:\w+\s)?(?P<how_named>inverse|negative|positive)\s
      (?:{_ALONG}ions?(?:hip)?)
    )\s(?:with|to)\s(?:the\s|an?\s|\w+ly\s){{0,2}}
    (?: (?P<low>low|lower|reduced|decreased|diminished|less)\s
      | (?P<high>high|higher|elevated|increased|raised|greater|more)\s )?
    (?P<what>(?:(?!(?:and|but|or|by|than|that|which)\b)[\w-]+\s){{0,5}})$""",
    re.IGNORECASE | re.VERBOSE,
)
_TOGETHER_BEFORE = re.compile(
    rf"""\b(?P<how>inverse|negative|positive)\s(?:and\s)?(?:\w+\s)?
    {_ALONG}ions?(?:hips?)?\s
    (?:was\s(?:found|seen|observed)\s)?between\s(?:the\s)?(?:[\w-]+\s){{0,3}}$""",
    re.IGNORECASE | re.VERBOSE,
)
_TOGETHER_AND = re.compile(
    r"(?:\s(?!and\b)[\w-]+){0,2}\sand\s(?:the\s)?(?:[\w-]+\s){0,3}", re.IGNORECASE
)
_EFFECT_OF = re.compile(
    r"\beffects?\sof\s(?:the\s)?(?:[\w-]+\son\s(?:[\w-]+\s){0,2})?$", re.IGNORECASE
)
_LEVELS = r"(?:levels?|concentrations?|expression|activity|status|intakes?)"
_AMOUNT = r"""(?:(?P<low>low|lower|lowered|reduced|decreased|deficient|insufficient
    |diminished)|(?P<high>high|higher|elevated|increased|raised))"""
_SAMPLE = r"(?:(?:serum|plasma|blood|circulating|urinary|maternal|dietary|tissue)\s)"
_AMOUNT_OF = re.compile(
    rf"\b{_AMOUNT}\s{_SAMPLE}?{_LEVELS}\sof\s(?:the\s)?{_SAMPLE}?$",
    re.IGNORECASE | re.VERBOSE,
)
_AMOUNT_BEFORE = re.compile(rf"\b{_AMOUNT}\s{_SAMPLE}?$", re.IGNORECASE | re.VERBOSE)
_LEVELS_BEHIND = re.compile(rf"\s(?:\w+\s)?{_LEVELS}\b", re.IGNORECASE)
#: Why a drug is no longer given.
_STOPS = r"""(?:stopped|discontinued|withdrawn|interrupted|ceased|halted|abandoned
    |suspended|terminated|(?:replaced|substituted|exchanged|switched|changed)\s(?:by|with|to|for)\s
      [\w-]+)"""
_BECAUSE = r"(?:because\sof|owing\sto|due\sto|on\saccount\sof|in\sview\sof)"
_WAS = r"(?:was|were|is|are|has\sbeen|had\sbeen|(?:had|has)\sto\sbe|must\sbe)"
#: What is said of a disease that a drug was given for and did not help.
_NOT_HELPED = r"""(?:\w{1,20}-)?(?:lack|absence|failure|failing|resolution|remission
    |progress(?:ion|ive|ing)|recurr(?:ence|ent|ing)|relaps(?:es?|ed|ing)|flares?
    |flaring|refractory|(?:un|non)?-?resist(?:ant|ance)|un(?:controlled|responsive|changed
    |treated|stable|resolved)|(?:in)?sufficient(?:ly)?|(?:in)?adequate(?:ly)?|poor(?:ly)?
    |worse|worsen(?:ing|ed)|deteriorati(?:on|ng)|exacerbations?|(?:re)?active|ongoing
    |persist(?:ent|ence|ing|ed)|continu(?:ed|ing|ous)|residual|intractable|inefficacy
    |ineffective(?:ness)?|control(?:led)?|unsatisfactory|suboptimal|improved|loss)"""
_WHY = (
    rf"""(?:(?!(?:{_NOT_HELPED}|risk|fear|no|and|but|or|by|than)\b)[\w-]+\s){{0,3}}"""
)
_NOT_HELPED_BEFORE = re.compile(
    rf"(?<![\w-]){_NOT_HELPED}\s(?:of\s)?(?:the\s)?(?:\w+\s)?$",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_HELPED_BEHIND = re.compile(
    rf"""(?!\s(?:that\s|which\s)?(?:(?:was|had)\s)?(?:improved|resol|remi))
    (?:[-\s](?:{_NOT_HELPED}|activity)\b | \s(?:that\s|which\s)?
    (?:(?:was|had|did|remained|is)\s)?(?:not\s|{_NOT_HELPED}\b|despite\s))""",
    re.IGNORECASE | re.VERBOSE,
)
_STOPPED_FOR = re.compile(
    rf"""\s{_WAS}\s(?:\w+ly\s)?{_STOPS}\s(?:(?:in|after|at)\s(?:[\w-]+\s){{1,4}}?)?
    {_BECAUSE}\s{_WHY}$""",
    re.IGNORECASE | re.VERBOSE,
)
_STOPPING = r"(?:withdrawal|discontinuation|cessation|interruption|termination)"
_STOPPING_OF = re.compile(rf"\b{_STOPPING}\s(?:of|from)\s(?:the\s)?$", re.IGNORECASE)
_FOR = re.compile(
    rf"""(?:\s(?:therapy|treatment|intake))?
    (?:\s(?:was|became)\s(?:necessary|required|needed))?\s{_BECAUSE}\s{_WHY}$""",
    re.IGNORECASE | re.VERBOSE,
)
_LED_TO_STOPPING = re.compile(
    rf"""\s(?:led\sto|leads\sto|forced|necessitated|required|caused|prompted
      |resulted\sin)\s(?:the\s)?{_STOPPING}\s(?:of|from)\s(?:the\s)?""",
    re.IGNORECASE | re.VERBOSE,
)
_BECAUSE_BEFORE = re.compile(rf"\b{_BECAUSE}\s{_WHY}$", re.IGNORECASE | re.VERBOSE)
_STOPPED_BEHIND = re.compile(
    rf"\s{_WAS}\s(?:\w+ly\s)?{_STOPS}\b", re.IGNORECASE | re.VERBOSE
)
_OPENED = re.compile(r"(?:\s[\w-]+)?,\s(?:the\s)?", re.IGNORECASE)
#: A drug that takes the place of one that did harm.
_INSTEAD = re.compile(
    r"""\b(?: (?:replaced|substituted)\s(?:by|with)
      | (?:switched|changed|converted)\s(?:from\s[\w-]+\s)?to )\s(?:[\w-]+\s)?$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Of what a thing has less than another: "fewer on A had B", "B was rarer with A than".
_WITH = r"""(?:with|in|on|for|under|by|receiving|taking|given|after|during)\s
    (?:the\s)?(?:(?:(?!(?:than|versus|vs|compared)\b)\w+\s){0,2}
      (?:group|arm|patients|subjects|those|treated|receiving|taking|given|on|with)\s){0,3}"""
_LESS = r"(?:fewer|less|lower|smaller|rarer)"
#: Not "fewer on C than on A", where A has more.
_LESS_BEFORE = re.compile(
    rf"""\b{_LESS}\s(?:(?!(?:than|versus|vs|compared)\b)[\w-]+\s){{0,3}}?{_WITH}$""",
    re.IGNORECASE | re.VERBOSE,
)
_HAD = re.compile(
    r"""(?:\s(?!and\b)[\w-]+){0,2}?\s(?:had|experienced|developed|reported|suffered
    |showed|complained)\b(?:\s(?!no\b|less|lower)[\w-]+){0,4}\s$""",
    re.IGNORECASE | re.VERBOSE,
)
_SEEN = r"(?:reported|seen|observed|noted|recorded|found|described|detected)"
_LESS_BETWEEN = re.compile(
    rf"""(?:\s[\w-]+){{0,3}}?\s(?:(?:was|were|is|are)(?:\s{_SEEN})?|occurred|occurs?
      |appeared|developed)\s(?:\w+ly\s|far\s|much\s)?{_LESS}(?:\s(?!than\b)[\w-]+){{0,3}}?\s{_WITH}$""",
    re.IGNORECASE | re.VERBOSE,
)
_CAUSES_LESS = re.compile(
    rf"""(?:\s\w+ly)?\s(?:(?:caus|produc|induc|elicit|evok|provok)(?:es?|ed)
      |had|has|gave|gives|carried|carries|showed|led\sto|leads\sto|resulted\sin
      |(?:was|is|were|are)\s(?:\w+ly\s)?(?:associated|linked)\swith)\s
    (?:an?\s)?(?:\w+ly\s|far\s|much\s)?{_LESS}\s
    (?:(?!(?:than|and|but|or)\b)[\w-]+\s){{0,3}}$""",
    re.IGNORECASE | re.VERBOSE,
)
#: "Fewer B occurred with A than", "there was less B on A than".
_LESS_OF = re.compile(
    rf"\b{_LESS}\s(?:(?:\w+\s)?of\s|(?:cases|patients)\swith\s|\w+\s)?$",
    re.IGNORECASE,
)
_CAME_WITH = re.compile(
    rf"""(?:\s[\w-]+)?
    (?:\s(?:occurred|developed|appeared|arose|(?:was|were)\s{_SEEN}))?\s{_WITH}""",
    re.IGNORECASE | re.VERBOSE,
)
_VERSUS = r"(?:than|versus|vs|compared\s(?:with|to)|relative\sto|in\scomparison)"
_THAN = re.compile(rf"[^;:]{{0,200}}?\b{_VERSUS}\b", re.IGNORECASE)
_THAN_BEFORE = re.compile(
    r"""^\W*(?:(?:as\s|when\s)?compared\s(?:with|to)|relative\sto|in\scomparison\s
    (?:with|to)|in\scontrast\s(?:with|to)|unlike)\b[^,;:]{1,100},""",
    re.IGNORECASE | re.VERBOSE,
)
#: What is no drug, and how it is compared with one.
_PLACEBO = r"""(?:(?:that|those|the\s\w+|patients|subjects|it)\s)?
    (?:(?:was|were|did)\s)?(?:(?:seen|observed|found|reported)\s)?
    (?:(?:of|with|in|on|for|under|by|after|during|receiving|taking|given|among)\s){0,2}
    (?:(?:the|an?|those|patients|subjects)\s){0,2}
    (?:(?:on|receiving|taking|given|treated\swith|the)\s){0,2}
    (?:(?:\w+\s)?placebo|vehicle\salone|sham|no\streatment|dummy)\b"""
_NO_MORE = r"""(?:no|not|never|hardly)\s(?:\w+ly\s)?
    (?:more|higher|greater|worse|larger|different|superior|better)"""
_ALIKE = r"""(?:(?:similar|comparable|equal|equivalent|identical)(?:ly)?\s(?:to|with)
    | (?:the\ssame|as\s\w+)\sas)"""
#: Not "to a level like": what comes near to that of placebo may have been changed.
_PLAIN_WORDS = r"(?:\s(?!(?:and|but|to|or|whereas|while|than|which|that)\b)[\w%.-]+)"
_LIKE_PLACEBO = rf"""(?:{_NO_MORE}(?:\s(?!than\b)\w+){{0,3}}\s(?:than|from|to)
    | {_ALIKE} | (?:did|does|do)\snot\s(?:\w+ly\s)?differ\sfrom)\s{_PLACEBO}"""
_NO_MORE_BEHIND = re.compile(
    rf"{_PLAIN_WORDS}{{0,5}}?\s{_LIKE_PLACEBO}", re.IGNORECASE | re.VERBOSE
)
_NO_MORE_BETWEEN = re.compile(
    rf"""{_PLAIN_WORDS}{{0,4}}?\s{_LIKE_PLACEBO}\s
    (?:in|for|regarding|concerning|as\sto|with\s(?:regard|respect)\sto)
    {_PLAIN_WORDS}{{0,4}}\s""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_MORE_OF = re.compile(
    rf"""\b(?:{_NO_MORE}(?:\s(?!(?:than|and|but)\b)[\w-]+){{0,4}}\s
    | as\s\w+\s(?:[\w-]+\s){{0,3}})$""",
    re.IGNORECASE | re.VERBOSE,
)
_THAN_PLACEBO = re.compile(rf"\s(?:than|as)\s{_PLACEBO}", re.IGNORECASE | re.VERBOSE)
_EQUALLY = re.compile(
    rf"\b(?:equally|similarly|as)\s\w+\s{_WITH}$", re.IGNORECASE | re.VERBOSE
)
_AND_PLACEBO = re.compile(rf"\s(?:and|as)\s{_PLACEBO}", re.IGNORECASE | re.VERBOSE)
#: "In isoproterenol induced B": of a third thing.
_ATTRIBUTE = re.compile(r"\b(?:in|on|of|during|against)\s[\w-]+\s\w+ed$", re.IGNORECASE)
#: "At increased risk of B", "with elevated B"; but "carries an increased risk of B"
#: says what "increases B" does.
_CHANGED = rf"""(?:\w+ly\s)?
    (?P<{{name}}>(?:{_UP_STEM}|{_DOWN_STEM})ed)\b"""
_ATTRIBUTIVE = re.compile(
    rf"""\b(?:{_ALONG}(?:e[sd]?|ions?)\s(?:\w+ly\s)?(?:with|to)
      | had | has | have | showed | shows | displayed | exhibited
      | experienced | developed | reported | revealed | demonstrated
      | carr(?:y|ies|ied) | confer(?:s|red)? | poses? | posed | gave | gives
      | produce[sd]? | yield(?:s|ed)? | caus(?:es?|ed) | result(?:s|ed)?\sin
      | (?:leads?|led)\sto)\s
      (?:an?\s|the\s)?{_CHANGED.format(name="carried")}
    | \b(?:at|in|of|for|with|without|on|during|after|under|despite|an?|the|this|these
      |those|their|its|any)\s{_CHANGED.format(name="attribute")}""",
    re.IGNORECASE | re.VERBOSE,
)
#: "Induces X in B": what is caused is X, unless X is no more than a rise of B.
_CAUSES = re.compile(
    r"(?:induc|caus|trigger|provok)(?:es?|ed)|(?:leads?|led)\sto|result(?:s|ed)?\sin",
    re.IGNORECASE,
)
_SOMETHING_IN = re.compile(
    rf"""\s(?!(?:[\w-]+\s){{0,3}}?(?:increases?|rises?|elevations?|surges?|gains?|up-?regulation
      |activation|enhancement|changes?|expression|activity|{_GOOD})\s)
    (?:(?!(?:in|of|and)\b)[\w-]+\s){{1,3}}in\s(?:(?!of\b)[\w-]+\s){{0,5}}$""",
    re.IGNORECASE | re.VERBOSE,
)
#: What is caused where B falls: "caused a fall in B"; and a fall of the first thing.
_FALL = r"(?:falls?|drops?|declines?|reductions?|decreases?|lowering|diminution|dip)"
_FALL_OF = rf"""{_FALL}\s(?:in|of)\s
    (?:(?!(?:in|of|and|or|but|with|for|by|to)\b)[\w-]+\s){{0,3}}$"""
_FALL_BEFORE = re.compile(rf"\b{_FALL_OF}", re.IGNORECASE | re.VERBOSE)
_FALL_BEHIND = re.compile(
    rf"[-\s](?:(?:\w+\s)?{_LEVELS}\s)?(?:to\s)?(?:{_FALL}|diminish)\b", re.IGNORECASE
)
_CAUSES_FALL = re.compile(
    rf"""(?:\s(?!(?:and|but|or|not|by|of|withdrawal|antagonists?|antagonism|than|which
      |that|who)\b)[\w-]+){{0,4}}?\s
    (?:(?:caus|produc|induc|elicit|evok|provok|trigger)(?:es?|ed)|(?:leads?|led)\sto
      |result(?:s|ed)?\sin|brought\sabout)\s
    (?:(?!(?:no|not|less|smaller|little|and|but|or|by|in|of)\b)[\w-]+\s){{0,4}}?{_FALL_OF}""",
    re.IGNORECASE | re.VERBOSE,
)
#: Words with which a sentence goes on to something else, or turns the verb round.
_FURTHER = re.compile(
    rf"""[,;:] | \b(?:but|whereas|while|not|no|or|failed|without|which|that|who|than|by
      |{_THUS}|{_STOPPING}\s+(?:of|from)|\w{{1,12}}toxicity\s+of|less|fewer|loss|lack|absence|failure|decreased|reduced
      |{_FALL}|impaired|impairment|resistance|clearance|elimination|excretion|degradation
      |breakdown|metabolism|toxicity|death|apoptosis|inhibition|suppression|effects?
      |protection)\b
    | \band\s+(?:\w+ly\s+)?\w+(?:ed|s)\b""",
    re.IGNORECASE | re.VERBOSE,
)
#: What of B may fall while there is more of it, good things, and who has B.
_FURTHER_BEHIND = re.compile(
    rf"""[-\s](?:(?!(?:in|on|of|for)\b)\w+\s)?(?:resistance|clearance|elimination|excretion|degradation
      |breakdown|metabolism|toxicity|requirements?|needs?|use|doses?|{_CONTROL}|healing
      |survival|recovery|remission|thresholds?|cells?|rats?|mice|mouse|animals?|dogs?
      |rabbits?|patients?|subjects?|women|men|children|groups?|volunteers?)\b""",
    re.IGNORECASE | re.VERBOSE,
)

#: How far apart the two may stand, in characters: plain words are few.
_REACH = 200
Sign = Literal["positive", "negative"]
Kind = Literal[
    "bind", "conversion", "comparison", "cotreatment", "agonist", "antagonist",
    "inhibitor", "effect",
]  # fmt: skip

#: Words between, none of which begins another clause; and before a second object.
_CLAUSES = "and|but|or|which|that|who|while|whereas"
_ONE_CLAUSE = rf"(?!(?:{_CLAUSES})\b)"
_SAME = rf"(?!(?:{_CLAUSES}|by|via|through|than)\b)"
_FEW = rf"(?:{_ONE_CLAUSE}[\w-]+\s){{0,4}}?"
_FEW_OF_IT = rf"(?:{_SAME}[\w-]+\s){{0,4}}?"
_AND_TO = r"(?:(?:and|or)\s(?:(?:to|with|the)\s){0,2})?"
#: What stands between two things of each kind of relation, or before and between.
_KINDS: dict[Kind, re.Pattern[str]] = {
    "bind": re.compile(
        rf"""\s(?:and\s)?{_FEW_OF_IT}(?:binds?|bound)\s(?:\w+ly\s)?(?:(?:to|with)\s)?
          {_FEW_OF_IT}{_AND_TO}
        | \s(?:forms?|formed)\s(?:an?\s)?(?:\w+\s)?complex(?:es)?\swith\s
          {_FEW_OF_IT}{_AND_TO}
        | \s(?:is|was)\sbound\sby\s{_FEW_OF_IT}{_AND_TO}""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "conversion": re.compile(
        rf"""\s(?:is|was|are|were|be)\s(?:\w+ly\s)?(?:bio)?
        (?:converted|metaboli[sz]ed|oxidi[sz]ed|reduced|hydroly[sz]ed|hydroxylated
          |transformed|demethylated|decarboxylated|activated|turned)\s(?:in)?to\s{_FEW_OF_IT}{_AND_TO}
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
        rf"""\s?(?:\bplus\b|\+)\s?{_FEW}{_AND_TO}
        | \s(?:and\s)?{_FEW}(?:(?:in\s)?combin(?:ed|ation)|together|along|concomitantly
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
    | \s?(?:,\s|is\s|was\s)(?:an?\s|the\s)?{_FEW}
      {_ROLE.replace("role", "said")}\s(?:of|at|for)\s(?:the\s)?
      {_FEW_OF_IT}{_AND_TO}""",
    re.IGNORECASE | re.VERBOSE,
)
_ROLE_APPOSED = re.compile(
    r"(?:,|\s?\(|\s(?:is|was))\s?(?:an?|the)?\s?(?:[\w/-]+\s){0,4}?", re.IGNORECASE
)
_ROLE_BEHIND = re.compile(
    rf"(?:[-\s]?receptors?)?[-\s]+{_DEGREE}{_ROLE}\b", re.IGNORECASE
)
_CONVERSION_OF = re.compile(
    rf"\b(?:conversion|oxidation|hydrolysis|(?:bio)?transformation)\sof\s{_FEW_OF_IT}$",
    re.IGNORECASE,
)
_COMBINATION_OF = re.compile(
    rf"""\b(?:combinations?|co-?administration|co-?treatment
      |combined\s(?:use|treatment|therapy|administration))\s(?:of|with)\s{_FEW}$""",
    re.IGNORECASE | re.VERBOSE,
)
#: "The effect of A on B was blocked" does not say that A blocks it.
_THE_EFFECT = re.compile(r"\b(?:the|this)\seffects?\sof\s(?:the\s)?$", re.IGNORECASE)
_ON = re.compile(rf"\son\s{_FEW_OF_IT}", re.IGNORECASE)
_BLOCKED = re.compile(
    r"""(?:\s[\w-]+){0,3}?\s(?:was|were|is|are)\s(?:\w+ly\s)?(?:blocked|abolished|reversed
    |prevented|inhibited|suppressed|antagoni[sz]ed|attenuated|abrogated|eliminated
    |diminished|reduced)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_JOINED = re.compile(r"\s?(?:\band\b|\bwith\b|/|-)\s?", re.IGNORECASE)
_INTO = re.compile(rf"\s(?:in)?to\s{_FEW_OF_IT}", re.IGNORECASE)


def plain_sign(
    sentence: str,
    one: tuple[int, int],
    other: tuple[int, int],
    *,
    disease: bool = True,
) -> Sign | None:
    """Return how two things correlate, by what one, or its loss, does to the other.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order.
    disease
        Whether one of the two is a disease: what is improved is then lessened, and what
        is good for who has it lessens it.

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
    around = _around(sentence, one, other)
    if around is None:
        return None
    before, between, behind = around
    if _has_less(before, between, behind):
        return "negative"
    if _stopped_for(before, between, behind):
        return "positive"
    if disease and _TREATED.fullmatch(between):
        return "negative"
    if sign := _sign_of_association(before, between, behind, disease=disease):
        return sign
    lost = _BEHIND.match(between)
    lost_before = _BEFORE.search(before)
    second_lost_before = _BEFORE.search(between)
    second_lost = second_lost_before or _BEHIND.match(behind)
    if (lost or lost_before) and second_lost:
        return None
    said = between[lost.end() if lost else 0 :]
    if second_lost_before:
        said = said[: second_lost_before.start()]
    if _FALL_BEFORE.search(before):
        return None
    if _CAUSES_FALL.fullmatch(said):
        if second_lost or _FURTHER_BEHIND.match(behind):
            return None
        return "positive" if lost or lost_before else "negative"
    if _FALL_BEHIND.match(behind):
        return None
    found, rest, what = _verb_of(said, object_lost=second_lost is not None)
    if found is None or _FURTHER.search(rest):
        return None
    up = _is_up(found, before, what, behind, disease=disease)
    if up is None:
        return None
    return (
        "positive" if up is not bool(lost or lost_before or second_lost) else "negative"
    )


def _around(
    sentence: str, one: tuple[int, int], other: tuple[int, int]
) -> tuple[str, str, str] | None:
    """Return what stands before, between and behind two things that are near.

    What stands in brackets between them is left out.
    """
    first, second = sorted((one, other))
    if second[0] - first[1] > _REACH:
        return None
    return (
        sentence[max(0, first[0] - _REACH) : first[0]],
        _ASIDE.sub("", sentence[first[1] : second[0]]),
        sentence[second[1] : second[1] + _REACH],
    )


def _verb_of(said: str, *, object_lost: bool) -> tuple[re.Match[str] | None, str, str]:
    """Return the verb that leads to the second thing, what else is said, and of what.

    Nothing may go on to something else in what else is said. Of what the verb is said
    stands before it or behind it.
    """
    if found := _BECOMES_LAST.match(said):
        return found, "", ""
    if found := _BECOMES.search(said):
        rest = said[: found.start()]
        return found, rest, rest
    said = _ATTRIBUTIVE.sub(_hidden, said)
    if found := _DOES.match(said):
        if object_lost or _ATTRIBUTE.search(said, 0, found.end()):
            return None, "", ""
        before = said[: found.start("verb")]
        found = (
            _DOES_LAST.match(said, found.end())
            or _THUS_DOING.match(said, found.end())
            or found
        )
        what = said[found.end() :]
        if _CAUSES.match(found["verb"]) and _SOMETHING_IN.match(what):
            return None, "", ""
        return found, before + what, what
    found = None if object_lost else _DOES_AFTER.match(said)
    what = "" if found is None else said[found.end() :]
    return found, what, what


def _hidden(found: re.Match[str]) -> str:
    """Return an attribute as a word that is no verb, of the same length."""
    attribute = found["attribute"]
    if attribute is None:
        return found.group()
    return found.group()[: -len(attribute)] + "_" * len(attribute)


def _is_up(
    found: re.Match[str], before: str, what: str, behind: str, *, disease: bool
) -> bool | None:
    """Whether a verb is said of more of a thing; ``None`` where that is unclear."""
    up, verb = found["down"] is None, found.group().lower()
    if not disease:
        said_of = f"{before[-40:]}|{what}|{behind[:40]}"
        if _CONTROL_BEHIND.match(behind) or _CONTROL_OF.search(f"{what} "):
            return None
        if "improv" not in verb:
            return up
        # A level that is improved may be lower: that of a sugar is.
        return True if _ACTS.search(said_of) and not _ILL.search(said_of) else None
    if not _is_of_good(before, what, behind):
        return up
    if up or _BETTERS.search(verb):
        return False
    # Of a function or an attention that is less, nobody knows what it means.
    return True if _BEST.search(f"{before[-60:]} {what} {behind[:20]}") else None


def _is_of_good(before: str, what: str, behind: str) -> bool:
    """Whether what a thing does it does to something that is good in a disease."""
    if _CELLS_BEHIND.match(behind) or _POOR.search(what):
        return False
    return (
        _GOOD_OF.search(what) is not None
        or _GOOD_BEHIND.match(behind) is not None
        or _GOOD_OF_BEFORE.search(before) is not None
    )


def _sign_of_association(
    before: str, between: str, behind: str, *, disease: bool
) -> Sign | None:
    """Return how two things go together, where that is all that is said of them."""
    if _EFFECT_OF.search(before) or any(
        (_BEFORE.search(before), _BEHIND.match(between), _BEHIND.match(behind))
    ):
        return None
    if (found := _TOGETHER_BEFORE.search(before)) and _TOGETHER_AND.fullmatch(between):
        return "positive" if found["how"].lower() == "positive" else "negative"
    found = _TOGETHER.fullmatch(between)
    if found is None or _POOR.search(found["what"]):
        return None
    how = found["how"] or found["how_all"] or found["how_so"] or found["how_named"]
    amount = _AMOUNT_OF.search(before)
    if amount is None and _LEVELS_BEHIND.match(between):
        amount = _AMOUNT_BEFORE.search(before)
    amounts = [m for m in (amount, found) if m is not None and (m["low"] or m["high"])]
    # Of a disease there is no low level: with it goes the level of the other.
    if (how is None and (not amounts or not disease)) or _FURTHER.search(found["what"]):
        return None
    if disease and _is_of_good(before, found["what"], behind):
        return None
    turned = sum(m["low"] is not None for m in amounts)
    turned += how is not None and how.lower().startswith(("inverse", "negative"))
    return "negative" if turned % 2 else "positive"


def _has_less(before: str, between: str, behind: str) -> bool:
    """Whether one thing comes with less of the other than a third thing does."""
    if _LESS_BEFORE.search(before) and _HAD.fullmatch(between):
        return True
    compared = (
        _LESS_BETWEEN.fullmatch(between)
        or _CAUSES_LESS.fullmatch(between)
        or (_LESS_OF.search(before) and _CAME_WITH.fullmatch(between))
    )
    return compared is not None and (
        _THAN.match(behind) is not None or _THAN_BEFORE.match(before) is not None
    )


def is_stopped_for(sentence: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether one thing is no longer given because of the other, which is its harm.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order.

    Examples
    --------
    >>> is_stopped_for("Zinc was stopped because of gout.", (0, 4), (28, 32))
    True
    >>> is_stopped_for("Zinc was given because of gout.", (0, 4), (26, 30))
    False
    """
    around = _around(sentence, one, other)
    return around is not None and _stopped_for(*around)


def _stopped_for(before: str, between: str, behind: str) -> bool:
    if _LED_TO_STOPPING.fullmatch(between):
        return _NOT_HELPED_BEFORE.search(before) is None
    if _STOPPED_FOR.fullmatch(between) or (
        _STOPPING_OF.search(before) and _FOR.fullmatch(between)
    ):
        return _NOT_HELPED_BEHIND.match(behind) is None
    return (
        _BECAUSE_BEFORE.search(before) is not None
        and _OPENED.fullmatch(between) is not None
        and _STOPPED_BEHIND.match(behind) is not None
    )


def is_instead(sentence: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether one thing took the place of a third, which had done the other as harm.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order.

    Examples
    --------
    >>> is_instead("It was replaced by zinc because of gout.", (19, 23), (35, 39))
    True
    """
    around = _around(sentence, one, other)
    if around is None:
        return False
    before, between, _ = around
    if _INSTEAD.search(before):
        return _FOR.fullmatch(between) is not None
    return _INSTEAD.search(between) is not None and (
        _BECAUSE_BEFORE.search(before) is not None
    )


def is_no_more(sentence: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether one thing comes with the other no more than placebo does.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order.

    Examples
    --------
    >>> is_no_more("Zinc caused no more gout than placebo.", (0, 4), (20, 24))
    True
    >>> is_no_more("Zinc caused more gout than placebo.", (0, 4), (17, 21))
    False
    """
    around = _around(sentence, one, other)
    if around is None:
        return False
    _, between, behind = around
    behind = _ASIDE.sub("", behind)
    if _NO_MORE_BEHIND.match(behind) or _NO_MORE_BETWEEN.fullmatch(between):
        return True
    if _EQUALLY.search(between):
        return _AND_PLACEBO.match(behind) is not None
    return (
        _NO_MORE_OF.search(between) is not None
        and _THAN_PLACEBO.match(behind) is not None
    )


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
    around = _around(sentence, one, other)
    if around is None:
        return None
    before, between, behind = around
    for kind, pattern in _KINDS.items():
        if pattern.fullmatch(between):
            return kind
    if _INTO.fullmatch(between) and _CONVERSION_OF.search(before):
        return "conversion"
    if _JOINED.fullmatch(between) and _COMBINATION_OF.search(before):
        return "cotreatment"
    if _ON.fullmatch(between) and _THE_EFFECT.search(before) and _BLOCKED.match(behind):
        return "effect"
    role: str | None = None
    if found := _ROLE_BETWEEN.fullmatch(between):
        role = found["role"] or found["said"]
    elif _ROLE_APPOSED.fullmatch(between) and (found := _ROLE_BEHIND.match(behind)):
        role = found["role"]
    return None if role is None else _ROLES[role.lower()]
