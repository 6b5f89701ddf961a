"""Other texts that may name the gene that a mention names, each at a price.

The rules are those of GNormPlus (Wei et al. 2015) and GNorm2, and what papers write.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from kgbuild.normalize.composites import CONJUNCTION
from kgbuild.normalize.keys import GREEK, ROMAN
from kgbuild.normalize.rewriting import (
    Rewrite,
    class_swaps,
    rule_data,
    same_meaning,
    spelled_greek,
    without_words,
    word_set,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Letter glued before a gene's name → its species (SR4GN's list).
PREFIXES = {
    "h": 9606, "m": 10090, "r": 10116, "y": 4932, "d": 7227, "z": 7955, "zf": 7955,
    "dr": 7955, "at": 3702, "x": 8355, "b": 9913, "p": 9823,
}  # fmt: skip

#: "hMLH1", "HumHtrA2", "rhBMP-2", "rHuEPO": r before h is "recombinant".
_GLUED = re.compile(
    r"([Rr]?[Hh]u(?:m)?|[Rr]h|h|m|r|y|d|z|zf|Zf|dr|Dr|at|At|x|b|p)-?"
    r"(?=[A-Z][A-Za-z0-9])"
)
_SUFFIX = re.compile(r"^(.*?[A-Za-z0-9])[\s-]*([A-Za-z]+|\d+)$")
_PLAIN_END = re.compile(r"[a-z]{3}$")
_TAIL = re.compile(r"(alpha|beta|gamma|delta|epsilon|zeta|[a-z]|\d)$", re.IGNORECASE)


def glued_taxon(text: str) -> tuple[str, int] | None:
    """Return the name without its species letter, and the species: "hMLH1".

    Examples
    --------
    >>> glued_taxon("hMLH1"), glued_taxon("TP53")
    (('MLH1', 9606), None)
    """
    found = _GLUED.match(text)
    if not found:
        return None
    letter = found.group(1).lower()
    human = letter not in PREFIXES
    return text[found.end() :], PREFIXES["h" if human else letter]


@cache
def species_said() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns of the species that a gene's mention begins with, or follows."""
    data = rule_data()["species"]
    said = f"({'|'.join(data['said'])})"
    made = f"(?:(?:{'|'.join(data['made'])})[ -])*"
    lead = rf"(?:the )?{made}{said}[ -](?!(?:and|anti|derived|or)\b)"
    return (
        re.compile(lead, re.IGNORECASE),
        re.compile(rf"(?:(?<![\w-])|(?<=\banti-)){said}[ -]{made}$", re.IGNORECASE),
    )


#: Chains of collagen are written so, whatever else is left out: alpha2(I), pro-α1(V).
_COLLAGEN = re.compile(
    r"(?:pro-?)?(?:alpha|α)[\s-]?(\d+)\s?\(([IVX]+)\)(?:\s*(?:pro)?collagens?)?",
    re.IGNORECASE,
)
#: "type IV collagen", "collagen XVIII", "collagen, type 1": its first chain.
_COLLAGEN_TYPE = re.compile(
    r"(?:type[\s-])?([IVX]+|\d{1,2})[\s-](?:pro)?collagens?"
    r"|(?:pro)?collagens?,?[\s-](?:type[\s-])?([IVX]+|\d{1,2})",
    re.IGNORECASE,
)
#: Peptides of the amyloid precursor: Aβ42, Abeta(1-42), beta-amyloid, "Ab1-40".
_AMYLOID = re.compile(
    r"A(?:β|beta|b)[\s-]?\(?(?:\d{1,2}-)?\d{2}\)?(?:\speptides?)?"
    r"|(?:β|beta|b)[\s-]amyloid|amyloid[\s-](?:β|beta|b)(?:[\s-](?:proteins?|peptides?))?",
    re.IGNORECASE,
)
#: "PKC isoform epsilon", "PKC isoforms alpha and zeta": the word says nothing.
_KIND_OF_FORM = re.compile(
    r"\s(?:iso(?:forms?|zymes?|enzymes?|types?)|subtypes?)\s(?=\S)", re.IGNORECASE
)
#: Cytochromes P450 by family, subfamily and number: "P-450 2D6", "P450 isoform 3A4".
_P450 = re.compile(
    r"(?:cytochromes?\s)?P-?450s?\s?(?:\(?CYP\)?\s?|(?:iso[a-z]+|enzymes?)\s)?-?"
    r"(\d{1,2}[A-Z]{1,2}\d{1,2})",
    re.IGNORECASE,
)
#: Factors of blood clotting: factor XII, FXII, FVIIa.
_CLOTTING = re.compile(r"(?:[Ff]actor[\s-]?|F)([IVX]+)a?")
#: A splice variant: FLNBv2, MCIP1.4, DOK7-V1.
_VARIANT = re.compile(r"(?<=\w)(?:[\s-]?[vV]\d+|(?<=\d)\.\d)$")
#: Receptor I of TGF-beta is TGF-beta RI: the R is a word, the rest its number.
_NUMBERED_RECEPTOR = re.compile(r"(?<=[a-z\d-])[ -]?R([IV]+|\d)$")
#: An enzyme by the chain that makes its kind: hexosaminidase A.
_LETTERED_KIND = re.compile(r"(.+ase)[ -]([AB])")
#: What was done to a product, or what it is: phospho-ERK, v-Src, sICAM-1, DNp63.
_PREFIXED = re.compile(
    r"^(?:(?i:(?:amino|carboxy|[cn])-terminal )"
    r"(?:(?:fragment|part|peptide) of (?:the )?)?(?:pro-?(?=[a-zA-Z]))?"
    r"|(?i:phospho(?:rylated)?[ -]|p-)(?=\w)|(?i:pro|pre|anti|proto|alpha|n|c|v)-(?=\w)"
    r"|s(?=[A-Z]{2})"
    r"|(?:DN|ΔN|deltaN|TA)(?=p\d))"
)

