"""Germs that a tagger takes for their diseases, or tears: "Listeria" "monocytogenes".

Annotators of diseases mark many a virus or bacterium as the infection, so that a tagger
is unsure of them all. Yet a genus with an epithet is a species wherever it stands, and
so is the name of a virus without a word of illness behind it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from kgbuild.ner.usage import starter_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from kgbuild.document import Mention

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
    \w+(?:itis|osis|asis|emia|uria|opathy)|pneumonia|malaria|sepsis|larvae|pupae|hyphae
    |conidia|bacteria|biomass|genus|virus|via|plus|versus|was|has|is|as|its|this|thus|on
    |in|an|can|than|then|when|men|women|children|or|her|for|after|other|under|over
"""
_EPITHET = rf"""(?!(?:{_NO_EPITHET})\b)
    [a-z]{{2,}}(?:us|a|um|[iy]s|ae|i|ans|ens|genes|ile|ale|er|or|on|x)"""
_CAPITALS = r"[A-Z]{2,}(?:US|A|UM|IS|AE|I|ANS|ENS|GENES|ILE)"
_GENUS = "|".join(_GENERA.split())
_BINOMIAL = re.compile(
    rf"""(?x)(?<![\w-])(?=[A-Z])(?:(?:{_GENUS}|[A-Z][a-z]?\.)[ ]{_EPITHET}
    |(?:{_GENUS.upper()})[ ]{_CAPITALS})(?!\w)"""
)
#: What a disease that begins with a binomial goes on with.
_GOES_ON = re.compile(r"[ -]\w")
#: A virus by its whole name, and what makes an illness of it.
_VIRUS = re.compile(
    r"(?ix)(?!virus|(?:acute|active|chronic|congenital|latent|primary|recurrent)\b)"
    r"(?:[\w'’/-]+[ ]){0,4}[\w-]*virus(?:es)?(?:[ ](?:type[ ])?\d)?"
)
_SHORT_FORM = re.compile(r"[A-Z]+V(?:-\d)?")
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
    for found in _BINOMIAL.finditer(text):
        start, end = found.span()
        over = [m for m in current if m.start < end and start < m.end]
        torn = len(over) > 1 or any(m.span == (start, end) for m in over)
        if not torn or over[0].start < start or not {m.type for m in over} <= _PIECES:
            continue
        last, kind = over[-1], _SPECIES
        if last.type == _DISEASE and _GOES_ON.match(text[end : last.end]):
            kind, end = _DISEASE, last.end
        if over[0].span == (start, end) and over[0].type == kind:
            continue
        germ = _germ(text, over[0], start, end, kind)
        current = [m for m in current if m not in over[1:]]
        current[current.index(over[0])] = germ
    done: list[Mention] = []
    for mention in _without_proteins(text, current, types):
        if mention.type == _DISEASE and _is_virus(mention.text):
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


def _is_virus(name: str) -> bool:
    return name in _viruses() or _VIRUS.fullmatch(name) is not None


@cache
def _viruses() -> frozenset[str]:
    """Return the short names of viruses of the starter vocabulary."""
    return frozenset(filter(_SHORT_FORM.fullmatch, starter_names(_SPECIES)))
