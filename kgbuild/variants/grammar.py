"""The table of shapes that variants have in text.

Every family is one pattern with one reader. Patterns repeat nothing without a bound, so
each place in a text costs a bounded number of steps: the time is linear in the text,
whatever the text. Written for this project from the shapes in the tmVar3 and BioRED
training documents and from the HGVS recommendations (https://hgvs-nomenclature.org).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from kgbuild.variants import _clues as clues
from kgbuild.variants import _interpret as r
from kgbuild.variants import _interpret_places as places
from kgbuild.variants import _interpret_told as told
from kgbuild.variants._clues import BASE as _B
from kgbuild.variants._clues import BLANK as _S
from kgbuild.variants._clues import DASH as _D
from kgbuild.variants._clues import RESIDUE as _A1
from kgbuild.variants._clues import TO as _TO
from kgbuild.variants._clues import TO_OR_SLASH as _TO_OR_SLASH
from kgbuild.variants.glued import read_attached
from kgbuild.variants.normal_form import Variant
from kgbuild.variants.positions import DASHES
from kgbuild.variants.spelled_out import BASES as BASE_NAMES
from kgbuild.variants.spelled_out import NAMES, NUMBERS, THREE

#: ``symbolic``: a notation, trusted by itself. ``weak``: a notation that means other
#: things too, kept where the document supports it. ``language``: told in words.
Tier = Literal["symbolic", "weak", "language"]

#: What must stand in the document before a match is kept: nothing; another variant or
#: a word such as "polymorphism" nearby; another variant; one at the same position.
Support = Literal["none", "cue", "variant", "position"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One shape of variant mention.

    Attributes
    ----------
    name
        Goes to the mention's attribute ``family``.
    tier
        See :data:`Tier`; decides who wins where matches overlap.
    precision
        Share of right exact spans on the training documents of tmVar3 and BioRED, drawn
        towards what the tier reached on unseen documents (symbolic 0.94, weak 0.75,
        language 0.7; as if it had been seen 20 times more); the mention's score.
    source
        The pattern, verbose; its named groups are what ``read`` needs.
    read
        Match → variant, or ``None`` where a filter refuses it.
    triggers
        The family is tried only on texts whose lower-cased form holds one of these,
        or on which one of ``clues`` is found; on all texts where both are empty.
    clues
        Patterns far cheaper than the family's own.
    support
        See :data:`Support`.
    """

    name: str
    tier: Tier
    precision: float
    source: str
    read: Callable[[r.Fields], Variant | None]
    triggers: tuple[str, ...] = ()
    clues: tuple[re.Pattern[str], ...] = ()
    support: Support = "none"

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled where a text needs it first."""
        return _compiled(self.source)


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.VERBOSE)


def _family(tier: Tier) -> Callable[..., Family]:
    def make(
        name: str,
        precision: float,
        read: Callable[[r.Fields], Variant | None],
        pattern: str,
        *triggers: str,
        clues: tuple[re.Pattern[str], ...] = (),
        support: Support = "none",
    ) -> Family:
        return Family(
            name=name,
            tier=tier,
            precision=precision,
            source=pattern,
            read=read,
            triggers=triggers,
            clues=clues,
            support=support,
        )

    return make


_symbolic, _weak, _language = (
    _family("symbolic"),
    _family("weak"),
    _family("language"),
)

# --- what patterns are made of ------------------------------------------------------

_SIGN = rf"(?:[+*]|{_D})"
_BEGIN = r"(?<![A-Za-z0-9_.\u0370-\u03ff])(?<!\d,)"
_END = r"(?![A-Za-z0-9_])"
#: A signed position may stick to its gene: IL1B-31TT, IL8-251A/A.
_BEGIN_SIGNED = rf"(?:{_BEGIN}|(?<=[A-Za-z0-9])(?=(?:{_D}|\+)\d\d))"
# What is taken is not given back (``?+``): no number is tried digit by digit.
_NUMBER = r"(?:\d{1,3}(?=,)(?:,\d{3}(?!\d)){1,3}+|\d{1,9}+)"
#: 76, -14, *46, 88+1, 89 - 2
_PLACE = rf"{_SIGN}?{_NUMBER}(?:{_S}(?:\+|{_D}){_S}\d{{1,6}}+(?:\.\d)?(?:kb)?(?!\d))?+"
_RANGE = rf"{_PLACE}(?:{_S}(?:_|\.\.\.?|{_D}){_S}{_PLACE})?+"
_A3 = f"(?:{THREE}|{THREE.upper()})"
_AA = f"(?:{_A3}|{_A1})"
_AAX = f"(?:{_A3}|Ter|{_A1}|\\*|X)"
_STOP = r"(?:\*|X|Ter|TER|[Ss]top|STOP|Term)"
#: Members of a list are followed by no word that makes something else of the last.
_NO_CELLS = r"(?!['’-]\w|\.\s?[a-z]|[ -](?:cell|lymph|type|allele|chain|domain|strand))"
#: G12C, D, R and V; Gly12Asp, Val or Cys; A, T or C
_LETTERS_MORE = (
    rf"(?:(?:,\s{_A1}(?![A-Za-z0-9])){{1,7}},?\s(?:and|or)\s{_A1}"
    rf"|,?\sor\s[CDEFGHKLMNPQRSTVWY]){_NO_CELLS}"
)
_THREE_MORE = (
    rf"(?:(?:,\s{_A3}(?![A-Za-z0-9])){{1,7}},?\s(?:and|or)\s{_A3}|\sor\s{_A3})"
)
_BASES_MORE = (
    rf"(?:(?:,\s{_B}(?![A-Za-z0-9])){{1,2}},?\s(?:and|or)\s{_B}|\sor\s[CGT]"
    rf"|(?:,{_B}(?![A-Za-z0-9.])){{1,2}}){_NO_CELLS}"
)
_IVS = (
    rf"(?:(?:IVS|[Ii]ntron){_S}-?(?:\d{{1,3}}|[IVX]{{1,5}}(?![a-z]))"
    # without the intron's number, or behind the last base of the exon: 1342IVS-2A>G
    rf"|(?:\d{{1,6}}{_S})?IVS(?={_S}(?:\+|{_D})\d{{1,6}}{_S}[A-Zacgtdi]))"
)
_DELTA = "(?:[Dd]elta|DELTA|Δ|∆)"
#: Words of notations, which some capitalize.
_OP = "(?:[Dd]el[Ii]ns|[Ii]n[Dd]el|[Dd]el|[Ii]ns|[Dd]up|DELINS|DEL|INS|DUP)"

# Pieces of variants told in words.
_A_NAME = rf"(?:{NAMES}|{THREE})"
_STOP_NAME = (
    r"(?:(?:premature\s)?(?:stop|termination|nonsense|amber|ochre)(?:\scodon)?"
    r"|Term?\b|Stop)"
)
_NOTE = (
    r"(?:\s(?:residue|codon))?"
    r"(?:\s?\((?:[A-Z],\s?)?(?:[ACGTU]{3}|[A-Z][a-z]{2}|[A-Z])\))?"
)
_BASE_NOTE = r"(?:\s\([ACGTU]\))?"
_CHANGE_WORD = (
    r"(?:(?:single|point|base|missense|nonsense|nucleotide|amino[\s-]acid)\s)?"
    r"(?:substitutions?|transitions?|transversions?|mutations?|changes?|exchanges?|"
    r"replacements?|polymorphisms?|variants?|conversions?|SNPs?)"
)
_POSITION_WORD = (
    r"(?:codons?|positions?|residues?|nucleotides?|amino[\s-]acids?|bases?|nts?|bp|"
    r"base\spairs?|"
    r"cDNA|mRNA|genomic|promoter|coding|polymorphic|site)"
)
_WORD_NUMBER = (
    rf"{_SIGN}?{_NUMBER}"
    rf"(?:(?:_|{_D}|/|\sto\s|\sand\s)(?:nt\s)?{_SIGN}?{_NUMBER})?"
)
_INTRON_WORD = r"(?:[Ii]ntron|IVS)[\s-]?(?:\d{1,3}|[IVX]{1,5}\b)"
_SPLICE_WORD = (
    r"(?:(?:5|3)['’′]|splice|splicing|donor|acceptor|consensus|invariant|conserved|"
    r"sites?|sequence|junction|region|the|of|at|in)"
)
#: "at position +1 of intron 3", "in the -2 position of the acceptor splice site"
_INTRON_PLACE = rf"""
    \s(?:at|in|of|on|affecting|involving)\s(?:the\s)?
    (?:(?:position|nucleotide|nt|base)\s?)?
    (?:{_SIGN}{_S}\d{{1,4}}|\d{{1,3}}|first|last|second|penultimate)
    (?:\s(?:position|nucleotide|nt|base|bp))?
    \s(?:of|in|within)\s(?:{_SPLICE_WORD}[\s-]){{0,7}}
    (?:{_INTRON_WORD}|(?:splice|donor|acceptor)
      (?:[\s-](?:site|donor|acceptor|junction|sequence|consensus)){{0,3}})
