"""Variants told in words: "valine to methionine at codon 66", "22-bp deletion".

The reader does not follow grammar; it picks out the parts of a change (residues,
bases, sizes, positions, what happened) in their order, and puts them together. It is
given a mention, never a whole sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgbuild.variants._letters import (
    AMINO_ACIDS,
    NUCLEOBASES,
    NUMBER_WORDS,
    one_letter,
    translate,
)
from kgbuild.variants.normal_form import Level, Operator, Variant
from kgbuild.variants.positions import plain_dashes, read_position

if TYPE_CHECKING:
    from collections.abc import Iterable

THREE = "|".join(three for three, _ in AMINO_ACIDS.values() if three != "Ter")
NAMES = "|".join(
    f"[{name[0]}{name[0].upper()}]" + name[1:].replace(" ", r"[\s-]")
    for _, names in AMINO_ACIDS.values()
    for name in sorted(names, key=len, reverse=True)
)
BASES = "|".join(NUCLEOBASES)
NUMBERS = "|".join(NUMBER_WORDS)

_UNIT = (
    r"bp|base[\s-]?pairs?|bases?|nucleotides?|nt|N|kbp?|kilobases?|"
    r"kilobase[\s-]pairs?|[Mm]bp?|megabases?|amino[\s-]acids?|residues?|codons?|aa"
)
_NUMBER = r"\d(?:[\d,]{0,11}\d)?(?:\.\d{1,4})?"
_PLACE = r"[-+*]?\d(?:[\d,]{0,11}\d)?(?:\s?\+\s?\d{1,5})?"

_PART = re.compile(
    rf"""
    (?P<skip>\b(?:[Ee]xons?|[Cc]hromosomes?|type|alleles?\s?-)\s?(?:\d+|[IVX]+)\b)
  | (?P<intron>(?:IVS|[Ii]ntron)[-\s]?(?:\d+|[IVX]+\b)\s?(?:[+-]\s?\d+)?)
  | (?P<ordinal>\b(?:first|second|penultimate|last)\b)
  | (?P<splice>\b(?:splic(?:e|ing)|donor|acceptor)\b(?=.*\bsites?\b|$))
  | (?P<size>(?<![\w.])-?(?:{_NUMBER}\s?-\s?)?{_NUMBER}[\s-]?
      (?:(?:additional|extra)\s)?(?:{_UNIT})(?![A-Za-z]))
  | (?P<place>(?<![A-Z0-9_])(?<!\d\.)(?:(?<![a-z])|(?<=[a-z]{{2}})){_PLACE}
      (?:(?:st|nd|rd|th)(?=\s)|(?:\s?(?:_|-|/|\.{{2,3}}|\bto\b|\band\b|\bthrough\b)
        \s?(?:nt\s)?{_PLACE})?(?![\w'’′])))
  | (?P<residue>\b(?:{NAMES})(?![a-z]) | \b(?:{THREE})(?![a-z]) |
      (?<![A-Za-z])(?:{THREE.upper()})(?![A-Za-z]))
  | (?P<stop>\b(?:premature\s)?(?:stop|termination|terminator|nonsense|amber|ochre)\b
      (?:[\s-]codon)? | \bTer(?:m|mination)?\b)
  | (?P<base>\b(?:{BASES})s?\b)
  | (?P<note>(?<=[a-z]\s)\([ACGTU]\))
  | (?P<repeat>\(?\b[ACGT]{{2,12}}\)?\s?(?:\(\d{{1,3}}(?:-\d{{1,3}})?\)|
      (?<=\))\s?(?:\d{{1,3}}|n\b))[ACGT]{{0,12}})
  | (?P<bases>(?<![A-Za-z])[ACGTU]{{1,60}}(?![A-Za-z]))
  | (?P<both>(?i:insertion\s?[/-]\s?deletion|deletion\s?[/-]\s?insertion|
      ins\s?[/>]\s?del|del\s?[/>]\s?ins|\bindels?\b|delins))
  | (?P<del>(?i:\bdelet\w+|\bdel\b|\black(?:s|ing|ed)?\b|\bloss\b|\bdelta\b|Δ|∆|
      \beliminat\w+))
  | (?P<dup>(?i:\bduplicat\w+|\bdup\b|\brepeats?\b|\brepetitions?\b|\bVNTR\b))
  | (?P<ins>(?i:\binsert\w*|\bins\b))
  | (?P<back>(?i:\bfor\b|\binstead\sof\b|\bin\splace\sof\b|\brather\sthan\b|
      \breplac(?:ing|es)\b|\breplacement\sof\b|\bsubstitut(?:ing|es)\sfor\b))
  | (?P<forth>(?i:\bto\b|\binto\b|\bby\b|\bwith\b)|-{{1,4}}>|>|→|=>|-{{3,5}}|/)
  | (?P<codon>(?i:\bcodons?\b|\bCD\b))
  | (?P<where>(?i:\bpositions?\b|\bnucleotides?\b|\bresidues?\b|\bamino[\s-]acids?\b|
      \bnt\b|\bbase\spairs?\b|\bbases?\b|\bbp\b|\bcDNA\b|\bpromoter\b|\bsite\b|\bmRNA\b))
  | (?P<upstream>(?i:\bupstream\b))
  | (?P<downstream>(?i:\bdownstream\b))
    """,
    re.VERBOSE,
)
#: Between a position and its base: 81G.
_STUCK = re.compile(r"(?<=\d\d)(?=[ACGT](?![A-Za-z]))")
#: asparagine (N, Asn)
_LETTER_TOO = re.compile(r"\([A-Z],\s?(?=[A-Z][a-z]{2}\))")
_COUNTED = re.compile(r"(\d{1,2})\s(?:successive|consecutive|additional)\s")
_WORDS = re.compile(rf"\b(?:{NUMBERS})\b(?=[\s-])", re.IGNORECASE)
#: "arginine substitution of lysine 882"
_MUTANT_FIRST = re.compile(
    r"\s(?:substitution|replacement|mutation|exchange)s?\s(?:of|for|at|in)\b"
)
_BOTH_WAYS = re.compile(r"\b(?:replacement|substitution|change)\s+of\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str
    text: str
    start: int


def read_language(text: str) -> Variant | None:
    """Read a variant that is told in words.

    Parameters
    ----------
    text
        One mention.

    Returns
    -------
    Variant or None
        ``None`` where the parts do not make a variant.

    Examples
    --------
    >>> read_language("valine to methionine at codon 66").core
    'p|SUB|V|66|M'
    >>> read_language("stop codon for glutamine at codon 298").core
    'p|SUB|Q|298|X'
    >>> read_language("deletion of 22,230 bp").core
    'c|DEL||22230'
    >>> read_language("A to G transition at codon 557 (AAG-->GAG)").core
    'p|SUB|K|557|E'
    """
    plain = _WORDS.sub(
        lambda m: str(NUMBER_WORDS[m.group().lower()]), plain_dashes(text)
    )
    plain = _LETTER_TOO.sub("(", _STUCK.sub(" ", plain))
    parts = [
        _Part(str(m.lastgroup), m.group(), m.start())
        for m in _PART.finditer(plain)
        if m.lastgroup not in ("skip", "note")
    ]
    kinds = {part.kind for part in parts}
    position = _position(plain, parts)
    if kinds & {"both", "del", "dup", "ins"}:
        changed = None
        # "was deleted and replaced by" is rare; "del" beside two acids is not.
        if not kinds & {"both", "dup", "ins"} and "forth" in kinds:
            changed = _substitution(plain, parts, position)
        return changed or _indel(plain, parts, kinds, position)
    acids = [letter for letter, _ in _acids(parts)]
    if len(acids) > 1 and acids[0] == acids[1]:
        return _substitution(plain, parts, position)  # what is left is a list
    return _substitution(plain, parts, position) or _allele(parts, position)


def _position(plain: str, parts: list[_Part]) -> str:
    """Choose the number that names the place."""
    best, best_rank = "", -1
    kinds = {part.kind for part in parts}
    for i, part in enumerate(parts):
        before = parts[i - 1].kind if i else ""
        behind = parts[i + 1].kind if i + 1 < len(parts) else ""
        if part.kind == "intron":
            return read_position(part.text + _inside_intron(part, parts))
        inside = _inside_intron(part, parts) if part.kind == "splice" else ""
        if inside and "intron" not in kinds:
            return f"IVS{inside}"
        if part.kind == "place":
            value = re.sub("(?:st|nd|rd|th)$", "", part.text)
            value = value.lstrip("+") if before == "where" else value
            if plain[part.start - 1 : part.start].isalpha():
                value = value.lstrip("-")  # Gln-191
            found = read_position(value, hyphen="range")
            told = before in ("codon", "where") or "_" in found
            rank = 2 if told else 1
        elif part.kind == "size" and behind == "upstream":
            rank, found = 3, "-" + _digits(part.text)
        elif part.kind == "size" and part.text.startswith("-"):
            rank, found = 1, "-" + _digits(part.text)
        else:
            continue
        if before == "codon" and found.isdigit():
            found = f"CODON{found}"
        if behind == "downstream" and found.isdigit():
            found = f"CD+{found}"
        if rank > best_rank:
            best, best_rank = found, rank
    return best


_ORDINALS = {"first": "+1", "second": "+2", "penultimate": "-2", "last": "-1"}


def _inside_intron(intron: _Part, parts: list[_Part]) -> str:
    """Return where in an intron or at a splice site: "position +1 of intron 3"."""
    if re.search(r"[\dIVX]\s?[+-]\s?\d", intron.text):
        return ""
    for i in range(len(parts))[::-1]:
        part = parts[i]
        if part.start > intron.start or part.kind not in ("place", "ordinal"):
            continue
        found = _ORDINALS.get(part.text, part.text)
        if re.fullmatch(r"[+-]\d{1,4}", found):
            return found
        beside = {p.kind for p in parts[max(0, i - 1) : i + 2]}
        return (
            f"+{found}" if re.fullmatch(r"\d{1,3}", found) and "where" in beside else ""
        )
    return ""


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _acids(parts: Iterable[_Part]) -> list[tuple[str, _Part]]:
    """Return residues and stops in order; "valine (Val)" counts once."""
    found: list[tuple[str, _Part]] = []
    for part in parts:
        if part.kind not in ("residue", "stop"):
            continue
        word = part.text.replace("-", " ") if part.kind == "residue" else "stop"
        letter = one_letter(word)
        if letter is None:
            continue
        near = found and part.start - found[-1][1].start - len(found[-1][1].text) <= 3
        spelt_again = near and found[-1][0] == letter and len(part.text) <= 5
        if not spelt_again:
            found.append((letter, part))
    return found


def _nucleotides(parts: Iterable[_Part]) -> list[tuple[str, _Part]]:
    found: list[tuple[str, _Part]] = []
    for part in parts:
        if part.kind == "bases":
            found.append((part.text, part))
        elif part.kind == "base":
            word = part.text.lower()
            found.append((NUCLEOBASES.get(word) or NUCLEOBASES[word[:-1]], part))
    return found


def _turned(plain: str, parts: list[_Part], first: _Part, second: _Part) -> bool:
    """Whether what comes first in the text is what came out of the change."""
    between = [p.kind for p in parts if first.start < p.start < second.start]
    if "forth" in between:
        return False
    if "back" in between:
        return True
    if _MUTANT_FIRST.match(plain[first.start + len(first.text) : second.start]):
        return True
    # "replacing valine, methionine …"
    return any(p.kind == "back" and p.start < first.start for p in parts) and not (
        _BOTH_WAYS.search(plain[: first.start])
    )


def _substitution(plain: str, parts: list[_Part], position: str) -> Variant | None:
    acids, bases = _acids(parts), _nucleotides(parts)
    bare = position.removeprefix("CODON")
    if len(acids) >= 2:
        (wild, one), (mutant, other) = acids[:2]
        if wild == mutant:
            return _one_for_several(parts, acids)
        if _turned(plain, parts, one, other):
            wild, mutant = mutant, wild
        return _sub("p", wild, bare, mutant)
    triplets = [(b, p) for b, p in bases if len(b) == 3]
    coded = [translate(b) for b, _ in triplets]
    if len(triplets) >= 2 and coded[0] and coded[1]:
        first, second = triplets[0][1], triplets[1][1]
        wild, mutant = str(coded[0]), str(coded[1])
        if _turned(plain, parts, first, second):
            wild, mutant = mutant, wild
        return _sub("p", wild, bare, mutant)
    if len(acids) == 1 and len(bases) < 2:
        return None
    if len(bases) >= 2:
        (wild, one), (mutant, other) = bases[:2]
        between = {p.kind for p in parts if one.start < p.start < other.start}
        if not between & {"forth", "back"}:
            return None
        if _turned(plain, parts, one, other):
            wild, mutant = mutant, wild
        return _sub("c", wild, position, mutant)
    return None


def _one_for_several(
    parts: list[_Part], acids: list[tuple[str, _Part]]
) -> Variant | None:
    """Read "Ser180 and Ser181 to Ala"."""
    wild = acids[0][0]
    *several, (mutant, last) = acids
    says = any(p.kind == "forth" and p.start < last.start for p in parts)
    if not says or mutant == wild or any(letter != wild for letter, _ in several):
        return None
    return _sub("p", wild, _places(parts), mutant)


def _sub(level: Level, wild: str, position: str, mutant: str) -> Variant:
    return Variant(
        level=level, operator="SUB", wild=wild, position=position, mutant=mutant
    )


def _allele(parts: list[_Part], position: str) -> Variant | None:
    if not position:
        return None
    acids, bases = _acids(parts), _nucleotides(parts)
    if acids:
        place = position.removeprefix("CODON")
        return Variant(level="p", operator="Allele", mutant=acids[0][0], position=place)
    if bases:
        allele = bases[0][0]
        if len(set(allele)) == 1 and "IVS" not in position:
            allele = allele[0]  # "-889TT" is the T allele twice
        return Variant(level="c", operator="Allele", mutant=allele, position=position)
    return None


def _indel(  # noqa: C901 - one branch a form of writing
    plain: str, parts: list[_Part], kinds: set[str], position: str
) -> Variant | None:
    operator: Operator
    if "both" in kinds or {"ins", "del"} <= kinds:
        operator = "INDEL"
    elif "dup" in kinds:
        operator = "DUP"
    else:
        operator = "INS" if "ins" in kinds else "DEL"
    acids = [letter for letter, part in _acids(parts) if part.kind == "residue"]
    bases = [b for b, _ in _nucleotides(parts)]
    size, size_level = _size(parts)
    level: Level = "c"
    what, extra = size, ""
    counted = _COUNTED.search(plain)
    repeats = [p for p in parts if p.kind == "repeat"]
    if repeats:
        unit, copies = repeat_unit(repeats[0].text)
        rest = repeats[0].text.partition(copies)[2].strip("() ") if copies else ""
        if operator == "DUP":
            what, extra = unit, copies
            if copies == "n" and position.isdigit():
                position, extra = "", position  # "14 (CA)n repeat"
        else:
            what = f"({unit}){copies}{rest}"
    elif bases:
        what = ",".join(dict.fromkeys(bases)) if operator == "DUP" else bases[0]
        if counted and len(what) == 1:
            what *= int(counted[1])  # "two successive adenine residues"
            position = "" if position == counted[1] else position
        if operator == "DUP" and re.search(rf"\b{re.escape(position)}\s{what}", plain):
            position, extra = "", position  # "5 GC repeats" counts them
    elif acids:
        level, what = "p", "".join(acids)
        position = position.removeprefix("CODON")
        if len(acids) > 1:
            position = _places(parts) or position
    elif size_level == "p":
        level = "p"
        position = position.removeprefix("CODON")
    elif re.search(r"amino[\s-]acids?", plain):
        level = "p"
    elif operator == "DUP" and re.search(r"^\D{0,12}\d+\s\d+[\s-]?bp", plain):
        position, extra = "", position  # "five 33-bp repeats"
    if operator == "INDEL":
        extra = "ins/del"
    if position and what == "1":
        what = ""  # one base is what a single position says
    if operator == "DEL" and not what and position.startswith("CODON"):
        level, position = "p", position.removeprefix("CODON")
    if not (what or position) or (not what and "repeat" in plain.lower()):
        return None
    if operator == "DUP" and position == what:
        position = ""  # "15 nt duplicating the first 15"
    return Variant(
        level=level, operator=operator, position=position, mutant=what, extra=extra
    )


def _places(parts: list[_Part]) -> str:
    """First to last of several places: "valine 624, valine 625"."""
    numbers = [
        n for p in parts if p.kind == "place" and (n := p.text.strip("-")).isdigit()
    ]
    numbers = list(dict.fromkeys(numbers))
    if len(numbers) < 2:
        return numbers[0] if numbers else ""
    return f"{numbers[0]}_{numbers[-1]}"


def _size(parts: list[_Part]) -> tuple[str, str]:
    """Return the first size in tmVar's form, and ``p`` if it counts residues."""
    for i, part in enumerate(parts):
        behind = parts[i + 1].kind if i + 1 < len(parts) else ""
        if part.kind == "size" and behind != "upstream" and part.text[0] != "-":
            found = read_size(part.text)
            if found[0]:
                return found
    return "", ""


def read_size(text: str) -> tuple[str, str]:
    """Read a size: ``("22230", "c")``, ``("3.5K", "c")``, ``("18", "p")``.

    Examples
    --------
    >>> read_size("3.5-kb"), read_size("22,230 bp"), read_size("18 amino acids")
    (('3.5K', 'c'), ('22230', 'c'), ('18', 'p'))
    """
    found = re.match(
        rf"((?:{_NUMBER}\s?-\s?)?{_NUMBER})[\s-]?(?:additional\s|extra\s)?"
        r"([A-Za-z][A-Za-z -]{0,20})$",
        plain_dashes(text).strip(),
    )
    if found is None:
        return "", ""
    number = re.sub(r"[,\s]", "", found[1])
    unit = found[2].lower().replace("-", " ")
    if unit.startswith("k"):
        return f"{number}K", "c"
    if unit.startswith("m"):
        return f"{number}M", "c"
    if unit.startswith(("amino", "residue", "codon", "aa")):
        return number, "p"
    return number, "c"


def repeat_unit(text: str) -> tuple[str, str]:
    """Read a repeat: unit and copies.

    Examples
    --------
    >>> repeat_unit("(CCTTT)14"), repeat_unit("(TTTA)n"), repeat_unit("TATC(1-2)")
    (('CCTTT', '14'), ('TTTA', 'n'), ('TATC', '1-2'))
    """
    found = re.match(r"\(?([ACGT]+)\)?\s?\(?(\d+(?:-\d+)?|n)?\)?", text)
    return ("", "") if found is None else (found[1], found[2] or "")
