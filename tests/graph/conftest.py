"""Small corpora for the tests of the graph."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from kgbuild.document import Document, Mention

#: text → (type, concepts); all sentences and ids here are made up for the tests.
LEXICON = {
    "Captopril": ("Chemical", ("mesh:D002216",)),
    "ramipril": ("Chemical", ("mesh:D017257",)),
    "ACE": ("Gene", ("ncbigene:1636",)),
    "AGT": ("Gene", ("ncbigene:183",)),
    "hypertension": ("Disease", ("mesh:D006973",)),
    "cough": ("Disease", ("mesh:D003371",)),
    "breast and ovarian cancer": ("Disease", ("mesh:D001943", "mesh:D010051")),
    "rats": ("Species", ("ncbitaxon:10116",)),
    "patients": ("Species", ("ncbitaxon:9606",)),
    "mystery": ("Disease", ()),
}


def annotated(
    text: str,
    *,
    id: str,  # noqa: A002 - the field's own name
    year: int | None = None,
) -> Document:
    """Annotate every occurrence of the lexicon's words."""
    mentions = []
    for word, (kind, concepts) in LEXICON.items():
        start = text.find(word)
        while start >= 0:
            mentions.append(
                Mention(
                    start=start,
                    end=start + len(word),
                    text=word,
                    type=kind,
                    concepts=concepts,
                    method="exact" if concepts else "unlinked",
                    score=0.5 + 0.01 * (start % 50),
                )
            )
            start = text.find(word, start + 1)
    document = Document.from_text(text, id=id).with_mentions(mentions)
    return replace(document, metadata={} if year is None else {"year": year})


def random_corpus(n: int, *, seed: int) -> list[Document]:
    """Make documents of one to five sentences about the lexicon's words."""
    draw = random.Random(seed)
    words = list(LEXICON)
    weights = [8, 5, 6, 3, 7, 2, 1, 2, 4, 2]
    documents = []
    for i in range(n):
        sentences = []
        for _ in range(draw.randint(1, 5)):
            chosen = draw.choices(words, weights, k=draw.randint(0, 4))
            verb = draw.choice(["affects", "does not affect", "may affect"])
            sentences.append(f"It {verb} " + ", ".join(chosen) + " here.")
        year = draw.choice([None, 1998, 1999, 2003])
        documents.append(annotated(" ".join(sentences), id=str(1000 + i), year=year))
    return documents


@pytest.fixture
def documents() -> list[Document]:
    return random_corpus(60, seed=5)
