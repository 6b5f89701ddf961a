"""A small corpus of our own, for queries and widgets."""

from __future__ import annotations

from kgbuild.document import Document, Mention, Passage

ATTACK = "<img src=x onerror=alert(1)>\"'--><script>alert(2)</script>"

CONCEPTS = {
    "captopril": ("Chemical", "mesh:D002216"),
    "enalapril": ("Chemical", "mesh:D004656"),
    "ACE": ("Gene", "ncbigene:1636"),
    "REN": ("Gene", "ncbigene:5972"),
    "cough": ("Disease", "mesh:D003371"),
    "heart failure": ("Disease", "mesh:D006333"),
    "rats": ("Species", "ncbitaxon:10116"),
    ATTACK: ("Chemical", "kgbuild:" + ATTACK),
}

SENTENCES = [
    (
        1991,
        "Here captopril blocks ACE. So heart failure improves with captopril in rats.",
    ),
    (1992, "Much cough was seen with captopril. In fact captopril acts on ACE."),
    (1995, "Also enalapril blocks ACE. Again cough is as common with enalapril."),
    (1999, "Then heart failure was treated with enalapril or captopril."),
    (2001, "Both REN and ACE make the system. Here REN rises with captopril."),
    (None, f"Now {ATTACK} meets ACE in rats."),
]


def annotate(number: int, year: int | None, text: str) -> Document:
    """Mark every word of the lexicon."""
    mentions = []
    for word, (kind, concept) in CONCEPTS.items():
        start = text.find(word)
        while start >= 0:
            mentions.append(
                Mention(
                    start=start,
                    end=start + len(word),
                    text=word,
                    type=kind,
                    concepts=(concept,),
                    method="exact",
                )
            )
            start = text.find(word, start + len(word))
    return Document(
        id=str(100 + number),
        passages=(Passage(text=text, section="abstract"),),
        metadata={} if year is None else {"year": year, "journal": "J"},
        mentions=tuple(mentions),
    )


def documents() -> list[Document]:
    """Return six documents."""
    return [annotate(i, year, text) for i, (year, text) in enumerate(SENTENCES)]