#: "epidermal growth factor receptor tyrosine kinase" says what a receptor does.
_RECEPTOR_KINASE = re.compile(
    r"(?i)(.+ receptor)s?(?: protein)?[ -]tyrosine[ -]kinases?"
)
#: A stretch of residues: MOG35-55, OVA(323-339), PLP 139-151 peptide.
_STRETCH = re.compile(r"([A-Z][A-Za-z]{2,})[ -]?\(?\d{1,3}-\d{2,3}\)?(?: peptides?)?")

_MICRO_RNA = re.compile(r"(?i)^(?:hsa-|mmu-|rno-)?(?:micro-?rnas?|mirnas?|mirs?)[\s-]*")
_RECEPTOR = re.compile(r"(?i)\s+receptors?\b[\s-]*")
_HORMONE = re.compile(
    r"(?i)(?:lat|luteiniz|luteinis)ing[\s-]hormone$|gonadotrop(?:h)?in$"
)
_ISOFORM = re.compile(r"(?<=[\dR])\s?[a-z]$|(?<=\d)[A-Z]$|(?<=R)\s?(?:alpha|beta)$")
_KNOCKOUT = re.compile(
    r"(?<=\w)[\s-]*(?:KO|ko|KD|tg|Tg|-/-|\+/-|\+/\+|\(-/-\)|null|flox|fl/fl|f/f)$"
)
#: Kinds of opioid receptors and others are called by it alone.
_GREEK_LETTER = re.compile("|".join(GREEK.values()), re.IGNORECASE)
_LEAST_SYMBOL = 3
#: Rules that may leave two signs: the GR of GRalpha is a whole symbol.
_MAY_BE_SHORT = frozenset({"isoform"})
_SYMBOL = re.compile(r"(?=.*[A-Z])[A-Za-z][A-Za-z0-9.-]{1,}\d*|[a-z]+\d+[A-Za-z0-9-]*")


def gene_rewrites(text: str) -> Iterator[Rewrite]:
    """Yield what the rules make of a gene's name, likeliest first.

    One or two signs are no symbol that is left of a name: GC kinase is no GC.
    """
    for made in _rewrites(text):
        if made.rule in _MAY_BE_SHORT or _n_signs(made.text) >= _LEAST_SYMBOL:
            yield made


def _n_signs(text: str) -> int:
    return sum(map(str.isalnum, text))


