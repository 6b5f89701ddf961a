"""Germs that a tagger takes for their diseases, or tears: "Listeria" "monocytogenes".

Annotators of diseases mark many a virus or bacterium as the infection, so that a tagger
is unsure of them all. Yet a genus with an epithet is a species wherever it stands, and
so is the name of a virus without a word of illness behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kgbuild.ner.usage import starter_names
from kgbuild.text.abbreviations import find_abbreviations

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from kgbuild.document import Mention
    from kgbuild.text.abbreviations import Abbreviation

_SPECIES, _DISEASE, _GENE = "Species", "Disease", "Gene"
#: Types that pieces of a germ's name have been given.
_PIECES = {_SPECIES, _DISEASE, "Chemical"}
#: Genera of which some species live in people or animals.
_GENERA = """
    Acanthamoeba Acinetobacter Actinomyces Aeromonas Aggregatibacter Akkermansia
    Anaplasma Ancylostoma Ascaris Aspergillus Babesia Bacillus Bacteroides Balantidium
    Bartonella Bifidobacterium Blastocystis Blastomyces Bordetella Borrelia
    Borreliella Brucella Brugia Burkholderia Campylobacter Candida Candidozyma
    Chlamydia Chlamydophila Citrobacter Clostridioides Clostridium Coccidioides
    Corynebacterium Coxiella Cronobacter Cryptococcus Cryptosporidium Cutibacterium
    Cyclospora Echinococcus Edwardsiella Ehrlichia Eikenella Eimeria Entamoeba
    Enterobacter Enterococcus Erysipelothrix Escherichia Faecalibacterium Fasciola
    Francisella Fusobacterium Gardnerella Giardia Haemophilus Helicobacter Histoplasma
    Kingella Klebsiella Lactobacillus Lactococcus Legionella Leishmania Leptospira
    Listeria Malassezia Micrococcus Moraxella Morganella Mycobacterium Mycobacteroides
    Mycoplasma Naegleria Nakaseomyces Necator Neisseria Nocardia Onchocerca Orientia
    Paracoccidioides Pasteurella Peptostreptococcus Plasmodium Pneumocystis
    Porphyromonas Prevotella Propionibacterium Proteus Providencia Pseudomonas
    Rickettsia Salmonella Sarcoptes Schistosoma Serratia Shigella Sporothrix
    Staphylococcus Stenotrophomonas Streptobacillus Streptococcus Strongyloides Taenia
    Toxocara Toxoplasma Treponema Trichinella Trichomonas Trichophyton Trichuris
    Tropheryma Trypanosoma Ureaplasma Vibrio Wuchereria Yersinia
"""
#: Words with a Latin ending that are no epithets: illnesses, stages of life, English.
_NO_EPITHET = r"""
    \w+(?:itis|[aeo]sis|[lp]sis|[aeo]xis|emia|uria|opathy|oma|rrhea|edema|ous|lysis)
    |analysis|basis|crisis|axis|pelvis|syphilis|pneumonia|malaria|cholera|empyema|eczema
    |trauma|stigmata|tetanus|typhus|larvae|pupae|hyphae|fimbriae|algae|conidia|bacilli
    |cocci|fungi|[fl]oci|stimuli|protozoa|bacteria|\w*biota|flora|biomass|genus|genera
    |alpha|beta|theta|sigma|phylum|taxa|census|sodium|virus|status|[fl]ocus|mucus|pus
    |consensus|serum|sera|sputum|medium|media|inoculum|bacterium|maximum|minimum|data
    |spectrum|criteria|area|humans|means|gl[uy]cans|(?:onco|pseudo|trans)genes|via|plus
    |versus|was|has|is|as|its|this|his|thus
"""
#: Epithets with an ending that illnesses or English words have as well.
_EPITHETS = r"""
    (?:pseudo)?tuberculosis|\w*psilosis|(?:im)?mitis|vivax|tenax|simplex|major|minor
    |(?:or|ov|centr|duoden|margin)ale|difficile|fragile|gracile|intracellulare|platys
    |\w*(?:sc|ci|nd|ll|lv|fring)ens|\w+color|\w+gaster|niger|thetaiotaomicron|mays
    |max|pulex|(?:sap|pip)iens
