"""Small corpora, made-up graphs and hostile names, for the tests of graph and Neo4j."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from kgbuild.document import Document, Mention
from kgbuild.graph import KnowledgeGraph
from kgbuild.tables import EVIDENCE

if TYPE_CHECKING:
    from kgbuild.neo4j.store import Neo4jStore

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


def made_graph(n_concepts: int, n_edges: int, *, seed: int) -> KnowledgeGraph:
    """Make up a graph of any size; a few concepts have most of the associations."""
    draw = np.random.default_rng(seed)
    ids = np.array([f"ncbigene:{i}" for i in range(n_concepts)])
    weights = 1 / np.arange(1, n_concepts + 1)
    ends = draw.choice(n_concepts, (4 * n_edges, 2), p=weights / weights.sum())
    pairs = sorted(
        {(min(ids[a], ids[b]), max(ids[a], ids[b])) for a, b in ends if a != b}
    )
    draw.shuffle(pairs)
    pairs = sorted(map(tuple, pairs[:n_edges]))
    n = len(pairs)
    documents = draw.integers(1, 9, n)
    evidence = [
        [
            {
                "document_id": str(20_000_000 + 10 * i + j),
                "sentence": None if j % 3 == 2 else j,
                "spans": [{"start": j, "end": j + 4}, {"start": 9, "end": 12 + j}],
                "score": 0.5,
                "negated": j == 1,
                "hedged": False,
            }
            for j in range(d)
        ]
        for i, d in enumerate(documents)
    ]
    concepts = pl.DataFrame(
        {
            "concept_id": ids,
            "type": ["Gene"] * n_concepts,
            "name": [f"gene {i}" for i in range(n_concepts)],
            "mentions": draw.integers(1, 99, n_concepts),
            "documents": draw.integers(1, 50, n_concepts),
            "types": [["Gene"]] * n_concepts,
            "synonyms": [[f"gene {i}", f"g{i}"] for i in range(n_concepts)],
        }
    )
    associations = pl.DataFrame(
        {
            "source": [str(a) for a, _ in pairs],
            "target": [str(b) for _, b in pairs],
            "predicate": ["co_mention"] * n,
            "directed": [False] * n,
            "documents": documents,
            "sentences": documents,
            "npmi": draw.uniform(-1, 1, n),
            "log_odds": draw.normal(size=n),
            "p_value": draw.uniform(size=n),
            "q_value": draw.uniform(size=n),
            "probability": [None] * n,
            "first_year": [1990 if i % 2 else None for i in range(n)],
            "last_year": [2020 if i % 2 else None for i in range(n)],
            "evidence": evidence,
            "negated": [0] * n,
            "hedged": [0] * n,
            "years": [[{"year": 1990, "documents": 1}]] * n,
        },
        schema_overrides={"evidence": pl.List(EVIDENCE)},
    )
    return KnowledgeGraph(
        concepts=concepts.sort("concept_id"),
        associations=associations,
        provenance={"kgbuild": "test", "seed": str(seed)},
        counts={"documents": 1000},
    )


#: Names as hostile text may bring them; they are text everywhere.
NASTY = [
    'it\'s "quoted" `back` \\ slash',
    "two\nlines\r\nand\ttab",
    "😀 β-катенин ﷽ \u202eright-to-left",
    "x}) DETACH DELETE n //",
    "'; DROP TABLE concepts; --",
    "<script>alert(1)</script> & <b>",
    "a;b|c,d\x1fe",
    "long " * 2_000,
    "control \x00 \x07 \x1b[31m",
    "  blanks  ",
    "old\rMac",
]


@dataclass(frozen=True)
class Address:
    """Where a Neo4j server is."""

    uri: str
    password: str
    user: str = "neo4j"

    def store(self, **options: Any) -> Neo4jStore:
        """Open the database."""
        from kgbuild.neo4j.store import Neo4jStore

        return Neo4jStore(self.uri, user=self.user, password=self.password, **options)


def gold_statements(source: KnowledgeGraph | list[Document]) -> set[tuple[Any, ...]]:
    """Return what is stated: source, predicate, target, direction, document.

    Of documents the ends of a statement without direction come in the order of ids.
    """
    if isinstance(source, KnowledgeGraph):
        return {
            (r["source"], r["predicate"], r["target"], r["directed"], e["document_id"])
            for r in source.associations.iter_rows(named=True)
            for e in r["evidence"]
        }
    directed: dict[tuple[str, str, str], bool] = {}
    told = []
    for document in source:
        for s in document.statements:
            ends = s.subject, s.object
            one, other = ends if s.directed else sorted(ends)
            key = (one, s.predicate, other)
            directed[key] = directed.get(key, True) and s.directed
            told.append((key, document.id))
    return {(*key, directed[key], document_id) for key, document_id in told}