def _rewrites(text: str) -> Iterator[Rewrite]:
    data = rule_data()["gene"]
    around = word_set("gene", "around")
    bare = without_species(text)
    if bare != text:
        yield Rewrite(bare, "species", 0.95)
    glued = glued_taxon(text)
    if glued:
        yield Rewrite(glued[0], "species letter", 0.92, glued[1])
        for other in (*_gene_spellings(glued[0], 0.9), *_gene_isoforms(glued[0], 0.9)):
            yield Rewrite(other.text, other.rule, other.penalty, glued[1])
    shorter = [text, *(r.text for r in without_words(text, around, penalty=1))]
    for number, name in enumerate(shorter):
        price = 1.0 if number == 0 else 0.9
        if number:
            yield Rewrite(name, "surroundings", price)
        yield from _gene_spellings(name, price)
        yield from _gene_suffixes(name, data["suffixes"], price)
    yield from class_swaps(text, same_meaning("gene"))
    if _HORMONE.search(text):
        # The alpha subunit is common to all of them.
        for beta in ("subunit beta", "beta"):
            yield Rewrite(f"{text} {beta}", "hormone", 0.95)
    if not text.lower().endswith("protein"):
        yield Rewrite(f"{text} protein", "completed", 0.8)
    # "phospho-ERK", "pro-IL-1", "anti-CD3", "c-Myc", "p-AKT".
    without = without_prefix(text)
    if without is not None:
        yield Rewrite(without, "prefix", 0.85)
        yield from _gene_isoforms(without, 0.85)
    # "NF-kappaB p65", "chromatin-associated protein Dek": a symbol among words.
    parts = [part.strip(",;()") for part in text.split()]
    if 1 < len(parts) <= 8:
        # Of several names the first is one; alpha2 of "GABA(A) alpha1 and alpha2" is
        # the end of one.
        if CONJUNCTION.search(text):
            del parts[1:]
        no_symbols = word_set("gene", "around", "not_symbols")
        for part in reversed(parts):
            if len(part) < _LEAST_SYMBOL:
                continue  # D2 of "D2 DA receptors" is half of a name
            if _SYMBOL.fullmatch(part) and part.lower() not in no_symbols:
                yield Rewrite(part, "symbol inside", 0.65)


def without_species(text: str) -> str:
    """Return a gene's name without the species that it begins with.

    Examples
    --------
    >>> without_species("recombinant human erythropoietin"), without_species("TP53")
    ('erythropoietin', 'TP53')
    """
    said = species_said()[0].match(text)
    return text[said.end() :] or text if said else text


def without_prefix(text: str) -> str | None:
    """Return a gene's name without what was done to its product, or ``None``.

    Examples
    --------
    >>> without_prefix("p-ERK1/2"), without_prefix("ERK1")
    ('ERK1/2', None)
    """
    bare = _PREFIXED.sub("", text)
    return bare if bare != text else None


def _arabic(numeral: str) -> int:
    """Read a Roman numeral in small letters: collagens go as far as xxviii."""
    values = [{"i": 1, "v": 5, "x": 10}[letter] for letter in numeral]
    following = [*values[1:], 0]
    return sum(
        -value if value < after else value
        for value, after in zip(values, following, strict=True)
    )


def _gene_spellings(name: str, price: float) -> Iterator[Rewrite]:
    """Write a gene's name as vocabularies write it."""
    yield from _names_of_kinds(name, price)
    kind = _LETTERED_KIND.fullmatch(name)
    if kind:
        subunit = "alpha" if kind[2] == "A" else "beta"
        yield Rewrite(f"{kind[1]} subunit {subunit}", "subunit", 0.85 * price)
    if " type " in name:
        yield Rewrite(name.replace(" type ", " "), "type", 0.9 * price)
    variant = _VARIANT.sub("", name)
    # B72.3 and NK1.1 are antibodies, of which the number is half the name.
    if variant != name and sum(map(str.isalpha, variant)) >= _LEAST_SYMBOL:
        yield Rewrite(variant, "splice variant", 0.85 * price)
    micro = _MICRO_RNA.match(name)
    if micro and micro.end() < len(name):
        yield Rewrite(f"mir-{name[micro.end() :]}", "microRNA", 0.97 * price)
        # One sequence, several genes; "-3p" and "-5p" are its arms.
        arm = re.sub(r"-[35]p$", "", name[micro.end() :])
        yield Rewrite(f"mir-{arm}", "microRNA", 0.95 * price)
        yield Rewrite(f"mir-{arm}-1", "first of its name", 0.9 * price)
    if len(name) > 3 and name.endswith("p") and name[-2].isdigit():
        yield Rewrite(name[:-1], "yeast protein", 0.9 * price)
    if len(name) > 3 and name.endswith("s") and name[-2].isalnum():
        yield Rewrite(name[:-1], "plural", 0.92 * price)
    greek = spelled_greek(name)
    if greek != name:
        yield Rewrite(greek, "Greek letter", 0.92 * price)
    bare = _KNOCKOUT.sub("", name)
    if bare != name:
        yield Rewrite(bare, "genotype", 0.85 * price)
    receptor = _RECEPTOR.search(name)
    if receptor and not _GREEK_LETTER.fullmatch(name[: receptor.start()]):
        # "FGF receptor 4" is FGFR4. (The mu receptor is no MUR.)
        yield Rewrite(_RECEPTOR.sub("R", name), "receptor", 0.88 * price)