"""
_EPITHET = rf"""(?i:{_EPITHETS}
    |(?!(?:{_NO_EPITHET})\b)[a-z]{{2,}}(?:us|a|um|is|ae|i|ans|genes))"""
_GENUS = "|".join(_GENERA.split())
_BINOMIAL = re.compile(
    rf"""(?x)(?<![\w-])(?=[A-Z])(?:(?:{_GENUS}|[A-Z][a-z]?\.)[ ](?=[a-z]+\b)
    |(?:{_GENUS.upper()})[ ](?=[A-Z]+\b)){_EPITHET}(?!\w)"""
)
#: What a disease that begins with a binomial goes on with.
_GOES_ON = re.compile(r"[ -]\w")
#: A virus by its whole name, and what makes an illness of it, or something else.
_VIRUS = re.compile(
    r"""(?ix)(?!virus|(?:acute|active|chronic|congenital|latent|long-term|neonatal
        |perinatal|persistent|primary|recurrent)\b|.*\b(?:anti|against|by|from|of)\b)
    (?:[\w'’/-]+[ ]){0,4}[\w-]*virus(?:es)?(?:[ ](?:type[ ])?\d)?"""
)
_SHORT_FORM = re.compile(r"[A-Z]+V(?:-\d)?")
#: What stands beside the short name of a virus that people are ill with.
_PEOPLE = "patients?|women|men|individuals|subjects|people|persons|adults|children"
_ILL_WITH, _REACH = re.compile(rf"(?i)\b(?:{_PEOPLE}|living)\swith\s$"), 20
_WHO_IS_ILL = re.compile(
    rf"[ -](?:(?:sero)?(?:positiv|negativ)\w*|(?:co-?)?infected|{_PEOPLE}"
    r"|pandemic|epidemic|prevention)\b"
)
#: What proteins of viruses are called; strains have other codes. Those of pox viruses
#: and papillomaviruses are of a kind that is something else elsewhere.
_PROTEIN = r"(?:VP|NSP?|ICP|LMP)\d{1,2}[AB]?|ORF\d{1,2}[ab]?|U[LS]\d{1,3}|PB[12]|E1[AB]"
_WITH_PROTEIN = re.compile(
    rf"(?:(?i:.*pox\w*(?: virus)?|vaccinia(?: virus)?) (?P<pox>[A-Z]\d{{1,2}}[RL])"
    rf"|(?i:.*papilloma ?virus\w*|HPV\S*) (?P<papilloma>E[124567])"
    rf"|(?:.*\w )?(?P<other>{_PROTEIN}))"
)


def name_germs(
    text: str, mentions: Sequence[Mention], types: Collection[str]
) -> list[Mention]:
    """Make binomials and names of viruses species, in tasks that know diseases too.

    The pieces of a binomial are joined: to a disease if it goes on with words, as of
    "Clostridium" and "difficile infection". So are those of "human" and
    "immunodeficiency virus". Proteins behind the names of viruses are genes.
    """
    if not {_SPECIES, _DISEASE} <= {*types}:
        return list(mentions)
    current = list(mentions)
    starts, ends = [m.start for m in current], [m.end for m in current]
    # From the last one on: what stands before a germ keeps its place.
    for found in reversed([*_BINOMIAL.finditer(text)]):
        start, end = found.span()
        place = slice(bisect_right(ends, start), bisect_left(starts, end))
        over = current[place]
        torn = len(over) > 1 or any(m.span == (start, end) for m in over)
        if not torn or over[0].start < start or not {m.type for m in over} <= _PIECES:
            continue
        last, kind = over[-1], _SPECIES
        if last.type == _DISEASE and _GOES_ON.match(text[end : last.end]):
            kind, end = _DISEASE, last.end
        if over[0].span != (start, end) or over[0].type != kind:
            current[place] = [_germ(text, over[0], start, end, kind)]
    done: list[Mention] = []
    for mention in _without_proteins(text, current, types):
        if mention.type == _DISEASE and _is_virus(text, mention):
            start, host = mention.start, done[-1] if done else None
            if host and host.type == _SPECIES and text[host.end : start] == " ":
                start = done.pop().start
            done.append(_germ(text, mention, start, mention.end, _SPECIES))
        else:
            done.append(mention)
    return done


def _without_proteins(
    text: str, mentions: Sequence[Mention], types: Collection[str]
) -> Iterator[Mention]:
    """Yield viruses without the proteins behind them, which are genes."""
    for mention in mentions:
        found = mention.type == _SPECIES and _WITH_PROTEIN.fullmatch(mention.text)
        if not found or found.lastgroup is None:
            yield mention
            continue
        cut = mention.start + found.start(found.lastgroup)
        if found.start(found.lastgroup):
            yield _germ(text, mention, mention.start, cut - 1, _SPECIES)
        if _GENE in types:
            yield _germ(text, mention, cut, mention.end, _GENE)


def _germ(text: str, mention: Mention, start: int, end: int, kind: str) -> Mention:
    germ = replace(mention, start=start, end=end, text=text[start:end], type=kind)
    return germ.with_attributes(consistency="germ")


def _is_virus(text: str, mention: Mention) -> bool:
    if mention.text not in _viruses():
        return _VIRUS.fullmatch(mention.text) is not None
    start, end = mention.span
    return not (
        _ILL_WITH.search(text[max(0, start - _REACH) : start])
        or _WHO_IS_ILL.match(text, end)
        or any(
            a.short == mention.text and "virus" not in a.long.casefold()
            for a in _defined(text)
        )
    )


@lru_cache(maxsize=1)
def _defined(text: str) -> list[Abbreviation]:
    return find_abbreviations(text)


@cache
def _viruses() -> frozenset[str]:
    """Return the short names of viruses of the starter vocabulary."""
    return frozenset(filter(_SHORT_FORM.fullmatch, starter_names(_SPECIES)))
