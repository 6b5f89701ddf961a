"""Shapes of requests and answers, for checking and for the OpenAPI page."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_TEXT = "Autophagy maintains tumour growth through circulating arginine."


class Problem(BaseModel):
    """Why there is no answer."""

    error_message: str = Field(examples=["text: Field required"])


class PlainRequest(BaseModel):
    """A text to annotate."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(examples=[_TEXT])


class Span(BaseModel):
    """Half-open offsets in code points."""

    begin: int
    end: int


class Bern2Annotation(BaseModel):
    """A mention as BERN2 shows it."""

    id: list[str] = Field(examples=[["mesh:D001120"], ["CUI-less"]])
    is_neural_normalized: bool
    mention: str
    obj: str = Field(examples=["gene", "disease", "drug"])
    prob: float | None = None
    span: Span
    mutationType: str | None = None  # noqa: N815 - BERN2's name
    normalizedName: str | None = None  # noqa: N815


class Bern2Text(BaseModel):
    """A text as BERN2 shows it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "annotations": [
                    {
                        "id": ["mesh:D001120"],
                        "is_neural_normalized": False,
                        "mention": "arginine",
                        "obj": "drug",
                        "prob": 0.99,
                        "span": {"begin": 54, "end": 62},
                    }
                ],
                "text": _TEXT,
                "timestamp": "Thu Nov 26 11:00:00 +0000 2026",
            }
        }
    )

    annotations: list[Bern2Annotation]
    text: str
    timestamp: str


class Bern2Paper(Bern2Text):
    """A paper as BERN2 shows it, or why it cannot be had."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "annotations": [],
                "text": "",
                "pmid": "31",
                "error_message": "fetch: PubMed has no record of this number.",
            }
        }
    )

    timestamp: str | None = None  # type: ignore[assignment] # none where it failed

    pmid: str
    error_message: str | None = None