def _names_of_kinds(name: str, price: float) -> Iterator[Rewrite]:
    """Write collagens, factors, receptors and peptides as vocabularies do."""
    chain = _COLLAGEN.fullmatch(name)
    if chain:
        number, kind = chain.group(1), chain.group(2).upper()
        full = f"collagen alpha-{number}({kind}) chain"
        yield Rewrite(full, "collagen chain", 0.97 * price)
        symbol = f"COL{ROMAN.get(kind.lower(), kind)}A{number}"
        yield Rewrite(symbol, "collagen chain", 0.97 * price)
    collagen = _COLLAGEN_TYPE.fullmatch(name)
    if collagen:
        kind = (collagen.group(1) or collagen.group(2)).lower()
        symbol = f"COL{kind if kind.isdigit() else _arabic(kind)}A1"
        yield Rewrite(symbol, "collagen chain", 0.85 * price)
    if _AMYLOID.fullmatch(name):
        yield Rewrite("amyloid beta precursor protein", "peptide", 0.95 * price)
    shorter = _KIND_OF_FORM.sub(" ", name)
    if shorter != name:
        yield Rewrite(shorter, "isoform", 0.92 * price)
    p450 = _P450.fullmatch(name)
    if p450:
        yield Rewrite(f"CYP{p450.group(1)}", "P450", 0.97 * price)
    clotting = _CLOTTING.fullmatch(name)
    if clotting:
        full = f"coagulation factor {clotting.group(1)}"
        yield Rewrite(full, "clotting factor", 0.95 * price)
    receptor = _NUMBERED_RECEPTOR.search(name)
    if receptor:
        head = name[: receptor.start()]
        for kind in ("", "type "):
            full = f"{head} receptor {kind}{receptor.group(1)}"
            yield Rewrite(full, "receptor", 0.88 * price)
    kinase = _RECEPTOR_KINASE.fullmatch(name)
    if kinase:
        yield Rewrite(kinase.group(1), "receptor", 0.88 * price)
    stretch = _STRETCH.fullmatch(name)
    if stretch:
        yield Rewrite(stretch.group(1), "peptide", 0.85 * price)


def _gene_suffixes(
    name: str, classes: list[list[str]], price: float
) -> Iterator[Rewrite]:
    """Write the last Greek letter, letter or number in its other ways."""
    spelled = name
    for letter, word in GREEK.items():
        if letter in spelled:
            spelled = spelled.replace(letter, word)
    found = _SUFFIX.match(spelled)
    tail = _TAIL.search(spelled)
    heads = []
    if found:
        heads.append((found.group(1), found.group(2).lower()))
    # The last letter of a plain word is none: insulinoma.
    if (
        tail
        and tail.start() > 1
        and not (len(tail[0]) == 1 and _PLAIN_END.search(spelled))
    ):
        heads.append((spelled[: tail.start()].rstrip(" -"), tail.group(1).lower()))
    for head, suffix in heads:
        for members in classes:
            if suffix in members:
                for other in members:
                    if other != suffix:
                        yield Rewrite(head + other, "suffix", 0.85 * price)
    # "interleukin-1" has two chains; a class without a number, "beta-adrenoceptors",
    # is no one of its members: of 13 such links of the development split 1 was right.
    if spelled[-1].isdigit() and (" " in spelled or "-" in spelled):
        yield Rewrite(f"{spelled} alpha", "first of its name", 0.7 * price)
    yield from _gene_isoforms(spelled, price)


def _gene_isoforms(name: str, price: float) -> Iterator[Rewrite]:
    """Leave out what tells an isoform: "OCT4A", "GRalpha"."""
    found = _ISOFORM.search(name)
    if found:
        yield Rewrite(name[: found.start()], "isoform", 0.8 * price)
