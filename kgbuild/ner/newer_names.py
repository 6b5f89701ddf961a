"""Names that are newer than the corpora that taggers are trained on.

Hardly any document of those corpora has COVID-19, trastuzumab deruxtecan or Ozempic, so
that a tagger sees them in some sentences and not in others. Such names are of one type
wherever they stand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.document import Mention
from kgbuild.ner.brand_names import BRANDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

#: A hyphen or another dash, a blank, or nothing.
_DASH = "[- \u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d]?"
_VIRUS = (
    rf"SARS{_DASH}CoV{_DASH}2|2019{_DASH}nCoV"
    r"|severe acute respiratory syndrome coronavirus 2"
)
_DISEASE = rf"COVID(?:{_DASH}19)?|coronavirus disease(?: 20|{_DASH})19"
#: What makes "post-COVID-19" a disease, and no time.
_AFTER = r"[- ](?:syndromes?|conditions?|symptoms|sequelae|fatigue)\b"
#: Antibodies with a load, cells and viruses with a gene; the second word is of the
#: scheme of international nonproprietary names.
_BIOLOGIC = r"""
    (?:ado-|fam-)?\w+mab[ -](?:(?:deru|govi|tirumo|reze|samro)(?:x?tecan)
        |\w*(?:tansine|dotin|sirine|dotox|bogatox|fenatox|carmazine|talocan)
        |ozogamicin|tiuxetan|pendetide|pegol)(?:-[a-z]{4})?
    |denileukin[ ]diftitox
    |\w{3,}gene[ ]\w{3,}(?:vec|(?:leu|tem|ra)cel)(?:-[a-z]{4})?