"""
_WORD_PLACE = rf"""(?:{_INTRON_PLACE}
  | \s(?:was\s(?:found|identified|detected|observed)\s)?(?:starting\s|located\s)?
    (?:at|in|of|on|between|encompassing)\s(?:the\s|a\s)?
    (?:exon\s\d{{1,2}}(?:,\s|\s)(?:between\s|at\s)?)?
    (?: (?:{_POSITION_WORD}\s){{1,4}}(?:number\s|no\.\s|c\.)?{_WORD_NUMBER}
        (?:\sposition|\s?bp\supstream)?
      | (?<=at\s){_SIGN}?{_NUMBER}(?:\sand\s{_NUMBER})?
          (?!{_S}(?:%|°|years|yr|weeks|months|days|h\b|min|mM|degrees|mg|\.\d))
    )
  | \s(?:at|in)\sexon\s\d{{1,2}}\s\((?:{_POSITION_WORD}\s)?{_NUMBER}\)
  | \s\({_POSITION_WORD}:?\s{_WORD_NUMBER}\)
  | \s{_SIGN}{_NUMBER}\s?bp
)"""
_ARTICLE = r"(?:a\s|an\s|the\s)?"
_FORTH = (
    r"(?:\s?(?:-{1,2}>|→|>)\s?|[\s-](?:to|into|by|with)[\s-](?:a\s|an\s|the\s)?|"
    r"\s(?:(?:is|was)\s)?(?:changed|replaced|substituted|converted|mutated)\s"
    r"(?:to|into|by|with|for)\s(?:a\s|an\s|the\s)?)"
)
_BACK = (
    r"\s(?:for|instead\sof|in\splace\sof|rather\sthan|replacing|replacement\sof)\s"
    r"(?:a\s|an\s|the\s)?"
)
_BASE_WORD = rf"(?:{BASE_NAMES}|{_B}(?![A-Za-z]))"
_SIZE = (
    rf"(?:(?:{NUMBERS})|\d{{1,3}}(?:,\d{{3}}){{1,3}}|\d{{1,6}}(?:\.\d{{1,3}})?)"
    rf"(?:{_S}{_D}{_S}|\s)?(?:(?:additional|successive|extra)\s)?"
)
_UNIT = (
    r"(?:base[\s-]?pairs?|bases?|bp|nucleotides?|nts?|kbp?|kilobases?|"
    r"[Mm]bp?|megabases?|amino[\s-]acids?|codons?)"
)
_INDEL = (
    rf"(?:(?i:insertion{_S}[/-]{_S}deletion|deletion{_S}[/-]{_S}insertion|"
    r"deletions?|insertions?|inserts?|duplications?|indels?))"
)
_ADJECTIVES = (
    r"(?:(?:in-?frame|homozygous|heterozygous|tandem|interstitial|genomic|germline|"
    r"somatic|gene|nucleotide|novel|partial|frameshift|coding|intragenic|inverted|"
    r"terminal|exonic|intronic|promoter)[\s-]){0,2}"
)
_SEQUENCE = rf"(?:\({_B}{{1,30}}\)|{_B}{{1,30}}(?![A-Za-z])|(?:{BASE_NAMES}))"
_START_WORD = r"(?<![A-Za-z0-9_.,])"

#: V600E, -K and -R
_HYPHENED = rf"(?:,\s|\s|,)(?:and\s|or\s)?{_D}{_A1}(?![A-Za-z0-9-])"

# --- the table ----------------------------------------------------------------------

_TABLE = (
    _symbolic("rs", 0.99, r.read_rs,
        rf"""[rR][sS](?<!rS)(?<![A-Za-z0-9.]..)
        (?:(?<=s)(?:\#?\s?|-(?=\d{{4}}))|(?<=S)(?<!_..)\s?)
        (?P<number>[1-9]\d{{0,2}}(?:,\d{{3}}){{1,3}}(?!\d)|[1-9]\d{{2,9}})
        (?:{_B}(?:>|/|&gt;){_B})?(?:{_END}|(?=_?{_B}{{1,2}}(?![A-Za-z0-9])))""", "rs"),
    _symbolic("hgvs-dna", 0.99, r.read_dna, rf"""
        [cgmnrCGM]\.(?<![a-z]..)(?:(?<=[a-z].)|(?<![A-Za-z0-9]..)(?=\d))
        (?<=(?P<lvl>.)\.){_S}(?P<allele>\[)?(?P<paren>\()?
        (?P<pos>(?:IVS{_S}(?:\d{{1,3}}|[IVX]{{1,5}})|ORF\d{{1,3}}{_S}\+{_S})?
          {_RANGE})(?P<shut>\))?
        {_S}(?:
          (?P<wt>{_B}{{1,40}}|[acgtu]{{1,40}})(?:{_TO_OR_SLASH}|4(?={_B}\b))
          (?P<mut>{_B}{_BASES_MORE}|{_B}{{1,40}}(?:/{_B}){{0,3}}|[acgtu]{{1,40}})
        | {_TO}(?P<put>{_B}{{1,80}})
        | (?P<op>{_OP}|inv|INV)(?:\.(?={_B}))?
          (?P<seq>{_S}{_B}{{2,80}}(?:\ {_B}{{2,80}})?|{_B}(?:\ {_B}{{2,80}})?
            |\ (?:[CGT](?![A-Za-z0-9-]|\ (?:cell|lymph))|A(?=[),;]))
            |[acgu]{{1,80}}(?![a-z])|\d{{1,5}}(?:bp)?
            |{_S}\({_B}{{1,20}}\){_S}(?:\d{{1,3}}|\(\d{{1,3}}\)))?
          (?:{_S}ins(?P<inserted>{_B}{{1,80}}|[acgu]{{1,80}}))?
        | (?P<same>=)
        )(?(paren)(?(shut)|\)))(?(allele)\]){_END}""", "c.", "g.", "m.", "n.", "r."),
    _symbolic("hgvs-dna-member", 0.94, r.read_dna_member, rf"""
        (?P<pos>{_RANGE})(?:(?P<wt>{_B}{{1,20}})>(?P<mut>{_B}{{1,20}})
          |(?P<op>delins|del|ins|dup|inv)(?P<seq>{_B}{{1,80}})?)(?=[\];(\s,.]|$)""",
        "c.[", "g.[", "m.[", "n.[", "r.[", "(;)"),
    _symbolic("hgvs-dna-old", 0.94, r.read_dna, rf"""
        [cgmn]\.(?<![A-Za-z0-9_]..)(?<=(?P<lvl>.)\.){_S}(?P<wt>{_B}){_S}
        (?P<pos>{_PLACE}){_S}(?:{_TO})?(?P<mut>{_B}){_END}""", "c.", "g.", "m.", "n."),
    _symbolic("hgvs-protein", 0.98, r.read_protein, rf"""
        [pP]\.(?<![a-z]..)
        (?:(?<=p.){_S}|(?<=P.)(?<![A-Za-z0-9]..)(?=[A-Z][A-Za-z]{{0,2}}\d))
        (?P<open>[(\[])?
        (?P<wt>{_A3}|Ter|{_A1}|\*|X|U){_S}(?P<pos>[1-9]\d{{0,4}})
        (?:
          _(?P<end>{_AAX})(?P<last>\d{{1,5}})
            (?P<kind>{_OP}|>)(?P<seq>(?:{_A3}|Ter|\*){{1,30}}|[A-Z]{{1,60}})?
        | (?P<kind2>[Dd]el[Ii]ns|[Dd]el|[Dd]up|DELINS|DEL|DUP)
          (?P<seq2>(?:{_A3}|Ter|\*){{1,30}}|[A-Z]{{1,60}})?
        | (?P<mut>{_A3}|{_A1})?{_S}(?P<fs>fs|Fs|FS){_S}
            (?:(?:\*|X|Ter|TER|[Ss]top){_S}(?P<stop>\d{{1,5}}|\?)?|(?P<stop2>\d{{1,5}})X?)?
        | (?P<mut4>{_A1}{_LETTERS_MORE}|{_A3}{_THREE_MORE})
        | {_S}(?P<mut2>(?:{_A3}|{_STOP}|{_A1}|U)(?:[/^](?:{_A3}|{_A1})){{0,7}}|=)
            (?:n?ext(?:(?:\*|X|Ter)(?P<length>\d{{1,5}}|\?)
              |(?P<length2>-\d{{1,5}})))?
        | \((?P<mut3>(?:{_A3}|{_A1})(?:/(?:{_A3}|{_A1})){{1,7}})\)
        | (?<=[tM]1)ext(?P<length3>-\d{{1,5}})
        )(?(open)[)\]])(?![A-Za-z0-9])""", "p."),
    _symbolic("hgvs-protein-range", 0.94, r.read_protein_range, rf"""
        p\.(?<![a-z]..)(?P<pos>[1-9]\d{{0,4}}(?:_[1-9]\d{{0,4}})?)
        (?P<op>{_OP})(?P<seq>(?:{_A3}){{1,30}}|[A-Z]{{1,60}})?{_END}""", "p."),
    _symbolic("hgvs-protein-allele", 0.94, r.read_protein_allele, rf"""
        p\.(?<![A-Za-z0-9_]..){_S}(?P<allele>{_A3})(?P<pos>[1-9]\d{{0,4}})
        (?![A-Za-z0-9_*=])""", "p."),
    _symbolic("intron", 0.96, r.read_dna, rf"""
        {_BEGIN}(?:c\.{_S})?(?P<ivs>{_IVS}){_S}[:,]?{_S}
        (?:(?:at\s)?(?:position|nucleotide|base)\s)?
        (?:
          (?P<close>\()?(?P<pos>(?:{_SIGN}|nt{_D}?){_S}\d{{1,6}})(?(close)\))
          {_S}[,:]?{_S}(?P<open>\()?
          (?P<wt>{_B}{{1,10}}|[acgtu]{{1,10}})(?:{_TO_OR_SLASH}|(?(open){_D}|(?!)))
          (?P<mut>{_B}{{1,10}}|[acgtu]{{1,10}})(?(open)\))
        | (?P<wt3>{_B})\((?P<pos3>{_SIGN}\d{{1,4}})\)(?P<mut3>{_B})
        | (?P<pos2>{_SIGN}{_S}\d{{1,6}}(?:{_S}(?:_|\.\.\.?){_S}{_SIGN}?\d{{1,6}})?){_S}
          (?P<op>delins|del|ins|dup){_S}(?P<seq>{_B}{{1,30}}|\d{{1,4}})?
        ){_END}""", "ivs", "intron"),
    _symbolic("intron-range", 0.95, r.read_intron_range, rf"""
        {_BEGIN}(?P<ivs>{_IVS}):{_S}(?P<op>del|ins|dup){_S}(?P<seq>{_B}{{1,30}}){_S}
        (?P<pos>{_SIGN}\d{{1,6}}(?:\.\.\.?|_){_SIGN}\d{{1,6}}){_END}""", "ivs"),
    _weak("intron-allele", 0.83, r.read_dna_allele, rf"""
        {_BEGIN}(?P<ivs>{_IVS}){_S}(?P<pos>{_SIGN}{_S}\d{{1,6}}){_S}
        (?P<allele>{_B}{{1,2}}(?:\+{_B}{{2}})?){_END}""", "ivs"),
    _symbolic("frameshift", 0.97, r.read_protein, rf"""
        {_BEGIN}(?P<wt>{_AA}){_S}(?P<pos>[1-9]\d{{0,4}})(?P<mut>{_AA})?{_S}-?
        (?P<fs>fs|Fs|FS|frameshift|{_S}frame{_S}shift){_S}-?
        (?:(?:\*|X|Ter|TER|[Ss]top){_S}(?P<stop>\d{{1,5}})?
          |(?P<stop2>\d{{1,5}})(?:X|stop)?)?
        (?![A-Za-z0-9_])""", "fs", "frame"),
    _symbolic("protein-three-letter", 0.99, r.read_three_letter, rf"""
        (?P<wt>{_A3})(?<![A-Za-z0-9_.]...)(?:{_S}|{_D}|\()(?P<pos>[1-9]\d{{0,4}})\)?
        (?:(?:{_S}|{_D}|{_TO})
          (?P<mut>(?:{_A3}|Ter|TER|Term|\*|X(?![a-z])|[Ss]top|STOP|TAG|TAA|TGA)
            (?:/{_A3}){{0,7}})
          |(?<=[a-z]\d\d)(?P<mut2>{_A1})|(?<=[a-z]\d\d\d)(?P<mut3>{_A1}))
        (?![A-Za-z0-9_])"""),
    _symbolic("protein-arrow-at", 0.94, r.read_protein, rf"""
        (?P<wt>{_A3})(?<![A-Za-z0-9_.]...){_TO}(?P<mut>{_A3}|Ter|[Ss]top)\s
        (?:at|in)\s(?:the\s)?(?:(?:codon|position|residue|amino[ ]acid)\s)?
        (?P<pos>[1-9]\d{{1,4}}){_END}""", ">", "→"),
    _symbolic("protein-arrow", 0.94, r.read_arrow, rf"""
        (?P<wt>{_A1})(?<![A-Za-z0-9_.].)(?P<pos>[1-9]\d{{1,3}}){_TO}
        (?P<mut>{_A1}|\*|X|[Ss]top|Ter){_END}""", *clues.ARROWS),
    _symbolic("protein-three-letter-twice", 0.9, r.read_protein, rf"""
        (?P<wt>{_A3})(?<![A-Za-z0-9_.]...){_S}-?(?P<pos>[1-9]\d{{0,4}})
        {_S}(?:{_TO}|{_D}|/|to\s|by\s){_S}(?P<mut>{_A3}){_S}-?(?P=pos){_END}"""),
    _symbolic("protein-three-letter-pair", 0.94, r.read_protein, rf"""
        (?P<wt2>{_A3})(?<![A-Za-z0-9_.]...){_TO_OR_SLASH}
        (?P<mut2>{_A3}|Ter|[Ss]top){_S}-?
        (?P<pos2>[1-9]\d{{1,4}}){_END}"""),
    _symbolic("protein-position-pair", 0.94, r.read_protein, rf"""
        (?P<pos>[1-9](?<![A-Za-z0-9_.].)\d{{0,4}}){_S}-?
        (?P<wt>{_A3}){_TO_OR_SLASH}(?P<mut>{_A3}|Ter|[Ss]top){_END}"""),
    _symbolic("protein-position-arrow", 0.94, r.read_protein, rf"""
        {_BEGIN}(?P<pos>[1-9]\d{{0,4}}){_S}(?P<wt>(?i:{THREE})){_TO}
        (?P<mut>(?i:{THREE}|stop|ter)){_END}""", ">", "---", "→"),
    _symbolic("protein-one-letter", 0.99, r.read_one_letter, rf"""
        (?P<wt>{_A1})(?<![A-Za-z0-9_.].)(?P<pos>[1-9]\d{{0,3}})
        (?P<mut>(?:{_A1}|X|\*)(?:/{_D}?{_A1}){{0,7}}|(?<=\d\d){_A3}
          |(?:{_D}|\sto\s)?(?:[Ss]top|STOP|[Tt]er|TER|TAG|TAA|TGA))
        {_END}"""),
    _symbolic("protein-choice", 0.94, told.read_choice, rf"""
        (?:(?P<wt>{_A3})(?<![A-Za-z0-9_.]...)|(?P<wt2>{_A1})(?<![A-Za-z0-9_.].))
        (?P<pos>[1-9]\d{{1,3}})
        (?: {_S}[(\[](?P<mut>{_A1}(?:/{_A1}){{1,7}}|{_A3}(?:/{_A3}){{1,7}})[)\]]
          | [(\[](?P<mut6>{_A1}(?:,{_S}{_A1}){{1,7}})[)\]]
          | \[(?P<mut2>[ACDEFGHIKLMNPQRSTVWY]{{2,8}})\]
          | (?P<mut3>{_A1}(?:,{_A1}){{1,7}})
          | (?P<mut4>{_A1}{_LETTERS_MORE}|{_A3}{_THREE_MORE})
          | (?P<mut7>{_A1}\({_A1}\))
          | (?P<mut5>{_A1}(?:{_HYPHENED}){{1,8}})
        ){_END}""", clues=clues.CHOICE_CLUES),
    _symbolic("protein-places", 0.94, told.read_several_places, rf"""
        (?P<wt>{_A1})(?<![A-Za-z0-9_.].)(?P<pos>[1-9]\d{{1,3}}/[1-9]\d{{1,3}})
        (?P<mut>{_A1}){_END}""", clues=(clues.DOUBLE_CLUE,)),
    _symbolic("protein-apart", 0.94, told.read_apart, rf"""
        (?P<wt>{_A1})(?<![A-Za-z0-9_.].)(?P<pos>[1-9]\d{{1,3}})(?:\sto\s|{_D})
        (?P<mut>{_A1}){_END}(?!{_D}|\.\s[a-z])""",
        clues=clues.RESIDUE_TO_CLUES + clues.HYPHEN_CLUES),
    _symbolic("protein-three-letter-slash", 0.94, told.read_residue_slash, rf"""
        (?P<wt>{_A3})(?<![A-Za-z0-9_.]...)(?P<pos>[1-9]\d{{1,3}})/
        (?P<mut>{_A3}|Ter|[Ss]top){_END}""", clues=clues.RESIDUE_SLASH_CLUES),
    _symbolic("protein-generic-number", 0.94, r.read_protein, rf"""
        (?P<wt>{_A1})(?<![A-Za-z0-9_.].)(?:
          [1-9]\.\d\d(?:x\d\d)?\((?P<pos>[1-9]\d{{0,3}})\)
          |(?P<pos2>[1-9]\d{{0,2}})\(?[1-9]\.\d\d(?:x\d\d)?\)?
          |(?P<pos3>[1-9]\d{{0,2}})\[[1-9]\.\d\d(?:x\d\d)?\]
        )(?P<mut>{_A1}(?:/{_A1}|{_HYPHENED}){{0,8}}){_END}""",
        clues=clues.GENERIC_CLUES),
    _symbolic("protein-spaced", 0.94, r.read_spaced, rf"""
        (?P<wt>{_A1})(?<![A-Za-z0-9_.].){_S}(?P<pos>[1-9]\d{{1,3}})[ ](?P<mut>{_A1})
        {_END}"""),
    _weak("stop-lost", 0.75, r.read_protein, rf"""
        (?:(?P<wt>X)(?<![A-Za-z0-9_.].)|{_BEGIN}(?P<wt2>[Ss]top|Ter))
        (?P<pos>[1-9]\d{{1,3}})(?P<mut>{_A1}){_END}""",
        clues=clues.STOP_CLUES, support="cue"),
    _symbolic("protein-lower-case", 0.94, r.read_protein, rf"""
        {_BEGIN}(?P<wt>(?i:{THREE}))(?:{_S}|{_D})(?P<pos>[1-9]\d{{1,3}}){_TO}
        (?P<mut>(?i:{THREE}|ter|stop)){_END}
      | {_BEGIN}(?P<wt2>(?i:{THREE}))(?P<sep>{_D}?)(?P<pos2>[1-9]\d{{1,3}})(?P=sep)
        (?P<mut2>{THREE.lower()}){_END}""", clues=clues.LOWER_CLUES),
    _weak("protein-attached", 0.83, read_attached, rf"""
        (?P<wt>{_A1})(?:(?<=[A-Za-z0-9].)|(?<=[A-Za-z0-9]_.))(?P<pos>[1-9]\d{{0,3}})
        (?:(?P<mut>(?:{_A1}|X|\*)(?:/{_A1}){{0,7}})|(?P<fs>fs)){_END}"""),
    _weak("protein-attached-three-letter", 0.83, read_attached, rf"""
        (?P<wt>{THREE})(?:(?<=[A-Z0-9]...)|(?<=[A-Z0-9]_...))(?P<pos>[1-9]\d{{0,3}})
        (?P<mut>{THREE}|Ter|\*){_END}"""),
    _symbolic("protein-pair", 0.94, r.read_protein_pair, rf"""
        (?P<wt>{_A1}{{2}})(?<![A-Za-z0-9_.]..)(?P<pos>[1-9]\d{{1,3}}/[1-9]\d{{1,3}})
        (?P<mut>{_A1}{{2}}){_END}""", clues=(clues.DOUBLE_CLUE,)),
    _symbolic("protein-propeptide", 0.95, r.read_propeptide, rf"""
        (?P<wt>{_A1})(?<![A-Za-z0-9_.].)(?P<pos>{_D}[1-9]\d?)(?P<mut>{_A1}){_END}"""),
    _weak("protein-one-letter-pair", 0.79, r.read_one_letter_pair, rf"""
        {_BEGIN_SIGNED}(?P<pos>{_D}?[1-9]\d{{1,3}}){_S}
        (?P<wt>{_A1}){_TO_OR_SLASH}(?P<mut>{_A1}){_END}""",
        clues=(clues.PAIR_CLUE,), support="cue"),
    _symbolic("base-position-base", 0.99, r.read_base_position_base, rf"""
        (?P<wt>[ACGT])(?<![A-Za-z0-9_.].){_S}
        (?:(?P<pos>{_SIGN}\d{{1,3}},\d{{3}}|{_SIGN}?[1-9]\d{{0,8}})
          |\((?P<pos2>{_SIGN}?[1-9]\d{{1,6}})\)){_S}
        (?:{_TO}|by\ |\ to\ (?=.\W))?(?P<mut>{_B}(?:/{_B}){{0,2}}){_END}"""),
    _symbolic("base-hyphens", 0.94, told.read_apart, rf"""
        (?P<wt>[ACGT])(?<![A-Za-z0-9_.,-].){_D}(?P<pos>[1-9]\d{{1,4}}){_D}
        (?P<mut>[ACGT]){_END}(?!{_D})""", clues=clues.HYPHENS_CLUES),
    _symbolic("hgvs-without-dot", 0.94, r.read_dna, rf"""
        (?P<lvl>[cgm])(?<![A-Za-z0-9_.].)(?:(?<=m)t{_S})?(?P<pos>{_RANGE}){_S}
        (?P<wt>{_B}{{1,8}}){_TO}(?P<mut>{_B}{{1,8}}){_END}""", *clues.ARROWS),
    _symbolic("hgvs-without-dot-indel", 0.94, r.read_dna, rf"""
        (?P<lvl>[cgm])(?<![A-Za-z0-9_.].)(?P<pos>{_RANGE}){_S}
        (?P<op>{_OP})(?P<seq>{_B}{{1,30}})?{_END}""", clues=clues.INDEL_CLUES),
    _symbolic("genomic-position", 0.94, r.read_genomic, rf"""
        {_BEGIN}[Cc]hr(?:omosome\s)?{_S}(?:\d{{1,2}}|[XYM]|MT){_S}:{_S}(?:g\.)?
        (?P<pos>{_NUMBER})(?:{_S}:?(?P<wt>{_B}{{1,20}}){_TO_OR_SLASH}
          (?P<mut>{_B}{{1,20}})|(?:(?:_|(?P<joined>{_D}))(?P<last>{_NUMBER}))?
          (?P<op>delins|(?(joined)(?!)|(?:del|dup))|inv|ins)(?P<seq>{_B}{{1,60}})?){_END}
      | chr(?:\d{{1,2}}|[XYM]|MT)(?P<joint>[-:_])(?P<pos2>\d{{3,9}})(?P=joint)
        (?P<wt2>{_B}{{1,20}})(?P=joint)(?P<mut2>{_B}{{1,20}}){_END}""", "chr"),
    _symbolic("genomic-number", 0.94, r.read_genomic, rf"""
        (?<![A-Za-z0-9_.:])(?:1\d|2[0-2]|[1-9]|[XY]):(?:g\.)?(?P<pos>[1-9]\d{{4,8}}+)
        (?:(?P<wt>{_B}{{1,20}})>(?P<mut>{_B}{{1,20}})|(?:_(?P<last>\d{{5,9}}+))?
          (?P<op>delins|del|dup|inv|ins)(?P<seq>{_B}{{1,60}})?){_END}""",
        clues=clues.COLON_CLUES),
    _symbolic("codon-minus-bases", 0.94, r.read_codon_indel, rf"""
        [Cc]odons?\s(?P<pos>[1-9]\d{{0,3}}(?:[/-]\d{{1,4}})?)\s?
        \((?P<sign>[-+]|{_D})(?P<seq>{_B}{{1,10}})\)""", "codon"),
    _symbolic("pair-position", 0.94, r.read_dna, rf"""
        {_START_WORD}(?<!/)(?P<wt>{_B})/(?P<mut>{_B}){_S}(?P<open>\()?
        (?P<pos>{_D}[1-9]\d{{1,5}})(?(open)\)){_END}""", clues=(clues.CHANGE_CLUE,)),
    _symbolic("nucleotide-change", 0.94, r.read_dna, rf"""
        \b(?:nucleotide|nt|position|base)\s(?P<pos>{_SIGN}?{_NUMBER}){_S}
        \((?P<wt>{_B})(?:\sto\s|{_TO_OR_SLASH})(?P<mut>{_B})\)""",
        clues=(clues.NUCLEOTIDE_CLUE,)),
    _symbolic("position-change", 0.98, r.read_position_change, rf"""
        {_BEGIN_SIGNED}
        (?P<pos>(?:Ex\d{{1,2}}{_S})?{_RANGE}|{_SIGN}\d{{2,5}}/\d{{2,5}}){_S}
        (?:bp{_S})?,?{_S}(?P<open>\()?
        (?P<wt>{_B}{{1,8}}){_TO_OR_SLASH}
        (?P<mut>{_B}(?:,{_B}(?![A-Za-z0-9.-])){{1,2}}|{_B}{{1,8}}(?:/{_B}){{0,3}})
        (?(open)\)){_END}""", clues=(clues.CHANGE_CLUE,)),
    _symbolic("position-to", 0.94, told.read_position_to, rf"""
        {_BEGIN_SIGNED}(?P<pos>{_SIGN}?[1-9]\d{{1,5}}){_S}(?P<wt>{_B})(?:\sto\s|-to-)
        (?P<mut>{_B}){_END}""", clues=clues.TO_CLUES),
    _symbolic("position-hyphen", 0.94, told.read_hyphened_bases, rf"""
        {_BEGIN}(?P<pos>{_SIGN}?[1-9]\d{{1,5}}){_S}(?P<wt>{_B}){_D}(?P<mut>{_B}){_END}
        """, clues=clues.BASE_HYPHEN_CLUES),
    _symbolic("old-indel", 0.98, r.read_old_indel, rf"""
        (?:CD{_S}(?=\+)|{_BEGIN_SIGNED})
        (?P<pos>{_RANGE}){_S}-?
        (?P<op>{_OP}|inv|INV){_S}
        (?P<seq>{_B}{{1,60}}|[ACDEFGHIKLMNPQRSTVWY]{{1,30}}|
           \d{{1,4}}{_S}(?:bp|nt)?|\({_B}{{1,30}}\)(?:\d{{1,3}}|\(\d{{1,3}}\))?)
        (?:{_S}ins(?P<inserted>{_B}{{1,60}}))?{_END}""",
        clues=clues.INDEL_CLUES),
    _symbolic("old-indel-range", 0.94, r.read_old_indel, rf"""
        {_BEGIN}(?P<pos>{_PLACE}_{_PLACE}{_S}|\d{{2,5}}{_D}\d{{2,5}})
        (?P<op>[Dd]el|[Dd]up|inv|DEL|DUP|INV){_END}""",
        clues=clues.INDEL_CLUES),
    _symbolic("insertion-deletion", 0.92, r.read_old_indel, rf"""
        {_BEGIN_SIGNED}(?P<pos>{_SIGN}?\d{{2,6}}){_S}
        (?P<seq>{_B}{{1,20}}|\d{{1,3}}N){_S}
        (?P<op>[Ii]ns{_S}[/>]{_S}[Dd]el|[Dd]el{_S}[/>]{_S}[Ii]ns|indel|del|ins){_END}
      | {_BEGIN_SIGNED}(?P<pos2>{_SIGN}\d{{2,6}}),?{_S}
        (?P<op2>deletion|del|insertion|ins)/(?P<seq2>{_B}{{1,20}}){_END}""",
        clues=clues.INDEL_CLUES),
    _symbolic("indel-position", 0.95, r.read_old_indel, rf"""
        {_BEGIN}(?:c\.)?(?P<op>{_OP}){_S}(?P<pos>\d{{2,6}}){_S}
        (?P<seq>{_B}{{1,30}}){_END}
      | {_BEGIN}(?P<seq2>{_B}{{1,30}})(?P<op2>del|ins|dup)(?P<pos2>\d{{2,6}}){_END}
      | {_BEGIN}(?P<op3>{_OP})(?P<seq3>{_B}{{1,30}}){_S}
        (?P<pos3>\d{{2,6}}){_END}""",
        clues=clues.INDEL_CLUES),
    _symbolic("protein-deletion", 0.95, r.read_protein_deletion, rf"""
        {_BEGIN}(?P<wt>{_AA})(?P<pos>[1-9]\d{{0,3}})
          (?:{_S}(?:_|{_D}|/){_S}(?P<end>{_AA})(?P<last>[1-9]\d{{0,3}}))?
          {_S}(?P<kind>[Dd]el[Ii]ns|[Dd]eletion|[Dd]el|[Dd]up|DELINS|DEL|DUP)
          (?P<seq>(?<=ins)(?:{_A3}{{1,20}}|[A-Z]{{1,30}}))?{_END}
      | {_BEGIN}(?P<wt3>{_AA})(?P<pos3>[1-9]\d{{0,3}})_(?P<end3>{_AA})
          (?P<last3>[1-9]\d{{0,3}})(?P<kind3>ins)
          (?P<seq3>{_A3}{{1,20}}|[A-Z]{{1,30}}){_END}
      | (?:{_BEGIN}|(?<=[A-Z0-9])(?=[Δ∆]))(?P<kind2>del|{_DELTA}{_S}-?)(?P<wt2>{_AA})
          {_S}(?P<pos2>[1-9]\d{{1,3}})
          (?:{_S}(?:_|{_D}){_S}(?P<end2>{_AA})(?P<last2>[1-9]\d{{0,3}}))?{_END}""",
        "delta", "δ", "∆", clues=clues.INDEL_CLUES),
    _symbolic("protein-residue-list-deletion", 0.95, r.read_residue_list, rf"""
        {_BEGIN}(?P<list>(?:{_AA}\d{{1,4}}[_/,]\s?){{2,8}}+{_AA}\d{{1,4}})\s
        (?P<op>deletion|duplication){_END}""", "deletion", "duplication"),
    _symbolic("protein-range", 0.95, r.read_protein_range, rf"""
        {_BEGIN}(?:{_DELTA}|del){_S}-?(?P<open>\()?
        (?P<pos>[1-9]\d{{0,3}}{_D}[1-9]\d{{1,3}})(?(open)\)){_END}
      | {_BEGIN}(?:{_DELTA}|del)(?P<seq3>{_A1}{{2,20}}){_S}
        (?P<pos3>[1-9]\d{{0,3}}{_D}[1-9]\d{{1,3}}){_END}
      | {_BEGIN}(?P<seq>{_A1}{{2,20}}){_S}(?P<pos2>[1-9]\d{{0,3}}{_D}[1-9]\d{{1,3}}){_S}
        (?P<op>del(?:etion)?|ins(?:ertion)?|dup(?:lication)?){_END}""",
        "delta", "δ", "∆", clues=clues.INDEL_CLUES),
    _symbolic("codon-change", 0.95, r.read_codon_change, rf"""
        {_BEGIN}(?:[Cc]odon(?:\s\(CD\))?|CD){_S}(?P<pos>[1-9]\d{{0,4}}){_S},?{_S}
        (?P<open>\()?(?P<wt>{_B}{{3}}){_TO_OR_SLASH}
        (?P<mut>{_B}{{3}})(?(open)\)){_END}""",
        "codon", "cd"),
    _symbolic("codon-position-codon", 0.94, r.read_codon_change, rf"""
        (?P<wt>{_B}{{3}})(?<![A-Za-z0-9_.]...){_S}\(?(?P<pos>[1-9]\d{{0,4}})\)?
        {_S}(?:{_TO})?(?P<mut>{_B}{{3}}){_END}"""),
    _symbolic("codon-base-change", 0.95, r.read_codon_base, rf"""
        {_BEGIN}(?:[Cc]odon){_S}(?P<pos>[1-9]\d{{0,4}}){_S},?{_S}(?P<open>\()?
        (?P<wt>{_B}){_TO_OR_SLASH}(?P<mut>{_B})(?(open)\)){_END}
      | \((?P<wt2>{_B}{{1,5}}){_TO}(?P<mut2>{_B}{{1,5}})\)\sat\scodon\s
        (?P<pos2>[1-9]\d{{0,4}}){_END}""", "codon"),
    _weak("repeat-copies", 0.65, r.read_repeat, rf"""
        \((?<![A-Za-z0-9_.].)(?P<unit>[ACGT]{{2,20}})\)
        (?:{_S}(?P<copies3>n)(?![A-Za-z0-9_(=\s]\s?=)(?![A-Za-z0-9_(])
          |(?P<copies>\d{{1,3}}(?:{_D}\d{{1,3}})?)(?![A-Za-z0-9_(])
          |\((?P<copies2>n|\d{{1,3}}(?:{_D}\d{{1,3}})?)\))(?!{_S}\(?{_B})""", "("),
    _symbolic("repeat-at-position", 0.95, r.read_repeat, rf"""
        (?P<pos>[-+\d{DASHES}](?<![A-Za-z0-9_.].)\d{{1,5}})\((?P<unit>{_B}{{2,20}})\)
        (?:(?P<copies>\d{{1,3}}(?:{_D}\d{{1,3}})?)(?![A-Za-z0-9_(])
          |\((?P<copies2>\d{{1,3}}(?:{_D}\d{{1,3}})?)\))(?!{_S}\(?{_B})""", "("),
    _symbolic("cytogenetic", 0.95, places.read_bands, rf"""
        {_BEGIN}(?P<op>del|dup|inv|ins){_S}\({_S}(?P<chromosome>\d{{1,2}}|X|Y){_S}
        (?:\){_S}\({_S})?(?P<bands>[pq]\d[\d.pq;{DASHES}-]{{0,24}})\)""",
        *clues.TYPED),
    _weak("cytogenetic-arm", 0.75, places.read_bands, rf"""
        {_BEGIN}(?P<op>del|dup){_S}\((?P<chromosome>\d{{1,2}}|X|Y)(?P<bands>[pq])\)""",
        *clues.TYPED, support="variant"),
    _symbolic("region", 0.94, places.read_region, rf"""
        {_BEGIN}[Cc]hr(?:omosome)?{_S}(?P<chromosome>\d{{1,2}}|[XYM])\s?:\s?(?:g\.)?
        (?P<first>\d[\d,]{{0,12}}(?:\.\d{{1,6}})?)\s?(?:{_D}|_)\s?
        (?P<last>\d[\d,]{{0,12}}(?:\.\d{{1,6}})?)\s?(?P<unit>[Mm]bp?|[Kk]bp?|bp)?
        (?P<kind>\s?(?:deletion|duplication|gain|loss|del|dup|ins))?{_END}""", "chr"),
    _symbolic("refseq", 0.94, places.read_refseq,
        r"[NX][MPGCRTW]_(?<![A-Za-z0-9_]...)\d{5,9}(?:\.\d{1,3})?(?![A-Za-z0-9_])",
        "_"),
    _symbolic("band", 0.94, places.read_band, rf"""
        {_BEGIN}(?P<band>(?:[1-9]|1\d|2[0-2]|X|Y)[pq]
        (?:\d{{1,2}}(?:\.\d{{1,3}})?
          (?:{_D}(?:[pq]?\d{{1,2}}(?:\.\d{{1,3}})?|[pq]ter))?|ter))
        {_END}"""),
    # Notations that mean other things too.
    _weak("delta-size", 0.91, r.read_delta, rf"""
        {_DELTA}(?:{_S}|-)(?P<seq>[1-9]\d{{1,3}}){_END}
        (?!{_S}-?(?:\d|desat|tetra|THC|fatty|isom|hydro|keto|ste|acyl|°))""",
        "delta", "δ", "∆", support="cue"),
    _symbolic("delta-of-its-gene", 0.94, r.read_delta_of_gene, rf"""
        (?:{_DELTA})(?:{_S}|-)(?P<seq>[1-9]\d){_END}""", "delta", "δ", "∆"),
    _weak("delta-misread", 0.59, r.read_delta, rf"""
        \bDD?(?P<seq>[1-9]\d){_END}""",
        "ccr5", "ckr5", "receptor 5", "ccr-5"),
    _symbolic("indel-size", 0.94, r.read_indel_size, rf"""
        {_BEGIN}(?P<op>ins/del|del/ins){_S}(?P<seq>\d{{1,4}}){_S}(?:bp|nt){_END}""",
        "ins/del", "del/ins"),
    _symbolic("minus-bases", 0.94, r.read_minus_bases, rf"""
        {_BEGIN}(?P<pos>{_SIGN}?\d{{2,6}}){_S}\({_D}(?P<seq>{_B}{{1,20}})\)
      | (?<![A-Za-z0-9_.]){_D}(?P<seq2>{_B}{{1,20}})\sat\s(?:positions?\s|nt\s)?
        (?P<pos2>{_SIGN}?\d{{2,6}}(?:\sto\s{_SIGN}?\d{{2,6}})?){_END}""",
        clues=(clues.MINUS_CLUE,)),
    _weak("size-attached", 0.7, r.read_size_only, rf"""
        {_BEGIN}(?P<op>del|ins|dup)(?P<seq>{_S}\d{{1,4}}{_S}(?:bp|nt|kb)|
        \d{{1,2}}|{_B}{{2,30}}){_END}""", clues=clues.INDEL_CLUES, support="cue"),
    _weak("dna-allele-signed", 0.87, r.read_dna_allele, rf"""
        {_BEGIN_SIGNED}(?P<pos>{_SIGN}\d{{1,3}}(?:,\d{{3}}|\d{{0,3}})){_S}
        (?P<allele>{_B}{{1,2}}(?:\+{_B}{{2}})?|(?:{BASE_NAMES})){_END}""",
        clues=(clues.SIGNED_CLUE,), support="cue"),
    _weak("dna-allele", 0.87, r.read_dna_allele, rf"""
        {_BEGIN}(?P<pos>{_NUMBER}){_S}(?P<allele>{_B}{{1,2}}){_END}
      | {_BEGIN}(?P<allele2>{_B}){_S}(?P<open>\()?
        (?P<pos2>{_SIGN}?{_NUMBER})(?(open)\)){_END}""",
        support="position"),
    _weak("residue-positions", 0.77, r.read_protein_allele, rf"""
        (?P<allele>{_A1})(?<![A-Za-z0-9_.].)
        (?P<pos>[1-9]\d{{1,3}}/(?:(?P=allele)(?=\d\d))?[1-9]\d{{0,3}}){_END}""", "/"),
    _weak("stop-allele", 0.81, r.read_protein_allele, rf"""
        {_BEGIN}(?P<pos>[1-9]\d{{2,3}})(?P<allele>X){_END}""", "x", support="variant"),
    _weak("protein-allele", 0.77, r.read_protein_allele, rf"""
        (?P<allele>{_A3})(?<![A-Za-z0-9_.]...)
        (?:{_D}|{_S})(?P<pos>(?:(?<=\s){_D})?[1-9]\d{{0,3}}){_END}""",
        support="position"),
    _weak("protein-letter-allele", 0.77, r.read_protein_allele, rf"""
        (?P<allele>{_A1})(?<![A-Za-z0-9_.].){_S}(?P<pos>[1-9]\d{{0,3}}){_END}
        (?!\.\d)""",
        support="position"),
    _weak("protein-name-allele", 0.78, r.read_protein_allele, rf"""
        \b(?P<allele>{NAMES})[\s-]?(?P<pos>[1-9]\d{{0,3}}){_END}""",
        *clues.RESIDUE_STEMS, support="position"),
    _weak("protein-number-allele", 0.75, r.read_protein_allele, rf"""
        (?P<pos>[1-9](?<![A-Za-z0-9_.].)\d{{0,3}})[\s-]?
        (?P<allele>{_A3}|(?:{NAMES})|{_A1}{{1,2}}|X){_END}""", support="position"),
    _weak("allele-words", 0.83, r.read_allele_words, rf"""
        \(?{_BEGIN}(?P<allele>{_AA})\)?\sallele\s(?:at|of|for|in)\s(?:the\s)?
        (?:(?P<where>position|nucleotide|codon|residue)\s)?
        (?P<pos>{_SIGN}?\d{{2,6}}){_END}
      | {_BEGIN}(?P<allele2>{_B})\sat\sposition\s(?P<pos2>{_SIGN}?\d{{2,6}}){_END}""",
        "allele", "position"),
    _weak("bare-arrow", 0.88, r.read_bare, rf"""
        {_START_WORD}(?:
          (?P<wt>{_B}{{3}}|{_B}){_TO}(?P<mut>{_B}{{3}}|{_B})
        | (?P<wt2>CC){_TO}(?P<mut2>TT)
        | (?P<wt3>{_A3}){_TO}(?P<mut3>{_A3}|Ter|[Ss]top)
        ){_END}(?!{_S}[/>])""", ">", "→", "➔", support="cue"),
    _weak("bare-to", 0.84, r.read_bare_to, rf"""
        (?P<wt>{_B})(?<![A-Za-z0-9_.,].)(?:-to-|\sto\s)(?P<mut>{_B}){_END}""",
        "-to-", " to "),
    _weak("bare-to-tandem", 0.81, r.read_bare_to, rf"""
        (?P<wt>CC|GG)(?<![A-Za-z0-9_.,]..)(?:-to-|\sto\s)(?P<mut>TT|AA){_END}""",
        "-to-", " to "),
    _weak("bare-to-residues", 0.75, r.read_bare_to, rf"""
        (?P<wt>{_A3})(?<![A-Za-z0-9_.,]...)(?:-to-|\sto\s)
        (?P<mut>{_A3}|Ter|[Ss]top){_END}""",
        "-to-", " to "),
    _weak("bare-slash", 0.78, r.read_bare_slash, rf"""
        {_START_WORD}(?<!/)(?:
          (?P<wt>{_B}{{3}}|{_B})/(?P<mut>{_B}{{3}}|{_B})
        | (?P<wt3>{_A3})/(?P<mut3>{_A3}|Ter|[Ss]top)
        ){_END}(?!{_S}[/>])""", "/", support="variant"),
    # Variants told in words.
    _language("residues-in-words", 0.84, r.read_words, rf"""
        \b(?:(?:{_A_NAME}|{_STOP_NAME}){_NOTE}(?:{_FORTH}|{_BACK}|/)
          (?:{_A_NAME}|{_STOP_NAME}){_NOTE}(?:\s{_CHANGE_WORD})?{_WORD_PLACE}
        | {_A_NAME}{_NOTE}\s(?:at|in)\s(?:{_POSITION_WORD}\s){{1,2}}\d{{1,4}}
          {_FORTH}(?:{_A_NAME}|{_STOP_NAME}){_NOTE}
        | [Cc]odon\s\d{{1,4}},?\s(?:from\s)?{_A_NAME}{_FORTH}(?:{_A_NAME}|{_STOP_NAME})
        ){_END}""", "codon", "position", "residue", "amino"),
    _language("residue-number-residue", 0.79, r.read_numbered, rf"""
        \b(?:{NAMES})[\s-]?(?:(?P<pos>\d{{1,4}})|\((?P<pos2>\d{{1,4}})\))
        (?:[\s-]|{_FORTH}|{_BACK})(?:{_A_NAME}|stop)(?:[\s-]?(?P<again>\d{{1,4}}))?
        (?![A-Za-z]|-[a-z])""", *clues.RESIDUE_STEMS),
    _language("residue-number-to-residue", 0.7, r.read_numbered, rf"""
        (?:{THREE})(?<![A-Za-z0-9_]...)[\s-]?
        (?:(?P<pos>\d{{1,4}})|\((?P<pos2>\d{{1,4}})\))
        (?:[\s-]|{_FORTH}|{_BACK})(?:{_A_NAME}|stop)(?:[\s-]?(?P<again>\d{{1,4}}))?
        (?![A-Za-z]|-[a-z])"""),
    _language("residue-for-residue", 0.7, r.read_words, rf"""
        \b{_A_NAME}\s(?:substitution|replacement)s?\s(?:of|for|at)\s(?:the\s)?
        {_A_NAME}[\s-]?\(?\d{{1,4}}\)?(?![A-Za-z0-9-]|{_S}(?:,|/|and|or){_S}[A-Z])""",
        "substitution", "replacement"),
    _language("letters-in-words", 0.7, r.read_letters, rf"""
        {_START_WORD}(?P<wt>{_A1}){_NOTE}(?:\sto\s|-to-|{_TO})(?P<mut>{_A1}){_NOTE}
        (?:\s{_CHANGE_WORD})?\s(?:at|in)\s(?:the\s)?
        (?:codon|residue|position|amino[\s-]acid(?:\sposition)?)\s
        (?P<pos>[1-9]\d{{0,3}})(?![A-Za-z0-9])""",
        "codon", "position", "residue", "amino"),
    _language("residues-without-place", 0.75, r.read_words, rf"""
        \b(?:(?:{NAMES}){_NOTE}(?:{_FORTH}|{_BACK})
          (?:(?:{NAMES})|{_STOP_NAME}){_NOTE})(?![A-Za-z])""",
        *clues.RESIDUE_STEMS, support="cue"),
    _language("bases-in-words", 0.77, r.read_words, rf"""
        {_START_WORD}(?:{BASE_NAMES}){_BASE_NOTE}
        (?:{_FORTH}|\sfor\s){_BASE_WORD}{_BASE_NOTE}
        (?:\s{_CHANGE_WORD})?{_WORD_PLACE}(?![A-Za-z0-9])""", *clues.BASE_STEMS),
    _language("base-letters-in-words", 0.86, r.read_words, rf"""
        {_B}(?<![A-Za-z0-9_.,/>].)(?:{_FORTH}|{_TO}|-to-|/|\sfor\s){_BASE_WORD}
        (?:\s{_CHANGE_WORD})?{_WORD_PLACE}(?![A-Za-z0-9])
      | \({_B}{_TO}{_B}\)(?:\s{_CHANGE_WORD})?{_WORD_PLACE}(?![A-Za-z0-9])"""),
    _language("codons-in-words", 0.71, r.read_words, rf"""
        {_START_WORD}{_B}{{3}}(?:{_TO}|\sto\s|/){_B}{{3}}
        (?:\s{_CHANGE_WORD})?{_WORD_PLACE}(?![A-Za-z0-9])""",
        "codon", "position", "residue"),
    _language("stop-in-words", 0.76, r.read_stop, rf"""
        \b(?:stop|termination)(?:\scodon)?{_WORD_PLACE}(?![A-Za-z0-9])""",
        "stop", "termination"),
    _language("sized-indel", 0.77, r.read_sized, rf"""
        {_START_WORD}(?:(?:(?<=[\s(])-(?=\d{{3}}))?{_SIZE}{_UNIT}[\s-]{_ADJECTIVES}
          (?:\({_AA}{{1,12}}\d{{0,3}}\)\s)?(?:(?:{BASE_NAMES})\s)?
          (?:{_INDEL}(?:\sof\s{_ARTICLE}{_SEQUENCE}(?:\snucleotide)?)?
            |(?:variable\snumber\sof\s)?(?:tandem\s|inverted\s)repeats?)
          (?:\s\(indel\))?
        | {_INDEL}\sof\s{_ARTICLE}{_SIZE}{_UNIT}(?!\s?\d)(?:\s{_B}{{2,30}}(?![A-Za-z]))?
        | {_INDEL}\s\((?:\d{{1,4}}{_D})?{_SIZE}{_UNIT}(?:\sor\sless)?\)
        )(?:{_WORD_PLACE})?(?![A-Za-z0-9])""",
        "delet", "insert", "dup", "indel", "repeat"),
    _language("sequence-indel", 0.68, r.read_sequence, rf"""
        {_START_WORD}(?:(?:nt\s)?(?:\d{{2,5}}\s?)?{_SEQUENCE}(?:\snucleotide)?
          [\s-]{_INDEL}
        | {_INDEL}\s(?:of\s{_ARTICLE})?{_SEQUENCE}(?:\d{{1,2}}{_B}{{0,9}})?
          (?:\snucleotide)?
        )(?:{_WORD_PLACE})?(?![A-Za-z0-9])""", "delet", "insert", "dup", "indel"),
    _language("indel-of-place", 0.8, r.read_words, rf"""
        {_START_WORD}(?:indel(?:\spolymorphism)?\sat\sposition\s{_SIGN}?\d{{2,6}}
        | codon\s\d{{1,4}}\s(?:deletion|insertion|duplication)
        | (?:deletion|insertion|duplication)(?:\smutation)?\s(?:of|in)\s
          (?:the\scoding\ssequence\s\(nt\s|(?:{_POSITION_WORD}\s){{1,3}})
          {_NUMBER}(?:(?:{_D}|_|\sto\s|\sthrough\s)(?:nt\s)?{_NUMBER})?\)?
        | del\s\d{{1,4}}\s(?:nucleotides?|bp|nt)\s
          {_SIGN}\d{{1,6}}(?:/|_|\sto\s){_SIGN}\d{{1,6}}
        | {_SEQUENCE}\s(?:\w{{2,6}}nucleotide\s)?was\s(?:inserted|deleted)\s
          (?:between|at)\s(?:{_POSITION_WORD}\s){{1,2}}{_WORD_NUMBER}
        )(?![A-Za-z0-9])""", "delet", "insert", "dup", "del ", "indel"),
    _language("repeat-in-words", 0.77, r.read_words, rf"""
        {_START_WORD}(?:\d{{1,3}}\s)?\(?{_B}{{2,8}}\)?(?:\sand\s{_B}{{2,8}})?\s
        (?:trinucleotide\s)?repeats?(?![A-Za-z0-9])""", "repeat", support="cue"),
)  # fmt: skip

#: All families, most trusted shapes first.
FAMILIES: tuple[Family, ...] = _TABLE
