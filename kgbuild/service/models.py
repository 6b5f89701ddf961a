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
    prob: float | None
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

    model_config = ConfigDict(json_schema_extra={"example": None})

    pmid: str
    error_message: str | None = None


class Concept(BaseModel):
    """A concept of the graph."""

    concept_id: str = Field(examples=["mesh:D002216"])
    name: str = Field(examples=["captopril"])
    type: str = Field(examples=["Chemical"])
    documents: int
    associations: int
    matched: str | None = None
    url: str | None = None


class Concepts(BaseModel):
    """A part of a list of concepts."""

    total: int
    start: int
    items: list[Concept]


class Neighbor(BaseModel):
    """What a concept is associated with, and how."""

    concept_id: str = Field(examples=["ncbigene:1636"])
    name: str
    type: str
    direction: str | None
    predicate: str = Field(examples=["co_mention"])
    documents: int
    sentences: int
    npmi: float | None
    log_odds: float | None
    q_value: float | None
    score: float | None
    probability: float | None
    first_year: int | None
    last_year: int | None
    url: str | None


class Neighbors(BaseModel):
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
    pmid: int | None
    url: str | None
    year: int | None
    journal: str | None
    text: str | None
    marks: list[Mark]
    negated: bool | None
    hedged: bool | None


class Association(BaseModel):
    """How two concepts are associated."""

    source: Concept
    target: Concept
    associations: list[dict[str, Any]]
    evidence_total: int
    evidence: list[Sentence]


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