"""
#: Brands as they are written, with a capital or in capitals, and where one may stand.
_BRANDS = BRANDS.union(map(str.upper, BRANDS))
_CAPITALIZED = re.compile(r"(?<!\w)[A-Z][A-Za-z]+(?!\w)")
#: Type → its names; a type whose names hold another one's comes first.
_NEWER = {
    "Disease": re.compile(
        rf"(?i)(?<!\w)(?:(?:{_VIRUS}|{_DISEASE}) (?:infections?|pneumonia)"
        rf"|(?:long[- ]|post{_DASH}(?=(?:{_DISEASE}){_AFTER}))?(?:{_DISEASE})"
        r"|mpox)(?!\w)"
    ),
    "Species": re.compile(rf"(?i)(?<!\w)(?:{_VIRUS})(?!\w)"),
    "Chemical": re.compile(rf"(?ix)(?<!\w)(?:{_BIOLOGIC})(?!\w)"),
}
#: Stems of drugs' names, and what stands in brackets behind such a name: "semaglutide
#: (Ozempic®, Wegovy)". Names of authors, "cocaine (Smith, 1995)", are no brands.
_DRUG = re.compile(
    r"""(?ix)\w{3,}(?:mab|[cmn]ib|(?<!pep)(?<!nucleo)tide|pril|sartan|statin|olol|gliptin|gliflozin|azole
        |[fc]ept|vir|cillin|micin|floxacin|xaban|triptan|setron|pidem|oxetine|apine
        |peridol|peridone|piprazole|dipine|afil|lukast|prazole|tidine|taxel|platin
        |tecan|rubicin|parin|grel|dronate|glitazone|formin|fenac|coxib|lamide|zosin
        |caine|zepam|zolam|barbital|gabalin|pentin|racetam|rsen|siran|limus|trexed
        |citabine|fungin|kinra|mod|parib|ciclib|rafenib|lutamide|relix|pressin|tant)$"""
)
_WORD = r"[A-Z][a-z]{4,}"
_IN_BRACKETS = re.compile(rf"\s\(({_WORD}[®™]?(?:(?:,\s|\s?/\s?){_WORD}[®™]?)*)\)")
#: Who sells a drug, and other words that stand so.
_SELLERS = frozenset(
    """
    Abbott Abcam Abbvie Acros Aldrich Allergan Amersham Amgen Amylin Astellas Astra
    Aventis Baxter Bayer Beckman Biogen Boehringer Bristol Calbiochem Cayman Celgene
    Daiichi Eisai Fisher Fluka Fresenius Genentech Gibco Genzyme Gilead Glaxo Hoechst
    Hoffmann Hospira Invitrogen Invivogen Ipsen Janssen Leo Lilly Lundbeck Merck Mylan
    Novartis Novo Organon Ortho Otsuka Parke Pfizer Pharmacia Qiagen Rhone Roche Sandoz
    Sankyo Sanofi Schering Selleck Servier Shionogi Sigma Solvay Synthelabo Takeda
    Tocris Upjohn Wako Wellcome Wyeth Group Groups Figure Table Tables Study Trial Phase
    Cohort Experiment Control Oral Controls Placebo Supplementary Reference Chemotherapy
    Day Week Arm Injection Tablets Capsules Local Spinal Epidural Topical Toxic Saline
    Boosted Reduced Inhibitor Inhibitors Brain Herpes Bachem Cambrex Ebewe Ferring
    Hengrui Lclabs Medchem Nycomed Lonza Promega Axon Apotex Cipla Teva Ranbaxy Grifols
    Australia Austria Belgium Brazil Canada China Denmark Egypt England Finland France
    Germany Greece Hungary India Iran Ireland Israel Italy Japan Korea Mexico Norway
    Pakistan Poland Portugal Russia Spain Sweden Switzerland Taiwan Turkey Basel Beijing
    Berlin Boston Konstanz London Milan Osaka Paris Rome Shanghai Tokyo Vienna
    """.split()  # noqa: SIM905 - so many literals are no easier to read
)


def with_newer_names(
    text: str, mentions: Iterable[Mention], *, types: Collection[str], recognizer: str
) -> list[Mention]:
    """Return the mentions, and those newer names that none of them holds.

    A mention that only covers a part of such a name, or gives it another type, gives
    way.

    Parameters
    ----------
    text
        Of a document.
    mentions
        That a tagger found in it.
    types
        That are wanted.
    recognizer
        Of the new mentions.
    """
    current = list(mentions)
    for kind, start, end in _named(text, current):
        over = [m for m in current if m.start < end and start < m.end]
        wider = any(m.end - m.start > end - start for m in over)
        right = any(m.span == (start, end) and m.type == kind for m in over)
        if wider or right:
            continue
        current = [m for m in current if m not in over]
        if kind in types:
            current.append(
                Mention(
                    start=start, end=end, text=text[start:end], type=kind,
                    recognizer=recognizer, score=1.0,
                ).with_attributes(consistency="newer name")
            )  # fmt: skip
    return sorted(current, key=lambda m: (m.start, m.end))


def _named(text: str, mentions: list[Mention]) -> Iterator[tuple[str, int, int]]:
    """Yield the types and places of names, wider ones first."""
    for kind, names in _NEWER.items():
        for found in names.finditer(text):
            yield kind, *found.span()
    for found in _CAPITALIZED.finditer(text):
        if found.group() in _BRANDS:
            yield "Chemical", *found.span()
    for mention in mentions:
        behind = _IN_BRACKETS.match(text, mention.end)
        drug = mention.type == "Chemical" and _DRUG.search(mention.text[-30:])
        if not drug or behind is None:
            continue
        words = list(re.finditer(_WORD, behind.group(1)))
        brands = [word.group() for word in words]
        # Where a firm or a place stands, so do others that no list has.
        if not _SELLERS.isdisjoint(brands):
            continue
        for word, brand in zip(words, brands, strict=True):
            if mention.text.casefold().startswith(brand.casefold()):
                break
            yield (
                "Chemical", behind.start(1) + word.start(), behind.start(1) + word.end()
            )  # fmt: skip