class Answer(BaseModel):
    """An answer, with an example of the whole."""

    def __init_subclass__(cls, *, example: Any = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if example is not None:
            cls.model_config["json_schema_extra"] = {"example": example}


class OfGraph(Answer):
    """An answer from the graph."""

    documents_behind: int | None = Field(
        default=None, description="Documents of the store that the graph lacks."
    )


_CAPTOPRIL = {
    "concept_id": "mesh:D002216", "name": "Captopril", "type": "Chemical",
    "documents": 10, "associations": 4, "matched": None,
    "url": "https://meshb.nlm.nih.gov/record/ui?ui=D002216",
}  # fmt: skip
_ACE = {
    "concept_id": "ncbigene:1636", "name": "ACE", "type": "Gene", "documents": 5,
    "associations": 3, "matched": None, "url": "https://www.ncbi.nlm.nih.gov/gene/1636",
}  # fmt: skip
_NEAR = {
    "direction": None, "predicate": "co_mention", "documents": 4, "sentences": 9,
    "npmi": 0.53, "log_odds": 1.78, "q_value": 0.02, "score": 0.17,
    "probability": None, "first_year": 1994, "last_year": 2003,
}  # fmt: skip
_NAMED = {key: _ACE[key] for key in ("concept_id", "name", "type", "url")}
_EDGE = {
    "source": "mesh:D002216", "target": "ncbigene:1636", "predicate": "co_mention",
    "directed": False, "documents": 4, "score": 0.17, "npmi": 0.53,
}  # fmt: skip
_SENTENCE = {
    "document_id": "99000001", "pmid": 99000001,
    "url": "https://pubmed.ncbi.nlm.nih.gov/99000001/", "year": 1998,
    "journal": "Specimen journal of hypertension",
    "text": "Captopril inhibits ACE.",
    "marks": [
        {"begin": 0, "end": 9, "concept_id": "mesh:D002216"},
        {"begin": 19, "end": 22, "concept_id": "ncbigene:1636"},
    ],
    "negated": False, "hedged": False,
}  # fmt: skip
_VERSIONS = {"recognize": "aio-small db5c02b66598", "link": "linker-1"}


class Failure(BaseModel):
    """Why a document is not whole, or not there."""

    document_id: str | None = None
    stage: str = Field(examples=["read", "fetch", "link"])
    reason: str


class Documents(
    Answer,
    example={
        "documents": [
            {
                "version": 2, "id": "text", "metadata": {},
                "passages": [{"text": _TEXT, "section": "text"}],
                "mentions": [
                    {
                        "start": 54, "end": 62, "type": "Chemical", "text": "arginine",
                        "score": 0.99, "concepts": ["mesh:D001120"],
                    }
                ],
            }
        ],
        "failures": [
            {"document_id": "text-2", "stage": "read", "reason": "It has no text."}
        ],
        "versions": _VERSIONS,
        "links": {"mesh:D001120": "https://meshb.nlm.nih.gov/record/ui?ui=D001120"},
    },
):  # fmt: skip
    """Annotated documents, in kgbuild's own JSON; what became of others."""

    documents: list[dict[str, Any]]
    failures: list[Failure]
    versions: dict[str, str] = Field(description="Stage and version.")
    links: dict[str, str] = Field(description="Concept and page about it.")


class Health(Answer, example={"status": "ok", "waiting": 3, "annotators_replaced": 0}):
    """That the service lives."""

    status: str
    waiting: int
    annotators_replaced: int


class About(
    Answer,
    example={
        "kgbuild": "0.1.0", "stages": _VERSIONS, "settings": {"linking": "balanced"},
        "store": {"documents": 1200},
        "graph": {"concepts": 264, "associations": 50, "provenance": _VERSIONS},
    },
):  # fmt: skip
    """Versions and sizes."""

    kgbuild: str
    stages: dict[str, str]
    settings: dict[str, Any]
    store: dict[str, int] | None
    graph: dict[str, Any] | None = None


class Concept(BaseModel):
    """A concept of the graph."""

    concept_id: str = Field(examples=["mesh:D002216"])
    name: str = Field(examples=["captopril"])
    type: str = Field(examples=["Chemical"])
    documents: int
    associations: int
    matched: str | None = None
    url: str | None = None


class Concepts(OfGraph, example={"total": 1, "start": 0, "items": [_CAPTOPRIL]}):
    """A part of a list of concepts."""

    total: int
    start: int
    items: list[Concept]


class Neighbor(BaseModel):
    """What a concept is associated with, and how."""

    concept_id: str = Field(examples=["ncbigene:1636"])
    name: str
    type: str
    direction: str | None = None
    predicate: str = Field(examples=["co_mention"])
    documents: int
    sentences: int
    npmi: float | None = None
    log_odds: float | None = None
    q_value: float | None = None
    score: float | None = None
    probability: float | None = None
    first_year: int | None = None
    last_year: int | None = None
    url: str | None = None


class Neighbors(
    OfGraph,
    example={
        "concept": _CAPTOPRIL, "total": 4, "start": 0,
        "items": [{**_NEAR, **_NAMED}],
    },
):  # fmt: skip
    """A part of a concept's neighbors."""

    concept: Concept
    total: int
    start: int
    items: list[Neighbor]


class Mark(BaseModel):
    """Where in a sentence a concept is named."""

    begin: int
    end: int
    concept_id: str


class Sentence(BaseModel):
    """A sentence of a paper."""

    document_id: str
    pmid: int | None = None
    url: str | None = None
    year: int | None = None
    journal: str | None = None
    text: str | None = None
    marks: list[Mark]
    negated: bool | None = None
    hedged: bool | None = None


class Association(
    OfGraph,
    example={
        "source": _CAPTOPRIL, "target": _ACE, "associations": [{**_EDGE, **_NEAR}],
        "evidence_total": 1, "evidence": [_SENTENCE],
    },
):  # fmt: skip
    """How two concepts are associated."""

    source: Concept
    target: Concept
    associations: list[dict[str, Any]]
    evidence_total: int
    evidence: list[Sentence]


class KnownConcept(
    OfGraph,
    example={
        "concept_id": "mesh:D002216", "type": "Chemical", "name": "Captopril",
        "mentions": 25, "documents": 10, "types": ["Chemical"],
        "synonyms": ["captopril", "Captopril"], "neighbors": {"Gene": 1, "Disease": 1},
        "url": _CAPTOPRIL["url"],
    },
):  # fmt: skip
    """What is known of a concept."""

    concept_id: str
    type: str
    name: str
    mentions: int
    documents: int
    types: list[str]
    synonyms: list[str]
    neighbors: dict[str, int] = Field(description="How many of each type.")
    url: str | None = None


class PapersOf(
    OfGraph,
    example={
        "concept": _CAPTOPRIL, "total": 10, "start": 0,
        "items": [{**_SENTENCE, "marks": [_SENTENCE["marks"][0]]}],
    },
):  # fmt: skip
    """A part of the papers that name a concept."""

    concept: Concept
    total: int
    start: int
    items: list[Sentence]


class Edge(BaseModel):
    """An association of a network."""

    source: str
    target: str
    predicate: str
    directed: bool
    documents: int
    score: float | None = None
    npmi: float | None = None


class Network(OfGraph, example={"nodes": [_CAPTOPRIL, _ACE], "edges": [_EDGE]}):
    """Concepts and what associates them."""

    nodes: list[Concept]
    edges: list[Edge]


class Step(BaseModel):
    """A step of a way, with a sentence."""

    source: str
    target: str
    documents: int
    evidence: list[Sentence]


class Way(
    OfGraph,
    example={
        "concepts": [_CAPTOPRIL, _ACE],
        "steps": [
            {
                "source": "mesh:D002216", "target": "ncbigene:1636", "documents": 4,
                "evidence": [_SENTENCE],
            }
        ],
    },
):  # fmt: skip
    """The shortest way between two concepts."""

    concepts: list[Concept]
    steps: list[Step]


EXAMPLES = {
    "a text": {"value": {"text": _TEXT}},
    "records": {
        "value": {
            "documents": [
                {"id": "8528200", "title": "A title.", "abstract": "An abstract."}
            ]
        }
    },
}
